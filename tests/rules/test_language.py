"""A query becomes a tree, or an error that says where and what would be right."""

import pytest

from monitor.rules import language
from monitor.rules.language import And, Node, Not, Or, Term, parse


def shape(node: Node) -> str:
    """Write a tree with all its parentheses."""
    match node:
        case Term():
            field = "" if node.fields == language.ANYWHERE else f"{node.fields[0]}:"
            return f"{field}{node.text}"
        case Not():
            return f"not {shape(node.part)}"
        case And():
            return f"({' and '.join(map(shape, node.parts))})"
        case Or():
            return f"({' or '.join(map(shape, node.parts))})"


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("a NOT b AND c OR d", "((a and not b and c) or d)"),
        ("a b or c d", "((a and b) or (c and d))"),
        ("a Or b aNd c", "(a or (b and c))"),
        ("a | b || c", "(a or b or c)"),
        ("a && b", "(a and b)"),
        ("not not a", "not not a"),
        ("NOT NOT NOT a", "not a"),
        ("-(a b)", "not (a and b)"),
        ("a -b", "(a and not b)"),
        ("a –b", "(a and not b)"),  # a dash that a word processor made
        ("e-mail", "e-mail"),
        ("COVID-19 -e-mail", "(COVID-19 and not e-mail)"),
        ("+a +b", "(a and b)"),
        ("a + b", "(a and b)"),
        ("C++ A+", "(C++ and A+)"),
        ("title:(a OR -b) c", "((title:a or not title:b) and c)"),
        ('-TITLE:"a b"', 'not title:"a b"'),
        ("title:/a b/", "title:/a b/"),
        ("tag:or tag:not", "(tag:or and tag:not)"),
        ('"and" or "not"', '("and" or "not")'),
        ("url:https://www.example.org/a", "url:https://www.example.org/a"),
        ("Ukraine: 10:30", "(Ukraine: and 10:30)"),
        ("（地震　OR　津波）", "(地震 or 津波)"),
        ("“a b” ”c„ «d e»", "(“a b” and ”c„ and «d e»)"),
        ("(a)(b)", "(a and b)"),
        ("and(a)", None),
        ("NOT(a)", "not a"),
        ("rock'n'roll", "rock'n'roll"),
        ("'tis", "'tis"),
        ("w/o 24/7 AC/DC", "(w/o and 24/7 and AC/DC)"),
        ("strike*, launch*", "(strike*, and launch*)"),
        ("at least one", "(at and least and one)"),
        ("fire near Kyiv", "(fire and near and Kyiv)"),
    ],
)
def test_shape(query: str, tree: str | None) -> None:
    if tree is None:
        with pytest.raises(language.QueryError):
            parse(query)
    else:
        assert shape(parse(query).root) == tree


@pytest.mark.parametrize(
    ("query", "column", "message"),
    [
        ("", 1, "the query is empty"),
        (" \t\n ", 1, "the query is empty"),
        ("()", 1, "there is nothing between the parentheses"),
        ("a (b OR (c)", 3, "'(' is never closed"),
        ("a) b", 2, "')' closes nothing"),
        ("a AND", 3, "AND has nothing after it"),
        ("a && ", 3, "&& has nothing after it"),
        ("a OR)", 3, "OR is followed by ), not by a term"),
        ("OR a", 1, "OR has nothing before it"),
        ("(and b)", 2, "AND has nothing before it"),
        ("a OR OR b", 3, "OR is followed by OR, not by a term"),
        ("a AND OR b", 3, "AND is followed by OR, not by a term"),
        ("whether or not", 12, "not has nothing after it"),
        ("a -", 3, "'-' stands alone"),
        ("a - b", 3, "'-' stands alone"),
        ("a --b", 3, "two minus signs in a row"),
        ("a +", 3, "'+' has nothing after it"),
        ('a "b c', 3, "this quote is never closed"),
        ('a "', 3, "this quote is never closed"),
        ('a"b"', 2, "a quote touches a word"),
        ('"a"b', 4, "a space is missing after the phrase"),
        ('"a", "b"', 4, "',' is not an operator"),
        ('"a b"*', 6, "a star cannot follow a phrase"),
        ('""', 1, "there is no word between these quotes"),
        ('"..."', 1, "there is no word between these quotes"),
        ("a , b", 3, "',' stands alone and is not a word"),
        ("a & b", 3, "'&' stands alone and is not a word"),
        ("*", 1, "'*' alone would match everything"),
        ("title:", 1, "'title:' has nothing after it"),
        ("a title: b", 3, "'title:' has nothing after it"),
        ("title:)", 1, "'title:' has nothing after it"),
        ("title:-a", 7, "'-' stands before the field"),
        ("title:tag:a", 7, "a field inside title:"),
        ("title:(a tag:b)", 10, "a field inside title:"),
        ("colour:red", 1, "unknown field 'colour:'"),
        ("https://example.org", 1, "'https:' is not a field"),
        ('"title:a b"', 1, "a field stands before the quotes"),
        ("‘dirty bomb’", 1, "a phrase stands in double quotes"),
        ("a !b", 3, "'!' is not an operator here"),
        ("a \\(b", 3, "a backslash means nothing here"),
        ('a "b\\"c', 5, "a backslash means nothing here"),
        ("foo(bar)", 1, "'foo(' is not in this version"),
        ("a\x00b", 2, "U+0000 is not a character of a text"),
        ("ab \ud800", 4, "U+D800 is not a character of a text"),
        ("//", 2, "there is nothing between the slashes"),
        ("a /b", 3, "this '/' begins a regular expression that is never closed"),
        ("/r/worldnews", 4, "the flag 'worldnews' of a regular expression is not in this version"),
        ("/a/b/", 4, "the flag 'b' of a regular expression is not in this version"),
    ],
)
def test_error(query: str, column: int, message: str) -> None:
    with pytest.raises(language.QueryError) as raised:
        parse(query)
    assert (raised.value.column, raised.value.message) == (column, message)


