"""Where hubs come in, as the daemon and the routes see it: alone of this room it needs none of the libraries."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from monitor.values import dataclass

ROOM = 8 * 1024 * 1024  # bytes of a push, as of a feed that is polled


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What comes in at a callback."""

    name: str  # the end of its path
    size: int  # bytes of its body at most
    body: Callable[[], Awaitable[bytes]]  # reads it
    content_type: str
    signature: str  # X-Hub-Signature


class Door(Protocol):
    """Who takes in what hubs say."""

    async def known(self, name: str) -> bool:
        """Tell whether a hub was ever told of this callback."""

    async def asked_back(self, name: str, query: Mapping[str, str]) -> bool:
        """Tell whether it is true that we asked for what a hub asks back about, and note what it says."""

    async def take(self, pushed: Pushed) -> int:
        """Take in what is pushed; return the status to answer: 2xx only where it is stored, or never will be."""
