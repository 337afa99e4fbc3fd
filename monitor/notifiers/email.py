"""Mail by SMTP (RFC 5321), as plain text and HTML."""

import asyncio
import html
import re
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, parseaddr
from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from monitor.core.telling import wording
from monitor.core.telling.prose import Prose, Run, cut, text
from monitor.model import Delivery, Secret, Wording
from monitor.notifiers import NotifyError, Post

if TYPE_CHECKING:
    import aiosmtplib

GOODBYE = 1.0  # seconds
DEADLINE = 30.0  # seconds, from the look-up of the name to the last answer
SUBJECT_MAX = 200  # characters
SHOWN = ("From", "To", "Subject", "Date", "Message-ID")  # heads that a preview shows
PORTS = {"smtp": 587, "smtps": 465}
LIKE = '"smtps://user@smtp.example.org"'

_ADDRESS = re.compile(r"[^\s@<>(),;:\"\\\x00-\x1f\x7f]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """Mails each alert, one message for all of `to`, by smtps://user@server or smtp://user@server."""

    url: Secret  # the server: smtps:// (TLS, port 465) or smtp:// (STARTTLS, port 587)
    to: tuple[str, ...]  # addresses
    sender: str  # "Newsbell <bell@example.org>"
    password: Secret | None = None  # where the address has none
    starttls: bool = True  # false sends in the clear, by smtp:// only
    rate: float = 1.0  # messages a second at most
    wording: Wording = Wording()

    def __post_init__(self) -> None:
        """Raise ValueError, as "key: what is wrong", for what could never be sent."""
        if wrong := _wrong_server(self.url.reveal()):
            raise ValueError(f"url: {wrong}")
        if not self.to:
            raise ValueError('to: must name somebody, as in ["desk@example.org"]')
        for key, addresses in (("to", self.to), ("sender", (parseaddr(self.sender)[1],))):
            if not all(_ADDRESS.fullmatch(address) for address in addresses):
                raise ValueError(f'{key}: must be an address, as in "desk@example.org"')
        if not self.sender.isprintable():
            raise ValueError("sender: must be one line without control characters")
        if self.password is not None and not self.password.reveal().isprintable():
            raise ValueError("password: must be one line without control characters")
        if not self.rate > 0:
            raise ValueError(f"rate: messages a second, above 0, not {self.rate}")
        parts = urlsplit(self.url.reveal())
        if not self.starttls and parts.scheme == "smtp" and parts.username and not _is_here(parts.hostname):
            raise ValueError(
                "starttls: a password is not sent in the clear; leave it true, or log in as nobody"
            )

    async def send(self, post: Post, delivery: Delivery, now: datetime) -> None:
        """Mail once. Repeated, the message has the same Message-ID."""
        import aiosmtplib  # with the first alert, not with `--help`

        parts = urlsplit(self.url.reveal())
        secure = parts.scheme == "smtps"
        server = aiosmtplib.SMTP(
            hostname=parts.hostname,
            port=parts.port or PORTS[parts.scheme],
            use_tls=secure,
            start_tls=self.starttls and not secure,
            tls_context=_trusting(),
            username=unquote(parts.username) if parts.username else None,
            password=self._password(),
            local_hostname=parseaddr(self.sender)[1].rpartition("@")[2],  # or it would ask for our own name
            timeout=None,  # ours holds: with one of its own a cancellation may be lost (python/cpython#86296)
        )
        message = self._written(delivery, now)
        try:
            async with asyncio.timeout(DEADLINE):
                await server.connect()
                refused, _ = await server.send_message(message, recipients=list(self.to))
            await _leave(server)
        except TimeoutError:
            raise NotifyError(f"had not finished after {DEADLINE:.3g} s", trouble="receiver") from None
        except aiosmtplib.SMTPResponseException as error:
            raise _refusal(error.code) from None
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise _trouble(error) from None
        finally:
            server.close()
        if refused:  # the rest has it, and gets it again under the same Message-ID
            codes = sorted({answer.code for answer in refused.values()})
            sentence = f"refused {len(refused)} of {len(self.to)} recipients ({', '.join(map(str, codes))})"
            raise NotifyError(sentence, trouble="delivery")

    def preview(self, delivery: Delivery, now: datetime) -> str:
        """Return the message, its text decoded."""
        message = self._message(delivery, now)
        heads = [f"{name}: {value}" for name, value in message.items() if name in SHOWN]
        return "\n".join([*heads, "", next(message.iter_parts()).get_content().strip()])

    def _password(self) -> str | None:
        if self.password is not None:
            return self.password.reveal()
        given = urlsplit(self.url.reveal()).password
        return unquote(given) if given else None

    def _written(self, delivery: Delivery, now: datetime) -> EmailMessage:
        """Return a message that can be sent, and raise NotifyError before a server is blamed for one that cannot."""
        try:
            message = self._message(delivery, now)
            message.as_bytes()
        except (ValueError, MessageError) as error:
            raise NotifyError("no mail can be made of it", trouble="delivery") from error
        return message

    def _message(self, delivery: Delivery, now: datetime) -> EmailMessage:
        told = wording.told(delivery, self.wording)
        message = EmailMessage(policy=SMTP)
        message["From"] = self.sender
        message["To"] = ", ".join(self.to)
        message["Subject"] = _Subject(f"{told.label}: {text(cut(told.title, SUBJECT_MAX))}")
        message["Date"] = format_datetime(now)
        message["Message-ID"] = f"<{delivery.id}@{parseaddr(self.sender)[1].rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday answers
        message.set_content(
            f"{told.label}\n\n{told.plain()}\n".encode("utf-8", "replace").decode(), cte="base64"
        )
        message.add_alternative(_html(told), subtype="html", cte="base64")
        return message


class _Subject(str):
    """A text that is the subject to the letter, all of it in words of RFC 2047.

    Given as a plain text, the package decodes what looks like such words, line feeds and all, and would let a headline
    write headers. It takes what has a `name` for a header that is parsed already.
    """

    name = "subject"

    def fold(self, *, policy: EmailPolicy) -> str:
        """Return the header as it is sent."""
        words = Header(self.encode("utf-8", "replace").decode(), "utf-8", header_name="Subject")
        return f"Subject: {words.encode(linesep=policy.linesep)}{policy.linesep}"


async def _leave(server: "aiosmtplib.SMTP") -> None:
    """Say goodbye to who has the message: however that ends, it is sent."""
    from aiosmtplib import SMTPException

    with suppress(SMTPException, OSError, TimeoutError):
        async with asyncio.timeout(GOODBYE):
            await server.quit()


def _html(told: Prose) -> str:
    lines = (
        f"<strong>{html.escape(told.label)}</strong>",
        f"<strong>{_marked(told.title)}</strong>",
        _marked(told.body),
        html.escape(told.note),
        f"<small>{html.escape(told.about)}</small>",
        f'<a href="{html.escape(told.url)}">{html.escape(told.url)}</a>' if told.url else "",
    )
    return "<p>" + "</p>\n<p>".join(filter(None, lines)).encode("utf-8", "replace").decode() + "</p>\n"


def _marked(runs: Sequence[Run]) -> str:
    return "".join(
        f"<mark>{html.escape(run.text)}</mark>" if run.lit else html.escape(run.text) for run in runs
    ).replace("\n", "<br>\n")


def _refusal(code: int) -> NotifyError:
    """Return what a reply means (RFC 5321 §4.2.1): 4xx passes, 5xx is this message's; what it says is not shown."""
    return NotifyError(f"answered {code}", trouble="delivery" if code >= 500 else "receiver")


def _trouble(error: Exception) -> NotifyError:
    from aiosmtplib import SMTPRecipientsRefused

    if isinstance(error, SMTPRecipientsRefused):
        codes = [answer.code for answer in error.recipients]
        passes = all(400 <= code < 500 for code in codes)
        sentence = f"refused all recipients ({', '.join(map(str, sorted(set(codes))))})"
        return NotifyError(sentence, trouble="receiver" if passes else "delivery")
    if "STARTTLS" in str(error):  # the library's own words, there is no class for it
        return NotifyError("offers no TLS; `starttls = false` does without", trouble="receiver")
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        return NotifyError("its certificate is not trusted, or TLS failed", trouble="receiver")
    return NotifyError("no connection to the mail server, or it was lost", trouble="receiver")


def _wrong_server(url: str) -> str:
    """Return what is wrong with a server's address, without quoting it."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return f"the host or the port of this address makes no sense; write it as in {LIKE}"
    if not url.isprintable() or " " in url:
        return "must hold no spaces or control characters"
    if parts.scheme not in PORTS or not host or port == 0:
        return f"must be the address of a mail server, as in {LIKE}; whom it goes to stands in `to`"
    if parts.path.strip("/") or parts.query or parts.fragment:
        return f"the address of a mail server ends with its port, as in {LIKE}"
    return ""


def _is_here(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


@cache
def _trusting() -> ssl.SSLContext:
    return ssl.create_default_context()
