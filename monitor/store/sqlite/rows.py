"""Rows to values and back. Instants are integer microseconds in the file, datetimes above."""

import json
import sqlite3
import struct
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, overload

from monitor.model import (
    INHIBITED,
    Advice,
    Alert,
    AlertType,
    Also,
    Brief,
    Delivery,
    Digest,
    Edit,
    Held,
    Item,
    Lag,
    Published,
    Receiver,
    Rhythm,
    Severity,
    Span,
    Tempo,
)

if TYPE_CHECKING:
    from monitor.model import Shape

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@overload
def micros(at: datetime) -> int: ...
@overload
def micros(at: datetime | None) -> int | None: ...
def micros(at: datetime | None) -> int | None:
    """Return whole microseconds since 1970.

    >>> micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return None if at is None else (at - EPOCH) // MICROSECOND


@overload
def instant(us: int) -> datetime: ...
@overload
def instant(us: int | None) -> datetime | None: ...
def instant(us: int | None) -> datetime | None:
    """Return the instant `us` microseconds after 1970."""
    return None if us is None else EPOCH + us * MICROSECOND


ADDED = {"published_zone": "", "published_sure": 1, "absent_at": None}  # what older snapshots lack


def lags_of(text: str) -> tuple[Lag, ...]:
    """Return the evidence for a source's zone, as `sources` stores it."""
    return tuple(Lag(ahead=ahead, gap=gap) for ahead, gap in json.loads(text))


def lags_text(lags: Sequence[Lag]) -> str:
    """Return what `sources` stores of that evidence."""
    return json.dumps([(lag.ahead, lag.gap) for lag in lags])


def item_of(row: sqlite3.Row) -> Item:
    """Return the item of a row of `items`."""
    return Item(
        id=row["id"],
        source=row["source"],
        title=row["title"],
        summary=row["summary"],
        url=row["url"],
        author=row["author"],
        tags=tuple(json.loads(row["tags"])),
        publisher=row["publisher"],
        published=Published(
            earliest=instant(row["published_earliest"]),
            latest=instant(row["published_latest"]),
            origin=row["published_origin"],
            zone=row["published_zone"],
            sure=bool(row["published_sure"]),
        ),
        first_seen_at=instant(row["first_seen_at"]),
        absent_at=instant(row["absent_at"]),
        revision=row["revision"],
        story=row["story"],
        digest=row["digest"],
        seq=row["seq"],
    )


def item_columns(item: Item) -> dict[str, Any]:
    """Return what `items` stores of an item."""
    return {
        "id": item.id,
        "source": item.source,
        "publisher": item.publisher,
        "title": item.title,
        "summary": item.summary,
        "url": item.url,
        "author": item.author,
        "tags": json.dumps(item.tags, ensure_ascii=False),
        "published_earliest": micros(item.published.earliest),
        "published_latest": micros(item.published.latest),
        "published_origin": item.published.origin,
        "published_zone": item.published.zone,
        "published_sure": int(item.published.sure),
        "first_seen_at": micros(item.first_seen_at),
        "absent_at": micros(item.absent_at),
        "revision": item.revision,
        "story": item.story,
        "digest": item.digest,
    }


def snapshot(item: Item | None) -> str:
    """Return the item as an alert keeps it."""
    return json.dumps(item_columns(item) if item else None, ensure_ascii=False)


def alert_of(row: sqlite3.Row) -> Alert:
    """Return the alert of a row of `alerts`."""
    item = json.loads(row["snapshot"])
    return Alert(
        id=row["id"] if "alert" not in row.keys() else row["alert"],  # noqa: SIM118 - a Row is no mapping
        type=AlertType(row["type"]),
        dedupe=row["dedupe"],
        at=instant(row["at"]),
        severity=Severity(row["severity"]),
        rule=row["rule"],
        rule_version=row["rule_version"],
        item=item_of({**ADDED, **item, "seq": 0}) if item else None,  # type: ignore[arg-type]  # read by name only
        spans=tuple(Span(field=f, start=a, end=b) for f, a, b in json.loads(row["spans"])),
        source=row["source"],
        sentence=row["sentence"],
        also_in=tuple(Also(**one) for one in json.loads(row["also_in"])),
        publishers=row["publishers"],
        edit=Edit(**json.loads(row["edit"])) if row["edit"] else None,
        held=_held(row) if row["held"] else None,
        members=tuple(Also(**one) for one in json.loads(row["members"])),
        digest=_digest_of(row["digest_of"] if "digest_of" in row.keys() else row["digest"]),  # noqa: SIM118
        routes=tuple(json.loads(row["routes"])),
    )


