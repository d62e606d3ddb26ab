import re
from http import HTTPStatus

import httpx
import pytest

from tests.dialects.arm.office import ORIGIN, ArmOffice, open_arm
from tests.dialects.graph.office import GRACE, HANA, ROBOT
from timebound.application.ports import Store
from timebound.application.tokens import TokenFault
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.refusals import ArmError, Refusal

VERSION = "2021-12-01-preview"
OPERATIONS = f"/providers/Microsoft.Authorization/operations?api-version={VERSION}"
SUBSCRIPTION = "/subscriptions/38ab2ccc-3747-4567-b36b-9478f5602f0d"


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.witness("GET providers/Microsoft.Authorization/operations")
@pytest.mark.documented("Operations_List: what can be allowed, in the published shape")
async def test_the_operations_of_the_provider_are_listed(office: ArmOffice) -> None:
    answer = await office.get(HANA, OPERATIONS)

    listed = answer.json()["value"]
    names = [one["name"] for one in listed]
    assert answer.status_code == 200
    assert listed[0].keys() == {"name", "isDataAction", "display"}
    assert listed[0]["display"].keys() == {"provider", "resource", "operation", "description"}
    assert "Microsoft.Authorization/roleAssignmentScheduleRequests/cancel/action" in names
    assert "Microsoft.Authorization/elevateAccess/action" in names
    assert len(set(names)) == len(names)
    assert office.states[-1]["operation"] == "GET providers/Microsoft.Authorization/operations"
    assert office.states[-1]["caller"] == HANA


@pytest.mark.observed("notes 11: the headers of recorded answers")
async def test_an_answer_has_the_headers_of_the_manager(office: ArmOffice) -> None:
    answer = await office.get(GRACE, OPERATIONS, **{"x-ms-client-request-id": "mine"})

    told = answer.headers
    request_id = told["x-ms-request-id"]
    assert told["request-id"] == request_id == told["x-ms-correlation-request-id"]
    assert told["x-ms-routing-request-id"] == f"LOCAL:20310304T080000Z:{request_id}"
    assert told["x-ms-client-request-id"] == "mine"
    assert told["content-type"] == "application/json; charset=utf-8"
    assert (told["cache-control"], told["pragma"], told["expires"]) == (
        "no-cache",
        "no-cache",
        "-1",
    )
    assert told["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert told["x-ms-ratelimit-remaining-tenant-reads"] == "11999"
    assert "x-ms-failure-cause" not in told


@pytest.mark.inferred("what could not be sent back is not taken for an id")
async def test_ids_of_the_client_are_echoed_where_they_can_be(office: ArmOffice) -> None:
    ids = {"x-ms-client-request-id": "a b", "x-ms-correlation-request-id": "x-7"}

    told = (await office.get(GRACE, OPERATIONS, **ids)).headers

    assert "x-ms-client-request-id" not in told
    assert told["x-ms-correlation-request-id"] == "x-7"
    assert told["x-ms-routing-request-id"].endswith(":x-7")
    assert told["x-ms-request-id"] != "x-7"


@pytest.mark.inferred("browsers keep it for every port of localhost, which are other people's")
async def test_localhost_is_not_held_to_https_for_ever(store: Store) -> None:
    async with open_arm(store, origin="https://localhost:8443").client as client:
        answer = await client.get(OPERATIONS)

    assert "strict-transport-security" not in answer.headers


@pytest.mark.documented("RFC 9110: OPTIONS asks what may be done, and Allow tells")
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (f"{SUBSCRIPTION}/resourceGroups/rg", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"),
        ("/providers/Microsoft.Authorization/operations", "GET, OPTIONS"),
    ],
)
async def test_anybody_is_told_what_may_be_done(office: ArmOffice, path: str, allowed: str) -> None:
    for query in ("", "?api-version=2021-04-01"):
        answer = await office.client.options(f"{path}{query}")
        assert (answer.status_code, answer.headers["allow"]) == (200, allowed)
        assert (answer.content, answer.headers["content-length"]) == (b"", "0")
    nowhere = await office.client.options(f"{SUBSCRIPTION}/nothing")
    assert error_of(nowhere) == (404, "NotFound")


