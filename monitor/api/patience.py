"""HTTP/1.1 for uvicorn, with an end to its patience: nobody holds a connection by asking, or listening, too slowly."""

import asyncio
import json
from typing import TYPE_CHECKING

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from monitor.api.guard import say

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

CONNECTIONS = 64  # at once; further ones are answered 503
PATIENCE = 10.0  # seconds in which a request must have come whole
STALLED = 30.0  # seconds in which a client must take up something of what it is sent


class Patient(H11Protocol):
    """uvicorn's protocol; a request must have come whole in ten seconds, and some of an answer be taken up in each thirty."""

    _asking: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # asyncio says BaseTransport; of TCP it is this
        """Begin to wait for the first request; what comes beyond all bounds is not even asked."""
        super().connection_made(transport)
        if len(self.connections) > 2 * CONNECTIONS:
            transport.abort()
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Wait on as long as no request has come whole. Of too many connections, answer that they are (uvicorn would, in plain text)."""
        # an answer goes on for a while when who asked has hung up: those count too
        many = len(self.connections) > CONNECTIONS or len(self.tasks) >= CONNECTIONS
        self.app = crowded if many else self.config.loaded_app
        super().data_received(data)
        self._watch()

    def pause_writing(self) -> None:
        """Wait until the client has read of what it was sent: slowly, if it likes."""
        super().pause_writing()
        self._look_again()

    def resume_writing(self) -> None:
        """Go on: the client reads."""
        super().resume_writing()
        self._end("_stalled")

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._end("_asking")
        self._end("_stalled")
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP, as everything is answered: in JSON."""
        headers = [("content-type", "application/json"), ("connection", "close")]
        said = json.dumps({"error": "this is no HTTP request, or its head is too long"}).encode() + b"\n"
        answer = h11.Response(status_code=400, headers=headers, reason=b"Bad Request")
        events = (answer, h11.Data(data=said), h11.EndOfMessage())
        self.transport.write(b"".join(self.conn.send(event) or b"" for event in events))
        self.transport.close()

    def _look_again(self) -> None:
        left = self.transport.get_write_buffer_size()
        self._stalled = self.loop.call_later(STALLED, self._hang_up_unless_below, left)

    def _hang_up_unless_below(self, left: int) -> None:
        if self.transport.get_write_buffer_size() < left:
            self._look_again()
        else:
            self.transport.abort()

    def _watch(self) -> None:
        if self.conn.their_state not in {h11.IDLE, h11.SEND_BODY}:  # a whole request came
            self._end("_asking")
        elif self._asking is None and not self.transport.is_closing():
            self._asking = self.loop.call_later(PATIENCE, self.transport.close)

    def _end(self, timer: str) -> None:
        if (running := getattr(self, timer)) is not None:
            running.cancel()
            setattr(self, timer, None)


async def crowded(scope: "Scope", receive: "Receive", send: "Send") -> None:
    """Answer one connection too many."""
    await say(send, 503, f"{CONNECTIONS} connections are open already")
