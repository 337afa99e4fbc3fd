"""Configurations that no one would write: they load, or are refused with a place; nothing else."""

import tempfile
from pathlib import Path

import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.config import ConfigErrors, failing_tests, load, starter

BROKEN = Path(__file__).parent / "broken"
CANARY = "CANARYcanaryCANARY"
WRITTEN = f"""
[notify.desk]
url = "https://desk.example.org/{CANARY}"
secret = "whsec_{CANARY}"
rate = 5
[notify.night]
url = "https://hooks.example.org/{CANARY}" # before: {CANARY}
type = "webhook"
"""
SECRETS = f"""{WRITTEN}
[source.a]
url = "https://{CANARY}@example.org/rss"
auth = "{CANARY}"
cookies = {{ session = "{CANARY}" }}
"""
TEXTS = [
    starter(),
    SECRETS,
    *(path.read_bytes().decode(errors="ignore") for path in sorted(BROKEN.glob("*.toml"))),
]
SCRAPS = [
    *(
        '"',
        "'",
        '"""',
        "'''",
        "[",
        "]",
        "{",
        "}",
        "=",
        ".",
        ",",
        "#",
        "\\",
        "\n",
        "\r\n",
        "\t",
        "\x00",
        "\u202e",
        "漢",
        "\ufeff",
    ),
    *(
        "0",
        "-1",
        "1e400",
        "0x" + "f" * 400,
        "nan",
        "inf",
        "true",
        "1979-05-27",
        '""',
        "[]",
        "{}",
        '{ env = "HOME" }',
    ),
    *(
        '{ file = "/" }',
        '{ file = "\\u0000" }',
        '{ credential = "x" }',
        '"30s"',
        '"99999999999d"',
        '"(((("',
        '"/(((/"',
    ),
    *(
        '"https://[::1"',
        '"http://\\u0000"',
        '"\\u0000"',
        '"' + "x" * 3000 + '"',
        "[rule.x]\n",
        "[[rule]]\n",
        "[notify]\n",
    ),
    *(
        "type = 5\n",
        'type = "webhook"\n',
        'type = "__init__"\n',
        'type = "feed"\n',
        'query = "a"\n',
        "timezone = ",
        "a.b.",
    ),
]


@st.composite
def mutated(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """A text with some of it cut out, doubled, or replaced by a scrap."""
    text = draw(texts)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(start + draw(st.integers(0, 12)), len(text))
        scrap = draw(st.one_of(st.sampled_from(SCRAPS), st.just(""), st.just(text[start:end] * 2)))
        text = text[:start] + scrap + text[end:]
    return text


@st.composite
def exchanged(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """A text, one value of which is another: still TOML, mostly."""
    lines = draw(texts).splitlines()
    for _ in range(draw(st.integers(1, 3))):
        number = draw(st.integers(0, max(len(lines) - 1, 0)))
        if number < len(lines) and "=" in lines[number]:
            lines[number] = f"{lines[number].partition('=')[0]}= {draw(st.sampled_from(SCRAPS))}"
    return "\n".join(lines)


def outcome(text: str) -> str:
    """Load a text; return all that is said of it."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "config.toml")
        path.write_bytes(text.encode(errors="surrogatepass"))
        try:
            config = load(path, environ={"HOME": "/home/ann"})
        except ConfigErrors as errors:
            said = errors
        else:
            tomli.loads(text.removeprefix("\ufeff"))
            return "\n".join([*config.warnings, *map(str, failing_tests(config)), repr(config)])
    assert said.errors
    for error in said:
        assert error.line == 0 or 1 <= error.line <= text.count("\n") + 1
        assert error.column >= (error.line > 0)
        assert 0 <= error.caret <= len(error.source)
    return str(said)


@settings(max_examples=150)
@given(st.one_of(mutated(st.sampled_from(TEXTS)), exchanged(st.sampled_from(TEXTS))))
def test_nothing_but_configerrors_is_ever_raised(text: str) -> None:
    outcome(text)


@settings(max_examples=150)
@given(exchanged(st.just(SECRETS)))
def test_whatever_is_wrong_no_secret_is_shown(text: str) -> None:
    assert CANARY not in outcome(text)


@settings(max_examples=150)
@given(st.integers(0, len(WRITTEN)), st.sampled_from(['"', "'", "=", "]", "}", "\n", "\\", "x"]))
def test_whatever_breaks_the_syntax_no_secret_is_shown(at: int, scrap: str) -> None:
    text = WRITTEN[:at] + scrap + WRITTEN[at:]
    assert CANARY not in outcome(text)
