"""Who speaks? Papers that print what one agency wrote are one voice, and so are the feeds of one publisher.

Known is only what an item says of itself: the agency that it credits, as author, in its dateline or at its end, and a
headline word for word like another's. A rewrite that credits nobody counts as its publisher's own.
"""

import re
from collections.abc import Iterable

from monitor.model import Item

SAYING = 5  # words of a headline from which on two do not find it by chance
HEAD, TAIL = 240, 120  # characters of a text in which it credits an agency

_AGENCIES = {  # the agency: how others write it; its own domains
    "reuters": (("Reuters", "REUTERS", "Рейтер", "Рейтерс"), ("reuters.com",)),
    "ap": (("AP", "Associated Press"), ("apnews.com", "ap.org")),
    "afp": (("AFP", "Agence France-Presse", "АФП"), ("afp.com",)),
    "dpa": (("dpa", "DPA"), ("dpa.com",)),
    "efe": (("EFE",), ("efe.com",)),
    "ansa": (("ANSA",), ("ansa.it",)),
    "upi": (("UPI",), ("upi.com",)),
    "pa": (("PA Media", "Press Association"), ("pa.media",)),
    "xinhua": (("Xinhua", "新华社"), ("xinhuanet.com", "news.cn")),
    "kyodo": (("Kyodo", "KYODO", "共同通信"), ("kyodonews.net", "kyodonews.jp")),
    "yonhap": (("Yonhap", "연합뉴스"), ("yna.co.kr",)),
    "anadolu": (("Anadolu", "Anadolu Agency"), ("aa.com.tr",)),
    "bloomberg": (("Bloomberg",), ("bloomberg.com",)),
    "ukrinform": (("Ukrinform", "Укрінформ", "Укринформ"), ("ukrinform.net", "ukrinform.ua")),
    "interfax-ukraine": (
        ("Interfax-Ukraine", "Інтерфакс-Україна", "Интерфакс-Украина"),
        ("interfax.com.ua",),
    ),
    "interfax": (("Interfax", "Интерфакс"), ("interfax.ru",)),
    "tass": (("TASS", "ТАСС"), ("tass.com", "tass.ru")),
}
_BY_NAME = {name: agency for agency, (names, _) in _AGENCIES.items() for name in names}
_BY_DOMAIN = {domain: agency for agency, (_, domains) in _AGENCIES.items() for domain in domains}
_NAMES = "|".join(re.escape(name) for name in sorted(_BY_NAME, key=len, reverse=True))
_AUTHOR = re.compile(rf"(?<![\w-])({_NAMES})(?![\w-])")
_BRACKETS = re.compile(rf"[(\[/]({_NAMES})[)\]/]")
_END = re.compile(rf"[-\u2013\u2014]\s?({_NAMES})\.?$")


def publisher(item: Item) -> str:
    """Return who published `item`: feeds of one publisher are one."""
    return item.publisher or item.source


def voice(item: Item) -> str:
    """Return whose word `item` is: the agency's that it credits, else its publisher's."""
    text = item.summary
    found = (
        _AUTHOR.search(item.author)
        or _BRACKETS.search(text[:HEAD])
        or _BRACKETS.search(text[-TAIL:])
        or _END.search(text)
    )
    if found:
        return _BY_NAME[found[1]]
    return _BY_DOMAIN.get(publisher(item), publisher(item))


def independent(items: Iterable[Item]) -> int:
    """Return how many voices tell `items`, oldest first; one that repeats a headline word for word adds none."""
    heard: set[str] = set()
    said: set[str] = set()
    for item in items:
        words = item.title.casefold().split()
        saying = " ".join(words) if len(words) >= SAYING else ""
        if saying in said or voice(item) in heard:
            continue
        heard.add(voice(item))
        if saying:
            said.add(saying)
    return len(heard)
