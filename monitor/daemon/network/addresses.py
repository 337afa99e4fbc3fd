"""Which addresses may be reached: a pure table, asked for every address before a SYN is sent.

The networks are those of the IANA special-purpose registries (RFC 6890 and later) and the
metadata services of the clouds. An IPv6 address that carries an IPv4 one (mapped, NAT64, 6to4,
Teredo, ISATAP ...) is judged by the address inside as well.
"""

from collections.abc import Iterator
from enum import IntEnum
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network


class Reach(IntEnum):
    """How far a request may go; a higher level may go wherever a lower one may."""

    PUBLIC = 0  # the internet: redirects, imports, whatever a stranger wrote
    TYPED = 1  # private and loopback too: what the user typed into config.toml or a command
    PRIVATE = 2  # everything: `private = true`


Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Verdict = tuple[str, Reach]  # what it is, and the least reach that may go there

# The first network that holds an address names it: the narrow stand above the wide.
_NETWORKS: tuple[tuple[str, str, Reach], ...] = (
    ("169.254.169.254/32", "a cloud metadata address", Reach.PRIVATE),
    ("169.254.170.2/32", "a cloud metadata address", Reach.PRIVATE),  # AWS container credentials
    ("100.100.100.200/32", "a cloud metadata address", Reach.PRIVATE),  # Alibaba
    ("168.63.129.16/32", "a cloud metadata address", Reach.PRIVATE),  # Azure; outside every private network
    ("192.0.0.192/32", "a cloud metadata address", Reach.PRIVATE),  # Oracle
    ("fd00:ec2::/32", "a cloud metadata address", Reach.PRIVATE),  # AWS
    ("fd20:ce::254/128", "a cloud metadata address", Reach.PRIVATE),  # Google
    ("fd00:c1::a9fe:a9fe/128", "a cloud metadata address", Reach.PRIVATE),  # Oracle
    ("fd00:42::42/128", "a cloud metadata address", Reach.PRIVATE),  # Scaleway
    ("0.0.0.0/8", "an address of this machine", Reach.TYPED),  # Linux connects 0.0.0.0 to itself
    ("10.0.0.0/8", "a private address", Reach.TYPED),
    ("100.64.0.0/10", "a private address", Reach.TYPED),  # carrier-grade NAT, RFC 6598
    ("127.0.0.0/8", "a loopback address", Reach.TYPED),
    ("169.254.0.0/16", "a link-local address", Reach.PRIVATE),
    ("172.16.0.0/12", "a private address", Reach.TYPED),
    ("192.0.0.0/24", "a reserved address", Reach.TYPED),
    ("192.0.2.0/24", "a documentation address", Reach.TYPED),
    ("192.31.196.0/24", "a reserved address", Reach.TYPED),  # AS112
    ("192.52.193.0/24", "a reserved address", Reach.TYPED),  # AMT
    ("192.88.99.0/24", "a reserved address", Reach.TYPED),  # 6to4 relays, RFC 7526
    ("192.168.0.0/16", "a private address", Reach.TYPED),
    ("192.175.48.0/24", "a reserved address", Reach.TYPED),  # AS112
    ("198.18.0.0/15", "a benchmark address", Reach.TYPED),  # RFC 2544
    ("198.51.100.0/24", "a documentation address", Reach.TYPED),
    ("203.0.113.0/24", "a documentation address", Reach.TYPED),
    ("224.0.0.0/4", "a multicast address", Reach.PRIVATE),
    ("255.255.255.255/32", "a broadcast address", Reach.PRIVATE),
    ("240.0.0.0/4", "a reserved address", Reach.TYPED),
    ("::/128", "an address of this machine", Reach.TYPED),
    ("::1/128", "a loopback address", Reach.TYPED),
    ("::ffff:0:0/96", "", Reach.PUBLIC),  # mapped: the IPv4 address inside is what is reached
    ("64:ff9b::/96", "", Reach.PUBLIC),  # NAT64, RFC 6052: how an IPv6-only host reaches IPv4
    ("64:ff9b:1::/48", "a private address", Reach.TYPED),  # local NAT64, RFC 8215
    ("fc00::/7", "a private address", Reach.TYPED),
    ("fe80::/10", "a link-local address", Reach.PRIVATE),
    ("fec0::/10", "a private address", Reach.TYPED),  # site-local, RFC 3879
    ("ff00::/8", "a multicast address", Reach.PRIVATE),
    ("2001::/32", "a tunnel address", Reach.TYPED),  # Teredo, RFC 4380
    ("2001::/23", "a reserved address", Reach.TYPED),  # benchmark 2001:2::/48, ORCHID and others
    ("2001:db8::/32", "a documentation address", Reach.TYPED),
    ("2002::/16", "a tunnel address", Reach.TYPED),  # 6to4, RFC 3056
    ("2620:4f:8000::/48", "a reserved address", Reach.TYPED),  # AS112
    ("3fff::/20", "a documentation address", Reach.TYPED),  # RFC 9637
    ("2000::/3", "", Reach.PUBLIC),  # all global unicast there is
    ("::/0", "a reserved address", Reach.TYPED),
    ("0.0.0.0/0", "", Reach.PUBLIC),
)
NETWORKS: tuple[tuple[Network, Verdict], ...] = tuple(
    (ip_network(network), (name, reach)) for network, name, reach in _NETWORKS
)
# The 96 bits before an IPv4 address that is carried at the end of an IPv6 one.
_CARRIERS = frozenset({
    0x0,  # ::/96, IPv4-compatible, RFC 4291 §2.5.5.1
    0xFFFF,  # ::ffff:0:0/96, mapped
    0xFFFF << 16,  # ::ffff:0:0:0/96, translated, RFC 2765
    0x64FF9B << 64,  # 64:ff9b::/96, NAT64
})  # fmt: skip
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})  # upper half of the interface id, RFC 5214 §6.1


def refusal(address: str | Address, reach: Reach) -> str | None:
    """Return what `address` is if `reach` may not go there, None if it may.

    A text that is no IP address is refused.

    >>> refusal("93.184.215.14", Reach.PUBLIC)
    >>> refusal("::ffff:10.0.0.1", Reach.PUBLIC)
    'a private address'
    >>> refusal("10.0.0.1", Reach.TYPED)
    >>> refusal("169.254.169.254", Reach.TYPED)
    'a cloud metadata address'
    >>> refusal("169.254.169.254", Reach.PRIVATE)
    """
    try:
        name, least = _verdict(ip_address(address))
    except ValueError:
        return "not an IP address"
    return None if reach >= least else name


@lru_cache(maxsize=1024)
def _verdict(address: Address) -> Verdict:
    verdicts = [_listed(address), *(_listed(inner) for inner in _embedded(address))]
    return max(verdicts, key=lambda verdict: verdict[1])


def _listed(address: Address) -> Verdict:
    plain = IPv6Address(int(address)) if isinstance(address, IPv6Address) else address  # drops the zone
    return next(verdict for network, verdict in NETWORKS if plain in network)


def _embedded(address: Address) -> Iterator[IPv4Address]:
    """Yield the IPv4 addresses that an IPv6 address carries."""
    if isinstance(address, IPv4Address):
        return
    number = int(address)
    if number >> 32 in _CARRIERS or number >> 80 == 0x64FF9B0001 or number >> 32 & 0xFFFFFFFF in _ISATAP:
        yield IPv4Address(number & 0xFFFFFFFF)
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo  # its server and its client
