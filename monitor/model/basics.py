"""What every value may hold: a clock's protocol, how loud, what never shows itself, what is to hold of an alert."""

from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol

from monitor.values import dataclass


class Clock(Protocol):
    """Time as it is stored and waited for; tests move it. IO deadlines use real monotonic time."""

    def now(self) -> datetime:
        """Return the present instant, aware, UTC."""

    async def sleep_until(self, at: datetime) -> None:
        """Return when `at` has come."""


class Severity(StrEnum):
    """How loud a rule rings."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def mark(self) -> str:
        """Return the glyph that tells it where there is no colour."""
        return {"info": "○", "warning": "●", "critical": "▲"}[self.value]

    @property
    def loudness(self) -> int:
        """Return a number that is higher the louder it is."""
        return [*Severity].index(self)


class Secret:
    """A text that never shows itself: not in repr, logs, errors or JSON."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text, for the one place that sends it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


MatcherOp = Literal["=", "!=", "=~", "!~"]


@dataclass(frozen=True, slots=True)
class Matcher:
    """What must hold of an alert, as `core/telling/matchers` reads it."""

    label: str  # "severity", "tag" ...
    op: MatcherOp
    value: str  # of =~ and !~ a regular expression for the whole value
