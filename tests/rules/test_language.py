"""A query becomes a tree, or an error that says where and what would be right."""

import pytest

from monitor.rules.errors import QueryError
from monitor.rules.query import language
from monitor.rules.query.dialects import FIELDS, MARKS, OTHERS, TIMES
from monitor.rules.query.language import parse
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
)


def shape(node: Node) -> str:
    """Write a tree with all its parentheses."""
    match node:
        case Term():
            field = "" if node.fields == ANYWHERE else f"{node.fields[0]}:"
            return f"{field}{node.text}"
        case Not():
            return f"not {shape(node.part)}"
        case And():
            return f"({' and '.join(map(shape, node.parts))})"
        case Or():
            return f"({' or '.join(map(shape, node.parts))})"
        case Near():
            how = "/s" if node.sentence else "" if node.distance is None else f"/{node.distance}"
            return f"{'o' * node.ordered}near{how}({', '.join(map(shape, node.parts))})"
        case AtLeast():
            return f"{node.count} of ({', '.join(map(shape, node.parts))})"
        case First() | Often():
            return f"{type(node).__name__.lower()} {node.count} {shape(node.part)}"
        case Dated():
            since, until = (
                bound and (bound.at or bound.ago or bound.days)
                for bound in (node.period.since, node.period.until)
            )
            return f"from {since} to {until}"
        case Mark():
            return f"{node.value}"


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
        *((f"a {dash}b", "(a and not b)") for dash in "-‐‑‒–—―−﹘﹣－"),  # dashes that a word processor made
        *((f"a {dash}(b {dash}title:c)", "(a and not (b and not title:c))") for dash in "‐‑—"),
        ("a—b", "a—b"),
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
        ("strike*, launch*", "(strike* and launch*)"),
        ("at least one", "(at and least and one)"),
        ("fire near Kyiv", "(fire and near and Kyiv)"),
        ("Putin nears deal", "(Putin and nears and deal)"),
        ("a NEAR/5 b", "near/5(a, b)"),
        ("a near5 b c", "(near/5(a, b) and c)"),
        ("(a OR b) ONEAR/3 (c OR d)", "onear/3((a or b), (c or d))"),
        ("a NEAR/2 b NEAR/2 c", "near/2(near/2(a, b), c)"),
        ("NOT a NEAR/2 b", "not near/2(a, b)"),
        ("a NEAR:5 b", "near/5(a, b)"),
        ("a NEAR/2f b", "onear/2(a, b)"),
        ("a W/2 b", "near/2(a, b)"),
        ("a pre/2 b", "onear/2(a, b)"),
        ("a AROUND(4) b", "near/4(a, b)"),
        ("a NEAR/s b", "near/s(a, b)"),
        ("a w/s b", "near/s(a, b)"),
        ("a SAME b", "near(a, b)"),
        ("a /5 b", "near/5(a, b)"),
        ("a /s (b OR c)", "near/s(a, (b or c))"),
        ("a/N30/b", "near/30(a, b)"),
        ("toyota/F50/", "first 50 toyota"),
        ('"a b"~5', "near/5(a, b)"),
        ('"a b c*"~5', "near/5(a, b, c*)"),
        ('"a"~5', '"a"'),
        ("(a AND (b OR c))~5", "near/5(a, (b or c))"),
        ('title:"a b"~3', "near/3(title:a, title:b)"),
        ("at least 2 of (a, b c)", "2 of (a, b, c)"),
        ('At Least 2 of ("a b", c, d OR -e)', '2 of ("a b", c, d, not e)'),
        ("at least 1 of (drone,missile,strike)", "1 of (drone, missile, strike)"),
        (
            'at least 2 of (-a,title:b,"c,d",/e,f/,wom?n,C++,)',
            '2 of (not a, title:b, "c,d", /e,f/, wom?n, C++)',
        ),
        (
            "at least 2 of (~de:Wort,=B,a NEAR/5 b,when:7d)",
            "2 of (~de:Wort, =B, near/5(a, b), from 7 days, 0:00:00 to None)",
        ),
        ("at least 1 of (1,000 dead,strike*) c,d", "(1 of (1,000, dead, strike*) and c,d)"),
        ("at least 1 of ((a,b)c,at least 1 of (d,e),f)", "1 of (a,b, c, 1 of (d, e), f)"),
        ("at least 1 of (津波、地震，غارة، قصف)", "1 of (津波, 地震, غارة, قصف)"),
        ("at least 1 (a (b OR c))", "1 of (a, (b or c))"),
        ("atleast5 a", "often 5 a"),
        ('atleast5("a b")', 'often 5 "a b"'),
        ("atleast2(a b)", "often 2 a b"),
        ('repeat3:"virus"', 'often 3 "virus"'),
        ("=Apple", "=Apple"),
        ('title:="Apple Inc"', 'title:="Apple Inc"'),
        ("@LastPass @thisisengland", "(@LastPass and @thisisengland)"),
        ('צה"ל -ארה”ב', "(צה״ל and not ארה״ב)"),
        ('"צה"ל תקף" title:"a"', '("צה״ל תקף" and title:"a")'),
        ("caps(Apple) nocaps(apple)", "(caps(Apple) and nocaps(apple))"),
        ("Hlead(a b)", "(title:a and title:b)"),
        ("wom?n *berg f*o a*b*", "(wom?n and *berg and f*o and a*b*)"),
        ("~strike -~de:Wort", "(~strike and not ~de:Wort)"),
        ("a ANDNOT b", "(a and not b)"),
        ("intitle:a feed:b", "(title:a and source:b)"),
        ('"title:a b"', 'title:"a b"'),
        ("intitle:'\"a b\"'", 'title:"a b"'),
        ("site:a.org site:b.org c", "((site:a.org or site:b.org) and c)"),
        ("lang:(en OR de)", "(lang:en or lang:de)"),
        ("published:2024-11-23", "from 2024-11-23 00:00:00+00:00 to 2024-11-24 00:00:00+00:00"),
        ("published:>2024-11", "from 2024-12-01 00:00:00+00:00 to None"),
        ("before:2024", "from None to 2024-01-01 00:00:00+00:00"),
        ("until:2024-02-29", "from None to 2024-03-01 00:00:00+00:00"),
        (
            "published:[2024-11-01 TO 2024-11-05]",
            "from 2024-11-01 00:00:00+00:00 to 2024-11-06 00:00:00+00:00",
        ),
        ("published:2024-11-01..", "from 2024-11-01 00:00:00+00:00 to None"),
        ("published:2024-11-23T12:30", "from 2024-11-23 12:30:00+00:00 to 2024-11-23 12:31:00+00:00"),
        ("when:7d", "from 7 days, 0:00:00 to None"),
        ('newer:"1 hour ago"', "from 1:00:00 to None"),
        ("older:2w", "from None to 14 days, 0:00:00"),
        ("@yesterday", "from 1 to 0"),
        ("unread:true -star:yes", "(True and not False)"),
    ],
)
def test_shape(query: str, tree: str | None) -> None:
    if tree is None:
        with pytest.raises(QueryError):
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
        ("a —-b", 3, "two minus signs in a row"),
        ("a – b", 3, "'-' stands alone"),
        ("a — b", 3, "'—' stands alone and is not a word"),
        ("a —", 3, "'—' stands alone and is not a word"),
        ("a +", 3, "'+' has nothing after it"),
        ('a "b c', 3, "this quote is never closed"),
        ('a "', 3, "this quote is never closed"),
        ('a"b"', 2, "a quote touches a word"),
        ('"a"b', 4, "a space is missing after the phrase"),
        ('"a", "b"', 4, "',' is not an operator"),
        ('"a b"*', 6, "a star cannot follow a phrase"),
        ('""', 1, "there is no word between these quotes"),
        ('"..."', 1, "there is no word between these quotes"),
        ("a , b", 3, "',' is not an operator"),
        ("a & b", 3, "'&' stands alone and is not a word"),
        ("*", 1, "'*' alone would match everything"),
        ("title:", 1, "'title:' has nothing after it"),
        ("a title: b", 3, "'title:' has nothing after it"),
        ("title:)", 1, "'title:' has nothing after it"),
        *(
            (f"a ({name}: 7d b)", 4, f"'{name}:' has nothing after it")
            for name in (*FIELDS, *OTHERS, *TIMES, *MARKS, "alias", "InTitle")
        ),
        ("title:-a", 7, "'-' stands before the field"),
        ("title:tag:a", 7, "a field inside title:"),
        ("title:(a tag:b)", 10, "a field inside title:"),
        ("colour:red", 1, "unknown field 'colour:'"),
        ("https://example.org", 1, "'https:' is not a field"),
        ("a NEAR/5", 3, "NEAR/5 has nothing after it"),
        ("NEAR/5 a", 1, "NEAR/5 has nothing before it"),
        ("a NEAR/5 -b", 3, "NEAR/5 is followed by -, not by a term"),
        ("a NEAR/5 (b c)", 3, "AND cannot stand in a group beside NEAR"),
        ("(a OR NOT b) NEAR/5 c", 14, "NOT cannot stand beside NEAR"),
        ("a NEAR/5 published:2024", 3, "published:2024 has no place in a text"),
        ("(a OR b)~5", 9, "~5 needs a phrase or a group joined by AND"),
        ("at least 3 of (a, b)", 1, "at least 3 of 2"),
        ("at least 3 of (a,b)", 1, "at least 3 of 2"),
        ("at least 2 of (a,b,,c)", 20, "',' is not an operator"),
        ("at least 2 of (a,b OR)", 20, "OR is followed by ), not by a term"),
        ("at least 2 of (,a,b)", 16, "',' is not an operator"),
        ("at least 0 of (a)", 1, "at least takes a number from 1 to 9,999, not 0"),
        ("at least 2 of (a, b", 15, "'(' is never closed"),
        ('at least 2 of ("a", , b)', 21, "',' is not an operator"),
        ("=", 1, "'=' stands alone"),
        ("a NEAR/10000 b", 3, "NEAR takes a number from 1 to 9,999, not 10000"),
        ("a NEAR/-1 b", 3, "NEAR takes a number from 1 to 9,999, not -1"),
        ("a ONEAR/0 b", 3, "NEAR takes a number from 1 to 9,999, not 0"),
        ("a w/99999 b", 3, "NEAR takes a number from 1 to 9,999, not 99999"),
        ("a around(10000) b", 3, "NEAR takes a number from 1 to 9,999, not 10000"),
        ("a /N10000/ b", 3, "NEAR takes a number from 1 to 9,999, not 10000"),
        ("atleast1000 virus", 1, "atleast takes a number from 1 to 999, not 1000"),
        ("repeat1000:virus", 1, "atleast takes a number from 1 to 999, not 1000"),
        ("b atleast0(virus)", 3, "atleast takes a number from 1 to 999, not 0"),
        ("atleast2(virus (a OR b))", 1, "AND cannot stand in a group beside atleast"),
        ("kyiv/F20000/", 5, "/Fn/ takes a number from 1 to 9,999, not 20000"),
        ("kyiv/F0/", 5, "/Fn/ takes a number from 1 to 9,999, not 0"),
        ("b at least 99999 of (a, b)", 3, "at least takes a number from 1 to 9,999, not 99999"),
        ("at least 2 of ()", 15, "there is nothing between the parentheses"),
        ("a NEAR/" + "1" * 9_000 + " b", 3, f"NEAR takes a number from 1 to 9,999, not {'1' * 39}…"),
        ("~", 1, "'~' stands before one whole word"),
        ("~strike*", 1, "'~' stands before one whole word"),
        ("caps()", 1, "caps( ) takes one word or phrase"),
        ("???", 1, "'???' alone would match everything"),
        ("lang:elvish", 6, "'elvish' is no lang here"),
        ("severity:high", 10, "'high' is no severity here"),
        ("site:?", 6, "'?' alone would match everything"),
        ("site:gov.*", 6, "'gov.*' is no site"),
        ("site:*gov.ua", 6, "'*gov.ua' is no site"),
        ("published:soon", 11, "'soon' is not a date"),
        ("published:2024-13-01", 11, "'2024-13-01' is not a date"),
        ("published:(a)", 1, "'published:' is followed by no date"),
        ("unread:perhaps", 1, "'unread:' is yes or no"),
        ("alias:atlantis", 1, "no alias is called 'atlantis'"),
        ("title:(a published:2024)", 10, "published:2024 inside title:"),
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
    with pytest.raises(QueryError) as raised:
        parse(query)
    assert (raised.value.column, raised.value.message) == (column, message)


