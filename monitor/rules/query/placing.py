"""Which parts of a query have a place in a text, and how deep the operators on places lie in one another."""

from monitor.rules.errors import QueryError
from monitor.rules.patterns import phrase
from monitor.rules.patterns.phrase import Phrase
from monitor.rules.query.cursor import Token
from monitor.rules.query.tree import (
    And,
    AtLeast,
    Dated,
    First,
    Mark,
    Near,
    Node,
    Not,
    Often,
    Or,
    Placed,
    Term,
)

MAX_PLACED = 50  # NEAR, ~n, /Fn/ and atleast within one another: a NEAR/3 b NEAR/3 c is two


class Depths:
    """How many of Near, First, Often lie in each that was read, itself too."""

    def __init__(self) -> None:
        self._within: dict[int, int] = {}  # by the node's id; the parser holds the nodes

    def kept(self, node: Placed, within: int) -> Placed:
        """Return a node, and remember of it what `joined` said of its parts."""
        self._within[id(node)] = within
        return node

    def joined(self, parts: tuple[Node, ...], at: Token, what: str) -> int:
        """Return how deep the operator `at` and those in its parts lie in one another.

        Raises QueryError for a part that has no place of its own, and where it is too deep: these trees are walked
        by recursion. What was joined before is not looked into again, or a long chain would be cubic.
        """
        depth = 1 + max(self._of(part, at, what) for part in parts)
        if depth > MAX_PLACED:
            hint = "split the query, or write (a b c)~5 for words in any order"
            raise _error(f"{what} joins more than {MAX_PLACED} times in a row", at, hint)
        return depth

    def _of(self, node: Node, at: Token, what: str) -> int:
        match node:
            case Near() | First() | Often():
                return self._within[id(node)]
            case Or(parts=parts):
                return max(self._of(part, at, what) for part in parts)
            case Not():
                raise _error(f"NOT cannot stand beside {what}", at, "write a NEAR/5 b NOT c")
            case And() | AtLeast():
                hint = "write (a NEAR/5 c) AND (b NEAR/5 c), or (a b)~5"
                raise _error(f"AND cannot stand in a group beside {what}", at, hint)
            case Dated() | Mark():
                raise _error(f"{node.text} has no place in a text", at, "join it with AND")
            case _:
                return 0


def _error(message: str, at: Token, hint: str) -> QueryError:
    return QueryError(message, column=at.start + 1, hint=hint)


def words(node: Node) -> tuple[Node, ...]:
    """Return each word of a phrase as a term of its own."""
    if not isinstance(node, Term) or not isinstance(node.pattern, Phrase):
        return ()
    written = [word.text + "*" * word.prefix for word in node.pattern.words]
    read = [phrase.read(word, wild=True) for word in written]
    return tuple(Term(one, word, node.fields) for one, word in zip(read, written, strict=True) if one)
