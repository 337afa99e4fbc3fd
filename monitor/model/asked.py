"""What is asked for: sources, rules, and who hears of what, as the configuration says it."""

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, time, tzinfo
from typing import Literal

from monitor.model.basics import Matcher, Secret, Severity
from monitor.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A way to a source that leads through another machine; it shows only of what kind it is."""

    scheme: Literal["http", "https", "socks5", "socks5h"]  # socks5h: it looks up the names
    host: str = field(repr=False)
    port: int = field(repr=False)
    user: Secret | None = None
    password: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How a source lets us in."""

    home: str = ""  # the address as typed: nobody else is ever sent the headers
    headers: tuple[tuple[str, Secret], ...] = ()  # lower-cased names; authorization and cookie are among them
    proxy: Proxy | None = None  # None: straight


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place news comes from, as configured."""

    name: str
    url: str  # what is polled: behind some addresses that people copy there is another, which is the feed
    kind: str = "auto"  # the file's name in monitor/sources; this one lets the body decide
    options: Mapping[str, object] = field(default_factory=dict)  # the kind's own keys, JSON-able
    tags: tuple[str, ...] = ()
    publisher: str = ""  # default: registrable domain of the URL
    every: float = 600.0  # seconds between polls, on average over all sources unless pinned
    pinned: bool = False  # `every` was set for this source: no jitter, `min` does not apply
    priority: float = 1.0  # what its items are worth beside others'
    by_alerts: bool = False  # its items are worth as much as rules match them
    backlog: Literal["skip", "all"] | int = "skip"  # what of the first fetch may ring
    private: bool = False  # redirects may lead to private addresses
    access: Access = Access()
    paused: bool = False  # not polled; all that is known of it stays
    timezone: str = ""  # of its bare clock times, tz database; "": inferred from when items appear
    listed: bool = False  # only a list of feeds names it: it may not lead to private addresses
    robots: bool = False  # a page for people: asked only where robots.txt lets us
    live: bool = False  # it pushes by itself on a connection that is kept open; a poll looks whether it is
    websub: bool | None = None  # whether its hub is asked to push; None: if it is a feed, and names one
    twin: str = ""  # name of the same site's feed, which knows its links and dates


OnEdit = Literal["never", "material", "any"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """How many matches a rule waits for, and in which time."""

    of: Literal["items", "publishers"]  # publishers: independent ones, as `core/voices` knows them
    number: int
    within: float  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """From how many matches on it is more than a rule usually has, as `core/alerts/bursts` counts them."""

    times: float  # what is usual at that hour
    within: float  # seconds, a day at most
    at_least: int  # matches: what is rare is no burst at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """From how many independent publishers on a rule rings louder."""

    publishers: int
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What should ring."""

    name: str
    query: str
    severity: Severity = Severity.WARNING
    notify: tuple[str, ...] | None = None  # None: every configured notifier and the terminal
    rings: tuple[str, ...] = ()  # texts that must match, run by `check`
    silent: tuple[str, ...] = ()  # texts that must not
    version: str = ""  # hash of what the rule means; recorded on each alert
    ring: bool = True  # False: it only counts, as `check`, `try` and `why` tell
    on_edit: OnEdit = "material"  # which edits of what rang ring again
    cooldown: float = 0.0  # seconds after it rang for a story in which its other items are held; 0: none
    threshold: Threshold | None = None  # None: each match rings
    burst: Burst | None = None  # likewise; a rule has one of the two at most
    retracted: bool = False  # it rings, too, when what rang is taken back
    escalate: Escalation | None = None  # None: it rings as loud whoever tells it
    # of `alias:` those that the query calls and the configuration lists, by name; what they say is part of `version`
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False)
    absent: float = (
        0.0  # seconds without a match after which it rings, then and only then; 0: it rings for matches
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Who hears of alerts for which all matchers hold."""

    name: str
    matchers: tuple[Matcher, ...] = ()  # none: it takes every alert
    notify: tuple[str, ...]
    goes_on: bool = False  # `continue`: the routes after it are asked too


@dataclass(frozen=True, slots=True, kw_only=True)
class Inhibition:
    """What is held because something louder rang: alerts of `target`, after one of `source` that is equal in some labels."""

    name: str
    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...] = ()  # labels whose values both have; none: any two
    within: float = 3_600.0  # seconds after the source


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """In which words people are told, and by which clock."""

    zone: tzinfo = UTC
    title: str = ""  # a template (docs/templates.md); "" is the usual one
    body: str = ""  # the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """How a notifier wants to hear; by default of each alert, at once."""

    timezone: str = "UTC"  # of its clock times, tz database
    quiet: tuple[time, time] | None = None  # held from the one to the other, then told in one digest
    quiet_except: Severity | None = None  # so loud, or louder, is told all the same
    hourly: bool = False  # in digests, at each full hour
    daily: tuple[time, ...] = ()  # or at these times
    digest_except: Severity | None = None
    budget: int = 0  # so many alerts at most in each
    within: float = 3_600.0  # seconds; the rest comes in a digest
    group_by: Literal["", "story", "rule", "source"] = ""
    group_wait: float = 30.0  # seconds for which a group's first alert waits for others
    group_interval: float = 300.0  # seconds between two tellings of a group
