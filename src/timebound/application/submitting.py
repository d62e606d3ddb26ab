"""Making a request: load the facts, decide, store the outcome with its events."""

from collections.abc import Mapping
from dataclasses import replace

from timebound.application.changes import FactKey, InsertRequest, UpdateRequest, named_key
from timebound.application.ending import write_endings
from timebound.application.engine import Engine, Record, Teller, actor_of, apply_attempts
from timebound.application.ports import Loaded
from timebound.application.recording import (
    changed_facts,
    draft_facts,
    make_grant,
    tell_asked,
    tell_refusal,
    tell_waiting,
    write_grant,
)
from timebound.application.slots import load_slot, slot_of
from timebound.domain.activation_policies import bind_activation
from timebound.domain.aiming import aim, check_gate
from timebound.domain.approvals import Approval
from timebound.domain.authority import Caller, Token, authorize
from timebound.domain.decide import (
    Decision,
    Granted,
    NeedsApproval,
    NeedsEvaluation,
    NewGrant,
    Refused,
    Scheduled,
    decide,
)
from timebound.domain.events import Event, EventKind
from timebound.domain.facts import Facts
from timebound.domain.ids import GrantId, RequestId
from timebound.domain.kinds_of_work import operation_of
from timebound.domain.problems import Code, Problem
from timebound.domain.requests import Author, Draft, Request, Status
from timebound.domain.times import Instant


async def submit_request(
    engine: Engine, token: Token, draft: Draft, at: Instant, name: RequestId | None = None
) -> Request | Refused:
    """What becomes of a draft: the stored request, or everything that is wrong with it.

    A refusal is recorded as an event and leaves no request. With `is_validation_only` nothing is
    stored or recorded at all; the answer is the same. The client may `name` the request: that which
    has the name of another request or grant is refused, and what is refused takes no name.
    """
    request_id = name or RequestId(engine.ids.new_id())

    async def judge(loaded: Loaded, *, is_taken: bool) -> Record[Request]:
        decision = judge_draft(loaded.facts, draft, at)
        if is_taken and not check_authority(loaded.facts, draft, at):
            taken = Problem(Code.OBJECT_EXISTS, property="name", value=request_id)
            decision = Refused((taken,))
        if draft.is_validation_only:
            return Record(_preview(decision, loaded.facts, draft, request_id, at))
        return await _record(engine, decision, loaded.facts, draft, request_id, at)

    async def attempt() -> tuple[Record[Request], Mapping[FactKey, int]]:
        loaded = await load_slot(engine.store, token, slot_of(draft), at)
        if name is None:
            return await judge(loaded, is_taken=False), loaded.versions
        is_taken = await engine.store.is_named(token.tenant_id, name)
        record, key = await judge(loaded, is_taken=is_taken), named_key(name)
        named = replace(record, bumps=record.bumps | {key}) if record.writes else record
        return named, {**loaded.versions, key: 0}

    return await apply_attempts(engine, token.tenant_id, at, attempt)


def judge_draft(facts: Facts, draft: Draft, at: Instant) -> Decision:
    """Authority first, then the decision: the one line that rehearsal and performance share."""
    problems = check_authority(facts, draft, at)
    return Refused(problems) if problems else decide(facts, draft, at)


def check_authority(facts: Facts, draft: Draft, at: Instant) -> tuple[Problem, ...]:
    """Whether the caller may make this draft; what one does for oneself nobody else may do."""
    caller = facts.caller
    problems = authorize(operation_of(draft), caller, aim(facts, is_ending=draft.action.is_ending))
    if problems or not draft.action.is_self:
        return problems
    is_own = not caller.is_application and caller.id == draft.slot.principal_id
    if not is_own:
        return (Problem(Code.ACCESS_DENIED, property="principalId"),)
    return check_gate(facts, draft, at)


