"""Batches: every call is answered in its place, as if it had come alone."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import httpx
import pytest

from tests.dialects.arm.office import ORIGIN, ArmOffice, open_arm
from tests.dialects.graph.office import GRACE, HANA
from timebound.application.ports import Store
from timebound.application.tokens import TokenFault
from timebound.dialects.arm.batch import LARGEST_ANSWER
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.door import Surroundings
from timebound.dialects.arm.operation import LARGEST_BODY, Operation
from timebound.dialects.arm.operations import OPERATIONS

BATCH = "/batch?api-version=2020-06-01"
LISTED = "/providers/Microsoft.Authorization/operations?api-version=2021-12-01-preview"
CLIENTS = "bodies that clients were seen to send"
MEASURED = "maciejporebski, Azure Management Batch API"


def get(url: str, **more: object) -> dict[str, object]:
    return {"httpMethod": "GET", "url": url, **more}


async def send(office: ArmOffice, *calls: Mapping[str, object]) -> httpx.Response:
    return await office.post(HANA, BATCH, {"requests": list(calls)})


async def answers(office: ArmOffice, *calls: Mapping[str, object]) -> list[dict[str, Any]]:
    response = await send(office, *calls)
    assert response.status_code == 200, response.text
    told: list[dict[str, Any]] = response.json()["responses"]
    return told


def code_of(answer: Mapping[str, Any]) -> tuple[int, str]:
    return answer["httpStatusCode"], answer["content"]["error"]["code"]


@pytest.mark.witness("POST batch")
@pytest.mark.observed("nsftwr, Azure Batch API: the members of requests and responses")
async def test_every_call_is_answered_in_its_place(office: ArmOffice) -> None:
    first, second, third = await answers(
        office,
        get(LISTED, name="mine", requestHeaderDetails={"commandName": "fx.list"}),
        get("/providers/Microsoft.Nothing/x?api-version=1", name="2"),
        {"httpMethod": "delete", "name": "3", "url": LISTED},
    )

    assert first.keys() == {"name", "httpStatusCode", "headers", "content", "contentLength"}
    assert (first["name"], first["httpStatusCode"]) == ("mine", 200)
    assert first["content"]["value"][0]["name"].startswith("Microsoft.Authorization/")
    assert first["contentLength"] == len((await office.get(HANA, LISTED)).content)
    assert first["headers"]["Content-Type"] == "application/json; charset=utf-8"
    assert first["headers"]["x-ms-ratelimit-remaining-tenant-reads"] == "11999"
    assert code_of(second) == (404, "InvalidResourceNamespace")
    assert (third["httpStatusCode"], third["headers"]["Allow"]) == (405, "GET")


@pytest.mark.observed(f"{CLIENTS}: a nameless call is answered without a name")
async def test_a_name_is_not_needed(office: ArmOffice) -> None:
    (told,) = await answers(office, get(LISTED))

    assert told.keys() == {"httpStatusCode", "headers", "content", "contentLength"}


SPELLINGS: dict[str, dict[str, object]] = {
    "relative": get(LISTED),
    "without a slash": get(LISTED[1:]),
    "absolute": get(f"{ORIGIN}{LISTED}"),
    "absolute in another casing": get(f"{ORIGIN.upper()}{LISTED}"),
    "absolute at another origin": get(f"https://arm.example{LISTED}"),
    "absolute at the published address": get(f"https://management.azure.com{LISTED}"),
    "relativeUrl": {"httpMethod": "GET", "relativeUrl": LISTED, "url": ""},
    "names in another casing": {"HttpMethod": "get", "Name": "n", "URL": LISTED, "content": {}},
    "with what is not encoded": get(f"{LISTED}&$filter=displayName eq 'Zoë #1'"),
}


@pytest.mark.observed(f"{CLIENTS}: azqr, AADInternals, Ansible, AzureCommonStuff")
@pytest.mark.parametrize("name", SPELLINGS)
async def test_calls_are_spelled_in_many_ways(store: Store, name: str) -> None:
    around = Surroundings(frozenset({"https://arm.example"}))
    async with (office := open_arm(store, around=around)).client:
        (told,) = await answers(office, SPELLINGS[name])

    assert told["httpStatusCode"] == 200, told


@pytest.mark.observed(f"{CLIENTS}: api-versions")
@pytest.mark.parametrize("version", ["2015-11-01", "2020-06-01", "2021-04-01", "2022-12-01"])
async def test_versions_of_clients_are_served(office: ArmOffice, version: str) -> None:
    batch = {"requests": [get(LISTED)]}

    assert (await office.post(HANA, f"/batch?api-version={version}", batch)).status_code == 200


WRONG: dict[str, tuple[dict[str, object], str]] = {
    "no url": ({"httpMethod": "GET"}, "missing or no URL"),
    "a url with a line break": (get("/subscriptions\r\nx: y"), "missing or no URL"),
    "another service": (get("https://evil.example/subscriptions"), "another service"),
    "a host that begins alike": (get(f"{ORIGIN}.evil.example/x"), "another service"),
    "no method": ({"url": LISTED}, "none of DELETE, GET"),
    "an unknown method": ({"httpMethod": "TRACE", "url": LISTED}, "none of DELETE, GET"),
    "a header with a line break": (
        get(LISTED, requestHeaderDetails={"commandName": "a\r\nb: c"}),
        "cannot be sent",
    ),
}


@pytest.mark.inferred("what is wrong with one call is no reason to refuse the others")
@pytest.mark.parametrize("name", WRONG)
async def test_what_cannot_be_performed_is_answered_in_its_place(
    office: ArmOffice, name: str
) -> None:
    wrong, why = WRONG[name]
    told, well = await answers(office, wrong, get(LISTED))

    assert code_of(told) == (400, "BadRequest")
    assert why in told["content"]["error"]["message"]
    assert well["httpStatusCode"] == 200


REFUSED: dict[str, tuple[object, str, str]] = {
    "no list": ({}, "InvalidRequestContent", "requests"),
    "an empty list": ({"requests": []}, "BadRequest", "between 1 and 500"),
    "a list of texts": ({"requests": ["x"]}, "InvalidRequestContent", "requests[0]"),
    "a name that is no text": (
        {"requests": [get(LISTED, name=1)]},
        "InvalidRequestContent",
        "requests[0].name",
    ),
    "too many": ({"requests": [get(LISTED, name="n")] * 501}, "BadRequest", "between 1 and 500"),
    "many without names": (
        {"requests": [get(LISTED, name="n")] * 20 + [get(LISTED)]},
        "InvalidRequestContent",
        "requests[20].name",
    ),
    "many with bodies": (
        {"requests": [{"httpMethod": "PUT", "url": "/x", "name": "n", "content": {"a": 1}}] * 21},
        "BadRequest",
        "at most 20",
    ),
}


@pytest.mark.observed(f"{MEASURED}: 500 requests, 20 with a body, names over 20")
@pytest.mark.parametrize("name", REFUSED)
async def test_a_batch_that_is_none_is_refused(office: ArmOffice, name: str) -> None:
    body, code, why = REFUSED[name]
    response = await office.post(HANA, BATCH, body)

    assert response.status_code == 400
    assert response.json()["error"]["code"] == code
    assert why in response.json()["error"]["message"]


@pytest.mark.observed(f"{MEASURED}: 500 requests in one batch")
async def test_five_hundred_calls_are_answered_at_once(office: ArmOffice) -> None:
    path = "/providers/Microsoft.Nothing/x?api-version=1"
    told = await answers(office, *(get(path, name=str(number)) for number in range(500)))

    assert [one["name"] for one in told] == [str(number) for number in range(500)]
    assert {code_of(one) for one in told} == {(404, "InvalidResourceNamespace")}


@pytest.mark.inferred("a batch in a batch would have no bound")
async def test_a_batch_holds_no_batch(office: ArmOffice) -> None:
    inner = {"httpMethod": "POST", "url": BATCH, "content": {"requests": [get(LISTED)]}}
    (told,) = await answers(office, inner)

    assert code_of(told) == (400, "BadRequest")


async def tell_call(call: Call) -> Answer:
    token = call.read_header(b"authorization") or ""
    headers = {name.decode(): value.decode() for name, value in call.headers}
    return Answer(
        HTTPStatus.OK,
        {"who": call.token.principal_id, "token": token, "headers": headers, "at": str(call.at)},
    )


TOLD = Operation("GET", "/subscriptions", frozenset({"1"}), tell_call)


@pytest.mark.inferred("whoever sends a batch makes its calls, whatever a call says of itself")
async def test_the_caller_is_that_of_the_batch(store: Store) -> None:
    async with (office := open_arm(store, (*OPERATIONS, TOLD))).client:
        key = office.sign_in(GRACE)
        told = {
            "Authorization": f"Bearer {key}",
            "host": "evil.example",
            "x-ms-client-request-id": "mine",
            "commandName": "fx.tell",
        }
        (answer,) = await answers(
            office, get("/subscriptions?api-version=1", requestHeaderDetails=told)
        )

    assert answer["content"]["who"] == HANA
    assert answer["content"]["token"].startswith(f"Bearer {HANA}")
    assert answer["content"]["headers"].keys() == {
        "authorization",
        "x-ms-client-request-id",
        "x-ms-command-name",
    }
    assert answer["headers"]["x-ms-client-request-id"] == "mine"


@pytest.mark.inferred("each call goes through the door by itself, and is counted by itself")
async def test_calls_have_ids_of_their_own_and_are_counted(store: Store) -> None:
    counted: list[tuple[str, int]] = []

    def count(operation: str, status: int, seconds: float) -> None:
        assert seconds >= 0
        counted.append((operation, status))

    async with (office := open_arm(store, around=Surroundings(count_part=count))).client:
        response = await send(office, get(LISTED), get("/nothing?api-version=1"))

    first, second = response.json()["responses"]
    ids = [one["headers"]["x-ms-request-id"] for one in (first, second)]
    assert len({response.headers["x-ms-request-id"], *ids}) == 3
    assert [one["headers"]["Request-Id"] for one in (first, second)] == ids
    name = "GET providers/Microsoft.Authorization/operations"
    assert counted == [(name, 200), ("none", 404)]
    assert office.states[-1]["operation"] == "POST batch"
    assert "refusal" not in office.states[-1]


async def tell_body(call: Call) -> Answer:
    return Answer(HTTPStatus.CREATED, {"sent": call.body.decode()})


async def tell_much(_call: Call) -> Answer:
    return Answer(HTTPStatus.OK, {"value": "x" * (LARGEST_ANSWER // 2)})


async def tell_nothing(_call: Call) -> Answer:
    return Answer(HTTPStatus.NO_CONTENT)


ROWS = (
    *OPERATIONS,
    Operation("PUT", "/subscriptions/{id}", frozenset({"1"}), tell_body),
    Operation("GET", "/subscriptions/{id}", frozenset({"1"}), tell_much),
    Operation("DELETE", "/subscriptions/{id}", frozenset({"1"}), tell_nothing),
)
PLACE = "/subscriptions/7?api-version=1"


@pytest.mark.observed(f"{CLIENTS}: the content of a call is its body")
async def test_content_is_the_body_of_a_call(store: Store) -> None:
    async with (office := open_arm(store, ROWS)).client:
        put, too_large, gone = await answers(
            office,
            {"httpMethod": "PUT", "url": PLACE, "content": {"properties": {"ä": [1, None]}}},
            {"httpMethod": "PUT", "url": PLACE, "content": {"a": "x" * LARGEST_BODY}},
            {"httpMethod": "DELETE", "url": PLACE, "content": {"a": 1}},
        )

    assert put["httpStatusCode"] == 201
    assert put["content"] == {"sent": '{"properties":{"ä":[1,null]}}'}
    assert code_of(too_large) == (413, "RequestEntityTooLarge")
    assert (gone["httpStatusCode"], gone["contentLength"]) == (204, 0)
    assert "content" not in gone


@pytest.mark.inferred("the answer to one call is bounded: the rest is told to come again")
async def test_the_answers_of_a_batch_are_bounded(store: Store) -> None:
    async with (office := open_arm(store, ROWS)).client:
        told = await answers(office, *[get(PLACE)] * 3)

    assert [one["httpStatusCode"] for one in told] == [200, 200, 429]
    assert told[2]["headers"]["Retry-After"] == "1"


@pytest.mark.documented("notes 10: a token that is not believed is refused before anything else")
async def test_a_batch_needs_a_token(office: ArmOffice) -> None:
    office.tokens.known["old"] = TokenFault.EXPIRED
    response = await office.post("old", BATCH, {"requests": [get(LISTED)]})

    assert response.status_code == 401
    assert re.search("authorization_uri", response.headers["www-authenticate"])
