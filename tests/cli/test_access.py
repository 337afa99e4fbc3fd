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
