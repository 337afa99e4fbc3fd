"""Fields of which an item has one value each: its site, its language, its severity."""

from monitor.rules.errors import QueryError
from monitor.rules.patterns import phrase, site
from monitor.rules.query.dialects import shown
from monitor.rules.query.tree import Node, Or, Pattern, Term
from monitor.rules.words import tongues

ONE_OF = ("site", "lang", "severity")
_SEVERITIES = ("info", "warning", "critical")


def named(field: str, text: str, column: int) -> Pattern:
    """Return the pattern of a value; raises QueryError for one that is none of the field's.

    >>> named("lang", "German", 1).words[0].text
    'de'
    """
    if field == "site":
        found = site.read(text)
        if found is None:
            raise QueryError(f"'{shown(text)}' is no site", column=column, hint="write site:bbc.co.uk")
        return found
    said = text.casefold()
    value = tongues.code(text) if field == "lang" else said if said in _SEVERITIES else ""
    if not value:
        known = tongues.CODES if field == "lang" else _SEVERITIES
        raise QueryError(
            f"'{shown(text)}' is no {field} here", column=column, hint=f"known: {', '.join(known)}"
        )
    pattern = phrase.read(value)
    assert pattern is not None
    return pattern


def alternatives(left: Node, right: Node) -> Or | None:
    """Return two values of such a field, side by side, as alternatives; None for anything else."""
    last = left.parts[-1] if isinstance(left, Or) else left
    if not (isinstance(last, Term) and isinstance(right, Term)) or last.fields != right.fields:
        return None
    if last.fields[0] not in ONE_OF:
        return None
    return Or((*(left.parts if isinstance(left, Or) else (left,)), right))
