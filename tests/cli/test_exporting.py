"""What is stored, written out: JSON a line and tables, from a real database; nothing is held in memory whole."""

import base64
import csv
import hashlib
import io
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from monitor.cli.exporting import COLUMNS, _cell
from monitor.core.items.identity import make_id
from tests.cli.test_commands import Desk, rss, wait_for
from tests.conftest import Site

WHAT = ["items", "alerts", "deliveries"]


@pytest.fixture
def desk(tmp_path: Path, site: Site) -> Desk:
    """A desk at which one item rang for two receivers, and another did not."""
    site.pages["/rss"] = (200, {}, rss("a: old fire", "b: =1+1 budget"))
    site.pages["/hook"] = (204, {}, b"")
    desk = Desk(tmp_path, site)
    desk.config.write_text(desk.config.read_text().replace('every = "1s"', 'every = "1s"\nbacklog = "all"'))
    with desk.daemon():
        assert site.wait(lambda site: "/hook" in site.paths())
    return desk


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.torture
def test_lines_and_tables_say_what_the_commands_say(desk: Desk) -> None:
    for what in WHAT:
        stored = desk.json(what)[::-1]
        assert stored
        lines = desk("export", what).stdout.splitlines()
        assert [json.loads(line) for line in lines] == stored
        rows = table(desk("export", what, "--format", "csv").stdout)
        assert [row["id"] for row in rows] == [one["id"] for one in stored]
        assert [*rows[0]] == [name.replace(".", "_") for name in COLUMNS[what]]
        assert [
            json.loads(line) for line in desk("export", what, "--since", "1h").stdout.splitlines()
        ] == stored
    [alert] = table(desk("export", "alerts", "--format", "csv").stdout)
    assert (alert["item_title"], alert["held_reason"], alert["sentence"]) == ("a: old fire", "", "")
    with closing(sqlite3.connect(desk.state / "newsbell.db")) as connection:
        connection.execute("update items set first_seen_at = 1")
        connection.execute("update alerts set at = 1")
        connection.commit()
    for what in WHAT:
        assert desk("export", what, "--since", "1h").stdout == ""


def test_every_key_of_the_json_is_a_column_or_known_not_to_be_one(desk: Desk) -> None:
    left_out = {"items": set(), "alerts": {"spans", "edit", "members", "routes"}, "deliveries": set()}
    for what in WHAT:
        [one, *_] = desk.json(what)
        tops = {name.split(".")[0] for name in COLUMNS[what]}
        assert set(one) - tops == left_out[what]


@pytest.mark.torture
def test_evidence_is_what_the_body_said_at_first_and_at_each_edit(desk: Desk, site: Site) -> None:
    before = rss("a: old fire", "b: =1+1 budget")
    after = rss("a: no fire", "b: =1+1 budget")
    with desk.daemon():
        site.pages["/rss"] = (200, {}, after)
        wait_for(lambda: "a: no fire" in {item["title"] for item in desk.json("items")})
    found = [json.loads(line) for line in desk("export", "evidence").stdout.splitlines()]
    [edited] = [item["id"] for item in desk.json("items") if item["revision"] == 2]
    kept = [
        (one["revision"], one["body_sha256"], base64.b64decode(one["snippet_base64"]))
        for one in found
        if one["item"] == edited
    ]
    assert kept == [
        (number, hashlib.sha256(body).hexdigest(), body[body.index(b"<item>") : body.index(b"</item>") + 7])
        for number, body in ((1, before), (2, after))
    ]
    assert len(found) == 3
    assert [row["item"] for row in table(desk("export", "evidence", "--format", "csv").stdout)] == [
        one["item"] for one in found
    ]

    desk.config.write_text(f"{desk.config.read_text()}\n[store]\nevidence = false\n")
    with desk.daemon():
        site.pages["/rss"] = (200, {}, rss("c: flood"))
        wait_for(lambda: len(desk.json("items")) == 3)
    assert len(desk("export", "evidence").stdout.splitlines()) == 3


def test_what_does_not_fit_is_one_sentence(desk: Desk) -> None:
    for words, said in (
        (["export", "itms"], "(did you mean 'items'?)"),
        (["export", "items", "--format", "opml"], "items are written as jsonl or csv, not as opml"),
        (["export", "--since", "7d"], "--since is for items, alerts, deliveries and evidence"),
    ):
        done = desk(*words)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_no_cell_is_calculated_by_a_spreadsheet() -> None:
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1"):
        assert _cell({"title": text}, "title") == f"'{text}"
    assert _cell({"n": -1}, "n") == "-1"


@pytest.mark.torture
def test_a_large_database_is_written_out_in_little_memory(desk: Desk) -> None:
    with closing(sqlite3.connect(desk.state / "newsbell.db")) as connection:
        columns = [
            row[1] for row in connection.execute("pragma table_info(items)") if row[1] not in ("id", "seq")
        ]
        names = ", ".join(columns)
        connection.executemany(
            f"insert into items (id, {names}) select ?, {names} from items limit 1",
            ((make_id("item", "x", str(n)),) for n in range(200_000)),
        )
        connection.commit()
    words = desk.command("export", "items")
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], env=desk.environ, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 150_000, "kilobytes: the rows alone are more"
