"""The forms of a word, `~strike`: from dictionaries where they have it, else by its stem.

The forms that a dictionary knows are looked up once, when the rule is compiled; from then on they are plain
words, and cost no more than those. Names that no dictionary has are compared by stem (Snowball).
"""

from collections.abc import Iterator, Mapping
from functools import cache, cached_property, lru_cache
from typing import Any

from monitor.rules.patterns.phrase import Hit, Needles
from monitor.rules.words.folding import fold
from monitor.rules.words.text import Text
from monitor.values import dataclass

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
    single = True

    @cached_property
    def forms(self) -> frozenset[str]:
        """The folded forms that dictionaries know; empty if they do not know the word."""
        if self.language:
            return _forms(self.word, self.language)
        languages = CYRILLIC if self._is_cyrillic else ("en",)
        return frozenset().union(*(_forms(self.word, language) for language in languages))

    @property
    def _is_cyrillic(self) -> bool:
        return "\u0400" <= self.word[0] <= "\u052f"

    @cached_property
    def stem(self) -> tuple[str, str]:
        """The name of a stemmer and the stem it finds, for a word that no dictionary knows."""
        language = self.language or ("ru" if self._is_cyrillic else "en")
        name = _STEMMERS.get(language, "russian")
        return name, _stem(name, fold(self.word)[0])

    @property
    def needles(self) -> Needles:
        """Return its forms, or what they begin with."""
        if self.forms:
            return tuple(sorted(f" {form} " for form in self.forms))
        word, stem = fold(self.word)[0], self.stem[1]
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


@lru_cache(maxsize=4_096)
def _forms(word: str, language: str) -> frozenset[str]:
    """Return all forms that share a dictionary's base form with `word`, itself among them; folded."""
    dictionary = _dictionary(language)
    lower = word.lower()
    if word != lower and word in dictionary:
        bases = {dictionary[word]}
    else:
        bases = {dictionary[form] for form in (lower, lower.capitalize()) if form in dictionary}
    if not bases:
        return frozenset()
    found = {form for form, base in dictionary.items() if base in bases} | bases | {word}
    return frozenset(fold(form)[0] for form in found if form.isalpha())


@lru_cache(maxsize=1)  # one takes up to 200 MB; what was found in it stays
def _dictionary(language: str) -> Mapping[str, str]:
    from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

    return DefaultDictionaryFactory(cache_max_size=0).get_dictionary(language)


def forget() -> None:
    """Let go of the dictionary that was last read, once all rules are compiled."""
    _dictionary.cache_clear()
