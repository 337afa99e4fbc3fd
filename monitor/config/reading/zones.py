"""Which time zone is the user's."""

from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from monitor.config.reading.checks import Wrong, meant, text
from monitor.config.text.secrets import quoted

LIKE = '"Europe/Kyiv"'
LOCALTIME = Path("/etc/localtime")  # localtime(5): a link into the tz database

# A machine without a tz database still has UTC: TZif version 1 (RFC 8536) with one type, and no transition.
_UTC = b"TZif" + bytes(16) + bytes(4 * 4) + b"\0\0\0\1" + b"\0\0\0\4" + bytes(6) + b"UTC\0"


def zone(value: object) -> ZoneInfo:
    """Return the zone of a name in the tz database."""
    name = text(value, LIKE)
    if found := _find(name):
        return found
    names = available_timezones()
    if not names:
        raise Wrong("this machine has no time zones (install tzdata)")
    cities = {known.rpartition("/")[2].lower(): known for known in sorted(names)}
    city = cities.get(name.replace(" ", "_").lower())
    hint = f" (did you mean '{city}'?)" if city else meant(name, names) or f", as in {LIKE}"
    raise Wrong(f"there is no time zone {quoted(name)}{hint}")


def machine(environ: Mapping[str, str]) -> ZoneInfo:
    """Return the machine's zone: $TZ, else what /etc/localtime links to, else UTC."""
    names = [environ.get("TZ", "").removeprefix(":")]
    with suppress(OSError):
        names.append(str(LOCALTIME.resolve()))
    for name in names:
        if found := _find(name.rpartition("zoneinfo/")[2]):
            return found
    return _find("UTC") or ZoneInfo.from_file(BytesIO(_UTC), key="UTC")


def _find(name: str) -> ZoneInfo | None:
    with suppress(OSError, ValueError, LookupError):  # what ZoneInfo raises for a folder, a path, nothing
        return ZoneInfo(name) if name else None
    return None
