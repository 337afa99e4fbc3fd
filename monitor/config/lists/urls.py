"""Addresses one a line, with tags and titles as newsboat's `urls` file has them."""

import re
from collections.abc import Iterable

from monitor.config.lists.listing import FeedList, Listing, Refused, address, gathered, shown, tags_of
from monitor.config.reading.checks import Wrong
from monitor.core.text import clean

_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
_ESCAPE = re.compile(r"\\(.)")
_OF_NEWSBOAT = {
    "query:": "a query feed of newsboat; write its filter as a rule",
    "exec:": "a command, which newsbell does not run",
    "filter:": "a command, which newsbell does not run; list the address behind it",
}


def read(text: str) -> FeedList:
    r"""Return the feeds of a list: `address tag "a tag" "~its title" # comment`.

    >>> read('http://a.org/rss world "big news" "~The A"\nexec:fetch.sh').feeds[0].tags
    ('world', 'big news')
    """
    listings: list[Listing] = []
    refused: list[Refused] = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = _words(line)
        if not words:
            continue
        if why := next((why for what, why in _OF_NEWSBOAT.items() if words[0].startswith(what)), ""):
            refused.append(Refused(line=number, sentence=f"{shown(words[0])}: {why}", known=True))
            continue
        try:
            listings.append(_listing(words, number))
        except Wrong as wrong:
            refused.append(Refused(line=number, sentence=f"{shown(words[0])}: {wrong}"))
    return gathered(listings, refused)


def _words(line: str) -> list[str]:
    words = []
    for word in _WORD.finditer(line):
        if word[2] is not None and word[2].startswith("#"):
            break
        words.append(word[2] if word[2] is not None else _ESCAPE.sub(r"\1", word[1]))
    return words


def _listing(words: list[str], line: int) -> Listing:
    titles = [word[1:] for word in words[1:] if word.startswith("~")]
    tags = tags_of(word for word in words[1:] if not word.startswith(("~", "!")))  # "!" hides a feed there
    return Listing(url=address(words[0]), title=clean(titles[0]) if titles else "", tags=tags, line=line)


def write(listings: Iterable[Listing]) -> str:
    """Return a list that newsboat reads too. A tag that begins with ~ or ! means something else there and goes.

    >>> print(write([Listing(url="http://a.org/rss", title="The A", tags=("world", "big news"))]), end="")
    http://a.org/rss "world" "big news" "~The A"
    """
    return "".join(f"{' '.join(_line(listing))}\n" for listing in listings)


def _line(listing: Listing) -> list[str]:
    tags = [_quoted(tag) for tag in listing.tags if not tag.startswith(("~", "!"))]
    title = [_quoted(f"~{listing.title}")] if listing.title else []
    return [listing.url, *tags, *title]


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
