"""The entity sets of the providers: their role definitions, and their assignments of either form.

deviceManagement, cloudPC and defender assign a role to several principals at several places at
once; entitlementManagement and exchange to one principal at one place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from timebound.application.bundles import read_bundles
from timebound.application.queries import Order
from timebound.application.views import PROVIDER_VIEWS, View
from timebound.dialects.graph.call import Call
from timebound.dialects.graph.convert.bundles import (
    keep_answered_single,
    show_app_scope,
    show_multiple,
    show_single,
)
from timebound.dialects.graph.convert.wording import Version
from timebound.dialects.graph.kinds import Kind, Link
from timebound.dialects.graph.links import find_roles
from timebound.dialects.graph.sets import (
    DIRECTORY_OBJECT,
    LARGEST_PAGE,
    ROLE,
    EntitySet,
    read_roles,
)
from timebound.domain.bundles import SINGLE, RoleBundle, object_named
from timebound.domain.directory import DirectoryObject
from timebound.domain.ids import RoleId
from timebound.domain.roles import RoleDefinition
from timebound.domain.scopes import ScopeKind

_BY_NAME: Final = (Order("display_name"), Order("id"))
_BY_AGE: Final = (Order("created_at"), Order("id"))
_APP_SCOPE: Final = Kind("appScope", show_app_scope)


@dataclass(frozen=True, slots=True, eq=False)
class Provider:
    """A provider with its two entity sets, and the versions that publish it."""

    kind: ScopeKind
    definitions: EntitySet[RoleDefinition]
    assignments: EntitySet[RoleBundle]
    versions: frozenset[Version]

    @property
    def is_single(self) -> bool:
        """Whether an assignment is of one principal at one place."""
        return self.kind in SINGLE


def _role_of(bundle: RoleBundle) -> RoleId:
    return bundle.role_id


async def _find_people(
    call: Call, rows: Sequence[RoleBundle]
) -> Sequence[Sequence[DirectoryObject]]:
    return await _find_all(call, [row.principal_ids for row in rows])


async def _find_parts(
    call: Call, rows: Sequence[RoleBundle]
) -> Sequence[Sequence[DirectoryObject]]:
    named = [[object_named(part) for part in row.part_ids] for row in rows]
    return await _find_all(call, [[one for one in parts if one] for parts in named])


async def _find_all(
    call: Call, wanted: Sequence[Sequence[str]]
) -> Sequence[Sequence[DirectoryObject]]:
    ids = list(dict.fromkeys(id_ for group in wanted for id_ in group))
    found = await call.ports.store.find_objects(call.token.tenant_id, ids) if ids else {}
    return [[found[id_] for id_ in group if id_ in found] for group in wanted]


async def _find_apps(call: Call, rows: Sequence[RoleBundle]) -> Sequence[Sequence[str]]:
    del call  # they are what they are called
    return [row.app_ids for row in rows]


async def _find_person(call: Call, rows: Sequence[RoleBundle]) -> Sequence[DirectoryObject | None]:
    return [next(iter(found), None) for found in await _find_people(call, rows)]


async def _find_part(call: Call, rows: Sequence[RoleBundle]) -> Sequence[DirectoryObject | None]:
    return [next(iter(found), None) for found in await _find_parts(call, rows)]


async def _find_app(call: Call, rows: Sequence[RoleBundle]) -> Sequence[str | None]:
    return [next(iter(found), None) for found in await _find_apps(call, rows)]


def _kind_of_object() -> Kind[DirectoryObject]:
    return DIRECTORY_OBJECT


def _kind_of_app() -> Kind[str]:
    return _APP_SCOPE


_ROLE_LINK: Final = Link(find_roles(_role_of), lambda: ROLE)
_SINGLE: Final[Kind[RoleBundle]] = Kind(
    "unifiedRoleAssignment(provider)",
    show_single,
    {
        "principal": Link(_find_person, _kind_of_object),
        "roleDefinition": _ROLE_LINK,
        "directoryScope": Link(_find_part, _kind_of_object),
        "appScope": Link(_find_app, _kind_of_app),
    },
    keep_answered_single,
)
_MULTIPLE: Final[Kind[RoleBundle]] = Kind(
    "unifiedRoleAssignmentMultiple",
    show_multiple,
    {
        "principals": Link(_find_people, _kind_of_object, is_many=True),
        "roleDefinition": _ROLE_LINK,
        "directoryScopes": Link(_find_parts, _kind_of_object, is_many=True),
        "appScopes": Link(_find_apps, _kind_of_app, is_many=True),
    },
)


def _provide(view: View, kind: ScopeKind) -> Provider:
    root = f"roleManagement/{kind.value}"
    definitions: EntitySet[Any] = EntitySet(
        f"{root}/roleDefinitions", view, ROLE, read_roles, _BY_NAME, page_size=LARGEST_PAGE
    )
    form = _SINGLE if kind in SINGLE else _MULTIPLE
    assignments = EntitySet(f"{root}/roleAssignments", view, form, read_bundles, _BY_AGE)
    is_in_both = kind is ScopeKind.ENTITLEMENT_MANAGEMENT
    versions = frozenset(Version) if is_in_both else frozenset({Version.BETA})
    return Provider(kind, definitions, assignments, versions)


PROVIDERS: Final = tuple(_provide(view, kind) for view, kind in PROVIDER_VIEWS.items())
