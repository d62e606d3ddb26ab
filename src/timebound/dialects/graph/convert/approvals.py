"""Approvals: from what an approver sends to a verdict, and from what is decided to an answer."""

from typing import Final

from timebound.application.approval_reading import ApprovalRow
from timebound.dialects.graph.convert.schedules import show_instant
from timebound.dialects.graph.convert.wording import Version, Wording
from timebound.dialects.graph.refusals import bad_request
from timebound.dialects.graph.wire import ApprovalStep
from timebound.dialects.odata.problems import ODataProblem
from timebound.dialects.odata.properties import parse_choice
from timebound.domain.approvals import ReviewResult
from timebound.domain.requests import Status
from timebound.domain.settle import Verdict
from timebound.domain.times import Instant

_RESULTS: Final = {
    result.value: result.value for result in (ReviewResult.APPROVE, ReviewResult.DENY)
}
_STATUSES: Final = {Status.PENDING_APPROVAL: "InProgress", Status.TIMED_OUT: "Expired"}
"""The status of a step by that of the request; what was decided or withdrawn is completed."""


def read_verdict(sent: ApprovalStep) -> Verdict:
    """What an approver says; refused when it is neither yes nor no."""
    if not sent.review_result:
        raise bad_request("The property 'reviewResult' is missing.")
    try:
        result = parse_choice(sent.review_result, _RESULTS, "reviewResult")
    except ODataProblem as problem:
        raise bad_request(problem.message) from problem
    return Verdict(ReviewResult(result), sent.justification)


def name_parts(version: Version) -> str:
    """What the stages of an approval are called."""
    return "steps" if version is Version.BETA else "stages"


def show_approval(row: ApprovalRow, wording: Wording) -> dict[str, object]:
    """An approval, its only stage in it."""
    # quirk(graph): the steps are told unasked - pim-approval-workflow, "Get the steps"
    return {"id": row.request.id, name_parts(wording.version): [show_stage(row, wording)]}


def show_stage(row: ApprovalRow, wording: Wording) -> dict[str, object]:
    """The stage of an approval, a step in beta; it has the id of its approval."""
    return {
        "id": row.request.id,
        "displayName": None,
        "reviewedDateTime": show_instant(row.approval.reviewed_at),
        "reviewResult": row.approval.result.value,
        "status": _tell_status(row, wording.at),
        "assignedToMe": row.is_assigned,
        "justification": row.approval.justification or "",
        "reviewedBy": _show_reviewer(row),
    }


def _tell_status(row: ApprovalRow, at: Instant) -> str:
    return _STATUSES.get(row.request.status_at(at), "Completed")


def _show_reviewer(row: ApprovalRow) -> dict[str, object] | None:
    id_, found = row.approval.reviewed_by, row.reviewer
    if id_ is None:
        return None
    return {
        "@odata.type": "#microsoft.graph.userIdentity",
        "id": id_,
        "displayName": found.display_name if found else None,
        "userPrincipalName": found.user_principal_name if found else None,
    }
