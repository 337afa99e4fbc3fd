"""Who hears of an alert. When they hear of it (quiet hours, digests, silences) joins here later."""

from collections.abc import Sequence

from monitor.model import Rule


def notifiers(rule: Rule, everyone: Sequence[str]) -> tuple[str, ...]:
    """Return the names of those who are told when `rule` rings.

    >>> notifiers(Rule(name="a", query="x"), ["ops", "terminal"])
    ('ops', 'terminal')
    >>> notifiers(Rule(name="a", query="x", notify=("ops",)), ["ops", "terminal"])
    ('ops',)
    """
    return tuple(everyone) if rule.notify is None else rule.notify
