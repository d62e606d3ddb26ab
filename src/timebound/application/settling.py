"""What becomes of an open request: cancelling, approving and denying, extending."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from timebound.application.changes import UpdateRequest
from timebound.application.engine import Engine, Record, Teller, actor_of, decide_and_apply
from timebound.application.ports import Loaded
from timebound.application.recording import (
    changed_facts,
    draft_facts,
    make_grant,
    problem_facts,
    write_endings,
    write_grant,
)
from timebound.domain.authority import Token
from timebound.domain.decide import Refused
from timebound.domain.events import EventKind
from timebound.domain.facts import Facts
from timebound.domain.ids import GrantId, RequestId
from timebound.domain.problems import Code, Problem
from timebound.domain.requests import Request, RequestKind, Status
from timebound.domain.settle import (
    Settled,
    Verdict,
    decide_approval,
    decide_cancellation,
    decide_extension,
)
from timebound.domain.times import Instant

_Decide: TypeAlias = Callable[[Facts, Request], Settled | Refused]

_EVENTS = {
    Status.CANCELED: EventKind.REQUEST_CANCELED,
    Status.DENIED: EventKind.APPROVAL_DENIED,
    Status.ADMIN_DENIED: EventKind.APPROVAL_DENIED,
}


async def cancel_request(
    engine: Engine, token: Token, kind: RequestKind, request_id: RequestId, at: Instant
) -> Request | Refused:
    """Withdraws what is pending or still ahead: one's own, or anybody's for an administrator."""

    def judge(facts: Facts, request: Request) -> Settled | Refused:
        return decide_cancellation(facts, request, at)

    return await _settle(engine, token, request_id, at, judge, kind)


async def decide_on_approval(
    engine: Engine, token: Token, request_id: RequestId, verdict: Verdict, at: Instant
) -> Request | Refused:
    """An approver's decision: the first settles the request, nobody decides their own."""

    def judge(facts: Facts, request: Request) -> Settled | Refused:
        return decide_approval(facts, request, verdict, at)

    return await _settle(engine, token, request_id, at, judge)


async def decide_on_extension(
    engine: Engine, token: Token, request_id: RequestId, verdict: Verdict, at: Instant
) -> Request | Refused:
    """An administrator's decision on a request to extend or renew."""

    def judge(facts: Facts, request: Request) -> Settled | Refused:
        return decide_extension(facts, request, verdict, at)

    return await _settle(engine, token, request_id, at, judge)


async def _settle(
    engine: Engine,
    token: Token,
    request_id: RequestId,
    at: Instant,
    decide: _Decide,
    kind: RequestKind | None = None,
) -> Request | Refused:
    missing = Refused((Problem(Code.REQUEST_NOT_FOUND, value=request_id),))
    found = await engine.store.load_request(token.tenant_id, request_id)
    if found is None or (kind is not None and found.draft.kind is not kind):
        return missing

    async def judge(loaded: Loaded) -> Record:
        # Read again: its slot never changes, but somebody may have settled it meanwhile.
        request = await engine.store.load_request(token.tenant_id, request_id)
        if request is None:
            return Record(missing)
        decision = decide(loaded.facts, request)
        return await _record(engine, loaded.facts, request, decision, at)

    return await decide_and_apply(engine, token, found.draft.slot, at, judge)


async def _record(
    engine: Engine, facts: Facts, request: Request, decision: Settled | Refused, at: Instant
) -> Record:
    teller = Teller(engine, actor_of(facts.caller), request.id, at)
    subject = request.draft.slot.principal_id
    if isinstance(decision, Refused):
        data = {**draft_facts(request.draft), "problems": problem_facts(decision.problems)}
        return Record(decision, events=(teller.tell(EventKind.APPROVAL_REFUSED, subject, data),))
    kind = _EVENTS.get(decision.status, EventKind.APPROVAL_GIVEN)
    told = teller.tell(
        kind, subject, {**draft_facts(request.draft), "status": decision.status.value}
    )
    settled = _settled(request, decision, at)
    tenant_id = facts.caller.token.tenant_id
    writes, events = await write_endings(engine.store, tenant_id, decision.endings, teller)
    if decision.grant is not None:
        grant = make_grant(request.id, request.draft.slot, decision.grant, at)
        more, news = write_grant(grant, teller)
        writes, events = (*writes, *more), (*events, *news)
    return Record(
        settled,
        (UpdateRequest(settled), *writes),
        (told, *events),
        changed_facts(facts, decision.endings),
    )


def _settled(request: Request, decision: Settled, at: Instant) -> Request:
    new = decision.grant
    completed_at = new.window.start if new and decision.status is Status.GRANTED else at
    return replace(
        request,
        status=decision.status,
        completed_at=completed_at,
        grant_id=GrantId(request.id) if new else request.grant_id,
        starts_at=new.window.start if new else request.starts_at,
        approval=decision.approval or request.approval,
    )
