"""What a template says, and what it may not do."""

import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.telling import examples, wording
from monitor.core.telling.prose import Prose, Run, text
from monitor.core.telling.wording import WordingError
from monitor.model import Delivery, Wording

PAGE = Path(__file__).parents[3] / "docs" / "templates.md"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KYIV = ZoneInfo("Europe/Kyiv")
STORY, EDITED, NEWS, DIGEST = (examples.delivery(one, "ops") for one in examples.of_each_sort(NOW, KYIV))


def told(body: str, delivery: Delivery = STORY, title: str = "") -> Prose:
    return wording.told(delivery, Wording(zone=KYIV, title=title, body=body))


def said(body: str, delivery: Delivery = STORY) -> str:
    made = told(body, delivery)
    assert not made.note
    return made.plain()


def failure(body: str, delivery: Delivery = STORY) -> str:
    """Return what the note says, under which the alert is told in its usual words."""
    made = told(body, delivery)
    assert text(made.title) == text(wording.told(delivery, Wording()).title)
    return made.note.rpartition("failed")[2].lstrip(",: ")


# -- the words --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delivery", [STORY, EDITED, NEWS, DIGEST, replace(STORY, late=True)])
def test_the_usual_words_are_the_template_of_the_page(delivery: Delivery) -> None:
    usual = tomli.loads(re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0])
    asked = Wording(zone=KYIV, title=usual["notify"]["desk"]["title"], body=usual["notify"]["desk"]["body"])
    by_template, plain = wording.told(delivery, asked), wording.told(delivery, Wording(zone=KYIV))
    assert by_template.label == plain.label
    assert by_template.title == plain.title
    assert by_template.plain() == plain.plain()
    assert by_template.url == plain.url


def test_each_word_of_the_page_is_one_that_there_is() -> None:
    rows = PAGE.read_text(encoding="utf-8").partition("| word |")[2].partition("\n\n")[0].splitlines()[2:]
    assert {word for row in rows for word in re.findall(r"`(\w+)`", row.split("|")[1])} == wording.WORDS


def test_times_are_those_of_the_zone() -> None:
    assert said("{{ time }}, {{ at.strftime('%H:%M') }}") == "13:58 EET, 14:00"
    assert "13:58 EET" in wording.told(STORY, Wording(zone=KYIV)).about
    assert "11:58 UTC" in wording.told(STORY, Wording()).about


def test_matched_words_are_lit_and_lines_that_come_out_blank_are_left_out() -> None:
    made = told("{{ title | lit }}\n{{ note }}\n  \n{{ rule }} {{ title | lit | upper }}")
    assert made.title[:2] == (Run("Dam", lit=True), Run(" at Example River "))
    assert [run.lit for run in made.body] == [False, True, False, True, False]
    assert text(made.body).startswith("dams DAM AT")


def test_the_address_alone_on_the_last_line_is_the_link() -> None:
    assert told("{{ title }}\n{{ url }}").url == STORY.alert.item.url  # type: ignore[union-attr]
    assert told("{{ title }}\n{{ url }} !").url == told("{{ title }}").url == told("{{ url }}").url == ""


def test_a_title_is_one_line_and_is_cut() -> None:
    assert told("", title="{{ rule }}\n\n{{ severity | upper }}").label == "dams CRITICAL"
    assert len(told("", title="{{ title ~ title }}" * 9).label) == wording.LABEL_MAX
    assert told("", title="{{ note }}").label == "▲ CRITICAL dams"


def test_lists_are_walked() -> None:
    assert (
        said("{% for it in also %}\n{{ it.publisher }}: {{ it.title }}\n{% endfor %}")
        == "other.example: Dam bursts"
    )
    assert (
        said("{{ count }}: {{ digest | map(attribute='rule') | join(', ') }}", DIGEST)
        == "2: dams, source.failing"
    )
    assert (
        said(
            "{% set n = namespace(x=0) %}{% for i in range(3) %}{% set n.x = n.x + i %}{% endfor %}{{ n.x }}"
        )
        == "3"
    )


# -- what strangers write ---------------------------------------------------------------------------------------


@given(st.text(max_size=40))
def test_a_text_of_strangers_is_no_template_and_lights_nothing(words: str) -> None:
    item = replace(STORY.alert.item, title=f"x{words}{{{{ 1 + 1 }}}}{{% for %}}", url="", summary="")  # type: ignore[type-var]
    made = told("{{ title | lit }}", replace(STORY, alert=replace(STORY.alert, item=item, spans=())))
    assert text(made.title).endswith("{{ 1 + 1 }}{% for %}")
    assert not any(run.lit for run in (*made.title, *made.body))
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u202e]", made.plain())


