"""How alike two news texts are, and the fingerprints by which an index finds the alike ones.

No model and no dictionary: the shared part of the words, heavy ones counted more, a number or a
denial that only one side has counted against it. Made for headlines and first paragraphs of any
language; scripts without spaces are read in pairs of characters. The constants were set on four
sets of labelled pairs (benchmarks/stories.py shows what they give there, and what on pairs unseen).
"""

import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from rapidfuzz import fuzz

from monitor.rules.text import Text, unspaced

SALIENT, TOGETHER = 5, 3  # a fingerprint is made of three of the five heaviest words: ten at most
READ = 600  # characters of a text that are compared
STEM = 5  # characters of a word that tell it: endings are dropped in any language
LIGHT, BASE, SLOPE, HEAVIEST, NUMBER = 0.35, 0.5, 0.1, 1.4, 1.8  # what words weigh, by kind and length
COVERAGE, OVERLAP, ORDER = 0.3, 0.65, 0.05  # shares of the three measures
LENGTH = 0.1  # by which e times as much text counts for more: long texts do not agree by chance
OTHER_NUMBERS, ODD_NUMBER, DENIAL = 0.2, 0.03, 0.05  # taken off
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

    weights: Mapping[str, float]  # stem -> weight
    numbers: frozenset[str]
    denies: bool
    text: str  # its words in order
    weight: float  # of all
    mass: float  # of all but the light ones


@lru_cache(maxsize=4096)
def words(text: str) -> Words:
    """Return `text` as it is compared, its first 600 characters.

    >>> sorted(words("Gunman kills six in shooting").weights)
    ['6', 'gunma', 'in', 'kill', 'shoot']
    """
    told = list(_told(Text(text[:READ])))
    weights = {_stem(word): _weight(word) for word in told}
    return Words(
        weights=weights,
        numbers=frozenset(word for word in weights if word[0].isdigit()),
        denies=any(word in _DENIALS for word in told),
        text=" ".join(told),
        weight=sum(weights.values()) or 1.0,
        mass=sum(weight for weight in weights.values() if weight > LIGHT),
    )


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


def _weight(word: str) -> float:
    if word[0].isdigit():
        return NUMBER
    return LIGHT if word in _LIGHT or _KANA.search(word) else min(BASE + SLOPE * len(word), HEAVIEST)


def likeness(one: str, other: str) -> float:
    """Return how alike two texts are: 0 has nothing in common, about 1 tells the same; long ones may exceed it.

    >>> likeness("Two French journalists killed in Mali", "2 French Journalists Killed in Mali") > 1
    True
    >>> likeness("13 dead in Iraq bomb attacks", "16 killed in north Iraq attacks") < 0.6
    True
    """
    return _likeness(words(one), words(other))


def _likeness(one: Words, other: Words) -> float:
    shared = one.weights.keys() & other.weights.keys()
    weights = [(one.weights[word] + other.weights[word]) / 2 for word in shared]
    if sum(weight for weight in weights if weight > LIGHT) < EVIDENCE:
        return 0.0
    weight = sum(weights)
    coverage = weight / max(one.weight, other.weight)
    overlap = 2 * weight / (one.weight + other.weight)
    order = fuzz.ratio(one.text, other.text) / 100
    length = math.log(min(one.mass, other.mass))
    return COVERAGE * coverage + OVERLAP * overlap + ORDER * order + LENGTH * length - _against(one, other)


def _against(one: Words, other: Words) -> float:
    """Return what speaks against: other numbers, a number more, a denial of only one of them."""
    mine, yours = one.numbers - other.numbers, other.numbers - one.numbers
    numbers = OTHER_NUMBERS if mine and yours else ODD_NUMBER if mine or yours else 0.0
    return numbers + (DENIAL if one.denies != other.denies else 0.0)


@lru_cache(maxsize=4096)
def fingerprints(text: str) -> tuple[int, ...]:
    """Return what alike texts most likely share one of: hashes of 48 bits of any three of the heaviest words.

    >>> mine, yours = fingerprints("Gunman kills six at Sikh temple"), fingerprints("6 killed at Sikh temple")
    >>> len(mine), bool(set(mine) & set(yours))
    (10, True)
    """
    found = words(text)
    heavy = [word for word, weight in found.weights.items() if weight > LIGHT]
    heaviest = sorted(heavy, key=lambda word: (-found.weights[word], word))[:SALIENT]
    return tuple(_hash(together) for together in combinations(sorted(heaviest), TOGETHER))


def _hash(together: Iterable[str]) -> int:
    return int.from_bytes(hashlib.blake2b("\x1f".join(together).encode(), digest_size=6).digest())
