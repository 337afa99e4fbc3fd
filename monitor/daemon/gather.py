"""The rest of a body: addresses that it names as parts of itself (a sitemap index, further pages)."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from monitor.model import Claim, Entry, Parsed, Response, Rest, Source, Trouble, Validators
from monitor.sources import ParseError

MOST = 16  # requests of one poll, the source's own address among them
PATIENCE = 120.0  # seconds for all but the first; a claim is lent for ten minutes
PATIENT = 3  # polls that a first body waits for all its parts: what is missing in it would ring later

UNASKED = Validators()
Fetch = Callable[[Claim], Awaitable[Response | Trouble]]
Parse = Callable[[Source, Response], Awaitable[Parsed]]


@dataclass(slots=True, kw_only=True)
class Errand:
    """Asks for further addresses of one poll, one after the other, until `left` are asked or time is up.

    What a body names may not lead to private addresses unless the source may (`daemon/fetch`).
    """

    claim: Claim
    fetch: Fetch
    parse: Parse
    abroad: bool = False  # another host answered: what it names is asked without the source's own headers
    left: int = MOST - 1
    until: float = field(default_factory=lambda: asyncio.get_running_loop().time() + PATIENCE)

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


async def gather(errand: Errand, parsed: Parsed) -> Gathered:
    """Read the parts that `parsed` names, and those that they name.

    A part that answers 304 holds what it held. One that fails is said and asked again by the next poll;
    only a body of which nothing was read fails, and a first one that lacks something.
    """
    parts = [part async for part in _parts(errand, parsed.more)]
    failed = [part for part in parts if part.trouble]
    entries = [entry for part in parts for entry in part.entries]
    rest = Rest(
        parts=tuple(part.validators for part in parts),
        unchanged=any(part.unchanged for part in parts),
        missing=_missing(failed),
    )
    lacking = [part for part in failed if part.trouble and part.trouble.status not in (404, 410)]
    waits = bool(lacking) and errand.claim.baselined_at is None and errand.claim.failures < PATIENT
    nothing = not (entries or parsed.entries or rest.unchanged) and len(failed) == len(parts)
    return Gathered(
        parsed=replace(parsed, entries=(*parsed.entries, *entries)),
        rest=rest,
        trouble=Trouble(sentence=rest.missing, kind="status") if failed and (waits or nothing) else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    validators: Validators  # `url` is the address by which the body named it
    entries: Sequence[Entry] = ()
    unchanged: bool = False
    trouble: Trouble | None = None
    more: tuple[str, ...] = ()


async def _parts(errand: Errand, named: Sequence[str]) -> AsyncIterator[_Part]:
    known = {part.url: part for part in errand.claim.parts}
    seen = {errand.claim.source.url, errand.claim.validators.url}
    queue = deque(named)
    while queue:
        url = queue.popleft()
        if url not in seen:
            seen.add(url)
            part = await _part(errand, known.get(url, Validators(url=url)))
            queue.extend(part.more)
            yield part


async def _part(errand: Errand, before: Validators) -> _Part:
    answer = await errand.ask(before.url, before)
    if isinstance(answer, Trouble):
        return _Part(validators=before, trouble=answer)
    if answer.status == 304:
        return _Part(validators=replace(answer.validators, url=before.url), unchanged=True)
    parsed = await errand.read(answer)
    if isinstance(parsed, Trouble):
        return _Part(validators=Validators(url=before.url), trouble=parsed)
    # After a redirect the validators are another address's; a part that names parts must always name them.
    own = answer.validators.url == before.url and not parsed.more
    kept = answer.validators if own else Validators(url=before.url)
    return _Part(validators=kept, entries=parsed.entries, more=parsed.more)


def _missing(failed: Sequence[_Part]) -> str:
    if not failed:
        return ""
    first = failed[0]
    others = f", and {len(failed) - 1} more" if len(failed) > 1 else ""
    return f"a part was not read: {first.validators.url}: {first.trouble.sentence if first.trouble else ''}{others}"
