"""Is it alive, and does it do its job? Each answer with its reason."""

import asyncio
from datetime import timedelta

from monitor.api.office import Office
from monitor.core.plurals import spell
from monitor.model import JSON
from monitor.store import StoreError
from monitor.store.sqlite.asked import numbers
from monitor.values import dataclass

ANSWER = 5.0  # seconds in which the store must answer
LATE = timedelta(minutes=2)  # how late a due poll may begin


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that must be so, and what was found."""

    name: str
    good: bool
    said: str


async def live(office: Office) -> Check:
    """Tell whether the daemon's loop turns and its store answers: if not, a restart may help."""
    try:
        async with asyncio.timeout(ANSWER):
            await office.quick.read(numbers.next_poll_at)
    except StoreError as error:
        return Check(name="store", good=False, said=str(error))
    except TimeoutError:
        return Check(name="store", good=False, said=f"the store has not answered for {ANSWER:.0f} s")
    return Check(name="store", good=True, said="it answers")


async def ready(office: Office) -> tuple[Check, ...]:
    """Tell whether it watches and tells now; each part says why, or why not."""
    store = await live(office)
    return (running(office), store, _writing(office), await _polling(office, asked=store.good))


def running(office: Office) -> Check:
    """Tell whether its loops run, each of them."""
    if office.tally.stopping:
        return Check(name="running", good=False, said="it is stopping")
    if not office.tally.ready:
        return Check(name="running", good=False, said="it is starting")
    for loop, seconds in office.still().items():
        return Check(name="running", good=False, said=f"{loop} has stood still for {spell(seconds)}")
    return Check(name="running", good=True, said="its loops run")


def _writing(office: Office) -> Check:
    if trouble := office.tally.lately(office.clock.now()):
        return Check(name="writing", good=False, said=trouble)
    return Check(name="writing", good=True, said="nothing failed in the last minute")


async def _polling(office: Office, *, asked: bool) -> Check:
    if not asked:
        return Check(name="polling", good=False, said="the store cannot be asked")
    try:
        due = await office.quick.read(numbers.next_poll_at)
    except StoreError as error:
        return Check(name="polling", good=False, said=str(error))
    if due is None:
        return Check(name="polling", good=True, said="no source waits to be polled")
    left = due - office.clock.now()
    if left < -LATE:
        return Check(name="polling", good=False, said=f"a poll is {spell(-left.total_seconds())} late")
    return Check(
        name="polling", good=True, said=f"the next poll is in {spell(max(0.0, left.total_seconds()))}"
    )


def as_json(checks: tuple[Check, ...]) -> dict[str, JSON]:
    """Return what was found as one object."""
    return {
        "good": all(check.good for check in checks),
        "checks": [{"name": check.name, "good": check.good, "said": check.said} for check in checks],
    }
