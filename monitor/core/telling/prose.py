"""An alert as people read it in a chat: a label, a headline with its matched words, an excerpt, where from."""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, tzinfo

from monitor.core.telling.remarks import also_in, together, what_changed, zoned
from monitor.core.telling.render import ELLIPSIS, safe
from monitor.model import Delivery, Item, Span
from monitor.values import dataclass

BODY_MAX = 1_000  # characters of a summary, before a service has its say
ABOUT_MAX = 400  # characters of where it is from
URL_MAX = 2_000  # characters; a longer one is left out, for a cut one leads elsewhere

APART = "\u2060"  # a word joiner

_ACTIVE = re.compile(r"[@/]")
_LINKED = re.compile(r"https?://[^\s<>\"'\\\x00-\x20\x7f]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of plain text; `lit` where the rule matched."""

    text: str
    lit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """What a chat shows of an alert. All of it is plain text of strangers: each service escapes it its own way."""

    label: str  # "▲ CRITICAL escalation"
    title: tuple[Run, ...]  # never empty
    body: tuple[Run, ...] = ()  # the summary; lines, where a template says several
    note: str = ""  # what an edit changed
    about: str = ""  # "bbc, 14:05 EET, also in pravda.com.ua"
    url: str = (
        ""  # http or https, without characters that could end a link early; "" where there is none such
    )

    def plain(self) -> str:
        """Return everything but the label as lines of plain text."""
        return "\n".join(filter(None, (text(self.title), text(self.body), self.note, self.about, self.url)))


def prose(delivery: Delivery, *, zone: tzinfo = UTC) -> Prose:
    """Return a delivery as people read it, by the clock of `zone`."""
    alert = delivery.alert
    label = safe(f"{alert.severity.mark} {alert.severity.upper()} {alert.rule or alert.type}")
    late = "late: it could not be told when it rang" if delivery.late else ""
    item = alert.item
    if item is None:
        return Prose(
            label=label,
            title=(Run(safe(alert.sentence) or str(alert.type)),),
            about=_about(alert.source, zoned(alert, zone), late),
        )
    return Prose(
        label=label,
        title=_lit(item.title, "title", alert.spans)
        or _lit(item.summary, "summary", alert.spans)
        or (Run("(no title)"),),
        body=cut(_lit(item.summary, "summary", alert.spans), BODY_MAX) if item.title else (),
        note=safe(what_changed(alert)),
        about=_about(item.source, zoned(alert, zone), together(alert), also_in(alert), late),
        url=_url(item),
    )


def _about(*parts: str) -> str:
    about = safe(", ".join(filter(None, parts)))
    return about if len(about) <= ABOUT_MAX else about[: ABOUT_MAX - 1] + ELLIPSIS


def _url(item: Item) -> str:
    return item.url if len(item.url) <= URL_MAX and _LINKED.fullmatch(safe(item.url)) else ""


def _lit(words: str, field: str, spans: Sequence[Span]) -> tuple[Run, ...]:
    """Return a field's text in runs, the matched ones lit.

    >>> _lit("an ICBM launch", "title", [Span(field="title", start=3, end=7)])
    (Run(text='an ', lit=False), Run(text='ICBM', lit=True), Run(text=' launch', lit=False))
    """
    words, runs, end = safe(words), list[Run](), 0
    for start, stop in _merged(sorted((span.start, span.end) for span in spans if span.field == field)):
        runs += [Run(words[end:start]), Run(words[start:stop], lit=True)]
        end = stop
    return tuple(run for run in (*runs, Run(words[end:])) if run.text)


def _merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return sorted spans without those that touch: two pairs of marks side by side would be none."""
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def text(runs: Sequence[Run]) -> str:
    """Return runs as one text."""
    return "".join(run.text for run in runs)


def lines(runs: Sequence[Run]) -> list[tuple[Run, ...]]:
    """Return runs line by line, for services that have no sign for the end of one."""
    found: list[list[Run]] = [[]]
    for run in runs:
        first, *rest = run.text.split("\n")
        found[-1].append(replace(run, text=first))
        found += [[replace(run, text=one)] for one in rest]
    return [kept for line in found if (kept := tuple(run for run in line if run.text))]


def parted(words: str) -> str:
    """Return `words` with an unseen character behind each "@" and "/", so that nobody is called and nothing is a link.

    Each by itself: what follows may stand in the next run. For services that find mentions, commands and addresses
    in any text, and have no way to say that these are none.

    >>> parted("@all http://evil.example").replace(APART, "·")
    '@·all http:/·/·evil.example'
    """
    return _ACTIVE.sub(rf"\g<0>{APART}", words)


def cut(runs: tuple[Run, ...], length: int) -> tuple[Run, ...]:
    """Return the first `length` characters of runs, an ellipsis among them if that is not all.

    >>> cut((Run("an "), Run("ICBM", lit=True)), 5)
    (Run(text='an ', lit=False), Run(text='I', lit=True), Run(text='…', lit=False))
    """
    if len(text(runs)) <= length:
        return runs
    kept, room = list[Run](), length - 1
    for run in runs:
        if room <= 0:
            break
        kept.append(replace(run, text=run.text[:room]))
        room -= len(run.text)
    return (*kept, Run(ELLIPSIS)) if length > 0 else ()


def fitted(whole: Prose, fits: Callable[[Prose], bool]) -> Prose:
    """Return `whole` with as much of its body, then of its title, as `fits`; what is shorter must fit too."""
    if fits(whole):
        return whole
    short = _longest(whole.body, lambda runs: replace(whole, body=runs), fits)
    return short if fits(short) else _longest(whole.title, lambda runs: replace(short, title=runs), fits)


def _longest(
    runs: tuple[Run, ...], made: Callable[[tuple[Run, ...]], Prose], fits: Callable[[Prose], bool]
) -> Prose:
    """Return what is made of as much of `runs` as fits, of none of them where nothing does."""
    lengths = range(len(text(runs)))
    length = bisect_right(lengths, 0, key=lambda n: 0 if fits(made(cut(runs, n))) else 1) - 1
    return made(cut(runs, max(length, 0)))
