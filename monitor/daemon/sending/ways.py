"""The way from a notifier to its receiver: its own headers, and a proxy where it has one."""

from collections.abc import Mapping
from typing import Protocol

from monitor.model import Access, Proxy, Reply
from monitor.notifiers import Method
from monitor.values import dataclass


class Relay(Protocol):
    """Send one bounded, checked HTTP request, through a proxy if there is one: `Transport.post`."""

    async def __call__(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        method: Method = "POST",
        via: Proxy | None = None,
    ) -> Reply:
        """Raise `PostError` if no answer came."""


@dataclass(frozen=True, slots=True)
class Through:
    """`monitor.notifiers.Post` of one notifier; what a request says itself goes before the notifier's own headers."""

    relay: Relay
    access: Access

    async def __call__(
        self, url: str, headers: Mapping[str, str], body: bytes, *, method: Method = "POST"
    ) -> Reply:
        """Raise `PostError` if no answer came."""
        own = {name: value.reveal() for name, value in self.access.headers}
        return await self.relay(url, {**own, **headers}, body, method=method, via=self.access.proxy)