@pytest.mark.parametrize(
    ("query", "column", "named"),
    [
        ("a NEAR b", 3, "nearness without a number"),
        ('"a b"^2', 6, "^"),
        ("a~", 1, "~"),
        ("a~2", 1, "~"),
        ("a^2", 1, "^"),
        ("a XOR b", 3, "XOR"),
        ("[a TO b]", 1, "range"),
        ("a >5", 3, "comparison"),
        ("1..5", 1, "range"),
        ("@lastweek", 1, "date"),
        ("a @thisYear", 3, "date"),
        ("@last_7_days", 1, "date"),
        ("city:berlin", 1, "city:"),
        ("nsfw:no", 1, "nsfw:"),
        ("location:inbox", 1, "location:"),
        ("intext:a", 1, "intext:"),
        ("intext: a", 1, "intext:"),
        ("a country: b", 3, "country:"),
        ("term(a b)", 1, "term( )"),
        ('"dirty * bomb"', 8, "* for a word of a phrase"),
        ('a title:"dirty * bomb"', 16, "* for a word of a phrase"),
        ('"wom?n"', 5, "? inside a word of a phrase"),
        ('"M*A*SH"', 5, "* inside a word of a phrase"),
        ('"strike*s"', 8, "* inside a word of a phrase"),
        ('"a b *berg"', 6, "* inside a word of a phrase"),
        ('="Wom?n"', 6, "? inside a word of a phrase"),
        ("caps(wom?n)", 9, "? inside a word of a phrase"),
        ('"(a)*"', 5, "* in a phrase"),
        ('"title:wom?n"', 11, "? inside a word of a phrase"),
        ("/a/g", 4, "'g'"),
    ],
)
def test_what_is_not_built_is_refused_by_its_name(query: str, column: int, named: str) -> None:
    with pytest.raises(QueryError) as raised:
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


