"""What the screen may do beyond showing: given by whoever started it, for a face over the store writes nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from monitor.model import Severity


class Surroundings(Protocol):
    """The desktop around the terminal, or none."""

    def browse(self, url: str) -> bool:
        """Open a web address; tell whether anything could."""

    def notify(self, title: str, text: str, severity: Severity) -> str:
        """Show a notification; return what the terminal must be sent for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """Without one of these, its key is absent."""

    surroundings: Surroundings
    replay: Callable[[str], Awaitable[int]] | None = None  # of a delivery's id: how many are due again
    save: Callable[[], str] | None = None  # returns what was written, or why not, in a sentence

    @property
    def names(self) -> frozenset[str]:
        """Return what is there beside the surroundings."""
        return frozenset(name for name in ("replay", "save") if getattr(self, name))
