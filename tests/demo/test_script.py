"""The newsroom's own reading of its headlines, held against the rule engine: if they part, one is wrong."""

import doctest
from collections.abc import Sequence

import pytest

from monitor.demo import director, script, site
from monitor.demo.script import OLD, RULES, SCENES, SIDEBAR, Kill, Story, stories
from monitor.model import Rule
from monitor.rules.engine import Engine
from monitor.rules.matching.document import Document


@pytest.mark.parametrize("story", stories(), ids=lambda story: f"{story.slug}-{story.title[:12]}")
def test_the_rules_say_of_each_headline_what_the_script_says(story: Story) -> None:
    engine = Engine([Rule(name=rule.name, query=rule.query) for rule in RULES])
    rung = {match.rule.name for match in engine.match(Document(title=story.title, summary=story.summary))}
    assert rung == ({story.rings} if story.rings else set())


def test_a_headline_fits_a_terminal_of_80_columns() -> None:
    assert [story.title for story in stories() if len(story.title) > 39] == []


def first(live: Sequence[Story], slug: str) -> Story:
    return next(story for story in live if story.slug == slug)


def test_a_headline_belongs_to_one_story() -> None:
    titles = [story.title for story in stories()]
    assert len(titles) == len(set(titles))
    assert doctest.testmod(script).failed == 0


def test_no_more_rows_come_while_it_is_dead_than_the_sidebar_shows() -> None:
    [kill] = [scene for scene in SCENES if isinstance(scene, Kill)]
    assert sum(SIDEBAR in story.feeds for story in kill.meanwhile) in range(1, site.ROWS)


def test_the_play_has_all_that_it_promises() -> None:
    live = stories()[len(OLD) :]
    assert sum(bool(story.rings) for story in OLD) >= 2, "old headlines that match, and must not ring"
    assert {story.rings for story in live} == {"", *(rule.name for rule in RULES)}
    assert {feed for story in live for feed in story.feeds} == {"wire", "meridian", "sidebar"}
    assert any(len(story.feeds) == 2 for story in live), "one story in both feeds: one item, one alert"

    edits = [story for n, story in enumerate(live) if story.slug in {old.slug for old in live[:n]}]
    known = {edit.slug: (first(live, edit.slug).rings, edit.rings) for edit in edits}
    assert ("", "bank") in known.values(), "an edit that matches for the first time"
    assert ("flood", "flood") in known.values(), "an edit of what has rung"

    [retold] = [story for story in live if story.retells]
    original = first(live, retold.retells)
    assert original.rings == retold.rings != ""
    assert set(original.feeds).isdisjoint(retold.feeds), "two papers"

    kill = next(scene for scene in SCENES if isinstance(scene, Kill))
    assert kill.owed.rings
    assert any(story.rings for story in kill.meanwhile)
    assert [scene.at for scene in SCENES] == sorted(scene.at for scene in SCENES)


def test_a_pause_is_a_share_of_the_time_that_is_left() -> None:
    outcome = doctest.testmod(director)
    assert outcome.attempted > 0
    assert outcome.failed == 0
