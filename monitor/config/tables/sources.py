"""[feeds] and [source.NAME]: what is watched."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Literal
from urllib.parse import unquote, urlsplit

from monitor.config.keys.known import SOURCE, TOP
from monitor.config.reading import checks, kinds, zones
from monitor.config.reading.checks import Wrong, found
from monitor.config.reading.kinds import Secrets
from monitor.config.reading.table import Table
from monitor.config.tables import access
from monitor.config.tables.presets import polled
from monitor.config.text.secrets import quoted
from monitor.core import reopening
from monitor.core.text import clean
from monitor.model import Source
from monitor.values import dataclass

MOST_BACKLOG = 10_000  # entries that are read of one body

Backlog = Literal["skip", "all"] | int
Tagged = tuple[str, tuple[str, ...]]  # an address and its tags
_GENERIC = frozenset(  # words of paths that name nothing
    [
        "rss",
        "rss2",
        "atom",
        "feed",
        "feeds",
        "xml",
        "rdf",
        "index",
        "html",
        "htm",
        "php",
        "aspx",
        "json",
        "default",
        "all",
        "rss.xml",
        "atom.xml",
        "feed.xml",
        "index.xml",
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What [polling] says of sources that say nothing of it themselves."""

    every: float  # seconds
    by_alerts: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """Where an address stands in the file."""

    says: str
    table: Table
    keys: tuple[str | int, ...]


def read(top: Table, secrets: Secrets, usual: Usual, *, listed: Sequence[Tagged] = ()) -> tuple[Source, ...]:
    """Return all sources in the order of the file, [feeds] first, then those that lists name."""
    stands: dict[str, Listed] = {}
    tagged = _tagged(top.inner("feeds"), stands)
    sources = top.inner("source")
    own = tuple(_own(sources, stands, secrets, usual))
    feeds = joined(tagged, listed, [source.url for source in own])
    named = zip(names([url for (url, _), _ in feeds], sources.values), feeds, strict=True)
    plain = (_addressed(name, url, tags, usual, listed=alone) for name, ((url, tags), alone) in named)
    return (*plain, *own)


# -- [feeds] ----------------------------------------------------------------------------------


def _addressed(name: str, typed: str, tags: tuple[str, ...], usual: Usual, *, listed: bool) -> Source:
    url, kind = polled(typed)
    live = _is(kind, "streams")
    return Source(
        name=name,
        url=url,
        kind=kind,
        tags=tags,
        every=reopening.LOOK if live else usual.every,
        pinned=live,
        live=live,
        by_alerts=usual.by_alerts,
        listed=listed,
    )


def _tagged(feeds: Table, stands: dict[str, Listed]) -> list[tuple[str, tuple[str, ...]]]:
    """Return each address once, with all its tags."""
    tags: dict[str, list[str]] = {}
    urls: dict[str, str] = {}
    for tag in feeds.values:
        try:
            checks.tag(tag)
        except Wrong as wrong:
            feeds.wrong(f"a tag: {wrong}", tag, key=True)
        for number, url in _addresses(feeds, tag):
            same = feed_behind(url)
            if tag in tags.setdefault(same, []):
                feeds.warn(Wrong("this address stands twice under this tag", path=(number,)), tag)
                continue
            tags[same].append(tag)
            urls.setdefault(same, url)
            stands.setdefault(same, Listed(f"stands in [feeds] under {quoted(tag)}", feeds, (tag, number)))
    return [(url, tuple(tags[same])) for same, url in urls.items()]


def _addresses(feeds: Table, tag: str) -> Iterator[tuple[int, str]]:
    like = f"[{checks.FEED}]"
    if isinstance(feeds.values[tag], dict):
        feeds.wrong(f"must be a list of addresses, as in {like}, not a table (a table is [source.NAME])", tag)
        return
    if tag in TOP.names() and not isinstance(feeds.values[tag], list):
        feeds.wrong(f"{tag} belongs to the top of the file, before the first [table]", tag, key=True)
        return
    for number, value in enumerate(feeds.read(tag, lambda value: checks.elements(value, like), [])):
        try:
            yield number, checks.address(value)
        except Wrong as wrong:
            feeds.wrong(Wrong(str(wrong), path=(number,)), tag)


def joined(
    feeds: Sequence[Tagged], listed: Sequence[Tagged], own: Sequence[str]
) -> list[tuple[Tagged, bool]]:
    """Return what [feeds] and the lists name, each address once, and whether a list alone names it.

    `own` are the addresses of [source.NAME]; what is written there goes before a list.

    >>> joined([("http://a.org/", ("x",))], [("http://a.org", ("y",)), ("http://b.org", ())], ["http://b.org/"])
    [(('http://a.org/', ('x', 'y')), False)]
    """
    names = {feed_behind(url): (url, tags, False) for url, tags in feeds}
    taken = {comparable(url) for url in own}
    for url, tags in listed:
        same = feed_behind(url)
        if same not in taken:
            first, known, alone = names.get(same, (url, (), True))
            names[same] = first, tuple(dict.fromkeys((*known, *tags))), alone
    return [((url, tags), alone) for url, tags, alone in names.values()]


