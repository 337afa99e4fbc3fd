"""In which charset a body is written: what its bytes prove goes before what its labels say."""

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_BE, "utf-32be"),
    (codecs.BOM_UTF32_LE, "utf-32le"),
    (codecs.BOM_UTF16_BE, "utf-16be"),
    (codecs.BOM_UTF16_LE, "utf-16le"),
)
_STATED = re.compile(r";\s*charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})")
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_META_IN = 4_096  # bytes; the standard says 1,024, and writers do not count them
_NO_TEXT = frozenset(
    {"idna", "punycode", "undefined", "mbcs", "oem", "utf-7", "utf_7", "unicode_escape", "raw_unicode_escape"}
)
_CYRILLIC = re.compile(rb"[\xc0-\xff\xa3\xa5\xa8\xaa\xaf\xb2-\xb4\xb8\xba\xbf]{3,}")
_WIDER = {  # what browsers read for a label (WHATWG Encoding, 4.2): writers mean the superset
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "euc-kr": "cp949",
    "big5": "big5hkscs",
    "iso-8859-1": "windows-1252",
    "iso-8859-9": "windows-1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
}
_UTF8 = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})


def charset(body: bytes, content_type: str) -> str:
    """Return the charset of a body, "" where only the document's own declaration says it.

    A byte order mark goes first, then valid UTF-8 (no text in another charset is that by chance), then the
    header (RFC 7303 §3), then, where the labels are missing or disproved, a look at the letters.

    >>> charset("Київ".encode("cp1251"), ""), charset("Київ".encode(), "text/xml; charset=latin-1")
    ('windows-1251', 'utf-8')
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return name
    if b"\0" in body[:64]:
        return _zeros(body) or _stated(content_type)
    if body.isascii():
        return _stated(content_type)
    if _is_utf8(body):
        return "utf-8"
    labels = [label for label in (_stated(content_type), _declared(body)) if label and label not in _UTF8]
    return _WIDER.get(labels[0], labels[0]) if labels else _guessed(body)


def mended(body: bytes) -> bytes:
    """Return UTF-8 with a few broken characters as whole UTF-8, anything else as it is.

    A text cut by bytes, or one stray byte, must not turn a whole feed into another charset.

    >>> mended("Київ, Львів, Одеса".encode()[:-1]).decode()
    'Київ, Львів, Одес\ufffd'
    """
    if body.isascii() or body.startswith(tuple(mark for mark, _ in _BOMS[1:])) or _is_utf8(body):
        return body
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = len(text) - len(text.encode("ascii", "ignore")) - broken
    return text.encode() if broken * 10 <= whole else body


def decoded(body: bytes, content_type: str) -> str:
    """Return a body as text, for the kinds that read JSON and HTML: no bytes are refused, what is broken is U+FFFD.

    >>> decoded('{"title": "Київ"}'.encode("utf-16-le"), "application/json")
    '{"title": "Київ"}'
    """
    body = mended(body)
    name = charset(body, content_type) or _declared(body) or "utf-8"
    if name in _UTF8 and not _is_utf8(body):
        name = "windows-1252"  # of labels that are missing or disproved, what Western text is in
    return _decode(body, _WIDER.get(name, name)).removeprefix("\ufeff")


def _decode(body: bytes, name: str) -> str:
    try:
        return body.decode("windows-1252" if name in _NO_TEXT else name, "replace")
    except (LookupError, ValueError, TypeError):  # no charset has this name, or no text can be in it
        return body.decode("utf-8" if _is_utf8(body) else "windows-1252", "replace")


def _zeros(body: bytes) -> str:
    """Return the charset of UTF-16 or UTF-32 without a mark, whose first sign is ASCII (RFC 8259 would have it so)."""
    for start, name in ((b"\0\0\0", "utf-32be"), (b"\0", "utf-16be")):
        if body.startswith(start) and body[len(start) : len(start) + 1] != b"\0":
            return name
    if body[1:4] == b"\0\0\0":
        return "utf-32le"
    return "utf-16le" if body[1:2] == b"\0" else ""


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _stated(content_type: str) -> str:
    found = _STATED.search(content_type)
    return found[1].lower() if found else ""


def _declared(body: bytes) -> str:
    found = _DECLARED.match(body) or _META.search(body, 0, _META_IN)
    return found[1].decode().lower() if found else ""


def _guessed(body: bytes) -> str:
    """Return a Cyrillic charset if the high bytes come as words; in a Western text they stand alone.

    Small letters, which are most, are 0xE0-0xFF in windows-1251 and 0xC0-0xDF in KOI8.
    """
    high = sum(byte >= 0x80 for byte in body)
    words = b"".join(_CYRILLIC.findall(body))
    if len(words) * 2 < high:
        return ""
    cp1251, koi8 = (sum(byte >= low for byte in words) for low in (0xE0, 0xC0))
    return "windows-1251" if cp1251 >= koi8 - cp1251 else "koi8-u"
