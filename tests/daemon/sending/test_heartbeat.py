"""The sign of life: once a minute while all is well, and none while it is not. Real HTTP, a moved clock."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.api.tally import Tally
from monitor.daemon.network.transport import Transport
from monitor.daemon.sending import heartbeat
from monitor.daemon.system.pulse import Pulse
from monitor.model import Secret
from monitor.store.sqlite import SqliteStore
from tests.conftest import Site
from tests.virtual import ManualClock


class Patient:
    """What the heartbeat is of, and the clocks by which it goes."""

    def __init__(self, site: Site, path: Path) -> None:
        self.site, self.clock, self.seconds = site, ManualClock(), 0.0
        self.pulse = Pulse(clock=lambda: self.seconds)
        self.store = SqliteStore(path / "db", self.clock)
        self.tally = Tally()
        self.url: Secret | None = Secret(f"{site.url}/0a1b")

    async def minutes(self, count: int) -> int:
        """Let minutes pass; return how often the address was asked for in them."""
        before = len(self.site.requests)
        for _ in range(count):
            while self.clock.earliest() is None:
                await asyncio.sleep(0.002)
            self.seconds += 60
            self.clock.advance(60)
            await asyncio.sleep(0)
        while self.clock.earliest() is None:
            await asyncio.sleep(0.002)
        return len(self.site.requests) - before


@pytest.fixture
def patient(site: Site, tmp_path: Path) -> Iterator[Patient]:
    site.pages["/0a1b"] = (200, {}, b"OK")
    made = Patient(site, tmp_path)
    yield made
    made.store.close()


def during(patient: Patient, story: object) -> None:
    async def telling() -> None:
        async with Transport(clock=patient.clock) as transport:
            beating = asyncio.create_task(
                heartbeat.beat(
                    lambda: patient.url,
                    transport.get,
                    pulse=patient.pulse,
                    store=patient.store,
                    tally=patient.tally,
                    clock=patient.clock,
                )
            )
            try:
                await story()  # type: ignore[operator]
            finally:
                beating.cancel()
                with suppress(asyncio.CancelledError):
                    await beating

    asyncio.run(telling())


def test_it_is_sent_while_the_loops_go_round(patient: Patient) -> None:
    async def story() -> None:
        assert await patient.minutes(3) >= 3
        patient.pulse.beat("poll", within=40)
        await patient.minutes(1)  # now it stands still
        assert await patient.minutes(3) == 0
        patient.pulse.end("poll")
        assert await patient.minutes(2) == 2
        patient.tally.troubled("the disk is full", patient.clock.now() + timedelta(seconds=60))
        assert await patient.minutes(1) == 0  # it looks well, and could store nothing
        assert await patient.minutes(2) == 2
        patient.url = None
        await patient.minutes(1)
        assert await patient.minutes(3) == 0

    during(patient, story)


def test_that_it_does_not_arrive_is_logged_once_and_never_with_its_address(
    patient: Patient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("newsbell"), "propagate", True)
    caplog.set_level(logging.INFO, "newsbell")

    async def story() -> None:
        patient.site.pages["/0a1b"] = (500, {}, b"")
        await patient.minutes(4)
        patient.site.pages["/0a1b"] = (200, {}, b"OK")
        await patient.minutes(2)

    during(patient, story)
    said = [record.getMessage() for record in caplog.records if record.name == "newsbell"]
    assert said[0] == "the heartbeat did not arrive: answered 500"
    assert len(said) == 2
    assert said[1].startswith("the heartbeat arrives again, after ")
    assert "0a1b" not in caplog.text
