"""The token endpoint: who gets a token, what it says, and in which words the others are refused."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.support.service import (
    DESK,
    EMPTY,
    ORIGIN,
    PASSWORD,
    ROBOT,
    SECRET,
    TENANT,
    Service,
    id_of,
)
from timebound.domain.roles import GLOBAL_READER

pytestmark = pytest.mark.asyncio(loop_scope="module")

GRAPH = "https://graph.microsoft.com/.default"
APPLICATION = {
    "grant_type": "client_credentials",
    "client_id": ROBOT,
    "client_secret": SECRET,
    "scope": GRAPH,
}
USER = {
    "grant_type": "password",
    "client_id": DESK,
    "username": "ada@small.example",
    "password": PASSWORD,
    "scope": f"{GRAPH} openid profile offline_access",
    "client_info": "1",
}


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def without(form: Mapping[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in form.items() if key != name}


async def granted(service: Service, form: Mapping[str, str]) -> tuple[dict[str, Any], Any]:
    """The answer, and the claims of its access token."""
    answer = await service.ask_token(form)
    assert answer.status_code == httpx.codes.OK, answer.text
    assert answer.headers["cache-control"] == "no-store"
    body: dict[str, Any] = answer.json()
    assert body["token_type"] == "Bearer"
    return body, claims_of(body["access_token"])


@pytest.mark.documented("clients/contract.md, finding 14; access token claims reference")
async def test_an_application_gets_a_token_in_its_own_name(service: Service) -> None:
    body, claims = await granted(service, APPLICATION)
    assert claims["roles"] == ["RoleManagement.Read.Directory", "User.Read.All"]
    assert {name: claims[name] for name in ("idtyp", "appid", "azp", "tid", "aud", "iss")} == {
        "idtyp": "app",
        "appid": ROBOT,
        "azp": ROBOT,
        "tid": TENANT,
        "aud": "https://graph.microsoft.com",
        "iss": f"{ORIGIN}/{TENANT}/v2.0",
    }
    assert claims["app_displayname"] == "Robot"
    assert claims["oid"] == claims["sub"] == id_of("servicePrincipal", "Robot")
    assert "scp" not in claims
    assert "amr" not in claims
    assert "id_token" not in body


@pytest.mark.documented("access tokens live between 60 and 90 minutes")
async def test_a_token_lives_for_an_hour_and_some_minutes(service: Service) -> None:
    body, claims = await granted(service, APPLICATION)
    assert 3600 <= body["expires_in"] < 5400
    assert claims["exp"] - claims["nbf"] == body["expires_in"] == body["ext_expires_in"]


AUDIENCES = {
    "https://graph.microsoft.com/.default": "https://graph.microsoft.com",
    "https://graph.microsoft.com//.default": "https://graph.microsoft.com/",
    "00000003-0000-0000-c000-000000000000/.default": "00000003-0000-0000-c000-000000000000",
    "https://localhost/.default": "https://graph.microsoft.com",
    "https://localhost:8443//.default": "https://graph.microsoft.com",
    "https://management.azure.com//.default": "https://management.azure.com/",
    "https://management.core.windows.net/.default": "https://management.core.windows.net",
}


@pytest.mark.documented("clients/contract.md, finding 13: the spellings of resources in the wild")
@pytest.mark.parametrize("scope", AUDIENCES)
async def test_every_spelling_of_a_resource_is_understood(service: Service, scope: str) -> None:
    body, claims = await granted(service, APPLICATION | {"scope": scope})
    assert claims["aud"] == AUDIENCES[scope]
    assert scope in body["scope"].split()


@pytest.mark.documented("clients/contract.md, finding 1 and minimal fields")
async def test_a_person_gets_a_token_and_a_cacheable_answer(service: Service) -> None:
    body, claims = await granted(service, USER)
    assert GRAPH in body["scope"].split()
    assert "https://graph.microsoft.com/User.Read" in body["scope"].split()
    assert "offline_access" in body["scope"].split()
    assert body["refresh_token"].startswith(f"{TENANT}.")
    granted_scopes = {"RoleManagement.Read.Directory", "User.Read", "openid", "profile", "email"}
    assert set(claims["scp"].split()) == granted_scopes
    assert claims["wids"] == [GLOBAL_READER]
    person = {"upn": "ada@small.example", "unique_name": "ada@small.example", "name": "Ada One"}
    assert claims.items() >= person.items()
    assert (claims["idtyp"], claims["amr"]) == ("user", ["pwd"])
    assert "acrs" not in claims
    assert "xms_cc" not in claims


@pytest.mark.documented("clients/contract.md, minimal fields of id_token and client_info")
async def test_the_id_token_tells_the_client_who_signed_in(service: Service) -> None:
    body, claims = await granted(service, USER)
    told = claims_of(body["id_token"])
    assert (told["aud"], told["iss"], told["tid"]) == (DESK, claims["iss"], TENANT)
    assert (told["oid"], told["preferred_username"]) == (claims["oid"], "ada@small.example")
    info = claims_of(f".{body['client_info']}")
    assert info == {"uid": id_of("user", "ada@small.example"), "utid": TENANT}


@pytest.mark.inferred("scopes about the sign-in are told apart in any casing, as permissions are")
async def test_openid_is_understood_in_any_casing(service: Service) -> None:
    body, claims = await granted(service, USER | {"scope": f"{GRAPH} OpenID Offline_Access"})
    assert claims_of(body["id_token"])["oid"] == claims["oid"]
    assert body["scope"].split()[:3] == [GRAPH, "OpenID", "Offline_Access"]
    assert "refresh_token" in body


@pytest.mark.documented("OpenID Connect Core, 11: no refresh token without offline_access")
async def test_without_offline_access_there_is_no_refresh_token(service: Service) -> None:
    body, _ = await granted(service, USER | {"scope": f"{GRAPH} openid"})
    assert "refresh_token" not in body
    assert "offline_access" not in body["scope"]


@pytest.mark.documented("OpenID Connect: an id token is for those who ask for `openid`")
async def test_without_openid_there_is_no_id_token(service: Service) -> None:
    body, _ = await granted(service, without(USER, "client_info") | {"scope": GRAPH})
    assert {"id_token", "client_info"}.isdisjoint(body)


@pytest.mark.inferred("a token carries the permissions asked for, not all that are granted")
async def test_single_permissions_can_be_asked_for(service: Service) -> None:
    for scope in ("user.read", "https://graph.microsoft.com/User.Read"):
        body, claims = await granted(service, USER | {"scope": scope})
        assert set(claims["scp"].split()) == {"User.Read", "openid", "profile", "email"}
        assert scope in body["scope"].split()


@pytest.mark.documented("clients/contract.md, claims challenges: acrs and xms_cc")
@pytest.mark.parametrize(
    ("asked", "amr", "acrs", "xms_cc"),
    [
        ({"xms_cc": {"values": ["CP1"]}}, ["pwd"], None, ["cp1"]),
        ({"acrs": {"essential": True, "value": "c1"}}, ["pwd", "mfa"], ["c1"], ["cp1"]),
        ({"acrs": {"essential": True, "values": ["c1", "c9"]}}, ["pwd", "mfa"], ["c1"], ["cp1"]),
        ({"acrs": {"value": "c9"}}, ["pwd", "mfa"], None, ["cp1"]),
        ({"nbf": {"essential": True, "value": "1"}}, ["pwd"], None, None),
    ],
)
async def test_the_emulator_grants_the_context_that_is_asked_for(
    service: Service,
    asked: dict[str, Any],
    amr: list[str],
    acrs: list[str] | None,
    xms_cc: list[str] | None,
) -> None:
    parameter = json.dumps({"access_token": asked, "id_token": {"signin_state": None}})
    _, claims = await granted(service, USER | {"claims": parameter})
    assert (claims["amr"], claims.get("acrs"), claims.get("xms_cc")) == (amr, acrs, xms_cc)


@pytest.mark.documented("clients/contract.md, 3.5: unknown fields and query options are ignored")
async def test_what_clients_tell_besides_is_ignored(service: Service) -> None:
    form = USER | {
        "x-client-SKU": "MSAL",
        "response_type": "id_token token",
        "username": "ADA@small.EXAMPLE",
    }
    url = f"/{TENANT}/oauth2/v2.0/token?client-request-id=x"
    answer = await service.client.post(url, data=form)
    assert answer.status_code == httpx.codes.OK


@pytest.mark.documented("clients/contract.md, 3.1: tenants are ids, domains, organizations, common")
@pytest.mark.parametrize(
    "tenant", [TENANT.upper(), "small.example", "SMALL.test", "organizations", "common"]
)
async def test_a_tenant_goes_by_several_names(service: Service, tenant: str) -> None:
    answer = await service.ask_token(USER, tenant)
    assert claims_of(answer.json()["access_token"])["iss"] == f"{ORIGIN}/{TENANT}/v2.0"


REFUSALS: dict[str, tuple[Mapping[str, str], int, str, int]] = {
    "bad secret": (APPLICATION | {"client_secret": "x"}, 401, "invalid_client", 7000215),
    "no secret": (without(APPLICATION, "client_secret"), 401, "invalid_client", 7000218),
    "an application without secrets": (
        APPLICATION | {"client_id": EMPTY},
        401,
        "invalid_client",
        7000215,
    ),
    "unknown application": (
        APPLICATION | {"client_id": TENANT},
        400,
        "unauthorized_client",
        700016,
    ),
    "a public one with a secret": (
        USER | {"client_secret": SECRET},
        401,
        "invalid_client",
        700025,
    ),
    "a public one in its own name": (
        without(USER, "x") | {"grant_type": "client_credentials", "scope": GRAPH},
        401,
        "invalid_client",
        7000218,
    ),
    "a confidential one for a person": (
        USER | {"client_id": ROBOT},
        401,
        "invalid_client",
        7000218,
    ),
    "bad password": (USER | {"password": "x"}, 400, "invalid_grant", 50126),
    "unknown person": (USER | {"username": "bob@small.example"}, 400, "invalid_grant", 50126),
    "no password of their own": (
        USER | {"username": "eva@small.test"},
        400,
        "invalid_grant",
        50126,
    ),
    "disabled": (USER | {"username": "ida@small.example"}, 400, "invalid_grant", 50057),
    "disabled, with a bad password": (
        USER | {"username": "ida@small.example", "password": "x"},
        400,
        "invalid_grant",
        50126,
    ),
    "no consent": (USER | {"scope": "Directory.Read.All"}, 400, "invalid_grant", 65001),
    "unknown resource": (
        APPLICATION | {"scope": "https://elsewhere.example/.default"},
        400,
        "invalid_resource",
        500011,
    ),
    "no resource at all": (
        APPLICATION | {"scope": "https://[/.default"},
        400,
        "invalid_resource",
        500011,
    ),
    "two resources": (
        USER | {"scope": f"{GRAPH} https://management.azure.com/.default"},
        400,
        "invalid_scope",
        70011,
    ),
    "default beside a permission": (
        USER | {"scope": f"{GRAPH} User.Read"},
        400,
        "invalid_scope",
        70011,
    ),
    "an application with a permission": (
        APPLICATION | {"scope": "User.Read.All"},
        400,
        "invalid_scope",
        1002012,
    ),
    "an application with openid alone": (
        APPLICATION | {"scope": "openid"},
        400,
        "invalid_scope",
        1002012,
    ),
    "unknown grant": (
        USER | {"grant_type": "implicit"},
        400,
        "unsupported_grant_type",
        70003,
    ),
    "claims that are no JSON": (USER | {"claims": "{"}, 400, "invalid_request", 90013),
    "claims of a wrong shape": (
        USER | {"claims": '{"access_token":{"acrs":1}}'},
        400,
        "invalid_request",
        90013,
    ),
}


@pytest.mark.documented("AADSTS error code reference; clients/contract.md, token error")
@pytest.mark.parametrize("name", REFUSALS)
async def test_what_is_refused_has_its_number(service: Service, name: str) -> None:
    form, status, error, number = REFUSALS[name]
    answer = await service.ask_token(form)
    body = answer.json()
    assert (answer.status_code, body["error"], body["error_codes"]) == (status, error, [number])
    assert body["error_description"].startswith(f"AADSTS{number}: ")
    assert body["trace_id"] == answer.headers["request-id"]
    assert answer.headers["cache-control"] == "no-store"
    for secret in (PASSWORD, SECRET):
        assert secret not in answer.text


@pytest.mark.documented("AADSTS900144: the body must contain the parameter")
@pytest.mark.parametrize("name", ["grant_type", "client_id", "username", "password", "scope"])
async def test_a_missing_field_is_named(service: Service, name: str) -> None:
    for form in (without(USER, name), USER | {name: ""}):
        body = (await service.ask_token(form)).json()
        assert body["error_codes"] == [900144]
        assert f"`{name}`" in body["error_description"]


@pytest.mark.documented("AADSTS90002: unknown tenant")
async def test_an_unknown_tenant_is_named(service: Service) -> None:
    answer = await service.ask_token(USER, "nobody.example")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_tenant")
    assert answer.json()["error_codes"] == [90002]
    assert "nobody.example" in answer.json()["error_description"]


@pytest.mark.documented("RFC 6749, 3.2: a parameter may not be given twice")
@pytest.mark.parametrize(
    "content",
    [
        b"grant_type=password&grant_type=password",
        b"grant_type=%ff",
        b"grant_type=password&username=a%00@larkfield.example",
        "grant_type=é".encode(),
        b"&".join(b"a%d=1" % number for number in range(200)),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused(service: Service, content: bytes) -> None:
    url = f"/{TENANT}/oauth2/v2.0/token"
    answer = await service.client.post(url, content=content)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.inferred("what a client sent is told back shortened")
async def test_an_endless_value_is_not_told_back(service: Service) -> None:
    body = (await service.ask_token(USER | {"grant_type": "x" * 100_000})).json()
    assert len(body["error_description"]) < 1000


@pytest.mark.documented("RFC 6749, 3.2: the token endpoint is asked with POST")
async def test_a_token_is_not_fetched_with_get(service: Service) -> None:
    answer = await service.client.get(f"/{TENANT}/oauth2/v2.0/token")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
