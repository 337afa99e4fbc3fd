"""Damage the database as failing disks do, start the real daemon on what is left, and count what came back.

    python -m tests.torture.flips [--flips 200] [--seed 1] [--keep DIR]

A daemon reads six feeds, is backed up by `newsbell backup`, reads some more and stops. Then, for each trial, a page of
its database is damaged (bits or bytes flipped, zeros, garbage, another page's content, the end cut off) and the daemon
is started on it: it must come up, poll and tell, at the first start or after ends by itself that do not go on.

The oracle is the backup, read with sqlite3 alone. It imports nothing of `monitor`. The last line is one JSON object;
exit 1 where the daemon did not come up, or something older than the backup is gone.
"""

import argparse
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread

from tests.conftest import Site
from tests.torture.processes import ROOT, Daemon, Ready

CLAIM = "a damaged page costs nothing that is older than the newest backup, and no start is the last"
FEEDS, ITEMS = 6, 80  # items a feed
PAGE = 4096
STARTS = 4  # in a row after which it is a crash loop
GOES_ROUND = 2.5  # seconds after READY in which all sources are polled again
SLOWEST_START = 30.0  # seconds
OLD = ("items", "alerts", "deliveries")
CONFIG = """
[polling]
min = "1s"
[fetch]
gap = "0s"
[rule]
all = 'fire'
[notify.desk]
url = "{url}/hook"
"""
SOURCE = """
[source.feed{n}]
url = "{url}/{n}"
every = "1s"
backlog = 20
"""


WORDS = ["fire", "flood", "vote", "court", "strike", "rescue", "budget", "storm", "harbour", "tower"]


def row(feed: int, n: int, rng: random.Random) -> str:
    return (
        f"<item><guid isPermaLink='false'>{feed}-{n}</guid><title>{rng.choice(WORDS)} {feed} {n}</title>"
        f"<link>http://e.org/{feed}/{n}</link><description>{' '.join(rng.choices(WORDS, k=60))}</description></item>"
    )


def rss(feed: int, items: range, seed: int) -> bytes:
    rows = "".join(row(feed, n, random.Random(f"{seed} {feed} {n}")) for n in reversed(items))
    return f"<rss version='2.0'><channel><title>{feed}</title>{rows}</channel></rss>".encode()


def publish(site: Site, upto: int, seed: int) -> None:
    for feed in range(FEEDS):
        site.pages[f"/{feed}"] = (200, {}, rss(feed, range(upto), seed))


@contextmanager
def serving() -> Iterator[Site]:
    site = Site()
    server = site.serve()
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    site.pages["/hook"] = (204, {}, b"")
    try:
        yield site
    finally:
        server.shutdown()
        site.hang_up()
        thread.join()
        server.server_close()


def rows(database: Path, table: str) -> dict[str, str]:
    """Return each row of a table that has to come back, by its id, with its text."""
    text = {"items": "title || summary", "alerts": "snapshot", "deliveries": "alert || notifier"}[table]
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return dict(connection.execute(f"select id, {text} from {table}"))


