"""Selectors for an element that survive the site's next build: what of its names says something, what is a hash."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

NAMING = (
    "data-testid",
    "data-test",
    "data-dot",
    "data-e2e",
    "data-qa",
    "data-component",
    "itemprop",
)  # attributes

_WORDS = re.compile(r"[A-Za-z][A-Za-z_-]{2,39}")
_MODULE = re.compile(
    r"(?P<said>[A-Za-z][\w-]*_[\w-]+?__)(?P<hash>[\w-]{5,8})"
)  # CSS modules: Teaser_link__ywD5b
_PREFIXED = re.compile(r"[a-z]{1,8}-[0-9a-f]{6,8}(?P<said>_[a-z]\w{2,})")  # nb-9d6383c7_listitem
_MADE = re.compile(
    r"(?:css|sc|jsx|svelte|emotion|styled|astro|v|ng)-.*|.*\d.*\d.*|[a-zA-Z]{1,3}_[a-zA-Z0-9_-]{1,4}|.{1,2}|_.*"
)
_STATES = frozenset(
    [
        "active",
        "first",
        "last",
        "odd",
        "even",
        "hidden",
        "visible",
        "loaded",
        "lazy",
        "clearfix",
        "row",
        "item-first",
        "item-last",
        "no-image",
    ]
)


def marks(node: LexborNode) -> Iterator[str]:
    """Yield selectors of an element, the most telling first, its bare tag last."""
    attributes = node.attributes
    for name in NAMING:
        value = attributes.get(name) or ""
        if _WORDS.fullmatch(value):
            yield f'[{name}="{value}"]'
    for token in (attributes.get("class") or "").split():
        if mark := of_class(token):
            yield mark
    yield node.tag or "*"


def of_class(token: str) -> str:
    """Return a selector for one class, without the hash that a build put into it; "" where nothing is left.

    >>> of_class("archiveCard__title"), of_class("ListTeaser_list-teaser__link__ywD5b")
    ('.archiveCard__title', '[class*="ListTeaser_list-teaser__link__"]')
    >>> of_class("nb-9d6383c7_defaultlistitem"), of_class("c_kk"), of_class("css-1q2w3e")
    ('[class*="_defaultlistitem"]', '', '')
    """
    if found := _MODULE.fullmatch(token) or _hashed(token):
        return f'[class*="{found["said"]}"]'
    if found := _PREFIXED.fullmatch(token):
        return f'[class*="{found["said"]}"]'
    if token in _STATES or _MADE.fullmatch(token) or not re.fullmatch(r"[A-Za-z][\w-]*", token):
        return ""
    return f".{token}"


def _hashed(token: str) -> re.Match[str] | None:
    """Match `text-module__0GDob`: what stands behind the last __ is no word."""
    found = re.fullmatch(r"(?P<said>[A-Za-z][\w-]*?__)(?P<hash>[A-Za-z0-9-]{5,8})", token)
    if found is None or not re.search(r"\d|[a-z-][A-Z]|[A-Z]{2}", found["hash"]):
        return None
    return found if re.search(r"\d|[A-Z]", found["hash"][1:]) else None
