"""What is explained of an activation in Azure below its eligibility is what becomes of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.application.ledger import Ledger, make_engine
from tests.domain.test_activation_policies import (
    BELOW,
    CONTEXT,
    LAX,
    OWN,
    STRICT,
    approved_by,
    at_most,
    bare,
    eligible,
    facts_of,
    lax_but,
)
from tests.support.builders import APPROVER, DAY, HOUR, NOON, STRANGER
from timebound.application.explaining import Needs, find_needs
from timebound.application.submitting import judge_draft, submit_request
from timebound.domain.approvals import Approvers
from timebound.domain.decide import Refused
from timebound.domain.facts import Facts
from timebound.domain.policies import Policy
from timebound.domain.policies.authentication_context import AuthenticationContextRule
from timebound.domain.requests import Request, Status
from timebound.domain.settings import TenantSettings

pytestmark = pytest.mark.inferred("explaining, rehearsing and asking are one line of code")

NOTHING = Needs(
    justification=False,
    ticket=False,
    second_factor=False,
    contexts=(),
    maximum=8 * HOUR,
    approval=None,
)
TOLD = {
    "ticket": replace(NOTHING, ticket=True),
    "reason": replace(NOTHING, justification=True),
    "factor": replace(NOTHING, second_factor=True),
    "context": replace(NOTHING, contexts=("c1",)),
    "length": replace(NOTHING, maximum=HOUR),
}


@pytest.mark.parametrize("name", TOLD)
def test_the_needs_of_both_places_are_told(name: str) -> None:
    strict, _ = STRICT[name]
    expected = TOLD[name]
    assert find_needs(facts_of(LAX, strict), bare(), NOON) == expected
    assert find_needs(facts_of(strict, LAX), bare(), NOON) == expected
    assert find_needs(facts_of(LAX, strict, settings=OWN), bare(), NOON) == NOTHING


def test_whose_needs_is_told_by_the_eligibility_that_is_used() -> None:
    strict = STRICT["ticket"][0]
    here, above = eligible(BELOW, NOON + DAY), eligible()
    facts = facts_of(LAX, strict, here, above)
    assert not find_needs(facts, bare(), NOON).ticket
    assert find_needs(facts, bare(named=above.grants[0].id), NOON).ticket
    assert not find_needs(facts, bare(named=here.grants[0].id), NOON).ticket


def test_who_has_to_agree_is_told() -> None:
    facts = facts_of(approved_by(APPROVER), approved_by(STRANGER))
    needs = find_needs(facts, bare(), NOON)
    assert needs.approval is not None
    assert needs.approval.approvers == Approvers(users=(STRANGER,))


def asking_for(claim: str) -> Policy:
    return lax_but(CONTEXT, AuthenticationContextRule(is_enabled=True, claim_value=claim))


def test_all_contexts_are_told() -> None:
    settings = TenantSettings(authentication_contexts={"c1": "mfa", "c2": "mfa"})
    facts = facts_of(asking_for("c1"), asking_for("c2"), settings=settings)
    assert find_needs(facts, bare(), NOON).contexts == ("c1", "c2")


async def submit(facts: Facts, *, is_rehearsal: bool) -> Request | Refused:
    ledger = Ledger(facts)
    draft = replace(bare(), is_validation_only=is_rehearsal)
    made = await submit_request(make_engine(ledger), facts.caller.token, draft, NOON)
    assert bool(ledger.changes) is not is_rehearsal
    return made


@pytest.mark.parametrize("name", STRICT)
async def test_the_rehearsal_is_the_performance(name: str) -> None:
    for here, above in ((LAX, STRICT[name][0]), (STRICT[name][0], LAX)):
        facts = facts_of(here, above)
        rehearsed = await submit(facts, is_rehearsal=True)
        performed = await submit(facts, is_rehearsal=False)
        if isinstance(performed, Refused):
            assert rehearsed == performed == judge_draft(facts, bare(), NOON)
        else:
            assert not isinstance(rehearsed, Refused)
            assert performed.status is rehearsed.status is Status.PENDING_APPROVAL
            assert performed.approval == rehearsed.approval


@pytest.mark.parametrize("maximum", [HOUR, 3 * HOUR])
def test_the_longest_is_as_long_as_both_allow(maximum: timedelta) -> None:
    needs = find_needs(facts_of(at_most(2 * HOUR), at_most(maximum)), bare(), NOON)
    assert needs.maximum == min(maximum, 2 * HOUR)
