"""An address without a `type`: its body decides how it is read."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import cast

from monitor import kinds
from monitor.model import Parsed, Response
from monitor.sources import Kind, ParseError
from monitor.sources._gzip import unpacked
from monitor.sources._not_a_feed import beginning, blocked, is_html

Recognises = Callable[[bytes], int]

PAGE = "an HTML page, not a feed (`newsbell add URL` looks for its feed, or for rows to read)"


@dataclass(frozen=True, slots=True)
class Auto:
    """Whatever the body is: a feed, a JSON Feed, a sitemap, items in JSON. This is how an address alone is read."""

    def parse(self, response: Response) -> Parsed:
        """Return what the kind says that recognises the body best; a feed is tried otherwise.

        Raises:
            ParseError: no kind that needs no keys reads it.
        """
        response = replace(response, body=unpacked(response.body))
        try:
            return _kind(response.body).parse(response)
        except ParseError as error:
            head = beginning(response.body)
            if str(error) == "an HTML page, not a feed" and is_html(head) and not blocked(head):
                raise ParseError(PAGE) from error
            raise


def _kind(body: bytes) -> Kind:
    """Return the kind that is surest of the body, the first of equals."""
    sure, best = 0, "feed"
    for name, recognises in _recognisers():
        with suppress(Exception):  # somebody else's: it may not keep all others from being read
            if (now := recognises(body)) > sure:
                sure, best = now, name
    return cast(Kind, kinds.load("monitor.sources", "newsbell.sources", best)())


@cache
def _recognisers() -> tuple[tuple[str, Recognises], ...]:
    return tuple(_found())


def _found() -> Iterator[tuple[str, Recognises]]:
    for name in kinds.names("monitor.sources", "newsbell.sources"):
        try:
            recognises = getattr(kinds.load("monitor.sources", "newsbell.sources", name), "recognises", None)
        except Exception:  # noqa: S112 -- somebody else's module; only who asks for it by name is told
            continue
        if recognises is not None:
            yield name, recognises
