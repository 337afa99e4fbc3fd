"""The hand-written parser agrees with a grammar that says the same in ten lines."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Lark, LarkError, Token, Tree

from monitor.rules.errors import QueryError
from monitor.rules.query import language
from monitor.rules.query.tree import ANYWHERE, And, AtLeast, Near, Node, Not, Often, Or, Term

GRAMMAR = r"""
query: all (("OR"i | "|" | "||") all)*
all: one (("AND"i | "&&")? one)*
one: ("NOT"i | DASH) one -> negated
   | near
near: plain (NEAR plain)*
plain: FIELD? _term
     | FIELD? "(" query ")" -> group
     | AT_LEAST "(" one (","? one)* ","? ")" -> at_least
     | OFTEN plain -> often
DASH: /[-‐‑‒–—―−]/
_term: PHRASE | CASED | INFLECTED | WORD
FIELD.3: /(title|summary|tag|source|url|author|publisher):(?=\S)/
NEAR.3: /O?NEAR\/(\d+|s)(?=[\s(])/
OFTEN.3: /atleast\d+(?=[\s(])/
AT_LEAST.3: /at least \d+ of(?= *\()/i
PHRASE: /"[^"*?]+((?<=\w)\*(?=[ "])[^"*?]*)*"/
CASED: /=(\w+|"[^"*?]+")/
INFLECTED: /~\w+/
WORD: /[^\W_]+\*?/
%import common.WS
%ignore WS
"""
ORACLE = Lark(GRAMMAR, parser="earley", lexer="basic", start="query")


def by_grammar(node: Tree[Token] | Token, field: str = "") -> str:
    """Write a tree of the grammar with all its parentheses."""
    if isinstance(node, Token):
        return f"{field}{node}"
    parts = list(node.children)
    match node.data:
        case "query" | "all":
            inner = [by_grammar(part, field) for part in parts]
            return (
                inner[0]
                if len(inner) == 1
                else f"({' or '.join(inner)})"
                if node.data == "query"
                else f"({' and '.join(inner)})"
            )
        case "one" | "near" if len(parts) == 1:
            return by_grammar(parts[0], field)
        case "negated":
            return f"not {by_grammar(parts[-1], field)}"
        case "near":
            left = by_grammar(parts[0], field)
            for operator, right in zip(parts[1::2], parts[2::2], strict=True):
                left = f"{operator}({left}, {by_grammar(right, field)})"
            return left
        case "often":
            return f"{parts[0]} {by_grammar(parts[1], field)}"
        case "at_least":
            return (
                f"{str(parts[0]).split()[2]} of ({', '.join(by_grammar(part, field) for part in parts[1:])})"
            )
        case _:  # plain, group
            own = str(parts.pop(0)) if isinstance(parts[0], Token) and parts[0].type == "FIELD" else ""
            return by_grammar(parts[0], own or field)


def by_hand(node: Node) -> str:
    match node:
        case Term():
            return node.text if node.fields == ANYWHERE else f"{node.fields[0]}:{node.text}"
        case Not(part=part):
            return f"not {by_hand(part)}"
        case And(parts=parts):
            return f"({' and '.join(map(by_hand, parts))})"
        case Or(parts=parts):
            return f"({' or '.join(map(by_hand, parts))})"
        case Near(parts=(left, right)):
            how = f"{'O' * node.ordered}NEAR/{'s' if node.sentence else node.distance}"
            return f"{how}({by_hand(left)}, {by_hand(right)})"
        case Often():
            return f"atleast{node.count} {by_hand(node.part)}"
        case AtLeast(parts=parts):
            return f"{node.count} of ({', '.join(map(by_hand, parts))})"
        case _:
            raise AssertionError(node)


@st.composite
def terms(draw: st.DrawFn) -> str:
    word = draw(st.sampled_from(["ab", "київ", "strike*", "C5", "津波", "Trump"]))
    return draw(st.sampled_from([word, f'"{word} cd"', "=Ab", "~strike", '="Ab Cd"']))


@st.composite
def nears(draw: st.DrawFn) -> str:
    near = draw(st.sampled_from(["NEAR/5", "ONEAR/2", "NEAR/s"]))
    group = f"({draw(terms())} OR {draw(terms())})"
    return f"{draw(terms())} {near} {draw(st.sampled_from([group, 'ef']))}"


plain = st.one_of(
    terms(), terms(), nears(), st.builds("title:{}".format, terms()), st.builds("atleast2 {}".format, terms())
)
queries = st.recursive(
    plain,
    lambda inner: st.one_of(
        st.builds("{} {}".format, inner, inner),
        st.builds("{} AND {}".format, inner, inner),
        st.builds("{} or {}".format, inner, inner),
        st.builds("{} | {}".format, inner, inner),
        st.builds("NOT {}".format, inner),
        st.builds("{}({})".format, st.sampled_from("-–—‐"), inner),
        st.builds("({})".format, inner),
        st.builds("at least 2 of ({}, ({}) -gh)".format, terms(), inner),
        st.builds("at least 2 of ({},{},({}),{},)".format, terms(), plain, inner, terms()),
    ),
    max_leaves=12,
)


def squeezed(tree: str) -> str:
    """Take pairs of negations together, as the parser does: NOT NOT NOT a is NOT a."""
    while "not not not " in tree:
        tree = tree.replace("not not not ", "not ")
    return tree


@settings(max_examples=300)
@given(queries)
def test_the_parser_reads_what_the_grammar_reads(query: str) -> None:
    assert squeezed(by_hand(language.parse(query).root)) == squeezed(by_grammar(ORACLE.parse(query)))


@given(queries, st.sampled_from("\u00ad\u200b\u200c\u200d\u200e\u202e\u2069\ufeff"))
def test_what_nobody_sees_is_no_part_of_the_grammar(query: str, unseen: str) -> None:
    pasted = query.replace(" ", f"{unseen} {unseen}")
    assert squeezed(by_hand(language.parse(pasted).root)) == squeezed(by_grammar(ORACLE.parse(query)))


@pytest.mark.parametrize(
    "query",
    [
        "(",
        "a)",
        "a AND",
        "OR a",
        "a OR OR b",
        "()",
        "a NEAR/5",
        "NEAR/5 a",
        "a NOT",
        "at least 2 of ()",
        '"a',
        '"a * b"',
        '"a *b c"',
        '"wom?n"',
        '="ab*cd"',
        "=",
    ],
)
def test_what_the_grammar_refuses_is_refused(query: str) -> None:
    with pytest.raises(LarkError):
        ORACLE.parse(query)
    with pytest.raises(QueryError):
        language.parse(query)


def test_the_oracle_knows_what_binds_first() -> None:
    assert by_grammar(ORACLE.parse("NOT a NEAR/2 b c OR title:(d -e)")) == (
        "((not NEAR/2(a, b) and c) or (title:d and not title:e))"
    )
