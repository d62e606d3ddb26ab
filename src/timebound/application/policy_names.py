"""The ids of policies: derived from what they are about, hence always the same."""

import uuid
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Final

from timebound.application.azure_catalog import built_in_azure_roles
from timebound.application.catalog import built_in_roles
from timebound.domain.ids import RoleId
from timebound.domain.policy_places import PolicyPlace
from timebound.domain.roles import GROUP_ROLES
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, ScopeKind

_NAMESPACE: Final = uuid.UUID("8f4d3a52-6a0e-5c1b-9c3f-2b7d1e60a94d")
_KEPT: Final = 4096
_KEPT_PLACES: Final = 64
"""Of how many places of Azure the ids of all built-in roles' policies are kept."""


@lru_cache(_KEPT)
def policy_guid(place: PolicyPlace) -> str:
    """The GUID of the policy at a place, the same in every tenant."""
    names = (place.scope.kind.value, place.scope.key, place.role_id)
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join(names)))


def find_role(scope: Scope, guid: str, custom: Iterable[RoleId] = ()) -> RoleId | None:
    """The role whose policy at the scope has the GUID, in any casing; none if there is none.

    The built-in roles are known; of the custom ones those given are looked at.
    """
    asked = guid.lower()
    if found := _list_built_in(scope).get(asked):
        return found
    own = GROUP_ROLES if scope.kind is ScopeKind.GROUP else custom
    return next((id_ for id_ in own if policy_guid(PolicyPlace(scope, id_)) == asked), None)


def _list_built_in(scope: Scope) -> Mapping[str, RoleId]:
    if scope.kind is ScopeKind.AZURE:
        return _built_in_azure_guids(scope.key)
    return _built_in_guids() if scope.kind is ScopeKind.DIRECTORY else {}


@lru_cache(_KEPT_PLACES)
def _built_in_azure_guids(path: str) -> Mapping[str, RoleId]:
    scope = Scope(ScopeKind.AZURE, path)
    guid_of = policy_guid.__wrapped__  # more than are kept: they would drive each other out
    return {guid_of(PolicyPlace(scope, id_)): id_ for id_ in built_in_azure_roles()}


@cache
def _built_in_guids() -> Mapping[str, RoleId]:
    return {policy_guid(PolicyPlace(DIRECTORY_ROOT, id_)): id_ for id_ in built_in_roles()}
