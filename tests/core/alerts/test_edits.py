"""Material or not: the rules of thumb one by one, and figures on edits of a real publisher labelled by hand."""

import json
import os
from pathlib import Path

import pytest

from monitor.core.alerts.edits import material

CORPUS = Path(os.environ.get("NEWSBELL_CORPUS", Path(__file__).parents[4] / "shared" / "data"))
EDITS = CORPUS / "dupes" / "title-edits.jsonl"
LABELS = Path(__file__).parent / "labels" / "title-edits.json"
PRECISION, RECALL = 0.71, 0.78  # on the half on which nothing was set; 0.78 and 0.83 on the other


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("Blast kills 3 in Odesa", "Blast kills 7 in Odesa", "number"),
        ("Minister resigns over report", "Minister denies to go over report", "denial"),
        ("Court to approve the deal", "Court approves the deal", "state"),
        ("Man held over missing woman", "Man charged over missing woman", "state"),
        ("Soldier killed on range named", "Soldier killed on range named as Sgt Hillier", "name"),
        ("Heathrow in loss as travel halts", "Passenger numbers back at 1970s levels", "number"),
        ("Budget hailed by business", "Economy recovers faster than feared", "statement"),
    ],
)
def test_what_tells_something_else(old: str, new: str, kind: str) -> None:
    change = material(old, new)
    assert change is not None
    assert change.kind == kind


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Blast kils three in Odesa", "Blast kills 3 in Odesa"),
        ("Biden approves US airstrike in Syria", "Biden approves US air strike in Syria"),
        ("Holiday bookings surge following exit plans", "Holiday bookings surge after exit plans"),
        ("Andy Murray & Cameron Norrie earn wins", "Andy Murray and Cameron Norrie earn wins"),
        ("Covid powers extended to autumn", "Covid-19 powers extended to autumn"),
        ("Award at Royal Television Society", "Award at RTS"),
        ("Matondo and Roberts sent home", "Rabbi Matondo and Tyler Roberts sent home"),
        ("Удар по Києву", "Удар по Киеву"),
    ],
)
def test_what_tells_the_same(old: str, new: str) -> None:
    assert material(old, new) is None


@pytest.mark.skipif(not EDITS.is_file(), reason=f"no corpus at {CORPUS}")
def test_precision_and_recall_on_edits_that_it_was_not_set_on() -> None:
    rows = [json.loads(line) for line in EDITS.read_text("utf-8").splitlines()]
    labels: list[tuple[int, int]] = json.loads(LABELS.read_text("utf-8"))["edits"][1::2]
    told = [(material(rows[line]["a"], rows[line]["b"]) is not None, bool(label)) for line, label in labels]
    hits = sum(said and label for said, label in told)
    assert hits / sum(said for said, _ in told) >= PRECISION
    assert hits / sum(label for _, label in told) >= RECALL
