"""Keywords of a news app in 16 languages as rules: whole words only, wherever a script has words."""

import gzip
import json
import os
import re
import unicodedata
from pathlib import Path

import pytest

from monitor.model import Rule
from monitor.rules.engine import Engine
from monitor.rules.matching.document import Document
from monitor.rules.words.folding import unspaced
from monitor.rules.words.text import Text

CORPUS = Path(os.environ.get("NEWSBELL_CORPUS", Path(__file__).parents[3] / "shared" / "data"))
FILTERS = CORPUS / "rules" / "kite-content-filters.json"
EVERY = 10  # of so many headlines one is looked at

pytestmark = pytest.mark.skipif(not FILTERS.is_file(), reason=f"no corpus at {CORPUS}")


def keywords() -> list[str]:
    found = json.loads(FILTERS.read_text("utf-8"))["filters"]
    return sorted({word for one in found for words in one["keywords"].values() for word in words})


def titles() -> list[str]:
    with gzip.open(CORPUS / "streams" / "world-2020-apr-may.items.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line)["title"] or "" for line in lines][::EVERY]


def stands_inside(title: str, start: int, end: int) -> bool:
    """Tell whether a place begins or ends inside a word."""
    letters = [char.isalnum() or unicodedata.category(char).startswith("M") for char in f" {title} "]
    spaced = [char.isalnum() and not unspaced(Text(char).folded or " ") for char in f" {title} "]
    first, last = start + 1, end
    return (letters[first] and spaced[first] and letters[first - 1] and spaced[first - 1]) or (
        letters[last] and spaced[last] and letters[last + 1] and spaced[last + 1]
    )


def test_no_keyword_is_found_inside_a_word() -> None:
    asked = keywords()
    engine = Engine([Rule(name=word, query=f'"{word}"') for word in asked])
    found, substrings = 0, 0
    pattern = re.compile(
        "|".join(re.escape(word.casefold()) for word in sorted(asked, key=len, reverse=True))
    )
    for title in titles():
        substrings += len(pattern.findall(title.casefold()))
        for match in engine.match(Document(title=title)):
            found += len(match.spans)
            assert not any(stands_inside(title, span.start, span.end) for span in match.spans), (title, match)
    assert len(asked) > 1_000
    assert 0 < found < substrings  # a search for substrings finds more, and wrongly
