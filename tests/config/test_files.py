"""One configuration in several files, and the lists of feeds that it names."""

import os
from pathlib import Path

import pytest

from monitor.config import Config, ConfigErrors, failing_tests, load

OPML = """<opml version="1.0"><body>
<outline text="World"><outline xmlUrl="https://a.example.org/rss" text="A & B"/>
<outline xmlUrl="https://b.example.org/rss"/></outline>
<outline xmlUrl="http://192.168.1.1/rss"/>
<outline xmlUrl="https://own.example.org/rss" category="late"/>
<outline xmlUrl="https://A.example.org/rss#x" category="again"/>
</body></opml>"""


class Desk:
    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, text: str) -> None:
        file = self.path / name
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_text(text, encoding="utf-8")

    def load(self) -> Config:
        return load(self.path / "config.toml", environ={"TZ": "UTC"})

    def errors(self) -> list[str]:
        with pytest.raises(ConfigErrors) as caught:
            self.load()
        return [str(error).splitlines()[0].replace(f"{self.path}/", "") for error in caught.value]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_included_files_are_read_as_if_they_stood_there(desk: Desk) -> None:
    desk.write("config.toml", 'include = ["conf.d/*.toml"]\n[feeds]\nworld = ["https://a.example.org/rss"]\n')
    desk.write("conf.d/20.toml", '[feeds]\nworld = ["https://b.example.org/rss"]\n[rule]\nfire = "fire"\n')
    desk.write(
        "conf.d/10.toml",
        '[source.own]\nurl = "https://own.example.org/rss"\n[polling]\nevery = "5m"\n[rule.flood]\nquery = "flood"\n'
        'notify = ["desk"]\nsilent = ["flood of joy"]\n[notify.desk]\nurl = "https://desk.example.org/"\n',
    )
    config = desk.load()
    assert [(s.name, s.tags, s.every) for s in config.sources] == [
        ("a.example.org", ("world",), 300.0),
        ("b.example.org", ("world",), 300.0),
        ("own", (), 300.0),
    ]
    assert [rule.name for rule in config.rules] == ["flood", "fire"]
    assert set(config.notifiers) == {"desk", "terminal"}
    [failing] = failing_tests(config)
    assert (Path(failing.file).name, failing.line) == ("10.toml", 8)


def test_no_file_need_match_a_pattern(desk: Desk) -> None:
    desk.write(
        "config.toml", 'include = ["conf.d/*.toml", "*.toml"]\n[feeds]\nx = ["https://example.org/rss"]\n'
    )
    assert len(desk.load().sources) == 1


def test_an_error_in_an_included_file_stands_at_its_own_line(desk: Desk) -> None:
    desk.write("config.toml", 'include = ["b.toml", "a.toml"]\n[feeds]\nworld = ["https://example.org/1"]\n')
    desk.write("a.toml", '\n\n[feeds]\nworld = [\n  "https://example.org/2",\n  "htp://example.org/3",\n]\n')
    desk.write("b.toml", "[rule.x]\nquery = 'a AND'\n")
    told = desk.errors()
    assert [line.split(": ")[0] for line in told] == ["b.toml:2:12", "a.toml:6:3"]


def test_a_file_that_is_no_toml_makes_no_other_wrong(desk: Desk) -> None:
    desk.write("config.toml", 'include = ["a.toml"]\n[rule.x]\nquery = "fire"\nnotify = ["desk"]\n')
    desk.write("a.toml", '[notify.desk]\nurl = "https://desk.example.org/"\nrate = \n')
    [told] = desk.errors()
    assert told.startswith("a.toml:3:8: this is no value")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_included_file_that_may_not_be_read_is_named(desk: Desk) -> None:
    desk.write("config.toml", 'include = ["a.toml"]\n')
    desk.write("a.toml", "")
    (desk.path / "a.toml").chmod(0)
    assert desk.errors() == ["a.toml: may not be read by this user"]


def test_feeds_of_a_list_are_sources(desk: Desk) -> None:
    desk.write(
        "config.toml",
        'opml = ["lists/desk.opml", "urls"]\n[feeds]\nmine = ["https://b.example.org/rss"]\n'
        '[source.own]\nurl = "https://own.example.org/rss"\n',
    )
    desk.write("lists/desk.opml", OPML)
    desk.write("urls", 'https://c.example.org/rss sea "~The C"\nhttps://b.example.org/rss shore\n')
    config = desk.load()
    assert [(s.name, s.tags, s.listed) for s in config.sources] == [
        ("b.example.org", ("mine", "World", "shore"), False),
        ("a.example.org", ("World", "again"), True),
        ("c.example.org", ("sea",), True),
        ("own", (), False),
    ]
    [_, broken, warning] = config.warnings
    assert "desk.opml' is not well-formed (line " in broken
    assert "desk.opml', line 4: xmlUrl 'http://192.168.1.1/rss': leads to a private address" in warning
    assert warning.startswith(f"{desk.path}/config.toml:1:9: opml: ")


def test_a_list_stands_beside_the_file_that_names_it(desk: Desk) -> None:
    desk.write("config.toml", 'include = ["conf.d/*.toml"]\nopml = ["a.opml"]\n')
    desk.write("a.opml", OPML)
    desk.write("conf.d/x.toml", 'opml = ["b.urls", "c.urls"]\n')
    desk.write("conf.d/b.urls", "https://d.example.org/rss\n")
    assert desk.errors() == ["conf.d/x.toml:1:19: opml: 'c.urls': there is no such file"]
    desk.write("conf.d/c.urls", "")
    assert "d.example.org" in {source.name for source in desk.load().sources}


def test_four_hundred_sources_are_one_line(desk: Desk) -> None:
    desk.write("config.toml", 'opml = ["urls"]\n')
    desk.write("urls", "".join(f"https://{n % 40}.example.org/{n}/rss tag{n % 7}\n" for n in range(400)))
    sources = desk.load().sources
    assert len({source.name for source in sources}) == len(sources) == 400


def test_a_name_that_no_file_can_have_is_told(desk: Desk) -> None:
    desk.write(
        "config.toml", f'include = ["{"x" * 300}.toml", "{"y" * 300}*.toml"]\nopml = ["{"z" * 300}"]\n'
    )
    assert [told.rpartition(": ")[2] for told in desk.errors()] == ["no such file", "File name too long"]


def test_a_list_that_breaks_off_is_warned_of(desk: Desk) -> None:
    desk.write("config.toml", 'opml = ["a.opml"]\n')
    desk.write("a.opml", OPML[: OPML.index("</body>")])
    [_, warning, *_] = desk.load().warnings
    assert "'a.opml' is not well-formed (line " in warning
