"""Version 1 of the protocol, and the documents that tools begin with."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.identity.test_token_endpoint import claims_of
from tests.support.service import (
    DESK,
    ORIGIN,
    PASSWORD,
    ROBOT,
    SECRET,
    TENANT,
    Service,
    emulator,
    id_of,
    open_service,
)
from timebound.application.tokens import Resource, TokenRefusal
from timebound.identity.verify import BearerVerifier
from timebound.server.origins import parse_origin

pytestmark = pytest.mark.asyncio(loop_scope="module")

URL = f"/{TENANT}/oauth2/token"
APPLICATION = {
    "grant_type": "client_credentials",
    "client_id": ROBOT,
    "client_secret": SECRET,
    "resource": "https://management.azure.com/",
}
USER = {
    "grant_type": "password",
    "client_id": DESK,
    "username": "ada@small.example",
    "password": PASSWORD,
    "resource": "https://graph.microsoft.com",
    "scope": "openid",
}


async def granted(service: Service, form: dict[str, str]) -> dict[str, Any]:
    answer = await service.client.post(URL, data=form)
    assert answer.status_code == httpx.codes.OK, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.documented("OAuth 2.0 on the v1.0 endpoint: service to service; ver, iss, appid")
async def test_an_application_names_a_resource(service: Service) -> None:
    body = await granted(service, APPLICATION)
    claims = claims_of(body["access_token"])
    assert (claims["ver"], claims["iss"]) == ("1.0", f"{ORIGIN}/{TENANT}/")
    assert (claims["aud"], claims["appid"]) == ("https://management.azure.com/", ROBOT)
    assert claims["appidacr"] == "1"
    assert {"azp", "azpacr", "scp"}.isdisjoint(claims)
    assert body["resource"] == "https://management.azure.com/"
    assert body["expires_in"] == str(int(body["expires_on"]) - int(body["not_before"]))
    assert "scope" not in body


@pytest.mark.documented("OAuth 2.0 on the v1.0 endpoint: scope names permissions alone; upn")
async def test_a_person_has_the_names_of_version_1(service: Service) -> None:
    body = await granted(service, USER)
    claims, id_claims = claims_of(body["access_token"]), claims_of(body["id_token"])
    assert claims["aud"] == "https://graph.microsoft.com"
    assert set(body["scope"].split()) == {"RoleManagement.Read.Directory", "User.Read", "openid"}
    assert id_claims["upn"] == id_claims["unique_name"] == "ada@small.example"
    assert (id_claims["ver"], id_claims["iss"]) == ("1.0", f"{ORIGIN}/{TENANT}/")


@pytest.mark.documented("access tokens: an API believes tokens of either version")
async def test_a_token_of_version_1_opens_its_api(service: Service) -> None:
    token = (await granted(service, USER))["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    answer = await service.client.get("/v1.0/me", headers=headers)
    assert answer.json()["userPrincipalName"] == "ada@small.example"


@pytest.mark.documented("OAuth 2.0 on the v1.0 endpoint: the resource is a URI or an application")
@pytest.mark.parametrize(
    ("resource", "api"),
    [
        ("https://graph.microsoft.com/", Resource.GRAPH),
        ("00000003-0000-0000-c000-000000000000", Resource.GRAPH),
        ("https://management.azure.com", Resource.ARM),
        ("https://management.core.windows.net/", Resource.ARM),
        ("797f4846-ba00-4fd7-ba43-dac1f8f63013", Resource.ARM),
    ],
)
async def test_an_api_goes_by_several_names(service: Service, resource: str, api: Resource) -> None:
    body = await granted(service, APPLICATION | {"resource": resource})
    assert claims_of(body["access_token"])["aud"] == resource
    verifier = BearerVerifier(service.parts.keys, service.parts.system, [ORIGIN])
    other = Resource.ARM if api is Resource.GRAPH else Resource.GRAPH
    bearer = f"Bearer {body['access_token']}"
    assert not isinstance(await verifier.verify(bearer, api), TokenRefusal)
    assert isinstance(await verifier.verify(bearer, other), TokenRefusal)


@pytest.mark.documented("error codes: 900144, 500011")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"resource": ""}, 900144),
        ({"resource": "https://nowhere.example"}, 500011),
        ({"resource": "https://graph.microsoft.com x"}, 500011),
        ({"client_secret": "x"}, 7000215),
    ],
)
async def test_what_is_wrong_is_told_as_in_version_2(
    service: Service, changes: dict[str, str], code: int
) -> None:
    answer = await service.client.post(URL, data=APPLICATION | changes)
    assert answer.json()["error_codes"] == [code]


@pytest.mark.documented("OpenID Connect Discovery; RFC 8414, 3.1")
@pytest.mark.parametrize(
    "path",
    [
        f"/{TENANT}/.well-known/openid-configuration",
        f"/.well-known/oauth-authorization-server/{TENANT}",
    ],
)
async def test_version_1_describes_itself(service: Service, path: str) -> None:
    document = (await service.client.get(path)).json()
    assert document["issuer"] == f"{ORIGIN}/{TENANT}/"
    assert document["token_endpoint"] == f"{ORIGIN}{URL}"
    assert document["userinfo_endpoint"] == f"{ORIGIN}/oidc/userinfo"
    keys = (await service.client.get(document["jwks_uri"])).json()
    token = (await granted(service, APPLICATION))["access_token"]
    decoded = jwt.decode(token, KeySet.import_key_set(keys), algorithms=["RS256"])
    assert decoded.claims["iss"] == document["issuer"]


@pytest.mark.documented("RFC 8414, 3.1: the path of the issuer comes after the well-known part")
async def test_the_metadata_is_the_configuration(service: Service) -> None:
    path = f"/.well-known/oauth-authorization-server/{TENANT}/v2.0"
    other = f"/{TENANT}/v2.0/.well-known/openid-configuration"
    document = (await service.client.get(path)).json()
    assert document == (await service.client.get(other)).json()
    assert document["introspection_endpoint"] == f"{ORIGIN}/{TENANT}/oauth2/v2.0/introspect"


@pytest.mark.documented("clients/contract.md, 3.4: /metadata/endpoints")
@pytest.mark.parametrize(
    ("query", "is_list"),
    [("?api-version=2022-09-01", False), ("?api-version=2019-05-01", True), ("", True)],
)
async def test_a_cloud_is_one_object_or_a_list(
    service: Service, query: str, *, is_list: bool
) -> None:
    document = (await service.client.get(f"/metadata/endpoints{query}")).json()
    assert isinstance(document, list) is is_list
    cloud = document[0] if is_list else document
    assert cloud["resourceManager"] == f"{ORIGIN}/"
    assert cloud["authentication"]["loginEndpoint"] == f"{ORIGIN}/"
    assert cloud["authentication"]["audiences"][0] == "https://management.azure.com/"


@pytest.mark.inferred("an origin answers what belongs to its roles, and names the others")
async def test_a_cloud_is_described_where_azure_or_the_authority_is(tmp_path: Path) -> None:
    origins = tuple(
        parse_origin(f"https://{role}.example={role}")
        for role in ("authority", "graph", "arm", "portal")
    )
    async with open_service(replace(emulator(tmp_path), origins=origins)) as service:
        for role, status in (("authority", 200), ("arm", 200), ("graph", 404), ("portal", 404)):
            url = f"https://{role}.example/metadata/endpoints?api-version=2022-09-01"
            answer = await service.client.get(url)
            assert answer.status_code == status
            if status == httpx.codes.OK:
                told = answer.json()
                assert told["authentication"]["loginEndpoint"] == "https://authority.example/"
                assert told["microsoftGraphResourceId"] == "https://graph.example/"
                assert told["portal"] == "https://portal.example"
        for role, status in (("graph", 401), ("arm", 404), ("authority", 404)):
            answer = await service.client.get(f"https://{role}.example/oidc/userinfo")
            assert answer.status_code == status


@pytest.mark.documented("OpenID Connect Core, 5.3: sub is that of the id token")
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_userinfo_tells_who_signed_in(service: Service, method: str) -> None:
    body = await granted(service, USER)
    headers = {"authorization": f"Bearer {body['access_token']}"}
    told = (await service.client.request(method, "/oidc/userinfo", headers=headers)).json()
    assert told == {
        "sub": claims_of(body["id_token"])["sub"],
        "name": "Ada One",
        "given_name": "Ada",
        "family_name": "One",
        "email": "ada@small.example",
    }


@pytest.mark.documented("OpenID Connect Core, 5.3.3; RFC 6750, 3")
async def test_userinfo_is_for_people_and_graph(service: Service) -> None:
    app = await granted(service, APPLICATION | {"resource": "https://graph.microsoft.com"})
    azure = await granted(service, USER | {"resource": "https://management.azure.com/"})
    tokens = [app["access_token"], azure["access_token"], "x"]
    for authorization in (None, *(f"Bearer {token}" for token in tokens)):
        headers = {} if authorization is None else {"authorization": authorization}
        answer = await service.client.get("/oidc/userinfo", headers=headers)
        assert answer.status_code == httpx.codes.UNAUTHORIZED
        assert answer.headers["www-authenticate"].startswith("Bearer ")


INTROSPECT = f"/{TENANT}/oauth2/v2.0/introspect"
REVOKE = f"/{TENANT}/oauth2/v2.0/revoke"
PROVED = {"client_id": ROBOT, "client_secret": SECRET}


@pytest.mark.documented("RFC 7662, 2.2")
async def test_a_client_learns_of_whom_a_token_speaks(service: Service) -> None:
    token = (await granted(service, USER))["access_token"]
    told = (await service.client.post(INTROSPECT, data={**PROVED, "token": token})).json()
    claims = claims_of(token)
    assert told["active"] is True
    assert (told["username"], told["client_id"]) == ("ada@small.example", DESK)
    assert told["oid"] == id_of("user", "ada@small.example")
    assert {name: told[name] for name in ("aud", "iss", "exp")} == {
        name: claims[name] for name in ("aud", "iss", "exp")
    }
    assert "User.Read" in told["scope"].split()


@pytest.mark.documented("RFC 7662, 2.2: nothing more is told of what does not count")
async def test_what_does_not_count_is_inactive(service: Service) -> None:
    header, payload, signature = (await granted(service, USER))["access_token"].split(".")
    for token in ("x", f"{header}.{payload}.{signature[::-1]}"):
        told = (await service.client.post(INTROSPECT, data={**PROVED, "token": token})).json()
        assert told == {"active": False}


@pytest.mark.documented("RFC 7662, 2.1: the endpoint is for clients that prove themselves")
@pytest.mark.parametrize("url", [INTROSPECT, REVOKE])
@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"client_id": ROBOT}, 7000218),
        ({"client_id": ROBOT, "client_secret": "x"}, 7000215),
        ({}, 900144),
        (PROVED | {"token": ""}, 900144),
    ],
)
async def test_nobody_else_learns_anything(
    service: Service, url: str, form: dict[str, str], code: int
) -> None:
    token = (await granted(service, USER))["access_token"]
    answer = await service.client.post(url, data={"token": token} | form)
    assert answer.json()["error_codes"] == [code]


@pytest.mark.documented("RFC 7662, 2.1: public clients ask nothing; RFC 7009, 2.1: they take back")
@pytest.mark.parametrize(("url", "code"), [(INTROSPECT, 7000218), (REVOKE, 70003)])
async def test_what_a_public_client_may_do(service: Service, url: str, code: int) -> None:
    token = (await granted(service, USER))["access_token"]
    answer = await service.client.post(url, data={"token": token, "client_id": DESK})
    assert answer.json()["error_codes"] == [code]


@pytest.mark.documented(
    "RFC 7009, 2.2: an unknown token is no error; 2.2.1: unsupported_token_type"
)
async def test_an_access_token_is_not_taken_back(service: Service) -> None:
    token = (await granted(service, USER))["access_token"]
    refused = await service.client.post(REVOKE, data={**PROVED, "token": token})
    assert (refused.status_code, refused.json()["error"]) == (400, "unsupported_token_type")
    done = await service.client.post(REVOKE, data={**PROVED, "token": "x"})
    assert done.status_code == httpx.codes.OK
