"""The decision table: what administrators assign and change (ASG, UPD)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.domain.deciding import case, granted, judged, row
from tests.support.builders import (
    DAY,
    GROUP,
    HOUR,
    MINUTE,
    NOON,
    ROBOT,
    ROLE,
    SLOT,
    UNIT,
    after,
    endless,
    make_activation,
    make_application,
    make_boss_facts,
    make_draft,
    make_enablement_policy,
    make_facts,
    make_grant,
    make_granted,
    make_policy,
    make_principal,
    make_request,
    make_strict_policy,
    until,
)
from timebound.application.submitting import judge_draft
from timebound.domain.cascade import Ending
from timebound.domain.decide import NewGrant, Scheduled
from timebound.domain.facts import Facts
from timebound.domain.grants import GrantKind
from timebound.domain.policies.enablement import Enablement
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.principals import PrincipalKind
from timebound.domain.requests import Action, Draft, RequestKind, Status
from timebound.domain.scopes import ScopeLevel
from timebound.domain.settings import Enforcement, License, TenantSettings
from timebound.domain.times import ENDLESS, AskedSchedule, Expiration, ExpirationType, Window

ELIGIBILITY, ASSIGNMENT = RequestKind.ELIGIBILITY, RequestKind.ASSIGNMENT
BOTH = pytest.mark.parametrize("kind", RequestKind)

ASSIGN = make_draft(Action.ADMIN_ASSIGN, schedule=after(30 * DAY))
MAKE_ELIGIBLE = make_draft(Action.ADMIN_ASSIGN, ELIGIBILITY, after(30 * DAY))
UPDATE = make_draft(Action.ADMIN_UPDATE, schedule=until(NOON + 30 * DAY))

FREE = make_boss_facts()
ASSIGNED = make_grant(GrantKind.ASSIGNED, end=NOON + DAY)
ELIGIBLE = make_grant(end=NOON + DAY)
LATER = make_grant(GrantKind.ASSIGNED, NOON + HOUR, NOON + 2 * HOUR)
TENANT_ONLY = replace(ROLE, levels=frozenset({ScopeLevel.TENANT}))
NO_LENGTH = make_policy(
    Expiration_Admin_Eligibility=ExpirationRule(is_required=True, maximum=timedelta(0)),
    Expiration_Admin_Assignment=ExpirationRule(is_required=True, maximum=timedelta(0)),
)


def with_principal(kind: PrincipalKind, **flags: bool) -> Facts:
    id_ = GROUP if kind is PrincipalKind.GROUP else ROBOT
    return replace(FREE, principal=make_principal(id_, kind, **flags))


def by_application(*enabled: Enablement, skip: bool = False) -> Facts:
    policy = make_enablement_policy(*enabled, target="Admin_Eligibility")
    settings = TenantSettings(
        application_justification=Enforcement.SKIP if skip else Enforcement.ENFORCE
    )
    return make_facts(caller=make_application(), policy=policy, settings=settings)


@pytest.mark.parametrize(
    ("facts", "draft", "expected"),
    [
        case("ASG-001", "for a duration", FREE, ASSIGN, "Provisioned"),
        case("ASG-001", "until", FREE, replace(ASSIGN, schedule=until(NOON + DAY)), "Provisioned"),
        case("ASG-001", "for ever", FREE, replace(ASSIGN, schedule=endless()), "Provisioned"),
        case(
            "ASG-001", "by an application", make_facts(caller=make_application()), ASSIGN,
            "Provisioned",
        ),
        case("ASG-002", "eligible", FREE, MAKE_ELIGIBLE, "Provisioned"),
        case("ASG-004", "no start", FREE, ASSIGN, "Provisioned"),
        case("ASG-004", "no schedule", FREE, replace(ASSIGN, schedule=None), "Provisioned"),
        case(
            "ASG-005", "in three minutes", FREE,
            replace(ASSIGN, schedule=after(DAY, NOON + 3 * MINUTE)), "Granted",
        ),
        case(
            "ASG-006", "eligible for ever", make_boss_facts(policy=make_strict_policy()),
            replace(MAKE_ELIGIBLE, schedule=endless()), "ExpirationRule/permanentNotAllowed",
        ),
        case(
            "ASG-006", "assigned for ever", make_boss_facts(policy=make_strict_policy()),
            replace(ASSIGN, schedule=endless()), "ExpirationRule/permanentNotAllowed",
        ),
        case(
            "ASG-006", "nothing said", make_boss_facts(policy=make_strict_policy()),
            replace(ASSIGN, schedule=None), "ExpirationRule/expirationMissing",
        ),
        case(
            "ASG-007", "a day too long", make_boss_facts(policy=make_strict_policy(30 * DAY)),
            replace(ASSIGN, schedule=after(31 * DAY)), "ExpirationRule/tooLong",
        ),
        case(
            "ASG-007", "an end too late", make_boss_facts(policy=make_strict_policy(30 * DAY)),
            replace(MAKE_ELIGIBLE, schedule=until(NOON + 31 * DAY)), "ExpirationRule/tooLong",
        ),
        case(
            "ASG-007", "exactly as long", make_boss_facts(policy=make_strict_policy(30 * DAY)),
            replace(ASSIGN, schedule=after(30 * DAY)), "Provisioned",
        ),
        case("ASG-008", "two years", FREE, replace(MAKE_ELIGIBLE, schedule=after(730 * DAY)),
             "Provisioned"),
        case("ASG-009", "silent", FREE, replace(ASSIGN, justification=None),
             "JustificationRule/justificationMissing"),
        case("ASG-010", "skipped", by_application(Enablement.JUSTIFICATION, skip=True),
             replace(MAKE_ELIGIBLE, justification=None), "Provisioned"),
        case("ASG-010", "enforced, as the book recommends", by_application(
            Enablement.JUSTIFICATION), replace(MAKE_ELIGIBLE, justification=None),
            "JustificationRule/justificationMissing"),
        case("ASG-011", "an application", by_application(Enablement.MFA), MAKE_ELIGIBLE,
             "MfaRule/mfaMissing"),
        case("ASG-015", "beside an eligibility", make_boss_facts(ELIGIBLE), ASSIGN, "Provisioned"),
        case("ASG-015", "beside an assignment", make_boss_facts(ASSIGNED), MAKE_ELIGIBLE,
             "Provisioned"),
        case("ASG-016", "pending", make_boss_facts(requests=(make_request(),)), ASSIGN,
             "requestPending"),
        case("ASG-016", "pending for the other kind", make_boss_facts(requests=(make_request(),)),
             MAKE_ELIGIBLE, "Provisioned"),
        case("ASG-017", "a window that touches", make_boss_facts(
            LATER, requests=(make_granted(LATER, Action.ADMIN_ASSIGN),)),
            replace(ASSIGN, schedule=after(HOUR, NOON + 2 * HOUR)), "requestOverlaps"),
        case("ASG-017", "a window a minute later", make_boss_facts(LATER),
             replace(ASSIGN, schedule=after(HOUR, NOON + 2 * HOUR + MINUTE)), "Granted"),
        case("ASG-018", "unknown", replace(FREE, principal=None), ASSIGN, "principalNotFound"),
        case("ASG-018", "deleted", replace(FREE, principal=make_principal(is_deleted=True)),
             ASSIGN, "principalNotFound"),
        case("ASG-020", "unknown", replace(FREE, role=None), ASSIGN, "roleNotFound"),
        case("ASG-023", "role-assignable",
             with_principal(PrincipalKind.GROUP, is_role_assignable=True), ASSIGN, "Provisioned"),
        case("ASG-023", "eligible", with_principal(PrincipalKind.GROUP, is_role_assignable=True),
             MAKE_ELIGIBLE, "Provisioned"),
        case("ASG-023", "any other group", with_principal(PrincipalKind.GROUP), ASSIGN,
             "principalNotAllowed/notRoleAssignable"),
        case("ASG-024", "active", with_principal(PrincipalKind.SERVICE_PRINCIPAL), ASSIGN,
             "Provisioned"),
        case("ASG-025", "eligible", with_principal(PrincipalKind.SERVICE_PRINCIPAL),
             MAKE_ELIGIBLE, "principalNotAllowed/kindNotEligible"),
        case("ASG-026", "unit", replace(FREE, role=TENANT_ONLY, slot=replace(SLOT, scope=UNIT)),
             ASSIGN, "roleDoesNotFitScope"),
        case("ASG-028", "unit", replace(FREE, slot=replace(SLOT, scope=UNIT)), ASSIGN,
             "Provisioned"),
        case("ASG-031", "before", FREE, replace(
            ASSIGN, schedule=until(NOON + HOUR, NOON + 2 * HOUR)), "invalidRequest/endBeforeStart"),
        case("ASG-031", "at once", FREE, replace(
            ASSIGN, schedule=until(NOON + HOUR, NOON + HOUR)), "invalidRequest/endBeforeStart"),
        case("ASG-031", "past", FREE, replace(ASSIGN, schedule=until(NOON - HOUR)),
             "invalidRequest/endBeforeStart"),
        case("ASG-032", "too short", FREE, replace(
            ASSIGN, schedule=after(timedelta(seconds=299))), "durationTooShort"),
        case("ASG-032", "just long enough", FREE, replace(ASSIGN, schedule=after(5 * MINUTE)),
             "Provisioned"),
        case("ASG-032", "what is left", FREE, replace(
            ASSIGN, schedule=until(NOON + MINUTE, NOON - DAY)), "durationTooShort"),
        case("ASG-034", "eligible", make_boss_facts(policy=NO_LENGTH), MAKE_ELIGIBLE,
             "ExpirationRule/tooLong"),
        case("ASG-034", "assigned", make_boss_facts(policy=NO_LENGTH), ASSIGN,
             "ExpirationRule/tooLong"),
        case("UPD-001", "assigned", make_boss_facts(ASSIGNED), UPDATE, "Provisioned"),
        case("UPD-001", "eligible", make_boss_facts(ELIGIBLE), replace(UPDATE, kind=ELIGIBILITY),
             "Provisioned"),
        case("UPD-003", "nothing there", FREE, UPDATE, "assignmentMissing"),
        case("UPD-003", "only the other kind", make_boss_facts(ELIGIBLE), UPDATE,
             "assignmentMissing"),
        case("UPD-004", "too long", make_boss_facts(ASSIGNED, policy=make_strict_policy()),
             replace(UPDATE, schedule=until(NOON + 31 * DAY)), "ExpirationRule/tooLong"),
        case("UPD-004", "for ever", make_boss_facts(ASSIGNED, policy=make_strict_policy()),
             replace(UPDATE, schedule=endless()), "ExpirationRule/permanentNotAllowed"),
        case("UPD-005", "a running activation", make_boss_facts(make_activation()), UPDATE,
             "assignmentMissing"),
    ],
)  # fmt: skip
def test_assigning(facts: Facts, draft: Draft, expected: str) -> None:
    draft = replace(draft, slot=facts.slot)
    assert judged(facts, draft) == expected


@row("ASG-001", "ASG-002")
@BOTH
def test_start_is_rewritten_to_the_moment_of_decision(kind: RequestKind) -> None:
    asked = until(NOON + 30 * DAY, NOON - DAY)
    decision = granted(FREE, make_draft(Action.ADMIN_ASSIGN, kind, asked))
    held = GrantKind.ELIGIBLE if kind is ELIGIBILITY else GrantKind.ASSIGNED
    assert decision.grant == NewGrant(held, Window(NOON, NOON + 30 * DAY))


@row("ASG-004")
def test_without_an_end_where_none_is_required_nothing_ends() -> None:
    decision = granted(FREE, replace(ASSIGN, schedule=None))
    assert decision.grant == NewGrant(GrantKind.ASSIGNED, Window(NOON, ENDLESS))


@row("ASG-005")
@BOTH
def test_future_start_is_kept_to_the_second(kind: RequestKind) -> None:
    start = NOON + 3 * MINUTE + timedelta(seconds=7)
    decision = judge_draft(FREE, make_draft(Action.ADMIN_ASSIGN, kind, after(DAY, start)), NOON)
    assert isinstance(decision, Scheduled)
    assert decision.grant.window == Window(start, start + DAY)


@row("ASG-035")
@pytest.mark.parametrize("action", Action)
@BOTH
def test_nothing_can_be_asked_without_a_licence(action: Action, kind: RequestKind) -> None:
    settings = TenantSettings(license=License.NONE)
    make = make_facts if action.is_self else make_boss_facts
    if kind is ELIGIBILITY and action in (Action.SELF_ACTIVATE, Action.SELF_DEACTIVATE):
        kind = ASSIGNMENT
    facts = make(make_grant(), settings=settings)
    assert "licenseRequired" in judged(facts, make_draft(action, kind))


@row("ASG-036", "ASG-037")
@pytest.mark.parametrize(
    "facts", [FREE, make_boss_facts(ASSIGNED), make_boss_facts(policy=NO_LENGTH)]
)
def test_rehearsal_answers_as_the_performance_does(facts: Facts) -> None:
    rehearsal = replace(ASSIGN, is_validation_only=True)
    assert judge_draft(facts, rehearsal, NOON) == judge_draft(facts, ASSIGN, NOON)


@row("UPD-001")
def test_updating_ends_what_it_replaces_at_once_and_leaves_no_gap() -> None:
    decision = granted(make_boss_facts(ASSIGNED), UPDATE)
    assert decision.endings == (Ending(ASSIGNED, NOON),)
    assert decision.grant == NewGrant(GrantKind.ASSIGNED, Window(NOON, NOON + 30 * DAY))


@row("UPD-001")
def test_updating_what_is_ahead_replaces_the_nearest() -> None:
    far = make_grant(GrantKind.ASSIGNED, NOON + 10 * DAY, NOON + 11 * DAY)
    near = make_grant(GrantKind.ASSIGNED, NOON + DAY, NOON + 2 * DAY)
    asked = until(NOON + 4 * DAY, NOON + 3 * DAY)
    draft = make_draft(Action.ADMIN_UPDATE, schedule=asked)
    decision = judge_draft(make_boss_facts(far, near), draft, NOON)
    assert isinstance(decision, Scheduled)
    assert decision.endings == (Ending(near, NOON),)
    assert decision.grant.window == Window(NOON + 3 * DAY, NOON + 4 * DAY)


@row("UPD-001")
def test_updating_does_not_run_into_what_is_ahead() -> None:
    assert judged(make_boss_facts(ASSIGNED, LATER), UPDATE) == "requestOverlaps"


@row("UPD-001")
@pytest.mark.parametrize("schedule", [None, AskedSchedule(NOON)])
def test_updating_says_the_new_end(schedule: AskedSchedule | None) -> None:
    draft = replace(UPDATE, schedule=schedule)
    assert judged(make_boss_facts(ASSIGNED), draft) == "invalidRequest/missing"


@pytest.mark.inferred("an end or a duration that its type names has to be there")
@pytest.mark.parametrize(
    ("expiration", "expected"),
    [
        (Expiration(ExpirationType.AFTER_DATE_TIME), "invalidRequest/missing"),
        (Expiration(ExpirationType.AFTER_DURATION), "invalidRequest/missing"),
        (
            Expiration(ExpirationType.AFTER_DURATION, duration=timedelta(0)),
            "invalidRequest/notPositive",
        ),
        (Expiration(ExpirationType.NOT_SPECIFIED), "Provisioned"),
    ],
)
def test_expiration_holds_what_its_type_names(expiration: Expiration, expected: str) -> None:
    draft = replace(ASSIGN, schedule=AskedSchedule(expiration=expiration))
    assert judged(FREE, draft) == expected


@pytest.mark.inferred("a pending request that has lapsed is not pending any more")
def test_what_has_lapsed_hinders_nothing() -> None:
    lapsed = make_request(created_at=NOON - DAY, status=Status.PENDING_APPROVAL)
    assert judged(make_boss_facts(requests=(lapsed,)), ASSIGN) == "Provisioned"
