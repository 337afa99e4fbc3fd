"""What was told, and telling it again: the commands over a store that a daemon left in trouble."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.answers.latencies import Latencies, Spread
from monitor.cli import printing
from monitor.core.telling import retry
from monitor.core.telling.notices import notice
from monitor.model import AlertType, Hearing, SendResult, Severity
from monitor.store.sqlite import SqliteStore
from tests.cli.test_commands import Desk
from tests.conftest import Site
from tests.virtual import START, ManualClock

GAP = notice(AlertType.SOURCE_GAP, "gap/wire", "wire: about 9 items in between", at=START, source="wire")
GONE = notice(AlertType.RECEIVER_DISABLED, "receiver.disabled/old", "old answered 410", at=START)
LATER = notice(AlertType.RECEIVER_DISABLED, "receiver.disabled/older", "older answered 410", at=START)


@pytest.fixture
def desk(tmp_path: Path, site: Site) -> Desk:
    """A receiver that answered 503 to the first of two alerts, so that the second waits; nobody hears of a gap."""
    made = Desk(tmp_path, site)
    made.state.mkdir()
    asyncio.run(_left_behind(made.state / "newsbell.db"))
    return made


async def _left_behind(database: Path) -> None:
    clock = ManualClock()
    store = SqliteStore(database, clock)
    await store.sync(notifiers={"desk": "1", "terminal": "", "old": "2"})
    await store.ring(GAP, ())
    await store.ring(GONE, ("desk", "terminal"))
    await store.ring(LATER, ("desk",))
    for _ in range(2):
        await _attempt(store, clock, "terminal")  # the second finds nothing
    await _attempt(store, clock, "desk", error="answered 503")
    store.close()


async def _attempt(store: SqliteStore, clock: ManualClock, notifier: str, *, error: str = "") -> None:
    far_end, claimed = await store.claim_deliveries(notifier, limit=1)
    for one in claimed:
        result = SendResult(
            delivery=one, at=clock.now(), seconds=0.1, trouble="receiver" if error else None, error=error
        )
        await store.finish_deliveries([(result, *retry.after(one, far_end, result))])


def test_an_alert_without_an_item_says_what_it_is_about(desk: Desk) -> None:
    said = {row["type"]: (row["source"], row["sentence"]) for row in desk.json("alerts")}
    assert said["source.gap"] == ("wire", GAP.sentence)
    assert said["receiver.disabled"] == (None, GONE.sentence)


def test_what_waits_behind_a_receiver_that_is_down_has_not_arrived(desk: Desk) -> None:
    rows = desk.json("deliveries", "--failed")
    assert [(row["alert"], row["notifier"], row["state"]) for row in rows] == [
        (LATER.id, "desk", "due"),
        (GONE.id, "desk", "retrying"),
    ]
    assert desk("replay", "--failed").stdout == "1 delivery is due again\n"  # the other one is


def test_what_waits_for_a_notifier_to_return_has_not_arrived(desk: Desk) -> None:
    async def removed() -> None:
        store = SqliteStore(desk.state / "newsbell.db", ManualClock())
        await store.sync(notifiers={"terminal": ""})
        store.close()

    asyncio.run(removed())
    rows = desk.json("deliveries", "--failed")
    assert [(row["alert"], row["reason"]) for row in rows] == [
        (LATER.id, "notifier-removed"),
        (GONE.id, "notifier-removed"),
    ]


def test_an_error_that_is_over_is_told_no_more(desk: Desk) -> None:
    async def answers() -> None:
        clock = ManualClock()
        clock.advance(60)
        store = SqliteStore(desk.state / "newsbell.db", clock)
        await _attempt(store, clock, "desk")
        store.close()

    asyncio.run(answers())
    [told] = [row for row in desk.json("deliveries") if row["alert"] == GONE.id and row["notifier"] == "desk"]
    assert (told["state"], told["attempts"], told["last_error"]) == ("sent", 2, "")
    assert "answered 503" in desk("why", GONE.id).stdout  # the ledger has it


def test_the_id_of_an_alert_is_one_to_ask_for(desk: Desk) -> None:
    listed = [line.split("  ")[1] for line in desk("alerts").stdout.splitlines()]
    assert listed == [LATER.id[:8], GONE.id[:8], GAP.id[:8]]
    said = [desk("why", id_).stdout for id_ in listed]
    for alert, told in zip((LATER, GONE, GAP), said, strict=True):
        assert told.startswith(f"{alert.sentence}\n  id        {alert.id}\n")
    assert "terminal: sent" in said[1]
    [life] = desk.json("why", listed[1])
    assert (life["id"], len(life["deliveries"])) == (GONE.id, 2)


def test_the_id_of_an_alert_is_one_to_tell_again(desk: Desk) -> None:
    short = GONE.id[:8]
    assert desk("replay", short).stdout == "2 deliveries are due again\n"
    assert desk("replay", short, short, "--to", "terminal").stdout == "1 delivery is due again\n"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (GAP.id[:8], "is an alert that nobody was told"),
        ("ffffffff", "is no delivery and no alert"),
        ("%", "is no delivery and no alert"),
    ],
)
def test_what_cannot_be_told_again_is_a_sentence(typed: str, sentence: str, desk: Desk) -> None:
    done = desk("replay", typed)
    assert done.returncode == 2
    assert done.stderr == f"{typed} {sentence}: `newsbell deliveries` lists what was told\n"


def test_an_alert_told_again_as_new_is_told_each_notifier_once(desk: Desk) -> None:
    for _ in range(2):
        assert desk("replay", GONE.id, "--as-new").stdout == "2 deliveries are due again\n"


@pytest.mark.parametrize("words", [["deliveries"], ["replay", "--failed"], ["replay", GONE.id]])
def test_a_notifier_that_nobody_knows_is_a_mistake(words: list[str], desk: Desk) -> None:
    done = desk(*words, "--to", "dask")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "--to: no notifier is called 'dask' (did you mean 'desk'?)\n"


def test_a_notifier_that_is_configured_no_more_is_known_by_what_it_was_told(desk: Desk) -> None:
    assert desk("deliveries", "--to", "old").returncode == 0


@pytest.mark.torture
def test_the_ledger_of_a_delivery_has_each_attempt_and_the_time_it_took(desk: Desk) -> None:
    [failed] = [row for row in desk.json("deliveries", "--to", "desk") if row["attempts"]]
    [row] = desk.json("deliveries", failed["id"][:8])
    assert {key: row[key] for key in failed} == failed
    [tried] = row["ledger"]
    assert (tried["outcome"], tried["error"], tried["seconds"]) == ("receiver", "answered 503", 0.1)
    assert row["latency"] == {"seen": None, "rung": None, "delivered": None}
    said = desk("deliveries", failed["id"][:8]).stdout.splitlines()
    assert said[1].endswith("receiver: answered 503 (0.10 s)")

    both = desk.json("deliveries", failed["alert"][:8])  # an alert: all who were to hear it
    assert {it["notifier"] for it in both} == {"desk", "terminal"}
    [told] = [it for it in both if it["notifier"] == "terminal"]
    assert [it["outcome"] for it in told["ledger"]] == ["sent"]
    assert told["latency"]["delivered"] >= 0
    assert desk.json("deliveries", failed["alert"][:8], "--to", "terminal") == [told]

    [waiting] = [it for it in desk.json("deliveries", "--to", "desk") if not it["attempts"]]
    assert desk("deliveries", waiting["id"]).stdout.splitlines()[1:] == [
        "  not tried yet",
        "  desk has not answered as it should since 2026-03-01 12:00; it is tried next at 2026-03-01 12:00",
    ]


def test_an_id_that_is_none_is_said(desk: Desk) -> None:
    done = desk("deliveries", "zzzz")
    assert done.returncode == 2
    assert "zzzz" in done.stderr


def test_how_long_alerts_took_is_a_table(desk: Desk) -> None:
    quick, slow = (
        Spread(count=2, p50=0.2, p95=41.0, worst=150.0),
        Spread(count=1, p50=7_200.0, p95=7_200.0, worst=7_200.0),
    )
    wire = Latencies(by="source", name="wire", told=1_200, seen=None, rung=quick, delivered=slow, whole=None)
    [legend, head, row] = printing.latencies([wire])
    assert "the median / the 95th percentile / the worst" in legend
    assert head.split() == [
        "told",
        "published",
        "→",
        "seen",
        "→",
        "rung",
        "→",
        "delivered",
        "published",
        "→",
        "delivered",
    ]
    assert " ".join(row.split()) == "source wire 1,200 - 0.2 s / 41 s / 2 min 2 h / 2 h / 2 h -"
    assert head.index("→ rung") == row.index("0.2 s")
    none = desk("deliveries", "--latency", "--since", "1d")
    assert (none.returncode, none.stdout) == (0, "")
    assert none.stderr == "no alert of a new item was told in the last 1d\n"
    assert desk("deliveries", "--latency", "--to", "desk").stderr.endswith("told to desk in the last 7d\n")
    assert desk.json("deliveries", "--latency") == []
    assert desk("deliveries", "--latency", "--failed").returncode == 2


def test_deliveries_of_young_alerts_alone(desk: Desk) -> None:
    assert len(desk.json("deliveries")) == 3
    assert desk.json("deliveries", "--since", "1h") == []  # they are of the tests' own year


def test_of_what_nothing_is_listed_is_said(desk: Desk) -> None:
    """They are of the tests' own year: there are some, and none so young."""
    assert desk("deliveries", "--since", "1m").stderr == "nothing was told in the last 1m\n"
    narrow = desk("deliveries", "--failed", "--since", "1h", "--to", "desk").stderr
    assert narrow == "nothing of what is for desk failed in the last 1h\n"
    assert desk("deliveries", "--to", "old").stderr == "nothing of what is for old was told yet\n"


