"""What becomes of an open request: cancelling, approving and denying, extending."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from timebound.application.changes import FactKey, UpdateRequest
from timebound.application.ending import write_endings
from timebound.application.engine import Engine, Record, Teller, actor_of, apply_attempts
from timebound.application.ports import Loaded
from timebound.application.recording import (
    changed_facts,
    draft_facts,
    evaluation_facts,
    make_grant,
    problem_facts,
    tell_asked,
    tell_refusal,
    tell_waiting,
    write_grant,
)
from timebound.application.slots import AskedSlot, load_slot
from timebound.application.versions import Versions
from timebound.domain.authority import Token
from timebound.domain.azure_limits import may_take_room
from timebound.domain.decide import Refused
from timebound.domain.evaluations import EvaluationAnswer
from timebound.domain.events import Actor, EventKind, Fact
from timebound.domain.facts import Facts
from timebound.domain.ids import ApplicationId, GrantId, PrincipalId, RequestId, TenantId
from timebound.domain.problems import Code, Problem
from timebound.domain.requests import PENDING, Request, RequestKind, Status
from timebound.domain.scopes import ScopeKind
from timebound.domain.settings import RequestHistory
from timebound.domain.settle import (
    Settled,
    Verdict,
    decide_approval,
    decide_cancellation,
    decide_evaluation,
    decide_extension,
)
from timebound.domain.times import Instant

_Owners: TypeAlias = frozenset[PrincipalId]
_Decide: TypeAlias = Callable[[Facts, Request, _Owners], Settled | Refused]


@dataclass(frozen=True, slots=True)
class _Word:
    """What somebody says about an open request: how it is judged, and how events tell it.

    With `needs_owners` it matters who owns the application through which it is said. What an
    extension says is not told where nobody waits for it any more. After a word that `is_granting`
    somebody may hold the role who did not.
    """

    decide: _Decide
    refusal: EventKind | None
    said: Mapping[str, Fact] = field(default_factory=dict)
    needs_owners: bool = False
    is_evaluation: bool = False
    is_granting: bool = True


_NOBODY: Final[_Owners] = frozenset()
_NO_APPLICATION: Final = ApplicationId("")
_EVENTS = {
    Status.CANCELED: EventKind.REQUEST_CANCELED,
    Status.DENIED: EventKind.APPROVAL_DENIED,
    Status.ADMIN_DENIED: EventKind.APPROVAL_DENIED,
}


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """Which open request is meant: its id, and what it has to be about to be found."""

    id: RequestId
    scope_kind: ScopeKind
    kind: RequestKind | None = None

    def is_same(self, found: Request) -> bool:
        """Whether the request that has the id is the one that is meant."""
        is_kind = self.kind is None or found.draft.kind is self.kind
        return is_kind and found.draft.slot.scope.kind is self.scope_kind


async def cancel_request(
    engine: Engine, token: Token, open_: OpenRequest, at: Instant
) -> Request | Refused:
    """Withdraws what is pending or still ahead: one's own, or anybody's for an administrator."""

    def judge(facts: Facts, request: Request, _: _Owners) -> Settled | Refused:
        return decide_cancellation(facts, request, at)

    word = _Word(judge, EventKind.CANCEL_REFUSED, is_granting=False)
    return await _settle(engine, token, open_, at, word)


async def decide_on_approval(
    engine: Engine, token: Token, open_: OpenRequest, verdict: Verdict, at: Instant
) -> Request | Refused:
    """An approver's decision: the first settles the request, nobody decides their own."""

    def judge(facts: Facts, request: Request, owners: _Owners) -> Settled | Refused:
        return decide_approval(facts, request, verdict, at, through=owners)

    word = _Word(judge, EventKind.APPROVAL_REFUSED, said=_said(verdict), needs_owners=True)
    return await _settle(engine, token, open_, at, word)


async def decide_on_extension(
    engine: Engine, token: Token, open_: OpenRequest, verdict: Verdict, at: Instant
) -> Request | Refused:
    """An administrator's decision on a request to extend or renew."""

    def judge(facts: Facts, request: Request, owners: _Owners) -> Settled | Refused:
        return decide_extension(facts, request, verdict, at, through=owners)

    word = _Word(judge, EventKind.APPROVAL_REFUSED, said=_said(verdict), needs_owners=True)
    return await _settle(engine, token, open_, at, word)


async def settle_evaluation(
    engine: Engine,
    tenant_id: TenantId,
    asked: Request,
    answer: EvaluationAnswer | None,
    at: Instant,
) -> Request | Refused:
    """What an extension said about a request that waited for it; none if nothing valid.

    Refused where it does not wait for just this any more.
    """
    slot, waiting = asked.draft.slot, asked.evaluation
    if waiting is None:
        return Refused((Problem(Code.ALREADY_DECIDED),))
    told = evaluation_facts(replace(waiting, answer=answer))

    def judge(facts: Facts, request: Request, _: _Owners) -> Settled | Refused:
        return decide_evaluation(facts, request, waiting, answer, at)

    # It is settled as of whom it is about: nothing that they may do is asked of them once more.
    token = Token(tenant_id, slot.principal_id, _NO_APPLICATION, frozenset())
    word = _Word(judge, None, said=told, is_evaluation=True)
    open_ = OpenRequest(asked.id, slot.scope.kind, asked.draft.kind)
    return await _settle(engine, token, open_, at, word)


