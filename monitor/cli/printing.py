"""Values as lines for people. Colour only where stdout is a terminal that wants it."""

import os
import sys
from collections.abc import Sequence
from datetime import datetime, tzinfo
from functools import cache

from monitor.answers.latencies import Latencies, Spread
from monitor.answers.ledger import Ledger, latency
from monitor.core.plurals import count, spell
from monitor.core.telling import outage
from monitor.core.telling.matchers import text_of
from monitor.core.telling.remarks import remarks
from monitor.core.telling.render import ELLIPSIS, safe
from monitor.model import Alert, Delivery, Item, Published, Severity, Silence, Span
from monitor.store import Attempt, SourceRow

BOLD, DIM, RED, YELLOW, GREEN, CYAN = "1", "2", "31", "33", "32", "36"
# Reasons that end at a known time.
TIMED = (
    "cooldown",
    "threshold",
    "silenced",
    "acked",
    "inhibited",
    "quiet",
    "digest",
    "group",
    "budget",
    "away",
)
STAYS = ("cooldown", "silenced", "acked")  # which is told by nobody when it ends
TITLE = 500  # characters of a headline that a line shows; some publish whole pages as one
STEPS = ("published → seen", "→ rung", "→ delivered", "published → delivered")
LOUD = {Severity.INFO: CYAN, Severity.WARNING: YELLOW, Severity.CRITICAL: RED}


@cache
def coloured() -> bool:
    """Tell whether stdout takes colour (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, *codes: str) -> str:
    """Return `text` in the colours `codes` where there are any."""
    return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if coloured() and codes and text else text


def at(instant: datetime | None, zone: tzinfo | None = None) -> str:
    """Return an instant by the reader's clock, to the minute."""
    return "-" if instant is None else f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"


def span(published: Published) -> str:
    """Return when an item was published, to the minute: one, or the first and the last it may have been."""
    first, last = at(published.earliest), at(published.latest)
    return first if first == last else f"{first} to {last}"


def basis(published: Published) -> str:
    """Return what a date goes by: "text, Europe/Kyiv", "text, +02:00, a guess"."""
    return ", ".join(filter(None, (published.origin, published.zone, "" if published.sure else "a guess")))


def lit(text: str, spans: Sequence[Span], field: str) -> str:
    """Return `text` with the spans of `field` lit."""
    parts, end = [], 0
    for span in sorted((s for s in spans if s.field == field), key=lambda s: s.start):
        parts += [text[end : span.start], paint(text[span.start : span.end], BOLD, YELLOW)]
        end = span.end
    return "".join([*parts, text[end:]])


def headline(it: Item, spans: Sequence[Span] = ()) -> str:
    """Return the title of an item, its beginning where it fills a screen, with `spans` lit; of one that has none how its summary begins."""
    if not it.title:
        return it.summary[:120] or "(no title)"
    rest = ELLIPSIS if len(it.title) > TITLE else ""
    return lit(it.title[:TITLE], spans, "title") + rest


def item(it: Item, spans: Sequence[Span] = ()) -> str:
    """Return an item as a line; ~ behind its time says that the date is a guess."""
    title = headline(it, spans)
    guess = " " if it.published.sure else "~"
    edited = f" (edited {it.revision - 1}x)" if it.revision > 1 else ""
    return f"{at(it.published.latest)}{guess} {paint(it.id[:8], DIM)}  {paint(it.source, CYAN)}  {title}{paint(edited, DIM)}"


def alert(it: Alert) -> str:
    """Return an alert as a line."""
    title = headline(it.item, it.spans) if it.item else it.sentence
    what = it.rule or it.type.value
    source = f"  {paint(it.source, CYAN)}" if it.source else ""
    mark = paint(it.severity.mark, LOUD[it.severity])
    also = "".join(f"  {paint(found, DIM)}" for found in remarks(it, zone=None))
    return f"{at(it.at)}  {paint(it.id[:8], DIM)}  {mark} {paint(what, BOLD)}{source}  {title}{also}"


