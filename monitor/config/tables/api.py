"""[api]: where health, metrics and the local API are served."""

import re
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from monitor.config.keys.known import API
from monitor.config.reading import checks
from monitor.config.reading.checks import Wrong
from monitor.config.reading.kinds import Secrets
from monitor.config.reading.table import Table
from monitor.config.text.secrets import quoted
from monitor.model import Secret
from monitor.values import dataclass

UNIX = "unix:"
LONGEST_PATH = 107  # bytes of a socket's path, unix(7)
SHORTEST_TOKEN = 16  # characters
_PLACE = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\[\]:/\s]+)):([0-9]{1,5})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """Where the API listens: a port of this machine, or a socket in the file system."""

    host: str = ""
    port: int = 0
    path: Path | None = None  # of the socket; then there is no host and no port
    token: Secret | None = None  # that writes must carry; None: nothing can be written
    hosts: tuple[str, ...] = ()  # further names by which a proxy may ask for it
    callback: str = ""  # where hubs push to, ends with a slash; "": none is asked to


def read(top: Table, secrets: Secrets) -> Api | None:
    """Return what [api] says, None where there is none: then nothing listens."""
    if "api" not in top.values:
        return None
    table = top.inner("api")
    table.refuse_others(API)
    table.require("listen", API.like("listen"))
    listen = table.read("listen", _listen, None) or Api()
    return Api(
        host=listen.host,
        port=listen.port,
        path=listen.path,
        token=table.read("token", lambda value: _token(value, secrets), None),
        hosts=table.each("hosts", _name, '["wall.example.org"]'),
        callback=table.read("callback", _callback, ""),
    )


def _callback(value: object) -> str:
    url = checks.address(value)
    if "?" in url or "#" in url or "@" in urlsplit(url).netloc:
        raise Wrong(
            'must be an address that further words can be put behind, as in "https://news.example.org/push/"'
        )
    return url if url.endswith("/") else f"{url}/"


def _listen(value: object) -> Api:
    place = checks.line(value, '"127.0.0.1:9464"')
    if place.startswith(UNIX):
        return Api(path=_path(place.removeprefix(UNIX)))
    found = _PLACE.fullmatch(place)
    if not found or not 1 <= int(found[3]) <= 65_535:
        raise Wrong(
            'must be a host and a port of this machine, as in "127.0.0.1:9464", or "unix:" and a path'
        )
    host = found[1] or found[2]
    if not _is_loopback(host):
        raise Wrong(
            f"{quoted(host)} is not of this machine alone; write 127.0.0.1, [::1] or unix:/path,"
            " and put a proxy with TLS and a login before it for others"
        )
    return Api(host="127.0.0.1" if host == "localhost" else host, port=int(found[3]))


def _path(name: str) -> Path:
    if not name.startswith("/") or name.endswith("/"):
        raise Wrong('must name a socket by its whole path, as in "unix:/run/newsbell/api.sock"')
    if len(name.encode()) > LONGEST_PATH:
        raise Wrong(f"is too long for a socket's path: at most {LONGEST_PATH} bytes")
    return Path(name)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _token(value: object, secrets: Secrets) -> Secret:
    token = secrets.check(value)
    if len(token.reveal()) < SHORTEST_TOKEN or not re.fullmatch(r"[!-~]+", token.reveal()):
        raise Wrong(
            f"must be of {SHORTEST_TOKEN} or more ASCII characters without spaces, as `openssl rand -hex 24` makes them"
        )
    return token


def _name(value: object) -> str:
    name = checks.line(value, '"wall.example.org"').lower()
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", name):
        raise Wrong('must be the name of a host alone, as in "wall.example.org"')
    return name
