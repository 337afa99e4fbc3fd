"""What a query or the rules would have done with the items that are stored."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from monitor.cli.places import reading
from monitor.config import Config
from monitor.core import backtest
from monitor.core.plurals import count, spell
from monitor.model import Item, Rule
from monitor.rules import advice
from monitor.rules.engine import Document, Engine
from monitor.rules.language import parse
from monitor.rules.text import Text
from monitor.store import StoreError
from monitor.store.sqlite import search
from monitor.values import dataclass

WEEK = timedelta(days=7)
MOST = 20_000  # items that `check` looks at, the newest


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """How often a rule would have rung."""

    rule: Rule
    items: int
    stories: int
    rings: int

    def sentence(self) -> str:
        """Return it as a person reads it."""
        stories = f", {self.stories} {'story' if self.stories == 1 else 'stories'}" if self.items else ""
        quiet = "" if self.rule.ring else " (ring = false)"
        if self.rule.absent:
            quiet = f" (absent = {spell(self.rule.absent)}, which a match ends)"
        held = self.rings != self.items and not self.rule.absent
        with_it = backtest.holding_back(self.rule)
        rings = f"; with {with_it} it rings {count(self.rings, 'time')}" if held else ""
        return f"rule {self.rule.name}{quiet}: {self.items} in the last 7 days{stories}{rings}"


def summary(rule: Rule, found: Sequence[Item], of: int, *, since: datetime, now: datetime) -> str:
    """Return how often a rule would have rung for the items that it matches, in a sentence."""
    days, stories = (now - since) / timedelta(days=1), count(_stories(found), "story", "stories")
    matched = f"{len(found)} of {of:,} items in {days:g} days"
    if rule.absent:
        return (
            f"{matched}, {stories}; it rings for none of them, but where none comes for {spell(rule.absent)}"
        )
    rings = len(backtest.rung(rule, found, since=since))
    rate = f"{rings / days if days else 0.0:.1f} alerts a day"
    if held := backtest.holding_back(rule):
        return f"{matched}, {stories}; with {held} it rings {count(rings, 'time')}: {rate}"
    return f"{matched}: {rate}, {stories}"


def _stories(items: Sequence[Item]) -> int:
    return len({item.story or item.id for item in items})


def week(config: Config, state: Path | None, now: datetime) -> tuple[list[Past], list[str]]:
    """Return how often each rule would have rung in the last seven days, and what the items advise."""
    if not config.rules:
        return [], []
    try:
        with reading(config, state) as store:
            items = [
                item
                for item, _ in zip(
                    search.candidates(store, None, since=now - WEEK), range(MOST), strict=False
                )
            ]
    except StoreError:
        return [], []  # none yet, of another version, or damaged: `run` says so
    if not items:
        return [], []
    engine, rang = Engine(config.rules), {rule.name: list[Item]() for rule in config.rules}
    words: Counter[str] = Counter()
    for item in items:
        words.update({*Text(item.title).words, *Text(item.summary).words})
        for match in engine.match(Document.of(item)):
            rang[match.rule.name].append(item)
    past = [
        Past(
            rule=rule,
            items=len(rang[rule.name]),
            stories=_stories(rang[rule.name]),
            rings=len(backtest.rung(rule, rang[rule.name], since=now - WEEK)),
        )
        for rule in config.rules
    ]
    told = [
        f"rule {rule.name}: {said}"
        for rule in config.rules
        for said in advice.forms(parse(rule.query, rule.aliases), words)
    ]
    return past, told
