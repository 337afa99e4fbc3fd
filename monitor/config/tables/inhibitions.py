"""[inhibit.NAME]: what is held because something louder rang."""

from monitor.config.keys.told import INHIBIT
from monitor.config.reading import checks
from monitor.config.reading.table import Table
from monitor.config.tables.routes import LIKE, matcher
from monitor.config.text.secrets import quoted
from monitor.core.telling.matchers import LABELS
from monitor.model import Inhibition


def read(top: Table) -> tuple[Inhibition, ...]:
    """Return all of them."""
    table, found = top.inner("inhibit"), list[Inhibition]()
    for name, value in table.named():
        if not isinstance(value, dict):
            table.wrong(f"must be a table [inhibit.NAME], not {checks.found(value)}", name)
            continue
        found.append(_one(Table(table.notes, (*table.keys, name), value, f"inhibit {quoted(name)}"), name))
    return tuple(found)


def _one(table: Table, name: str) -> Inhibition:
    table.refuse_others(INHIBIT)
    for key in ("source_matchers", "target_matchers"):
        table.require(key, INHIBIT.like(key))
    return Inhibition(
        name=name,
        source=table.each("source_matchers", matcher, LIKE),
        target=table.each("target_matchers", matcher, '["severity=info"]'),
        equal=tuple(dict.fromkeys(table.each("equal", checks.choice(LABELS), '["story"]'))),
        within=table.read("within", checks.interval, Inhibition(name="", source=(), target=()).within),
    )
