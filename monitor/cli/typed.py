"""What is typed on the command line, held to what the configuration asks for: a mistake is one sentence, status 2."""

import re
from collections.abc import Collection

from monitor.cli.failing import Usage
from monitor.config.errors import pointed
from monitor.config.reading import checks
from monitor.config.reading.checks import Wrong
from monitor.config.text.secrets import quoted, redacted
from monitor.core.telling.render import safe
from monitor.rules.errors import QueryError
from monitor.rules.query.aliases import NONE, Aliases
from monitor.rules.query.language import parse
from monitor.rules.query.tree import Query

_ENDLESS = re.compile(r"[1-9][0-9]{9,}(?:\.[0-9]+)?[wdhm]|[1-9][0-9]{10,}(?:\.[0-9]+)?s")  # a number alone is


def query(text: str, yours: Aliases = NONE) -> Query:
    """Return the query that `text` says, `yours` being the aliases of the configuration.

    Raises Usage with the line and a caret under the place.
    """
    try:
        return parse(text, yours)
    except QueryError as error:
        hint = f" ({error.hint})" if error.hint else ""
        line, caret = pointed(text, error.column - 1)
        raise Usage(f"query:1:{error.column}: {error.message}{hint}\n{line}\n{caret}") from error


def address(url: str, *, option: str = "") -> str:
    """Return an address that can be polled or, as the value of an `option`, told: then it is a secret, and not shown."""
    try:
        return checks.address(url)
    except Wrong as wrong:
        raise Usage(f"{option or safe(redacted(url)) or repr(url)}: {wrong}") from wrong


def seconds(text: str, *, option: str, least: float = 0.0) -> float:
    """Return the seconds that the value of `option` says, `least` or more."""
    try:
        found = checks.duration(text)
    except ValueError as error:
        said = "is longer than a hundred years" if _ENDLESS.fullmatch(text) else error
        raise Usage(f"{option}: {quoted(text)} {said}") from error
    if found < least:
        raise Usage(f"{option}: {quoted(text)} is too short; at least {checks.span(least)}")
    return found


def tag(word: str) -> str:
    """Return the tag that `--tag` gives."""
    try:
        return checks.tag(word)
    except Wrong as wrong:
        raise Usage(f"--tag: {quoted(word)}: {wrong}") from wrong


def name(word: str) -> str:
    """Return the name that `--name` gives."""
    try:
        return checks.name(word)
    except Wrong as wrong:
        raise Usage(f"--name: {quoted(word)}: {wrong}") from wrong


def one_of(names: Collection[str], word: str, *, what: str, option: str) -> str:
    """Return the name of a `what` that the value of `option` says, if there is one."""
    if word in names:
        return word
    hint = checks.known(word, [*names], says="there is")
    raise Usage(f"{option}: no {what} is called {quoted(word)}{hint}")
