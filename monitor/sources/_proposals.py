"""Ways to read a page: the repeated block with a time and a headline in it, found and put into selectors.

A stamp is an element with a date in an attribute or a clock time as its text. A block is an element around one
stamp that also holds a headline. Selectors are chosen greedily, by how many blocks they read and how few others.
With known headlines, those take the place of the stamps: that is how selectors are mended when a site was rebuilt.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.core.dates.datetexts import clock_text
from monitor.core.dates.datetexts import read as read_date
from monitor.core.plurals import count
from monitor.core.text import clean
from monitor.model import Proposal, Response
from monitor.sources._marks import marks
from monitor.sources._newsworthy import falls, is_recent
from monitor.sources._rows import Block, selected
from monitor.sources._select import read
from monitor.sources.page import Page, tree_of

MOST_STAMPS = 3_000  # elements with a date that are looked at
HIGHEST = 12  # levels that a block may stand above its stamp
STAMPS_IN_BLOCK = 4  # published, updated, both as attribute and text
FEWEST = 2  # rows that make a list: the sidebar that this began with shows two
TRIED = 30  # selectors of rows that are looked at, those of most blocks first
GROUPS = 6  # kinds of block in one page
SHORTEST = 15  # characters of a headline
MOST_ROWS = 0.7  # share of rows that must have a time, and a headline that no other has
KNOWN = 0.3  # share of the known headlines that a new way must read
PRECISE = 0.7  # share of what a selector finds that is a block: a row or two may be without a time
PRECISE_TOO = 0.9  # the same for further selectors
KNOWN_PRECISE = 0.2  # the same where blocks are known by their headlines: the others are news since

_STAMP_ATTRIBUTE = re.compile(r"date|time|publi|post|stamp|created", re.I)
_NOT_NEWS = re.compile(r"duration|runtime|video-?length|player|countdown|schedule|weather|comment", re.I)


@dataclass(frozen=True, slots=True)
class Stamp:
    """An element that says when."""

    node: LexborNode
    attribute: str = ""  # "" = its text


def propose(response: Response, headlines: Sequence[str] = ()) -> tuple[Proposal, ...]:
    """Return ways to read a page, best first; none where it holds no list of news.

    Raises ParseError for what is no page.
    """
    tree = tree_of(response)
    body = tree.body
    if body is None:
        return ()
    stamps = list(_stamps(body))
    found = [_with(tree, response.url, blocks) for blocks in _candidates(body, stamps, headlines)]
    judged = [_judged(proposal, headlines) for proposal in found if proposal is not None]
    good = {str(one.select): one for one in judged if one is not None}
    return tuple(sorted(good.values(), key=lambda one: -one.score))


def _candidates(body: LexborNode, stamps: Sequence[Stamp], headlines: Sequence[str]) -> Iterator[list[Block]]:
    if headlines:
        yield _around(_told(body, headlines), stamps, alone=True)
    by_text = [stamp for stamp in stamps if not stamp.attribute]
    by_attribute = [stamp for stamp in stamps if stamp.attribute]
    for group in (stamps, by_attribute, by_text):
        yield _around([stamp.node for stamp in group], group, alone=False)


# -- what says when ---------------------------------------------------------------------------


def _stamps(body: LexborNode) -> Iterator[Stamp]:
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
            and (name == "datetime" or (name.startswith("data-") and _STAMP_ATTRIBUTE.search(name)))
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


def _around(seeds: Sequence[LexborNode], stamps: Sequence[Stamp], *, alone: bool) -> list[Block]:
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
    dated = {stamp.node.mem_id for stamp in stamps}
    blocks = []
    for smallest, seed in least.values():
        around = [node for node in _upwards(smallest) if node is smallest or rows[node.mem_id] == 1]
        stamp = seed if seed.mem_id in dated else _dated_in(around, dated)
        blocks.append(Block(tuple(around), stamp, seed if alone else None))
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
    if node.mem_id == stamp.mem_id and node.tag in {"time", "span"}:
        return False
    text = read(node)
    return len(text) - len(read(stamp) if stamp.mem_id != node.mem_id else "") >= SHORTEST


# -- known headlines --------------------------------------------------------------------------


def _told(body: LexborNode, headlines: Sequence[str]) -> list[LexborNode]:
    """Return the innermost elements whose text is one of the known headlines, once each."""
    wanted = {_same(headline) for headline in headlines if len(headline) >= SHORTEST}
    longest = max(map(len, wanted), default=0)
    found: dict[str, LexborNode] = {}
    for node in body.traverse():
        if node.child is None or len(node.child.text_content or "") > 4 * longest:
            continue
        text = _same(
            own_text(node) or (read(node) if node.tag in {"a", "h1", "h2", "h3", "h4", "h5", "h6"} else "")
        )
        if text in wanted:
            found.setdefault(text, node)
    return list(found.values())


def _same(text: str) -> str:
    return clean(text).casefold()


# -- selectors --------------------------------------------------------------------------------


def _with(tree: LexborHTMLParser, url: str, blocks: Sequence[Block]) -> Proposal | None:
    """Return the way to read the blocks, None where no selectors do."""
    chosen = _cover(tree, blocks)
    rows = [row for _, group in chosen for row in group]
    if not rows:
        return None
    select = selected(", ".join(css for css, _ in chosen), rows)
    if select is None:
        return None
    entries = Page(select).entries(tree, url)
    written = {field.name: text for field in fields(select) if (text := getattr(select, field.name))}
    return Proposal(select=written, entries=entries)


def _cover(tree: LexborHTMLParser, blocks: Sequence[Block]) -> list[tuple[str, list[Block]]]:
    """Return selectors of rows, each with the blocks it reads, until what is left is no list."""
    left, chosen = list(blocks), list[tuple[str, list[Block]]]()
    while left and len(chosen) < GROUPS:
        best = _best(tree, left, PRECISE_TOO if chosen else PRECISE)
        if best is None or (chosen and len(best[1]) < FEWEST):
            break
        chosen.append(best)
        gone = {id(block) for block in best[1]}
        rest = [Block(block.rows, block.stamp, block.seed) for block in left if not _inside(block, best[1])]
        left = [block for block in rest if id(block) not in gone]
    return chosen if chosen and len(chosen[0][1]) >= FEWEST else []


def _inside(block: Block, read_: Iterable[Block]) -> bool:
    ids = {row.mem_id for row in block.rows}
    return any(other.row.mem_id in ids for other in read_)


def _best(tree: LexborHTMLParser, left: Sequence[Block], precise: float) -> tuple[str, list[Block]] | None:
    tried: dict[str, list[Block]] = {}
    for block in left:
        seen = set[str]()
        for row in block.rows:
            for css in marks(row):
                if css not in seen:
                    seen.add(css)
                    tried.setdefault(css, []).append(Block((row,), block.stamp, block.seed))
    every = {row.mem_id for block in left for row in block.rows}
    known = any(block.seed is not None for block in left)
    scored = []
    for css, group in sorted(tried.items(), key=lambda one: -len(one[1]))[:TRIED]:
        for narrowed in _narrowed(css, group):
            found = {node.mem_id for node in tree.css(narrowed)}
            precision = len(found & every) / max(len(found), 1)
            read_ = [block for block in group if block.row.mem_id in found]
            if precision >= (KNOWN_PRECISE if known else precise) and read_:
                exact = precision**0.5 if known else precision**2
                worth = len(read_) * exact * _worth(css, narrowed)
                scored.append((round(worth, 6), css.startswith("[data-"), -len(narrowed), narrowed, read_))
    if not scored:
        return None
    top = max(scored, key=lambda one: one[:3])
    return top[3], top[4]


def _worth(css: str, narrowed: str) -> float:
    """Return what a selector is worth: one that is a mere tag finds tomorrow what is no row today."""
    if not css.isalnum():
        return 1.0
    return 0.6 if narrowed == css else 0.9 if narrowed.endswith(f" > {css}") else 0.8


def _narrowed(css: str, group: Sequence[Block]) -> Iterator[str]:
    """Yield the selector, then what it is only in a list with a name, or with a stamp in it."""
    if not css.isalnum():
        yield css
    else:
        lists = Counter(
            mark
            for block in group
            if (above := block.row.parent) is not None
            for mark in dict.fromkeys(marks(above))
        )
        yield from (f"{mark} > {css}" for mark, _ in lists.most_common(3) if not mark.isalnum())
    stamps = [block.stamp for block in group if block.stamp is not None]
    if not stamps:
        yield css
        return
    inner = Counter(
        mark for stamp in stamps for mark in dict.fromkeys(marks(stamp)) if mark not in {"div", "span"}
    )
    own = Counter(
        name
        for block in group
        if block.stamp is not None and block.stamp.mem_id == block.row.mem_id
        for name in block.row.attributes
        if name.startswith("data-") and _STAMP_ATTRIBUTE.search(name)
    )
    for name, _ in own.most_common(2):
        yield f"{css}[{name}]"
    for mark, _ in inner.most_common(3):
        yield f"{css}:has({mark})"
    if css.isalnum():
        yield css


# -- is it news -------------------------------------------------------------------------------


def _judged(proposal: Proposal, headlines: Sequence[str]) -> Proposal | None:
    """Return the proposal with its score, None if what it reads is no list of news."""
    entries = proposal.entries
    if len(entries) < FEWEST:
        return None
    titles = Counter(entry.title for entry in entries)
    long_ = sum(len(entry.title) >= SHORTEST or not entry.title.isascii() for entry in entries) / len(entries)
    dated = sum(bool(entry.dates) for entry in entries) / len(entries)
    if headlines:
        known = {_same(headline) for headline in headlines}
        found = len(known & {_same(entry.title) for entry in entries}) / max(len(known), 1)
        return _scored(proposal, min(1.0, found * 0.7 + dated * 0.3)) if found >= KNOWN else None
    distinct = len(titles) / len(entries)
    if (
        dated < MOST_ROWS
        or long_ < MOST_ROWS
        or distinct < MOST_ROWS
        or not falls(entries)
        or not is_recent(entries)
    ):
        return None
    told = {"link", "id"} & proposal.select.keys()
    sure = (1.0 if told else 0.95) * (1.0 if "@" in proposal.select.get("time", "") else 0.98)
    return _scored(proposal, dated * long_ * distinct * sure * (1 - 1 / len(entries)))


def _scored(proposal: Proposal, score: float) -> Proposal:
    rows, dated = len(proposal.entries), sum(bool(entry.dates) for entry in proposal.entries)
    why = f"{count(rows, 'row')} with a headline, {dated} of them with a time"
    return Proposal(select=proposal.select, entries=proposal.entries, why=why, score=round(score, 4))
