"""When an item was published: dates as written become an interval in UTC, or "first seen"."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from monitor.model import Published, RawDate

FIRST = datetime(1970, 1, 2, tzinfo=UTC)  # before it: 0, the date of what has none, in any zone
AHEAD = timedelta(days=1)  # a date further in the future is none


def published(dates: Sequence[RawDate], *, now: datetime, since: datetime | None) -> Published:
    """Return when an item with these dates was published, as far as can be known.

    The first sane date counts, stated ones before dates of change. Without any, the item appeared after
    `since`, the poll before (None: unknown), and by `now`. Raises nothing, whatever the texts are.

    >>> at = datetime(2024, 3, 12, 9, tzinfo=UTC)
    >>> published([RawDate(text="Mon, 11 Mar 2024 15:44:00 -0400")], now=at, since=None).latest.isoformat()
    '2024-03-11T19:44:00+00:00'
    >>> published([RawDate(text="0000-00-00")], now=at, since=None).origin
    'first-seen'
    """
    ordered = sorted(dates, key=lambda date: date.origin == "updated")
    for at in (at for date in ordered for at in _readings(date)):
        if FIRST <= at <= now + AHEAD:
            return Published(earliest=at, latest=at, origin="stated")
    return Published(earliest=min(since or now, now), latest=now, origin="first-seen")


def _readings(date: RawDate) -> Iterator[datetime]:
    """Yield what the text says as we read it, then as the library did."""
    text = " ".join(date.text[:100].split())
    for read, written in (
        (datetime.fromisoformat, text),  # before RFC 5322, which makes something of some ISO dates
        (parsedate_to_datetime, text),
        (datetime.fromisoformat, date.parsed[:40]),
    ):
        # Anything but a BaseException: parsedate_to_datetime raises what its parts raise, by version.
        with suppress(Exception):
            yield _utc(read(written))


def _utc(at: datetime) -> datetime:
    # A stamp without a zone is taken for UTC until zones are inferred from what the source did before.
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
