"""What becomes of an open request: cancelled, approved or denied, extended or not."""

from dataclasses import dataclass, replace

from timebound.domain.approvals import Approval, ReviewResult
from timebound.domain.asked import asked_window
from timebound.domain.authority import Caller, Operation, authorize
from timebound.domain.cascade import Ending
from timebound.domain.checks import activation_basis, check_collision, check_target
from timebound.domain.decide import NewGrant, Refused, write_grant
from timebound.domain.facts import Facts
from timebound.domain.problems import Code, Problem, Reason, invalid
from timebound.domain.requests import CANCELLABLE, Action, Request, RequestKind, Status
from timebound.domain.scopes import DIRECTORY_ROOT
from timebound.domain.times import AskedSchedule, Instant


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an approver or an administrator says; `schedule` may replace what was asked."""

    result: ReviewResult
    justification: str | None = None
    schedule: AskedSchedule | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """The status an open request comes to, with what is written for it."""

    status: Status
    grant: NewGrant | None = None
    endings: tuple[Ending, ...] = ()
    approval: Approval | None = None


def administration_of(kind: RequestKind) -> Operation:
    """The operation that administers what a request of the kind is about."""
    is_eligibility = kind is RequestKind.ELIGIBILITY
    return (
        Operation.ADMINISTER_ELIGIBILITIES if is_eligibility else Operation.ADMINISTER_ASSIGNMENTS
    )


def decide_cancellation(facts: Facts, request: Request, at: Instant) -> Settled | Refused:
    """Cancels what is pending or still ahead: one's own, or anybody's for an administrator."""
    problems = check_canceller(facts.caller, request)
    if problems:
        return Refused(problems)
    if request.status_at(at) not in CANCELLABLE:
        return Refused((Problem(Code.NOT_CANCELLABLE),))
    ahead = tuple(g for g in facts.grants if g.id == request.grant_id and g.is_ahead(at))
    return Settled(Status.CANCELED, endings=tuple(Ending(g, at) for g in ahead))


def check_canceller(caller: Caller, request: Request) -> tuple[Problem, ...]:
    """Whether the caller may cancel the request."""
    is_self = not caller.is_application and caller.id in (
        request.draft.slot.principal_id,
        request.author.user_id,
    )
    if not is_self:
        return authorize(administration_of(request.draft.kind), caller)
    is_eligibility = request.draft.kind is RequestKind.ELIGIBILITY
    own = Operation.EXTEND_OWN_ELIGIBILITY if is_eligibility else Operation.USE_OWN_ELIGIBILITY
    return authorize(own, caller)


def decide_approval(
    facts: Facts, request: Request, verdict: Verdict, at: Instant
) -> Settled | Refused:
    """The first decision of an approver settles a request; nobody decides their own.

    An approval re-decides: the eligibility and its end, and collisions, are judged as they are now,
    and the whole duration counts from now (behaviour book 1.5, 3).
    """
    problems = _check_verdict(facts.caller, request, verdict, at)
    if problems or request.approval is None:
        return Refused(problems or (Problem(Code.REQUEST_NOT_FOUND),))
    approval = _reviewed(request.approval, facts.caller, verdict, at)
    if verdict.result is not ReviewResult.APPROVE:
        return Settled(Status.DENIED, approval=approval)
    window, malformed = asked_window(request.draft, at)
    others = replace(facts, requests=tuple(r for r in facts.requests if r.id != request.id))
    is_open = not (
        malformed
        or check_collision(others, request.draft, window, at)
        or (
            request.draft.action is Action.SELF_ACTIVATE
            and activation_basis(facts, window.start) is None
        )
    )
    if not is_open:
        return Settled(Status.FAILED, approval=approval)
    written = write_grant(facts, request.draft, window, at)
    status = Status.GRANTED if window.start > at else Status.PROVISIONED
    return Settled(status, written.grant, written.endings, approval)


def decide_extension(
    facts: Facts, request: Request, verdict: Verdict, at: Instant
) -> Settled | Refused:
    """An administrator's word on a request to extend or renew; they may change its schedule."""
    problems = authorize(administration_of(request.draft.kind), facts.caller)
    if problems:
        return Refused(problems)
    if facts.caller.id == request.draft.slot.principal_id:
        return Refused((Problem(Code.NOT_APPROVER, reason=Reason.OWN_REQUEST),))
    if request.status_at(at) is not Status.PENDING_ADMIN_DECISION:
        return Refused((Problem(Code.ALREADY_DECIDED),))
    if verdict.result is not ReviewResult.APPROVE:
        return Settled(Status.ADMIN_DENIED)
    is_extension = request.draft.action is Action.SELF_EXTEND
    action = Action.ADMIN_EXTEND if is_extension else Action.ADMIN_RENEW
    schedule = verdict.schedule or request.draft.schedule
    draft = replace(request.draft, action=action, schedule=schedule)
    window, malformed = asked_window(draft, at)
    if malformed or check_target(facts, draft, at):
        return Settled(Status.FAILED)
    written = write_grant(facts, draft, window, at)
    status = Status.GRANTED if window.start > at else Status.PROVISIONED
    return Settled(status, written.grant, written.endings)


def may_approve(caller: Caller, approval: Approval) -> bool:
    """Whether the caller is an approver: named, through a group, or through a role in force now."""
    approvers = approval.approvers
    return not caller.is_application and (
        caller.id in approvers.users
        or not caller.group_ids.isdisjoint(approvers.groups)
        or any(h.role_id in approvers.roles and h.scope == DIRECTORY_ROOT for h in caller.roles)
    )


def _check_verdict(
    caller: Caller, request: Request, verdict: Verdict, at: Instant
) -> tuple[Problem, ...]:
    if request.approval is None:
        return (Problem(Code.REQUEST_NOT_FOUND),)
    problems = authorize(Operation.DECIDE_APPROVAL, caller)
    if problems:
        return problems
    if caller.id in (request.draft.slot.principal_id, request.author.user_id):
        return (Problem(Code.NOT_APPROVER, reason=Reason.OWN_REQUEST),)
    if not may_approve(caller, request.approval):
        return (Problem(Code.NOT_APPROVER),)
    if request.status_at(at) is not Status.PENDING_APPROVAL:
        return (Problem(Code.ALREADY_DECIDED),)
    is_silent = verdict.justification is None or not verdict.justification.strip()
    if request.approval.needs_justification and is_silent:
        return (invalid("justification", Reason.MISSING),)
    return ()


def _reviewed(approval: Approval, caller: Caller, verdict: Verdict, at: Instant) -> Approval:
    return replace(
        approval,
        result=verdict.result,
        reviewed_by=caller.id,
        reviewed_at=at,
        justification=verdict.justification,
    )