def delivery(it: Delivery) -> str:
    """Return a delivery as a line."""
    colour = {"sent": GREEN, "dead": RED, "retrying": YELLOW, "held": YELLOW}.get(it.state, DIM)
    state = f"{it.state} ({why})" if (why := reason(it)) else it.state
    tries = count(it.attempts, "attempt")
    error = f"  {it.last_error}" if it.last_error else ""
    what = headline(it.alert.item) if it.alert.item else it.alert.sentence
    return (
        f"{at(it.alert.at)}  {paint(it.id[:8], DIM)}  {it.notifier}  {paint(state, colour)}  {tries}"
        f"{paint(error, YELLOW)}  {it.alert.rule or it.alert.type.value}: {what}"
    )


def attempt(it: Attempt) -> str:
    """Return one attempt at a delivery as a line: when, how it ended, how long it took."""
    error = f": {it.error}" if it.error else ""
    return f"{it.at.astimezone():%Y-%m-%d %H:%M:%S} {it.outcome}{error} ({it.seconds:.2f} s)"


def ledger(it: Ledger) -> list[str]:
    """Return the lines below a delivery: each attempt, then how long each step from the publisher on took."""
    took = latency(it.delivery)
    steps = (("seen", took.seen), ("rung", took.rung), ("delivered", took.delivered))
    way = ", ".join(f"{step} after {spell(seconds)}" for step, seconds in steps if seconds is not None)
    lines = [attempt(one) for one in it.attempts] or ["not tried yet"]
    return [f"  {line}" for line in (*lines, *filter(None, (waiting(it), way)))]


def waiting(it: Ledger) -> str:
    """Return why a delivery that is due waits for its receiver, and until when; "" where it does not."""
    return outage.away(it.waits_for, at) if it.waits_for else ""


def latencies(found: Sequence[Latencies]) -> list[str]:
    """Return a table: of each source and each notifier how often it told, and how long each step took."""
    wide = max(len(one.name) for one in found)
    head = f"{'':9}{'':{wide}}  {'told':>6}" + "".join(f"   {step:26}" for step in STEPS)
    lines = [
        paint("of each step the median / the 95th percentile / the worst", DIM),
        paint(head.rstrip(), DIM),
    ]
    for one in found:
        steps = (one.seen, one.rung, one.delivered, one.whole)
        said = "".join(f"   {_spread(step):26}" for step in steps)
        lines.append(f"{one.by:9}{one.name:{wide}}  {one.told:>6,}{said}".rstrip())
    return lines


def _spread(step: Spread | None) -> str:
    return " / ".join(spell(seconds) for seconds in (step.p50, step.p95, step.worst)) if step else "-"


def reason(it: Delivery) -> str:
    """Return why a delivery is held, and until when, or in which digest it went; "" where it is neither."""
    if it.digest:
        return f"in digest {it.digest[:8]}"
    why = f"{it.reason} by {it.joins[:8]}" if it.joins else it.reason
    if it.reason not in TIMED or not it.until:
        return why
    return f"{why} until {at(it.until)}{', stays held' if it.reason in STAYS else ''}"


def silence(it: Silence) -> str:
    """Return a silence or an ack as a line; who wrote it need not be who reads it."""
    until = f"until {at(it.ends_at)}" if it.ends_at else "until it tells something else"
    what = f"ack of {it.alert[:8]}" if it.alert else "silence"
    matching = safe(" ".join(map(text_of, it.matchers)))
    why = f"  {safe(it.comment)}" if it.comment else ""
    return f"{paint(it.id[:8], DIM)}  {what}  {paint(matching, BOLD)}  since {at(it.starts_at)} {until}{why}"


def next_poll(row: SourceRow) -> str:
    """Return when a source is polled next, "-" where it is not."""
    if row.polling_since:
        return f"now, since {at(row.polling_since)}"
    return at(row.next_poll_at) if row.next_poll_at else "-"


def source(row: SourceRow) -> str:
    """Return a source as a line."""
    colour = {"ok": GREEN, "new": DIM, "paused": DIM}.get(row.state, RED)
    seen = f"last poll {at(row.last_poll_at)}" if row.last_poll_at else "not polled yet"
    error = f"  {paint(row.error, YELLOW)}" if row.error else ""
    if row.may_miss:
        error += f"  {paint(f'may miss items: {row.may_miss}', YELLOW)}"
    return (
        f"{paint(f'{row.state:<8}', colour)}{row.name:<28}  {count(row.items, 'item'):>11}  {seen}"
        f"  next {next_poll(row)}{error}"
    )
