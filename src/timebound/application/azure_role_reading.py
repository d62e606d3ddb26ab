"""Reading the roles of Azure: the built-in ones, and the tenant's own where they can be assigned.

Source: Azure documentation of listing role definitions; the published filters of the list.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from timebound.application.azure_catalog import built_in_definitions
from timebound.application.azure_ports import LoadedRights
from timebound.application.queries import And, Compare, Operator, Query
from timebound.application.reading import Reader
from timebound.domain.authority import authorize
from timebound.domain.azure.places import ROOT, read_place
from timebound.domain.azure_role_changes import MOST_ROLES
from timebound.domain.decide import Refused
from timebound.domain.ids import RoleId
from timebound.domain.operations import Operation
from timebound.domain.problems import Code, Problem
from timebound.domain.roles import RoleDefinition
from timebound.domain.scopes import Scope, ScopeKind


@dataclass(frozen=True, slots=True)
class RoleFilter:
    """Which roles are wanted: of a name, in any casing; of a type; also those of places below."""

    name: str | None = None
    is_built_in: bool | None = None
    is_below: bool = False


@dataclass(frozen=True, slots=True)
class FoundRoles:
    """Roles as they are seen from a place, which is spelled as the tree does."""

    place: Scope
    roles: tuple[RoleDefinition, ...]


async def list_azure_roles(reader: Reader, here: Scope, wanted: RoleFilter) -> FoundRoles | Refused:
    """The built-in roles, then the custom ones that can be assigned at a place or above it.

    At the tenant's own place those of all places are listed. Whoever may not read roles there is
    told of the built-in ones, and of those that they may read where these can be assigned.
    """
    loaded = await _admit(reader, here)
    if isinstance(loaded, Refused):
        return loaded
    built_in = [] if wanted.is_built_in is False else _list_built_in(wanted)
    custom: Sequence[RoleDefinition] = ()
    if wanted.is_built_in is not True:
        custom = await _list_custom(reader, loaded, wanted)
    return FoundRoles(loaded.rights.scope, (*built_in, *custom))


async def find_azure_role(reader: Reader, here: Scope, role_id: RoleId) -> FoundRoles | Refused:
    """One role by its GUID in lower case; refused where it cannot be seen from the place."""
    loaded = await _admit(reader, here)
    if isinstance(loaded, Refused):
        return loaded
    place = loaded.rights.scope
    if (known := built_in_definitions().get(role_id)) is not None:
        return FoundRoles(place, (known,))
    found = (await reader.store.find_roles(reader.token.tenant_id, [role_id])).get(role_id)
    if found is not None and found.role.kind is ScopeKind.AZURE:
        seen = await _narrow(reader, loaded, [found], is_below=False)
        if seen:
            return FoundRoles(place, tuple(seen))
    return Refused((Problem(Code.OBJECT_NOT_FOUND, value=role_id),))


async def _admit(reader: Reader, here: Scope) -> LoadedRights | Refused:
    """The caller at the place; at the tenant's own everybody is let in who is known."""
    loaded = await reader.store.load_rights(reader.token, here, reader.at)
    problems = authorize(Operation.READ_AZURE_ROLES, loaded.caller, loaded.target)
    is_lacking = [problem.code for problem in problems] == [Code.ACTION_NOT_ALLOWED]
    if problems and not (is_lacking and loaded.rights.scope == ROOT):
        return Refused(problems)
    if not loaded.is_known:
        return Refused((Problem(Code.SCOPE_NOT_FOUND, value=loaded.rights.scope.path),))
    return loaded


def _list_built_in(wanted: RoleFilter) -> list[RoleDefinition]:
    name = None if wanted.name is None else wanted.name.lower()
    known = built_in_definitions().values()
    return [one for one in known if name is None or one.role.name.lower() == name]


async def _list_custom(
    reader: Reader, loaded: LoadedRights, wanted: RoleFilter
) -> Sequence[RoleDefinition]:
    is_custom = Compare("is_built_in", Operator.EQ, value=False)
    condition = And((is_custom,))
    if wanted.name is not None:
        condition = And((is_custom, Compare("display_name", Operator.EQ, wanted.name)))
    # A tenant has no more of them; most have a few.
    query = Query(MOST_ROLES, condition)
    page = await reader.store.read_roles(reader.token.tenant_id, query, ScopeKind.AZURE)
    return await _narrow(reader, loaded, page.rows, is_below=wanted.is_below)


async def _narrow(
    reader: Reader, loaded: LoadedRights, roles: Sequence[RoleDefinition], *, is_below: bool
) -> Sequence[RoleDefinition]:
    """Those of the roles that are told of at a place."""
    place = loaded.rights.scope
    if place == ROOT:
        if not authorize(Operation.READ_AZURE_ROLES, loaded.caller, loaded.target):
            return roles
        places = await _load_places(reader, roles)
        may_read = {path for path, one in places.items() if _may_read(one)}
        return [role for role in roles if not may_read.isdisjoint(role.resource_scopes)]
    inside = loaded.around
    if is_below:
        places = await _load_places(reader, roles)
        below = (path for path, one in places.items() if place.path in one.around)
        inside = inside.union(below)
    return [role for role in roles if not inside.isdisjoint(role.resource_scopes)]


async def _load_places(reader: Reader, roles: Iterable[RoleDefinition]) -> dict[str, LoadedRights]:
    """Where the roles can be assigned, by path."""
    paths = dict.fromkeys(path for role in roles for path in role.resource_scopes)
    scopes = {path: place for path in paths if (place := read_place(path)) is not None}
    if not scopes:
        return {}
    found = await reader.store.load_rights_at(reader.token, tuple(scopes.values()), reader.at)
    return dict(zip(scopes, found, strict=True))


def _may_read(loaded: LoadedRights) -> bool:
    return not authorize(Operation.READ_AZURE_ROLES, loaded.caller, loaded.target)
