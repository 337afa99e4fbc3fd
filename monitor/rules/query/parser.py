"""Reads the tokens of a query into its tree, by precedence.

    query  = all { ("OR" | "|") all }
    all    = one { ["AND"] one }
    one    = { "NOT" | "-" } near
    near   = plain { ("NEAR/n" | "NEAR/s" | "ONEAR/n") plain }
    plain  = [ field ":" ] ( term | "(" query ")" ) [ "~n" ]
           | "at least" n "of" "(" one { [","] one } ")"
           | "atleast" n plain | "published:" period | "alias:" name

NEAR binds before NOT, NOT before AND, AND before OR. docs/query-language.md tells it to the user.
"""

import re

from monitor.rules.errors import QueryError
from monitor.rules.patterns import phrase
from monitor.rules.patterns.inflection import Inflected
from monitor.rules.patterns.regex import Regex
from monitor.rules.query import aliases, placing, values
from monitor.rules.query.cursor import Kind, Token
from monitor.rules.query.dialects import shown
from monitor.rules.query.placing import Depths
from monitor.rules.query.tokens import Tokens
from monitor.rules.query.tree import (
    ANYWHERE,
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
    Term,
    terms,
)

MAX_DEPTH = 50  # parentheses, or atleast, within parentheses
_EXPRESSION = re.compile(
    r"^[^\"“”„«/]*(?:[.)\]][*+?]|\[[^\[\]]*\]|(?<=\w)\$$)|^\^\w|^\?[imsx]+$"
)  # what looks like one, unquoted

_DIGITS_COMMA = re.compile(r"\d,\d")
_THOUSANDS = re.compile(r"\D*\d{1,3}(?:,\d{3})+(?!\d).*")


