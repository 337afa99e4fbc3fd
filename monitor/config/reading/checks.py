"""What one value must be: each check takes what TOML gave, returns what it means, or says what would be right."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, time
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from monitor.config.text.secrets import quoted
from monitor.core.telling.render import safe

FEED = '"https://example.org/rss"'  # the example in what is said about addresses
LONGEST = 36_500 * 86_400.0  # seconds of a duration
NAME_CHARS = 100
LISTED = 12  # names that an error lists

_UNITS = {"w": 604_800.0, "d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0}
_DURATION = re.compile("".join(rf"(?:([0-9]{{1,9}}(?:\.[0-9]{{1,6}})?){unit})?" for unit in _UNITS))
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?!\d)")
_HOST = re.compile(r"(?!-)[^\s\x00-\x1f!\"#$%&'()*+,/:;<=>?@\[\\\]^`{|}~.]{1,63}")


class Wrong(ValueError):
    """A value is not what it must be; the text is what to say of it.

    `path` leads on from the key to the part that is wrong, `index` counts characters of a text;
    `key` is True where the key itself is meant, not its value; `withheld` is the way to a secret
    (env, file, credential) that cannot be had there, which need not trouble who only looks.
    """

    def __init__(
        self,
        message: str,
        *,
        path: tuple[str | int, ...] = (),
        index: int | None = None,
        key: bool = False,
        withheld: str = "",
    ) -> None:
        super().__init__(message)
        self.path = path
        self.index = index
        self.key = key
        self.withheld = withheld


# -- words ------------------------------------------------------------------------------------


def meant(word: str, words: Iterable[str]) -> str:
    """Return a hint at what was meant, "" if nothing is near.

    >>> meant("opps", ["ops", "desk"])
    " (did you mean 'ops'?)"
    """
    from difflib import get_close_matches  # only who has mistyped something waits for it

    known = {known.lower(): str(known) for known in words}
    near = get_close_matches(word[:NAME_CHARS].lower(), known, n=1)
    return f" (did you mean {quoted(known[near[0]])}?)" if near else ""


def known(word: str, words: Sequence[str], *, says: str = "known") -> str:
    """Return what was meant or, where nothing is near, what there is.

    >>> known("x", ["url", "type"])
    ' (known: type, url)'
    """
    if hint := meant(word, words):
        return hint
    return f" ({says}: {', '.join(sorted(words))})" if 0 < len(words) <= LISTED else ""


def found(value: object) -> str:
    """Return what a value is, in words.

    >>> found("x"), found(True), found(30), found([{}])
    ('text', 'true', 'the number 30', 'a list of tables ([[…]])')
    """
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value}" if abs(value) < 1e15 else "a number out of all bounds"
        case str():
            return "text"
        case [{}, *_]:
            return "a list of tables ([[…]])"
        case list():
            return "a list"
        case Mapping():
            return "a table"
        case date() | time():
            return "a date"
    return "something else"


# -- plain values -----------------------------------------------------------------------------


def text(value: object, like: str = '"…"') -> str:
    """Return a text that holds something and no controls."""
    if not isinstance(value, str):
        raise Wrong(f"must be text, as in {like}, not {found(value)}")
    if not value.strip():
        raise Wrong(f"is empty; write it as in {like}")
    return value


def line(value: object, like: str = '"…"') -> str:
    """Return a text in one line."""
    line = text(value, like)
    if safe(line) != line:
        raise Wrong("must be one line without control characters")
    return line


def truth(value: object) -> bool:
    """Return true or false."""
    if isinstance(value, bool):
        return value
    lowered = value.lower() if isinstance(value, str) else ""
    hint = f" (write {lowered}, without quotes)" if lowered in {"true", "false"} else ""
    raise Wrong(f"must be true or false, not {found(value)}{hint}")


def integer(value: object) -> int:
    """Return a whole number below 10^15, either side of 0."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**15:
        return value
    hint = f" (write {value}, without quotes)" if _reads(int, value) else ""
    raise Wrong(f"must be a whole number, as in 5, not {found(value)}{hint}")


