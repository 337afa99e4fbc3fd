"""What rules look at: a document, read once for all of them."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice, starmap
from typing import NamedTuple

from monitor.rules.matching.document import NUMBERS, Document, values
from monitor.rules.matching.sighting import Sighting, Stand
from monitor.rules.once import once
from monitor.rules.query.tree import Term
from monitor.rules.words import tongues
from monitor.rules.words.text import Text

_LACKING = frozenset(
    ("source", "tag", "author", "url", "site", "publisher", "severity")
)  # what a bare text has not


MAX_PLACES = 1_000  # of one term that others are to be near
MAX_MARKS = (
    200  # places of one term that are marked, the first ones: a text of one word over and over has thousands
)


class Place(NamedTuple):
    """Where something stands: in which text, from which word to which, and what is to be marked."""

    field: str
    number: int  # of the text in its field
    first: int  # number of a word
    last: int
    hits: tuple[tuple[int, int], ...]  # offsets into the text as published


class Reading:
    """A document, folded and cut into words as far as some rule asks for it, and then for all.

    `bare` is a text alone, as in a rule's tests: a term on a field it lacks is neither found nor
    missing, and the title stands in for a summary. `sighting` is what the automaton of all rules saw in it.
    """

    def __init__(self, document: Document, *, bare: bool = False, sighting: Sighting | None = None) -> None:
        self.document = document
        self.bare = bare
        self._sighting = sighting
        self._texts: dict[str, tuple[Text, ...]] = {}
        self._places: dict[object, list[Place]] = {}

    def texts(self, name: str) -> tuple[Text, ...]:
        """Return the texts of a field: none where it is empty, one for each tag."""
        texts = self._texts.get(name)
        if texts is None:
            texts = self._texts[name] = tuple([Text(value) for value in self._values(name) if value])
        return texts

    def _values(self, name: str) -> tuple[str, ...]:
        return (self.language,) if name == "lang" else values(self.document, name)

    @once
    def language(self) -> str:
        """The language of title and summary, "" where it does not show."""
        return tongues.detect(f"{self.document.title} {self.document.summary}")

    def lacks(self, name: str) -> bool:
        """Tell whether it cannot be known what stands in a field: of a bare text, or a language that does not show."""
        if name == "lang":
            return not self.language
        return self.bare and name in _LACKING and not self.texts(name)

    def fields(self, term: Term) -> tuple[str, ...]:
        """Return the fields that a term looks in here."""
        if self.bare and term.fields == ("summary",) and not self.document.summary:
            return ("title",)
        return term.fields

    def has(self, term: Term) -> bool:
        """Tell whether a term stands anywhere."""
        seen = self._sighting.of(term) if self._sighting else None
        if seen is not None:
            return bool(seen)
        pattern = term.pattern
        needles, exact, single = pattern.needles, pattern.exact, pattern.single
        for name in self.fields(term) if self.bare else term.fields:
            for text in self._texts.get(name) or self.texts(name):
                if needles is not None and not _any_in(needles, text.apart if single else text.spaced):
                    continue
                if exact or next(pattern.find(text), None) is not None:
                    return True
        return False

    def marks(self, term: Term) -> Iterable[Stand]:
        """Return where a term is to be marked, at most `MAX_MARKS`."""
        seen = self._sighting.of(term) if self._sighting else None
        if seen is not None:
            return seen
        shown = (
            (NUMBERS[name], *text.span(start, end))
            for name, _, text, start, end in self.found(term)
            if start < end and name in NUMBERS
        )
        return list(islice(shown, MAX_MARKS))

    def found(self, term: Term) -> Iterator[tuple[str, int, Text, int, int]]:
        """Yield field, number of the text, text and folded offsets of every place where a term stands."""
        pattern = term.pattern
        needles, single = pattern.needles, pattern.single
        for name in self.fields(term) if self.bare else term.fields:
            for number, text in enumerate(self._texts.get(name) or self.texts(name)):
                if needles is None or _any_in(needles, text.apart if single else text.spaced):
                    shown = "url" if name == "site" else name
                    for start, end in pattern.find(text):
                        yield shown, number, text, start, end

    def places(self, term: Term) -> list[Place]:
        """Return where a term stands, text by text, left to right, at most `MAX_PLACES`."""
        return self.kept((term.pattern, term.fields), lambda: starmap(_place, self.found(term)))

    def kept(self, what: object, look: Callable[[], Iterable[Place]]) -> list[Place]:
        """Return what `look` finds first, at most `MAX_PLACES`: it is called once, however often rules ask for `what`."""
        places = self._places.get(what)
        if places is None:
            places = self._places[what] = list(islice(look(), MAX_PLACES))
        return places


def _place(name: str, number: int, text: Text, start: int, end: int) -> Place:
    first = text.word_at(start)
    within = first < len(text.ends) and end <= text.ends[first]
    last = first if within else text.word_at(max(start, end - 1))
    return Place(name, number, first, last, (text.span(start, end),) if start < end else ())


def _any_in(needles: tuple[str, ...], words: str) -> bool:
    for needle in needles:  # noqa: SIM110  any() with a generator takes twice the time, and here it goes
        if needle in words:
            return True
    return False
