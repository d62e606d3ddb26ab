"""Role assignments put, validated, read and taken away, by name at a place or by whole id."""

from http import HTTPStatus
from typing import Final

import msgspec

from timebound.application.azure_assignments import assign_azure_role, unassign_azure_role
from timebound.dialects.arm.absence import check_absence, look_for_scope
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.ids import PROVIDER, spell_id
from timebound.dialects.arm.names import find_principals
from timebound.dialects.arm.refusals import Refusal
from timebound.dialects.arm.role_assignment_bodies import read_assignment, read_name
from timebound.dialects.arm.role_assignment_lists import check_tenant, find_assignment
from timebound.dialects.arm.role_assignment_problems import refuse, say_absence
from timebound.dialects.arm.role_assignment_shapes import COLLECTION, show_assignment
from timebound.dialects.arm.role_assignment_wire import (
    ALWAYS_CREATED,
    ValidationResponse,
    ValidationResponseErrorInfo,
)
from timebound.domain.decide import Refused
from timebound.domain.grants import Grant
from timebound.domain.operations import Operation
from timebound.domain.problems import Code

WRITE: Final = f"{PROVIDER}/{COLLECTION}/write"
DELETE: Final = f"{PROVIDER}/{COLLECTION}/delete"


async def put_assignment(call: Call) -> Answer:
    """Makes the assignment of a name, or tells it other terms; 200 where one was there before."""
    place = await look_for_scope(call)
    scope = place.scope
    asked = read_assignment(call, scope)
    check_absence(place, Operation.ASSIGN_AZURE_ROLE)
    outcome = await assign_azure_role(call.engine, call.token, asked, call.at)
    if isinstance(outcome, Refused):
        path = spell_id(scope, COLLECTION, asked.name)
        raise await refuse(call, outcome, WRITE, path, asked.slot.role_id)
    shown = await _show(call, outcome.grant, is_new=outcome.is_new)
    is_created = outcome.is_new or call.version in ALWAYS_CREATED
    return Answer(HTTPStatus.CREATED if is_created else HTTPStatus.OK, shown)


async def validate_assignment(call: Call) -> Answer:
    """What a PUT would come to; whoever may not make it is refused as there."""
    place = await look_for_scope(call)
    scope = place.scope
    asked = read_assignment(call, scope)
    check_absence(place, Operation.ASSIGN_AZURE_ROLE)
    outcome = await assign_azure_role(
        call.engine, call.token, asked, call.at, is_validation_only=True
    )
    if not isinstance(outcome, Refused):
        return Answer(HTTPStatus.OK, ValidationResponse(is_valid=True))
    path = spell_id(scope, COLLECTION, asked.name)
    refusal = await refuse(call, outcome, WRITE, path, asked.slot.role_id)
    error = refusal.error
    if error.status not in {HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT}:
        raise refusal
    # quirk(arm): validation has another code for a role that is not there - published example
    is_role = any(problem.code is Code.ROLE_NOT_FOUND for problem in outcome.problems)
    code = "InvalidRoleDefinitionId" if is_role else error.code
    info = ValidationResponseErrorInfo(code, error.message)
    return Answer(HTTPStatus.OK, ValidationResponse(is_valid=False, error_info=info))


async def get_assignment(call: Call) -> Answer:
    """The assignment of a name at exactly the place; an activated one is an assignment, too."""
    name = read_name(call)
    found = await find_assignment(call, name)
    if found is None:
        raise Refusal(say_absence(name))
    return Answer(HTTPStatus.OK, await _show(call, found))


async def delete_assignment(call: Call) -> Answer:
    """Ends what the assignment of a name is and tells what it was; 204 where there is none."""
    check_tenant(call)
    place, name = await look_for_scope(call), read_name(call)
    scope = place.scope
    check_absence(place, Operation.UNASSIGN_AZURE_ROLE, Operation.READ_AZURE_ROLE_ASSIGNMENTS)
    outcome = await unassign_azure_role(call.engine, call.token, scope, name, call.at)
    if outcome is None:
        return Answer(HTTPStatus.NO_CONTENT)
    if isinstance(outcome, Refused):
        raise await refuse(call, outcome, DELETE, spell_id(scope, COLLECTION, name))
    return Answer(HTTPStatus.OK, await _show(call, outcome))


async def _show(call: Call, grant: Grant, *, is_new: bool = False) -> msgspec.Raw:
    principals = await find_principals(call, [grant.slot])
    principal = principals.get(grant.slot.principal_id)
    return show_assignment(grant, principal, call.version, is_new=is_new)
