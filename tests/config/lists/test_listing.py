"""Where a list may lead: outside, and nowhere else."""

import re

import pytest

from monitor.config import lists
from monitor.config.lists.listing import address
from monitor.config.reading.checks import Wrong
from monitor.daemon.network.addresses import NETWORKS, Reach, refusal

INSIDE = (
    *("127.0.0.1", "127.1", "2130706433", "0x7f.1", "0X7F000001", "017700000001", "10.1", "0", "192.168.257"),
    *("[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1%25eth0]"),
    *("localhost", "LOCALHOST.", "a.localhost", "localhost.localdomain", "ip6-localhost", "desk", "nas.local"),
    *("db.internal", "０", "①②⑦.0.0.1", "127。0。0。1", "ｌocalhost"),
)  # fmt: skip
OUTSIDE = (
    "93.184.215.14",
    "1572395022",
    "127.example.org",
    "0x7f.example.org",
    "[2606:2800:21f::1]",
    "пошта.укр",
    "a.org.",
)


NOBODYS = ("a reserved address", "a documentation address")  # where no machine of this network is


@pytest.mark.parametrize("host", INSIDE)
def test_a_list_may_not_lead_inside_however_the_host_is_spelled(host: str) -> None:
    with pytest.raises(Wrong, match="leads to a private address; type it into"):
        address(f"http://{host}:8080/rss")


@pytest.mark.parametrize("host", OUTSIDE)
def test_a_host_outside_is_none_of_them(host: str) -> None:
    assert address(f"http://{host}:8080/rss") == f"http://{host}:8080/rss"


def test_what_only_a_typed_address_may_reach_a_list_may_not() -> None:
    """The daemon's table is the measure: what is imported stands in config.toml then, as if it were typed."""
    for network, (name, reach) in NETWORKS:
        first = str(network[1] if network.num_addresses > 1 else network[0])
        if reach is Reach.TYPED and name not in NOBODYS:
            assert refusal(first, Reach.PUBLIC), first
            with pytest.raises(Wrong, match="private address"):
                address(f"http://[{first}]/" if ":" in first else f"http://{first}/")


def test_such_a_line_is_refused_with_its_number_and_the_others_stay() -> None:
    found = lists.read(b"https://a.example.org/rss\nhttp://2130706433:18931/rss\n")
    assert [feed.url for feed in found.feeds] == ["https://a.example.org/rss"]
    [refused] = found.refused
    assert refused.line == 2
    assert re.match("'http://2130706433:18931/rss': leads to a private address", refused.sentence)
