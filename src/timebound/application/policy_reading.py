"""Questions about policies: who may ask them, and what is told of what nobody has changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from timebound.application.azure_catalog import built_in_azure_roles
from timebound.application.policy_names import find_role
from timebound.application.queries import Compare, Operator, Order, Query
from timebound.application.reading import Reader
from timebound.domain.authority import Caller, Target, authorize
from timebound.domain.azure_role_changes import MOST_ROLES
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.licensing import check_license
from timebound.domain.operations import Operation
from timebound.domain.policies import default_policy
from timebound.domain.policy_changes import READING
from timebound.domain.policy_places import PolicyPlace, StoredPolicy, place_policy
from timebound.domain.problems import Code, Problem
from timebound.domain.roles import GROUP_ROLES, Role, RoleDefinition
from timebound.domain.scopes import Scope, ScopeKind

_MOST_ROLES: Final = 1_000
"""More roles than a directory can have: the built-in ones and a hundred others."""
_BY_NAME: Final = (Order("display_name"), Order("id"))

_default: Final = lru_cache(2 * _MOST_ROLES)(default_policy)


async def read_policies(
    reader: Reader,
    scope: Scope,
    role_id: RoleId | None = None,
    deed: Operation | None = None,
) -> Sequence[StoredPolicy] | Refused:
    """The policies of all roles at the scope, or of one, in the order of the roles' names.

    There are none of a group that is not there, and none of a role that is not; a place of Azure
    that is not there is refused to who may look. The `deed` is what looking is permitted as, where
    it is not seeing policies: being told which is whose.
    """
    looked = await _look_at(reader, scope)
    caller, scope = looked.caller, looked.scope
    operation = deed or READING.get(scope.kind)
    if operation is None:
        return Refused((Problem(Code.ACCESS_DENIED),))
    unmet = (
        authorize(operation, caller, looked.target)
        or check_license(caller.settings, reader.at)
        or looked.problems
    )
    if unmet:
        return Refused(unmet)
    roles = await _find_roles(reader, looked, role_id) if looked.is_there else ()
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
    if role_id is None and scope.kind is ScopeKind.AZURE:
        looked = await _look_at(reader, scope)
        custom = await _find_custom_roles(reader, looked, None)
        role_id = find_role(scope, guid, (role.id for role in custom))
    if role_id is None and scope.kind is ScopeKind.DIRECTORY:
        is_custom = Compare("is_built_in", Operator.EQ, value=False)
        query = Query(_MOST_ROLES, is_custom, (Order("id"),))
        page = await reader.store.read_roles(reader.token.tenant_id, query)
        role_id = find_role(scope, guid, (definition.role.id for definition in page.rows))
    return None if role_id is None else place_policy(scope, role_id)


@dataclass(frozen=True, slots=True)
class _Looked:
    """Who looks, what they may do there, how the scope is spelled, and whether it is there.

    `around` are the paths of a place of Azure and of all that it lies in.
    """

    caller: Caller
    target: Target
    scope: Scope
    is_there: bool = True
    around: frozenset[str] = frozenset()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is told to who may look, besides that there are no policies."""
        if self.is_there or self.scope.kind is not ScopeKind.AZURE:
            return ()
        return (Problem(Code.SCOPE_NOT_FOUND, value=self.scope.path),)


async def _look_at(reader: Reader, scope: Scope) -> _Looked:
    store, token = reader.store, reader.token
    if scope.kind is ScopeKind.AZURE:
        loaded = await store.load_rights(token, scope, reader.at)
        place, is_known = loaded.rights.scope, loaded.is_known
        return _Looked(loaded.caller, loaded.target, place, is_known, loaded.around)
    if scope.kind is not ScopeKind.GROUP:
        return _Looked(await store.load_caller(token, reader.at), Target(), scope)
    facts = (await store.load_target(token, PrincipalId(scope.path), reader.at)).facts
    return _Looked(facts.caller, facts.as_seen, scope, _is_group(facts.object))


def _is_group(found: DirectoryObject | None) -> bool:
    return found is not None and found.kind is ObjectKind.GROUP and found.deleted_at is None


async def _find_roles(reader: Reader, looked: _Looked, role_id: RoleId | None) -> Sequence[Role]:
    kind = looked.scope.kind
    if kind is ScopeKind.GROUP:
        return [role for id_, role in GROUP_ROLES.items() if role_id in (None, id_)]
    if kind is ScopeKind.AZURE:
        return await _find_azure_roles(reader, looked, role_id)
    tenant_id = reader.token.tenant_id
    if role_id is None:
        page = await reader.store.read_roles(tenant_id, Query(_MOST_ROLES, orders=_BY_NAME), kind)
        return [definition.role for definition in page.rows]
    found = (await reader.store.find_roles(tenant_id, [role_id])).get(role_id)
    if found is None or found.role.kind is not kind or found.deleted_at is not None:
        return ()
    return (found.role,)


async def _find_azure_roles(
    reader: Reader, looked: _Looked, role_id: RoleId | None
) -> Sequence[Role]:
    built_in = built_in_azure_roles()
    if role_id is not None and role_id in built_in:
        return (built_in[role_id].role,)
    custom = await _find_custom_roles(reader, looked, role_id)
    if role_id is not None:
        return custom
    known = (*(one.role for one in built_in.values()), *custom)
    return sorted(known, key=lambda role: role.name.lower())


async def _find_custom_roles(
    reader: Reader, looked: _Looked, role_id: RoleId | None
) -> Sequence[Role]:
    """The custom roles that can be held at a place of Azure, or one of them."""
    tenant_id = reader.token.tenant_id
    if role_id is None:
        page = await reader.store.read_roles(tenant_id, Query(MOST_ROLES), ScopeKind.AZURE)
        found: Sequence[RoleDefinition] = page.rows
    else:
        known = (await reader.store.find_roles(tenant_id, [role_id])).get(role_id)
        found = () if known is None or known.deleted_at is not None else (known,)
    return tuple(
        one.role
        for one in found
        if one.role.kind is ScopeKind.AZURE and not looked.around.isdisjoint(one.resource_scopes)
    )
