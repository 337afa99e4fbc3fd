"""By what a thing is known: ids, canonical links, the digest of a text, the keys of an entry.

`core/items/recognition` decides with them which item an entry is.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from monitor.core.items.minutes import beside, minute, timeless
from monitor.values import dataclass

if TYPE_CHECKING:
    from monitor.model import Entry

TELLING = 60  # characters of a headline and its text together
TRACKING = frozenset(
    {
        "_ga",
        "_gl",
        "cmp",
        "cmpid",
        "dclid",
        "fbclid",
        "gclid",
        "igshid",
        "ito",
        "mc_cid",
        "mc_eid",
        "msclkid",
        "ncid",
        "ns_campaign",
        "ns_linkname",
        "ns_mchannel",
        "ns_source",
        "ocid",
        "ref_src",
        "smid",
        "spm",
        "src_campaign",
        "taid",
        "xtor",
        "yclid",
    }
)
TRACKING_PREFIXES = ("utm_", "at_", "pk_", "mtm_", "hsa_", "wt_")
RANKS = {"on": 0, "row": 0, "age": 0, "id": 1, "guid": 2, "url": 3, "text": 4, "words": 4}
DEFAULT_PORTS = {"http": 80, "https": 443}


def make_id(*parts: str) -> str:
    """Return the id of the thing that `parts` make unique: 32 hex digits.

    >>> make_id("alert", "created/escalation/1f")
    '82aeb823dad5c33945df958192221272'
    """
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def of_body(body: bytes) -> str:
    """Return the hash by which an equal body is known without parsing it."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def alert_id(dedupe: str) -> str:
    """Return the id of the alert that `dedupe` makes unique."""
    return make_id("alert", dedupe)


def delivery_id(alert: str, notifier: str, nonce: str = "") -> str:
    """Return the id of an alert's delivery to a notifier: the webhook-id of all its attempts."""
    return make_id("delivery", alert, notifier, nonce)


def canonical_url(url: str) -> str:
    """Return what stays the same when a link is decorated: no scheme, tracking or default port.

    A fragment is kept, for live blogs use it as their permalink, unless it only tracks.

    >>> canonical_url("HTTP://Example.org:80/a?utm_source=rss&id=7#xtor=RSS-3")
    'example.org/a?id=7'
    >>> canonical_url("https://example.org/live/#post-12")
    'example.org/live#post-12'
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:  # a bracket or port that is none
        return url.strip()
    host = (parts.hostname or "").rstrip(".")
    if port is not None and port != DEFAULT_PORTS.get(parts.scheme):
        host += f":{port}"
    asked = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=None)
    query = urlencode([pair for pair in asked if not _tracks(pair[0])])
    fragment = (
        ""
        if _tracks(parts.fragment.partition("=")[0]) or parts.fragment.startswith(":~:")
        else parts.fragment
    )
    path = quote(parts.path.rstrip("/"), safe="/%:@!$&'()*+,;=~-._")
    return host + path + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")


def _tracks(name: str) -> bool:
    name = name.lower()
    return name in TRACKING or name.startswith(TRACKING_PREFIXES)


def permalink(url: str) -> str:
    """Return the canonical URL if it can be one item's own, "" for a site's front page or none."""
    if not url:
        return ""
    canonical = canonical_url(url)
    return canonical if any(mark in canonical for mark in "/?#") else ""


_ARTICLE = re.compile(r"\d|[?#]|[-_][^/]*[-_]")  # a number, a question, or a slug of three words


def front(link: str) -> bool:
    """Tell whether a canonical link may be that of a page on which news come and go, and no item's own.

    >>> front("e.org/news/alerts"), front("e.org/news/fire-at-port"), front("e.org/news?id=7")
    (True, False, False)
    """
    return not _ARTICLE.search(link.partition("/")[2] or link.partition("#")[2])


def normalised(text: str) -> str:
    """Return `text` with the differences that no reader sees taken out."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def digest(title: str, summary: str) -> str:
    """Return the same for texts that read the same; a date is no part of it."""
    return make_id("text", normalised(title), normalised(summary))


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An entry and all the keys it might go by."""

    entry: "Entry"
    keys: tuple[str, ...]  # given ones, best first, then its text
    digest: str
    minute: str = ""  # as displayed
    day: str = ""  # beside a minute that is a clock time alone: "03-12"

    @property
    def on(self) -> str:
        """Return the key of this text at this minute of this day, "" if the minute tells the day or nothing does."""
        return f"on:{self.day} {self.minute}|{self.digest}" if self.day else ""

    @property
    def row(self) -> str:
        """Return the key of this text at this displayed minute, "" if none is displayed."""
        return f"row:{self.minute}|{self.digest}" if self.minute else ""


def candidates(entries: "Iterable[Entry]") -> list[Candidate]:
    """Return the entries with their keys in canonical form; the text is the last resort."""
    found = []
    for entry in entries:
        shown = minute(entry.dates)
        found.append(
            Candidate(
                entry=entry,
                keys=_keys(entry),
                digest=digest(entry.title, entry.summary),
                minute=shown,
                day=beside(entry.dates) if timeless(shown) else "",
            )
        )
    return found


def _keys(entry: "Entry") -> tuple[str, ...]:
    found = []
    for key in entry.keys:
        kind, _, value = key.partition(":")
        if kind == "url":
            value = permalink(value)
        elif kind == "guid" and value[:8].lower().startswith(("http://", "https://")):
            value = canonical_url(value)  # it may be decorated as any link (FeedCord #67)
        if value and kind not in ("text", "row", "on"):
            found.append(f"{kind}:{value}")
    return (*dict.fromkeys(found), text_key(entry))


def text_key(entry: "Entry") -> str:
    """Return the key of an entry's text."""
    return f"text:{digest(entry.title, entry.summary)}"


def rank(key: str) -> int:
    """Return how little a key says, from 0: a text at its displayed time, ids, a link, a text alone."""
    return RANKS.get(key.partition(":")[0], RANKS["guid"])


def names_one(key: str) -> bool:
    """Tell whether a key is one that a publisher gave to one item; texts and clocks may come again for another."""
    return 0 < rank(key) < RANKS["text"]


def shown_at(keys: Iterable[str]) -> str:
    """Return the minute at which keys say their item was displayed, "" if they do not.

    >>> shown_at(["id:7", "row:15:44|0f"])
    '15:44'
    """
    rows = (key for key in keys if key.startswith("row:"))
    return next((row[len("row:") :].rpartition("|")[0] for row in rows), "")


def prints_of(source: str, keys: Sequence[str]) -> tuple[str, ...]:
    """Return the fingerprints of an item with `keys`: its permalink, and what its id is made of."""
    links = tuple(key for key in keys if key.startswith("url:"))
    return (*links, f"born:{source}:{keys[0]}")


def words_of(candidate: Candidate) -> str:
    """Return the fingerprint of a text that two papers do not write by chance, "" for a shorter one."""
    entry = candidate.entry
    telling = len(entry.title) + len(entry.summary) >= TELLING and entry.title and entry.summary
    return f"words:{candidate.digest}" if telling else ""


def lookups(source: str, found: Sequence[Candidate]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the keys and prints to ask the store for before `recognition.resolve`."""
    wanted = (key for one in found for key in (*one.keys, one.on, one.row))
    keys = dict.fromkeys(filter(None, wanted))
    prints = {key: None for key in keys if key.startswith("url:")} | {
        f"born:{source}:{key}": None for key in keys
    }
    prints |= dict.fromkeys(filter(None, map(words_of, found)))
    return tuple(keys), tuple(prints)
