"""Where news comes from: one file a kind. A kind turns a body into entries and decides nothing.

A kind is one dataclass in `monitor/sources/<type>.py` (or an entry point of the group
`newsbell.sources`): its fields are its config keys, the file's name is the `type`. Files that begin
with `_` are parts that kinds share. A kind whose keys all have defaults may also tell its bodies from others:
then an address alone is enough (`auto`). One with `robots = True` reads what was made for people: robots.txt has a say. One with
`streams = True` reads what is pushed on a connection that is kept open: a body is then the events that came together.
"""

from typing import Protocol

from monitor.model import Parsed, Response


class ParseError(Exception):
    """The body is not what this kind reads; the text is one sentence for the user."""


class UnreadError(ParseError):
    """Nobody came to read the body, which says nothing about it: another time somebody may."""


class Kind(Protocol):
    """A way to read a body. Pure: run in a killable child, with garbage now and then."""

    def parse(self, response: Response) -> Parsed:
        """Return the entries in the order of the body, and where the rest of it is.

        Raises:
            ParseError: the body is not of this kind ("an HTML page, not a feed").
        """


class Recogniser(Protocol):
    """A kind that knows its own bodies when it sees them; `recognises` is a static method."""

    def recognises(self, body: bytes) -> int:
        """Return how sure it is that `body` is of its kind: 0 not at all, 1 by its looks, 2 by what it says itself.

        Cheap: every body without a `type` is shown to every kind.
        """
