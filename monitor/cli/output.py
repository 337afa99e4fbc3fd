"""Standard input and output as whoever started us left them: closed, full, or of few letters."""

import codecs
import errno
import io
import os
import sys

ESCAPED = "newsbell.escaped"  # the name of the error handler below
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO)  # a disk, somebody's share of it, a terminal that is gone


def ready() -> None:
    """Make all three usable: what is closed leads nowhere, a letter that stdout has not is escaped.

    Without this `print(…, file=sys.stderr)` writes to stdout where stderr is closed, and a database may become file 1.
    """
    sys.stdin = sys.stdin or os.fdopen(os.open(os.devnull, os.O_RDONLY))
    sys.stdout = sys.stdout or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    sys.stderr = sys.stderr or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    codecs.register_error(ESCAPED, escaped)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors=ESCAPED)


def escaped(error: UnicodeError) -> tuple[str, int]:
    r"""Return what stands for letters that an encoding has not; within JSON it stays the same text.

    >>> escaped(UnicodeEncodeError("ascii", "aж🔥", 1, 3, ""))
    ('\\u0436\\ud83d\\udd25', 3)
    """
    import json

    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


def end(status: int) -> None:
    """End where nothing more can be written, without the interpreter trying once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(status)
