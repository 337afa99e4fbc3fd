"""The API beside the daemon: bound before it is ready, ended with it."""

from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from monitor.api import listener
from monitor.api.callback import Door
from monitor.api.office import Office, Watched
from monitor.api.tally import Tally
from monitor.config import Api, Config
from monitor.model import Clock
from monitor.store.sqlite import SqliteStore
from monitor.store.sqlite.outside.attached import Attached


def watched(config: Config) -> Watched:
    """Return what of a configuration the API speaks of."""
    return Watched(
        sources={source.name: source for source in config.sources},
        rules=config.rules,
        notifiers=tuple(config.notifiers),
        aliases=config.aliases,
    )


@contextmanager
def shown(
    api: Api | None,
    store: SqliteStore,
    tally: Tally,
    goes_by: Callable[[], Watched],
    still: Callable[[], Mapping[str, float]],
    *,
    clock: Clock,
    timezone: ZoneInfo,
    door: Door | None = None,
) -> Iterator[Callable[[], Coroutine[Any, Any, None]] | None]:
    """Listen where [api] says, and give what serves it until cancelled; None where it is not configured.

    Raises listener.ListenError.
    """
    if api is None:
        yield None
        return
    listening = listener.on_path(api.path) if api.path else listener.on_port(api.host, api.port)
    from monitor.api.app import application  # starlette takes its time, and only here is it needed

    reader, quick = Attached(Path(store.database.path)), Attached(Path(store.database.path))
    office = Office(
        reader=reader,
        quick=quick,
        clock=clock,
        tally=tally,
        watched=goes_by,
        still=still,
        replay=lambda ids, nonce: store.replay(ids, as_new=nonce),
        silence=store.silence,
        end_silences=store.end_silences,
        version=version("newsbell"),
        token=api.token,
        door=door if api.callback else None,
        timezone=timezone,
    )
    app = application(office, None if api.path else api.hosts)
    try:
        yield lambda: listener.serve(app, listening, office.closing)
    finally:
        reader.close()
        quick.close()
        listening.close()
        if api.path:
            api.path.unlink(missing_ok=True)
