"""The library that most clients are made with, unmodified: sign-in, refresh, devices, step-up."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import msal  # type: ignore[import-untyped]  # it comes without types
import pytest
import pytest_asyncio

from tests.identity.flows.test_devices import flows_of
from tests.identity.flows.world import (
    ADA,
    BACK,
    FLOW_SEED,
    LOOPBACK,
    PHONE,
    WEB,
    WEB_SECRET,
    Visitor,
    World,
    open_world,
)
from tests.identity.test_token_endpoint import claims_of
from tests.support.service import ORIGIN, TENANT, id_of
from timebound.identity.flows.devices import Waiting, approve_device, find_waiting

pytestmark = pytest.mark.client
Answer = TypeVar("Answer")
ARM = ["https://management.azure.com/.default"]
AZURE = ["https://management.azure.com/user_impersonation"]
READ = ["RoleManagement.Read.Directory"]
WRITE = ["RoleAssignmentSchedule.ReadWrite.Directory"]
REQUESTS = "/v1.0/roleManagement/directory/roleAssignmentScheduleRequests"
SECURITY_READER = "5d6b6bb7-de71-4623-b4af-96380a352509"
SEED = {
    **FLOW_SEED,
    "applications": [
        one
        if one.get("appId") != PHONE
        else one | {"permissions": {"delegated": AZURE + READ + WRITE}}
        for one in FLOW_SEED["applications"]
    ],
    "eligibilities": [{"principal": ADA, "role": "Security Reader", "end": "P30D"}],
    "policies": [{"role": "Security Reader", "activation": {"authenticationContext": "c1"}}],
}


@dataclass(slots=True)
class Wire:
    """What the library sends its requests through: straight into the service."""

    client: httpx.AsyncClient
    loop: asyncio.AbstractEventLoop

    def get(self, url: str, **more: Any) -> httpx.Response:  # noqa: ANN401 - the library's own
        return self._send("GET", url, more)

    def post(self, url: str, **more: Any) -> httpx.Response:  # noqa: ANN401 - the library's own
        return self._send("POST", url, more)

    def close(self) -> None:
        """Nothing is held open."""

    def _send(self, method: str, url: str, more: Mapping[str, Any]) -> httpx.Response:
        known = {name: more[name] for name in ("params", "data", "headers") if more.get(name)}
        sending = self.client.request(method, url, **known)
        return asyncio.run_coroutine_threadsafe(sending, self.loop).result(30)


@pytest_asyncio.fixture
async def stepping(tmp_path: Path) -> AsyncIterator[World]:
    """A tenant in which a role asks for an authentication context."""
    async with open_world(tmp_path, SEED) as opened:
        yield opened


def wire(world: World) -> Wire:
    return Wire(world.service.client, asyncio.get_running_loop())


async def aside(call: Callable[..., Answer], *given: object, **more: object) -> Answer:
    """The answer of the library, which waits for its requests in a thread of its own."""
    return await asyncio.to_thread(partial(call, *given, **more))


async def phone(world: World, tenant: str = TENANT) -> Any:  # noqa: ANN401 - the library is untyped
    authority = f"{ORIGIN}/{tenant}"
    return await aside(
        msal.PublicClientApplication,
        PHONE,
        authority=authority,
        instance_discovery=False,
        http_client=wire(world),
        client_capabilities=["CP1"],
    )


async def visit(visitor: Visitor, url: str, back: str) -> dict[str, str]:
    """What the page posts back that a browser is shown at once."""
    sent = urlsplit(url)
    answer = await visitor.get(sent.path, dict(parse_qsl(sent.query)))
    assert answer.status_code == httpx.codes.OK, answer.headers
    assert f'action="{back}"' in answer.text
    inputs = re.findall(r'name="([^"]*)" value="([^"]*)"', answer.text)
    return {name: unescape(value) for name, value in inputs}


async def sign_in(
    app: Any,  # noqa: ANN401 - the library is untyped
    visitor: Visitor,
    scopes: list[str],
    claims: str | None = None,
) -> dict[str, Any]:
    flow = await aside(
        app.initiate_auth_code_flow,
        scopes,
        redirect_uri=LOOPBACK,
        claims_challenge=claims,
        response_mode="form_post",
    )
    told = await visit(visitor, flow["auth_uri"], LOOPBACK)
    body: dict[str, Any] = await aside(app.acquire_token_by_auth_code_flow, flow, told)
    assert "error" not in body, body
    return body


@pytest.mark.documented("MSAL: authorization code with PKCE, then silently for another API")
@pytest.mark.parametrize("tenant", [TENANT, "organizations", "small.example"])
async def test_a_public_client_signs_somebody_in(stepping: World, tenant: str) -> None:
    app, visitor = await phone(stepping, tenant), await stepping.sign_in()
    body = await sign_in(app, visitor, READ)
    assert body["id_token_claims"]["preferred_username"] == ADA
    (account,) = await aside(app.get_accounts)
    assert account["username"] == ADA
    kept = await aside(app.acquire_token_silent, READ, account)
    assert kept["access_token"] == body["access_token"]
    arm = await aside(app.acquire_token_silent, ARM, account)
    assert claims_of(arm["access_token"])["aud"] == "https://management.azure.com"
    anew = await aside(app.acquire_token_silent, READ, account, force_refresh=True)
    assert anew["access_token"] != body["access_token"]


@pytest.mark.documented("MSAL: a confidential client redeems with its secret")
async def test_a_confidential_client_signs_somebody_in(world: World) -> None:
    app = await aside(
        msal.ConfidentialClientApplication,
        WEB,
        client_credential=WEB_SECRET,
        authority=f"{ORIGIN}/{TENANT}",
        instance_discovery=False,
        http_client=wire(world),
    )
    flow = await aside(
        app.initiate_auth_code_flow,
        ["User.Read"],
        redirect_uri=BACK,
        response_mode="form_post",
    )
    told = await visit(await world.sign_in(), flow["auth_uri"], BACK)
    body = await aside(app.acquire_token_by_auth_code_flow, flow, told)
    assert claims_of(body["access_token"])["azpacr"] == "1"
    again = await aside(app.acquire_token_by_auth_code_flow, flow, told)
    assert again["error"] == "invalid_grant"


@pytest.mark.documented("MSAL: device code; the first poll comes at once")
async def test_a_device_signs_somebody_in(world: World) -> None:
    app = await phone(world)
    flow = await aside(app.initiate_device_flow, READ)
    flows = flows_of(world)
    tenant = await flows.granting.store.find_tenant(TENANT)
    assert tenant is not None
    waiting = await find_waiting(flows, tenant, flow["user_code"])
    present = await flows.sessions.find((await world.sign_in()).browser)
    assert isinstance(waiting, Waiting)
    assert present is not None
    assert await approve_device(flows, present, waiting) is None
    body = await aside(app.acquire_token_by_device_flow, flow)
    assert body["id_token_claims"]["oid"] == id_of("user", ADA)


@pytest.mark.documented("RoleAssignmentRequestAcrsValidationFailed: retried after stepping up")
async def test_a_refused_activation_is_retried_after_stepping_up(stepping: World) -> None:
    app, weak = await phone(stepping), await stepping.sign_in()
    body = await sign_in(app, weak, WRITE)
    refused = await activate(stepping, body["access_token"])
    error = refused.json()["error"]
    assert error["code"] == "RoleAssignmentRequestAcrsValidationFailed"
    claims = unquote(error["message"].partition("claims=")[2])
    (account,) = await aside(app.get_accounts)
    silent = await aside(
        app.acquire_token_silent_with_error, WRITE, account, claims_challenge=claims
    )
    assert silent["error"] == "interaction_required"
    strong = await stepping.sign_in(ADA, "otp", "mfa")
    body = await sign_in(app, strong, WRITE, claims)
    assert claims_of(body["access_token"])["acrs"] == ["c1"]
    granted = await activate(stepping, body["access_token"])
    assert granted.status_code == httpx.codes.CREATED, granted.text


async def activate(world: World, token: str) -> httpx.Response:
    body = {
        "action": "selfActivate",
        "principalId": id_of("user", ADA),
        "roleDefinitionId": SECURITY_READER,
        "directoryScopeId": "/",
        "justification": "a look",
        "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT1H"}},
    }
    headers = {"authorization": f"Bearer {token}"}
    return await world.service.client.post(REQUESTS, json=body, headers=headers)