def feed_behind(url: str) -> str:
    """Return what all addresses of one feed share: a channel's page stands for its feed.

    >>> feed_behind("https://t.me/kyivindependent#top")
    'https://t.me/s/kyivindependent'
    """
    return comparable(polled(url)[0])


def comparable(url: str) -> str:
    """Return what two spellings of one address share: no fragment, no default port, a lower-case host.

    >>> comparable("HTTP://Example.org:80#top")
    'http://example.org/'
    """
    parts = urlsplit(url)
    scheme, port = parts.scheme.lower(), parts.port
    usual = port is None or port == {"http": 80, "https": 443}.get(scheme)
    host = parts.hostname or ""
    return parts._replace(
        scheme=scheme,
        netloc=(f"[{host}]" if ":" in host else host) + ("" if usual else f":{port}"),
        path=parts.path or "/",
        fragment="",
    ).geturl()


def names(urls: Iterable[str], taken: Iterable[str]) -> list[str]:
    """Return a name for each address: its host, with words of its path where several share the host.

    The order of the addresses makes no difference unless nothing else parts them.

    >>> names(["https://www.dw.com/rss", "https://a.org/news/world/rss.xml", "https://a.org/news/uk/rss.xml"], [])
    ['dw.com', 'a.org-world', 'a.org-uk']
    >>> names(["https://a.org/rss?p=1", "https://a.org/rss?p=2"], ["a.org"])
    ['a.org-2', 'a.org-3']
    """
    urls = list(urls)
    hosts = Counter(_host(url) for url in urls)
    used, numbers = set(taken), Counter[str]()
    chosen: dict[str, str] = {}
    for url in sorted(urls):
        host = _host(url)
        words = _words(url) if hosts[host] > 1 or host in used else []
        tries = [host] if not words else [f"{host}-{'-'.join(words[-n:])}" for n in range(1, len(words) + 1)]
        base = min(tries[-1], tries[-1][: checks.NAME_CHARS - 8], key=len)
        tries = [name for name in tries if len(name) <= checks.NAME_CHARS] or [base]
        chosen[url] = next((name for name in tries if name not in used), "") or _numbered(base, used, numbers)
        used.add(chosen[url])
    return [chosen[url] for url in urls]


def _numbered(base: str, used: set[str], numbers: Counter[str]) -> str:
    """Return a name that ends with the next free number; `numbers` remembers which were tried."""
    number = max(numbers[base] + 1, 2)
    while f"{base}-{number}" in used:
        number += 1
    numbers[base] = number
    return f"{base}-{number}"


def _host(url: str) -> str:
    parts = urlsplit(url)
    host = (parts.hostname or "").removesuffix(".")
    host = host.removeprefix("www.") if host.count(".") > 1 else host
    usual = parts.port in {None, 80, 443}
    return clean(host if usual else f"{host}:{parts.port}").replace(" ", "")


def _words(url: str) -> list[str]:
    found = []
    for part in urlsplit(url).path.split("/"):
        word = clean(unquote(part)).lower()
        for ending in (".xml", ".rss", ".atom", ".rdf", ".json", ".php", ".html"):
            word = word.removesuffix(ending)
        word = "".join(char if char.isalnum() or char in "._" else "-" for char in word).strip("-")
        if word and word not in _GENERIC:
            found.append(word[:40])
    return found


def refuse_push(top: Table, watched: Sequence[Source]) -> None:
    """Note each source whose hub is to push, and has no address to push to."""
    for source in watched:
        if source.websub:
            table = Table(top.notes, (*top.keys, "source", source.name), {}, f"source {quoted(source.name)}")
            table.wrong("a hub has nowhere to push to: write `callback` under [api]", "websub")


# -- [source.NAME] ----------------------------------------------------------------------------


def _own(sources: Table, stands: dict[str, Listed], secrets: Secrets, usual: Usual) -> Iterator[Source]:
    for name, value in sources.named():
        if not isinstance(value, dict):
            sources.wrong(f"must be a table [source.NAME], not {found(value)}", name)
            continue
        table = Table(sources.notes, (*sources.keys, name), value, f"source {quoted(name)}")
        source = _source(table, name, secrets, usual)
        if table.require("url", SOURCE.like("url")) and source is not None:
            _refuse_second(table, source, stands)
            yield source


