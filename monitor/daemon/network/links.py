"""What the Link fields of an HTTP answer name (RFC 8288)."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from monitor.core.text import web_url
from monitor.model import Hub

READ = 8_192  # characters of a field that are looked at
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}"
_TARGET = re.compile(r"[\s,]*<([^<>]{0,2048})>")
_PARAMETER = re.compile(rf'\s*;(?:\s*({_WORD})\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",;<>]*)))?)?')


def hub_of(field: str, base: str) -> Hub:
    """Return the hub and the topic that a Link field names (WebSub §4), the first of each.

    >>> hub_of('<https://hub.example/>; rel="hub", </feed>; rel=self', "https://a.example/rss")
    Hub(url='https://hub.example/', topic='https://a.example/feed')
    """
    found: dict[str, str] = {}
    for target, parameters in _links(field[:READ]):
        if "anchor" not in parameters:  # such a link is of another address
            for relation in parameters.get("rel", "").lower().split():
                found.setdefault(relation, _joined(base, target.strip()))
    return Hub(url=found.get("hub", ""), topic=found.get("self", ""))


def _links(field: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each target with its parameters, of those that come twice the first (RFC 8288 §3.3), up to what is none."""
    at = 0
    while link := _TARGET.match(field, at):
        at, parameters = link.end(), dict[str, str]()
        while parameter := _PARAMETER.match(field, at):
            at = parameter.end()
            name, quoted, bare = parameter.groups()
            if name:
                parameters.setdefault(name.lower(), re.sub(r"\\(.)", r"\1", quoted) if quoted else bare or "")
        yield link[1], parameters


def _joined(base: str, href: str) -> str:
    try:
        return web_url(urljoin(base, href))
    except ValueError:
        return ""