def _held(row: sqlite3.Row) -> Held:
    return Held(
        reason=row["held"],
        until=instant(row["held_until"]),
        joins=row["joins"],
        detail=row["held_detail"],
        silence=row["silence"],
    )


def alert_columns(alert: Alert) -> dict[str, Any]:
    """Return what `alerts` stores of an alert."""
    return {
        "id": alert.id,
        "type": alert.type.value,
        "dedupe": alert.dedupe,
        "at": micros(alert.at),
        "severity": alert.severity.value,
        "rule": alert.rule,
        "rule_version": alert.rule_version,
        "item": alert.item.id if alert.item else "",
        "revision": alert.item.revision if alert.item else 0,
        "source": alert.source,
        "sentence": alert.sentence,
        "also_in": json.dumps([asdict(one) for one in alert.also_in], ensure_ascii=False),
        "publishers": alert.publishers,
        "edit": json.dumps(asdict(alert.edit), ensure_ascii=False) if alert.edit else "",
        "held": alert.held.reason if alert.held else "",
        "held_until": micros(alert.held.until) if alert.held else None,
        "joins": alert.held.joins if alert.held else "",
        "held_detail": alert.held.detail if alert.held else "",
        "members": json.dumps([asdict(one) for one in alert.members], ensure_ascii=False),
        "silence": alert.held.silence if alert.held else "",
        "digest": _digest_text(alert.digest),
        "routes": json.dumps(alert.routes, ensure_ascii=False),
        "snapshot": snapshot(alert.item),
        "spans": json.dumps([(s.field, s.start, s.end) for s in alert.spans]),
    }


def _digest_text(digest: Digest | None) -> str:
    """Return what `alerts` stores of a digest."""
    if digest is None:
        return ""
    alerts = [{**asdict(one), "at": micros(one.at)} for one in digest.alerts]
    fields = {"batch": digest.batch, "count": digest.count, "since": micros(digest.since), "alerts": alerts}
    return json.dumps(fields, ensure_ascii=False)


def _digest_of(text: str) -> Digest | None:
    if not text:
        return None
    fields = json.loads(text)
    alerts = [
        Brief(**{**one, "at": instant(one["at"]), "severity": Severity(one["severity"])})
        for one in fields["alerts"]
    ]
    return Digest(**{**fields, "since": instant(fields["since"]), "alerts": tuple(alerts)})


DELIVERY = """
    select d.id as delivery, d.notifier, d.state, d.reason, d.due_at, d.attempts, d.failures, d.last_error,
           d.created_at, d.sent_at, d.late, d.claimed_at, a.id as alert, a.type, a.dedupe, a.at, a.severity,
           a.rule, a.rule_version, a.snapshot, a.spans, a.source, a.sentence,
           a.also_in, a.publishers, a.edit, a.held, a.held_until, a.joins, a.silence, a.held_detail, a.members, a.routes,
           a.digest as digest_of, d.digest, d.batch
    from deliveries d join alerts a on a.id = d.alert
"""


def delivery_of(row: sqlite3.Row) -> Delivery:
    """Return the delivery of a row of the query `DELIVERY`."""
    return Delivery(
        id=row["delivery"],
        alert=alert_of(row),
        notifier=row["notifier"],
        state=row["state"],
        reason=row["reason"],
        until=instant(row["due_at"]),
        attempts=row["attempts"],
        failures=row["failures"],
        last_error=row["last_error"],
        created_at=instant(row["created_at"]),
        sent_at=instant(row["sent_at"]),
        late=bool(row["late"]),
        digest=row["digest"],
        joins=row["batch"].partition("/")[2] if row["reason"] == INHIBITED else "",
    )