def _said(verdict: Verdict) -> Mapping[str, Fact]:
    return {"verdict": verdict.result.value, "verdictJustification": verdict.justification}


async def _settle(
    engine: Engine, token: Token, open_: OpenRequest, at: Instant, word: _Word
) -> Request | Refused:
    missing = Refused((Problem(Code.REQUEST_NOT_FOUND, value=open_.id),))
    found = await engine.store.load_request(token.tenant_id, open_.id)
    if found is None or not open_.is_same(found):
        return missing
    asked = AskedSlot(
        found.draft.slot,
        needs_target=found.author.user_id != token.principal_id,
        needs_room=word.is_granting and may_take_room(found.draft),
    )

    async def judge(loaded: Loaded, owners: _Owners) -> Record[Request]:
        # Read again: its slot never changes, but somebody may have settled it meanwhile.
        request = await engine.store.load_request(token.tenant_id, open_.id)
        is_purged = loaded.facts.settings.request_history is RequestHistory.PURGED
        if request is None or (is_purged and request.is_purged(at)):
            return Record(missing)
        actor = _author(request) if word.is_evaluation else actor_of(loaded.facts.caller)
        teller = Teller(engine, actor, request.id, at)
        decision = word.decide(loaded.facts, request, owners)
        if isinstance(decision, Refused):
            if word.refusal is None:
                return Record(decision)
            subject, said = request.draft.slot.principal_id, _told(request, word)
            events = tell_refusal(teller, word.refusal, subject, said, decision.problems)
            return Record(decision, events=events)
        return await _record(loaded.facts, request, decision, word, teller)

    async def attempt() -> tuple[Record[Request], Mapping[FactKey, int]]:
        versions = Versions()
        owners = await _load_owners(engine, token, at, versions) if word.needs_owners else _NOBODY
        loaded = await load_slot(engine.store, token, asked, at)
        versions.add(loaded.versions)
        return await judge(loaded, owners), versions.all

    return await apply_attempts(engine, token.tenant_id, at, attempt)


def _author(request: Request) -> Actor:
    """Whoever asked for what an extension lets go on: nobody else does anything."""
    return Actor(request.author.user_id, request.author.application_id)


async def _load_owners(engine: Engine, token: Token, at: Instant, versions: Versions) -> _Owners:
    """Who owns the application that the token was given to, or its service principal."""
    named = await engine.store.load_names(token.tenant_id, (), (token.application_id,))
    versions.add(named.versions)
    owners: set[PrincipalId] = set()
    for program in named.names.taken:
        target = await engine.store.load_target(token, program.id, at)
        versions.add(target.versions)
        owners |= target.facts.target.owner_ids
    return frozenset(owners)


def _told(request: Request, word: _Word) -> Mapping[str, Fact]:
    return {**draft_facts(request.draft), **word.said}


async def _record(
    facts: Facts, request: Request, decision: Settled, word: _Word, teller: Teller
) -> Record[Request]:
    kind = _EVENTS.get(decision.status, EventKind.APPROVAL_GIVEN)
    if word.is_evaluation:
        kind = EventKind.EVALUATION_ANSWERED
    data = {**_told(request, word), "status": decision.status.value}
    if decision.problems:
        data |= {"problems": problem_facts(decision.problems)}
    told = teller.tell(kind, request.draft.slot.principal_id, data)
    settled = _settled(request, decision, teller.at)
    waits = (tell_waiting(teller, settled),) if settled.status in PENDING else ()
    store, tenant_id = teller.engine.store, facts.caller.token.tenant_id
    writes, events = await write_endings(store, tenant_id, decision.endings, teller)
    if decision.grant is not None:
        grant = make_grant(request.id, request.draft.slot, decision.grant, teller.at)
        more, news = write_grant(grant, teller)
        writes, events = (*writes, *more), (*events, *news)
    return Record(
        settled,
        (UpdateRequest(settled), *writes),
        (told, *waits, *tell_asked(events, request.draft, decision.grant)),
        changed_facts(facts, decision.endings, decision.grant),
    )


def _settled(request: Request, decision: Settled, at: Instant) -> Request:
    new = decision.grant
    completed_at: Instant | None = at
    if decision.status in PENDING:
        completed_at = request.completed_at
    elif new and decision.status is Status.GRANTED:
        completed_at = new.window.start
    return replace(
        request,
        status=decision.status,
        completed_at=completed_at,
        grant_id=GrantId(request.id) if new else request.grant_id,
        starts_at=new.window.start if new else request.starts_at,
        approval=decision.approval or request.approval,
        evaluation=decision.evaluation or request.evaluation,
    )
