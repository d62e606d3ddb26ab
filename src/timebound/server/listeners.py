"""Where the service listens, as it is written."""

from typing import Final

from timebound.server.config import ConfigError, Listener

_LAST_PORT: Final = 65535


def choose_listeners(
    host: str | None, port: int | None, listen: tuple[str, ...]
) -> tuple[Listener, ...]:
    """Where to listen: as many places as `--listen` names, or the one of `--host` and `--port`."""
    if not listen:
        short = Listener()
        chosen = short.port if port is None else _check_port("--port", port)
        name = short.host if host is None else host
        return (Listener(name, chosen, f"--host {name}"),)
    if host is not None or port is not None:
        raise ConfigError("--listen goes in the place of --host and --port: give one or the other")
    return tuple(parse_listener(text) for text in dict.fromkeys(listen))


def parse_listener(text: str) -> Listener:
    """A place to listen on: HOST:PORT, an IPv6 address in brackets; no host means all addresses."""
    host, colon, port = text.strip().rpartition(":")
    is_bracketed = host.startswith("[") and host.endswith("]")
    is_known = colon and port.isascii() and port.isdecimal() and (is_bracketed or ":" not in host)
    if not is_known:
        raise ConfigError(f"--listen `{text}` is not HOST:PORT, or [ADDRESS]:PORT for IPv6")
    bare = host[1:-1] if is_bracketed else host
    return Listener(bare, _check_port("--listen", int(port)), f"--listen {text}")


def _check_port(option: str, port: int) -> int:
    if not 0 <= port <= _LAST_PORT:
        raise ConfigError(f"{option}: there is no port {port}")
    return port
