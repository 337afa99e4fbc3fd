"""How alike two news texts are, and the fingerprints by which an index finds the alike ones.

What one of them says beyond the other is weighed: a share of its words, heavy ones counted more, a
number or a denial that only one side has counted on top, and all of it the more the shorter the text
(one word more in a headline of seven may be other news, four more in a paragraph seldom are). No
model; made for headlines and first paragraphs of any language; scripts without spaces are read in
pairs of characters. benchmarks/stories.py shows what the constants give on labelled pairs that had
no part in choosing them.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Set
from functools import lru_cache
from itertools import combinations

from monitor.rules.words.folding import unspaced
from monitor.rules.words.text import Text
from monitor.values import dataclass

SALIENT, TOGETHER = 5, 3  # a fingerprint is made of three of the five heaviest words: ten at most
READ = 600  # characters of a text that are compared
STEM = 5  # characters of a word that tell it: endings are dropped in any language
BASE, SLOPE, HEAVIEST, NUMBER = 0.3, 0.15, 1.4, 1.8  # what words weigh, by kind and length
FULL = 10.0  # weight of a text in which a share counts as what it is: about ten words
OTHER_NUMBERS, DENIAL = 0.3, 0.05  # shares they count for
EVIDENCE = 3.0  # weight of shared words without which nothing is told: about four words

_LIGHT_WORDS = """
    a an the of in on at to for by with from as and or but is are was were be been being has have had it its
    his her their he she they that this these those who which will would could may might s t after over into
    out up off about than not no said says say told
    и в во на с со за по к ко от до из у о об про для при не но а что как это его её ее их он она они был
    была были будет после над под без также же ли бы то
    і й з від та що яка який які її був була було були після не є ще
    der die das den dem des ein eine einen und oder im am auf zu zum zur von vom mit für nach bei aus ist
    sind war nicht als auch le la les l de du d un une et ou au aux dans sur pour par avec est sont ont que
    qui ne pas se sa son ses el los las una y o del en al con es su sus lo il gli i uno di da e per che è
    della dei delle alla um uma os em no na dos das para com não mais het een van op voor met aan
"""
_DENYING_WORDS = """
    no not never denies deny denied rejects rejected refuses refused without fails failed cancel cancelled
    canceled halts suspends lifts false fake hoax
    не нет без опровергли опроверг опровергла опровергло отказался приостановила приостановил отменил отменила
    сняла снял фейк ні немає спростували спростував спростувала скасував скасувала
    nicht kein keine nie dementiert ne pas jamais dément sin nunca niega ningún non mai smentisce
