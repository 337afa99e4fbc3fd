"""Queries typed on the command line: one that cannot be read is shown with a caret under the place."""

from monitor.cli.failing import Usage
from monitor.config.errors import pointed
from monitor.rules.errors import QueryError
from monitor.rules.language import Query, parse


def typed(text: str) -> Query:
    """Return the query that `text` says; raises Usage with the line and a caret."""
    try:
        return parse(text)
    except QueryError as error:
        hint = f" ({error.hint})" if error.hint else ""
        line, caret = pointed(text, error.column - 1)
        raise Usage(f"query:1:{error.column}: {error.message}{hint}\n{line}\n{caret}") from error
