"""`headers`, `auth`, `cookies` and `proxy` of a source: what lets us in. No value of them is ever shown."""

import base64
import re
from collections.abc import Callable, Iterator
from typing import Literal, cast
from urllib.parse import unquote, urlsplit

from monitor.config.keys.known import SOURCE
from monitor.config.reading import checks
from monitor.config.reading.checks import Wrong, found, known
from monitor.config.reading.kinds import WAYS, Secrets
from monitor.config.reading.table import Table
from monitor.config.text.secrets import nameable, quoted
from monitor.model import Access, Proxy, Secret

Header = tuple[str, Secret]

PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
SOCKS_BYTES = 255  # of a user name or a password, RFC 1929
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")  # RFC 9110 §5.6.2
_UNSENDABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]")  # RFC 9110 §5.5; h11 sends Latin-1
_OURS = frozenset(  # what HTTP itself, or asking whether something changed, is made of
    [
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "expect",
        "host",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "range",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ]
)


def read(table: Table, secrets: Secrets, *, home: str) -> Access:
    """Return how the source at `home` is asked; what is wrong is noted in `table`."""
    headers = list(_each(table, "headers", _header_name, secrets, _header))
    cookies = list(_each(table, "cookies", _cookie_name, secrets, _cookie))
    auth = table.read("auth", lambda value: _auth(table, value, secrets), None)
    taken = {name for name, _ in headers}
    for key, name in (("auth", "authorization"), ("cookies", "cookie")):
        if key in table.values and name in taken:
            table.wrong(f"headers has {name} already; keep one of them", key, key=True)
    if cookies:
        headers.append(("cookie", Secret("; ".join(f"{name}={it.reveal()}" for name, it in cookies))))
    if auth is not None:
        headers.append(("authorization", auth))
    _show_place(table, ("proxy",), table.values.get("proxy"))
    proxy = table.read("proxy", lambda value: _proxy(value, secrets), None)
    return Access(home=home, headers=tuple(headers), proxy=proxy) if headers or proxy else Access()


def of_notifier(table: Table, secrets: Secrets) -> Access:
    """Return with which headers and by which proxy a notifier posts; what is wrong is noted in `table`."""
    headers = tuple(_each(table, "headers", _told_name, secrets, _header))
    _show_place(table, ("proxy",), table.values.get("proxy"))
    return Access(headers=headers, proxy=table.read("proxy", lambda value: _proxy(value, secrets), None))


def _told_name(name: str, taken: list[str]) -> str:
    lower = _header_name(name, taken)
    if lower == "content-type" or lower.startswith("webhook-"):
        raise Wrong(f"headers: {lower} is set by newsbell itself; leave it out", key=True)
    return lower


def _each(
    table: Table,
    key: str,
    name_of: Callable[[str, list[str]], str],
    secrets: Secrets,
    check: Callable[[str], str],
) -> Iterator[Header]:
    """Yield what stands in a table of secrets; each wrong name or value is noted and left out."""
    names: list[str] = []
    for name, value in table.read(key, lambda value: _table(value, key), {}).items():
        try:
            names.append(name_of(name, names))
            _show_place(table, (key, name), value)
            yield names[-1], _checked(value, secrets, check)
        except Wrong as wrong:
            sentence = str(wrong) if wrong.key else f"{name}: {wrong}"
            table.wrong(
                Wrong(sentence, path=(name, *wrong.path), key=wrong.key, withheld=wrong.withheld), key
            )


def _table(value: object, key: str) -> dict[str, object]:
    if isinstance(value, dict) and value:
        return value
    shown = "an empty table" if isinstance(value, dict) else found(value)
    raise Wrong(f"must be a table, as in {SOURCE.like(key)}, not {shown}")


def _show_place(table: Table, keys: tuple[str, ...], value: object) -> None:
    """Let errors show where a secret is: the name of a variable, a file or a credential."""
    for way in WAYS:
        if isinstance(value, dict) and isinstance(name := value.get(way), str) and nameable(name):
            table.notes.document.shown.add((*table.keys, *keys, way))


def _checked(value: object, secrets: Secrets, check: Callable[[str], str]) -> Secret:
    return Secret(check(secrets.check(value).reveal().strip()))


# -- headers and cookies ----------------------------------------------------------------------