class Parser:
    """Reads one query; `notes`, `called` and `inflected` are of what was read."""

    def __init__(self, scan: Tokens, yours: aliases.Aliases) -> None:
        self._notes: dict[str, int] = {}  # what is told, and the column where it is first so
        self.called: set[str] = set()
        self._scan = scan
        self._yours = yours
        self._tokens = iter(self._scan)
        self._before: Token | None = None
        self._token = next(self._tokens)
        self._depth = 0
        self._depths = Depths()

    @property
    def inflected(self) -> tuple[Inflected, ...]:
        """Return the words whose forms are asked for."""
        return tuple(self._scan.inflected)

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what is remarked of the wording."""
        return tuple(f"column {self._scan.typed(column)}: {told}" for told, column in self._notes.items())

    def query(self) -> Node:
        """Return the tree of the query; raises QueryError."""
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
        return shown(self._scan.query[token.start : token.end])

    def _since(self, start: int) -> str:
        """Return what was read from an offset on."""
        end = self._before.end if self._before else start
        return " ".join(self._scan.query[start:end].split())

    def _note(self, token: Token, told: str) -> None:
        self._notes.setdefault(told, token.start + 1)

    # -- OR, AND, NOT -------------------------------------------------------------------------

    def _any(self, fields: tuple[str, ...]) -> Node:
        start = self._token
        part, loose = self._all(fields)
        if self._token.kind != "OR":
            return part
        parts = [part]
        while self._token.kind == "OR":
            self._advance()
            part, is_loose = self._all(fields)
            parts.append(part)
            loose = loose or is_loose
        if loose:
            self._note(
                start,
                'words side by side are joined before OR: a b OR c is (a AND b) OR c; write "a b" or parentheses',
            )
        return Or(tuple(parts))

    def _all(self, fields: tuple[str, ...]) -> tuple[Node, bool]:
        """Read what AND joins; True if two words side by side were joined without it."""
        parts, loose = [self._one(fields)], False
        while self._token.kind not in ("OR", ")", "end"):
            word_before = self._before is not None and self._before.kind == "term"
            written = self._token.kind == "AND"
            if written:
                self._advance()
            elif word_before and self._token.kind == "term":
                loose = True
            part = self._one(fields)
            if not written and (both := values.alternatives(parts[-1], part)):
                parts[-1] = both
            else:
                parts.append(part)
        return (parts[0] if len(parts) == 1 else And(tuple(parts))), loose

    def _one(self, fields: tuple[str, ...]) -> Node:
        negations = 0
        while self._token.kind in ("NOT", "-"):
            self._advance()
            negations += 1
        part = self._near(fields)
        for _ in range(min(negations, 2 - negations % 2)):  # NOT NOT NOT a is NOT a
            part = Not(part)
        return part

    # -- what stands where --------------------------------------------------------------------

    def _near(self, fields: tuple[str, ...]) -> Node:
        start = self._token.start
        node = self._plain(fields)
        while self._token.kind == "near":
            operator = self._advance()
            right = self._plain(fields)
            how = operator.nearness
            within = self._depths.joined((node, right), operator, "NEAR")
            near = Near((node, right), self._since(start), how.distance, how.sentence, how.ordered)
            node = self._depths.kept(near, within)
        return node

    def _plain(self, fields: tuple[str, ...]) -> Node:
        token = self._token
        match token.kind:
            case "term":
                self._advance()
                node: Node = self._term_of(token, fields)
            case "field":
                node = self._fielded(fields)
            case "(":
                node = self._group(fields)
            case "atleast":
                node = self._at_least(fields)
            case "often":
                node = self._often(fields)
            case "dated" | "mark" | "alias":
                node = self._special(fields)
            case _:
                raise self._dangling()
        while self._token.kind in ("within", "first"):
            node = self._placed(node, token.start, fields)
        return node

    def _term_of(self, token: Token, fields: tuple[str, ...]) -> Node:
        assert token.pattern is not None
        text = self._scan.query[token.start : token.end].rstrip(",;")
        pattern = token.pattern
        if fields and fields[0] in values.ONE_OF:
            pattern = values.named(fields[0], text.strip("\"'“”„«» "), token.start + 1)
        elif _EXPRESSION.search(text):
            like = "…" if text.startswith("?") else shown(text)
            self._note(
                token, f"{shown(text)} is read as words; a regular expression stands in slashes: /{like}/"
            )
        elif text.endswith(("!", "?")):
            self._note_ending(token, text)
        return Term(pattern, text, fields or ANYWHERE)

    def _note_ending(self, token: Token, text: str) -> None:
        bare = text.rstrip("!?")
        if text.endswith("?"):
            self._note(
                token, f"{shown(text)} asks for a letter in place of ?; for the question mark leave it out"
            )
        else:
            self._note(token, f"{shown(text)} is read as {shown(bare)}*: every word that begins so")

    def _placed(self, node: Node, start: int, fields: tuple[str, ...]) -> Node:
        """Read what touches the end of a phrase or a group: ~5, /F50/."""
        token = self._advance()
        text = self._since(start)
        if token.kind == "first":
            within = self._depths.joined((node,), token, "/Fn/")
            return self._depths.kept(First(node, token.number, text), within)
        parts = node.parts if isinstance(node, And) else placing.words(node)
        if not parts:
            raise self._error(
                f"{self._shown(token)} needs a phrase or a group joined by AND", at=token, hint='"a b"~5'
            )
        if len(parts) == 1:
            return node
        within = self._depths.joined(parts, token, "~n")
        if token.number < len(parts) - 1:
            self._note(token, f"can never match: {len(parts)} words take at least ~{len(parts) - 1}")
        return self._depths.kept(Near(tuple(parts), text, token.number), within)

    def _at_least(self, fields: tuple[str, ...]) -> Node:
        start, opening = self._advance(), self._advance()
        self._enter(opening)
        parts: list[Node] = []
        while not self._next_is(")"):
            if self._next_is("end"):
                raise self._error("'(' is never closed", at=opening, hint="add ')'")
            if parts and self._next_is(","):
                self._advance()
                if self._next_is(")"):
                    break
            if parts and self._token.kind in ("OR", "AND"):
                self._advance()
            first = self._token
            parts.append(self._one(fields))
            self._note_number(first, parts[-1])
        self._leave()
        if not parts:
            raise self._error(
                "there is nothing between the parentheses", at=opening, hint="write a term there"
            )
        if not 1 <= start.number <= len(parts):
            raise self._error(
                f"at least {start.number} of {len(parts)}",
                at=start,
                hint=f"write a number from 1 to {len(parts)}",
            )
        return AtLeast(start.number, tuple(parts), self._since(start.start))

    def _note_number(self, token: Token, part: Node) -> None:
        """Tell of 2024,2025 that it is one term; 1,000 says so itself."""
        text = part.text if isinstance(part, Term) else ""
        if _DIGITS_COMMA.search(text) and not text.startswith(('"', "/")) and not _THOUSANDS.fullmatch(text):
            self._note(
                token, f"{shown(text)} is one number; put a space after the comma if it is several terms"
            )

    def _often(self, fields: tuple[str, ...]) -> Node:
        start = self._advance()
        self._enter(start)
        part = self._plain(fields)
        self._depth -= 1
        words = self._flat(part) if isinstance(part, And) else []
        if words and all(words) and (together := phrase.read(" ".join(words))):
            part = Term(together, self._since(start.end).strip("()"), fields or ANYWHERE)
        self._note_counted(start, part)
        within = self._depths.joined((part,), start, "atleast")
        return self._depths.kept(Often(part, start.number, self._since(start.start)), within)

    def _note_counted(self, token: Token, part: Node) -> None:
        for term, _ in terms(part):
            if isinstance(term.pattern, Regex) and term.pattern.surely_found < token.number:
                self._note(
                    token,
                    f"of {shown(term.text)} no more than {term.pattern.surely_found} places are sure to be counted in one text",
                )

    def _flat(self, node: And) -> list[str]:
        """Return the words of a group that stand for a phrase: atleast5(Winter Games)."""
        return [part.text if isinstance(part, Term) else "" for part in node.parts]

    def _special(self, fields: tuple[str, ...]) -> Node:
        token = self._advance()
        text = self._scan.query[token.start : token.end]
        if token.kind == "alias":
            self.called.add(token.name)
            spellings = self._yours.get(token.name) or aliases.SHIPPED.get(token.name)
            if spellings is None:
                known = ", ".join(sorted({*aliases.SHIPPED, *self._yours}))
                raise self._error(
                    f"no alias is called '{shown(token.name)}'", at=token, hint=f"known: {known}"
                )
            read = [(phrase.read(name), f'"{name}"' if " " in name else name) for name in spellings]
            return Or(tuple(Term(one, name, fields or ANYWHERE) for one, name in read if one))
        if fields:
            raise self._error(f"{shown(text)} inside {fields[0]}:", at=token, hint="join it with AND")
        return Mark(bool(token.number), text) if token.period is None else Dated(token.period, text)

    # -- fields and groups --------------------------------------------------------------------

    def _fielded(self, fields: tuple[str, ...]) -> Node:
        token = self._advance()
        after = self._token
        if fields or after.kind == "field":
            outer, inner = (fields[0], token) if fields else (token.name, after)
            raise self._error(f"a field inside {outer}:", at=inner, hint="let each term have one field")
        if after.kind in ("-", "NOT") and after.start == token.end:
            hint = f"write -{self._shown(token)}word"
            raise self._error(f"'{self._shown(after)}' stands before the field", hint=hint)
        if after.kind not in ("(", "term", "alias", "often") or after.start != token.end:
            raise self._error(
                f"'{self._shown(token)}' has nothing after it", at=token, hint="write a term there"
            )
        return self._plain((token.name,))

    def _group(self, fields: tuple[str, ...]) -> Node:
        opening = self._advance()
        self._enter(opening)
        if self._next_is(")"):
            raise self._error(
                "there is nothing between the parentheses", at=opening, hint="write a term there"
            )
        inner = self._any(fields)
        if not self._next_is(")"):
            raise self._error("'(' is never closed", at=opening, hint="add ')'")
        self._leave()
        return inner

    def _enter(self, opening: Token) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            what = "atleast is" if opening.kind == "often" else "parentheses are"
            raise self._error(f"{what} nested more than {MAX_DEPTH} deep", at=opening)

    def _leave(self) -> None:
        self._advance()
        self._depth -= 1

    def _dangling(self) -> QueryError:
        """Return the error for an operator that lacks a term beside it."""
        token, before = self._token, self._before
        if token.kind == ",":
            return self._error("',' is not an operator", hint="write AND or OR between terms")
        quoting = f'to search for the word itself, put it in quotes: "{self._shown(token).lower()}"'
        if token.kind in ("AND", "OR", "near") and (before is None or before.kind == "("):
            return self._error(f"{self._name(token)} has nothing before it", hint=quoting)
        if before is None or before.kind == "(":
            return self._error("a term is missing here")
        name = self._shown(before)
        quoting = f'to search for the word itself, put it in quotes: "{name.lower()}"'
        if token.kind == "end":
            return self._error(f"{name} has nothing after it", at=before, hint=quoting)
        return self._error(
            f"{name} is followed by {self._shown(token)}, not by a term", at=before, hint="leave one out"
        )

    def _name(self, token: Token) -> str:
        return self._shown(token) if token.kind == "near" else token.kind
