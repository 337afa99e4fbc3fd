"""An alert as programs read it: the JSON of webhooks and of `--json`."""

import base64
import json
import re
from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from monitor.core import diff
from monitor.model import (
    JSON,
    Alert,
    Also,
    Brief,
    Delivery,
    Digest,
    Edit,
    Held,
    Item,
    Severity,
    Span,
)

if TYPE_CHECKING:
    from monitor.model import Evidence

BODY_MAX = 20_000  # bytes; a body stays below it, as Standard Webhooks 1.0 asks
TITLE_MAX = 4_000  # bytes of a title or a sentence in a body
URL_MAX = 4_000  # bytes; a longer one is left out, for a cut one leads elsewhere
LABEL_MAX = 300  # bytes of an id, a name of a rule, a source or a publisher
SPANS_MAX = 64  # matched spans in a body
ALSO_MAX = 3_000  # bytes of a story's other members in a body
EDIT_MAX = 1_400  # bytes of what changed in a title, and of what changed in a summary, in a body
ELLIPSIS = "…"

# What ends a line, moves a cursor or turns text round. Ingest takes all of it out; this is the second lock.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_LINK = re.compile(r"https?://[^\s]", re.IGNORECASE)


def instant(at: datetime) -> str:
    """Return an instant as ISO 8601 in UTC.

    >>> instant(datetime(2026, 11, 24, 14, 5, tzinfo=UTC))
    '2026-11-24T14:05:00Z'
    """
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def safe(text: str) -> str:
    r"""Return `text` with each character that a terminal obeys as U+FFFD; the length and all offsets stay.

    >>> safe("a\x1b[31mb\u202ec")
    'a�[31mb�c'
    """
    return _UNSAFE.sub("\ufffd", text)


# -- as the commands print them ---------------------------------------------------------------


def item_json(item: Item) -> dict[str, JSON]:
    """Return an item as `items --json` prints it."""
    return {
        "id": item.id,
        "source": item.source,
        "title": item.title,
        "url": item.url,
        "summary": item.summary,
        "published": _published(item),
        "first_seen": instant(item.first_seen_at),
        "revision": item.revision,
        "story": item.story or item.id,
    }


def alert_json(alert: Alert) -> dict[str, JSON]:
    """Return an alert as `alerts --json` prints it; what its type does not have is null.

    That is rule and item where no item brought it, source where it is about none, and sentence, which says
    what happened, where an item does.
    """
    return {
        "id": alert.id,
        "type": str(alert.type),
        "rule": alert.rule or None,
        "severity": str(alert.severity),
        "at": instant(alert.at),
        "source": alert.source or None,
        "sentence": alert.sentence or None,
        "item": item_json(alert.item) if alert.item else None,
        "spans": [span_json(span) for span in alert.spans],
        "edit": _edit(alert.edit, alert.item) if alert.edit and alert.item else None,
        "held": _held(alert.held) if alert.held else None,
        "members": [_member(one) for one in alert.members],
        "routes": list(alert.routes),
    }


def _member(one: Also) -> dict[str, JSON]:
    return {"source": one.source, "publisher": one.publisher, "url": one.url, "title": one.title}


def _held(held: Held) -> dict[str, JSON]:
    return {
        "reason": held.reason,
        "detail": held.detail or None,
        "until": instant(held.until) if held.until else None,
        "joins": held.joins or None,
        "silence": held.silence or None,
    }


def _edit(edit: Edit, item: Item, *, room: int | None = None) -> dict[str, JSON]:
    """Return what an edit changed; with `room`, each part in so many bytes."""
    return {
        "kind": edit.kind or None,
        "title": _changed(edit.title, item.title, room),
        "summary": _changed(edit.summary, item.summary, room),
    }


def _changed(old: str, new: str, room: int | None) -> list[JSON]:
    """Return the parts of an edit, none where nothing changed; what is too long for `room` as one exchanged text."""
    if old == new:
        return []
    parts: list[JSON] = [{"what": part.what, "text": part.text} for part in diff.words(old, new)]
    if room is None or len(_encoded(parts)) <= room:
        return parts
    half = room // 2 - 40  # bytes, less the keys of a part
    return [{"what": "gone", "text": _cut(old, half)}, {"what": "new", "text": _cut(new, half)}]


def delivery_json(delivery: Delivery) -> dict[str, JSON]:
    """Return a delivery as `deliveries --json` prints it; `in` is the digest it went with, `joins` the alert that inhibits it."""
    return {
        "id": delivery.id,
        "alert": delivery.alert.id,
        "notifier": delivery.notifier,
        "state": delivery.state,
        "reason": delivery.reason,
        "until": instant(delivery.until) if delivery.until else None,
        "in": delivery.digest or None,
        "joins": delivery.joins or None,
        "attempts": delivery.attempts,
        "last_error": delivery.last_error,
    }


def evidence_json(evidence: "Evidence") -> dict[str, JSON]:
    """Return what a body said of an item as `export evidence` prints it: the very bytes, in base 64."""
    return {
        "item": evidence.item,
        "revision": evidence.revision,
        "at": instant(evidence.at),
        "source": evidence.source,
        "url": evidence.url,
        "body_sha256": evidence.body_sha256,
        "snippet_base64": base64.b64encode(evidence.snippet).decode("ascii"),
    }


def _published(item: Item) -> dict[str, JSON]:
    return {
        "earliest": instant(item.published.earliest),
        "latest": instant(item.published.latest),
        "origin": item.published.origin,
        "zone": item.published.zone,
        "sure": item.published.sure,
    }


def span_json(span: Span) -> dict[str, JSON]:
    """Return where a rule matched."""
    return {"field": span.field, "start": span.start, "end": span.end}


# -- as a webhook sends them ------------------------------------------------------------------


