"""Ways to read a page: the repeated block with a time and a headline in it, found and put into selectors.

A stamp is an element with a date in an attribute or a clock time as its text. A block is an element around one
stamp that also holds a headline. Selectors are chosen greedily, by how many blocks they read and how few others.
With known headlines, those take the place of the stamps: that is how selectors are mended when a site was rebuilt.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from itertools import pairwise
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.core.datetexts import Reading, clock_text
from monitor.core.datetexts import read as read_date
from monitor.core.text import clean
from monitor.model import Entry, Proposal, Response
from monitor.sources._marks import marks
from monitor.sources._rows import Block, selected
from monitor.sources._select import read
from monitor.sources.page import Page, tree_of

MOST_STAMPS = 3_000  # elements with a date that are looked at
HIGHEST = 12  # levels that a block may stand above its stamp
STAMPS_IN_BLOCK = 4  # published, updated, both as attribute and text
FEWEST = 3  # rows that make a list
FEWEST_DAYS = 8  # rows of a list that is dated by days alone
LONGEST_SPAN = 30  # days that three quarters of it may reach back
TRIED = 30  # selectors of rows that are looked at, those of most blocks first
GROUPS = 6  # kinds of block in one page
SHORTEST = 15  # characters of a headline
KNOWN = 0.3  # share of the known headlines that a new way must read
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
        smallest = (chain[0] if chain else None) if alone else _with_headline(chain, seed)
        if smallest is not None:
            least.setdefault(smallest.mem_id, (smallest, seed))
    least = {key: pair for key, pair in least.items() if not _told_around(pair[0], least)}
    rows = _counted([smallest for smallest, _ in least.values()])
    dated = {stamp.node.mem_id for stamp in stamps}
    blocks = []
    for smallest, seed in least.values():
        around = [node for node in _upwards(smallest) if node is smallest or rows[node.mem_id] == 1]
        stamp = seed if seed.mem_id in dated else _dated_in(around, dated)
        blocks.append(Block(tuple(around), stamp, seed if alone else None))
    return blocks


def _told_around(row: LexborNode, least: Mapping[int, tuple[LexborNode, LexborNode]]) -> bool:
    """Tell whether a row around this one leads to the same place: then it is that row, with a second stamp."""
    link = _first_link(row)
    outer = (node for node in _upwards(row) if node.mem_id != row.mem_id and node.mem_id in least)
    return any(_first_link(node) == link for node in outer)


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


def _with_headline(chain: Sequence[LexborNode], stamp: LexborNode) -> LexborNode | None:
    """Return the smallest that holds a headline too, and a link, where there is one to be had."""
    for number, node in enumerate(chain):
        if _has_headline(node, stamp):
            return next((outer for outer in chain[number:] if _is_linked(outer)), node)
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
    entries = tuple(Page(select).entries(tree, url))
    written = {field.name: text for field in fields(select) if (text := getattr(select, field.name))}
    return Proposal(select=written, entries=entries)


def _cover(tree: LexborHTMLParser, blocks: Sequence[Block]) -> list[tuple[str, list[Block]]]:
    """Return selectors of rows, each with the blocks it reads, until what is left is no list."""
    left, chosen = list(blocks), list[tuple[str, list[Block]]]()
    while left and len(chosen) < GROUPS:
        best = _best(tree, left)
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


def _best(tree: LexborHTMLParser, left: Sequence[Block]) -> tuple[str, list[Block]] | None:
    tried: dict[str, list[Block]] = {}
    for block in left:
        seen = set[str]()
        for row in block.rows:
            for css in marks(row):
                if css not in seen:
                    seen.add(css)
                    tried.setdefault(css, []).append(Block((row,), block.stamp, block.seed))
    every = {row.mem_id for block in left for row in block.rows}
    scored = []
    for css, group in sorted(tried.items(), key=lambda one: -len(one[1]))[:TRIED]:
        for narrowed in _narrowed(css, group):
            found = {node.mem_id for node in tree.css(narrowed)}
            precision = len(found & every) / max(len(found), 1)
            read_ = [block for block in group if block.row.mem_id in found]
            if precision >= PRECISE and read_:
                worth = len(read_) * precision**2 * (0.8 if css.isalnum() else 1.0)
                scored.append((round(worth, 6), css.startswith("[data-"), -len(narrowed), narrowed, read_))
    if not scored:
        return None
    top = max(scored, key=lambda one: one[:3])
    return top[3], top[4]


def _narrowed(css: str, group: Sequence[Block]) -> Iterator[str]:
    """Yield the selector, then what it is only with a stamp in it."""
    if not css.isalnum():
        yield css
    stamps = [block.stamp for block in group if block.stamp is not None]
    if not stamps:
        yield css
        return
    inner = Counter(mark for stamp in stamps for mark in set(marks(stamp)) if mark not in {"div", "span"})
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
    if dated < 0.8 or long_ < 0.8 or distinct < 0.7 or not _falls(entries) or not _is_recent(entries):
        return None
    told = {"link", "id"} & proposal.select.keys()
    sure = (1.0 if told else 0.95) * (1.0 if "@" in proposal.select.get("time", "") else 0.98)
    return _scored(proposal, dated * long_ * distinct * sure * (1 - 1 / len(entries)))


def _is_recent(entries: Sequence[Entry]) -> bool:
    """Tell whether rows that have days and no times follow each other as news does: archives of an article's
    subject reach back over months, and a handful of rows of one day is a box.
    """
    readings = [[reading for date in entry.dates if (reading := read_date(date.text))] for entry in entries]
    if any(reading.shape != "day" for found in readings for reading in found):
        return True
    days = sorted(day for found in readings for reading in found[:1] if (day := _day(reading)))
    return len(days) >= FEWEST_DAYS and (days[-1] - days[len(days) // 4]).days <= LONGEST_SPAN


def _day(reading: Reading) -> date | None:
    named = reading.day
    if named is None or not (named.year and named.month and named.day):
        return None
    with suppress(ValueError):
        return date(named.year, named.month, named.day)
    return None


def _scored(proposal: Proposal, score: float) -> Proposal:
    rows, dated = len(proposal.entries), sum(bool(entry.dates) for entry in proposal.entries)
    why = f"{rows} rows with a headline, {dated} of them with a time"
    return Proposal(select=proposal.select, entries=proposal.entries, why=why, score=round(score, 4))


def _falls(entries: Sequence[Entry]) -> bool:
    """Tell whether the rows come newest first, more or less: news does, a programme runs the other way.

    Several lists of one page stand below each other, so instants need not fall often; bare clock times must.
    """
    clocks: list[time] = []
    instants: list[datetime] = []
    for entry in entries:
        readings = [reading for date in entry.dates if (reading := read_date(date.text))]
        exact = next((reading.at for reading in readings if reading.at is not None), None)
        if exact is not None:
            instants.append(exact)
        elif readings and all(reading.shape == "clock" and reading.clock for reading in readings):
            clocks.append(readings[0].clock or time())
    return _share_falling(instants, strictly=True) >= 0.15 and _share_falling(clocks, strictly=False) >= 0.6


def _share_falling(times: Sequence[datetime] | Sequence[time], *, strictly: bool) -> float:
    steps: list[tuple[Any, Any]] = list(pairwise(times))
    if len(steps) < 3:
        return 1.0
    falling: list[bool] = [after < before or (after == before and not strictly) for before, after in steps]
    return sum(falling) / len(steps)