def test_how_much_is_held_back_is_told_of_all_alone(desk: Desk) -> None:
    async def a_digest_gathers() -> None:
        store = SqliteStore(desk.state / "newsbell.db", ManualClock())
        hourly = Hearing(hourly=True, digest_except=Severity.CRITICAL)
        await store.sync(notifiers={"desk": "1", "terminal": "", "old": "2"}, hearing={"desk": hourly})
        await store.ring(replace(GAP, id="e" * 32, dedupe="gap/night"), ("desk",))
        store.close()

    asyncio.run(a_digest_gathers())
    assert desk("deliveries").stderr == "held back, to be told later: 1\n"
    assert desk("deliveries", "--to", "terminal").stderr == ""


def test_who_waits_for_a_receiver_says_since_when_and_until_when(desk: Desk) -> None:
    away = "desk has not answered as it should since 2026-03-01 12:00; it is tried next at 2026-03-01 12:00\n"
    assert away in desk("why", LATER.id).stdout
    [waiting] = [row["id"] for row in desk.json("deliveries") if row["alert"] == LATER.id]
    assert f"  not tried yet\n  {away}" in desk("deliveries", waiting).stdout
    again = desk("replay", waiting)
    assert (again.stdout, again.stderr) == ("1 delivery is due again\n", f"but {away}")


def test_who_was_told_to_wait_says_so(desk: Desk) -> None:
    async def told_to_wait() -> None:
        clock = ManualClock(START + timedelta(minutes=1))
        store = SqliteStore(desk.state / "newsbell.db", clock)
        far_end, [one] = await store.claim_deliveries("desk", limit=1)
        result = SendResult(
            delivery=one, at=clock.now(), seconds=0.1, trouble="receiver", error="429", retry_after=86_400.0
        )
        await store.finish_deliveries([(result, *retry.after(one, far_end, result))])
        store.close()

    asyncio.run(told_to_wait())
    away = "has not answered as it should since 2026-03-01 12:00 and asks to be left alone until 2026-03-02 12:01\n"
    assert away in desk("why", LATER.id).stdout
