"""What other projects' suites expect, as plain checks: `path`, how, value. Nothing of a suite is ever run.

feedparser's are Python expressions in a comment of each document: they are taken apart as a syntax tree, and a
part that is not a path compared with a literal is counted as not understood. gofeed's are JSON objects.
"""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

_EXPECT = re.compile(r"Expect:\s*(.*?)\s*(?:-->|$)", re.S)


@dataclass(frozen=True, slots=True)
class Check:
    """One statement about a feed: "entries[0].title" is "eq" to a value."""

    path: str
    how: str  # "eq", "len", "true", "false", or "?" where the part was not understood
    value: object = None


# -- feedparser -------------------------------------------------------------------------------


def of_feedparser(head: str) -> list[Check]:
    """Return the checks of a document of feedparser's suite.

    >>> of_feedparser("Expect: not bozo and entries[0]['title'] == 'a' and len(entries) == 1 -->")
    [Check(path='bozo', how='false', value=None), Check(path='entries[0].title', how='eq', value='a'), \
Check(path='entries', how='len', value=1)]
    """
    found = _EXPECT.search(head)
    if not found:
        return []
    try:
        tree = ast.parse(found[1].strip(), mode="eval").body
    except SyntaxError:
        return [Check("", "?")]
    return list(_conjuncts(tree))


def _conjuncts(tree: ast.expr) -> Iterator[Check]:
    match tree:
        case ast.Constant():  # "Expect: 1": to be read, no more
            return
        case ast.BoolOp(op=ast.And(), values=values):
            for value in values:
                yield from _conjuncts(value)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield Check(_path(operand), "false" if _path(operand) else "?")
        case ast.Compare(left=left, ops=[*ops], comparators=[*others, right]) if all(
            isinstance(op, ast.Eq) for op in ops
        ):
            for one in (left, *others):  # a == b == literal
                yield _equal(one, right)
        case _:
            yield Check(_path(tree), "true" if _path(tree) else "?")


def _equal(left: ast.expr, right: ast.expr) -> Check:
    try:
        value: object = _literal(right)
    except ValueError:
        return Check("", "?")
    match left:
        case ast.Call(func=ast.Name(id="len"), args=[inner]) if _path(inner):
            return Check(_path(inner), "len", value)
    return Check(_path(left), "eq", value) if _path(left) else Check("", "?")


def _literal(tree: ast.expr) -> object:
    """Return a literal, or texts that are added up. Raises ValueError for anything else."""
    match tree:
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            parts = (_literal(left), _literal(right))
            if not all(isinstance(part, str) for part in parts):
                raise ValueError("a sum of something else")
            return "".join(map(str, parts))
    value: object = ast.literal_eval(tree)
    return value


def _path(tree: ast.expr) -> str:
    """Return names and places as "entries[0].title", "" for anything that is more than that."""
    match tree:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=inner, attr=name) if _path(inner):
            return f"{_path(inner)}.{name}"
        case ast.Subscript(value=inner, slice=ast.Constant(value=str(name))) if _path(inner):
            return f"{_path(inner)}.{name}"
        case ast.Subscript(value=inner, slice=ast.Constant(value=int(place))) if _path(inner):
            return f"{_path(inner)}[{place}]"
    return ""


# -- gofeed -----------------------------------------------------------------------------------

_RENAMED = {  # gofeed's names, of its three models, by feedparser's
    "guid.value": "id",
    "guid": "id",
    "pubDate": "published",
    "publishedParsed": "published_parsed",
    "updatedParsed": "updated_parsed",
    "pubDateParsed": "published_parsed",
    "description": "description",
    "content": "content[0].value",
    "content.value": "content[0].value",
    "author.name": "author_detail.name",
}


def of_gofeed(expected: bytes) -> list[Check]:
    """Return the checks of a JSON object of gofeed's suite.

    >>> of_gofeed(b'{"title": "t", "items": [{"guid": {"value": "a"}, "categories": ["x"]}]}')
    [Check(path='feed.title', how='eq', value='t'), Check(path='entries', how='len', value=1), \
Check(path='entries[0].id', how='eq', value='a'), Check(path='entries[0].tags[0].term', how='eq', value='x')]
    """
    feed = json.loads(expected)
    checks = [Check("feed.title", "eq", feed["title"])] if isinstance(feed.get("title"), str) else []
    items = feed.get("items", feed.get("entries"))
    if isinstance(items, list):
        checks.append(Check("entries", "len", len(items)))
        for number, item in enumerate(items):
            checks += [Check(f"entries[{number}].{path}", "eq", value) for path, value in _leaves(item, "")]
    return checks


def _leaves(value: object, path: str) -> Iterator[tuple[str, object]]:
    match value:
        case dict():
            for name, inner in value.items():
                yield from _leaves(inner, f"{path}.{name}" if path else name)
        case list():
            for place, inner in enumerate(value):
                yield from _leaves(inner, f"{path}[{place}]")
        case _:
            path = re.sub(r"^categories(\[\d+\])(?:\.(?:value|term))?$", r"tags\1.term", path)
            path = re.sub(r"^categories(\[\d+\])\.label$", r"tags\1.label", path)
            yield _RENAMED.get(path, path), value
