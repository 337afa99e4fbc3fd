"""Everything else that Apprise knows, by its addresses: https://appriseit.com/services/."""

import asyncio
import logging
import math
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from threading import Thread
from typing import Any

from monitor.core.telling import wording
from monitor.core.telling.prose import parted
from monitor.model import Delivery, Secret, Severity, Wording
from monitor.notifiers import NotifyError, Post

TYPES = {Severity.INFO: "info", Severity.WARNING: "warning", Severity.CRITICAL: "failure"}


@dataclass(frozen=True, slots=True)
class Apprise:
    """Tells by Apprise, which is installed with newsbell[apprise]. Its own retries and redirects are off."""

    url: Secret  # one address of Apprise's: pover://user@token, signal://…, mailtos://…
    rate: float = 1.0  # notifications a second at most
    wording: Wording = Wording()

    def __post_init__(self) -> None:
        """Raise ValueError, as "key: what is wrong", for what could never be told."""
        if find_spec("apprise") is None:
            raise ValueError("url: that takes Apprise: pip install 'newsbell[apprise]'")
        if not self.url.reveal().isprintable() or _service(self.url.reveal()) is None:
            raise ValueError("url: Apprise knows no such address, or misses a part of it")
        if not (math.isfinite(self.rate) and self.rate > 0):
            raise ValueError(f"rate: notifications a second, above 0, not {self.rate}")

    def preview(self, delivery: Delivery, now: datetime) -> str:
        """Return the title and the body that Apprise is handed."""
        told = wording.told(delivery, self.wording)
        return f"{told.label}\n\n{told.plain()}"

    async def send(self, post: Post, delivery: Delivery, now: datetime) -> None:
        """Tell once, in a thread. Apprise says no more than whether it worked.

        Cancelled, this ends at once; a request that Apprise has begun ends by itself, and the delivery is told again.
        """
        told = wording.told(delivery, self.wording)
        if not await in_thread(lambda: self._told(told.label, told.plain(), delivery.alert.severity)):
            raise NotifyError(
                "Apprise could not tell it; its log is kept quiet, for it holds addresses", trouble="receiver"
            )

    def _told(self, label: str, words: str, severity: Severity) -> bool:
        import apprise

        return bool(
            apprise.Apprise([_service(self.url.reveal())]).notify(
                title=parted(label),
                body=parted(words),
                notify_type=TYPES[severity],
                body_format=apprise.NotifyFormat.TEXT,
            )
        )


def _service(url: str) -> Any:
    """Return Apprise's object for an address, None if it knows none. It logs nothing: addresses are secrets."""
    import apprise  # 0.1 s and 14 MB, for those who use it

    for name in ("apprise", "urllib3"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    asset = apprise.AppriseAsset(
        app_id="Newsbell",
        storage_mode="memory",
        async_mode=False,
        http_redirects=False,
        default_service_retry=0,
    )
    service = apprise.Apprise.instantiate(url, asset=asset)
    if service is not None:  # whatever the address says of it
        service.redirects, service.retry = False, 0
    return service


async def in_thread(work: Callable[[], bool]) -> bool:
    """Return what `work` returns in a thread of its own, which keeps nobody from leaving."""
    done: Future[bool] = Future()

    def run() -> None:
        if done.set_running_or_notify_cancel():
            try:
                done.set_result(work())
            except BaseException as error:  # whatever it is, the one who waits must hear it
                done.set_exception(error)

    Thread(target=run, name="apprise", daemon=True).start()
    return await asyncio.wrap_future(done)
