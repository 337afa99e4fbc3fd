"""Where news comes from: one file a kind. A kind turns a body into entries and decides nothing.

A kind is one dataclass in `monitor/sources/<type>.py` (or an entry point of the group
`newsbell.sources`): its fields are its config keys, the file's name is the `type`.
"""

from typing import Protocol

from monitor.model import Parsed, Response


class ParseError(Exception):
    """The body is not what this kind reads; the text is one sentence for the user."""


class Kind(Protocol):
    """A way to read a body. Pure: run in a killable child, with garbage now and then."""

    def parse(self, response: Response) -> Parsed:
        """Return the entries in the order of the body, and where the rest of it is.

        Raises:
            ParseError: the body is not of this kind ("an HTML page, not a feed").
        """
