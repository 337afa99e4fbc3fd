"""Who hears of an alert: whom its rule names; else the routes say; else everyone."""

from collections.abc import Sequence
from dataclasses import replace

from monitor.core.telling import matchers
from monitor.model import Alert, Ring, Route, Rule
from monitor.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """Who may hear, and by which routes."""

    everyone: tuple[str, ...] = ()  # names of the configured notifiers, the terminal among them
    routes: tuple[Route, ...] = ()  # in the order in which they are asked


def to_those_who_hear(alert: Alert, rule: Rule, routing: Routing) -> Ring:
    """Return the alert with the names of those who are told, and of the routes that say so.

    What a rule names wins. Else routes are asked in their order: the first one that matches is the last one asked,
    but where it says `continue`. Where none matches, everyone is told.
    """
    if rule.notify is not None:
        return Ring(alert=alert, notifiers=rule.notify)
    taken = taken_by(alert, routing.routes)
    if not taken:
        return Ring(alert=alert, notifiers=routing.everyone)
    names = dict.fromkeys(name for route in taken for name in route.notify)
    alert = replace(alert, routes=tuple(route.name for route in taken))
    return Ring(alert=alert, notifiers=tuple(names))


def taken_by(alert: Alert, routes: Sequence[Route]) -> tuple[Route, ...]:
    """Return the routes that an alert takes."""
    taken = []
    for route in routes:
        if matchers.match(route.matchers, alert):
            taken.append(route)
            if not route.goes_on:
                break
    return tuple(taken)
