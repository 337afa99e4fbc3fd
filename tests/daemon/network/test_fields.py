"""What the fields of an answer say of time."""

from datetime import UTC, datetime

import pytest

from monitor.daemon.network.fields import kept

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DATE = "Tue, 24 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("fields", "left", "seconds"),
    [
        ({"cache-control": "max-age=300"}, 300.0, 300.0),
        ({"cache-control": "max-age=300", "age": "290"}, 10.0, 300.0),
        ({"cache-control": 'Public, Max-Age="300"'}, 300.0, 300.0),
        ({"cache-control": "max-age=0, s-maxage=60"}, 60.0, 60.0),
        ({"cache-control": "max-age=600, s-maxage=60"}, 60.0, 60.0),
        ({"cache-control": "max-age=2591034"}, 86_400.0, 86_400.0),  # 30 days of an RSS feed
        ({"cache-control": "max-age=" + "9" * 400}, 86_400.0, 86_400.0),
        ({"expires": "Tue, 24 Nov 2026 12:05:00 GMT", "date": DATE}, 300.0, 300.0),
        ({"expires": "Tue, 24 Nov 2026 12:05:00 GMT"}, 300.0, 300.0),
        # an hour of difference between their clock and ours changes nothing
        ({"expires": "Tue, 24 Nov 2026 13:05:00 GMT", "date": "Tue, 24 Nov 2026 13:00:00 GMT"}, 300.0, 300.0),
        ({"cache-control": "max-age=60", "expires": "Tue, 24 Nov 2026 13:00:00 GMT"}, 60.0, 60.0),
    ],
)
def test_how_long_a_copy_is_good_for(fields: dict[str, str], left: float, seconds: float) -> None:
    found = kept(fields, now=NOON)
    assert found is not None
    assert ((found.until - NOON).total_seconds(), found.seconds) == (left, seconds)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"cache-control": "no-cache"},
        {"cache-control": "no-store, max-age=300"},
        {"cache-control": "max-age=0"},
        {"cache-control": "max-age=0", "expires": "Tue, 24 Nov 2026 13:00:00 GMT"},
        {"cache-control": "max-age=300", "age": "300"},  # its cache asks anew
        {"cache-control": "max-age=-1"},
        {"cache-control": "max-age=٣٠٠"},
        {"cache-control": "max-age"},
        {"expires": "0"},
        {"expires": "-1"},
        {"expires": "Tue, 24 Nov 2026 11:00:00 GMT", "date": DATE},
        {"expires": "soon", "date": DATE},
    ],
)
def test_what_says_nothing(fields: dict[str, str]) -> None:
    assert kept(fields, now=NOON) is None
