"""The figures at the end, judged by the newsroom's and the receiver's own logs."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from monitor.demo.record import Record
from monitor.demo.script import OLD, SIDEBAR
from monitor.values import dataclass

NEXT = (  # what to type next, and why
    ("init", "writes a config.toml"),
    ("run", "runs the daemon"),
    ("watch URL --match 'comet OR aurora'", "needs no set-up"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table."""

    name: str
    value: str
    note: str = ""
    wrong: str = ""  # what it should have been
    judged: bool = True  # False: there is no wrong value


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """How often the site was asked for its feeds and its front page."""

    asked: int
    unchanged: int  # answered 304


def verdict(table: Sequence[Figure]) -> str:
    """Return one sentence on all figures."""
    if wrong := [figure.name for figure in table if figure.wrong]:
        return f"Wrong: {', '.join(wrong)}. That is a bug of newsbell: please report it."
    return "Every alert arrived, once. Nothing was lost."


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile; `share` in (0, 1].

    >>> percentile([3.0, 1.0, 2.0], 0.5), percentile([3.0, 1.0, 2.0], 0.99)
    (2.0, 3.0)
    """
    return sorted(values)[math.ceil(share * len(values)) - 1]


def figures(record: Record, *, seen: Mapping[str, int], visits: Visits, status: int | None) -> list[Figure]:
    """Return the table. `seen` is the daemon's count of items by source, `status` what its process ended with."""
    due, accepted = record.due(), record.accepted()
    return [
        *_items(record, sum(seen.values()), visits),
        _sidebar(record, seen.get(SIDEBAR, 0)),
        Figure(name="alerts due", value=str(len(due)), note="by the newsroom's own script", judged=False),
        _told("rung on the terminal", record.rung(), set(due), "on the standard output of `newsbell run`"),
        _received(record),
        _retold(record),
        _lost(record),
        *_attempts(record),
        *_delays([accepted[told].at - at for told, at in due.items() if told in accepted]),
        *_ending(status),
    ]


def _items(record: Record, seen: int, visits: Visits) -> list[Figure]:
    slugs = {published.story.slug for published in record.published}
    items, edits = len(slugs) + len(OLD), sum(published.edited for published in record.published)
    told = f"{len(OLD)} before it came, {len(slugs)} live, {edits} edited later"
    asked = f"in its database; {visits.asked} polls, {visits.unchanged} answered 304"
    wrong = _unless(seen == items, f"{items}, as published")
    return [
        Figure(name="items published", value=str(items), note=told, judged=False),
        Figure(name="seen", value=str(seen), note=asked, wrong=wrong),
    ]


def _sidebar(record: Record, seen: int) -> Figure:
    """Count what stood in the sidebar: rows published, items seen, alerts due and rung."""
    live = {it.story.slug for it in record.published if SIDEBAR in it.story.feeds}
    rows = live | {story.slug for story in OLD if SIDEBAR in story.feeds}
    due = {(rule, slug) for rule, slug in record.due() if slug in live}
    rung = {(rule, slug) for rule, slug in record.rung() if slug in rows}
    return Figure(
        name="of them in the sidebar",
        value=str(seen),
        note=f"of {len(rows)} rows: no date, no link; {len(rung)} of {len(due)} rang",
        wrong=_unless(seen == len(rows) and rung == due, f"{len(rows)} seen, {len(due)} rung"),
    )


def _retold(record: Record) -> Figure:
    """Count the alerts that were marked as another paper's words for the same news, by either receiver."""
    wanted = {it.story.slug for it in record.published if it.story.retells}
    marked = {ring.slug for ring in record.rings if ring.also}
    marked &= {receipt.slug for receipt in record.receipts if receipt.also and receipt.status == 204}
    others = {ring.slug for ring in record.rings if ring.also} - wanted
    wrong = f"{len(wanted)}, as rewritten" + (f"; not: {', '.join(sorted(others))}" if others else "")
    return Figure(
        name="marked also in",
        value=str(len(marked | others)),
        note="two papers, other words: both ring",
        wrong=_unless(marked == wanted and not others, wrong),
    )


def _lost(record: Record) -> Figure:
    lost = record.due().keys() - (record.rung() & record.accepted().keys())
    missing = ", ".join(sorted(slug for _, slug in lost))
    note = "though it was killed with -9 on the way" if record.turn("killed") else ""
    return Figure(
        name="lost", value=str(len(lost)), note=note, wrong=_unless(not lost, f"0; missing: {missing}")
    )


def _attempts(record: Record) -> list[Figure]:
    doubled, refused = duplicates(record), {receipt.id for receipt in record.refused()}
    return [
        Figure(
            name="duplicates",
            value=str(doubled),
            note="rung twice, or sent under two ids",
            wrong=_unless(not doubled, "0"),
        ),
        Figure(
            name="refused first attempts",
            value=str(len(refused)),
            note="answered 503, sent again under the same id",
            wrong=_unless(bool(refused), "1 or more: no retry was seen"),
        ),
        Figure(
            name="repeated, same id",
            value=str(repeats(record)),
            note="told again after a kill, under its old id",
            judged=False,
        ),
    ]


def _unless(good: bool, wrong: str) -> str:
    return "" if good else wrong


def _told(name: str, told: set[tuple[str, str]], due: set[tuple[str, str]], note: str) -> Figure:
    undue = ", ".join(sorted(f"{rule} for {slug}" for rule, slug in told - due))
    wrong = f"{len(due)}, as due" + (f"; not due: {undue}" if undue else "")
    return Figure(name=name, value=str(len(told)), note=note, wrong=_unless(told == due, wrong))


def _received(record: Record) -> Figure:
    forged = sum(receipt.status == 401 for receipt in record.receipts)
    figure = _told(
        "received by the webhook", set(record.accepted()), set(record.due()), "signatures verified"
    )
    if not forged:
        return figure
    return Figure(name=figure.name, value=figure.value, wrong=f"all signed well; {forged} were not")


def duplicates(record: Record) -> int:
    """Return how many alerts too many were told: printed again, or accepted under a further id."""
    printed = Counter((ring.rule, ring.slug) for ring in record.rings)
    ids = Counter((rule, slug) for rule, slug, _ in _accepted_ids(record))
    return sum(count - 1 for count in (*printed.values(), *ids.values()))


def _accepted_ids(record: Record) -> dict[tuple[str, str, str], int]:
    """Return how often each id was accepted, by rule, slug and id."""
    return Counter((it.rule, it.slug, it.id) for it in record.receipts if it.status == 204)


def repeats(record: Record) -> int:
    """Return how often a receiver got what it had accepted already, under the id it knows it by."""
    return sum(count - 1 for count in _accepted_ids(record).values())


def _delays(delays: Sequence[float]) -> list[Figure]:
    if not delays:
        return []
    p50, p99 = (percentile(delays, share) for share in (0.5, 0.99))
    return [
        Figure(
            name="delay p50",
            value=f"{p50:.1f} s",
            note="from publication to receipt",
            judged=False,
        ),
        Figure(
            name="delay p99",
            value=f"{p99:.1f} s",
            note="with retries, kill, polls 1 s apart",
            judged=False,
        ),
    ]


def _ending(status: int | None) -> list[Figure]:
    """Return a line only where the daemon did not end as it should."""
    if status == 0:
        return []
    ended = "killed" if status is None else f"exit {status}"
    return [Figure(name="asked to stop", value=ended, wrong="exit 0 within 15 s")]
