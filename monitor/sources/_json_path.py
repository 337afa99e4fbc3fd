"""Paths into JSON: names joined by dots, `[0]` for a place in a list, alternatives with `|`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain

MOST = 1_000  # values of one path in one item

Step = str | int

_PLACE, _NAME = r"\[\s*(-?\d{1,6})\s*\]", r"(?:\"([^\"]+)\"|([^\s.\"\[\]|][^.\"\[\]|]*))"
_FIRST = re.compile(rf"\s*(?:{_PLACE}|{_NAME})\s*")
_NEXT = re.compile(rf"(?:{_PLACE}|\.\s*{_NAME})\s*")


@dataclass(frozen=True, slots=True)
class Path:
    """Ways to a value, best first.

    >>> Path.read("title.rendered | title").values({"title": "Kyiv"})
    ['Kyiv']
    >>> Path.read("tags.name").values({"tags": [{"name": "war"}, {"name": "uk"}]})
    ['war', 'uk']
    """

    ways: tuple[tuple[Step, ...], ...]

    @classmethod
    @cache
    def read(cls, text: str) -> "Path":
        """Return the path that a text says. Raises ValueError with what is wrong.

        >>> Path.read("posts[0].title | .").ways
        (('posts', 0, 'title'), ())
        """
        return cls(tuple(_way(way) for way in text.split("|")) if text.strip() else ())

    def alternatives(self, value: object) -> Iterator[list[object]]:
        """Yield what is found on each way: a name asked of a list is asked of each of its parts."""
        for way in self.ways:
            found = [value]
            for step in way:
                found = list(_stepped(found, step))[:MOST]
            yield [each for each in found if each is not None]

    def values(self, value: object) -> list[object]:
        """Return what is found on all ways, best first."""
        return list(chain.from_iterable(self.alternatives(value)))

    def named(self, value: object) -> Iterator[tuple[str, object]]:
        """Yield what is found with the last name of its way."""
        for way, found in zip(self.ways, self.alternatives(value), strict=True):
            for each in found:
                yield (str(way[-1]) if way else ""), each


def _way(text: str) -> tuple[Step, ...]:
    if not text.strip():
        raise ValueError("has an empty alternative beside '|'")
    if text.strip() == ".":
        return ()
    steps: list[Step] = []
    at = 0
    while at < len(text):
        found = (_NEXT if steps else _FIRST).match(text, at)
        if not found:
            wrong = text[at:].strip()[:40]
            raise ValueError(f"cannot be read at {wrong!r}; write names, dots and [0], as in posts[0].title")
        place, quoted, name = found.groups()
        steps.append(int(place) if place else quoted or name.strip())
        at = found.end()
    return tuple(steps)


def _stepped(found: list[object], step: Step) -> Iterator[object]:
    for value in found:
        if isinstance(step, int):
            if isinstance(value, list) and -len(value) <= step < len(value):
                yield value[step]
        elif isinstance(value, list):
            yield from _stepped([part for part in value if isinstance(part, dict | list)], step)
        elif isinstance(value, dict) and step in value:
            yield value[step]