def prepare(home: Path, site: Site, ready: Ready, seed: int) -> dict[str, dict[str, str]]:
    """Let a daemon read, be backed up, read on, and stop. Return what the backup holds."""
    config = CONFIG + "".join(SOURCE.format(n=n, url="{url}") for n in range(FEEDS))
    (home / "config.toml").write_text(config.format(url=site.url))
    publish(site, ITEMS, seed)
    daemon = Daemon(home, ready)
    assert daemon.is_ready(seconds=SLOWEST_START), (home / "err.jsonl").read_text()
    time.sleep(GOES_ROUND)
    subprocess.run(
        [
            sys.executable,
            "-m",
            "monitor",
            "backup",
            "--config",
            home / "config.toml",
            "--state",
            home / "state",
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    publish(site, ITEMS + 10, seed)
    time.sleep(GOES_ROUND)
    assert daemon.stop(seconds=20) == 0
    [backup] = (home / "state" / "backups").iterdir()
    old = {table: rows(backup, table) for table in OLD}
    assert all(old.values()), "there is nothing that could be lost"
    return old


def damage(database: Path, rng: random.Random) -> str:
    """Damage a page as failing disks do; return how."""
    whole = bytearray(database.read_bytes())
    at = rng.randrange(len(whole) // PAGE) * PAGE
    how = rng.choice(["bit", "byte", "bytes", "zeros", "garbage", "other", "cut"])
    match how:
        case "bit":
            whole[at + rng.randrange(PAGE)] ^= 1 << rng.randrange(8)
        case "byte":
            whole[at + rng.randrange(PAGE)] = rng.randrange(256)
        case "bytes":
            for _ in range(16):
                whole[at + rng.randrange(PAGE)] ^= 0xFF
        case "zeros":
            whole[at : at + PAGE] = bytes(PAGE)
        case "garbage":
            whole[at : at + PAGE] = rng.randbytes(PAGE)
        case "other":
            other = rng.randrange(len(whole) // PAGE) * PAGE
            whole[at : at + PAGE] = whole[other : other + PAGE]
        case "cut":
            del whole[max(at, PAGE) :]
    database.write_bytes(whole)
    return how


def trial(home: Path, ready: Ready, old: dict[str, dict[str, str]]) -> tuple[int, bool, list[str], int]:
    """Start the daemon on what is left. Return after how many starts it stayed up, whether it told of the damage,
    what is gone, and how many texts differ."""
    starts, log = 0, home / "err.jsonl"
    log.write_text("")
    while starts < STARTS:
        starts += 1
        daemon = Daemon(home, ready)
        up = daemon.is_ready(seconds=SLOWEST_START)
        time.sleep(GOES_ROUND if up else 0)
        if daemon.process.poll() is None and daemon.stop(seconds=20) == 0:
            break
        assert daemon.process.poll() is not None
    else:
        starts = STARTS + 1
    told = '"store.restored"' in log.read_text()
    gone, other = [], 0
    for table, before in old.items():
        try:
            after = rows(home / "state" / "newsbell.db", table)
        except sqlite3.DatabaseError as error:
            gone.append(f"{table}: {error}")
            continue
        gone += [f"{table} {id_}" for id_ in before.keys() - after.keys()]
        other += sum(after.get(id_, text) != text for id_, text in before.items())
    return starts, told, gone, other


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--flips", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="keep what failed in this directory")
    asked = parser.parse_args()
    rng, hows, told_of, unseen = random.Random(asked.seed), Counter[str](), Counter[str](), Counter[str]()
    loops, lost, harmless, again = [], [], 0, 0
    with tempfile.TemporaryDirectory(prefix="flips-") as name, serving() as site:
        home = Path(name) / "home"
        home.mkdir()
        ready = Ready(Path(name) / "ready")
        old = prepare(home, site, ready, asked.seed)
        template = Path(name) / "template"
        shutil.copytree(home / "state", template)
        pages = (template / "newsbell.db").stat().st_size // PAGE
        for number in range(asked.flips):
            shutil.rmtree(home / "state")
            shutil.copytree(template, home / "state")
            how = damage(home / "state" / "newsbell.db", rng)
            starts, told, gone, other = trial(home, ready, old)
            hows[how] += 1
            told_of[how] += told
            again += starts > 1
            harmless += not told and not other
            unseen[how] += not told and bool(other)
            if starts > STARTS:
                loops.append(number)
            if gone:
                lost.append({"trial": number, "how": how, "told": told, "gone": gone[:5], "many": len(gone)})
            if (gone or starts > STARTS) and asked.keep:
                shutil.copytree(home, asked.keep / str(number), dirs_exist_ok=True)
            if (number + 1) % 20 == 0:
                print(
                    f"{number + 1} flips: {told_of.total()} told, {len(lost)} lost, {len(loops)} crash loops",
                    flush=True,
                )
        ready.close()
    figures = {
        "claim": CLAIM,
        "flips": asked.flips,
        "seed": asked.seed,
        "pages": pages,
        "older_than_backup": {table: len(before) for table, before in old.items()},
        "crash_loops": len(loops),
        "came_up_after_an_end": again,
        "told": {how: f"{told_of[how]}/{many}" for how, many in sorted(hows.items())},
        "told_share": round(told_of.total() / asked.flips, 3),
        "changed_nothing_old": harmless,
        "changed_a_text_unseen": {how: many for how, many in sorted(unseen.items()) if many},
        "lost": lost,
    }
    print(json.dumps(figures))
    return 1 if loops or lost else 0


if __name__ == "__main__":
    sys.exit(main())
