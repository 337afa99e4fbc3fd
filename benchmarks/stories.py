"""Stories: recall at precision 0.95 beside token-set ratio and TF-IDF cosine; cost with a million items in the window.

    python -m benchmarks.stories [--window 1000000] [--items 2000]

Held out: the threshold is chosen on three of the four sets (the most recall at precision 0.95 on each, rounded up to
a hundredth) and tested on the fourth. It comes out as the shipped one whichever set is left out; not rounded up, msrp
keeps 0.945 where it is left out, since the others have 44 joined pairs between them and hardly a long text. The sets
differ in what they call the same: of short texts with 12 to 18 in 100 of their weight in one of the two only, people
called 33 of 44 headlines the same (sts-headlines asks that nothing of weight be missing) and 24 of 24 sentences (msrp).
Hence a share counts by the length of the text; that, the other constants and the form of the scorer were chosen in sight
of all four. headlinecause has 4 pairs that are the same, one of which is joined: it shows false merges, hardly recall.

Recall: every scorer gets the one threshold at which all four labelled sets stand at 0.95 or better, as ours has one
threshold; what each would reach with a threshold of its own for each set is printed beside it. The peers read titles,
ours first paragraphs too where a set has them; TF-IDF with them is shown as well. Cost: titles made of the words of real headlines,
in a real store file; ours finds and scores the like of new items through the index, the peer scans all titles.
"""

import argparse
import json
import math
import os
import platform
import random
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from rapidfuzz import fuzz, process

from monitor.core import stories
from monitor.core.likeness import likeness
from monitor.model import Item, ItemChange
from monitor.store.sqlite.database import connect, migrate
from monitor.store.sqlite.items import stories as index
from monitor.store.sqlite.rows import item_columns, micros
from tests.torture.pairs import AT, CLUSTERS, DUPES, SETS, Pair, item, pairs, rows
from tests.torture.stories import PRECISION, Ranked, Scores, found, held_out, one_threshold, wilson

MUST, STRETCH = 2.0, 5.0  # times the mean recall of the better peer, at one threshold
SPEED = 50.0  # times the items a second of a linear scan
ROUNDS = 3
WORD = re.compile(r"\w+")


def tfidf(asked: dict[str, list[Pair]], *, leads: bool) -> Callable[[Item, Item], float]:
    """Return a cosine of TF-IDF vectors, the document frequencies learnt from the sets themselves."""

    def read(it: Item) -> str:
        return f"{it.title} {it.summary}" if leads else it.title

    def vector(text: str) -> dict[str, float]:
        counts = Counter(WORD.findall(text.casefold()))
        weights = {word: (1 + math.log(n)) * idf[word] for word, n in counts.items()}
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {word: weight / length for word, weight in weights.items()}

    texts = [read(it) for listed in asked.values() for pair in listed for it in (pair.one, pair.other)]
    frequency = Counter(word for text in texts for word in set(WORD.findall(text.casefold())))
    idf = {word: math.log((1 + len(texts)) / (1 + n)) + 1 for word, n in frequency.items()}

    def score(one: Item, other: Item) -> float:
        mine, yours = vector(read(one)), vector(read(other))
        return sum(weight * yours.get(word, 0.0) for word, weight in mine.items())

    return score


def token_set(one: Item, other: Item) -> float:
    return fuzz.token_set_ratio(one.title.casefold(), other.title.casefold()) / 100


def ours(one: Item, other: Item) -> float:
    return stories.alike(one, other) if found(one, other) else 0.0


def ours_titles(one: Item, other: Item) -> float:
    return likeness(one.title, other.title) if found(one, other) else 0.0


def scored(asked: dict[str, list[Pair]], score: Callable[[Item, Item], float]) -> Scores:
    return {
        name: [(score(pair.one, pair.other), pair.same) for pair in listed] for name, listed in asked.items()
    }


def own_recall(listed: Sequence[tuple[float, bool]]) -> float:
    """Return the best recall at the asked precision with a threshold of the set's own."""
    ranked = Ranked(listed)
    at = (ranked.figures(level) for level in ranked.all)
    return max((recall for precision, recall in at if precision >= PRECISION), default=0.0)