def body(delivery: Delivery) -> bytes:
    """Return the JSON body of a webhook: UTF-8, below 20,000 bytes, the same bytes for the same delivery."""
    return _encoded(payload(delivery))


def payload(delivery: Delivery) -> dict[str, JSON]:
    """Return what a webhook says of a delivery (docs/webhook.schema.json).

    Texts that would make it too long end in an ellipsis, and spans beyond the cut are left out.
    """
    alert = delivery.alert
    data: dict[str, JSON] = {
        "id": alert.id,
        "rule": _cut(alert.rule, LABEL_MAX) or None,
        "severity": str(alert.severity),
        "item": None,
        "spans": [],
    }
    if alert.sentence:
        data["sentence"] = _cut(alert.sentence, TITLE_MAX)
    if alert.source:
        data["source"] = _cut(alert.source, LABEL_MAX)
    if delivery.late:
        data["late"] = True
    content: dict[str, JSON] = {"type": str(alert.type), "timestamp": instant(alert.at), "data": data}
    room = BODY_MAX - 1 - len(_encoded(content))
    if alert.item:
        data |= _about(alert, alert.item, room=room)
    if alert.digest:
        data["digest"] = _gathered(alert.digest, room=room)
    return content


def _gathered(digest: Digest, *, room: int) -> dict[str, JSON]:
    """Return what a digest tells, in `room` bytes: of too many alerts the loudest, in the order of events."""
    briefs = [_brief(one) for one in digest.alerts]
    room -= len(_encoded({"count": digest.count, "since": instant(digest.since), "alerts": []})) + len(
        '"digest":,'
    )
    kept = set[int]()
    for number in sorted(range(len(briefs)), key=lambda n: -list(Severity).index(digest.alerts[n].severity)):
        room -= len(_encoded(briefs[number])) + 1  # its comma
        if room < 0:
            break
        kept.add(number)
    return {
        "count": digest.count,
        "since": instant(digest.since),
        "alerts": [briefs[number] for number in sorted(kept)],
    }


def _brief(one: Brief) -> dict[str, JSON]:
    return {
        "id": one.id,
        "at": instant(one.at),
        "severity": str(one.severity),
        "rule": _cut(one.rule, LABEL_MAX),
        "title": _cut(one.title, LABEL_MAX),
        "url": one.url if _size(one.url) <= LABEL_MAX else "",
        "source": _cut(one.source, LABEL_MAX),
    }


def _about(alert: Alert, item: Item, *, room: int) -> dict[str, JSON]:
    """Return the part of `data` that an item fills, in `room` bytes: the summary gets what the rest leaves."""
    title = _cut(item.title, TITLE_MAX)
    url = item.url if _size(item.url) <= URL_MAX else ""
    kept = _within(alert.spans, "title", item.title, title)[:SPANS_MAX]

    edit: dict[str, JSON] = {"edit": _edit(alert.edit, item, room=EDIT_MAX)} if alert.edit else {}

    def about(
        summary: str, kept: Sequence[Span], also: Sequence[JSON], members: Sequence[JSON]
    ) -> dict[str, JSON]:
        return {
            **edit,
            **({"members": members} if members else {}),
            "item": {
                "id": _cut(item.id, LABEL_MAX),
                "title": title,
                "summary": summary,
                "url": url,
                "source": _cut(item.source, LABEL_MAX),
                "publisher": _cut(item.publisher, LABEL_MAX),
                "published": _published(item),
                "first_seen": instant(item.first_seen_at),
            },
            "spans": [span_json(span) for span in kept],
            "story": {
                "id": _cut(item.story or item.id, LABEL_MAX),
                "also_in": also,
                "publishers": alert.publishers,
            },
            "links": {"item": url} if _LINK.match(url) else {},
        }

    def left(also: Sequence[JSON] = (), members: Sequence[JSON] = ()) -> int:
        return room - len(_encoded(about("", kept, also, members)))

    members = _also(alert.members, room=min(ALSO_MAX, left() - len('"members":[],')))
    also = _also(alert.also_in, room=min(ALSO_MAX, left(members=members)))
    summary = _cut(item.summary, left(also, members))
    return about(summary, _within(kept, "summary", item.summary, summary), also, members)


def _also(members: Sequence[Also], *, room: int) -> list[JSON]:
    """Return other items of a story or a threshold, as many as fit in `room` bytes."""
    kept: list[JSON] = []
    for one in members:
        member: JSON = {
            "source": _cut(one.source, LABEL_MAX),
            "publisher": _cut(one.publisher, LABEL_MAX),
            "url": one.url if _size(one.url) <= URL_MAX else "",
            "title": _cut(one.title, LABEL_MAX),
        }
        room -= len(_encoded(member)) + 1  # its comma
        if room < 0:
            break
        kept.append(member)
    return kept


def _within(spans: Sequence[Span], field: str, whole: str, text: str) -> list[Span]:
    """Return `spans` without those of `field` that lie beyond its cut `text`."""
    end = len(text) if text == whole else len(text) - len(ELLIPSIS)
    return [span for span in spans if span.field != field or span.end <= end]


def _cut(text: str, room: int) -> str:
    """Return as much of `text` as takes `room` bytes in JSON, with an ellipsis if that is not all."""
    if _size(text) <= room:
        return text
    left = room - _size(ELLIPSIS)
    length = bisect_right(range(len(text) + 1), left, key=lambda length: _size(text[:length])) - 1
    return text[: max(length, 0)].rstrip() + ELLIPSIS if left >= 0 else ""


def _size(text: str) -> int:
    return len(_encoded(text)) - 2  # without the quotes


def _encoded(value: JSON) -> bytes:
    """Encode as JSON; a lone surrogate, which UTF-8 cannot say, becomes "?"."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
