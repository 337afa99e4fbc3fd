"""Forgetting what is old."""

import asyncio
import logging
from collections.abc import Callable

from monitor.core.plurals import count
from monitor.daemon.system.logs import event
from monitor.store import Damaged, Store, StoreError


async def prune(store: Store, keep: Callable[[], float], tick: asyncio.Event) -> None:
    """Forget what is older than `keep` seconds, at once and with each tick, until cancelled."""
    while True:
        tick.clear()
        try:
            gone = await store.prune(keep=keep())
        except Damaged:
            raise
        except StoreError as error:
            event("store.trouble", str(error), level=logging.ERROR)
        else:
            if gone:
                event("store.pruned", f"forgot {count(gone, 'item')}", items=gone)
        await tick.wait()
