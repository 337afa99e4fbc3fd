"""Filters of newsboat as queries of ours: `title =~ "ICBM" and age < 7` is `title:/ICBM/ AND published:7d`.

Newsboat compares whole values (=), searches regular expressions (=~), members of lists (#) and numbers. What is kept
here: = and =~ become regular expressions (letter case does not count, in = neither), # a whole tag, ages dates.
docs/query-language.md has the table.
"""

import re
from collections.abc import Iterator, Mapping

from monitor.rules.errors import QueryError
from monitor.rules.query.language import parse
from monitor.values import dataclass

FIELDS: Mapping[str, str] = {
    "title": "title", "content": "summary", "description": "summary", "author": "author", "link": "url", "guid": "url",
    "feedtitle": "source", "rssurl": "source", "feedlink": "source", "tags": "tag", "age": "age", "unread": "unread",
}  # fmt: skip
_LISTS = ("tag",)
_TOKEN = re.compile(
    r"\s*(?:(?P<open>\()|(?P<close>\))|(?P<join>and|or)(?=[\s(])"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_-]*)\s*(?P<operator>!=|==|=~|!~|<=|>=|!#|=|<|>|#|between\b)\s*"
    r"(?:\"(?P<text>(?:[^\"\\]|\\.)*)\"|(?P<number>-?\d+(?::-?\d+)?)))",
)
_QUOTED = r"\"(?:[^\"\\]|\\.)*\""
_LINE = re.compile(
    rf"\s*(?P<what>ignore-article|highlight-article|define-filter)\s+(?P<first>{_QUOTED}|\S+)\s*(?P<second>{_QUOTED}|\S.*)?"
    rf"|\s*(?P<feed>\"query:[^:\"]*:(?:[^\"\\]|\\.)+\")(?:\s+(?:{_QUOTED}|[^\s\"]+))*\s*$"  # with tags behind it
    r"|\s*(?P<mark>\"?)query:(?P<name>[^:]*):(?P<query>.+?)(?P=mark)\s*$"
)


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter as newsboat's files have it."""

    line: int
    name: str  # what it is there for: "ignore-article", or the name of a query feed or of a filter
    expression: str
    feed: str = ""  # the address of the only one that it is for; "" for all

    @property
    def ignores(self) -> bool:
        """Whether newsboat hides what matches."""
        return self.name == "ignore-article"


def filters(text: str) -> Iterator[Filter]:
    r"""Yield the filters of newsboat's `config` or `urls`.

    >>> [found.expression for found in filters('ignore-article "*" "title =~ \\"Windows\\""')]
    ['title =~ "Windows"']
    """
    for number, line in enumerate(text.splitlines(), start=1):
        found = _LINE.match(line)
        if found is None:
            continue
        first, second = _unquoted(found["first"] or ""), _unquoted(found["second"] or "")
        match found["what"]:
            case "ignore-article":
                yield Filter(number, "ignore-article", second, feed="" if first == "*" else first)
            case "define-filter":
                yield Filter(number, first, second)
            case "highlight-article":
                yield Filter(number, "highlight-article", first)
            case _ if found["feed"]:
                _, name, query = _unquoted(found["feed"]).split(":", 2)
                yield Filter(number, name, query)
            case _:
                yield Filter(number, found["name"], found["query"].replace('\\"', '"'))


def _unquoted(token: str) -> str:
    return re.sub(r'\\(["\\])', r"\1", token[1:-1]) if token.startswith('"') else token


def translated(expression: str, fields: Mapping[str, str] = FIELDS) -> str:
    """Return a query that means what a filter does; raises QueryError where it is none or means what we have no word for.

    >>> translated('title =~ "missile|strike" and (tags # "ukraine" or age < 7)')
    'title:/missile|strike/ AND (tag:/^ukraine$/ OR published:7d)'
    """
    query = " ".join(_pieces(expression, fields)).replace("( ", "(").replace(" )", ")")
    try:
        parse(query)
    except QueryError as error:
        raise QueryError(f"becomes {query}, of which {error.message}", column=1, hint=error.hint) from error
    return query


def of_source(query: str, source: str) -> str:
    """Return a query narrowed to the source of this name.

    >>> of_source("title:/a/ OR title:/b/", "bbc.co.uk")
    '(title:/a/ OR title:/b/) AND source:/^bbc\\\\.co\\\\.uk$/'
    """
    return f"({query}) AND source:/^{_escaped(source)}$/"


def _pieces(expression: str, fields: Mapping[str, str]) -> Iterator[str]:
    at, depth, wants_term = 0, 0, True
    while expression[at:].strip():
        found = _TOKEN.match(expression, at)
        if found is None or (wants_term if found["close"] or found["join"] else not wants_term):
            raise QueryError(
                "this is no filter of newsboat", column=at + 1, hint='one is title =~ "Kyiv" and tags # "war"'
            )
        if found["join"]:
            yield found["join"].upper()
        elif found["open"] or found["close"]:
            depth += 1 if found["open"] else -1
            yield found["open"] or found["close"]
        else:
            yield _comparison(found, fields)
        wants_term = bool(found["join"] or found["open"])
        at = found.end()
        if depth < 0:
            raise QueryError("')' closes nothing", column=at)
    if wants_term:
        raise QueryError("the filter breaks off", column=len(expression) + 1)
    if depth:
        yield ")" * depth  # newsboat forgives it


def _comparison(found: re.Match[str], fields: Mapping[str, str]) -> str:
    name, operator = found["name"], found["operator"]
    value = found["number"] if found["text"] is None else found["text"].replace('\\"', '"')
    field = fields.get(name)
    if field is None:
        raise QueryError(
            f"items have no {name} here", column=found.start("name") + 1, hint=f"known: {', '.join(fields)}"
        )
    negated = "-" if operator.startswith("!") else ""
    if field == "age":
        return _age(operator, value, found)
    if field == "unread":
        return f"{negated}unread:{value}"
    if operator in ("=~", "!~"):
        return f"{negated}{field}:/{value.replace('/', chr(92) + '/')}/"
    if operator in ("=", "==", "!="):
        return f"{negated}{field}:/^{_escaped(value)}$/" if value else _empty(field, negated)
    if operator in ("#", "!#") and field in _LISTS:
        return f"{negated}{field}:/^{_escaped(value)}$/"
    raise QueryError(
        f"{name} {operator} compares by size: here only ages (published:) do",
        column=found.start("operator") + 1,
    )


def _empty(field: str, negated: str) -> str:
    return f"{field}:/./" if negated else f"-{field}:/./"


def _escaped(text: str) -> str:
    return re.sub(r"([^\w\s])", r"\\\1", text)


def _age(operator: str, value: str, found: re.Match[str]) -> str:
    """Return an age in days as a date."""
    low, _, high = value.partition(":")
    if operator in ("<", "<="):
        return f"published:{low}d"
    if operator in (">", ">="):
        return f"older:{low}d"
    if operator == "between" and high:
        first, last = sorted((int(low), int(high)))
        return f"published:{last}d" if first == 0 else f"(published:{last}d AND older:{first}d)"
    raise QueryError(
        f"age {operator} {value} is no range", column=found.start("operator") + 1, hint="write age < 7"
    )
