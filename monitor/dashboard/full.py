"""An item in full: its text, when and where it stood, why it matched, what edits changed, who else tells it."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from io import StringIO
from itertools import pairwise

from rich.console import Console
from rich.text import Text

from monitor.answers.wire import joined, loudest
from monitor.core import diff
from monitor.core.telling.render import safe
from monitor.dashboard.ink import CAME, GONE, LOUD, QUIET, SOURCE, ago, fit, plain, sure
from monitor.dashboard.rows import Look
from monitor.model import Alert, Item, Rule, Span
from monitor.rules.matching.document import Document
from monitor.rules.matching.explain import Explanation, explain
from monitor.rules.query import language
from monitor.store import Revision
from monitor.store.sqlite.asked import reading, screen
from monitor.store.sqlite.asked.wire import STORY
from monitor.values import dataclass

ALERTS = 20  # of one item that are shown
_WRAPPING = Console(file=StringIO(), width=1_000, color_system=None)  # `Text.wrap` wants one


@dataclass(frozen=True, slots=True, kw_only=True)
class Full:
    """All that is known of an item."""

    item: Item
    revisions: tuple[Revision, ...] = ()  # texts that edits replaced, oldest first
    sources: tuple[str, ...] = ()  # in whose bodies it stood
    alerts: tuple[Alert, ...] = ()  # newest first
    story: tuple[Item, ...] = ()  # the first members, oldest first


def read(connection: sqlite3.Connection, item_id: str) -> Full | None:
    """Return an item in full, None if it is stored no more: a question to a store."""
    item = screen.item(connection, item_id)
    if item is None:
        return None
    return Full(
        item=item,
        revisions=tuple(reading.revisions(connection, item_id)),
        sources=tuple(reading.sources_of(connection, item_id)),
        alerts=tuple(reading.alerts(connection, limit=ALERTS, item=item_id)),
        story=tuple(reading.story(connection, item.story, limit=STORY)),
    )


def lines(full: Full, rules: Sequence[Rule], look: Look, width: int) -> list[Text]:
    """Return an item in lines of `width` cells."""
    blocks = (
        _head(full, rules, look),
        _dates(full, look),
        _why(full, rules, look),
        _edits(full, look),
        _story(full, look),
    )
    return [fit(line, width) for block in blocks for text in block for line in _wrapped(text, width)]


def _wrapped(text: Text, width: int) -> Iterable[Text]:
    if not text:
        return (Text(),)
    indent = len(text.plain) - len(text.plain.lstrip())
    inner = text[indent:] if indent else text
    return (
        Text(" " * (1 + indent)).append_text(line)
        for line in inner.wrap(_WRAPPING, max(8, width - 2 - indent), tab_size=1)
    )


def _head(full: Full, rules: Sequence[Rule], look: Look) -> Iterator[Text]:
    item = full.item
    matches = [(rule.severity, _explained(rule, item)) for rule in rules]
    held = [(severity, told.spans) for severity, told in matches if told.matches]
    spans = joined([spans for _, spans in held] or [one.spans for one in full.alerts[:1]])
    severity = loudest([severity for severity, _ in held] + [one.severity for one in full.alerts])
    loud = f"bold {LOUD[severity]}" if severity else "bold"
    title = _lit(item.title or "(no title)", spans, "title", loud)
    title.stylize_before("bold")
    yield title
    about = [item.source, item.publisher if item.publisher != item.source else "", item.author]
    yield plain(" · ".join(filter(None, about)), SOURCE)
    if item.tags:
        yield plain(" ".join(f"#{tag}" for tag in item.tags), QUIET)
    yield Text()
    if item.summary:
        yield _lit(item.summary, spans, "summary", loud)
        yield Text()
    yield plain(item.url or "it has no address of its own", "underline" if item.url else QUIET)


def _lit(text: str, spans: Iterable[Span], field: str, style: str) -> Text:
    lit = Text(safe(text))
    for span in spans:
        if span.field == field:
            lit.stylize(style, span.start, span.end)
    return sure(lit)


def _dates(full: Full, look: Look) -> Iterator[Text]:
    item = full.item
    published = item.published
    yield Text()
    if not published.dated:
        yield Text("published  not said; first seen between two polls", QUIET)
    else:
        sure = "" if published.sure else ", a guess"
        zone = f", read in {published.zone}" if published.zone else ""
        yield Text.assemble(
            ("published  ", QUIET),
            _span_of(published.earliest, published.latest, look),
            (f"  ({published.origin}{zone}{sure})", QUIET),
        )
    late = item.first_seen_at - published.latest
    delay = f"  {ago(late)} later" if published.dated and late.total_seconds() >= 1 else ""
    yield Text.assemble(("seen       ", QUIET), _instant(item.first_seen_at, look), (delay, QUIET))
    if len(full.sources) > 1:
        yield Text.assemble(("stood in   ", QUIET), plain(", ".join(full.sources), SOURCE))


def _span_of(earliest: datetime, latest: datetime, look: Look) -> str:
    first, last = _instant(earliest, look), _instant(latest, look)
    return first if first == last else f"{first} to {last}"


def _instant(at: datetime, look: Look) -> str:
    local = at.astimezone(look.timezone)
    return f"{local:%H:%M:%S}" if local.date() == look.today else f"{local:%Y-%m-%d %H:%M:%S}"


def _why(full: Full, rules: Sequence[Rule], look: Look) -> Iterator[Text]:
    told = [(rule, _explained(rule, full.item)) for rule in rules]
    held = [(rule, why) for rule, why in told if why.matches]
    if held or full.alerts:
        yield from (Text(), Text("why it matched", "bold"))
    rang = {one.rule: f"  rang {_instant(one.at, look)}" for one in full.alerts}
    for rule, why in held:
        loud = f"bold {LOUD[rule.severity]}"
        line = Text.assemble((f"{rule.severity.mark} ", loud), plain(rule.name, loud))
        yield line.append_text(plain(f": {why.why}")).append(rang.pop(rule.name, ""), QUIET)
    for one in full.alerts:
        if one.rule not in rang:
            continue
        loud = f"bold {LOUD[one.severity]}"
        line = Text.assemble((f"{one.severity.mark} ", loud), plain(one.rule or str(one.type), loud))
        yield line.append(rang[one.rule], QUIET)


def _explained(rule: Rule, item: Item) -> Explanation:
    return explain(language.parse(rule.query, rule.aliases), Document.of(item))


def _edits(full: Full, look: Look) -> Iterator[Text]:
    if not full.revisions:
        return
    yield from (Text(), Text("edits", "bold"))
    texts: list[tuple[datetime | None, str, str]] = [
        (old.at, old.title, old.summary) for old in full.revisions
    ]
    texts.append((None, full.item.title, full.item.summary))
    for (at, title, summary), (_, new_title, new_summary) in pairwise(texts):
        yield Text(f"first seen {_instant(at, look)}, then:", QUIET) if at else Text()
        for old, new in ((title, new_title), (summary, new_summary)):
            if old != new:
                yield Text("  ").append_text(_difference(old, new))


def _difference(old: str, new: str) -> Text:
    text = Text()
    for part in diff.words(old, new):
        space = part.text[: len(part.text) - len(part.text.lstrip())]
        style = {"gone": GONE, "new": f"bold {CAME}", "same": ""}[part.what]
        text.append(space or (" " if text and part.what != "same" else "")).append_text(
            plain(part.text.lstrip(), style)
        )
    return text


def _story(full: Full, look: Look) -> Iterator[Text]:
    others = [item for item in full.story if item.id != full.item.id]
    if not others:
        return
    yield from (Text(), Text(f"also in {len({item.publisher or item.source for item in others})}", "bold"))
    for item in others:
        line = Text.assemble((f"{_instant(item.first_seen_at, look)}  ", QUIET), plain(item.source, SOURCE))
        yield line.append("  ").append_text(plain(item.title or item.summary))
