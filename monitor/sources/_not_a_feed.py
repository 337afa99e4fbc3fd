"""What came in place of news: an empty body, a login page, a bot challenge, an error in JSON. One sentence each."""

import json
import re

from monitor.core.text import clean
from monitor.sources import ParseError

HEAD = 65_536  # bytes that are looked at
SAID = 120  # characters of a server's own words

_EMPTY = b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"
_PROLOGUE = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->|<!doctype[^>\[]*(?:\[.*?\]\s*)?>", re.I | re.S)
_ELEMENT = re.compile(rb"<([A-Za-z_][\w:.-]*)")
_HTML_TYPE = re.compile(rb"<!doctype\s+html", re.I)
_HTML_ROOTS = frozenset({"html", "head", "body", "title", "meta", "script", "div", "p", "h1", "center", "b"})
_HTML = re.compile(rb"<(?:html|head|body|div|p|h1)\b", re.I)
_XML = {
    "rss": "a feed",
    "rdf": "a feed",
    "feed": "a feed",
    "channel": "a feed",
    "opml": "an OPML list",
    "urlset": "a sitemap",
    "sitemapindex": "a sitemap index",
}
_PACKED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
_CHALLENGE = re.compile(
    rb"challenge-platform|cf-chl|cf_chl|just a moment\.\.\.|attention required! \| cloudflare|captcha-delivery|px-captcha|"
    rb"ddos-guard|_incapsula_|checking your browser|verify(?:ing)? you are (?:a )?human|errors\.edgesuite\.net",
    re.I,
)
_EVENT, _DATA = re.compile(rb":|(?:event|data|id|retry)\s?:"), re.compile(rb"^data:", re.M)
_KEY = re.compile(r"(?<![\w-])(?=[\w-]*\d)[\w-]{16,}")  # what a server repeats of the key it was asked with
_LOGIN = re.compile(rb"type\s*=\s*[\"']?password", re.I)


def refuse(body: bytes, wanted: str) -> ParseError:
    """Return the error for a body that is not what was wanted.

    >>> str(refuse(b"<!doctype html><input type=password>", "a feed"))
    'a login page, not a feed'
    """
    what = described(body)
    return ParseError(what if what == "an empty body" else f"{what}, not {wanted}")


def page_without(body: bytes, what: str) -> ParseError:
    """Return the error for an HTML page that has nothing of what was looked for in it.

    >>> str(page_without(b"<html><title>Just a moment...</title>", "a live blog"))
    'a bot challenge, not a live blog'
    """
    standing = blocked(beginning(body))
    return ParseError(f"{standing}, not {what}" if standing else f"an HTML page without {what}")


def check_not_empty(body: bytes) -> None:
    """Raise ParseError for an answer without a body: never "0 new items"."""
    if not body.strip(_EMPTY):
        raise ParseError("an empty body")


def described(body: bytes) -> str:
    """Return what a body is, in words.

    >>> [described(body) for body in (b"", b"<urlset/>", b'{"message": "No route"}', b"Service unavailable")]
    ['an empty body', 'a sitemap', 'JSON that says "No route"', 'plain text']
    """
    if not body.strip(_EMPTY):
        return "an empty body"
    if body.startswith(_PACKED):
        return "compressed data"
    head = beginning(body)
    root = root_of(head)
    if _EVENT.match(head) and _DATA.search(head):
        return 'a stream of events (read with type = "sse")'
    if is_html(head):
        return blocked(head) or "an HTML page"
    if root in _XML:
        return _XML[root]
    if head[:1] in (b"{", b"["):
        said = json_error(body)
        return f'JSON that says "{said}"' if said else "JSON"
    if root:
        return f"an XML document of <{root[:40]}>"
    return "binary data" if _is_binary(body[:4_096]) else "plain text"


def beginning(body: bytes) -> bytes:
    """Return the head of a body as ASCII reads it, in UTF-16 too, without what stands before its first sign."""
    return body[:HEAD].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")


def root_of(head: bytes) -> str:
    """Return the local name of the first element, lower case, "" if there is none.

    >>> root_of(b"<?xml version='1.0'?><!-- c --><rdf:RDF>")
    'rdf'
    """
    at = 0
    while passed := _PROLOGUE.match(head, at):
        at = passed.end()
    found = _ELEMENT.match(head, at)
    return found[1].decode("ascii", "replace").lower().rpartition(":")[2] if found else ""


def is_html(head: bytes) -> bool:
    """Tell whether this is the beginning of an HTML page, or of a piece of one."""
    root = root_of(head)
    if root in _HTML_ROOTS or _HTML_TYPE.match(head):
        return True
    return not root and head[:1] not in (b"{", b"[") and _HTML.search(head) is not None


def blocked(head: bytes) -> str:
    """Return what an HTML page stands in the way with, "" if it is an ordinary one.

    Ordinary pages may hold a password field too: ask only where the page has nothing of what was wanted.
    """
    if _CHALLENGE.search(head):
        return "a bot challenge"
    return "a login page" if _LOGIN.search(head) else ""


def json_error(body: bytes) -> str:
    """Return what a JSON body gives as its error (WordPress, Ghost, RFC 9457 and their like), "" if nothing.

    What looks like a key is left out.

    >>> json_error(b'{"errors": [{"message": "Unknown Content API Key"}]}')
    'Unknown Content API Key'
    >>> json_error(b'{"message": "no such key: 0a1b2c3d4e5f6a7b8c9d"}')
    'no such key: …'
    """
    try:
        value: object = json.loads(body[:HEAD])
    except (ValueError, RecursionError):
        return ""
    for name in ("errors", "error"):
        if isinstance(value, dict) and value.get(name):
            value = value[name]
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        names = ("message", "detail", "error", *(["title"] if "status" in value else []))
        value = next((value[name] for name in names if value.get(name)), "")
    return _KEY.sub("…", clean(value[:1_000]))[:SAID] if isinstance(value, str) else ""


def _is_binary(head: bytes) -> bool:
    return b"\0" in head or sum(byte < 9 or 13 < byte < 32 for byte in head) * 20 > len(head)
