"""Headings between the rows of a list that name their day: "Today", "Yesterday", "Thursday 26"."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.core.dates.datetexts import heading
from monitor.core.dates.datetexts import read as read_date
from monitor.model import Entry
from monitor.sources._blocks import own_text
from monitor.sources._marks import marks
from monitor.sources._select import read

LONGEST = 40  # characters of a heading
NEAR = 3  # levels above a heading, in one of which stand rows too
HEADINGS = 200  # of a list that are looked at
TRIED = 12  # selectors
BARE = 0.5  # share of the rows that must have a clock time alone: others say their day themselves


def day_of(tree: LexborHTMLParser, item: str, entries: Sequence[Entry]) -> str:
    """Return what selects the days between the rows of `item`, "" where none stand there or none are needed."""
    if sum(map(_is_bare, entries)) < len(entries) * BARE:
        return ""
    rows = tree.css(item)
    ids = {row.mem_id for row in rows}
    holding = _holding(rows)
    found = islice(_headings(tree, ids, holding), HEADINGS)
    candidates = Counter(css for node in found for css in _selectors(node, item))
    tried = sorted(candidates, key=lambda css: (-candidates[css], css.isalnum()))[:TRIED]
    return next((css for css in tried if _divides(tree, css, item, ids, holding)), "")


def _holding(rows: Sequence[LexborNode]) -> set[int]:
    """Return what the rows stand in, up to the page."""
    holding = set[int]()
    for row in rows:
        for above in _above(row):
            if above.mem_id in holding:
                break
            holding.add(above.mem_id)
    return holding


def _is_bare(entry: Entry) -> bool:
    readings = [reading for date in entry.dates if (reading := read_date(date.text))]
    return bool(readings) and all(reading.shape == "clock" for reading in readings)


def _is_day(text: str) -> bool:
    if not 1 < len(text) <= LONGEST or heading(text) is None:
        return False
    reading = read_date(text)
    return reading is None or reading.shape == "day"


def _headings(tree: LexborHTMLParser, rows: set[int], holding: set[int]) -> Iterator[LexborNode]:
    """Yield the outermost elements of nothing but a day that stand behind a row and before another."""
    seen, waiting = 0, list[LexborNode]()
    for node in tree.body.traverse() if tree.body else ():
        if node.mem_id in rows:
            seen += 1
            yield from waiting
            waiting = []
        elif seen and node.is_element_node and _is_day(own_text(node)):
            outermost = _outermost(node)
            if _stands_beside(outermost, rows, holding):
                waiting.append(outermost)


def _outermost(node: LexborNode) -> LexborNode:
    """Return what holds an element and nothing else but blanks around it."""
    while (above := node.parent) is not None:
        parts = list(islice(above.iter(include_text=True), 4))
        if len(parts) > 3 or any(part.mem_id != node.mem_id and not _is_blank(part) for part in parts):
            break
        node = above
    return node


def _is_blank(node: LexborNode) -> bool:
    return bool(node.is_text_node) and not (node.text_content or "").strip()


def _stands_beside(node: LexborNode, rows: set[int], holding: set[int]) -> bool:
    """Tell whether an element is no part of a row and holds none, but stands near some."""
    if node.mem_id in rows or node.mem_id in holding:
        return False
    above = list(_above(node))
    return not any(one.mem_id in rows for one in above) and any(one.mem_id in holding for one in above[:NEAR])


def _above(node: LexborNode) -> Iterator[LexborNode]:
    at = node.parent
    while at is not None:
        yield at
        at = at.parent


def _selectors(node: LexborNode, item: str) -> Iterator[str]:
    """Yield selectors of a heading; a row of the list without a name is one without what the others have."""
    yield from marks(node)
    tag, has, inner = item.partition(":has(")
    if has and ", " not in tag and tag.rpartition(" ")[2] == node.tag:
        yield f"{tag}:not(:has({inner})"


def _divides(tree: LexborHTMLParser, css: str, item: str, rows: set[int], holding: set[int]) -> bool:
    """Tell whether what `css` finds is no part of a row, and a day wherever a row stands below it."""
    found = tree.css(f"{item}, {css}")
    if len(found) > 2 * len(rows) + HEADINGS:
        return False
    above: LexborNode | None = None
    for node in found:
        if node.mem_id not in rows:
            if node.mem_id in holding or any(one.mem_id in rows for one in _above(node)):
                return False
            above = node
        elif above is not None and not _is_day(read(above)[: LONGEST + 1]):
            return False
    return True
