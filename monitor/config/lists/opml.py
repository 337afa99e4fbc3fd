"""OPML, the lists that feed readers exchange. Most of those in the wild are not well-formed: every feed is kept."""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import unescape
from xml.etree import ElementTree
from xml.parsers import expat

from monitor.config.lists.listing import FeedList, Listing, Refused, address, gathered, shown, tags_of
from monitor.config.reading.checks import Wrong
from monitor.core.text import clean

Attributes = Sequence[tuple[str, str]]  # lower-cased names, in order; one may stand twice
Tag = tuple[
    str, Attributes | None, int
]  # "open", "feed" that is known to hold nothing, or "close"; line from 1

LONGEST = 65_536  # characters of an attribute
DEEPEST = 32  # folders within folders that become tags

_FEEDS = frozenset({"rss", "atom", "feed", "rdf", "json"})  # values of `type`


def read(text: str) -> FeedList:
    """Return all feeds of an OPML text, with folders and categories as tags.

    A text that is no XML is read again by its tags alone: unescaped ampersands, attributes written twice,
    quotes and outlines that are never closed lose no feed.
    """
    try:
        tags, broken = _strict(text), ""
    except expat.ExpatError as error:
        tags = list(_lenient(text))
        broken = f"line {error.lineno}: {expat.ErrorString(error.code)}"
    listings: list[Listing] = []
    refused: list[Refused] = []
    for folders, attributes, line in _outlines(tags):
        for found in _feeds(folders, attributes, line):
            if isinstance(found, Listing):
                listings.append(found)
            else:
                refused.append(found)
    return gathered(listings, refused, broken)


# -- what the outlines say --------------------------------------------------------------------


def _outlines(tags: Iterable[Tag]) -> Iterator[tuple[tuple[str, ...], Attributes, int]]:
    """Yield each outline with the folders it is in."""
    open_: list[tuple[str, ...]] = []  # of each open outline, the folders that what is in it is in
    for kind, attributes, line in tags:
        if attributes is None:
            if open_:
                open_.pop()
            continue
        folders = open_[-1] if open_ else ()
        yield folders, attributes, line
        if kind == "open":
            named = not _addresses(attributes) and len(folders) < DEEPEST
            open_.append((*folders, _label(attributes)) if named else folders)


def _feeds(folders: tuple[str, ...], attributes: Attributes, line: int) -> Iterator[Listing | Refused]:
    """Yield what one outline names: as a rule one feed or, of a folder, none."""
    given = dict(reversed(attributes))
    kind = given.get("type", "").strip().lower()
    written = _addresses(attributes)
    title = clean(_label(attributes))
    if kind == "include" and not written:
        yield Refused(line=line, sentence="another list that this one includes is not followed")
    elif kind in _FEEDS and not written:
        named = f" ({title[:60]})" if title else ""
        yield Refused(line=line, sentence=f"a feed without its address, xmlUrl{named}")
    tags = tags_of([*folders, *_categories(given.get("category", ""))])
    for each in written:
        try:
            yield Listing(url=address(each), title=title, tags=tags, line=line)
        except Wrong as wrong:
            yield Refused(line=line, sentence=f"xmlUrl {shown(each)}: {wrong}")


def _addresses(attributes: Attributes) -> list[str]:
    """Return the addresses of an outline: xmlUrl, or the url of one that says it is a feed."""
    own = [value for name, value in attributes if name == "xmlurl" and value.strip()]
    is_feed = any(name == "type" and value.strip().lower() in _FEEDS for name, value in attributes)
    other = [value for name, value in attributes if name == "url" and value.strip() and is_feed]
    return list(dict.fromkeys(own or other))


def _label(attributes: Attributes) -> str:
    given = dict(reversed(attributes))
    return given.get("text", "").strip() or given.get("title", "").strip()


def _categories(written: str) -> list[str]:
    """Return the categories of an outline; a slash begins a path (OPML 2.0, "category")."""
    return [category.strip().removeprefix("/") for category in written.split(",")]


# -- tags -------------------------------------------------------------------------------------


def _strict(text: str) -> list[Tag]:
    """Return the tags of XML. Raises ExpatError."""
    tags: list[Tag] = []
    parser = expat.ParserCreate("utf-8", None)
    parser.ordered_attributes = True

    def opened(name: str, pairs: list[str]) -> None:
        if _local(name) == "outline":
            named = zip(pairs[::2], pairs[1::2], strict=True)
            tags.append(("open", [(_local(key), value) for key, value in named], parser.CurrentLineNumber))

    def closed(name: str) -> None:
        if _local(name) == "outline":
            tags.append(("close", None, parser.CurrentLineNumber))

    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    parser.Parse(text.encode("utf-8", "replace"), True)
    return tags


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()


