"""Queries that people really wrote, in the dialects of the tools they wrote them for."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from monitor.rules.errors import QueryError
from monitor.rules.matching.document import Document
from monitor.rules.matching.explain import explain
from monitor.rules.query import language
from monitor.rules.query.tree import Query

CORPUS = Path(os.environ.get("NEWSBELL_CORPUS", Path(__file__).parents[3] / "shared" / "data"))
QUERIES = CORPUS / "rules" / "queries.jsonl"

pytestmark = pytest.mark.skipif(not QUERIES.is_file(), reason=f"no corpus at {CORPUS}")

READ = 76  # of 83; the rest is refused by name
MEANT_OTHERWISE = {"q028"}  # Factiva reads words side by side as a phrase; the language page says so


def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in QUERIES.read_text(encoding="utf-8").splitlines()]


def read(row: dict[str, Any]) -> Query | QueryError:
    try:
        return language.parse(row["query"])
    except QueryError as error:
        return error


def test_so_many_queries_are_read_and_none_falls_back() -> None:
    assert sum(isinstance(read(row), Query) for row in rows()) >= READ


def test_what_is_read_tells_right_headlines_from_wrong() -> None:
    wrong = []
    for row in rows():
        query = read(row)
        if isinstance(query, Query) and row["id"] not in MEANT_OTHERWISE:
            wrong += [
                (row["id"], text)
                for text in row["match"]
                if not explain(query, Document(title=text), True).matches
            ]
            wrong += [
                (row["id"], text)
                for text in row["nomatch"]
                if explain(query, Document(title=text), True).matches
            ]
    assert wrong == []


def test_what_is_refused_is_refused_by_name() -> None:
    for row in rows():
        error = read(row)
        if isinstance(error, QueryError):
            named = ("not in this version", "unknown field", "a field stands before the quotes")
            assert any(words in error.message for words in named), (row["id"], str(error))
            assert error.hint
            assert 1 <= error.column <= len(row["query"])
