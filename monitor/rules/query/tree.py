"""What a query says, as a tree that is never changed."""

from collections.abc import Iterator

from monitor.rules.patterns.inflection import Inflected
from monitor.rules.patterns.phrase import Cased, Phrase, Symbols
from monitor.rules.patterns.regex import Regex
from monitor.rules.patterns.site import Site
from monitor.rules.patterns.times import Period
from monitor.values import dataclass

Pattern = Phrase | Symbols | Cased | Inflected | Regex | Site

ANYWHERE = ("title", "summary")  # where a term without a field looks


@dataclass(frozen=True, slots=True)
class Term:
    """Something to be found in one of some fields."""

    pattern: Pattern
    text: str  # as written, without its field
    fields: tuple[str, ...] = ANYWHERE


@dataclass(frozen=True, slots=True)
class Dated:
    """Holds where an item may have been published in a period."""

    period: Period
    text: str  # as written


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark that readers keep (read, starred) and Newsbell does not: no item has it, so this always or never holds."""

    value: bool
    text: str  # as written


@dataclass(frozen=True, slots=True)
class Near:
    """Holds where its parts stand in one text, close together.

    From the end of the first place to the beginning of the last are at most `distance` words: 1 is side by
    side. None: anywhere in the same text. Or, with `sentence`, all in one sentence.
    """

    parts: tuple["Node", ...]
    text: str  # as written
    distance: int | None = None
    sentence: bool = False
    ordered: bool = False  # of two parts, the first one first


@dataclass(frozen=True, slots=True)
class First:
    """Holds where its part stands among the first words of a text."""

    part: "Node"
    count: int
    text: str


@dataclass(frozen=True, slots=True)
class Often:
    """Holds where its part stands in at least so many places."""

    part: "Node"
    count: int
    text: str


@dataclass(frozen=True, slots=True)
class AtLeast:
    """Holds where at least so many of its parts do."""

    count: int
    parts: tuple["Node", ...]
    text: str


@dataclass(frozen=True, slots=True)
class Not:
    """Holds where its part does not."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class And:
    """Holds where all parts do."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Holds where some part does."""

    parts: tuple["Node", ...]


Placed = Near | First | Often  # holds by where its terms stand
Node = Term | Dated | Mark | Placed | AtLeast | Not | And | Or


@dataclass(frozen=True, slots=True)
class Query:
    """A query as read."""

    text: str
    root: Node
    notes: tuple[str, ...] = ()  # of its wording: what is legal and yet hardly meant
    called: frozenset[str] = frozenset()  # aliases
    inflected: tuple[Inflected, ...] = ()  # all words that ask for their forms


def inner(node: Node) -> tuple[Node, ...]:
    """Return the nodes that stand directly in one."""
    match node:
        case Not() | First() | Often():
            return (node.part,)
        case Near() | AtLeast() | And() | Or():
            return node.parts
        case _:
            return ()


def terms(node: Node) -> Iterator[tuple[Term, bool]]:
    """Yield the terms of a tree in the order written, and whether each is wanted (no NOT before it)."""
    for part, wanted in walk(node):
        if isinstance(part, Term):
            yield part, wanted


def asks_for(node: Node, field: str) -> bool:
    """Tell whether a term of a tree looks in `field`."""
    return any(field in term.fields for term, _ in terms(node))


def walk(node: Node, *, wanted: bool = True) -> Iterator[tuple[Node, bool]]:
    """Yield a node and all in it, in the order written, and whether each is wanted."""
    waiting = [(node, wanted)]  # not recursion, for a chain of NEAR is deep
    while waiting:
        part, wanted = waiting.pop()
        yield part, wanted
        wanted = wanted is not isinstance(part, Not)
        waiting += [(one, wanted) for one in reversed(inner(part))]
