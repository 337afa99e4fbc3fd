"""Where keys and values stand, held against what tomli reads: each leaf is found, and its text is its value."""

import re
from collections.abc import Iterator

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.text.positions import DEEPEST, Keys, characters, inside, scan

KEY = re.compile(r"""[\w-]+|"(?:\\.|[^"\\])*"|'[^']*'""")

DOCUMENTS = {
    "plain": 'a = 1\nb = "x" # c\n\n# d = 2\n  e  =  true  \n[t]\na = 0x1F\nb = +1_000.5e3\nc = -inf\n[t.u]\nx = nan\n',
    "dotted": "a.b.c = 1\na . b . d = 2\n[x.y]\nz.w = 3\n[x]\nq = 4\n",
    "quoted keys": '"a b" = 1\n\'c.d\' = 2\n"e\\u00e9\\"" = 3\n"" = 4\n"x"."y z".\'w\' = 5\n["h i"."j\\tk"]\nl = 6\n',
    "headers": "[ a . b ]\nc = 1\n[ \"d\" ] # e\nf = 2\n[a.'g']\nh=3",
    "arrays": "a = [1, 2, [3, [ ]], \"]\", '#', { b = 1 },]\nc = [ # one ]\n  1, # two ,\n\n  2\n]\nd = []\n",
    "inline tables": "a = { b = 1, \"c d\" = '}', e.f = [1, {g = 2}], h = {} }\n[t]\nu = {v = {w = {x = 1}}}\n",
    "inline tables over lines": "a = {\n  b = 1, # one }\n  c = [\n    2,\n  ],\n  d = {\n  },\n}\ne = 5\n",
    "arrays of tables": "[[a]]\nb = 1\n[a.c]\nd = 2\n[[a.e]]\nf = 3\n[[a.e]]\nf = 4\n[a.e.g]\nh = 1\n[[a]]\nb = 5\n[[a.e]]\nf = 6\n",
    "strings": 'a = "x \\" \' # \\\\"\nb = \'x " # \\\'\nc = ""\nd = \'\'\ne = "\\u00e9\\U0001f600\\x41\\e\\b\\t\\n\\f\\r"\n',
    "basic strings over lines": 'a = """\none\n  two"""\nb = """x\\\n\n   y\\   \n z"""\nc = """"x""""\nd = """""x"""""\ne = """"""\nf = """\\""" ]"""\n',
    "literal strings over lines": "a = '''\none\\\n'two' ''x'''\nb = ''''x''''\nc = '''''x'''''\nd = ''''''\ne = ''' # '''\n",
    "dates": "a = 1979-05-27T07:32:00Z\nb = 1979-05-27 07:32:00.5-07:00\nc = 1979-05-27\nd = 07:32:00\ne = [1979-05-27 07:32:00, 07:32]\nf = {g = 1979-05-27 07:32:00}\n",
    "tabs and wide characters": '\ta\t=\t[\t1\t,\t\'東京\'\t]\t\n"漢字" = { "é" = \'ü\' }\n[\t"京"\t]\nb=1\n',
    "windows": 'a = 1\r\nb = """\r\nx\\\r\n  y"""\r\n[c]\r\nd = [\r\n  1,\r\n]\r\n',
    "nothing": "",
    "only blanks": "\n  # x\n\t\n",
    "no last line end": "a = 'x' # y",
    "keys like values": "true = 1\n1979-05-27 = 2\n3.14 = 3\n-1 = 4\ninf = { nan = 5 }\n",
    "a table again by its parts": "[a.b]\nc = 1\n[a]\nd = 2\n[a.e.f]\ng = 3\n[a.e]\nh = 4\n",
}


def leaves(value: object, keys: Keys = ()) -> Iterator[tuple[Keys, object]]:
    if isinstance(value, (dict, list)) and keys:
        yield keys, value
    if isinstance(value, (dict, list)):
        for name, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(part, (*keys, name))
    else:
        yield keys, value


def check(text: str) -> None:
    """Hold the scan of a text against tomli."""
    values, text = tomli.loads(text), text.replace("\r\n", "\n")
    places = scan(text).places
    expected = dict(leaves(values))
    assert places.keys() == expected.keys()
    for keys, value in expected.items():
        place = places[keys]
        shown = text[place.start : place.end]
        if not isinstance(value, (dict, list)) or shown[:1] in {"[", "{"}:
            assert repr(tomli.loads(f"x = {shown}")["x"]) == repr(value)
        if isinstance(keys[-1], str):
            named = KEY.match(text, place.key)
            assert named is not None
            assert tomli.loads(f"{named[0]} = 1") == {keys[-1]: 1}
        if isinstance(value, str):
            assert "".join(char for _, char in characters(shown)) == value


