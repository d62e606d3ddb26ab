"""What an activation needs: the very answer that rehearsing and asking get, and no less."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.application.ledger import VERSIONS, Ledger, make_engine
from tests.domain.test_properties import schedules, worlds
from tests.support.builders import (
    APPROVER,
    BOSS,
    HOUR,
    MINUTE,
    NOON,
    STRANGER,
    after,
    make_application,
    make_approval_policy,
    make_boss,
    make_caller,
    make_context_policy,
    make_draft,
    make_enablement_policy,
    make_facts,
    make_grant,
    make_policy,
    make_principal,
)
from timebound.application.changes import InsertGrant
from timebound.application.explaining import Explanation, Needs, explain_activation, find_needs
from timebound.application.ports import Loaded
from timebound.application.submitting import judge_draft, submit_request
from timebound.domain.approvals import Approvers
from timebound.domain.authority import Caller, Token
from timebound.domain.decide import (
    Granted,
    NeedsApproval,
    NeedsEvaluation,
    Refused,
    Scheduled,
)
from timebound.domain.facts import Facts
from timebound.domain.grants import Slot
from timebound.domain.policies import Rule, SignIn
from timebound.domain.policies.approval import ApprovalRule
from timebound.domain.policies.authentication_context import AuthenticationContextRule
from timebound.domain.policies.enablement import Enablement, EnablementRule
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.problems import Code, RuleName
from timebound.domain.requests import Draft, Request, Status, Ticket
from timebound.domain.roles import GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR
from timebound.domain.settings import License, TenantSettings
from timebound.domain.times import Instant

ELIGIBLE = make_grant()
BARE = SignIn()
CONTEXTS = TenantSettings(authentication_contexts={"c1": "Second factor"})
PROMISED = pytest.mark.inferred("issue: explaining, rehearsing and asking are one line of code")


async def explain(facts: Facts, draft: Draft) -> Explanation | Refused:
    ledger = Ledger(facts)
    found = await explain_activation(make_engine(ledger), facts.caller.token, draft, NOON)
    assert ledger.changes == []
    return found


async def needs_of(facts: Facts, draft: Draft | None = None) -> Needs:
    found = await explain(facts, draft or make_draft())
    assert isinstance(found, Explanation)
    return found.needs


@PROMISED
async def test_what_the_policy_asks_is_told_whatever_is_brought() -> None:
    asked = (Enablement.MFA, Enablement.JUSTIFICATION, Enablement.TICKETING)
    policy = make_enablement_policy(*asked)
    strong = await needs_of(make_facts(ELIGIBLE, policy=policy))
    weak = await needs_of(make_facts(ELIGIBLE, policy=policy, caller=make_caller(sign_in=BARE)))
    assert strong == weak == Needs(True, True, True, (), 8 * HOUR, None)  # noqa: FBT003 - in their order
    nothing = make_facts(ELIGIBLE, policy=make_enablement_policy())
    assert await needs_of(nothing) == Needs(False, False, False, (), 8 * HOUR, None)  # noqa: FBT003 - in their order


@PROMISED
async def test_a_context_is_needed_as_the_tenant_maps_it() -> None:
    mapped = await needs_of(make_facts(ELIGIBLE, policy=make_context_policy(), settings=CONTEXTS))
    assert (mapped.contexts, mapped.second_factor) == (("c1",), False)
    unmapped = await needs_of(make_facts(ELIGIBLE, policy=make_context_policy("c2")))
    assert (unmapped.contexts, unmapped.second_factor) == ((), True)


@PROMISED
async def test_who_has_to_agree_is_told() -> None:
    named = await needs_of(make_facts(ELIGIBLE, policy=make_approval_policy(APPROVER)))
    assert named.approval
    assert named.approval.approvers == Approvers(users=(APPROVER,))
    nobody = await needs_of(make_facts(ELIGIBLE, policy=make_approval_policy()))
    assert nobody.approval
    administrators = (GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR)
    assert nobody.approval.approvers == Approvers(roles=administrators)


@PROMISED
async def test_an_activation_lasts_no_longer_than_what_is_left() -> None:
    ends = make_grant(end=NOON + 3 * HOUR)
    assert (await needs_of(make_facts(ends))).maximum == 3 * HOUR
    later = make_draft(schedule=after(start=NOON + HOUR))
    assert (await needs_of(make_facts(ends), later)).maximum == 2 * HOUR
    assert (await needs_of(make_facts())).maximum == 8 * HOUR


@PROMISED
async def test_needs_are_told_though_nothing_can_last() -> None:
    never = ExpirationRule(is_required=True, maximum=timedelta())
    policy = make_policy(Expiration_EndUser_Assignment=never)
    needs = await needs_of(make_facts(ELIGIBLE, policy=policy))
    assert (needs.maximum, needs.justification) == (timedelta(), True)


@PROMISED
@pytest.mark.parametrize("permissions", [("RoleAssignmentSchedule.Read.Directory",)])
async def test_who_may_only_read_is_told_the_needs_and_that_asking_is_refused(
    permissions: tuple[str, ...],
) -> None:
    caller = make_caller(permissions=permissions)
    found = await explain(make_facts(ELIGIBLE, caller=caller), make_draft())
    assert isinstance(found, Explanation)
    assert isinstance(found.decision, Refused)
    assert [one.code for one in found.decision.problems] == [Code.PERMISSION_MISSING]
    assert found.needs.justification


@PROMISED
@pytest.mark.parametrize(
    ("caller", "code"),
    [
        (make_caller(permissions=("User.Read",)), Code.PERMISSION_MISSING),
        (make_caller(STRANGER), Code.ACCESS_DENIED),
        (make_caller(is_enabled=False), Code.CALLER_NOT_ADMITTED),
        (make_application(("User.Read.All",)), Code.PERMISSION_MISSING),
    ],
)
async def test_who_may_not_see_it_is_told_nothing(caller: Caller, code: Code) -> None:
    found = await explain(make_facts(ELIGIBLE, caller=caller), make_draft())
    assert isinstance(found, Refused)
    assert [one.code for one in found.problems] == [code]


@PROMISED
async def test_without_a_licence_nothing_is_explained() -> None:
    settings = TenantSettings(license=License.NONE)
    found = await explain(make_facts(ELIGIBLE, settings=settings), make_draft())
    assert isinstance(found, Refused)
    assert [one.code for one in found.problems] == [Code.LICENSE_REQUIRED]


@dataclass
class TwoSides(Ledger):
    """Answers whoever is spoken for with the facts as they ask themselves."""

    async def load_facts(self, token: Token, slot: Slot, at: Instant) -> Loaded:
        assert (slot, at) == (self.facts.slot, NOON)
        if token == self.facts.caller.token:
            return Loaded(self.facts, VERSIONS)
        caller = replace(make_caller(token.principal_id), token=token)
        return Loaded(replace(self.facts, caller=caller), VERSIONS)


async def explain_theirs(facts: Facts, draft: Draft) -> Explanation | Refused:
    ledger = TwoSides(facts)
    found = await explain_activation(make_engine(ledger), facts.caller.token, draft, NOON)
    assert ledger.changes == []
    return found


@PROMISED
@pytest.mark.parametrize(
    "caller", [make_boss(), make_application(("RoleManagement.Read.Directory",))]
)
async def test_a_reader_is_told_what_becomes_of_somebody_who_has_shown_a_password_alone(
    caller: Caller,
) -> None:
    plain = await explain_theirs(make_facts(ELIGIBLE, caller=caller), make_draft())
    assert isinstance(plain, Explanation)
    assert isinstance(plain.decision, Granted)
    policy = make_enablement_policy(Enablement.MFA)
    strict = await explain_theirs(make_facts(ELIGIBLE, caller=caller, policy=policy), make_draft())
    assert isinstance(strict, Explanation)
    assert isinstance(strict.decision, Refused)
    assert [one.rule for one in strict.decision.problems] == [RuleName.MFA]


@PROMISED
@pytest.mark.parametrize("principal", [None, make_principal(is_deleted=True)])
async def test_nobody_is_explained_who_is_not_there(principal: None) -> None:
    facts = make_facts(ELIGIBLE, caller=make_caller(BOSS, PRIVILEGED_ROLE_ADMINISTRATOR))
    found = await explain_theirs(replace(facts, principal=principal), make_draft())
    assert isinstance(found, Refused)
    assert [one.code for one in found.problems] == [Code.PRINCIPAL_NOT_FOUND]


texts = st.none() | st.sampled_from(["", " ", "incident 42"])
sign_ins = st.builds(
    SignIn,
    has_mfa=st.booleans(),
    contexts=st.sampled_from([frozenset[str](), frozenset({"c1"})]),
    has_claims_capability=st.booleans(),
)
enablements = st.lists(st.sampled_from(Enablement), unique=True).map(
    lambda words: EnablementRule(tuple(words))
)
contexts = st.builds(
    AuthenticationContextRule, st.booleans(), st.sampled_from([None, "", "c1", "c2"])
)
approvals = st.sampled_from(
    [ApprovalRule(), make_approval_policy(APPROVER).approval, make_approval_policy().approval]
)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Facts, Draft]:
    """Alice, whatever she is eligible for, under any rules, as she asks for any schedule."""
    facts = draw(worlds())
    rules: dict[str, Rule] = {
        "Enablement_EndUser_Assignment": draw(enablements),
        "AuthenticationContext_EndUser_Assignment": draw(contexts),
        "Approval_EndUser_Assignment": draw(approvals),
    }
    policy = replace(facts.policy, rules={**facts.policy.rules, **rules})
    settings = replace(facts.settings, authentication_contexts=CONTEXTS.authentication_contexts)
    facts = replace(
        facts, policy=policy, settings=settings, caller=make_caller(sign_in=draw(sign_ins))
    )
    schedule = draw(st.none() | schedules)
    draft = replace(make_draft(), schedule=schedule, justification=draw(texts))
    return facts, replace(draft, ticket=Ticket(draw(texts)))


def outcome_of(found: Explanation) -> Status | Refused:
    match found.decision:
        case Granted(status=status):
            return status
        case Scheduled():
            return Status.GRANTED
        case NeedsApproval(status=status):
            return status
        case NeedsEvaluation():
            return Status.PENDING_EVALUATION
        case Refused() as refused:
            return refused


def result_of(request: Request | Refused) -> Status | Refused:
    return request if isinstance(request, Refused) else request.status


@PROMISED
@given(situations())
async def test_explaining_rehearsing_and_asking_come_to_the_same(
    situation: tuple[Facts, Draft],
) -> None:
    facts, draft = situation
    token = facts.caller.token
    explained = await explain(facts, draft)
    assert isinstance(explained, Explanation)
    rehearsal = replace(draft, is_validation_only=True)
    rehearsed = await submit_request(make_engine(Ledger(facts)), token, rehearsal, NOON)
    ledger = Ledger(facts)
    asked = await submit_request(make_engine(ledger), token, draft, NOON)
    assert outcome_of(explained) == result_of(rehearsed) == result_of(asked)
    writes = [write for change in ledger.changes for write in change.writes]
    made = [write.grant.window for write in writes if isinstance(write, InsertGrant)]
    grant = (
        explained.decision.grant if isinstance(explained.decision, Granted | Scheduled) else None
    )
    assert made == ([grant.window] if grant else [])


@PROMISED
@given(situations())
def test_who_brings_everything_that_is_needed_is_refused_by_no_rule(
    situation: tuple[Facts, Draft],
) -> None:
    facts, draft = situation
    needs = find_needs(facts, draft, NOON)
    start = draft.schedule.start if draft.schedule else None
    brought = replace(
        draft,
        schedule=after(needs.maximum, start),
        justification="incident 42" if needs.justification else None,
        ticket=Ticket("INC42" if needs.ticket else None),
    )
    shown = SignIn(needs.second_factor, frozenset(needs.contexts), has_claims_capability=True)
    decision = judge_draft(replace(facts, caller=make_caller(sign_in=shown)), brought, NOON)
    unmet = decision.problems if isinstance(decision, Refused) else ()
    assert not [one for one in unmet if one.code is Code.CONTEXT_REQUIRED]
    assert {one.rule for one in unmet} <= {None, RuleName.ELIGIBILITY}
    assert isinstance(decision, NeedsApproval) is (needs.approval is not None and not unmet)


@PROMISED
@given(situations())
def test_whoever_lacks_a_need_is_refused(situation: tuple[Facts, Draft]) -> None:
    facts, draft = situation
    needs = find_needs(facts, draft, NOON)
    bare = replace(draft, schedule=after(MINUTE), justification=None, ticket=Ticket())
    decision = judge_draft(replace(facts, caller=make_caller(sign_in=BARE)), bare, NOON)
    unmet = decision.problems if isinstance(decision, Refused) else ()
    rules = {one.rule for one in unmet}
    assert (RuleName.JUSTIFICATION in rules) is needs.justification
    assert (RuleName.TICKETING in rules) is needs.ticket
    assert (RuleName.MFA in rules) is needs.second_factor
    contexts = tuple(one.value for one in unmet if one.code is Code.CONTEXT_REQUIRED)
    assert contexts == needs.contexts
