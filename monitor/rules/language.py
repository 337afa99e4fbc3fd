"""The query language: what is written becomes a tree that is never changed.

    query  = all { ("OR" | "|") all }
    all    = one { ["AND"] one }
    one    = { "NOT" | "-" } [ field ":" ] ( term | "(" query ")" )

NOT binds before AND, AND before OR. docs/query-language.md tells it to the user.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.rules.dialects import shown
from monitor.rules.errors import QueryError as QueryError
from monitor.rules.regex import Regex
from monitor.rules.tokens import Kind, Pattern, Token, tokens

MAX_DEPTH = 50  # parentheses within parentheses
ANYWHERE = ("title", "summary")  # where a term without a field looks


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Something to be found in one of some fields."""

    pattern: Pattern
    fields: tuple[str, ...] = ANYWHERE
    text: str  # as written, without its field


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """Holds where its part does not."""

    part: "Node"


@dataclass(frozen=True, slots=True, kw_only=True)
class And:
    """Holds where all parts do."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Or:
    """Holds where some part does."""

    parts: tuple["Node", ...]


Node = Term | Not | And | Or


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query as read."""

    text: str
    root: Node
    notes: tuple[str, ...] = ()  # what is legal and yet hardly meant


def parse(text: str) -> Query:
    """Read a query.

    Raises QueryError, which says where it is wrong and what would be right.

    >>> parse("strike* AND -exercise").root.parts[1].part.text
    'exercise'
    >>> parse("(strike OR launch")
    Traceback (most recent call last):
    monitor.rules.errors.QueryError: column 1: '(' is never closed (add ')')
    """
    parser = _Parser(text)
    root = parser.query()
    return Query(text=text, root=root, notes=(*parser.notes, *_notes(root)))


def warnings(query: Query) -> tuple[str, ...]:
    """Return what is legal and yet hardly meant, as sentences.

    >>> warnings(parse("NOT sport"))
    ('matches almost everything: a text without any of its words is a match too',)
    """
    return query.notes


