"""`twin`: which source of a site may lend another its links and dates."""

from collections.abc import Mapping, Sequence

from monitor.config.reading.checks import known
from monitor.config.reading.table import Table
from monitor.config.text.secrets import quoted
from monitor.core.domains import domain_of
from monitor.model import Source


def check(top: Table, watched: Sequence[Source]) -> None:
    """Note each `twin` that is none: not there, the source itself, of the same type or of another site."""
    by_name = {source.name: source for source in watched}
    written = top.values.get("source")
    for source in watched:
        faulty = isinstance(written, dict) and source.twin in written and source.twin not in by_name
        if source.twin and not faulty and (wrong := _wrong(source, by_name)):
            table = Table(top.notes, (*top.keys, "source", source.name), {}, f"source {quoted(source.name)}")
            table.wrong(wrong, "twin")


def _wrong(source: Source, by_name: Mapping[str, Source]) -> str:
    twin, named = by_name.get(source.twin), quoted(source.twin)
    if twin is None:
        others = [name for name in by_name if name != source.name]
        return f"no source is called {named}{known(source.twin, others, says='there is')}"
    if twin is source:
        return f"{named} is this source itself; name the feed of its site"
    if twin.twin:
        return f"{named} has a twin itself; name the feed that knows links and dates"
    if twin.kind == source.kind:
        return f"{named} is of type {quoted(twin.kind)} too; a twin is of another type, as a page and its feed are"
    ours, its = _site(source), _site(twin)
    return f"{named} is of {its}, this source of {ours}; twins are of one site" if ours != its else ""


def _site(source: Source) -> str:
    return domain_of(source.url)
