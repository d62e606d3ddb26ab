"""What AdminUpdate means at a place of Azure: the same, however often it is asked for."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from tests.domain.azure.assigning import READER, SAID, SLOT
from tests.domain.azure.assigning import facts as azure_facts
from tests.domain.deciding import granted, judged
from tests.support.builders import (
    DAY,
    HOUR,
    NOON,
    after,
    make_boss_facts,
    make_draft,
    make_grant,
)
from timebound.domain.facts import Facts
from timebound.domain.grants import Grant, GrantKind, Terms
from timebound.domain.policies import Policy, default_policy
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.requests import Action, Draft, RequestKind
from timebound.domain.times import ENDLESS, AskedSchedule

pytestmark = pytest.mark.inferred("a template can be deployed first and again")

KINDS: Final = {
    RequestKind.ASSIGNMENT: GrantKind.ASSIGNED,
    RequestKind.ELIGIBILITY: GrantKind.ELIGIBLE,
}
FREE: Final = Policy(
    {
        **default_policy(READER).rules,
        "Expiration_Admin_Assignment": ExpirationRule(is_required=False, maximum=180 * DAY),
        "Expiration_Admin_Eligibility": ExpirationRule(is_required=False, maximum=365 * DAY),
    }
)
SCHEDULES: Final = (None, AskedSchedule(NOON - HOUR))


def update(kind: RequestKind = RequestKind.ASSIGNMENT, **changes: object) -> Draft:
    found = make_draft(Action.ADMIN_UPDATE, kind, slot=SLOT)
    return replace(found, **changes)  # type: ignore[arg-type]  # the fields are the test's


def held(kind: GrantKind, ends: timedelta, terms: Terms | None = None) -> Grant:
    return make_grant(kind, NOON - 30 * DAY, NOON + ends, SLOT, terms=terms)


def facts(*grants: Grant, policy: Policy = FREE) -> Facts:
    return azure_facts(*grants, policy=policy)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_without_an_expiration_it_has_no_end_whatever_is_there(
    kind: RequestKind, schedule: AskedSchedule | None
) -> None:
    asked = update(kind, schedule=schedule)
    for there in ((), (held(KINDS[kind], DAY),)):
        made = granted(facts(*there), asked)
        assert made.grant is not None
        assert made.grant.window.end == ENDLESS
    again = facts(make_grant(KINDS[kind], NOON - DAY, ENDLESS, SLOT))
    assert judged(again, asked) == "Provisioned"


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_where_an_end_is_required_it_is_refused_alike(schedule: AskedSchedule | None) -> None:
    asked, policy = update(schedule=schedule), default_policy(READER)
    there = held(GrantKind.ASSIGNED, DAY)
    found = [judged(facts(*one, policy=policy), asked) for one in ((), (there,))]
    assert found == ["ExpirationRule/expirationMissing"] * 2


def test_what_is_extended_has_to_say_until_when() -> None:
    extend = replace(update(schedule=None), action=Action.ADMIN_EXTEND)
    assert judged(facts(held(GrantKind.ASSIGNED, DAY)), extend) == "invalidRequest/missing"


def test_in_the_directory_a_change_has_to_say_until_when() -> None:
    there = make_grant(GrantKind.ASSIGNED, NOON - DAY, NOON + DAY)
    asked = replace(make_draft(Action.ADMIN_UPDATE), schedule=None)
    assert judged(make_boss_facts(there), asked) == "invalidRequest/missing"


@pytest.mark.parametrize("kind", KINDS)
def test_what_has_run_out_keeps_its_condition(kind: RequestKind) -> None:
    asked = update(kind, schedule=after(2 * HOUR))
    for ends in (DAY, -HOUR, timedelta()):
        made = granted(facts(held(KINDS[kind], ends, SAID)), asked)
        assert made.grant is not None
        assert made.grant.terms == SAID


def test_another_condition_can_be_asked_for() -> None:
    over = held(GrantKind.ASSIGNED, -HOUR, SAID)
    other = Terms("@Request[x] StringEquals 'a'", "2.0")
    for terms, expected in ((other, other), (Terms(""), Terms()), (Terms(), SAID)):
        made = granted(facts(over), update(schedule=after(2 * HOUR), terms=terms))
        assert made.grant is not None
        assert made.grant.terms == expected


def test_what_was_taken_away_or_ran_out_long_ago_is_begun_anew() -> None:
    over = held(GrantKind.ASSIGNED, DAY, SAID)
    removed = replace(over, ended_at=NOON - HOUR)
    old = make_grant(GrantKind.ASSIGNED, NOON - 60 * DAY, NOON - 31 * DAY, SLOT, terms=SAID)
    for gone in (removed, old):
        made = granted(facts(gone), update(schedule=after(2 * HOUR)))
        assert made.grant is not None
        assert made.grant.terms is None
