"""What becomes of an open request: cancelled, approved or denied, extended or not."""

from dataclasses import dataclass, replace

from timebound.domain.activation_policies import bind_activation
from timebound.domain.aiming import aim
from timebound.domain.approvals import Approval, ReviewResult
from timebound.domain.asked import asked_window
from timebound.domain.authority import Caller, authorize
from timebound.domain.azure_limits import check_room
from timebound.domain.cascade import Ending, cut_dependents
from timebound.domain.checks import (
    check_collision,
    check_eligibility,
    check_length,
    check_subject,
    check_target,
)
from timebound.domain.decide import (
    NewGrant,
    Refused,
    check_rules,
    complete,
    find_approval,
    find_evaluation,
    write_grant,
)
from timebound.domain.evaluations import Evaluation, EvaluationAnswer, Outcome, Stage
from timebound.domain.facts import Facts
from timebound.domain.ids import PrincipalId
from timebound.domain.kinds_of_work import WORK, deeds_of
from timebound.domain.licensing import check_license
from timebound.domain.problems import Code, Problem, Reason, invalid
from timebound.domain.requests import CANCELLABLE, Action, Draft, Request, Status
from timebound.domain.scopes import DIRECTORY_ROOT
from timebound.domain.times import AskedSchedule, Instant, Window


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
    evaluation: Evaluation | None = None
    problems: tuple[Problem, ...] = ()
    """Why it failed, where that is no fault of whoever asked."""


def decide_cancellation(facts: Facts, request: Request, at: Instant) -> Settled | Refused:
    """Cancels what is pending or still ahead: one's own, or anybody's for an administrator."""
    problems = check_canceller(facts, request) or check_license(facts.settings, at)
    if problems:
        return Refused(problems)
    if request.status_at(at) not in CANCELLABLE:
        return Refused((Problem(Code.NOT_CANCELLABLE),))
    ahead = tuple(g for g in facts.grants if g.id == request.grant_id and g.is_ahead(at))
    ended = tuple(Ending(g, at) for g in ahead)
    cuts = cut_dependents(facts.chain, ended, (), at)
    return Settled(Status.CANCELED, endings=(*ended, *cuts))


def check_canceller(facts: Facts, request: Request) -> tuple[Problem, ...]:
    """Whether the caller may cancel the request: who made it, or an administrator."""
    caller, deeds = facts.caller, deeds_of(request.draft)
    if is_author(caller, request):
        return authorize(deeds.use_own, caller)
    return authorize(deeds.administer, caller, aim(facts, is_ending=True))


def is_author(caller: Caller, request: Request) -> bool:
    """Whether the caller is the person who made the request."""
    return not caller.is_application and caller.id == request.author.user_id


def decide_approval(
    facts: Facts,
    request: Request,
    verdict: Verdict,
    at: Instant,
    *,
    through: frozenset[PrincipalId] = frozenset(),
) -> Settled | Refused:
    """The first decision of an approver settles a request; nobody decides their own.

    `through` are the owners of the application that the approver speaks through.

    An approval re-decides: the principal, the eligibility, the caps and collisions are judged as
    they are now, and the whole duration counts from now (behaviour book 1.5, 3). What cannot be
    had any more ends the request as failed.
    """
    problems = _check_verdict(facts, request, verdict, at) or _check_way(request, through)
    if problems or request.approval is None:
        return Refused(problems or (Problem(Code.REQUEST_NOT_FOUND),))
    approval = _reviewed(request.approval, facts.caller, verdict, at)
    if verdict.result is not ReviewResult.APPROVE:
        return Settled(Status.DENIED, approval=approval)
    return replace(_go_on(facts, request, Stage.POST_APPROVAL, at), approval=approval)