@pytest.mark.parametrize(
    ("query", "note"),
    [
        ("a OR NOT a", "matches everything"),
        ("unread:yes", "unread:yes holds for every item"),
        ("a starred:yes", "can never match: starred:yes holds for no item"),
        ("a -unread:yes", "can never match: unread:yes holds for every item"),
        ("(starred:yes OR (a -a)) b", "can never match: starred:yes holds for no item"),
        ("(starred:yes OR a) b -b", "can never match: it asks for a term and excludes it"),
        ("at least 2 of ((a -a) starred:yes b)", "can never match: it asks for a term and excludes it"),
        ("a -/b*/", "can never match: it excludes what always holds"),
        ("published:2024-02-01..2024-01-01", "can never match: published:2024-02-01..2024-01-01 is a period without a day"),
        ('"dirty bomb" -bomb', "can never match"),
        ("=Apple -apple OR b -b", None),
        ('"a b c"~1', "can never match: 3 words take at least ~2"),
        ("(title:a summary:b)~5", "asks for words of different fields"),
        ("who?", "who? asks for a letter in place of ?"),
        ("at least 1 of (2024,2025,2026)", "column 16: 2024,2025,2026 is one number; put a space after the comma"),
        ("a atleast101 /virus/", "column 3: of /virus/ no more than 100 places are sure to be counted in one text"),
        ("atleast17(a OR /virus+/)", "column 1: of /virus+/ no more than 16 places"),
        ("atleast16 /virus+/", None),
        ("launder!", "launder! is read as launder*"),
    ],
)  # fmt: skip
def test_what_is_hardly_meant_is_noted(query: str, note: str | None) -> None:
    notes = language.warnings(parse(query))
    assert (
        any(note in told for told in notes)
        if note
        else not any("match" in told or "places" in told for told in notes)
    )


