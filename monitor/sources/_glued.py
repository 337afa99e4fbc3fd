"""Times that stand in the text of a headline: `<li><span>15:44</span> Headline</li>`, and what takes them out."""

from collections import Counter
from collections.abc import Iterator, Sequence

from selectolax.lexbor import LexborNode

from monitor.core.dates.datetexts import clock_text
from monitor.sources._blocks import Block
from monitor.sources._marks import marks
from monitor.sources._select import read

CHOSEN = 3  # selectors that may be needed: a page of two lists has two
ENOUGH = 0.95  # share of the times that must be taken out


def glued(blocks: Sequence[Block]) -> list[LexborNode]:
    """Return the times of the rows that have text beside them, each with what holds it and nothing else."""
    stamped = [(block.stamp, block.row) for block in blocks if block.stamp is not None]
    return [node for stamp, row in stamped if (node := _beside_text(stamp, row)) is not None]


def badge_of(times: Sequence[LexborNode], rows: Sequence[LexborNode]) -> str:
    """Return what selects the `times` in the rows, and nothing else of them; "" where nothing does.

    A bare tag is selected by its place, for tomorrow's headline may have a word in bold.
    """
    left, chosen = {node.mem_id: node for node in times}, list[str]()
    candidates = Counter(mark for node in times for mark in _places(node))
    for candidate in sorted(candidates, key=lambda one: (-candidates[one], -one.count(":"), len(one))):
        found = {node.mem_id: node for row in rows for node in row.css(candidate)}
        if found.keys() & left.keys() and all(key in left or _is_time(found[key]) for key in found):
            chosen.append(candidate)
            left = {key: node for key, node in left.items() if key not in found}
        if not left or len(chosen) == CHOSEN:
            break
    return " | ".join(chosen) if len(left) <= len(times) * (1 - ENOUGH) else ""


def _beside_text(stamp: LexborNode, row: LexborNode) -> LexborNode | None:
    """Return the stamp, or what holds it and nothing else, where it has text beside it in its row."""
    node, said = stamp, read(stamp)
    while node.mem_id != row.mem_id and (above := node.parent) is not None:
        if read(above) != said:
            return node if any(_is_text(part) for part in above.iter(include_text=True)) else None
        node = above
    return None


def _is_text(node: LexborNode) -> bool:
    return bool(node.is_text_node) and any(sign.isalnum() for sign in node.text_content or "")


def _is_time(node: LexborNode) -> bool:
    text = read(node)
    return not text or clock_text(text)


def _places(node: LexborNode) -> Iterator[str]:
    """Yield selectors of an element: by its names, or by its tag and where it stands."""
    *named, tag = marks(node)
    above = node.parent
    if named or tag == "time" or above is None:
        yield from named or [tag]
        return
    text_first = (before := node.prev) is not None and _is_text(before)
    for edge in ("last", "first") if text_first else ("first", "last"):
        if _nearest(node, forwards=edge == "last") is None:
            yield from _within(above, f"{tag}:{edge}-child")
            return


def _within(above: LexborNode, inner: str) -> Iterator[str]:
    yield f"{above.tag} > {inner}"
    if _nearest(above, forwards=False) is None:
        yield f"{above.tag}:first-child > {inner}"


def _nearest(node: LexborNode, *, forwards: bool) -> LexborNode | None:
    """Return the element before or behind another, None at the edge."""
    at = node.next if forwards else node.prev
    while at is not None and not at.is_element_node:
        at = at.next if forwards else at.prev
    return at
