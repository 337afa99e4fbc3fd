"""Addresses as people copy them: what is polled in their place, and what is left alone."""

from pathlib import Path

import pytest

from monitor.config.loading import load
from monitor.config.tables.presets import PRESETS, polled
from monitor.config.tables.sources import of_url

CHANNEL = "UC" + "a1_-" * 5 + "xy"
VIDEOS = "https://www.youtube.com/feeds/videos.xml"


@pytest.mark.parametrize(
    ("typed", "feed"),
    [
        ("https://mastodon.social/@kyivindependent", "https://mastodon.social/@kyivindependent.rss"),
        ("https://mastodon.social/@desk/", "https://mastodon.social/@desk.rss"),
        ("https://social.example/@desk?tab=media", "https://social.example/@desk.rss"),
        ("https://mastodon.social/tags/ukraine", "https://mastodon.social/tags/ukraine.rss"),
        ("https://mstdn.jp/tags/地震", "https://mstdn.jp/tags/地震.rss"),
        ("https://bsky.app/profile/nytimes.com", "https://bsky.app/profile/nytimes.com/rss"),
        ("https://bsky.app/profile/did:plc:abc123/", "https://bsky.app/profile/did:plc:abc123/rss"),
        (f"https://www.youtube.com/channel/{CHANNEL}", f"{VIDEOS}?channel_id={CHANNEL}"),
        (f"https://m.youtube.com/channel/{CHANNEL}/videos", f"{VIDEOS}?channel_id={CHANNEL}"),
        (f"https://youtube.com/@desk/channel/{CHANNEL}", f"{VIDEOS}?channel_id={CHANNEL}"),
        (f"https://www.youtube.com/@desk?channel_id={CHANNEL}", f"{VIDEOS}?channel_id={CHANNEL}"),
        ("https://www.youtube.com/user/desk", f"{VIDEOS}?user=desk"),
        ("https://www.youtube.com/playlist?list=PLabc", f"{VIDEOS}?playlist_id=PLabc"),
        ("https://www.reddit.com/r/ukraine", "https://www.reddit.com/r/ukraine/.rss"),
        ("https://old.reddit.com/r/ukraine/new/", "https://old.reddit.com/r/ukraine/new/.rss"),
        ("https://reddit.com/r/a+b?feed=token&user=me", "https://reddit.com/r/a+b/.rss?feed=token&user=me"),
        ("https://www.reddit.com/u/desk", "https://www.reddit.com/user/desk/.rss"),
        (
            "https://www.reddit.com/r/a/comments/1x/title/",
            "https://www.reddit.com/r/a/comments/1x/title/.rss",
        ),
        ("https://medium.com/@desk", "https://medium.com/feed/@desk"),
    ],
)
def test_a_profile_is_polled_at_its_feed(typed: str, feed: str) -> None:
    assert polled(typed) == (feed, "auto")
    assert polled(typed, "feed") == (feed, "feed")
    assert polled(typed, "page") == (typed, "page"), "a type that was chosen stays"
    assert polled(feed) == (feed, "auto"), "a feed's own address is left alone"


@pytest.mark.parametrize("typed", ["https://t.me/desk", "http://t.me/s/desk/", "https://telegram.me/desk"])
def test_a_telegram_channel_is_read_by_its_preview(typed: str) -> None:
    assert polled(typed) == ("https://t.me/s/desk", "telegram")
    assert polled(typed, "telegram") == ("https://t.me/s/desk", "telegram")
    assert polled(typed, "page") == (typed, "page")


@pytest.mark.parametrize(
    "typed",
    [
        "https://social.example/api/v1/streaming/public?only_media=false",
        "https://stream.wikimedia.org/v2/stream/recentchange,page-create",
    ],
)
def test_a_stream_is_kept_open_and_not_polled(typed: str, tmp_path: Path) -> None:
    assert polled(typed) == (typed, "sse")
    path = tmp_path / "config.toml"
    path.write_text(f'[feeds]\na = ["{typed}", "https://example.org/rss"]\n', encoding="utf-8")
    stream, feed = load(path, environ={}).sources
    assert (stream.kind, stream.live, stream.pinned, stream.every) == ("sse", True, True, 300.0)
    assert (feed.live, feed.pinned) == (False, False)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/rss",
        "https://example.org/tags/ukraine",
        "https://www.youtube.com/@desk",
        "https://www.youtube.com/watch?v=abc",
        "https://www.youtube.com/@desk/videos",
        "https://www.tiktok.com/@desk",
        "https://www.threads.net/@desk",
        "https://desk.substack.com/@desk",
        "https://t.me/joinchat/abc",
        "https://t.me/share",
        "https://t.me/desk/17",
        "https://t.me/+secret",
        "https://bsky.app/",
        "https://mastodon.social/@desk/112233",
        "https://notreddit.com/r/ukraine",
        "http://[::1]/@desk/x",
    ],
)
def test_other_addresses_are_left_alone(url: str) -> None:
    assert polled(url) == (url, "auto")


def test_the_configuration_keeps_what_was_typed_and_polls_the_feed(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        '[feeds]\nwar = ["https://t.me/desk", "https://www.reddit.com/r/ukraine"]\n'
        '[source.other]\nurl = "https://mastodon.social/@desk"\n[rule]\nany = "x"\n'
    )
    sources = {source.name: (source.url, source.kind) for source in load(path, environ={}).sources}
    assert sources == {
        "t.me": ("https://t.me/s/desk", "telegram"),
        "reddit.com": ("https://www.reddit.com/r/ukraine/.rss", "auto"),
        "other": ("https://mastodon.social/@desk.rss", "auto"),
    }
    made = of_url("https://t.me/desk")
    assert (made.name, made.url, made.kind) == ("t.me", "https://t.me/s/desk", "telegram")


def test_two_spellings_of_one_feed_are_one_source(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[feeds]\na = ["https://t.me/desk"]\nb = ["https://t.me/s/desk"]\n[rule]\nany = "x"\n')
    (source,) = load(path, environ={}).sources
    assert source.tags == ("a", "b")


def test_the_page_on_sources_names_every_preset() -> None:
    page = Path(__file__).parents[2].joinpath("docs", "sources.md").read_text(encoding="utf-8")
    assert [preset.site for preset in PRESETS if preset.site not in page] == []
