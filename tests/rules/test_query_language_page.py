"""docs/query-language.md says nothing that is not so: each of its examples is run."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.model import Rule
from monitor.rules.engine import Engine
from monitor.rules.errors import QueryError
from monitor.rules.matching.document import Document
from monitor.rules.query import language

PAGE = Path(__file__).parents[2] / "docs" / "query-language.md"
TEXT = PAGE.read_text(encoding="utf-8")


def examples() -> Iterator[tuple[str, str, str]]:
    for block in re.findall(r"^```query\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE):
        query = ""
        for line in block.splitlines():
            if line.startswith("  "):
                kind, told = line.split(maxsplit=1)
                yield query, kind, told
            else:
                query = line


@pytest.mark.parametrize(("query", "kind", "told"), list(examples()))
def test_example(query: str, kind: str, told: str) -> None:
    if kind == "error":
        with pytest.raises(QueryError) as raised:
            language.parse(query)
        assert str(raised.value) == told
    elif kind == "note":
        assert told in language.warnings(language.parse(query))
    else:
        matches = Engine([Rule(name="example", query=query)]).match(Document(title=told), bare=True)
        assert bool(matches) is {"rings": True, "silent": False}[kind]


def test_a_query_of_the_page_without_a_note_has_none() -> None:
    noted = {query for query, kind, _ in examples() if kind in ("note", "error")}
    for query in {query for query, *_ in examples()} - noted:
        assert language.warnings(language.parse(query)) == ()


def test_fields_of_the_page_find_what_it_says() -> None:
    document = Document(tags=("Ukraine war",), url="https://www.msn.com/news/1", source="kyiv-sidebar")
    for query in ("tag:ukraine", "url:msn.com/news", "source:kyiv"):
        assert query in TEXT
        assert Engine([Rule(name="x", query=query)]).match(document)


FOREIGN = re.findall(
    r"`([^`]+)`",
    "".join(
        re.findall(
            r"^\| (`.*?) \|", TEXT.partition("has not is refused")[2].partition("## ")[0], re.MULTILINE
        )
    ),
)


@pytest.mark.parametrize("query", FOREIGN)
def test_what_the_page_says_is_refused_is_refused_by_name(query: str) -> None:
    written = query.replace("( )", "(a b)").replace("…", "a b") + ("x" if query.endswith(":") else "")
    with pytest.raises(QueryError, match="not in this version"):
        language.parse(f"{written} b")


def test_the_page_was_read() -> None:
    assert len(list(examples())) > 100
    assert len(FOREIGN) > 20
