"""Real feeds and feedparser's own suite through the children: nothing lost, nothing crashes."""

import asyncio
import random

import pytest

from tests.torture.corpus import CORPUS, SUITE, feeds, judge, suite

needs_feeds = pytest.mark.skipif(not (CORPUS / "feeds").is_dir(), reason="no corpus (NEWSBELL_CORPUS)")
needs_suite = pytest.mark.skipif(not (CORPUS / SUITE).is_file(), reason="no corpus (NEWSBELL_CORPUS)")


@needs_feeds
@pytest.mark.torture  # `make check` runs the same over all feeds, as tests.torture.corpus
def test_real_feeds_yield_what_feedparser_finds() -> None:
    outcomes = asyncio.run(judge(feeds()))
    assert len(outcomes) > 200
    assert [outcome for outcome in outcomes if outcome.lost] == []
    refused = [outcome for outcome in outcomes if outcome.sentence]
    assert all(outcome.alone == 0 for outcome in refused), "a sentence only where there is nothing"


@needs_suite
def test_a_sample_of_the_suite_never_crashes_the_parser() -> None:
    outcomes = asyncio.run(judge(random.Random(1).sample(list(suite()), 400)))
    assert [outcome for outcome in outcomes if outcome.lost] == []


@needs_suite
@pytest.mark.torture
@pytest.mark.timeout(300)
def test_the_suite_never_crashes_the_parser() -> None:
    outcomes = asyncio.run(judge(suite()))
    assert len(outcomes) == 2_106
    assert [outcome for outcome in outcomes if outcome.lost] == []
