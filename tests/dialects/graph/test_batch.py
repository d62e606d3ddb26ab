"""Batches: every part is answered in its place, as if it had come alone."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.dialects.graph.office import (
    GRACE,
    HANA,
    ORIGIN,
    READER,
    Office,
    asked,
)
from tests.support.published.values import GUID
from timebound.dialects.graph.batch import LARGEST_BATCH
from timebound.dialects.graph.operations import LARGEST_BODY

BATCH = "/v1.0/$batch"
DIRECTORY = "/roleManagement/directory"
ELIGIBILITIES = f"{DIRECTORY}/roleEligibilityScheduleRequests"
ASSIGNMENTS = f"{DIRECTORY}/roleAssignmentScheduleRequests"
JSON = {"Content-Type": "application/json"}
SOURCE = "Graph docs, JSON batching"


def get(id_: str, url: str, **more: object) -> dict[str, object]:
    return {"id": id_, "method": "GET", "url": url, **more}


def post(id_: str, url: str, body: object, **more: object) -> dict[str, object]:
    return {"id": id_, "method": "POST", "url": url, "headers": JSON, "body": body, **more}


async def send(office: Office, *parts: Mapping[str, object], who: str = GRACE) -> httpx.Response:
    return await office.post(who, BATCH, {"requests": list(parts)})


async def answers(office: Office, *parts: Mapping[str, object], who: str = GRACE) -> dict[str, Any]:
    response = await send(office, *parts, who=who)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    return {one["id"]: one for one in response.json()["responses"]}


def code_of(answer: Mapping[str, Any]) -> tuple[int, str]:
    return answer["status"], answer["body"]["error"]["code"]


@pytest.mark.documented(SOURCE)
@pytest.mark.witness("POST $batch")
async def test_every_part_is_answered_in_its_place(office: Office) -> None:
    told = await answers(
        office,
        get("me", "/me"),
        get("nobody", "users/nobody@office.example"),
        get("list", f"{DIRECTORY}/roleDefinitions?$filter=displayName eq 'Security Reader'"),
        post("odd", ELIGIBILITIES, {"action": "adminAssign"}),
        {"id": "wrong", "method": "DELETE", "url": "/me"},
    )

    assert [(id_, one["status"]) for id_, one in told.items()] == [
        ("me", 200),
        ("nobody", 404),
        ("list", 200),
        ("odd", 400),
        ("wrong", 405),
    ]
    assert told["me"]["body"]["displayName"] == "Grace Okafor"
    assert told["me"]["body"]["@odata.context"] == f"{ORIGIN}/v1.0/$metadata#users/$entity"
    assert told["me"]["headers"]["OData-Version"] == "4.0"
    assert told["me"]["headers"]["Content-Type"].startswith("application/json;odata.metadata=")
    assert [one["id"] for one in told["list"]["body"]["value"]] == [READER]
    assert code_of(told["nobody"]) == (404, "Request_ResourceNotFound")
    assert told["wrong"]["headers"]["Allow"] == "GET"
    assert "principalId" in told["odd"]["body"]["error"]["message"]


@pytest.mark.inferred("each part goes through the door as a call of its own")
async def test_every_part_has_a_request_id_of_its_own(office: Office) -> None:
    response = await send(office, get("1", "/me"), get("2", "/nothing"))

    first, second = response.json()["responses"]
    ids = {response.headers["request-id"], first["headers"]["request-id"]}
    ids.add(second["headers"]["request-id"])
    assert len(ids) == 3
    assert all(GUID.fullmatch(one) for one in ids)
    inner = second["body"]["error"]["innerError"]
    assert inner["request-id"] == second["headers"]["request-id"]
    assert inner["client-request-id"] == response.headers["client-request-id"]


URLS = {
    "below the version": "/me",
    "without a slash": "me",
    "absolute": f"{ORIGIN}/v1.0/me",
    "absolute at another host": "https://graph.microsoft.com/V1.0/me",
    "with a slash too many": "//me/",
    "with options": "/me?$select=id,displayName",
}


@pytest.mark.observed("contract 2.11: relative from JavaScript, absolute from Python")
@pytest.mark.parametrize("name", URLS)
async def test_a_url_is_relative_or_absolute(office: Office, name: str) -> None:
    told = await answers(office, get("1", URLS[name]))

    assert told["1"]["status"] == 200
    assert told["1"]["body"]["displayName"] == "Grace Okafor"


@pytest.mark.inferred("what names another service is not answered as if it named this one")
@pytest.mark.parametrize("url", ["https://evil.example/v1.0/me", f"{ORIGIN}.evil.example/v1.0/me"])
async def test_a_url_of_another_service_is_refused(office: Office, url: str) -> None:
    told = await answers(office, get("1", url))

    assert told["1"]["status"] == 400
    assert f"not at '{ORIGIN}'" in told["1"]["body"]["error"]["message"]


@pytest.mark.documented("Graph docs, JSON batching: longer than a URL may be, with its characters")
async def test_a_url_may_hold_what_is_not_encoded(office: Office) -> None:
    told = await answers(office, get("1", "/users?$filter=displayName eq 'Zoë #1'&$select=id"))

    assert (told["1"]["status"], told["1"]["body"]["value"]) == (200, [])


@pytest.mark.documented(SOURCE)
@pytest.mark.parametrize("name", ["dependsOn", "depends_on"])
async def test_what_depends_on_another_reads_what_that_wrote(office: Office, name: str) -> None:
    told = await answers(
        office,
        post("A", ELIGIBILITIES, asked("adminAssign", HANA, READER)),
        get("b", f"{ELIGIBILITIES}?$filter=principalId eq '{HANA}'", **{name: ["a"]}),
    )

    assert (told["A"]["status"], told["b"]["status"]) == (201, 200)
    assert [one["id"] for one in told["b"]["body"]["value"]] == [told["A"]["body"]["id"]]


@pytest.mark.documented(SOURCE)
async def test_what_depends_on_a_failure_fails_and_writes_nothing(office: Office) -> None:
    told = await answers(
        office,
        get("1", "/users/nobody@office.example"),
        post("2", ELIGIBILITIES, asked("adminAssign", HANA, READER), dependsOn=["1"]),
        get("3", "/me", dependsOn=["2"]),
        get("4", f"{ELIGIBILITIES}?$filter=principalId eq '{HANA}'"),
        get("5", "/me", dependsOn=["4"]),
    )

    assert code_of(told["2"]) == code_of(told["3"]) == (424, "FailedDependency")
    assert "'1'" in told["2"]["body"]["error"]["message"]
    assert told["4"]["body"]["value"] == []
    assert told["5"]["status"] == 200


@pytest.mark.inferred("what has no body has none in a batch either")
async def test_what_answers_nothing_has_no_body(office: Office) -> None:
    endless = {"expiration": {"type": "noExpiration"}}
    eligibility = asked("adminAssign", HANA, READER, scheduleInfo=endless)
    await office.post(GRACE, f"/v1.0{ELIGIBILITIES}", eligibility)
    later = (office.clock.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    schedule = {
        "startDateTime": later,
        "expiration": {"type": "afterDuration", "duration": "PT1H"},
    }
    asking = {**asked("selfActivate", HANA, READER), "scheduleInfo": schedule}
    made = await office.post(HANA, f"/v1.0{ASSIGNMENTS}", asking)
    cancel = {"id": "1", "method": "POST", "url": f"{ASSIGNMENTS}/{made.json()['id']}/cancel"}

    told = await answers(office, cancel, who=HANA)

    assert (told["1"]["status"], told["1"]["body"]) == (204, None)


@pytest.mark.inferred("the token of the batch is the token of its parts")
async def test_a_part_cannot_bring_a_token_of_its_own(office: Office) -> None:
    stolen = {"Authorization": f"Bearer {office.sign_in(GRACE)}"}

    told = await answers(office, get("1", "/me", headers=stolen), who=HANA)
    nobody = await office.client.post(BATCH, json={"requests": [get("1", "/me", headers=stolen)]})

    assert told["1"]["body"]["displayName"] == "Hana Sato"
    assert nobody.status_code == 401


@pytest.mark.inferred("what a client says of the form counts for its own part")
async def test_headers_belong_to_their_part(office: Office) -> None:
    bare = {"accept": "application/json;odata.metadata=none"}

    told = await answers(office, get("1", "/me", headers=bare), get("2", "/me"))

    assert "@odata.context" not in told["1"]["body"]
    assert "@odata.context" in told["2"]["body"]


@pytest.mark.documented("Graph docs, JSON batching: what is no JSON comes in base64url")
async def test_a_body_may_be_base64_and_an_answer_too(office: Office) -> None:
    told = await answers(
        office,
        post("1", ELIGIBILITIES, "eyJhY3Rpb24iOiAieCJ9"),
        get("2", "/$metadata"),
    )

    assert "'x' of 'action'" in told["1"]["body"]["error"]["message"]
    assert told["2"]["headers"]["Content-Type"] == "application/xml"
    assert told["2"]["body"].startswith("PD94bWw")


@pytest.mark.documented("Graph docs, JSON batching: 20 requests at most")
async def test_twenty_are_answered_and_one_more_is_not(office: Office) -> None:
    parts = [get(str(number), "/me?$select=id") for number in range(21)]

    told = await answers(office, *parts[:20])
    refused = await send(office, *parts)

    assert {one["status"] for one in told.values()} == {200}
    assert (len(told), refused.status_code) == (20, 400)
    message = refused.json()["error"]["message"]
    assert message == "Number of requests inside batch exceed the limit."


FORMAT = "Invalid batch payload format. "
REFUSED: dict[str, tuple[object, str]] = {
    "no object": ([], f"{FORMAT}'body' is no JSON object"),
    "no requests": ({}, f"{FORMAT}'requests'"),
    "an empty list": ({"requests": []}, f"{FORMAT}'requests'"),
    "null": ({"requests": None}, f"{FORMAT}'requests'"),
    "a request that is no object": ({"requests": ["x"]}, f"{FORMAT}'requests[0]'"),
    "no id": ({"requests": [{"method": "GET", "url": "/me"}]}, f"{FORMAT}'requests[0]/id'"),
    "a number for an id": ({"requests": [{"id": 1}]}, f"{FORMAT}'requests[0]/id'"),
    "an empty id": ({"requests": [get("", "/me")]}, f"{FORMAT}'requests[0]/id'"),
    "an endless id": ({"requests": [get("x" * 999, "/me")]}, f"{FORMAT}'requests[0]/id'"),
    "an id twice": (
        {"requests": [get("a", "/me"), get("A", "/me")]},
        "Request Id A has to be unique in a batch.",
    ),
    "an unknown dependency": (
        {"requests": [get("1", "/me", dependsOn=["0"])]},
        "Invalid dependency for request Id 1",
    ),
    "a dependency on what comes later": (
        {"requests": [get("1", "/me", dependsOn=["2"]), get("2", "/me")]},
        "Invalid dependency for request Id 1",
    ),
    "a dependency on itself": (
        {"requests": [get("1", "/me", dependsOn=["1"])]},
        "Invalid dependency for request Id 1",
    ),
    "a dependency that is no list": (
        {"requests": [get("0", "/me"), get("1", "/me", dependsOn="0")]},
        "Invalid dependency for request Id 1",
    ),
    "a body without its type": (
        {"requests": [{"id": "1", "method": "POST", "url": ELIGIBILITIES, "body": {}}]},
        "Write request id : 1 does not contain Content-Type header or body.",
    ),
}


@pytest.mark.observed("recorded refusals: bradleymarques/microslop_one_drive, test/fixtures/batch")
@pytest.mark.parametrize("name", REFUSED)
async def test_a_malformed_batch_is_refused_as_a_whole(office: Office, name: str) -> None:
    body, message = REFUSED[name]

    response = await office.post(GRACE, BATCH, body)

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, "BadRequest")
    assert error["message"].startswith(message)


TEXTS = {
    "nothing": b"",
    "no JSON": b"requests",
    "half of it": b'{"requests": [{"id": "1"',
    "a member twice": b'{"requests": [], "requests": []}',
    "an id twice in one request": b'{"requests": [{"id": "1", "id": "2", "url": "/me"}]}',
    "no UTF-8": b'{"requests": [{"id": "\xff"}]}',
    "half a character": b'{"requests": [{"id": "\\ud800"}]}',
    "no number": b'{"requests": [{"id": "1", "body": NaN}]}',
    "nested without end": b'{"requests": ' + b"[" * 100_000,
    "nested without end in a body": b'{"requests": [{"id": "1", "body": %s%s}]}'
    % (b"[" * 50_000, b"]" * 50_000),
}


@pytest.mark.inferred("bad input is answered with what is wrong, never with a fault")
@pytest.mark.parametrize("name", TEXTS)
async def test_a_body_that_cannot_be_read_is_refused(office: Office, name: str) -> None:
    headers = {"authorization": f"Bearer {office.sign_in(GRACE)}", **JSON}

    response = await office.client.post(BATCH, content=TEXTS[name], headers=headers)

    assert response.status_code == 400
    assert response.json()["error"]["message"].startswith(FORMAT)


IN_PLACE: dict[str, tuple[dict[str, object], str]] = {
    "no method": ({"url": "/me"}, "'method'"),
    "an unknown method": ({"method": "TRACE", "url": "/me"}, "'method'"),
    "a method that is no text": ({"method": 7, "url": "/me"}, "'method'"),
    "no url": ({"method": "GET"}, "'url'"),
    "an empty url": ({"method": "GET", "url": " "}, "'url'"),
    "a url that is no text": ({"method": "GET", "url": ["/me"]}, "'url'"),
    "a url with a line break": ({"method": "GET", "url": "/me\r\nx: y"}, "'url'"),
    "another version": ({"method": "GET", "url": f"{ORIGIN}/beta/me"}, "'url'"),
    "no version": ({"method": "GET", "url": f"{ORIGIN}/me"}, "'url'"),
    "another door": ({"method": "GET", "url": f"{ORIGIN}/v1.0x/me"}, "'url'"),
    "headers that are no object": ({"method": "GET", "url": "/me", "headers": []}, "'headers'"),
    "a header that is no text": (
        {"method": "GET", "url": "/me", "headers": {"Accept": 1}},
        "'headers'",
    ),
    "a header with a line break": (
        {"method": "GET", "url": "/me", "headers": {"Accept": "x\ny: z"}},
        "'headers'",
    ),
    "a header without a name": (
        {"method": "GET", "url": "/me", "headers": {"": "x"}},
        "'headers'",
    ),
    "a text for a body": (
        {"method": "POST", "url": ELIGIBILITIES, "headers": JSON, "body": "?!"},
        "'body'",
    ),
    "a text beyond ASCII for a body": (
        {"method": "POST", "url": ELIGIBILITIES, "headers": JSON, "body": "ä"},
        "'body'",
    ),
    "a list for a body": (
        {"method": "POST", "url": ELIGIBILITIES, "headers": JSON, "body": []},
        "JSON object",
    ),
    "a batch": (
        {"method": "POST", "url": "/$batch", "headers": JSON, "body": {"requests": []}},
        "batch",
    ),
    "a NUL": ({"method": "GET", "url": "/users/%00"}, "UTF-8"),
}


@pytest.mark.inferred("a malformed part does not fail the others")
@pytest.mark.parametrize("name", IN_PLACE)
async def test_a_malformed_part_is_refused_in_its_place(office: Office, name: str) -> None:
    part, message = IN_PLACE[name]

    told = await answers(office, {"id": "1", **part}, get("2", "/me"))

    assert code_of(told["1"]) == (400, "BadRequest")
    assert message in told["1"]["body"]["error"]["message"]
    assert told["2"]["status"] == 200


@pytest.mark.inferred("a body in a batch is held to the same limit as alone, a batch to its own")
async def test_sizes_are_limited(office: Office) -> None:
    large = {**asked("adminAssign", HANA, READER), "justification": "x" * LARGEST_BODY}

    told = await answers(office, post("1", ELIGIBILITIES, large), get("2", "/me"))
    refused = await send(office, get("1", "/me", headers={"x": "y" * LARGEST_BATCH}))

    assert code_of(told["1"]) == (413, "RequestBodyTooLarge")
    assert told["2"]["status"] == 200
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "RequestBodyTooLarge")


@pytest.mark.inferred("a duplicate member is refused as in a single call")
async def test_a_member_given_twice_in_a_body_is_refused_in_its_place(office: Office) -> None:
    body = b"""{"requests": [{"id": "1", "method": "POST", "url": "%s", "body":
        {"action": "adminAssign", "action": "adminRemove"},
        "headers": {"content-type": "application/json"}}]}"""
    headers = {"authorization": f"Bearer {office.sign_in(GRACE)}", **JSON}

    response = await office.client.post(
        BATCH, content=body % ELIGIBILITIES.encode(), headers=headers
    )

    told = response.json()["responses"][0]
    assert told["status"] == 400
    assert "'action' is given more than once" in told["body"]["error"]["message"]
