"""add, import and export as a user runs them: real processes, a real site, a real file."""

import re
import subprocess
import tomllib
from contextlib import AbstractContextManager
from pathlib import Path
from xml.etree import ElementTree

import pytest

from monitor.config import load
from tests.cli.test_commands import Desk, rss
from tests.conftest import Site
from tests.person import Person, seated

PLAIN = """# my desk
[feeds]
world = ["https://a.example.org/rss"] # the wire

[rule]
fire = 'fire'
"""
FEED = (
    b"<rss version='2.0'><channel><title>The Wire</title>"
    b"<item><title>New \x1b[31mfire</title><link>http://e.org/2</link><pubDate>Tue, 24 Nov 2026 18:30:00 GMT</pubDate></item>"
    b"<item><title>Old fire</title><link>http://e.org/1</link><pubDate>Sun, 22 Nov 2026 16:20:00 GMT</pubDate></item>"
    b"</channel></rss>"
)
LINKED = b'<html><head><link rel=alternate type="application/rss+xml" href="%s"></head><body>hi</body></html>'


@pytest.fixture
def desk(tmp_path: Path, site: Site) -> Desk:
    made = Desk(tmp_path, site)
    made.config.write_text(PLAIN)
    site.pages["/wire"] = (200, {}, FEED)
    site.pages["/"] = (200, {"Content-Type": "text/html"}, LINKED % b"/wire")
    return made


def add(desk: Desk, *words: str) -> subprocess.CompletedProcess[str]:
    command = [*desk.command("add", *words, where=False), "--config", str(desk.config)]
    return desk.runs(command, stdin=subprocess.DEVNULL)


