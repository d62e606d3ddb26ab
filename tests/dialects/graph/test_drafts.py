from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.dialects.graph.samples import MIRA, ROLE
from timebound.dialects.graph.convert.requests import read_draft
from timebound.dialects.graph.refusals import GraphError, Refusal
from timebound.dialects.graph.wire import UnifiedRoleScheduleRequest
from timebound.domain.requests import Action, Draft, RequestKind, Ticket
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, ScopeKind
from timebound.domain.times import AskedSchedule, Expiration, ExpirationType

UNIT = "dc626e71-4837-40eb-be4a-bc29d88a1178"
BODY: dict[str, Any] = {
    "action": "adminAssign",
    "principalId": MIRA,
    "roleDefinitionId": ROLE,
    "directoryScopeId": "/",
}


def read(kind: RequestKind = RequestKind.ASSIGNMENT, **changes: object) -> Draft:
    sent = msgspec.convert({**BODY, **changes}, UnifiedRoleScheduleRequest)
    return read_draft(sent, kind)


def refusal_of(kind: RequestKind = RequestKind.ASSIGNMENT, **changes: object) -> GraphError:
    with pytest.raises(Refusal) as caught:
        read(kind, **changes)
    assert caught.value.error.status == 400
    return caught.value.error


def schedule(start: object = None, **expiration: object) -> dict[str, object]:
    return {"startDateTime": start, "expiration": expiration}


@pytest.mark.documented("unifiedRoleScheduleRequestActions; case-insensitive on input")
@pytest.mark.parametrize("action", Action)
def test_every_action_is_taken_in_either_casing(action: Action) -> None:
    pascal = action.value[0].upper() + action.value[1:]

    assert read(action=action.value).action is action
    assert read(action=pascal).action is action


@pytest.mark.documented("unifiedRoleAssignmentScheduleRequest, properties")
def test_a_draft_holds_what_was_sent() -> None:
    draft = read(
        principalId=MIRA.upper(),
        justification="why",
        ticketInfo={"ticketNumber": "T-7", "ticketSystem": "Desk"},
        isValidationOnly=True,
        targetScheduleId="t",
    )

    assert (draft.slot.principal_id, draft.slot.role_id) == (MIRA, ROLE)
    assert draft.slot.scope == DIRECTORY_ROOT
    assert (draft.justification, draft.ticket) == ("why", Ticket("T-7", "Desk"))
    assert draft.is_validation_only
    assert draft.schedule is None


START = datetime(2031, 3, 4, 8, 0, tzinfo=UTC)
SCHEDULES = {
    "no start": (
        schedule(type="afterDuration", duration="PT5H"),
        AskedSchedule(None, Expiration(ExpirationType.AFTER_DURATION, duration=timedelta(hours=5))),
    ),
    "an offset, and another casing": (
        schedule(
            "2031-03-04T09:00:00+01:00", type="AfterDateTime", endDateTime="2031-03-04T08:00Z"
        ),
        AskedSchedule(START, Expiration(ExpirationType.AFTER_DATE_TIME, end=START)),
    ),
    "for good": (
        schedule("2031-03-04T08:00:00Z", type="NoExpiration", endDateTime=None, duration=None),
        AskedSchedule(START, Expiration(ExpirationType.NO_EXPIRATION)),
    ),
    "a length that does not matter": (
        schedule(type="noExpiration", duration="P365D"),
        AskedSchedule(None, Expiration(ExpirationType.NO_EXPIRATION)),
    ),
    "the spelling of the Python SDK": (
        schedule(type="afterDuration", duration="1:00:00"),
        AskedSchedule(None, Expiration(ExpirationType.AFTER_DURATION, duration=timedelta(hours=1))),
    ),
    "no expiration at all": ({"startDateTime": None}, AskedSchedule(None, None)),
}


@pytest.mark.observed("behaviour book 1.5, 1.11: what clients send as a schedule")
@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_are_read_as_clients_write_them(name: str) -> None:
    sent, meant = SCHEDULES[name]

    assert read(scheduleInfo=sent).schedule == meant


MALFORMED = {
    "no offset": (schedule("2031-03-04T08:00:00", type="noExpiration"), "startDateTime"),
    "no date": (schedule("tomorrow", type="noExpiration"), "startDateTime"),
    "months": (schedule(type="afterDuration", duration="P6M"), "duration"),
    "no duration": (schedule(type="afterDuration", duration="five"), "duration"),
    "no end": (schedule(type="afterDateTime", endDateTime="never"), "endDateTime"),
    "an unknown type": (schedule(type="sometime"), "type"),
    "a length without its type": (schedule(duration="PT1H"), "type"),
}


@pytest.mark.observed("azuread#1464, msgraph-metadata#235: InvalidRoleAssignmentRequest")
@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_schedule_is_refused_with_its_property(name: str) -> None:
    sent, named = MALFORMED[name]

    error = refusal_of(scheduleInfo=sent)

    assert error.code == "InvalidRoleAssignmentRequest"
    assert error.message.startswith("The role assignment request is invalid.")
    assert f"{named}'" in error.message


INCOMPLETE: dict[str, tuple[dict[str, Any], str]] = {
    "no action": ({"action": None}, "action"),
    "an unknown action": ({"action": "adminGrant"}, "action"),
    "no principal": ({"principalId": None}, "principalId"),
    "a principal that is no id": ({"principalId": "mira"}, "principalId"),
    "no role": ({"roleDefinitionId": ""}, "roleDefinitionId"),
    "a role that is no id": ({"roleDefinitionId": "Security Reader"}, "roleDefinitionId"),
    "no scope": ({"directoryScopeId": None}, "directoryScopeId"),
    "a scope of another form": ({"directoryScopeId": "/subscriptions/x"}, "directoryScopeId"),
    "two scopes": ({"appScopeId": "/x"}, "appScopeId"),
    "a scope inside an application": (
        {"directoryScopeId": None, "appScopeId": "/x"},
        "appScopeId",
    ),
}


@pytest.mark.documented("unifiedRoleAssignmentScheduleRequest: required properties")
@pytest.mark.parametrize("name", INCOMPLETE)
def test_what_is_missing_or_makes_no_sense_is_named(name: str) -> None:
    changes, named = INCOMPLETE[name]

    error = refusal_of(**changes)

    assert error.code == "BadRequest"
    assert f"'{named}'" in error.message


SCOPES = {
    "/": DIRECTORY_ROOT,
    f"/administrativeUnits/{UNIT}": Scope(ScopeKind.DIRECTORY, f"/administrativeUnits/{UNIT}"),
    f"/AdministrativeUnits/{UNIT.upper()}": Scope(
        ScopeKind.DIRECTORY, f"/administrativeUnits/{UNIT}"
    ),
    f"/{UNIT}": Scope(ScopeKind.DIRECTORY, f"/{UNIT}"),
}


@pytest.mark.documented("unifiedRoleAssignmentScheduleRequest, directoryScopeId")
@pytest.mark.parametrize("text", SCOPES)
def test_scopes_are_read_in_any_casing(text: str) -> None:
    assert read(directoryScopeId=text).slot.scope == SCOPES[text]
