"""What the Link fields of an HTTP answer name (RFC 8288)."""

import re
from urllib.parse import urljoin

from monitor.core.text import web_url
from monitor.model import Hub

READ = 8_192  # characters of a field that are looked at
_LINK = re.compile(r"<([^<>]{1,2048})>((?:\s*;\s*[A-Za-z*-]+\s*(?:=\s*(?:\"[^\"]*\"|[^\s\",;<>]+))?)*)")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s\",;<>]+))", re.IGNORECASE)


def hub_of(field: str, base: str) -> Hub:
    """Return the hub and the topic that a Link field names (WebSub §4), the first of each.

    >>> hub_of('<https://hub.example/>; rel="hub", </feed>; rel=self', "https://a.example/rss")
    Hub(url='https://hub.example/', topic='https://a.example/feed')
    """
    found: dict[str, str] = {}
    for href, parameters in _LINK.findall(field[:READ]):
        if rel := _REL.search(parameters):
            for name in (rel[1] or rel[2]).lower().split():
                found.setdefault(name, _joined(base, href.strip()))
    return Hub(url=found.get("hub", ""), topic=found.get("self", ""))


def _joined(base: str, href: str) -> str:
    try:
        return web_url(urljoin(base, href))
    except ValueError:
        return ""
