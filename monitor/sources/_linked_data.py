"""JSON-LD: what a page states of itself and of its items for search engines, in the words of schema.org."""

import html
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from monitor.sources._entries import joined, readable, said, whole

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

Fields = dict[str, object]


def linked_data(text: str) -> Iterator[object]:
    """Yield each block of JSON-LD of a page; a block that is broken is left out."""
    if text.lstrip().startswith(("{", "[")):
        yield from _loaded(text)
        return
    from selectolax.lexbor import LexborHTMLParser  # its library is not needed to read configurations

    yield from linked_data_of(LexborHTMLParser(text))


def linked_data_of(tree: "LexborHTMLParser") -> Iterator[object]:
    """Yield each block of JSON-LD of a page that is read already."""
    for node in tree.css('script[type*="ld+json" i]'):
        yield from _loaded(node.text(deep=True))


_HIDING = re.compile(r"(?:\s|<!--|//|/\*|\*/|<!\[CDATA\[)*")  # comments, so that old browsers do not show it
_JSON = json.JSONDecoder(strict=False, parse_int=whole)  # line breaks in texts: many write them


def _loaded(text: str) -> Iterator[object]:
    """Yield the value of a block, which some pages hide in a comment or escape as HTML; what follows it is ignored."""
    for version in (text, html.unescape(text)):
        begins = _HIDING.match(version)
        with suppress(ValueError, RecursionError):
            yield _JSON.raw_decode(version, begins.end() if begins else 0)[0]
            return


def of_type(value: object, name: str) -> Iterator[Fields]:
    """Yield the outermost objects of a type, in their order, however deep they lie."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case dict() as fields if name in types(fields):
                yield fields
            case dict() as fields:
                waiting.extend(reversed(list(fields.values())))
            case list() as values:
                waiting.extend(reversed(values))


def types(fields: Fields) -> list[str]:
    """Return the types of an object, without the address of the vocabulary before their names."""
    named = fields.get("@type")
    return [said(name).rpartition("/")[2] for name in (named if isinstance(named, list) else [named])]


def parts(value: object) -> list[Fields]:
    """Return the objects of a list, or the one that stands for it."""
    return [part for part in (value if isinstance(value, list) else [value]) if isinstance(part, dict)]


def address(fields: Fields, base: str) -> str:
    """Return where an object is to be read, "" if it does not say."""
    page = fields.get("mainEntityOfPage")
    page = page.get("@id") if isinstance(page, dict) else page
    found = (joined(base, href) for href in (fields.get("url"), fields.get("@id"), page))
    return next((url for url in found if url), "")


def headline(fields: Fields) -> str:
    """Return the headline of an object, "" if it has none."""
    return readable(fields.get("headline")) or readable(fields.get("name"))
