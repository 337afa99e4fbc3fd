"""Real lists of feeds: every feed that a list names is kept, and each list survives a round trip.

    python -m tests.torture.opml [--corpus DIR]

Prints, by file, the addresses that a search for `xmlUrl=` finds beside those that were kept, then one JSON
object; exit 1 where an address is lost that could have been kept, or a round trip changes a list.
"""

import argparse
import html
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from monitor.config import lists
from monitor.config.lists import FeedList

CORPUS = Path(os.environ.get("NEWSBELL_CORPUS", Path(__file__).parents[3] / "shared" / "data"))
NAMED = re.compile(rb"""\sxmlurl\s*=\s*(?:"\s*([^"]+)|'\s*([^']+))""", re.IGNORECASE)
WEB = re.compile(r"https?://[^/\s]+\.[^/\s]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Outcome:
    path: Path
    named: tuple[str, ...]  # what the search finds, in order
    found: FeedList
    changed: int  # feeds that a round trip changes or loses
    sentence: str = ""  # why it is no list

    @property
    def missing(self) -> list[str]:
        """What the search finds and the reader does not keep."""
        kept = [_plain(one.url) for one in (*self.found.feeds, *self.found.twice)]
        missing = []
        for url in self.named:
            if _plain(url) in kept:
                kept.remove(_plain(url))
            else:
                missing.append(url)
        return missing

    @property
    def lost(self) -> int:
        """How many of those are addresses of the web, and so could have been kept."""
        return sum(WEB.match(url) is not None for url in self.missing)


def _plain(url: str) -> str:
    """Return an address as the list means it: encoded spaces, https where it says nothing."""
    url = html.unescape(url).strip().lower().replace(" ", "%20")
    return url if "://" in url or url.startswith("|") else f"https://{url}"


def files(corpus: Path) -> Iterator[Path]:
    """Yield every list of the corpus."""
    return (path for path in (corpus / "opml").rglob("*") if path.suffix in {".opml", ".xml", ".html"})


def judge(path: Path) -> Outcome:
    """Read a list, and read again what is written of it."""
    body = path.read_bytes()
    text = re.sub(rb"<!--.*?-->", b"", body, flags=re.DOTALL)
    named = tuple(
        html.unescape((one or other).decode("utf-8", "replace")) for one, other in NAMED.findall(text)
    )
    try:
        found = lists.read(body)
    except ValueError as error:
        return Outcome(path, named, FeedList(), 0, str(error))
    return Outcome(path, named, found, sum(_changed(found, form) for form in ("opml", "urls")))


def _changed(found: FeedList, form: str) -> int:
    again = lists.read(lists.write(found.feeds, form).encode())
    before, after = ({(feed.url, feed.title, feed.tags) for feed in one.feeds} for one in (found, again))
    return len({(url, tags) for url, _, tags in before} ^ {(url, tags) for url, _, tags in after})


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--corpus", type=Path, default=CORPUS)
    given = options.parse_args()
    if not (given.corpus / "opml").is_dir():
        print(f"skipped: {given.corpus}: no lists there (set NEWSBELL_CORPUS)", file=sys.stderr)
        return 0
    outcomes = [judge(path) for path in sorted(files(given.corpus))]
    print(f"{'named':>6} {'feeds':>6} {'twice':>6} {'refused':>8} {'lost':>5}")
    for one in outcomes:
        found, name = one.found, one.path.relative_to(given.corpus / "opml")
        note = one.sentence or (f"not well-formed, {found.broken}" if found.broken else "")
        print(
            f"{len(one.named):6} {len(found.feeds):6} {len(found.twice):6} {len(found.refused):8} {one.lost:5}  {name}  {note}"
        )
        for url in one.missing:
            print(f"{'':36}not kept: {url}")
    figures = {
        "claim": "every feed that a list names is kept, and each list survives a round trip",
        "files": len(outcomes),
        "not_well_formed": sum(bool(one.found.broken) for one in outcomes),
        "not_a_list": sum(bool(one.sentence) for one in outcomes),
        "named": sum(len(one.named) for one in outcomes),
        "feeds": sum(len(one.found.feeds) for one in outcomes),
        "twice": sum(len(one.found.twice) for one in outcomes),
        "refused": sum(len(one.found.refused) for one in outcomes),
        "lost": sum(one.lost for one in outcomes),
        "changed_by_round_trip": sum(one.changed for one in outcomes),
    }
    print(json.dumps(figures))
    return 1 if figures["lost"] or figures["changed_by_round_trip"] else 0


if __name__ == "__main__":
    sys.exit(main())
