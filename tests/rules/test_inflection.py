"""The forms of words: which there are, and how often a dictionary is read for them."""

import pytest

from monitor.model import Rule
from monitor.rules.engine import Engine
from monitor.rules.matching.document import Document
from monitor.rules.matching.explain import explain
from monitor.rules.patterns import inflection
from monitor.rules.query import language


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The languages whose dictionaries were read, in that order; nothing is known before."""
    languages: list[str] = []
    real = inflection._dictionary

    def counting(language: str) -> object:
        languages.append(language)
        return real(language)

    monkeypatch.setattr(inflection, "_dictionary", counting)
    monkeypatch.setattr(inflection, "_found", {})
    return languages


WORDS = ("удар", "ракета", "вибух", "наступ", "атака", "тривога", "strike")


def test_the_words_of_a_query_are_looked_up_together(read: list[str]) -> None:
    query = language.parse(" OR ".join(f"~{word}" for word in WORDS))
    assert read == []
    assert explain(query, Document(title="Серія вибухів у місті")).matches
    assert read == ["en", "ru", "uk"]
    assert explain(query, Document(title="Two struck")).matches
    assert explain(language.parse("~вибух"), Document(title="Серія вибухів у місті")).matches
    assert read == ["en", "ru", "uk"]  # what was found stays


def test_the_words_of_all_rules_are_looked_up_together(read: list[str]) -> None:
    engine = Engine([Rule(name=word, query=f"~{word} -~fr:guerre") for word in ("strike", "launch", "bomb")])
    assert [rule.name for rule in engine.holding(Document(title="Struck by bombs"))] == ["strike", "bomb"]
    assert engine.holding(Document(title="Struck by bombs: les guerres")) == ()
    assert read == ["en", "fr"]


def test_a_word_is_looked_up_where_it_is_asked_in(read: list[str]) -> None:
    assert "київ" in inflection.Inflected("Київ", "uk").forms
    assert read == ["uk"]
    assert inflection.Inflected("Zxqwv").forms == frozenset()


def test_more_words_than_are_kept_are_found_all_the_same(
    read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inflection, "_KEPT", 2)
    forms = [word.forms for word in language.parse("~strike ~launch ~bomb").inflected]
    assert ["struck" in forms[0], "launched" in forms[1], "bombs" in forms[2]] == [True, True, True]
    assert read == ["en"]
