"""Selectors for the rows of a page: chosen greedily, by how many blocks they read and how few others."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.sources._blocks import STAMP_ATTRIBUTE, Block
from monitor.sources._marks import marks

FEWEST = 2  # rows that make a list: the sidebar that this began with shows two
TRIED = 30  # selectors of rows that are looked at, those of most blocks first
GROUPS = 6  # kinds of block in one page
PRECISE = 0.7  # share of what a selector finds that is a block: a row or two may be without a time
PRECISE_TOO = 0.9  # the same for further selectors
KNOWN_PRECISE = 0.2  # the same where blocks are known by their headlines: the others are news since


def cover(tree: LexborHTMLParser, blocks: Sequence[Block]) -> list[tuple[str, list[Block]]]:
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
    if narrowed == css:
        return 0.6
    if narrowed.endswith(f" > {css}"):
        return 0.9
    if ":has(>" in narrowed:
        return 0.76 if " " in narrowed.partition(":")[0] else 0.72
    return 0.7 if narrowed.endswith(f" {css}") else 0.8


def _narrowed(css: str, group: Sequence[Block]) -> Iterator[str]:
    """Yield the selector, then what it is only in a list with a name, or with a stamp in it."""
    if not css.isalnum():
        yield css
    else:
        yield from _in_lists(css, group)
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
        if name.startswith("data-") and STAMP_ATTRIBUTE.search(name)
    )
    for name, _ in own.most_common(2):
        yield f"{css}[{name}]"
    for mark, _ in inner.most_common(3):
        yield f"{css}:has({mark})"
    if css.isalnum() and (several := _several(stamps)):
        yield f"{css}:has({several})"
    if css.isalnum():
        yield css


def _several(stamps: Sequence[LexborNode]) -> str:
    """Return selectors of stamps that not all rows write alike, "" where one is enough or none says anything."""
    counted = Counter(mark for stamp in stamps if (mark := next(marks(stamp))) not in {"div", "span"})
    named = [mark for mark, _ in counted.most_common(3)]
    return ", ".join(named) if len(named) > 1 and sum(counted[mark] for mark in named) == len(stamps) else ""


def _in_lists(tag: str, group: Sequence[Block]) -> Iterator[str]:
    """Yield a mere tag in what is around it and has a name, and where it begins with an element like a stamp."""
    above = [block.row.parent for block in group]
    lists = Counter(mark for one in above if one is not None for mark in dict.fromkeys(marks(one)))
    yield from (f"{mark} > {tag}" for mark, _ in lists.most_common(3) if not mark.isalnum())
    around = Counter(mark for block in group if (mark := _landmark(block.row)))
    firsts = Counter(
        stamp.tag
        for block in group
        if (stamp := block.stamp) is not None and stamp.parent is not None
        if stamp.parent.mem_id == block.row.mem_id
    )
    for place in ("", *(f"{mark} " for mark, _ in around.most_common(2))):
        if place:
            yield f"{place}{tag}"
        yield from (f"{place}{tag}:has(> {first}:first-child)" for first, _ in firsts.most_common(1))


def _landmark(row: LexborNode) -> str:
    """Return the nearest element around a row that has a name, or is an aside; "" where none has."""
    above = row.parent
    while above is not None and above.tag not in {"body", "html"}:
        mark = next(marks(above), "")
        if not mark.isalnum() or mark == "aside":
            return mark
        above = above.parent
    return ""
