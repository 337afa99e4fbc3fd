"""Same item, or another: real edits, a real live blog and recorded feeds, decided over a real database.

    python -m tests.torture.identity [--corpus DIR] [--short]

Titles that a publisher changed, as entries of one guid and as rows of a page without ids; 428 updates of a
live blog as rows of windows of 2 to 100, as they are and edited after minutes; recorded feeds by their guids,
and again as rows without any. The last line is one JSON object; exit 1 where the blog's items are merged or
an item that has a guid rings twice.
"""

import argparse
import gzip
import json
import os
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from monitor.model import Entry, PollOutcome, Source
from tests.desk import EVERYTHING, START, Desk, line

CORPUS = Path(os.environ.get("NEWSBELL_CORPUS", Path(__file__).parents[3] / "shared" / "data"))
PAGE = Source(name="page", url="https://e.org/")
MINUTE = timedelta(minutes=1)
EDITED_AFTER = timedelta(minutes=4)  # median of the blog's own edits
STREAMS = ("bbc-2021", "world-2020-apr-may", "html-reuters-2025-12")


# -- titles that a publisher changed ---------------------------------------------------------------


def title_edits(corpus: Path) -> list[tuple[str, str]]:
    rows = (corpus / "dupes" / "title-edits.jsonl").read_text("utf-8").splitlines()
    return [(row["a"], row["b"]) for row in map(json.loads, rows)]


def recognised(pairs: Sequence[tuple[str, str]], *, how: str) -> list[bool]:
    """Return for each pair whether the new title is an edit: of one "guid", in one "minute" with nothing else on
    the page, on top of a "list" of which the rest still stands, or "moved"."""
    desk, found = Desk([PAGE]), []
    rest = [line(f"Row {n}", id=f"r{n}") for n in range(6)] if how == "list" else []
    for number, titles in enumerate(pairs):
        at = [f"{number // 60 % 24:02}:{number % 60:02}"] * 2
        if how == "moved":
            at[1] = f"{(number // 60 + 1) % 24:02}:{number % 60:02}"
        ids = [f"g{number}", ""] if how == "guid" else ["", ""]
        for body, title in enumerate(titles):
            row = line(title, guid=ids[0], at=at[body])
            outcome = desk.read("page", [row, *rest], START + (2 * number + body) * MINUTE)
        found.append(not any(change.new for change in outcome.changes))
    return found


# -- a live blog as a page -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Update:
    """One update of the blog; its truth is its own address."""

    name: str
    at: datetime
    title: str
    body: str
    before: str = ""  # the title of its first minutes


def blog(corpus: Path, *, edits: int | None = None) -> list[Update]:
    """Return the updates, oldest first; with a seed, each with another title in its first minutes."""
    raw = json.loads((corpus / "tickers" / "liveblog-mirror-428-updates.json").read_text("utf-8"))
    dice = random.Random(edits)
    return sorted(
        (
            Update(
                row["url"],
                datetime.fromisoformat(row["published"]),
                row["headline"],
                row["body"],
                mutated(row["headline"], dice) if edits is not None else "",
            )
            for row in raw
        ),
        key=lambda update: update.at,
    )


def mutated(title: str, dice: random.Random) -> str:
    """Return a title as it may have been before it was corrected."""
    words = title.split()
    at = dice.randrange(len(words))
    kind = dice.choice(("typo", "prefix", "dropped", "tail"))
    if kind == "typo":
        words[at] = words[at][1:] + words[at][:1]
    elif kind == "prefix":
        words.insert(0, "BREAKING:")
    elif kind == "dropped" and len(words) > 3:
        del words[at]
    else:
        words = words[: max(3, len(words) - 2)]
    return " ".join(words)


@dataclass
class Mapping:
    """Which items stood for which truths."""

    stored: int = 0  # items in the end
    items: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # truth -> items
    truths: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # item -> truths

    def note(self, entries: Sequence[Entry], names: Sequence[str], outcome: PollOutcome) -> None:
        """Note one body: each change is of the entry with its text, changes come oldest first."""
        by_words: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
        for entry, name in zip(entries, names, strict=True):
            by_words[_words(entry)].append(name)
        for change in outcome.changes:
            names_of = by_words.get((change.item.title, change.item.summary, *change.keys[:1]))
            for name in names_of or ():
                self.items[name].add(change.item.id)
                self.truths[change.item.id].add(name)

    @property
    def merged(self) -> int:
        return sum(len(names) - 1 for names in self.truths.values())

    @property
    def split(self) -> int:
        return sum(len(ids) - 1 for ids in self.items.values())


def _words(entry: Entry) -> tuple[str, ...]:
    from monitor.core.items import identity

    [candidate] = identity.candidates([entry])
    return entry.title, entry.summary, candidate.row or candidate.keys[-1]


def watch_blog(updates: Sequence[Update], *, window: int, every: timedelta, bodies: bool) -> Mapping:
    """Return what became of the blog, read as the newest `window` rows of bare clock times."""
    desk, mapping = Desk([PAGE]), Mapping()
    now, end, last = updates[0].at, updates[-1].at + EDITED_AFTER + every, None
    while now <= end:
        shown = [u for u in updates if u.at <= now][-window:][::-1]
        rows = [_row(update, now, bodies=bodies) for update in shown]
        if rows != last:
            outcome = desk.read("page", rows, now.astimezone(UTC))
            mapping.note(rows, [update.name for update in shown], outcome)
            last = rows
        now += every
    mapping.stored = len(desk.items())
    return mapping


