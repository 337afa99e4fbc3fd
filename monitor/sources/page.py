"""Lists in HTML pages, read by CSS selectors: a sidebar of clock times and headlines, an archive, a front page."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urldefrag, urljoin

from selectolax.lexbor import LexborHTMLParser

from monitor.core.drift import NOTHING
from monitor.core.plurals import count
from monitor.core.text import LABEL_CHARS, clean, text_key, web_url
from monitor.model import Entry, Hub, Parsed, Response
from monitor.sources import ParseError
from monitor.sources._charset import charset
from monitor.sources._found import Row, rows_of
from monitor.sources._linked_data import linked_data_of
from monitor.sources._linked_dates import with_linked_dates
from monitor.sources._not_a_feed import beginning, blocked, check_not_empty, is_html, refuse
from monitor.sources._page_made import without_page_made
from monitor.sources._select import Select, read, too_much

BADGES = (
    "Фото",
    "Відео",
    "Документ",
    "Доповнено",
    "Оновлено",
    "Видео",
    "Обновлено",
    "Photo",
    "Video",
    "Updated",
    "UPDATED",
)
MOST_ROWS = 10_001  # one more than is taken of a body, so that it is refused
SENTENCE_CHARS = 200  # of a paragraph that stands for a headline

_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_SENTENCE = re.compile(r".{20,}?[.!?…。！？](?=[\s\"'”»)]|$)[\"'”»)]?", re.DOTALL)
_UPDATED = re.compile(
    r"\s*[(\[]\s*(?:updated|оновлено|доповнено|обновлено|aktualisiert|mis à jour|actualizado)\b[^()\[\]]{0,60}[)\]]\s*",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page: a list in HTML, read by the selectors under `select`."""

    select: Select  # where the rows are and what is in them; docs/pages.md
    badges: tuple[str, ...] = BADGES  # words at either end of a headline that are no part of it
    robots = True  # made for people: asked only where robots.txt lets us

    def parse(self, response: Response) -> Parsed:
        """Return the rows in the order of the page.

        Raises:
            ParseError: no page, one that stands in the way of the list, or one in which the selectors find nothing.
        """
        tree = tree_of(response)
        entries = self.entries(tree, response.url)
        if not entries:
            raise _nothing(response, self.select, tree)
        title = tree.css_first("head title")
        return Parsed(
            entries=entries, title=read(title)[:LABEL_CHARS] if title else "", hub=_hub(tree, response.url)
        )

    def entries(self, tree: LexborHTMLParser, url: str) -> tuple[Entry, ...]:
        """Return what stands in each row, and what the page's JSON-LD says of its date."""
        entries = without_page_made(tuple(islice(self._entries(tree, url), MOST_ROWS)))
        return tuple(with_linked_dates(entries, linked_data_of(tree), url))

    def _entries(self, tree: LexborHTMLParser, url: str) -> Iterator[Entry]:
        """Yield what stands in each row; a row without any text is none."""
        base = _base(tree, url)
        for row in rows_of(tree, self.select):
            if entry := self._entry(row, base=base, url=url):
                yield entry

    def _entry(self, row: Row, *, base: str, url: str) -> Entry | None:
        title = stripped(row.headline(), self.badges)
        summary = stripped(clean(row.text("summary")), ())
        link = _link(base, row.link())
        if not title and not summary:
            title = stripped(clean(row.whole()), self.badges)
        title = title or first_sentence(summary)
        if not title:
            return None
        own, anchored = row.id()
        permalink = link or (f"{urldefrag(url)[0]}#{own}" if own and anchored else "")
        keys = (*([f"id:{own}"] if own else []), *([f"url:{permalink}"] if permalink else []))
        return Entry(
            keys=keys or (text_key(title, summary),),
            title=title,
            summary=summary,
            url=permalink or url,
            author=clean(row.text("author"))[:LABEL_CHARS],
            dates=tuple(row.dates()),
        )