def _source(table: Table, name: str, secrets: Secrets, usual: Usual) -> Source | None:
    typed, kind = (
        table.read("url", checks.address, ""),
        table.read("type", _type, "page" if "select" in table.values else "auto"),
    )
    url, kind = polled(typed, kind)
    options = _options(table, kind)
    live = _is(kind, "streams")
    if live and "every" in table.values:
        table.wrong("a stream is not polled: leave it out", "every")
    source = Source(
        name=name,
        url=url,
        kind=kind,
        tags=tuple(dict.fromkeys(table.each("tags", checks.tag, '["ukraine"]'))),
        publisher=table.read("publisher", _publisher, ""),
        every=reopening.LOOK if live else table.read("every", checks.interval, usual.every),
        pinned=live or "every" in table.values,
        priority=table.read("priority", _priority, 1.0),
        by_alerts=table.read("optimise_for", by_alerts, usual.by_alerts),
        backlog=table.read("backlog", _backlog, "skip"),
        private=table.read("private", checks.truth, False),
        access=access.read(table, secrets, home=url),
        robots=table.read("robots", checks.truth, _is(kind, "robots")),
        live=live,
        websub=table.read("websub", _websub, None),
        paused=table.read("paused", checks.truth, False),
        twin=table.read("twin", lambda value: checks.line(value, '"example.org"'), ""),
        timezone=table.read("timezone", lambda value: zones.zone(value).key, ""),
    )
    return replace(source, options=options) if url and options is not None else None


def _type(value: object) -> str:
    name = checks.line(value, '"feed"')
    if name not in kinds.SOURCES.names():
        kinds.SOURCES.load(name)  # says what there is
    return name


def _is(kind: str, what: str) -> bool:
    """Tell whether a kind says of itself `robots` (it reads what was made for people) or `streams` (it is kept open)."""
    if kind not in ("auto", "feed"):
        with suppress(Wrong):  # it is said elsewhere what is wrong with it
            return bool(getattr(kinds.SOURCES.load(kind), what, False))
    return False


def _options(table: Table, kind: str) -> Mapping[str, object] | None:
    """Return the kind's own keys. A plain feed has none, and is not loaded: its library takes its time."""
    if kind in ("auto", "feed") and table.values.keys() <= {*SOURCE.names(), *SOURCE.later}:
        table.refuse_others(SOURCE)
        return {}
    try:
        cls = kinds.SOURCES.load(kind)
    except Wrong as wrong:
        table.wrong(wrong, "type")
        return None
    own = [field for field in kinds.fields(cls) if field.name not in SOURCE.names()]
    table.refuse_others(SOURCE, [field.name for field in own], elsewhere=_of_type)
    options = kinds.read(table, own, None)
    if options is None or kinds.build(table, cls, options) is None:
        return None
    return options


def _of_type(key: str) -> str:
    """Return which type has a key of its own, "" where none has, or several have."""
    owners = []
    for name in kinds.SOURCES.names():
        with suppress(Wrong):  # somebody else's module that cannot be loaded
            if key in {field.name for field in kinds.fields(kinds.SOURCES.load(name))}:
                owners.append(name)
    return f' (it belongs to type = "{owners[0]}")' if len(owners) == 1 else ""


def _publisher(value: object) -> str:
    publisher = checks.line(value, '"example.org"')
    if clean(publisher) != publisher or len(publisher) > checks.NAME_CHARS:
        raise Wrong(f"must be at most {checks.NAME_CHARS} characters, without spaces around them")
    return publisher


def by_alerts(value: object) -> bool:
    """Tell whether what is to be seen soon are the items that rules match, not all alike."""
    return checks.choice(("items", "alerts"))(value) == "alerts"


def _priority(value: object) -> float:
    priority = checks.number(value)
    if not 0.01 <= priority <= 100:
        raise Wrong(f"must be a number from 0.01 to 100, not {found(value)}")
    return priority


def _websub(value: object) -> bool | None:
    if value == "auto":
        return None
    if not isinstance(value, bool):
        raise Wrong(
            f'must be true, false or "auto", not {quoted(value) if isinstance(value, str) else found(value)}'
        )
    return value


def _backlog(value: object) -> Backlog:
    if value == "skip":
        return "skip"
    if value == "all":
        return "all"
    wants = 'must be "skip", "all" or a number of items above 0'
    if isinstance(value, bool) or not isinstance(value, int):
        numeral = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10
        hint = f" (write {value}, without quotes)" if numeral else ""
        raise Wrong(f"{wants}, not {quoted(value) if isinstance(value, str) else found(value)}{hint}")
    if not 0 < value <= MOST_BACKLOG:
        raise Wrong(f"{wants} and at most {MOST_BACKLOG}, not {found(value)}")
    return value


def _refuse_second(table: Table, source: Source, stands: dict[str, Listed]) -> None:
    first = stands.setdefault(
        comparable(source.url), Listed(f"is the address of source {quoted(source.name)}", table, ("url",))
    )
    if first.table is not table:
        table.wrong(f"this {first.says} too; keep one of them, with the tags of both", "url")


def of_url(url: str) -> Source:
    """Return the source that an address alone makes. Raises ValueError with a sentence.

    >>> of_url("https://www.example.org/rss").name
    'example.org'
    """
    typed = checks.address(url)
    feed, kind = polled(typed)
    return Source(name=_host(typed), url=feed, kind=kind)
