"""Where the API listens, who may ask, and what a client that takes its time cannot do."""

import asyncio
import socket
import stat
import time
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from monitor.api import listener, patience
from monitor.api.guard import BODY
from monitor.api.listener import ListenError
from tests.api.conftest import TOKEN, House


def test_a_port_that_is_in_use_is_one_sentence(house: House) -> None:
    with pytest.raises(
        ListenError, match=r"^\[api\] listen: 127\.0\.0\.1:\d+: it is in use by another program; "
    ):
        listener.on_port("127.0.0.1", house.port)


def test_a_socket_is_for_its_owner_and_group(tmp_path: Path) -> None:
    path = tmp_path / "api.sock"
    with listener.on_path(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        with pytest.raises(ListenError, match="in use"):
            listener.on_path(path)
    assert path.exists()  # a killed daemon leaves it
    listener.on_path(path).close()


def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("mine")
    with pytest.raises(ListenError, match="no socket"):
        listener.on_path(path)
    assert path.read_text() == "mine"
    with pytest.raises(ListenError, match="no such file or directory"):
        listener.on_path(tmp_path / "missing" / "api.sock")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("127.0.0.1:9464", 200),
        ("[::1]:9464", 200),
        ("wall.example.org", 200),
        ("WALL.example.org:443", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("192.168.0.7", 403),
        ("", 403),
    ],
)
def test_only_known_names_are_answered(house: House, host: str, status: int) -> None:
    """A page elsewhere can make its own name lead to 127.0.0.1, and its browser then reads what it answers."""
    assert house.ask("/healthz", headers={"Host": host}).status == status


def test_no_other_page_may_read_or_frame_it(house: House) -> None:
    headers = house.ask("/healthz", headers={"Origin": "https://evil.example"}).headers
    assert not [name for name in headers if name.startswith("access-control")]
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "default-src 'none'" in headers["content-security-policy"]


def test_what_is_not_there_is_a_sentence(house: House) -> None:
    assert house.ask("/nothing").json == {"error": "there is no such thing here"}
    assert house.ask("/push/guessed").json == {"error": "there is no such thing here"}
    assert house.ask("/push/guessed", method="POST", body=b"x").headers["connection"] == "close"
    assert house.ask("/api/v1/items/").json == {"error": "there is no such thing here"}
    assert b'{"error": "this is no HTTP request' in raw(house, b"nonsense\r\n\r\n")
    answer = house.ask("/healthz", method="DELETE")
    assert (answer.status, answer.json) == (405, {"error": "this takes no such method"})


