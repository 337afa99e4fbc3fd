"""Which exit status an expected error ends with."""

from monitor.api.listener import ListenError
from monitor.config import ConfigErrors
from monitor.daemon.lock import Locked, Unwritable
from monitor.rules.language import QueryError
from monitor.store import StoreError


class NoDaemon(Exception):
    """A command that speaks to the daemon found none."""


class Usage(Exception):
    """The command's words are off; the text says what would be right."""


STATUSES: dict[type[Exception], int] = {
    Usage: 2,
    QueryError: 2,
    ConfigErrors: 3,
    ListenError: 3,
    NoDaemon: 4,
    StoreError: 5,
    Locked: 5,
    Unwritable: 5,
}


def status_of(error: Exception) -> int | None:
    """Return the exit status of an error that a user can mend, None for a bug."""
    return next((status for kind, status in STATUSES.items() if isinstance(error, kind)), None)
