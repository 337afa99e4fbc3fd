"""Selectors of a page: CSS, `@attribute` behind it, alternatives with `|`. What a user writes under `select`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from monitor.core.text import TEXT_CHARS

LONGEST = 1_000  # characters of one key's selectors
ALTERNATIVES = 8  # of one key
NODES = 50  # of one alternative that are tried in a row

# What does not part the alternatives: a bracket, a pair of parentheses, a quoted text, an escaped sign.
_PART = re.compile(
    r"""\[(?:[^\]"']|"[^"]*"|'[^']*')*\]|"[^"]*"|'[^']*'|\\.|[|()@]|[^\[\]"'\\|()@]+|.""", re.S
)
_ATTRIBUTE = re.compile(r"[A-Za-z_:][\w:.-]*")


@dataclass(frozen=True, slots=True)
class Pick:
    """One alternative: where to look in a row, and what to take there."""

    css: str  # "" = the row itself
    attribute: str = ""  # "" = the text that a reader sees

    def texts(self, row: LexborNode, unread: frozenset[int] = frozenset()) -> Iterator[str]:
        """Yield what is found, without what is empty; `unread` are the elements that are no part of the row."""
        for node in row.css(self.css)[:NODES] if self.css else [row]:
            if unread and _within(node, row, unread):
                continue
            found = node.attributes.get(self.attribute) if self.attribute else read(node, unread)
            if found and found.strip():
                yield found.strip()


def _within(node: LexborNode, row: LexborNode, unread: frozenset[int]) -> bool:
    """Tell whether an element of a row is in one that is no part of it."""
    at: LexborNode | None = node
    while at is not None and at.mem_id != row.mem_id:
        if at.mem_id in unread:
            return True
        at = at.parent
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """Where in a page the rows are, and where in a row its parts. All but `item` are looked for inside a row."""

    item: str  # a row of the list
    time: str = ""  # its date; every alternative that is there counts, best first
    title: str = ""  # its headline; without one the first sentence of its text is taken
    summary: str = ""  # its text
    link: str = ""  # its address; a row without one has the page's
    day: str = ""  # a divider above rows, or a part of some, that names the day of the rows below
    id: str = ""  # an attribute or a text that stays the same when the row is edited
    author: str = ""  # who wrote it
    badge: str = ""  # parts of a row that no text includes: "Photo", "Premium"

    def __post_init__(self) -> None:
        """Raise ValueError, "key: what is wrong with it", for selectors that cannot be."""
        for name in (*(field.name for field in fields(self) if field.name != "item"), "item"):
            if text := getattr(self, name):
                _check(name, text)
        if not self.item:
            raise ValueError('item: is empty; write it as in ".news li"')


def _check(name: str, text: str) -> None:
    try:
        picks = parse(text)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    for pick in picks:
        if name in {"item", "day", "badge"} and (pick.attribute or not pick.css):
            raise ValueError(f"{name}: selects elements, not an attribute of them")
    if name == "link" and not any(pick.attribute for pick in picks):
        raise ValueError(
            f'link: selects elements; say which attribute holds the address, as in "{text}@href"'
        )


@lru_cache(maxsize=512)
def parse(text: str) -> tuple[Pick, ...]:
    """Return the alternatives of a selector. Raises ValueError with a sentence.

    >>> parse("time@datetime | .time")
    (Pick(css='time', attribute='datetime'), Pick(css='.time', attribute=''))
    >>> parse("a[href*='|@']@href | @data-id | .")
    (Pick(css="a[href*='|@']", attribute='href'), Pick(css='', attribute='data-id'), Pick(css='', attribute=''))
    """
    if len(text) > LONGEST:
        raise ValueError(f"is longer than {LONGEST:,} characters")
    parts = [part.strip() for part in _split(text)]
    if len(parts) > ALTERNATIVES:
        raise ValueError(f"has more than {ALTERNATIVES} alternatives")
    return tuple(_pick(part) for part in parts)


def _split(text: str, sign: str = "|") -> list[str]:
    """Split at each `sign` that stands outside brackets, parentheses and quotes."""
    parts, depth = [""], 0
    for piece in _PART.findall(text):
        depth += (piece == "(") - (piece == ")")
        if piece == sign and depth == 0:
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def _pick(part: str) -> Pick:
    if not part:
        raise ValueError("has an empty alternative; write a CSS selector on each side of |")
    css, *attributes = (piece.strip() for piece in _split(part, "@"))
    if len(attributes) > 1 or (attributes and not _ATTRIBUTE.fullmatch(attributes[0])):
        raise ValueError(f'{part!r}: behind @ stands the name of one attribute, as in "a@href"')
    css = "" if css == "." else css
    if css:
        compiled(css)
    return Pick(css, attributes[0].lower() if attributes else "")


def compiled(css: str) -> str:
    """Return `css` if it is a selector. Raises ValueError with a sentence.

    >>> compiled("li:nth-child(")
    Traceback (most recent call last):
    ValueError: 'li:nth-child(' is no CSS selector that is known here
    """
    try:
        LexborHTMLParser("<p>").css(css)
    except (SelectolaxError, ValueError) as error:
        raise ValueError(f"{css!r} is no CSS selector that is known here") from error
    return css


def joined(*texts: str) -> str:
    """Return one CSS selector for elements that any of `texts` selects."""
    return ", ".join(pick.css for text in texts if text for pick in parse(text))


# -- text -------------------------------------------------------------------------------------

_INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "label",
        "mark",
        "nobr",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
    ]
)
_UNREAD = frozenset({"script", "style", "template", "noscript", "svg"})


def read(node: LexborNode, unread: frozenset[int] = frozenset()) -> str:
    """Return the text of an element as a reader sees it, in one line; `unread` are parts in it that do not count.

    Parts that only their style keeps apart are parted here: a kicker is not glued to its headline.
    """
    text, kept = _Text(), 0
    for part, leaving in _walk(node, unread):
        if part.is_text_node:
            found = part.text_content or ""
            text.add(found)
            kept += len(found)
            if kept > TEXT_CHARS:
                break
        elif part.tag not in _INLINE:
            text.space()
        else:
            text.edge(leaving=leaving)
    return " ".join("".join(text.pieces).split())


def _walk(node: LexborNode, unread: frozenset[int]) -> Iterator[tuple[LexborNode, bool]]:
    """Yield text nodes once, elements when they begin and (True) when they end; not what is unread."""
    open_: list[LexborNode] = []
    part: LexborNode | None = node
    while part is not None:
        inside = None
        if part.is_text_node:
            yield part, False
        elif part.is_element_node and part.tag not in _UNREAD and (part is node or part.mem_id not in unread):
            yield part, False
            inside = part.child
            if inside is None:
                yield part, True
        if inside is not None:
            open_.append(part)
            part = inside
            continue
        part = part.next if open_ else None
        while part is None and open_:
            ended = open_.pop()
            yield ended, True
            part = ended.next if open_ else None


class _Text:
    """Text that grows, and knows whether an element ended and another began since its last word."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._ended = self._began = False

    def space(self) -> None:
        self.pieces.append(" ")

    def edge(self, *, leaving: bool) -> None:
        self._ended |= leaving
        self._began |= not leaving

    def add(self, text: str) -> None:
        if self.pieces and (self._ended or self._began):
            both = self._ended and self._began
            if _touch(self.pieces[-1], text, both=both):
                self.space()
        if text:
            self.pieces.append(text)
            self._ended = self._began = False


def _touch(before: str, behind: str, *, both: bool = True) -> bool:
    """Tell whether two words touch that are no halves of one; `both`: one element ended and another began.

    >>> _touch("Premium", "Fire"), _touch("18.47", "Fire"), _touch("F", "ire"), _touch("wor", "ds")
    (True, True, False, False)
    """
    last, first = before[-1:], behind[:1]
    if not (last.isalnum() and first.isalnum()) or len(before) < 2:
        return False
    if not both:
        return last.islower() and first.isupper()
    return last.islower() != first.islower() or last.isdigit() != first.isdigit()


# -- pages that would take for ever -----------------------------------------------------------

DEEPEST = 1_000  # elements inside each other; browsers stop at 512
LOOSE = 8_192  # bytes of one tag that are no quoted text

_TAG = re.compile(rb"<(?:(/)?([a-zA-Z][^\s/>]{0,30})|(!--))")
_QUOTED = re.compile(rb"\"[^\"]*\"|'[^']*'")
_SHALLOW = frozenset(
    b"p li dt dd td th tr tbody thead tfoot option optgroup colgroup col br hr img input meta link source area base embed "
    b"track wbr path rect circle line use polygon body html head".split()
)
_RAW = frozenset({b"script", b"style", b"textarea", b"title", b"noscript", b"iframe", b"svg"})


def too_much(body: bytes) -> str:
    """Return what about the body would keep the HTML library busy for ever, "" if nothing.

    Its time grows with the square of the depth of a page and of the attributes of one tag (lexbor, measured).
    Linear in the length.

    >>> too_much(b"<div>" * 2_000), too_much(b"<div></div>" * 2_000)
    ('nested too deeply to read', '')
    """
    depth = at = 0
    gone: set[bytes] = set()  # closings that do not occur in the rest
    while tag := _TAG.search(body, at):
        if tag[3]:
            at = _behind(body, b"-->", tag.end(), gone)
            continue
        at = _behind(body, b">", tag.end(), gone)
        inside = body[tag.end() : at if at > tag.end() else None]
        if len(inside) > LOOSE and len(_QUOTED.sub(b"", inside)) > LOOSE:
            return "a tag with too many attributes to read"
        if b">" in gone:
            return ""
        name = tag[2].lower()
        if not tag[1] and name in _RAW:
            at = _behind(body, b"</" + name, at, gone)
        elif name not in _SHALLOW:
            depth = max(depth + (-1 if tag[1] else 1), 0)
            if depth > DEEPEST:
                return "nested too deeply to read"
    return ""


def _behind(body: bytes, end: bytes, at: int, gone: set[bytes]) -> int:
    """Return the index behind `end`, `at` where it does not come any more."""
    found = -1 if end in gone else body.find(end, at)
    if found < 0:
        gone.add(end)
        return at
    return found + len(end)
