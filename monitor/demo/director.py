"""Plays the script with the real daemon: publishes, kills, starts again, waits for what is due, stops."""

import base64
import secrets
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Protocol

from monitor.daemon.clock import SystemClock
from monitor.demo.process import Process, configuration
from monitor.demo.receiver import Receiver
from monitor.demo.record import Fact, Published, Record
from monitor.demo.script import OLD, SCENES, Kill, Scene, Story
from monitor.demo.site import PAGES, Site
from monitor.demo.tally import Figure, figures
from monitor.store import StoreError
from monitor.store.sqlite.asked import reading
from monitor.store.sqlite.database import reader

FRAME = 0.08  # seconds between looks at the stage
TAIL = 5.0  # seconds kept for the last alert, one more look at the feeds, and the stop
SHORTEST_PLAY = 1.0  # seconds in which the newsroom publishes, at least
PATIENCE = 15.0  # seconds waited for anything, at most; a good machine needs two
STOP_WITHIN = 15.0  # seconds; the daemon gives its deliveries 10
GAP = 0.25  # seconds between stories while the daemon is dead


class Stage(Protocol):
    """Who shows what happens."""

    def told(self, fact: Fact, record: Record) -> None:
        """Show a fact; `record` has it already."""

    def frame(self, record: Record, now: float) -> None:
        """Show the moment; called often. `now` is in seconds since the curtain rose."""


class Halted(Exception):
    """The daemon ended when nobody had asked it to; the text says what it said last."""


def pauses(scenes: Sequence[Scene]) -> list[tuple[Scene, float]]:
    """Return each scene with the pause before it, as a share of the time that is left by then.

    So a scene that took long (a daemon's start) shortens what comes after it, and crowds nothing.

    >>> from monitor.demo.script import OLD, Publish
    >>> [pause for _, pause in pauses([Publish(at=at, story=OLD[0]) for at in (0.0, 0.5, 0.75, 1.0)])]
    [0.0, 0.5, 0.5, 1.0]
    """
    before = [0.0, *(scene.at for scene in scenes[:-1])]
    return [(scene, (scene.at - at) / (1 - at)) for scene, at in zip(scenes, before, strict=True)]


