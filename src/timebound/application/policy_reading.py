"""Questions about policies: who may ask them, and what is told of what nobody has changed."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from timebound.application.policy_names import find_role
from timebound.application.queries import Compare, Operator, Order, Query
from timebound.application.reading import Reader
from timebound.domain.authority import Caller, Target, authorize
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.licensing import check_license
from timebound.domain.policies import default_policy
from timebound.domain.policy_changes import READING
from timebound.domain.policy_places import PolicyPlace, StoredPolicy, place_policy
from timebound.domain.problems import Code, Problem
from timebound.domain.roles import GROUP_ROLES, Role
from timebound.domain.scopes import Scope, ScopeKind

_MOST_ROLES: Final = 1_000
"""More roles than a directory can have: the built-in ones and a hundred others."""
_BY_NAME: Final = (Order("display_name"), Order("id"))

_default: Final = lru_cache(_MOST_ROLES)(default_policy)


async def read_policies(
    reader: Reader, scope: Scope, role_id: RoleId | None = None
) -> Sequence[StoredPolicy] | Refused:
    """The policies of all roles at the scope, or of one, in the order of the roles' names.

    There are none of a group that is not there, and none of a role that is not.
    """
    caller, target, is_there = await _load(reader, scope)
    operation = READING.get(scope.kind)
    if operation is None:
        return Refused((Problem(Code.ACCESS_DENIED),))
    unmet = authorize(operation, caller, target) or check_license(caller.settings, reader.at)
    if unmet:
        return Refused(unmet)
    roles = await _find_roles(reader, scope.kind, role_id) if is_there else ()
    ids = [role.id for role in roles]
    tenant_id = reader.token.tenant_id
    kept = await reader.store.find_policies(tenant_id, scope.kind, scope.path, ids)
    return tuple(
        kept.get(role.id) or StoredPolicy(PolicyPlace(scope, role.id), _default(role))
        for role in roles
    )


async def read_policy(reader: Reader, place: PolicyPlace) -> StoredPolicy | Refused:
    """The policy at a place; refused where the role or the group is not there."""
    found = await read_policies(reader, place.scope, place.role_id)
    if isinstance(found, Refused):
        return found
    missing = Problem(Code.OBJECT_NOT_FOUND, value=place.role_id)
    return found[0] if found else Refused((missing,))


async def find_place(reader: Reader, scope: Scope, guid: str) -> PolicyPlace | None:
    """The place whose policy has the GUID, whoever asks; none where no role leads to it."""
    role_id = find_role(scope, guid)
    if role_id is None and scope.kind is ScopeKind.DIRECTORY:
        is_custom = Compare("is_built_in", Operator.EQ, value=False)
        query = Query(_MOST_ROLES, is_custom, (Order("id"),))
        page = await reader.store.read_roles(reader.token.tenant_id, query)
        role_id = find_role(scope, guid, (definition.role.id for definition in page.rows))
    return None if role_id is None else place_policy(scope, role_id)


async def _load(reader: Reader, scope: Scope) -> tuple[Caller, Target, bool]:
    """The caller, whose a group is, and whether it is there."""
    if scope.kind is not ScopeKind.GROUP:
        return await reader.store.load_caller(reader.token, reader.at), Target(), True
    group_id = PrincipalId(scope.path)
    facts = (await reader.store.load_target(reader.token, group_id, reader.at)).facts
    return facts.caller, facts.as_seen, _is_group(facts.object)


def _is_group(found: DirectoryObject | None) -> bool:
    return found is not None and found.kind is ObjectKind.GROUP and found.deleted_at is None


async def _find_roles(reader: Reader, kind: ScopeKind, role_id: RoleId | None) -> Sequence[Role]:
    if kind is ScopeKind.GROUP:
        return [role for id_, role in GROUP_ROLES.items() if role_id in (None, id_)]
    tenant_id = reader.token.tenant_id
    if role_id is None:
        page = await reader.store.read_roles(tenant_id, Query(_MOST_ROLES, orders=_BY_NAME), kind)
        return [definition.role for definition in page.rows]
    found = (await reader.store.find_roles(tenant_id, [role_id])).get(role_id)
    if found is None or found.role.kind is not kind or found.deleted_at is not None:
        return ()
    return (found.role,)
