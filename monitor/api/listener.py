"""A port of this machine or a socket in the file system, and the server on it.

uvicorn serves, and no more: signals and logs stay the daemon's, and what it leaves open is bounded here.
"""

import asyncio
import logging
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from starlette.types import ASGIApp

WAITING = 64  # connections that are not yet taken up
HEADERS = 16_384  # bytes of a request before its body
IDLE = 5  # seconds a connection is kept without a request
GRACE = 2  # seconds for what is being answered when asked to stop
GROUP = 0o660  # mode of a socket: its owner and group


class ListenError(Exception):
    """The place cannot be listened on; the text is one sentence for the user."""


def on_port(host: str, port: int) -> socket.socket:
    """Return a socket that listens on a port of `host`, an address of this machine: who calls waits to be served.

    Raises ListenError.
    """
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(WAITING)
    except OSError as error:
        listening.close()
        raise ListenError(f"[api] listen: {where}: {_why(error)}") from error
    return listening


def on_path(path: Path) -> socket.socket:
    """Return a socket that listens on `path`, for its owner and group; one that nobody serves is replaced.

    Raises ListenError.
    """
    try:
        return bound(path)
    except OSError as error:
        raise ListenError(f"[api] listen: {path}: {_why(error)}") from error


def bound(path: Path) -> socket.socket:
    """Return what `on_path` does; raises OSError."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _clear(path)
        with _umask(0o777 & ~GROUP):
            listening.bind(str(path))
        listening.listen(WAITING)
    except OSError:
        listening.close()
        raise
    return listening


def _clear(path: Path) -> None:
    """Remove a socket that a killed daemon left behind; raises OSError where it is served, or no socket."""
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise FileExistsError(17, "there is a file that is no socket")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        try:
            caller.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise OSError(98, "it is in use by another program")


@contextmanager
def _umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def _why(error: OSError) -> str:
    if error.errno == 98:  # EADDRINUSE
        return "it is in use by another program; stop that one or write another place"
    return (error.strerror or str(error)).lower()


async def serve(app: "ASGIApp", listening: socket.socket, closing: asyncio.Event) -> None:
    """Answer requests until cancelled: then `closing` is set, which ends what would never end by itself,
    and what is being answered gets 2 s. No connection is left open.
    """
    import uvicorn  # a tenth of a second that only a daemon with [api] spends

    from monitor.api.patience import Patient

    class Server(uvicorn.Server):
        def capture_signals(self) -> "AbstractContextManager[None]":  # type: ignore[override]  # theirs is a generator function
            return nullcontext()  # they are the daemon's

    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)  # the guard logs what breaks
    server = Server(
        uvicorn.Config(
            app,
            http=Patient,
            loop="none",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            h11_max_incomplete_event_size=HEADERS,
            timeout_keep_alive=IDLE,
            timeout_graceful_shutdown=GRACE,
        )
    )
    serving = asyncio.create_task(server.serve([listening]), name="http")
    try:
        await asyncio.shield(serving)
    finally:
        closing.set()
        server.should_exit = True
        await serving
