"""Folding forgets typography, and remembers where each character stood."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.rules.words.folding import aligned, fold
from monitor.rules.words.text import BOUNDARY, Text

LETTERS = st.text(
    st.characters(exclude_categories=["Cs"])
    | st.sampled_from("éÉїЇйЙ\u0301\u0308\u0306İıßﬁ가\u1100\u1161\u11a8ｶﾞ京👩‍🚀’\u00ad")
)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Straße", "STRASSE"),
        ("café", "CAFE\u0301"),
        ("Київ", "КИІ\u0308В"),
        ("İstanbul", "i\u0307stanbul"),
        ("ISPARTA", "Isparta"),
        ("DIYARBAKIR", "Diyarbakır"),
        ("ﬁne", "FINE"),
        ("ΟΔΟΣ", "οδος"),
        ("ＢＢＣ", "bbc"),
        ("ｶﾞｽ", "ガス"),
        ("한국", unicodedata.normalize("NFD", "한국")),
        ("McDonald’s", "McDonald's"),
        ("п’ять", "пʼять"),
        ("launch\u00adpad", "launchpad"),
        ("2024–25", "2024-25"),
        ("за́мок", "замок"),
        ("محـــمد", "محمد"),
        ("CO₂", "CO2"[:2] + "₂"),
    ],
)
def test_the_same_word_differently_written(left: str, right: str) -> None:
    assert fold(left) == fold(right)


@pytest.mark.parametrize(
    ("left", "right"), [("café", "cafe"), ("й", "и"), ("ї", "і"), ("ё", "е"), ("が", "か")]
)
def test_accents_are_letters(left: str, right: str) -> None:
    assert fold(left) != fold(right)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Russia's U.S.-led S&P", ["russia", "s", "u", "s", "led", "s", "p"]),
        ("宮崎で震度5弱", ["宮", "崎", "で", "震", "度", "5", "弱"]),
        ("BBC中文", ["bbc", "中", "文"]),
        ("नमस्ते भारत", ["नमस्ते", "भारत"]),
        ("ที่นี่", ["ที่", "นี่"]),
        ("Acme™ 2½ m²", ["acme", "2", "m"]),
        ("foo_bar", ["foo", "bar"]),
        ("საქართველო", ["საქართველო"]),
        ("a\x00b\ud800c\u200bd", ["a", "b", "c", "d"]),
        ("\u0301 \u0301a", ["a"]),
        ("", []),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert Text(text).words == words


def found(text: str, word: str) -> str:
    read = Text(text)
    place = read.index[word][0]
    start, end = read.span(read.starts[place], read.ends[place])
    return text[start:end]


@pytest.mark.parametrize(
    ("text", "word", "original"),
    [
        ("Eine ﬁne Straße!", "fine", "ﬁne"),
        ("Eine ﬁne Straße!", "strasse", "Straße"),
        ("in İstanbul, 2024", "istanbul", "İstanbul"),
        ("İ in Ankara", "ankara", "Ankara"),
        ("le cafe\u0301 noir", "café", "cafe\u0301"),
        ("👩‍🚀 goes 👩‍🚀", "goes", "goes"),
        ("so\u00adft hy\u00adphens", "hyphens", "hy\u00adphens"),
        ("a \u0301\u0302 b", "b", "b"),
    ],
)
def test_a_word_is_shown_as_it_was_published(text: str, word: str, original: str) -> None:
    assert found(text, word) == original


@given(LETTERS)
def test_composition_never_matters(text: str) -> None:
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))


@given(LETTERS)
def test_folding_twice_is_folding_once(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded


@given(LETTERS)
def test_offsets_stay_in_order_and_inside(text: str) -> None:
    read = Text(text)
    spans = [read.span(at, at + 1) for at in range(len(read.folded))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)


@given(LETTERS)
def test_the_marked_text_is_the_folded_one_with_word_edges(text: str) -> None:
    read = Text(text)
    marked = read.marked
    assert marked.replace(BOUNDARY, "") == read.folded
    assert read.unmarked(len(marked)) == len(read.folded)
    assert all(read.folded[read.unmarked(at)] == char for at, char in enumerate(marked) if char != BOUNDARY)


@given(st.text(alphabet="ab \u0301東ñ'_-京", max_size=120))
def test_a_word_stands_where_cutting_the_text_finds_it(original: str) -> None:
    text = Text(original)
    assert {word: text.places(word) for word in text.words} == text.index
    assert text.places("c") == []


@pytest.mark.parametrize("block", range(0, 0x3100, 0x100))
def test_aligned_words_are_those_that_cutting_finds(block: int) -> None:
    """Character by character: of Western ones a table of its own is asked, of the others not."""
    for code in range(block, block + 0x100):
        text = f"Ab{chr(code)}’c {chr(code)}"
        words = aligned(text)
        assert words is None or (words.split(), len(words)) == (Text(text).words, len(text) + 2), hex(code)
    assert aligned("“Été” – 5 € l’heure") == "  été    5   l heure "
