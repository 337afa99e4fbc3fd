"""config.toml extended by a command: nothing that stands there changes."""

import os
import stat
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import ConfigErrors, starter
from monitor.config.editing import Conflict, extended, fragment, read, save
from monitor.config.lists import FeedList, Listing
from monitor.config.lists.importing import exported, plan
from monitor.model import Source

FEEDS = {
    "world": ["https://new.example.org/1"],
    "big news": ["https://new.example.org/1", "https://new.example.org/2"],
}
SOURCES = {
    "kyiv": {
        "url": "https://k.example.org/",
        "tags": ["a"],
        "select": {"item": "li > a", "time": "time@datetime"},
    }
}

LAYOUTS = [
    "",
    "# only a comment",
    "[feeds]",
    '[feeds]  # mine\nworld = []\n',
    '[feeds]\nworld = ["https://a.example.org/"]',
    '[feeds]\nworld = [ "https://a.example.org/", ] # why\n',
    '[feeds]\nworld = [\n  "https://a.example.org/", # one\n  "https://b.example.org/" # two\n]\n',
    '[feeds]\nworld = [\n\t"https://a.example.org/",\n\t# "https://off.example.org/",\n]\nother = ["https://c.example.org/"]\n',
    '[feeds]\nworld = ["https://a.example.org/",\n         "https://b.example.org/"]\n',
    '[feeds]\nworld = [\n  # none yet\n]\n',
    'feeds.world = ["https://a.example.org/"]\n[rule]\nfire = "fire"\n',
    'feeds = { world = ["https://a.example.org/"] }\n',
    '[source.x]\nurl = "https://x.example.org/"\n# every = "5m"\n\n# rules\n[rule]\nfire = "fire"\n',
    '[source.x]\nurl = "https://x.example.org/"\n# about rules\n[rule]\nfire = """\n[feeds]\n"""\n',
    '[source]\nx = { url = "https://x.example.org/" }\n',
    '[feeds]\r\nworld = [\r\n  "https://a.example.org/", # один\r\n]\r\n',
    '\ufeff[feeds]\nworld = ["https://a.example.org/#x"]\n',
    starter(),
]  # fmt: skip


@pytest.mark.parametrize("text", LAYOUTS)
def test_what_stood_there_stays_and_what_was_added_is_there(text: str) -> None:
    new = extended(text, FEEDS, SOURCES)
    old, now = (tomllib.loads(one.removeprefix("\ufeff").replace("\r\n", "\n")) for one in (text, new))
    assert now["feeds"]["world"] == [*old.get("feeds", {}).get("world", []), "https://new.example.org/1"]
    assert now["feeds"]["big news"] == FEEDS["big news"]
    assert now["source"]["kyiv"] == SOURCES["kyiv"]
    for table, name in (("feeds", "world"), ("feeds", "big news"), ("source", "kyiv")):
        del now[table][name]
        old.get(table, {}).pop(name, None)
    assert {key: value for key, value in now.items() if value} == {
        key: value for key, value in old.items() if value
    }
    assert new.startswith("\ufeff") is text.startswith("\ufeff")
    assert ("\r\n" in text) is ("\r\n" in new)
    assert new.count("\n") == new.count("\r\n") or "\r\n" not in text


@pytest.mark.parametrize("text", LAYOUTS)
def test_every_comment_stays(text: str) -> None:
    def comments(of: str) -> Counter[str]:
        return Counter(
            line[line.index("#") :].strip() for line in of.splitlines() if "#" in line and '"' not in line
        )

    assert not comments(text) - comments(extended(text, FEEDS, SOURCES))


def test_a_list_keeps_its_layout() -> None:
    text = '[feeds]\nworld = [\n\t"https://a.example.org/" # one\n]\n'
    assert extended(text, FEEDS, {}) == (
        '[feeds]\nworld = [\n\t"https://a.example.org/", # one\n\t"https://new.example.org/1",\n]\n'
        '"big news" = ["https://new.example.org/1", "https://new.example.org/2"]\n'
    )


