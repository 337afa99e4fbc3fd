"""What the screen may do beyond showing: given by whoever started it, for a face over the store writes nothing."""

import os
from collections.abc import Callable, Sequence
from typing import Protocol

from monitor.model import Severity, Silence
from monitor.values import dataclass


class Surroundings(Protocol):
    """The desktop around the terminal, or none."""

    def browse(self, url: str) -> bool:
        """Open a web address; tell whether anything could."""

    def notify(self, title: str, text: str, severity: Severity) -> str:
        """Show a notification; return what the terminal must be sent for it."""


class Changes(Protocol):
    """What a person changes in a store: the store itself does it, and so does who opens one for it. Raise StoreError."""

    async def replay(self, ids: Sequence[str]) -> int:
        """Make deliveries due again; return how many are that were not."""

    async def silence(self, silence: Silence) -> int:
        """Begin a silence or an ack; return how many deliveries that waited it holds."""

    async def end_silences(self, ids: Sequence[str]) -> int:
        """End silences and acks; return how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """Without one of these, its keys are absent."""

    surroundings: Surroundings
    changes: Changes | None = None
    save: Callable[[], str] | None = None  # returns what was written, or why not, in a sentence
    nonce: Callable[[], str] = lambda: os.urandom(16).hex()  # what makes the id of a silence

    @property
    def names(self) -> frozenset[str]:
        """Return what is there beside the surroundings."""
        return frozenset(name for name in ("changes", "save") if getattr(self, name))