def unseen(scores: Scores, name: str) -> dict[str, object]:
    """Return what a set shows at a threshold that was chosen on the others, with the interval of 95 in 100 (Wilson)."""
    threshold = held_out(scores, name)
    if threshold is None:
        return {"threshold": None, "joined": 0}
    joined = [same for score, same in scores[name] if score >= threshold]
    precision, recall = Ranked(scores[name]).figures(threshold)
    return {
        "threshold": threshold,
        "joined": len(joined),
        "precision": round(precision, 4),
        "interval": [round(bound, 3) for bound in wilson(sum(joined), len(joined))],
        "recall": round(recall, 4),
    }


def side(scores: Scores, threshold: float | None) -> dict[str, object]:
    at = {
        name: Ranked(listed).figures(threshold) if threshold else (1.0, 0.0)
        for name, listed in scores.items()
    }
    return {
        "threshold": threshold and round(threshold, 4),
        "mean_recall": round(statistics.fmean(recall for _, recall in at.values()), 4),
        "recall": {name: round(recall, 4) for name, (_, recall) in at.items()},
        "precision": {name: round(precision, 4) for name, (precision, _) in at.items()},
        "held_out": {name: unseen(scores, name) for name in scores},
        "recall_with_a_threshold_for_each_set": {
            name: round(own_recall(listed), 4) for name, listed in scores.items()
        },
    }


def recall_sides() -> dict[str, dict[str, object]]:
    asked = {name: pairs(name) for name in SETS}
    measured = {
        "ours": (ours, stories.SURE),
        "ours, titles only": (ours_titles, stories.SURE),
        "token-set": (token_set, None),
        "tf-idf": (tfidf(asked, leads=False), None),
        "tf-idf with first paragraphs": (tfidf(asked, leads=True), None),
    }
    sides = {}
    for name, (score, threshold) in measured.items():
        scores = scored(asked, score)
        sides[name] = side(scores, threshold or one_threshold(scores))
        print(f"{name}: {json.dumps(sides[name])}", flush=True)
    return sides


# -- a million items in the window --------------------------------------------------------------


