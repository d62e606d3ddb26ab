"""The decision table: what holders give back and what is withdrawn (DEA, CAN)."""

from dataclasses import replace

import pytest

from tests.domain.deciding import case, granted, judged, row, summary
from tests.support.builders import (
    APPROVER,
    BOSS,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    STRANGER,
    make_activation,
    make_application,
    make_approval_policy,
    make_boss,
    make_caller,
    make_chain,
    make_draft,
    make_enablement_policy,
    make_facts,
    make_grant,
    make_granted,
    make_request,
)
from timebound.domain.authority import Caller
from timebound.domain.cascade import Ending
from timebound.domain.decide import Granted, Refused
from timebound.domain.facts import Facts
from timebound.domain.grants import GrantKind
from timebound.domain.policies import SignIn
from timebound.domain.policies.enablement import Enablement
from timebound.domain.requests import CANCELLABLE, Action, Draft, Request, RequestKind, Status
from timebound.domain.roles import GLOBAL_ADMINISTRATOR
from timebound.domain.settle import Settled, decide_cancellation

ELIGIBLE = make_grant()
RUNNING = make_activation()
ASSIGNED = make_grant(GrantKind.ASSIGNED)
LATER = make_activation(NOON + HOUR, NOON + 2 * HOUR)
DEACTIVATE = make_draft(Action.SELF_DEACTIVATE)
HELD = make_facts(ELIGIBLE, RUNNING)
SECOND = MINUTE / 60


@pytest.mark.parametrize(
    ("facts", "draft", "expected"),
    [
        case("DEA-001", "running", HELD, DEACTIVATE, "Revoked"),
        case("DEA-002", "too young", make_facts(
            make_activation(NOON - 5 * MINUTE + SECOND)), DEACTIVATE, "durationTooShort"),
        case("DEA-002", "five minutes", make_facts(make_activation(NOON - 5 * MINUTE)),
             DEACTIVATE, "Revoked"),
        case("DEA-004", "already", make_facts(
            ELIGIBLE, replace(RUNNING, ended_at=NOON - SECOND)), DEACTIVATE, "assignmentMissing"),
        case("DEA-006", "silent", HELD, replace(DEACTIVATE, justification=None), "Revoked"),
        case("DEA-007", "weak sign-in", replace(
            HELD, caller=make_caller(sign_in=SignIn()),
            policy=make_enablement_policy(*Enablement)), DEACTIVATE, "Revoked"),
        case("DEA-007", "approval", replace(HELD, policy=make_approval_policy(APPROVER)),
             DEACTIVATE, "Revoked"),
        case("DEA-008", "assigned", make_facts(ASSIGNED), DEACTIVATE, "assignmentMissing"),
        case("DEA-011", "target", HELD, replace(DEACTIVATE, target_id="anything"), "Revoked"),
        case("DEA-013", "ahead", make_facts(ELIGIBLE, LATER, requests=(make_granted(LATER),)),
             DEACTIVATE, "assignmentMissing"),
    ],
)  # fmt: skip
def test_deactivating(facts: Facts, draft: Draft, expected: str) -> None:
    assert judged(facts, draft) == expected


@row("DEA-001")
def test_deactivating_ends_the_activation_alone() -> None:
    facts = make_facts(ELIGIBLE, RUNNING, ASSIGNED)
    assert granted(facts, DEACTIVATE) == Granted(Status.REVOKED, endings=(Ending(RUNNING, NOON),))


def cancelled(
    request: Request, caller: Caller | None = None, facts: Facts | None = None
) -> Settled | Refused:
    known = facts or make_facts(ELIGIBLE, LATER, requests=(request,))
    return decide_cancellation(replace(known, caller=caller or make_caller()), request, NOON)


WAITING = make_request()
EXTENSION = make_request(make_draft(Action.SELF_EXTEND), Status.PENDING_ADMIN_DECISION)
BY_BOSS = make_request(
    make_draft(Action.ADMIN_ASSIGN), Status.GRANTED, author=BOSS, starts_at=NOON + HOUR
)


