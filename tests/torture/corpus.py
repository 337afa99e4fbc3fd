"""Real documents through the real children: nothing is lost that feedparser alone finds, nothing crashes.

    python -m tests.torture.corpus [--corpus DIR] [--sample N --seed S]

Prints where ours differs from feedparser's count and what was refused, then one JSON object; exit 1
where a document yields fewer entries than feedparser alone finds in it, or kills its child.
"""

import argparse
import asyncio
import email
import io
import json
import os
import random
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import feedparser

from monitor.daemon.parsing.parse import Parsers
from monitor.model import Response, Source
from monitor.sources import ParseError

CORPUS = Path(os.environ.get("NEWSBELL_CORPUS", Path(__file__).parents[3] / "shared" / "data"))
SUITE = "suites/feedparser-tests.tar.xz"
SOURCE = Source(name="corpus", url="https://example.org/feed")
AT = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Document:
    name: str
    body: bytes
    content_type: str = ""

    def response(self) -> Response:
        return Response(
            url=SOURCE.url, status=200, body=self.body, content_type=self.content_type, received_at=AT
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    document: Document
    alone: int | None  # entries feedparser finds by itself, None where it raises
    ours: int
    sentence: str  # "" where we read it
    seconds: float

    @property
    def lost(self) -> bool:
        """Whether an entry is missing, or the child did not survive the document."""
        return self.ours < (self.alone or 0) or "its reader" in self.sentence or "not read" in self.sentence


def feeds(corpus: Path = CORPUS) -> Iterator[Document]:
    """Yield every document that the manifest names."""
    for line in (corpus / "feeds" / "MANIFEST.jsonl").read_text().splitlines():
        path = json.loads(line)["path"]
        yield Document(path, (corpus / "feeds" / path).read_bytes())


def suite(corpus: Path = CORPUS) -> Iterator[Document]:
    """Yield the cases of feedparser's own suite, with the content type a case asks for."""
    with tarfile.open(corpus / SUITE) as tar:
        for member in tar:
            if member.isfile() and member.name.endswith(".xml") and (file := tar.extractfile(member)):
                body = file.read()
                yield Document(member.name, body, _content_type(body))


def _content_type(body: bytes) -> str:
    for line in body[:2_000].splitlines():
        name, _, header = line.decode("latin-1").strip().partition(":")
        if name == "Header":
            return email.message_from_string(header.strip())["content-type"] or ""
    return ""


def alone(document: Document) -> int | None:
    """Return how many entries feedparser finds by itself, None if it raises."""
    headers = {"content-type": document.content_type} if document.content_type else None
    try:
        return len(feedparser.parse(io.BytesIO(document.body), response_headers=headers).entries)
    except Exception:
        return None


async def judge(documents: Iterable[Document]) -> list[Outcome]:
    """Parse each document in a child and count what feedparser alone finds."""
    outcomes = []
    async with Parsers() as parsers:
        for document in documents:
            began = time.perf_counter()
            try:
                ours, sentence = len((await parsers.parse(SOURCE, document.response())).entries), ""
            except ParseError as error:
                ours, sentence = 0, str(error)
            seconds = time.perf_counter() - began
            outcomes.append(Outcome(document, alone(document), ours, sentence, seconds))
    return outcomes


def report(title: str, outcomes: list[Outcome]) -> dict[str, int]:
    """Print what differs and what was refused, and return the counts."""
    print(f"{title}: {len(outcomes)} documents")
    for outcome in outcomes:
        if outcome.ours != outcome.alone and not outcome.sentence:
            print(f"  {outcome.document.name}: feedparser {outcome.alone}, ours {outcome.ours}")
        if outcome.lost:
            print(f"  LOST {outcome.document.name}: {outcome.sentence or 'entries missing'}")
    for sentence, times in Counter(o.sentence for o in outcomes if o.sentence).most_common():
        print(f"  {times:5} x {sentence}")
    return {
        "documents": len(outcomes),
        "entries_feedparser": sum(outcome.alone or 0 for outcome in outcomes),
        "entries_ours": sum(outcome.ours for outcome in outcomes),
        "refused": sum(bool(outcome.sentence) for outcome in outcomes),
        "feedparser_raised": sum(outcome.alone is None for outcome in outcomes),
        "lost": sum(outcome.lost for outcome in outcomes),
        "slowest_ms": round(1_000 * max((outcome.seconds for outcome in outcomes), default=0)),
    }


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--corpus", type=Path, default=CORPUS)
    options.add_argument("--sample", type=int, help="cases of the suite, default all")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    if not (given.corpus / "feeds").is_dir():
        print(f"skipped: {given.corpus}: no corpus there (set NEWSBELL_CORPUS)", file=sys.stderr)
        return 0
    cases = list(suite(given.corpus))
    if given.sample is not None:
        cases = random.Random(given.seed).sample(cases, min(given.sample, len(cases)))
    real = report("real feeds", asyncio.run(judge(feeds(given.corpus))))
    hard = report("feedparser's suite", asyncio.run(judge(cases)))
    claim = "every entry that feedparser alone finds is read, and no document ends its child"
    print(json.dumps({"claim": claim, "feeds": real, "suite": hard, "seed": given.seed}))
    return 1 if real["lost"] or hard["lost"] else 0


if __name__ == "__main__":
    sys.exit(main())
