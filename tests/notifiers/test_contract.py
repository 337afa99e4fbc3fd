"""What every notifier promises, held against every kind that is found: a new file cannot skip it."""

import asyncio
import importlib
import io
import logging
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, redirect_stdout, suppress
from dataclasses import MISSING, dataclass, field, fields, replace
from datetime import UTC, datetime
from functools import partial
from inspect import iscoroutinefunction
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from monitor import kinds
from monitor.daemon.network.transport import Transport
from monitor.daemon.sending.preview import preview
from monitor.model import Access, Alert, AlertType, Delivery, Item, Published, Reply, Secret, Severity
from monitor.notifiers import Method, Notifier, NotifyError, Post, PostError

AT = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
CANARY = "c4n4ry5ecret"
SECRET = f"whsec_{CANARY}"  # base64 by chance
KINDS = kinds.names("monitor.notifiers", "newsbell.notifiers")

ITEM = Item(
    id="i1",
    source="bbc",
    title="Missile [/red] launch",
    summary="Short",
    url="https://bbc.example/1",
    published=Published(earliest=AT, latest=AT, origin="stated"),
    first_seen_at=AT,
)
ALERT = Alert(
    id="a1", type=AlertType.CREATED, dedupe="r/i1", at=AT, severity=Severity.WARNING, rule="launch", item=ITEM
)
DELIVERY = Delivery(id="d1", alert=ALERT, notifier="ops", created_at=AT)

FILE = str(Path(tempfile.mkdtemp(), "alerts.jsonl"))

# How to configure a kind whose required keys are more than an address.
CONFIG: Mapping[str, Callable[[str], Mapping[str, Any]]] = {
    "apprise": lambda url: {"url": Secret(f"{url.replace('http:', 'json:')}/{CANARY}")},
    "command": lambda url: {"argv": ("cat",)},
    "email": lambda url: {
        "url": Secret(f"smtp://{CANARY}:{CANARY}@127.0.0.1:9"),
        "to": ("desk@example.org",),
        "sender": "bell@example.org",
    },
    "file": lambda url: {"path": FILE},
    "telegram": lambda url: {"chat": "@newsdesk"},
    "matrix": lambda url: {"room": "!desk:example.org", "url": Secret(f"{url}/{CANARY}")},
}


def build(name: str, url: str) -> Notifier:
    """Return the kind `name`, every secret of it a canary, told to speak to `url`."""
    kind = kinds.load("monitor.notifiers", "newsbell.notifiers", name)
    config = dict(CONFIG[name](url)) if name in CONFIG else {}
    for key in fields(kind):
        if key.name in config or "Secret" not in str(key.type):
            continue
        config[key.name] = Secret(f"{url}/{CANARY}?token={CANARY}" if key.name == "url" else SECRET)
    missing = [key.name for key in fields(kind) if key.init and key.default is key.default_factory is MISSING]
    missing = [name for name in missing if name not in config]
    assert not missing, f"say in CONFIG how to configure a {name}: {missing}"
    notifier: Notifier = kind(**config)
    return notifier


def test_a_preview_shows_what_would_be_told_and_no_secret(name: str) -> None:
    """By any kind, its own headers included; nothing leaves this machine for it."""
    access = Access(headers=(("x-desk", Secret(CANARY)),))
    shown = asyncio.run(preview(build(name, "http://service.example"), "ops", access, AT))
    assert "12 villages evacuated" in shown
    assert CANARY not in shown
    if getattr(build(name, "http://service.example"), "posts", False):
        assert "http://service.example/…\n" in shown
        assert "x-desk: …" in shown


def test_a_preview_hides_what_an_address_put_into_a_body() -> None:
    topic = kinds.load("monitor.notifiers", "newsbell.notifiers", "ntfy")(
        url=Secret("https://ntfy.sh/my-topic")
    )
    shown = asyncio.run(preview(topic, "ops", Access(), AT))
    assert '"topic": "…"' in shown
    assert "my-topic" not in shown


