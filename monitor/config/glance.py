"""What the first screen needs of a configuration, before its sources and rules are read: whose clock, which file."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.config import places
from monitor.config.reading import zones
from monitor.config.reading.checks import Wrong
from monitor.config.text.files import Documents
from monitor.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """The part of a Config that is there at once."""

    path: Path
    timezone: ZoneInfo
    database: Path | None = None  # None: in the state directory


def glance(path: Path, *, environ: Mapping[str, str]) -> Glance:
    """Return what a configuration says of these; what is wrong with it, `load` says. Raises ConfigErrors if it is no TOML."""
    values = Documents.read(path).values
    timezone, database, store = zones.machine(environ), None, values.get("store")
    with suppress(Wrong):
        timezone = zones.zone(values["timezone"]) if "timezone" in values else timezone
    with suppress(Wrong):
        database = places.database(store["url"]) if isinstance(store, Mapping) and "url" in store else None
    return Glance(path=path, timezone=timezone, database=database)