def test_a_long_request_is_refused(house: House) -> None:
    assert house.ask("/healthz", method="POST", body=b"x" * (BODY + 1)).status == 413
    assert raw(house, b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n").startswith(b"HTTP/1.1 400 ")
    chunked = b"POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n"
    assert raw(house, chunked).startswith(b"HTTP/1.1 4")


def test_a_long_request_in_chunks_is_refused(house: House) -> None:
    head = b"POST /api/v1/replay HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
    sent = head + f"Authorization: Bearer {TOKEN}\r\n\r\n{BODY + 1:x}\r\n".encode() + b" " * (BODY + 1)
    answer = raw(house, sent)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"content-type: application/json" in answer


def test_what_breaks_is_logged_and_answered_and_ends_nothing_else(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    sound, house.watched = house.watched, None  # type: ignore[assignment]
    answer = house.ask("/api/v1/why?what=wire")
    assert (answer.status, answer.json) == (
        500,
        {"error": "this request broke; the daemon's log has the traceback"},
    )
    [record] = caplog.records
    assert record.getMessage() == "api: /api/v1/why broke"
    assert record.exc_info is not None
    house.watched = sound
    assert house.ask("/api/v1/why?what=wire").status == 200


def raw(house: House, sent: bytes) -> bytes:
    """Send bytes, and return what is answered until the connection ends."""
    with socket.create_connection(("127.0.0.1", house.port), timeout=30) as client:
        client.sendall(sent)
        read = b""
        while got := client.recv(65_536):
            read += got
            if b"\r\n\r\n" in read:
                break
        return read


def test_who_dribbles_is_hung_up_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PATIENCE", 0.2)
    assert raw(house, b"GET /healthz HTTP/1.1\r\nHost: local") == b""
    assert house.ask("/healthz").status == 200


@pytest.mark.torture
def test_who_does_not_read_is_hung_up_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A stalled reader holds a connection for a while, never the loop: another is answered meanwhile."""
    monkeypatch.setattr(patience, "STALLED", 0.2)

    async def endless(scope: object, receive: object, send: "object") -> None:
        start = {"type": "http.response.start", "status": 200, "headers": []}
        await send(start)  # type: ignore[operator]
        while True:
            await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})  # type: ignore[operator]
            await asyncio.sleep(0)

    async def story() -> None:
        bound = listener.on_port("127.0.0.1", 0)
        serving = asyncio.create_task(listener.serve(endless, bound, asyncio.Event()))
        reader, writer = await asyncio.open_connection(*bound.getsockname(), limit=1_024)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert await reader.read(1) == b"H"
        transport = writer.transport
        transport.pause_reading()  # type: ignore[attr-defined]
        other_reader, other = await asyncio.open_connection(*bound.getsockname())
        other.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert await other_reader.read(1) == b"H"
        other.close()
        await asyncio.sleep(1.0)
        transport.resume_reading()  # type: ignore[attr-defined]
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1 << 30)
        serving.cancel()
        await asyncio.wait([serving])
        writer.close()

    asyncio.run(story())


def test_who_reads_slowly_is_given_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long answer over a thin line takes its time: what counts is whether any of it was taken up."""
    monkeypatch.setattr(patience, "STALLED", 0.3)
    whole, step = 24_000_000, 2_000_000

    async def long(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * whole})

    async def story() -> int:
        bound = listener.on_port("127.0.0.1", 0)
        serving = asyncio.create_task(listener.serve(long, bound, asyncio.Event()))
        reader, writer = await asyncio.open_connection(*bound.getsockname(), limit=1_024)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        read = 0
        while got := await reader.read(65_536):
            read += len(got)
            if read % step < len(got):
                await asyncio.sleep(0.1)
        serving.cancel()
        await asyncio.wait([serving])
        writer.close()
        return read

    assert asyncio.run(story()) >= whole


def test_further_connections_are_refused_not_queued(house: House) -> None:
    clients = [
        socket.create_connection(("127.0.0.1", house.port), timeout=30) for _ in range(patience.CONNECTIONS)
    ]
    try:
        clients[-1].sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert clients[-1].recv(1_024).startswith(b"HTTP/1.1 200 ")
        for _ in range(2):
            answer = house.ask("/healthz")
            assert (answer.status, answer.headers["content-type"]) == (503, "application/json")
            assert answer.json == {"error": "64 connections are open already"}
            assert answer.headers["connection"] == "close"
        clients.pop().close()
        while house.ask("/healthz").status != 200:  # until the server has heard of it
            time.sleep(0.005)
    finally:
        for client in clients:
            client.close()


def test_signals_stay_the_daemons() -> None:
    """uvicorn takes SIGINT and SIGTERM wherever it can: here it runs in the main thread, and must not."""
    import signal

    async def story() -> None:
        before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
        bound = listener.on_port("127.0.0.1", 0)

        async def app(scope: object, receive: object, send: object) -> None:
            """Answer nothing."""

        serving = asyncio.create_task(listener.serve(app, bound, asyncio.Event()))
        for _ in range(20):
            await asyncio.sleep(0)
        assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)] == before
        serving.cancel()
        await asyncio.wait([serving])

    asyncio.run(story())


def test_a_killed_daemons_socket_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "api.sock"
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    with listener.on_path(path), socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(path))
