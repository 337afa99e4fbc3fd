"""The rest of a body: addresses that it names as parts of itself (a sitemap index, further pages)."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from itertools import zip_longest

from monitor.model import Claim, Entry, Parsed, Part, Response, Rest, Source, Trouble, Validators
from monitor.sources import ParseError, UnreadError
from monitor.values import dataclass

MOST = 16  # requests of one poll, the source's own address among them
FIRST = 8  # parts that are asked by every poll: half of what it may
ENTRIES = 20_000  # of the parts of one poll
PATIENCE = 120.0  # seconds for all but the first; a claim is lent for ten minutes
PATIENT = 3  # polls that a first body waits for all its parts: what is missing in it would ring later

UNASKED = Validators()
Fetch = Callable[[Claim], Awaitable[Response | Trouble]]
Parse = Callable[[Source, Response], Awaitable[Parsed]]


@dataclass(slots=True, kw_only=True)
class Errand:
    """Asks for further addresses of one poll, one after the other, until `left` are asked or time is up.

    What a body names may not lead to private addresses unless the source may (`daemon/reading/fetch`).
    """

    claim: Claim
    fetch: Fetch
    parse: Parse
    abroad: bool = False  # another host answered: what it names is asked without the source's own headers
    left: int = MOST - 1
    room: int = ENTRIES  # entries of parts, after which the others wait for the next poll
    until: float = field(default_factory=lambda: asyncio.get_running_loop().time() + PATIENCE)

    @property
    def spent(self) -> bool:
        """Tell whether no more may be asked."""
        return self.left <= 0 or asyncio.get_running_loop().time() > self.until

    async def ask(self, url: str, validators: Validators = UNASKED) -> Response | Trouble:
        """Return what `url` answers."""
        if self.left <= 0:
            return Trouble(sentence=f"not asked: {MOST} requests a poll are the most", kind="limit")
        if asyncio.get_running_loop().time() > self.until:
            return Trouble(sentence=f"not asked: it took {PATIENCE:.0f} s already", kind="limit")
        self.left -= 1
        claim = replace(self.claim, asks=url, validators=validators)
        return await self.fetch(_stripped(claim) if self.abroad else claim)

    async def read(self, response: Response, kind: str = "") -> Parsed | Trouble:
        """Return what a body holds; `kind` is the source's own unless it says otherwise."""
        source = self.claim.source
        if kind and kind != source.kind:
            source = replace(source, kind=kind, options={})
        try:
            return await self.parse(source, response)
        except UnreadError as error:
            return Trouble(sentence=str(error), kind="limit")
        except ParseError as error:
            return Trouble(sentence=str(error), kind="not-a-feed")


def _stripped(claim: Claim) -> Claim:
    source = claim.source
    return replace(claim, source=replace(source, access=replace(source.access, headers=())))


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """A body with its parts."""

    parsed: Parsed
    rest: Rest = Rest()
    trouble: Trouble | None = None  # why this is not worth being taken for the body


