"""Where hubs push to (W3C WebSub §5.3, §7): the one place here that strangers are meant to reach.

A path that nobody was told leads nowhere, and its body is not even read. What is pushed goes to the daemon; nothing is
answered but whether it was taken.
"""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from monitor.api.answer import Json, office_of
from monitor.api.callback import ROOM, Pushed

CHALLENGE = 4_096  # characters that a hub may want to hear again
UNREAD = {"connection": "close"}  # the body was not read: nothing else can come on this connection
SOON = UNREAD | {"retry-after": "5"}


async def push(request: Request) -> Response:
    """Confirm to a hub that it was asked, or take what it pushes."""
    door, name = office_of(request).door, request.path_params["name"]
    if door is None or not await door.known(name):
        raise HTTPException(404, headers=UNREAD)
    if request.method == "POST":
        length = request.headers.get("content-length", "")
        pushed = Pushed(
            name=name,
            size=int(length) if length else ROOM,
            body=request.body,
            content_type=request.headers.get("content-type", ""),
            signature=request.headers.get("x-hub-signature", ""),
        )
        status = await door.take(pushed)
        return _said("", status, None if status == 200 else SOON if status == 503 else UNREAD)
    query = dict(request.query_params)
    challenge = query.get("hub.challenge", "")
    confirmed = query.get("hub.mode") == "denied" or 0 < len(challenge) <= CHALLENGE
    if not confirmed or not await door.asked_back(name, query):
        return Json({"error": "nobody asked for that"}, 404)
    return _said(challenge)


def _said(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return PlainTextResponse(text, status, headers)
