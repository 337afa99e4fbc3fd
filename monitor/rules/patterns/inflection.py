"""The forms of a word, `~strike`: from dictionaries where they have it, else by its stem.

The forms that a dictionary knows are looked up once, when the rule is compiled; from then on they are plain
words, and cost no more than those. Names that no dictionary has are compared by stem (Snowball).

A dictionary takes a second or two to read and up to 200 MB, so many words are looked up in one reading, which then
is let go of; what was found stays.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import field
from functools import cache, cached_property, lru_cache
from typing import Any

from monitor.rules.patterns.phrase import Hit, Needles
from monitor.rules.words.folding import fold
from monitor.rules.words.text import Text
from monitor.values import dataclass

Key = tuple[str, str]  # a word as written, and the language to look it up in

LANGUAGES = ("en", "de", "fr", "es", "pl", "uk", "ru")
CYRILLIC = ("uk", "ru")  # both are asked where the language is not written
_STEMMERS = {
    "en": "english", "de": "german", "fr": "french", "es": "spanish", "pl": "polish", "ru": "russian",
}  # fmt: skip  # none for Ukrainian: Russian endings are near enough for names


@dataclass(frozen=True)
class Inflected:
    """Every form of a word."""

    word: str  # as written: Київ is the city, київ may be of sticks
    language: str = ""  # "": English, or by its letters Ukrainian and Russian
    beside: Collection["Inflected"] = field(default=(), compare=False, repr=False)  # in one query; itself too
    single = True

    @cached_property
    def forms(self) -> frozenset[str]:
        """The folded forms that dictionaries know; empty if they do not know the word.

        The first that is asked for has those of all `beside` it looked up.
        """
        look_up(self.beside or (self,))
        found: frozenset[str] = vars(self)["forms"]
        return found

    @property
    def keys(self) -> tuple[Key, ...]:
        """Return in which dictionaries it is looked up."""
        languages = (self.language,) if self.language else CYRILLIC if self._is_cyrillic else ("en",)
        return tuple((self.word, language) for language in languages)

    @property
    def _is_cyrillic(self) -> bool:
        return "\u0400" <= self.word[0] <= "\u052f"

    @cached_property
    def stem(self) -> tuple[str, str]:
        """The name of a stemmer and the stem it finds, for a word that no dictionary knows."""
        language = self.language or ("ru" if self._is_cyrillic else "en")
        name = _STEMMERS.get(language, "russian")
        return name, _stem(name, fold(self.word))

    @property
    def needles(self) -> Needles:
        """Return its forms, or what they begin with."""
        if self.forms:
            return tuple(sorted(f" {form} " for form in self.forms))
        word, stem = fold(self.word), self.stem[1]
        same = next(
            (at for at, pair in enumerate(zip(word, stem, strict=False)) if pair[0] != pair[1]), len(stem)
        )
        begins = stem[: max(same - 1, 0)]  # the last letter may change: city, cities
        return (f" {begins}",) if begins else None

    @property
    def exact(self) -> bool:
        """Tell whether the forms are all known."""
        return bool(self.forms)

    def find(self, text: Text) -> Iterator[Hit]:
        """Yield every place in a text, left to right."""
        places = [place for word in text.index if self._is_form(word) for place in text.index[word]]
        for place in sorted(places):
            yield text.starts[place], text.ends[place]

    def _is_form(self, word: str) -> bool:
        if self.forms:
            return word in self.forms
        name, stem = self.stem
        return _stem(name, word) == stem


@lru_cache(maxsize=4_096)
def _stem(name: str, word: str) -> str:
    stemmed: str = _stemmer(name).stemWord(word)
    return stemmed


@cache
def _stemmer(name: str) -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer(name)


_KEPT = 8_192  # words, found or not
_found: dict[Key, frozenset[str]] = {}


def look_up(asked: Iterable[Inflected]) -> None:
    """Find the forms of many words: each dictionary that is needed is read once, one after another.

    Where two threads ask at once a dictionary may be read twice.
    """
    waiting = [one for one in asked if "forms" not in vars(one)]
    keys = {key for one in waiting for key in one.keys}
    found = {key: forms for key in keys if (forms := _found.get(key)) is not None}
    new = keys - found.keys()
    for language in sorted({language for _, language in new}):
        forms_of = _read(language, [word for word, its in new if its == language])
        found.update({(word, language): forms for word, forms in forms_of.items()})
    if len(_found) + len(new) > _KEPT:
        _found.clear()
    _found.update(found)
    for one in waiting:
        vars(one)["forms"] = frozenset().union(*(found[key] for key in one.keys))


def _read(language: str, words: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return all forms that share a dictionary's base form with each word, itself among them; folded."""
    dictionary = _dictionary(language)
    bases = {word: _bases(word, dictionary) for word in words}
    wanted = frozenset().union(*bases.values())
    forms = defaultdict[str, list[str]](list)
    if wanted:
        for form, base in dictionary.items():
            if base in wanted:
                forms[base].append(form)
    return {word: _folded(word, {base: forms[base] for base in its}) for word, its in bases.items()}


def _bases(word: str, dictionary: Mapping[str, str]) -> set[str]:
    lower = word.lower()
    if word != lower and word in dictionary:
        return {dictionary[word]}
    return {dictionary[form] for form in (lower, lower.capitalize()) if form in dictionary}


def _folded(word: str, forms: Mapping[str, Iterable[str]]) -> frozenset[str]:
    if not forms:
        return frozenset()
    found = {word, *forms}.union(*forms.values())
    return frozenset(fold(form) for form in found if form.isalpha())


def _dictionary(language: str) -> Mapping[str, str]:
    from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

    return DefaultDictionaryFactory(cache_max_size=0).get_dictionary(language)
