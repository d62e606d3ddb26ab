"""Answers what belongs to what in the directory, page by page."""

from collections.abc import Mapping, Sequence
from functools import partial

from timebound.application.queries import Page, Query
from timebound.application.relations import DelegationRow, PermissionRow, Place, Related
from timebound.application.views import GrantRow, MemberType
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.ids import ApplicationId, PrincipalId, TenantId
from timebound.domain.times import Instant
from timebound.storage.asking import Asking
from timebound.storage.columns import read_instant
from timebound.storage.directory_rows import OBJECT_COLUMNS, read_object
from timebound.storage.paging import Pager
from timebound.storage.permission_lists import (
    consents_of,
    list_delegations,
    list_permissions,
    permissions_of,
)
from timebound.storage.relations import list_related, list_scoped_members
from timebound.storage.rows import Row, read_grant


class Relating(Asking):
    """Answers about objects that belong to one another, and what applications are permitted."""

    def __init__(self) -> None:
        super().__init__()
        self._related = Pager()

    async def read_related(
        self, tenant_id: TenantId, related: Related, query: Query, at: Instant
    ) -> Page[DirectoryObject]:
        """A page of related objects; deleted ones are left out unless they are what is asked."""
        key = (related.way, related.kind)
        parameters = {"tenant": tenant_id, "origin": related.origin, "at": at}
        make = partial(list_related, *key)
        return await self._related.read(self, key, make, query, parameters, _read_related)

    async def read_related_ids(
        self, tenant_id: TenantId, related: Related, query: Query, at: Instant
    ) -> Page[str]:
        """A page of the ids of related objects."""
        key = (related.way, related.kind, "ids")
        parameters = {"tenant": tenant_id, "origin": related.origin, "at": at}
        make = partial(list_related, related.way, related.kind, has_ids_only=True)
        return await self._related.read(self, key, make, query, parameters, _read_id)

    async def read_scoped_members(
        self, tenant_id: TenantId, place: Place, place_id: str, query: Query, at: Instant
    ) -> Page[GrantRow]:
        """A page of the directory roles held over administrative units at `at`."""
        parameters = {"tenant": tenant_id, "origin": place_id, "at": at}
        make = partial(list_scoped_members, place)
        return await self._related.read(self, place, make, query, parameters, _read_held)

    async def read_permissions(
        self, tenant_id: TenantId, query: Query, *, is_delegated: bool
    ) -> Page[PermissionRow]:
        """A page of permissions that are granted, ordered by who has them and by name."""
        parameters = {"tenant": tenant_id, "is_delegated": is_delegated}
        return await self._related.read(
            self, "permissions", list_permissions, query, parameters, _read_permission
        )

    async def find_permissions(
        self, tenant_id: TenantId, application_ids: Sequence[str], *, is_delegated: bool
    ) -> Mapping[str, tuple[str, ...]]:
        """The permissions granted to each of some applications, sorted, by application id."""
        parameters = {
            "tenant": tenant_id,
            "ids": list(application_ids),
            "is_delegated": is_delegated,
        }
        found: dict[str, list[str]] = {}
        for row in await self.ask(permissions_of(), parameters):
            found.setdefault(row[0], []).append(row[1])
        return {id_: tuple(names) for id_, names in found.items()}

    async def read_delegations(
        self, tenant_id: TenantId, resource_app_id: ApplicationId, query: Query
    ) -> Page[DelegationRow]:
        """A page of who acts for whom with permissions of Graph, which `resource_app_id` names."""
        parameters = {"tenant": tenant_id, "resource_app": resource_app_id}
        return await self._related.read(
            self, "delegations", list_delegations, query, parameters, _read_delegation
        )

    async def find_consents(
        self, tenant_id: TenantId, application_ids: Sequence[str], user_ids: Sequence[str]
    ) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """What some people let some applications have, sorted, by application id and person."""
        parameters = {
            "tenant": tenant_id,
            "ids": list(application_ids),
            "users": list(user_ids),
        }
        found: dict[tuple[str, str], list[str]] = {}
        for row in await self.ask(consents_of(), parameters):
            found.setdefault((row[0], row[1]), []).append(row[2])
        return {key: tuple(names) for key, names in found.items()}


def _read_related(row: Row) -> DirectoryObject:
    """An object, or a role seen as one: its description stands where objects have attributes."""
    if row[1] != ObjectKind.DIRECTORY_ROLE.value:
        return read_object(row)
    return DirectoryObject(
        PrincipalId(row[0]),
        ObjectKind.DIRECTORY_ROLE,
        row[2],
        read_instant(row[3]),
        attributes={"description": row[10], "roleTemplateId": row[0]},
    )


def _read_id(row: Row) -> str:
    found: str = row[0]
    return found


def _read_held(row: Row) -> GrantRow:
    grant = read_grant(row)
    return GrantRow(grant, grant.slot.principal_id, MemberType.DIRECT)


def _read_permission(row: Row) -> PermissionRow:
    return PermissionRow(read_object(row), row[len(OBJECT_COLUMNS)])


def _read_delegation(row: Row) -> DelegationRow:
    user_id = PrincipalId(row[3]) if row[3] else None
    return DelegationRow(PrincipalId(row[0]), ApplicationId(row[1]), PrincipalId(row[2]), user_id)
