"""What a holder has asked for is granted by an administrator who extends or renews it."""

from dataclasses import replace

import pytest

from tests.domain.deciding import granted, judged
from tests.support.builders import (
    DAY,
    NOON,
    PERSON,
    after,
    make_boss,
    make_boss_facts,
    make_caller,
    make_draft,
    make_grant,
    make_request,
    until,
)
from timebound.application.submitting import judge_draft
from timebound.domain.decide import Scheduled
from timebound.domain.facts import Facts
from timebound.domain.grants import GrantKind
from timebound.domain.requests import Action, Draft, Request, RequestKind, Status

EXTEND = make_draft(Action.ADMIN_EXTEND, schedule=until(NOON + 40 * DAY))
RENEW = make_draft(Action.ADMIN_RENEW, schedule=after(10 * DAY))
ENDING = make_grant(GrantKind.ASSIGNED, end=NOON + 13 * DAY)
EXPIRED = make_grant(GrantKind.ASSIGNED, NOON - 90 * DAY, NOON - DAY)


def asked(action: Action, kind: RequestKind = RequestKind.ASSIGNMENT) -> Request:
    draft = make_draft(action, kind, schedule=after(10 * DAY))
    return make_request(draft, Status.PENDING_ADMIN_DECISION)


MORE, AGAIN = asked(Action.SELF_EXTEND), asked(Action.SELF_RENEW)


@pytest.mark.documented("Entra, what PIM is: extend and renew; AUDITREF")
@pytest.mark.parametrize(
    ("facts", "draft", "answered"),
    [
        pytest.param(make_boss_facts(ENDING, requests=(MORE,)), EXTEND, (MORE,), id="extend"),
        pytest.param(make_boss_facts(EXPIRED, requests=(AGAIN,)), RENEW, (AGAIN,), id="renew"),
        pytest.param(make_boss_facts(EXPIRED, requests=(MORE,)), RENEW, (MORE,), id="too late"),
        pytest.param(make_boss_facts(ENDING, requests=(AGAIN,)), EXTEND, (), id="not what asked"),
        pytest.param(
            make_boss_facts(ENDING, requests=(asked(Action.SELF_EXTEND, RequestKind.ELIGIBILITY),)),
            EXTEND,
            (),
            id="another kind",
        ),
        pytest.param(
            make_boss_facts(ENDING, requests=(replace(MORE, status=Status.ADMIN_DENIED),)),
            EXTEND,
            (),
            id="decided already",
        ),
    ],
)
def test_it_grants_what_was_asked(
    facts: Facts, draft: Draft, answered: tuple[Request, ...]
) -> None:
    decision = granted(facts, draft)
    assert (decision.status, decision.answered) == (Status.PROVISIONED, answered)


@pytest.mark.inferred("a renewal may begin later, and grants what was asked all the same")
def test_a_renewal_for_later_grants_it_too() -> None:
    facts = make_boss_facts(EXPIRED, requests=(AGAIN,))
    decision = judge_draft(facts, replace(RENEW, schedule=after(DAY, NOON + DAY)), NOON)
    assert isinstance(decision, Scheduled)
    assert decision.answered == (AGAIN,)


@pytest.mark.inferred("promise 7: nobody grants themselves what they asked for, by any route")
def test_one_does_not_grant_it_to_oneself() -> None:
    own = replace(make_boss(), token=make_caller(PERSON).token)
    facts = replace(make_boss_facts(EXPIRED, requests=(AGAIN,)), caller=own)
    assert judged(facts, RENEW) == "requestPending"
    facts = replace(make_boss_facts(ENDING, requests=(MORE,)), caller=own)
    assert granted(facts, EXTEND).answered == ()


@pytest.mark.inferred("what waits for an approver is for the approver to decide")
def test_what_waits_for_an_approver_still_waits() -> None:
    waiting = make_request()
    facts = make_boss_facts(EXPIRED, requests=(waiting, AGAIN))
    assert judged(facts, RENEW) == "requestPending"
