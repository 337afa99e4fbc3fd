"""What of a configuration is a secret, and how the rest is shown without it."""

import re
from collections.abc import Iterable

from monitor.config.text.positions import Keys
from monitor.core.telling.render import safe

_MASK = "…"
_TOKEN = re.compile(r"whsec_[A-Za-z0-9+/=_-]+|(?<=://)[^/\s\"'@]+(?=@)")  # Standard Webhooks; user:password@
_WITH_PASSWORD = re.compile(r"\w+://(?:[^/@\s\"']+@)?[^/@\s\"']+(?:/|$)")
_PRIVATE = r"secret|token|passw|auth|cookie|header|api_?key|credential|heartbeat"
_ADDRESSES = frozenset({"feeds", "source", "store"})  # tables whose addresses are no secrets
_NAMED = frozenset({"source", "rule", "notify"})  # tables whose second part is a name
_KEY_AND_EQUALS = re.compile(rf"(?:{_PRIVATE})[\w\"'-]{{0,40}}[ \t]{{0,8}}=", re.IGNORECASE)
_HEADER = re.compile(r"^[ \t]*\[+[ \t]*[\"']?(\w+)[^\n]*", re.MULTILINE)
_NOTIFY = re.compile(r"^[ \t]*[\"']?notify[\"']?[ \t]*[.=]", re.MULTILINE)


def redacted(text: str) -> str:
    """Return `text` without what is a secret wherever it stands.

    >>> redacted("https://me:word@example.org/ whsec_MfKQ9r8G")
    'https://…@example.org/ …'
    """
    return _TOKEN.sub(_MASK, text)


def nameable(text: str) -> bool:
    """Tell whether a text may be the name of something, rather than a secret itself.

    >>> nameable("OPS_URL"), nameable("whsec_MfKQ9r8G"), nameable("https://desk.example.org/hook")
    (True, False, False)
    """
    return len(text) <= 200 and "://" not in text and redacted(text) == text


def quoted(text: str) -> str:
    """Return a text in quotes as a message may show it: short, and never what may be a secret.

    >>> quoted("opps"), quoted("https://hooks.example.org/T0/B0")
    ("'opps'", "'…'")
    """
    return f"'{safe(text if len(text) <= 60 else text[:59] + _MASK)}'" if nameable(text) else f"'{_MASK}'"


def is_private(keys: Keys, value: object) -> bool:
    """Tell whether a value is never shown, by the key it stands at and what it looks like."""
    top = keys[0]
    if top == "notify":
        return True
    if not isinstance(value, str):
        return False
    if "://" in value and top not in _ADDRESSES and not (top == "rule" and "notify" not in keys[2:]):
        return True
    if top in _ADDRESSES and "@" in value and not _WITH_PASSWORD.match(value):
        return True  # mangled: what is the password cannot be told
    names = keys[2:] if top in _NAMED else keys
    return any(isinstance(name, str) and re.search(_PRIVATE, name, re.IGNORECASE) for name in names)


def masked(line: str, caret: int, spans: Iterable[tuple[int, int]]) -> tuple[str, int]:
    """Return a line with each span of it, and each secret known by its look, as one mark, and where the caret is in that."""
    shown, done, moved = "", 0, caret
    for first, last in sorted([*spans, *(found.span() for found in _TOKEN.finditer(line))]):
        start, end = max(first, done), min(last, len(line))
        if start >= end:
            continue
        shown += line[done:start] + _MASK
        if caret > start:
            moved = len(shown) - 1 + (caret - end + 1 if caret >= end else 0)
        done = end
    return shown + line[done:], moved


def broken(above: str, line: str) -> int:
    """Return from where on a line may hold a secret, its length if nowhere.

    A document with a syntax error has no keys yet: the lines alone tell which table this is.
    """
    headers = list(_HEADER.finditer(f"{above}{line}"))
    header = headers[-1] if headers else None
    table = header[1] if header else ""
    rest = f"{above}{line}"[header.end() if header else 0 :]
    address = "://" in line and table not in _ADDRESSES
    in_notify = table == "notify" or (not table and _NOTIFY.search(rest) is not None)
    password = "/" in line[: max(line.rfind("@"), 0)]
    if not (in_notify or address or password or "whsec_" in line or _KEY_AND_EQUALS.search(line)):
        return len(line)
    if value := re.search(r"=[ \t]*", line):
        return value.end()
    return len(line) if line.lstrip().startswith("[") and not (address or password) else 0
