"""Policies of Azure roles and their assignments: told, and changed rule by rule."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from timebound.application.policies import PolicyChange, change_policy_at
from timebound.application.policy_names import policy_guid
from timebound.application.policy_reading import find_place, read_policies
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.names import find_names
from timebound.dialects.arm.operation import Handler, Operation
from timebound.dialects.arm.paging import answer_rows
from timebound.dialects.arm.places import read_scope
from timebound.dialects.arm.policies.entities import (
    ASSIGNMENT,
    ASSIGNMENTS,
    POLICIES,
    ShownPolicy,
    show_assignment,
    show_policy,
)
from timebound.dialects.arm.policies.filters import FILTER, read_filter
from timebound.dialects.arm.policies.problems import refuse_absent, refuse_change
from timebound.dialects.arm.policies.rule_bodies import read_edits
from timebound.dialects.arm.policies.versions import VERSIONS
from timebound.dialects.arm.refusals import ArmError, Refusal
from timebound.domain.decide import Refused
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.operations import Operation as Operations
from timebound.domain.policy_changes import Manner
from timebound.domain.policy_places import PolicyPlace, StoredPolicy

_NOBODY: Final = PrincipalId("")
# quirk(arm): what is published as a deletion is none - recordings of 2022
_NO_DELETE: Final = "The requested resource does not support http method 'DELETE'."
_UNDELETABLE: Final = ArmError(
    HTTPStatus.METHOD_NOT_ALLOWED,
    "MethodNotAllowed",
    _NO_DELETE,
    {"allow": "GET, PUT, POST"},
    bare={"message": _NO_DELETE},
)
# quirk(arm): nobody can assign a policy, and a bare text says so - recordings of 2022
_UNASSIGNABLE: Final = ArmError(
    HTTPStatus.BAD_REQUEST,
    "NotImplemented",
    "Not implemented exception",
    bare="Not implemented exception",
)


@dataclass(frozen=True, slots=True)
class _Form:
    """One of the two forms of a policy: how it is told, and what reading it is permitted as."""

    show: Callable[[ShownPolicy, str], object]
    deed: Operations


_POLICY: Final = _Form(show_policy, Operations.READ_AZURE_POLICIES)
_ASSIGNMENT: Final = _Form(show_assignment, Operations.READ_AZURE_POLICY_ASSIGNMENTS)


def list_as(form: _Form) -> Handler:
    """The handler that lists the policies of all roles at a place in one of their two forms."""

    async def handle(call: Call) -> Answer:
        found = await _read(call, form, read_filter(call.query.get(FILTER)))
        shown = await _add_names(call, found)
        return answer_rows(
            call, shown, lambda one: str(one.role_id), lambda one: form.show(one, call.version)
        )

    return handle


async def get_policy(call: Call) -> Answer:
    """One policy by its name."""
    name = call.keys[0]
    place = await find_place(call.read_at(call.at), read_scope(call), name)
    # Who may look at all is asked first, and then there is no such policy.
    found = await _read(call, _POLICY, place.role_id if place else RoleId(name.lower()))
    if place is None or not found:
        raise refuse_absent(name)
    return await _tell(call, _POLICY, found)


async def get_assignment(call: Call) -> Answer:
    """The assignment of a policy to its role, by its name."""
    name = call.keys[0]
    guid, _, role_id = name.lower().rpartition("_")
    found = await _read(call, _ASSIGNMENT, RoleId(role_id))
    if not found or policy_guid(found[0].place) != guid:
        raise refuse_absent(name)
    return await _tell(call, _ASSIGNMENT, found)


async def change_policy(call: Call) -> Answer:
    """Changes some rules of a policy at once, all of them or none; answers all of it."""
    edits, scope, name = read_edits(call.body, call.version), read_scope(call), call.keys[0]
    node = await call.ports.store.find_node(call.token.tenant_id, scope.path)
    here = node.place if node else scope
    place = await find_place(call.read_at(call.at), here, name)
    outcome = await change_policy_at(
        call.engine,
        call.token,
        # Who may do it at all is asked first, and then there is no such role.
        place or PolicyPlace(here, RoleId(name.lower())),
        PolicyChange(edits, Manner.WHOLE),
        call.at,
    )
    if isinstance(outcome, Refused):
        raise await refuse_change(call, outcome)
    return await _tell(call, _POLICY, (outcome,))


async def refuse_deletion(_call: Call) -> Answer:
    """Nobody deletes a policy, or its assignment."""
    raise Refusal(_UNDELETABLE)


async def refuse_assignment(_call: Call) -> Answer:
    """Every role has its policy: there is nothing to assign."""
    raise Refusal(_UNASSIGNABLE)


async def _read(call: Call, form: _Form, role_id: RoleId | None) -> Sequence[StoredPolicy]:
    found = await read_policies(call.read_at(call.at), read_scope(call), role_id, form.deed)
    if isinstance(found, Refused):
        raise await call.refuse(found)
    return found


async def _tell(call: Call, form: _Form, found: Sequence[StoredPolicy]) -> Answer:
    shown = await _add_names(call, found)
    return Answer(HTTPStatus.OK, form.show(shown[0], call.version))


async def _add_names(call: Call, found: Sequence[StoredPolicy]) -> Sequence[ShownPolicy]:
    """The policies with what is told of their place and their roles."""
    places = (one.place for one in found)
    # What is called by its name here is the role and the place: no policy is anybody's.
    names = await find_names(call, (Slot(_NOBODY, one.role_id, one.scope) for one in places))
    return [ShownPolicy(one, names) for one in found]


_SCOPE: Final = "/{scope}/providers/Microsoft.Authorization"
_POLICIES: Final = f"{_SCOPE}/{POLICIES}"
_ONE_POLICY: Final = f"{_POLICIES}/{{roleManagementPolicyName}}"
_ASSIGNMENTS: Final = f"{_SCOPE}/{ASSIGNMENTS}"
_ONE_ASSIGNMENT: Final = f"{_ASSIGNMENTS}/{{roleManagementPolicyAssignmentName}}"
# quirk(arm): the id of an assignment is no path of its collection, and leads there - recordings
_BY_ID: Final = f"{_SCOPE}/{ASSIGNMENT}/{{roleManagementPolicyAssignmentName}}"
_PLAIN_ROWS: Final = tuple(
    Operation(method, path, VERSIONS, handler)
    for method, path, handler in (
        ("GET", _POLICIES, list_as(_POLICY)),
        ("GET", _ONE_POLICY, get_policy),
        ("PATCH", _ONE_POLICY, change_policy),
        ("DELETE", _ONE_POLICY, refuse_deletion),
        ("GET", _ASSIGNMENTS, list_as(_ASSIGNMENT)),
        ("PUT", _ONE_ASSIGNMENT, refuse_assignment),
        ("DELETE", _ONE_ASSIGNMENT, refuse_deletion),
    )
)
POLICY_ROWS: Final = (
    *_PLAIN_ROWS,
    Operation("GET", _ONE_ASSIGNMENT, VERSIONS, get_assignment, other_path=_BY_ID),
)
