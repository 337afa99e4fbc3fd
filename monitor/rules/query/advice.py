"""What stored items show of a query: words that stand there and that it hardly means to leave out."""

from collections.abc import Iterator, Mapping

from monitor.rules.patterns.phrase import Phrase
from monitor.rules.query.tree import Query, Term, terms
from monitor.rules.words.folding import unspaced

SHORTEST = 4  # letters of a word that may have forms
_ENDINGS = """
    s es ed d ing er ers а и ы і у ю я е є ів ов ей ам ям ами ями ах ях ом ем ою ой en e er em es n
"""
ENDINGS = frozenset(_ENDINGS.split())
SEEN = 5  # items below which a form is not worth a word


def forms(query: Query, items_with: Mapping[str, int]) -> Iterator[str]:
    """Yield a sentence for each exact word of a query whose other forms stand in more items than it does.

    `items_with` tells in how many items each folded word stands.

    >>> from monitor.rules.query.language import parse
    >>> list(forms(parse("strike AND kyiv"), {"strike": 9, "strikes": 31}))
    ["'strike' is that exact word; 31 stored items have 'strikes': write strike*, or ~strike for its forms"]
    """
    asked = [term for term, wanted in terms(query.root) if wanted]
    for term in asked:
        word = _exact_word(term)
        if not word:
            continue
        others = {
            f"{word}{ending}": items_with.get(f"{word}{ending}", 0)
            for ending in ENDINGS
            if not any(_finds(other, f"{word}{ending}") for other in asked)
        }
        most = max(others, key=lambda form: (others[form], form))
        if others[most] >= max(SEEN, items_with.get(word, 0)):
            yield (
                f"'{word}' is that exact word; {others[most]:,} stored items have '{most}':"
                f" write {word}*, or ~{word} for its forms"
            )


def _exact_word(term: Term) -> str:
    pattern = term.pattern
    if not isinstance(pattern, Phrase) or len(pattern.words) != 1 or term.text.startswith('"'):
        return ""
    (word,) = pattern.words
    plain = not word.prefix and not word.wild and not pattern.lead and not pattern.trail
    return word.text if plain and len(word.text) >= SHORTEST and not unspaced(word.text) else ""


def _finds(term: Term, word: str) -> bool:
    needles = term.pattern.needles
    return needles is not None and any(needle in f" {word} " for needle in needles)