async def _record(
    engine: Engine,
    decision: Decision,
    facts: Facts,
    draft: Draft,
    request_id: RequestId,
    at: Instant,
) -> Record[Request]:
    teller = Teller(engine, actor_of(facts.caller), request_id, at)
    if isinstance(decision, Refused):
        events = tell_refusal(
            teller,
            EventKind.REQUEST_REFUSED,
            draft.slot.principal_id,
            draft_facts(draft),
            decision.problems,
        )
        return Record(decision, events=events)
    request = make_request(decision, facts, draft, request_id, at)
    policy = bind_activation(facts, draft, at).policy
    told = [_tell_made(teller, draft, decision)]
    if isinstance(decision, NeedsApproval | NeedsEvaluation):
        told.append(tell_waiting(teller, request))
        keys = changed_facts(facts, ())
        return Record(request, (InsertRequest(request, policy),), tuple(told), keys)
    store, tenant_id = engine.store, facts.caller.token.tenant_id
    writes, events = await write_endings(store, tenant_id, decision.endings, teller)
    if decision.grant is not None:
        grant = make_grant(request_id, draft.slot, decision.grant, at)
        more, news = write_grant(grant, teller)
        writes, events = (*writes, *more), (*events, *news)
    events = tell_asked(events, draft, decision.grant)
    told += [_tell_answer(teller, answered) for answered in decision.answered]
    answers = (UpdateRequest(_answer(answered, decision, at)) for answered in decision.answered)
    return Record(
        request,
        (InsertRequest(request, policy), *writes, *answers),
        (*told, *events),
        changed_facts(facts, decision.endings, decision.grant),
    )


def _tell_made(
    teller: Teller, draft: Draft, decision: Granted | Scheduled | NeedsApproval | NeedsEvaluation
) -> Event:
    """What was asked, and whether what comes of it is for ever: that is not always asked."""
    said = draft_facts(draft)
    if not isinstance(decision, NeedsApproval | NeedsEvaluation):
        ended = (one.grant.window for one in decision.endings if not one.is_cut)
        window = decision.grant.window if decision.grant else next(ended, None)
        said |= {} if window is None else {"isEndless": window.is_endless}
    return teller.tell(EventKind.REQUEST_MADE, draft.slot.principal_id, said)


def _answer(answered: Request, decision: Granted | Scheduled, at: Instant) -> Request:
    """The holder's own request, granted by what an administrator asked; the grant is the latter's.

    It is done with at once, even where the grant begins later: only who gave it cancels that.
    """
    starts_at = decision.grant.window.start if decision.grant else None
    return replace(answered, status=Status.PROVISIONED, completed_at=at, starts_at=starts_at)


def _tell_answer(teller: Teller, answered: Request) -> Event:
    data = {**draft_facts(answered.draft), "requestId": answered.id}
    return teller.tell(
        EventKind.APPROVAL_GIVEN,
        answered.draft.slot.principal_id,
        {**data, "status": Status.PROVISIONED.value},
    )


def _preview(
    decision: Decision, facts: Facts, draft: Draft, request_id: RequestId, at: Instant
) -> Request | Refused:
    if isinstance(decision, Refused):
        return decision
    return make_request(decision, facts, draft, request_id, at)


def make_request(
    decision: Granted | Scheduled | NeedsApproval | NeedsEvaluation,
    facts: Facts,
    draft: Draft,
    request_id: RequestId,
    at: Instant,
) -> Request:
    """The request object that a decision comes to.

    Completion follows the published answers: now for what took effect, the start for what is still
    ahead, nothing for a removal (behaviour book 1.3).
    """
    status, new = _status(decision)
    completed_at = None if status is Status.REVOKED else at
    if isinstance(decision, Scheduled):
        completed_at = decision.grant.window.start
    return Request(
        id=request_id,
        draft=draft,
        author=_author(facts.caller),
        status=status,
        created_at=at,
        completed_at=completed_at,
        grant_id=GrantId(request_id) if new else None,
        starts_at=new.window.start if new else None,
        approval=_approval(decision),
        evaluation=decision.evaluation if isinstance(decision, NeedsEvaluation) else None,
    )


def _status(
    decision: Granted | Scheduled | NeedsApproval | NeedsEvaluation,
) -> tuple[Status, NewGrant | None]:
    match decision:
        case Granted(status, grant):
            return status, grant
        case Scheduled(grant):
            return Status.GRANTED, grant
        case NeedsApproval(status):
            return status, None
        case NeedsEvaluation():
            return Status.PENDING_EVALUATION, None


def _author(caller: Caller) -> Author:
    user_id = None if caller.is_application else caller.id
    return Author(user_id, caller.token.application_id, caller.display_name)


def _approval(decision: Decision) -> Approval | None:
    waits = isinstance(decision, NeedsApproval) and decision.status is Status.PENDING_APPROVAL
    return decision.approval if isinstance(decision, NeedsApproval) and waits else None