def run(desk: Desk, *words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [*desk.command(*words, where=False), "--config", str(desk.config)]
    return subprocess.run(command, env=desk.environ, cwd=desk.path, input=given, capture_output=True, timeout=50, check=False)  # fmt: skip


# -- add --------------------------------------------------------------------------------------


def test_a_site_is_added_by_its_feed(desk: Desk, site: Site) -> None:
    done = add(desk, f"{site.url}/", "--name", "wire", "--tag", "world", "--tag", "late")
    assert done.returncode == 0, done.stderr
    assert re.sub(r"(?<=as configured).*", "", done.stderr).splitlines() == [
        f"{site.url}/wire: the page's own link to its feed",
        "  title     The Wire",
        "  items     2, the newest of 2026-11-24 18:30, the oldest of 2026-11-22 16:20: the window spans 2d2h",
        "  polled    every 10 min: as configured",  # and, while the dates are new, how long they last
        "  headlines New [31mfire",
        "            Old fire",
    ]
    assert done.stdout == f"{desk.config}: added {site.url}/wire as source wire; next `newsbell check`\n"
    table = f'[source.wire]\nurl = "{site.url}/wire"\ntags = ["world", "late"]\n'
    assert desk.config.read_text() == f"{PLAIN}\n{table}"
    assert site.paths() == ["/", "/robots.txt", "/wire"]  # the page is read only if it may be
    assert desk("check").returncode == 0


ROWS = (
    ("18:47", "Grain corridor is open again, officials say in Kyiv"),
    ("18:43", "Night of drones over Odesa leaves harbour dark"),
    ("18:32", "Talks adjourned until Thursday in Geneva"),
    ("17:54", "Parliament votes on the budget for next year"),
    ("17:42", "Trains run late in the north after snow"),
)
SIDEBAR = "<!doctype html><html><body><ul>{}</ul></body></html>".format(
    "".join(
        f'<li><span class="time">{at}</span><a href="/{at[-2:]}"><b class="title">{title}</b></a></li>'
        for at, title in ROWS
    )
)


def test_of_a_page_without_a_feed_the_rows_are_shown_and_the_selectors_written(
    desk: Desk, site: Site
) -> None:
    site.pages["/live"] = (200, {"Content-Type": "text/html"}, SIDEBAR.encode())
    done = add(desk, f"{site.url}/live", "--name", "sidebar", "--tag", "world")
    assert done.returncode == 0, done.stderr
    assert (
        "  rows          18:47  Grain corridor is open again, officials say in Kyiv"
        in done.stderr.splitlines()
    )
    assert "  polled    every 60 s: it shows 5 items" in done.stderr.splitlines()
    [*_, source] = load(desk.config, environ={}).sources
    assert (source.name, source.kind, source.tags) == ("sidebar", "page", ("world",))
    read = subprocess.run([*desk.command("fetch", "sidebar", where=False), "--config", str(desk.config)], env=desk.environ, cwd=desk.path, capture_output=True, text=True, timeout=50, check=False)  # fmt: skip
    assert [line.partition("sidebar  ")[2].partition("  ")[0] for line in read.stdout.splitlines()] == [
        title for _, title in ROWS
    ]


def test_a_page_is_taken_beside_its_feed_when_that_very_address_is_asked_for(desk: Desk, site: Site) -> None:
    site.pages["/live"] = (200, {"Content-Type": "text/html"}, SIDEBAR.encode())
    site.pages["/feed.xml"] = site.pages["/wire"]  # where feeds usually are
    assert f"added {site.url}/feed.xml" in add(desk, f"{site.url}/live").stdout
    again = add(desk, f"{site.url}/live")
    assert "say its address; --force takes the one that you said)" in again.stderr.splitlines()[0]
    assert "/feed.xml is watched already" in again.stderr
    forced = add(desk, f"{site.url}/live", "--force", "--name", "sidebar")
    assert (forced.returncode, f"added {site.url}/live" in forced.stdout) == (0, True)
    [*_, source] = load(desk.config, environ={}).sources
    assert (source.name, source.kind) == ("sidebar", "page")


def test_no_selectors_are_proposed_for_a_page_that_robots_txt_keeps_to_people(desk: Desk, site: Site) -> None:
    site.pages["/live"] = (200, {"Content-Type": "text/html"}, SIDEBAR.encode())
    site.pages["/robots.txt"] = (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /live\n")
    assert add(desk, f"{site.url}/live").returncode == 1
    forced = add(desk, f"{site.url}/live", "--force", "--name", "sidebar")
    assert "added all the same" in forced.stderr
    [*_, source] = load(desk.config, environ={}).sources
    assert source.kind == "auto"


def test_with_tags_alone_it_goes_under_them(desk: Desk, site: Site) -> None:
    assert add(desk, f"{site.url}/wire", "--tag", "world", "--tag", "late").returncode == 0
    assert f'world = ["https://a.example.org/rss", "{site.url}/wire"]' in desk.config.read_text()
    [_, added] = load(desk.config, environ={}).sources
    assert added.tags == ("world", "late")


def test_a_dry_run_prints_the_toml_and_writes_nothing(desk: Desk, site: Site) -> None:
    done = add(desk, f"{site.url}/", "--dry-run")
    assert tomllib.loads(done.stdout) == {
        "source": {site.url.removeprefix("http://"): {"url": f"{site.url}/wire"}}
    }
    assert desk.config.read_text() == PLAIN


def test_in_a_pipe_the_best_is_taken_and_the_others_told(desk: Desk, site: Site) -> None:
    head = b"".join(LINKED % href for href in (b"/small", b"/wire"))
    site.pages["/"] = (200, {"Content-Type": "text/html"}, head)
    site.pages["/small"] = (200, {}, rss("a: one"))
    done = add(desk, f"{site.url}/")
    assert done.stderr.startswith(f"the best of 2; the others: {site.url}/small\n")
    assert f'url = "{site.url}/wire"' in desk.config.read_text()


def asked(desk: Desk, site: Site) -> AbstractContextManager[Person]:
    """Run `add` for the site's address on a terminal."""
    command = [*desk.command("add", f"{site.url}/", where=False), "--config", str(desk.config)]
    return seated(command, environ=desk.environ, cwd=desk.path)


@pytest.mark.parametrize(("typed", "taken"), [("2\n", "/small"), ("9\n1\n", "/wire")])
def test_on_a_terminal_it_asks(desk: Desk, site: Site, typed: str, taken: str) -> None:
    site.pages["/"] = (200, {"Content-Type": "text/html"}, LINKED % b"/small" + LINKED % b"/wire")
    site.pages["/small"] = (200, {}, rss("a: one"))
    with asked(desk, site) as person:
        person.sees("Which [1]")
        assert desk.config.read_text() == PLAIN
        person.types(typed)
        assert person.ends() == 0
        assert ("there is no 9; say a number from 1 to 2" in person.seen) is typed.startswith("9")
    assert f'url = "{site.url}{taken}"' in desk.config.read_text()


def test_what_is_watched_already_is_not_added_again(desk: Desk, site: Site) -> None:
    add(desk, f"{site.url}/wire", "--name", "wire")
    before = desk.config.read_text()
    for url in (f"{site.url}/wire#top", f"{site.url}/"):
        done = add(desk, url)
        assert (done.returncode, "is watched already, as wire" in done.stderr) == (0, True)
    assert desk.config.read_text() == before


def test_a_tag_goes_to_what_is_watched_already(desk: Desk, site: Site) -> None:
    add(desk, f"{site.url}/wire", "--tag", "world")
    for url in (f"{site.url}/wire", f"{site.url}/"):
        assert add(desk, url, "--tag", "world").stderr.endswith("; nothing to add\n")
    done = add(desk, f"{site.url}/", "--tag", "world", "--tag", "late")
    assert (done.returncode, done.stderr) == (0, "")
    name = site.url.removeprefix("http://")
    assert (
        done.stdout == f"{desk.config}: {site.url}/wire is watched already, as {name}; now under late too\n"
    )
    [_, wire] = load(desk.config, environ={}).sources
    assert (wire.name, wire.tags) == (name, ("world", "late"))


def test_a_tag_for_a_table_is_left_to_who_wrote_it(desk: Desk, site: Site) -> None:
    add(desk, f"{site.url}/wire", "--name", "wire", "--tag", "world")
    before = desk.config.read_text()
    done = add(desk, f"{site.url}/wire", "--tag", "late")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith('as wire; write tags = ["world", "late"] into its [source.wire]\n')
    assert desk.config.read_text() == before


def test_a_name_that_is_no_plain_key_is_told_as_it_is_written(desk: Desk, site: Site) -> None:
    add(desk, f"{site.url}/wire")
    done = add(desk, f"{site.url}/wire", "--tag", "late")
    heading = done.stderr.strip().rpartition(" into its ")[2]
    assert heading in desk.config.read_text().splitlines()
    assert tomllib.loads(heading) == {"source": {site.url.removeprefix("http://"): {}}}


def test_in_a_pipe_a_second_feed_is_added_by_its_own_address_alone(desk: Desk, site: Site) -> None:
    """A script that is run twice adds nothing the second time."""
    head = b"".join(LINKED % href for href in (b"/small", b"/wire"))
    site.pages["/"] = (200, {"Content-Type": "text/html"}, head)
    site.pages["/small"] = (200, {}, rss("a: one"))
    add(desk, f"{site.url}/", "--name", "wire")
    before = desk.config.read_text()
    done = add(desk, f"{site.url}/")
    assert done.stderr.splitlines() == [
        f"the best of 2; the others: {site.url}/small (to add one of them, say its address)",
        f"{site.url}/wire is watched already, as wire; nothing to add",
    ]
    assert desk.config.read_text() == before


def test_on_a_terminal_what_is_watched_already_is_marked(desk: Desk, site: Site) -> None:
    site.pages["/"] = (200, {"Content-Type": "text/html"}, LINKED % b"/small" + LINKED % b"/wire")
    site.pages["/small"] = (200, {}, rss("a: one"))
    add(desk, f"{site.url}/wire", "--name", "wire")
    with asked(desk, site) as person:
        person.sees("/wire: the page's own link to its feed, watched already as wire", "Which [2]")
        person.types("\n")
        assert person.ends() == 0
    assert f'url = "{site.url}/small"' in desk.config.read_text()


def test_what_is_no_feed_is_refused_unless_forced(desk: Desk, site: Site) -> None:
    site.pages["/page"] = (
        200,
        {"Content-Type": "text/html"},
        b"<html><body><p>No news here.</p></body></html>",
    )
    done = add(desk, f"{site.url}/page")
    assert done.returncode == 1
    [sentence] = done.stderr.splitlines()
    assert re.search(
        r"/page: .*; no feed at the \d+ addresses where one might be; --force adds it all the same$", sentence
    )
    assert desk.config.read_text() == PLAIN
    assert len(site.requests) < 24

    forced = add(desk, f"{site.url}/page", "--force", "--name", "later")
    assert forced.returncode == 0
    assert site.paths()[-2:] == ["/page", "/robots.txt"]  # whether its rows may be looked for
    assert f'[source.later]\nurl = "{site.url}/page"\n' in desk.config.read_text()


def test_an_address_that_is_not_there_is_said_before_another_feed_of_its_site_is_added(
    desk: Desk, site: Site
) -> None:
    site.pages["/feed.xml"] = site.pages["/wire"]
    first = f"{site.url}/typo: answered 404; of its site instead:"
    done = add(desk, f"{site.url}/typo", "--tag", "world")
    assert (done.returncode, done.stderr.splitlines()[0]) == (0, first)
    assert f"added {site.url}/feed.xml as world" in done.stdout
    again = add(desk, f"{site.url}/typo")
    assert again.stderr.splitlines()[0] == first
    assert "/feed.xml is watched already" in again.stderr


def test_what_is_no_page_at_all_is_said_before_a_feed_of_its_site(desk: Desk, site: Site) -> None:
    site.pages["/feed.xml"] = site.pages["/wire"]
    login = b"<html><body><form><input type=password></form>%s</body></html>"
    site.pages |= {
        "/empty": (200, {}, b""),
        "/picture": (200, {"Content-Type": "image/png"}, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        "/login": (200, {"Content-Type": "text/html"}, login % b""),
        "/plain": (200, {"Content-Type": "text/html"}, b"<html><body>hi</body></html>"),
        "/named": (200, {"Content-Type": "text/html"}, login % b'<a href="/feed.xml">RSS</a>'),
    }
    firsts = {
        path: add(desk, f"{site.url}/{path}", "--dry-run").stderr.splitlines()[0]
        for path in ("empty", "picture", "login", "plain", "named")
    }
    assert firsts["empty"] == f"{site.url}/empty: an empty body; of its site instead:"
    assert re.fullmatch(r"\S+/picture: .*, not a feed; of its site instead:", firsts["picture"])
    assert firsts["login"] == f"{site.url}/login: a login page, not a feed; of its site instead:"
    assert firsts["plain"] == f"{site.url}/feed.xml: a feed, where feeds usually are"
    assert firsts["named"] == f"{site.url}/feed.xml: a feed that the page links to"


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (["htp://example.org/rss"], 2, "begins with 'htp:', not http: or https: (did you mean 'https:'?)"),
        (
            ["example.org/rss"],
            2,
            "must begin with https:// or http:// (did you mean 'https://example.org/rss'?)",
        ),
        (["http://127.0.0.1:9/rss"], 1, "--force adds it all the same"),
        (["https://x.example.org/", "--name", "two words"], 2, "a name must be without spaces"),
        (
            ["https://x.example.org/", "--name", "a.example.org"],
            2,
            "https://a.example.org/rss is called so already",
        ),
        (["https://x.example.org/", "--tag", " x"], 2, "a tag must be one line"),
    ],
)
def test_a_mistake_is_one_sentence(desk: Desk, words: list[str], status: int, sentence: str) -> None:
    done = add(desk, *words)
    assert (done.returncode, len(done.stderr.splitlines())) == (status, 1)
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert desk.config.read_text() == PLAIN


def test_a_broken_configuration_is_told_and_left_alone(desk: Desk, site: Site) -> None:
    desk.config.write_text(broken := f"{PLAIN}flood = 'flood AND'\n")
    done = add(desk, f"{site.url}/wire")
    assert done.returncode == 3
    assert "config.toml:7:" in done.stderr
    assert (desk.config.read_text(), site.requests) == (broken, [])


def test_without_a_configuration_one_begins(desk: Desk, site: Site) -> None:
    desk.config.unlink()
    assert add(desk, f"{site.url}/wire", "--tag", "world").returncode == 0
    assert desk.config.read_text() == f'[feeds]\nworld = ["{site.url}/wire"]\n'


# -- import, export ---------------------------------------------------------------------------

OPML = """<opml><body>
<outline text="World"><outline text="A & B" xmlUrl="https://b.example.org/rss"/>
<outline xmlUrl="https://a.example.org/rss"/></outline>
<outline xmlUrl="https://c.example.org/rss"/>
<outline xmlUrl="htp://d.example.org/rss"/>
<outline xmlUrl="https://c.example.org/rss#2"/>
</body></opml>"""


def test_a_list_is_imported_with_one_summary(desk: Desk) -> None:
    (desk.path / "my feeds.opml").write_text(OPML)
    done = run(desk, "import", "my feeds.opml", "--tag", "all")
    assert done.returncode == 0
    assert done.stderr.decode().splitlines() == [
        "my feeds.opml: not well-formed (line 2: not well-formed (invalid token)); read by its tags",
        "my feeds.opml:5: xmlUrl 'htp://d.example.org/rss': begins with 'htp:', not http: or https: (did you mean 'https:'?)",
        "my feeds.opml:6: https://c.example.org/rss#2 stands above already",
    ]
    assert done.stdout.decode() == (
        f"my feeds.opml -> {desk.config}: 2 feeds added under 2 tags, 1 watched already, 1 said twice, 1 line not read\n"
    )
    assert desk.config.read_text() == PLAIN.replace(
        "# the wire\n",
        '# the wire\nWorld = ["https://b.example.org/rss"]\n'
        'all = ["https://b.example.org/rss", "https://c.example.org/rss"]\n',
    )
    again = run(desk, "import", "my feeds.opml")
    assert b"0 feeds added under 0 tags, 3 watched already" in again.stdout


def test_a_dry_run_of_an_import_prints_the_toml(desk: Desk) -> None:
    done = run(desk, "import", "-", "--dry-run", given=b"https://b.example.org/rss\n")
    assert done.stdout.decode() == '[feeds]\nimported = ["https://b.example.org/rss"]\n'
    assert b"1 feed would be added under 1 tag" in done.stderr
    assert desk.config.read_text() == PLAIN


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"<!doctype html><html>", "is a web page, not a list of feeds"),
        (FEED, "is a feed itself, not a list of feeds: `newsbell add` takes its address"),
        (None, "there is no such file"),
    ],
)
def test_what_is_no_list_is_refused(desk: Desk, body: bytes | None, sentence: str) -> None:
    if body is not None:
        (desk.path / "x").write_bytes(body)
    done = run(desk, "import", "x")
    assert (done.returncode, done.stderr.decode()) == (1, f"x: {sentence}\n")