# -- what a template may not do ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            "{% for i in range(60) %}{% for j in range(60) %}{% endfor %}{% endfor %}",
            "line 1: loops more than 2,000 times",
        ),
        ("{% for i in range(10 ** 9) %}{% endfor %}", "line 1: loops more than 2,000 times"),
        (
            "a\n{% for i in range(2000) %}{{ summary }}{% endfor %}",
            "says more than 20,000 characters",
        ),
        ("{{ 'a' * 99999999 }}", "line 1: * is for numbers up to 1,000,000 here"),
        ("{{ 9 ** 9 ** 9 }}", "line 1: ** is for numbers up to 64 here"),
        ("{{ '%99999999d' % 1 }}", "line 1: % is for numbers up to 1,000,000 here"),
        (
            "{% set n = namespace(x='aaaa') %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
            "line 1: makes a text of more than 20,000 characters",
        ),
        ("{{ ('a' | replace('a', 'aaaa' * 1)) }}", "line 1: * is for numbers up to 1,000,000 here"),
        (
            f"{{{{ '{'a' * 900}' | replace('a', '{'b' * 900}') }}}}",
            "line 1: makes a text of more than 20,000 characters",
        ),
        (
            f"{{{{ range(1999) | join('{'b' * 90}') }}}}",
            "line 1: makes a text of more than 20,000 characters",
        ),
        ("{{ 'a'.center(99999999) }}", "access to attribute 'center' of 'str' object is unsafe"),
        ("{{ 'a' | center(99999999) }}", "No filter named 'center'"),
        ("{{ '{:99999}'.format(1) }}", "access to attribute 'format' of 'str' object is unsafe"),
        ("{{ 'a'.encode() }}", "access to attribute 'encode' of 'str' object is unsafe"),
        ("{{ (1).to_bytes(99999, 'big') }}", "access to attribute 'to_bytes' of 'int' object is unsafe"),
        ("{{ [1] | tojson(99999) }}", "No filter named 'tojson'"),
        ("{{ 'a b' | wordwrap(1, wrapstring='aaaa') }}", "No filter named 'wordwrap'"),
        ("{{ 3 | round(-9999) }}", "line 1: round is for up to 300 places here"),
        (
            "{% set n = namespace(x=[1]) %}{% for i in range(9) %}{% set n.x = [n.x, n.x] %}{% endfor %}",
            "line 1: keeps lists of lists: what doubles at each turn has no end",
        ),
        ("{{ ''.__class__.__mro__ }}", "access to attribute '__class__' of 'str' object is unsafe"),
        ("{{ title.runs.__class__ }}", "is unsafe"),
        ("{% macro m() %}{% endmacro %}", "takes if, for, set and filters, and no other blocks"),
        ("{% set x %}{% endset %}", "takes if, for, set and filters, and no other blocks"),
        ("{% include '/etc/passwd' %}", "takes if, for, set and filters, and no other blocks"),
        ("{{ also[7].title }}", "line 1: tuple object has no element 7"),
        ("{{ 1 / 0 }}", "line 1: division by zero"),
    ],
)
def test_a_template_that_fails_loses_no_alert_and_is_named(body: str, sentence: str) -> None:
    began = time.process_time()
    assert sentence in failure(body)
    assert time.process_time() - began < 10  # seconds; unbounded, each would take for ever or all memory


@pytest.mark.parametrize(
    ("source", "message", "line", "word"),
    [
        ("a\n{{ titel }}", "a template knows no 'titel' (did you mean 'title'?)", 2, "titel"),
        ("{{ xyzzy }}", "(there is: about, also,", 1, "xyzzy"),
        ("a\n\n{% if %}", "Expected an expression", 3, ""),
        ("{% for a in also %}", "Unexpected end of template", 1, ""),
        ("{{ title | litt }}", "No filter named 'litt'", 1, ""),
    ],
)
def test_what_is_no_template_is_told_with_its_line(source: str, message: str, line: int, word: str) -> None:
    with pytest.raises(WordingError) as caught:
        wording.check(source)
    assert message in str(caught.value)
    assert (caught.value.line, caught.value.word) == (line, word)


def test_the_same_delivery_says_the_same() -> None:
    assert told("{{ title }} {{ time }} {{ tags | join }}") == told(
        "{{ title }} {{ time }} {{ tags | join }}"
    )


def test_what_is_kept_from_turn_to_turn_may_be_a_list_of_alerts() -> None:
    kept = "{% set n = namespace(all=[]) %}{% for one in digest %}{% set n.all = n.all + [one] %}{% endfor %}{{ n.all | length }}"
    assert wording.told(DIGEST, Wording(body=kept)).plain() == str(len(DIGEST.alert.digest.alerts))  # type: ignore[union-attr]
    assert said("{{ 3.14159 | round(2) }}") == "3.14"
