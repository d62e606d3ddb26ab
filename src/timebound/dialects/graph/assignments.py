"""Role assignments made and deleted past requests."""

from dataclasses import replace
from http import HTTPStatus
from typing import Final

from timebound.application.plain_assignments import assign_role, unassign_role
from timebound.application.views import GrantRow, MemberType
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.convert.values import read_directory_scope, read_guid
from timebound.dialects.graph.convert.wording import Wording
from timebound.dialects.graph.identifiers import parse_held_id
from timebound.dialects.graph.kinds import show_rows
from timebound.dialects.graph.problems import say_missing
from timebound.dialects.graph.refusals import Refusal, bad_request
from timebound.dialects.graph.sets import ROLE_ASSIGNMENTS
from timebound.dialects.graph.wire import UnifiedRoleAssignment, read_body
from timebound.dialects.odata.context import format_context
from timebound.dialects.odata.select import WHOLE
from timebound.domain.decide import Refused
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.problems import Code, Problem

# quirk(graph): past requests an unknown role or principal is a missing resource - Entra docs
_ABSENT: Final = frozenset({Code.ROLE_NOT_FOUND, Code.PRINCIPAL_NOT_FOUND})


async def create_assignment(call: Call) -> Answer:
    """Assigns a role without an end; refused when it is assigned there already."""
    slot = _read_slot(read_body(call.body, UnifiedRoleAssignment))
    made = await assign_role(call.engine, call.token, slot, call.at)
    if isinstance(made, Refused):
        raise await call.refuse(Refused(tuple(_as_resource(p) for p in made.problems)))
    row = GrantRow(made, slot.principal_id, MemberType.DIRECT)
    words = Wording(call.version, call.at)
    shown = await show_rows(call, ROLE_ASSIGNMENTS.kind, [row], words, WHOLE)
    context = format_context(call.root, ROLE_ASSIGNMENTS.path, is_entity=True)
    return Answer(HTTPStatus.CREATED, {"@odata.context": context, **shown[0]})


async def delete_assignment(call: Call) -> Answer:
    """Takes a role away, however it came to be held; an eligibility is not among them."""
    held = parse_held_id(call.keys[-1])
    if held is None or held.is_eligible:
        raise Refusal(say_missing(call.keys[-1]))
    ended = await unassign_role(call.engine, call.token, held.slot, call.at)
    if isinstance(ended, Refused):
        raise await call.refuse(
            Refused(tuple(_with_value(p, call.keys[-1]) for p in ended.problems))
        )
    return Answer(HTTPStatus.NO_CONTENT)


def _read_slot(sent: UnifiedRoleAssignment) -> Slot:
    if sent.condition:
        raise bad_request("The property 'condition' cannot be set on an assignment of this kind.")
    return Slot(
        PrincipalId(read_guid(sent.principal_id, "principalId")),
        RoleId(read_guid(sent.role_definition_id, "roleDefinitionId")),
        read_directory_scope(sent.directory_scope_id or sent.resource_scope, sent.app_scope_id),
    )


def _as_resource(problem: Problem) -> Problem:
    is_absent = problem.code in _ABSENT
    return replace(problem, code=Code.OBJECT_NOT_FOUND) if is_absent else problem


def _with_value(problem: Problem, id_: str) -> Problem:
    return replace(problem, value=id_) if problem.code is Code.OBJECT_NOT_FOUND else problem
