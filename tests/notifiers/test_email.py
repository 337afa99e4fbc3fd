"""Mail over a real SMTP server on 127.0.0.1."""

import asyncio
import email
import ssl
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP as CRLF
from email.policy import compat32, default
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from monitor.model import Delivery, Secret, Wording
from monitor.notifiers import NotifyError
from monitor.notifiers import email as mail
from monitor.notifiers.email import Email
from tests.notifiers.test_contract import ends_when_cancelled
from tests.notifiers.test_golden import ALERT, AT, DELIVERY, HOSTILE, ITEM

CANARY = "c4n4ry5ecret"
CERTIFICATE = Path(__file__).parents[1] / "daemon" / "tls-good.pem"


@dataclass
class Post:
    """What the server took, and what it answers."""

    answers: dict[str, str] = field(default_factory=dict)  # by command or recipient
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    logins: list[bytes] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 (as the library calls it)
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        answer = self.answers.get(address, "250 fine")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.answers.get("DATA", "250 fine")
        if answer.startswith("250"):
            message = email.message_from_bytes(envelope.content, policy=default)
            self.messages.append(message)
            self.recipients.append(list(envelope.rcpt_tos))
        return answer

    def login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.logins += [data.login, data.password]
        return AuthResult(success=data.password == CANARY.encode(), handled=False)


@pytest.fixture
def post() -> Post:
    return Post()


@asynccontextmanager
async def serving(post: Post, tls: ssl.SSLContext | None) -> AsyncIterator[int]:
    """A server on the port it yields, that takes mail from whom logs in and from others."""
    options: dict[str, Any] = {
        "auth_require_tls": False,
        "authenticator": post.login,
        "hostname": "mail.example",
    }
    loop = asyncio.get_running_loop()
    async with await loop.create_server(
        lambda: SMTP(post, tls_context=tls, loop=loop, **options), "127.0.0.1", 0
    ) as server:
        yield server.sockets[0].getsockname()[1]


def desk(url: str, **more: Any) -> Email:
    keys = {
        "to": ("desk@example.org", "night@example.org"),
        "sender": "Newsbell <bell@example.org>",
        "starttls": False,
    }
    return Email(url=Secret(url), **{**keys, **more})


def tell(
    post: Post,
    delivery: Delivery = DELIVERY,
    *,
    who: str = "",
    tls: ssl.SSLContext | None = None,
    **more: Any,
) -> NotifyError | None:
    """Mail once to a server with `post` behind it, and return how that ended."""

    async def story() -> None:
        async with serving(post, tls) as port:
            await desk(f"smtp://{who}127.0.0.1:{port}", **more).send(cast(Any, None), delivery, AT)

    try:
        asyncio.run(story())
    except NotifyError as error:
        return error
    return None


def test_a_mail_arrives_as_it_was_meant(post: Post) -> None:
    assert tell(post) is None
    [message] = post.messages
    assert post.recipients == [["desk@example.org", "night@example.org"]]
    assert message["Subject"] == f"▲ CRITICAL launch: {HOSTILE}"
    assert message["Message-ID"] == f"<{DELIVERY.id}@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"] == "Tue, 24 Nov 2026 14:05:00 +0000"
    plain, marked = message.iter_parts()
    assert HOSTILE in cast(EmailMessage, plain).get_content()
    shown = cast(EmailMessage, marked).get_content()
    assert "<mark>ICBM</mark>" in shown
    assert "<a href='//x'>" not in shown
    assert 'href="https://bbc.example/1?a=1&amp;b=2"' in shown


def test_a_mail_in_the_words_of_a_template(post: Post) -> None:
    words = "{{ title | lit }}\nby {{ source }} at {{ at.strftime('%H:%M') }}\n<b>{{ summary | lit }}</b>\n{{ url }}"
    kyiv = ZoneInfo("Europe/Kyiv")
    assert tell(post, wording=Wording(zone=kyiv, title="{{ rule }}: {{ time }}", body=words)) is None
    [message] = post.messages
    assert message["Subject"] == f"launch: 16:05 EET: {HOSTILE}"
    plain, marked = (cast(EmailMessage, part).get_content() for part in message.iter_parts())
    assert "\nby bbc at 16:05\n<b>Запуск" in plain.replace("\r", "")
    assert "by bbc at 16:05<br>\n&lt;b&gt;Запуск" in marked.replace("\r", "")


