"""Matchers, in Alertmanager's words: `severity=critical`, `tag!=sport`, `source=~"kyiv.*"`. All of a list must hold."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, cast, get_args

from monitor.model import Alert, AlertType, Matcher, MatcherOp, Severity

LABELS = ("severity", "rule", "tag", "source", "publisher", "type", "story")
VALUES: Mapping[str, Sequence[str]] = {"severity": [*Severity], "type": [*AlertType]}  # of labels with few
LIKE = "severity=critical"
_MATCHER = re.compile(r"""\s*(\w+)\s*(=~|!~|!=|=)\s*(?:"([^"]*)"|'([^']*)'|(.*?))\s*""", re.DOTALL)


class MatcherError(ValueError):
    """A text is no matcher; the text says what would be right, `index` where it goes wrong."""

    def __init__(self, message: str, index: int = 0) -> None:
        super().__init__(message)
        self.index = index


def parse(text: str) -> Matcher:
    """Return the matcher that a text writes. Raises MatcherError.

    >>> parse('source=~"kyiv.*"')
    Matcher(label='source', op='=~', value='kyiv.*')
    >>> parse("severity=loud")
    Traceback (most recent call last):
    monitor.core.telling.matchers.MatcherError: severity is one of info, warning, critical, not 'loud'
    """
    found = _MATCHER.fullmatch(text)
    if found is None:
        raise MatcherError(
            f"{text!r} is no matcher: a label, then =, !=, =~ or !~, and a value, as in {LIKE}"
        )
    value = next(given for given in found.groups()[2:] if given is not None)
    return made(found[1], found[2], value, starts=(found.start(1), found.end(2)))


def made(label: str, op: str, value: str, *, starts: tuple[int, int] = (0, 0)) -> Matcher:
    """Return the matcher of three parts, which `match` can use. Raises MatcherError; label and value start at `starts`.

    >>> made("colour", "=", "red")
    Traceback (most recent call last):
    monitor.core.telling.matchers.MatcherError: there is no label 'colour' (there is: severity, rule, tag, source, publisher, type, story)
    """
    if label not in LABELS:
        raise MatcherError(f"there is no label {label!r} (there is: {', '.join(LABELS)})", starts[0])
    if op not in get_args(MatcherOp):
        raise MatcherError(f"{op!r} compares nothing: =, !=, =~ and !~ do", starts[1])
    if op in get_args(MatcherOp)[2:]:
        _compiled(value, starts[1])
    elif label in VALUES and value not in VALUES[label]:
        listed = ", ".join(VALUES[label])
        raise MatcherError(f"{label} is one of {listed}, not {value!r}", starts[1])
    return Matcher(label=label, op=cast("MatcherOp", op), value=value)


def _compiled(value: str, index: int = 0) -> Any:
    import re2  # only who has such a matcher needs it

    try:
        return _program(value)
    except re2.error as error:
        raise MatcherError(f"{value!r} is no regular expression", index) from error


@cache
def _program(value: str) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    return re2.compile(value, options)


def text_of(matcher: Matcher) -> str:
    """Return a matcher as it is written.

    >>> text_of(parse("tag = 'breaking news'")), text_of(parse("tag=ukraine"))
    ('tag="breaking news"', 'tag=ukraine')
    """
    plain = re.fullmatch(r"[\w.:/@+-]+", matcher.value)
    return f"{matcher.label}{matcher.op}" + (matcher.value if plain else f'"{matcher.value}"')


def match(matchers: Iterable[Matcher], alert: Alert) -> bool:
    """Tell whether all of them hold; none at all do. A label of several values (`tag`) equals one of them."""
    has = labels(alert)
    return all(_holds(matcher, has[matcher.label]) for matcher in matchers)


def severities(matchers: Iterable[Matcher]) -> tuple[Severity, ...]:
    """Return those of which an alert may be for which all of `matchers` hold.

    >>> severities([parse("severity!=info"), parse("tag=sport")])
    (<Severity.WARNING: 'warning'>, <Severity.CRITICAL: 'critical'>)
    """
    asked = [one for one in matchers if one.label == "severity"]
    return tuple(one for one in Severity if all(_holds(matcher, (str(one),)) for matcher in asked))


def _holds(matcher: Matcher, values: Sequence[str]) -> bool:
    return names(matcher, values) is (matcher.op in ("=", "=~"))


def names(matcher: Matcher, values: Sequence[str]) -> bool:
    """Tell whether one of these values, "" where there is none, is what a matcher names, whether it wants it or not.

    >>> names(parse("tag!=sport"), ["sport"]), names(parse("rule=~'war.*'"), ["sport"])
    (True, False)
    """
    values = values or ("",)
    if matcher.op in ("=", "!="):
        return matcher.value in values
    program = _compiled(matcher.value)
    return any(program.fullmatch(value) is not None for value in values)


def labels(alert: Alert) -> Mapping[str, tuple[str, ...]]:
    """Return what matchers ask of: each label's values, none where an alert has it not."""
    item = alert.item
    sources = dict.fromkeys(filter(None, (alert.source, item.source if item else "")))
    return {
        "severity": (str(alert.severity),),
        "rule": (alert.rule,) if alert.rule else (),
        "tag": item.tags if item else (),
        "source": tuple(sources),
        "publisher": (item.publisher,) if item and item.publisher else (),
        "type": (str(alert.type),),
        "story": (item.story or item.id,) if item else (),
    }
