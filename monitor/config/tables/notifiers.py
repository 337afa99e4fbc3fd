"""[notify.NAME]: who is told."""

import re
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from monitor.config.keys.told import NOTIFY
from monitor.config.reading import checks, kinds
from monitor.config.reading.checks import Wrong, found, known
from monitor.config.reading.kinds import Secrets
from monitor.config.reading.table import Table
from monitor.config.tables import access as ways
from monitor.config.tables import hears, words
from monitor.config.text.secrets import nameable, quoted
from monitor.model import Access, Hearing, Secret, Wording
from monitor.notifiers import Notifier
from monitor.values import dataclass

TERMINAL = "terminal"  # always there
USUAL = "webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service whose addresses are known, and the type that tells it."""

    type: str
    name: str
    addresses: str = r"(?!)"  # a regular expression for "host/path"
    schemes: tuple[str, ...] = ()


SERVICES = (
    Service(type="slack", name="Slack", addresses=r"hooks\.slack(-gov)?\.com/"),
    Service(
        type="discord",
        name="Discord",
        addresses=r"((canary|ptb)\.)?discord(app)?\.com/api/(v\d+/)?webhooks/",
    ),
    Service(
        type="teams",
        name="Microsoft Teams",
        addresses=r"([\w-]+\.)?webhook\.office\.com/|outlook\.office(365)?\.com/webhook/"
        r"|[\w.-]+\.logic\.azure\.com(:443)?/workflows/|[\w.-]+\.api\.powerplatform\.com(:443)?/.*workflows/",
    ),
    Service(type="mattermost", name="Mattermost", addresses=r"[^/]+(/[\w-]+)*/hooks/[a-z0-9]{26}/"),
    Service(type="matrix", name="Matrix", addresses=r"(matrix|matrix-client)\.[\w.:-]+/+$"),
    Service(type="pagerduty", name="PagerDuty", addresses=r"events(\.eu)?\.pagerduty\.com/v2/"),
    Service(type="telegram", name="Telegram", addresses=r"api\.telegram\.org/bot"),
    Service(type="ntfy", name="ntfy", addresses=r"ntfy\.sh/"),
    Service(type="email", name="email", schemes=("smtp", "smtps")),
    Service(
        type="apprise",
        name="Apprise",
        schemes=(
            *(
                "bark",
                "barks",
                "discord",
                "gotify",
                "gotifys",
                "mailto",
                "mailtos",
                "matrix",
                "matrixs",
                "mmost",
            ),
            *(
                "mmosts",
                "msteams",
                "ntfy",
                "ntfys",
                "pagerduty",
                "pbul",
                "pover",
                "rocket",
                "rockets",
                "ses",
                "signal",
            ),
            *(
                "signals",
                "slack",
                "sns",
                "tgram",
                "twilio",
                "whatsapp",
                "workflow",
                "workflows",
                "xmpp",
                "xmpps",
            ),
        ),
    ),
)


def read(top: Table, secrets: Secrets, zone: ZoneInfo) -> dict[str, Notifier]:
    """Return all notifiers by name, the terminal among them; `zone` is that of the file."""
    notify = top.inner("notify")
    built: dict[str, Notifier] = {}
    for name, value in notify.named():
        if not isinstance(value, dict):
            notify.wrong(f"must be a table [notify.NAME], not {found(value)}", name)
            continue
        table = Table(notify.notes, (*notify.keys, name), value, f"notify {quoted(name)}")
        notifier = _notifier(table, name, secrets, zone)
        if notifier is not None:
            built[name] = notifier
    if TERMINAL not in built:
        built[TERMINAL] = kinds.NOTIFIERS.load(TERMINAL)(wording=Wording(zone=zone))
    return built


def hearing(top: Table, zone: ZoneInfo) -> dict[str, Hearing]:
    """Return how each notifier wants to hear, by name, the terminal's too; `zone` is that of the file."""
    configured = top.values.get("notify")
    heard = {TERMINAL: Hearing(timezone=zone.key)}
    for name, value in configured.items() if isinstance(configured, dict) else ():
        if isinstance(value, dict):
            heard[name] = hears.read(
                Table(top.notes, (*top.keys, "notify", name), value, f"notify {quoted(name)}"), zone
            )
    return heard