@pytest.mark.observed("MicrosoftDocs/feedback#2279: told to who has said nothing of themselves")
@pytest.mark.parametrize("query", ["", "?api-version=", "?version=2015-07-01"])
async def test_a_version_has_to_be_asked_for(office: ArmOffice, query: str) -> None:
    answer = await office.client.get(f"/providers/Microsoft.Authorization/operations{query}")

    assert error_of(answer) == (400, "MissingApiVersionParameter")
    assert answer.headers["x-ms-failure-cause"] == "gateway"
    assert office.states[-1]["refusal"] == "MissingApiVersionParameter"


SPELLINGS = (
    f"/providers/Microsoft.Authorization/operations?API-Version={VERSION}",
    f"/providers/microsoft.authorization/OPERATIONS/?x=1&api-version={VERSION.upper()}",
    f"//providers//Microsoft.Authorization/operations?api%2Dversion=+{VERSION}%20",
)


@pytest.mark.observed("notes 1 and contract 2.5, 2.6: spellings of clients")
@pytest.mark.parametrize("path", SPELLINGS)
async def test_spellings_of_paths_and_options_are_taken(office: ArmOffice, path: str) -> None:
    answer = await office.client.get(
        httpx.URL(f"{ORIGIN}{path}"), headers={"authorization": f"Bearer {office.sign_in(HANA)}"}
    )

    assert answer.status_code == 200, answer.text


TOKENS = {
    TokenFault.EXPIRED: "ExpiredAuthenticationToken",
    TokenFault.WRONG_AUDIENCE: "InvalidAuthenticationTokenAudience",
    TokenFault.WRONG_ISSUER: "InvalidAuthenticationTokenTenant",
    TokenFault.BAD_SIGNATURE: "InvalidAuthenticationToken",
    TokenFault.UNKNOWN_KEY: "InvalidAuthenticationToken",
    TokenFault.NOT_YET_VALID: "InvalidAuthenticationToken",
    TokenFault.MALFORMED: "InvalidAuthenticationToken",
}


@pytest.mark.documented("notes 10: what tokens are refused with")
@pytest.mark.parametrize("fault", TOKENS)
async def test_a_token_that_is_not_believed_is_answered_why(
    office: ArmOffice, fault: TokenFault
) -> None:
    office.tokens.known["bad"] = fault

    answer = await office.get("bad", OPERATIONS)

    challenge = answer.headers["www-authenticate"]
    assert error_of(answer) == (401, TOKENS[fault])
    assert challenge.startswith(
        'Bearer authorization_uri="https://login.test:8443/common", error="invalid_token", '
    )
    assert re.search(r'error_description="[^"]+"$', challenge)
    assert not any(name.startswith("x-ms-ratelimit") for name in answer.headers)


@pytest.mark.documented("AuthenticationFailed: no header at all")
async def test_who_sends_no_token_is_told_so(office: ArmOffice) -> None:
    answer = await office.client.get(OPERATIONS)

    assert error_of(answer) == (401, "AuthenticationFailed")
    assert "'Authorization' header is missing" in answer.json()["error"]["message"]


@pytest.mark.inferred("a program is a caller like any other; roles are judged elsewhere")
async def test_a_program_is_let_in(office: ArmOffice) -> None:
    assert (await office.get(ROBOT, OPERATIONS)).status_code == 200


@pytest.mark.observed("recorded 405, 2022: the body without an envelope")
async def test_a_method_that_is_not_served_is_answered_as_recorded(office: ArmOffice) -> None:
    answer = await office.delete(GRACE, OPERATIONS)

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
    assert answer.text == (
        '{"message":"The requested resource does not support http method \'DELETE\'."}'
    )
    assert answer.headers["x-ms-ratelimit-remaining-tenant-deletes"] == "14999"


@pytest.mark.inferred("a query that cannot be read is refused, not guessed at")
@pytest.mark.parametrize("more", ["&api-version=2015-07-01", "&$filter=a&$FILTER=b", "&x=%ff"])
async def test_a_query_with_two_meanings_is_refused(office: ArmOffice, more: str) -> None:
    assert error_of(await office.get(GRACE, OPERATIONS + more)) == (400, "BadRequest")


async def _echo(call: Call) -> Answer:
    body = {"scope": call.scope_path, "keys": call.keys, "query": call.query, "gone": None}
    return Answer(201, {**body, "size": len(call.body), "empty": {}})


async def _say_nothing(_call: Call) -> Answer:
    return Answer(200)


