"""What stands before every route: who may ask by which name, how much they may say, what a browser may do with it."""

import logging
from collections.abc import Collection
from ipaddress import ip_address
from typing import TYPE_CHECKING

from monitor.api.callback import ROOM
from monitor.api.tally import Tally

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY = 65_536  # bytes of a request, but for
PUSH = "/push/"  # where hubs come in, by whatever name: each path below it is a secret of its own
# Nothing but the page's own files; a feed's markup could do nothing even if it got into it.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
log = logging.getLogger("newsbell")


class Guard:
    """Wraps the routes; `hosts` None: nobody's name is looked at (a socket in the file system)."""

    def __init__(self, app: "ASGIApp", tally: Tally, hosts: Collection[str] | None) -> None:
        self._app = app
        self._tally = tally
        self._hosts = hosts

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer one request. A bug is logged and answered 500; it ends nothing else."""
        began = False

        async def answer(message: "Message") -> None:
            nonlocal began
            if message["type"] == "http.response.start":
                began = True
                said = {name for name, _ in message["headers"]}
                message["headers"] += [(name, value) for name, value in HEADERS if name not in said]
                self._tally.requests[_route(scope), str(message["status"])] += 1
            await send(message)

        if refusal := self._refusal(scope):
            await say(answer, *refusal)
            return
        try:
            await self._app(scope, _bounded(receive, _room(scope)), answer)
        except Exception as error:
            if began:
                log.debug("api: %s: the answer broke off", scope["path"], exc_info=True)
                return
            if isinstance(error, _TooLong):
                await say(answer, 413, _too_long(scope))
                return
            log.exception("api: %s broke", scope["path"])
            await say(answer, 500, "this request broke; the daemon's log has the traceback")

    def _refusal(self, scope: "Scope") -> tuple[int, str] | None:
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        if (
            self._hosts is not None
            and not scope["path"].startswith(PUSH)
            and not named_here(host, self._hosts)
        ):
            return 403, "this host name is not known here; add it to `hosts` of [api] if a proxy asks by it"
        length = headers.get(b"content-length", b"0")
        if int(length) > _room(scope) if length.isdigit() else True:
            return 413, _too_long(scope)
        return None


def _room(scope: "Scope") -> int:
    """Return how many bytes a request may have."""
    return ROOM if scope["path"].startswith(PUSH) else BODY


def _too_long(scope: "Scope") -> str:
    return f"a request may have {_room(scope):,} bytes, and this one has more"


def named_here(host: str, names: Collection[str]) -> bool:
    """Tell whether a Host header names this machine: a page elsewhere whose name was made to lead here does not.

    >>> [named_here(host, ["wall.example.org"]) for host in ("localhost:9464", "[::1]", "wall.example.org", "evil.example", "")]
    [True, True, True, False, False]
    """
    name = host.lower()
    if not name.endswith("]"):
        head, colon, port = name.rpartition(":")
        name = head if colon and port.isdigit() else name
    if name == "localhost" or name in names:
        return True
    try:
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def _route(scope: "Scope") -> str:
    """Return the path of the route that answered, "other" where there is none: so that no label grows with what is asked."""
    route = scope.get("route")
    return getattr(route, "path", "other")


class _TooLong(Exception):
    """A body went beyond its bound while it was read."""


def _bounded(receive: "Receive", room: int) -> "Receive":
    read = 0

    async def bounded() -> "Message":
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > room:
            raise _TooLong
        return message

    return bounded


async def say(send: "Send", status: int, sentence: str) -> None:
    """Answer what goes wrong, and end the connection: what was not read of it is no request."""
    from starlette.responses import JSONResponse

    response = JSONResponse({"error": sentence}, status, {"connection": "close"})
    await send({"type": "http.response.start", "status": status, "headers": list(response.raw_headers)})
    await send({"type": "http.response.body", "body": response.body})
