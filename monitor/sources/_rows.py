"""What is where in a row: selectors for the headline, the link, the time and the text of blocks that are alike."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from selectolax.lexbor import LexborNode

from monitor.core.dates.datetexts import clock_text
from monitor.core.dates.datetexts import read as read_date
from monitor.sources._blocks import Block
from monitor.sources._glued import badge_of, glued
from monitor.sources._marks import marks
from monitor.sources._select import Select, parse, read

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
SHORTEST = 12  # characters of a headline
BYLINE = 20  # characters that an author may take: a summary has more
ENOUGH = 0.97  # share of rows in which the alternatives of one key must find something
MOST = 0.8  # share of rows in which they must
ALTERNATIVES = 4
NODES = 200  # of one row that are looked at

_HEADLINE = ("title", "headline", "heading")
_TEXT = ("description", "summary", "lead", "excerpt", "perex", "subtitle", "body", "content", "text")


def selected(item: str, blocks: Sequence[Block]) -> Select | None:
    """Return selectors for all parts of the rows, None where they have no headlines."""
    rows = [block.row for block in blocks]
    badge, unread = "", frozenset[int]()
    title = _title(blocks, list(_titles(blocks)), unread)
    if not title:
        times = glued(blocks)
        badge = badge_of(times, rows)
        unread = frozenset(node.mem_id for row in rows for node in row.css(badge)) if badge else unread
        title = _title(blocks, [*_holders(times, rows), *_titles(blocks)], unread) if badge else ""
    if not title:
        return None
    title, summary = _texts(rows, title, unread)
    link, own = _links(rows, title), _ids(rows)
    if not link and own and own != "@id":
        link = _own_links(rows)
    return Select(
        item=item,
        time=_times(blocks),
        title=title,
        link=link,
        summary=summary,
        id="" if link and sum(bool(_first(row, link)) for row in rows) >= len(rows) * MOST else own,
        badge=badge,
    )


def _texts(rows: Sequence[LexborNode], title: str, unread: frozenset[int]) -> tuple[str, str]:
    """Return where headline and text are: of rows without a headline the paragraph is the text, not the headline."""
    headlines, _, last = title.rpartition(" | ")
    if headlines and last == "p" and (summary := _summary(rows, headlines, unread)) == "p":
        return headlines, summary
    return title, _summary(rows, title, unread)


def _title(blocks: Sequence[Block], candidates: Sequence[str], unread: frozenset[int]) -> str:
    """Return where the headlines are, without what is `unread` and with no time of the row in them."""
    stamps = {block.row.mem_id: read(block.stamp) for block in blocks if block.stamp is not None}
    return _cover(
        [block.row for block in blocks],
        candidates,
        lambda text, row: _is_headline(text) and not _dated(text, row, stamps),
        unread,
    )


def _is_headline(text: str) -> bool:
    return (len(text) >= SHORTEST or (len(text) >= 6 and not text.isascii())) and not clock_text(text)


def _cover(
    rows: Sequence[LexborNode],
    candidates: Sequence[str],
    good: Callable[[str, LexborNode], bool],
    unread: frozenset[int] = frozenset(),
) -> str:
    """Return alternatives, in the order of `candidates`, that find something good in nearly every row; "" if none do."""
    left, chosen = list(rows), list[str]()
    for candidate in candidates:
        found = [row for row in left if good(_first(row, candidate, unread), row)]
        if len(found) >= max(1, len(rows) * 0.05):
            chosen.append(candidate)
            ids = {row.mem_id for row in found}
            left = [row for row in left if row.mem_id not in ids]
        if len(left) <= len(rows) * (1 - ENOUGH) or len(chosen) == ALTERNATIVES:
            break
    return " | ".join(chosen) if len(rows) - len(left) >= len(rows) * MOST else ""


def _dated(text: str, row: LexborNode, stamps: Mapping[int, str]) -> bool:
    """Tell whether a text begins or ends with the time of its row: then it is more than the headline."""
    stamp = stamps.get(row.mem_id, "")
    return bool(stamp) and len(stamp) < 40 and (text.startswith(stamp) or text.endswith(stamp))


def _first(row: LexborNode, selector: str, unread: frozenset[int] = frozenset()) -> str:
    return next((text for pick in parse(selector) for text in pick.texts(row, unread)), "")


# -- headlines --------------------------------------------------------------------------------


def _named(rows: Sequence[LexborNode], words: Sequence[str]) -> Counter[str]:
    """Return in how many rows a selector finds what is named by one of `words`."""
    named: Counter[str] = Counter()
    for row in rows:
        found = dict.fromkeys(mark for node in _nodes(row) for mark in marks(node))
        named.update(mark for mark in found if any(word in mark.lower() for word in words))
    return named


def _titles(blocks: Sequence[Block]) -> Iterator[str]:
    """Yield what may select the headline: what is named so, headings, the known ones, links, the longest text."""
    rows = [block.row for block in blocks]
    seeded = Counter(
        mark
        for block in blocks
        if block.seed is not None and block.seed.mem_id != block.row.mem_id
        for mark in marks(block.seed)
    )
    yield from _often(seeded, len(rows))
    named = _named(rows, _HEADLINE)
    yield from sorted(
        _often(named, len(rows)), key=lambda mark: (-round(named[mark] / len(rows), 1), _oddness(rows, mark))
    )
    yield from HEADINGS
    yield from ("a", "strong", "b")
    longest: Counter[str] = Counter()
    for row in rows:
        texts = [(len(read(node)), node) for node in _nodes(row) if _is_leaf(node)]
        if texts:
            longest.update(list(dict.fromkeys(marks(max(texts, key=lambda one: one[0])[1]))))
    yield from _often(longest, len(rows))
    yield "."


def _holders(times: Sequence[LexborNode], rows: Sequence[LexborNode]) -> list[str]:
    """Return what selects the texts that times stand in, where those are not the rows."""
    ids = {row.mem_id for row in rows}
    held = [above for node in times if (above := node.parent) is not None and above.mem_id not in ids]
    return _often(Counter(mark for above in held for mark in marks(above)), len(rows))


def _oddness(rows: Sequence[LexborNode], mark: str) -> float:
    """Return how far from a headline's the usual length of what it selects is: a kicker is shorter, a teaser longer."""
    lengths = [len(text) for row in rows[:20] if (text := _first(row, mark))]
    usual = sum(lengths) / max(len(lengths), 1)
    return usual + 3 * max(0.0, 45 - usual)


