"""From where may a match come? A rule held against what is known of a source before it says anything."""

from monitor.model import Source
from monitor.rules.matching.document import Document
from monitor.rules.matching.holding import holds
from monitor.rules.matching.reading import Reading
from monitor.rules.query.tree import Node

_KNOWN = frozenset(("source", "tag", "publisher"))


class _Unwritten(Reading):
    """An item that is not there yet: only whose it will be is known."""

    def lacks(self, name: str) -> bool:
        return name not in _KNOWN


def may_come(root: Node, source: Source) -> bool:
    """Tell whether an item of `source` may match; tags are taken to be the configured ones.

    >>> from monitor.rules.query.language import parse
    >>> wire = Source(name="wire", url="", tags=("ukraine",))
    >>> [may_come(parse(query).root, wire) for query in ("source:wire", "tag:sport AND cup", "cup -tag:ukraine")]
    [True, False, False]
    """
    document = Document(source=source.name, tags=source.tags, publisher=source.publisher)
    return holds(root, _Unwritten(document)) is not False
