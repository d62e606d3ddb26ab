"""Questions about approvals: what somebody may decide, has asked for, or may look at."""

from dataclasses import dataclass, replace
from typing import Final

from timebound.application.queries import And, Compare, Operator, Page, Query
from timebound.application.reading import Reader
from timebound.application.views import Relation, View
from timebound.domain.approvals import Approval
from timebound.domain.authority import Caller, authorize
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject
from timebound.domain.kinds_of_work import WORK
from timebound.domain.licensing import check_license
from timebound.domain.requests import Request
from timebound.domain.scopes import ScopeKind
from timebound.domain.settle import is_own_request, may_approve

HAS_APPROVAL: Final = Compare("approval_id", Operator.NE, None)
"""A request that waits for an administrator is decided without one."""


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """The approval of a request as the caller sees it, and who has decided it."""

    request: Request
    approval: Approval
    is_assigned: bool
    reviewer: DirectoryObject | None = None


async def admit_to_approvals(
    reader: Reader, kind: ScopeKind, relation: Relation
) -> Caller | Refused:
    """The caller, if they may ask for approvals of what is activated at scopes of a kind."""
    caller = await reader.store.load_caller(reader.token, reader.at)
    work = WORK[kind]
    is_of_all = relation is Relation.ANYBODY
    operation = work.read_approvals if is_of_all else work.read_own_approvals
    problems = authorize(operation, caller) or check_license(caller.settings, reader.at)
    return Refused(problems) if problems else caller


async def read_approvals(
    reader: Reader, kind: ScopeKind, relation: Relation, query: Query
) -> Page[ApprovalRow] | Refused:
    """Approvals at scopes of a kind; who may not see all of them sees their own.

    Their own are those that they are asked to decide.
    """
    caller = await admit_to_approvals(reader, kind, relation)
    if isinstance(caller, Refused) and relation is Relation.ANYBODY:
        relation = Relation.APPROVER
        caller = await admit_to_approvals(reader, kind, relation)
    if isinstance(caller, Refused):
        return caller
    asked = replace(query, condition=And((query.condition, HAS_APPROVAL)))
    audience = reader.audience(relation, kind)
    page = await reader.find_requests(caller, View.ASSIGNMENT_REQUESTS, audience, asked)
    rows = await tell_approvals(reader, caller, page.rows)
    return Page(rows, page.next_position, page.total)


async def find_approval(
    reader: Reader, kind: ScopeKind, query: Query
) -> ApprovalRow | Refused | None:
    """The first approval that a query finds among those that the caller may see in any way."""
    for relation in (Relation.ANYBODY, Relation.PRINCIPAL, Relation.CREATOR):
        page = await read_approvals(reader, kind, relation, query)
        if isinstance(page, Refused):
            return page
        if page.rows:
            return page.rows[0]
    return None


async def tell_approvals(
    reader: Reader, caller: Caller, requests: tuple[Request, ...]
) -> tuple[ApprovalRow, ...]:
    """The approvals of those requests that have one, as the caller sees them."""
    rows = [
        ApprovalRow(request, approval, _is_assigned(caller, request, approval))
        for request in requests
        if (approval := request.approval) is not None
    ]
    ids = list(dict.fromkeys(one for row in rows if (one := row.approval.reviewed_by)))
    known = await reader.store.find_objects(reader.token.tenant_id, ids) if ids else {}
    return tuple(replace(row, reviewer=known.get(row.approval.reviewed_by or "")) for row in rows)


def _is_assigned(caller: Caller, request: Request, approval: Approval) -> bool:
    return may_approve(caller, approval) and not is_own_request(caller, request)
