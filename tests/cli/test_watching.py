"""`watch` as a process: how it ends where nobody reads on, or where there is nothing good to read."""

import subprocess
from pathlib import Path

import pytest

from monitor.cli import alone
from monitor.notifiers.ntfy import Ntfy
from tests.cli.test_commands import Desk, rss, wait_for
from tests.conftest import Site


@pytest.fixture
def desk(tmp_path: Path, site: Site) -> Desk:
    site.pages["/rss"] = (200, {}, rss("a: old fire"))
    return Desk(tmp_path, site)


@pytest.mark.parametrize("attached", [False, True])
def test_it_ends_when_its_reader_has_gone_though_nothing_new_comes(
    attached: bool, desk: Desk, site: Site
) -> None:
    if attached:
        with desk.daemon():
            wait_for(lambda: bool(desk("items").stdout))
    words = [] if attached else [f"{site.url}/rss", "--match", "fire"]
    with subprocess.Popen(
        desk.command("watch", *words),
        env=desk.environ,
        cwd=desk.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            assert "old fire" in process.stdout.readline()
            process.stdout.close()
            assert process.wait(20) == 0
            assert "Traceback" not in process.stderr.read()
        finally:
            process.kill()


@pytest.mark.parametrize("from_byte", [0, 4096])  # the header; a page behind a header that is well
def test_a_damaged_database_is_one_sentence_and_the_end(from_byte: int, desk: Desk) -> None:
    with desk.daemon():
        wait_for(lambda: bool(desk("items").stdout))  # until then there is no database, and that is said
        assert desk("stop").returncode == 0
    database = desk.state / "newsbell.db"
    body = database.read_bytes()
    database.write_bytes(body[:from_byte] + b"\x5a" * (len(body) - from_byte))
    done = desk("watch")
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr == (
        "the database file is damaged or is no database: `newsbell run` puts its newest backup in its place\n"
    )


def test_who_is_told_beside_the_dashboard_hears_by_this_machines_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    told = alone.notifier("https://ntfy.sh/topic")
    assert isinstance(told, Ntfy)
    assert str(told.wording.zone) == "Asia/Tokyo"
