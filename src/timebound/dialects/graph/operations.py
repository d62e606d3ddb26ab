"""The operations of the door: one row each, from the path to the handler."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from timebound.dialects.graph import sets
from timebound.dialects.graph.approvals import APPROVALS
from timebound.dialects.graph.assignments import create_assignment, delete_assignment
from timebound.dialects.graph.audits import LOGS
from timebound.dialects.graph.authentication import METHODS
from timebound.dialects.graph.batch import LARGEST_BATCH, run_batch
from timebound.dialects.graph.convert.wording import Version
from timebound.dialects.graph.definitions import (
    change_definition,
    create_definition,
    delete_definition,
    list_inherited,
    purge_definition,
    restore_definition,
)
from timebound.dialects.graph.delta import DELTAS
from timebound.dialects.graph.directory_reads.objects import get_program
from timebound.dialects.graph.directory_reads.rows import READS
from timebound.dialects.graph.directory_writes.rows import WRITES
from timebound.dialects.graph.extensions import EXTENSION_ROWS
from timebound.dialects.graph.federated import (
    create_federated,
    delete_federated,
    get_federated,
    list_federated,
    update_federated,
)
from timebound.dialects.graph.group_operations import GROUP_ROWS
from timebound.dialects.graph.lists import Handler, get_one, list_everything, list_own
from timebound.dialects.graph.people import get_me, get_user
from timebound.dialects.graph.policies import POLICY_ROWS
from timebound.dialects.graph.provider_sets import PROVIDERS, Provider
from timebound.dialects.graph.providers import assign, change, unassign
from timebound.dialects.graph.role_lists import (
    get_namespace_action,
    list_assigned_principals,
    list_namespace_actions,
    list_slot,
    list_transitive,
)
from timebound.dialects.graph.role_sets import NAMESPACES, RESOURCE_NAMESPACES
from timebound.dialects.graph.sets import EntitySet
from timebound.dialects.graph.submissions import cancel, create_request
from timebound.domain.directory import ObjectKind
from timebound.domain.requests import Request, RequestKind
from timebound.domain.scopes import ScopeKind

BOTH: Final = frozenset(Version)
BETA: Final = frozenset({Version.BETA})
LARGEST_BODY: Final = 256 * 1024
"""More bytes than a single request has; what is larger is not read to its end."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What a method on a path does; `{id}` in the path stands for a key."""

    method: str
    path: str
    handle: Handler
    versions: frozenset[Version] = BOTH
    largest_body: int = LARGEST_BODY

    @property
    def name(self) -> str:
        """What metrics and logs call it."""
        return f"{self.method} {self.path}"


def _read(entities: EntitySet[Any]) -> tuple[Operation, ...]:
    return (
        Operation("GET", entities.path, list_everything(entities)),
        Operation("GET", f"{entities.path}/{{id}}", get_one(entities)),
    )


def _read_held(entities: EntitySet[Any]) -> tuple[Operation, ...]:
    own = Operation("GET", f"{entities.path}/filterByCurrentUser", list_own(entities))
    return (*_read(entities), own)


def _ask(entities: EntitySet[Request], kind: RequestKind) -> tuple[Operation, ...]:
    return (
        *_read_held(entities),
        Operation("POST", entities.path, create_request(entities, kind)),
        Operation("POST", f"{entities.path}/{{id}}/cancel", cancel(kind)),
    )


def _define(entities: EntitySet[Any], kind: ScopeKind) -> tuple[Operation, ...]:
    """The role definitions of a kind, custom ones made and changed."""
    one = f"{entities.path}/{{id}}"
    return (
        *_read(entities),
        Operation("POST", entities.path, create_definition(entities, kind)),
        Operation("PATCH", one, change_definition(kind)),
        Operation("DELETE", one, delete_definition(kind)),
        Operation("GET", f"{one}/inheritsPermissionsFrom", list_inherited(entities)),
    )


def _provide(provider: Provider) -> Iterator[Operation]:
    """The role definitions and assignments of a provider, in the versions that publish it."""
    entities = provider.assignments
    one = f"{entities.path}/{{id}}"
    rows = (
        *_define(provider.definitions, provider.kind),
        *_read(entities),
        Operation("POST", entities.path, assign(provider)),
        Operation("DELETE", one, unassign(provider)),
        *(() if provider.is_single else (Operation("PATCH", one, change(provider)),)),
    )
    yield from (replace(row, versions=provider.versions) for row in rows)


_DELETED: Final = sets.DELETED_ROLES.path

