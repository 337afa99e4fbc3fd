"""A receiver is down for an hour of virtual time, then back: nothing is lost, nobody else notices."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.daemon.plan import Plan
from monitor.daemon.service import serve
from monitor.model import Rule, Secret, Severity, Source
from monitor.notifiers.webhook import Webhook
from monitor.store.sqlite import SqliteStore
from tests.conftest import Answer, Asked, Site
from tests.virtual import START, ManualClock, run_until

POLL = 30.0  # seconds
RATE = 0.5  # requests a second that the desk takes: draining its backlog lasts a while
DOWN, UP = START + timedelta(minutes=10), START + timedelta(minutes=71, seconds=17)
LAST_IN_OUTAGE = timedelta(minutes=40)  # then no story until the desk is back: only the backoff probes
END = START + timedelta(minutes=100)
PROBE_MAX = timedelta(minutes=5)
RULES = (
    Rule(name="news", query="wire -alarm"),
    Rule(name="alarm", query="alarm", severity=Severity.CRITICAL),
)


@dataclass(frozen=True, slots=True)
class Story:
    at: datetime  # published
    title: str

    @property
    def link(self) -> str:
        return f"https://news.example.org/{self.title.split()[-1]}"

    @property
    def rule(self) -> str:
        return "alarm" if "alarm" in self.title.split() else "news"


@dataclass(slots=True)
class Wire:
    """A feed that publishes as virtual time goes by."""

    clock: ManualClock
    stories: list[Story] = field(default_factory=list)

    def publish(self, at: datetime, word: str = "report") -> None:
        self.stories.append(Story(at, f"wire {word} {len(self.stories) + 1}"))

    def page(self, asked: Asked) -> Answer:
        standing = [story for story in self.stories if story.at <= self.clock.now()]
        etag = f'"{len(standing)}"'
        if asked.headers.get("if-none-match") == etag:
            return 304, {"ETag": etag}, b""
        items = "".join(
            f"<item><title>{story.title}</title><link>{story.link}</link><guid>{story.link}</guid></item>"
            for story in reversed(standing)
        )
        body = f'<rss version="2.0"><channel><title>wire</title>{items}</channel></rss>'
        return 200, {"ETag": etag, "Content-Type": "application/rss+xml"}, body.encode()


@dataclass(frozen=True, slots=True)
class Post:
    """One request as a receiver saw it."""

    at: datetime  # virtual
    to: str
    id: str
    link: str
    rule: str
    late: bool
    accepted: bool


@dataclass(slots=True)
class Receivers:
    """Two receivers with one log: the wall is well, the desk is down from `DOWN` to `UP`."""

    clock: ManualClock
    down: Answer | None  # what the desk does while it is down; None: it hangs up
    returned: Callable[[datetime], None]  # called when the desk accepts something again
    posts: list[Post] = field(default_factory=list)
    notices: list[tuple[datetime, str, str]] = field(
        default_factory=list
    )  # (virtual, to, type) of what no item brought

    def wall(self, asked: Asked) -> Answer:
        self._note("wall", asked, accepted=True)
        return 204, {}, b""

    def desk(self, asked: Asked) -> Answer | None:
        well = not DOWN <= self.clock.now() < UP
        back = well and self.clock.now() >= UP and not any(post.at >= UP for post in self.to("desk"))
        self._note("desk", asked, accepted=well)
        if back:
            self.returned(self.clock.now())
        return (204, {}, b"") if well else self.down

    def to(self, name: str) -> list[Post]:
        return [post for post in self.posts if post.to == name]

    def _note(self, to: str, asked: Asked, *, accepted: bool) -> None:
        said = json.loads(asked.body)
        data = said["data"]
        if data["item"] is None:
            self.notices.append((self.clock.now(), to, said["type"]))
            return
        self.posts.append(
            Post(
                at=self.clock.now(),
                to=to,
                id=asked.headers["webhook-id"],
                link=data["item"]["url"],
                rule=data["rule"],
                late=data.get("late", False),
                accepted=accepted,
            )
        )


def written(clock: ManualClock) -> Wire:
    """Return a wire with what is published before the desk is back: 5 old stories, 3 while all is well,
    and two a minute in the first half of the outage."""
    wire = Wire(clock)
    for _ in range(5):
        wire.publish(START)
    for minute in (2, 4, 6):
        wire.publish(START + timedelta(minutes=minute))
    at = DOWN + timedelta(seconds=45)
    while at < START + LAST_IN_OUTAGE:
        wire.publish(at)
        at += timedelta(seconds=30)
    return wire


async def live(site: Site, wire: Wire, receivers: Receivers, clock: ManualClock, directory: Path) -> None:
    """Run the daemon from START to END."""
    site.pages = {"/rss": wire.page, "/desk": receivers.desk, "/wall": receivers.wall}
    plan = Plan(
        sources=[Source(name="wire", url=f"{site.url}/rss", every=POLL, pinned=True)],
        rules=RULES,
        notifiers={
            "desk": Webhook(url=Secret(f"{site.url}/desk"), rate=RATE),
            "wall": Webhook(url=Secret(f"{site.url}/wall"), rate=1000.0),
        },
    )
    store, stop, ready = SqliteStore(directory / "news.db", clock), asyncio.Event(), asyncio.Event()
    daemon = asyncio.create_task(
        serve(plan, store, clock=clock, random=lambda: 0.0, stop=stop, ready=ready.set)
    )

    async def drive() -> None:
        await ready.wait()
        await run_until(END, store, clock)

    driving = asyncio.create_task(drive())
    try:
        await asyncio.wait([daemon, driving], return_when=asyncio.FIRST_COMPLETED)
        assert driving.done(), "the daemon ended by itself"
        await driving
    finally:
        driving.cancel()
        stop.set()
        await daemon
        store.close()


def once_each(posts: Sequence[Post]) -> list[tuple[str, str]]:
    """Return (rule, link) of what was accepted, in order; fail if anything came twice."""
    accepted = [(post.rule, post.link) for post in posts if post.accepted]
    assert len(accepted) == len(set(accepted))
    return accepted


@pytest.mark.alone
@pytest.mark.timeout(120)
@pytest.mark.parametrize("down", [(503, {}, b""), None], ids=["answers 503", "hangs up"])
def test_an_outage_of_an_hour_loses_nothing_and_hurts_nobody_else(
    site: Site, tmp_path: Path, down: Answer | None
) -> None:
    clock = ManualClock()
    wire = written(clock)

    def while_it_drains(now: datetime) -> None:
        for word in ("report", "alarm", "report"):
            wire.publish(now + timedelta(seconds=20), word)

    receivers = Receivers(clock, down, while_it_drains)
    asyncio.run(live(site, wire, receivers, clock, tmp_path))
    wall, desk = receivers.to("wall"), receivers.to("desk")
    due = {(story.rule, story.link): story for story in wire.stories if story.at > START}
    missed = [key for key, story in due.items() if DOWN <= story.at < UP]
    fresh = [key for key, story in due.items() if story.at >= UP]
    assert len(missed) > 50
    assert len(fresh) == 3

    # Nothing is lost, nothing comes twice, and the old stories of the first body never ring.
    assert set(once_each(desk)) == set(once_each(wall)) == set(due)
    ids = {(post.to, post.rule, post.link, post.id) for post in receivers.posts}
    assert len(ids) == 2 * len(due)  # one id for all attempts
    assert len({post.id for post in receivers.posts}) == 2 * len(due)

    # The wall notices nothing: each alert at once, in order, none late.
    assert all(post.at - due[post.rule, post.link].at <= timedelta(seconds=POLL) for post in wall)
    news = [key for key in once_each(wall) if key[0] == "news"]
    assert news == [key for key in due if key[0] == "news"]
    assert not any(post.late for post in wall)

    # But it is told that the desk is away, and that it is back: once each.
    away, back = receivers.notices
    assert [away[1:], back[1:]] == [("wall", "receiver.failing"), ("wall", "receiver.recovered")]
    assert timedelta(minutes=5) <= away[0] - due[missed[0]].at <= timedelta(minutes=10)

    # In the outage one probe at a time asks, three times with the oldest, then with others; never longer than five minutes apart.
    probes = [post for post in desk if DOWN <= post.at < UP]
    tried = list(dict.fromkeys((post.at, post.rule, post.link) for post in probes))
    assert [one[1:] for one in tried[:3]] == [missed[0]] * 3
    turns = Counter(one[1:] for one in tried if one[1:] != missed[0])
    assert set(turns) == set(missed[1:])
    assert max(turns.values()) - min(turns.values()) <= 1
    first_back = next(post for post in desk if post.at >= UP)
    at_once = Counter(post.at for post in probes)
    assert max(at_once.values()) <= (1 if down else 2)  # a kept connection found closed is replaced once
    instants = [*at_once, first_back.at]
    gaps = [later - earlier for earlier, later in pairwise(instants)]
    assert max(gaps) == PROBE_MAX, "the backoff was never seen at its longest"
    assert first_back.at - UP <= PROBE_MAX
    found_back = (first_back.rule, first_back.link)

    # The backlog comes in order, behind what found the desk well, and is marked late; the rest is not.
    backlog = [post for post in desk if post.accepted and (post.rule, post.link) in missed]
    assert [(post.rule, post.link) for post in backlog] == [
        found_back,
        *(key for key in missed if key != found_back),
    ]
    assert all(post.late for post in backlog)
    assert not any(post.late for post in desk if post.accepted and post not in backlog)

    # What is new goes first, critical before the rest: at most the one in flight gets in its way.
    accepted = [(post.rule, post.link) for post in desk if post.accepted and post.at >= UP]
    alarm, report, another = sorted(fresh, key=lambda key: key[0] != "alarm")
    assert [key for key in accepted if key in fresh] == [alarm, report, another]
    came_at = next(post.at for post in wall if (post.rule, post.link) == alarm)
    assert backlog[-1].at > came_at + timedelta(seconds=3 / RATE), "the backlog was gone before the news came"
    before = [
        post
        for post in backlog
        if came_at <= post.at and accepted.index(another) > accepted.index((post.rule, post.link))
    ]
    assert len(before) <= 1

    # The backlog respects the rate of its receiver.
    drained = [post.at for post in desk if post.accepted and post.at >= UP]
    assert min(b - a for a, b in pairwise(drained)) >= timedelta(seconds=1 / RATE)