def _header_name(name: str, taken: list[str]) -> str:
    lower = name.lower()
    if not _TOKEN.fullmatch(name):
        raise Wrong(f"headers: {quoted(name)}: the name of a header is letters, digits and -", key=True)
    if lower in _OURS:
        raise Wrong(f"headers: {lower} is set by newsbell itself; leave it out", key=True)
    if lower in taken:
        raise Wrong(f"headers: {lower} stands here twice; keep one of them", key=True)
    return lower


def _header(text: str) -> str:
    if _UNSENDABLE.search(text):
        raise Wrong("must be one line of characters that a header can carry (Latin-1, no controls)")
    return text


def _cookie_name(name: str, taken: list[str]) -> str:
    if not _TOKEN.fullmatch(name):
        raise Wrong(f"cookies: {quoted(name)}: the name of a cookie is letters, digits, - and _", key=True)
    return name


def _cookie(text: str) -> str:
    if not text.isascii() or re.search(r"[\x00-\x20;\x7f]", text):  # RFC 6265 §4.1.1, as browsers are
        raise Wrong("must be the value of one cookie: ASCII, without spaces and ';'")
    return text


# -- auth -------------------------------------------------------------------------------------


def _auth(table: Table, value: object, secrets: Secrets) -> Secret:
    """Return the header Authorization: Basic (RFC 7617) or Bearer (RFC 6750)."""
    given = _table(value, "auth")
    for key in given:
        if key not in ("user", "password", "bearer"):
            hint = known(key, ("user", "password", "bearer"))
            raise Wrong(f"has an unknown key {quoted(key)}{hint}", path=(key,))
        _show_place(table, ("auth", key), given[key])
    if given.keys() == {"bearer"}:
        return Secret(f"Bearer {_part(given, 'bearer', secrets, _bearer)}")
    if given.keys() != {"user", "password"}:
        raise Wrong("must have user and password, or bearer alone")
    pair = f"{_part(given, 'user', secrets, _user)}:{_part(given, 'password', secrets, _one_line)}"
    return Secret(f"Basic {base64.b64encode(pair.encode()).decode('ascii')}")


def _part(given: dict[str, object], key: str, secrets: Secrets, check: Callable[[str], str]) -> str:
    try:
        return _checked(given[key], secrets, check).reveal()
    except Wrong as wrong:
        raise Wrong(f"{key}: {wrong}", path=(key, *wrong.path), withheld=wrong.withheld) from None


def _one_line(text: str) -> str:
    if re.search(r"[\x00-\x1f\x7f]", text):
        raise Wrong("must be one line without control characters")
    return text


def _user(text: str) -> str:
    if ":" in text:
        raise Wrong("must be without ':', which ends it (RFC 7617)")
    return _one_line(text)


def _bearer(text: str) -> str:
    if not text.isascii() or re.search(r"[\x00-\x20\x7f]", text):
        raise Wrong("must be the token alone: ASCII, without spaces")
    return text


# -- proxy ------------------------------------------------------------------------------------


def _proxy(value: object, secrets: Secrets) -> Proxy:
    """Return a proxy; what Wrong says never holds a part of its address."""
    like = f"as in {SOURCE.like('proxy')}"
    text = secrets.check(value).reveal().strip()
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Wrong(f"the host or the port of this address makes no sense; write it {like}") from None
    if parts.scheme not in PORTS:
        schemes = ", ".join(f"{scheme}://" for scheme in PORTS)
        raise Wrong(f"must begin with one of {schemes}, {like}")
    if not (host.isascii() and checks.is_host(host)) or port == 0 or "%" in host:
        raise Wrong(f"the host or the port of this address makes no sense; write it {like}")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise Wrong(f"an address of a proxy ends with its port, {like}")
    user, password = (_credential(part) for part in (parts.username, parts.password))
    scheme = cast(Literal["http", "https", "socks5", "socks5h"], parts.scheme)
    return Proxy(scheme=scheme, host=host, port=port or PORTS[scheme], user=user, password=password)


def _credential(text: str | None) -> Secret | None:
    """Return a user name or a password as a proxy is told it: not percent-encoded."""
    if not text:
        return None
    plain = _one_line(unquote(text))
    if len(plain.encode()) > SOCKS_BYTES:
        raise Wrong(f"the user name and the password must be of {SOCKS_BYTES} bytes at most")
    return Secret(plain)