def test_an_address_is_no_file(desk: Desk, site: Site) -> None:
    url = f"{site.url}/feeds.opml"
    for more in ((), ("--newsboat",)):
        done = run(desk, "import", url, *more)
        assert done.returncode == 2
        assert (
            done.stderr.decode()
            == f"{url} is an address: save the list in a file first; of a feed, `newsbell add {url}`\n"
        )
    assert site.requests == []


def test_what_was_exported_is_imported_into_the_same(desk: Desk, tmp_path: Path) -> None:
    run(desk, "import", "-", given=OPML.encode())
    before = {(source.url, source.tags) for source in load(desk.config, environ={}).sources}
    for form in ("opml", "urls"):
        listed = run(desk, "export", "--format", form).stdout
        (tmp_path / form).mkdir()
        other = Desk(tmp_path / form, desk.site)
        other.config.write_text("")
        assert run(other, "import", "-", given=listed).returncode == 0
        assert {(source.url, source.tags) for source in load(other.config, environ={}).sources} == before
    assert ElementTree.fromstring(run(desk, "export").stdout).tag == "opml"


def test_the_filters_of_newsboat_are_printed_as_rules(desk: Desk) -> None:
    filters = b'ignore-article "*" "title =~ \\"Windows\\""\n"query:Big:age < 7 and articleindex > 5"\n"query:fire:title =~ \\"Fire\\""\n'
    done = run(desk, "import", "-", "--newsboat", given=filters)
    assert (done.returncode, desk.config.read_text()) == (0, PLAIN)
    assert tomllib.loads(done.stdout.decode()) == {"rule": {"fire-3": "title:/Fire/"}}
    assert (
        "-:2: 'age < 7 and articleindex > 5': column 13: items have no articleindex here"
        in done.stderr.decode()
    )