@pytest.mark.parametrize("text", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_every_key_is_found_and_its_text_is_its_value(text: str) -> None:
    check(text)


def test_a_key_is_pointed_at_where_it_is_named() -> None:
    text = 'x.y = 1\n[rule.escalation]\n"a b"."c" = [ 1, { d = 2 } ]\n[[t]]\n[[t]]\nz = 1\n'
    places = scan(text).places

    def line_and_column(*keys: str | int) -> tuple[int, int]:
        at = places[keys].key
        return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)

    assert line_and_column("x") == (1, 1)
    assert line_and_column("x", "y") == (1, 3)
    assert line_and_column("rule") == (2, 2)
    assert line_and_column("rule", "escalation") == (2, 7)
    assert line_and_column("rule", "escalation", "a b") == (3, 1)
    assert line_and_column("rule", "escalation", "a b", "c") == (3, 7)
    assert line_and_column("rule", "escalation", "a b", "c", 0) == (3, 15)
    assert line_and_column("rule", "escalation", "a b", "c", 1, "d") == (3, 20)
    assert line_and_column("t", 0) == (4, 3)
    assert line_and_column("t", 1) == (5, 3)
    assert line_and_column("t", 1, "z") == (6, 1)


@pytest.mark.parametrize(
    ("token", "index", "offset"),
    [
        ("'abc'", 0, 1),
        ("'abc'", 2, 3),
        ("'abc'", 3, 4),  # the closing quote
        ('"a\\u0041b"', 2, 8),
        ('"\\"x"', 1, 3),
        ('"""\nab\ncd"""', 3, 7),
        ('"""a\\\n   b"""', 1, 9),
        ("'''\nab'''", 1, 5),
        ("'東京x'", 2, 3),
        ("''", 0, 1),
        ("5", 3, 0),  # no string
    ],
)
def test_a_character_of_a_text_is_found_in_the_file(token: str, index: int, offset: int) -> None:
    text = f"q = {token}"
    assert inside(text, scan(text).places["q",], index) == 4 + offset


def test_what_is_nested_too_deeply_is_stepped_over() -> None:
    deep = "[" * (DEEPEST + 5) + "'] }', \"]\" # ]\n" + "]" * (DEEPEST + 5)
    text = f"a = {deep}\nb = 1\n"
    tomli.loads(text)
    places = scan(text).places
    assert text[places["a",].start : places["a",].end] == deep
    assert places["b",].key == text.index("b =")


@given(st.text(alphabet="ab.=[]{}\"'#,\\\n 1", max_size=40))
def test_text_that_is_no_toml_ends_the_scan_and_nothing_else(text: str) -> None:
    scan(text)


# -- documents that nobody wrote --------------------------------------------------------------------

SPACES = st.sampled_from(["", " ", "\t", "  "])
BLANKS = st.sampled_from(["", " ", "\n", " # x ] }\n\t"])
WORDS = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=6)
BARE = st.text(alphabet="abcXYZ019_-", min_size=1, max_size=4)
ESCAPES = {'"': '\\"', "\\": "\\\\", "é": "\\u00e9", "a": "\\x61"}


@st.composite
def a_string(draw: st.DrawFn) -> str:
    word = draw(WORDS)
    basic = "".join(
        ESCAPES.get(char, char) if char in '"\\' or draw(st.booleans()) else char for char in word
    )
    literal = word.replace("'", "")
    fold = draw(st.sampled_from(["", "\n", "\\\n  "]))
    return draw(
        st.sampled_from([f'"{basic}"', f"'{literal}'", f'"""{fold}{basic}{fold}"""', f"'''\n{literal}'''"])
    )


@st.composite
def a_key(draw: st.DrawFn) -> str:
    basic = "".join(ESCAPES.get(char, char) for char in draw(WORDS))
    return draw(st.one_of(BARE, st.just(f'"{basic}"')))


@st.composite
def a_list(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    parts = draw(st.lists(st.tuples(BLANKS, values, BLANKS), max_size=3))
    comma = draw(st.sampled_from(["", ",\n"])) if parts else ""
    return "[" + ",".join(map("".join, parts)) + comma + "]"


@st.composite
def a_table(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    parts = draw(
        st.lists(st.tuples(BLANKS, a_key(), SPACES, st.just("="), SPACES, values, BLANKS), max_size=3)
    )
    return "{" + ",".join(map("".join, parts)) + "}"


SCALARS = st.one_of(a_string(), st.sampled_from(["1", "-2.5e3", "true", "1979-05-27 07:32:00", "07:32:00"]))
VALUES = st.recursive(SCALARS, lambda inner: st.one_of(a_list(inner), a_table(inner)), max_leaves=6)
KEYS = st.lists(st.tuples(SPACES, a_key(), SPACES), min_size=1, max_size=3).map(
    lambda parts: ".".join(map("".join, parts))
)
LINES = st.one_of(
    st.tuples(KEYS, VALUES, SPACES).map(lambda t: f"{t[0]}= {t[1]}{t[2]}"),
    KEYS.map(lambda keys: f"[{keys}] # x"),
    KEYS.map(lambda keys: f"[[{keys}]]"),
    st.just("# [x]"),
)


@given(st.lists(LINES, max_size=8).map("\n".join))
def test_documents_that_nobody_wrote_are_scanned_as_tomli_reads_them(text: str) -> None:
    try:
        tomli.loads(text)
    except tomli.TOMLDecodeError:
        return  # a key twice
    check(text)
