"""Selectors that no longer fit their page: rows get few, or links, dates or texts vanish from them.

A site is rebuilt without a word to its readers. Its page still answers 200, and selectors made for the old one
read a part of it, or something else. So what a body holds is measured against what this source usually held.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor.core.items import identity
from monitor.core.plurals import count
from monitor.core.telling.notices import notice
from monitor.model import (
    Alert,
    AlertType,
    Claim,
    Entry,
    PollOutcome,
    Proposal,
    Ring,
    Shape,
    Source,
    Trouble,
)
from monitor.values import dataclass

NOTHING = "the selectors find nothing"  # how the sentence of a page without rows begins
ENOUGH = 3  # bodies that make a habit
FEW = 0.5  # of the usual rows: a count that collapsed
LARGE = 4  # usual rows below which the count says little
MANY = 4.0  # times the usual rows: the selectors read something else as well
USUAL, GONE = 0.8, 0.2  # shares of rows: what had it, and has it no more
LEARNING, RELEARNING = (
    0.2,
    0.02,
)  # weight of a new body; slow while drifting, so that a new habit is one at last
HEADLINES = 30  # last known ones that new selectors are tried on

PARTS = (("dated", "a time"), ("linked", "a link"), ("told", "a text under its headline"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What is to be kept of a body's shape, and what changed, "" if nothing."""

    shape: Shape
    changed: str = ""


def judged(claim: Claim, entries: Sequence[Entry], *, now: datetime) -> Drift:
    """Return what has changed in a page source's body, and the shape it usually has from now on.

    >>> from monitor.model import RawDate, Source
    >>> page = Source(name="p", url="https://e.org/", kind="page", options={"select": {"item": "li"}})
    >>> rows = [Entry(keys=("url:x",), title="Fire", dates=(RawDate(text="15:44"),))] * 20
    >>> usual = Shape(bodies=9, rows=20.0, dated=1.0, linked=1.0)
    >>> claim = Claim(source=page, generation=1, claimed_at=datetime(2026, 3, 1), shape=usual)
    >>> judged(claim, rows[:6], now=datetime(2026, 3, 1)).changed
    '6 rows where there were usually 20'
    """
    old = claim.shape
    if not is_selected(claim):
        return Drift(shape=old)
    new = _measured(entries)
    changed = ", ".join(_changes(old, new)) if old.bodies >= ENOUGH else ""
    weight = RELEARNING if changed else max(LEARNING, 1 / (old.bodies + 1))
    since = (old.drifting_since or now) if changed else None
    mixed = replace(_mixed(old, new, weight), drifting_since=since, select=version(claim.source))
    return Drift(shape=mixed, changed=changed)


def failed(claim: Claim, trouble: Trouble, *, now: datetime) -> Drift:
    """Return what it means that a poll brought nothing: drift, where the page came and its rows were not in it."""
    if not (is_selected(claim) and claim.shape.bodies and trouble.sentence.startswith(NOTHING)):
        return Drift(shape=claim.shape)
    since = claim.shape.drifting_since or now
    changed = f"no rows where there were usually {claim.shape.rows:.0f}"
    return Drift(shape=replace(claim.shape, drifting_since=since), changed=changed)


def version(source: Source) -> str:
    """Return a hash of a source's selectors, "" where it has none."""
    if "select" not in source.options:
        return ""
    return identity.make_id("select", json.dumps(dict(source.options), sort_keys=True, ensure_ascii=False))


def is_selected(claim: Claim) -> bool:
    """Tell whether a source is read by selectors."""
    return "select" in claim.source.options


def is_new(claim: Claim, drift: Drift) -> bool:
    """Tell whether this is to be told: once a source until it recovers."""
    return bool(drift.changed) and claim.shape.drifting_since is None


def _measured(entries: Sequence[Entry]) -> Shape:
    rows = len(entries)
    linked = sum(any(key.startswith("url:") for key in entry.keys) for entry in entries)
    told = sum(bool(entry.summary) for entry in entries)
    dated = sum(bool(entry.dates) for entry in entries)
    return Shape(
        rows=float(rows), linked=linked / max(rows, 1), told=told / max(rows, 1), dated=dated / max(rows, 1)
    )


def _changes(old: Shape, new: Shape) -> list[str]:
    found = []
    if (old.rows >= LARGE and new.rows < old.rows * FEW) or new.rows > max(old.rows * MANY, 20):
        found.append(f"{count(round(new.rows), 'row')} where there were usually {old.rows:.0f}")
    for name, words in PARTS:
        before, after = getattr(old, name), getattr(new, name)
        if before >= USUAL and after <= GONE:
            found.append(f"{'no' if not after else 'hardly a'} row has {words} any more")
    return found


def _mixed(old: Shape, new: Shape, weight: float) -> Shape:
    mixed = {
        name: getattr(old, name) * (1 - weight) + getattr(new, name) * weight
        for name in ("rows", "linked", "told", "dated")
    }
    return Shape(bodies=old.bodies + 1, **mixed)


# -- what is told -----------------------------------------------------------------------------


def alerts(claim: Claim, drift: Drift, now: datetime) -> tuple[Alert, ...]:
    """Return the alert of a source whose selectors began to drift."""
    if not is_new(claim, drift):
        return ()
    name = claim.source.name
    drifting = notice(
        AlertType.SOURCE_DRIFTING,
        f"drifting/{name}/{now.isoformat()}",
        f"{name}: its selectors drift: {drift.changed}",
        at=now,
        source=name,
    )
    return (drifting,)


def mended(outcome: PollOutcome, proposals: Sequence[Proposal]) -> PollOutcome:
    """Return the outcome with the best new selectors named in what it tells of the drift, if there are any."""
    if not proposals:
        return outcome
    best = proposals[0]
    written = ", ".join(f"{key} = {_quoted(css)}" for key, css in best.select.items())
    more = f"; these would read {count(len(best.entries), 'row')}: select = {{ {written} }}"
    rings = tuple(
        replace(one, alert=replace(one.alert, sentence=one.alert.sentence + more)) if _drifts(one) else one
        for one in outcome.rings
    )
    return replace(outcome, rings=rings)


def sentence(outcome: PollOutcome) -> str:
    """Return what an outcome tells of drift, "" if nothing."""
    return next((one.alert.sentence for one in outcome.rings if _drifts(one)), "")


def _drifts(one: Ring) -> bool:
    return one.alert.type is AlertType.SOURCE_DRIFTING


def _quoted(css: str) -> str:
    """Return a selector as TOML has it.

    >>> _quoted('[class*="teaser__"]')
    '\\'[class*="teaser__"]\\''
    """
    return (
        f"'{css}'"
        if '"' in css and "'" not in css
        else '"' + css.replace("\\", "\\\\").replace('"', '\\"') + '"'
    )
