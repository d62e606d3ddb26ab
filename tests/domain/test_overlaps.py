"""The overlap matrix of activations, and its minutes (behaviour book 1.4)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.domain.deciding import judged
from tests.support.builders import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    after,
    endless,
    make_activation,
    make_boss_facts,
    make_draft,
    make_facts,
    make_grant,
    make_granted,
    make_request,
    until,
)
from timebound.domain.facts import Facts
from timebound.domain.grants import GrantKind
from timebound.domain.requests import Action, RequestKind
from timebound.domain.settings import TenantSettings
from timebound.domain.times import AskedSchedule, Instant, Window

ELIGIBLE = make_grant()
RUNNING = make_activation(NOON - HOUR, NOON + HOUR)
LATER = make_activation(NOON + 2 * HOUR, NOON + 3 * HOUR)
ASSIGNED = make_grant(GrantKind.ASSIGNED)
BOUND = make_grant(GrantKind.ASSIGNED, end=NOON + HOUR)

NOTHING = make_facts(ELIGIBLE)
WHILE_RUNNING = make_facts(ELIGIBLE, RUNNING)
BEFORE_LATER = make_facts(ELIGIBLE, LATER, requests=(make_granted(LATER),))
WAITING = make_facts(ELIGIBLE, requests=(make_request(),))
PERMANENT = make_facts(ELIGIBLE, ASSIGNED)
TIME_BOUND = make_facts(ELIGIBLE, BOUND)

NOW = after(HOUR)
AT_RUNNING_END = after(HOUR, NOON + HOUR)
SOON_AFTER = after(HOUR, NOON + HOUR + MINUTE)
INTO_LATER = after(HOUR, NOON + HOUR)
FAR = after(HOUR, NOON + 10 * HOUR)
SHORT_NOW = after(30 * MINUTE)


@pytest.mark.observed("OPIM-status 2.1, 3.1-3.3; PIMELIM; what was not measured: behaviour book")
@pytest.mark.parametrize(
    ("facts", "schedule", "expected"),
    [
        (NOTHING, NOW, "Provisioned"),
        (NOTHING, FAR, "Granted"),
        (WHILE_RUNNING, NOW, "assignmentExists"),
        (WHILE_RUNNING, AT_RUNNING_END, "assignmentExists"),
        (WHILE_RUNNING, SOON_AFTER, "Granted"),
        (WHILE_RUNNING, FAR, "Granted"),
        (WHILE_RUNNING, after(HOUR, NOON + 30 * MINUTE), "assignmentExists"),
        (BEFORE_LATER, NOW, "requestPending"),
        (BEFORE_LATER, SHORT_NOW, "requestPending"),
        (BEFORE_LATER, FAR, "Granted"),
        (BEFORE_LATER, INTO_LATER, "requestOverlaps"),
        (BEFORE_LATER, after(HOUR, NOON + 3 * HOUR), "requestOverlaps"),
        (BEFORE_LATER, after(4 * HOUR, NOON + HOUR), "requestOverlaps"),
        (BEFORE_LATER, after(10 * MINUTE, NOON + 2 * HOUR + MINUTE), "requestOverlaps"),
        (WAITING, NOW, "requestPending"),
        (WAITING, FAR, "requestPending"),
        (PERMANENT, NOW, "assignmentExists"),
        (PERMANENT, FAR, "assignmentExists"),
        (TIME_BOUND, NOW, "assignmentExists"),
        (TIME_BOUND, AT_RUNNING_END, "assignmentExists"),
        (TIME_BOUND, FAR, "Granted"),
    ],
)
def test_matrix(facts: Facts, schedule: AskedSchedule, expected: str) -> None:
    assert judged(facts, make_draft(schedule=schedule)) == expected


@pytest.mark.inferred("eligibilities and assignments collide with their own kind alone, as here")
@pytest.mark.parametrize("kind", RequestKind)
@pytest.mark.parametrize(
    ("schedule", "running", "later"),
    [
        (NOW, "assignmentExists", "requestPending"),
        (AT_RUNNING_END, "assignmentExists", "requestOverlaps"),
        (FAR, "Granted", "Granted"),
        (endless(NOON + 10 * HOUR), "Granted", "Granted"),
        (endless(NOON + HOUR), "assignmentExists", "requestOverlaps"),
    ],
)
def test_the_same_for_what_administrators_give(
    kind: RequestKind, schedule: AskedSchedule, running: str, later: str
) -> None:
    held = GrantKind.ELIGIBLE if kind is RequestKind.ELIGIBILITY else GrantKind.ASSIGNED
    other = GrantKind.ASSIGNED if held is GrantKind.ELIGIBLE else GrantKind.ELIGIBLE
    draft = make_draft(Action.ADMIN_ASSIGN, kind, schedule)
    now = make_grant(held, end=NOON + HOUR)
    ahead = make_grant(held, NOON + 2 * HOUR, NOON + 3 * HOUR)
    assert judged(make_boss_facts(now, make_grant(other)), draft) == running
    assert judged(make_boss_facts(ahead, make_grant(other)), draft) == later


@pytest.mark.inferred("what cannot be given while an activation runs cannot be moved there")
@pytest.mark.parametrize(
    ("schedule", "expected"),
    [(NOW, "assignmentExists"), (AT_RUNNING_END, "assignmentExists"), (SOON_AFTER, "Granted")],
)
def test_nothing_planned_is_moved_into_what_runs(schedule: AskedSchedule, expected: str) -> None:
    planned = make_grant(GrantKind.ASSIGNED, NOON + 2 * HOUR, NOON + 3 * HOUR)
    draft = make_draft(Action.ADMIN_UPDATE, RequestKind.ASSIGNMENT, schedule)
    assert judged(make_boss_facts(RUNNING, planned), draft) == expected


@pytest.mark.observed("PIMELIM: gaps of 33 s, 46 s and 2 s inside one minute, 60 s across two")
@pytest.mark.parametrize(
    ("gap_from", "gap_to", "touches"),
    [
        (5, 50, True),
        (5, 38, True),
        (5, 51, True),
        (57, 59, True),
        (0, 0, True),
        (30, 29, True),
        (50, 60, False),
        (0, 60, False),
        (30, 90, False),
        (59, 60, False),
    ],
)
def test_minutes_are_whole(gap_from: int, gap_to: int, *, touches: bool) -> None:
    start = NOON + HOUR
    first = Window(NOON, start + timedelta(seconds=gap_from))
    second = Window(start + timedelta(seconds=gap_to), start + 2 * HOUR)
    assert first.touches(second) is touches
    assert second.touches(first) is touches
    facts = make_facts(ELIGIBLE, make_activation(NOON - HOUR, first.end))
    expected = "assignmentExists" if touches else "Granted"
    assert judged(facts, make_draft(schedule=until(second.end, second.start))) == expected


@pytest.mark.inferred("what has ended is not running, whatever the minute: OPIM-status, 12 s")
def test_what_has_ended_collides_with_nothing() -> None:
    ended = replace(RUNNING, ended_at=NOON)
    assert judged(make_facts(ELIGIBLE, ended), make_draft(schedule=NOW)) == "Provisioned"


@pytest.mark.documented("ENTRA/pim-how-to-add-role: nothing under five minutes")
@pytest.mark.parametrize(
    ("minimum", "length", "expected"),
    [
        (timedelta(minutes=5), timedelta(seconds=299), "durationTooShort"),
        (timedelta(minutes=5), timedelta(minutes=5), "Provisioned"),
        (timedelta(0), timedelta(microseconds=1), "Provisioned"),
    ],
)
def test_five_minutes_at_least(minimum: timedelta, length: timedelta, expected: str) -> None:
    settings = TenantSettings(minimum_active_duration=minimum)
    facts = make_facts(ELIGIBLE, settings=settings)
    assert judged(facts, make_draft(schedule=after(length))) == expected


@pytest.mark.documented("ENTRA/pim-how-to-activate-role: nothing is removed under five minutes")
@pytest.mark.parametrize("action", [Action.SELF_DEACTIVATE, Action.ADMIN_REMOVE])
@pytest.mark.parametrize(
    ("minimum", "age", "expected"),
    [
        (timedelta(minutes=5), timedelta(seconds=299), "durationTooShort"),
        (timedelta(minutes=5), timedelta(minutes=5), "Revoked"),
        (timedelta(0), timedelta(0), "Revoked"),
    ],
)
def test_five_minutes_old(
    action: Action, minimum: timedelta, age: timedelta, expected: str
) -> None:
    settings = TenantSettings(minimum_active_duration=minimum)
    make = make_facts if action.is_self else make_boss_facts
    facts = make(ELIGIBLE, make_activation(NOON - age), settings=settings)
    assert judged(facts, make_draft(action)) == expected


@pytest.mark.inferred("PIM counts the age of what it made; the rest was there before")
def test_what_was_made_outside_pim_has_no_age() -> None:
    young = make_grant(GrantKind.ASSIGNED, NOON - MINUTE, request_id=None)
    assert judged(make_boss_facts(young), make_draft(Action.ADMIN_REMOVE)) == "Revoked"


@pytest.mark.inferred("two grants of one slot: what is removed is all of it")
def test_an_assignment_and_an_activation_side_by_side_are_removed_together() -> None:
    facts = make_boss_facts(ELIGIBLE, ASSIGNED, RUNNING)
    assert judged(facts, make_draft(Action.ADMIN_REMOVE)) == "Revoked"
    young = make_activation(NOON - MINUTE)
    facts = make_boss_facts(ELIGIBLE, ASSIGNED, young)
    assert judged(facts, make_draft(Action.ADMIN_REMOVE)) == "durationTooShort"


def starts() -> list[tuple[Instant | None, Instant]]:
    return [(None, NOON), (NOON - DAY, NOON), (NOON, NOON), (NOON + DAY, NOON + DAY)]


@pytest.mark.documented("GDOC examples: a start that has passed becomes the moment of the decision")
@pytest.mark.parametrize(("asked", "start"), starts())
def test_starts(asked: Instant | None, start: Instant) -> None:
    expected = "Provisioned" if start == NOON else "Granted"
    assert judged(NOTHING, make_draft(schedule=after(HOUR, asked))) == expected
