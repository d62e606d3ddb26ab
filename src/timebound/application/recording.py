"""From a decision to what is written: grants, the request, and the events about them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from timebound.application.azure_assignment_ports import assignments_key
from timebound.application.changes import (
    ADMINISTRATORS,
    FactKey,
    InsertGrant,
    TouchObject,
    Write,
    principal_key,
    role_use_key,
    standing_key,
)
from timebound.application.engine import Teller
from timebound.domain.azure.places import ROOT, estate_of
from timebound.domain.azure_assignments import is_guarded
from timebound.domain.azure_limits import area_of
from timebound.domain.cascade import Ending
from timebound.domain.decide import NewGrant
from timebound.domain.evaluations import Evaluation
from timebound.domain.events import Event, EventKind, Fact
from timebound.domain.facts import Facts, is_membership
from timebound.domain.grants import Grant, Slot
from timebound.domain.ids import GrantId, PrincipalId, RequestId
from timebound.domain.principal_changes import Changed, PrincipalFacts
from timebound.domain.problems import Problem, is_malformed
from timebound.domain.requests import Draft, Request, Status
from timebound.domain.roles import GLOBAL_ADMINISTRATOR, OWNER
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.times import AskedSchedule, Instant


def make_grant(request_id: RequestId, slot: Slot, new: NewGrant, at: Instant) -> Grant:
    """The grant of a request; it has the request's id, as Graph's schedules do."""
    return Grant(
        id=GrantId(request_id),
        slot=slot,
        kind=new.kind,
        window=new.window,
        created_at=at,
        request_id=request_id,
        basis=new.basis,
        terms=new.terms,
    )


def write_grant(grant: Grant, teller: Teller) -> tuple[tuple[Write, ...], tuple[Event, ...]]:
    """A new grant and its event, effective when the grant comes into force."""
    data = grant_facts(grant)
    event = teller.tell(
        EventKind.GRANT_MADE,
        grant.slot.principal_id,
        {**data, "start": grant.window.start.isoformat(), "end": grant.window.end.isoformat()},
        effective_at=grant.window.start,
    )
    return (InsertGrant(grant), *touch_groups([grant])), (event,)


def touch_groups(grants: Iterable[Grant]) -> tuple[Write, ...]:
    """A group is changed with its members and owners: delta queries tell of it."""
    groups = {g.slot.scope.path: None for g in grants if g.slot.scope.kind is ScopeKind.GROUP}
    return tuple(TouchObject(PrincipalId(group_id)) for group_id in groups)


def changed_facts(
    facts: Facts, endings: Iterable[Ending], new: NewGrant | None = None
) -> frozenset[FactKey]:
    """The facts that a decision changes: the principals concerned, and who is administrator.

    Two removals of the last two administrators both change ADMINISTRATORS, whether they end an
    assignment, bound it in time, or end the membership it is held through: one of them conflicts.
    A new activation through groups is something that stands on what each of them holds, and a new
    grant of a custom role something that keeps the role from being deleted. What is given or asked
    in a group ends with it, and whoever takes one of its owners away has to know the others; so it
    is with what is given or asked in a subscription that is moved, or in a part that is taken away.
    """
    endings = tuple(endings)
    keys = {principal_key(facts.slot.principal_id), *_holders(endings)}
    keys.update(_standing_in(facts.slot.scope))
    owned = (e.grant.slot for e in endings if e.grant.slot.role_id == OWNER)
    keys.update(principal_key(slot.scope.path) for slot in owned)
    if endings and is_guarded(facts.slot):
        keys.add(assignments_key(area_of(facts.slot.scope)))
    touches_administrators = any(
        e.grant.slot.role_id == GLOBAL_ADMINISTRATOR or is_membership(e.grant) for e in endings
    )
    if touches_administrators and facts.administrators:
        keys.add(ADMINISTRATORS)
    basis = new.basis if new else None
    used = (e for e in facts.eligibilities if basis and e.slot == basis.slot)
    keys.update(standing_key(group) for eligibility in used for group in eligibility.groups)
    if new is not None and facts.role is not None and not facts.role.is_built_in:
        keys.add(role_use_key(facts.role.id))
    return frozenset(keys)


def _standing_in(scope: Scope) -> Iterator[FactKey]:
    if scope.kind is ScopeKind.GROUP:
        yield standing_key(scope.path)
    elif scope.kind is ScopeKind.AZURE and scope != ROOT:
        yield standing_key(estate_of(scope).path)


def changed_by_principal(facts: PrincipalFacts, decision: Changed) -> frozenset[FactKey]:
    """The facts that disabling or deleting changes; it may always concern an administrator."""
    keys = {principal_key(decision.object.id), *_holders(decision.endings)}
    return frozenset({*keys, ADMINISTRATORS} if facts.administrators else keys)


def _holders(endings: Iterable[Ending]) -> Iterator[FactKey]:
    return (principal_key(e.grant.slot.principal_id) for e in endings)


def slot_facts(slot: Slot) -> dict[str, Fact]:
    """A slot as events name it."""
    return {
        "principalId": slot.principal_id,
        "roleId": slot.role_id,
        "scopeKind": slot.scope.kind.value,
        "scope": slot.scope.path,
    }


def grant_facts(grant: Grant) -> dict[str, Fact]:
    """A grant as events name it."""
    return {
        **slot_facts(grant.slot),
        "grantKind": grant.kind.value,
        "grantId": grant.id,
        "requestId": grant.request_id,
        "isEndless": grant.window.is_endless,
    }


def tell_asked(
    events: Iterable[Event], draft: Draft, new: NewGrant | None = None
) -> tuple[Event, ...]:
    """The events with what was asked, and which grants a new one takes the place of."""
    return tuple(_tell_one(event, draft, new) for event in events)


def _tell_one(event: Event, draft: Draft, new: NewGrant | None) -> Event:
    said: dict[str, Fact] = {"action": draft.action.value, "justification": draft.justification}
    if event.kind is EventKind.GRANT_STARTED:
        return event  # it has come by itself, and was told of in passing
    if event.kind is EventKind.GRANT_ENDED:
        said["isReplaced"] = new is not None and _is_replaced(event, draft, new)
    return replace(event, data={**event.data, **said})


def _is_replaced(event: Event, draft: Draft, new: NewGrant) -> bool:
    """Whether the new grant goes on where the old one ends, or would have begun."""
    data = event.data
    is_same = new.kind.value == data["grantKind"] and slot_facts(draft.slot).items() <= data.items()
    is_without_gap = data["isVoid"] is True or new.window.start <= event.effective_at
    return is_same and data["isCut"] is False and is_without_gap


def draft_facts(draft: Draft) -> dict[str, Fact]:
    """What was asked, as events name it."""
    return {
        **slot_facts(draft.slot),
        "requestKind": draft.kind.value,
        "action": draft.action.value,
        "justification": draft.justification,
        "ticketNumber": draft.ticket.number,
        "ticketSystem": draft.ticket.system,
        **_schedule_facts(draft.schedule),
        **({"condition": draft.terms.condition} if draft.terms else {}),
    }


def _schedule_facts(schedule: AskedSchedule | None) -> dict[str, Fact]:
    expiration = schedule.expiration if schedule else None
    end = expiration.end if expiration else None
    duration = expiration.duration if expiration else None
    return {
        "askedStart": schedule.start.isoformat() if schedule and schedule.start else None,
        "askedExpiration": expiration.type.value if expiration else None,
        "askedEnd": end.isoformat() if end else None,
        "askedSeconds": int(duration.total_seconds()) if duration else None,
    }


def tell_waiting(teller: Teller, request: Request) -> Event:
    """That a request waits: for an extension, or for those who may decide on it."""
    subject_id, data = request.draft.slot.principal_id, draft_facts(request.draft)
    if request.status is Status.PENDING_EVALUATION and request.evaluation is not None:
        asked = evaluation_facts(request.evaluation)
        return teller.tell(EventKind.EVALUATION_ASKED, subject_id, {**data, **asked})
    approvers = request.approval.approvers.all_ids if request.approval else ()
    return teller.tell(EventKind.APPROVAL_ASKED, subject_id, {**data, "approvers": approvers})


def evaluation_facts(evaluation: Evaluation) -> dict[str, Fact]:
    """Which extension is asked when, and what it said, as events name it."""
    answer = evaluation.answer
    return {
        "stage": evaluation.stage.value,
        "extensionId": evaluation.extension_id,
        "evaluationId": answer.evaluation_id if answer else None,
        "evaluationOutcome": answer.outcome.value if answer else None,
        "reasons": answer.reasons if answer else (),
    }


def tell_refusal(
    teller: Teller,
    kind: EventKind,
    subject_id: str,
    data: Mapping[str, Fact],
    problems: Iterable[Problem],
) -> tuple[Event, ...]:
    """The event of a refusal; what could not even be read is no fact of history (promise 5)."""
    problems = tuple(problems)
    if all(is_malformed(p) for p in problems):
        return ()
    return (teller.tell(kind, subject_id, {**data, "problems": problem_facts(problems)}),)


def problem_facts(problems: Iterable[Problem]) -> tuple[Fact, ...]:
    """Every unmet rule with its reason, as events name them."""
    return tuple(
        {
            "code": p.code.value,
            "rule": p.rule.value if p.rule else None,
            "reason": p.reason.value if p.reason else None,
            "property": p.property,
            "value": p.value,
            "names": p.names,
        }
        for p in problems
    )
