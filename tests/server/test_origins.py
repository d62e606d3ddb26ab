"""Several origins: each answers what its roles say, and names the others where they are meant."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import httpx
import pytest
import pytest_asyncio

from tests.identity.test_token_endpoint import APPLICATION
from tests.support.service import TENANT, Service, emulator, open_service
from timebound.application.tokens import Resource
from timebound.identity.scopes import ARM_AUDIENCE, GRAPH_AUDIENCE, Audiences
from timebound.server.config import Origin, Role
from timebound.server.connection import Trust, describe_connection

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOGIN: Final = "https://login.example"
OTHER_LOGIN: Final = "https://sign-in.example:8443"
GRAPH: Final = "https://graph.example:8443"
ARM: Final = "https://arm.example"
PORTAL: Final = "https://portal.example"
ORIGINS: Final = (
    Origin(PORTAL, frozenset({Role.PORTAL})),
    Origin(LOGIN, frozenset({Role.AUTHORITY})),
    Origin(OTHER_LOGIN, frozenset({Role.AUTHORITY})),
    Origin(GRAPH, frozenset({Role.GRAPH})),
    Origin(ARM, frozenset({Role.ARM})),
)
CONFIGURATION: Final = f"/{TENANT}/v2.0/.well-known/openid-configuration"
ASKED: Final = "?api-version=2022-12-01"
USERS: Final = "/v1.0/users?$top=1&$select=id"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """An emulator with an origin for each role, and Microsoft's names."""
    settings = emulator(tmp_path_factory.mktemp("origins"))
    settings = replace(settings, origins=ORIGINS, has_public_names=True)
    async with open_service(settings) as opened:
        yield opened


async def read(service: Service, origin: str, path: str, token: str = "") -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return await service.client.get(f"{origin}{path}", headers=headers)


async def sign_in(service: Service, origin: str) -> str:
    url = f"{origin}/{TENANT}/oauth2/v2.0/token"
    answer = await service.client.post(url, data=dict(APPLICATION))
    return str(answer.json()["access_token"])


PLACES: Final[Mapping[str, tuple[str, int]]] = {
    "Graph at its origin": (f"{GRAPH}/v1.0/me", 401),
    "Graph where tokens are issued": (f"{LOGIN}/v1.0/me", 404),
    "Graph in the portal": (f"{PORTAL}/beta/me", 404),
    "discovery at its origin": (f"{LOGIN}{CONFIGURATION}", 200),
    "discovery at Graph": (f"{GRAPH}{CONFIGURATION}", 404),
    "discovery at Azure": (f"{ARM}{CONFIGURATION}", 404),
    "Azure at its origin": (f"{ARM}/providers{ASKED}", 401),
    "Azure in capitals, its slashes doubled": (f"{ARM}//Subscriptions{ASKED}", 401),
    "Azure without a version": (f"{ARM}/subscriptions", 400),
    "Azure at Graph": (f"{GRAPH}/subscriptions{ASKED}", 404),
    "Azure where tokens are issued": (f"{LOGIN}/subscriptions{ASKED}", 404),
    "Azure by its public name": (f"https://management.azure.com/tenants{ASKED}", 401),
    "Azure by the name of Graph": (f"https://graph.microsoft.com/tenants{ASKED}", 404),
    "Graph by its public name": ("https://graph.microsoft.com/v1.0/me", 401),
    "Graph by the name of the authority": ("https://login.microsoftonline.com/v1.0/me", 404),
    "discovery by its public name": (f"https://login.microsoftonline.com{CONFIGURATION}", 200),
    "discovery by the name of Azure": (f"https://management.azure.com{CONFIGURATION}", 404),
    "what is nowhere, at Azure": (f"{ARM}/nothing", 400),
    "what is written for Azure, at Graph": (f"{GRAPH}/nothing{ASKED}", 404),
    "another host": ("https://evil.example/v1.0/me", 421),
    "another port": ("https://graph.example/v1.0/me", 421),
    "health by any name": ("https://evil.example/healthz", 200),
}


@pytest.mark.documented("DESIGN, Origins: each with its roles; an unknown Host is answered 421")
@pytest.mark.parametrize("name", PLACES)
async def test_an_origin_answers_what_its_roles_say(service: Service, name: str) -> None:
    url, status = PLACES[name]
    answer = await service.client.get(url)
    assert answer.status_code == status
    if status in (404, 421):
        assert answer.json()["error"]["code"]


@pytest.mark.documented("DESIGN, Origins: absolute URLs come from the origin that was addressed")
@pytest.mark.parametrize("origin", [LOGIN, OTHER_LOGIN])
async def test_discovery_names_each_role_at_its_origin(service: Service, origin: str) -> None:
    document = (await read(service, origin, CONFIGURATION)).json()
    assert document["issuer"] == f"{origin}/{TENANT}/v2.0"
    assert document["token_endpoint"] == f"{origin}/{TENANT}/oauth2/v2.0/token"
    assert document["msgraph_host"] == "graph.example:8443"


@pytest.mark.inferred("Microsoft's names name one another, as in the service they belong to")
async def test_public_names_name_one_another(service: Service) -> None:
    login = "https://login.microsoftonline.com"
    document = (await read(service, login, CONFIGURATION)).json()
    assert document["token_endpoint"] == f"{login}/{TENANT}/oauth2/v2.0/token"
    assert document["msgraph_host"] == "graph.microsoft.com"
    refused = await read(service, "https://graph.microsoft.com", "/v1.0/me")
    assert (
        f'authorization_uri="{login}/common/oauth2/authorize"'
        in (refused.headers["www-authenticate"])
    )


