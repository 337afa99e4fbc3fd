"""What a person is told about a verdict."""

import pytest

from monitor.rules.matching.document import Document
from monitor.rules.matching.explain import explain
from monitor.rules.query import language

TITLE = Document(title="Russian ICBM strike would be a 'clear escalation', EU says")


def told(query: str, document: Document = TITLE, *, bare: bool = False) -> str:
    return explain(language.parse(query), document, bare).lines()[0]


@pytest.mark.parametrize(
    ("query", "verdict"),
    [
        ("icbm strike*", "yes: icbm in title, strike* in title"),
        ("NOT drone", "yes: nothing that it excludes is there"),
        ("icbm OR drone", "yes: icbm in title"),
        ("icbm launch*", "no: needs launch*, which is nowhere in title or summary"),
        ("title:launch*", "no: needs title:launch*, which is nowhere in title"),
        (
            "drone OR tank OR tag:x",
            "no: needs drone, tank or tag:x, none of which is in title, summary or tag",
        ),
        ("icbm -strike", "no: excluded by strike, which is in title"),
        (
            "drone -strike",
            "no: needs drone, which is nowhere in title or summary; excluded by strike, which is in title",
        ),
        ("NOT (icbm AND strike)", "no: excludes a text that has icbm and has strike"),
        ("NOT (icbm OR drone)", "no: excluded by icbm, which is in title"),
        ("NOT (icbm AND NOT drone)", "no: excludes a text that has icbm and lacks what it excludes"),
        (
            "(icbm drone) OR tank",
            "no: no side of its OR holds: needs drone, which is nowhere in title or summary"
            " / needs tank, which is nowhere in title or summary",
        ),
    ],
)
def test_the_verdict_names_what_decided_it(query: str, verdict: str) -> None:
    assert told(query) == verdict


def test_a_line_for_each_term() -> None:
    explanation = explain(
        language.parse('tag:eu ("clear escalation" OR /strik\\w+/) -says'), TITLE, bare=True
    )
    assert explanation.lines() == (
        "no: excluded by says, which is in title",
        "  met    tag:eu: counts as met, a text alone has no tag",
        '  met    "clear escalation": title 32-48 "clear escalation"',
        '  met    /strik\\w+/: title 13-19 "strike"',
        '  unmet  -says: title 54-58 "says"',
    )
    assert not explanation.matches
    assert explanation.spans == ()
    assert [term.met for term in explanation.terms] == [True, True, True, False]


def test_a_bare_text_is_told_what_counts_as_met() -> None:
    assert told("icbm -tag:x", bare=True) == "yes: icbm in title; tag:x counts as met for a text alone"


def test_the_places_are_those_of_the_match() -> None:
    explanation = explain(language.parse("icbm"), TITLE)
    assert [(span.field, span.start, span.end) for span in explanation.spans] == [("title", 8, 12)]


def test_a_sentence_stays_short() -> None:
    many = " OR ".join(f"word{number}" for number in range(1000))
    assert told(many).endswith("word5 or 994 more, none of which is in title or summary")
    assert len(told(" ".join(f"word{number}" for number in range(1000)))) < 600
    assert len(told("icbm " * 1000)) < 200


def test_a_place_is_shown_on_one_line() -> None:
    explanation = explain(language.parse('"dirty bomb"'), Document(title="a dirty\n\tbomb"))
    assert explanation.lines()[1] == '  met    "dirty bomb": title 2-13 "dirty bomb"'


def test_an_expression_that_may_be_empty_says_so() -> None:
    assert explain(language.parse("/x*/"), TITLE).lines()[1] == "  met    /x*/: title (it may be empty)"
