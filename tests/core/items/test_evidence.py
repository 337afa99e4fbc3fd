"""What is cut out of a body for an item: the element that is about it, whatever the body is."""

import hashlib
import json
from datetime import UTC, datetime

import pytest

from monitor.core.items import evidence
from monitor.model import Response, Source
from tests.desk import Desk, line

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WIRE = Source(name="wire", url="http://127.0.0.1/rss", every=60.0)
ENTRIES = [
    line("Fire & flood", "text", guid="tag:1", url="http://e.org/1"),
    line("Пожежа", "text", guid="tag:2", url="http://e.org/2"),
]


def said(body: bytes, titles: tuple[str, ...] = ()) -> list[bytes]:
    """Return what of `body` is kept of each of its two items."""
    outcome = Desk([WIRE]).read("wire", ENTRIES, NOW)
    response = Response(url="http://127.0.0.1/rss?x", status=200, body=body, received_at=NOW)
    kept = evidence.of(outcome, response)
    by_id = {it.item: it for it in kept}
    assert [it.body_sha256 for it in kept] == [hashlib.sha256(body).hexdigest()] * 2
    assert {it.url for it in kept} == {"http://127.0.0.1/rss?x"}
    items = sorted((change.item for change in outcome.changes), key=lambda item: item.url)
    return [by_id[item.id].snippet for item in items]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            "<item><title>Fire &amp; flood</title></item>",
            "<item><guid>tag:2</guid><title>Пожежа</title></item>",
        ),
        ("<entry><title>Fire &amp; flood</title></entry>", "<entry><title>Пожежа</title></entry>"),
        ("<url><loc>http://e.org/1</loc></url>", "<url><loc>http://e.org/2</loc></url>"),
        ('<li class="x"><a href="http://e.org/1">Fire &amp; flood</a></li>', "<li>Пожежа</li>"),
    ],
)
def test_the_element_about_an_item_is_cut_out(first: str, second: str) -> None:
    body = f"<x><title>Fire</title>\n {first}\n  {second} </x>".encode()
    assert said(body) == [first.encode(), second.encode()]


def test_a_list_in_json_gives_the_bytes_around() -> None:
    rows = [{"pad": "x" * 9000}, {"title": "Fire & flood"}, {"pad": "y" * 9000}, {"title": "Пожежа"}]
    first, second = said(json.dumps(rows).encode())
    assert b'"Fire & flood"' in first
    assert b'"\\u041f\\u043e' in second
    assert max(len(first), len(second)) <= evidence.SNIPPET


def test_what_is_not_found_leaves_the_hash_alone() -> None:
    assert said("Пожежа".encode("utf-16")) == [b"", b""]


def test_an_item_without_end_is_cut() -> None:
    first, _ = said(b"<item><title>Fire &amp; flood</title>" + b"z" * 50_000)
    assert len(first) == evidence.SNIPPET
    assert first.startswith(b"<item>")
