"""A Telegram chat, by a bot: https://core.telegram.org/bots/api#sendmessage."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit, urlunsplit

from monitor.core.telling.prose import Prose, Run, fitted, parted
from monitor.model import JSON, Delivery, Reply, Severity
from monitor.notifiers import NotifyError, _http
from monitor.notifiers._chat import Chat, Request

LONGEST = 4_096  # UTF-16 code units of a message, tags not counted

_TAGS = re.compile(r"<[^>]*>")
_CHAT = re.compile(r"-?[0-9]{1,20}|@[A-Za-z0-9_]{4,32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Telegram(Chat):
    """Writes to a Telegram chat as a bot, by https://api.telegram.org/bot<token>/sendMessage?chat_id=…."""

    chat: str = ""  # "@channel" or a number, where the address has no chat_id
    thread: int = 0  # a topic of the chat; 0 is none

    def __post_init__(self) -> None:
        """Raise ValueError, as "key: what is wrong", for what could never be sent."""
        Chat.__post_init__(self)
        if not _CHAT.fullmatch(self._chat()):
            key = "chat" if self.chat else "url"
            raise ValueError(f'{key}: must name a chat: chat = "-1001234567890" or "@channel", or ?chat_id=…')

    def _chat(self) -> str:
        return self.chat or parse_qs(urlsplit(self.url.reveal()).query).get("chat_id", [""])[0]

    def request(self, delivery: Delivery, told: Prose) -> Request:
        """Return a call of `sendMessage`. Of info no phone rings."""
        told = fitted(told, lambda it: _length(_message(it)) <= LONGEST)
        payload: dict[str, JSON] = {
            "chat_id": self._chat(),
            "text": _message(told),
            "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": True},
            "disable_notification": delivery.alert.severity == Severity.INFO,
        }
        if self.thread:
            payload["message_thread_id"] = self.thread
        return Request(url=_call(self.url.reveal()), payload=payload)

    def refused(self, reply: Reply) -> NotifyError | None:
        """Telegram says in words what is wrong, "chat not found", and in seconds how long to wait."""
        answer = _http.said(reply)
        told = answer.get("parameters")
        patient = _http.patient(reply, told.get("retry_after") if isinstance(told, dict) else None)
        return _http.refused(patient, why=_http.plain(answer.get("description")))


def _call(url: str) -> str:
    """Return where `sendMessage` of the bot is; its query named the chat and is not sent."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/").removesuffix("/sendMessage")
    return urlunsplit(parts._replace(path=f"{path}/sendMessage", query="", fragment=""))


def _message(told: Prose) -> str:
    lines = (
        f"<b>{escaped(told.label)}</b>",
        _marked(told.title, "u"),
        _marked(told.body, "b"),
        escaped(told.note),
        f"<i>{escaped(told.about)}</i>" if told.about else "",
        f'<a href="{html.escape(told.url)}">{escaped(urlsplit(told.url).netloc)}</a>' if told.url else "",
    )
    return "\n".join(filter(None, lines))


def _marked(runs: Sequence[Run], tag: str) -> str:
    return "".join(f"<{tag}>{escaped(run.text)}</{tag}>" if run.lit else escaped(run.text) for run in runs)


def _length(message: str) -> int:
    return len(html.unescape(_TAGS.sub("", message)).encode("utf-16-le", "replace")) // 2


def escaped(words: str) -> str:
    r"""Escape what HTML gives a meaning, and part what Telegram would take for a mention, a command or an address.

    >>> print(escaped("<a href=x> @durov http://evil.example").replace("\u2060", "·"))
    &lt;a href=x&gt; @·durov http:/·/·evil.example
    """
    return html.escape(parted(words), quote=False)