UNSEEN = "\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2066\u2069\ufeff"


@pytest.mark.parametrize("unseen", list(UNSEEN))
@pytest.mark.parametrize(
    "query",
    [
        "Kyiv -drone",
        "Kyiv AND drone OR strike",
        "Kyiv NOT drone",
        "Kyiv NEAR/5 drone",
        'title:kyiv tag:"a b"',
        "/ky.v/ (a OR b)",
        '"dirty bomb" -=Apple',
        "at least 2 of (a, b, c)",
        "alias:kyiv published:7d",
    ],
)
def test_what_nobody_sees_beside_a_word_changes_nothing(query: str, unseen: str) -> None:
    pasted = f"{unseen}{query.replace(' ', f'{unseen} {unseen}')}{unseen}"
    assert shape(parse(pasted).root) == shape(parse(query).root)
    joined = query.replace(":", f":{unseen}").replace("-", f"-{unseen}").replace("(", f"({unseen}")
    assert shape(parse(joined).root) == shape(parse(query).root)


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("A\u00adND a", None),
        ("ti\u00adtle:a", "title:a"),
        ("a\u200bAND\u200bb", "(a and b)"),
        ('"a b"\u200bOR\u200bc', '("a b" or c)'),
        ("می\u200cخواهم NOT\u200c 👩\u200d💻", "(می\u200cخواهم and not 👩\u200d💻)"),
        ("ភាសា\u200bខ្មែរ", "ភាសា\u200bខ្មែរ"),
    ],
)
def test_what_nobody_sees_stays_where_it_spells_a_word(query: str, tree: str | None) -> None:
    if tree is None:
        with pytest.raises(QueryError):
            parse(query)
    else:
        assert shape(parse(query).root) == tree


