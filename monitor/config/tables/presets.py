"""Addresses as people copy them, and the public feeds behind them. Pure rewriting: nothing is asked."""

import re
from collections.abc import Callable
from urllib.parse import SplitResult, parse_qs, quote, urlsplit

from monitor.values import dataclass

NOT_MASTODON = (  # they too have /@name, and no /@name.rss
    "bsky.app",
    "flipboard.com",
    "github.com",
    "kick.com",
    "medium.com",
    "odysee.com",
    "reddit.com",
    "rumble.com",
    "substack.com",
    "telegram.me",
    "t.me",
    "threads.com",
    "threads.net",
    "tiktok.com",
    "unsplash.com",
    "vimeo.com",
    "vk.com",
    "x.com",
    "youtube.com",
)
MASTODON = re.compile(
    r"mastodon|mstdn|(?:^|\.)(?:toot\.|fosstodon|hachyderm|infosec\.exchange|kolektiva|mas\.to|masto\.ai|newsie\.social)"
)
NOT_CHANNELS = frozenset(
    {
        "addstickers",
        "addemoji",
        "boost",
        "c",
        "contact",
        "iv",
        "joinchat",
        "login",
        "m",
        "proxy",
        "s",
        "setlanguage",
        "share",
        "socks",
    }
)

Rewrite = Callable[[SplitResult, re.Match[str]], str]


@dataclass(frozen=True, slots=True)
class Preset:
    """One shape of address and its feed."""

    site: str  # for people
    hosts: tuple[str, ...]  # registrable domains; () = any but NOT_MASTODON
    path: re.Pattern[str]
    rewrite: Rewrite  # the feed's address, "" where there is none
    kind: str = "feed"


def _path(suffix: str) -> Rewrite:
    return lambda parts, found: parts._replace(path=found.expand(suffix), fragment="").geturl()


def _bare(suffix: str) -> Rewrite:
    return lambda parts, found: parts._replace(path=found.expand(suffix), query="", fragment="").geturl()


def _same(parts: SplitResult, _: re.Match[str]) -> str:
    return parts.geturl()


def _tag(parts: SplitResult, found: re.Match[str]) -> str:
    return _bare(r"/tags/\1.rss")(parts, found) if MASTODON.search(parts.hostname or "") else ""


def _video(name: str) -> Rewrite:
    return lambda _, found: f"https://www.youtube.com/feeds/videos.xml?{name}={found[1]}"


def _playlist(parts: SplitResult, _: re.Match[str]) -> str:
    names = parse_qs(parts.query)
    for key, name in (("channel_id", "channel_id"), ("list", "playlist_id")):
        if key in names:
            return f"https://www.youtube.com/feeds/videos.xml?{name}={quote(names[key][0], safe='')}"
    return ""


def _telegram(_: SplitResult, found: re.Match[str]) -> str:
    return "" if found[1].lower() in NOT_CHANNELS else f"https://t.me/s/{found[1]}"


_YOUTUBE = ("youtube.com",)
_REDDIT = ("reddit.com",)
_TELEGRAM = ("t.me", "telegram.me")

PRESETS = (
    Preset("Telegram channel", _TELEGRAM, re.compile(r"/(?:s/)?([A-Za-z]\w{3,31})/?"), _telegram, "telegram"),
    Preset("Bluesky profile", ("bsky.app",), re.compile(r"(/profile/[\w.:-]+)/?"), _bare(r"\1/rss")),
    Preset(
        "YouTube channel",
        _YOUTUBE,
        re.compile(r"(?:/@[^/]+)?/channel/(UC[\w-]{22})(?:/\w*)?"),
        _video("channel_id"),
    ),
    Preset("YouTube user", _YOUTUBE, re.compile(r"/user/([\w.-]+)(?:/\w*)?"), _video("user")),
    Preset(
        "YouTube playlist, or handle with channel_id",
        _YOUTUBE,
        re.compile(r"/(?:playlist|@[^/]+)/?"),
        _playlist,
    ),
    Preset("Reddit user", _REDDIT, re.compile(r"/(?:u|user)/([\w-]+)/?"), _path(r"/user/\1/.rss")),
    Preset(
        "subreddit",
        _REDDIT,
        re.compile(r"(/r/[\w+-]+(?:/(?:new|hot|top|rising|controversial))?)/?"),
        _path(r"\1/.rss"),
    ),
    Preset("Reddit thread", _REDDIT, re.compile(r"(/r/\w+/comments/\w+(?:/[^/]*)?)/?"), _path(r"\1/.rss")),
    Preset("Medium author", ("medium.com",), re.compile(r"(/@[\w.-]+)/?"), _bare(r"/feed\1")),
    Preset("Mastodon profile", (), re.compile(r"(/@\w+)(?:/with_replies|/media)?/?"), _bare(r"\1.rss")),
    Preset("Mastodon tag", (), re.compile(r"/tags/(\w+)/?"), _tag),
    Preset("Mastodon stream", (), re.compile(r"/api/v1/streaming/[\w/]+"), _same, "sse"),
    Preset("Wikimedia stream", ("stream.wikimedia.org",), re.compile(r"/v2/stream/[\w,.-]+"), _same, "sse"),
)


def polled(url: str, kind: str = "auto") -> tuple[str, str]:
    """Return what is polled for an address, and how it is read; both as they are where no preset fits.

    A `kind` that was chosen stays: then only presets of that kind apply.

    >>> polled("https://t.me/kyivindependent")
    ('https://t.me/s/kyivindependent', 'telegram')
    >>> polled("https://mastodon.social/@kyivindependent")
    ('https://mastodon.social/@kyivindependent.rss', 'auto')
    >>> polled("https://example.org/rss")
    ('https://example.org/rss', 'auto')
    """
    parts = urlsplit(url)
    domains = _domains(parts.hostname or "")
    for preset in PRESETS:
        if kind not in ("auto", preset.kind) or not _is_of(domains, preset.hosts):
            continue
        if (found := preset.path.fullmatch(parts.path)) and (feed := preset.rewrite(parts, found)):
            return feed, kind if preset.kind == "feed" else preset.kind
    return url, kind


def _domains(host: str) -> frozenset[str]:
    """Return the domains that a host is in, itself among them."""
    labels = host.removesuffix(".").split(".")
    return frozenset(".".join(labels[place:]) for place in range(len(labels)))


def _is_of(domains: frozenset[str], hosts: tuple[str, ...]) -> bool:
    named = not domains.isdisjoint(hosts or NOT_MASTODON)
    return named if hosts else not named
