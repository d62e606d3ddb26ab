"""Which API a token is asked for, and with which permissions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import SplitResult, urlsplit

from timebound.application.tokens import Resource
from timebound.domain.first_party import AZURE_APP_ID, AZURE_SCOPE
from timebound.domain.ids import ApplicationId
from timebound.identity.problems import Fault, Refusal

GRAPH_AUDIENCE: Final = "https://graph.microsoft.com"
GRAPH_APP_ID: Final = "00000003-0000-0000-c000-000000000000"
ARM_AUDIENCE: Final = "https://management.azure.com"
_AUDIENCES: Final = {
    GRAPH_AUDIENCE: Resource.GRAPH,
    GRAPH_APP_ID: Resource.GRAPH,
    ARM_AUDIENCE: Resource.ARM,
    "https://management.core.windows.net": Resource.ARM,
    AZURE_APP_ID: Resource.ARM,
}
OPENID_SCOPES: Final = ("openid", "profile", "email")
OFFLINE: Final = "offline_access"
"""With it a client gets a refresh token."""
ABOUT_SIGN_IN: Final = frozenset({*OPENID_SCOPES, OFFLINE})
_DEFAULT: Final = ".default"


@dataclass(frozen=True, slots=True)
class Api:
    """An application of the tenant that others ask tokens for."""

    app_id: ApplicationId


@dataclass(frozen=True, slots=True)
class AskedScopes:
    """A request's `scope`, understood: the API, the audience as it was named, the permissions.

    `permissions` is none where `.default` was asked: everything that is granted.
    """

    resource: Resource | Api
    audience: str
    as_asked: tuple[str, ...]
    permissions: tuple[str, ...] | None
    about_sign_in: frozenset[str]


NO_APIS: Final[Mapping[str, Api]] = MappingProxyType({})


class Audiences:
    """The names that the APIs of this service have as audiences of tokens."""

    def __init__(self, graph: Sequence[str], arm: Sequence[str]) -> None:
        # Where both are at one host, its name stands for Graph.
        self._hosts = {
            **{urlsplit(origin).hostname: (Resource.ARM, ARM_AUDIENCE) for origin in arm},
            **{urlsplit(origin).hostname: (Resource.GRAPH, GRAPH_AUDIENCE) for origin in graph},
        }

    def find(self, name: str) -> tuple[Resource, str] | None:
        """The API that a resource name means, and the audience to write into tokens."""
        bare = name.rstrip("/")
        known = _AUDIENCES.get(bare.lower())
        if known is not None:
            return known, name
        parts = split_url(bare)
        # quirk(identity): a Graph client that is given no scopes asks for its base address without
        # the port, so the service's own names stand for Graph - clients/contract.md, finding 13
        is_address = parts is not None and parts.scheme == "https"
        return self._hosts.get(parts.hostname) if parts is not None and is_address else None

    def _find(self, name: str) -> tuple[Resource | Api, str] | None:
        return self.find(name) if name else (Resource.GRAPH, GRAPH_AUDIENCE)

    def read(self, scope: str, apis: Mapping[str, Api] = NO_APIS) -> AskedScopes | Refusal:
        """The scopes of a request; they all belong to one API, which is Graph if none is named.

        `apis` are those of the tenant's own, by the names they are asked for.
        """
        words = tuple(dict.fromkeys(scope.split()))
        # In any casing, as permissions and resources are.
        about_sign_in = ABOUT_SIGN_IN.intersection(word.lower() for word in words)
        rest = tuple(word for word in words if word.lower() not in about_sign_in)
        found: tuple[Resource | Api, str] | None = None
        permissions: list[str] = []
        for word in rest:
            name, permission = _split(word)
            own = apis.get(name)
            named = (own, name) if own is not None else self._find(name)
            if named is None:
                return Refusal(Fault.RESOURCE_UNKNOWN, name)
            if found is not None and found[0] != named[0]:
                return Refusal(Fault.SCOPE_INVALID, scope)
            found = found or named
            permissions.append(permission)
        resource, audience = found or (Resource.GRAPH, GRAPH_AUDIENCE)
        is_default = _DEFAULT in permissions
        if is_default and len(set(permissions)) > 1:
            return Refusal(Fault.SCOPE_INVALID, scope)
        asked = None if is_default else tuple(permissions)
        return AskedScopes(resource, audience, words, asked, about_sign_in)


def is_audience_of(audience: str, resource: Resource) -> bool:
    """Whether a token with this audience may be shown to the API."""
    return _AUDIENCES.get(audience.rstrip("/").lower()) is resource


def split_url(text: str) -> SplitResult | None:
    """The parts of a URL that a client sent; none for what is no URL at all."""
    try:
        return urlsplit(text)
    except ValueError:
        return None


def _split(scope: str) -> tuple[str, str]:
    """The resource (empty if none is named) and the permission of one scope."""
    name, slash, permission = scope.rpartition("/")
    return (name, permission) if slash else ("", scope)


def choose_permissions(asked: AskedScopes, granted: Collection[str]) -> tuple[str, ...] | Refusal:
    """The permissions that a token for a person carries; asking for one not granted is refused.

    Azure Resource Manager has a single one, without which a token would be good for nothing there.
    """
    if asked.resource is Resource.ARM and not granted:
        return Refusal(Fault.CONSENT_MISSING, AZURE_SCOPE)
    if asked.permissions is None:
        return tuple(sorted(granted))
    by_name = {name.lower(): name for name in granted}
    for wanted in asked.permissions:
        if wanted.lower() not in by_name:
            return Refusal(Fault.CONSENT_MISSING, wanted)
    return tuple(sorted(by_name[wanted.lower()] for wanted in asked.permissions))


def echo_scopes(
    asked: AskedScopes, permissions: Sequence[str], *, has_refresh_token: bool = False
) -> str:
    """What the answer says about scopes: those asked for, word by word, and those granted.

    `.default` has to come back, or the identity libraries never find the token in their caches
    (clients/contract.md, finding 1); without a refresh token `offline_access` does not.
    """
    prefix = asked.audience.rstrip("/")
    words = [word for word in asked.as_asked if has_refresh_token or word.lower() != OFFLINE]
    words += [f"{prefix}/{one}" for one in permissions if one not in ABOUT_SIGN_IN]
    return " ".join(dict.fromkeys(words))
