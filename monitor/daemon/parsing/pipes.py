"""What goes over the pipes between the daemon and a parse child: asked in full trust, answered in none."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast, get_args

from monitor.core.text import KEY_CHARS, LABEL_CHARS, TAGS, TEXT_CHARS, URL_CHARS
from monitor.daemon.parsing.parse_child import MORE, OLDER, REQUEST, SENTENCE_CHARS
from monitor.model import Advice, DateOrigin, Entry, Hub, Parsed, Proposal, RawDate, Response, Source

SLICE = 100  # entries read of an answer until the loop may do something else


def request(
    source: Source, response: Response, limits: Mapping[str, float], more: Mapping[str, object] | None = None
) -> bytes:
    """Return what a child is asked: `limits` are of this job, `more` goes into the head."""
    header = {
        **(more or {}),
        "kind": source.kind,
        "options": dict(source.options),
        "limits": dict(limits),
        "response": {
            "url": response.url,
            "status": response.status,
            "content_type": response.content_type,
            "etag": response.validators.etag,
            "last_modified": response.validators.last_modified,
            "received_at": response.received_at.isoformat(),
            "server_at": response.server_at.isoformat() if response.server_at else "",
        },
    }
    head = json.dumps(header).encode()
    return b"".join((REQUEST.pack(len(head), len(response.body)), head, response.body))


async def read(answer: bytes) -> tuple[dict[str, Any], Parsed]:
    """Read an answer without trust: a child that a body took over may say anything.

    Raises ValueError, TypeError, LookupError or RecursionError for what no child of ours would say.
    """
    first, *lines = answer.split(b"\n")
    head: dict[str, Any] = json.loads(first)
    _text(head["error"], SENTENCE_CHARS)
    if not (isinstance(head["rss"], int) and head["entries"] == len(lines)):
        raise ValueError("an answer whose head is wrong")
    entries = []
    for number, line in enumerate(lines):
        if number % SLICE == SLICE - 1:
            await asyncio.sleep(0)
        entries.append(_entry(line))
    tuple(proposals(head["proposals"], entries))
    return head, Parsed(
        entries=tuple(entries),
        title=_text(head["title"], LABEL_CHARS),
        whole=bool(head["whole"]),
        more=_texts(head["more"], URL_CHARS, most=MORE),
        beyond=_count(head["beyond"]),
        older=_texts(head["older"], URL_CHARS, most=OLDER),
        advice=_advice(head["advice"]),
        hub=_hub(*head["hub"]),
    )


def proposals(found: Sequence[Any], entries: Sequence[Entry]) -> Iterator[Proposal]:
    """Yield what the head of an answer proposes; `entries` are the rows of all."""
    at = 0
    for select, why, score, rows in found:
        if not (isinstance(rows, int) and isinstance(score, float) and 0 <= rows <= len(entries) - at):
            raise ValueError("proposals of no rows")
        selectors = {_text(key, LABEL_CHARS): _text(css, TEXT_CHARS) for key, css in select.items()}
        yield Proposal(
            select=selectors, entries=entries[at : at + rows], why=_text(why, SENTENCE_CHARS), score=score
        )
        at += rows


def _entry(line: bytes) -> Entry:
    keys, title, summary, url, author, tags, dates = json.loads(line)
    if not keys:
        raise ValueError("an entry without a key")
    return Entry(
        keys=_texts(keys, KEY_CHARS + URL_CHARS),
        title=_text(title, TEXT_CHARS),
        summary=_text(summary, TEXT_CHARS),
        url=_text(url, URL_CHARS),
        author=_text(author, LABEL_CHARS),
        tags=_texts(tags, LABEL_CHARS),
        dates=tuple(_date(*date) for date in dates),
    )


def _advice(told: Mapping[str, Any]) -> Advice:
    return Advice(
        every=_seconds(told["every"]),
        base=_seconds(told["base"]),
        skip_hours=_numbers(told["skip_hours"], below=24),
        skip_days=_numbers(told["skip_days"], below=7),
    )


def _hub(url: object, topic: object) -> Hub:
    return Hub(url=_text(url, URL_CHARS), topic=_text(topic, URL_CHARS))


def _seconds(value: object) -> float:
    if not isinstance(value, float) or not 0 <= value < 1e10:
        raise TypeError("not a time")
    return value


def _numbers(values: object, *, below: int) -> tuple[int, ...]:
    if not isinstance(values, list) or len(values) > below:
        raise TypeError("not a list of numbers")
    if not all(type(value) is int and 0 <= value < below for value in values):
        raise TypeError("not numbers within their bounds")
    return tuple(values)


def _count(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value <= 10_000_000:
        raise TypeError("not a number of things")
    return value


def _texts(values: object, chars: int, *, most: int = TAGS) -> tuple[str, ...]:
    if not isinstance(values, list) or len(values) > most:
        raise TypeError("not a list of texts")
    return tuple(_text(value, chars) for value in values)


def _text(value: object, chars: int) -> str:
    if not isinstance(value, str) or len(value) > chars:
        raise TypeError("not a text within its bounds")
    value.encode()  # ValueError for a lone surrogate
    return value


def _date(text: object, origin: object, parsed: object, day: object) -> RawDate:
    if origin not in get_args(DateOrigin):
        raise ValueError("a date of no origin")
    return RawDate(
        text=_text(text, LABEL_CHARS),
        origin=cast(DateOrigin, origin),
        parsed=_text(parsed, LABEL_CHARS),
        day=_text(day, LABEL_CHARS),
    )
