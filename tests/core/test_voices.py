"""Whose word is it? Credits as agencies and papers write them."""

from dataclasses import replace

import pytest

from monitor.core.voices import independent, voice
from monitor.model import Item, Published
from tests.desk import START

ITEM = Item(
    id="i",
    source="paper",
    title="Quake",
    summary="",
    url="",
    publisher="paper.example",
    first_seen_at=START,
    published=Published(earliest=START, latest=START, origin="stated"),
)


@pytest.mark.parametrize(
    ("author", "summary", "whose"),
    [
        ("", "KYIV, Nov 28 (Reuters) - Two people were hurt.", "reuters"),
        ("", "LONDON (AP) \u2014 Two people were hurt.", "ap"),
        ("", "Two people were hurt. \u2013 AFP", "afp"),
        ("By Jo Smith and Agence France-Presse", "Two people were hurt.", "afp"),
        (
            "",
            "\u041a\u0418\u0407\u0412. 28 \u043b\u0438\u0441\u0442\u043e\u043f\u0430\u0434\u0430 (\u0423\u043a\u0440\u0456\u043d\u0444\u043e\u0440\u043c). \u0414\u0432\u043e\u0454.",
            "ukrinform",
        ),
        ("Anna-AP Jones", "It told Reuters that two people were hurt.", "paper.example"),
        ("", "", "paper.example"),
    ],
)
def test_an_item_is_the_word_of_the_agency_that_it_credits(author: str, summary: str, whose: str) -> None:
    assert voice(replace(ITEM, author=author, summary=summary)) == whose


def test_an_agency_speaks_once_whoever_prints_it() -> None:
    own = replace(ITEM, source="agency", publisher="reuters.com")
    print_ = replace(ITEM, summary="KYIV (Reuters) - Two people were hurt.")
    assert independent([own, print_, replace(print_, publisher="other.example")]) == 1
    assert independent([own, print_, ITEM]) == 2


def test_a_headline_word_for_word_like_another_is_no_second_voice() -> None:
    said = replace(ITEM, title="Two people hurt as quake strikes Japan")
    copy = replace(said, publisher="other.example", title="Two People hurt as quake strikes Japan")
    assert independent([said, copy]) == 1
    assert independent([said, copy, replace(copy, title="Quake hurts two")]) == 2
    assert independent([ITEM, replace(ITEM, publisher="other.example")]) == 2  # a word is found by chance
