"""The operations that read the directory: method, path and handler of each."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from timebound.application.relations import Place, Way
from timebound.application.views import View
from timebound.dialects.graph.convert.wording import Version
from timebound.dialects.graph.directory_reads import sources
from timebound.dialects.graph.directory_reads.checks import (
    check_groups,
    check_objects,
    get_by_ids,
    get_groups,
    get_objects,
)
from timebound.dialects.graph.directory_reads.consents import (
    ALL_SCOPES,
    get_scopes,
    list_app_roles,
    list_scopes,
)
from timebound.dialects.graph.directory_reads.objects import (
    APPLICATIONS,
    BETA_UNITS,
    get_object,
    get_organization,
    get_program,
    list_organizations,
)
from timebound.dialects.graph.directory_reads.related import (
    NAMESPACE,
    list_deleted,
    list_references,
    list_related,
)
from timebound.dialects.graph.directory_reads.roles import (
    ROLES,
    TEMPLATES,
    activate_role,
    list_scoped_members,
)
from timebound.dialects.graph.directory_reads.sources import Source
from timebound.dialects.graph.lists import Handler, get_one, list_everything
from timebound.dialects.graph.role_members import add_role_member, remove_role_member
from timebound.domain.directory import ObjectKind

_BOTH: Final = frozenset(Version)
_BETA: Final = frozenset({Version.BETA})
_USER, _GROUP, _PROGRAM = ObjectKind.USER, ObjectKind.GROUP, ObjectKind.SERVICE_PRINCIPAL
_MEMBERS: Final = (_USER, _GROUP, _PROGRAM)
_OWNERS: Final = (_USER, _PROGRAM)
_OWNED: Final = (_GROUP, ObjectKind.APPLICATION, _PROGRAM)
_BELONGING: Final = (_GROUP, ObjectKind.ADMINISTRATIVE_UNIT, ObjectKind.DIRECTORY_ROLE)
_DELETED: Final = {
    _USER: View.USERS,
    _GROUP: View.GROUPS,
    _PROGRAM: View.SERVICE_PRINCIPALS,
    ObjectKind.APPLICATION: View.APPLICATIONS,
    ObjectKind.ADMINISTRATIVE_UNIT: View.ADMINISTRATIVE_UNITS,
}
_BELONG: Final = {"memberOf": Way.MEMBER_OF, "transitiveMemberOf": Way.ALL_MEMBER_OF}


class ReadRow(NamedTuple):
    """What a method on a path does, and in which versions."""

    method: str
    path: str
    handle: Handler
    versions: frozenset[Version] = _BOTH


def _relate(
    source: Source,
    name: str,
    way: Way,
    casts: tuple[ObjectKind, ...] = (),
    versions: frozenset[Version] = _BOTH,
) -> Iterator[ReadRow]:
    """A list of what belongs to an object: whole, as references, and cast to each kind."""
    path = f"{source.template}/{name}"
    yield ReadRow("GET", path, list_related(source, name, way), versions)
    yield ReadRow("GET", f"{path}/$ref", list_references(source, name, way), versions)
    for kind in casts:
        cast = f"{path}/{NAMESPACE}{kind.value}"
        yield ReadRow("GET", cast, list_related(source, name, way, kind), versions)


def _belong(source: Source) -> Iterator[ReadRow]:
    """What an object belongs to, and the checks of that."""
    for name, way in _BELONG.items():
        yield from _relate(source, name, way, _BELONGING)
    yield from _check(source)


def _check(source: Source) -> Iterator[ReadRow]:
    path = source.template
    yield ReadRow("POST", f"{path}/checkMemberGroups", check_groups(source))
    yield ReadRow("POST", f"{path}/checkMemberObjects", check_objects(source))
    yield ReadRow("POST", f"{path}/getMemberGroups", get_groups(source))
    yield ReadRow("POST", f"{path}/getMemberObjects", get_objects(source))


def _administer(source: Source, versions: frozenset[Version]) -> Iterator[ReadRow]:
    """What is in an administrative unit, and who holds roles over it."""
    yield from _relate(source, "members", Way.UNIT_MEMBERS, (_USER, _GROUP), versions)
    name = "scopedRoleMembers"
    held = list_scoped_members(source, name, Place.UNIT)
    yield ReadRow("GET", f"{source.template}/{name}", held, versions)


def _delete() -> Iterator[ReadRow]:
    for kind, view in _DELETED.items():
        path = f"directory/deletedItems/{NAMESPACE}{kind.value}"
        yield ReadRow("GET", path, list_deleted(kind, view))


READS: Final[tuple[ReadRow, ...]] = (
    *_relate(sources.GROUPS, "members", Way.MEMBERS, _MEMBERS),
    *_relate(sources.GROUPS, "transitiveMembers", Way.ALL_MEMBERS, _MEMBERS),
    *_relate(sources.GROUPS, "owners", Way.OWNERS, _OWNERS),
    *_belong(sources.GROUPS),
    *_belong(sources.USERS),
    *_relate(sources.USERS, "ownedObjects", Way.OWNED, _OWNED),
    *_belong(sources.ME),
    *_relate(sources.ME, "ownedObjects", Way.OWNED, _OWNED),
    *_belong(sources.PROGRAMS),
    *_relate(sources.PROGRAMS, "owners", Way.PROGRAM_OWNERS, _OWNERS),
    *_relate(sources.PROGRAMS, "ownedObjects", Way.OWNED, _OWNED),
    ReadRow("GET", "applications", list_everything(APPLICATIONS)),
    ReadRow("GET", "applications/{id}", get_program(APPLICATIONS)),
    *_relate(sources.APPLICATIONS, "owners", Way.PROGRAM_OWNERS, _OWNERS),
    *_check(sources.OBJECTS),
    ReadRow("GET", "directoryObjects/{id}", get_object),
    ReadRow("POST", "directoryObjects/getByIds", get_by_ids),
    ReadRow("GET", "administrativeUnits", list_everything(BETA_UNITS), _BETA),
    ReadRow("GET", "administrativeUnits/{id}", get_one(BETA_UNITS), _BETA),
    *_administer(sources.UNITS, _BOTH),
    *_administer(sources.BETA_UNITS, _BETA),
    *_delete(),
    ReadRow("GET", "organization", list_organizations),
    ReadRow("GET", "organization/{id}", get_organization),
    ReadRow("GET", "directoryRoles", list_everything(ROLES)),
    ReadRow("GET", "directoryRoles/{id}", get_one(ROLES)),
    ReadRow("POST", "directoryRoles", activate_role),
    *_relate(sources.ROLES, "members", Way.ROLE_MEMBERS, _MEMBERS),
    ReadRow("POST", "directoryRoles/{id}/members/$ref", add_role_member),
    ReadRow("DELETE", "directoryRoles/{id}/members/{id}/$ref", remove_role_member),
    ReadRow(
        "GET",
        "directoryRoles/{id}/scopedMembers",
        list_scoped_members(sources.ROLES, "scopedMembers", Place.ROLE),
    ),
    ReadRow("GET", "directoryRoleTemplates", list_everything(TEMPLATES)),
    ReadRow("GET", "directoryRoleTemplates/{id}", get_one(TEMPLATES)),
    ReadRow(
        "GET", "users/{id}/appRoleAssignments", list_app_roles(sources.USERS, "appRoleAssignments")
    ),
    ReadRow(
        "GET",
        "servicePrincipals/{id}/appRoleAssignments",
        list_app_roles(sources.PROGRAMS, "appRoleAssignments"),
    ),
    ReadRow(
        "GET",
        "servicePrincipals/{id}/appRoleAssignedTo",
        list_app_roles(sources.PROGRAMS, "appRoleAssignedTo", is_by_resource=True),
    ),
    ReadRow("GET", "servicePrincipals/{id}/oauth2PermissionGrants", list_scopes(sources.PROGRAMS)),
    ReadRow("GET", "users/{id}/oauth2PermissionGrants", list_scopes(sources.USERS)),
    ReadRow("GET", "me/oauth2PermissionGrants", list_scopes(sources.ME)),
    ReadRow("GET", "oauth2PermissionGrants", list_everything(ALL_SCOPES)),
    ReadRow("GET", "oauth2PermissionGrants/{id}", get_scopes),
)