@pytest.mark.documented(
    "clients/contract.md, claims challenges: authorization_uri names the authority"
)
async def test_a_refused_token_is_sent_to_the_authority(service: Service) -> None:
    refused = await read(service, GRAPH, "/v1.0/me")
    assert (
        f'authorization_uri="{LOGIN}/common/oauth2/authorize"'
        in (refused.headers["www-authenticate"])
    )


@pytest.mark.inferred("as at Graph: a client is sent to the authority that the origin names")
async def test_azure_sends_a_refused_token_to_the_authority(service: Service) -> None:
    refused = await read(service, ARM, f"/subscriptions{ASKED}")
    assert refused.json()["error"]["code"] == "AuthenticationFailed"
    assert f'authorization_uri="{LOGIN}/common"' in refused.headers["www-authenticate"]


@pytest.mark.documented("DESIGN, Origins: a token is of the API that it was made for")
async def test_a_token_of_azure_is_believed_there_alone(service: Service) -> None:
    form = {**APPLICATION, "scope": f"{ARM_AUDIENCE}/.default"}
    answer = await service.client.post(f"{LOGIN}/{TENANT}/oauth2/v2.0/token", data=form)
    token = answer.json()["access_token"]
    path = "/providers/Microsoft.Authorization/operations?api-version=2021-12-01-preview"

    heard = await read(service, ARM, path, token)
    other = await read(service, ARM, path, await sign_in(service, LOGIN))

    assert heard.status_code == 200, heard.text
    assert heard.headers["x-ms-request-id"] == heard.headers["request-id"]
    assert other.json()["error"]["code"] == "InvalidAuthenticationTokenAudience"
    assert (await read(service, GRAPH, USERS, token)).status_code == 401


@pytest.mark.inferred("all authorities are one: a token of any of them is believed at every Graph")
@pytest.mark.parametrize("issued_at", [LOGIN, OTHER_LOGIN, "https://login.microsoftonline.com"])
@pytest.mark.parametrize("shown_at", [GRAPH, "https://graph.microsoft.com"])
async def test_a_token_of_every_authority_is_believed(
    service: Service, issued_at: str, shown_at: str
) -> None:
    token = await sign_in(service, issued_at)
    answer = await read(service, shown_at, USERS, token)
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert document["@odata.context"].startswith(f"{shown_at}/v1.0/$metadata")
    assert document["@odata.nextLink"].startswith(f"{shown_at}/v1.0/users?")


@pytest.mark.documented("clients/contract.md, 3.1: metadata aliases")
async def test_an_instance_goes_by_the_names_of_the_authorities(service: Service) -> None:
    asked = f"?authorization_endpoint={OTHER_LOGIN}/{TENANT}/oauth2/v2.0/authorize"
    document = (await read(service, LOGIN, f"/common/discovery/instance{asked}")).json()
    aliases = document["metadata"][0]["aliases"]
    assert aliases[:2] == ["login.example", "sign-in.example:8443"]
    assert "login.microsoftonline.com" in aliases
    assert "graph.example:8443" not in aliases
    asked = f"?authorization_endpoint={GRAPH}/{TENANT}/oauth2/v2.0/authorize"
    refused = await read(service, LOGIN, f"/common/discovery/instance{asked}")
    assert refused.json()["error"] == "invalid_instance"


@pytest.mark.documented("issue: graphUrl, armUrl, authority; each names the origin of its role")
async def test_the_connection_file_names_each_role_at_its_origin(service: Service) -> None:
    parts = service.parts
    told = describe_connection(parts.origins, None, Trust(None, None), "control")
    assert (told.graph_url, told.arm_url, told.authority) == (GRAPH, ARM, LOGIN)
    assert (told.portal_url, told.control_url) == (PORTAL, f"{PORTAL}/control")
    alone = describe_connection(ORIGINS[1:2], None, Trust(None, None), None)
    assert (alone.graph_url, alone.arm_url, alone.portal_url) == (None, None, None)


NAMED: Final = {
    "https://graph.example/": (Resource.GRAPH, GRAPH_AUDIENCE),
    "https://graph.example:8443": (Resource.GRAPH, GRAPH_AUDIENCE),
    "https://arm.example": (Resource.ARM, ARM_AUDIENCE),
    "https://both.example": (Resource.GRAPH, GRAPH_AUDIENCE),
    "https://login.example": None,
    "http://graph.example": None,
}


@pytest.mark.documented("clients/contract.md, finding 13: the own host without its port is Graph")
@pytest.mark.parametrize("name", NAMED)
async def test_a_host_of_an_api_is_an_audience(name: str) -> None:
    audiences = Audiences([GRAPH, "https://both.example"], [ARM, "https://both.example"])
    assert audiences.find(name) == NAMED[name]


@pytest.mark.documented("DESIGN, Origins: by default one origin has all roles")
async def test_one_origin_with_all_roles_keeps_its_doors_apart(tmp_path: Path) -> None:
    async with open_service(emulator(tmp_path)) as alone:
        configuration = await alone.client.get(CONFIGURATION)
        graph = await alone.client.get("/v1.0/me")
        azure = await alone.client.get(f"/subscriptions/7/resourceGroups{ASKED}")
        metrics = await alone.client.get("/metrics", headers=alone.control_headers)

    assert configuration.status_code == 200
    assert graph.json()["error"]["code"] == "InvalidAuthenticationToken"
    assert azure.json()["error"]["code"] == "AuthenticationFailed"
    assert 'door="arm"' in metrics.text