def test_a_filter_of_one_feed_is_narrowed_to_its_source_and_where_none_is_read_the_status_says_so(
    desk: Desk,
) -> None:
    words = r"title =~ \"a\" or title =~ \"b\""
    filters = (
        f'ignore-article "https://a.example.org/rss#top" "{words}"\n'
        f'ignore-article "https://x.example.org/rss" "{words}"\n'
        'define-filter "Unread" "title =~ \\"c\\""\n"query:bar:title =~ \\"d\\"" tag "~T"\n'
    )
    done = run(desk, "import", "-", "--newsboat", given=filters.encode())
    assert done.stdout.decode().splitlines() == [
        "[rule]",
        r'# ignore-article-1 = "(title:/a/ OR title:/b/) AND source:/^a\\.example\\.org$/"',
        'Unread-3 = "title:/c/"',
        'bar-4 = "title:/d/"',
    ]
    refused, counted = done.stderr.decode().splitlines()
    assert (
        "it is for https://x.example.org/rss alone, which is the address of no source: add it first"
        in refused
    )
    assert counted.startswith("-: 4 filters, 1 not read; ")
    assert run(desk, "import", "-", "--newsboat", given=b'"query:a:articleindex > 5"\n').returncode == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1251", "utf-16", "utf-16-le"])
def test_the_filters_of_newsboat_are_read_in_any_encoding(desk: Desk, encoding: str) -> None:
    filters = 'highlight-article "title =~ \\"Ядерный удар\\"" red blue\n'
    (desk.path / "nb").write_bytes(filters.encode(encoding))
    for done in (
        run(desk, "import", "nb", "--newsboat"),
        run(desk, "import", "-", "--newsboat", given=(desk.path / "nb").read_bytes()),
    ):
        assert tomllib.loads(done.stdout.decode()) == {
            "rule": {"highlight-article-1": "title:/Ядерный удар/"}
        }


def test_a_filter_that_is_refused_is_shown_short_and_without_what_steers_a_terminal(desk: Desk) -> None:
    filters = f'ignore-article "*" "title =~ \\"\x1b[31m{"(" * 20_000}\\""\n'
    done = run(desk, "import", "-", "--newsboat", given=filters.encode())
    assert len(done.stderr) < 1_000
    assert b"\x1b" not in done.stderr
    assert b"is not a character of a text" in done.stderr
    missing = run(desk, "import", "nowhere", "--newsboat")
    assert (missing.returncode, missing.stderr) == (1, b"nowhere: there is no such file\n")
