"""config.toml to objects, or all that is wrong with it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.config import listed, places
from monitor.config.errors import ConfigError, ConfigErrors
from monitor.config.keys.known import FETCH, HEALTH, POLLING, STORE, TABLES, TOP
from monitor.config.reading import checks, zones
from monitor.config.reading.checks import Wrong
from monitor.config.reading.kinds import Secrets
from monitor.config.reading.table import Notes, Table
from monitor.config.tables import aliases, api, inhibitions, notifiers, nowhere, routes, rules, sources, twins
from monitor.config.tables.api import Api
from monitor.config.tables.nowhere import Names
from monitor.config.text.files import Documents
from monitor.config.text.secrets import quoted
from monitor.model import Access, Hearing, Inhibition, Route, Rule, Secret, Source
from monitor.notifiers import Notifier
from monitor.rules.query import language
from monitor.values import dataclass

KEEP = 90 * 86_400.0  # seconds
BACKUPS = 3
BACKUPS_MAX = 100
AT_ONCE_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """How often sources are polled."""

    every: float = 600.0  # seconds
    min: float = 60.0  # seconds
    max: float = 21_600.0  # seconds
    by_alerts: bool = False  # sources count as much as rules match their items


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How sources are asked."""

    contact: str = ""  # for the User-Agent
    at_once: int = 2  # requests to one registrable domain
    gap: float = 1.0  # seconds between the starts of two requests to it


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What the user asks for. Secrets in it do not show themselves."""

    path: Path
    timezone: ZoneInfo
    sources: tuple[Source, ...] = ()
    rules: tuple[Rule, ...] = ()
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # lists of names that `alias:` calls
    routes: tuple[Route, ...] = ()  # in the order in which they are asked
    inhibitions: tuple[Inhibition, ...] = ()
    notifiers: Mapping[str, Notifier]  # by name; "terminal" is always there
    access: Mapping[str, Access] = field(default_factory=dict)  # their own headers and proxies
    hearing: Mapping[str, Hearing] = field(default_factory=dict)  # how they want to hear; the rest at once
    polling: Polling = Polling()
    manners: Manners = Manners()
    keep: float = KEEP  # seconds
    backups: int = BACKUPS  # that are kept, one a day; 0: none is made
    evidence: bool = True  # what bodies say of items is kept
    health: tuple[str, ...] = ()  # notifiers that hear how sources do
    heartbeat: Secret | None = None  # an address that is asked for while all is well
    database: Path | None = None  # None: in the state directory
    api: Api | None = None  # None: nothing listens
    warnings: tuple[str, ...] = ()  # what is allowed and yet hardly meant, with line and caret
    document: Documents | None = field(default=None, repr=False, compare=False)  # to say where a test stands


def load(
    path: Path, *, environ: Mapping[str, str], text: str | None = None, without: Collection[str] = ()
) -> Config:
    """Read a configuration; `environ` has what it refers to, `text` is what is to stand in the file.

    Who only looks at what a daemon does has a good one `without` the secrets that cannot be had by these ways (env, file,
    credential), and without what needs them, say a notifier; `warnings` says which.

    Raises ConfigErrors: with one syntax error of the file, else with all errors of it and of those it includes, and the
    tests of its rules that fail; these alone are no reason.
    """
    documents = Documents.read(path, text)
    notes = Notes(documents)
    config = _config(Table(notes, (), documents.values), path, environ)
    missed = [note for note in notes.errors if note.withheld and note.withheld in without]
    if errors := documents.errors() + notes.placed([note for note in notes.errors if note not in missed]):
        raise ConfigErrors(documents.in_order(errors + failing_tests(_testable(config, notes))))
    return replace(config, warnings=(*config.warnings, *map(str, notes.placed(missed)))) if missed else config


def _config(top: Table, path: Path, environ: Mapping[str, str]) -> Config:
    top.refuse_others(TOP, [*TABLES])
    top.each("include", checks.line, '["conf.d/*.toml"]')
    polling = _polling(top)
    store, fetch = top.inner("store"), top.inner("fetch")
    store.refuse_others(STORE)
    fetch.refuse_others(FETCH)
    secrets = Secrets(environ, path.parent)
    usual = sources.Usual(every=polling.every, by_alerts=polling.by_alerts)
    watched = sources.read(top, secrets, usual, listed=listed.read(top))
    twins.check(top, watched)
    served = api.read(top, secrets)
    if served is None or not served.callback:
        sources.refuse_push(top, watched)
    timezone = top.read("timezone", zones.zone, None) or zones.machine(environ)
    told = notifiers.read(top, secrets, timezone)
    named = [*notifiers.names(top), *top.notes.document.promised]
    yours = aliases.read(top)
    asked = rules.read(top, named, yours)
    aliases.check(top, yours, asked)
    ways, holding = routes.read(top, named), inhibitions.read(top)
    nowhere.check(top, Names.of(watched, asked), asked, ways, holding)
    return Config(
        path=path,
        timezone=timezone,
        sources=watched,
        rules=asked,
        aliases=yours,
        routes=ways,
        inhibitions=holding,
        notifiers=told,
        access=notifiers.access(top, secrets),
        hearing=notifiers.hearing(top, timezone),
        polling=polling,
        manners=Manners(
            contact=fetch.read("contact", _contact, ""),
            at_once=fetch.read("at_once", _at_once, Manners().at_once),
            gap=fetch.read("gap", _gap, Manners().gap),
        ),
        keep=store.read("keep", checks.seconds, KEEP),
        backups=store.read("backups", _backups, BACKUPS),
        evidence=store.read("evidence", checks.truth, True),
        health=_health(top, told),
        heartbeat=top.inner("health").read("heartbeat", lambda value: _heartbeat(value, secrets), None),
        database=store.read("url", places.database, None),
        api=served,
        warnings=_warnings(top, watched, asked),
        document=top.notes.document,
    )


def _polling(top: Table) -> Polling:
    table, usual = top.inner("polling"), Polling()
    table.refuse_others(POLLING)
    before = len(top.notes.errors)
    polling = Polling(
        every=table.read("every", checks.interval, usual.every),
        min=table.read("min", checks.interval, usual.min),
        max=table.read("max", checks.interval, usual.max),
        by_alerts=table.read("optimise_for", sources.by_alerts, usual.by_alerts),
    )
    if len(top.notes.errors) > before:
        return polling
    if polling.min > polling.max:
        _refuse(table, "min", polling.min, "above max", polling.max, "max", "below min")
    elif polling.every < polling.min:
        _refuse(table, "every", polling.every, "below min", polling.min, "min", "above every")
    elif polling.every > polling.max:
        _refuse(table, "every", polling.every, "above max", polling.max, "max", "below every")
    return polling


def _health(top: Table, told: Mapping[str, Notifier]) -> tuple[str, ...]:
    """Return who hears how sources do: by default every notifier but the terminal, whose log says it already."""
    table = top.inner("health")
    table.refuse_others(HEALTH)
    if table.values.get("notify") == []:
        return ()  # nobody: unlike a rule's, such a list means something
    known = [*notifiers.names(top), *top.notes.document.promised]
    named = table.each("notify", lambda value: notifiers.named(value, known), '["ops"]')
    if "notify" in table.values:
        return tuple(dict.fromkeys(named))
    return tuple(name for name in told if name != notifiers.TERMINAL)


def _heartbeat(value: object, secrets: Secrets) -> Secret:
    url = secrets.check(value).reveal().strip()
    try:
        return Secret(checks.address(url))
    except Wrong:  # what it says may quote the address
        raise Wrong("must be a whole address that begins with https:// or http://") from None


def _refuse(table: Table, key: str, value: float, how: str, bound: float, other: str, other_how: str) -> None:
    """Note two keys that contradict each other, at one that the file has."""
    if key in table.values:
        table.wrong(f"{checks.span(value)} is {how} ({checks.span(bound)}); {_meet(other, value)}", key)
    else:
        table.wrong(f"{checks.span(bound)} is {other_how} ({checks.span(value)}); {_meet(key, bound)}", other)


def _meet(key: str, seconds: float) -> str:
    return f'if it is meant, write {key} = "{checks.span(seconds)}" too'


def _contact(value: object) -> str:
    contact = checks.line(value, '"desk@example.org"')
    if not contact.isascii():  # RFC 9110 §5.5
        raise Wrong("goes into a header, so it must be of ASCII characters")
    return contact


def _at_once(value: object) -> int:
    count = checks.integer(value)
    if not 1 <= count <= AT_ONCE_MAX:
        raise Wrong(f"must be from 1 to {AT_ONCE_MAX}")
    return count


def _backups(value: object) -> int:
    count = checks.integer(value)
    if not 0 <= count <= BACKUPS_MAX:
        raise Wrong(f"must be from 0, which makes none, to {BACKUPS_MAX}")
    return count


def _gap(value: object) -> float:
    return 0.0 if value == "0s" else checks.seconds(value)


def _warnings(top: Table, watched: Sequence[Source], asked: Sequence[Rule]) -> tuple[str, ...]:
    if top.notes.errors:
        return ()
    missing = (
        (watched, "no source yet: write addresses under [feeds]"),
        (asked, """no rule yet, so no item rings: write one under [rule], as in fire = 'fire OR blaze'"""),
    )
    none = [ConfigError(file=top.notes.document.file, message=said) for there, said in missing if not there]
    return tuple(map(str, (*none, *top.notes.placed(top.notes.warnings))))


def _testable(config: Config, notes: Notes) -> Config:
    """Return a configuration without the rules of which a list of tests is wrong itself."""
    wrong = {note.keys[:3] for note in notes.errors}
    lists = ("rings", "silent")
    rules = [it for it in config.rules if wrong.isdisjoint(("rule", it.name, key) for key in lists)]
    return replace(config, rules=tuple(rules))


def failing_tests(config: Config) -> list[ConfigError]:
    """Return what is wrong with the rules' own tests, each at its text in the file."""
    errors = []
    tested = [rule for rule in config.rules if rule.rings or rule.silent]
    for rule, query in zip(tested, language.parse_all(tested), strict=True):
        for key, number, why in rules.failing(rule, query):
            message = f"rule {quoted(rule.name)}: {key}: {why}"
            if config.document is None:
                errors.append(ConfigError(file=str(config.path), message=message))
            else:
                errors.append(config.document.error(("rule", rule.name, key, number), message))
    return errors
