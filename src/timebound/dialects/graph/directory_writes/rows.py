"""The operations that write to the directory: method, path and handler of each."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from timebound.dialects.graph.convert.wording import Version
from timebound.dialects.graph.directory_writes.consent import (
    assign_app_role,
    change_scopes,
    grant_scopes,
    revoke_app_role,
    revoke_scopes,
)
from timebound.dialects.graph.directory_writes.deleted import get_deleted, purge, restore
from timebound.dialects.graph.directory_writes.keys import add_key, remove_key
from timebound.dialects.graph.directory_writes.objects import (
    create_application,
    create_group,
    create_service_principal,
    create_unit,
    create_user,
    delete,
    update,
)
from timebound.dialects.graph.directory_writes.references import (
    add_to,
    remove_from,
    set_member_of_unit,
    set_owner_of,
)
from timebound.dialects.graph.directory_writes.secrets import (
    add_password,
    change_password,
    remove_password,
)
from timebound.dialects.graph.directory_writes.sessions import (
    revoke_own_sessions,
    revoke_sessions_of,
)
from timebound.dialects.graph.lists import Handler
from timebound.domain.directory import ObjectKind
from timebound.domain.roles import MEMBER, OWNER

_BOTH: Final = frozenset(Version)
_BETA: Final = frozenset({Version.BETA})
_DELETED: Final = "directory/deletedItems/{id}"


class WriteRow(NamedTuple):
    """What a method on a path does, and in which versions."""

    method: str
    path: str
    handle: Handler
    versions: frozenset[Version] = _BOTH


def _write(path: str, kind: ObjectKind, create: Handler) -> Iterator[WriteRow]:
    yield WriteRow("POST", path, create)
    yield WriteRow("PATCH", f"{path}/{{id}}", update(kind))
    yield WriteRow("DELETE", f"{path}/{{id}}", delete(kind))


def _write_program(path: str, kind: ObjectKind) -> Iterator[WriteRow]:
    one = f"{path}/{{id}}"
    yield WriteRow("POST", f"{one}/addPassword", add_password(kind))
    yield WriteRow("POST", f"{one}/removePassword", remove_password(kind))
    yield WriteRow("POST", f"{one}/addKey", add_key(kind))
    yield WriteRow("POST", f"{one}/removeKey", remove_key(kind))
    yield WriteRow("POST", f"{one}/owners/$ref", set_owner_of(kind, is_added=True))
    yield WriteRow("DELETE", f"{one}/owners/{{id}}/$ref", set_owner_of(kind, is_added=False))


def _write_units(path: str, versions: frozenset[Version]) -> Iterator[WriteRow]:
    one = f"{path}/{{id}}"
    for row in _write(path, ObjectKind.ADMINISTRATIVE_UNIT, create_unit(path)):
        yield row._replace(versions=versions)
    added, removed = set_member_of_unit(is_added=True), set_member_of_unit(is_added=False)
    yield WriteRow("POST", f"{one}/members/$ref", added, versions)
    yield WriteRow("DELETE", f"{one}/members/{{id}}/$ref", removed, versions)


WRITES: Final[tuple[WriteRow, ...]] = (
    *_write("users", ObjectKind.USER, create_user),
    *_write("groups", ObjectKind.GROUP, create_group),
    *_write("applications", ObjectKind.APPLICATION, create_application),
    *_write("servicePrincipals", ObjectKind.SERVICE_PRINCIPAL, create_service_principal),
    *_write_units("directory/administrativeUnits", _BOTH),
    *_write_units("administrativeUnits", _BETA),
    *_write_program("applications", ObjectKind.APPLICATION),
    *_write_program("servicePrincipals", ObjectKind.SERVICE_PRINCIPAL),
    WriteRow("POST", "groups/{id}/members/$ref", add_to(MEMBER)),
    WriteRow("DELETE", "groups/{id}/members/{id}/$ref", remove_from(MEMBER)),
    WriteRow("POST", "groups/{id}/owners/$ref", add_to(OWNER)),
    WriteRow("DELETE", "groups/{id}/owners/{id}/$ref", remove_from(OWNER)),
    WriteRow("POST", "me/changePassword", change_password),
    WriteRow("POST", "me/revokeSignInSessions", revoke_own_sessions),
    WriteRow("POST", "users/{id}/revokeSignInSessions", revoke_sessions_of),
    WriteRow(
        "POST",
        "servicePrincipals/{id}/appRoleAssignments",
        assign_app_role(is_by_resource=False),
    ),
    WriteRow(
        "DELETE",
        "servicePrincipals/{id}/appRoleAssignments/{id}",
        revoke_app_role(is_by_resource=False),
    ),
    WriteRow(
        "POST",
        "servicePrincipals/{id}/appRoleAssignedTo",
        assign_app_role(is_by_resource=True),
    ),
    WriteRow(
        "DELETE",
        "servicePrincipals/{id}/appRoleAssignedTo/{id}",
        revoke_app_role(is_by_resource=True),
    ),
    WriteRow("POST", "oauth2PermissionGrants", grant_scopes),
    WriteRow("PATCH", "oauth2PermissionGrants/{id}", change_scopes),
    WriteRow("DELETE", "oauth2PermissionGrants/{id}", revoke_scopes),
    WriteRow("GET", _DELETED, get_deleted),
    WriteRow("DELETE", _DELETED, purge),
    WriteRow("POST", f"{_DELETED}/restore", restore),
)