def decide_evaluation(
    facts: Facts,
    request: Request,
    asked: Evaluation,
    answer: EvaluationAnswer | None,
    at: Instant,
) -> Settled | Refused:
    """What an extension said settles what it was asked; without a valid answer nothing is had.

    Whoever agrees lets the request go on as it can at `at`: to the approvers, to another extension,
    or to a grant, judged as an approval is. So an extension can give nothing that the holder did
    not ask for, nor more than eligibility and policy have by then.
    """
    if request.status_at(at) is not Status.PENDING_EVALUATION or request.evaluation != asked:
        return Refused((Problem(Code.ALREADY_DECIDED),))
    told = replace(asked, answer=answer)
    if answer is None or answer.outcome is Outcome.DENIED:
        return Settled(Status.DENIED if answer else Status.FAILED, evaluation=told)
    if check_license(facts.settings, at):
        return Settled(Status.FAILED, evaluation=told)
    is_early = asked.stage is Stage.PRE_APPROVAL
    # An extension can spare the approvers, and not the extension that comes after them.
    after = Stage.PRE_APPROVAL if answer.outcome is Outcome.APPROVED else Stage.POST_APPROVAL
    settled = _go_on(facts, request, after if is_early else None, at)
    return settled if settled.evaluation else replace(settled, evaluation=told)


def _go_on(facts: Facts, request: Request, before: Stage | None, at: Instant) -> Settled:
    """What an activation comes to from a stage on, if it can be had still.

    `before` PRE_APPROVAL leaves the approvers and the last extension to be asked, POST_APPROVAL the
    extension alone, none nobody.
    """
    # What was agreed to for an eligibility at one place is not had on that of another.
    place = request.approval.eligible_at if request.approval else None
    facts = bind_activation(facts, request.draft, at, place)
    draft = complete(facts, request.draft)
    window, malformed = asked_window(draft, at)
    if malformed or not _is_possible(facts, request, draft, window, at):
        return Settled(Status.FAILED)
    approval = find_approval(facts, draft.action) if before is Stage.PRE_APPROVAL else None
    if approval is not None:
        return Settled(Status.PENDING_APPROVAL, approval=approval)
    waiting = find_evaluation(facts, draft.action, Stage.POST_APPROVAL, at) if before else None
    if waiting is not None:
        return Settled(Status.PENDING_EVALUATION, evaluation=waiting)
    return _write(facts, draft, window, at)


def _is_possible(facts: Facts, request: Request, draft: Draft, window: Window, at: Instant) -> bool:
    others = replace(facts, requests=tuple(r for r in facts.requests if r.id != request.id))
    is_disabled = facts.principal is not None and not facts.principal.is_enabled
    return not (
        is_disabled
        or check_subject(facts, draft)
        or check_target(facts, draft, at)
        or check_collision(others, draft, window, at)
        or check_eligibility(facts, draft, window)
    )


def _write(facts: Facts, draft: Draft, window: Window, at: Instant) -> Settled:
    if full := check_room(facts, draft, at):
        return Settled(Status.FAILED, problems=full)
    written = write_grant(facts, draft, window, at)
    if written.grant is None or written.grant.window.end <= window.start:
        # The policy's maximum has become nothing meanwhile.
        return Settled(Status.FAILED)
    status = Status.GRANTED if window.start > at else Status.PROVISIONED
    return Settled(status, written.grant, written.endings)


def decide_extension(
    facts: Facts,
    request: Request,
    verdict: Verdict,
    at: Instant,
    *,
    through: frozenset[PrincipalId] = frozenset(),
) -> Settled | Refused:
    """An administrator's word on a request to extend or renew; they may change its schedule.

    `through` are the owners of the application that it is said through, or that says it.

    What they agree to is judged as if they had asked for it themselves: a schedule that the policy
    does not allow is refused, and the request goes on waiting for a better one.
    """
    problems = _check_word(facts, request, verdict, at) or _check_way(request, through)
    if problems:
        return Refused(problems)
    if verdict.result is not ReviewResult.APPROVE:
        return Settled(Status.ADMIN_DENIED)
    draft = _as_administration(request.draft, verdict)
    window, malformed = asked_window(draft, at)
    unmet = malformed or (
        *check_length(facts, draft, window),
        *check_rules(facts, draft, window),
    )
    if unmet:
        return Refused(unmet)
    if not _is_possible(facts, request, draft, window, at):
        return Settled(Status.FAILED)
    return _write(facts, draft, window, at)


