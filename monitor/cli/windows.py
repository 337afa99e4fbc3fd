"""How long what a source shows stays there, as measured by the daemon, and who is polled too seldom for it."""

from collections.abc import Mapping
from pathlib import Path

from monitor.cli.places import reading
from monitor.config import Config
from monitor.core.cadence import Bounds, interval, too_seldom, window_lasts
from monitor.core.plurals import count, spell
from monitor.model import Rhythm, Source
from monitor.store import StoreError
from monitor.store.sqlite.asked import reading as ask

SHOWN = 8  # windows, the shortest


def measured(config: Config, state: Path | None) -> Mapping[str, Rhythm]:
    """Return the rhythms of the configured sources by name, as far as the store knows them."""
    try:
        with reading(config, state) as store:
            known = {(row.name, row.url): row.rhythm for row in ask.sources(store)}
    except StoreError:
        return {}  # none yet, of another version, or damaged: `run` says so
    return {
        source.name: known[source.name, source.url]
        for source in config.sources
        if (source.name, source.url) in known
    }


def losing(config: Config, rhythms: Mapping[str, Rhythm]) -> list[str]:
    """Return a sentence for each source that is polled too seldom for what it shows, at its `every`."""
    return [
        _at_every(config, source, f"source {source.name!r} may miss items: {why}")
        for source in config.sources
        if source.name in rhythms and (why := too_seldom(source, _bounds(config), rhythms[source.name]))
    ]


def lines(config: Config, rhythms: Mapping[str, Rhythm]) -> list[str]:
    """Return how long the shortest windows last at their busiest hour, and how often those are polled."""
    lasting = sorted(
        (
            (lasts, source)
            for source in config.sources
            if source.name in rhythms and (lasts := window_lasts(rhythms[source.name])) is not None
        ),
        key=lambda pair: pair[0],
    )
    out = [_line(source, lasts, rhythms[source.name], _bounds(config)) for lasts, source in lasting[:SHOWN]]
    more = len(lasting) - SHOWN
    return [*out, f"  and {more} that last longer"] if more > 0 else out


def _line(source: Source, lasts: float, rhythm: Rhythm, bounds: Bounds) -> str:
    every = spell(interval(source, 0, bounds, rhythm))
    shown, last = count(rhythm.window, "item"), "lasts" if rhythm.window == 1 else "last"
    return f"  {source.name}: its {shown} {last} {spell(lasts)} at the busiest hour, polled every {every}"


def _bounds(config: Config) -> Bounds:
    return Bounds(min=config.polling.min, max=config.polling.max)


def _at_every(config: Config, source: Source, message: str) -> str:
    if source.pinned and config.document is not None:
        return str(config.document.error(("source", source.name, "every"), message))
    return f"{config.path}: {message}"
