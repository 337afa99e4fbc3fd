"""What a feed says of when to read it."""

from datetime import UTC, datetime

import pytest

from monitor.model import Advice, Response
from monitor.sources.feed import Feed

SY = 'xmlns:s="http://purl.org/rss/1.0/modules/syndication/"'
ITEM = "<item><title>Sirens</title><guid>1</guid></item>"


def told(inside: str, *, charset: str = "utf-8") -> Advice:
    text = f'<rss version="2.0" {SY}><channel><title>Desk</title>{inside}</channel></rss>'
    at = datetime(2026, 3, 1, tzinfo=UTC)
    body = text.encode(charset)
    return Feed().parse(Response(url="https://e.org/rss", status=200, body=body, received_at=at)).advice


@pytest.mark.parametrize(
    ("inside", "every"),
    [
        ("<ttl>15</ttl>", 900.0),
        ("<ttl> 60 </ttl>", 3_600.0),
        ("<ttl>0</ttl>", 0.0),
        ("<ttl>-5</ttl>", 0.0),
        ("<ttl>nan</ttl>", 0.0),
        ("<ttl>soon</ttl>", 0.0),
        ("<ttl>0.1</ttl>", 60.0),  # nobody means six seconds
        ("<ttl>99999999</ttl>", 7 * 86_400.0),
        ("<s:updatePeriod>hourly</s:updatePeriod><s:updateFrequency>1</s:updateFrequency>", 0.0),  # WordPress
        ("<s:updatePeriod>hourly</s:updatePeriod><s:updateFrequency>4</s:updateFrequency>", 900.0),
        ("<s:updatePeriod>daily</s:updatePeriod>", 86_400.0),
        ("<s:updateFrequency>2</s:updateFrequency>", 43_200.0),
        ("<s:updatePeriod>now and then</s:updatePeriod>", 0.0),
        ("<s:updatePeriod>daily</s:updatePeriod><ttl>30</ttl>", 1_800.0),
    ],
)
def test_how_often_it_thinks_enough(inside: str, every: float) -> None:
    assert told(inside + ITEM).every == every


def test_when_its_schedule_begins() -> None:
    daily = "<s:updatePeriod>daily</s:updatePeriod><s:updateBase>{}</s:updateBase>"
    noon = datetime(2000, 1, 1, 12, tzinfo=UTC).timestamp()
    assert told(daily.format("2000-01-01T12:00+00:00") + ITEM).base == noon
    assert told(daily.format("2000-01-01T12:00") + ITEM).base == noon
    assert told(daily.format("at noon") + ITEM).base == 0.0


@pytest.mark.parametrize("charset", ["utf-8", "utf-16"])
def test_hours_and_days_that_it_wants_to_be_spared(charset: str) -> None:
    """Every one of them counts, wherever the channel says it; 24 is midnight, as some write."""
    hours = "<skipHours><hour>24</hour><hour> 07 </hour><hour>99</hour><hour>x</hour></skipHours>"
    days = "<skipDays><day>Saturday</day><day>sunday</day><day>Someday</day></skipDays>"
    for inside in (hours + days + ITEM, ITEM + hours + days):
        advice = told(inside, charset=charset)
        assert (advice.skip_hours, advice.skip_days) == ((0, 7), (5, 6))


def test_what_forbids_everything_says_nothing() -> None:
    hours = "".join(f"<hour>{hour}</hour>" for hour in range(24))
    assert told(f"<skipHours>{hours}</skipHours>" + ITEM) == Advice()


def test_an_item_speaks_for_itself_and_not_for_the_feed() -> None:
    """A comment that somebody wrote into an item must not keep the feed from being read."""
    said = "<description><![CDATA[<skipHours><hour>3</hour></skipHours>]]></description><ttl>9999</ttl>"
    assert told(ITEM.replace("</item>", said + "</item>") + ITEM) == Advice()
