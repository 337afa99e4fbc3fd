"""What strangers wrote, made safe: markup taken off, and nothing left that a terminal or a log obeys."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING
from unicodedata import category, normalize
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from monitor.model import Entry, RawDate

TEXT_CHARS = 65_536  # of a title or a summary
LABEL_CHARS = 500  # of an author, a tag or a date as written
KEY_CHARS = 1_024  # of an identity key; a longer one is hashed, never cut
URL_CHARS = 2_048
TAGS = 100  # of one entry
MARKS = 4  # combining marks on one base; more is "zalgo"

# Never shown, and able to hide or reorder what is: C0, DEL and C1 (but not the whitespace among them), soft
# hyphen, bidi marks, embeddings, overrides and isolates, zero-width and invisible format characters, fillers,
# interlinear marks, variation bytes outside IVS, the tags block, noncharacters. Removed, not replaced, so that a
# word split by one still matches. U+200C and U+200D are judged by what stands before them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17))
    + "]+"
)
_JOINERS = "\u200c\u200d"
# Scripts that are written with joiners (Hebrew to Vedic, the Indic and Arabic extensions), and emoji.
_JOINING = re.compile(
    "[\u0590-\u1cff\u2190-\u2bff\ua800-\uabff\ufb1d-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00011fff\U0001e900-\U0001eeff\U0001f000-\U0001faff]"
)


def clean(text: str) -> str:
    r"""Return `text` in one line and in NFC, without anything that acts instead of being read.

    Controls, bidi controls and invisible characters go, lone surrogates become U+FFFD, runs of whitespace
    one space, and a base keeps at most four combining marks. Joiners stay where a script or an emoji
    needs them. Linear in the length; cleaning twice changes nothing.

    >>> clean("\x1b[31mRed\x1b[0m   \u202eAlert\n")
    '[31mRed[0m Alert'
    """
    if text.isascii():
        return " ".join((text if text.isprintable() else _UNSEEN.sub("", text)).split())
    text = _UNSEEN.sub("", _paired(text))
    # Marks first: NFC sorts each run of them by insertion, in quadratic time; and again, for it may part some.
    return _settled(normalize("NFC", " ".join(_settled(text).split())))


def _paired(text: str) -> str:
    """Join surrogate pairs; a lone surrogate becomes U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _settled(text: str) -> str:
    """Drop surplus marks, marks without a base, and joiners where the base needs none or nothing follows."""
    if max(text, default="") < "\u0300":  # where marks begin
        return text
    kept: list[str] = []
    base, marks = " ", MARKS
    for char in text:
        if char in _JOINERS:
            if not _JOINING.match(base) or kept[-1] in _JOINERS:
                continue
        elif char >= "\u0300" and category(char) in {"Mn", "Me"}:
            marks += 1
            if marks > MARKS:
                continue
        else:
            base, marks = char, 0
            if char.isspace():
                marks = MARKS
                _drop_joiners(kept)
        kept.append(char)
    _drop_joiners(kept)
    return "".join(kept)


def _drop_joiners(kept: list[str]) -> None:
    while kept and kept[-1] in _JOINERS:
        kept.pop()


# -- markup -----------------------------------------------------------------------------------

_INLINE = re.compile(
    "a|abbr|acronym|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|ins|kbd|mark|nobr|q|rp|rt|ruby|s|samp|"
    "small|span|strike|strong|sub|sup|time|tt|u|var|wbr"
)
_UNREAD = frozenset({"script", "style", "template"})  # their content is not text
_MARKUP = re.compile(
    r"</[a-z]|<(?:p|br|hr|img|div|li|ul|a|b|i|em|strong|span|!--|!\[CDATA\[)[\s/>\-\[]|<[a-z]{1,12}\s{1,9}[a-z-]{1,24}=[\"']|&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}[0-9]{0,2});",
    re.IGNORECASE,
)
_TAG = re.compile(r"<(?:(/?)([A-Za-z][\w:.-]{0,40})(?=[\s/>])|(!--)|(!\[CDATA\[)|([!?]))")
_TAG_PART = re.compile(r"""[>"']""")
_LONG_NUMBER = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{8,});?")  # int() refuses 4,300 digits


def has_markup(text: str) -> bool:
    """Tell whether `text` is meant as HTML: a closing tag, one with an attribute, a common empty one or an entity.

    >>> has_markup("5 < 6 & 7 > 6"), has_markup("AT&amp;T")
    (False, True)
    """
    return _MARKUP.search(text) is not None


def plain(markup: str) -> str:
    """Return what a reader of this HTML reads: tags off, entities decoded, one line.

    Text that was escaped twice is decoded twice. Scripts, styles and comments go; a block becomes a space.
    An unclosed script, comment or quote hides nothing that follows it. Linear in the length.

    >>> plain("<p>AT&amp;amp;T &lt;b&gt;up&lt;/b&gt;</p><script>x()</script>5 < 6")
    'AT&T up 5 < 6'
    """
    text = _stripped(markup)
    if has_markup(text):
        text = _stripped(text)
    return " ".join(text.split())


def _stripped(markup: str) -> str:
    if "<" in markup:
        markup = "".join(_Scan(markup).pieces())
    if "&" in markup:
        markup = html.unescape(_LONG_NUMBER.sub("\ufffd", markup))
    return markup


