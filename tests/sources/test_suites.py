"""A part of feedparser's and gofeed's suites; `python -m tests.torture.suites` takes all and prints the table."""

import asyncio
import random
from itertools import chain

import pytest

from tests.torture.corpus import CORPUS, SUITE
from tests.torture.expectations import Check, of_feedparser
from tests.torture.suites import MUST, feedparser_cases, gofeed_cases, good, judge

needs_suites = pytest.mark.skipif(not (CORPUS / SUITE).is_file(), reason="no corpus (NEWSBELL_CORPUS)")


@needs_suites
def test_a_sample_of_the_suites_agrees_or_says_why() -> None:
    cases = random.Random(1).sample(list(chain(feedparser_cases(), gofeed_cases())), 600)
    result = asyncio.run(judge(cases))
    assert result.compared > 300
    assert [found for found in result.differences if not found.why] == []
    assert good(result), f"fewer than {MUST:.0%} agree"


def test_an_expectation_is_never_run() -> None:
    for text in (
        "__import__('os').system('true')",
        "open('/etc/passwd')",
        "entries[0]['a'] == print(1)",
        "1 =",
    ):
        assert of_feedparser(f"Expect: {text} -->") == [Check("", "?")]
