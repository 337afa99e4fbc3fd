"""What is told: one alert for one notifier, and how that ended."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from monitor.model.alerts import Alert
from monitor.values import dataclass

INHIBITED = (
    "inhibited"  # why a delivery is held, and what its batch begins with: what one alert inhibits is gathered
)
DeliveryState = Literal["due", "sent", "retrying", "dead", "held"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One alert for one notifier. `id` is the webhook-id of every attempt."""

    id: str
    alert: Alert
    notifier: str
    state: DeliveryState = "due"
    reason: str = ""  # why it is held
    until: datetime | None = None
    attempts: int = 0  # all, of either trouble
    failures: int = 0  # of its own trouble
    probes: int = 0  # of its receiver's trouble, since it was made or replayed; known where it is claimed
    last_error: str = ""
    created_at: datetime
    sent_at: datetime | None = None
    late: bool = False  # its receiver was down when it was due
    digest: str = ""  # id of the delivery that tells it
    joins: str = ""  # id of the alert that inhibits it


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """The health of one notifier's far end."""

    notifier: str
    failures: int = 0  # in a row, of the receiver's trouble; 0 = well
    failed_at: datetime | None = None  # the outage's first failure
    last_probe_at: datetime | None = None
    next_probe_at: datetime | None = None
    not_before: datetime | None = None  # Retry-After
    recovered_at: datetime | None = None  # end of the last outage
    disabled_at: datetime | None = None  # answered 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a receiver answered."""

    status: int
    retry_after: float | None = None  # seconds
    head: bytes = b""  # first 4 KiB at most
    location: str = ""  # where it redirects to


TroubleOf = Literal["receiver", "delivery", "gone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """How one attempt ended."""

    delivery: Delivery
    at: datetime
    seconds: float  # real, for the ledger
    trouble: TroubleOf | None = None  # None: sent
    error: str = ""
    retry_after: float | None = None
    final: bool = False  # nothing will ever make it arrive (a closed stdout)


JSON = Mapping[str, "JSON"] | Sequence["JSON"] | str | int | float | bool | None
