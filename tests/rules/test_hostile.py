"""Queries and texts made to hurt. Evidence of bounded work is a count or a bound, never a clock."""

import sys
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Rule
from monitor.rules.engine import Engine
from monitor.rules.errors import QueryError
from monitor.rules.matching.document import Document
from monitor.rules.matching.explain import explain
from monitor.rules.query import language, parser
from monitor.rules.query.cursor import MAX_LENGTH
from monitor.rules.query.tree import Query, terms
from monitor.rules.words.text import Text

SIZE = MAX_LENGTH


def verdict(query: str, text: str) -> bool:
    return bool(Engine([Rule(name="x", query=query)]).match(Document(title=text)))


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|a)*b$", "(a|aa)+$", "([a-z]+)*!", r"(\w+\s?)*!", "(.*)*=", "(a?){50}a{50}!"]
)
@pytest.mark.parametrize("text", ["a" * 20_000, "a " * 10_000])
def test_what_hangs_a_backtracking_engine_is_answered(pattern: str, text: str) -> None:
    # Python's re would need longer than the age of the universe; the test's timeout is the judge.
    assert verdict(f"/{pattern}/", text) is (pattern.startswith(("(a+)+", "(a|aa)+")) and text[-1] == "a")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("(" * 10_000 + "a" + ")" * 10_000, "nested more than 50 deep"),
        ("-(" * 10_000 + "a" + ")" * 10_000, "nested more than 50 deep"),
        ("title:(" * 10_000, "a field inside title:"),
        ("a" * (SIZE + 1), "may have 100,000 characters"),
        ('"' + "a " * 200 + '"', "a phrase may have 100 words"),
        ("津" * 200, "a phrase may have 100 words"),
        ('"/' + "a?" * 49_000 + 'a"', "a phrase may have 100 words"),
        ('"' + "*" * 99_000 + ' a"', "* for a word of a phrase"),
        ('"' * 999, "no word between these quotes"),
        ("/" + "[" * 90_000, "never closed"),
        ("title:" * 10_000, "a field inside title:"),
        (" " * SIZE, "empty"),
        ("a " * 40_000 + "AND", "AND has nothing after it"),
        ("a NEAR/3 " * 10_000 + "a", "column 453: NEAR joins more than 50 times in a row"),
        ("(a SAME " * 40 + "a" + " ONEAR/2 a)" * 40, "NEAR joins more than 50 times in a row"),
        ("a" + "/F5/" * 20_000, "/Fn/ joins more than 50 times in a row"),
        ("atleast2 " * 10_000 + "a", "column 451: atleast is nested more than 50 deep"),
        ("at least 1 of (" * 6_000 + "a" + ")" * 6_000, "nested more than 50 deep"),
        ("caps(" + " " * 90_000, "takes one word or phrase"),
        ("caps(" + "a " * 40_000, "takes one word or phrase"),
    ],
)
def test_a_monstrous_query_is_refused_with_a_sentence(query: str, said: str) -> None:
    with pytest.raises(QueryError) as raised:
        language.parse(query)
    assert said in str(raised.value)
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize(
    "query",
    [
        "ab " * 33_000,
        "a OR " * 19_999 + "b",
        "NOT " * 24_999 + "a",
        "(a) " * 10_000,
        "(" * 50 + "a" + ")" * 50,
        "+ " * 40_000 + "a",
        "'a " * 10_000,
        "/ / " * 1_000,
        "a" * SIZE,
        "a* " * 10_000,
        "a" + "\u0301" * 90_000,
        "+" + " " * 99_000 + "a",
        "/a+b/ " * 1_000,
        "a NEAR/3 " * 50 + "a",
        "(" + "a|" * 45_000 + "a)" + " NEAR/3 a" * 50,
        "(a NEAR/3 b) " * 7_000,
        "NOT a OR " * 10_000 + "a",
        " ".join(f"a{number}.*" for number in range(12_000)),
        "a" + "[" * 90_000,
        "at least 2 of (" + "a, " * 30_000 + "b)",
        "site:a.b " * 10_000,
    ],
)
def test_a_large_query_is_read_held_and_explained(query: str) -> None:
    told = explain(language.parse(query), Document(title="ab a", summary="x"))
    assert len(told.why) < 1_000