def _row(update: Update, now: datetime, *, bodies: bool) -> Entry:
    title = update.before if update.before and now < update.at + EDITED_AFTER else update.title
    return line(title, update.body if bodies else "", at=f"{update.at:%H:%M}")


# -- recorded feeds --------------------------------------------------------------------------------


def recorded(
    corpus: Path, stream: str
) -> Iterator[tuple[str, list[tuple[datetime, list[int]]], dict[int, Any]]]:
    """Yield each source of a stream with its states and its items."""
    folder = corpus / "streams"
    items: dict[str, dict[int, Any]] = defaultdict(dict)
    states: dict[str, list[tuple[datetime, list[int]]]] = defaultdict(list)
    for row in _rows(folder / f"{stream}.items.jsonl.gz"):
        items[row["source"]][row["n"]] = row
    for row in _rows(folder / f"{stream}.snapshots.jsonl.gz"):
        if row["items"] is not None:
            states[row["source"]].append((_at(row["at"]), row["items"]))
    for source in sorted(states):
        yield source, sorted(states[source]), items[source]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def entry_at(row: dict[str, Any], now: datetime, *, keyed: bool) -> Entry:
    """Return an item as it stood at `now`, by its guid and link, or as a row of a page."""
    seen = [rev for rev in row["revs"] if _at(rev["at"]) <= now]
    newest = {**row, **{key: value for key, value in (seen[-1] if seen else {}).items() if value}}
    date = newest["published"] or ""
    if keyed:
        return line(
            newest["title"] or "",
            newest.get("summary") or "",
            guid=row["id"],
            url=newest["url"] or "",
            at=date,
        )
    return line(
        newest["title"] or "", newest.get("summary") or "", at=_at(date).strftime("%H:%M") if date else ""
    )


def replay(
    states: Sequence[tuple[datetime, list[int]]], items: dict[int, Any], *, keyed: bool
) -> Counter[str]:
    """Return what became of one source: items seen, stored, rung, rung more than once, returned, edited."""
    desk, mapping, found = Desk([PAGE], [EVERYTHING]), Mapping(), Counter[str]()
    away: set[int] = set()
    back: set[int] = set()
    before: set[int] = set()
    for at, numbers in states:
        entries = [entry_at(items[n], at, keyed=keyed) for n in numbers]
        outcome = desk.read("page", entries, at)
        found["edits"] += sum(change.edited for change in outcome.changes)
        if not keyed:
            mapping.note(entries, [str(n) for n in numbers], outcome)
        away |= before - set(numbers)
        back |= away & set(numbers)
        before = set(numbers)
    seen = {n for _, numbers in states for n in numbers}
    baseline = set(states[0][1]) if states else set()
    found.update(
        items=len(seen),
        stored=len(desk.items()),
        returned=len(back),
        alerts=desk.alerts(),
        surplus_alerts=max(desk.alerts() - len(seen - baseline), 0),
        real_edits=sum(a != b for n in seen for a, b in pairwise(titles(items[n]))),
        merged=mapping.merged,
        split=mapping.split,
    )
    return found


def titles(row: dict[str, Any]) -> list[str]:
    return [row["title"], *(rev["title"] for rev in row["revs"] if rev["title"])]


# -- all of it -------------------------------------------------------------------------------------


def share(found: Iterable[bool]) -> float:
    found = list(found)
    return round(sum(found) / len(found), 4)


def measure(corpus: Path, *, short: bool) -> dict[str, Any]:
    pairs = title_edits(corpus)
    figures: dict[str, Any] = {
        f"title_edits_{how}": share(recognised(pairs, how=how)) for how in ("guid", "list", "minute", "moved")
    }
    print(f"{len(pairs)} edited titles: {figures}")
    for window in (2, 30) if short else (2, 5, 10, 30, 100):
        for name, updates in (("blog", blog(corpus)), ("blog_edited", blog(corpus, edits=7))):
            for bodies in (True, False):
                mapping = watch_blog(updates, window=window, every=MINUTE, bodies=bodies)
                key = f"{name}_{window}{'' if bodies else '_titles'}"
                figures[key] = {
                    "items": len(mapping.items),
                    "stored": mapping.stored,
                    "merged": mapping.merged,
                    "split": mapping.split,
                }
                print(f"{key}: {figures[key]}")
    for stream in STREAMS[2:] if short else STREAMS:
        for keyed in (True, False):
            key = f"{stream}_{'guids' if keyed else 'rows'}"
            figures[key] = dict(
                sum((replay(s, i, keyed=keyed) for _, s, i in recorded(corpus, stream)), Counter())
            )
            print(f"{key}: {figures[key]}")
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--short", action="store_true", help="two windows and one stream")
    options = parser.parse_args()
    if not (options.corpus / "dupes").is_dir():
        print(f"no corpus at {options.corpus}: nothing measured")
        return 0
    figures = measure(options.corpus, short=options.short)
    merged = sum(
        value["merged"]
        for key, value in figures.items()
        if key.startswith("blog_") and isinstance(value, dict)
    )
    twice = sum(value.get("surplus_alerts", 0) for key, value in figures.items() if key.endswith("_guids"))
    bad = bool(merged or twice or figures["title_edits_guid"] < 1)
    print(json.dumps({"torture": "identity", "ok": not bad, **figures}))
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
