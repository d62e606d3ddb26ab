"""Input that cannot be taken gets a precise answer, is not kept, and never breaks anything."""

import httpx
import pytest

from tests.scenarios.bad_bodies import NOT_JSON, spoiled_bodies
from tests.scenarios.bad_queries import BAD_QUERIES
from tests.scenarios.calls import ELIGIBLE, REQUESTS, UNKNOWN, error_of, valid_body
from tests.scenarios.company import Company, count_stored

LARGE = 1024 * 1024

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.inferred("promise of the design: bad input is named, kept nowhere, and no fault"),
]


async def test_every_property_that_is_wrong_is_named_and_nothing_is_stored(
    shared_company: Company,
) -> None:
    company, stored = shared_company, await count_stored(shared_company)
    misnamed = []
    for path, body in spoiled_bodies(valid_body(company)):
        response = await company.call("pia", "POST", REQUESTS, json=body)
        said = response.json().get("error", {}).get("message", "")
        if response.status_code != 400 or path not in said:
            misnamed.append((path, body.get(path.partition("/")[0]), response.status_code, said))
    assert not misnamed, "\n".join(map(str, misnamed))
    assert await count_stored(company) == stored


async def test_the_body_that_the_others_spoil_is_taken(shared_company: Company) -> None:
    body = valid_body(shared_company) | {"isValidationOnly": True}
    response = await shared_company.call("pia", "POST", REQUESTS, json=body)
    assert response.status_code == 201


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
async def test_a_body_that_is_no_json_object_is_refused(
    shared_company: Company, body: bytes
) -> None:
    stored = await count_stored(shared_company)
    for path in (REQUESTS, ELIGIBLE):
        response = await shared_company.call("pia", "POST", path, content=body)
        assert (response.status_code, error_of(response)["code"]) == (400, "BadRequest")
        assert "body" in error_of(response)["message"]
    assert await count_stored(shared_company) == stored


@pytest.mark.parametrize(
    "twice",
    [
        b'{"action":"adminAssign","action":"selfActivate"}',
        b'{"action":"adminAssign","Action":"selfActivate"}',
        b'{"principalId":"x","\\u0070rincipalId":"y"}',
        b'{"ticketInfo":{"ticketNumber":"1","ticketNumber":"2"}}',
    ],
)
async def test_a_property_given_twice_is_refused_by_name(
    shared_company: Company, twice: bytes
) -> None:
    error = error_of(await shared_company.call("pia", "POST", REQUESTS, content=twice))
    assert any(name in error["message"] for name in ("action", "principalId", "ticketNumber"))
    assert "more than once" in error["message"]


@pytest.mark.parametrize("size", [300_000, LARGE + 1, 3 * LARGE])
async def test_a_body_that_is_too_large_is_refused(shared_company: Company, size: int) -> None:
    body = valid_body(shared_company) | {"customData": "x" * size}
    response = await shared_company.call("pia", "POST", REQUESTS, json=body)
    assert response.status_code == 413
    assert error_of(response)["code"] == "RequestBodyTooLarge"


@pytest.mark.parametrize("kind", ["application/xml", "text/plain", "multipart/form-data", "x"])
async def test_a_body_of_another_kind_is_refused(shared_company: Company, kind: str) -> None:
    stored = await count_stored(shared_company)
    body = httpx.Request("POST", "https://x", json=valid_body(shared_company)).content
    response = await shared_company.call("pia", "POST", REQUESTS, content=body, kind=kind)
    assert response.status_code == 415
    assert "application/json" in error_of(response)["message"]
    assert await count_stored(shared_company) == stored


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "Application/JSON;odata=x"]
)
async def test_the_kind_of_body_that_clients_send_is_taken(
    shared_company: Company, kind: str
) -> None:
    body = valid_body(shared_company) | {"isValidationOnly": True}
    content = httpx.Request("POST", "https://x", json=body).content
    response = await shared_company.call("pia", "POST", REQUESTS, content=content, kind=kind)
    assert response.status_code == 201


@pytest.mark.parametrize(
    ("property_", "code"),
    [("principalId", "SubjectNotFound"), ("roleDefinitionId", "RoleNotFound")],
)
async def test_an_id_of_nothing_is_not_found(
    shared_company: Company, property_: str, code: str
) -> None:
    stored = await count_stored(shared_company)
    body = valid_body(shared_company) | {property_: UNKNOWN}
    response = await shared_company.call("pia", "POST", REQUESTS, json=body)
    assert (response.status_code, error_of(response)["code"]) == (404, code)
    assert await count_stored(shared_company) == stored


@pytest.mark.parametrize("scope", [f"/administrativeUnits/{UNKNOWN}", f"/{UNKNOWN}"])
async def test_a_scope_that_is_not_there_is_named(shared_company: Company, scope: str) -> None:
    role = "Helpdesk Administrator" if "Units" in scope else "Application Administrator"
    body = valid_body(shared_company) | {
        "directoryScopeId": scope,
        "roleDefinitionId": shared_company.find(role),
    }
    response = await shared_company.call("pia", "POST", REQUESTS, json=body)
    assert response.status_code == 404
    assert UNKNOWN in error_of(response)["message"]


@pytest.mark.parametrize(("query", "named"), BAD_QUERIES, ids=[q[:60] for q, _ in BAD_QUERIES])
async def test_a_query_that_makes_no_sense_is_refused_by_name(
    shared_company: Company, query: str, named: str
) -> None:
    response = await shared_company.call("rex", "GET", f"{REQUESTS}?{query}")
    assert response.status_code == 400
    assert named.lower() in error_of(response)["message"].lower()


@pytest.mark.documented("Graph, request ids and paging: a page token belongs to its request")
async def test_a_page_token_of_another_list_or_person_is_refused(shared_company: Company) -> None:
    first = await shared_company.call("rex", "GET", "/v1.0/users?$top=1")
    link = first.json()["@odata.nextLink"]
    token = httpx.URL(link).params["$skiptoken"]
    for who, url in (
        ("rex", f"/v1.0/groups?$top=1&$skiptoken={token}"),
        ("rex", f"/v1.0/users?$top=1&$filter=startswith(displayName,'E')&$skiptoken={token}"),
        ("rex", f"/beta/users?$top=1&$skiptoken={token}"),
        ("pia", f"/v1.0/users?$top=1&$skiptoken={token}"),
        ("rex", f"/v1.0/users?$top=1&$skiptoken={token[:-2]}xx"),
    ):
        error = error_of(await shared_company.call(who, "GET", url))
        assert "$skiptoken" in error["message"], url
    assert (await shared_company.call("rex", "GET", link)).status_code == 200