_TRANSITIVE: Final = sets.TRANSITIVE_ASSIGNMENTS
_ASSIGNED: Final = f"{sets.ROLE_DEFINITIONS.path}/{{id}}/assignedPrincipals"
_ACTIONS: Final = f"{NAMESPACES}/{{id}}/resourceActions"
_ROLE_LISTS: Final = (
    Operation("GET", _TRANSITIVE.path, list_transitive(_TRANSITIVE), BETA),
    Operation("GET", sets.ROLE_SCHEDULES.path, list_slot(sets.ROLE_SCHEDULES), BETA),
    Operation("GET", sets.ROLE_INSTANCES.path, list_slot(sets.ROLE_INSTANCES), BETA),
    Operation("GET", NAMESPACES, list_everything(RESOURCE_NAMESPACES), BETA),
    Operation("GET", f"{NAMESPACES}/{{id}}", get_one(RESOURCE_NAMESPACES), BETA),
    Operation("GET", _ACTIONS, list_namespace_actions, BETA),
    Operation("GET", f"{_ACTIONS}/{{id}}", get_namespace_action, BETA),
    Operation("GET", _ASSIGNED, list_assigned_principals(), BETA),
    *(
        Operation("GET", f"{_ASSIGNED}/{kind.value}", list_assigned_principals(kind), BETA)
        for kind in (ObjectKind.USER, ObjectKind.GROUP, ObjectKind.SERVICE_PRINCIPAL)
    ),
)

_FEDERATED: Final = "applications/{id}/federatedIdentityCredentials"

OPERATIONS: Final[tuple[Operation, ...]] = (
    *_define(sets.ROLE_DEFINITIONS, ScopeKind.DIRECTORY),
    Operation("GET", _DELETED, list_everything(sets.DELETED_ROLES), BETA),
    Operation("GET", f"{_DELETED}/{{id}}", get_one(sets.DELETED_ROLES), BETA),
    Operation("DELETE", f"{_DELETED}/{{id}}", purge_definition, BETA),
    Operation(
        "POST", f"{_DELETED}/{{id}}/restore", restore_definition(sets.ROLE_DEFINITIONS), BETA
    ),
    *_read(sets.ROLE_ASSIGNMENTS),
    Operation("POST", sets.ROLE_ASSIGNMENTS.path, create_assignment),
    Operation("DELETE", f"{sets.ROLE_ASSIGNMENTS.path}/{{id}}", delete_assignment),
    *_ROLE_LISTS,
    *(row for provider in PROVIDERS for row in _provide(provider)),
    *_ask(sets.ELIGIBILITY_REQUESTS, RequestKind.ELIGIBILITY),
    *_read_held(sets.ELIGIBILITY_SCHEDULES),
    *_read_held(sets.ELIGIBILITY_INSTANCES),
    *_ask(sets.ASSIGNMENT_REQUESTS, RequestKind.ASSIGNMENT),
    *_read_held(sets.ASSIGNMENT_SCHEDULES),
    *_read_held(sets.ASSIGNMENT_INSTANCES),
    Operation("GET", "me", get_me),
    Operation("GET", "users", list_everything(sets.USERS)),
    Operation("GET", "users/{id}", get_user),
    *_read(sets.GROUPS),
    Operation("GET", sets.SERVICE_PRINCIPALS.path, list_everything(sets.SERVICE_PRINCIPALS)),
    Operation(
        "GET", f"{sets.SERVICE_PRINCIPALS.path}/{{id}}", get_program(sets.SERVICE_PRINCIPALS)
    ),
    *_read(sets.UNITS),
    *(Operation(*row) for row in (*READS, *WRITES)),
    *(Operation(*row) for row in METHODS),
    *(Operation(*row) for row in (*LOGS, *POLICY_ROWS)),
    *(Operation(*row) for row in APPROVALS),
    *(Operation(*row) for row in GROUP_ROWS),
    *(Operation(*row, versions=BETA) for row in EXTENSION_ROWS),
    Operation("GET", _FEDERATED, list_federated),
    Operation("POST", _FEDERATED, create_federated),
    Operation("GET", f"{_FEDERATED}/{{id}}", get_federated),
    Operation("PATCH", f"{_FEDERATED}/{{id}}", update_federated),
    Operation("DELETE", f"{_FEDERATED}/{{id}}", delete_federated),
    *(Operation("GET", f"{path}/delta", handle) for path, handle in DELTAS.items()),
    Operation("POST", "$batch", run_batch, largest_body=LARGEST_BATCH),
)
