"""Approvals of activations: what somebody has to decide, and the word that decides it."""

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from timebound.application.approval_reading import ApprovalRow, find_approval, read_approvals
from timebound.application.constants import list_constants
from timebound.application.queries import Compare, Operator, Order, Page, Query
from timebound.application.reading import Reader
from timebound.application.settling import OpenRequest, decide_on_approval
from timebound.application.views import Relation, View
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.convert.approvals import read_verdict, show_approval, show_step
from timebound.dialects.graph.convert.wording import Version
from timebound.dialects.graph.kinds import Kind, Link
from timebound.dialects.graph.lists import Handler, answer_list, list_everything, list_own, show_one
from timebound.dialects.graph.plans import plan_list, plan_one
from timebound.dialects.graph.refusals import GraphError, Refusal, bad_request
from timebound.dialects.graph.sets import EntitySet
from timebound.dialects.graph.wire import ApprovalStep, read_body
from timebound.dialects.odata.context import format_context
from timebound.domain.decide import Refused
from timebound.domain.ids import RequestId
from timebound.domain.problems import Code
from timebound.domain.scopes import ScopeKind

_BY_AGE: Final = (Order("created_at"), Order("id"))
_BETA: Final = frozenset({Version.BETA})


async def _find_steps(call: Call, rows: Sequence[ApprovalRow]) -> Sequence[Sequence[ApprovalRow]]:
    del call  # the only step is part of the approval
    return [(row,) for row in rows]


def _kind_of_step() -> Kind[ApprovalRow]:
    return STEP


STEP: Final = Kind("approvalStep", show_step)
APPROVAL_SET: Final = EntitySet(
    "roleManagement/directory/roleAssignmentApprovals",
    View.APPROVALS,
    Kind("approval", show_approval, {"steps": Link(_find_steps, _kind_of_step, is_many=True)}),
    read_approvals,
    _BY_AGE,
    frozenset({Relation.PRINCIPAL, Relation.CREATOR, Relation.APPROVER}),
    is_read_now=True,
)


def _steps_of(row: ApprovalRow) -> EntitySet[ApprovalRow]:
    """The steps of an approval as a set of their own: there is one."""

    async def read(
        reader: Reader, view: View, relation: Relation, query: Query
    ) -> Page[ApprovalRow] | Refused:
        del reader, view, relation  # who may read the approval may read its steps
        return list_constants([(row, {"id": row.request.id})], query)

    path = f"{APPROVAL_SET.path}('{row.request.id}')/steps"
    return EntitySet(path, View.APPROVALS, STEP, read, (Order("id"),), is_read_now=True)


def _ask(handle: Handler) -> Handler:
    """The handler for those who have a permission to read approvals at all."""

    async def admitted(call: Call) -> Answer:
        found = await call.read_at(call.at).admit(View.APPROVALS, Relation.APPROVER)
        if isinstance(found, Refused):
            raise await _refuse(call, found)
        return await handle(call)

    return admitted


async def _list_own(call: Call) -> Answer:
    """What concerns the signed-in person, in the words of approvals."""
    word = call.arguments.get("on", "")
    # Elsewhere it is called `principal`, and that is what a link to a next page says.
    on = Relation.PRINCIPAL.value if word.lower() == "target" else word
    return await list_own(APPROVAL_SET)(replace(call, arguments={**call.arguments, "on": on}))


async def _get_approval(call: Call) -> Answer:
    projection = plan_one("approval", call.version, call.query)
    context = format_context(call.root, APPROVAL_SET.path, projection, is_entity=True)
    row = await _find(call)
    answer = await show_one(call, APPROVAL_SET, row, context)
    told = dict(answer.body or {})
    if "steps" in told:
        steps = told.pop("steps")
        told |= {
            "steps@odata.context": format_context(call.root, _steps_of(row).path),
            "steps": steps,
        }
    return replace(answer, body=told)


async def _list_steps(call: Call) -> Answer:
    steps = _steps_of(await _find(call))
    plan = plan_list(steps, call.version, call.query)
    context = format_context(call.root, steps.path, plan.projection)
    return await answer_list(call, steps, Relation.ANYBODY, plan, context)


async def _get_step(call: Call) -> Answer:
    row = await _find(call)
    _check_step(call)
    steps = _steps_of(row)
    projection = plan_one("approvalStep", call.version, call.query)
    context = format_context(call.root, steps.path, projection, is_entity=True)
    return await show_one(call, steps, row, context)


async def _decide(call: Call) -> Answer:
    """An approver's word on the only step of an approval."""
    verdict = read_verdict(read_body(call.body, ApprovalStep))
    _check_step(call)
    waiting = OpenRequest(RequestId(call.keys[0].lower()), ScopeKind.DIRECTORY)
    outcome = await decide_on_approval(call.engine, call.token, waiting, verdict, call.at)
    if isinstance(outcome, Refused):
        raise await _refuse(call, outcome)
    return Answer(HTTPStatus.NO_CONTENT)


async def _find(call: Call) -> ApprovalRow:
    """The approval that is asked for; to whom it is no business of it is not there."""
    query = Query(1, Compare("id", Operator.EQ, call.keys[0].lower()), _BY_AGE)
    found = await find_approval(call.read_at(call.at), View.APPROVALS, query)
    if isinstance(found, Refused):
        raise await _refuse(call, found)
    if found is None:
        raise Refusal(_NOT_FOUND)
    return found


def _check_step(call: Call) -> None:
    if call.keys[1].lower() != call.keys[0].lower():
        raise Refusal(_NOT_FOUND)


async def _refuse(call: Call, refused: Refused) -> Refusal:
    """What is refused in the words of approvals, where they have words of their own."""
    match refused.problems[0].code:
        case Code.REQUEST_NOT_FOUND:
            return Refusal(_NOT_FOUND)
        case Code.INVALID_REQUEST:
            return bad_request(f"The property '{refused.problems[0].property}' is missing.")
        case Code.PERMISSION_MISSING:
            return Refusal(_NOT_PERMITTED, Code.PERMISSION_MISSING.value)
        case _:
            return await call.refuse(refused)


_NOT_FOUND: Final = GraphError(
    HTTPStatus.NOT_FOUND, "NotFound", "There is no approval or step with this id."
)
# quirk(graph): without the permission an empty code and this sentence come - behaviour book 3
_NOT_PERMITTED: Final = GraphError(
    HTTPStatus.FORBIDDEN,
    "",
    "Valid permissions not present. User needs one of the following permissions for this action : "
    "PrivilegedAccess.ReadWrite.AzureAD,PrivilegedAccess.Read.AzureAD",
)
_APPROVAL: Final = f"{APPROVAL_SET.path}/{{id}}"
_STEP: Final = f"{_APPROVAL}/steps/{{id}}"
APPROVALS: Final[tuple[tuple[str, str, Handler, frozenset[Version]], ...]] = (
    ("GET", APPROVAL_SET.path, _ask(list_everything(APPROVAL_SET)), _BETA),
    ("GET", f"{APPROVAL_SET.path}/filterByCurrentUser", _ask(_list_own), _BETA),
    ("GET", _APPROVAL, _ask(_get_approval), _BETA),
    ("GET", f"{_APPROVAL}/steps", _ask(_list_steps), _BETA),
    ("GET", _STEP, _ask(_get_step), _BETA),
    ("PATCH", _STEP, _decide, _BETA),
)