def number(value: object) -> float:
    """Return a number."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e15:
        return float(value)
    hint = f" (write {value}, without quotes)" if _reads(float, value) else ""
    raise Wrong(f"must be a number, as in 10 or 0.5, not {found(value)}{hint}")


def _reads(kind: type[int] | type[float], value: object) -> bool:
    return (
        isinstance(value, str)
        and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value) is not None
        and (kind is float or value.isdigit())
    )


def choice(words: Sequence[str]) -> Callable[[object], str]:
    """Return a check for one of some words."""
    listed = ", ".join(f'"{word}"' for word in words)

    def check(value: object) -> str:
        word = text(value, f'"{words[0]}"')
        if word not in words:
            raise Wrong(f"must be one of {listed}, not {quoted(word)}{meant(word, words)}")
        return word

    return check


def elements(value: object, like: str) -> list[object]:
    """Return a list that holds something."""
    if not isinstance(value, list):
        wrap = ", in brackets" if isinstance(value, str) else ""
        raise Wrong(f"must be a list{wrap}, as in {like}, not {found(value)}")
    if not value:
        raise Wrong(f"is an empty list; write it as in {like}, or leave it out")
    return value


def texts(value: object, like: str = '["…"]') -> tuple[str, ...]:
    """Return a list of texts."""
    return each(elements(value, like), line)


def each(values: Sequence[object], check: Callable[[object], str]) -> tuple[str, ...]:
    """Return all values checked; the first wrong one is told with its place."""
    checked = []
    for number, value in enumerate(values):
        try:
            checked.append(check(value))
        except Wrong as wrong:
            raise Wrong(str(wrong), path=(number, *wrong.path), index=wrong.index) from None
    return tuple(checked)


def name(name: str) -> str:
    """Return the name of a source, a rule or a notifier: no spaces, nothing invisible."""
    if not name:
        raise Wrong("a name must not be empty", key=True)
    from monitor.core.text import clean  # a glance at a configuration asks for no names

    if clean(name) != name or re.search(r"\s", name):
        raise Wrong("a name must be without spaces and control characters", key=True)
    if len(name) > NAME_CHARS:
        raise Wrong(f"a name must be of {NAME_CHARS} characters at most", key=True)
    return name


def tag(value: object) -> str:
    """Return a tag: a short text in one line."""
    from monitor.core.text import clean

    tag = line(value, '"ukraine"')
    if clean(tag) != tag or len(tag) > NAME_CHARS:
        raise Wrong(f"a tag must be one line of {NAME_CHARS} characters at most, without spaces around it")
    return tag


# -- durations --------------------------------------------------------------------------------


def duration(text: str) -> float:
    """Return seconds. Raises ValueError with a sentence.

    >>> duration("30s"), duration("1h30m"), duration("90d")
    (30.0, 5400.0, 7776000.0)
    """
    parts = _DURATION.fullmatch(text)
    if not text or parts is None:
        hint = f'; write "{text}s", "{text}m" …' if _reads(float, text) else ""
        raise ValueError(f'is no duration: numbers with w, d, h, m or s, as in "30s" or "1h30m"{hint}')
    seconds = sum(
        float(part) * unit for part, unit in zip(parts.groups(), _UNITS.values(), strict=True) if part
    )
    if seconds > LONGEST:
        raise ValueError("is longer than a hundred years")
    return seconds


def seconds(value: object) -> float:
    """Return a duration's seconds, more than none."""
    if not isinstance(value, str):
        plain = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 1e9
        hint = f' (write "{value}s" for seconds)' if plain else ""
        raise Wrong(f'must be a duration, as in "30s" or "1h30m", not {found(value)}{hint}')
    try:
        result = duration(value)
    except ValueError as error:
        raise Wrong(f"{quoted(value)} {error}") from None
    if not result:
        raise Wrong("must be longer than no time at all")
    return result


def interval(value: object) -> float:
    """Return a duration's seconds, at least one."""
    result = seconds(value)
    if result < 1:
        raise Wrong(f'must be at least "1s", not {quoted(str(value))}')
    return result


def span(seconds: float) -> str:
    """Return a duration as it is written.

    >>> span(5400), span(90), span(0.5)
    ('1h30m', '1m30s', '0.5s')
    """
    parts = []
    for unit, size in _UNITS.items():
        if unit != "s" and seconds >= size:
            parts.append(f"{seconds // size:.0f}{unit}")
            seconds %= size
    return "".join(parts) + (f"{seconds:g}s" if seconds or not parts else "")


# -- addresses --------------------------------------------------------------------------------


def address(value: object) -> str:
    """Return an http or https address with a host and without a password."""
    from monitor.core.text import URL_CHARS

    url = text(value, FEED)
    if not url.isprintable() or " " in url:
        raise Wrong("an address must hold no spaces or control characters")
    if len(url) > URL_CHARS:
        raise Wrong(f"an address must be of {URL_CHARS} characters at most")
    if complaint := scheme(url):
        raise Wrong(complaint + ("" if _SCHEME.match(url) else _mended(f"https://{url.lstrip('/')}")))
    parts = _split(url)
    if parts is None or (parts.hostname and not is_host(parts.hostname)):
        raise Wrong("the host or the port of this address makes no sense")
    if not parts.hostname:
        slashes = re.sub(r"^(https?):/*", r"\1://", url, flags=re.IGNORECASE)
        raise Wrong("the address names no host" + (_mended(slashes) if slashes != url else f", as in {FEED}"))
    if parts.username is not None:
        raise Wrong("a user name or password stands not in an address but under auth, in a [source.NAME]")
    return url


def scheme(url: str) -> str:
    """Return what is wrong with how an address begins, "" if it is http or https; never more of it.

    >>> scheme("htp://desk.example.org/hook")
    "begins with 'htp:', not http: or https: (did you mean 'https:'?)"
    """
    match = _SCHEME.match(url)
    if match is None:
        return "must begin with https:// or http://"
    given = match[1].lower()
    if given in {"http", "https"}:
        return ""
    from difflib import get_close_matches

    near = given == "feed" or get_close_matches(given, ("https", "http"), n=1)
    hint = " (did you mean 'https:'?)" if near else ""
    return f"begins with {quoted(given + ':')}, not http: or https:{hint}"


def _mended(url: str) -> str:
    parts = _split(url)
    good = parts is not None and "." in (parts.hostname or "") and is_host(parts.hostname or "")
    return f" (did you mean {quoted_address(url)}?)" if good and "@" not in url and len(url) <= 80 else ""


def quoted_address(url: str) -> str:
    """Return a source's address in quotes; it is no secret."""
    return f"'{safe(url)}'"


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        return parts if parts.port != 0 else None
    except ValueError:
        return None


def is_host(host: str) -> bool:
    """Tell whether a text may be the host of an address."""
    if ":" in host:
        try:
            return bool(ip_address(host.partition("%")[0]))
        except ValueError:
            return False
    labels = host.removesuffix(".").split(".")
    return len(host) <= 253 and all(_HOST.fullmatch(label) for label in labels)
