"""What is refused before a door is reached is told in the envelope that the door's clients read."""

import httpx
import pytest

from tests.scenarios.calls import REQUESTS, error_of
from tests.scenarios.company import Company

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.inferred("design: an unknown Host is answered 421, whatever is asked of it"),
]


@pytest.mark.parametrize(
    "host", ["elsewhere.example", "localhost", "localhost:8444", "localhost:8443:1", ""]
)
@pytest.mark.parametrize("path", [REQUESTS, "/common/discovery/instance"])
async def test_a_host_that_is_not_ours_is_misdirected(
    shared_company: Company, host: str, path: str
) -> None:
    token = await shared_company.sign_in("gail")
    headers = {"authorization": f"Bearer {token}", "host": host}
    response = await shared_company.client.get(path, headers=headers)
    assert (response.status_code, error_of(response)["code"]) == (421, "MisdirectedRequest")


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "9" * 30, "9" * 5000, "²"])
async def test_a_length_that_is_none_is_refused(shared_company: Company, length: str) -> None:
    token = await shared_company.sign_in("gail")
    raw = [
        (b"authorization", f"Bearer {token}".encode()),
        (b"content-length", length.encode("latin-1")),
    ]
    response = await shared_company.client.post(REQUESTS, headers=httpx.Headers(raw))
    assert error_of(response)["code"] == "RequestBodyTooLarge"


@pytest.mark.parametrize("asked", ["x" * 129, "a b", "é", "\x00", ""])
async def test_a_client_request_id_that_cannot_be_told_is_replaced(
    shared_company: Company, asked: str
) -> None:
    headers = [(b"client-request-id", asked.encode("latin-1"))]
    response = await shared_company.client.get(REQUESTS, headers=httpx.Headers(headers))
    assert response.headers["client-request-id"] == response.headers["request-id"]


async def test_a_client_request_id_is_told_back(shared_company: Company) -> None:
    response = await shared_company.client.get(REQUESTS, headers={"client-request-id": "mine-7"})
    assert response.headers["client-request-id"] == "mine-7"
    assert error_of(response)["innerError"]["client-request-id"] == "mine-7"


@pytest.mark.parametrize("path", ["/", "/nope", "/v2.0/users", "/v1.0x/users", "/.git/config"])
async def test_a_path_of_no_door_is_not_found(shared_company: Company, path: str) -> None:
    response = await shared_company.client.get(path)
    assert (response.status_code, response.json()) == (404, {"error": "not_found"})


OF_AZURE = {
    "/foo/bar/providers/Microsoft.Authorization/roleAssignments": "MissingApiVersionParameter",
    "/foo/providers/Microsoft.Web/sites/a?API-version=2022-04-01": "AuthenticationFailed",
    "/nope?api-version=2022-04-01": "AuthenticationFailed",
}


@pytest.mark.parametrize("path", OF_AZURE)
async def test_a_path_that_is_written_for_azure_is_refused_there(
    shared_company: Company, path: str
) -> None:
    response = await shared_company.client.get(path)
    assert response.json()["error"]["code"] == OF_AZURE[path]
    assert response.headers["x-ms-failure-cause"] == "gateway"


@pytest.mark.parametrize(
    "path", ["/common/discovery/instance?api-version=1.1", "/common/UserRealm/a@b?api-version=1.0"]
)
async def test_what_the_authority_knows_is_asked_there(shared_company: Company, path: str) -> None:
    response = await shared_company.client.get(path)
    assert response.status_code in (200, 400)
    assert "x-ms-request-id" not in response.headers
