"""The door where enforcement points ask what somebody may do: OpenID AuthZEN 1.0."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.control.checking import (
    ADA,
    ARM,
    CREW,
    EVA,
    IDA,
    MACHINE,
    ONE,
    OWN_ARM,
    READ,
    SEVERAL,
    START,
    SUBSCRIPTION,
    USERS,
    ask,
    hold,
    knowing,
    open_planted,
    person,
    program,
    program_id,
    question,
    several,
    told,
    user_id,
)
from tests.support.service import (
    EMPTY,
    ORIGIN,
    Service,
    open_service,
    production,
)
from timebound.domain.ids import RoleId

pytestmark = pytest.mark.documented("OpenID AuthZEN, Authorization API 1.0")

LATER = timedelta(hours=8)


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """An emulator with somebody who holds something in Azure and in the directory."""
    async with open_planted(tmp_path) as opened:
        yield opened


async def test_where_to_ask_is_told_to_anybody(service: Service) -> None:
    answer = await service.client.get("/.well-known/authzen-configuration")
    assert answer.json() == {
        "policy_decision_point": ORIGIN,
        "access_evaluation_endpoint": f"{ORIGIN}{ONE}",
        "access_evaluations_endpoint": f"{ORIGIN}{SEVERAL}",
    }
    for path in ("subject", "resource", "action"):
        searched = await service.client.post(f"/access/v1/search/{path}", json=question())
        assert searched.status_code == httpx.codes.NOT_FOUND


async def test_production_answers_as_well(tmp_path: Path) -> None:
    async with open_service(production(tmp_path)) as opened:
        answer = await opened.client.get("/.well-known/authzen-configuration")
        assert answer.status_code == httpx.codes.OK
        assert (await ask(opened, {}, question())).status_code == httpx.codes.UNAUTHORIZED


async def test_somebody_is_told_what_they_may_do_and_until_when(service: Service) -> None:
    end = service.parts.clock.now() + LATER
    for scope in (OWN_ARM, READ):
        eva = await person(service, EVA, scope)
        said = await told(service, eva, question(user_id(EVA).upper()))
        assert said["decision"] is True
        assert said["context"]["reason"] == "allowed"
        assert abs(datetime.fromisoformat(said["context"]["until"]) - end) < timedelta(minutes=1)
        (grant,) = said["context"]["grants"]
        assert (grant["principalId"], grant["scope"]) == (user_id(EVA), CREW)
        refused = await told(service, eva, question(place=SUBSCRIPTION))
        assert (refused["decision"], refused["context"]["until"]) == (False, None)
        assert refused["context"]["reason"] == "notAllowed"


async def test_the_answer_is_another_one_when_it_was_said_to_be(service: Service) -> None:
    eva = await person(service, EVA, OWN_ARM)
    until = (await told(service, eva, question()))["context"]["until"]
    for offset, decision in ((timedelta(microseconds=-1), True), (timedelta(), False)):
        moved = {"now": (datetime.fromisoformat(until) + offset).isoformat(), "freeze": True}
        answer = await service.client.post(
            "/control/clock", json=moved, headers=service.control_headers
        )
        assert answer.is_success, answer.text
        said = await told(service, eva, question())
        assert said["decision"] is decision


async def test_directory_roles_are_told(service: Service) -> None:
    eva = await person(service, EVA, READ)
    for place in ("/", f"/{user_id(ADA).upper()}"):
        body = question(action=USERS, resource={"type": "directory", "id": place})
        assert (await told(service, eva, body))["decision"] is True
    nothing = question(action="microsoft.directory/applications/create", place="//")
    assert (await told(service, eva, nothing))["decision"] is False


async def test_who_reads_assignments_asks_about_others(service: Service) -> None:
    ada, robot = await person(service, ADA, READ), await program(service)
    body = question(action=USERS, resource={"type": "directory", "id": "/"})
    for headers in (ada, robot):
        assert (await told(service, headers, body))["decision"] is True
    about_ada = {**body, "subject": {"type": "user", "id": ADA}}
    eva = await person(service, EVA, READ)
    for headers in (eva, await program(service, EMPTY)):
        refused = await ask(service, headers, about_ada)
        assert refused.status_code == httpx.codes.FORBIDDEN
        assert isinstance(refused.json(), str)


async def test_who_reads_assignments_in_azure_asks_about_others_there(service: Service) -> None:
    empty = await program(service, EMPTY, ARM)
    assert (await ask(service, empty, question())).status_code == httpx.codes.FORBIDDEN
    await hold(service, program_id("Empty"), CREW)
    assert (await told(service, empty, question()))["decision"] is True
    elsewhere = await ask(service, empty, question(place=SUBSCRIPTION))
    assert elsewhere.status_code == httpx.codes.FORBIDDEN
    assert "roleAssignments/read" in elsewhere.json()
    own = question(program_id("Empty"), "Microsoft.Compute/virtualMachines/read")
    own["subject"]["type"] = "servicePrincipal"
    assert (await told(service, empty, own))["decision"] is True


async def test_a_person_needs_the_permission_to_act_for_them_in_azure(service: Service) -> None:
    await hold(service, user_id(ADA), SUBSCRIPTION)
    assert (await told(service, await person(service, ADA, OWN_ARM), question()))[
        "decision"
    ] is True
    refused = await ask(service, await person(service, ADA, READ), question())
    assert refused.status_code == httpx.codes.FORBIDDEN


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"subject": {"type": "user", "id": "nobody"}}, "principalNotFound"),
        ({"subject": {"type": "user", "id": "nobody@small.test"}}, "principalNotFound"),
        ({"subject": {"type": "group", "id": EVA}}, "principalNotFound"),
        ({"subject": {"type": "robot", "id": EVA}}, "principalNotFound"),
        ({"subject": {"type": "user", "id": IDA}}, "principalDisabled"),
        ({"resource": {"type": "record", "id": "1"}}, "scopeNotFound"),
        ({"resource": {"type": "azure", "id": "machine"}}, "scopeNotFound"),
        ({"resource": {"type": "directory", "id": "/administrativeUnits/"}}, "scopeNotFound"),
        ({"resource": {"type": "directory", "id": "/north"}}, "scopeNotFound"),
    ],
)
async def test_what_is_not_known_may_do_nothing(
    service: Service, change: Mapping[str, object], reason: str
) -> None:
    await hold(service, user_id(ADA), "/")
    said = await told(service, await person(service, ADA, OWN_ARM), {**question(), **change})
    assert (said["decision"], said["context"]["reason"]) == (False, reason)


async def test_attributes_are_what_conditions_ask_about(service: Service) -> None:
    await hold(
        service,
        user_id(EVA),
        SUBSCRIPTION,
        RoleId("18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"),
        condition="@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] "
        "ForAnyOfAnyValues:GuidEquals {acdd72a7-3385-48ef-bd42-f606fba81ae7}",
    )
    eva, name = await person(service, EVA, OWN_ARM), "Microsoft.Authorization/roleAssignments/write"
    attribute = "Microsoft.Authorization/roleAssignments:RoleDefinitionId"
    for value, reason in (
        ("acdd72a7-3385-48ef-bd42-f606fba81ae7", "allowed"),
        ("b24988ac-6180-42a0-ab88-20f7382dd24c", "conditionNotMet"),
        (["ACDD72A7-3385-48ef-bd42-f606fba81ae7"], "allowed"),
    ):
        action = {"name": name, "properties": {"attributes": {attribute: value}}}
        said = await told(service, eva, question(place=SUBSCRIPTION, action=action))
        assert said["context"]["reason"] == reason
    unknown = await told(service, eva, question(place=SUBSCRIPTION, action=name))
    assert unknown["context"]["reason"] == "conditionNotMet"


async def test_actions_on_data_are_told_apart(service: Service) -> None:
    eva = await person(service, EVA, OWN_ARM)
    for is_data, decision in ((False, True), (True, False)):
        action = {"name": START, "properties": {"isDataAction": is_data, "method": "GET"}}
        assert (await told(service, eva, question(action=action)))["decision"] is decision


async def test_what_is_not_known_of_a_request_is_passed_over(service: Service) -> None:
    body = question(
        subject={"type": "user", "id": EVA, "properties": {"department": "Sales"}},
        context={"time": "2025-06-27T18:03-07:00", "ip": "192.168.1.1"},
        futureField={"nested": True},
    )
    assert (await told(service, await person(service, EVA, OWN_ARM), body))["decision"] is True


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"subject": None}, "subject"),
        ({"action": None}, "action"),
        ({"resource": None}, "resource"),
        ({"subject": "alice"}, "subject"),
        ({"subject": {"id": EVA}}, "type"),
        ({"subject": {"type": "user"}}, "id"),
        ({"subject": {"type": "user", "id": "\0"}}, "subject.id"),
        ({"subject": {"type": "user", "id": ""}}, "subject.id"),
        ({"action": {}}, "name"),
        ({"action": {"name": 123}}, "action.name"),
        ({"action": {"name": "Microsoft.Compute/*"}}, "action.name"),
        ({"action": {"name": "x", "properties": {"isDataAction": "yes"}}}, "isDataAction"),
        ({"action": {"name": "x", "properties": {"attributes": []}}}, "attributes"),
        ({"action": knowing({"x": ["y"] * 101})}, "action.properties.attributes"),
        ({"action": knowing({"x": ["y" * 1_025]})}, "action.properties.attributes"),
        ({"action": knowing({"x": "y" * 1_025})}, "action.properties.attributes"),
        ({"action": knowing({str(n): 1 for n in range(51)})}, "action.properties.attributes"),
        ({"action": {"name": "x", "properties": {"subOperation": "y" * 1_025}}}, "subOperation"),
        ({"context": {"attributes": {"x": ["y"] * 101}}}, "context.attributes"),
        ({"resource": {"id": MACHINE}}, "type"),
        ({"resource": {"type": "azure"}}, "id"),
        ({"resource": {"type": "azure", "id": "x" * 2_049}}, "resource.id"),
        ({"context": "now"}, "context"),
    ],
)
async def test_what_cannot_be_read_is_named(
    service: Service, change: Mapping[str, object], named: str
) -> None:
    eva = await person(service, EVA, OWN_ARM)
    body = {key: value for key, value in {**question(), **change}.items() if value is not None}
    for path in (ONE, SEVERAL):
        refused = await ask(service, eva, body, path)
        assert refused.status_code == httpx.codes.BAD_REQUEST
        assert named in refused.json()


@pytest.mark.parametrize(
    ("content", "media"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"\xff", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"{}", "text/plain"),
    ],
)
async def test_what_is_no_question_is_refused(service: Service, content: bytes, media: str) -> None:
    headers = {**await person(service, EVA, OWN_ARM), "content-type": media, "x-request-id": "7"}
    for path in (ONE, SEVERAL):
        refused = await service.client.post(path, content=content, headers=headers)
        assert (refused.status_code, refused.headers["x-request-id"]) == (400, "7")


async def test_a_token_is_needed_for_one_of_the_services(service: Service) -> None:
    for headers in ({}, {"authorization": "Bearer x"}):
        refused = await ask(service, headers, question())
        assert refused.status_code == httpx.codes.UNAUTHORIZED
        assert refused.headers["www-authenticate"] == "Bearer"


async def test_the_id_of_a_request_comes_back(service: Service) -> None:
    eva = await person(service, EVA, OWN_ARM)
    answer = await ask(service, {**eva, "x-request-id": "bfe9 eb29"}, question())
    assert answer.headers["x-request-id"] == "bfe9 eb29"
    assert (await ask(service, {"x-request-id": "1"}, question())).headers["x-request-id"] == "1"
    assert "x-request-id" not in (await ask(service, eva, question())).headers


async def decide(service: Service, body: Mapping[str, object]) -> list[dict[str, Any]]:
    said = await told(service, await person(service, EVA, OWN_ARM), body, SEVERAL)
    assert set(said) == {"evaluations"}
    answers: list[dict[str, Any]] = said["evaluations"]
    return answers


async def test_several_are_answered_in_their_order(service: Service) -> None:
    here, above = ({"resource": {"type": "azure", "id": one}} for one in (MACHINE, SUBSCRIPTION))
    common = {key: question()[key] for key in ("subject", "action")}
    answers = await decide(service, several(here, above, here, question(), **common))
    assert [one["decision"] for one in answers] == [True, False, True, True]


async def test_a_part_replaces_what_is_common_but_for_what_has_to_be_there(
    service: Service,
) -> None:
    common = question(action=START, place=SUBSCRIPTION)
    data = {"name": START, "properties": {"isDataAction": True}}
    here = {"resource": {"id": MACHINE}}
    parts: tuple[object, ...] = (here, {**here, "action": data}, {})
    answers = await decide(service, several(*parts, **common))
    assert [one["decision"] for one in answers] == [True, False, False]


async def test_what_is_wrong_with_a_part_is_told_of_the_part(service: Service) -> None:
    bad: tuple[object, ...] = (
        {},
        {"resource": "x"},
        {"resource": {"type": "azure", "id": MACHINE, "properties": 1}},
    )
    common = {key: question()[key] for key in ("subject", "action")}
    good = {"resource": {"type": "azure", "id": MACHINE}}
    other = question(ADA, place=SUBSCRIPTION)
    answers = await decide(service, several(good, *bad, other, **common))
    assert [one["decision"] for one in answers] == [True, False, False, False, False]
    errors = [one["context"]["error"]["status"] for one in answers[1:]]
    assert errors == [400, 400, 400, 403]


@pytest.mark.parametrize(
    ("semantic", "expected"),
    [
        ("execute_all", [True, False, True]),
        ("deny_on_first_deny", [True, False]),
        ("permit_on_first_permit", [True]),
    ],
)
async def test_semantics_end_the_answers(
    service: Service, semantic: str, expected: list[bool]
) -> None:
    parts = (question(), question(place=SUBSCRIPTION), question())
    answers = await decide(service, several(*parts, options={"evaluations_semantic": semantic}))
    assert [one["decision"] for one in answers] == expected


async def test_without_parts_the_whole_is_one_question(service: Service) -> None:
    eva = await person(service, EVA, OWN_ARM)
    empty: dict[str, object] = {"evaluations": []}
    for more in (dict[str, object](), empty):
        assert (await told(service, eva, {**question(), **more}, SEVERAL))["decision"] is True


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (several({}, options={"evaluations_semantic": "sometimes"}), "evaluations_semantic"),
        (several(*[{}] * 101), "evaluations"),
        ({"evaluations": "x"}, "evaluations"),
        (several(1), "evaluations"),
        (several({}, subject="alice"), "subject"),
    ],
)
async def test_what_cannot_be_read_of_several_is_named(
    service: Service, body: Mapping[str, object], named: str
) -> None:
    refused = await ask(service, await person(service, EVA, OWN_ARM), body, SEVERAL)
    assert refused.status_code == httpx.codes.BAD_REQUEST
    assert named in refused.json()
