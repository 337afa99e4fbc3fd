"""A real hub and a real daemon: what is pushed is told without a poll, what is forged is not (`push.py` has the figures)."""

from pathlib import Path

from tests.acceptance.push import soon
from tests.conftest import Site


def test_what_a_hub_pushes_reaches_the_webhook(site: Site, tmp_path: Path) -> None:
    found = soon(site, tmp_path, 2)
    assert (found["pushes"], found["polls"]) == (2, 1)
    assert (found["forged_answers"], found["forged_told"]) == ([200], 0)
