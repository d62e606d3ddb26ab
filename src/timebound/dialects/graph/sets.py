"""The entity sets that the door lists: where each is, how it is asked, and how it is shown."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeAlias

from timebound.application.queries import Order, Page, Query, find_pinned_values
from timebound.application.reading import Reader
from timebound.application.role_reading import read_transitive
from timebound.application.views import GrantRow, Relation, View
from timebound.dialects.graph.convert.grants import (
    keep_answered,
    show_any_instance,
    show_any_schedule,
    show_assignment_instance,
    show_assignment_schedule,
    show_eligibility_instance,
    show_eligibility_schedule,
    show_role_assignment,
    show_transitive_assignment,
)
from timebound.dialects.graph.convert.objects import (
    keep_defaults,
    show_object,
    show_typed_object,
)
from timebound.dialects.graph.convert.requests import show_request
from timebound.dialects.graph.convert.roles import show_role
from timebound.dialects.graph.kinds import Kind, Link, Narrow, Row
from timebound.dialects.graph.links import (
    ask_roles,
    find_inherited,
    find_nothing,
    find_objects,
    find_roles,
    find_target,
    find_used,
    find_used_by_target,
    find_used_now,
)
from timebound.dialects.graph.related_links import link_relations
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.requests import Request, RequestKind
from timebound.domain.roles import RoleDefinition

Read: TypeAlias = Callable[[Reader, View, Relation, Query], Awaitable[Page[Any] | Refused]]
Admit: TypeAlias = Callable[[Reader, View, Relation, Query], Awaitable[Query | Refused]]
Links: TypeAlias = dict[str, Link]
LARGEST_PAGE: Final = 999
_DIRECTORY: Final = "roleManagement/directory"
BY_AGE: Final = (Order("created_at"), Order("id"))
# Soonest end first, and never the order of what was changed meanwhile: planned ends stay.
BY_END: Final = (Order("planned_end"), Order("id"))
BY_NAME: Final = (Order("display_name"), Order("id"))


async def admit_to_view(
    reader: Reader, view: View, relation: Relation, query: Query
) -> Query | Refused:
    """The whole question, if the caller may ask anything of the view."""
    admitted = await reader.admit(view, relation)
    return admitted if isinstance(admitted, Refused) else query


@dataclass(frozen=True, slots=True, eq=False)
class EntitySet(Generic[Row]):
    """A published collection.

    `relations` are the words that filterByCurrentUser takes on it; `orders` sort it when the client
    does not say how; a set with a `request_kind` holds requests. What `is_read_now` is told, and
    asked for, as of now on every page: whoever reads it judges by more than the view. `admit` says
    what of a question the caller may ask. A list of everybody's names one of the `pins`, given as
    field and wire name, where there are any.
    """

    path: str
    view: View
    kind: Kind[Row]
    read: Read
    orders: tuple[Order, ...]
    relations: frozenset[Relation] = frozenset()
    request_kind: RequestKind | None = None
    page_size: int = 100
    largest_page: int = LARGEST_PAGE
    refuses_or: bool = False
    is_read_now: bool = False
    admit: Admit = admit_to_view
    pins: Mapping[str, str] = field(default_factory=dict)


async def _read_transitive(
    reader: Reader, view: View, relation: Relation, query: Query
) -> Page[GrantRow] | Refused:
    del view, relation  # there is one such list
    principal_id = find_pinned_values(query.condition).get("principal_id")
    return await read_transitive(reader, PrincipalId(str(principal_id)), query)


async def read_roles(
    reader: Reader, view: View, relation: Relation, query: Query
) -> Page[RoleDefinition] | Refused:
    """Role definitions, of the kind that the view tells."""
    del relation  # definitions are everybody's
    return await reader.read_roles(view, query)


async def read_objects(
    reader: Reader, view: View, relation: Relation, query: Query
) -> Page[DirectoryObject] | Refused:
    """Objects of the directory, of the kind that the view tells."""
    del relation  # objects are everybody's
    return await reader.read_objects(view, query)


def _id_of_role(row: RoleDefinition) -> str:
    return row.role.id


def _kind_of_role() -> Kind[RoleDefinition]:
    return ROLE


def kind_of_object() -> Kind[DirectoryObject]:
    """Any object of the directory."""
    return DIRECTORY_OBJECT


def _kind_of_scope() -> Kind[object]:
    return APP_SCOPE


def _link_slot(holder_of: Callable[[Row], str], slot_of: Callable[[Row], Slot]) -> Links:
    """What everything points at that is about somebody's role somewhere."""

    def role_of(row: Row) -> RoleId:
        return slot_of(row).role_id

    def scope_of(row: Row) -> str | None:
        return slot_of(row).scope.object_id

    return {
        "principal": Link(find_objects(holder_of), kind_of_object),
        "roleDefinition": Link(find_roles(role_of), _kind_of_role),
        "directoryScope": Link(find_objects(scope_of), kind_of_object),
        "appScope": Link(find_nothing, _kind_of_scope),
    }


