"""Filters of newsboat become queries that mean the same, or are refused with a reason."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from monitor.model import Rule
from monitor.rules.engine import Engine
from monitor.rules.errors import QueryError
from monitor.rules.matching.document import Document
from monitor.rules.query.newsboat import filters, translated

CORPUS = Path(os.environ.get("NEWSBELL_CORPUS", Path(__file__).parents[3] / "shared" / "data")) / "rules"
TRANSLATED = 87  # of 143; the others compare by size, or are wrong in newsboat too


@pytest.mark.parametrize(
    ("expression", "query"),
    [
        ('title = "a.b"', r"title:/^a\.b$/"),
        ('title != "a"', "-title:/^a$/"),
        ('content !~ "a/b"', r"-summary:/a\/b/"),
        ('feedtitle =~ "x" and age between 0:10', "source:/x/ AND published:10d"),
        ("age between 3:10", "(published:10d AND older:3d)"),
        ("age > 7", "older:7d"),
        ('unread = "yes"', "unread:yes"),
        ('((author = "A" or tags !# "b")', "((author:/^A$/ OR -tag:/^b$/))"),
        ('title == ""', "-title:/./"),
    ],
)
def test_translated(expression: str, query: str) -> None:
    assert translated(expression) == query


@pytest.mark.parametrize(
    ("expression", "column", "said"),
    [
        ('titel = "a"', 1, "items have no titel here"),
        ("title < 5", 7, "compares by size"),
        ('title =~ "(a" ', 1, "'(' is never closed"),
        ('title = "a" title = "b"', 12, "no filter of newsboat"),
        ("title", 1, "no filter of newsboat"),
        ('title = "a" and ', 17, "breaks off"),
        ('(title = "a"))', 14, "closes nothing"),
    ],
)
def test_refused(expression: str, column: int, said: str) -> None:
    with pytest.raises(QueryError) as raised:
        translated(expression)
    assert said in raised.value.message
    assert raised.value.column == column


def test_filters_are_found_in_both_files() -> None:
    text = """# comment
highlight-article "author =~ \\"Andreas\\"" white red bold
ignore-article "*" "title =~ \\"Windows\\""
"query:Unread:unread = \\"yes\\""
"query:bar:title =~ \\"a: b\\\\.c\\"" tag "~A title"
query:plain:title = "a"
define-filter "mine" "title = \\"x\\""
ignore-article "https://example.org/rss" "title = \\"y\\""
ignore-article * title=~"z"
https://example.org/rss news"""
    assert [(one.line, one.name, one.expression, one.feed) for one in filters(text)] == [
        (2, "highlight-article", 'author =~ "Andreas"', ""),
        (3, "ignore-article", 'title =~ "Windows"', ""),
        (4, "Unread", 'unread = "yes"', ""),
        (5, "bar", 'title =~ "a: b\\.c"', ""),
        (6, "plain", 'title = "a"', ""),
        (7, "mine", 'title = "x"', ""),
        (8, "ignore-article", 'title = "y"', "https://example.org/rss"),
        (9, "ignore-article", 'title=~"z"', ""),
    ]


@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no corpus at {CORPUS}")
def test_newsboats_own_tests_hold_for_what_is_translated() -> None:
    """Its tests name attributes that no item has: each stands for one of our texts."""
    rows: list[dict[str, Any]] = [
        json.loads(line) for line in (CORPUS / "newsboat-matcher-tests.jsonl").read_text("utf-8").splitlines()
    ]
    done, wrong = 0, []
    for row in rows:
        lists = " #" in row["expr"] or "!#" in row["expr"]
        names = dict(zip(row["attrs"], ("tag", "summary") if lists else ("title", "summary"), strict=False))
        if lists:
            names = dict.fromkeys(row["attrs"], "tag")
        try:
            query = translated(row["expr"], names)
        except QueryError:
            continue
        values = {field: row["attrs"][name] for name, field in names.items()}
        if lists:
            asked = next(name for name in row["attrs"] if row["expr"].startswith(name))
            document = Document(tags=tuple(row["attrs"][asked].split()))
        else:
            document = Document(title=values.get("title", ""), summary=values.get("summary", ""))
        done += 1
        if bool(Engine([Rule(name="x", query=query)]).match(document)) is not row["expect"]:
            wrong.append((row["expr"], query))
    assert wrong == []
    assert done >= TRANSLATED


@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no corpus at {CORPUS}")
def test_what_newsboat_cannot_parse_is_refused_here() -> None:
    names = dict.fromkeys(("a", "b", "c", "x", "y", "title", "AAAA"), "title")
    for line in (CORPUS / "newsboat-parser-tests.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["parses"]:
            translated(row["expr"], names)
        else:
            with pytest.raises(QueryError):
                translated(row["expr"], names)
