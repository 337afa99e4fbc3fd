"""Which addresses may be reached, as a table."""

import doctest
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.daemon.network import addresses
from monitor.daemon.network.addresses import NETWORKS, Reach, refusal

# Denied to PUBLIC, open to what the user typed.
INTERNAL = """
127.0.0.1 127.1.2.3 127.255.255.255 0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255
192.168.0.1 192.168.255.255 100.64.0.1 100.127.255.254 192.0.0.1 192.0.0.170 192.0.2.1 198.51.100.7
203.0.113.9 198.18.0.1 198.19.255.255 192.88.99.1 192.31.196.1 192.52.193.1 192.175.48.1 240.0.0.1
255.255.255.254 :: ::1 ::2 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.1.2.3
::ffff:0:127.0.0.1 ::ffff:0:8.8.8.8 64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b:1::1 64:ff9b:1::8.8.8.8
100::1 100:0:0:1::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:1::1 2001:2::1 2001:10::1 2001:20::1
2001:db8::1 2002::1 2002:7f00:1::1 2002:808:808::1 2002:c0a8:101::1 2620:4f:8000::1 3fff::1 3fff:fff::1
5f00::1 fc00::1 fd12:3456:789a::1 fec0::1 feff::1 4000::1 8000::1 1::1 2600::5efe:10.0.0.1
2600::200:5efe:127.0.0.1
""".split()  # noqa: SIM905 (a table reads better)

# Open to nobody but `private = true`.
NEVER_BY_DEFAULT = """
169.254.0.1 169.254.169.254 169.254.170.2 169.254.255.255 100.100.100.200 168.63.129.16 192.0.0.192
224.0.0.1 239.255.255.255 255.255.255.255 fe80::1 fe80::1%eth0 febf::1 ff02::1 ff0e::1 fd00:ec2::254
fd00:ec2::23 fd20:ce::254 fd00:c1::a9fe:a9fe fd00:42::42 ::ffff:169.254.169.254 ::ffff:a9fe:a9fe
::169.254.169.254 ::ffff:0:169.254.169.254 64:ff9b::169.254.169.254 64:ff9b:1::169.254.169.254
2002:a9fe:a9fe::1 2001:0:a9fe:a9fe::1 2001:0:808:808::5601:5601 2600::5efe:169.254.169.254
""".split()  # noqa: SIM905 (a table reads better)

# The internet, with the neighbours of every closed network.
OPEN = """
8.8.8.8 1.1.1.1 1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0
169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.0 192.0.3.0 192.167.255.255 192.169.0.0
198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255 168.63.129.15
::ffff:8.8.8.8 64:ff9b::8.8.8.8 2001:200::1 2001:db7::1 2001:db9::1 2003::1 2606:4700::1111 2620:4f:8001::1
2a00:1450::1 3ffe::1 3fff:1000::1 2600::5efe:8.8.8.8
""".split()  # noqa: SIM905 (a table reads better)


@pytest.mark.parametrize("address", INTERNAL)
def test_an_internal_address_is_only_for_those_who_typed_it(address: str) -> None:
    assert refusal(address, Reach.PUBLIC) is not None
    assert refusal(address, Reach.TYPED) is None
    assert refusal(address, Reach.PRIVATE) is None


@pytest.mark.parametrize("address", NEVER_BY_DEFAULT)
def test_link_local_metadata_and_multicast_need_the_setting(address: str) -> None:
    assert refusal(address, Reach.PUBLIC) is not None
    assert refusal(address, Reach.TYPED) is not None
    assert refusal(address, Reach.PRIVATE) is None


@pytest.mark.parametrize("address", OPEN)
def test_the_internet_is_open_to_everybody(address: str) -> None:
    assert [refusal(address, reach) for reach in Reach] == [None, None, None]


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("127.0.0.1", "a loopback address"),
        ("::1", "a loopback address"),
        ("::ffff:127.0.0.1", "a loopback address"),
        ("2002:a9fe:a9fe::1", "a cloud metadata address"),
        ("192.168.1.1", "a private address"),
        ("fe80::1%eth0", "a link-local address"),
        ("100.64.0.1", "a private address"),
        ("224.0.0.251", "a multicast address"),
        ("0.0.0.0", "an address of this machine"),
    ],
)
def test_a_refusal_says_what_the_address_is(address: str, name: str) -> None:
    assert refusal(address, Reach.PUBLIC) == name


@pytest.mark.parametrize(
    "text", ["", "localhost", "2130706433", "0x7f.1", "127.1", "1.2.3.4.5", "::g", "[::1]"]
)
def test_what_is_no_address_is_refused_even_to_the_widest_reach(text: str) -> None:
    assert refusal(text, Reach.PRIVATE) == "not an IP address"


any_address = st.one_of(
    st.integers(0, 2**32 - 1).map(IPv4Address),
    st.integers(0, 2**128 - 1).map(IPv6Address),
    st.sampled_from([network for network, _ in NETWORKS]).flatmap(
        lambda network: st.integers(0, network.num_addresses - 1).map(lambda n: network[n])
    ),
)


@given(any_address)
def test_nothing_is_open_that_the_standard_library_calls_not_global(address: addresses.Address) -> None:
    inner = getattr(address, "ipv4_mapped", None) or address
    nat64 = isinstance(address, IPv6Address) and int(address) >> 32 == 0x64FF9B << 64
    if not inner.is_global and not nat64:
        assert refusal(address, Reach.PUBLIC) is not None


@given(any_address)
def test_a_wider_reach_never_goes_less_far(address: addresses.Address) -> None:
    answers = [refusal(address, reach) is None for reach in Reach]
    assert answers == sorted(answers)
    assert answers[Reach.PRIVATE]


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_an_address_is_judged_the_same_in_every_wrapping_that_reaches_it(address: IPv4Address) -> None:
    for wrapped in (ip_address(f"::ffff:{address}"), ip_address(f"64:ff9b::{address}")):
        assert [refusal(wrapped, r) for r in Reach] == [refusal(address, r) for r in Reach]


def test_the_examples_in_the_docstrings_run() -> None:
    assert doctest.testmod(addresses).failed == 0
    assert doctest.testmod(addresses).attempted >= 5