def holder_of(row: GrantRow) -> str:
    """Who is told to hold what a row is about."""
    return row.principal_id


def _owner_of_grant(row: GrantRow) -> str:
    return row.grant.slot.principal_id


def _slot_of_grant(row: GrantRow) -> Slot:
    return row.grant.slot


def subject_of(request: Request) -> str:
    """Whom a request is about."""
    return request.draft.slot.principal_id


def _slot_of_request(request: Request) -> Slot:
    return request.draft.slot


_GRANT_LINKS: Final = _link_slot(holder_of, _slot_of_grant)
_REQUEST_LINKS: Final = _link_slot(subject_of, _slot_of_request)

APP_SCOPE: Final[Kind[object]] = Kind("appScope", lambda _, __: {})
DIRECTORY_OBJECT: Final = Kind("directoryObject", show_typed_object, {}, keep_defaults)
_WHOLE_OBJECT: Final = Kind("directoryObject", show_typed_object)
ROLE: Final = Kind(
    "unifiedRoleDefinition",
    show_role,
    {
        "inheritsPermissionsFrom": Link(
            find_inherited, _kind_of_role, is_many=True, narrow=Narrow(_id_of_role, ask_roles)
        )
    },
)
ELIGIBILITY_SCHEDULE: Final = Kind(
    "unifiedRoleEligibilitySchedule", show_eligibility_schedule, _GRANT_LINKS
)
ELIGIBILITY_INSTANCE: Final = Kind(
    "unifiedRoleEligibilityScheduleInstance", show_eligibility_instance, _GRANT_LINKS
)
ASSIGNMENT_SCHEDULE: Final = Kind(
    "unifiedRoleAssignmentSchedule",
    show_assignment_schedule,
    _GRANT_LINKS | {"activatedUsing": Link(find_used, lambda: ELIGIBILITY_SCHEDULE)},
)
ASSIGNMENT_INSTANCE: Final = Kind(
    "unifiedRoleAssignmentScheduleInstance",
    show_assignment_instance,
    _GRANT_LINKS | {"activatedUsing": Link(find_used_now, lambda: ELIGIBILITY_INSTANCE)},
)
ELIGIBILITY_REQUEST: Final = Kind(
    "unifiedRoleEligibilityScheduleRequest",
    show_request,
    _REQUEST_LINKS | {"targetSchedule": Link(find_target, lambda: ELIGIBILITY_SCHEDULE)},
)
ASSIGNMENT_REQUEST: Final = Kind(
    "unifiedRoleAssignmentScheduleRequest",
    show_request,
    _REQUEST_LINKS
    | {
        "targetSchedule": Link(find_target, lambda: ASSIGNMENT_SCHEDULE),
        "activatedUsing": Link(find_used_by_target, lambda: ELIGIBILITY_SCHEDULE),
    },
)

OWN: Final = frozenset({Relation.PRINCIPAL})
ABOUT: Final = frozenset({Relation.PRINCIPAL, Relation.CREATOR, Relation.APPROVER})


def _grants(name: str, view: View, kind: Kind[GrantRow]) -> EntitySet[GrantRow]:
    return EntitySet(f"{_DIRECTORY}/{name}", view, kind, Reader.read_grants, BY_END, OWN)


def _requests(
    name: str, view: View, kind: Kind[Request], request_kind: RequestKind
) -> EntitySet[Request]:
    path = f"{_DIRECTORY}/{name}"
    return EntitySet(path, view, kind, Reader.read_requests, BY_AGE, ABOUT, request_kind)


def make_object_kind(kind: ObjectKind) -> Kind[DirectoryObject]:
    """A kind of directory object, with what belongs to it."""
    links = link_relations(kind, kind_of_object)
    return Kind(kind.value, show_object, links, keep_defaults)


