"""What every kind of source promises, held against every kind that is found: a new file cannot skip it."""

import asyncio
import importlib
import random
import string
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import kinds
from monitor.config.keys.known import SOURCE
from monitor.config.loading import load
from monitor.config.reading.kinds import SOURCES
from monitor.config.reference import reference
from monitor.core.text import clean, cleaned
from monitor.daemon.parsing.parse import Limits, Parsers
from monitor.model import Entry, Parsed, Source
from monitor.sources import ParseError
from tests.sources.kinds import GROUP, KINDS, URL, build, documents, options, parse, response

EVERY = [(kind, path) for kind in KINDS if kind != "auto" for path in documents(kind)]
every_kind = pytest.mark.parametrize("kind", KINDS)
every_document = pytest.mark.parametrize(("kind", "path"), EVERY, ids=[f"{k}-{p.name}" for k, p in EVERY])

MIB = 1 << 20
CLASSES = {
    "zeros": b"\0",
    "controls": bytes(range(1, 32)),
    "spaces": b" \t\r\n",
    "digits": string.digits.encode(),
    "letters": string.ascii_letters.encode(),
    "punctuation": string.punctuation.encode(),
    "opening": b"<",
    "ampersands": b"&",
    "quotes": b"\"'",
    "brackets": b"[{",
    "tags": b"<a b='c'>",
    "entities": b"&#x41;&amp;",
    "high": bytes(range(128, 256)),
    "all": bytes(range(256)),
    "cyrillic": "Київ ".encode(),
    "utf-16": "Київ ".encode("utf-16-le"),
}


def outcome(kind: str, body: bytes, content_type: str = "") -> Parsed | None:
    """Return what a kind makes of a body, None for a sentence. Anything else fails the test."""
    sentence, parsed = "", None
    try:
        parsed = parse(kind, body, content_type=content_type)
    except ParseError as error:
        sentence = str(error)
    if parsed is None:
        assert 0 < len(sentence) < 400
        assert sentence == clean(sentence), "one clean line"
        return None
    assert isinstance(parsed, Parsed)
    for entry in parsed.entries:
        check(entry)
    return parsed


def check(entry: Entry) -> None:
    """Hold an entry to what a kind promises of it."""
    assert entry.keys
    assert all(key.partition(":")[0] in {"guid", "url", "text"} for key in entry.keys)
    whole = cleaned(entry)
    assert cleaned(whole) == whole
    assert (whole.title, whole.summary) == (clean(entry.title).rstrip(), clean(entry.summary).rstrip())
    assert whole.url == entry.url, "a kind gives web addresses or none"
    assert (whole.author, whole.tags) == (clean(entry.author), tuple(clean(tag) for tag in entry.tags))
    assert len(whole.dates) == len(entry.dates)


def test_the_kinds_of_this_version_are_found() -> None:
    assert {"auto", "feed", "json_api", "json_feed", "live_blog", "news_sitemap", "telegram"} <= set(KINDS)
    assert len(EVERY) >= 20


@every_kind
def test_a_kind_keeps_the_protocol(kind: str) -> None:
    cls = kinds.load(*GROUP, kind)
    assert callable(cls.parse)  # type: ignore[attr-defined]
    assert cls.__doc__
    assert not cls.__doc__.startswith(f"{cls.__name__}("), "a sentence, not what dataclass makes of it"
    assert build(kind) == build(kind)
    clash = {key.name for key in fields(cls)} & {*SOURCE.names()}
    assert not clash, "a key that every source has never reaches a kind"
    if recognises := getattr(cls, "recognises", None):
        assert [recognises(junk) for junk in (b"", b"\0", b"\xff\xfe", b"<", b"x" * 100)] == [0] * 5
        assert not options(kind), "what an address alone makes has no keys"


@every_document
def test_a_document_is_read_the_same_twice_and_as_it_is(kind: str, path: Path) -> None:
    parsed, again = outcome(kind, path.read_bytes()), outcome(kind, path.read_bytes())
    assert parsed is not None
    assert parsed == again
    assert parsed.entries or parsed.more
    keys = [key for entry in parsed.entries for key in entry.keys]
    assert len(keys) == len(set(keys)), "nothing in these documents is there twice"
    assert "\ufffd" not in str(parsed)


@every_document
def test_a_document_cut_at_every_byte_is_entries_or_a_sentence(kind: str, path: Path) -> None:
    body = path.read_bytes()
    for end in range(len(body)):
        outcome(kind, body[:end])