def _often(counted: Counter[str], rows: int) -> list[str]:
    return [mark for mark, times in counted.most_common(8) if times >= max(1, rows * 0.05)]


def _nodes(row: LexborNode) -> list[LexborNode]:
    nodes = []
    for node in row.traverse():
        if node.mem_id != row.mem_id and node.is_element_node:
            nodes.append(node)
            if len(nodes) >= NODES:
                break
    return nodes


def _is_leaf(node: LexborNode) -> bool:
    child = node.child
    return child is not None and child.next is None and bool(child.is_text_node)


# -- the other parts --------------------------------------------------------------------------


def _times(blocks: Sequence[Block]) -> str:
    """Return where the rows say when: the attribute first, then what is shown."""
    rows = [block.row for block in blocks]
    wanted: Counter[str] = Counter()
    for block in blocks:
        stamp = block.stamp
        if stamp is None:
            continue
        own = stamp.mem_id == block.row.mem_id
        for name, value in stamp.attributes.items():
            if value and len(value) <= 60 and _dates(name) and _is_date(value):
                wanted.update([f"@{name}" if own else f"{_mark(stamp)}@{name}"])
        if not own:
            wanted.update([_mark(stamp)])
    wanted.update({"time@datetime": 0, "time": 0})
    said = {one: [_is_date(_first(row, one)) for row in rows] for one in wanted}
    order = sorted(wanted, key=lambda one: (-sum(said[one]), "@" not in one))
    kept = [one for one in order if sum(said[one]) >= max(2, len(rows) * 0.05)]
    undated = [number for number in range(len(rows)) if not any(said[one][number] for one in kept)]
    if len(undated) >= len(rows) * 0.05:
        kept += [one for one in order if one not in kept and any(said[one][number] for number in undated)]
    return " | ".join(
        sorted(kept[:ALTERNATIVES], key=lambda one: ("@" not in one, "updat" in one or "modif" in one))
    )


def _dates(name: str) -> bool:
    return name == "datetime" or (
        name.startswith("data-") and any(word in name for word in ("date", "time", "publ", "post", "stamp"))
    )


