"""Rows of grants and requests, and the domain values they hold: both directions side by side.

A row is read by position, in the order of the columns listed here.
"""

from typing import Any, Final, Protocol

from timebound.domain.approvals import Approval
from timebound.domain.grants import Basis, Grant, GrantKind, Slot
from timebound.domain.ids import ApplicationId, GrantId, PrincipalId, RequestId, RoleId, TenantId
from timebound.domain.requests import (
    Action,
    Author,
    Draft,
    Request,
    RequestKind,
    Status,
    Ticket,
)
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.times import Window
from timebound.storage.columns import read_instant, read_optional_instant
from timebound.storage.documents import (
    read_approval,
    read_evaluation,
    read_schedule,
    read_terms,
    write_document,
)


class Row(Protocol):
    """A row of either driver: columns by position."""

    def __getitem__(self, index: int, /) -> Any:  # noqa: ANN401 - what a column holds
        """The value of one column."""

    def __len__(self) -> int: ...


GRANT_COLUMNS: Final = (
    "id",
    "principal_id",
    "role_id",
    "scope_kind",
    "scope",
    "kind",
    "start_at",
    "end_at",
    "created_at",
    "request_id",
    "eligibility_id",
    "eligible_principal_id",
    "eligible_scope",
    "ended_at",
    "ended_by",
    "terms",
)

_GRANT_KINDS: Final = {kind.value: kind for kind in GrantKind}
_SCOPE_KINDS: Final = {kind.value: kind for kind in ScopeKind}


def write_grant(tenant_id: TenantId, grant: Grant) -> dict[str, object]:
    """The row of a grant; `until_at` is the earlier of its planned and its actual end."""
    basis = grant.basis
    return {
        "tenant_id": tenant_id,
        "id": grant.id,
        "principal_id": grant.slot.principal_id,
        "role_id": grant.slot.role_id,
        "scope_kind": grant.slot.scope.kind.value,
        "scope": grant.slot.scope.path,
        "kind": grant.kind.value,
        "start_at": grant.window.start,
        "end_at": grant.window.end,
        "until_at": grant.until,
        "created_at": grant.created_at,
        "request_id": grant.request_id,
        "eligibility_id": basis.eligibility_id if basis else None,
        "eligible_principal_id": basis.slot.principal_id if basis else None,
        "eligible_scope": basis.slot.scope.path if basis else None,
        "ended_at": grant.ended_at,
        "ended_by": grant.ended_by,
        "terms": write_document(grant.terms) if grant.terms else None,
    }


def read_grant(row: Row) -> Grant:
    """The grant of a row; its basis has the role and the scope kind of the grant itself."""
    role_id, scope_kind = RoleId(row[2]), _SCOPE_KINDS[row[3]]
    basis = None
    if row[11] is not None:
        eligible = Slot(PrincipalId(row[11]), role_id, Scope(scope_kind, row[12]))
        basis = Basis(eligible, GrantId(row[10]))
    return Grant(
        GrantId(row[0]),
        Slot(PrincipalId(row[1]), role_id, Scope(scope_kind, row[4])),
        _GRANT_KINDS[row[5]],
        Window(read_instant(row[6]), read_instant(row[7])),
        read_instant(row[8]),
        None if row[9] is None else RequestId(row[9]),
        basis,
        read_optional_instant(row[13]),
        row[14],
        read_terms(row[15]),
    )


REQUEST_COLUMNS: Final = (
    "id",
    "kind",
    "action",
    "principal_id",
    "role_id",
    "scope_kind",
    "scope",
    "schedule",
    "justification",
    "ticket_number",
    "ticket_system",
    "target_id",
    "author_user_id",
    "author_application_id",
    "author_display_name",
    "status",
    "created_at",
    "completed_at",
    "grant_id",
    "starts_at",
    "approval",
    "evaluation",
    "terms",
    "eligibility_id",
)

_REQUEST_KINDS: Final = {kind.value: kind for kind in RequestKind}
_ACTIONS: Final = {action.value: action for action in Action}
_STATUSES: Final = {status.value: status for status in Status}


def write_request(tenant_id: TenantId, request: Request, policy: str | None) -> dict[str, object]:
    """The row of a new request, with the policy document that it was judged by."""
    draft, author = request.draft, request.author
    schedule = draft.schedule
    return {
        "tenant_id": tenant_id,
        "id": request.id,
        "kind": draft.kind.value,
        "action": draft.action.value,
        "principal_id": draft.slot.principal_id,
        "role_id": draft.slot.role_id,
        "scope_kind": draft.slot.scope.kind.value,
        "scope": draft.slot.scope.path,
        "schedule": write_document(schedule) if schedule else None,
        "asked_start": schedule.start if schedule else None,
        "justification": draft.justification,
        "ticket_number": draft.ticket.number,
        "ticket_system": draft.ticket.system,
        "target_id": draft.target_id,
        "author_user_id": author.user_id,
        "author_application_id": author.application_id,
        "author_display_name": author.display_name,
        "policy": policy,
        "terms": write_document(draft.terms) if draft.terms else None,
        "eligibility_id": draft.eligibility_id,
        **_outcome(request),
        "created_at": request.created_at,
    }


def write_outcome(tenant_id: TenantId, request: Request) -> dict[str, object]:
    """What a later decision changes in the row of a request; names are those of parameters."""
    outcome = {f"new_{name}": value for name, value in _outcome(request).items()}
    return {"of_tenant": tenant_id, "of_id": request.id, **outcome}


def _outcome(request: Request) -> dict[str, object]:
    return {
        "status": request.status.value,
        "completed_at": request.completed_at,
        "grant_id": request.grant_id,
        "starts_at": request.starts_at,
        "approval": write_document(request.approval) if request.approval else None,
        "evaluation": write_document(request.evaluation) if request.evaluation else None,
    }


OUTCOME_COLUMNS: Final = (
    "status",
    "completed_at",
    "grant_id",
    "starts_at",
    "approval",
    "evaluation",
)


def list_approvers(tenant_id: TenantId, request: Request) -> list[dict[str, object]]:
    """The rows by which the approvers of a request find it."""
    approval: Approval | None = request.approval
    if approval is None:
        return []
    return [
        {"tenant_id": tenant_id, "approver_id": approver, "request_id": request.id}
        for approver in dict.fromkeys(approval.approvers.all_ids)
    ]


def read_request(row: Row) -> Request:
    """The request of a row, with the status that was last decided."""
    slot = Slot(PrincipalId(row[3]), RoleId(row[4]), Scope(_SCOPE_KINDS[row[5]], row[6]))
    draft = Draft(
        kind=_REQUEST_KINDS[row[1]],
        action=_ACTIONS[row[2]],
        slot=slot,
        schedule=read_schedule(row[7]),
        justification=row[8],
        ticket=Ticket(row[9], row[10]),
        target_id=row[11],
        terms=read_terms(row[22]),
        eligibility_id=None if row[23] is None else GrantId(row[23]),
    )
    return Request(
        id=RequestId(row[0]),
        draft=draft,
        author=_read_author(row),
        status=_STATUSES[row[15]],
        created_at=read_instant(row[16]),
        completed_at=read_optional_instant(row[17]),
        grant_id=None if row[18] is None else GrantId(row[18]),
        starts_at=read_optional_instant(row[19]),
        approval=read_approval(row[20]),
        evaluation=read_evaluation(row[21]),
    )


def _read_author(row: Row) -> Author:
    user_id, application_id = row[12], row[13]
    return Author(
        None if user_id is None else PrincipalId(user_id),
        None if application_id is None else ApplicationId(application_id),
        row[14],
    )
