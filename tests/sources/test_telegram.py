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


def test_messages_of_every_kind_as_telegram_writes_them() -> None:
    parsed = parse("telegram", (DOCUMENTS / "telegram" / "messages.html").read_bytes(), url=URL)
    told = {int(entry.url.rpartition("/")[2]): entry for entry in parsed.entries}
    assert list(told) == sorted(told, reverse=True)
    assert {number: entry.summary for number, entry in told.items()} == {
        27: "Quoted words What the mayor said and 🔥 what not",
        26: "Voice message",
        24: "Shown in Telegram only",
        23: "Press office",
        22: "Sticker",
        21: "bridges.pdf",
        20: "Which bridge next?",
        19: "Photo",  # which answers a message: what it answers is not its text
        18: "An answer to a video",
        17: "Video",  # too big for the page
        15: "Bridge open again",
        13: "Two views of the bridge from the hill",  # an album of two, 13 and 14
        12: "Photo",
        11: "Bridge closed The east bridge is closed.",  # forwarded
    }  # 10, 16 and 25 are Telegram's own: created, pinned, photo updated
    assert (told[27].title, told[13].title) == ("Quoted words", "Two views of the bridge")
    assert {entry.author for entry in told.values()} == {"Desk 📻", "Olha"}
    assert told[15].author == "Olha"
    assert all(entry.dates[0].text == f"2024-03-11T13:{number}:00+00:00" for number, entry in told.items())
    assert (parsed.title, parsed.older) == ("Desk", ("https://t.me/s/desk?before=10",))


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