def first_sentence(text: str) -> str:
    """Return what may stand for the headline of a paragraph that has none.

    >>> first_sentence("The minister has left Kyiv for talks in Rome. He had come by train.")
    'The minister has left Kyiv for talks in Rome.'
    """
    found = _SENTENCE.match(text[: 2 * SENTENCE_CHARS])
    sentence = found[0] if found else text
    return sentence if len(sentence) <= SENTENCE_CHARS else sentence[:SENTENCE_CHARS].rsplit(" ", 1)[0] + "…"


def stripped(text: str, badges: tuple[str, ...]) -> str:
    """Return a headline without "(Updated: ...)" and without the badges at either end.

    A badge ends where a space, a comma or a colon parts it from the headline, or runs into a capital.

    >>> stripped("Fire in Lviv Фото, Відео", ("Фото", "Відео")), stripped("Fire (Updated: )", ()), stripped("Video", ("Video",))
    ('Fire in Lviv', 'Fire', 'Video')
    """
    text = _UPDATED.sub(" ", text).strip()
    for _ in range(len(badges)):
        shorter = next((rest for badge in badges if (rest := _without(text, badge)) != text), text)
        if shorter == text:
            break
        text = shorter
    return text


def _without(text: str, badge: str) -> str:
    marks = " ,:|·•—–-[]()"
    if text.endswith(badge) and text[: -len(badge)][-1:] in tuple(" ,|·•[("):
        return text[: -len(badge)].rstrip(marks) or text
    if text.startswith(badge) and text[len(badge) :][:1] in tuple(":|·•])"):
        return text[len(badge) :].lstrip(marks) or text
    return text


def _base(tree: LexborHTMLParser, url: str) -> str:
    stated = tree.css_first("base[href]")
    return _link(url, (stated.attributes.get("href") or "") if stated else "") or url


def _link(base: str, href: str) -> str:
    with suppress(ValueError):  # a bracket that is no IPv6 address
        return web_url(urljoin(base, href.strip())) if href.strip() else ""
    return ""


# -- the page ---------------------------------------------------------------------------------


def _hub(tree: LexborHTMLParser, url: str) -> Hub:
    """Return the hub that the head of a page names, and what it calls itself there (WebSub §4)."""
    base, found = _base(tree, url), dict[str, str]()
    for node in tree.css("head link[rel][href]"):
        for relation in (node.attributes.get("rel") or "").lower().split():
            found.setdefault(relation, _link(base, node.attributes.get("href") or ""))
    return Hub(url=found.get("hub", ""), topic=found.get("self", ""))


def tree_of(response: Response) -> LexborHTMLParser:
    """Return the page as a tree. Raises ParseError for what is no page or would take for ever."""
    check_not_empty(response.body)
    if not is_html(beginning(response.body)) and b"<" not in response.body[:65_536]:
        raise refuse(response.body, "a page")
    if sentence := too_much(response.body):
        raise ParseError(sentence)
    return LexborHTMLParser(_decoded(response))


def _decoded(response: Response) -> str:
    declared = _META.search(response.body[:4_096])
    label = charset(response.body, response.content_type) or (declared[1].decode() if declared else "")
    try:
        return response.body.decode(label or "windows-1252", "replace")
    except LookupError:  # a charset that does not exist
        return response.body.decode("utf-8", "replace")


def _nothing(response: Response, select: Select, tree: LexborHTMLParser) -> ParseError:
    head = beginning(response.body)
    if not is_html(head):
        return refuse(response.body, "a page")
    if what := blocked(head):
        return ParseError(f"{what}, not the list")
    rows = sum(1 for _ in rows_of(tree, select))
    if rows:
        return ParseError(
            f"{NOTHING}: {count(rows, 'row')} of item = {select.item!r}, and no text in {'it' if rows == 1 else 'them'}"
        )
    return ParseError(f"{NOTHING}: no row of item = {select.item!r} in this page")