@dataclass
class Receiver:
    """What a notifier posted, and what it is answered."""

    reply: Reply | Exception = field(default_factory=lambda: Reply(status=204))
    urls: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)  # all of each request

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, method: Method = "POST"
    ) -> Reply:
        self.urls.append(url)
        self.sent.append(f"{method} {url} {headers} {body!r}")
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply


def send(notifier: Notifier, post: Post, delivery: Delivery = DELIVERY) -> NotifyError | None:
    try:
        asyncio.run(notifier.send(post, delivery, AT))
    except NotifyError as error:
        return error
    return None


def posts(name: str) -> bool:
    receiver = Receiver()
    with redirect_stdout(io.StringIO()):
        send(build(name, "http://127.0.0.1:9"), receiver.post)
    return bool(receiver.urls)


@pytest.fixture(params=KINDS)
def name(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> str:
    """Each kind in turn; what the terminal prints is swallowed."""
    return str(request.param)


@pytest.fixture(params=[name for name in KINDS if posts(name)])
def posting(request: pytest.FixtureRequest) -> str:
    """Each kind that sends by HTTP."""
    return str(request.param)


def test_the_kinds_of_this_version_are_found() -> None:
    by_http = {
        "discord",
        "matrix",
        "mattermost",
        "ntfy",
        "pagerduty",
        "slack",
        "teams",
        "telegram",
        "webhook",
    }
    assert {"apprise", "command", "desktop", "email", "file", "terminal", *by_http} <= set(KINDS)
    assert {name for name in KINDS if posts(name)} == by_http


def test_a_kind_keeps_the_protocol(name: str) -> None:
    kind = kinds.load("monitor.notifiers", "newsbell.notifiers", name)
    assert iscoroutinefunction(kind.send)  # type: ignore[attr-defined]
    assert kind.__doc__
    assert not kind.__doc__.startswith(f"{kind.__name__}("), "a sentence, not what dataclass makes of it"


def test_two_of_one_configuration_look_alike(name: str) -> None:
    """The store tells by its fields whether a receiver is still the same one."""
    keys = [key.name for key in fields(kinds.load("monitor.notifiers", "newsbell.notifiers", name))]
    one, other = build(name, "http://127.0.0.1:9"), build(name, "http://127.0.0.1:9")
    assert [getattr(one, key) for key in keys] == [getattr(other, key) for key in keys]


class Everywhere(dict[str, Any]):
    """Pages of a site that answers the same at any address."""

    def __init__(self, page: Any) -> None:
        super().__init__()
        self.page = page

    def get(self, key: str, default: Any = None) -> Any:
        return self.page


def tell(name: str, site: Any, clock: Any, *pages: Any, deadline: float = 15.0) -> list[NotifyError | None]:
    """Send one delivery over real HTTP to a site that answers each of `pages` in turn; return how each ended."""
    notifier = build(name, site.url)

    async def story() -> list[NotifyError | None]:
        async with Transport(clock=clock) as transport:
            ended: list[NotifyError | None] = []
            for page in pages:
                site.pages = Everywhere(page)
                try:
                    await notifier.send(partial(transport.post, deadline=deadline), DELIVERY, clock.now())
                except NotifyError as error:
                    ended.append(error)
                else:
                    ended.append(None)
            return ended

    return asyncio.run(story())


MEANS: Mapping[str, tuple[int, ...]] = {  # docs/webhooks.md, "What an answer means"
    "sent": (200, 201, 202, 204, 299),
    "delivery": (300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 409, 413, 415, 422, 499),
    "gone": (410,),
    "receiver": (429, 500, 501, 502, 503, 504, 529, 599),
}


def test_what_an_answer_means(posting: str, site: Any, clock: Any) -> None:
    for trouble, statuses in MEANS.items():
        ended = tell(posting, site, clock, *((status, {}, b"no") for status in statuses))
        for status, error in zip(statuses, ended, strict=True):
            if trouble == "sent":
                assert error is None
                continue
            assert error is not None, status
            assert (error.trouble, error.retry_after, error.final) == (trouble, None, False), status
            assert f"answered {status}" in str(error)
            assert "\n" not in str(error)


ASKED: Mapping[str, float | None] = {  # Retry-After, at 2026-11-24 12:00 UTC
    "120": 120.0,
    " 120 ": 120.0,
    "1.5": 1.5,  # Discord
    "2 minutes": 120.0,
    '"120"': 120.0,
    "120, 120": 120.0,  # said twice
    "Tue, 24 Nov 2026 12:02:00 GMT": 120.0,  # the three forms of RFC 9110 §5.6.7
    "Tuesday, 24-Nov-26 12:02:00 GMT": 120.0,
    "Tue Nov 24 12:02:00 2026": 120.0,
    "2026-11-24T12:02:00Z": 120.0,
    "1795521720": 120.0,  # seconds since 1970
    "99999999": 86_400.0,  # nobody is obeyed for longer
    "soon": None,
    "-5": None,
}


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_read_in_all_its_spellings(posting: str, status: int, site: Any, clock: Any) -> None:
    date = "Tue, 24 Nov 2026 12:00:00 GMT"
    ended = tell(
        posting, site, clock, *((status, {"Date": date, "Retry-After": text}, b"{}") for text in ASKED)
    )
    assert [error and error.retry_after for error in ended] == list(ASKED.values())


def test_a_reply_is_read_to_4_kib_and_no_further(posting: str, site: Any, clock: Any) -> None:
    more = Event()

    def huge(asked: Any) -> None:
        with suppress(OSError):
            asked.socket.sendall(b"HTTP/1.1 400 No\r\nContent-Length: 1000000000\r\n\r\n")
            for _ in range(200_000):  # 1 GB, unless somebody hangs up
                asked.socket.sendall(b"x" * 5_000)
            more.set()

    [error] = tell(posting, site, clock, huge)
    assert error is not None
    assert error.trouble == "delivery"
    assert not more.is_set()


def test_who_accepts_and_says_nothing_is_in_trouble(posting: str, site: Any, clock: Any) -> None:
    released = Event()

    def silent(asked: Any) -> None:
        released.wait(30)

    [error] = tell(posting, site, clock, silent, deadline=0.05)
    released.set()
    assert error is not None
    assert (error.trouble, str(error)) == ("receiver", "answered nothing for 0.05 s")


@pytest.mark.parametrize("status", [302, 404, 410, 429, 503, None])
def test_no_secret_shows(posting: str, status: int | None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    notifier = build(posting, "http://127.0.0.1:9")
    head = f"no such hook: {CANARY}".encode()
    reply = PostError("no such host") if status is None else Reply(status=status, head=head)
    receiver = Receiver(reply)
    error = send(notifier, receiver.post)
    assert any(CANARY in sent for sent in receiver.sent)  # it is in there
    assert error is not None
    shown = [
        str(error),
        repr(error),
        repr(vars(error)),
        repr(notifier),
        str(notifier),
        f"{notifier}",
        caplog.text,
    ]
    shown += traceback.format_exception(error)
    assert not [text for text in shown if CANARY in text]


def test_a_configuration_that_is_wrong_is_refused_without_quoting_it(name: str) -> None:
    kind = kinds.load("monitor.notifiers", "newsbell.notifiers", name)
    good = build(name, "http://127.0.0.1:9")
    for key in (key for key in fields(kind) if "Secret" in str(key.type)):
        with pytest.raises(ValueError, match=f"^{key.name}: ") as caught:
            replace(good, **{key.name: Secret(f"\x00{CANARY}\n")})  # type: ignore[type-var]
        assert CANARY not in "".join(traceback.format_exception(caught.value))


@asynccontextmanager
async def silence() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """A server that accepts, reads and never answers; the event is set when it was asked."""
    asked = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await reader.read()  # until the other side hangs up
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked


async def ends_when_cancelled(send: Coroutine[Any, Any, None], asked: asyncio.Event) -> None:
    """Send, cancel that once the other end was `asked`, and wait for its end."""
    sending = asyncio.create_task(send)
    await asked.wait()
    sending.cancel()
    done, _ = await asyncio.wait([sending], timeout=5)
    assert done
    assert sending.cancelled()


def test_a_send_that_is_cancelled_ends_at_once_and_is_no_trouble(posting: str, clock: Any) -> None:
    async def story() -> None:
        async with silence() as (url, asked), Transport(clock=clock) as transport:
            await ends_when_cancelled(build(posting, url).send(transport.post, DELIVERY, AT), asked)

    asyncio.run(story())


def test_a_receiver_that_is_not_there_or_hangs_up_is_in_trouble(posting: str, site: Any, clock: Any) -> None:
    def hang_up(asked: Any) -> None:
        asked.socket.shutdown(socket.SHUT_RDWR)

    with socket.socket() as taken:  # bound, not listening: connections are refused
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        for url in (nobody, site.url):
            site.pages = Everywhere(hang_up)

            async def story(url: str = url) -> NotifyError:
                async with Transport(clock=clock) as transport:
                    with pytest.raises(NotifyError) as caught:
                        await build(posting, url).send(transport.post, DELIVERY, AT)
                return caught.value

            error = asyncio.run(story())
            assert error.trouble == "receiver"
            assert CANARY not in "".join(traceback.format_exception(error)), "in the chain of causes too"
    assert site.requests


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(posting: str, status: int, site: Any, clock: Any) -> None:
    [error] = tell(posting, site, clock, (status, {"Location": f"{site.url}/elsewhere"}, b""))
    assert error is not None
    assert error.trouble == "delivery"
    assert "redirect" in str(error)
    assert len(site.requests) == 1
    assert "/elsewhere" not in site.paths()


def test_one_delivery_after_the_other_leaves_no_thread_behind(name: str) -> None:
    notifier = build(name, "http://127.0.0.1:9")
    send(notifier, Receiver().post)  # a library may keep one thread for all that is to come
    for thread in set(threading.enumerate()) - {threading.current_thread()}:
        thread.join(0.2)
    before = set(threading.enumerate())
    for _ in range(3):
        send(notifier, Receiver().post)
    new = set(threading.enumerate()) - before
    for thread in new:
        thread.join(5)
    assert not [thread for thread in new if thread.is_alive()]


PAGER = '''
"""A pager."""

from dataclasses import dataclass
from datetime import datetime

from monitor.model import Delivery, Secret
from monitor.notifiers import NotifyError, Post


@dataclass(frozen=True, slots=True)
class Pager:
    """Rings a pager."""

    url: Secret
    tone: str = "loud"

    async def send(self, post: Post, delivery: Delivery, now: datetime) -> None:
        reply = await post(self.url.reveal(), {"tone": self.tone}, delivery.id.encode())
        if reply.status != 200:
            raise NotifyError(f"answered {reply.status}", trouble="delivery")
'''


def test_a_new_notifier_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import monitor.notifiers

    (tmp_path / "pager.py").write_text(PAGER)
    (tmp_path / "_private.py").write_text("raise ImportError('not a kind')")
    monkeypatch.setattr(monitor.notifiers, "__path__", [*monitor.notifiers.__path__, str(tmp_path)])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    importlib.invalidate_caches()
    try:
        assert kinds.names("monitor.notifiers", "newsbell.notifiers") == tuple(sorted({*KINDS, "pager"}))
        kind = kinds.load("monitor.notifiers", "newsbell.notifiers", "pager")
        assert [key.name for key in fields(kind)] == ["url", "tone"]
        receiver = Receiver(Reply(status=200))
        assert send(build("pager", "http://127.0.0.1:9"), receiver.post) is None
        assert receiver.urls == [f"http://127.0.0.1:9/{CANARY}?token={CANARY}"]
        error = send(build("pager", "http://127.0.0.1:9"), Receiver(Reply(status=500)).post)
        assert error is not None
        assert str(error) == "answered 500"
    finally:
        sys.modules.pop("monitor.notifiers.pager", None)


def test_looking_for_kinds_loads_no_heavy_library() -> None:
    """What `newsbell --help` and reading a configuration import."""
    code = (
        "import sys; from monitor import kinds; g = ('monitor.notifiers', 'newsbell.notifiers');"
        "[kinds.load(*g, name) for name in kinds.names(*g)];"
        "print({'rich', 'standardwebhooks', 'httpx', 'aiosmtplib', 'apprise'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
