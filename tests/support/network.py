"""Closes the network to the tests: only this machine's loopback can be reached."""

import ipaddress
import sys
from typing import Any


class ClosedNetworkError(OSError):
    """A test tried to leave this machine."""


def close_network() -> None:
    """Refuse, from now on, to look up or reach any other machine from this process."""
    sys.addaudithook(_judge_event)


def _judge_event(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if not is_local(host):
        raise ClosedNetworkError(f"tests may reach loopback only, not {host!r}")


def is_local(host: str | bytes | None) -> bool:
    """Answer whether a host is loopback; None is a UNIX socket or this machine itself."""
    if host is None:
        return True
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name in ("", "localhost") or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False