@row("CAN-001")
def test_cancelling_ends_what_is_ahead_before_it_begins() -> None:
    assert cancelled(make_granted(LATER)) == Settled(
        Status.CANCELED, endings=(Ending(LATER, NOON),)
    )


@row("CAN-003", "CAN-004")
@pytest.mark.parametrize("request_", [WAITING, EXTENSION])
def test_cancelling_what_waits(request_: Request) -> None:
    assert cancelled(request_) == Settled(Status.CANCELED)


@row("CAN-005")
@pytest.mark.parametrize("status", [s for s in Status if s not in CANCELLABLE])
def test_what_is_settled_is_not_cancelled(status: Status) -> None:
    assert summary(cancelled(make_request(status=status))) == "notCancellable"


@row("CAN-005")
@pytest.mark.parametrize(
    "request_",
    [
        make_request(created_at=NOON - DAY),
        make_request(status=Status.GRANTED, starts_at=NOON),
    ],
    ids=["lapsed", "provisioned"],
)
def test_time_settles_as_well(request_: Request) -> None:
    assert summary(cancelled(request_)) == "notCancellable"


@row("CAN-008")
@pytest.mark.parametrize(
    "caller",
    [make_boss(), make_caller(BOSS, GLOBAL_ADMINISTRATOR), make_application()],
    ids=["PRA", "GA", "application"],
)
def test_administrators_cancel_anybodys(caller: Caller) -> None:
    assert cancelled(WAITING, caller) == Settled(Status.CANCELED)


@row("CAN-009")
@pytest.mark.parametrize(
    ("request_", "caller", "expected"),
    [
        (WAITING, make_caller(STRANGER), "accessDenied"),
        (WAITING, make_caller(permissions=()), "permissionMissing"),
        (WAITING, make_application(()), "permissionMissing"),
        (WAITING, make_caller(is_enabled=False), "callerNotAdmitted"),
        (BY_BOSS, make_caller(), "accessDenied"),
    ],
    ids=["stranger", "no scope", "no permission", "disabled", "whom it is about"],
)
def test_nobody_else_cancels(request_: Request, caller: Caller, expected: str) -> None:
    assert summary(cancelled(request_, caller)) == expected


@pytest.mark.inferred("promise 6 of the design: what stands on it ends with it")
def test_cancelling_an_eligibility_ahead_voids_the_activation_planned_on_it() -> None:
    eligible = make_grant(start=NOON + HOUR, end=NOON + DAY)
    planned = make_activation(NOON + 2 * HOUR, NOON + 3 * HOUR, on=eligible)
    request = make_granted(eligible, Action.ADMIN_ASSIGN)
    facts = make_facts(eligible, planned, chain=make_chain((planned,), eligible))
    assert cancelled(request, make_boss(), facts) == Settled(
        Status.CANCELED, endings=(Ending(eligible, NOON), Ending(planned, NOON, is_cut=True))
    )


@pytest.mark.inferred("promise 6 of the design: nothing ends that still stands")
def test_cancelling_a_second_eligibility_leaves_what_the_first_carries() -> None:
    second = make_grant(start=NOON + 10 * DAY, end=NOON + 11 * DAY)
    request = make_granted(second, Action.ADMIN_ASSIGN)
    chain = make_chain((RUNNING,), ELIGIBLE, second)
    facts = make_facts(ELIGIBLE, second, RUNNING, chain=chain)
    assert cancelled(request, make_boss(), facts) == Settled(
        Status.CANCELED, endings=(Ending(second, NOON),)
    )


@pytest.mark.inferred("an eligibility's window and its request speak of the same start")
def test_a_granted_request_is_provisioned_from_its_start_on() -> None:
    request = make_granted(make_grant(start=NOON, end=NOON + DAY), Action.ADMIN_ASSIGN)
    assert request.draft.kind is RequestKind.ELIGIBILITY
    assert request.status_at(NOON - SECOND) is Status.GRANTED
    assert request.status_at(NOON) is Status.PROVISIONED