RECEIVER = (
    "failures",
    "failed_at",
    "last_probe_at",
    "next_probe_at",
    "not_before",
    "recovered_at",
    "disabled_at",
)


def receiver_of(notifier: str, row: sqlite3.Row | None) -> Receiver:
    """Return the receiver of a row of `receivers`; a healthy one where there is no row."""
    if row is None:
        return Receiver(notifier=notifier)
    instants = {name: instant(row[name]) for name in RECEIVER[1:]}
    return Receiver(notifier=notifier, failures=row["failures"], **instants)


def receiver_columns(receiver: Receiver) -> dict[str, Any]:
    """Return what `receivers` stores of a receiver."""
    instants = {name: micros(getattr(receiver, name)) for name in RECEIVER[1:]}
    return {"notifier": receiver.notifier, "failures": receiver.failures, **instants}


def shape_text(shape: "Shape") -> str:
    """Return what `sources` stores of a shape."""
    return json.dumps({**asdict(shape), "drifting_since": micros(shape.drifting_since)})


def shape_of(text: str) -> "Shape":
    """Return the shape of the column `shape` of `sources`; a new one where it is ''."""
    from monitor.model import Shape

    fields = json.loads(text or "{}")
    return Shape(**{**fields, "drifting_since": instant(fields.get("drifting_since"))})


def advice_text(advice: Advice) -> str:
    """Return what `sources` stores of a feed's advice."""
    return "" if advice == Advice() else json.dumps(asdict(advice))


def advice_of(text: str) -> Advice:
    """Return the advice of the column `advice` of `sources`."""
    fields: dict[str, Any] = json.loads(text or "{}")
    if not fields:
        return Advice()
    return Advice(
        every=fields["every"],
        base=fields["base"],
        skip_hours=tuple(fields["skip_hours"]),
        skip_days=tuple(fields["skip_days"]),
    )


def rhythm_text(rhythm: Rhythm) -> str:
    """Return what `sources` stores of a rhythm, its tempo apart."""
    instants = {"looked_at": micros(rhythm.looked_at), "new_at": micros(rhythm.new_at)}
    fields = {**asdict(replace(rhythm, tempo=NO_TEMPO)), **instants}
    del fields["tempo"]
    return json.dumps(fields)


def rhythm_of(row: sqlite3.Row) -> Rhythm:
    """Return the rhythm of the columns `rhythm` and `tempo` of `sources`; a new one where they are empty."""
    tempo = tempo_of(row["tempo"])
    if not row["rhythm"]:
        return Rhythm(tempo=tempo)
    fields = json.loads(row["rhythm"])
    instants = {name: instant(fields.get(name)) for name in ("looked_at", "new_at")}
    return Rhythm(**{**fields, **instants, "hours": tuple(fields["hours"])}, tempo=tempo)


NO_TEMPO = Tempo()
_TEMPO = struct.Struct("<116d")  # 928 bytes


def tempo_bytes(tempo: Tempo) -> bytes:
    """Return what `sources` stores of a tempo: every double to the bit, so that a restart changes no due time."""
    if tempo == NO_TEMPO:
        return b""
    alone = (
        tempo.items,
        tempo.exposure,
        tempo.seen,
        tempo.matched,
        tempo.lately,
        tempo.brought,
        tempo.predicted,
        tempo.at,
    )
    return _TEMPO.pack(*alone, *tempo.hours, *tempo.watched, *tempo.minutes)


def tempo_of(stored: bytes) -> Tempo:
    """Return the tempo of the column `tempo` of `sources`; a new one where it is empty."""
    if not stored:
        return NO_TEMPO
    items, exposure, seen, matched, lately, brought, predicted, at, *bins = _TEMPO.unpack(stored)
    return Tempo(
        items=items,
        exposure=exposure,
        seen=seen,
        matched=matched,
        lately=lately,
        brought=brought,
        predicted=predicted,
        at=at,
        hours=tuple(bins[:24]),
        watched=tuple(bins[24:48]),
        minutes=tuple(bins[48:]),
    )