"""
_LIGHT, _DENIALS = frozenset(_LIGHT_WORDS.split()), frozenset(_DENYING_WORDS.split())
_KANA = re.compile("[\u3041-\u309f]")  # hiragana: endings and particles
_ABBREVIATED = re.compile(r"\b(?:[^\W\d_]\.){2,}")  # U.S.
_NUMBERS = {
    word: str(number)
    for number, words in enumerate(
        (
            "zero null cero",
            "one один одна одне eins",
            "two два две двое двух дві двоє zwei deux dos due",
            "three три трое трех трёх троє drei trois tres tre",
            "four четыре четверо чотири vier quatre cuatro quattro",
            "five пять пятеро п'ять fünf cinq cinco cinque",
            "six шесть шість sechs seis sei",
            "seven семь сім sieben sept siete sette",
            "eight восемь вісім acht huit ocho otto",
            "nine девять дев'ять neun neuf nueve nove",
            "ten десять десяти zehn dix diez dieci",
            "eleven одиннадцать elf onze once",
            "twelve двенадцать zwölf douze doce",
        )
    )
    for word in words.split()
}


@dataclass(frozen=True, slots=True)
class Words:
    """A text as it is compared."""

    weights: Mapping[str, float]  # stem -> weight, of all words that tell something
    numbers: frozenset[str]
    denies: bool
    weight: float  # of all


@lru_cache(maxsize=4096)
def words(text: str) -> Words:
    """Return `text` as it is compared, its first 600 characters.

    >>> sorted(words("Gunman kills six in the U.S.").weights)
    ['6', 'gunma', 'kill', 'us']
    """
    told = list(_told(Text(_ABBREVIATED.sub(_undotted, text[:READ]))))
    weights = {_stem(word): _weight(word) for word in told if not _light(word)}
    return Words(
        weights=weights,
        numbers=frozenset(word for word in weights if word[0].isdigit()),
        denies=any(word in _DENIALS for word in told),
        weight=sum(weights.values()),
    )


def _undotted(abbreviated: re.Match[str]) -> str:
    return abbreviated[0].replace(".", "")


def _told(text: Text) -> Iterator[str]:
    """Yield the words: numbers whole and as digits, pairs of characters where a script has no spaces."""
    last = ""  # the character before, of a script without spaces
    for place, word in enumerate(text.words):
        joined = place > 0 and text.starts[place] == text.ends[place - 1]
        if unspaced(word):
            if last and joined:
                yield last + word
            last = word
            continue
        last = ""
        digits = word[: len(word) - len(word.lstrip("0123456789"))]
        rest = word[len(digits) :]
        if digits:
            yield digits
        if rest and rest != "s":
            yield _NUMBERS.get(rest, rest)


def _stem(word: str) -> str:
    if word[0].isdigit() or len(word) < 4:
        return word
    return word[:STEM] if len(word) > STEM else word.removesuffix("s")


def _light(word: str) -> bool:
    return word in _LIGHT or _KANA.search(word) is not None


def _weight(word: str) -> float:
    return NUMBER if word[0].isdigit() else min(BASE + SLOPE * len(word), HEAVIEST)


def likeness(one: str, other: str) -> float:
    """Return how alike two texts are: 1 tells the same, at 0 more is different than shared.

    >>> likeness("Two French journalists killed in Mali", "2 French Journalists Killed in Mali")
    1.0
    >>> likeness("13 dead in Iraq bomb attacks", "16 killed in north Iraq attacks") < 0.6
    True
    """
    return _likeness(words(one), words(other))


def _likeness(one: Words, other: Words) -> float:
    shared = one.weights.keys() & other.weights.keys()
    if min(_sum(one, shared), _sum(other, shared)) < EVIDENCE:
        return 0.0
    beyond = max(_beyond(one, shared), _beyond(other, shared)) + _against(one, other)
    return max(0.0, 1 - beyond * FULL / min(one.weight, other.weight))


def _sum(text: Words, shared: Set[str]) -> float:
    return sum(text.weights[word] for word in shared)


def _beyond(text: Words, shared: Set[str]) -> float:
    """Return the share of a text that the other has not."""
    return sum(weight for word, weight in text.weights.items() if word not in shared) / text.weight


def _against(one: Words, other: Words) -> float:
    """Return what speaks against: other numbers, a denial of only one of them."""
    numbers = OTHER_NUMBERS if one.numbers - other.numbers and other.numbers - one.numbers else 0.0
    return numbers + (DENIAL if one.denies != other.denies else 0.0)


@lru_cache(maxsize=4096)
def fingerprints(text: str) -> tuple[int, ...]:
    """Return what alike texts most likely share one of: hashes of 48 bits of any three of the heaviest words.

    >>> mine, yours = fingerprints("Gunman kills six at Sikh temple"), fingerprints("6 killed at Sikh temple")
    >>> len(mine), bool(set(mine) & set(yours))
    (10, True)
    """
    found = words(text)
    heaviest = sorted(found.weights, key=lambda word: (-found.weights[word], word))[:SALIENT]
    return tuple(_hash(together) for together in combinations(sorted(heaviest), TOGETHER))


def _hash(together: Iterable[str]) -> int:
    return int.from_bytes(hashlib.blake2b("\x1f".join(together).encode(), digest_size=6).digest())
