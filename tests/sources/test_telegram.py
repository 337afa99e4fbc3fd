"""Telegram's preview of a public channel."""

import pytest

from monitor.model import Entry, RawDate
from monitor.sources import ParseError
from tests.sources.kinds import DOCUMENTS, parse

URL = "https://t.me/s/desk"


def message(inside: str, post: str = "desk/1") -> list[Entry]:
    body = f'<html><body><div class="tgme_widget_message" data-post="{post}">{inside}</div></body></html>'
    return list(parse("telegram", body.encode(), url=URL).entries)


def test_a_channel_newest_first() -> None:
    parsed = parse("telegram", (DOCUMENTS / "telegram" / "channel.html").read_bytes(), url=URL)
    assert (parsed.title, parsed.older) == ("Desk", ("https://t.me/s/desk?before=16",))
    newest, photo = parsed.entries
    assert newest == Entry(
        keys=("guid:desk/17", "url:https://t.me/desk/17"),
        title="Сирени & Київ",
        summary="Сирени & Київ Люди в укриттях.",
        url="https://t.me/desk/17",
        author="Desk",
        dates=(
            RawDate(text="2024-03-11T13:44:00+00:00", origin="attribute", parsed="2024-03-11T13:44:00+00:00"),
        ),
    )
    assert (photo.title, photo.url) == ("Photo", "https://t.me/desk/16")


# Markup as t.me/s/ writes it; only what lays out and counts is left out.
PHOTO = (
    '<a class="tgme_widget_message_photo_wrap blured 5172"><div class="tgme_widget_message_photo"></div></a>'
)
VIDEO = (
    '<a class="tgme_widget_message_video_player not_supported js-message_video_player">'
    '<time class="message_video_duration">0:29</time>'
    '<div class="message_media_not_supported_label">Media is too big</div></a>'
)
FORWARDED = '<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from&nbsp;<a><span>Wire</span></a></div>'
ANSWERS = (
    '<a class="tgme_widget_message_reply user-color-6"><i class="tgme_widget_message_reply_thumb"></i>'
    '<div class="tgme_widget_message_author accent_color"><span class="tgme_widget_message_author_name">Desk</span></div>'
    '<div class="tgme_widget_message_{}text js-message_reply_text" dir="auto">Bridge closed</div></a>'
)
POLL = (
    '<div class="tgme_widget_message_poll js-poll"><div class="tgme_widget_message_poll_question">Which next?</div>'
    '<div class="tgme_widget_message_poll_type">Anonymous Poll</div>'
    '<div class="tgme_widget_message_poll_option_text">West</div></div>'
)
DOCUMENT = (
    '<a class="tgme_widget_message_document_wrap"><div class="tgme_widget_message_document">'
    '<div class="tgme_widget_message_document_title accent_color">bridges.pdf</div>'
    '<div class="tgme_widget_message_document_extra">2 MB</div></div></a>'
)
STICKER = (
    '<div class="tgme_widget_message_sticker_wrap media_supported_cont"><div class="tgme_widget_message_tgsticker_wrap">'
    '<picture class="tgme_widget_message_tgsticker"></picture></div></div>'
)
CONTACT = (
    '<a class="tgme_widget_message_contact_wrap"><div class="tgme_widget_message_contact">'
    '<div class="tgme_widget_message_contact_name">Press office</div>'
    '<div class="tgme_widget_message_contact_phone">+1 555</div></div></a>'
)
UNSUPPORTED = (
    '<div class="message_media_not_supported_wrap"><div class="message_media_not_supported_label">'
    'Please open Telegram to view this post</div><span class="message_media_view_in_telegram">VIEW IN TELEGRAM</span></div>'
)
VOICE = (
    '<a class="tgme_widget_message_voice_player js-message_voice_player"><audio class="tgme_widget_message_voice"></audio>'
    '<time class="tgme_widget_message_voice_duration">0:05</time></a>'
)
PREVIEW = (
    '<a class="tgme_widget_message_link_preview"><div class="link_preview_title">Another headline</div></a>'
)
PINNED = '<a class="tgme_widget_message_author_name">Desk</a> pinned «<span>Bridge closed</span>»'


def text(inside: str) -> str:
    return f'<div class="tgme_widget_message_text js-message_text" dir="auto">{inside}</div>'


def written(inside: str, *, more: str = "", meta: str = "") -> str:
    """Return a message of the channel Desk: `more` are further classes, `meta` stands before its time."""
    return (
        '<div class="tgme_widget_message_wrap js-widget_message_wrap">'
        f'<div class="tgme_widget_message text_not_supported_wrap {more} js-widget_message" data-post="desk/7">'
        '<div class="tgme_widget_message_bubble"><div class="tgme_widget_message_author accent_color">'
        '<a class="tgme_widget_message_owner_name"><span dir="auto">Desk <i class="emoji"><b>📻</b></i></span></a></div>'
        f'{inside}<div class="tgme_widget_message_footer compact js-message_footer">{meta}'
        '<a class="tgme_widget_message_date"><time datetime="2024-03-11T13:07:00+00:00" class="time">13:07</time></a>'
        "</div></div></div></div>"
    )


