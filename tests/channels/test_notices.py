"""Which events leave, and as what."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.storage.world import HOUR, NOON
from timebound.channels.notices import Notice, kinds_of, name_notice
from timebound.domain.events import Actor, Event, EventKind, Fact
from timebound.domain.ids import EventId

pytestmark = pytest.mark.documented("issue 5, outbox: what webhooks are told of")


def an_event(kind: EventKind, data: Mapping[str, Fact] | None = None) -> Event:
    return Event(EventId("1"), kind, NOON, NOON, "request", Actor(), "somebody", data or {})


@pytest.mark.parametrize(
    ("kind", "data", "notice"),
    [
        (EventKind.REQUEST_MADE, {}, "timebound.role.requested"),
        (EventKind.APPROVAL_GIVEN, {}, "timebound.role.approved"),
        (EventKind.APPROVAL_DENIED, {}, "timebound.role.denied"),
        (EventKind.GRANT_MADE, {"grantKind": "activated"}, "timebound.role.activated"),
        (EventKind.GRANT_MADE, {"grantKind": "eligible"}, "timebound.role.assigned"),
        (EventKind.GRANT_MADE, {"grantKind": "assigned"}, "timebound.role.assigned"),
        (EventKind.GRANT_ENDED, {"grantKind": "activated"}, "timebound.role.deactivated"),
        (EventKind.GRANT_ENDED, {"grantKind": "eligible"}, "timebound.role.removed"),
        (EventKind.GRANT_ENDED, {"grantKind": "eligible", "isReplaced": True}, None),
        (EventKind.GRANT_EXPIRED, {"grantKind": "activated"}, "timebound.role.expired"),
        (EventKind.POLICY_CHANGED, {}, "timebound.policy.changed"),
        (EventKind.PASSWORD_SET, {}, None),
        (EventKind.TENANT_SEEDED, {}, None),
    ],
)
def test_what_an_event_leaves_as(
    kind: EventKind, data: Mapping[str, Fact], notice: str | None
) -> None:
    named = name_notice(an_event(kind, data))
    assert (named.value if named else None) == notice


@pytest.mark.parametrize(
    ("ahead", "data", "notice"),
    [
        (HOUR, {"grantKind": "activated"}, None),
        (HOUR, {"grantKind": "activated", "isVoid": False}, None),
        (HOUR, {"grantKind": "activated", "isVoid": True}, Notice.DEACTIVATED),
        (timedelta(), {"grantKind": "assigned", "isVoid": False}, Notice.REMOVED),
    ],
)
def test_an_end_that_lies_ahead_is_told_when_it_comes(
    ahead: timedelta, data: Mapping[str, Fact], notice: Notice | None
) -> None:
    event = replace(an_event(EventKind.GRANT_ENDED, data), effective_at=NOON + ahead)
    assert name_notice(event) is notice


def test_every_notice_comes_of_some_kind() -> None:
    for notice in Notice:
        assert kinds_of([notice]), notice
    assert kinds_of([Notice.ACTIVATED]) == {EventKind.GRANT_MADE}
    # What an extension agrees to is told of by what comes of it.
    named = {name_notice(an_event(kind, {"status": "Denied"})) for kind in kinds_of(Notice)}
    assert None not in named


@pytest.mark.parametrize(
    ("status", "notice"),
    [
        ("Denied", Notice.DENIED),
        ("Failed", Notice.DENIED),
        ("Provisioned", None),
        ("PendingApproval", None),
        ("PendingEvaluation", None),
    ],
)
def test_what_an_extension_ends_is_told_as_denied(status: str, notice: Notice | None) -> None:
    assert name_notice(an_event(EventKind.EVALUATION_ANSWERED, {"status": status})) is notice
