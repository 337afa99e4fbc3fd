"""Regular expressions: letters of every script, never more than linear time."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.rules.errors import QueryError
from monitor.rules.patterns import regex
from monitor.rules.words.text import MARKED_LENGTH, Text


def found(pattern: str, text: str) -> list[str]:
    read = Text(text)
    places = [read.span(start, end) for start, end in regex.read(pattern, 1).find(read) if start < end]
    return [text[start:end] for start, end in places]


@pytest.mark.parametrize(
    ("pattern", "text", "places"),
    [
        (r"\bкиїв\b", "Київ, Київщина, київ", ["Київ", "київ"]),
        (r"\b\w+щина\b", "Київщина чекає", ["Київщина"]),
        (r"\b[а-яіїєґ]+у\b", "Києву 5 шт.", ["Києву"]),
        (r"київ\b.*\bудар", "Київ: нічний удар", ["Київ: нічний удар"]),
        (r"(\bкиїв\b|\bльвів\b) \bгорить\b", "Львів горить", ["Львів горить"]),
        (r"\b\b\bab\b\b", "ab abc", ["ab"]),
        (r"\b(a)?b", "xb b ab", ["b", "ab"]),
        (r"a\b?b", "ab", ["ab"]),
        (r"^\bab\b$", "ab", ["ab"]),
        (r"\Aab\z", "ab", ["ab"]),
        (r"^b", "ab", []),
        (r"(?m)^b$", "a\nb\nc", ["b"]),
        (r"\d{2}", "٤٢ 42", ["٤٢", "42"]),
        (r"\w+", "नमस्ते भारत", ["नमस्ते", "भारत"]),
        (r"a\sb", "a\u00a0b", ["a\u00a0b"]),
        (r"\W+", "é, é", [", "]),
        (r"[^\w]", "é!é", ["!"]),
        (r"[\W\d]+", "ab 12,c", [" 12,"]),
        (r"[\s\S]+", "a b\nc", ["a b\nc"]),
        (r"\D+", "12ab3", ["ab"]),
        (r"\S+", "aб в", ["aб", "в"]),
        (r".{3}", "a b c", ["a b"]),
        (r"[\x{0}-\x{10ffff}]{3}", "a b c", ["a b"]),
        (r"\P{L}{2}", "a, b", [", "]),
        (r"\p{Cyrillic}+", "abc где", ["где"]),
        (r"\p{Any}{3}", "a b", ["a b"]),
        (r"[[:alpha:]]+", "été 1", ["été"]),
        (r"[]a]+", "[a]", ["a]"]),
        (r"[^]a]+", "b]", ["b"]),
        (r"[a\]\-z]+", "-z]a", ["-z]a"]),
        (r"\u043a\x{438}\x6b", "КИK", ["КИK"]),
        (r"straße", "STRASSE", ["STRASSE"]),
        (r"ß+", "ssss", ["ssss"]),
        (r"caf\u00e9", "cafe\u0301", ["cafe\u0301"]),
        ("cafe\u0301", "Café", ["Café"]),
        (r"mcdonald’s", "McDonald's", ["McDonald's"]),
        (r"2024—25", "2024-25", ["2024-25"]),
        (r"fi", "oﬀ ﬁre", ["ﬁ"]),
        (r"(?:kyi?v|kiev){1,2}?", "KyivKyv", ["Kyiv", "Kyv"]),
        (r"(?P<city>kyiv)(?<n>x)?(?i)(?i:Y)", "kyivy", ["kyivy"]),
        (r"a{,2}", "a{,2}", ["a{,2}"]),
        (r"C\+\+", "c++", ["c++"]),
        (r"🚀+", "go 🚀🚀", ["🚀🚀"]),
        (r".", "\ufdd0", ["\ufdd0"]),
        (r"a\tb", "a\tb", ["a\tb"]),
    ],
)
def test_finds(pattern: str, text: str, places: list[str]) -> None:
    assert found(pattern, text) == places


@pytest.mark.parametrize(
    ("pattern", "column", "message"),
    [
        (r"(a)\1", 4, "a back-reference cannot be searched in linear time"),
        (r"(?P<n>a)(?P=n)", 9, "a back-reference cannot be searched in linear time"),
        (r"(?<n>a)\k<n>", 8, "a back-reference cannot be searched in linear time"),
        (r"a(?=b)", 2, "look-around cannot be searched in linear time"),
        (r"a(?!b)", 2, "look-around cannot be searched in linear time"),
        (r"(?<=a)b", 1, "look-around cannot be searched in linear time"),
        (r"(?<!a)b", 1, "look-around cannot be searched in linear time"),
        (r"(?>a)b", 1, "'(?>' is not in this language"),
        (r"(?-i)a", 1, "case-sensitive search is not in this version"),
        (r"(?U)a", 1, "the flag 'U' is not in this version"),
        (r"a*+", 2, "possessive repetitions (*+) are not in this language"),
        (r"a(b", 2, "'(' is never closed"),
        (r"a)b", 2, "')' closes nothing"),
        (r"a[b", 2, "'[' is never closed"),
        (r"a[]", 2, "'[' is never closed"),
        (r"a[z-a]", 3, "'z-a' is a range from high to low"),
        (r"a\Q", 2, r"'\Q' means nothing here"),
        (r"a\B", 2, r"'\B' means nothing here"),
        (r"[^\Wa]", 1, r"\W, \D, \S, \P inside [^ ] are not in this version"),
        (r"[[:cntrl:]]", 2, "'[:cntrl:]' is not in this version"),
        (r"\x{110000}", 1, r"'\x{110000}' is not a character"),
        ("a\\", 2, "a backslash ends the regular expression"),
        (r"*a", 1, "the regular expression is not valid: no argument for repetition operator"),
        (r"a**", 1, "the regular expression is not valid: bad repetition operator"),
        (r"(a{1000}){1000}", 1, "the regular expression is too large: its repetitions multiply"),
        (r"\w{1000}", 1, "the regular expression is too large: its repetitions multiply"),
        (r"\p{Klingon}", 1, "the regular expression is not valid: invalid character class range"),
        ("a" * 1001, 1, "a regular expression may have 1,000 characters"),
    ],
)
def test_refuses(pattern: str, column: int, message: str) -> None:
    with pytest.raises(QueryError) as raised:
        regex.read(pattern, 1)
    assert (raised.value.column, raised.value.message) == (column, message)


@pytest.mark.parametrize(
    ("pattern", "places"),
    [("virus", 100), (r"\bkyi?v{1,2}\b", 100), ("a*", 16), ("[ab]+", 16), ("(a|b){2,}", 16), (r"[*+]\+", 100)],
)  # fmt: skip
def test_how_many_places_are_surely_found_rests_on_what_one_may_cost(pattern: str, places: int) -> None:
    assert regex.read(pattern, 1).surely_found == places


def test_the_column_counts_from_where_the_pattern_begins() -> None:
    with pytest.raises(QueryError) as raised:
        regex.read("a(", 10)
    assert raised.value.column == 11


def test_only_the_first_places_and_the_beginning_of_a_text_are_searched() -> None:
    assert len(found("a", "a " * 1000)) == regex.MAX_HITS
    assert len(found("a+", "a " * 9_000)) == 16  # each of its places may cost a look at the whole text
    assert len(found("a+", "a " * 400)) == 100
    assert found("b", "a" * (MARKED_LENGTH - 1) + "b") == ["b"]
    assert found("b", "a" * MARKED_LENGTH + "b") == []


# Patterns of a few constructs, on texts where Python's own engine means the same by them: what it
# finds in the folded text is what we must find.
ATOMS = st.sampled_from(
    ["a", "b", "ї", "ж", " ", r"\w", r"\d", r"\s", r"\b", ".", "[aї]", "[^a ]", r"\W", "7", ","]
)
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        inner.filter(lambda pattern: pattern != r"\b").map(lambda pattern: f"(?:{pattern})?"),
        st.sampled_from(["a", "ї", r"\w", ".", "[aї]"]).map(lambda pattern: f"{pattern}+"),
    ),
    max_leaves=6,
)


@given(PATTERNS, st.text("abїж 7,", max_size=12))
def test_agrees_with_python_where_both_know_the_construct(pattern: str, text: str) -> None:
    ours = next(iter(regex.read(pattern, 1).find(Text(text))), None)
    theirs = re.search(pattern, text, re.DOTALL)
    assert ours == (theirs.span() if theirs else None)