def test_a_mail_that_is_sent_again_has_the_same_id(post: Post) -> None:
    for delivery in (DELIVERY, replace(DELIVERY, attempts=1), replace(DELIVERY, id="another")):
        assert tell(post, delivery) is None
    first, again, another = (message["Message-ID"] for message in post.messages)
    assert first == again != another


def titled(words: str) -> Delivery:
    return replace(DELIVERY, alert=replace(ALERT, item=replace(ITEM, title=words)))


@pytest.mark.parametrize(
    "words", ["a\r\nBcc: evil@example.org", "\ud800" * 50, "🚀" * 3_000, "=?utf-8?q?x?="]
)
def test_a_headline_is_one_subject(post: Post, words: str) -> None:
    assert tell(post, titled(words)) is None
    [message] = post.messages
    assert "Bcc" not in message
    assert len(message["Subject"]) <= mail.SUBJECT_MAX + 40
    assert max(len(row) for row in message.as_bytes().splitlines()) <= 998  # RFC 5322 §2.1.1


@pytest.mark.parametrize("wording", [Wording(), Wording(title="{{ title }}")], ids=["usual", "worded"])
@pytest.mark.parametrize(
    "words",
    [
        "quake =?utf-8?q?x=0D=0AReply-To:_evil@evil.example=0D=0AContent-Type:_text/html=0D=0A=0D=0A<h1>Evacuate?=",
        "=?utf-8?b?eA0KQmNjOiBldmlsQGV2aWwuZXhhbXBsZQ==?=",  # a line feed and "Bcc:"
        "=?us-ascii?q?a=0Ab?= =?us-ascii?q?c=0Dd?=",
        "=?utf-8?q?a=00b?=",
        "=?utf-8?q?=E2=80=AEevil?=",  # turns text round
        "=?utf-8?q?=ED=A0=80?=",  # a lone surrogate
        "=?utf-16?b?2AA=?=",
        "=?unknown-8bit?q?=FF=FE?=",
        "=?idna?q?xn--?= =?utf-8?q?" + "=41" * 50 + "?=",
        "=?utf-8?q?one?==?utf-8?q?two?=",
        "plain words of ASCII",
    ],
)
def test_what_a_headline_encodes_stays_as_it_wrote_it(post: Post, words: str, wording: Wording) -> None:
    """By each reader of mail: no word of it (RFC 2047) is decoded, and none becomes a header."""
    assert tell(post, titled(words), wording=wording) is None
    [message] = post.messages
    label = words if wording.title else "▲ CRITICAL launch"
    heads = ("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type")
    again = email.message_from_bytes(message.as_bytes(policy=CRLF), policy=default)
    for one in (message, again):
        assert tuple(name for name, _ in one.items() if not name.startswith("X-")) == heads
        assert one["Subject"] == f"{label}: {words}"
        assert one.get_content_type() == "multipart/alternative"
        assert [part.get_content_type() for part in one.iter_parts()] == ["text/plain", "text/html"]
        assert not one.defects
    raw = email.message_from_bytes(message.as_bytes(), policy=compat32)["Subject"]
    assert str(make_header(decode_header(raw))) == message["Subject"]
    plain, marked = (cast(EmailMessage, part).get_content() for part in message.iter_parts())
    assert words in plain
    assert "<h1>" not in marked


def test_who_has_a_password_logs_in(post: Post) -> None:
    assert tell(post, who=f"desk%40x:{CANARY}@") is None
    assert tell(post, who="desk%40x@", password=Secret(CANARY)) is None
    assert post.logins == [b"desk@x", CANARY.encode()] * 2


