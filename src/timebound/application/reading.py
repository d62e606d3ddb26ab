"""Questions: who may ask them, and what they are answered with."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from timebound.application.ports import ReadingStore
from timebound.application.queries import And, Compare, Operator, Page, Query
from timebound.application.views import ROLE_VIEWS, Audience, GrantRow, Relation, View
from timebound.domain.authority import Caller, Token, authorize
from timebound.domain.decide import Refused
from timebound.domain.directory import (
    KEPT_DELETED,
    DirectoryObject,
    ObjectKind,
    is_restorable,
)
from timebound.domain.ids import PrincipalId
from timebound.domain.licensing import check_license
from timebound.domain.problems import Code, Problem
from timebound.domain.requests import Request
from timebound.domain.requirements import Operation
from timebound.domain.roles import RoleDefinition
from timebound.domain.scopes import ScopeKind
from timebound.domain.settings import RequestHistory
from timebound.domain.times import Instant

_ANYBODY: Final[Mapping[View, Operation]] = {
    View.ELIGIBILITY_INSTANCES: Operation.READ_ELIGIBILITIES,
    View.ELIGIBILITY_SCHEDULES: Operation.READ_ELIGIBILITIES,
    View.ELIGIBILITY_REQUESTS: Operation.READ_ELIGIBILITIES,
    View.ASSIGNMENT_INSTANCES: Operation.READ_ASSIGNMENTS,
    View.ASSIGNMENT_SCHEDULES: Operation.READ_ASSIGNMENTS,
    View.ASSIGNMENT_REQUESTS: Operation.READ_ASSIGNMENTS,
    View.ROLE_ASSIGNMENTS: Operation.READ_ROLE_ASSIGNMENTS,
    View.ROLE_DEFINITIONS: Operation.READ_ROLE_DEFINITIONS,
    View.DELETED_ROLES: Operation.READ_DELETED_ROLES,
    View.TRANSITIVE_ASSIGNMENTS: Operation.READ_ROLE_ASSIGNMENTS,
    View.ASSIGNED_PRINCIPALS: Operation.READ_ROLE_ASSIGNMENTS,
    View.ENTITLEMENT_ROLES: Operation.READ_ENTITLEMENT_RBAC,
    View.DEVICE_ROLES: Operation.READ_DEVICE_RBAC,
    View.CLOUD_PC_ROLES: Operation.READ_CLOUD_PC_RBAC,
    View.EXCHANGE_ROLES: Operation.READ_EXCHANGE_RBAC,
    View.DEFENDER_ROLES: Operation.READ_DEFENDER_RBAC,
    View.ROLE_SCHEDULES: Operation.READ_ROLE_SCHEDULES,
    View.ROLE_INSTANCES: Operation.READ_ROLE_SCHEDULES,
    View.RESOURCE_NAMESPACES: Operation.READ_RESOURCE_ACTIONS,
    View.RESOURCE_ACTIONS: Operation.READ_RESOURCE_ACTIONS,
    View.USERS: Operation.READ_USERS,
    View.GROUPS: Operation.READ_GROUPS,
    View.GROUP_RESOURCES: Operation.READ_GROUP_RESOURCES,
    View.SERVICE_PRINCIPALS: Operation.READ_SERVICE_PRINCIPALS,
    View.ADMINISTRATIVE_UNITS: Operation.READ_UNITS,
    View.APPLICATIONS: Operation.READ_SERVICE_PRINCIPALS,
    View.GROUP_RELATIONS: Operation.READ_GROUP_MEMBERS,
    View.USER_RELATIONS: Operation.READ_USER_MEMBERSHIPS,
    View.OWN_RELATIONS: Operation.READ_OWN_MEMBERSHIPS,
    View.PROGRAM_RELATIONS: Operation.READ_SERVICE_PRINCIPALS,
    View.UNIT_RELATIONS: Operation.READ_UNITS,
    View.DIRECTORY_ROLES: Operation.READ_DIRECTORY_ROLES,
    View.DIRECTORY_OBJECTS: Operation.READ_DIRECTORY_OBJECTS,
    View.DIRECTORY_AUDITS: Operation.READ_AUDIT_LOG,
    View.SIGN_INS: Operation.READ_SIGN_INS,
    View.ORGANIZATION: Operation.READ_ORGANIZATION,
    View.APP_ROLES: Operation.READ_SERVICE_PRINCIPALS,
    View.PERMISSION_GRANTS: Operation.READ_PERMISSION_GRANTS,
    View.PERSONAL_GRANTS: Operation.READ_PERSONAL_GRANTS,
    View.POLICIES: Operation.READ_POLICIES,
    View.POLICY_ASSIGNMENTS: Operation.READ_POLICIES,
}
_DELETED: Final = {
    ObjectKind.USER: Operation.READ_USERS,
    ObjectKind.GROUP: Operation.READ_GROUPS,
    ObjectKind.SERVICE_PRINCIPAL: Operation.READ_SERVICE_PRINCIPALS,
    ObjectKind.APPLICATION: Operation.READ_SERVICE_PRINCIPALS,
    ObjectKind.ADMINISTRATIVE_UNIT: Operation.READ_UNITS,
}
_OWN: Final[Mapping[View, Operation]] = {
    View.ELIGIBILITY_INSTANCES: Operation.READ_OWN_ELIGIBILITIES,
    View.ELIGIBILITY_SCHEDULES: Operation.READ_OWN_ELIGIBILITIES,
    View.ELIGIBILITY_REQUESTS: Operation.READ_OWN_ELIGIBILITIES,
    View.ASSIGNMENT_INSTANCES: Operation.READ_OWN_ASSIGNMENTS,
    View.ASSIGNMENT_SCHEDULES: Operation.READ_OWN_ASSIGNMENTS,
    View.ASSIGNMENT_REQUESTS: Operation.READ_OWN_ASSIGNMENTS,
}

_ARRIVING: Final = frozenset(
    {
        View.ELIGIBILITY_INSTANCES,
        View.ASSIGNMENT_INSTANCES,
        View.ROLE_ASSIGNMENTS,
        View.ROLE_INSTANCES,
    }
)
"""What tells of a change only when word of it has arrived (behaviour book 1.10)."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks, of which store, as of which instant."""

    store: ReadingStore
    token: Token
    at: Instant

    async def admit(self, view: View, relation: Relation) -> Caller | Refused:
        """The caller, if they may ask this."""
        caller = await self.store.load_caller(self.token, self.at)
        table = _ANYBODY if relation is Relation.ANYBODY else _OWN
        problems = authorize(table[view], caller)
        if not problems and view in _OWN:
            # What PIM alone knows is told of under its licence alone; the rest belongs to others.
            problems = check_license(caller.settings, self.at)
        return Refused(problems) if problems else caller

    def audience(self, relation: Relation, scope_kind: ScopeKind = ScopeKind.DIRECTORY) -> Audience:
        """Whose entries the caller asks for, at scopes of a kind."""
        principal_id = None if relation is Relation.ANYBODY else self.token.principal_id
        return Audience(self.token.tenant_id, relation, principal_id, scope_kind)

    async def read_grants(
        self, view: View, relation: Relation, query: Query
    ) -> Page[GrantRow] | Refused:
        """Schedules, instances or role assignments of the directory."""
        caller = await self.admit(view, relation)
        if isinstance(caller, Refused):
            return caller
        return await self.find_grants(caller, view, self.audience(relation), query)

    async def read_requests(
        self, view: View, relation: Relation, query: Query
    ) -> Page[Request] | Refused:
        """Requests about directory roles."""
        caller = await self.admit(view, relation)
        if isinstance(caller, Refused):
            return caller
        return await self.find_requests(caller, view, self.audience(relation), query)

    async def find_grants(
        self, caller: Caller, view: View, audience: Audience, query: Query
    ) -> Page[GrantRow]:
        """What somebody who was admitted is told of what is held."""
        at = self.at - caller.settings.propagation_delay if view in _ARRIVING else self.at
        return await self.store.read_grants(view, audience, query, at)

    async def find_requests(
        self, caller: Caller, view: View, audience: Audience, query: Query
    ) -> Page[Request]:
        """What somebody who was admitted is told of what was asked for."""
        is_purged = caller.settings.request_history is RequestHistory.PURGED
        told = replace(audience, is_purged=is_purged)
        return await self.store.read_requests(view, told, query, self.at)

    async def read_roles(self, view: View, query: Query) -> Page[RoleDefinition] | Refused:
        """Role definitions of the directory, there or deleted, or of another provider."""
        caller = await self.admit(view, Relation.ANYBODY)
        if isinstance(caller, Refused):
            return caller
        kind, are_deleted = ROLE_VIEWS[view]
        asked = only_restorable(query, self.at) if are_deleted else query
        return await self.store.read_roles(
            self.token.tenant_id, asked, kind, are_deleted=are_deleted
        )

    async def read_objects(self, view: View, query: Query) -> Page[DirectoryObject] | Refused:
        """Users, groups or service principals."""
        caller = await self.admit(view, Relation.ANYBODY)
        if isinstance(caller, Refused):
            return caller
        return await self.store.read_objects(self.token.tenant_id, view, query)

    async def read_deleted(self, object_id: PrincipalId) -> DirectoryObject | Refused:
        """A deleted object of the directory, whichever kind; who may read none is told nothing."""
        caller = await self.store.load_caller(self.token, self.at)
        found = (await self.store.find_objects(self.token.tenant_id, [object_id])).get(object_id)
        if found is None or not is_restorable(found.deleted_at, self.at):
            refusals = [authorize(operation, caller) for operation in _DELETED.values()]
            unknown = (Problem(Code.OBJECT_NOT_FOUND, value=object_id),)
            return Refused(refusals[0] if all(refusals) else unknown)
        problems = authorize(_DELETED[found.kind], caller)
        return Refused(problems) if problems else found

    async def read_me(self) -> DirectoryObject | Refused:
        """The signed-in person; an application on its own has no such thing."""
        caller = await self.store.load_caller(self.token, self.at)
        problems = authorize(Operation.READ_ME, caller)
        if problems:
            return Refused(problems)
        found = await self.store.find_objects(self.token.tenant_id, [caller.id])
        return found.get(caller.id) or Refused((Problem(Code.PRINCIPAL_NOT_FOUND),))


def only_restorable(query: Query, at: Instant) -> Query:
    """A query over what was deleted, without what is gone for good at the instant."""
    since = Compare("deleted_at", Operator.GT, at - KEPT_DELETED)
    return replace(query, condition=And((since, query.condition)))
