"""Which addresses an outgoing call may reach: public ones, and those of listed networks."""

import asyncio
from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from socket import SOCK_STREAM
from typing import Final, Protocol, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_NEVER_PUBLIC: Final = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # shared by the customers of a carrier; one cloud's metadata
        "168.63.129.16/32",  # a cloud's own services, at an address that looks public
        "192.0.0.0/24",
        "192.88.99.0/24",
        "64:ff9b:1::/48",
        "2001::/23",  # tunnels and what has no place of its own
        "3fff::/20",  # for examples
        "fec0::/10",
    )
)
_TRANSLATED: Final = ip_network("64:ff9b::/96")
_IPV4_BITS: Final = 0xFFFFFFFF


class Resolver(Protocol):
    """Tells the addresses of a host."""

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        """The addresses, the preferred one first; none if the host is not known."""
        ...


class SystemResolver:
    """Asks the machine's own resolver."""

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        """The addresses, the preferred one first; none if the host is not known."""
        try:
            loop = asyncio.get_running_loop()
            found = await loop.getaddrinfo(host, port, type=SOCK_STREAM)
        except (OSError, UnicodeError):
            return ()
        return tuple(dict.fromkeys(ip_address(one[4][0]) for one in found))


def may_reach(address: Address, listed: Sequence[Network]) -> bool:
    """Whether an address is public or listed; one that carries another is judged by that."""
    carried = _find_carried(address)
    if carried is not None:
        return may_reach(carried, listed)
    if any(address in network for network in listed):
        return True
    is_special = address.is_multicast or address.is_reserved or not address.is_global
    return not is_special and not any(address in network for network in _NEVER_PUBLIC)


def _find_carried(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for."""
    if isinstance(address, IPv4Address):
        return None
    if address in _TRANSLATED:
        return IPv4Address(int(address) & _IPV4_BITS)
    return address.ipv4_mapped or address.sixtofour
