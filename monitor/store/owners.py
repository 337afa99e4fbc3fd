"""Whose a file is: what root makes among the files of a service is the service's."""

import os
from contextlib import suppress
from pathlib import Path


def give(path: Path, *, like: Path) -> None:
    """Give what root just made to whom `like` belongs, as SQLite does with its own files; nobody else gives any away.

    A link is not followed: whose directory it is may have put one there meanwhile.
    """
    if os.geteuid() == 0:
        with suppress(OSError):  # a disk that knows no owners
            owner = like.stat()
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
