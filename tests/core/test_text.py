"""What a stranger wrote reaches a terminal, a log and a rule: it has to be harmless and still the same words."""

import html
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.core.text import (
    KEY_CHARS,
    LABEL_CHARS,
    MARKS,
    TEXT_CHARS,
    clean,
    cleaned,
    has_markup,
    plain,
    text_key,
    web_url,
)
from monitor.model import Entry, RawDate

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
VISIBLE_FORMAT = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
anything = st.text(alphabet=st.characters(codec=None))  # lone surrogates included
nasty = st.text(
    alphabet=st.sampled_from(
        "aя中 \n\x00\x1b\x7f\x85\x9b\u0301\u0323\u0344\u034f\u200b\u200c\u200d\u202e\ufe0f\ud83d\ude00\U000e0041म👩"
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("\x1b]0;owned\x07Title", "]0;ownedTitle"),
        ("\x1b]52;c;ZWNobw==\x1b\\x", "]52;c;ZWNobw==\\x"),
        ("\x9b31mred", "31mred"),
        ("a\x00b\x7fc", "abc"),
        ("a\x85b\u2028c\u2029d\te\r\nf", "a b c d e f"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("nuc\u200blear \u00adstr\u2060ike", "nuclear strike"),
        ("lone \ud800 and pair \ud83d\ude00", "lone \ufffd and pair 😀"),
        ("e\u0301 z" + "\u0335" * 40, "é z" + "\u0335" * MARKS),
        ("\u0301leading", "leading"),
        ("flag \U000e0067\U000e0062\U000e007f \ufffe\U0001ffff", "flag"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क\u094d\u200dष", "क\u094d\u200dष"),
        ("👨\u200d👩\u200d👧 ❤\ufe0f\u200d🔥", "👨\u200d👩\u200d👧 ❤\ufe0f\u200d🔥"),
        ("ad\u200dmin ne\u200cws", "admin news"),
        ("שלום\u200f, עולם", "שלום, עולם"),
        ("Київ і Їжак", "Київ і Їжак"),
        ("", ""),
    ],
)
def test_what_acts_goes_and_what_is_read_stays(written: str, read: str) -> None:
    assert clean(written) == read


@given(st.one_of(anything, nasty))
@example("\u0344" * 9)
@example(" \u200d \u0301x")
def test_nothing_cleaned_is_dangerous(text: str) -> None:
    done = clean(text)
    for char in done:
        kind = unicodedata.category(char)
        assert kind not in {"Cc", "Cs", "Zl", "Zp"}
        assert char not in BIDI
        assert kind != "Cf" or char in "\u200c\u200d" + VISIBLE_FORMAT or ord(char) > 0x13000
        assert not 0xFDD0 <= ord(char) <= 0xFDEF
        assert ord(char) & 0xFFFE != 0xFFFE
    assert done == clean(done), "cleaning twice changes nothing"
    assert done == unicodedata.normalize("NFC", done) == " ".join(done.split())
    assert len(done.encode()) >= len(done)


@given(nasty)
def test_marks_never_pile_up(text: str) -> None:
    run = 0
    for char in clean(text):
        run = run + 1 if unicodedata.category(char) in {"Mn", "Me"} else run if char in "\u200c\u200d" else 0
        assert run <= MARKS


@pytest.mark.parametrize(
    ("markup", "read"),
    [
        ("<p>One</p><p>two<br/>three</p>", "One two three"),
        ("w<b>or</b>d", "word"),
        ("AT&amp;T &#8217;s", "AT&T ’s"),
        ("AT&amp;amp;T", "AT&T"),
        ("&lt;p&gt;Twice &lt;b&gt;escaped&lt;/b&gt;&lt;/p&gt;", "Twice escaped"),
        ("5 < 6 and <3 and a<b", "5 < 6 and <3 and a<b"),
        ('<img alt="a > b" src=x>after', "after"),
        ("<a title='it''s>x</a>shown", "xshown"),
        ('<b class="open>nuclear</b> strike', "nuclear strike"),
        ("a<script>evil('</b>')</script >b<style>p{}</style>c", "a b c"),
        ("a<script>never closed: nuclear", "a never closed: nuclear"),
        ("a<!-- hidden -->b<!-- never closed: nuclear", "a b never closed: nuclear"),
        ("<![CDATA[kept <b>text</b>]]>", "kept text"),
        ("<foo@example.org> wrote", "<foo@example.org> wrote"),
        ("&#xD800;&#0;&#x110000;&#" + "9" * 5_000 + ";", "\ufffd\ufffd\ufffd\ufffd"),
        ("cut off <a href='", "cut off <a href='"),
    ],
)
def test_markup_becomes_what_a_reader_reads(markup: str, read: str) -> None:
    assert plain(markup) == read


@given(anything)
def test_escaped_text_comes_back(text: str) -> None:
    if not has_markup(text) and "\0" not in text and "\r" not in text:
        assert plain(html.escape(text)) == " ".join(text.split())


@given(st.text(alphabet="<>!-/\"'&;# abps=[]CDAT1x", max_size=200))
def test_no_markup_raises(markup: str) -> None:
    assert "\n" not in plain(markup)


@pytest.mark.parametrize(
    "hostile",
    [
        "<a " * 300_000,
        '<a "' * 300_000,
        "<!--" * 300_000,
        "<![CDATA[" * 100_000,
        "<script>" * 150_000,
        "<style></scrip" * 100_000,
        "&" * 1_000_000,
        "&#" + "1" * 1_000_000,
        "&amp;" * 250_000,
        "</" * 500_000,
        "a" + "\u0301\u0323" * 500_000,
        "\u200d" * 1_000_000,
        "\ud800" * 1_000_000,
        " " * 1_000_000,
    ],
    ids=lambda text: text[:8].encode("unicode_escape").decode(),
)
def test_a_hostile_megabyte_is_done_in_linear_time(hostile: str) -> None:
    clean(plain(hostile))  # a quadratic one takes hours: the suite's timeout tells


@pytest.mark.parametrize(
    ("given_url", "kept"),
    [
        ("https://example.org/a?b=1#c", "https://example.org/a?b=1#c"),
        (" \nHTTP://Example.org/\t x\n", "HTTP://Example.org/%20x"),
        ("https://example.org/новини", "https://example.org/новини"),
        ("https://example.org/\x1b]8;;x\u202e", "https://example.org/%1B]8;;x%E2%80%AE"),
        ('https://example.org/"><b>', "https://example.org/%22%3E%3Cb%3E"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("/relative", ""),
        ("https://", ""),
        ("http://[::1", ""),
        ("https://example.org/" + "a" * 3_000, ""),
        ("", ""),
    ],
)
def test_only_web_addresses_are_kept(given_url: str, kept: str) -> None:
    assert web_url(given_url) == kept


@given(anything)
def test_no_address_raises(text: str) -> None:
    for url in (web_url(text), web_url("http://" + text), web_url("https://h/" + text)):
        assert not url or clean(url) == unicodedata.normalize("NFC", url)


def test_an_entry_of_any_kind_is_cleaned_whole() -> None:
    entry = cleaned(
        Entry(
            keys=(
                "guid:\x1bid",
                "url:javascript:x",
                "url:https://h/\u202e",
                "guid:" + "x" * 9_000,
                "guid:",
                "guid:id",
            ),
            title="\x1b[2J" + "t" * 100_000,
            summary="s\n" * 100_000,
            url="javascript:x",
            author="\u202ea" * 1_000,
            tags=("one", "\x00", "one", *map(str, range(500))),
            dates=(RawDate(text="\x1bMon", origin="updated", parsed="\x1b2024"),) * 50,
        )
    )
    assert entry.keys[:2] == ("guid:id", "url:https://h/%E2%80%AE")
    assert entry.keys[2].startswith("guid:sha256-")
    assert len(entry.keys) == 3
    assert entry.title == "[2J" + "t" * (TEXT_CHARS - 3)
    assert entry.summary == ("s " * TEXT_CHARS)[:TEXT_CHARS].rstrip()
    assert (entry.url, entry.author) == ("", "a" * LABEL_CHARS)
    assert entry.tags[:2] == ("one", "0")
    assert len(entry.tags) < 100
    assert entry.dates[0] == RawDate(text="Mon", origin="updated", parsed="2024")
    assert len(entry.dates) <= 8


def test_an_entry_keeps_an_identity_even_if_its_keys_name_nothing() -> None:
    entry = cleaned(Entry(keys=("url:javascript:x",), title="News"))
    assert entry.keys == (text_key("News", ""),)
    assert cleaned(Entry(keys=(), title="News ")).keys == entry.keys


@given(st.text(max_size=KEY_CHARS), st.text(max_size=KEY_CHARS))
def test_ids_that_differ_in_words_stay_apart(one: str, other: str) -> None:
    long = "x" * KEY_CHARS
    keys = [cleaned(Entry(keys=(f"guid:{long}{text}",))).keys for text in (one, other)]
    assert (keys[0] == keys[1]) == (clean(long + one) == clean(long + other))