async def gather(errand: Errand, parsed: Parsed, *, now: datetime) -> Gathered:
    """Read the parts that `parsed` names, and those that they name, as many as one poll may ask.

    The others wait for their turn. A part that answers 304 holds what it held. One that fails is said and
    asked again by the next poll; only a body of which nothing was read fails, and a first one that lacks
    something.
    """
    asking = _Asking(errand, now)
    await asking.all(parsed.more)
    read, waiting = asking.read, asking.waiting
    failed = [one for one in read if one.trouble]
    entries = [entry for one in read for entry in one.entries]
    unread, turns = _unread(failed), _turns(len(read), len(waiting), parsed.beyond)
    rest = Rest(
        parts=asking.parts(),
        late=tuple(entry for one in read for entry in one.late),
        unchanged=any(one.unchanged for one in read) or bool(waiting),
        unread=unread,
        missing="; ".join(filter(None, (unread, turns))),
    )
    lacking = [one for one in failed if one.trouble and one.trouble.status not in (404, 410)]
    waits = bool(lacking) and errand.claim.baselined_at is None and errand.claim.failures < PATIENT
    nothing = not (entries or parsed.entries or rest.unchanged) and len(failed) == len(read)
    return Gathered(
        parsed=replace(parsed, entries=(*parsed.entries, *entries)),
        rest=rest,
        trouble=Trouble(sentence=unread, kind="status") if failed and (waits or nothing) else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What a part was asked for, and answered."""

    part: Part
    entries: Sequence[Entry] = ()
    late: Sequence[Entry] = ()
    unchanged: bool = False
    trouble: Trouble | None = None
    more: tuple[str, ...] = ()


class _Asking:
    """The parts of one body on their way: those `read`, and those `waiting` for another poll."""

    def __init__(self, errand: Errand, now: datetime) -> None:
        self.read: list[_Read] = []
        self.waiting: list[Part] = []
        self._errand, self._now = errand, now
        self._known = {part.validators.url: part for part in errand.claim.parts}
        self._named: dict[str, None] = {}  # by the body itself, in its order, then by its parts

    async def all(self, named: Sequence[str]) -> None:
        """Ask for `named` in their turn, and for what they name, while one poll may."""
        self._named = dict.fromkeys(named)
        seen = {self._errand.claim.source.url, self._errand.claim.validators.url}
        queue = deque(in_turn(tuple(self._named), self._known))
        while queue:
            url = queue.popleft()
            if url in seen:
                continue
            seen.add(url)
            before = self._known.get(url, Part(validators=Validators(url=url)))
            if self._enough():
                self.waiting.append(before)
            else:
                self.read.append(await self._ask(before, appeared=url in named and url not in self._known))
                queue.extend(self.read[-1].more)
                self._named |= dict.fromkeys(self.read[-1].more)

    def parts(self) -> tuple[Part, ...]:
        """Return all parts, in the order in which they are named."""
        found = {part.validators.url: part for part in (*(one.part for one in self.read), *self.waiting)}
        return tuple(found[url] for url in self._named if url in found)

    def _enough(self) -> bool:
        return self._errand.spent or sum(len(one.entries) for one in self.read) >= self._errand.room

    async def _ask(self, before: Part, *, appeared: bool) -> _Read:
        url = before.validators.url
        answer = await self._errand.ask(url, before.validators)
        part = replace(before, asked_at=self._now)
        if isinstance(answer, Trouble):
            return _Read(part=part, trouble=answer)
        if answer.status == 304:
            return _Read(part=replace(part, validators=replace(answer.validators, url=url)), unchanged=True)
        parsed = await self._errand.read(answer)
        if isinstance(parsed, Trouble):
            return _Read(part=replace(part, validators=Validators(url=url)), trouble=parsed)
        # After a redirect the validators are another address's; a part that names parts must always name them.
        own = answer.validators.url == url and not parsed.more
        return _Read(
            part=replace(part, validators=answer.validators if own else Validators(url=url)),
            entries=parsed.entries,
            late=self._late(before, parsed.entries, appeared=appeared),
            more=parsed.more,
        )

    def _late(self, before: Part, entries: Sequence[Entry], *, appeared: bool) -> Sequence[Entry]:
        """Return what may have been there at the first body: all of a part that was, of a new one what is dated."""
        if before.asked_at or self._errand.claim.baselined_at is None:
            return ()
        return [entry for entry in entries if entry.dates] if appeared else entries


def in_turn(named: Sequence[str], known: Mapping[str, Part]) -> list[str]:
    """Return the parts in the order in which to ask them: those that are new, then by turns one of the first
    `FIRST` that the body names, where news is likeliest, and the one that has waited longest.

    >>> from datetime import UTC
    >>> then = datetime(2026, 3, 1, tzinfo=UTC)
    >>> known = {url: Part(validators=Validators(url=url), asked_at=then) for url in "abcdefghij"}
    >>> known["j"] = Part(validators=Validators(url="j"))
    >>> "".join(in_turn(list("zabcdefghij"), known))
    'zajbcdefghi'
    """
    fresh = [url for url in named if known and url not in known]
    longest = sorted(named, key=lambda url: _asked_at(known.get(url)))
    pairs = zip_longest(named[:FIRST], longest)
    return list(dict.fromkeys((*fresh, *(url for pair in pairs for url in pair if url is not None))))


def _asked_at(part: Part | None) -> float:
    return part.asked_at.timestamp() if part and part.asked_at else 0.0


def _unread(failed: Sequence[_Read]) -> str:
    if not failed:
        return ""
    first = failed[0]
    others = f", and {len(failed) - 1} more" if len(failed) > 1 else ""
    return f"a part was not read: {first.part.validators.url}: {first.trouble.sentence if first.trouble else ''}{others}"


def _turns(asked: int, waiting: int, beyond: int) -> str:
    """Say how many parts are left out of one poll, and how many of all.

    >>> _turns(15, 25, 0), _turns(15, 985, 2000)
    ('15 of its 40 parts are read in one poll, the others in turn', '15 of its 3,000 parts are read in one poll, the others in turn, the last 2,000 never')
    """
    if not (waiting or beyond):
        return ""
    never = f", the last {beyond:,} never" if beyond else ""
    return (
        f"{asked} of its {asked + waiting + beyond:,} parts are read in one poll, the others in turn{never}"
    )
