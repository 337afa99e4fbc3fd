"""The life of an item, a source or an alert, line by line."""

from monitor.answers.ledger import Ledger
from monitor.answers.life import AlertLife, ItemLife, Life, SourceLife, edits
from monitor.cli import printing, rhythms
from monitor.core.alerts.edits import material
from monitor.core.cadence import window_lasts
from monitor.core.diff import marked, words
from monitor.core.plurals import count, spell
from monitor.core.telling.remarks import together, what_changed, why_held
from monitor.model import Alert, Item
from monitor.store import Revision, SourceRow


def lines(life: Life) -> list[str]:
    """Return a life as a person reads it."""
    match life:
        case SourceLife():
            return _source_lines(life)
        case AlertLife():
            return _alert_lines(life)
    return _item_lines(life)


def _alert_lines(life: AlertLife) -> list[str]:
    alert = life.alert
    return [
        printing.paint(alert.sentence, printing.BOLD),
        f"  id        {alert.id}",
        f"  rang      {alert.type} at {printing.at(alert.at)}",
        *(line for one in life.told for line in _told_lines(one)),
        *([] if life.told else ["    nobody is told of this: `notify` under [health] says who is"]),
    ]


def _source_lines(life: SourceLife) -> list[str]:
    row = life.row
    out = [printing.paint(row.name, printing.BOLD), f"  {row.type} at {row.url}", f"  state     {row.state}"]
    if row.error:
        times = f", {row.failures} times in a row" if row.failures > 1 else ""
        out.append(f"  trouble   {row.error}{times}")
    out.append(f"  polls     last {printing.at(row.last_poll_at)}, next {printing.next_poll(row)}")
    out += [*_rhythm_lines(row), *rhythms.lines(life.rhythm)]
    if row.baselined_at:
        out.append(
            f"  baseline  {printing.at(row.baselined_at)}: {count(row.baseline_items or 0, 'item')} noted,"
            f" {row.baseline_matches} would have rung"
        )
    out.append(f"  items     {row.items}, the newest:")
    return out + [f"    {printing.item(item)}" for item in life.newest]


def _rhythm_lines(row: SourceRow) -> list[str]:
    rhythm, out = row.rhythm, []
    if row.next_why:
        out.append(f"  next      {row.next_why}")
    if row.may_miss:
        out.append(f"  may miss  {printing.paint(row.may_miss, printing.YELLOW)}")
    lasts = window_lasts(rhythm)
    if rhythm.window:
        span = f"{spell(lasts)} in its busiest hour" if lasts else "not measured yet"
        busiest = max(range(24), key=lambda hour: rhythm.hours[hour])
        most = (
            f", {count(round(rhythm.hours[busiest]), 'item')} from {busiest:02}:00 UTC"
            if any(rhythm.hours)
            else ""
        )
        out.append(f"  window    {count(rhythm.window, 'item')}; lasts {span}{most}")
    if rhythm.gap_on:
        out.append(f"  gap       the last one on {rhythm.gap_on} (UTC)")
    return out


def _item_lines(life: ItemLife) -> list[str]:
    item, published = life.item, life.item.published
    out = [
        printing.paint(printing.headline(item), printing.BOLD),
        f"  id         {item.id}",
        f"  url        {item.url or '-'}",
        f"  published  {printing.span(published)} ({printing.basis(published)})",
        f"  seen       {printing.at(item.first_seen_at)} by {', '.join(life.sources) or item.source}",
    ]
    if life.baseline:
        rang = "rung" if life.alerts else "not rung"
        out.append(f"  baseline   it stood in the first body of {item.source}: noted, {rang} (backlog)")
    if life.story:
        root = "the first of" if item.story == item.id else f"{item.story[:8]},"
        out.append(f"  story      {root} {len(life.story) + 1} items, also in:")
        out += [f"    {printing.item(one)}" for one in life.story]
    if published.origin == "twin":
        out.append(f"  twin       link and date are lent by {', '.join(_lenders(life)) or 'its feed'}")
    for old, new in edits(life):
        out += _edit_lines(old, new)
    for rule, verdict in life.verdicts:
        mark = "yes" if verdict.matches else "no"
        reason = "" if verdict.matches else f" - {verdict.why}"
        quiet = "" if rule.ring else " (ring = false: it tells nobody)"
        if rule.absent and rule.ring:
            quiet = f" (it rings where nothing matches for {spell(rule.absent)})"
        out.append(f"  rule       {rule.name}: {mark}{reason}{quiet}")
    for alert, told in life.alerts:
        out.append(_alert_line(alert))
        out += [f"    joined by {printing.item(one.item)}" for one in life.joined[alert.id] if one.item]
        for one in told:
            out += _told_lines(one)
    if not life.alerts:
        out.append("  rang       never")
    return out


def _alert_line(alert: Alert) -> str:
    routed = f"by route {', '.join(alert.routes)}" if alert.routes else ""
    said_of = (what_changed(alert), together(alert), routed, why_held(alert, zone=None))
    more = "".join(f", {said}" for said in said_of if said)
    return f"  {'held' if alert.held else 'rang'}       {alert.rule} at {printing.at(alert.at)}{more}"


def _lenders(life: ItemLife) -> list[str]:
    return [name for name in life.sources if name != life.item.source]


def _edit_lines(old: Revision, new: Revision | Item) -> list[str]:
    """Return what an edit changed: [-gone-] {+new+}."""
    shown = [marked(words(a, b)) for a, b in ((old.title, new.title), (old.summary, new.summary)) if a != b]
    stood = f"  edited     what stood since {printing.at(old.at)}"
    if not shown:
        return [stood]
    change = material(old.title, new.title)
    meant = f"it tells something else ({change.kind})" if change else "its title tells the same"
    return [f"{stood}: {shown[0]}", *(f"             {text}" for text in (*shown[1:], meant))]


def _told_lines(one: Ledger) -> list[str]:
    delivery = one.delivery
    reason = f" ({why})" if (why := printing.reason(delivery)) else ""
    out = [f"    {delivery.notifier}: {delivery.state}{reason}, id {delivery.id[:8]}"]
    out += [f"      {printing.attempt(attempt)}" for attempt in one.attempts]
    if waits := printing.waiting(one):
        out.append(f"      {waits}")
    return out
