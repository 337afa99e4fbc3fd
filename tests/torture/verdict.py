"""What became of the alerts of a kill test, held against what was served."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.torture.events import Events
from tests.torture.newsroom import ON_TERMINAL, Newsroom
from tests.torture.receiver import Receiver

FULL = 200  # kills of a full run
ALERTS_A_KILL = 10  # of a full run: 1,000 kills carry 10,000 alerts
NEAR = 50.0  # ms from a kill to a commit or a send that count as near
BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)  # ms, upper bounds
SLACK = 100_000_000  # ns by which a receiver may note a request later than its sender died

Key = tuple[str, str]  # rule, link: what makes an alert


@dataclass(frozen=True, slots=True)
class Kill:
    at: int  # ns of the wall clock
    in_flight: Counter[str]  # deliveries it left lent out, by receiver


def missing(
    due: set[Key], receivers: Mapping[str, Receiver], printed: set[Key], *, thrifty: str
) -> dict[str, int]:
    """Return how many alerts that are due did not come, by who is told of them. A digest of very many only counts some."""
    by_all = {key for key in due if key[0] == ON_TERMINAL}
    lost = {
        name: max(len((by_all if name == thrifty else due) - receiver.accepted()) - receiver.unlisted, 0)
        for name, receiver in receivers.items()
    }
    return {**lost, "terminal": len(by_all - printed)}


def judge(
    newsroom: Newsroom,
    receivers: Mapping[str, Receiver],
    kills: Sequence[Kill],
    events: Events,
    printed: set[Key],
    *,
    thrifty: str,
) -> dict[str, Any]:
    """Return the figures of a run."""
    due, baseline = newsroom.due(), newsroom.baseline()
    rung = {(it.rule, it.link) for receiver in receivers.values() for it in receiver.receipts} | printed
    nearest = [events.distance(kill.at, "commit", "send") for kill in kills]
    digests = [it for it in receivers[thrifty].receipts if it.digest]
    return {
        "kills": len(kills),
        "near_commit_or_send": sum(distance <= NEAR for distance in nearest),
        "histogram_ms": histogram(nearest),
        "histogram_commit_ms": histogram([events.distance(kill.at, "commit") for kill in kills]),
        "histogram_send_ms": histogram([events.distance(kill.at, "send") for kill in kills]),
        "published": len(newsroom.published),
        "published_a_second": round(len(newsroom.published) / (newsroom.seconds or 1), 2),
        "unserved": newsroom.unserved(),
        "bodies": newsroom.answers["200"],
        "not_modified": newsroom.answers["304"],
        "bodies_cut": newsroom.answers["cut"],
        "etags_invented": newsroom.invented,
        "due": len(due),
        "received": {name: len(due & receiver.accepted()) for name, receiver in receivers.items()},
        "digests": len({it.id for it in digests}),
        "in_digests": len({(it.rule, it.link) for it in digests}),
        "counted_in_digests": receivers[thrifty].unlisted,
        "rung_without_cause": len({key for key in rung - due if key[1] not in baseline}),
        "baseline_rung": len({key for key in rung if key[1] in baseline}),
        **doubles(receivers, kills),
        "in_flight_at_kills": sum(kill.in_flight.total() for kill in kills),
        "in_flight_most": max((max(kill.in_flight.values(), default=0) for kill in kills), default=0),
        "not_unique": sum(not_unique(receiver) for receiver in receivers.values()),
        "forged": sum(receiver.forged for receiver in receivers.values()),
        "answers": {name: dict(receiver.moods) for name, receiver in receivers.items()},
    }


def not_unique(receiver: Receiver) -> int:
    """Return how many alerts came under several ids, and how many ids, but those of digests, for several alerts.

    Refused requests count too: one id for all attempts. Where it is 0, who drops the ids it knows has each alert once.
    """
    ids: dict[Key, set[str]] = defaultdict(set)
    alerts: dict[str, set[Key]] = defaultdict(set)
    for receipt in receiver.receipts:
        ids[receipt.rule, receipt.link].add(receipt.id)
        if not receipt.digest:
            alerts[receipt.id].add((receipt.rule, receipt.link))
    return sum(len(found) > 1 for found in ids.values()) + sum(len(found) > 1 for found in alerts.values())


def doubles(receivers: Mapping[str, Receiver], kills: Sequence[Kill]) -> dict[str, int]:
    """Return how often a delivery arrived again: after a reset that cost its answer, and after a kill.

    Each of the latter is held against a kill between its two arrivals that left as many in flight there; what finds
    none is beyond what was in flight.
    """
    after_reset = after_kill = beyond = 0
    left = [Counter(kill.in_flight) for kill in kills]
    for name, receiver in receivers.items():
        for first, mood, again in repeated(receiver):
            if mood == "reset after":
                after_reset += 1
                continue
            after_kill += 1
            between = (
                n for n, kill in enumerate(kills) if first - SLACK <= kill.at <= again and left[n][name]
            )
            blamed = next(between, None)
            if blamed is None:
                beyond += 1
            else:
                left[blamed][name] -= 1
    return {
        "doubles_after_reset": after_reset,
        "doubles_after_kill": after_kill,
        "doubles_beyond_in_flight": beyond,
    }


def repeated(receiver: Receiver) -> Iterator[tuple[int, str, int]]:
    """Yield each repeated arrival of a delivery: when it came before, how that was answered, and when it came again."""
    before: dict[str, tuple[int, str]] = {}
    for receipt in sorted({(it.at, it.id, it.mood) for it in receiver.arrived()}):
        at, id_, mood = receipt
        if id_ in before:
            yield (*before[id_], at)
        before[id_] = (at, mood)


def histogram(distances: list[float]) -> dict[str, int]:
    """Return how many distances fall up to each bound, in ms."""
    counts = dict.fromkeys([f"<={bound}" for bound in BUCKETS] + [f">{BUCKETS[-1]}"], 0)
    for distance in distances:
        bound = next((bound for bound in BUCKETS if distance <= bound), None)
        counts[f"<={bound}" if bound else f">{BUCKETS[-1]}"] += 1
    return counts


ZERO = (
    *("baseline_rung", "rung_without_cause", "not_unique", "doubles_beyond_in_flight", "forged"),
    *("children_left", "exit_status", "unserved", "etags_invented"),
)


def wrong(figures: Mapping[str, Any], *, points: Sequence[str], children: int) -> list[str]:
    """Return what is not as it must be, a sentence each."""
    found = [f"{name} is {figures[name]}, not 0" for name in ZERO if figures[name] != 0]
    found += [f"lost at {name}: {lost}" for name, lost in figures["lost"].items() if lost]
    found += [f"{name}: {figures[name]}" for name in ("died", "errors") if figures[name]]
    if figures["integrity"] != "ok" or set(figures["integrity_after_kills"]) - {"ok"}:
        found.append(f"integrity: {figures['integrity']}, after kills {figures['integrity_after_kills']}")
    if figures["children_most"] > children:
        found.append(f"children_most is {figures['children_most']}, more than {children}")

    def least(name: str, value: float, bound: float) -> None:
        if value < bound:
            found.append(f"{name} is {value}, at least {bound} are needed for this run to prove anything")

    kills = figures["kills"]
    least("near_commit_or_send", figures["near_commit_or_send"], kills / 4)
    least("before_ready", figures["before_ready"], kills / 10)
    least("not_modified", figures["not_modified"], 1)
    least("digests", figures["digests"], kills / 10)
    least("due", figures["due"], kills * ALERTS_A_KILL if kills >= FULL else kills)
    for point in points:
        least(point, figures["points"].get(point, 0), kills // 100)
    return found


def show(figures: Mapping[str, Any]) -> None:
    """Print the figures for people."""
    print("\nms from a kill to the nearest      commit   send   either")
    columns = [figures[f"histogram_{kind}ms"] for kind in ("commit_", "send_", "")]
    for bound in columns[0]:
        counts = [column[bound] for column in columns]
        print(f"{bound:>28}  {counts[0]:10}  {counts[1]:5}  {counts[2]:7}  {'█' * counts[2]}")
    print()
    for name, value in figures.items():
        if not name.startswith("histogram"):
            print(f"{name:>26}  {value}")
