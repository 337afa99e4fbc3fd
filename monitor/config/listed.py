"""opml = [...]: the lists of feeds that are read at every start."""

from collections.abc import Iterator
from pathlib import Path

from monitor.config.reading import checks
from monitor.config.reading.checks import Wrong
from monitor.config.reading.table import Table
from monitor.config.tables.sources import Tagged, comparable
from monitor.config.text.secrets import quoted
from monitor.core.telling.render import safe

SAID = 10  # unreadable lines of one list that are told one by one


def read(top: Table) -> list[Tagged]:
    """Return each address of the lists once, with its tags in all of them.

    A list that cannot be read is an error at its name; what a list holds besides feeds is a warning.
    """
    tags: dict[str, Tagged] = {}
    for number, value in enumerate(
        top.read("opml", lambda value: checks.elements(value, '["desk.opml"]'), [])
    ):
        try:
            for url, its in _feeds(top, number, checks.line(value, '"desk.opml"')):
                first, known = tags.get(comparable(url), (url, ()))
                tags[comparable(url)] = first, tuple(dict.fromkeys((*known, *its)))
        except Wrong as wrong:
            top.wrong(Wrong(str(wrong), path=(number,)), "opml")
    return list(tags.values())


def _feeds(top: Table, number: int, name: str) -> Iterator[Tagged]:
    from monitor.config import lists  # only who has one needs an XML parser

    try:
        found = lists.read_file(Path(top.notes.document.beside(("opml", number)), name))
    except ValueError as error:
        raise Wrong(f"{quoted(name)}: {error}") from None
    said = (
        [f"{quoted(name)} is not well-formed ({found.broken}): what could be read of it is watched"]
        if found.broken
        else []
    )
    said += [
        f"{quoted(name)}, line {one.line}: {safe(one.sentence)}; left out" for one in found.refused[:SAID]
    ]
    if more := len(found.refused) - SAID:
        said += [f"{quoted(name)}: {more} more lines are left out"] if more > 0 else []
    if not found.feeds:
        said.append(f"{quoted(name)} names no feed")
    for sentence in said:
        top.warn(Wrong(sentence, path=(number,)), "opml")
    return ((feed.url, feed.tags) for feed in found.feeds)
