"""Queries made to hurt, and the engine beside the slow evaluator: figures in one JSON object.

    python -m tests.torture.rules [--pairs 100000] [--queries 10000] [--seed 1] [--short]

A thousand regular expressions on which backtracking engines hang, held against texts made for them; fuzzed queries,
read or refused with a place; random pairs of query and text on which engine and slow evaluator must agree.
Must: no crash, and no rule takes more than 10 ms of CPU an item (the fastest of three tries counts).
"""

import argparse
import itertools
import json
import random
import sys
import time
from collections.abc import Iterator

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from monitor.model import Rule
from monitor.rules.engine import Engine
from monitor.rules.errors import QueryError
from monitor.rules.matching.document import Document
from tests.rules.test_agreement import check, documents, trees
from tests.rules.test_hostile import pieces

LIMIT = 0.010  # CPU seconds an item
AGAIN = 20  # times that what seems to take longer is measured once more,
PAUSE = 0.5  # seconds later each time: a machine may run at half its speed for a while
RULES = 5  # of one example

# (repetition within repetition, alternatives that overlap, optional parts in a row, what makes it fail at the end)
ATOMS = ("a", "[a-z]", r"\w", ".", "(a|b)", r"\s?a", "é", "ї", r"[^x]", r"\p{L}")
SHAPES = (
    "({0}+)+", "({0}*)*", "({0}|{0}{0})+", "({0}|{0}?)+", "({0}+{0}+)+", "(({0}+)*)+", "({0}{{1,20}}){{1,20}}", "({0}?){{30}}{0}{{30}}",
    "{0}*{0}*{0}*{0}*{0}*", "(.*{0}){{15}}", "^({0}+)*$", "({0}+,?)+", "((({0}?)*)+)*", "({0}+[^y])+", "(?:{0}+)+(?:{0}+)+", "{0}+.*{0}+.*{0}+",
    "(?i)({0}+)+", "(x+x+)+|({0}+)+", "({0}|[a-m]|[l-z])*",
)  # fmt: skip
TAILS = ("!", "$", "", r"\b!", "[!?]", "zz")
TEXTS = (
    "a" * 4_000,
    "a " * 2_000,
    "ab" * 2_000,
    "a\u0301" * 2_000,
    "ї" * 4_000,
    "a," * 2_000,
    "x" * 2_000 + "a" * 2_000,
)


def evil() -> Iterator[str]:
    """Yield a thousand and more evil patterns."""
    for shape, atom, tail in itertools.product(SHAPES, ATOMS, TAILS):
        yield shape.format(atom) + tail


def hurtful(dice: random.Random) -> str:
    """Return a query of pieces at random, half of them such as could be meant."""
    pool = [*pieces(), "NEAR/3", "ONEAR/2", "NEAR/s", "at least 2 of (", "atleast3 ", "~strike", "=Ab", "~9", "lang:en", "published:7d",
            "site:a.org", "alias:kyiv", "a*b*c*d*e*f*g*", "????a", '"a a a a a"~3', "(a a a a)~4", "/(a+)+b/", ","]  # fmt: skip
    if dice.random() < 0.6:  # without what hardly anything is read with
        pool = [
            piece
            for piece in pool
            if not set(piece) & set('\x00\ud800\\"“[]{}^$.~,') and piece not in ("/", "x:", "*")
        ]
    joint = dice.choice(["", " ", " "])
    return joint.join(dice.choices(pool, k=dice.randint(1, 25)))


def slowest(query: str, texts: tuple[str, ...]) -> float | None:
    """Return the most CPU seconds that one of the texts takes, None if the query is refused."""
    try:
        engine = Engine([Rule(name="x", query=query)])
    except QueryError as error:
        if not 1 <= error.column <= len(query) + 1:
            raise AssertionError(f"{query!r} is refused at column {error.column}") from error
        return None
    worst = 0.0
    for text in texts:
        document = Document(title=text[:200], summary=text)
        engine.match(document)  # what is compiled lazily is no cost of an item
        worst = max(worst, min(_seconds(engine, document) for _ in range(3)))
    return worst


def judge(query: str, texts: tuple[str, ...]) -> float | None:
    """Return `slowest`; of what is beyond the limit the least of some measurements, which a slow machine cannot lower."""
    took = slowest(query, texts)
    for _ in range(AGAIN):
        if took is None or took <= LIMIT:
            break
        time.sleep(PAUSE)
        took = min(took, slowest(query, texts) or took)
    return took


def _seconds(engine: Engine, document: Document) -> float:
    started = time.process_time()
    engine.match(document)
    return time.process_time() - started


def agree(pairs: int, number: int) -> int:
    """Hold engine and slow evaluator against each other; raises AssertionError with the smallest example."""
    matches = 0

    @seed(number)
    @settings(max_examples=pairs // RULES, deadline=None, database=None, phases=[Phase.generate, Phase.shrink],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(st.lists(trees, min_size=RULES, max_size=RULES), documents, st.booleans())
    def hold(rules: list[object], document: Document, bare: bool) -> None:
        nonlocal matches
        matches += check(rules, document, bare=bare)  # type: ignore[arg-type]

    hold()
    return matches


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="a hundredth of it")
    options = parser.parse_args()
    part = 100 if options.short else 1
    dice = random.Random(options.seed)
    patterns = list(evil())[::part]
    judged = [(judge(f"/{pattern}/", TEXTS), f"/{pattern}/") for pattern in patterns]
    fuzzed = [hurtful(dice) for _ in range(options.queries // part)]
    judged += [(judge(query, TEXTS[:2] + TEXTS[3:4]), query) for query in fuzzed]
    took = sorted(((seconds, query) for seconds, query in judged if seconds is not None), reverse=True)
    matches = agree(options.pairs // part, options.seed)
    slow = [(round(seconds * 1000, 2), query) for seconds, query in took if seconds > LIMIT]
    print(
        json.dumps(
            {
                "evil_patterns": len(patterns), "fuzzed_queries": len(fuzzed), "refused": len(judged) - len(took),
                "slowest_ms": [(round(seconds * 1000, 2), query[:80]) for seconds, query in took[:5]], "limit_ms": LIMIT * 1000,
                "too_slow": len(slow), "pairs": options.pairs // part, "matches": matches, "seed": options.seed,
            },
            ensure_ascii=False,
        )
    )  # fmt: skip
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
