"""Paths and methods that lead nowhere, and the odd spellings that still lead somewhere."""

import pytest

from tests.scenarios.calls import REQUESTS, UNKNOWN, error_of
from tests.scenarios.company import Company

pytestmark = pytest.mark.asyncio(loop_scope="module")

DIRECTORY = "/v1.0/roleManagement/directory"

NOWHERE = (
    ("/v1.0/nope", "nope"),
    ("/v1.0/roleManagement/nope", "nope"),
    (f"{DIRECTORY}/roleAssignmentScheduleRequestz", "roleAssignmentScheduleRequestz"),
    (f"{DIRECTORY}/roleAssignmentScheduleRequests/{UNKNOWN}/nope", "nope"),
    (f"{DIRECTORY}/roleDefinitions/filterByCurrentUser(on='principal')", "filterByCurrentUser"),
    ("/v1.0/users/eve/nope", "nope"),
    ("/v1.0/me/nope", "nope"),
    ("/v1.0/users%2feve", "users/eve"),
    ("/v1.0/..%2f..%2fetc%2fpasswd", "passwd"),
    ("/v1.0/roleManagement", "roleManagement"),
    (DIRECTORY, "directory"),
)


@pytest.mark.inferred("what is not there answers 404 and names the segment")
@pytest.mark.parametrize(("path", "segment"), NOWHERE)
async def test_a_segment_that_leads_nowhere_is_named(
    shared_company: Company, path: str, segment: str
) -> None:
    response = await shared_company.call("rex", "GET", path)
    assert response.status_code == 404
    assert segment in error_of(response)["message"]


@pytest.mark.inferred("text that is no UTF-8, or cannot be kept, is refused where it is read")
@pytest.mark.parametrize(
    "path",
    [
        "/v1.0/users/%00",
        "/v1.0/users/%ff",
        "/v1.0/users/%c0%af",
        "/v1.0/%00",
        f"{REQUESTS}/%ed%a0%80",
        "/v1.0/users/" + "x" * 5000,
        "/v1.0" + "/x" * 100,
    ],
)
async def test_a_path_that_is_no_text_or_too_long_is_refused(
    shared_company: Company, path: str
) -> None:
    response = await shared_company.call("rex", "GET", path)
    assert response.status_code == 400
    assert "path" in error_of(response)["message"]


@pytest.mark.inferred("the parameter that a function lacks or cannot take is named")
@pytest.mark.parametrize(
    "call",
    [
        "filterByCurrentUser",
        "filterByCurrentUser()",
        "filterByCurrentUser(on='')",
        "filterByCurrentUser(on='everybody')",
        "filterByCurrentUser(by='principal')",
        "filterByCurrentUser(on='PRINCIPAL''')",
    ],
)
async def test_a_function_without_its_parameter_is_refused(
    shared_company: Company, call: str
) -> None:
    response = await shared_company.call("eve", "GET", f"{REQUESTS}/{call}")
    assert response.status_code == 400
    assert "on" in error_of(response)["message"]


@pytest.mark.documented("clients/contract.md 5: `//`, a trailing `/` and any casing are taken")
@pytest.mark.parametrize(
    "path",
    [
        "//v1.0//roleManagement//directory//roleDefinitions",
        f"{DIRECTORY}/roleDefinitions/",
        "/V1.0/ROLEMANAGEMENT/Directory/roledefinitions",
        "/v1.0/role%4Danagement/directory/role%44efinitions",
        "/v1.0/roleManagement/directory/roleDefinitions?",
    ],
)
async def test_odd_spellings_lead_to_the_same_place(shared_company: Company, path: str) -> None:
    url = f"https://localhost:8443{path}"
    response = await shared_company.call("rex", "GET", url)
    assert response.status_code == 200
    assert len(response.json()["value"]) > 100


@pytest.mark.inferred("ERR-077: a method that a resource does not take is 405 with its Allow")
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (REQUESTS, "GET, POST"),
        (f"{REQUESTS}/{UNKNOWN}", "GET"),
        (f"{REQUESTS}/{UNKNOWN}/cancel", "POST"),
        ("/v1.0/users", "GET, POST"),
        ("/v1.0/me", "GET"),
    ],
)
async def test_a_method_that_a_resource_does_not_take_is_refused(
    shared_company: Company, method: str, path: str, allowed: str
) -> None:
    response = await shared_company.call("pia", method, path)
    assert response.status_code == 405
    assert response.headers["allow"] == allowed
    assert error_of(response)["code"] == "Request_BadRequest"


@pytest.mark.observed("ERR-037, ERR-039: what is not there is 404 with the code of its kind")
@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"{REQUESTS}/{UNKNOWN}", "RoleAssignmentRequestNotFound"),
        (f"{REQUESTS}/x", "RoleAssignmentRequestNotFound"),
        (f"{DIRECTORY}/roleEligibilitySchedules/{UNKNOWN}", "Request_ResourceNotFound"),
        (f"{DIRECTORY}/roleAssignmentScheduleInstances/x", "Request_ResourceNotFound"),
        (f"{DIRECTORY}/roleAssignments/{'A' * 43}-1", "Request_ResourceNotFound"),
        (f"{DIRECTORY}/roleDefinitions/{UNKNOWN}", "Request_ResourceNotFound"),
        ("/v1.0/users/nobody@nowhere.example", "Request_ResourceNotFound"),
        (f"/v1.0/users/{UNKNOWN}", "Request_ResourceNotFound"),
        ("/v1.0/users/' or 1 eq 1", "Request_ResourceNotFound"),
        (f"/v1.0/groups/{UNKNOWN}", "Request_ResourceNotFound"),
    ],
)
async def test_what_is_not_there_is_not_found(
    shared_company: Company, path: str, code: str
) -> None:
    response = await shared_company.call("rex", "GET", path)
    assert (response.status_code, error_of(response)["code"]) == (404, code)
