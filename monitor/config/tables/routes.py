"""[route.NAME]: who is told of what; and matchers, wherever they stand in the file."""

from collections.abc import Collection

from monitor.config.keys.told import ROUTE
from monitor.config.reading import checks
from monitor.config.reading.checks import Wrong, found
from monitor.config.reading.table import Table
from monitor.config.tables.notifiers import named
from monitor.config.text.secrets import quoted
from monitor.core.telling import matchers
from monitor.model import Matcher, Route

LIKE = f'["{matchers.LIKE}"]'


def read(top: Table, notifiers: Collection[str]) -> tuple[Route, ...]:
    """Return all routes in the order of the file; `notifiers` are the names that exist.

    A route after one that takes every alert and lets none go on is never asked, which is warned of.
    """
    table, routes = top.inner("route"), list[Route]()
    for name, value in table.named():
        if not isinstance(value, dict):
            table.wrong(f"must be a table [route.NAME], not {found(value)}", name)
            continue
        inner = Table(table.notes, (*table.keys, name), value, f"route {quoted(name)}")
        last = next((one for one in routes if not one.matchers and not one.goes_on), None)
        if last is not None:
            inner.warn(f"is never asked: route {quoted(last.name)} before it takes every alert")
        routes.append(_route(inner, name, notifiers))
    return tuple(routes)


def _route(table: Table, name: str, notifiers: Collection[str]) -> Route:
    table.refuse_others(ROUTE)
    table.require("notify", ROUTE.like("notify"))
    return Route(
        name=name,
        matchers=table.each("matchers", matcher, LIKE),
        notify=tuple(dict.fromkeys(table.each("notify", lambda value: named(value, notifiers), '["ops"]'))),
        goes_on=table.read("continue", checks.truth, False),
    )


def matcher(value: object) -> Matcher:
    """Return the matcher that a text of the file writes."""
    text = checks.line(value, f'"{matchers.LIKE}"')
    try:
        return matchers.parse(text)
    except matchers.MatcherError as error:
        raise Wrong(str(error), index=error.index) from None
