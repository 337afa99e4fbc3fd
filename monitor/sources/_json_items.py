"""Items in JSON, read by the paths of a configuration."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from monitor.core.text import TAGS
from monitor.model import Entry
from monitor.sources._entries import dates, joined, keys, readable, said
from monitor.sources._json_path import Path


def check(paths: Mapping[str, str]) -> None:
    """Raise ValueError, naming the key, for a path that cannot be read."""
    for key, path in paths.items():
        try:
            Path.read(path)
        except ValueError as error:
            raise ValueError(f"{key}: {error}") from error


class Reader:
    """Reads items by the paths of one configuration: id, title, summary, link, author, categories, published, updated."""

    def __init__(self, paths: Mapping[str, str], base: str, *, ids: int | None = None) -> None:
        """`base` is the address that relative links are of; of what is found as an id, the first `ids` are one."""
        self._base, self._ids = base, ids
        self._paths = {key: Path.read(path) for key, path in paths.items()}

    def entry(self, item: dict[str, object], *, other_id: str = "") -> Entry | None:
        """Return the entry, None for an item that says nothing; `other_id` is for one that has no id, nor address."""
        title, summary = self._readable(item, "title"), self._readable(item, "summary")
        urls = (joined(self._base, value) for value in self._paths["link"].values(item))
        url = next((url for url in urls if url), "")
        if not (title or summary):
            return None
        return Entry(
            keys=keys(
                tuple(islice(self._texts(item, "id"), self._ids)) or (() if url else (other_id,)),
                url,
                title,
                summary,
            ),
            title=title,
            summary=summary,
            url=url,
            author=self._readable(item, "author"),
            tags=self._tags(item),
            dates=tuple(
                dates((self._stamp(item, "published"), "stated"), (self._stamp(item, "updated"), "updated"))
            ),
        )

    def _texts(self, item: object, key: str) -> Iterator[str]:
        return (text for text in map(said, self._paths[key].values(item)) if text)

    def _readable(self, item: object, key: str) -> str:
        found = (readable(value) for value in _flat(self._paths[key].values(item)))
        return next((text for text in found if text), "")

    def _tags(self, item: object) -> tuple[str, ...]:
        """Return the names of the first alternative that has any; WordPress's bare numbers are none."""
        for values in self._paths["categories"].alternatives(item):
            if names := [name for name in map(readable, _flat(values)) if name]:
                return tuple(dict.fromkeys(names))[:TAGS]
        return ()

    def _stamp(self, item: object, key: str) -> object:
        for name, value in self._paths[key].named(item):
            if isinstance(value, float) or said(value):
                return f"{value}Z" if name.endswith("_gmt") and said(value)[-3:-2] == ":" else value
        return None


def _flat(values: Sequence[object]) -> Iterator[object]:
    for value in values:
        yield from value if isinstance(value, list) else (value,)