def test_columns_count_what_nobody_sees() -> None:
    with pytest.raises(QueryError) as raised:
        parse("\ufeffa \u200eOR\u200f OR b")
    assert (raised.value.column, raised.value.message) == (5, "OR is followed by OR, not by a term")
    with pytest.raises(QueryError) as raised:
        parse("\u200e\u200e(a\u200e b")
    assert raised.value.column == 3
    assert language.warnings(parse("\u200e\u200ewho?"))[0].startswith("column 3: ")


def test_a_thousand_in_a_list_is_not_noted() -> None:
    assert language.warnings(parse('at least 1 of (1,000 "1,5 km" $1,234,567)')) == ()


@pytest.mark.parametrize(
    "query",
    [
        '"Who is it?"',
        '"Who? Me?!"',
        '"(who?)"',
        '"example.org/a?id=3"',
        'url:"watch?v=1"',
        '"誰？何"',
        '"nuclear* weap*"',
        '"किताबें* x"',
        '"津波* x"',
        '"M*A*S*H"',
        'site:"*.gov.ua"',
    ],
)
def test_punctuation_and_beginnings_stand_between_quotes(query: str) -> None:
    assert shape(parse(query).root).endswith(query.partition(":")[2] or query.replace("？", "?"))


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ('"dirty * * bomb"', 'write "dirty bomb"~3'),
        ('"* bomb"', "leave it out"),
        ('"young wom?n"', "write young ONEAR/1 wom?n, without the quotes"),
    ],
)
def test_a_wildcard_between_quotes_is_told_how_it_is_written(query: str, hint: str) -> None:
    with pytest.raises(QueryError) as raised:
        parse(query)
    assert raised.value.hint.startswith(hint)
    if "write" in hint:
        parse(hint.removeprefix("write ").removesuffix(", without the quotes"))


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("a\\b", "leave it out; a regular expression stands between slashes"),
        ('"a\\b"', "leave it out; a regular expression stands between slashes"),
        ("/a/g", "letter case does not count anyway; put a text with slashes in quotes"),
    ],
)
def test_a_hint_says_what_would_be_right(query: str, hint: str) -> None:
    with pytest.raises(QueryError) as raised:
        parse(query)
    assert raised.value.hint == hint


def test_queries_are_values() -> None:
    assert parse("a OR /b+/ -c") == parse("a OR /b+/ -c")
    assert hash(parse("title:a")) == hash(parse("title:a"))