def _as_administration(draft: Draft, verdict: Verdict) -> Draft:
    is_extension = draft.action is Action.SELF_EXTEND
    return replace(
        draft,
        action=Action.ADMIN_EXTEND if is_extension else Action.ADMIN_RENEW,
        schedule=verdict.schedule or draft.schedule,
        justification=verdict.justification or draft.justification,
    )


def _check_word(
    facts: Facts, request: Request, verdict: Verdict, at: Instant
) -> tuple[Problem, ...]:
    caller = facts.caller
    problems = authorize(deeds_of(request.draft).administer, caller, aim(facts, is_ending=False))
    if problems or (problems := check_license(facts.settings, at)):
        return problems
    if caller.id == request.draft.slot.principal_id:
        return (Problem(Code.NOT_APPROVER, reason=Reason.OWN_REQUEST),)
    if request.status_at(at) is not Status.PENDING_ADMIN_DECISION:
        return (Problem(Code.ALREADY_DECIDED),)
    return _check_result(verdict)


def may_approve(caller: Caller, approval: Approval) -> bool:
    """Whether the caller is an approver: named, through a group, or through a role in force now."""
    approvers = approval.approvers
    return not caller.is_application and (
        caller.id in approvers.users
        or not caller.group_ids.isdisjoint(approvers.groups)
        or any(h.role_id in approvers.roles and h.scope == DIRECTORY_ROOT for h in caller.roles)
    )


def is_own_request(caller: Caller, request: Request) -> bool:
    """Whether the caller is whom a request is for, or who made it: not theirs to decide."""
    return caller.id in (request.draft.slot.principal_id, request.author.user_id)


def _check_verdict(
    facts: Facts, request: Request, verdict: Verdict, at: Instant
) -> tuple[Problem, ...]:
    caller = facts.caller
    if request.approval is None:
        return (Problem(Code.REQUEST_NOT_FOUND),)
    problems = authorize(WORK[request.draft.slot.scope.kind].decide, caller)
    if problems or (problems := check_license(facts.settings, at)):
        return problems
    if is_own_request(caller, request):
        return (Problem(Code.NOT_APPROVER, reason=Reason.OWN_REQUEST),)
    if not may_approve(caller, request.approval):
        return (Problem(Code.NOT_APPROVER),)
    if request.status_at(at) is not Status.PENDING_APPROVAL:
        return (Problem(Code.ALREADY_DECIDED),)
    is_silent = verdict.justification is None or not verdict.justification.strip()
    if request.approval.needs_justification and is_silent:
        return (*_check_result(verdict), invalid("justification", Reason.MISSING))
    return _check_result(verdict)


def _check_way(request: Request, owners: frozenset[PrincipalId]) -> tuple[Problem, ...]:
    """Who owns an application may hold its secret, and what it hears of those who sign in to it.

    So a word that comes through it may be the owner's own.
    """
    if request.draft.slot.principal_id in owners or request.author.user_id in owners:
        return (Problem(Code.NOT_APPROVER, reason=Reason.OWN_APPLICATION),)
    return ()


def _check_result(verdict: Verdict) -> tuple[Problem, ...]:
    if verdict.result is ReviewResult.NOT_REVIEWED:
        return (invalid("reviewResult", Reason.MISSING),)
    return ()


def _reviewed(approval: Approval, caller: Caller, verdict: Verdict, at: Instant) -> Approval:
    return replace(
        approval,
        result=verdict.result,
        reviewed_by=caller.id,
        reviewed_at=at,
        justification=verdict.justification,
    )
