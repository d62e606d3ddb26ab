"""How a client proves who it is: in the header or in the body, never in both."""

from base64 import b64encode

import httpx
import pytest

from tests.support.service import EMPTY, ROBOT, SECRET, TENANT, Service

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAMED = {
    "grant_type": "client_credentials",
    "client_id": ROBOT,
    "scope": "https://graph.microsoft.com/.default",
}
PROVED = NAMED | {"client_secret": SECRET}
URL = f"/{TENANT}/oauth2/v2.0/token"


@pytest.mark.documented("RFC 6749, 2.3.1: Basic takes form-encoded id and secret")
async def test_the_secret_may_come_in_the_header(service: Service) -> None:
    encoded = b64encode(f"{ROBOT}:{SECRET.replace('-', '%2D')}".encode()).decode()
    form = {"grant_type": "client_credentials", "scope": NAMED["scope"]}
    headers = {"authorization": f"Basic {encoded}"}
    answer = await service.client.post(URL, data=form, headers=headers)
    assert answer.status_code == httpx.codes.OK


def basic(text: str) -> dict[str, str]:
    return {"authorization": f"Basic {b64encode(text.encode()).decode()}"}


TWICE: dict[str, tuple[dict[str, str], dict[str, str], int, str]] = {
    "the same secret twice": (PROVED, basic(f"{ROBOT}:{SECRET}"), 400, "invalid_request"),
    "an assertion besides": (
        NAMED | {"client_assertion": "x"},
        basic(f"{ROBOT}:{SECRET}"),
        400,
        "invalid_request",
    ),
    "two clients": (
        NAMED | {"client_id": EMPTY},
        basic(f"{ROBOT}:{SECRET}"),
        400,
        "invalid_request",
    ),
    "no id and no secret": (PROVED, {"authorization": "Basic"}, 401, "invalid_client"),
    "no Base64": (PROVED, {"authorization": "Basic %%%"}, 401, "invalid_client"),
    "not ASCII": (PROVED, {"authorization": "Basic \xe9"}, 401, "invalid_client"),
    "no colon": (PROVED, basic(ROBOT), 401, "invalid_client"),
    "a NUL": (PROVED, basic(f"{ROBOT}:a%00"), 401, "invalid_client"),
}


@pytest.mark.documented("RFC 6749, 2.3: a client uses one method to prove itself; 5.2")
@pytest.mark.parametrize("name", TWICE)
async def test_a_client_proves_itself_in_one_way(service: Service, name: str) -> None:
    form, headers, status, error = TWICE[name]
    encoded = httpx.Headers({k.encode(): v.encode("latin-1") for k, v in headers.items()})
    answer = await service.client.post(URL, data=form, headers=encoded)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert ("www-authenticate" in answer.headers) == (status == httpx.codes.UNAUTHORIZED)
    assert SECRET not in answer.text


@pytest.mark.documented("RFC 6749, 2.3.1: Basic; the id may be named in the body as well")
async def test_the_id_may_stand_beside_the_header(service: Service) -> None:
    form = NAMED | {"client_id": ROBOT.upper()}
    answer = await service.client.post(URL, data=form, headers=basic(f"{ROBOT}:{SECRET}"))
    assert answer.status_code == httpx.codes.OK
