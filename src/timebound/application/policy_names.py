"""The ids of policies: derived from what they are about, hence always the same."""

import uuid
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Final

from timebound.application.catalog import built_in_roles
from timebound.domain.ids import RoleId
from timebound.domain.policy_places import PolicyPlace
from timebound.domain.roles import GROUP_ROLES
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, ScopeKind

_NAMESPACE: Final = uuid.UUID("8f4d3a52-6a0e-5c1b-9c3f-2b7d1e60a94d")
_KEPT: Final = 4096


@lru_cache(_KEPT)
def policy_guid(place: PolicyPlace) -> str:
    """The GUID of the policy at a place, the same in every tenant."""
    names = (place.scope.kind.value, place.scope.path.lower(), place.role_id)
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join(names)))


def find_role(scope: Scope, guid: str, custom: Iterable[RoleId] = ()) -> RoleId | None:
    """The role whose policy at the scope has the GUID, in any casing; none if there is none.

    The built-in roles are known; of the custom ones those given are looked at.
    """
    asked = guid.lower()
    if scope.kind is ScopeKind.DIRECTORY and (found := _built_in_guids().get(asked)):
        return found
    own = GROUP_ROLES if scope.kind is ScopeKind.GROUP else custom
    return next((id_ for id_ in own if policy_guid(PolicyPlace(scope, id_)) == asked), None)


@cache
def _built_in_guids() -> Mapping[str, RoleId]:
    return {policy_guid(PolicyPlace(DIRECTORY_ROOT, id_)): id_ for id_ in built_in_roles()}
