"""Do our entries say what feedparser's and gofeed's own suites expect, and where not, why?

    python -m tests.torture.suites [--corpus DIR] [--sample N --seed S] [--list CLASS]

Every document is read in a child, as an address alone is. Of each expectation the parts about fields that an entry
has are compared, markup taken off on both sides; the table says how many agree and what each class of difference is.
Ends with one JSON object; exit 1 where a child does not survive, a difference has no explanation, or fewer agree than
must.
"""

import argparse
import asyncio
import json
import random
import re
import sys
import tarfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from xml.parsers import expat

from monitor.core.text import clean, has_markup, plain
from monitor.daemon.parsing.parse import Parsers
from monitor.model import Entry, Parsed, Source
from monitor.sources import ParseError
from tests.torture.corpus import CORPUS, SUITE, Document, feeds, suite
from tests.torture.expectations import Check, of_feedparser, of_gofeed

GOFEED = "suites/gofeed-testdata.tar.xz"
BASE = "http://127.0.0.1:8097/"  # what feedparser's own tests are served from
SOURCE = Source(name="suite", url=f"{BASE}feed")
MUST = 0.95  # of compared fields agree


@dataclass(frozen=True, slots=True)
class Case:
    """A document of a suite and what its authors expect."""

    document: Document
    checks: list[Check]


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that differs."""

    case: Case
    check: Check
    ours: list[str]
    why: str  # a key of WHY, "" for none


# -- the suites -------------------------------------------------------------------------------


def feedparser_cases(corpus: Path = CORPUS) -> Iterator[Case]:
    """Yield the documents with their expectations, read in the charset that they declare."""
    for document in suite(corpus):
        head = document.body[:20_000].replace(b"\0", b"").decode("utf-8", "replace")
        yield Case(document, of_feedparser(head))


def gofeed_cases(corpus: Path = CORPUS) -> Iterator[Case]:
    """Yield each document that has an expected object beside it."""
    files: dict[str, bytes] = {}
    with tarfile.open(corpus / GOFEED) as tar:
        for member in tar:
            if member.isfile() and (file := tar.extractfile(member)):
                files[member.name] = file.read()
    for name, body in sorted(files.items()):
        stem, _, ending = name.rpartition(".")
        expected = files.get(f"{stem}.json" if ending == "xml" else f"{stem}_expected.json")
        if ending in ("xml", "json") and expected is not None:
            yield Case(Document(name, body), of_gofeed(expected))


# -- comparing --------------------------------------------------------------------------------

_ENTRY = re.compile(r"entries\[(-?\d+)\]\.(.+)")
_TEXT = {
    "title": "title",
    "title_detail.value": "title",
    "link": "url",
    "summary": "summary",
    "description": "summary",
    "summary_detail.value": "summary",
    "description_detail.value": "summary",
    "content[0].value": "summary",
    "author": "author",
}
_DATES = re.compile(r"(?:published|updated|created|issued|modified|date)(?:_parsed)?")
_TAG = re.compile(r"(?:tags\[(\d+)\]\.(?:term|label)|category)")


def ours(parsed: Parsed, check: Check) -> list[str] | None:
    """Return what we have for the field of a check, None if an entry of ours has no such field."""
    if check.path in ("feed.title", "channel.title", "feed.title_detail.value"):
        return [parsed.title] if check.how == "eq" else None
    if check.path == "entries" and check.how == "len":
        return [str(len(parsed.entries))]
    found = _ENTRY.fullmatch(check.path)
    if not found or check.how != "eq":
        return None
    place = int(found[1])
    entries = parsed.entries
    entry = entries[place] if -len(entries) <= place < len(entries) else None
    values = _values(entry or Entry(keys=("text:none",)), found[2])
    return values if entry or values is None else []


def _values(entry: Entry, name: str) -> list[str] | None:
    if name in ("authors[0].name", "author_detail.name"):
        return [entry.author, *entry.author.split(", ")]
    if name in _TEXT:
        return [getattr(entry, _TEXT[name])]
    if name in ("id", "guid"):
        return [key.removeprefix("guid:") for key in entry.keys if key.startswith("guid:")] or [""]
    if tag := _TAG.fullmatch(name):
        return [entry.tags[int(tag[1] or 0)]] if len(entry.tags) > int(tag[1] or 0) else [""]
    if _DATES.fullmatch(name):
        return [text for date in entry.dates for text in (date.text, date.parsed[:19]) if text] or [""]
    return None


def wanted(check: Check) -> str:
    """Return what a check expects in the form of our fields: one line of plain text, or a stamp."""
    value = check.value
    match value:
        case (int(year), int(month), int(day), int(hour), int(minute), int(second), *_):
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC).isoformat()[:19]
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", value):
        return value[:19] if check.path.endswith("_parsed") else value
    if not isinstance(value, str):
        return "" if value is None else str(value)
    markup = has_markup(value) or re.fullmatch(r"<\w+ ?/>", value)
    return clean(plain(value) if markup and not check.path.endswith((".id", ".guid", ".link")) else value)


def agree(mine: Iterable[str], expected: str) -> bool:
    """Tell whether one of our values reads as expected; spaces are no difference."""
    bare = expected.replace(" ", "")
    return any(value.replace(" ", "") == bare for value in mine) or (not bare and not any(mine))


# -- reading ----------------------------------------------------------------------------------


@dataclass(slots=True)
class Result:
    """What came of one suite."""

    documents: int = 0
    refused: Counter[str] = field(default_factory=Counter)  # by the sentence
    died: int = 0
    compared: int = 0
    agreed: int = 0
    others: int = 0  # checks of what no entry has
    obscure: int = 0  # checks that were not understood
    differences: list[Difference] = field(default_factory=list)


async def judge(cases: Iterable[Case]) -> Result:
    """Read every document in a child and compare."""
    result = Result()
    async with Parsers() as parsers:
        for case in cases:
            url = f"{BASE}tests/{case.document.name}"
            try:
                parsed = await parsers.parse(SOURCE, replace(case.document.response(), url=url))
            except ParseError as error:
                parsed = Parsed()
                result.refused[str(error)] += 1
                result.died += any(word in str(error) for word in ("its reader", "not read:", "the kind"))
            result.documents += 1
            _compare(case, parsed, result)
    return result


def _compare(case: Case, parsed: Parsed, result: Result) -> None:
    for check in case.checks:
        mine = ours(parsed, check)
        if check.how == "?":
            result.obscure += 1
        elif mine is None:
            result.others += 1
        else:
            result.compared += 1
            if agree(mine, wanted(check)):
                result.agreed += 1
            else:
                result.differences.append(Difference(case, check, mine, why(case, check, mine)))


# -- why a field differs ----------------------------------------------------------------------

WHY = {
    "one text": "a feed has both a summary and a content; an entry keeps the summary, or what stands for it",
    "name only": "an author is kept by name, without the mail address behind it",
    "several authors": "feedparser keeps the last author in `author`; ours has all",
    "label": "a category is kept by its label, which people read, not by its term",
    "id as published": "a relative id stays as published: joined to the address of the day it would not identify",
    "content-location": "the header Content-Location is no part of a Response: redirects say where a body is from",
    "nested": "feedparser drops text inside elements where plain text belongs; gofeed keeps the markup",
    "not well-formed": "the document breaks off or mixes its end tags there; the two parsers mend it differently",
    "half a tag": "`<!` or `<>` or a comment that is none: read as markup by one side and as text by the other",
    "link uri": "feedparser prefers the attribute `uri` of <link> to its text; at:// is no web address",
    "bare entity": "`&copy` without its semicolon is a sign in HTML; gofeed leaves it alone before `=`",
}


def why(case: Case, check: Check, mine: list[str]) -> str:
    """Return the class of a difference, "" if none fits."""
    raw, text = str(check.value), case.document.body.decode("utf-8", "replace")
    bare = wanted(check)
    found = {
        "content-location": "Content-Location:" in text and "example.com" in bare,
        "id as published": check.path.endswith((".id", ".guid"))
        and any(bare.endswith(m) and m for m in mine),
        "name only": ".author" in check.path and any(m and bare.startswith(f"{m} (") for m in mine),
        "several authors": ".author" in check.path and text.count("<author>") > 1,
        "label": ".tags" in check.path and 'label="' in text,
        "half a tag": bool(
            re.search(r"&lt;!|<!(?!--|\[CDATA)|<>|<!--[^>]*--\s+\w|<!\[CDATA\[\]\]", raw + text)
        ),
        "one text": "content[0]" in check.path and any(m and m in clean(plain(text)) for m in mine),
        "bare entity": bool(re.search(r"&\w{2,8}=", text)),
        "link uri": '<link uri="' in text,
        "nested": bool(re.search(r"<(author|category|guid)[^>]*><p>", text)),
        "not well-formed": not _is_well_formed(case.document.body),
    }
    return next((name for name, holds in found.items() if holds), "")


def _is_well_formed(body: bytes) -> bool:
    try:
        expat.ParserCreate().Parse(body, True)
    except expat.ExpatError:
        return False
    return True


# -- the report -------------------------------------------------------------------------------


def report(title: str, result: Result, listed: str = "") -> dict[str, object]:
    """Print how much agrees and why the rest does not, and return the figures."""
    share = result.agreed / result.compared if result.compared else 1.0
    print(f"{title}: {result.documents} documents, {result.died} children lost")
    for sentence, count in result.refused.most_common():
        print(f"  {count:5} x refused: {sentence}")
    if result.compared:
        print(
            f"  {result.agreed} of {result.compared} fields agree ({share:.1%}); not compared: {result.others} checks"
        )
        print(f"  of what no entry has, and {result.obscure} that are no plain comparison")
    for name, count in Counter(found.why for found in result.differences).most_common():
        print(f"  {count:5} x {name or 'UNEXPLAINED'}: {WHY.get(name, 'look at these')}")
        for found in result.differences:
            if found.why == name and (not name or name == listed):
                print(f"          {found.case.document.name} {found.check.path}")
                print(
                    f"            wanted {wanted(found.check)[:90]!r}, ours {[text[:90] for text in found.ours]}"
                )
    return {
        "documents": result.documents,
        "refused": result.refused.total(),
        "died": result.died,
        "compared": result.compared,
        "agreed": result.agreed,
        "share": round(share, 4),
        "not_compared": result.others + result.obscure,
        "differences": dict(Counter(found.why for found in result.differences)),
    }


def good(result: Result) -> bool:
    """Tell whether a suite went as it must."""
    explained = all(found.why for found in result.differences)
    return not result.died and explained and result.agreed >= MUST * result.compared


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--corpus", type=Path, default=CORPUS)
    options.add_argument("--sample", type=int, help="documents of each suite, default all")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--list", default="", help="show every difference of this class")
    given = options.parse_args()
    if not (given.corpus / SUITE).is_file():
        print(f"skipped: {given.corpus}: no corpus there (set NEWSBELL_CORPUS)", file=sys.stderr)
        return 0
    figures, well = {}, True
    real = (Case(document, []) for document in feeds(given.corpus))
    suites = {
        "real feeds": real,
        "feedparser": feedparser_cases(given.corpus),
        "gofeed": gofeed_cases(given.corpus),
    }
    for title, cases in suites.items():
        chosen = list(cases)
        if given.sample is not None:
            chosen = random.Random(given.seed).sample(chosen, min(given.sample, len(chosen)))
        result = asyncio.run(judge(chosen))
        figures[title] = report(title, result, given.list)
        well = well and good(result)
    claim = "no document of the suites ends a child, and each field that differs from what they expect has its reason"
    print(json.dumps({"claim": claim, "must": MUST, **figures, "seed": given.seed}))
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
