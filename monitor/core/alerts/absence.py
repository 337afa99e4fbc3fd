"""What does not come: a rule rings where nothing matched it for as long as it says, and once more when something does.

That nothing came is known only of a source that was read when the time was up. One that cannot be polled, or may not
be for a while (its publisher asks for that), proves nothing: it is named, and where no other could have brought a match, the rule stays silent until one is read again.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from monitor.core.plurals import spell
from monitor.core.telling import route
from monitor.core.telling.notices import notice
from monitor.core.telling.route import Routing
from monitor.model import Absence, AlertType, Item, Look, Opening, Ring, Rule, Severity, Source
from monitor.rules.matching.scope import may_come
from monitor.rules.query.language import parse
from monitor.values import dataclass

NAMED = 3  # sources that a sentence names


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A rule that rings where nothing comes, and the sources from which something may."""

    rule: Rule
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """Nothing came, and nobody was looking: no absence of news."""

    absence: Absence
    sentence: str


def waits(rule: Rule) -> bool:
    """Tell whether `rule` rings for what does not come."""
    return rule.absent > 0 and rule.ring


def watches(rules: Sequence[Rule], sources: Sequence[Source]) -> dict[str, Watch]:
    """Return what to watch for, by rule; where no source seems right any may be: its items bring tags of their own."""
    found = {}
    polled = [source for source in sources if not source.paused]
    for rule in filter(waits, rules):
        root = parse(rule.query, rule.aliases).root
        near = tuple(source.name for source in polled if may_come(root, source))
        found[rule.name] = Watch(rule=rule, sources=near or tuple(source.name for source in polled))
    return found


def on_time(
    due: Iterable[Absence],
    looks: Mapping[str, Look],
    watched: Mapping[str, Watch],
    routing: Routing,
    now: datetime,
) -> list[Opening | Blind]:
    """Return what absences come to be at `now`: those `due`, once all sources that answer were read after it."""
    found: list[Opening | Blind] = []
    for absence in due:
        watch = watched.get(absence.rule)
        if watch is None or watch.rule.version != absence.version:
            continue
        asked = [looks[name] for name in watch.sources if name in looks]
        awaited = [look for look in asked if not look.trouble and not _was_read(look, absence)]
        held = [look for look in awaited if look.held]
        deaf = [look for look in asked if look.trouble or look in held]
        if len(deaf) == len(asked):
            found.append(Blind(absence=absence, sentence=_blind(absence, deaf, now)))
        elif len(held) == len(awaited):
            found.append(_opened(watch.rule, absence, deaf, routing, now))
    return found


def _was_read(look: Look, absence: Absence) -> bool:
    return look.ok_at is not None and look.ok_at >= absence.due_at


def _opened(rule: Rule, absence: Absence, deaf: Sequence[Look], routing: Routing, now: datetime) -> Opening:
    but = f"; not read: {_named(deaf)}" if deaf else ""
    alert = notice(
        AlertType.RULE_ABSENT,
        f"absent/{rule.name}/{absence.due_at.isoformat()}",
        f"{rule.name}: {_quiet(absence, now)}{but}",
        at=now,
        severity=rule.severity,
        rule=rule,
    )
    return Opening(absence=absence, ring=route.to_those_who_hear(alert, rule, routing))


def came(matches: Iterable[tuple[Rule, Item]]) -> dict[str, tuple[Rule, Item]]:
    """Return the first match of each rule that waits for one."""
    found: dict[str, tuple[Rule, Item]] = {}
    for rule, item in matches:
        if waits(rule):
            found.setdefault(rule.name, (rule, item))
    return found


def returned(
    came: Mapping[str, tuple[Rule, Item]],
    lasting: Mapping[str, Absence],
    routing: Routing,
    now: datetime,
) -> list[Ring]:
    """Return the alerts that something came again of which it rang that nothing does."""
    return [
        _returned(rule, item, lasting[name], routing, now)
        for name, (rule, item) in came.items()
        if name in lasting
    ]


def _returned(rule: Rule, item: Item, absence: Absence, routing: Routing, now: datetime) -> Ring:
    opened_at = absence.opened_at or absence.due_at
    quiet = spell((now - absence.since).total_seconds())
    alert = notice(
        AlertType.RULE_RECOVERED,
        f"recovered/{rule.name}/{opened_at.isoformat()}",
        f"{rule.name}: came back after {quiet}: {item.title or item.summary}",
        at=now,
        severity=Severity.INFO,
        source=item.source,
        rule=rule,
    )
    return route.to_those_who_hear(alert, rule, routing)


def _quiet(absence: Absence, now: datetime) -> str:
    return f"nothing for {spell((now - absence.since).total_seconds())}"


def _blind(absence: Absence, deaf: Sequence[Look], now: datetime) -> str:
    why = _named(deaf) if deaf else "there is no source to read"
    return f"rule {absence.rule}: {_quiet(absence, now)}, and that says nothing, for nothing could be read: {why}"


def _named(deaf: Sequence[Look]) -> str:
    more = f" and {len(deaf) - NAMED} more" if len(deaf) > NAMED else ""
    return ", ".join(f"{look.source} ({look.trouble or look.held})" for look in deaf[:NAMED]) + more
