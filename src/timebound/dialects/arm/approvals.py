"""Approvals of activations, of the whole tenant and of places: told, and decided at their stage."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Annotated, Final

import msgspec

from timebound.application.approval_reading import ApprovalRow
from timebound.application.azure_approvals import (
    admit_to_azure_approvals,
    find_azure_approval,
    find_waiting,
    place_of,
    read_azure_approvals,
    tell_decided,
)
from timebound.application.queries import Order, Query
from timebound.application.settling import decide_on_approval
from timebound.application.views import View
from timebound.dialects.arm.absence import check_absence, look_for_scope
from timebound.dialects.arm.bodies import read_body
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.dates import format_zulu
from timebound.dialects.arm.ids import PROVIDER, spell_id
from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.paging import answer_page, ask_page
from timebound.dialects.arm.pim.questions import read_question
from timebound.dialects.arm.pim.shapes import APPROVALS
from timebound.dialects.arm.places import read_scope
from timebound.dialects.arm.refusals import ArmError, Refusal, bad_request
from timebound.domain.approvals import ReviewResult
from timebound.domain.decide import Refused
from timebound.domain.directory import ObjectKind
from timebound.domain.ids import RequestId
from timebound.domain.operations import Operation as Access
from timebound.domain.problems import Code
from timebound.domain.requests import Status
from timebound.domain.scopes import Scope
from timebound.domain.settle import Verdict
from timebound.domain.times import Instant

_VERSIONS: Final = frozenset({"2021-01-01-preview"})
_ORDERS: Final = (Order("created_at"), Order("id"))
_STAGE_TYPE: Final = f"{PROVIDER}/{APPROVALS}/stages"
_RESULTS: Final = {one.value.lower(): one for one in (ReviewResult.APPROVE, ReviewResult.DENY)}
_STATUSES: Final = {Status.PENDING_APPROVAL: "InProgress", Status.TIMED_OUT: "Expired"}
"""The status of a stage by that of the request; what was decided or withdrawn is completed."""
_ACTORS: Final = {ObjectKind.SERVICE_PRINCIPAL: "servicePrincipal"}
_ABSENT: Final = ArmError(
    HTTPStatus.NOT_FOUND, "NotFound", "There is no approval or stage with this id at the scope."
)
_NOT_YOURS: Final = ArmError(
    HTTPStatus.FORBIDDEN, "Forbidden", "Only people decide about approvals."
)


class RoleAssignmentApprovalStepProperties(msgspec.Struct, rename="camel"):
    """What an approver says; whatever else a stage has is as it is."""

    review_result: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    justification: Annotated[str, msgspec.Meta(max_length=4_000)] | None = None


class SentStage(RoleAssignmentApprovalStepProperties):
    """The same bare, as it is published, or in `properties`, as examples and clients have it."""

    properties: RoleAssignmentApprovalStepProperties | None = None


async def list_approvals(call: Call) -> Answer:
    """The approvals around a place that concern the caller as the filter says."""
    asked = read_question(call.query.get("$filter", ""), read_scope(call), View.APPROVALS)
    asked_page = ask_page(call)
    query = asked_page.narrow(Query(call.page_size, asked.condition, _ORDERS))
    admitted = await admit_to_azure_approvals(call.read_at(call.at), asked.question, query)
    if isinstance(admitted, Refused):
        raise await _refuse(call, admitted)
    page = await read_azure_approvals(call.read_at(asked_page.at), admitted, query)
    place = place_of(admitted)
    items = [_show_approval(row, place, asked_page.at) for row in page.rows]
    return answer_page(call, asked_page, items, page.next_position)


async def get_approval(call: Call) -> Answer:
    """One approval, its only stage in it."""
    row, place = await _find(call)
    return Answer(HTTPStatus.OK, _show_approval(row, place, call.at))


async def list_stages(call: Call) -> Answer:
    """The stages of an approval: there is one."""
    row, place = await _find(call)
    return Answer(HTTPStatus.OK, {"value": [_show_stage(row, place, call.at)]})


async def get_stage(call: Call) -> Answer:
    """The only stage of an approval."""
    row, place = await _find(call)
    _check_stage(call)
    return Answer(HTTPStatus.OK, _show_stage(row, place, call.at))


async def decide(call: Call) -> Answer:
    """An approver's word on the only stage of an approval; answers it as decided."""
    verdict = _read_verdict(read_body(call.body, SentStage))
    _check_stage(call)
    named, reader = await look_for_scope(call), call.read_at(call.at)
    check_absence(named, Access.READ_ALL_AZURE_APPROVALS)
    place = named.scope
    waiting = await find_waiting(call.engine, reader, place, _read_id(call))
    if waiting is None:
        raise Refusal(_ABSENT)
    outcome = await decide_on_approval(call.engine, call.token, waiting, verdict, call.at)
    if isinstance(outcome, Refused):
        raise await _refuse(call, outcome)
    (row,) = await tell_decided(reader, outcome)
    return Answer(HTTPStatus.OK, _show_stage(row, place, call.at))


