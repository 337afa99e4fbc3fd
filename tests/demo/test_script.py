"""The newsroom's own reading of its headlines, held against the rule engine: if they part, one is wrong."""

import doctest

import pytest

from monitor.demo import director
from monitor.demo.script import OLD, RULES, SCENES, Kill, Story, stories
from monitor.model import Rule
from monitor.rules.engine import Document, Engine


@pytest.mark.parametrize("story", stories(), ids=lambda story: f"{story.slug}-{story.title[:12]}")
def test_the_rules_say_of_each_headline_what_the_script_says(story: Story) -> None:
    engine = Engine([Rule(name=rule.name, query=rule.query) for rule in RULES])
    rung = {match.rule.name for match in engine.match(Document(title=story.title, summary=story.summary))}
    assert rung == ({story.rings} if story.rings else set())


def test_a_headline_fits_a_terminal_of_80_columns() -> None:
    assert [story.title for story in stories() if len(story.title) > 39] == []


def test_the_play_has_all_that_it_promises() -> None:
    live = stories()[len(OLD) :]
    assert sum(bool(story.rings) for story in OLD) >= 2, "old headlines that match, and must not ring"
    assert {story.rings for story in live} == {"", *(rule.name for rule in RULES)}
    assert {feed for story in live for feed in story.feeds} == {"wire", "meridian"}
    assert any(len(story.feeds) == 2 for story in live), "one story in both feeds: one item, one alert"

    edits = [story for n, story in enumerate(live) if story.slug in {old.slug for old in live[:n]}]
    before = next(story for story in live if story.slug == edits[0].slug)
    assert (before.rings, bool(edits[0].rings)) == ("", True), "an edit that matches for the first time"

    kill = next(scene for scene in SCENES if isinstance(scene, Kill))
    assert kill.owed.rings
    assert any(story.rings for story in kill.meanwhile)
    assert [scene.at for scene in SCENES] == sorted(scene.at for scene in SCENES)


def test_a_pause_is_a_share_of_the_time_that_is_left() -> None:
    outcome = doctest.testmod(director)
    assert outcome.attempted > 0
    assert outcome.failed == 0
