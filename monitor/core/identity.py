"""Same item, or another? Keys best first, what they stood for before, and how alike the texts are.

A guid is the publisher's word, a permalink the next best; a key that once stood for different
items identifies nothing any more (ten items under one guid: Miniflux #4197). Memory is a set of
keys, never a date watermark.
"""

import hashlib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from monitor.model import Entry, Item, Known

ALIKE = 0.6  # title or body ratio of an edit; of 428 real updates no two items came near it
COMPARED = 300  # characters of a text that are compared
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
DEFAULT_PORTS = {"http": 80, "https": 443}


def make_id(*parts: str) -> str:
    """Return the id of the thing that `parts` make unique: 32 hex digits.

    >>> make_id("alert", "created/escalation/1f")
    '82aeb823dad5c33945df958192221272'
    """
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


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


def normalised(text: str) -> str:
    """Return `text` with the differences that no reader sees taken out."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def digest(title: str, summary: str) -> str:
    """Return the same for texts that read the same; a date is no part of it."""
    return make_id("text", normalised(title), normalised(summary))


def alike(one: str, other: str) -> bool:
    """Tell whether `other` may be an edit of `one`."""
    a, b = normalised(one)[:COMPARED].casefold(), normalised(other)[:COMPARED].casefold()
    return bool(a and b) and SequenceMatcher(None, a, b, autojunk=False).ratio() >= ALIKE


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """An entry and the item it is, None for a new one."""

    entry: Entry
    keys: tuple[str, ...]  # that identify, best first; never empty
    prints: tuple[str, ...]  # by which any source's entries find the item
    item: Item | None = None
    here: bool = False  # found by this source's own keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An entry and all the keys it might go by."""

    entry: Entry
    keys: tuple[str, ...]
    digest: str


def candidates(entries: Iterable[Entry]) -> list[Candidate]:
    """Return the entries with their keys in canonical form; the text is the last resort."""
    return [
        Candidate(entry=entry, keys=_keys(entry), digest=digest(entry.title, entry.summary))
        for entry in entries
    ]


def _keys(entry: Entry) -> tuple[str, ...]:
    found = []
    for key in entry.keys:
        kind, _, value = key.partition(":")
        if kind == "url":
            value = permalink(value)
        if value and kind != "text":
            found.append(f"{kind}:{value}")
    return (*dict.fromkeys(found), _text_key(entry))


def _text_key(entry: Entry) -> str:
    return "text:" + digest(entry.title, entry.summary)


def prints_of(source: str, keys: Sequence[str]) -> tuple[str, ...]:
    """Return the fingerprints of an item with `keys`: its permalink, and what its id is made of."""
    links = tuple(key for key in keys if key.startswith("url:"))
    return (*links, f"born:{source}:{keys[0]}")


def lookups(source: str, found: Sequence[Candidate]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the keys and prints to ask the store for before `resolve`."""
    keys = dict.fromkeys(key for candidate in found for key in candidate.keys)
    prints = {key: None for key in keys if key.startswith("url:")} | {
        f"born:{source}:{key}": None for key in keys
    }
    return tuple(keys), tuple(prints)


def resolve(source: str, found: Sequence[Candidate], known: Known) -> tuple[list[Resolved], frozenset[str]]:
    """Return each distinct entry with the item it is, and the keys that turned out ambiguous.

    Entries of one body that read the same and share a key are one; sharing a key while reading
    otherwise, they are different items and the key is worth nothing.
    """
    unlike = _shared_by_different(found)
    bad = known.ambiguous | unlike
    resolved: list[Resolved] = []
    taken: set[str] = set()
    for candidate in _distinct(found, bad):
        keys = tuple(key for key in candidate.keys if key not in bad)
        if len(keys) > 1:
            keys = keys[:-1]  # a text is a key only where there is no better one
        one, refuted = _resolve(source, candidate, keys, known, taken)
        unlike |= refuted
        if one is None:
            continue
        if one.item:
            taken.add(one.item.id)
        resolved.append(one)
    return resolved, frozenset(unlike)


def _shared_by_different(found: Sequence[Candidate]) -> frozenset[str]:
    by_key: defaultdict[str, list[Candidate]] = defaultdict(list)
    for candidate in found:
        for key in candidate.keys[:-1]:
            by_key[key].append(candidate)
    return frozenset(
        key
        for key, sharers in by_key.items()
        if len(sharers) > 1 and any(not _same(sharers[0], other) for other in sharers[1:])
    )


def _same(one: Candidate, other: Candidate) -> bool:
    if one.digest == other.digest:
        return True
    return one.keys[:-1] == other.keys[:-1] and alike(one.entry.title, other.entry.title)


def _distinct(found: Sequence[Candidate], bad: frozenset[str]) -> Iterable[Candidate]:
    """Leave out an entry whose good keys were all seen above it in the same body."""
    seen: Counter[str] = Counter()
    for candidate in found:
        good = [key for key in candidate.keys if key not in bad]
        identifying = good[:-1] or good
        if not all(seen[key] for key in identifying):
            yield candidate
        seen.update(identifying)


def _resolve(
    source: str, candidate: Candidate, keys: tuple[str, ...], known: Known, taken: set[str]
) -> tuple[Resolved | None, frozenset[str]]:
    """Return what the entry is, None for a second sight of an item above it, and the keys it refuted.

    A key that stands for an item this entry is not goes with neither.
    """
    refuted: set[str] = set()
    free: list[str] = []
    for key in keys:
        item = known.by_key.get(key)
        if item is None:
            free.append(key)
        elif item.id not in taken:
            if _is(candidate, key, keys, item):
                own = tuple(k for k in keys if known.by_key.get(k, item).id == item.id and k not in refuted)
                return _resolved(source, candidate, own, item, here=True), frozenset(refuted)
            refuted.add(key)
    if not free:
        text = candidate.keys[-1]
        item = known.by_key.get(text)
        if item is not None:
            again = item.id in taken
            return None if again else _resolved(source, candidate, (text,), item, here=True), frozenset(
                refuted
            )
        free = [text]
    found = [known.by_print.get(mark) for mark in prints_of(source, free)]
    item = next((item for item in found if item is not None and item.id not in taken), None)
    if item is None and any(found):
        free = [key for key in free if key not in known.by_print] or [candidate.keys[-1]]
    return _resolved(source, candidate, tuple(free), item, here=False), frozenset(refuted)


def _resolved(
    source: str, candidate: Candidate, keys: tuple[str, ...], item: Item | None, *, here: bool
) -> Resolved:
    return Resolved(
        entry=candidate.entry,
        keys=keys,
        prints=prints_of(source, keys),
        item=item,
        here=here and item is not None,
    )


def _is(candidate: Candidate, key: str, keys: tuple[str, ...], item: Item) -> bool:
    """Tell whether `key`, which stood for `item`, still does: only where another key speaks against
    it does the text decide."""
    entry = candidate.entry
    if candidate.digest == item.digest:
        return True
    if key.startswith("guid:"):
        link = permalink(entry.url)
        moved = bool(link) and link != permalink(item.url)
        return not moved or alike(entry.title, item.title) or alike(entry.summary, item.summary)
    contradicted = any(other.startswith("guid:") for other in keys)  # and that guid is unknown
    return not contradicted or alike(entry.title, item.title) or alike(entry.summary, item.summary)
