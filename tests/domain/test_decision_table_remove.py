"""The decision table: what is removed, extended and renewed (REM, EXT)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.domain.deciding import case, granted, judged, row, summary
from tests.support.builders import (
    BOSS,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    PERSON,
    SLOT,
    STRANGER,
    after,
    make_activation,
    make_administrator,
    make_boss,
    make_boss_facts,
    make_caller,
    make_chain,
    make_draft,
    make_enablement_policy,
    make_facts,
    make_grant,
    make_granted,
    make_group_eligibility,
    make_membership,
    make_path,
    make_request,
    make_strict_policy,
    until,
)
from timebound.domain.approvals import ReviewResult
from timebound.domain.cascade import Ending
from timebound.domain.decide import Granted, NewGrant, Refused
from timebound.domain.facts import Facts
from timebound.domain.grants import Grant, GrantKind
from timebound.domain.ids import GrantId, PrincipalId, RequestId
from timebound.domain.policies import SignIn
from timebound.domain.policies.enablement import Enablement
from timebound.domain.requests import Action, Draft, RequestKind, Status
from timebound.domain.settings import Enforcement, TenantSettings
from timebound.domain.settle import Settled, Verdict, decide_extension
from timebound.domain.times import AskedSchedule, Instant, Window

ELIGIBILITY = RequestKind.ELIGIBILITY
REMOVE = make_draft(Action.ADMIN_REMOVE)
REMOVE_ELIGIBILITY = make_draft(Action.ADMIN_REMOVE, ELIGIBILITY)
EXTEND = make_draft(Action.ADMIN_EXTEND, schedule=until(NOON + 40 * DAY))
RENEW = make_draft(Action.ADMIN_RENEW, schedule=after(10 * DAY))
SELF_EXTEND = make_draft(Action.SELF_EXTEND, schedule=until(NOON + 40 * DAY))
SELF_RENEW = make_draft(Action.SELF_RENEW, schedule=after(10 * DAY))

ELIGIBLE = make_grant()
ASSIGNED = make_grant(GrantKind.ASSIGNED)
ENDING_SOON = make_grant(GrantKind.ASSIGNED, end=NOON + 13 * DAY)
ENDING_LATER = make_grant(GrantKind.ASSIGNED, end=NOON + 15 * DAY)
AHEAD = make_grant(GrantKind.ASSIGNED, NOON + HOUR, NOON + DAY)
RUNNING = make_activation()
ON_ELIGIBILITY = make_chain((RUNNING,), ELIGIBLE)


def expired(days: int) -> Facts:
    end = NOON - timedelta(days=days)
    return make_boss_facts(make_grant(GrantKind.ASSIGNED, NOON - 90 * DAY, end))


def own(facts: Facts) -> Facts:
    return replace(facts, caller=make_caller())


def lenient(facts: Facts) -> Facts:
    return replace(facts, settings=TenantSettings(extension_over_maximum=Enforcement.SKIP))


@pytest.mark.parametrize(
    ("facts", "draft", "expected"),
    [
        case("REM-001", "assigned", make_boss_facts(ASSIGNED), REMOVE, "Revoked"),
        case("REM-001", "eligible", make_boss_facts(ELIGIBLE), REMOVE_ELIGIBILITY, "Revoked"),
        case("REM-001", "too young", make_boss_facts(
            make_grant(start=NOON - 5 * MINUTE + MINUTE / 60)), REMOVE_ELIGIBILITY,
            "durationTooShort"),
        case("REM-001", "just old enough", make_boss_facts(make_grant(start=NOON - 5 * MINUTE)),
             REMOVE_ELIGIBILITY, "Revoked"),
        case("REM-004", "nothing", make_boss_facts(), REMOVE, "assignmentMissing"),
        case("REM-004", "only eligible", make_boss_facts(ELIGIBLE), REMOVE, "assignmentMissing"),
        case("REM-004", "only assigned", make_boss_facts(ASSIGNED), REMOVE_ELIGIBILITY,
             "assignmentMissing"),
        case("REM-005", "schedule", make_boss_facts(ASSIGNED), replace(
            REMOVE, schedule=until(NOON - DAY, NOON)), "Revoked"),
        case("REM-006", "granted", make_boss_facts(
            AHEAD, requests=(make_granted(AHEAD, Action.ADMIN_ASSIGN),)), REMOVE,
            "assignmentMissing"),
        case("REM-006", "pending", make_boss_facts(requests=(make_request(),)), REMOVE,
             "assignmentMissing"),
        case("REM-010", "activation", make_boss_facts(ELIGIBLE, RUNNING), REMOVE, "Revoked"),
        case("EXT-002", "long before", make_boss_facts(ENDING_LATER), EXTEND, "Provisioned"),
        case("EXT-003", "strict", make_boss_facts(ENDING_SOON, policy=make_strict_policy()),
             EXTEND, "ExpirationRule/tooLong"),
        case("EXT-003", "lenient", lenient(make_boss_facts(
            ENDING_SOON, policy=make_strict_policy())), EXTEND, "Provisioned"),
        case("EXT-004", "yesterday", expired(1), RENEW, "Provisioned"),
        case("EXT-004", "30 days ago", expired(30), RENEW, "Provisioned"),
        case("EXT-004", "for later", expired(1), replace(
            RENEW, schedule=after(DAY, NOON + DAY)), "Granted"),
        case("EXT-005", "31 days ago", expired(31), RENEW, "assignmentMissing"),
        case("EXT-006", "not expired", make_boss_facts(ENDING_SOON), RENEW, "assignmentExists"),
        case("EXT-007", "nothing", make_boss_facts(), EXTEND, "assignmentMissing"),
        case("EXT-007", "no end to extend", make_boss_facts(ASSIGNED), EXTEND,
             "assignmentMissing"),
        case("EXT-008", "assigned", own(make_boss_facts(ENDING_SOON)), SELF_EXTEND,
             "PendingAdminDecision"),
        case("EXT-008", "eligible", make_facts(make_grant(end=NOON + 14 * DAY)), replace(
            SELF_EXTEND, kind=ELIGIBILITY), "PendingAdminDecision"),
        case("EXT-009", "too early", own(make_boss_facts(ENDING_LATER)), SELF_EXTEND,
             "invalidRequest/tooEarlyToExtend"),
        case("EXT-010", "through a group", make_facts(
            eligibilities=(make_group_eligibility(make_membership(), end=NOON + DAY),)),
            replace(SELF_EXTEND, kind=ELIGIBILITY), "assignmentMissing"),
        case("EXT-011", "expired", own(expired(30)), SELF_RENEW, "PendingAdminDecision"),
        case("EXT-011", "too late", own(expired(31)), SELF_RENEW, "assignmentMissing"),
        case("EXT-012", "pending", make_facts(ENDING_SOON, requests=(
            make_request(SELF_EXTEND, Status.PENDING_ADMIN_DECISION),)), SELF_EXTEND,
            "requestPending"),
    ],
)  # fmt: skip
def test_removing_extending_and_renewing(facts: Facts, draft: Draft, expected: str) -> None:
    assert judged(facts, draft) == expected


def replaced(*starts: Instant, made_by: str = "change") -> tuple[Grant, ...]:
    """An eligibility that was given at the first instant and changed at each that follows."""
    ids = [RequestId(f"{made_by}-{i}") for i in range(len(starts))]
    ends = [*starts[1:], None]
    return tuple(
        make_grant(
            start=start,
            id=GrantId(id_),
            request_id=id_,
            ended_at=end,
            ended_by=None if end is None else next_id,
        )
        for start, end, id_, next_id in zip(starts, ends, ids, [*ids[1:], ""], strict=True)
    )


OLD, YOUNG = NOON - 10 * MINUTE, NOON - MINUTE


@pytest.mark.inferred("the five minutes count what is held, not the request that says so")
@pytest.mark.parametrize(
    ("grants", "expected"),
    [
        (replaced(OLD, NOON), "Revoked"),
        (replaced(OLD, YOUNG, YOUNG, NOON), "Revoked"),
        (replaced(NOON - 5 * MINUTE, NOON), "Revoked"),
        (replaced(NOON - 4 * MINUTE, YOUNG, NOON), "durationTooShort"),
        # Taken away and given anew, though at the same instant.
        ((*replaced(OLD, YOUNG, made_by="first")[:1], make_grant(start=YOUNG)), "durationTooShort"),
        # Changed so as to begin later: nobody was eligible in between.
        ((replace(replaced(OLD, YOUNG)[0], ended_at=NOON - 2 * MINUTE), replaced(OLD, YOUNG)[1]),
         "durationTooShort"),
    ],
)  # fmt: skip
def test_what_was_changed_is_as_old_as_what_it_was_made_of(
    grants: tuple[Grant, ...], expected: str
) -> None:
    assert judged(make_boss_facts(*grants), REMOVE_ELIGIBILITY) == expected


@pytest.mark.inferred("what has arrived does not have to arrive again when it is changed")
@pytest.mark.parametrize(
    ("delay", "expected"), [(10 * MINUTE, "Revoked"), (11 * MINUTE, "assignmentMissing")]
)
def test_what_was_changed_has_arrived_when_it_first_did(delay: timedelta, expected: str) -> None:
    settings = TenantSettings(propagation_delay=delay)
    facts = make_boss_facts(*replaced(OLD, NOON), settings=settings)
    assert judged(facts, REMOVE_ELIGIBILITY) == expected


@pytest.mark.inferred("what was made outside PIM is of any age, and so is what it becomes")
def test_what_was_made_outside_and_changed() -> None:
    outside, changed = replaced(OLD, NOON)
    grants = replace(outside, request_id=None), changed
    assert judged(make_boss_facts(*grants), REMOVE_ELIGIBILITY) == "Revoked"


@row("REM-001", "REM-005")
def test_removing_ends_everything_of_the_kind_at_once() -> None:
    decision = granted(make_boss_facts(ELIGIBLE, ASSIGNED), REMOVE)
    assert decision == Granted(Status.REVOKED, endings=(Ending(ASSIGNED, NOON),))


@row("REM-007")
def test_removing_an_eligibility_ends_the_activation_that_stands_on_it() -> None:
    # The decision table would leave the activation alone; the design settles it (promise 6).
    decision = granted(make_boss_facts(ELIGIBLE, RUNNING, chain=ON_ELIGIBILITY), REMOVE_ELIGIBILITY)
    assert decision.endings == (Ending(ELIGIBLE, NOON), Ending(RUNNING, NOON, is_cut=True))


@row("REM-010")
def test_removing_an_activation_leaves_the_eligibility() -> None:
    decision = granted(make_boss_facts(ELIGIBLE, RUNNING, chain=ON_ELIGIBILITY), REMOVE)
    assert decision.endings == (Ending(RUNNING, NOON),)


@row("REM-008")
@pytest.mark.parametrize(("others", "expected"), [((), "lastAdministrator"), ((BOSS,), "Revoked")])
def test_the_last_administrator_is_not_removed(
    others: tuple[PrincipalId, ...], expected: str
) -> None:
    last = make_administrator(PERSON)
    paths = tuple(make_path(id_, make_administrator(id_)) for id_ in (PERSON, *others))
    facts = make_boss_facts(last, slot=last.slot, administrators=paths)
    assert judged(facts, replace(REMOVE, slot=last.slot)) == expected


@pytest.mark.inferred("promise 11 of the design: by any route")
@pytest.mark.parametrize("asked", [until(NOON + DAY), after(DAY, NOON + DAY)])
def test_the_last_administrator_is_not_bound_in_time(asked: AskedSchedule) -> None:
    last = make_administrator(PERSON)
    facts = make_boss_facts(last, slot=last.slot, administrators=(make_path(PERSON, last),))
    draft = make_draft(Action.ADMIN_UPDATE, schedule=asked, slot=last.slot)
    assert judged(facts, draft) == "lastAdministrator"


@pytest.mark.inferred("promise 11 of the design: by any route")
def test_the_membership_of_the_last_administrator_is_not_removed() -> None:
    member = make_membership()
    path = make_path(PERSON, member, make_administrator(member.slot.principal_id))
    facts = make_boss_facts(member, slot=member.slot, administrators=(path,))
    assert judged(facts, replace(REMOVE, slot=member.slot)) == "lastAdministrator"


@row("EXT-002", "EXT-003")
def test_an_extension_succeeds_what_it_extends_without_a_gap() -> None:
    asked = until(NOON + 40 * DAY, NOON + 2 * DAY)
    decision = granted(make_boss_facts(ENDING_SOON), replace(EXTEND, schedule=asked))
    assert decision.endings == (Ending(ENDING_SOON, NOON),)
    assert decision.grant == NewGrant(GrantKind.ASSIGNED, Window(NOON, NOON + 40 * DAY))


@row("EXT-002")
def test_what_is_activated_outlives_the_extension_of_its_eligibility() -> None:
    bound = make_grant(end=NOON + DAY)
    facts = make_boss_facts(bound, RUNNING, chain=make_chain((RUNNING,), bound))
    assert granted(facts, replace(EXTEND, kind=ELIGIBILITY)).endings == (Ending(bound, NOON),)


@row("EXT-004")
def test_what_was_removed_is_not_renewed() -> None:
    removed = make_grant(GrantKind.ASSIGNED, end=NOON + DAY, ended_at=NOON - HOUR)
    assert judged(make_boss_facts(removed), RENEW) == "assignmentMissing"


def extension(
    verdict: Verdict, *, facts: Facts | None = None, draft: Draft = SELF_EXTEND, at: Instant = NOON
) -> Settled | Refused:
    request = make_request(draft, Status.PENDING_ADMIN_DECISION)
    known = facts or make_boss_facts(ENDING_SOON)
    return decide_extension(replace(known, requests=(request,)), request, verdict, at)


AGREED = Verdict(ReviewResult.APPROVE, "fine")


@row("EXT-013")
def test_an_administrator_agrees_to_an_extension() -> None:
    settled = extension(AGREED)
    grant = NewGrant(GrantKind.ASSIGNED, Window(NOON, NOON + 40 * DAY))
    assert settled == Settled(Status.PROVISIONED, grant, (Ending(ENDING_SOON, NOON),))


@row("EXT-013")
def test_an_administrator_gives_another_schedule() -> None:
    settled = extension(replace(AGREED, schedule=until(NOON + 20 * DAY)))
    assert isinstance(settled, Settled)
    assert settled.grant == NewGrant(GrantKind.ASSIGNED, Window(NOON, NOON + 20 * DAY))


@row("EXT-013")
def test_an_administrator_agrees_to_a_renewal_that_starts_later() -> None:
    asked = replace(AGREED, schedule=after(DAY, NOON + DAY))
    settled = extension(asked, facts=expired(1), draft=SELF_RENEW)
    grant = NewGrant(GrantKind.ASSIGNED, Window(NOON + DAY, NOON + 2 * DAY))
    assert settled == Settled(Status.GRANTED, grant)


@row("EXT-014")
def test_an_administrator_denies_and_the_old_end_stays() -> None:
    assert extension(Verdict(ReviewResult.DENY, "no")) == Settled(Status.ADMIN_DENIED)


@pytest.mark.inferred("what the administrator agrees to is judged as their own request")
@pytest.mark.parametrize(
    ("facts", "draft", "verdict", "expected"),
    [
        (make_boss_facts(ENDING_SOON, policy=make_strict_policy()), SELF_EXTEND, AGREED,
         "ExpirationRule/tooLong"),
        (make_boss_facts(ENDING_SOON), replace(SELF_EXTEND, schedule=None), AGREED,
         "invalidRequest/missing"),
        (make_boss_facts(ENDING_SOON), SELF_EXTEND, Verdict(ReviewResult.NOT_REVIEWED),
         "invalidRequest/missing"),
        (make_boss_facts(ENDING_SOON), SELF_EXTEND, replace(AGREED, schedule=after(MINUTE)),
         "durationTooShort"),
        (replace(make_boss_facts(ENDING_SOON), caller=make_caller(STRANGER)), SELF_EXTEND, AGREED,
         "accessDenied"),
        (replace(make_boss_facts(ENDING_SOON), caller=replace(
            make_boss(), token=make_caller(PERSON).token)), SELF_EXTEND, AGREED,
         "notApprover/ownRequest"),
        (make_boss_facts(), SELF_EXTEND, AGREED, "Failed"),
        (make_boss_facts(ENDING_SOON), SELF_RENEW, AGREED, "Failed"),
        (make_boss_facts(ENDING_SOON, principal=None), SELF_EXTEND, AGREED, "Failed"),
    ],
)  # fmt: skip
def test_what_an_administrator_cannot_agree_to(
    facts: Facts, draft: Draft, verdict: Verdict, expected: str
) -> None:
    assert summary(extension(verdict, facts=facts, draft=draft)) == expected


@pytest.mark.documented("AUDITREF; one decision settles a request")
@pytest.mark.parametrize("status", [s for s in Status if s is not Status.PENDING_ADMIN_DECISION])
def test_only_what_waits_for_administrators_is_decided_by_them(status: Status) -> None:
    request = make_request(SELF_EXTEND, status)
    decision = decide_extension(make_boss_facts(ENDING_SOON), request, AGREED, NOON)
    assert summary(decision) == "alreadyDecided"


@row("EXT-016")
@pytest.mark.parametrize(
    ("facts", "action"),
    [
        (make_facts(ELIGIBLE), Action.SELF_ACTIVATE),
        (make_facts(ENDING_SOON), Action.SELF_EXTEND),
        (own(expired(1)), Action.SELF_RENEW),
    ],
)
def test_self_actions_need_the_second_factor_that_the_policy_asks_for(
    facts: Facts, action: Action
) -> None:
    policy = make_enablement_policy(Enablement.MFA, Enablement.JUSTIFICATION)
    weak = replace(facts, policy=policy, caller=make_caller(sign_in=SignIn(has_mfa=False)))
    assert judged(weak, make_draft(action, slot=SLOT)) == "MfaRule/mfaMissing"