def test_a_new_table_stands_behind_the_last_of_its_kind() -> None:
    text = (
        '[source.x]\nurl = "https://x.example.org/"\n# every = "5m"\n\n# what rings\n[rule]\nfire = "fire"\n'
    )
    assert extended(text, {}, {"y": {"url": "https://y.example.org/"}}) == (
        '[source.x]\nurl = "https://x.example.org/"\n# every = "5m"\n\n[source.y]\nurl = "https://y.example.org/"\n'
        '\n# what rings\n[rule]\nfire = "fire"\n'
    )


def test_ten_thousand_feeds_are_added_at_once() -> None:
    feeds = {f"tag {n}": [f"https://{n}.example.org/{m}" for m in range(100)] for n in range(100)}
    assert tomllib.loads(extended(starter(), feeds, {}))["feeds"]["tag 99"] == feeds["tag 99"]


WORD = st.text(max_size=12)


@given(
    st.dictionaries(WORD, st.lists(WORD, min_size=1, max_size=4), min_size=1, max_size=4),
    st.sampled_from(LAYOUTS),
)
def test_any_text_is_written_so_that_it_is_read(feeds: dict[str, list[str]], text: str) -> None:
    now = tomllib.loads(extended(text, feeds, {}).removeprefix("\ufeff"))["feeds"]
    assert all(now[tag][-len(urls) :] == urls for tag, urls in feeds.items())


@pytest.mark.parametrize("text", ["feeds = 3\n", "[source.kyiv]\nurl = 'x'\n", "feeds = { world = 'x' }\n"])
def test_what_would_change_is_refused(text: str) -> None:
    with pytest.raises(Conflict):
        extended(text, FEEDS, SOURCES)


def test_the_fragment_is_the_addition_alone() -> None:
    assert tomllib.loads(fragment(FEEDS, SOURCES)) == {"feeds": FEEDS, "source": SOURCES}


# -- saving -----------------------------------------------------------------------------------

GOOD = '[feeds]\nworld = ["https://a.example.org/"]\n'


def test_mode_and_link_are_kept(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "config.toml"
    real.write_text("")
    real.chmod(0o640)
    link.symlink_to(real)
    assert len(save(link, "", GOOD, {}).sources) == 1
    assert link.is_symlink()
    assert (real.read_text(), stat.S_IMODE(real.stat().st_mode)) == (GOOD, 0o640)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml", "real.toml"]


def test_what_cannot_be_loaded_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(GOOD)
    with pytest.raises(ConfigErrors):
        save(path, GOOD, '[feeds]\nworld = ["htp://a.example.org/"]\n', {})
    assert path.read_text() == GOOD


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("# another hand\n")
    with pytest.raises(Conflict, match="was changed meanwhile"):
        save(path, "", GOOD, {})
    assert path.read_text() == "# another hand\n"


def test_a_place_that_takes_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="cannot be written"):
        save(tmp_path / "nowhere" / "config.toml", "", GOOD, {})


def test_a_new_file_is_made(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    assert read(path) == ""
    save(path, "", GOOD, dict(os.environ))
    assert path.read_text() == GOOD


# -- lists and configuration --------------------------------------------------------------------


def test_feeds_that_are_watched_already_are_skipped_and_counted() -> None:
    found = FeedList(
        feeds=(
            Listing(url="https://A.example.org/#x", tags=("world",)),
            Listing(url="https://b.example.org/", tags=("world", "late")),
            Listing(url="https://c.example.org/"),
        )
    )
    planned = plan(
        found, [Source(name="a", url="https://a.example.org/")], tags=["all", "late"], untagged="desk"
    )
    assert planned.feeds == {
        "world": ["https://b.example.org/"],
        "late": ["https://b.example.org/", "https://c.example.org/"],
        "all": ["https://b.example.org/", "https://c.example.org/"],
    }
    assert (planned.new, [feed.url for feed in planned.known]) == (2, ["https://A.example.org/#x"])


def test_what_is_no_feed_is_not_exported_and_told() -> None:
    feed = Source(name="a", url="https://a.example.org/", tags=("x",))
    page = Source(name="p", url="https://p.example.org/", kind="page")
    assert exported([feed, page]) == ((Listing(url=feed.url, title="a", tags=("x",)),), (page,))
