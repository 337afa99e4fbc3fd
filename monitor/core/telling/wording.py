"""An alert in the words of a template: Jinja2, in a sandbox whose loops and texts have bounds.

What a template says is plain text, as all of a `Prose` is: each service escapes it. It is a function of the alert alone, so
that a delivery that comes again says the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import tzinfo
from functools import cache, reduce
from typing import TYPE_CHECKING, Any

from monitor.core.telling.prose import Prose, Run, cut, prose, text
from monitor.core.telling.remarks import zoned
from monitor.core.telling.render import safe
from monitor.model import Alert, Brief, Delivery, Item, Wording

if TYPE_CHECKING:  # loaded by those who have a template
    from jinja2 import Template

STEPS = 2_000  # turns of all loops together
LONGEST = 20_000  # characters of a text on the way, and of all that a template says
PLACES = 300  # of a number that is rounded
NESTED = 2  # levels of what is kept from turn to turn: a list of alerts, each with its words
LABEL_MAX = 300  # characters of a title
WORDS = frozenset(
    {
        *(
            "mark",
            "severity",
            "rule",
            "type",
            "title",
            "summary",
            "sentence",
            "note",
            "about",
            "url",
            "source",
        ),
        *("publisher", "tags", "also", "time", "at", "published", "first_seen", "late", "digest", "count"),
    }
)  # that a template may use

_LIT, _UNLIT = (
    "\x02",
    "\x03",
)  # around matched words on their way through a template: no text of strangers has them


class WordingError(ValueError):
    """A template is none, or fails; the text is one sentence, `line` counts from 1 (0: nobody can say)."""

    def __init__(self, message: str, *, line: int = 0, word: str = "") -> None:
        super().__init__(message)
        self.line = line
        self.word = word  # that is meant


def told(delivery: Delivery, wording: Wording) -> Prose:
    """Return a delivery in the words of a notifier.

    A template that fails on an alert loses none: it is told in the usual words, with a note that says so.
    """
    usual = prose(delivery, zone=wording.zone)
    if not (wording.title or wording.body):
        return usual
    try:
        return worded(delivery, wording, usual)
    except WordingError as error:
        where = f", line {error.line}" if error.line else ""
        note = f"the template of {delivery.notifier} failed{where}: {error}"
        return replace(usual, note="; ".join(filter(None, (usual.note, safe(note)))))


def worded(delivery: Delivery, wording: Wording, usual: Prose) -> Prose:
    """Return a delivery as templates say it; what has none, or says nothing, is as usual. Raises WordingError."""
    words = _words(delivery, wording.zone, usual)
    lines = _lines(_said(wording.title, words)) if wording.title else []
    label = text(cut((Run(" ".join(text(line) for line in lines)),), LABEL_MAX)) if lines else usual.label
    told = replace(usual, label=label)
    if not wording.body or not (lines := _lines(_said(wording.body, words))):
        return told
    linked = len(lines) > 1 and bool(usual.url) and text(lines[-1]) == usual.url
    title, *body = lines[:-1] if linked else lines
    runs = [run for line in body for run in (Run("\n"), *line)][1:]
    return Prose(label=label, title=title, body=tuple(runs), url=usual.url if linked else "")


def check(source: str) -> None:
    """Raise WordingError if `source` is no template, or uses a word that there is not."""
    _compiled(source)


# -- what a template is given -----------------------------------------------------------------------------------


class Lit(str):
    """A text whose matched words the filter `lit` marks."""

    runs: tuple[Run, ...]

    @classmethod
    def of(cls, runs: tuple[Run, ...]) -> "Lit":
        """Return the text of `runs`."""
        made = cls(text(runs))
        made.runs = runs
        return made


def _lit(value: object) -> str:
    runs = value.runs if isinstance(value, Lit) else ()
    return "".join(f"{_LIT}{run.text}{_UNLIT}" if run.lit else run.text for run in runs) or str(value)


def _words(delivery: Delivery, zone: tzinfo, usual: Prose) -> Mapping[str, object]:
    alert = delivery.alert
    digest = alert.digest
    return {
        "mark": alert.severity.mark,
        "severity": str(alert.severity),
        "rule": safe(alert.rule),
        "type": str(alert.type),
        "title": Lit.of(usual.title),
        "summary": Lit.of(usual.body),
        "sentence": safe(alert.sentence),
        "note": usual.note,
        "about": usual.about,
        "url": usual.url,
        "time": zoned(alert, zone),
        "at": alert.at.astimezone(zone),
        "late": delivery.late,
        "also": tuple(
            {
                "source": safe(one.source),
                "publisher": safe(one.publisher),
                "title": safe(one.title),
                "url": safe(one.url),
            }
            for one in alert.also_in
        ),
        "digest": tuple(_brief(one, zone) for one in digest.alerts) if digest else (),
        "count": digest.count if digest else 1,
        **_of_item(alert, alert.item, zone),
    }


def _of_item(alert: Alert, item: Item | None, zone: tzinfo) -> Mapping[str, object]:
    return {
        "source": safe(item.source if item else alert.source),
        "publisher": safe(item.publisher) if item else "",
        "tags": tuple(map(safe, item.tags)) if item else (),
        "published": (item.published.latest if item else alert.at).astimezone(zone),
        "first_seen": (item.first_seen_at if item else alert.at).astimezone(zone),
    }


def _brief(one: Brief, zone: tzinfo) -> Mapping[str, object]:
    return {
        "at": one.at.astimezone(zone),
        "mark": one.severity.mark,
        "severity": str(one.severity),
        "rule": safe(one.rule),
        "title": safe(one.title),
        "url": safe(one.url),
        "source": safe(one.source),
    }


# -- the sandbox ------------------------------------------------------------------------------------------------


def _said(source: str, words: Mapping[str, object]) -> str:
    """Return what a template says. Raises WordingError."""
    from jinja2 import TemplateError

    template, steps = _compiled(source), [0]

    def step() -> str:
        steps[0] += 1
        if steps[0] > STEPS:
            raise WordingError(f"loops more than {STEPS:,} times")
        return ""

    said, length = list[str](), 0
    try:
        for piece in template.generate(**words, _step=step):
            said.append(piece)
            length += len(piece)
            if length > LONGEST:
                raise WordingError(f"says more than {LONGEST:,} characters")
    except WordingError as error:
        raise WordingError(str(error), line=error.line or _line(error)) from None
    except (
        TemplateError,
        ArithmeticError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        RuntimeError,
        MemoryError,
    ) as error:
        raise WordingError(_sentence(error), line=_line(error)) from error
    return "".join(said)


def _sentence(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]


def _line(error: BaseException) -> int:
    """Return where in the template an error was raised, 0 where nobody can say."""
    found, frame = 0, error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == "<template>":
            found = frame.tb_lineno
        frame = frame.tb_next
    return found


@cache
def _compiled(source: str) -> "Template":
    from jinja2 import TemplateSyntaxError, meta, nodes

    environment = _environment()
    try:
        tree = environment.parse(source)
        unknown = meta.find_undeclared_variables(tree) - WORDS - environment.globals.keys()
        for name in tree.find_all(nodes.Name):
            if name.name in unknown:
                raise WordingError(_no_word(name.name), line=name.lineno, word=name.name)
        made: Template = environment.from_string(_bounded(tree))
    except TemplateSyntaxError as error:
        raise WordingError(_sentence(error), line=error.lineno) from error
    return made


def _no_word(name: str) -> str:
    from difflib import get_close_matches

    meant = get_close_matches(name, sorted(WORDS), n=1)
    hint = f"did you mean {meant[0]!r}?" if meant else f"there is: {', '.join(sorted(WORDS))}"
    return f"a template knows no {name!r} ({hint})"


def _bounded(tree: Any) -> Any:
    """Return a template whose loops count their turns, and whose `~` goes through the sandbox as `+` does.

    Raises WordingError for what makes texts that nobody counts, and for what leads to other templates.
    """
    from jinja2 import nodes
    from jinja2.visitor import NodeTransformer

    others = (nodes.AssignBlock, nodes.Block, nodes.CallBlock, nodes.FilterBlock, nodes.Macro)
    for node in tree.find_all((*others, nodes.Extends, nodes.FromImport, nodes.Import, nodes.Include)):
        raise WordingError("takes if, for, set and filters, and no other blocks", line=node.lineno)

    class Bound(NodeTransformer):
        def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - as jinja2 looks it up
            texts: list[nodes.Expr] = [
                nodes.Filter(self.visit(one), "string", [], [], None, None, lineno=node.lineno)
                for one in node.nodes
            ]
            return reduce(lambda left, right: nodes.Add(left, right, lineno=node.lineno), texts)

    tree = Bound().visit(tree)
    for node in tree.find_all(nodes.For):
        call = nodes.Call(nodes.Name("_step", "load"), [], [], None, None)
        node.body.insert(0, nodes.Output([call], lineno=node.lineno).set_lineno(node.lineno))
    tree.set_environment(_environment())
    return tree


SIZED = frozenset(
    {
        "center",
        "ljust",
        "rjust",
        "zfill",
        "expandtabs",
        "format",
        "format_map",
        "replace",
        "join",
        "translate",
        "encode",  # to bytes, which nobody measures
        "to_bytes",
    }
)
LEFT_OUT = (
    *("center", "format", "indent", "random", "pprint", "xmlattr", "urlize", "slice", "batch", "tojson"),
    "wordwrap",
)


@cache
def _environment() -> Any:
    """Return the sandbox: no template of another file, nothing that changes, nothing that grows by a number alone."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment
    from jinja2.utils import Namespace

    class Sandbox(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset({"+", "*", "**", "%"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            most = {"+": None, "**": 64}.get(operator, 1_000_000)
            if most and not all(isinstance(one, int | float) and abs(one) <= most for one in (left, right)):
                raise WordingError(f"{operator} is for numbers up to {most:,} here")
            made = super().call_binop(context, operator, left, right)
            if isinstance(made, str | list | tuple) and len(made) > LONGEST:
                raise WordingError(f"makes a text of more than {LONGEST:,} characters")
            return made

        def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
            return not (isinstance(obj, str | int) and attr in SIZED) and super().is_safe_attribute(
                obj, attr, value
            )

        def wrap_str_format(self, value: Any) -> None:
            """Let `format` be an attribute like others, not one that is let through."""

    class Kept(Namespace):
        def __setitem__(self, name: str, value: Any) -> None:
            if _deeper(value, NESTED):
                raise WordingError("keeps lists of lists: what doubles at each turn has no end")
            super().__setitem__(name, value)

    made = Sandbox(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        cache_size=0,
        optimized=False,
    )
    made.globals = {"range": _range, "namespace": Kept}
    for name in LEFT_OUT:
        made.filters.pop(name)
    made.filters |= {"lit": _lit, "replace": _replaced, "join": _joined, "round": _rounded}
    return made


def _replaced(words: object, old: str, new: str) -> str:
    if len(str(words)) + str(words).count(old) * len(new) > LONGEST:
        raise WordingError(f"makes a text of more than {LONGEST:,} characters")
    return str(words).replace(old, new)


def _deeper(value: object, levels: int) -> bool:
    """Tell whether `value` nests more than so many levels of lists or the like."""
    if not isinstance(value, list | tuple | dict):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_deeper(one, levels - 1) for one in inner)


def _rounded(number: float, precision: int = 0, method: str = "common") -> float:
    from jinja2.filters import do_round

    if abs(precision) > PLACES:
        raise WordingError(f"round is for up to {PLACES} places here")
    return do_round(number, precision, method)  # type: ignore[arg-type]  # it says which methods there are


def _joined(parts: Iterable[object], between: str = "", attribute: str = "") -> str:
    said = [str(one[attribute] if attribute and isinstance(one, Mapping) else one) for one in parts]
    if sum(map(len, said)) + len(said) * len(between) > LONGEST:
        raise WordingError(f"makes a text of more than {LONGEST:,} characters")
    return between.join(said)


def _range(*bounds: int) -> range:
    asked = range(*bounds)
    if len(asked) > STEPS:
        raise WordingError(f"loops more than {STEPS:,} times")
    return asked


# -- what it said -----------------------------------------------------------------------------------------------


def _lines(said: str) -> list[tuple[Run, ...]]:
    """Return lines as runs, without those that came out blank; marks that do not match are passed over."""
    lines, lit = list[tuple[Run, ...]](), False
    for line in said.split("\n"):
        runs, begun = list[Run](), 0
        for index, sign in enumerate(line):
            if sign in (_LIT, _UNLIT):
                runs.append(Run(safe(line[begun:index]), lit))
                begun, lit = index + 1, sign == _LIT
        runs.append(Run(safe(line[begun:].rstrip()), lit))
        if any(run.text.strip() for run in runs):
            lines.append(tuple(run for run in runs if run.text))
    return lines
