"""Two texts side by side: what makes them alike in any script, and what keeps them apart."""

import pytest

from monitor.core.likeness import fingerprints, likeness, words
from monitor.core.stories import SURE
from tests.torture.pairs import DUPES, SETS
from tests.torture.stories import Ranked, held_out, judge, shipped

SAME = [
    ("Gunman kills 6 in shooting at Wisconsin Sikh temple", "Gunman kills six in shooting at Sikh temple"),
    ("Parliament votes to remove the finance minister", "Finance minister removed: parliament votes"),
    ("Парламент отменил военное положение в столице", "В столице отменено военное положение: парламент"),
    ("У Києві відкрили новий міст через Дніпро", "Новий міст через Дніпро відкрили у Києві"),
    ("東京都知事選で現職の候補が三選を確実にした", "東京都知事選、現職の候補が三選を確実に"),
    ("Café owner sues the city over noise rules", "CAFE\u0301 OWNER SUES THE CITY OVER NOISE RULES"),
]
APART = [
    ("Thirteen dead in Iraq bomb attacks", "16 killed in bomb attacks in northern Iraq"),
    ("Quake of magnitude 6.1 shakes northern Japan", "Quake of magnitude 4.8 shakes northern Japan"),
    ("Air raid alert", "Air raid alert"),  # too little to tell by
    ("Ministry denies the arrest of the governor's son", "Governor's son is arrested, ministry says"),
    ("Central bank raises rates", "Striker signs for northern club"),
    ("", ""),
    ("!!! ???", "!!! ???"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_news_in_other_words_is_alike(one: str, other: str) -> None:
    assert likeness(one, other) >= SURE - 0.15
    assert likeness(one, other) == pytest.approx(likeness(other, one))
    assert set(fingerprints(one)) & set(fingerprints(other))


@pytest.mark.parametrize(("one", "other"), APART)
def test_other_news_in_much_the_same_words_is_not(one: str, other: str) -> None:
    assert likeness(one, other) < SURE


def test_what_one_says_beyond_the_other_counts_the_more_the_shorter_the_text() -> None:
    short = "Striking ferry crews block the northern harbour"
    long = f"{short} while passengers wait for the third morning at terminals without heating or information"
    assert likeness(long, f"{long}, wardens report") >= SURE > likeness(short, f"{short}, wardens report")


def test_other_numbers_part_long_texts_too() -> None:
    bulletin = (
        "Northern province health department bulletin lists {} new infections among harbour workers since {}"
    )
    assert likeness(bulletin.format(1464, "Monday"), bulletin.format(1464, "Monday")) >= SURE
    assert likeness(bulletin.format(1464, "Monday"), bulletin.format(1512, "Monday")) < SURE


def test_an_abbreviation_is_the_same_with_points_and_without() -> None:
    assert words("U.S. and U.N. envoys").weights == words("US and UN envoys").weights


def test_scripts_without_spaces_are_read_in_pairs_and_numbers_as_digits() -> None:
    assert set(words("東京都で 5人").weights) == {"東京", "京都", "5"}
    assert words("Five of 38bn, п’ять").numbers == {"5", "38"}


def test_a_long_text_costs_no_more_than_its_beginning() -> None:
    assert words("word " * 200_000) == words("word " * 120)
    assert len(fingerprints("alpha bravo charlie delta echo foxtrot golf hotel " * 1_000)) == 10


@pytest.mark.skipif(not DUPES.is_dir(), reason="no corpus (NEWSBELL_CORPUS)")
@pytest.mark.parametrize("name", SETS)
def test_of_what_is_joined_at_least_95_in_100_are_the_same(name: str) -> None:
    verdict = judge(name)
    assert verdict.precision >= 0.95, f"{name}: false merges at lines {verdict.false}"
    assert verdict.hits > 0


@pytest.mark.skipif(not DUPES.is_dir(), reason="no corpus (NEWSBELL_CORPUS)")
def test_a_threshold_chosen_on_three_sets_keeps_the_precision_on_the_fourth() -> None:
    scores = shipped()
    for name in SETS:
        threshold = held_out(scores, name)
        assert threshold == SURE, name  # what is shipped rests on no set alone
        assert Ranked(scores[name]).figures(threshold)[0] >= 0.95, name


@pytest.mark.skipif(not DUPES.is_dir(), reason="no corpus (NEWSBELL_CORPUS)")
def test_the_index_leads_to_nearly_all_that_the_score_would_join() -> None:
    verdicts = [judge(name) for name in SETS]
    assert sum(len(verdict.joined) for verdict in verdicts) >= 0.97 * sum(
        verdict.alike for verdict in verdicts
    )