async def _go_on(_call: Call) -> Answer:
    return Answer(202, {"id": "7"}, {"location": f"{ORIGIN}/later"})


async def _be_done(_call: Call) -> Answer:
    return Answer(204)


async def _break(_call: Call) -> Answer:
    raise RuntimeError("a secret")


async def _refuse(_call: Call) -> Answer:
    inner = ArmError(HTTPStatus.BAD_REQUEST, "Inner", "More of it.", target="properties.x")
    raise Refusal(ArmError(HTTPStatus.BAD_REQUEST, "Outer", "It.", details=(inner,)), "why")


def _things(name: str) -> str:
    return f"/{{scope}}/providers/Microsoft.Authorization/{name}"


THINGS = frozenset({VERSION})
ROWS = (
    Operation("PUT", _things("things/{name}"), THINGS, _echo, largest_body=100),
    Operation("POST", _things("things/{name}/cancel"), THINGS, _say_nothing),
    Operation("POST", _things("things/{name}/refresh"), THINGS, _go_on),
    Operation("PATCH", _things("things/{name}"), THINGS, _be_done),
    Operation("GET", _things("things/{name}"), THINGS, _break),
    Operation("DELETE", _things("things/{name}"), THINGS, _refuse),
)
THING = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/things/7"
AS_ASKED = f"?api-version={VERSION}"


@pytest.mark.observed("notes 3: members that are null are left out, empty objects are not")
async def test_a_call_is_told_its_scope_and_nulls_are_left_out(store: Store) -> None:
    office = open_arm(store, ROWS)

    answer = await office.put(GRACE, f"{THING}{AS_ASKED}&%24Filter=a+eq%20'b'+", {"a": 1})

    assert answer.status_code == 201
    assert answer.json() == {
        "scope": SUBSCRIPTION,
        "keys": ["7"],
        "query": {"api-version": VERSION, "$filter": "a eq 'b'"},
        "size": 7,
        "empty": {},
    }
    assert answer.headers["x-ms-ratelimit-remaining-subscription-writes"] == "1199"


@pytest.mark.observed("recorded cancel: 200, Content-Length 0")
async def test_answers_without_a_body_are_told_as_recorded(store: Store) -> None:
    office = open_arm(store, ROWS)

    cancelled = await office.post(GRACE, f"{THING}/cancel{AS_ASKED}")
    changed = await office.patch(GRACE, f"{THING}{AS_ASKED}", {})
    refreshed = await office.post(GRACE, f"{THING}/refresh{AS_ASKED}")

    assert (cancelled.status_code, cancelled.headers["content-length"]) == (200, "0")
    assert "content-type" not in cancelled.headers
    assert (changed.status_code, "content-length" in changed.headers) == (204, False)
    assert (refreshed.status_code, refreshed.headers["location"]) == (202, f"{ORIGIN}/later")


@pytest.mark.inferred("a fault of the service tells nothing of its inside")
async def test_a_fault_is_told_without_its_reason(store: Store) -> None:
    office = open_arm(store, ROWS)

    answer = await office.get(GRACE, f"{THING}{AS_ASKED}")

    assert error_of(answer) == (500, "InternalServerError")
    assert "secret" not in answer.text


@pytest.mark.documented("ErrorDetail: target and details")
async def test_an_error_tells_what_is_at_fault(store: Store) -> None:
    office = open_arm(store, ROWS)

    answer = await office.delete(GRACE, f"{THING}{AS_ASKED}")

    inner = {"code": "Inner", "message": "More of it.", "target": "properties.x"}
    assert answer.json() == {"error": {"code": "Outer", "message": "It.", "details": [inner]}}
    assert office.states[-1]["refusal"] == "why"


@pytest.mark.inferred("what is too much, or no JSON, is not read")
async def test_bodies_that_are_not_taken(store: Store) -> None:
    office = open_arm(store, ROWS)
    headers = {"authorization": f"Bearer {office.sign_in(GRACE)}", "content-type": "text/plain"}
    path = f"{THING}{AS_ASKED}"

    large = await office.put(GRACE, path, {"a": "a" * 100})
    text = await office.client.put(path, content=b"{}", headers=headers)
    bare = await office.client.put(path, headers=headers)

    assert error_of(large) == (413, "RequestEntityTooLarge")
    assert error_of(text) == (415, "UnsupportedMediaType")
    assert bare.status_code == 201
