"""The sockets that the server listens on, bound before anything else is opened."""

import errno
import socket
from contextlib import ExitStack

from timebound.server.config import ConfigError

_BACKLOG = 2048
_ABSENT = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})


def bind_sockets(host: str, port: int) -> list[socket.socket]:
    """Listens on every address of the host; port 0 takes a free one, the same on all of them.

    An address that this machine does not have is left out; a port that is taken is refused.
    """
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as error:
        raise ConfigError(f"--host {host}: {error.strerror or error}") from error
    sockets: list[socket.socket] = []
    with ExitStack() as undo:
        for family, _, _, _, address in dict.fromkeys(found):
            chosen = port or (sockets[0].getsockname()[1] if sockets else 0)
            try:
                bound = _bind(family, (str(address[0]), chosen))
            except OSError as error:
                if error.errno in _ABSENT:
                    continue
                message = f"cannot listen on {address[0]} port {chosen}: {error.strerror}"
                raise ConfigError(message) from error
            sockets.append(undo.enter_context(bound))
        undo.pop_all()
    if not sockets:
        raise ConfigError(f"--host {host}: this machine has no such address")
    return sockets


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
