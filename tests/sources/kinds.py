"""The kinds of sources there are, each with its documents: files in `documents/<type>`, made for these tests.

A kind with keys that have no default says in `documents/<type>/options.toml` how it is configured here.
"""

from dataclasses import MISSING, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import tomli

from monitor import kinds
from monitor.model import Parsed, Response
from monitor.sources import Kind

DOCUMENTS = Path(__file__).parent / "documents"
GROUP = ("monitor.sources", "newsbell.sources")
KINDS = kinds.names(*GROUP)
AT = datetime(2026, 3, 1, tzinfo=UTC)
URL = "https://example.org/news/feed"


def options(kind: str) -> dict[str, object]:
    """Return how a kind is configured in these tests."""
    path = DOCUMENTS / kind / "options.toml"
    given = tomli.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    needed = [
        key.name for key in fields(kinds.load(*GROUP, kind)) if key.default is key.default_factory is MISSING
    ]
    missing = [name for name in needed if name not in given]
    assert not missing, f"say in {path} how a {kind} is configured: {missing}"
    return given


def build(kind: str) -> Kind:
    return cast(Kind, kinds.make(kinds.load(*GROUP, kind), options(kind)))


def documents(kind: str) -> list[Path]:
    """Return the documents of a kind; of `auto` those of all kinds that recognise theirs."""
    if kind == "auto":
        knowing = [name for name in KINDS if hasattr(kinds.load(*GROUP, name), "recognises")]
        return [path for name in ["feed", *knowing] for path in documents(name)]
    return sorted(path for path in (DOCUMENTS / kind).glob("*") if path.name != "options.toml")


def response(body: bytes, *, url: str = URL, content_type: str = "") -> Response:
    return Response(url=url, status=200, body=body, content_type=content_type, received_at=AT)


def parse(kind: str, body: bytes, *, url: str = URL, content_type: str = "") -> Parsed:
    return build(kind).parse(response(body, url=url, content_type=content_type))