@pytest.mark.parametrize(
    ("where", "answer", "trouble", "sentence"),
    [
        ("DATA", "451 try later", "receiver", "answered 451"),
        ("DATA", f"554 no: {CANARY}", "delivery", "answered 554"),
        ("DATA", "421 going down", "receiver", "answered 421"),
        ("desk@example.org", f"550 no {CANARY}", "delivery", "refused 1 of 2 recipients (550)"),
        ("both", "450 later", "receiver", "refused all recipients (450)"),
        ("both", "550 never", "delivery", "refused all recipients (550)"),
    ],
)
def test_what_an_answer_means(post: Post, where: str, answer: str, trouble: str, sentence: str) -> None:
    both = ("desk@example.org", "night@example.org")
    post.answers = dict.fromkeys(both if where == "both" else (where,), answer)
    error = tell(post, who=f"desk:{CANARY}@")
    assert error is not None
    assert (error.trouble, str(error)) == (trouble, sentence)
    assert CANARY not in "".join(traceback.format_exception(error))


def test_a_wrong_password_is_said_and_not_shown(post: Post) -> None:
    error = tell(post, who="desk:another@")
    assert error is not None
    assert (error.trouble, str(error)) == ("delivery", "answered 535")
    assert "another" not in "".join(traceback.format_exception(error))


def test_nothing_is_sent_in_the_clear_unasked(post: Post) -> None:
    error = tell(post, who=f"desk:{CANARY}@", starttls=True)
    assert error is not None
    assert (error.trouble, str(error)) == ("receiver", "offers no TLS; `starttls = false` does without")
    assert post.logins == []
    assert post.messages == []


def test_who_is_not_trusted_gets_nothing(post: Post) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    error = tell(post, tls=context, starttls=True)
    assert error is not None
    assert (error.trouble, str(error)) == ("receiver", "its certificate is not trusted, or TLS failed")
    assert post.messages == []


def test_who_is_not_there_is_in_trouble() -> None:
    with pytest.raises(NotifyError) as caught:
        asyncio.run(desk("smtp://127.0.0.1:9").send(cast(Any, None), DELIVERY, AT))
    error = caught.value
    assert (error.trouble, str(error)) == ("receiver", "no connection to the mail server, or it was lost")


def test_what_no_mail_can_be_made_of_is_no_fault_of_the_server(post: Post) -> None:
    """One delivery steps aside, where "no connection" would hold up all mail; and nobody was called for it."""
    error = tell(post, sender="=?utf-8?q?a=0D=0Ab?= <bell@example.org>")
    assert error is not None
    assert (error.trouble, str(error)) == ("delivery", "no mail can be made of it")
    assert post.recipients == []


def test_a_mail_that_is_cancelled_ends_at_once() -> None:
    async def story() -> None:
        asked = asyncio.Event()

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.set()
            await reader.read()
            writer.close()

        async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            send = desk(f"smtp://127.0.0.1:{port}").send(cast(Any, None), DELIVERY, AT)
            await ends_when_cancelled(send, asked)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"url": "mailto:desk@example.org"}, "url: must be the address of a mail server"),
        ({"url": "smtp://mail.example/x"}, "url: the address of a mail server ends with its port"),
        ({"url": "smtp://mail.example:99999"}, "url: the host or the port"),
        ({"to": ()}, "to: must name somebody"),
        ({"to": ("a@b\nBcc: c@d",)}, "to: must be an address"),
        ({"sender": "nobody"}, "sender: must be an address"),
        ({"rate": 0.0}, "rate: "),
        ({"url": f"smtp://u:{CANARY}@mail.example"}, "starttls: a password is not sent in the clear"),
    ],
)
def test_what_could_never_be_sent_is_refused(more: dict[str, Any], sentence: str) -> None:
    given = str(more.pop("url", "smtp://127.0.0.1:9"))
    with pytest.raises(ValueError, match=f"^{sentence}") as caught:
        desk(given, **more)
    assert CANARY not in str(caught.value)