class Director:
    """One performance in `directory`. Facts come from threads; everything else is done in the caller's."""

    def __init__(
        self,
        directory: Path,
        stage: Stage,
        *,
        seconds: float,
        receiver: type[Receiver] = Receiver,
    ) -> None:
        """Prepare to play for about `seconds`."""
        self.record = Record()
        self._seconds, self._stage = seconds, stage
        self._facts: SimpleQueue[Fact] = SimpleQueue()
        self._wall, self._rose_at = SystemClock(), time.monotonic()
        self._site = Site(OLD, self._wall.now())
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
        self._desk = receiver(secret, self._facts.put, self.now)
        self._daemon = Process(directory, secret, self._facts.put, self.now)
        feeds = {name: self._site.feed_url(name) for name in PAGES}
        (directory / "config.toml").write_text(configuration(feeds, self._desk.url), encoding="utf-8")

    def now(self) -> float:
        """Return the seconds since the curtain rose."""
        return time.monotonic() - self._rose_at

    def play(self) -> list[Figure]:
        """Play all scenes and return the figures. Raises Halted."""
        with ExitStack() as stack:
            for part in (self._site, self._desk, self._daemon):
                stack.enter_context(part)
            self._daemon.start()
            self._wait(lambda: len(self.record.baselines) == len(PAGES))
            for scene, pause in pauses(SCENES):
                left = max(self._seconds - TAIL - self.now(), SHORTEST_PLAY)
                self._wait_until(self.now() + pause * left)
                self._play(scene)
            self._wait(self._is_settled)
            status = self._stop()
            return figures(self.record, seen=self._seen(), visits=self._site.visits, status=status)

    def _play(self, scene: Scene) -> None:
        if isinstance(scene, Kill):
            self._kill(scene)
        else:
            self._publish(scene.story)

    def _publish(self, story: Story) -> None:
        if any(published.story.slug == story.slug for published in self.record.published):
            self._wait(lambda: self._site.is_known(story))  # an edit is of words that were read
        if story.retells:
            self._wait(
                lambda: self._site.is_known(self._original(story))
            )  # who tells it first is the script's
        at = self.now()
        edited = self._site.publish(story, self._wall.now())
        self._facts.put(Published(at=at, story=story, edited=edited))
        self._pump()

    def _original(self, story: Story) -> Story:
        return next(it.story for it in self.record.published if it.story.slug == story.retells)

    def _kill(self, scene: Kill) -> None:
        """Kill it while the desk refuses and the terminal has nothing in flight.

        So an alert is owed by the database alone. A line that is printed but not yet committed would be
        printed again, rightly (at least once); that is the kill test's matter, not a newcomer's.
        """
        self._wait(self._has_arrived)
        self._desk.closed = True
        self._publish(scene.owed)
        self._wait(self._owes_the_desk_alone)
        self._daemon.kill()
        self._desk.closed = False
        self._pump()
        for story in scene.meanwhile[:1]:
            self._publish(story)
        self._daemon.start()
        for story in scene.meanwhile[1:]:
            self._wait_until(self.now() + GAP)
            self._publish(story)
        self._wait(self._is_back)

    def _is_back(self) -> bool:
        return self.record.turns[-1].what == "ready"

    def _has_arrived(self) -> bool:
        due = self.record.due().keys()
        return due <= self.record.rung() and due <= self.record.accepted().keys()

    def _owes_the_desk_alone(self) -> bool:
        """Tell whether the terminal is told, and that is committed, while the desk's refusal is too."""
        if not self.record.due().keys() <= self.record.rung():
            return False
        states = self._states()
        desk = {state for notifier, state in states if notifier == "desk"}
        rest = {state for notifier, state in states if notifier != "desk"}
        return rest == {"sent"} and "retrying" in desk and desk <= {"sent", "retrying"}

    def _is_settled(self) -> bool:
        """Tell whether nothing more will come: it has committed all that stands in the feeds, having asked
        for them once more, and owes nobody anything. What has not arrived by then is lost."""
        return self._site.is_known() and {state for _, state in self._states()} <= {"sent", "dead"}

    def _states(self) -> set[tuple[str, str]]:
        """Return the states of deliveries by notifier, as the daemon has committed them."""
        try:
            with closing(reader(self._daemon.database)) as store:
                told = reading.deliveries(store, limit=1_000)
        except StoreError:
            return {("", "unreadable")}
        return {(delivery.notifier, delivery.state) for delivery in told}

    def _stop(self) -> int | None:
        status = self._daemon.stop(seconds=STOP_WITHIN)
        self._pump()
        return status

    def _seen(self) -> dict[str, int]:
        try:
            with closing(reader(self._daemon.database)) as store:
                return {row.name: row.items for row in reading.sources(store)}
        except StoreError:
            return {}

    # -- waiting ----------------------------------------------------------------------------------

    def _wait_until(self, at: float) -> None:
        while (left := at - self.now()) > 0:
            self._pump(min(left, FRAME))

    def _wait(self, holds: Callable[[], bool]) -> bool:
        """Wait until `holds()`, but not for ever: what never comes is seen in the figures."""
        end = self.now() + PATIENCE
        self._pump()
        while not holds():
            if self.now() > end:
                return False
            self._pump(FRAME / 2)
        return True

    def _pump(self, seconds: float = 0.0) -> None:
        """Write down and show what has come, waiting up to `seconds` for it. Raises Halted."""
        end = self.now() + seconds
        while True:
            try:
                fact = self._facts.get(timeout=max(end - self.now(), 0.0005))
            except Empty:
                break
            self.record.add(fact)
            self._stage.told(fact, self.record)
        self._stage.frame(self.record, self.now())
        if self.record.pid() is not None and self._daemon.has_ended():
            said = [log.sentence for log in self.record.logs[-5:]]
            raise Halted("\n".join(["the daemon ended by itself; its last words:", *said]))