@pytest.mark.parametrize(
    ("inside", "title", "summary"),
    [
        (
            FORWARDED + text("<b>Bridge closed</b><br/><br/>The <a>east</a> one."),
            "Bridge closed",
            "Bridge closed The east one.",
        ),
        (PHOTO, "Photo", "Photo"),
        (
            f"<div>{PHOTO}{VIDEO}</div>{text(text('Two views<br/>from the hill'))}",
            "Two views",
            "Two views from the hill",
        ),
        (VIDEO, "Video", "Video"),
        (ANSWERS.format("meta") + text("An answer"), "An answer", "An answer"),
        (ANSWERS.format("") + text("An answer"), "An answer", "An answer"),
        (ANSWERS.format("") + PHOTO, "Photo", "Photo"),
        (POLL, "Which next?", "Which next?"),
        (DOCUMENT, "bridges.pdf", "bridges.pdf"),
        (STICKER + UNSUPPORTED, "Sticker", "Sticker"),
        (CONTACT, "Press office", "Press office"),
        (UNSUPPORTED, "Shown in Telegram only", "Shown in Telegram only"),
        (VOICE, "Voice message", "Voice message"),
        (
            text(
                'He said<blockquote expandable>No <i class="emoji"><b>🔥</b></i></blockquote><tg-spoiler>and left</tg-spoiler>'
            )
            + PREVIEW,
            "He said",
            "He said No 🔥 and left",
        ),
    ],
)
def test_a_message_of_any_kind_as_telegram_writes_it(inside: str, title: str, summary: str) -> None:
    (entry,) = parse("telegram", written(inside).encode(), url=URL).entries
    assert (entry.title, entry.summary, entry.author) == (title, summary, "Desk 📻")
    assert entry.dates[0].text == "2024-03-11T13:07:00+00:00"


def test_an_edited_message_is_signed_and_says_so_beside_its_text() -> None:
    meta = '<span class="tgme_widget_message_from_author" dir="auto">Olha</span>, <span>edited &nbsp;</span>'
    (entry,) = parse("telegram", written(text("Bridge open again"), meta=meta).encode(), url=URL).entries
    assert (entry.summary, entry.author) == ("Bridge open again", "Olha")


@pytest.mark.parametrize("notice", ["Channel created", PINNED, "Channel photo updated"])
def test_what_telegram_itself_says_is_no_news(notice: str) -> None:
    page = written(text(notice), more="service_message") + written(text("Bridge closed"))
    assert [entry.summary for entry in parse("telegram", page.encode(), url=URL).entries] == ["Bridge closed"]


@pytest.mark.parametrize(
    ("inside", "title"),
    [
        ('<div class="tgme_widget_message_text">one<br>two</div>', "one"),
        ('<div class="tgme_widget_message_text"><br/><br/>second line</div>', "second line"),
        ('<div class="tgme_widget_message_poll_question">Who?</div>', "Who?"),
        ('<div class="tgme_widget_message_document_title">report.pdf</div>', "report.pdf"),
        ('<a class="tgme_widget_message_video_player"></a>', "Video"),
        ('<div class="link_preview_title">Linked</div>', "Linked"),
    ],
)
def test_what_stands_for_a_headline(inside: str, title: str) -> None:
    (entry,) = message(inside)
    assert entry.title == title


def test_a_long_line_is_cut_between_words() -> None:
    (entry,) = message(f'<div class="tgme_widget_message_text">{"слово " * 100}</div>')
    assert entry.title.endswith("слово…")
    assert len(entry.title) <= 201
    assert len(entry.summary) == 599


def test_a_message_that_shows_nothing_is_none() -> None:
    assert message('<div class="tgme_widget_message_service_date">May 1</div>') == []
    assert message('<div class="tgme_widget_message_text">x</div>', post="") == []


def test_a_new_channel_is_empty() -> None:
    body = b'<html><div class="tgme_channel_info_header_title">New</div></html>'
    assert parse("telegram", body).entries == []


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            b'<html><div class="tgme_page"></div></html>',
            "an HTML page without messages of a Telegram channel: it may be private, a chat, or not exist",
        ),
        (b"<rss/>", "a feed, not a preview of a Telegram channel"),
    ],
)
def test_what_is_none_is_named(body: bytes, sentence: str) -> None:
    with pytest.raises(ParseError) as error:
        parse("telegram", body)
    assert str(error.value) == sentence
