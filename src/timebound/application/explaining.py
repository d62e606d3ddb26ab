"""What an activation would need: the rehearsal of a request, told before anybody makes it."""

from dataclasses import dataclass, replace
from datetime import timedelta

from timebound.application.engine import Engine
from timebound.application.slots import load_slot, slot_of
from timebound.application.submitting import judge_draft
from timebound.domain.activation_policies import bind_activation
from timebound.domain.approvals import Approval
from timebound.domain.asked import asked_window
from timebound.domain.authority import Caller, Token, authorize
from timebound.domain.checks import activation_basis
from timebound.domain.decide import Decision, Refused, find_approval
from timebound.domain.facts import Facts
from timebound.domain.grants import Slot
from timebound.domain.ids import ApplicationId
from timebound.domain.kinds_of_work import deeds_of
from timebound.domain.licensing import check_license
from timebound.domain.policies import SignIn
from timebound.domain.problems import Code, Problem, Reason
from timebound.domain.requests import Action, Draft, RequestKind
from timebound.domain.requirements import REQUIREMENTS
from timebound.domain.times import AskedSchedule, Expiration, ExpirationType, Instant


@dataclass(frozen=True, slots=True)
class Needs:
    """Everything that the policy asks of an activation, and how long one can last."""

    justification: bool
    ticket: bool
    second_factor: bool
    contexts: tuple[str, ...]
    """The contexts that the sign-in has to meet, all at once; several only in Azure."""
    maximum: timedelta
    """What the policy allows, or what is left of the eligibility where that is shorter."""
    approval: Approval | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What would become of the activation as it is described, and what the role needs."""

    decision: Decision
    needs: Needs


async def explain_activation(
    engine: Engine, token: Token, draft: Draft, at: Instant
) -> Explanation | Refused:
    """What would become of an activation; refused to who may not see what the person may hold.

    Of somebody else it is told what would become of it if they were signed in with nothing but a
    password. Nothing is stored or recorded.
    """
    asked = replace(slot_of(draft), needs_target=True)
    facts = (await load_slot(engine.store, token, asked, at)).facts
    is_own, deeds = _is_own(facts.caller, draft.slot), deeds_of(draft)
    operation = deeds.read_own if is_own else deeds.read
    unmet = authorize(operation, facts.caller, facts.target) or check_license(facts.settings, at)
    if unmet:
        return Refused(unmet)
    if facts.principal is None or facts.principal.is_deleted:
        missing = Problem(Code.PRINCIPAL_NOT_FOUND, property="principalId")
        return Refused((replace(missing, value=draft.slot.principal_id),))
    if not is_own:
        theirs = _speak_for(token, draft)
        found = (await engine.store.load_facts(theirs, draft.slot, at)).facts
        facts = replace(found, assigned_count=facts.assigned_count)
    return Explanation(judge_draft(facts, draft, at), find_needs(facts, draft, at))


def find_needs(facts: Facts, draft: Draft, at: Instant) -> Needs:
    """What the very line that judges a request finds missing where nothing is brought at all."""
    bare = Draft(
        RequestKind.ASSIGNMENT,
        Action.SELF_ACTIVATE,
        facts.slot,
        # A schedule that never ends is always read, and judged by every rule of the policy.
        AskedSchedule(
            draft.schedule.start if draft.schedule else None,
            Expiration(ExpirationType.NO_EXPIRATION),
        ),
        # In Azure the eligibility that is used decides whose policy counts.
        eligibility_id=draft.eligibility_id,
    )
    theirs = _speak_for(facts.caller.token, bare)
    caller = replace(facts.caller, token=theirs, is_enabled=True)
    decision = judge_draft(replace(facts, caller=caller), bare, at)
    unmet = decision.problems if isinstance(decision, Refused) else ()
    reasons = {one.reason for one in unmet}
    bound = bind_activation(facts, bare, at)
    asked = (one for one in unmet if one.code is Code.CONTEXT_REQUIRED)
    return Needs(
        justification=Reason.JUSTIFICATION_MISSING in reasons,
        ticket=Reason.TICKET_MISSING in reasons,
        second_factor=Reason.MFA_MISSING in reasons,
        contexts=next((one.names or (one.value or "",) for one in asked), ()),
        maximum=_find_maximum(bound, bare, at),
        approval=find_approval(bound, Action.SELF_ACTIVATE),
    )


def _find_maximum(facts: Facts, draft: Draft, at: Instant) -> timedelta:
    window, _ = asked_window(draft, at)
    rule = facts.policy.activation
    found = activation_basis(facts, window.start, draft.eligibility_id)
    maximum = rule.maximum if rule else timedelta()
    return maximum if found is None else min(maximum, found[1] - window.start)


def _is_own(caller: Caller, slot: Slot) -> bool:
    return not caller.is_application and caller.id == slot.principal_id


def _speak_for(token: Token, draft: Draft) -> Token:
    """Somebody who may ask for what they are eligible for, and has signed in as weakly as can be.

    No application speaks for them: what one may do is no part of what the role needs.
    """
    permissions = frozenset(REQUIREMENTS[deeds_of(draft).use_own].delegated)
    return Token(
        token.tenant_id,
        draft.slot.principal_id,
        ApplicationId(""),
        permissions,
        SignIn(),
        is_of_service=True,
    )
