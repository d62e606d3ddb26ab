"""Events of the time when requests were not named in them: PIM's are told from those past it."""

import pytest

from tests.support.builders import APPLICATION, BOSS, NOON, PERSON
from timebound.domain.audit import audit_records
from timebound.domain.audit.records import AuditRecord, TargetType
from timebound.domain.events import Actor, Event, EventKind, Fact
from timebound.domain.ids import EventId
from timebound.domain.times import ENDLESS

pytestmark = pytest.mark.inferred("what an old event says, and no more, decides whose deed it was")
SOMEBODY = Actor(BOSS, APPLICATION)
HOLDER = Actor(PERSON, APPLICATION)
CORE = "Core Directory: Add member to role"
OUTSIDE = "PIM: Add member to role outside of PIM (permanent)"
SPAN: dict[str, Fact] = {"start": NOON.isoformat(), "end": ENDLESS.isoformat()}


def tell(kind: EventKind, actor: Actor, grant_kind: str, **data: Fact) -> list[AuditRecord]:
    slot = {"principalId": PERSON, "roleId": "helpdesk", "scopeKind": "directory", "scope": "/"}
    said: dict[str, Fact] = {**slot, "grantKind": grant_kind, **data}
    event = Event(EventId("event"), kind, NOON, NOON, "correlation", actor, PERSON, said)
    return list(audit_records(event))


def name(records: list[AuditRecord]) -> list[str]:
    return [f"{one.activity.service.value}: {one.activity.name}" for one in records]


@pytest.mark.parametrize(
    ("grant_kind", "expected"),
    [
        ("activated", "PIM: Add member to role completed (PIM activation)"),
        ("eligible", "PIM: Add eligible member to role in PIM completed (permanent)"),
        ("assigned", "PIM: Add member to role in PIM completed (permanent)"),
    ],
)
def test_what_a_request_led_to_is_of_pim(grant_kind: str, expected: str) -> None:
    records = tell(EventKind.GRANT_MADE, SOMEBODY, grant_kind, **SPAN)
    assert name(records)[0] == expected
    [request] = [one for one in records[0].targets if one.type is TargetType.REQUEST]
    assert request.id == "correlation"
    assert ("RequestId", "correlation") in records[0].details


def test_what_was_made_past_pim_said_so() -> None:
    assert name(tell(EventKind.GRANT_MADE, SOMEBODY, "assigned", **SPAN, isOutside=True)) == [
        OUTSIDE,
        CORE,
    ]


def test_what_is_named_without_a_request_is_past_pim_today() -> None:
    records = tell(EventKind.GRANT_MADE, SOMEBODY, "assigned", **SPAN, requestId=None)
    assert name(records) == [OUTSIDE, CORE]


@pytest.mark.parametrize("grant_kind", ["eligible", "assigned", "activated"])
def test_what_was_seeded_nobody_did(grant_kind: str) -> None:
    assert tell(EventKind.GRANT_MADE, Actor(), grant_kind, **SPAN) == []


def test_of_a_membership_nobody_knows() -> None:
    about: dict[str, Fact] = {"scopeKind": "group", "scope": "crew", "roleId": "member"}
    records = tell(EventKind.GRANT_MADE, SOMEBODY, "assigned", **SPAN, **about)
    assert name(records) == ["Core Directory: Add member to group"]


@pytest.mark.parametrize(
    ("actor", "grant_kind", "is_cut", "expected"),
    [
        (HOLDER, "activated", False, "PIM: Remove member from role completed (PIM deactivate)"),
        (HOLDER, "activated", True, "PIM: Remove member from role (PIM activation expired)"),
        (
            SOMEBODY,
            "eligible",
            False,
            "PIM: Remove eligible member from role in PIM completed (permanent)",
        ),
        (SOMEBODY, "assigned", False, "Core Directory: Remove member from role"),
    ],
)
def test_an_end_is_of_pim_where_the_grant_can_only_be(
    actor: Actor, grant_kind: str, expected: str, *, is_cut: bool
) -> None:
    about: dict[str, Fact] = {"grantId": "the request", "isCut": is_cut}
    records = tell(EventKind.GRANT_ENDED, actor, grant_kind, **about)
    assert name(records)[0] == expected
    if grant_kind != "assigned":
        assert ("RequestId", "the request") in records[0].details