class _Parser:
    def __init__(self, text: str) -> None:
        self.notes: list[str] = []
        self._text = text
        self._tokens = tokens(text)
        self._before: Token | None = None
        self._token = next(self._tokens)
        self._depth = 0

    def query(self) -> Node:
        if self._token.kind == "end":
            raise QueryError("the query is empty", column=1, hint='write a word, or a "phrase"')
        root = self._any(())
        if self._token.kind == ")":
            raise self._error("')' closes nothing", hint="leave it out, or add '(' before it")
        return root

    def _error(self, message: str, *, at: Token | None = None, hint: str = "") -> QueryError:
        return QueryError(message, column=(at or self._token).start + 1, hint=hint)

    def _advance(self) -> Token:
        self._before, self._token = self._token, next(self._tokens, self._token)
        return self._before

    def _next_is(self, kind: Kind) -> bool:
        return self._token.kind == kind

    def _shown(self, token: Token) -> str:
        return shown(self._text[token.start : token.end])

    def _any(self, fields: tuple[str, ...]) -> Node:
        start = self._token.start
        parts, loose = [], False
        while True:
            part, is_loose = self._all(fields)
            parts.append(part)
            loose = loose or is_loose
            if self._token.kind != "OR":
                break
            self._advance()
        if loose and len(parts) > 1:
            self._note_loose(start)
        return parts[0] if len(parts) == 1 else Or(parts=tuple(parts))

    def _note_loose(self, start: int) -> None:
        where = f"column {start + 1}: "
        told = (
            'words side by side are joined before OR: a b OR c is (a AND b) OR c; write "a b" or parentheses'
        )
        if not any(told in note for note in self.notes):
            self.notes.append(where + told)

    def _all(self, fields: tuple[str, ...]) -> tuple[Node, bool]:
        """Read what AND joins; True if two words side by side were joined without it."""
        parts, loose = [self._one(fields)], False
        while self._token.kind not in ("OR", ")", "end"):
            word_before = self._before is not None and self._before.kind == "term"
            if self._token.kind == "AND":
                self._advance()
            elif word_before and self._token.kind == "term":
                loose = True
            parts.append(self._one(fields))
        return (parts[0] if len(parts) == 1 else And(parts=tuple(parts))), loose

    def _one(self, fields: tuple[str, ...]) -> Node:
        negations = 0
        while self._token.kind in ("NOT", "-"):
            self._advance()
            negations += 1
        part = self._plain(fields)
        for _ in range(min(negations, 2 - negations % 2)):  # NOT NOT NOT a is NOT a
            part = Not(part=part)
        return part

    def _plain(self, fields: tuple[str, ...]) -> Node:
        token = self._token
        if token.kind == "field":
            return self._fielded(fields)
        if token.kind == "(":
            return self._group(fields)
        if token.kind != "term" or token.pattern is None:
            raise self._dangling()
        self._advance()
        return Term(
            pattern=token.pattern, fields=fields or ANYWHERE, text=self._text[token.start : token.end]
        )

    def _fielded(self, fields: tuple[str, ...]) -> Node:
        token = self._advance()
        after = self._token
        if fields or after.kind == "field":
            outer, inner = (fields[0], token) if fields else (token.field, after)
            raise self._error(f"a field inside {outer}:", at=inner, hint="let each term have one field")
        if after.kind in ("-", "NOT") and after.start == token.end:
            hint = f"write -{self._shown(token)}word"
            raise self._error(f"'{self._shown(after)}' stands before the field", hint=hint)
        if after.kind not in ("(", "term") or after.start != token.end:
            raise self._error(
                f"'{self._shown(token)}' has nothing after it", at=token, hint="write a term there"
            )
        return self._plain((token.field,))

    def _group(self, fields: tuple[str, ...]) -> Node:
        opening = self._advance()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"parentheses are nested more than {MAX_DEPTH} deep", at=opening)
        if self._next_is(")"):
            raise self._error(
                "there is nothing between the parentheses", at=opening, hint="write a term there"
            )
        inner = self._any(fields)
        if not self._next_is(")"):
            raise self._error("'(' is never closed", at=opening, hint="add ')'")
        self._advance()
        self._depth -= 1
        return inner

    def _dangling(self) -> QueryError:
        """Return the error for an operator that lacks a term beside it."""
        token, before = self._token, self._before
        quoting = f'to search for the word itself, put it in quotes: "{self._shown(token).lower()}"'
        if token.kind in ("AND", "OR") and (before is None or before.kind == "("):
            return self._error(f"{token.kind} has nothing before it", hint=quoting)
        if before is None or before.kind == "(":
            return self._error("a term is missing here")
        name = self._shown(before)
        quoting = f'to search for the word itself, put it in quotes: "{name.lower()}"'
        if token.kind == "end":
            return self._error(f"{name} has nothing after it", at=before, hint=quoting)
        return self._error(
            f"{name} is followed by {self._shown(token)}, not by a term", at=before, hint="leave one out"
        )


def terms(node: Node) -> Iterator[tuple[Term, bool]]:
    """Yield the terms of a tree in the order written, and whether each is wanted (no NOT before it).

    >>> [(term.text, wanted) for term, wanted in terms(parse("a -b").root)]
    [('a', True), ('b', False)]
    """
    match node:
        case Term():
            yield node, True
        case Not(part=part):
            yield from ((term, not wanted) for term, wanted in terms(part))
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from terms(part)


def _notes(root: Node) -> Iterator[str]:
    if _holds_without_words(root):
        yield "matches almost everything: a text without any of its words is a match too"
    for term, _ in terms(root):
        if isinstance(term.pattern, Regex) and term.pattern.matches_nothing_too:
            yield f"{shown(term.text)} matches every text: it may be empty"
    if _contradicts(root):
        yield "can never match: it asks for a term and excludes it"


def _holds_without_words(node: Node) -> bool:
    match node:
        case Term():
            return False
        case Not(part=part):
            return not _holds_without_words(part)
        case And(parts=parts):
            return all(_holds_without_words(part) for part in parts)
        case Or(parts=parts):
            return any(_holds_without_words(part) for part in parts)


def _contradicts(node: Node) -> bool:
    match node:
        case And(parts=parts):
            asked = {(part.pattern, part.fields) for part in parts if isinstance(part, Term)}
            excluded = {
                (part.part.pattern, part.part.fields)
                for part in parts
                if isinstance(part, Not) and isinstance(part.part, Term)
            }
            return bool(asked & excluded) or any(_contradicts(part) for part in parts)
        case Or(parts=parts):
            return all(_contradicts(part) for part in parts)
        case _:
            return False
