"""Which addresses an outgoing call may reach."""

from ipaddress import ip_address, ip_network

import pytest

from timebound.outgoing.addresses import SystemResolver, may_reach

_PRIVATE = (
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "0.1.2.3",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "3fff::1",
    "3fff:fff:ffff::1",
)
_PUBLIC = ("8.8.8.8", "20.190.128.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808")


@pytest.mark.documented("IANA special-purpose address registries (RFC 6890)")
@pytest.mark.parametrize("address", _PRIVATE)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert not may_reach(ip_address(address), ())


@pytest.mark.documented("IANA special-purpose address registries (RFC 6890)")
@pytest.mark.parametrize("address", _PUBLIC)
def test_what_is_public_is_reached(address: str) -> None:
    assert may_reach(ip_address(address), ())


@pytest.mark.inferred("whoever lists a network wants its addresses to be reached, however written")
@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203"])
def test_what_is_listed_is_reached(address: str) -> None:
    assert may_reach(ip_address(address), (ip_network("10.1.2.0/24"),))


@pytest.mark.inferred("a list opens what is in it and nothing beside it")
@pytest.mark.parametrize("address", ["10.1.3.1", "::1", "::ffff:10.1.3.1", "169.254.169.254"])
def test_what_is_beside_a_listed_network_is_refused(address: str) -> None:
    assert not may_reach(ip_address(address), (ip_network("10.1.2.0/24"),))


async def test_the_machines_resolver_tells_each_address_once() -> None:
    found = await SystemResolver().resolve("127.0.0.1", 80)
    assert found == (ip_address("127.0.0.1"),)


@pytest.mark.inferred("some resolvers read numbers as addresses; the address is what is judged")
@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1"])
def test_other_spellings_of_loopback_are_judged_by_the_address(host: str) -> None:
    # The closed network of the tests does not let these names be looked up; the library that
    # resolvers use reads them in the same way.
    from socket import inet_aton, inet_ntoa  # noqa: PLC0415 - for this alone

    assert not may_reach(ip_address(inet_ntoa(inet_aton(host))), ())
