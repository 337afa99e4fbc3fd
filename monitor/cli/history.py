"""What a query or the rules would have done with the items that are stored."""

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from monitor.answers.past import Past
from monitor.cli.places import reading
from monitor.config import Config
from monitor.core.alerts import backtest
from monitor.core.plurals import count, spell
from monitor.model import Item
from monitor.rules.engine import Engine
from monitor.rules.matching.document import Document
from monitor.rules.query import advice
from monitor.rules.query.language import parse
from monitor.rules.words.text import Text
from monitor.store import StoreError
from monitor.store.sqlite.items import search

WEEK = timedelta(days=7)
MOST = 20_000  # items that `check` looks at, the newest


def counted(past: Past) -> str:
    """Return how often a rule would have rung in a week, as `check` says it."""
    rule, stories = past.rule, f", {count(past.stories, 'story', 'stories')}" if past.matched else ""
    quiet = "" if rule.ring else " (ring = false)"
    if rule.absent:
        quiet = f" (absent = {spell(rule.absent)}, which a match ends)"
    held = "" if rule.absent else backtest.holding_back(rule)
    rings = f"; with {held} it rings {count(past.rings, 'time')}" if held and past.matched else ""
    return f"rule {rule.name}{quiet}: {len(past.matched)} in the last 7 days{stories}{rings}"


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
        for rule in engine.holding(Document.of(item)):
            rang[rule.name].append(item)
    past = [
        Past(rule=rule, since=now - WEEK, until=now, of=len(items), matched=tuple(rang[rule.name]))
        for rule in config.rules
    ]
    told = [
        f"rule {rule.name}: {said}"
        for rule in config.rules
        for said in advice.forms(parse(rule.query, rule.aliases), words)
    ]
    return past, told
