"""The rows of a page, found by selectors, and what stands in each."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.core.text import LABEL_CHARS, clean
from monitor.model import RawDate
from monitor.sources import ParseError
from monitor.sources._select import Pick, Select, joined, parse, read

NESTED = 3  # rows inside each other that cost nothing: of an article, its list, its list
MOST_INSIDE = 2_000_000  # nodes of rows that stand deeper, each counted once for every row that it is in

_PARTING = re.compile(r"^[-–—|:·•,]\s+|\s+[-–—|·•]$")


def rows_of(tree: LexborHTMLParser, select: Select) -> Iterator["Row"]:
    """Yield the rows in the order of the page; a row inside a row is one of its own.

    Where tags are not closed, each row stands inside the one before. Whatever is looked for in a row passes through
    those in it, so raises ParseError where that would take for ever.
    """
    item = next((pick.css for pick in parse(select.item) if tree.css_first(pick.css)), "")
    if not item:
        return
    badges = _ids(tree, joined(select.badge))
    dividers = joined(select.day)
    days = _ids(tree, dividers)
    found = tree.css(f"{item}, {dividers}" if dividers else item)
    rows = frozenset(node.mem_id for node in found if node.mem_id not in days)
    around = _around(found, rows)
    cells, between = _dividers(found, days, around)
    apart = rows | between
    unread = apart | badges
    _check_depth([node for node in found if node.mem_id in rows], around, item)
    day = ""
    for node in found:
        if node.mem_id in days:
            day = read(node, apart) or day
            continue
        if node.mem_id in badges:
            continue
        day = (read(cells[node.mem_id], apart) if node.mem_id in cells else "") or day
        yield Row(node, select, day, apart, unread)


def _ids(tree: LexborHTMLParser, css: str) -> frozenset[int]:
    return frozenset(node.mem_id for node in tree.css(css)) if css else frozenset()


def _around(found: Sequence[LexborNode], rows: frozenset[int]) -> dict[int, int]:
    """Return for each element the row that it stands in, 0 where in none; no element of the page is looked at twice."""
    known = dict[int, int]()
    for node in found:
        path, at = [node.mem_id], node.parent
        while at is not None and at.mem_id not in rows and at.mem_id not in known:
            path.append(at.mem_id)
            at = at.parent
        row = 0 if at is None else at.mem_id if at.mem_id in rows else known[at.mem_id]
        known.update(dict.fromkeys(path, row))
    return known


def _check_depth(rows: Sequence[LexborNode], around: Mapping[int, int], item: str) -> None:
    depths, left = {0: -1}, MOST_INSIDE
    for row in rows:
        depth = depths[row.mem_id] = depths[around[row.mem_id]] + 1
        if depth >= NESTED:
            left -= sum(1 for _ in islice(row.traverse(), left + 1))
        if left < 0:
            raise ParseError(f"rows of item = {item!r} inside each other, too deeply to read")


def _dividers(
    found: Sequence[LexborNode], days: frozenset[int], around: Mapping[int, int]
) -> tuple[Mapping[int, LexborNode], frozenset[int]]:
    """Return the dividers that are parts of rows, by their row, and those that stand in a row but are none of it.

    The latter in a row that holds one other row: its tag is not closed, and what divides the two is in it.
    """
    inside = Counter(around[node.mem_id] for node in found if node.mem_id not in days)
    cells, between = dict[int, LexborNode](), set[int]()
    for node in found:
        row = around[node.mem_id]
        if node.mem_id not in days or not row:
            continue
        if inside[row] == 1:
            between.add(node.mem_id)
        else:
            cells.setdefault(row, node)
    return cells, frozenset(between)


@dataclass(frozen=True, slots=True)
class Row:
    """One row, and how to read it."""

    node: LexborNode
    select: Select
    day: str  # the divider above it, or in it
    apart: frozenset[int]  # the rows of the page: those in it are no part of it
    unread: frozenset[int]  # those, and badges

    def text(self, key: str) -> str:
        """Return what the first alternative of a key that yields text yields, "" if none does."""
        return self._first(key, self.unread)

    def headline(self) -> str:
        """Return the headline, without the mark that parted it from a badge: "15:44 | ", "15:44 – "."""
        text = clean(self.text("title"))
        return _PARTING.sub("", text) if self.select.badge else text

    def link(self) -> str:
        """Return where the row leads; a badge is no text, but may be the link: `<a href="#p7">15:44</a> Headline`."""
        return self._first("link", self.unread) or self._first("link", self.apart)

    def whole(self) -> str:
        """Return all of its text."""
        return read(self.node, self.unread)

    def id(self) -> tuple[str, bool]:
        """Return what stays the same of the row, and whether an address can point to it."""
        for pick in self._picks("id"):
            for text in pick.texts(self.node, self.apart):
                return clean(text), pick.attribute in {"id", "name"} and " " not in text.strip()
        return "", False

    def dates(self) -> Iterator[RawDate]:
        """Yield what each alternative says, best first; a day alone dates a row without a time."""
        day, found = self.day[:LABEL_CHARS], False
        for pick in self._picks("time"):
            text = next(pick.texts(self.node, self.apart), "")
            if text := clean(text)[:LABEL_CHARS]:
                found = True
                yield RawDate(text=text, origin="attribute" if pick.attribute else "text", day=day)
        if day and not found:
            yield RawDate(text=day, origin="text", day=day)

    def _first(self, key: str, unread: frozenset[int]) -> str:
        return next((text for pick in self._picks(key) for text in pick.texts(self.node, unread)), "")

    def _picks(self, key: str) -> tuple[Pick, ...]:
        text: str = getattr(self.select, key)
        return parse(text) if text else ()
