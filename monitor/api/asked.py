"""What a request asks for: its query parameters, each held to what it may be. A mistake is one sentence, 400."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches

from monitor.rules.errors import QueryError
from monitor.rules.patterns import inflection
from monitor.rules.query.aliases import Aliases
from monitor.rules.query.language import parse
from monitor.rules.query.tree import Query

MOST = 500  # objects in one answer
USUAL = 50
QUERY = 4_000  # characters of a query
NO_CURSOR = "cursor: must be `next` of the page before, of the same list"


class Mistake(Exception):
    """A request that asks for what there is not; the text says what would be right."""


class Asked:
    """The parameters of one request; `known` are those that its route takes."""

    def __init__(self, given: Sequence[tuple[str, str]], known: Sequence[str]) -> None:
        """Take them; raises Mistake for one that is unknown or stands twice."""
        self._given: Mapping[str, str] = dict(given)
        for name, _ in given:
            if name not in known:
                near = get_close_matches(name[:100], known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(known)) or 'none'}"
                raise Mistake(f"{name[:100]}: there is no such parameter ({hint})")
        if len(self._given) < len(given):
            raise Mistake("a parameter stands twice")

    def text(self, name: str) -> str:
        """Return a parameter, "" where it is not given."""
        return self._given.get(name, "")

    def number(self, name: str, usual: int, *, least: int = 1, most: int = MOST) -> int:
        """Return a whole number."""
        said = self._given.get(name, str(usual))
        if not (said.isascii() and said.isdigit() and len(said) < 16 and least <= int(said) <= most):
            raise Mistake(f"{name}: must be a number from {least} to {most}")
        return int(said)

    def truth(self, name: str) -> bool:
        """Return whether it is "true"; not given is false."""
        said = self._given.get(name, "false")
        if said not in {"true", "false"}:
            raise Mistake(f"{name}: must be true or false")
        return said == "true"

    def instant(self, name: str) -> datetime | None:
        """Return an instant, None where it is not given."""
        if name not in self._given:
            return None
        try:
            at = datetime.fromisoformat(self._given[name])
            at = at.astimezone(UTC) if at.tzinfo else at
        except (ValueError, OverflowError):  # the first hours of year 1, east of Greenwich, are none of UTC
            raise Mistake(f"{name}: must be an instant, as in 2026-11-24T14:05:00Z") from None
        if at.tzinfo is None:
            raise Mistake(f"{name}: must have its offset, as in 2026-11-24T14:05:00Z")
        return at

    def query(self, name: str, yours: Aliases) -> Query | None:
        """Return a query of the rules' language, None where it is not given; it may call `yours` beside the shipped aliases."""
        said = self.text(name)
        if not said:
            return None
        if len(said) > QUERY:
            raise Mistake(f"{name}: may have {QUERY:,} characters, and this one has {len(said):,}")
        try:
            query = parse(said, yours)
        except QueryError as error:
            hint = f" ({error.hint})" if error.hint else ""
            raise Mistake(f"{name}: character {error.column}: {error.message}{hint}") from None
        inflection.look_up(query.inflected)  # here, not while the store is read, which others wait for
        return query

    def cursor(self, kind: str) -> str:
        """Return what a cursor of `kind` stands for, "" where none is given."""
        if not self.text("cursor"):
            return ""
        try:
            said = base64.urlsafe_b64decode(self.text("cursor").encode() + b"==").decode()
        except (binascii.Error, ValueError):
            said = ""
        if not said.startswith(f"{kind}:"):
            raise Mistake(NO_CURSOR)
        return said.removeprefix(f"{kind}:")


def place(said: str) -> int | None:
    """Return the place in the store that a text is, None where it can be none.

    >>> place("42"), place("²"), place("9" * 30)
    (42, None, None)
    """
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else None


def cursor(kind: str, place: object) -> str:
    """Return a cursor for whoever asks for the next page; what is in it may change at any time.

    >>> Asked([("cursor", cursor("items", 42))], ["cursor"]).cursor("items")
    '42'
    """
    return base64.urlsafe_b64encode(f"{kind}:{place}".encode()).decode().rstrip("=")
