"""A source behind a password and one that is paused, as a user meets them."""

from pathlib import Path

import pytest

from tests.cli.test_commands import Desk, rss
from tests.conftest import Asked, Site

TOML = """
[source.locked]
url = "{url}/rss"
every = "1s"
auth = {{ user = "me", password = {{ env = "DESK_PASSWORD" }} }}
cookies = {{ id = "CANARY" }}

[source.resting]
url = "{url}/resting"
paused = true
headers = {{ X-Key = "CANARY" }}
"""


@pytest.fixture
def desk(tmp_path: Path, site: Site) -> Desk:
    def page(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        let_in = asked.headers.get("authorization") == "Basic bWU6Q0FOQVJZ"  # me:CANARY
        return (200, {}, rss("a: fire")) if let_in else (401, {}, b"")

    site.pages |= {"/rss": page, "/resting": (200, {}, rss("b: flood"))}
    desk = Desk(tmp_path, site)
    desk.config.write_text(TOML.format(url=site.url))
    desk.environ["DESK_PASSWORD"] = "CANARY"
    return desk


@pytest.mark.torture
def test_what_is_locked_is_read_what_rests_is_not_and_no_command_tells_a_secret(
    desk: Desk, site: Site
) -> None:
    with desk.daemon() as process:
        assert site.wait(lambda site: site.paths().count("/rss") >= 2)  # the first one is committed
        told = [desk("sources"), desk("sources", "--json"), desk("why", "resting"), desk("why", "locked")]
        told += [desk("check"), desk("why", "resting", "--json")]
        rows = {row["name"]: row for row in desk.json("sources")}
        process.terminate()
        out, err = process.communicate()
    assert (rows["locked"]["state"], rows["locked"]["items"]) == ("ok", 1)
    assert (rows["resting"]["state"], rows["resting"]["next_poll_at"]) == ("paused", None)
    assert "/resting" not in site.paths()
    assert "state     paused" in told[2].stdout
    assert "next -" in told[2].stdout

    told.append(
        desk("fetch", "resting", "--config", str(desk.config), where=False)
    )  # asked for by name, it is fetched once, pause or not
    assert "b: flood" in told[-1].stdout
    assert site.requests[-1].headers["x-key"] == "CANARY"
    shown = [out, err, *(text for done in told for text in (done.stdout, done.stderr))]
    assert not [text for text in shown if "CANARY" in text or "bWU6Q0FOQVJZ" in text]
    assert not [file for file in desk.state.rglob("*") if file.is_file() and b"CANARY" in file.read_bytes()]


def test_a_wrong_password_is_said_and_not_shown(desk: Desk) -> None:
    desk.environ["DESK_PASSWORD"] = "CANARY-wrong"
    done = desk("fetch", "locked", "--config", str(desk.config), where=False)
    assert (done.returncode, done.stderr) == (1, "locked: answered 401\n")


# -- a shell without the secrets ----------------------------------------------------------------

OPS = '[rule]\nfire = "fire"\n[notify.ops]\nurl = "http://e.org/hook"\nsecret = { env = "OPS_SECRET" }\n'


@pytest.fixture
def bare(desk: Desk, site: Site) -> Desk:
    site.pages |= {"/open": (200, {}, rss("c: fire")), "/more": (200, {}, rss("d: fire"))}
    del desk.environ["DESK_PASSWORD"]
    desk.config.write_text(f'{TOML.format(url=site.url)}[source.open]\nurl = "{site.url}/open"\n{OPS}')
    (desk.path / "urls").write_text("https://e.example.org/rss\n")
    return desk


@pytest.mark.parametrize(
    "words",
    [
        ["fetch", "open"],
        ["try", "--rule", "fire", "--text", "a fire"],
        ["add", "{url}/more", "--dry-run"],
        ["add", "{url}/more"],
        ["import", "urls"],
        ["export"],
        ["check", "--notify", "terminal", "--preview"],
    ],
)
def test_who_tells_nobody_needs_no_secret_of_a_notifier(words: list[str], bare: Desk) -> None:
    done = bare(*(word.format(url=bare.site.url) for word in words), where=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("words", "what"),
    [(["check"], "OPS_SECRET"), (["run"], "OPS_SECRET"), (["fetch", "locked"], "DESK_PASSWORD")],
)
def test_who_needs_a_secret_says_that_it_is_not_there(words: list[str], what: str, bare: Desk) -> None:
    done = bare(*words, where=False)
    assert done.returncode == 3
    assert f"there is no environment variable '{what}'" in done.stderr
    assert bare.site.requests == []


def test_what_is_added_without_the_secrets_is_checked_all_the_same(bare: Desk) -> None:
    bare.config.write_text(bare.config.read_text().replace("paused = true", "pausd = true"))
    before = bare.config.read_text()
    for words in (["add", f"{bare.site.url}/more"], ["import", "urls"]):
        done = bare(*words, where=False)
        assert (done.returncode, "unknown key 'pausd'" in done.stderr) == (3, True)
        assert "OPS_SECRET" not in done.stderr
    assert bare.config.read_text() == before
