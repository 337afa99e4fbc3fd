"""Ways to read a page: the repeated block with a time and a headline in it, found and put into selectors.

With known headlines, those take the place of the times: that is how selectors are mended when a site was rebuilt.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor.core.plurals import count
from monitor.model import Proposal, Response
from monitor.sources import ParseError
from monitor.sources._blocks import SHORTEST, Block, Stamp, around, same, stamps, titled
from monitor.sources._days import day_of
from monitor.sources._items import FEWEST, cover
from monitor.sources._newsworthy import falls, is_recent
from monitor.sources._rows import selected
from monitor.sources.page import Page, tree_of

MOST_ROWS = 0.7  # share of rows that must have a time, and a headline that no other has
KNOWN = 0.3  # share of the known headlines that a new way must read


def propose(response: Response, headlines: Sequence[str] = ()) -> tuple[Proposal, ...]:
    """Return ways to read a page, best first; none where it holds no list of news.

    Raises ParseError for what is no page.
    """
    tree = tree_of(response)
    body = tree.body
    if body is None:
        return ()
    stamped = list(stamps(body))
    found = [_with(tree, response.url, blocks) for blocks in _candidates(body, stamped, headlines)]
    judged = [_judged(proposal, headlines) for proposal in found if proposal is not None]
    good = {str(one.select): one for one in judged if one is not None}
    return tuple(sorted(good.values(), key=lambda one: -one.score))


def _candidates(
    body: LexborNode, stamped: Sequence[Stamp], headlines: Sequence[str]
) -> Iterator[list[Block]]:
    if headlines:
        yield around(titled(body, headlines), stamped, alone=True)
    by_text = [stamp for stamp in stamped if not stamp.attribute]
    by_attribute = [stamp for stamp in stamped if stamp.attribute]
    for group in (stamped, by_attribute, by_text):
        yield around([stamp.node for stamp in group], group, alone=False)


def _with(tree: LexborHTMLParser, url: str, blocks: Sequence[Block]) -> Proposal | None:
    """Return the way to read the blocks, None where no selectors do."""
    chosen = cover(tree, blocks)
    rows = [row for _, group in chosen for row in group]
    if not rows:
        return None
    item = ", ".join(css for css, _ in chosen)
    place = {node.mem_id: number for number, node in enumerate(tree.css(item))}
    select = selected(item, sorted(rows, key=lambda block: place[block.row.mem_id]))
    if select is None:
        return None
    try:
        entries = Page(select).entries(tree, url)
        if day := day_of(tree, item, entries):
            select = replace(select, day=day)
            entries = Page(select).entries(tree, url)
    except ParseError:  # rows too deep inside each other
        return None
    written = {field.name: text for field in fields(select) if (text := getattr(select, field.name))}
    return Proposal(select=written, entries=entries)


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
        known = {same(headline) for headline in headlines}
        found = len(known & {same(entry.title) for entry in entries}) / max(len(known), 1)
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