def test_the_depth_of_a_query_is_far_from_the_recursion_limit() -> None:
    """Reading and holding the deepest query must leave room for the stack of whoever calls."""
    half = parser.MAX_DEPTH // 2
    nots = "-(a " * parser.MAX_DEPTH + "b" + ")" * parser.MAX_DEPTH
    nears = "-(a " * half + "(a SAME " * half + "a" + " SAME b)" * half + ")" * half
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(depth() + 500)
    try:
        for query, rings in ((nots, True), (nears, False)):
            read = language.parse(query)
            language.warnings(read)
            assert verdict(query, "a b") is rings
            explain(read, Document(title="b"))
    finally:
        sys.setrecursionlimit(limit)


def depth() -> int:
    frame, count = sys._getframe(), 0
    while frame.f_back:
        frame, count = frame.f_back, count + 1
    return count


@pytest.mark.parametrize(
    "text",
    [
        "a" + "\u0301\u0316" * 50_000,
        "\u0301" * 50_000,
        "한국어" * 30_000,
        "e\u0301 " * 30_000,
        "\ud800 a \udfff",
        "\x00a\x00",
        "\ufdd0a\ufdd0",
        "\u202ea\u202c",
        "ﷺ" * 10_000,
        "",
    ],
)
def test_a_monstrous_text_is_read(text: str) -> None:
    engine = Engine([Rule(name=query, query=query) for query in ("a", "a*", "/a/", '"a b"', "NOT zzz", "🚀")])
    for match in engine.match(Document(title=text)):
        assert all(0 <= span.start < span.end <= len(text) for span in match.spans)


class CountingWords(list[str]):
    """The words of a text, counting how often one is looked at."""

    looked = 0

    def __getitem__(self, at):  # type: ignore[no-untyped-def]
        CountingWords.looked += 1
        return super().__getitem__(at)


def looks_at(words: int) -> int:
    """Return how many words are looked at for the worst phrase in the worst text of so many words."""
    text = Text("a " * words)
    text.words = CountingWords(text.words)
    CountingWords.looked = 0
    ((term, _),) = terms(language.parse('"' + "a " * 99 + 'a*"').root)
    for _ in term.pattern.find(text):
        pass
    return CountingWords.looked


def test_the_work_for_a_phrase_grows_with_the_text_not_with_its_square() -> None:
    assert looks_at(1_000) < 2.5 * looks_at(500)


def pieces() -> Iterator[str]:
    yield from (
        "AND",
        "or",
        "NOT",
        "(",
        ")",
        '"',
        "“",
        "-",
        "+",
        "|",
        "*",
        "/",
        "title:",
        "tag:",
        "x:",
        "\\",
        " ",
        "  ",
    )
    yield from (
        "a",
        "київ",
        "津波",
        "C++",
        "🚀",
        "'",
        "’",
        "~5",
        "NEAR/5",
        "w?d",
        "\x00",
        "\ud800",
        "\u0301",
        "[",
        "{",
        "}",
        "]",
        "^",
        "$",
        ".",
        "İ",
        "\u200e",
        "\u200b",
        "\ufeff",
    )


def read(query: str) -> Query | QueryError:
    try:
        return language.parse(query)
    except QueryError as error:
        return error


@given(
    st.lists(st.sampled_from(list(pieces())), max_size=25).map("".join) | st.text(max_size=60),
    st.text(max_size=30),
)
def test_any_query_is_read_or_refused_with_a_place(query: str, text: str) -> None:
    tree = read(query)
    if isinstance(tree, QueryError):
        assert 1 <= tree.column <= len(query) + 1
        assert tree.message
        assert not any(unicodedata.category(char) == "Cs" for char in str(tree))
        return
    for bare in (False, True):
        document = Document(title=text, tags=(text,))
        told = explain(tree, document, bare)
        matched = Engine([Rule(name="x", query=query)]).match(document, bare)
        assert told.matches is bool(matched)
        assert told.spans == (matched[0].spans if matched else ())
        assert told.why


@given(st.text("ab().*+?|[]^$\\wdsbpLB{}1,-:<>=!PiQx", max_size=20))
def test_any_regular_expression_is_compiled_or_refused_with_a_place(pattern: str) -> None:
    tree = read(f"/{pattern}/")
    if isinstance(tree, QueryError):
        assert 1 <= tree.column <= len(pattern) + 3
    else:
        explain(tree, Document(title="ab 1 b\n"))
