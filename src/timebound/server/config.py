"""The configuration: everything an operator can say, as one frozen value."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import msgspec

Network: TypeAlias = IPv4Network | IPv6Network

LOOPBACK: Final[tuple[Network, ...]] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


_SYSLOG_PORT: Final = 6514

_SHORTEST_LIFE: Final = timedelta(days=2)
_SHORTEST_AHEAD: Final = timedelta(hours=1)
"""How long clients may go on with the published keys that they have read."""


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


class Role(Enum):
    """What an origin can be for its clients; each path of the service belongs to one of these."""

    AUTHORITY = "authority"
    GRAPH = "graph"
    ARM = "arm"
    PORTAL = "portal"


@dataclass(frozen=True, slots=True)
class Origin:
    """An address that clients reach the service at, and what it answers there.

    Origins of Microsoft's public names keep to themselves: they name one another only.
    """

    url: str
    roles: frozenset[Role] = frozenset(Role)
    is_public: bool = False


@dataclass(frozen=True, slots=True)
class Listener:
    """A name or address and a port to listen on; 0 takes a free one."""

    host: str = "localhost"
    port: int = 8443
    option: str = field(default="--host", compare=False)
    """The option that named it, as its faults are told."""


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
    listeners: tuple[Listener, ...] = (Listener(),)
    origins: tuple[Origin, ...] = ()
    has_public_names: bool = False
    cors_origins: tuple[str, ...] = ("*",)
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
    signing_algorithm: str = "RS256"
    key_life: timedelta | None = timedelta(days=90)
    federation_file: Path | None = None
    webhooks_file: Path | None = None
    syslog: tuple[str, int] | None = None
    delivery_attempts: int = 12
    outgoing_hosts: tuple[str, ...] = ()
    outgoing_networks: tuple[Network, ...] = ()
    outgoing_trust: Path | None = None
    log_heads: Path | None = None
    refused_passwords: Path | None = None
    has_worker: bool = True
    outgoing_proxy: str | None = None

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
    if settings.has_public_names:
        _check_public_names(settings)
    return settings


def _check_public_names(settings: Settings) -> None:
    if not settings.is_emulator:
        raise ConfigError("--public-names is for --profile emulator alone: the names are others'")
    if settings.is_plain_http:
        raise ConfigError("--public-names and --plain-http exclude each other")


def pair_tls_files(certificate: Path | None, key: Path | None) -> TlsFiles | None:
    """Both files or neither."""
    if certificate is not None and key is not None:
        return TlsFiles(certificate, key)
    if certificate is not None or key is not None:
        raise ConfigError("--tls-certificate and --tls-key go together")
    return None


def parse_life(text: str) -> timedelta | None:
    """How long a key signs: a duration of two days or more, or `never` for one without an end."""
    if text == "never":
        return None
    life = _parse_span("--key-life", text)
    if life < _SHORTEST_LIFE:
        raise ConfigError("--key-life: a key has to sign for two days (P2D) at least")
    return life


def parse_ahead(text: str) -> timedelta:
    """How long before it signs a key is published."""
    ahead = _parse_span("--after", text)
    if ahead < _SHORTEST_AHEAD:
        raise ConfigError("--after: clients keep the published keys for an hour (PT1H)")
    return ahead


def _parse_span(option: str, text: str) -> timedelta:
    try:
        return msgspec.convert(text, timedelta)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{option} {text!r}: not a duration as P90D") from error


def parse_syslog(text: str) -> tuple[str, int]:
    """The host and the port of tls://HOST[:PORT]."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"--syslog `{text}`: {error}") from error
    is_bare = not (parts.path or parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme != "tls" or not parts.hostname or not is_bare:
        raise ConfigError(f"--syslog `{text}` is not tls://HOST or tls://HOST:PORT")
    return parts.hostname, port or _SYSLOG_PORT


def parse_networks(option: str, given: tuple[str, ...]) -> tuple[Network, ...]:
    """Addresses and networks in CIDR notation."""
    try:
        return tuple(ip_network(text.strip()) for text in given)
    except ValueError as error:
        raise ConfigError(f"{option}: {error}") from error


def read_config_file(path: Path, known: frozenset[str]) -> dict[str, Any]:
    """Options by name from a TOML file; `set` and `origin` may be tables."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"--config {path}: {error}") from error
    options = {name.replace("-", "_"): value for name, value in content.items()}
    for name in options:
        if name not in known:
            names = ", ".join(sorted(one.replace("_", "-") for one in known))
            raise ConfigError(f"--config {path}: there is no option `{name}`; there are {names}")
    for name in ("origin", "set"):
        if isinstance(options.get(name), dict):
            options[name] = [f"{one}={_to_text(value)}" for one, value in options[name].items()]
    return options


def _to_text(value: object) -> str:
    if isinstance(value, list):
        return ",".join(str(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)
