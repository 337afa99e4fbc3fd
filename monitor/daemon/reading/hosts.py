"""Whose turn it is at a publisher's door: few requests at once, a pause between two, none where it asked for none.

A publisher is a registrable domain, whatever the number of its hosts and of our sources there. A machine of one's
own (an address of a private network, `localhost`) is spared the pause: nobody there feels crowded.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from monitor.core.domains import registrable_domain
from monitor.model import Clock
from monitor.values import dataclass

AT_ONCE = 2  # requests to one domain
GAP = 1.0  # seconds between the starts of two requests to it
DOORS = 4_096  # domains remembered; beyond that, those that anybody may come to now are forgotten
EVER = datetime(1970, 1, 1, tzinfo=UTC)


class Held(Exception):
    """The publisher asked to be left alone; the request was not sent."""

    def __init__(self, domain: str, until: datetime) -> None:
        super().__init__(f"{domain} asks to be left alone")
        self.domain, self.until = domain, until


@dataclass(slots=True, eq=False)
class _Door:
    turns: asyncio.Semaphore
    at_once: int
    callers: int = 0  # who waits or is inside
    last_at: datetime = EVER  # when the last request starts that has a turn
    held_until: datetime = EVER
    gap: float = 0.0  # seconds
    asked: float = 0.0  # seconds that its robots.txt asks for


@dataclass(slots=True)
class Hosts:
    """The doors of all publishers. `at_once` requests to one of them, their starts `gap` seconds apart."""

    at_once: int = AT_ONCE
    gap: float = 0.0
    waiting: int = 0  # callers that have no turn yet
    _doors: dict[str, _Door] = field(default_factory=dict)

    @asynccontextmanager
    async def slot(self, host: str, clock: Clock) -> AsyncIterator[None]:
        """Wait for a turn at `host`; first come, first served. Raises Held instead where there is none to be had."""
        domain = registrable_domain(host)
        if domain not in self._doors and len(self._doors) >= DOORS:
            now = clock.now()
            self._doors = {name: door for name, door in self._doors.items() if not _free(door, now)}
        door = self._door(domain)
        door.callers += 1
        self.waiting += 1
        inside = False
        try:
            _refuse(door, domain, clock)
            async with door.turns:
                if not door.gap:
                    door.last_at = clock.now()
                else:
                    start = door.last_at = max(clock.now(), door.last_at + timedelta(seconds=door.gap))
                    await clock.sleep_until(start)
                _refuse(door, domain, clock)
                inside = True
                self.waiting -= 1
                yield
        finally:
            door.callers -= 1
            if not inside:
                self.waiting -= 1

    def hold(self, host: str, until: datetime) -> str:
        """Send nothing to the domain of `host` before `until`; return the domain."""
        domain = registrable_domain(host)
        door = self._door(domain)
        door.held_until = max(door.held_until, until)
        return domain

    def set_back(self, by: timedelta) -> None:
        """Let every door stay closed as long as it was to be before the clock was set back."""
        for door in self._doors.values():
            door.last_at = max(door.last_at, EVER + by) - by
            door.held_until = max(door.held_until, EVER + by) - by

    def widen(self, host: str, gap: float) -> None:
        """Let at least `gap` seconds pass between two requests to the domain of `host`, from its last one on."""
        door = self._door(registrable_domain(host))
        door.asked = max(door.asked, gap)
        door.gap = max(door.gap, gap)

    def _door(self, domain: str) -> _Door:
        door = self._doors.get(domain)
        if door is not None and not door.callers and door.at_once != self.at_once:
            door.turns, door.at_once = asyncio.Semaphore(self.at_once), self.at_once
        if door is None:
            door = self._doors[domain] = _Door(asyncio.Semaphore(self.at_once), self.at_once)
        door.gap = max(door.asked, 0.0 if _own(domain) else self.gap)
        return door

    def change(self, *, at_once: int, gap: float) -> None:
        """Let so many in from now on; at a door where somebody waits, as soon as nobody does."""
        self.at_once, self.gap = at_once, gap


def _free(door: _Door, now: datetime) -> bool:
    """Tell whether whoever comes is let in at once, so that nothing is lost with a door."""
    return not door.callers and max(door.held_until, door.last_at + timedelta(seconds=door.gap)) <= now


def _refuse(door: _Door, domain: str, clock: Clock) -> None:
    if clock.now() < door.held_until:
        raise Held(domain, door.held_until)


def _own(domain: str) -> bool:
    """Tell whether a domain is a machine of one's own, as far as its name says.

    >>> [_own(name) for name in ("localhost", "192.168.1.20", "::1", "bbc.co.uk", "8.8.8.8")]
    [True, True, True, False, False]
    """
    if domain == "localhost":
        return True
    try:
        return ip_address(domain).is_private
    except ValueError:
        return False
