"""Stories on labelled pairs and on a fortnight's headlines: what is joined, and what should not have been.

    python -m tests.torture.stories [--texts]

Prints precision and recall by set, at the shipped threshold and at that which the other sets alone would have led to,
and the lines of the false merges (with `--texts` what they say), and how pure the stories of the 2014 headlines are (weak labels); then one JSON object. Exit 1 where a set falls below 0.95.
"""

import argparse
import json
import math
import statistics
import sys
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.core import stories
from monitor.model import Item, ItemChange, Kin
from tests.torture.pairs import DUPES, SETS, Pair, clusters, pairs

PRECISION = 0.95

Scores = dict[str, list[tuple[float, bool]]]  # by set: the score of a pair, and whether it is the same


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


class Ranked:
    """The scores of a set in order, to look at many thresholds."""

    def __init__(self, listed: Sequence[tuple[float, bool]]) -> None:
        self.all = sorted(score for score, _ in listed)
        self.same = sorted(score for score, same in listed if same)

    def figures(self, threshold: float) -> tuple[float, float]:
        """Return precision and recall of what scores `threshold` or more."""
        joined, hits = (len(scores) - bisect_left(scores, threshold) for scores in (self.all, self.same))
        return (hits / joined if joined else 1.0), hits / len(self.same)


def one_threshold(scores: Scores) -> float | None:
    """Return the threshold with the most recall among those at which every set keeps the precision."""
    ranked = [Ranked(listed) for listed in scores.values()]
    best: tuple[float, float] | None = None
    for level in {score for each in ranked for score in each.all}:
        at = [each.figures(level) for each in ranked]
        if all(precision >= PRECISION for precision, _ in at):
            mean = statistics.fmean(recall for _, recall in at)
            best = max(best or (-1.0, 0.0), (mean, level))
    return best[1] if best else None


def held_out(scores: Scores, name: str) -> float | None:
    """Return the threshold that the sets but `name` lead to, rounded up to a hundredth: a set unseen asks for more."""
    threshold = one_threshold({other: listed for other, listed in scores.items() if other != name})
    return threshold and math.ceil(threshold * 100) / 100


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Return the interval of 95 in 100 for a share seen as `hits` out of `of`."""
    if not of:
        return 0.0, 1.0
    share, z = hits / of, 1.96
    middle, spread = share + z * z / (2 * of), z * math.sqrt((share * (1 - share) + z * z / (4 * of)) / of)
    return (middle - spread) / (1 + z * z / of), (middle + spread) / (1 + z * z / of)


def shipped() -> Scores:
    """Return what the pairs of all sets score; 0 where the index does not lead from one to the other."""
    return {
        name: [
            (stories.alike(pair.one, pair.other) if found(pair.one, pair.other) else 0.0, pair.same)
            for pair in pairs(name)
        ]
        for name in SETS
    }


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
    result: dict[str, object] = {"threshold": stories.SURE}
    good, scores = True, shipped()
    for name in SETS:
        verdict = judge(name)
        good &= verdict.precision >= PRECISION
        print(
            f"{name}: {len(verdict.joined)} of {verdict.pairs} pairs joined ({verdict.alike} by score alone), precision {verdict.precision:.3f},"
            f" recall {verdict.recall:.3f}; false merges at lines {verdict.false}"
        )
        unseen = held_out(scores, name) or 1.0
        low, high = wilson(verdict.hits, len(verdict.joined))
        elsewhere = Ranked(scores[name]).figures(unseen)
        good &= elsewhere[0] >= PRECISION
        print(
            f"  interval of the precision {low:.3f} to {high:.3f}; at {unseen:.2f}, chosen on the other sets:"
            f" precision {elsewhere[0]:.3f}, recall {elsewhere[1]:.3f}"
        )
        if texts:
            for pair in (pair for pair in verdict.joined if not pair.same):
                print(
                    f"  {pair.number}: {pair.one.title}\n  {' ' * len(str(pair.number))}  {pair.other.title}"
                )
        result[name] = {
            "joined": len(verdict.joined),
            "precision": round(verdict.precision, 4),
            "recall": round(verdict.recall, 4),
            "interval": [round(low, 3), round(high, 3)],
            "held_out": {"threshold": unseen, "precision": round(elsewhere[0], 4)},
            "false": verdict.false,
        }
    folded = purity()
    print(
        f"2014: {folded.headlines} headlines in {folded.stories} stories, the largest of {folded.largest};"
        f" {folded.pairs} pairs, {folded.precision:.3f} of them in one cluster (weak labels)"
    )
    result["uci-2014"] = {
        "stories": folded.stories,
        "largest": folded.largest,
        "pairs": folded.pairs,
        "precision": round(folded.precision, 4),
    }
    print(json.dumps(result))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
