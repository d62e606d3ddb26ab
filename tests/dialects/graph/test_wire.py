import json
from typing import Any

import pytest

from timebound.dialects.graph.refusals import Refusal
from timebound.dialects.graph.wire import TicketInfo, UnifiedRoleScheduleRequest, read_body


def read(body: object) -> UnifiedRoleScheduleRequest:
    return read_body(json.dumps(body).encode(), UnifiedRoleScheduleRequest)


def refusal_of(body: bytes) -> str:
    with pytest.raises(Refusal) as caught:
        read_body(body, UnifiedRoleScheduleRequest)
    assert caught.value.error.status == 400
    return caught.value.error.message


@pytest.mark.documented("unifiedRoleAssignmentScheduleRequest, properties")
def test_published_members_are_read() -> None:
    sent = read(
        {
            "action": "selfActivate",
            "principalId": "p",
            "roleDefinitionId": "r",
            "directoryScopeId": "/",
            "justification": "j",
            "isValidationOnly": True,
            "targetScheduleId": "t",
            "scheduleInfo": {
                "startDateTime": "2022-04-14T00:00:00.000Z",
                "expiration": {"type": "AfterDuration", "duration": "PT5H", "endDateTime": None},
            },
            "ticketInfo": {"ticketNumber": "1", "ticketSystem": "s"},
        }
    )

    assert (sent.action, sent.principal_id, sent.role_definition_id) == ("selfActivate", "p", "r")
    assert sent.schedule_info is not None
    assert sent.schedule_info.expiration is not None
    assert sent.schedule_info.expiration.duration == "PT5H"
    assert sent.ticket_info == TicketInfo("1", "s")
    assert sent.is_validation_only is True


@pytest.mark.observed("behaviour book 1.11: spellings of clients")
def test_members_are_read_in_any_casing_and_strangers_are_ignored() -> None:
    sent = read(
        {
            "@odata.type": "#Some.Where.unifiedRoleAssignmentScheduleRequest",
            "Action": "AdminAssign",
            "PrincipalId": "p",
            "ScheduleInfo": {"StartDateTime": None, "Expiration": {"Type": "NoExpiration"}},
            "IsActivativation": True,
            "customData": 7,
        }
    )

    assert (sent.action, sent.principal_id) == ("AdminAssign", "p")
    assert sent.schedule_info is not None
    assert sent.schedule_info.expiration is not None
    assert sent.schedule_info.expiration.type == "NoExpiration"


@pytest.mark.observed("requests of the CLI for Microsoft 365: ticketInfo {}")
@pytest.mark.parametrize("ticket", [{}, {"ticketNumber": None, "ticketSystem": None}])
def test_an_empty_ticket_is_a_ticket_without_number(ticket: dict[str, Any]) -> None:
    assert read({"ticketInfo": ticket}).ticket_info == TicketInfo()


@pytest.mark.observed("requests of the CLI for Microsoft 365: ticketInfo null")
def test_no_ticket_is_none() -> None:
    assert read({"ticketInfo": None}).ticket_info is None


WRONG = {
    "a number for an id": ({"principalId": 7}, "principalId"),
    "a text for a flag": ({"isValidationOnly": "true"}, "isValidationOnly"),
    "a list for an object": ({"scheduleInfo": []}, "scheduleInfo"),
    "deep inside": ({"scheduleInfo": {"expiration": {"type": 1}}}, "scheduleInfo/expiration/type"),
    "an object for a text": ({"ticketInfo": {"ticketNumber": {}}}, "ticketInfo/ticketNumber"),
    "too long": ({"justification": "x" * 4_001}, "justification"),
    "NUL": ({"justification": "a\0b"}, "justification"),
    "NUL inside": ({"ticketInfo": {"ticketSystem": "\0"}}, "ticketInfo/ticketSystem"),
}


@pytest.mark.inferred("an error names the property it is about")
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_refused_with_its_property(name: str) -> None:
    body, named = WRONG[name]

    assert f"'{named}'" in refusal_of(json.dumps(body).encode())


NO_BODIES = {
    "nothing": b"",
    "no JSON": b"{",
    "a text": b'"x"',
    "a list": b"[]",
    "null": b"null",
    "no UTF-8": b'{"action": "\xff"}',
    "half a surrogate pair": b'{"action": "\\ud800 "}',
    "nested without end": b"[" * 200_000,
    "objects nested without end": b'{"a":' * 50_000,
    "not a number": b'{"a": NaN}',
}


@pytest.mark.documented("behaviour book 2: ERR-059, ERR-063")
@pytest.mark.parametrize("name", NO_BODIES)
def test_what_is_no_json_object_is_refused(name: str) -> None:
    assert refusal_of(NO_BODIES[name]).startswith("The body is not")


TWICE = {
    "the same name": (b'{"action": "selfActivate", "action": "adminAssign"}', "action"),
    "another casing": (b'{"action": "selfActivate", "Action": "adminAssign"}', "action"),
    "deep inside": (b'{"ticketInfo": {"ticketNumber": "1", "TicketNumber": "2"}}', "ticketNumber"),
}


@pytest.mark.inferred("of a member given twice two readers may see two values")
@pytest.mark.parametrize("name", TWICE)
def test_a_member_given_twice_is_refused(name: str) -> None:
    body, named = TWICE[name]

    message = refusal_of(body)

    assert f"{named}' is given more than once" in message


@pytest.mark.inferred("people who write JSON are told of its types, not of ours")
@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"justification": 1}, "Expected `string | null`, got `number`"),
        ({"isValidationOnly": "yes"}, "Expected `boolean"),
        ({"ticketInfo": [1]}, "got `array`"),
    ],
)
def test_types_are_told_in_the_words_of_json(body: dict[str, Any], told: str) -> None:
    assert told in refusal_of(json.dumps(body).encode())