@pytest.mark.parametrize(
    ("query", "column", "named"),
    [
        ("a NEAR b", 3, "NEAR"),
        ("a near/5 b", 3, "NEAR"),
        ("a ONEAR/3 b", 3, "NEAR"),
        ("a NEAR:5 b", 3, "NEAR"),
        ("a w/2 b", 3, "NEAR"),
        ("a w/s b", 3, "NEAR"),
        ("a /5 b", 3, "'/5'"),
        ("a /s b", 3, "'/s'"),
        ("a/N30/b", 1, "NEAR"),
        ("toyota/F50/", 1, "/Fn/"),
        ('"a b"~5', 6, "~n"),
        ("(a b)~5", 6, "~n"),
        ('"a b"^2', 6, "^"),
        ("a~", 1, "~"),
        ("a~2", 1, "~"),
        ("~strike", 1, "~word"),
        ("=Apple", 1, "=Word"),
        ("a^2", 1, "^"),
        ("wom?n", 4, "?"),
        ("f*o", 2, "star"),
        ("*berg", 1, "star"),
        ("a**", 2, "star"),
        ("launder!", 8, "!"),
        ("at least 2 of (a b)", 1, "at least n"),
        ("atleast5 a", 1, "at least n"),
        ("a AND atleast5(b)", 7, "atleast5( )"),
        ("caps(Apple)", 1, "caps( )"),
        ("a XOR b", 3, "XOR"),
        ("a ANDNOT b", 3, "ANDNOT"),
        ("[a TO b]", 1, "range"),
        ("a >5", 3, "comparison"),
        ("1..5", 1, "range"),
        ("@yesterday", 1, "date"),
        ("published:2024", 1, "date"),
        ("when:7d", 1, "date"),
        ("site:example.org", 1, "site:"),
        ("lang:en", 1, "lang:"),
        ("intitle:a", 1, "intitle:"),
        ('repeat3:"a"', 1, "at least n"),
        ("/a/g", 4, "'g'"),
    ],
)
def test_what_is_not_built_is_refused_by_its_name(query: str, column: int, named: str) -> None:
    with pytest.raises(language.QueryError) as raised:
        parse(query)
    assert raised.value.column == column
    assert named in raised.value.message
    assert "not in this version" in raised.value.message
    assert raised.value.hint


@pytest.mark.parametrize("query", ["NOT a", "-a -b", "a OR NOT b", "NOT (a AND b)"])
def test_a_query_that_holds_without_its_words_is_noted(query: str) -> None:
    assert any("almost everything" in note for note in language.warnings(parse(query)))


@pytest.mark.parametrize("query", ["a -b", "NOT NOT a", "a AND (b OR NOT c)", "(a b) OR c", "a AND b OR c"])
def test_a_plain_query_is_not_noted(query: str) -> None:
    assert language.warnings(parse(query)) == ()


def test_a_query_of_which_no_part_can_hold_is_noted() -> None:
    assert any("never" in note for note in language.warnings(parse("(a -a) OR (b AND NOT B)")))
    assert language.warnings(parse("(a -a) OR b")) == ()


def test_a_regular_expression_that_may_be_empty_is_noted() -> None:
    assert language.warnings(parse("/a*/")) == ("/a*/ matches every text: it may be empty",)


def test_queries_are_values() -> None:
    assert parse("a OR /b+/ -c") == parse("a OR /b+/ -c")
    assert hash(parse("title:a")) == hash(parse("title:a"))