class _Scan:
    """One pass over HTML. What was looked for in vain once is not looked for again: that keeps it linear."""

    def __init__(self, markup: str) -> None:
        self._markup = markup
        self._vain: set[str] = set()  # terminators that do not occur in the rest
        self._quotes = True  # whether quotes shield a ">"

    def pieces(self) -> Iterator[str]:
        at = 0
        while tag := _TAG.search(self._markup, at):
            yield self._markup[at : tag.start()]
            at, text = self._after(tag)
            yield text
        yield self._markup[at:]

    def _after(self, tag: re.Match[str]) -> tuple[int, str]:
        """Return where the reading goes on, and the text that stands for the tag."""
        closing, name, comment, cdata, _ = tag.groups()
        if comment or cdata:
            end = self._find("-->" if comment else "]]>", tag.end())
            if end < 0:
                return tag.end(), " "
            return end + 3, self._markup[tag.end() : end] if cdata else " "
        end = self._tag_end(tag.end())
        if end < 0:
            return tag.end(), tag[0]  # never closed: it was text
        name = (name or "").lower()
        if name in _UNREAD and not closing:
            return self._after_unread(name, end), " "
        return end, "" if _INLINE.fullmatch(name) else " "

    def _after_unread(self, name: str, at: int) -> int:
        if f"</{name}" in self._vain:
            return at
        close = re.compile(f"</{name}(?=[\\s/>])", re.IGNORECASE).search(self._markup, at)
        if close is None:
            self._vain.add(f"</{name}")
            return at
        return close.start()

    def _tag_end(self, at: int) -> int:
        """Return the index after the tag's ">", -1 if there is none."""
        start, quote_mark = at, ""
        while self._quotes and (part := _TAG_PART.search(self._markup, at)):
            at = part.end()
            if quote_mark:
                quote_mark = "" if part[0] == quote_mark else quote_mark
            elif part[0] == ">":
                return at
            else:
                quote_mark = part[0]
        self._quotes = False  # one was left open: from here on they are ordinary characters
        return self._find(">", start) + 1 or -1

    def _find(self, what: str, at: int) -> int:
        end = -1 if what in self._vain else self._markup.find(what, at)
        if end < 0:
            self._vain.add(what)
        return end


# -- entries ----------------------------------------------------------------------------------

_URL_UNSAFE = re.compile(r"[\s\"<>\\^`{|}\u200c\u200d]|" + _UNSEEN.pattern)


def web_url(url: str) -> str:
    """Return `url` if it is an absolute http or https address of at most 2,048 characters, else "".

    What is invisible or would end an address early is percent-encoded.

    >>> web_url(" https://example.org/a b "), web_url("javascript:alert(1)")
    ('https://example.org/a%20b', '')
    """
    url = re.sub(r"[\t\n\r]", "", _paired(url).strip(" \t\n\r\f\v\x00"))  # WHATWG URL, 4.4
    if len(url) > URL_CHARS or not url[:8].lower().startswith(("http:/", "https:/")):
        return ""
    url = _URL_UNSAFE.sub(lambda unsafe: quote(unsafe[0]), url)
    if _settled(url) != url:  # piled-up marks
        url = quote(url, safe="%/:?#[]@!$&'()*+,;=")
    try:
        return url if urlsplit(url).hostname and len(url) <= URL_CHARS else ""
    except ValueError:
        return ""


def text_key(title: str, summary: str) -> str:
    """Return the identity key of an entry that has neither an id nor an address.

    >>> text_key("Big  News", "") == text_key("big news", "")
    True
    """
    words = clean(f"{title}\n{summary}").casefold()
    return f"text:{sha256(words.encode()).hexdigest()[:32]}"


def cleaned(entry: "Entry") -> "Entry":
    """Return `entry` with every text of it clean and within bounds, whoever made it."""
    title, summary = _bounded(entry.title, TEXT_CHARS), _bounded(entry.summary, TEXT_CHARS)
    keys = [key for key in map(_clean_key, entry.keys) if key]
    tags = (_bounded(tag, LABEL_CHARS) for tag in entry.tags[:TAGS])
    return replace(
        entry,
        keys=tuple(dict.fromkeys(keys)) or (text_key(title, summary),),
        title=title,
        summary=summary,
        url=web_url(entry.url),
        author=_bounded(entry.author, LABEL_CHARS),
        tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
        dates=tuple(_clean_date(date) for date in entry.dates[:8]),
    )


def _bounded(text: str, chars: int) -> str:
    return clean(text[: 2 * chars])[:chars].rstrip()


def _clean_key(key: str) -> str:
    """Return the key, hashed if it is long, "" if it names nothing."""
    kind, _, value = key.partition(":")
    value = web_url(value) if kind == "url" else clean(value)
    if len(value) > KEY_CHARS and kind != "url":
        value = f"sha256-{sha256(value.encode()).hexdigest()}"
    return f"{clean(kind)}:{value}" if value else ""


def _clean_date(date: "RawDate") -> "RawDate":
    return replace(
        date,
        text=_bounded(date.text, LABEL_CHARS),
        parsed=clean(date.parsed[:40]),
        day=_bounded(date.day, LABEL_CHARS),
    )
