"""Pages of what is held and asked, of people and of roles."""

from dataclasses import replace
from functools import partial

from timebound.application.queries import Page, Query, find_pinned_values
from timebound.application.role_ports import Assigned
from timebound.application.views import EXPIRED, Audience, GrantRow, MemberType, Relation, View
from timebound.domain.bundles import RoleBundle
from timebound.domain.checks import RENEWAL_CLOSES
from timebound.domain.directory import DirectoryObject
from timebound.domain.ids import PrincipalId, TenantId
from timebound.domain.requests import APPROVAL_LIFETIME, CANCELED_KEPT_FOR, KEPT_FOR, Request
from timebound.domain.roles import RoleDefinition
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import Instant
from timebound.storage.areas import around_of
from timebound.storage.asking import Asking
from timebound.storage.assigned import list_assigned
from timebound.storage.bundles import list_bundles, read_bundle
from timebound.storage.directory_lists import list_objects, list_roles
from timebound.storage.directory_rows import read_definition, read_object
from timebound.storage.grant_lists import list_grants
from timebound.storage.narrowing import EVERYTHING, narrow_grants, narrow_requests, spell_scope
from timebound.storage.paging import Pager
from timebound.storage.request_lists import list_requests, list_requests_around
from timebound.storage.rows import GRANT_COLUMNS, Row, read_grant, read_request

_SEEN_BY = len(GRANT_COLUMNS)
_MEMBER_TYPES = {kind.value: kind for kind in MemberType}


class Listing(Asking):
    """Answers page by page."""

    def __init__(self) -> None:
        super().__init__()
        self._pager = Pager()

    async def read_grants(
        self, view: View, audience: Audience, query: Query, at: Instant
    ) -> Page[GrantRow]:
        """A page of schedules, instances or role assignments as they stand at `at`."""
        asked = (view, audience.relation, audience.scope_kind)
        pinned = find_pinned_values(query.condition)
        is_expired = pinned.get("status") == EXPIRED
        is_of_all = audience.relation is Relation.ANYBODY
        narrowed = narrow_grants(pinned, query) if is_of_all else EVERYTHING
        around = around_of(audience.area)
        make = partial(list_grants, *asked, is_expired=is_expired, narrowed=narrowed, around=around)
        parameters = {
            "scope": audience.area.path if audience.area else None,
            "tenant": audience.tenant_id,
            "person": audience.principal_id,
            "at": at,
            "renewable": at - RENEWAL_CLOSES,
            "spelled_scope": spell_scope(pinned) if narrowed.is_scoped else None,
        }
        key = (*asked, is_expired, narrowed, around)
        return await self._pager.read(self, key, make, query, parameters, _read_row)

    async def read_requests(
        self, view: View, audience: Audience, query: Query, at: Instant
    ) -> Page[Request]:
        """A page of requests, with the status they have at `at`."""
        asked = (view, audience.relation, audience.scope_kind)
        pinned = find_pinned_values(query.condition)
        is_of_all = audience.relation is Relation.ANYBODY
        stored = narrow_requests(pinned) if is_of_all else ()
        is_of_group = is_of_all and audience.scope_kind is ScopeKind.GROUP and "scope" in pinned
        around = around_of(audience.area)
        key = (*asked, audience.is_purged, stored, is_of_group, around)
        make = partial(
            list_requests,
            *asked,
            is_purged=audience.is_purged,
            stored=stored,
            is_of_group=is_of_group,
        )
        if around is not None:
            make = partial(list_requests_around, around, *asked[:2], is_purged=audience.is_purged)
        parameters = {
            "scope": audience.area.path if audience.area else None,
            "tenant": audience.tenant_id,
            "person": audience.principal_id,
            "at": at,
            "lapsed": at - APPROVAL_LIFETIME,
            "spelled_scope": spell_scope(pinned) if is_of_group else None,
            "purged": at - KEPT_FOR,
            "purged_canceled": at - CANCELED_KEPT_FOR,
        }
        return await self._pager.read(
            self, key, make, query, parameters, partial(_read_request, at)
        )

    async def read_roles(
        self,
        tenant_id: TenantId,
        query: Query,
        kind: ScopeKind = ScopeKind.DIRECTORY,
        *,
        are_deleted: bool = False,
    ) -> Page[RoleDefinition]:
        """A page of the role definitions of a kind, or of those that were deleted."""
        key = (View.ROLE_DEFINITIONS, kind, are_deleted)
        make = partial(list_roles, kind, are_deleted=are_deleted)
        parameters = {"tenant": tenant_id}
        return await self._pager.read(self, key, make, query, parameters, read_definition)

    async def read_bundles(
        self, tenant_id: TenantId, kind: ScopeKind, query: Query, at: Instant
    ) -> Page[RoleBundle]:
        """A page of the assignments of a provider that stand at `at`."""
        parameters = {"tenant": tenant_id, "at": at}
        make = partial(list_bundles, kind)
        key = ("bundles", kind)
        return await self._pager.read(self, key, make, query, parameters, read_bundle)

    async def read_assigned(
        self, tenant_id: TenantId, assigned: Assigned, query: Query, at: Instant
    ) -> Page[DirectoryObject]:
        """A page of the principals that hold a role of the directory at `at`."""
        form = (assigned.level, assigned.scope is not None)
        key = (
            View.ASSIGNED_PRINCIPALS,
            *form,
            assigned.are_members_counted,
            assigned.object_kind,
        )
        parameters = {
            "tenant": tenant_id,
            "role": assigned.role_id,
            "scope": assigned.scope,
            "at": at,
        }
        make = partial(list_assigned, assigned)
        return await self._pager.read(self, key, make, query, parameters, read_object)

    async def read_objects(
        self, tenant_id: TenantId, view: View, query: Query
    ) -> Page[DirectoryObject]:
        """A page of users, groups, service principals or units; deleted ones are left out."""
        parameters = {"tenant": tenant_id}
        make = partial(list_objects, view)
        return await self._pager.read(self, view, make, query, parameters, read_object)


def _read_row(row: Row) -> GrantRow:
    return GrantRow(read_grant(row), PrincipalId(row[_SEEN_BY]), _MEMBER_TYPES[row[_SEEN_BY + 1]])


def _read_request(at: Instant, row: Row) -> Request:
    request = read_request(row)
    status = request.status_at(at)
    return request if status is request.status else replace(request, status=status)
