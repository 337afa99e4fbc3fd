"""docs/sources-lists.md says nothing that is not so: its files are written and its commands run, from top to bottom."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.conftest import Site

PAGE = (Path(__file__).parents[2] / "docs" / "sources-lists.md").read_text(encoding="utf-8")
PLACE = "https://news.example.org"
BLOCK = re.compile(
    r"(?:^`(?P<file>[\w./-]+)`(?P<then>, then)?:\n\n)?^```(?P<kind>\w*)\n(?P<text>.*?)^```",
    re.DOTALL | re.MULTILINE,
)
COMMAND = re.compile(r"^\$ newsbell (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
ITEMS = (
    ("Grain corridor open again", "Tue, 24 Nov 2026 18:30:00 GMT"),
    ("Night of drones over Odesa", "Mon, 23 Nov 2026 05:00:00 GMT"),
    ("Talks adjourned", "Sun, 22 Nov 2026 16:20:00 GMT"),
)


def publish(site: Site) -> None:
    """Make the site that the page speaks of."""
    items = "".join(
        f"<item><title>{title}</title><link>http://e.org/{at[5:7]}</link><pubDate>{at}</pubDate></item>"
        for title, at in ITEMS
    )
    feed = f"<rss version='2.0'><channel><title>The Wire</title>{items}</channel></rss>"
    html = {"Content-Type": "text/html"}
    site.pages["/wire"] = (200, {}, feed.encode())
    site.pages["/"] = (200, html, b'<link rel="alternate" type="application/rss+xml" href="/wire">')
    site.pages["/about"] = (200, html, b"<html><body>Who we are")


def said(words: str, directory: Path, site: Site) -> str:
    """Run one command of the page and return what it prints."""
    typed = words.replace(PLACE, site.url) if words.startswith("add") else words
    done = subprocess.run(
        [sys.executable, "-m", "monitor", *shlex.split(typed)],
        env={"HOME": str(directory), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC"},
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=50,
        check=False,
    )
    return dateless(done.stdout.replace(site.url, PLACE))


def dateless(told: str) -> str:
    """Return what is told without the measure that depends on today."""
    return re.sub(r"(?<=  polled    every 10 min: as configured).*", "", told)


def test_each_example(tmp_path: Path, site: Site) -> None:
    publish(site)
    ran = 0
    for block in BLOCK.finditer(PAGE):
        if block["then"]:
            assert (tmp_path / block["file"]).read_text() == block["text"]
        elif block["file"]:
            (tmp_path / block["file"]).parent.mkdir(exist_ok=True)
            (tmp_path / block["file"]).write_text(block["text"])
        for words, told in COMMAND.findall(block["text"]) if block["kind"] == "console" else ():
            assert said(words, tmp_path, site) == dateless(told), words
            ran += 1
    assert ran == 7
