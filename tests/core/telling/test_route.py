"""Who hears: rules, routes in their order, everyone."""

from dataclasses import replace

import pytest

from monitor.answers import life
from monitor.cli import life as telling
from monitor.core.telling import matchers, render
from monitor.core.telling.matchers import MatcherError, parse
from monitor.model import Route, Rule, Severity, Source
from monitor.store.sqlite.asked import reading
from tests.desk import START, Desk, line

KYIV = Source(name="kyiv", url="https://kyiv.example/rss", publisher="kyiv.example", tags=("ukraine", "war"))
SPORT = Source(name="sport", url="https://sport.example/rss", publisher="sport.example", tags=("sport",))
FIRE = Rule(name="fire", query="fire*")
LOUD = Rule(name="loud", query="fire*", severity=Severity.CRITICAL)
OWN = Rule(name="own", query="fire*", notify=("boss",))


def route(name: str, *matching: str, to: tuple[str, ...], goes_on: bool = False) -> Route:
    return Route(name=name, matchers=tuple(map(parse, matching)), notify=to, goes_on=goes_on)


ROUTES = (
    route("loud", "severity=critical", to=("phone",), goes_on=True),
    route("war", "tag=war", "source=~ky.*", to=("ops", "phone")),
    route("sport", "tag=sport", "tag!=war", to=("sports",)),
)


def desk(*rules: Rule, routes: tuple[Route, ...] = ROUTES) -> Desk:
    made = Desk((KYIV, SPORT), rules, routes=routes, everyone=("desk", "terminal"))
    for source in made.sources:
        made.read(source.name, [], START)
    return made


def heard(made: Desk, source: str = "kyiv") -> set[tuple[str, str]]:
    """Return (rule, notifier) of what a fire there told."""
    made.read(source, [line("Fire in the port", guid="1")], START)
    return {(one.alert.rule, one.notifier) for one in reading.deliveries(made.connection, limit=99)}


def test_the_first_route_that_matches_is_the_last_one_asked() -> None:
    assert heard(desk(FIRE)) == {("fire", "ops"), ("fire", "phone")}
    assert heard(desk(FIRE), "sport") == {("fire", "sports")}


def test_continue_asks_on_and_nobody_is_told_twice() -> None:
    made = desk(LOUD)
    assert heard(made) == {("loud", "phone"), ("loud", "ops")}
    [alert] = reading.alerts(made.connection, limit=9)
    assert alert.routes == ("loud", "war")


def test_a_rule_that_names_somebody_takes_no_route() -> None:
    made = desk(OWN)
    assert heard(made) == {("own", "boss")}
    [alert] = reading.alerts(made.connection, limit=9)
    assert alert.routes == ()


def test_where_no_route_matches_everyone_is_told() -> None:
    only_sport = (route("sport", "tag=sport", to=("sports",)),)
    assert heard(desk(FIRE, routes=only_sport)) == {("fire", "desk"), ("fire", "terminal")}


def test_a_route_without_matchers_takes_what_came_so_far() -> None:
    rest = (*ROUTES[1:], route("rest", to=("rest",)))
    assert heard(desk(FIRE, routes=rest)) == {("fire", "ops"), ("fire", "phone")}
    assert heard(desk(FIRE, routes=rest[1:])) == {("fire", "rest")}


def test_why_says_by_which_routes() -> None:
    made = desk(LOUD)
    heard(made)
    [found] = life.of(made.connection, "Fire in the port", [LOUD]).found
    assert "by route loud, war" in "\n".join(telling.lines(found))
    [alert] = reading.alerts(made.connection, limit=9)
    assert render.alert_json(alert)["routes"] == ["loud", "war"]


def test_a_label_that_an_alert_has_not_counts_as_empty() -> None:
    made = desk(FIRE)
    heard(made)
    [alert] = reading.alerts(made.connection, limit=9)
    assert matchers.match([parse("publisher=kyiv.example")], alert)
    assert matchers.match([parse("tag=~war|peace")], alert)
    assert not matchers.match([parse("tag=~w")], alert)  # the whole of a value
    assert not matchers.match([parse("tag!=war")], alert)
    assert not matchers.match([parse("severity=critical"), parse("tag=war")], alert)
    assert matchers.match([parse('rule!=""')], alert)
    assert matchers.match([parse("publisher=")], replace(alert, item=None))


@pytest.mark.parametrize(
    "text", ["tag=ukraine", 'tag="breaking news"', "source=~kyiv.*", "rule!~a|b", 'tag!=""']
)
def test_a_matcher_is_written_as_it_is_read(text: str) -> None:
    assert parse(matchers.text_of(parse(text))) == parse(text)


@pytest.mark.parametrize("text", ["", "tag", "colour=red", "severity=loud", "type=alarm", "source=~("])
def test_what_is_no_matcher_is_refused(text: str) -> None:
    with pytest.raises(MatcherError):
        parse(text)
