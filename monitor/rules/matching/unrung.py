"""What waits for an item to have rung, which none has while it is judged."""

from monitor.rules.matching.document import Document
from monitor.rules.matching.holding import holds
from monitor.rules.matching.reading import Reading
from monitor.rules.query.tree import Query, Term, terms


class _Unread(Reading):
    """An item of which nothing is known but that it has not rung."""

    def lacks(self, name: str) -> bool:
        return name != "severity"

    def has(self, term: Term) -> bool:
        return False


def unrung(query: Query) -> tuple[str, ...]:
    """Return what a rule of this query waits for in vain, as a sentence; nothing where it may match.

    >>> from monitor.rules.query.language import parse
    >>> unrung(parse("kyiv severity:critical")), unrung(parse("kyiv -severity:critical"))
    (('a rule of this never matches: it asks for a severity, and no item has rung before it is judged',), ())
    """
    asked = any("severity" in term.fields for term, _ in terms(query.root))
    if not asked or holds(query.root, _Unread(Document())) is not False:
        return ()
    return ("a rule of this never matches: it asks for a severity, and no item has rung before it is judged",)
