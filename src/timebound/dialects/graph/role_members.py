"""Members put into directory roles and taken out: the older way to assign a role and end that."""

from dataclasses import replace
from typing import Final

from timebound.application.plain_assignments import assign_role, unassign_role
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.directory_writes.answering import DONE, read_key, take
from timebound.dialects.graph.directory_writes.bodies import Reference
from timebound.dialects.graph.directory_writes.reading import read_reference
from timebound.dialects.graph.wire import read_body
from timebound.domain.decide import Refused
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.problems import Code, Problem
from timebound.domain.scopes import DIRECTORY_ROOT

_MEMBERS: Final = "members"
_ABSENT: Final = frozenset({Code.ROLE_NOT_FOUND, Code.PRINCIPAL_NOT_FOUND, Code.OBJECT_NOT_FOUND})

_PRESENT: Final = frozenset({Code.ASSIGNMENT_EXISTS, Code.OBJECT_CONFLICTS})


async def add_role_member(call: Call) -> Answer:
    """Assigns a role over the whole directory, without an end."""
    member_id = read_reference(read_body(call.body, Reference).odata_id, "@odata.id")
    slot = _name_slot(call, member_id)
    made = await assign_role(call.engine, call.token, slot, call.at)
    await take(call, _reword(made, slot) if isinstance(made, Refused) else made)
    return DONE


async def remove_role_member(call: Call) -> Answer:
    """Takes a role over the whole directory away, however it came to be held."""
    slot = _name_slot(call, read_key(call, 1))
    ended = await unassign_role(call.engine, call.token, slot, call.at)
    await take(call, _reword(ended, slot) if isinstance(ended, Refused) else ended)
    return DONE


def _name_slot(call: Call, member_id: PrincipalId) -> Slot:
    return Slot(member_id, RoleId(read_key(call)), DIRECTORY_ROOT)


def _reword(refused: Refused, slot: Slot) -> Refused:
    """The refusal as one of a reference, which this way of assigning a role is about."""
    return Refused(tuple(_reword_problem(one, slot) for one in refused.problems))


def _reword_problem(problem: Problem, slot: Slot) -> Problem:
    if problem.code in _PRESENT:
        return replace(problem, code=Code.REFERENCE_EXISTS, property=_MEMBERS)
    if problem.code in _ABSENT:
        is_role = problem.code is Code.ROLE_NOT_FOUND
        missing = slot.role_id if is_role else slot.principal_id
        return replace(problem, code=Code.OBJECT_NOT_FOUND, value=missing)
    return problem
