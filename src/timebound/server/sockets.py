"""The sockets that the server listens on, bound before anything else is opened."""

import errno
import socket
from collections.abc import Sequence
from contextlib import ExitStack

from timebound.server.config import ConfigError, Listener

_BACKLOG = 2048
_ABSENT = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
_FIRST_FREE = 1024
_PRIVILEGED = (
    f"ports below {_FIRST_FREE} are for privileged processes; grant CAP_NET_BIND_SERVICE, or take "
    "another one"
)


def bind_listeners(listeners: Sequence[Listener]) -> list[list[socket.socket]]:
    """The sockets of each listener; either all listen or none does."""
    with ExitStack() as undo:
        bound = []
        for listener in listeners:
            sockets = bind_sockets(listener)
            for one in sockets:
                undo.callback(one.close)
            bound.append(sockets)
        undo.pop_all()
    return bound


def bind_sockets(listener: Listener) -> list[socket.socket]:
    """Listens on every address of the host; port 0 takes a free one, the same on all of them.

    An address that this machine does not have is left out; a port that is taken is refused.
    """
    try:
        found = socket.getaddrinfo(
            listener.host or None, listener.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as error:
        raise ConfigError(f"{listener.option}: {error.strerror or error}") from error
    sockets: list[socket.socket] = []
    with ExitStack() as undo:
        for family, _, _, _, address in dict.fromkeys(found):
            chosen = listener.port or (sockets[0].getsockname()[1] if sockets else 0)
            try:
                bound = _bind(family, (str(address[0]), chosen))
            except OSError as error:
                if error.errno in _ABSENT:
                    continue
                raise ConfigError(_say(listener, str(address[0]), chosen, error)) from error
            sockets.append(undo.enter_context(bound))
        undo.pop_all()
    if not sockets:
        raise ConfigError(f"{listener.option}: this machine has no such address")
    return sockets


def _say(listener: Listener, address: str, port: int, error: OSError) -> str:
    is_privileged = error.errno == errno.EACCES and port < _FIRST_FREE
    reason = _PRIVILEGED if is_privileged else error.strerror
    return f"{listener.option}: cannot listen on {address} port {port}: {reason}"


def _bind(family: int, address: tuple[str, int]) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(address)
        bound.listen(_BACKLOG)
        bound.setblocking(False)  # noqa: FBT003 - the standard library's
    except OSError:
        bound.close()
        raise
    return bound