def _read_verdict(sent: SentStage) -> Verdict:
    """What an approver says; refused when it is neither yes nor no."""
    said = sent.properties or sent
    if not said.review_result:
        raise bad_request("The property 'reviewResult' is missing.")
    result = _RESULTS.get(said.review_result.lower())
    if result is None:
        raise bad_request("The property 'reviewResult' has to be 'Approve' or 'Deny'.")
    return Verdict(result, said.justification)


async def _find(call: Call) -> tuple[ApprovalRow, Scope]:
    """The approval in the path and the place; to whom it is no business of it is not there."""
    found = await find_azure_approval(call.read_at(call.at), read_scope(call), _read_id(call))
    if isinstance(found, Refused):
        raise await _refuse(call, found)
    if found is None:
        raise Refusal(_ABSENT)
    row, admitted = found
    return row, place_of(admitted)


def _read_id(call: Call) -> RequestId:
    """An approval has the id of its request."""
    return RequestId(call.keys[0].lower())


def _check_stage(call: Call) -> None:
    """The only stage has the id of its approval."""
    if call.keys[1].lower() != call.keys[0].lower():
        raise Refusal(_ABSENT)


async def _refuse(call: Call, refused: Refused) -> Refusal:
    """What is refused in the words of approvals, where they have words of their own."""
    first = refused.problems[0]
    match first.code:
        case Code.REQUEST_NOT_FOUND:
            return Refusal(_ABSENT)
        case Code.ACCESS_DENIED:
            return Refusal(_NOT_YOURS, first.code.value)
        case Code.INVALID_REQUEST:
            return bad_request(f"The property '{first.property}' is missing.")
        case _:
            return await call.refuse(refused)


def _show_approval(row: ApprovalRow, place: Scope, at: Instant) -> dict[str, object]:
    return {
        "id": spell_id(place, APPROVALS, row.request.id),
        # quirk(arm): an approval says that it is one of its stages - examples of 2021-01-01-preview
        "type": _STAGE_TYPE,
        "name": row.request.id,
        "properties": {"stages": [_show_stage(row, place, at)]},
    }


def _show_stage(row: ApprovalRow, place: Scope, at: Instant) -> dict[str, object]:
    id_, approval = row.request.id, row.approval
    reviewed_at = approval.reviewed_at
    return {
        "id": f"{spell_id(place, APPROVALS, id_)}/stages/{id_}",
        "type": _STAGE_TYPE,
        "name": id_,
        "properties": {
            "assignedToMe": row.is_assigned,
            "status": _STATUSES.get(row.request.status_at(at), "Completed"),
            "reviewedBy": _show_reviewer(row),
            "reviewedDateTime": None if reviewed_at is None else format_zulu(reviewed_at),
            "reviewResult": approval.result.value,
            "justification": approval.justification or "",
        },
    }


def _show_reviewer(row: ApprovalRow) -> dict[str, object] | None:
    id_, found = row.approval.reviewed_by, row.reviewer
    if id_ is None:
        return None
    return {
        "principalId": id_,
        "principalType": "user" if found is None else _ACTORS.get(found.kind, "user"),
        "principalName": found and found.display_name,
        "userPrincipalName": found and found.user_principal_name,
    }


def _list_rows() -> Iterator[Operation]:
    # The tenant is a scope like any other; what is published for it alone is the same.
    approvals = f"/{{scope}}/providers/{PROVIDER}/{APPROVALS}"
    approval = f"{approvals}/{{approvalId}}"
    stage = f"{approval}/stages/{{stageId}}"
    for method, path, handler in (
        ("GET", approvals, list_approvals),
        ("GET", approval, get_approval),
        ("GET", f"{approval}/stages", list_stages),
        ("GET", stage, get_stage),
        ("PATCH", stage, decide),
        ("PUT", stage, decide),
    ):
        yield Operation(method, path, _VERSIONS, handler)


APPROVAL_ROWS: Final = tuple(_list_rows())
