"""Who is told: one file a kind. A notifier sends one delivery once; the ledger does the rest.

A kind is one dataclass in `monitor/notifiers/<type>.py` (or an entry point of the group
`newsbell.notifiers`): its fields are its config keys, the file's name is the `type`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from monitor.core.items.identity import make_id
from monitor.model import Access, Delivery, Reply, Secret, TroubleOf, Wording

Method = Literal["POST", "PUT"]


class Post(Protocol):
    """Send one bounded, checked HTTP request; redirects are never followed."""

    async def __call__(
        self, url: str, headers: Mapping[str, str], body: bytes, *, method: Method = "POST"
    ) -> Reply:
        """Raise `PostError` if no answer came."""


class PostError(Exception):
    """No answer: the text is one sentence without secrets ("no such host")."""


class NotifyError(Exception):
    """A delivery did not arrive. `trouble` says whose: "receiver", "delivery" or "gone"."""

    def __init__(
        self, sentence: str, *, trouble: TroubleOf, retry_after: float | None = None, final: bool = False
    ) -> None:
        super().__init__(sentence)
        self.trouble: TroubleOf = trouble
        self.retry_after = retry_after  # seconds
        self.final = final  # True: no retry can help


class Notifier(Protocol):
    """A way to tell.

    A kind that tells through `post` and nothing else says so, `posts: ClassVar[bool] = True`; its table then may have
    `headers` and a `proxy`.
    """

    async def send(self, post: Post, delivery: Delivery, now: datetime) -> None:
        """Deliver once, through `post`, which bounds and checks every request.

        `now` is the instant of this attempt. Cancelled, it stops promptly and leaves nothing behind that
        would still be sent.

        Raises:
            NotifyError: not delivered.
        """


@runtime_checkable
class Previewed(Protocol):
    """A way to tell that is no request, and shows itself what it would be; those that post are shown by their requests."""

    def preview(self, delivery: Delivery, now: datetime) -> str:
        """Return what a delivery would be told as, for people to look at."""


def fingerprint(notifier: Notifier, access: Access | None = None) -> str:
    """Return a hash of a notifier's configuration, secrets included: a changed one is another receiver."""
    return make_id(
        type(notifier).__name__,
        *_values(notifier),
        *(f"{name}: {value.reveal()}" for name, value in (access.headers if access else ())),
        *_values(access.proxy if access else None),
    )


def _values(configured: object) -> list[str]:
    """Return the fields of a dataclass, secrets revealed; none of what is none."""
    held = (getattr(configured, name) for name in getattr(configured, "__dataclass_fields__", ()))
    shown = (value for value in held if not isinstance(value, Wording))  # other words go to the same receiver
    return [value.reveal() if isinstance(value, Secret) else repr(value) for value in shown]
