"""The configuration: everything an operator can say, as one frozen value."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

Network: TypeAlias = IPv4Network | IPv6Network

LOOPBACK: Final[tuple[Network, ...]] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_ANY_HOST: Final = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared with, not bound
_LOCAL_HOSTS: Final = ("localhost", "127.0.0.1", "::1")
_LAST_PORT: Final = 65535
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


class ConfigError(ValueError):
    """Something in the configuration that cannot be followed; the message names the option."""


class Profile(Enum):
    """For whom the service runs: an organization, or developers and their tests."""

    PRODUCTION = "production"
    EMULATOR = "emulator"


class LogFormat(Enum):
    """How a line of the log is written."""

    JSON = "json"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """A certificate (with its chain) and its key, in PEM."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator decided; nothing else is read from the environment later."""

    profile: Profile = Profile.PRODUCTION
    data: Path = Path("timebound-data")
    database_url: str | None = None
    host: str = "localhost"
    port: int = 8443
    origins: tuple[str, ...] = ()
    seed: Path | None = None
    connection: Path | None = None
    tenant_settings: Mapping[str, Any] = field(default_factory=dict)
    is_plain_http: bool = False
    trusted_proxies: tuple[Network, ...] = ()
    metrics_readers: tuple[Network, ...] = LOOPBACK
    tls: TlsFiles | None = None
    master_key_file: Path | None = None
    log_format: LogFormat = LogFormat.JSON
    accepts_clock_step: bool = False

    @property
    def is_emulator(self) -> bool:
        """Whether the emulator's liberties are allowed."""
        return self.profile is Profile.EMULATOR

    @property
    def database(self) -> str:
        """Where the data is kept: the given address, or a file in the data folder."""
        return self.database_url or f"sqlite:///{self.data / 'timebound.db'}"


def check_settings(settings: Settings) -> Settings:
    """The settings themselves, if they go together; ConfigError otherwise."""
    if settings.is_plain_http and not settings.trusted_proxies:
        raise ConfigError("--plain-http needs --trusted-proxy: only a listed proxy may speak it")
    if settings.is_plain_http and settings.tls is not None:
        raise ConfigError("--plain-http and --tls-certificate exclude each other")
    if settings.is_plain_http and not settings.origins:
        raise ConfigError("--plain-http needs --origin: the address that the proxy is reached at")
    if not 0 <= settings.port <= _LAST_PORT:
        raise ConfigError(f"--port cannot be {settings.port}")
    return settings


def pair_tls_files(certificate: Path | None, key: Path | None) -> TlsFiles | None:
    """Both files or neither."""
    if certificate is not None and key is not None:
        return TlsFiles(certificate, key)
    if certificate is not None or key is not None:
        raise ConfigError("--tls-certificate and --tls-key go together")
    return None


def parse_networks(option: str, given: tuple[str, ...]) -> tuple[Network, ...]:
    """Addresses and networks in CIDR notation."""
    try:
        return tuple(ip_network(text.strip()) for text in given)
    except ValueError as error:
        raise ConfigError(f"{option}: {error}") from error


def parse_origin(text: str) -> str:
    """An origin as URLs begin with it: scheme, host and port, the scheme's own port left out."""
    try:
        parts = urlsplit(text.strip().rstrip("/"))
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"--origin `{text}`: {error}") from error
    is_bare = not (parts.path or parts.query or parts.fragment or parts.username)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or not is_bare:
        raise ConfigError(f"--origin `{text}` is not https://HOST or https://HOST:PORT")
    return format_origin(parts.scheme, parts.hostname, port)


def format_origin(scheme: str, host: str, port: int | None) -> str:
    """The origin of a scheme, a host and a port."""
    shown = f"[{host}]" if ":" in host else host.lower()
    is_default = port is None or port == _DEFAULT_PORTS[scheme]
    return f"{scheme}://{shown}" if is_default else f"{scheme}://{shown}:{port}"


def choose_origins(settings: Settings, port: int) -> tuple[str, ...]:
    """The origins the service answers to, the one that is told to clients first."""
    if settings.origins:
        return settings.origins
    is_local = settings.host in (*_LOCAL_HOSTS, *_ANY_HOST)
    hosts = _LOCAL_HOSTS if is_local else (settings.host, *_LOCAL_HOSTS)
    return tuple(format_origin("https", host, port) for host in hosts)


def read_config_file(path: Path, known: frozenset[str]) -> dict[str, Any]:
    """Options by name from a TOML file; `set` may be a table of tenant settings."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"--config {path}: {error}") from error
    options = {name.replace("-", "_"): value for name, value in content.items()}
    for name in options:
        if name not in known:
            names = ", ".join(sorted(one.replace("_", "-") for one in known))
            raise ConfigError(f"--config {path}: there is no option `{name}`; there are {names}")
    if isinstance(options.get("set"), dict):
        options["set"] = [f"{name}={_to_text(value)}" for name, value in options["set"].items()]
    return options


def _to_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
