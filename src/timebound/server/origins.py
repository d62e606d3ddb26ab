"""The origins of the service: how they are written, which there are, and which names which."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import urlsplit

from timebound.server.config import ConfigError, Listener, Origin, Role, Settings

_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_ANY_HOST: Final = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared with, not bound
_LOCAL_HOSTS: Final = ("localhost", "127.0.0.1", "::1")
_LOGIN: Final = frozenset({Role.AUTHORITY})
_GRAPH: Final = frozenset({Role.GRAPH})
_ARM: Final = frozenset({Role.ARM})
_EVERY: Final = "*"
_NONE: Final = "none"
PUBLIC_NAMES: Final = {
    "login.microsoftonline.com": _LOGIN,
    "login.microsoft.com": _LOGIN,
    "login.windows.net": _LOGIN,
    "sts.windows.net": _LOGIN,
    "graph.microsoft.com": _GRAPH,
    "api.azrbac.mspim.azure.com": _GRAPH,
    "management.azure.com": _ARM,
    "management.core.windows.net": _ARM,
}
"""Microsoft's host names that clients have built in, the one to name first for each role."""
_PUBLIC: Final = tuple(
    Origin(f"https://{name}", roles, is_public=True) for name, roles in PUBLIC_NAMES.items()
)
_ALL: Final = frozenset(Role)


def parse_origin(text: str) -> Origin:
    """An origin as it is given: URL, or URL=ROLE,ROLE; without roles it has all of them."""
    url, equals, words = text.strip().partition("=")
    return Origin(parse_url("--origin", url), _parse_roles(text, words) if equals else _ALL)


def _parse_roles(text: str, words: str) -> frozenset[Role]:
    try:
        return frozenset(Role(word.strip().lower()) for word in words.split(","))
    except ValueError:
        known = ", ".join(role.value for role in Role)
        raise ConfigError(f"--origin `{text}`: roles are {known}, with commas between") from None


def parse_url(option: str, text: str) -> str:
    """An origin as URLs begin with it: scheme, host and port, the scheme's own port left out."""
    try:
        parts = urlsplit(text.strip().rstrip("/"))
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"{option} `{text}`: {error}") from error
    is_bare = not (parts.path or parts.query or parts.fragment or parts.username)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or not is_bare:
        raise ConfigError(f"{option} `{text}` is not https://HOST or https://HOST:PORT")
    return format_origin(parts.scheme, parts.hostname, port)


def format_origin(scheme: str, host: str, port: int | None) -> str:
    """The origin of a scheme, a host and a port."""
    shown = f"[{host}]" if ":" in host else host.lower()
    is_default = port is None or port == _DEFAULT_PORTS[scheme]
    return f"{scheme}://{shown}" if is_default else f"{scheme}://{shown}:{port}"


def list_hosts(url: str) -> tuple[str, ...]:
    """The ways in which the Host header names an origin."""
    parts = urlsplit(url)
    if parts.port is not None:
        return (parts.netloc,)
    return parts.netloc, f"{parts.netloc}:{_DEFAULT_PORTS[parts.scheme]}"


def check_origins(settings: Settings) -> Settings:
    """The settings themselves, if their origins tell requests apart and tokens have an issuer.

    Microsoft's names are never among those that the local authority is asked to vouch for.
    """
    urls = [origin.url for origin in settings.origins]
    named = [*(urlsplit(url).hostname for url in urls), *(one.host for one in settings.listeners)]
    public = next((name for name in named if name in PUBLIC_NAMES), None)
    if public is not None:
        raise ConfigError(f"--origin: `{public}` is Microsoft's; --public-names is for such names")
    hosts = Counter(host for url in urls for host in list_hosts(url))
    twice = next((host for host, count in hosts.items() if count > 1), None)
    if twice is not None:
        raise ConfigError(f"--origin: `{twice}` is given twice; name its roles together")
    if urls and not find_urls(settings.origins, Role.AUTHORITY):
        raise ConfigError("--origin: none has the role authority, which issues the tokens")
    return settings


def choose_origins(settings: Settings, ports: Sequence[int]) -> tuple[Origin, ...]:
    """The origins the service answers to, the one that is told to clients first.

    `ports` are those that its listeners have got, in their order.
    """
    own = settings.origins or _name_listeners(settings.listeners, ports)
    return (*own, *_PUBLIC) if settings.has_public_names else own


def _name_listeners(listeners: Sequence[Listener], ports: Sequence[int]) -> tuple[Origin, ...]:
    urls = [
        format_origin("https", host, port)
        for listener, port in zip(listeners, ports, strict=True)
        for host in _list_names(listener.host)
    ]
    return tuple(Origin(url) for url in dict.fromkeys(urls))


def _list_names(host: str) -> tuple[str, ...]:
    is_local = host in (*_LOCAL_HOSTS, *_ANY_HOST)
    return _LOCAL_HOSTS if is_local else (host, *_LOCAL_HOSTS)


def find_urls(origins: Iterable[Origin], role: Role) -> tuple[str, ...]:
    """The addresses of the origins with a role."""
    return tuple(origin.url for origin in origins if role in origin.roles)


def find_companion(origins: Iterable[Origin], origin: Origin, role: Role) -> str | None:
    """Where an origin sends its clients for a role: to itself, or else to the first of its kind."""
    if role in origin.roles:
        return origin.url
    return next(
        iter(find_urls((o for o in origins if o.is_public == origin.is_public), role)), None
    )


def parse_cors_origins(given: tuple[str, ...]) -> tuple[str, ...]:
    """The origins whose pages may call: `*` for all, `none` for none, or each by its URL."""
    if len(given) > 1 and not {_EVERY, _NONE}.isdisjoint(given):
        raise ConfigError(f"--cors-origin: `{_EVERY}` and `{_NONE}` stand alone")
    if given == (_NONE,):
        return ()
    return tuple(text if text == _EVERY else parse_url("--cors-origin", text) for text in given)
