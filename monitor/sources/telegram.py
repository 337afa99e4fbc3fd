"""Public Telegram channels by their preview page, t.me/s/NAME."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.core.text import web_url
from monitor.model import Entry, Parsed, Response
from monitor.sources._charset import decoded
from monitor.sources._entries import dates, joined, keys, readable
from monitor.sources._not_a_feed import beginning, check_not_empty, is_html, page_without, refuse

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

TITLE_CHARS = 200  # of the line that stands for a headline: messages have none
_MEDIA = (  # what stands for the text of a message without any
    (".tgme_widget_message_document_title", ""),
    (".tgme_widget_message_photo_wrap", "Photo"),
    (".tgme_widget_message_video_player", "Video"),
    (".tgme_widget_message_roundvideo_player", "Video"),
    (".tgme_widget_message_voice_player", "Voice message"),
    (".tgme_widget_message_sticker_wrap", "Sticker"),
    (".tgme_widget_message_location_wrap", "Location"),
    (".tgme_widget_message_contact_name", ""),
    (".message_media_not_supported_label", "Shown in Telegram only"),
)
_LINE = re.compile(r"<br ?/?>|</?(?:blockquote|pre)\b[^>]*>")


@dataclass(frozen=True, slots=True)
class Telegram:
    """A public Telegram channel, by its preview page `https://t.me/s/NAME`; `https://t.me/NAME` will do."""

    def parse(self, response: Response) -> Parsed:
        """Return the messages, newest first; the page has the newest at its end.

        What Telegram itself says ("pinned a message", "photo updated") is none.

        Raises:
            ParseError: the body is no preview of a channel.
        """
        check_not_empty(response.body)
        if not is_html(beginning(response.body)):
            raise refuse(response.body, "a preview of a Telegram channel")
        from selectolax.lexbor import LexborHTMLParser  # its library is not needed to read configurations

        page = LexborHTMLParser(decoded(response.body, response.content_type))
        messages = page.css(".tgme_widget_message[data-post]:not(.service_message)")
        title = _text(page.css_first(".tgme_channel_info_header_title"))
        if not messages and not title:
            raise page_without(
                response.body, "messages of a Telegram channel: it may be private, a chat, or not exist"
            )
        return Parsed(
            entries=[
                entry for message in reversed(messages) if (entry := _entry(message, title, response.url))
            ],
            title=title,
            older=tuple(_older(page.css(".tme_messages_more[data-before]"), response.url)),
        )


def _entry(message: "LexborNode", channel: str, base: str) -> Entry | None:
    post = message.attributes.get("data-post") or ""
    text = message.css_first(
        ".tgme_widget_message_text:not(.js-message_reply_text)"
    )  # not what it answers to
    lines = [line for line in (readable(part) for part in _lines(text)) if line]
    summary = " ".join(lines) or _instead(message)
    if not post or not summary:
        return None
    stamp = message.css_first(".tgme_widget_message_date time[datetime]") or message.css_first(
        "time[datetime]"
    )
    url = web_url(f"https://t.me/{post}")
    return Entry(
        keys=keys((post,), url, summary, ""),
        title=_shortened(lines[0] if lines else summary),
        summary=summary,
        url=url or base,
        author=_text(message.css_first(".tgme_widget_message_from_author"))
        or _text(message.css_first(".tgme_widget_message_owner_name"))
        or channel,
        dates=tuple(dates((stamp.attributes.get("datetime") if stamp else None, "attribute"))),
    )


def _lines(text: "LexborNode | None") -> list[str]:
    """Return the HTML of each line: Telegram parts them by <br>, and sets quotations and code apart."""
    return _LINE.split(text.html) if text is not None and text.html else []


def _instead(message: "LexborNode") -> str:
    """Return what a message without text shows."""
    for selector in (".tgme_widget_message_poll_question", ".link_preview_title"):
        if text := _text(message.css_first(selector)):
            return text
    for selector, word in _MEDIA:
        if node := message.css_first(selector):
            return word or _text(node)
    return ""


def _shortened(line: str) -> str:
    """Return a line as a headline: whole, or cut between words.

    >>> _shortened("word " * 60)[-9:]
    'ord word…'
    """
    if len(line) <= TITLE_CHARS:
        return line
    return f"{line[:TITLE_CHARS].rpartition(' ')[0] or line[:TITLE_CHARS]}…"


def _text(node: "LexborNode | None") -> str:
    return readable(node.html) if node is not None else ""


def _older(links: "list[LexborNode]", base: str) -> Iterator[str]:
    for link in links:
        if url := joined(base, link.attributes.get("href")):
            yield url