def _is_date(text: str) -> bool:
    reading = read_date(text)
    return reading is not None and reading.shape != "duration"


def _mark(node: LexborNode) -> str:
    """Return the plainest selector that says something: `time` before its classes."""
    return "time" if node.tag == "time" else next(marks(node))


def _links(rows: Sequence[LexborNode], title: str) -> str:
    """Return where the headline leads: the row itself, the link in, around or nearest to the headline.

    Of two lists in one selector one may have no links: those of headlines are taken for the other all the same.
    """
    told = ["@href"]
    for one in title.split(" | "):
        if one not in {".", "a"}:
            told += [f"a:has({one})@href", f"{one} a@href"] + (
                [f"{one}@href"] if not one.startswith("h") else []
            )
    near = [f"{heading} a@href" for heading in HEADINGS[:4]] + ["a@href"]
    usable = [one for one in (*told, *near) if any(_leads(_first(row, one), row) for row in rows)]
    if everywhere := _cover(rows, usable, _leads):
        return everywhere
    usable = [one for one in usable if one in told]
    linked = [row for row in rows if any(_leads(_first(row, one), row) for one in usable)]
    return _cover(linked, usable, _leads) if len(linked) >= max(2, len(rows) * 0.2) else ""


def _own_links(rows: Sequence[LexborNode]) -> str:
    """Return where some rows lead by a link of their own ("more"), which stands in no paragraph and in no other row."""
    found = [link for row in rows for link in row.css("a[href]")]
    told = [link.attributes.get("href") or "" for link in found]
    alone = len(found) == len(set(told)) == len({_first(row, "a@href") for row in rows} - {""})
    ids = {row.mem_id for row in rows}
    direct = all(
        _leads(href, link) and link.parent is not None and link.parent.mem_id in ids
        for href, link in zip(told, found, strict=True)
    )
    return "a@href" if found and alone and direct else ""


def _leads(address: str, _: LexborNode) -> bool:
    return bool(address) and not address.startswith(("#", "javascript:"))


def _summary(rows: Sequence[LexborNode], title: str, unread: frozenset[int]) -> str:
    named = _named(rows, _TEXT)
    behind = (
        ["p + p"] if "p" in title.split(" | ") else []
    )  # the paragraph below the one that is the headline
    for candidate in (*[mark for mark, _ in named.most_common(12) if mark not in title], "p", *behind):
        enough = max(2, len(rows) * (0.4 if candidate.startswith("p") else 0.02))
        texts = [(_first(row, candidate, unread), _first(row, title, unread)) for row in rows]
        told = [
            one
            for one, headline in texts
            if len(one) > BYLINE and not (headline and headline in one) and not clock_text(one)
        ]
        if len(told) >= enough:
            return candidate
    return ""


def _ids(rows: Sequence[LexborNode]) -> str:
    """Return an attribute that every row has and no two share: an anchor or a number of the publisher's."""
    names = Counter(
        name
        for row in rows
        for name, value in row.attributes.items()
        if value and len(value) >= 4 and (name == "id" or name.endswith("-id"))
    )
    for name, times in names.most_common():
        values = [row.attributes.get(name) or "" for row in rows]
        if times == len(rows) == len(set(values)) and not count_rows(values):
            return f"@{name}"
    return ""


def count_rows(ids: Sequence[str]) -> bool:
    """Tell whether the ids of rows only say where in the list they stand: the next new row then moves them all.

    Rows may be left out, where one is an advertisement; what falls or jumps is the publisher's.

    >>> count_rows(["item-01", "item-02", "item-04"]), count_rows(["post-3", "post-2", "post-1"])
    (True, False)
    >>> count_rows(["post-1", "post-190", "post-207"]), count_rows(["row-0-of-2", "row-1-of-2"])
    (False, True)
    """
    numbers = [re.findall(r"[0-9]{1,18}", one) for one in ids]
    if len({len(one) for one in numbers}) != 1:
        numbers = [one[-1:] for one in numbers]
    if not all(numbers):
        return False
    columns = [[int(number) for number in column] for column in zip(*numbers, strict=True)]
    return any(
        column[0] <= 1 and column[-1] <= 2 * len(column) and all(a < b for a, b in pairwise(column))
        for column in columns
    )
