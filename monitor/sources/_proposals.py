"""Ways to read a page: the repeated block with a time and a headline in it, found and put into selectors.

A stamp is an element with a date in an attribute or a clock time as its text. A block is an element around one
stamp that also holds a headline. Selectors are chosen greedily, by how many blocks they read and how few others.
With known headlines, those take the place of the stamps: that is how selectors are mended when a site was rebuilt.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.core.datetexts import clock_text
from monitor.core.datetexts import read as read_date
from monitor.core.text import clean
from monitor.model import Entry, Proposal, Response
from monitor.sources._marks import marks
from monitor.sources._rows import Block, selected
from monitor.sources._select import Select, read
from monitor.sources.page import Page, tree_of

MOST_STAMPS = 3_000  # elements with a date that are looked at
HIGHEST = 12  # levels that a block may stand above its stamp
STAMPS_IN_BLOCK = 4  # published, updated, both as attribute and text
FEWEST = 3  # rows that make a list
GROUPS = 6  # kinds of block in one page
SHORTEST = 15  # characters of a headline
PRECISE = 0.9  # share of what a selector finds that is a block

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


def _candidates(
    body: LexborNode, stamps: Sequence[Stamp], headlines: Sequence[str]
) -> Iterator[list[Block]]:
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
        if _NOT_NEWS.search(f"{attributes.get('class') or ''} {attributes.get('id') or ''}"):
            continue
        stamp = _stamp(node)
        if stamp is not None:
            found += 1
            yield stamp


def _stamp(node: LexborNode) -> Stamp | None:
    for name, value in node.attributes.items():
        if value and len(value) <= 60 and (name == "datetime" or (name.startswith("data-") and _STAMP_ATTRIBUTE.search(name))):
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
    held: Counter[int] = Counter()
    for seed in seeds:
        held.update(node.mem_id for node in _upwards(seed))
    most = 1 if alone else STAMPS_IN_BLOCK
    dated = {stamp.node.mem_id: stamp for stamp in stamps}
    blocks, taken = [], set[int]()
    for seed in seeds:
        chain = [node for node in _upwards(seed) if held[node.mem_id] <= most]
        rows = chain if alone else _with_headline(chain, seed)
        if rows and rows[0].mem_id not in taken:
            taken.add(rows[0].mem_id)
            blocks.append(Block(tuple(rows), dated.get(seed.mem_id) and seed, seed if alone else None))
    return blocks


def _upwards(node: LexborNode) -> Iterator[LexborNode]:
    at: LexborNode | None = node
    for _ in range(HIGHEST):
        if at is None or at.tag in {"body", "html", "main", "-undef"}:
            return
        yield at
        at = at.parent


def _with_headline(chain: Sequence[LexborNode], stamp: LexborNode) -> list[LexborNode]:
    """Return those that hold a headline too; as far as a link, where there is one to be had."""
    for number, node in enumerate(chain):
        if not _has_headline(node, stamp):
            continue
        linked = next((n for n, outer in enumerate(chain[number:], number) if _is_linked(outer)), number)
        return list(chain[linked:])
    return []


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
        text = _same(own_text(node) or (read(node) if node.tag in {"a", "h1", "h2", "h3", "h4", "h5", "h6"} else ""))
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
    entries = tuple(Page(select).entries(tree, url))
    written = {field.name: text for field in fields(select) if (text := getattr(select, field.name))}
    return Proposal(select=written, entries=entries)


def _cover(tree: LexborHTMLParser, blocks: Sequence[Block]) -> list[tuple[str, list[Block]]]:
    """Return selectors of rows, each with the blocks it reads, until what is left is no list."""
    left, chosen = list(blocks), list[tuple[str, list[Block]]]()
    while left and len(chosen) < GROUPS:
        best = _best(tree, left, blocks)
        if best is None or (chosen and len(best[1]) < 2):
            break
        chosen.append(best)
        gone = {id(block) for block in best[1]}
        rest = [Block(block.rows, block.stamp, block.seed) for block in left if not _inside(block, best[1])]
        left = [block for block in rest if id(block) not in gone]
    return chosen if chosen and len(chosen[0][1]) >= FEWEST else []


def _inside(block: Block, read_: Iterable[Block]) -> bool:
    ids = {row.mem_id for row in block.rows}
    return any(other.row.mem_id in ids for other in read_)


def _best(
    tree: LexborHTMLParser, left: Sequence[Block], all_: Sequence[Block]
) -> tuple[str, list[Block]] | None:
    tried: dict[str, list[Block]] = {}
    for block in left:
        seen = set[str]()
        for row in block.rows:
            for css in marks(row):
                if css not in seen:
                    seen.add(css)
                    tried.setdefault(css, []).append(Block((row,), block.stamp, block.seed))
    every = {row.mem_id for block in all_ for row in block.rows}
    scored = []
    for css, group in sorted(tried.items(), key=lambda one: -len(one[1]))[:60]:
        for narrowed in _narrowed(css, group):
            found = tree.css(narrowed)
            good = sum(node.mem_id in every for node in found)
            if found and good / len(found) >= PRECISE:
                bare = css.isalnum()
                scored.append((len(group) * (good / len(found)) ** 2 * (0.8 if bare else 1.0), -len(narrowed), narrowed, group))
                break
    if not scored:
        return None
    top = max(scored, key=lambda one: one[:2])
    return top[2], top[3]


def _narrowed(css: str, group: Sequence[Block]) -> Iterator[str]:
    """Yield the selector, then what it is only with a stamp in it."""
    if not css.isalnum():
        yield css
    stamps = [block.stamp for block in group if block.stamp is not None]
    if not stamps:
        yield css
        return
    inner = Counter(mark for stamp in stamps for mark in set(marks(stamp)) if mark not in {"div", "span"})
    own = Counter(name for block in group if block.stamp is not None and block.stamp.mem_id == block.row.mem_id for name in block.row.attributes if name.startswith("data-") and _STAMP_ATTRIBUTE.search(name))
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
        told = sum(_same(entry.title) in known for entry in entries) / max(len(known), 1)
        if told < 0.3:
            return None
        return _scored(proposal, min(1.0, told * 0.7 + dated * 0.3))
    distinct = len(titles) / len(entries)
    if dated < 0.8 or long_ < 0.8 or distinct < 0.7 or not _falls(entries):
        return None
    return _scored(proposal, dated * long_ * distinct * (1 - 1 / len(entries)))


def _scored(proposal: Proposal, score: float) -> Proposal:
    rows, dated = len(proposal.entries), sum(bool(entry.dates) for entry in proposal.entries)
    why = f"{rows} rows with a headline, {dated} of them with a time"
    return Proposal(select=proposal.select, entries=proposal.entries, why=why, score=round(score, 4))


def _falls(entries: Sequence[Entry]) -> bool:
    """Tell whether bare clock times come newest first, as news does and a programme does not."""
    clocks = []
    for entry in entries:
        readings = [read_date(date.text) for date in entry.dates]
        if any(reading is not None and reading.shape in {"instant", "local", "day", "ago"} for reading in readings):
            continue
        clocks += [reading.clock for reading in readings[:1] if reading is not None and reading.clock is not None]
    steps = list(zip(clocks, clocks[1:], strict=False))
    if len(steps) < 2:
        return True
    return sum(after <= before for before, after in steps) / len(steps) >= 0.6