@pytest.mark.parametrize("path", documents("auto"), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_an_address_alone_is_read_as_its_own_kind(path: Path) -> None:
    body = path.read_bytes()
    assert outcome("auto", body) == outcome(path.parent.name, body)
    for end in range(0, len(body), 29):
        outcome("auto", body[:end])


@every_kind
def test_documents_of_other_kinds_are_refused_or_read_but_never_break(kind: str) -> None:
    for _, path in EVERY:
        outcome(kind, path.read_bytes())


@every_kind
def test_what_is_no_news_is_said(kind: str) -> None:
    for body in (b"", b" \r\n\t", b"\xef\xbb\xbf", b"\0\0\0"):
        with pytest.raises(ParseError, match=r"^an empty body$"):
            parse(kind, body)
    for body, sentence in (
        (b"<!doctype html><title>Just a moment...</title><div id=cf-chl>", "a bot challenge, not "),
        (b"<html><form action=/login><input type=password></form></html>", "a login page, not "),
    ):
        with pytest.raises(ParseError, match=f"^{sentence}"):
            parse(kind, body)
    with pytest.raises(ParseError, match=r'^JSON that says "Invalid token"|^an HTML page without'):
        parse(kind, b'{"code": "rest_forbidden", "message": "Invalid token"}')


@every_kind
@settings(max_examples=60)
@given(junk=st.binary(max_size=300), seed=st.integers(0, 2**32))
def test_no_bytes_raise_anything_but_a_sentence(kind: str, junk: bytes, seed: int) -> None:
    outcome(kind, junk)
    if own := documents(kind):
        body = bytearray(random.Random(seed).choice(own).read_bytes())
        at = seed % len(body)
        outcome(kind, bytes(body[:at] + junk + body[at:]), "text/html; charset=" + junk[:8].decode("latin-1"))


def megabytes(kind: str) -> Iterator[bytes]:
    """Yield 1 MB of each class of bytes, bare and inside the beginning of a document of the kind."""
    begin = documents(kind)[0].read_bytes()[:150] if kind != "auto" and documents(kind) else b""
    for letters in CLASSES.values():
        yield letters * (MIB // len(letters))
        if begin:
            yield begin + letters * (MIB // len(letters))


@pytest.mark.torture
@every_kind
@pytest.mark.timeout(240)
def test_a_megabyte_of_any_bytes_is_entries_or_a_sentence_in_bounded_time(kind: str) -> None:
    """In a child, as every body is read; over a limit it is a sentence too, and the next body is read."""
    source = Source(name="s", url=URL, kind=kind, options=options(kind))

    async def story() -> None:
        async with Parsers(limits=replace(Limits(), cpu=1.0, wall=20.0)) as parsers:
            for body in megabytes(kind):
                try:
                    await parsers.parse(source, response(body))
                except ParseError as error:
                    said = str(error)
                    assert not any(word in said for word in ("the kind", "its reader", "not read")), said
            if own := documents(kind):
                parsed = await parsers.parse(source, response(own[0].read_bytes()))
                assert parsed.entries or parsed.more

    asyncio.run(story())


# -- one more kind ----------------------------------------------------------------------------

BOARD = '''
"""A board of departures."""

from dataclasses import dataclass

from monitor.model import Entry, Parsed, Response
from monitor.sources import ParseError


@dataclass(frozen=True, slots=True)
class Board:
    """Departures, one a line."""

    sign: str = "*"  # what a line begins with

    @staticmethod
    def recognises(body: bytes) -> int:
        return 2 if body.startswith(b"DEPARTURES") else 0

    def parse(self, response: Response) -> Parsed:
        lines = response.body.decode().splitlines()
        if lines[:1] != ["DEPARTURES"]:
            raise ParseError("no departures")
        found = [line.lstrip("* ") for line in lines[1:] if line.startswith(self.sign)]
        return Parsed(entries=[Entry(keys=(f"guid:{title}",), title=title) for title in found])
'''


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder with one more kind in it, on the path of the kinds."""
    import monitor.sources
    from monitor.sources import auto

    (tmp_path / "board.py").write_text(BOARD)
    (tmp_path / "_private.py").write_text("raise ImportError('not a kind')")
    monkeypatch.setattr(monitor.sources, "__path__", [*monitor.sources.__path__, str(tmp_path)])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    importlib.invalidate_caches()
    auto._recognisers.cache_clear()
    yield
    auto._recognisers.cache_clear()
    sys.modules.pop("monitor.sources.board", None)


CONFIG = """
[source.harbour]
url = "https://example.org/departures"
type = "board"
sign = "+"
[rule]
any = "ferry"
"""


@pytest.mark.usefixtures("board")
def test_a_new_kind_is_one_file(tmp_path: Path) -> None:
    assert kinds.names(*GROUP) == tuple(sorted({*KINDS, "board"}))
    assert [key.name for key in fields(SOURCES.load("board"))] == ["sign"]
    path = tmp_path / "config.toml"
    path.write_text(CONFIG)
    (source,) = load(path, environ={}).sources
    assert (source.kind, source.options) == ("board", {"sign": "+"})
    page = reference()
    assert "### `board`\n\nDepartures, one a line.\n" in page
    assert '| `sign` | `"…"` | `*` | what a line begins with. |' in page
    assert [entry.title for entry in parse("auto", b"DEPARTURES\n* Ferry").entries] == ["Ferry"]


CHILD = """
import sys, monitor.sources
monitor.sources.__path__.append({folder!r})
from monitor.daemon.parsing.parse_child import main
main(int(sys.argv[1]), int(sys.argv[2]))
"""


@pytest.mark.usefixtures("board")
def test_a_new_kind_is_read_in_the_children(tmp_path: Path) -> None:
    command = (sys.executable, "-I", "-B", "-c", CHILD.format(folder=str(tmp_path)))

    async def story() -> list[str]:
        async with Parsers(command=command) as parsers:
            plain = Source(name="p", url=URL)
            own = Source(name="s", url=URL, kind="board", options={"sign": "+"})
            body = response(b"DEPARTURES\n* Ferry\n+ Train")
            with suppress(ParseError):
                await parsers.parse(plain, response(b"nothing"))
            parsed = [await parsers.parse(source, body) for source in (plain, own)]
            return [entry.title for each in parsed for entry in each.entries]

    assert asyncio.run(story()) == ["Ferry", "+ Train"]
