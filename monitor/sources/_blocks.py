"""The blocks of a page that may be rows: an element with a time or a known headline, and what stands around it.

A stamp is an element with a date in an attribute or a clock time as its text. A block is an element around one
stamp that also holds a headline.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from monitor.core.dates.datetexts import clock_text
from monitor.core.dates.datetexts import read as read_date
from monitor.core.text import clean
from monitor.sources._select import read

MOST_STAMPS = 3_000  # elements with a date that are looked at
HIGHEST = 12  # levels that a block may stand above its stamp
STAMPS_IN_BLOCK = 4  # published, updated, both as attribute and text
SHORTEST = 15  # characters of a headline

STAMP_ATTRIBUTE = re.compile(r"date|time|publi|post|stamp|created", re.I)
_NOT_NEWS = re.compile(r"duration|runtime|video-?length|player|countdown|schedule|weather|comment", re.I)


@dataclass(frozen=True, slots=True)
class Stamp:
    """An element that says when."""

    node: LexborNode
    attribute: str = ""  # "" = its text


@dataclass(frozen=True, slots=True)
class Block:
    """A stamp or a headline, and the elements around it that may be the row, innermost first."""

    rows: tuple[LexborNode, ...]
    stamp: LexborNode | None
    seed: LexborNode | None = None  # the known headline by which it was found

    @property
    def row(self) -> LexborNode:
        """Return the element that is the row."""
        return self.rows[0]


# -- what says when ---------------------------------------------------------------------------


def stamps(body: LexborNode) -> Iterator[Stamp]:
    """Yield what dates something, in the order of the page; a video's length does not."""
    found = 0
    for node in body.traverse():
        if found > MOST_STAMPS:
            return
        attributes = node.attributes
        if node.tag == "button" or _NOT_NEWS.search(
            f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
        ):
            continue
        stamp = _stamp(node)
        if stamp is not None:
            found += 1
            yield stamp


def _stamp(node: LexborNode) -> Stamp | None:
    for name, value in node.attributes.items():
        if (
            value
            and len(value) <= 60
            and (name == "datetime" or (name.startswith("data-") and STAMP_ATTRIBUTE.search(name)))
        ):
            reading = read_date(value)
            if reading is not None and reading.shape == "duration":
                return None
            if reading is not None and not re.search(r"updat|modif|change", name):
                return Stamp(node, name)
    text = own_text(node)
    return Stamp(node) if 2 < len(text) <= 40 and clock_text(text) else None


def own_text(node: LexborNode) -> str:
    """Return the text of an element that holds nothing else, "" for others."""
    child = node.child
    if child is None or child.next is not None or not child.is_text_node:
        return ""
    return " ".join((child.text_content or "")[:200].split())


# -- blocks -----------------------------------------------------------------------------------


def around(seeds: Sequence[LexborNode], stamped: Sequence[Stamp], *, alone: bool) -> list[Block]:
    """Return for each seed the elements that may be its row, innermost first.

    `alone`: a row is what holds one seed only, whether it is dated or not.
    """
    held = _counted(seeds)
    most = 1 if alone else STAMPS_IN_BLOCK
    least = dict[int, tuple[LexborNode, LexborNode]]()  # the smallest row, and its seed
    for seed in seeds:
        chain = [node for node in _upwards(seed) if held[node.mem_id] <= most]
        smallest = (chain[0] if chain else None) if alone else _with_headline(chain, seed, held)
        if smallest is not None:
            least.setdefault(smallest.mem_id, (smallest, seed))
    least = _separate(least)
    rows = _counted([smallest for smallest, _ in least.values()])
    dated = {stamp.node.mem_id for stamp in stamped}
    blocks = []
    for smallest, seed in least.values():
        outer = [node for node in _upwards(smallest) if node is smallest or rows[node.mem_id] == 1]
        stamp = seed if seed.mem_id in dated else _dated_in(outer, dated)
        blocks.append(Block(tuple(outer), stamp, seed if alone else None))
    return blocks


def _separate(
    least: Mapping[int, tuple[LexborNode, LexborNode]],
) -> dict[int, tuple[LexborNode, LexborNode]]:
    """Return the rows without those that lead where a row around or in them leads.

    One such row in another is that row, with a second stamp; what has several in it is a list of them.
    """
    inside: dict[int, list[int]] = {key: [] for key in least}
    for key, (row, _) in least.items():
        for outer in _upwards(row):
            if outer.mem_id != key and outer.mem_id in least:
                inside[outer.mem_id].append(key)
    links = {key: _first_link(row) for key, (row, _) in least.items()}
    gone = set[int]()
    for outer_key, keys in inside.items():
        same = [key for key in keys if links[key] == links[outer_key]]
        if same:
            gone.update([outer_key] if len(keys) > 1 else same)
    return {key: pair for key, pair in least.items() if key not in gone}


def _first_link(row: LexborNode) -> str:
    link = row if row.tag == "a" else row.css_first("a[href]")
    return (link.attributes.get("href") or "") if link is not None else ""


def _counted(nodes: Iterable[LexborNode]) -> Counter[int]:
    """Return how many of `nodes` each element around them holds."""
    held: Counter[int] = Counter()
    for node in nodes:
        held.update(outer.mem_id for outer in _upwards(node))
    return held


def _dated_in(around: Sequence[LexborNode], dated: set[int]) -> LexborNode | None:
    return next((node for outer in around for node in outer.traverse() if node.mem_id in dated), None)


def _upwards(node: LexborNode) -> Iterator[LexborNode]:
    at: LexborNode | None = node
    for _ in range(HIGHEST):
        if at is None or at.tag in {"body", "html", "main", "-undef"}:
            return
        yield at
        at = at.parent


def _with_headline(
    chain: Sequence[LexborNode], stamp: LexborNode, held: Mapping[int, int]
) -> LexborNode | None:
    """Return the smallest that holds a headline too, and a link, where it can be had without another stamp."""
    for number, node in enumerate(chain):
        if _has_headline(node, stamp):
            around = (outer for outer in chain[number:] if held[outer.mem_id] == held[node.mem_id])
            return next((outer for outer in around if _is_linked(outer)), node)
    return None


def _is_linked(node: LexborNode) -> bool:
    return (node.tag == "a" and bool(node.attributes.get("href"))) or node.css_first("a[href]") is not None


def _has_headline(node: LexborNode, stamp: LexborNode) -> bool:
    if node.mem_id == stamp.mem_id and (node.tag in {"time", "span"} or clock_text(own_text(node))):
        return False  # "30 November 2026" is long enough, and no headline
    text = read(node)
    return len(text) - len(read(stamp) if stamp.mem_id != node.mem_id else "") >= SHORTEST


# -- known headlines --------------------------------------------------------------------------


def titled(body: LexborNode, headlines: Sequence[str]) -> list[LexborNode]:
    """Return the innermost elements whose text is one of the known headlines, once each."""
    wanted = {same(headline) for headline in headlines if len(headline) >= SHORTEST}
    longest = max(map(len, wanted), default=0)
    found: dict[str, LexborNode] = {}
    for node in body.traverse():
        if node.child is None or len(node.child.text_content or "") > 4 * longest:
            continue
        text = same(
            own_text(node) or (read(node) if node.tag in {"a", "h1", "h2", "h3", "h4", "h5", "h6"} else "")
        )
        if text in wanted:
            found.setdefault(text, node)
    return list(found.values())


def same(text: str) -> str:
    """Return a headline as it is compared with others."""
    return clean(text).casefold()