def vocabulary() -> tuple[list[str], list[int]]:
    """Return words with their frequencies: of real headlines, or made up where there is no corpus."""
    if (DUPES / CLUSTERS).is_file():
        counted = Counter(word for row in rows(CLUSTERS) for word in row["title"].split())
        for row in rows("title-edits.jsonl"):
            counted.update(row["a"].split())
        for row in rows(SETS["msrp"]):
            counted.update(row["a"].split())
    else:
        counted = Counter({f"word{rank}x": 200_000 // rank for rank in range(1, 20_000)})
    return list(counted), list(counted.values())


def titles(count: int, dice: random.Random) -> list[str]:
    words, weights = vocabulary()
    lengths = [dice.randint(6, 12) for _ in range(count)]
    drawn = dice.choices(words, weights, k=sum(lengths))
    ends = [0]
    for length in lengths:
        ends.append(ends[-1] + length)
    return [" ".join(drawn[start:end]) for start, end in pairwise(ends)]


def edited(title: str, other: str, dice: random.Random) -> str:
    """Return `title` with one of its words exchanged for one of `other`'s, as a desk rewrites it."""
    words = title.split()
    words[dice.randrange(len(words))] = other.split()[0]
    return " ".join(words)


def fill(path: Path, listed: Sequence[str]) -> tuple[int, float]:
    """Store `listed` as items of the last 71 hours; return the bytes the fingerprints take and the seconds."""
    connection = connect(str(path))
    migrate(connection)
    connection.execute("pragma synchronous = off")  # the index is measured, not the disk
    step = timedelta(hours=71) / len(listed)
    started = time.process_time()
    connection.execute("begin")
    connection.executemany(*_items(listed, step))
    before = _pages(connection)
    period = index.PERIOD
    connection.executemany(
        "insert or ignore into marks values (?, ?, ?)",
        (
            (micros(AT - timedelta(hours=71) + step * n) // period, mark, n + 1)
            for n, title in enumerate(listed)
            for mark in stories.marks(title, "")
        ),
    )
    size = _pages(connection) - before
    connection.execute("commit")
    connection.close()
    return size, time.process_time() - started


def _pages(connection: object) -> int:
    execute = connection.execute  # type: ignore[attr-defined]
    return int(execute("pragma page_count").fetchone()[0]) * int(execute("pragma page_size").fetchone()[0])


def _items(listed: Sequence[str], step: timedelta) -> tuple[str, Iterable[tuple[object, ...]]]:
    names = list(item_columns(item("", key="x")))
    values = (
        (
            *item_columns(
                item(title, key=f"i{n}", publisher=f"p{n % 500}", at=AT - timedelta(hours=71) + step * n)
            ).values(),
            0,
        )
        for n, title in enumerate(listed)
    )
    marks = ", ".join("?" * (len(names) + 1))
    return f"insert into items ({', '.join(names)}, revised_at) values ({marks})", values


def find(path: Path, asked: Sequence[str], *, together: int) -> tuple[float, int]:
    """Ask for the like of `asked`, `together` a body; return CPU seconds and how many found a story."""
    connection = connect(str(path), readonly=True)
    joined, started = 0, time.process_time()
    for start in range(0, len(asked), together):
        fresh = [
            item(title, key=f"n{start + n}", publisher="desk", at=AT)
            for n, title in enumerate(asked[start : start + together])
        ]
        marks = {mark for one in fresh for mark in stories.marks(one.title, "")}
        kin = index.kin(connection, marks, (), AT)
        told = stories.tell([ItemChange(item=one, keys=(one.id,), new=True) for one in fresh], kin)
        joined += sum(change.item.story != change.item.id for change in told.changes)
    seconds = time.process_time() - started
    connection.close()
    return seconds, joined


def scan(listed: Sequence[str], asked: Sequence[str]) -> float:
    """Return the CPU seconds in which a linear scan looks through all titles for each of `asked`."""
    started = time.process_time()
    for title in asked:
        process.extractOne(title, listed, scorer=fuzz.token_set_ratio, processor=None)
    return time.process_time() - started


def window_side(count: int, asked: int, dice: random.Random) -> dict[str, object]:
    listed = titles(count, dice)
    fresh = titles(asked, dice)
    rewritten = [
        edited(title, other, dice) for title, other in zip(dice.sample(listed, asked), fresh, strict=True)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "newsbell.db"
        size, filling = fill(path, listed)
        print(f"window: {count:,} items stored and fingerprinted in {filling:.0f} CPU s", flush=True)
        rates, scans, told = [], [], 0
        for _ in range(ROUNDS):
            seconds, told = find(path, rewritten, together=25)
            more, _none = find(path, fresh, together=25)
            rates.append(2 * asked / (seconds + more))
            sample = rewritten[:3]
            scans.append(len(sample) / scan(listed, sample))
    print(
        f"window: ours {[round(rate) for rate in rates]}, scan {[round(rate, 2) for rate in scans]} items/s"
    )
    return {
        "items": count,
        "ours_items_per_cpu_s": round(statistics.median(rates)),
        "scan_items_per_cpu_s": round(statistics.median(scans), 2),
        "times": round(statistics.median(rates) / statistics.median(scans)),
        "must": SPEED,
        "fingerprints_mb": round(size / 1e6),
        "fingerprinted_per_cpu_s": round(count / filling),
        "rewritten_by_a_word_found": round(told / asked, 3),
    }


def machine() -> str:
    return f"{os.cpu_count()} x {platform.machine()}, Python {platform.python_version()}, {platform.system()}"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--window", type=int, default=1_000_000, help="items in the window")
    parser.add_argument("--items", type=int, default=2_000, help="new items to find the like of, twice")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if not DUPES.is_dir():
        print("no corpus: set NEWSBELL_CORPUS to the folder with dupes/", file=sys.stderr)
        return 2
    sides = recall_sides()
    peers = [float(str(sides[name]["mean_recall"])) for name in sides if not name.startswith("ours")]
    ratio = float(str(sides["ours"]["mean_recall"])) / max(*peers, 1e-9)
    window = window_side(given.window, given.items, random.Random(given.seed))
    precise = all(p >= PRECISION for p in sides["ours"]["precision"].values())  # type: ignore[attr-defined]
    print(
        json.dumps(
            {
                "claim": "mean recall over four labelled sets at one threshold with precision 0.95 on each,"
                " against the better of token-set ratio and TF-IDF cosine",
                "ratio": round(ratio, 2),
                "must": MUST,
                "stretch": STRETCH,
                "sides": {**sides, "window": window},
                "machine": machine(),
            }
        )
    )
    return 0 if precise and ratio >= MUST and float(str(window["times"])) >= SPEED else 1


if __name__ == "__main__":
    sys.exit(main())
