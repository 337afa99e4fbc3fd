"""The query language: what is written becomes a tree that is never changed. `parser` has the grammar."""

from collections.abc import Iterable

from monitor.model import Rule
from monitor.rules.errors import QueryError
from monitor.rules.patterns import inflection
from monitor.rules.query import aliases
from monitor.rules.query.meaning import remarks
from monitor.rules.query.parser import Parser
from monitor.rules.query.tokens import Tokens
from monitor.rules.query.tree import Query


def parse(text: str, yours: aliases.Aliases = aliases.NONE) -> Query:
    """Read a query; `yours` are lists that `alias:` may call beside those that are shipped, or in their place.

    Raises QueryError, which says where it is wrong and what would be right.

    >>> parse("strike* AND -exercise").root.parts[1].part.text
    'exercise'
    >>> parse("(strike OR launch")
    Traceback (most recent call last):
    monitor.rules.errors.QueryError: column 1: '(' is never closed (add ')')
    """
    scan = Tokens(text)
    try:
        parser = Parser(scan, yours)
        root = parser.query()
    except QueryError as error:
        error.column = scan.typed(error.column)
        raise
    return Query(text, root, parser.notes, frozenset(parser.called), parser.inflected)


def parse_all(rules: Iterable[Rule]) -> tuple[Query, ...]:
    """Read the queries of rules, and look up the forms of all words that ask for them at once; raises QueryError."""
    queries = tuple(parse(rule.query, rule.aliases) for rule in rules)
    inflection.look_up(word for query in queries for word in query.inflected)
    return queries


def warnings(query: Query) -> tuple[str, ...]:
    """Return what is legal and yet hardly meant, as sentences.

    >>> warnings(parse("NOT sport"))
    ('matches almost everything: a text without any of its words is a match too',)
    """
    return (*query.notes, *remarks(query.root))