_TAG = re.compile(r"<!--|<!\[CDATA\[|<(/?)(?:\w{1,20}:)?outline(?=[\s/>\"'])", re.IGNORECASE)
_SPACE = re.compile(r"\s*")
_NAME = re.compile(r"[^\s=<>/\"']+")
_EQUALS = re.compile(r"\s{0,20}=\s{0,20}")
_BARE = re.compile(r"[^\s>\"']+")
_NEXT_TAG = re.compile(r"(?:/?>\s{0,200})?</?(?:outline|body|opml)\b", re.IGNORECASE)
_AFTER_TAG = re.compile(r"\s{0,2000}(?:\Z|<!|</?(?:\w{1,20}:)?(?:outline|head|body|opml)\b)", re.IGNORECASE)
_NEXT_NAME = re.compile(  # of an outline's attributes only: a title may end with "x="
    r"\s(?:\w{1,20}:)?(?:text|title|type|xmlUrl|htmlUrl|url|description|category|version|language)\s?=\s?\Z",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def _lenient(text: str) -> Iterator[Tag]:
    """Yield the tags of what was meant to be XML.

    A feed whose tag is left open holds nothing: its own closing tag, if it comes next, is left out.
    """
    at, line, counted, pending, comments = 0, 1, 0, False, True
    while tag := _TAG.search(text, at):
        at = tag.end()
        line += text.count("\n", counted, tag.start())
        counted = tag.start()
        if tag[1] is None:
            if tag[0] == "<!--" and comments:
                end = text.find("-->", at)
                comments = end >= 0  # one that is never closed is none, nor are those behind it
                at = max(end, at)
        elif tag[1]:
            if not pending:
                yield "close", None, line
            pending = False
        else:
            attributes, at, closed = _attributes(text, at)
            feed = bool(_addresses(attributes))
            pending = feed and not closed
            yield ("feed" if feed or closed else "open"), attributes, line


def _attributes(text: str, at: int) -> tuple[list[tuple[str, str]], int, bool]:
    """Return the attributes of a tag, where it ends, and whether it closes itself.

    A ">" ends it only if a tag follows: it may be of HTML in an attribute, `description="by <a href="…">me</a>"`.
    """
    found: list[tuple[str, str]] = []
    closed = False
    while (at := _after(_SPACE, text, at)) < len(text):
        if text[at] == ">":
            closed = text[at - 1] == "/"
            if _AFTER_TAG.match(text, at + 1):
                return found, at + 1, closed
        if text[at] == "<" and _TAG.match(text, at):
            return found, at, closed
        name = _NAME.match(text, at)
        if name is None:  # junk
            at += 1
            continue
        at = name.end()
        if equals := _EQUALS.match(text, at):
            value, at = _value(text, equals.end())
            found.append((_local(name[0]), _unescaped(value)))
    return found, at, closed


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _value(text: str, at: int) -> tuple[str, int]:
    """Return a value and where to go on: where its quote closes, or where it must have been meant to."""
    quote = text[at : at + 1]
    if quote not in {'"', "'"}:
        bare = _BARE.match(text, at)
        return (bare[0], bare.end()) if bare else ("", at)
    end = text.find(quote, at + 1, at + LONGEST)
    end = min(at + LONGEST, len(text)) if end < 0 else end
    if cut := _NEXT_TAG.search(text, at + 1, end) or _NEXT_NAME.search(text, at + 1, end):
        return text[at + 1 : cut.start()], cut.start()
    return text[at + 1 : end], end + 1


def _unescaped(value: str) -> str:
    """Return a value without its entities; an ampersand that begins none is itself, also in `&copy=1`."""
    return _ENTITY.sub(lambda entity: unescape(entity[0]), value)


# -- writing ----------------------------------------------------------------------------------


def write(listings: Iterable[Listing], *, title: str = "newsbell") -> str:
    """Return an OPML 2.0 text: folders are the first tags, categories the others.

    >>> print(write([Listing(url="http://a.org/rss", title="a.org", tags=("x", "y"))]).splitlines()[7].strip())
    <outline type="rss" text="a.org" title="a.org" xmlUrl="http://a.org/rss" category="y" />
    """
    root = ElementTree.Element("opml", version="2.0")
    ElementTree.SubElement(ElementTree.SubElement(root, "head"), "title").text = title
    folders: dict[tuple[str, ...], ElementTree.Element] = {(): ElementTree.SubElement(root, "body")}
    for listing in listings:
        path, categories = _split(listing.tags)
        label = listing.title or listing.url
        named = {"type": "rss", "text": label, "title": label, "xmlUrl": listing.url}
        if categories:
            named["category"] = ",".join(categories)
        ElementTree.SubElement(_folder(folders, path), "outline", named)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _split(tags: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the tags that are folders and those that are categories, which hold no comma and begin with no slash."""
    unfit = [number for number, tag in enumerate(tags) if "," in tag or tag.startswith("/")]
    folders = max([1, *(number + 1 for number in unfit)])
    return tags[:folders], tags[folders:]


def _folder(
    folders: dict[tuple[str, ...], ElementTree.Element], path: tuple[str, ...]
) -> ElementTree.Element:
    if path not in folders:
        above = _folder(folders, path[:-1])
        folders[path] = ElementTree.SubElement(above, "outline", text=path[-1], title=path[-1])
    return folders[path]