def _objects(path: str, view: View, kind: ObjectKind) -> EntitySet[DirectoryObject]:
    return EntitySet(path, view, make_object_kind(kind), read_objects, BY_NAME)


ELIGIBILITY_REQUESTS: Final = _requests(
    "roleEligibilityScheduleRequests",
    View.ELIGIBILITY_REQUESTS,
    ELIGIBILITY_REQUEST,
    RequestKind.ELIGIBILITY,
)
ASSIGNMENT_REQUESTS: Final = _requests(
    "roleAssignmentScheduleRequests",
    View.ASSIGNMENT_REQUESTS,
    ASSIGNMENT_REQUEST,
    RequestKind.ASSIGNMENT,
)
ELIGIBILITY_SCHEDULES: Final = _grants(
    "roleEligibilitySchedules", View.ELIGIBILITY_SCHEDULES, ELIGIBILITY_SCHEDULE
)
ASSIGNMENT_SCHEDULES: Final = _grants(
    "roleAssignmentSchedules", View.ASSIGNMENT_SCHEDULES, ASSIGNMENT_SCHEDULE
)
ELIGIBILITY_INSTANCES: Final = _grants(
    "roleEligibilityScheduleInstances", View.ELIGIBILITY_INSTANCES, ELIGIBILITY_INSTANCE
)
ASSIGNMENT_INSTANCES: Final = _grants(
    "roleAssignmentScheduleInstances", View.ASSIGNMENT_INSTANCES, ASSIGNMENT_INSTANCE
)
ROLE_ASSIGNMENTS: Final = EntitySet(
    f"{_DIRECTORY}/roleAssignments",
    View.ROLE_ASSIGNMENTS,
    Kind(
        "unifiedRoleAssignment",
        show_role_assignment,
        # quirk(graph): who holds a role is expanded with every property - list roleAssignments
        _GRANT_LINKS | {"principal": Link(find_objects(holder_of), lambda: _WHOLE_OBJECT)},
        keep_answered,
    ),
    Reader.read_grants,
    BY_END,
)
ROLE_DEFINITIONS: Final = EntitySet(
    f"{_DIRECTORY}/roleDefinitions",
    View.ROLE_DEFINITIONS,
    ROLE,
    read_roles,
    BY_NAME,
    # quirk(graph): all role definitions come on one page - list roleDefinitions, answers
    page_size=LARGEST_PAGE,
    # quirk(graph): `or` is refused on role definitions - behaviour book 5
    refuses_or=True,
)
TRANSITIVE_ASSIGNMENTS: Final = EntitySet(
    f"{_DIRECTORY}/transitiveRoleAssignments",
    View.TRANSITIVE_ASSIGNMENTS,
    Kind(
        "unifiedRoleAssignment",
        show_transitive_assignment,
        _link_slot(_owner_of_grant, _slot_of_grant),
        keep_answered,
    ),
    _read_transitive,
    BY_END,
)
ROLE_SCHEDULES: Final = EntitySet(
    f"{_DIRECTORY}/roleSchedules",
    View.ROLE_SCHEDULES,
    Kind("unifiedRoleScheduleBase", show_any_schedule, _GRANT_LINKS),
    Reader.read_grants,
    BY_END,
)
ROLE_INSTANCES: Final = EntitySet(
    f"{_DIRECTORY}/roleScheduleInstances",
    View.ROLE_INSTANCES,
    Kind("unifiedRoleScheduleInstanceBase", show_any_instance, _GRANT_LINKS),
    Reader.read_grants,
    BY_END,
)
DELETED_ROLES: Final = EntitySet(
    f"{_DIRECTORY}/deletedItems/roleDefinitions", View.DELETED_ROLES, ROLE, read_roles, BY_NAME
)
USERS: Final = _objects("users", View.USERS, ObjectKind.USER)
GROUPS: Final = _objects("groups", View.GROUPS, ObjectKind.GROUP)
SERVICE_PRINCIPALS: Final = _objects(
    "servicePrincipals", View.SERVICE_PRINCIPALS, ObjectKind.SERVICE_PRINCIPAL
)
UNITS: Final = _objects(
    "directory/administrativeUnits", View.ADMINISTRATIVE_UNITS, ObjectKind.ADMINISTRATIVE_UNIT
)
