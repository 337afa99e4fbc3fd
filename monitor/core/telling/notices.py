"""Alerts that no item brings: something happened to a source, a rule or a receiver, in one sentence."""

from datetime import datetime

from monitor.core.items.identity import alert_id
from monitor.model import Alert, AlertType, Rule, Severity


def notice(
    kind: AlertType,
    dedupe: str,
    sentence: str,
    *,
    at: datetime,
    severity: Severity = Severity.WARNING,
    source: str = "",
    rule: Rule | None = None,
) -> Alert:
    """Return the alert; `dedupe` is what makes it this one, so that it is told once."""
    return Alert(
        id=alert_id(dedupe),
        type=kind,
        dedupe=dedupe,
        at=at,
        severity=severity,
        source=source,
        rule=rule.name if rule else "",
        rule_version=rule.version if rule else "",
        sentence=sentence,
    )
