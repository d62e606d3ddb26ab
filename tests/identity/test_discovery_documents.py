"""The documents by which clients find the authorization server."""

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.identity.test_token_endpoint import APPLICATION
from tests.support.service import ORIGIN, TENANT, Service

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def read(service: Service, path: str, host: str = "localhost:8443") -> httpx.Response:
    return await service.client.get(path, headers={"host": host})


@pytest.mark.documented("clients/contract.md, minimal fields of openid-configuration")
@pytest.mark.parametrize("tenant", [TENANT, "small.example"])
async def test_a_tenant_describes_itself(service: Service, tenant: str) -> None:
    answer = await read(service, f"/{tenant}/v2.0/.well-known/openid-configuration")
    document = answer.json()
    assert document["issuer"] == f"{ORIGIN}/{TENANT}/v2.0"
    assert document["token_endpoint"] == f"{ORIGIN}/{tenant}/oauth2/v2.0/token"
    assert document["authorization_endpoint"] == f"{ORIGIN}/{tenant}/oauth2/v2.0/authorize"
    assert document["jwks_uri"] == f"{ORIGIN}/{tenant}/discovery/v2.0/keys"
    assert "password" in document["grant_types_supported"]


@pytest.mark.documented("OpenID Connect Discovery, 3; RFC 8414, 2; RFC 9207, 3; RFC 8628, 4")
@pytest.mark.parametrize("tenant", [TENANT, "common"])
async def test_what_is_told_of_sign_ins_is_so(service: Service, tenant: str) -> None:
    answer = await read(service, f"/{tenant}/v2.0/.well-known/openid-configuration")
    document = answer.json()
    base = f"{ORIGIN}/{tenant}/oauth2/v2.0"
    assert document["device_authorization_endpoint"] == f"{base}/devicecode"
    assert document["end_session_endpoint"] == f"{base}/logout"
    assert document["authorization_response_iss_parameter_supported"] is (tenant == TENANT)
    assert document["claims_parameter_supported"] is True
    assert document["request_parameter_supported"] is False
    assert document["request_uri_parameter_supported"] is False
    assert document["response_types_supported"] == ["code"]
    for path in ("authorization_endpoint", "end_session_endpoint"):
        reached = await service.client.get(document[path])
        assert reached.status_code in {httpx.codes.OK, httpx.codes.BAD_REQUEST}
    for path in ("token_endpoint", "device_authorization_endpoint", "revocation_endpoint"):
        asked = await service.client.post(document[path], data={"grant_type": "x"})
        assert asked.json()["error_codes"]
    for grant in document["grant_types_supported"]:
        asked = await service.ask_token({"grant_type": grant}, tenant)
        assert asked.json()["error"] != "unsupported_grant_type"


@pytest.mark.documented("OpenID Connect on the identity platform: the issuer is a template")
@pytest.mark.parametrize("shared", ["common", "organizations", "COMMON"])
async def test_shared_authorities_have_a_template_for_an_issuer(
    service: Service, shared: str
) -> None:
    answer = await read(service, f"/{shared}/v2.0/.well-known/openid-configuration")
    assert answer.json()["issuer"] == f"{ORIGIN}/{{tenantid}}/v2.0"
    assert answer.json()["token_endpoint"].startswith(f"{ORIGIN}/{shared.lower()}/")


@pytest.mark.documented("DESIGN, Origins: absolute URLs come from the origin that was addressed")
@pytest.mark.parametrize("host", ["localhost:8443", "127.0.0.1:8443", "[::1]:8443"])
async def test_urls_are_those_of_the_origin_addressed(service: Service, host: str) -> None:
    answer = await read(service, f"/{TENANT}/v2.0/.well-known/openid-configuration", host)
    urls = [v for v in answer.json().values() if isinstance(v, str) and v.startswith("http")]
    assert urls
    assert all(url.startswith(f"https://{host}/") for url in urls)


@pytest.mark.documented("AADSTS90002: unknown tenant")
@pytest.mark.parametrize("path", ["v2.0/.well-known/openid-configuration", "discovery/v2.0/keys"])
async def test_an_unknown_tenant_describes_nothing(service: Service, path: str) -> None:
    answer = await read(service, f"/nobody.example/{path}")
    assert (answer.status_code, answer.json()["error_codes"]) == (400, [90002])


@pytest.mark.documented(
    "RFC 7517: the published keys verify what is signed, and tell no private part"
)
async def test_the_published_keys_verify_tokens(service: Service) -> None:
    document = (await read(service, f"/{TENANT}/discovery/v2.0/keys")).json()
    token = (await service.ask_token(APPLICATION)).json()["access_token"]
    decoded = jwt.decode(token, KeySet.import_key_set(document), algorithms=["RS256"])
    assert decoded.header["kid"] in [key["kid"] for key in document["keys"]]
    assert decoded.claims["tid"] == TENANT
    assert all(set(key) == {"kty", "use", "kid", "alg", "n", "e"} for key in document["keys"])


@pytest.mark.documented("clients/contract.md, 3.1: tenant_discovery_endpoint and metadata aliases")
async def test_an_instance_is_discovered_by_its_endpoint(service: Service) -> None:
    asked = {"authorization_endpoint": f"{ORIGIN}/{TENANT}/oauth2/v2.0/authorize"}
    answer = await service.client.get("/common/discovery/instance", params=asked)
    document = answer.json()
    configuration = f"{ORIGIN}/{TENANT}/v2.0/.well-known/openid-configuration"
    assert document["tenant_discovery_endpoint"] == configuration
    assert "localhost:8443" in document["metadata"][0]["aliases"]


@pytest.mark.documented("AADSTS50049: an unknown or invalid instance")
@pytest.mark.parametrize(
    "endpoint",
    ["https://login.microsoftonline.com/common/oauth2/v2.0/authorize", "x", "https://[", "//"],
)
async def test_another_instance_is_not_vouched_for(service: Service, endpoint: str) -> None:
    asked = {"authorization_endpoint": endpoint}
    answer = await service.client.get("/common/discovery/instance", params=asked)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_instance")


@pytest.mark.documented("clients/contract.md, 3.1: a password login needs account_type Managed")
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ada@small.example", "Managed"),
        ("ada%40small.example", "Managed"),
        ("who@SMALL.TEST", "Managed"),
        ("ada@elsewhere.example", "Unknown"),
        ("ada", "Unknown"),
    ],
)
async def test_the_realm_of_a_name_is_ours_or_unknown(
    service: Service, name: str, kind: str
) -> None:
    answer = await read(service, f"/common/userrealm/{name}?api-version=1.0")
    assert answer.json()["account_type"] == kind
