"""What is said of a configuration that is broken, and of words that are off: what, where, and what would be right."""

from pathlib import Path

import pytest

from tests.cli.test_commands import Desk, rss
from tests.conftest import Site

BROKEN = """
[source.wire]
url = "{url}/rss"
evry = "1s"

[rule]
fire = "fire AND"
"""
UNUSED = "config.toml has 2 errors and is not used: `newsbell check` says more\n"
DURATION = 'is no duration: numbers with w, d, h, m or s, as in "30s" or "1h30m"'


@pytest.fixture
def desk(tmp_path: Path, site: Site) -> Desk:
    site.pages["/rss"] = (200, {}, rss("a: old fire"))
    return Desk(tmp_path, site)


# -- a broken configuration -------------------------------------------------------------------


@pytest.fixture
def broken(desk: Desk) -> Desk:
    desk.config.write_text(BROKEN.format(url=desk.site.url))
    return desk


@pytest.mark.parametrize("words", [["fetch", "wire"], ["try", "--rule", "fire", "--text", "a fire"]])
def test_who_needs_it_shows_all_its_errors(words: list[str], broken: Desk) -> None:
    done = broken(*words, where=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert "config.toml:4:1: source 'wire': unknown key 'evry' (did you mean 'every'?)" in done.stderr
    assert "config.toml:7:14: rule 'fire': AND has nothing after it" in done.stderr
    assert "not used" not in done.stderr
    assert broken.site.requests == []


@pytest.mark.parametrize(
    ("words", "status"),
    [(["fetch", "{url}/rss"], 0), (["try", "fire", "--text", "a fire"], 0), (["items"], 5), (["stop"], 4)],
)
def test_who_goes_on_without_it_says_so_once(words: list[str], status: int, broken: Desk) -> None:
    done = broken(*(word.format(url=broken.site.url) for word in words), where=False)
    assert done.returncode == status
    assert done.stderr.startswith(UNUSED)
    assert done.stderr.count("config.toml") == 1


def test_where_there_is_none_nothing_is_said(broken: Desk) -> None:
    broken.config.unlink()
    assert broken("try", "fire", "--text", "a fire", where=False).stderr == ""


def test_why_tells_a_daemon_that_runs_from_one_that_ran(desk: Desk, site: Site) -> None:
    words = ["why", "old fire", "--state", str(desk.state)]
    with desk.daemon():
        assert site.wait(lambda site: site.paths().count("/rss") >= 2)
        desk.config.write_text(BROKEN.format(url=site.url))
        running = desk(*words, where=False)
    ended = desk(*words, where=False)
    shown = f"{UNUSED}without a configuration no rule is shown;"
    assert running.stderr == f"{shown} the daemon goes by {desk.config}\n"
    assert ended.stderr == f"{shown} the last daemon went by {desk.config}\n"


def test_sources_and_why_say_that_no_daemon_runs_where_none_does(desk: Desk, site: Site) -> None:
    idle = "no daemon runs: this is how the last one left it; `newsbell run` starts one\n"
    asked = (["sources"], ["why", "old fire"])
    with desk.daemon():
        assert site.wait(lambda site: site.paths().count("/rss") >= 2)
        assert [desk(*words).stderr for words in asked] == ["", ""]
    assert [desk(*words).stderr for words in asked] == [idle, idle]
    assert desk("sources", "--json").stderr == ""


def test_sources_and_why_say_that_the_daemon_does_not_go_by_what_the_file_says_now(
    desk: Desk, site: Site
) -> None:
    asked = (["sources"], ["why", "old fire"])
    with desk.daemon():
        assert site.wait(lambda site: site.paths().count("/rss") >= 2)
        more = desk.config.parent / "more.toml"
        more.write_text("[rule]\nflood = 'flood'\n")
        desk.config.write_text(f"include = ['more.toml']\n{desk.config.read_text()}")
        assert desk("reload").returncode == 0
        assert [desk(*words).stderr for words in asked] == ["", ""]
        more.write_text("[rule]\nflood = 'flood OR storm'\n")
        for words in asked:
            said = desk(*words).stderr
            assert said.startswith(f"{more} was changed after the daemon read it, ")
            assert said.endswith("; `newsbell reload` brings it into effect\n")
        assert desk("why", "old fire", "--json").stderr == ""


# -- words ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["watch", "{url}/rss", "--every", "1x"], f"--every: '1x' {DURATION}"),
        (["watch", "{url}/rss", "--every", "0s"], "--every: '0s' is too short; at least 1s"),
        (["watch", "{url}/rss", "--to", "foo"], "--to: must begin with https:// or http://"),
        (["watch", "wire"], "wire is a source; give its address: newsbell watch {url}/rss"),
        (["watch", "wyre"], "wyre: must begin with https:// or http://"),
        (["replay", "--failed", "--since", "6"], f'--since: \'6\' {DURATION}; write "6s", "6m" …'),
        (["demo", "--for", "ever"], f"--for: 'ever' {DURATION}"),
        (
            ["items", "--state", "config.toml"],
            "--state: config.toml is a file; name its directory: --state .",
        ),
        (["run", "--state", "config.toml"], "--state: config.toml is a file; name its directory: --state ."),
        (["fetch", "wyre"], "wyre is neither an address nor a source (did you mean 'wire'?)"),
        (["fetch", "x"], "x is neither an address nor a source (there is: wire)"),
        (
            ["fetch", "e.org/rss"],
            "e.org/rss: must begin with https:// or http:// (did you mean 'https://e.org/rss'?)",
        ),
        (
            ["fetch", "wire/rss"],
            "wire/rss: must begin with https:// or http://",
        ),
        (
            ["replay", "--failed", "--since", "99999999999d"],
            "--since: '99999999999d' is longer than a hundred years",
        ),
        (["add", ""], """'': is empty; write it as in "https://example.org/rss\""""),
        (["add", "http://a\nb/"], "http://a\ufffdb/: an address must hold no spaces or control characters"),
        (["import", ""], "FILE is empty: name a path"),
        (["items", "--state", ""], "--state is empty: name a path"),
        (["fetch", ""], "'' is neither an address nor a source (there is: wire)"),
        (["fetch", "wi\nre"], "wi\ufffdre is neither an address nor a source (did you mean 'wire'?)"),
        (["try", "--rule", "fira", "--text", "x"], "--rule: no rule is called 'fira' (did you mean 'fire'?)"),
        (
            ["items", "-ICBM"],
            "Error: No such option: -I; a query that begins with - stands last, behind --: newsbell items … -- -ICBM",
        ),
        (["alerts", "-x"], "Error: No such option: -x"),
        (["check", "--notify", "dask"], "--notify: no notifier is called 'dask' (did you mean 'desk'?)"),
    ],
)
def test_a_word_that_is_off_is_one_sentence(words: list[str], sentence: str, desk: Desk, site: Site) -> None:
    done = desk(*(word.format(url=site.url) for word in words), where=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == sentence.format(url=site.url)
    assert "Traceback" not in done.stderr
    assert site.requests == []


def test_who_wants_a_login_is_said_with_where_it_is_written(desk: Desk, site: Site) -> None:
    site.pages["/rss"] = (401, {"WWW-Authenticate": "Basic"}, b"")
    done = desk("fetch", "wire", where=False)
    wants = "it wants a login; write auth, headers or cookies into its [source.NAME]"
    assert (done.returncode, done.stderr) == (1, f"wire: answered 401: {wants}\n")
    desk.config.write_text(desk.config.read_text().replace('every = "1s"', 'auth = { bearer = "wrong" }'))
    assert desk("fetch", "wire", where=False).stderr == "wire: answered 401\n"


@pytest.mark.parametrize("words", [["items"], ["run"], ["backup"], ["replay", "--failed"]])
def test_a_directory_is_no_database(words: list[str], desk: Desk) -> None:
    (desk.state / "newsbell.db").mkdir(parents=True)
    done = desk(*words)
    said = f"{desk.state}/newsbell.db is a directory, where the database is to be: move it away\n"
    assert (done.returncode, done.stderr) == (5, said)