def access(top: Table, secrets: Secrets) -> dict[str, Access]:
    """Return with which headers and by which proxy notifiers post, by name; the rest post plainly."""
    configured, found_ = top.values.get("notify"), dict[str, Access]()
    for name, value in configured.items() if isinstance(configured, dict) else ():
        if isinstance(value, dict) and value.keys() & {"headers", "proxy"}:
            table = Table(top.notes, (*top.keys, "notify", name), value, f"notify {quoted(name)}")
            found_[name] = ways.of_notifier(table, secrets)
    return found_


def names(top: Table) -> list[str]:
    """Return the names that rules may tell, those of broken notifiers too: one error is enough."""
    configured = top.values.get("notify")
    return [*dict.fromkeys([*(configured if isinstance(configured, dict) else ()), TERMINAL])]


def named(value: object, names: Collection[str]) -> str:
    """Return the name of a notifier that exists; raises Wrong."""
    name = checks.text(value, '"ops"')
    if name not in names:
        raise Wrong(f"no notifier is called {quoted(name)}{known(name, [*names], says='there is')}")
    return name


def _notifier(table: Table, name: str, secrets: Secrets, zone: ZoneInfo) -> Notifier | None:
    chosen = table.read("type", lambda value: _given(value, table, name), None)
    if chosen is None and "type" not in table.values:
        chosen = _told(table, name, secrets)
    if chosen is None:
        return None
    try:
        kind = kinds.NOTIFIERS.load(chosen)
    except Wrong as wrong:
        table.wrong(wrong, "type")
        return None
    for key in ("headers", "proxy"):
        if key in table.values and not getattr(kind, "posts", False):
            table.wrong(f"goes with types that tell by HTTP, not with {chosen}", key)
    worded = kinds.is_worded(kind)
    taken = [name for name in NOTIFY.names() if worded or name not in words.KEYS]
    own = [field for field in kinds.fields(kind) if field.name not in taken]
    names = [field.name for field in own]
    for key in words.KEYS:
        if key in table.values and not worded and key not in names:
            table.wrong(f"goes with types that people read, not with {chosen}", key)
    table.refuse_others(NOTIFY, names)
    values = kinds.read(table, own, secrets)
    if values is not None and worded:
        values["wording"] = words.read(table, zone)
    notifier = None if values is None else kinds.build(table, kind, values)
    if notifier is not None and values is not None:
        _warn(table, chosen, values)
    return notifier  # type: ignore[return-value]  # the contract tests hold every kind to it


def _given(value: object, table: Table, name: str) -> str:
    """Return the type that the file names."""
    if not isinstance(value, str) or nameable(value):
        table.notes.document.shown.add((*table.keys, "type"))
    chosen = checks.line(value, '"webhook"')
    if name == TERMINAL and chosen != TERMINAL:
        raise Wrong(f"the name {TERMINAL!r} is the standard output's; choose another one")
    return chosen


def _told(table: Table, name: str, secrets: Secrets) -> str | None:
    """Return the type that the name or the address tells; None if the address is no good, which is noted."""
    if name == TERMINAL:
        return TERMINAL
    try:
        url = secrets.check(table.values.get("url")).reveal()
    except Wrong:
        return USUAL  # which says what is wrong with it
    service = service_of(url)
    if service is not None:
        return service.type
    if complaint := checks.scheme(url):
        table.wrong(complaint, "url")
        return None
    return USUAL


def _told_as(url: str, service: Service) -> str:
    """Return what an address is, without what only its owner knows."""
    parts = urlsplit(url.strip())
    start = f"https://{parts.hostname}/…" if parts.scheme in {"http", "https"} else f"{parts.scheme}:…"
    return (
        f"{start} is {'an' if service.name in {'Apprise', 'email', 'ntfy'} else 'a'} {service.name} address"
    )


def _warn(table: Table, type_: str, values: Mapping[str, object]) -> None:
    if type_ != USUAL or not isinstance(url := values.get("url"), Secret):
        return
    if service := service_of(url.reveal()):
        message = f"{_told_as(url.reveal(), service)}, which may not take what a webhook sends"
        table.warn(message, "url")
    if values.get("secret") is None:
        table.warn("no secret: requests are unsigned (docs/webhooks.md)")


def service_of(url: str) -> Service | None:
    """Return the service that an address belongs to.

    >>> service_of("https://hooks.slack.com/services/T0/B0/x").name
    'Slack'
    >>> service_of("https://desk.example.org/hook") is None
    True
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    place = f"{(parts.netloc.rpartition('@')[2]).lower()}{parts.path}/"
    for service in SERVICES:
        if parts.scheme in service.schemes or re.match(service.addresses, place):
            return service
    return None
