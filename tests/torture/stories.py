"""Stories on labelled pairs and on a fortnight's headlines: what is joined, and what should not have been.

    python -m tests.torture.stories [--texts]

Prints precision and recall by set and the lines of the false merges (with `--texts` what they say), and how
pure the stories of the 2014 headlines are (weak labels); then one JSON object. Exit 1 where a set falls below 0.95.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass

from monitor.core import stories
from monitor.model import Item, ItemChange, Kin
from tests.torture.pairs import DUPES, SETS, Pair, clusters, pairs

PRECISION = 0.95


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the shipped threshold makes of one set."""

    pairs: int
    same: int
    alike: int  # by the score alone; of these, the index leads to
    joined: tuple[Pair, ...]

    @property
    def hits(self) -> int:
        return sum(pair.same for pair in self.joined)

    @property
    def precision(self) -> float:
        return self.hits / len(self.joined) if self.joined else 1.0

    @property
    def recall(self) -> float:
        return self.hits / self.same

    @property
    def false(self) -> list[int]:
        return [pair.number for pair in self.joined if not pair.same]


def found(one: Item, other: Item) -> bool:
    """Tell whether the index leads from one to the other."""
    mine, yours = (stories.marks(item.title, item.summary) for item in (one, other))
    return bool(set(mine) & set(yours))


def judge(name: str) -> Verdict:
    """Join the pairs of one of `SETS` as the store and the shipped threshold would."""
    asked = pairs(name)
    alike = [pair for pair in asked if stories.alike(pair.one, pair.other) >= stories.SURE]
    return Verdict(
        pairs=len(asked),
        same=sum(pair.same for pair in asked),
        alike=len(alike),
        joined=tuple(pair for pair in alike if found(pair.one, pair.other)),
    )


@dataclass(frozen=True, slots=True)
class Purity:
    """How the headlines of 2014 fold, against the clusters of an aggregator: pairs of one story."""

    headlines: int
    stories: int
    largest: int
    pairs: int
    same_cluster: int

    @property
    def precision(self) -> float:
        return self.same_cluster / self.pairs


def purity() -> Purity:
    """Fold the 2014 headlines one after the other, as if one source had them all."""
    listed = clusters()
    cluster = {item.id: name for item, name in listed}
    told = stories.tell([ItemChange(item=item, keys=(item.id,), new=True) for item, _ in listed], Kin())
    folded: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for change in told.changes:
        folded[change.item.story][cluster[change.item.id]] += 1
    return Purity(
        headlines=len(listed),
        stories=len(folded),
        largest=max(counts.total() for counts in folded.values()),
        pairs=sum(_pairs(counts.total()) for counts in folded.values()),
        same_cluster=sum(_pairs(count) for counts in folded.values() for count in counts.values()),
    )


def _pairs(members: int) -> int:
    return members * (members - 1) // 2


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--texts", action="store_true", help="print what the false merges say")
    texts = parser.parse_args().texts
    if not DUPES.is_dir():
        print("no corpus: set NEWSBELL_CORPUS to the folder with dupes/", file=sys.stderr)
        return 0
    figures: dict[str, object] = {"threshold": stories.SURE}
    good = True
    for name in SETS:
        verdict = judge(name)
        good &= verdict.precision >= PRECISION
        print(
            f"{name}: {len(verdict.joined)} of {verdict.pairs} pairs joined ({verdict.alike} by score alone), precision {verdict.precision:.3f},"
            f" recall {verdict.recall:.3f}; false merges at lines {verdict.false}"
        )
        if texts:
            for pair in (pair for pair in verdict.joined if not pair.same):
                print(
                    f"  {pair.number}: {pair.one.title}\n  {' ' * len(str(pair.number))}  {pair.other.title}"
                )
        figures[name] = {
            "joined": len(verdict.joined),
            "precision": round(verdict.precision, 4),
            "recall": round(verdict.recall, 4),
            "false": verdict.false,
        }
    folded = purity()
    print(
        f"2014: {folded.headlines} headlines in {folded.stories} stories, the largest of {folded.largest};"
        f" {folded.pairs} pairs, {folded.precision:.3f} of them in one cluster (weak labels)"
    )
    figures["uci-2014"] = {
        "stories": folded.stories,
        "largest": folded.largest,
        "pairs": folded.pairs,
        "precision": round(folded.precision, 4),
    }
    print(json.dumps(figures))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
