"""What an edit changed, word by word."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from monitor.values import dataclass

MOST = 1_000  # words a side that are aligned; of more, all between what both begin and end with is exchanged
# A word, a character of a script that writes no spaces, or a mark; the space before it goes with it.
_WORD = (
    r"\s*(?:[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
    r"|[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+(?:['’.,]\w+)*"
    r"|[^\w\s])"
)


@dataclass(frozen=True, slots=True)
class Part:
    """A run of words that stayed, went or came."""

    what: Literal["same", "gone", "new"]
    text: str


def words(old: str, new: str) -> list[Part]:
    """Return how `old` became `new`: what stays and goes is `old`, what stays and comes is `new`.

    Whitespace is no difference. Bounded: a text of more than `MOST` words is aligned at its ends only.

    >>> [(part.what, part.text) for part in words("Fire kills 3 in Odesa", "Fire kills 7 in Odesa")]
    [('same', 'Fire kills'), ('gone', ' 3'), ('new', ' 7'), ('same', ' in Odesa')]
    """
    return list(_parts(_split(old), _split(new)))


def _split(text: str) -> list[str]:
    return re.findall(_WORD, " ".join(text.split()))


def _bare(tokens: Sequence[str]) -> list[str]:
    return [token.strip() for token in tokens]


def _parts(old: Sequence[str], new: Sequence[str]) -> Iterator[Part]:
    head = _shared(_bare(old), _bare(new))
    tail = _shared(_bare(old[head:])[::-1], _bare(new[head:])[::-1])
    yield from _part("same", new[:head])
    yield from _middle(old[head : len(old) - tail], new[head : len(new) - tail])
    yield from _part("same", new[len(new) - tail :])


def _shared(old: Sequence[str], new: Sequence[str]) -> int:
    pairs = enumerate(zip(old, new, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(old), len(new)))


def _middle(old: Sequence[str], new: Sequence[str]) -> Iterator[Part]:
    if max(len(old), len(new)) > MOST:
        yield from (*_part("gone", old), *_part("new", new))
        return
    from difflib import SequenceMatcher  # it compiles much, and most texts are shown as they are

    aligned = SequenceMatcher(None, _bare(old), _bare(new), autojunk=False)
    for kind, a, b, c, d in aligned.get_opcodes():
        if kind == "equal":
            yield from _part("same", new[c:d])
        else:
            yield from (*_part("gone", old[a:b]), *_part("new", new[c:d]))


def _part(what: Literal["same", "gone", "new"], tokens: Sequence[str]) -> Iterator[Part]:
    if tokens:
        yield Part(what, "".join(tokens))


def marked(parts: Sequence[Part], *, around: int = 40) -> str:
    """Return parts as one line for a reader: [-gone-] {+new+}, with `around` characters of what stays.

    >>> marked(words("Fire kills 3 in Odesa", "Fire kills 7 in Odesa"))
    'Fire kills [-3-] {+7+} in Odesa'
    >>> marked(words("UPDATED: Fire", "Fire in Odesa"))
    '[-UPDATED:-] Fire {+in Odesa+}'
    """
    shown = "".join(_shown(part, index, len(parts), around) for index, part in enumerate(parts))
    return " ".join(shown.split())


def _shown(part: Part, index: int, count: int, around: int) -> str:
    space, text = " " * part.text[:1].isspace(), part.text.strip()
    if part.what == "gone":
        return f"{space}[-{text}-] "
    if part.what == "new":
        return f"{space}{{+{text}+}}"
    head = around * (index > 0)
    tail = around * (index < count - 1)
    if len(text) <= head + tail + 3:
        return space + text
    return f"{space}{text[:head].rstrip()} … {text[len(text) - tail :].lstrip()}"
