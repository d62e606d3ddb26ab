"""Programs of Microsoft's in a tenant where nobody has registered them, as they are published."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import httpx
import msal  # type: ignore[import-untyped]  # it comes without types
import pytest
import pytest_asyncio

from tests.identity.flows.test_msal import aside, sign_in, wire
from tests.identity.flows.world import LOOPBACK, PKCE, VERIFIER, Visitor, World, told
from tests.identity.pages.reader import Reader
from tests.identity.pages.test_consent_page import answer_of as consent_answer
from tests.identity.pages.test_device_page import answer_of
from tests.identity.test_token_endpoint import claims_of
from tests.support.service import ORIGIN, TENANT, open_service, production
from tests.support.sheets import Sheet
from timebound.application.changes import ChangeSet, PutObject, name_key
from timebound.domain.directory import DirectoryObject
from timebound.domain.ids import ApplicationId, TenantId
from timebound.domain.settings import ProgramPermissions
from timebound.identity.flows.interaction import Interactions
from timebound.identity.flows.marks import Marks
from timebound.identity.flows.redirects import RedirectKind, find_redirect
from timebound.identity.flows.sessions import Sessions

ADA: Final = "ada@small.example"
CLI: Final = ApplicationId("04b07795-8ddb-461a-bbee-02f9e1bf7b46")
GRAPH_TOOLS: Final = ApplicationId("14d82eec-204b-4c2f-b7e8-296a70dab67e")
GRAPH: Final = ["https://graph.microsoft.com/.default"]
ARM: Final = ["https://management.azure.com/.default"]
FORMER: Final = "31359c7f-bd7e-475c-86db-fdb8c937548e"
"""What CLI for Microsoft 365 used until it was deleted, as pnp/powershell#4250 tells."""
PUBLISHED: Final = {
    "AuditLog.Read.All",
    "Directory.AccessAsUser.All",
    "Group.ReadWrite.All",
    "User.ReadWrite.All",
}
DEVICE: Final = f"/{TENANT}/oauth2/v2.0/devicecode"
TOOLS: Final = {"client_id": GRAPH_TOOLS, "redirect_uri": LOOPBACK, **PKCE}

pytestmark = pytest.mark.documented(
    "first-party applications are known in every tenant; clients/contract.md, 3.4"
)


@pytest_asyncio.fixture
async def fresh(tmp_path: Path) -> AsyncIterator[World]:
    """A production service in which nobody has used any program yet."""
    async with open_fresh(tmp_path, ProgramPermissions.PUBLISHED) as opened:
        yield opened


@asynccontextmanager
async def open_fresh(folder: Path, allowed: ProgramPermissions | None) -> AsyncIterator[World]:
    """A production service without programs of its own, where they may do this unasked."""
    said = {} if allowed is None else {"program_permissions": allowed}
    async with open_service(replace(production(folder), tenant_settings=said)) as service:
        parts = service.parts
        marks = Marks(parts.master.derive("sign-in marks"))
        sessions = Sessions(parts.store, marks, parts.system)
        yield World(service, sessions, Interactions(parts.master, parts.system))


async def open_program(world: World, client_id: str = CLI) -> Any:  # noqa: ANN401 - the library is untyped
    return await aside(
        msal.PublicClientApplication,
        client_id,
        authority=f"{ORIGIN}/{TENANT}",
        instance_discovery=False,
        http_client=wire(world),
    )


def read_as(visitor: Visitor) -> Reader:
    """Somebody who reads the pages in a browser in which they are signed in."""
    client = visitor.service.client_at("127.0.0.1")
    client.cookies.update(visitor.cookies)
    return Reader(client)


async def find(world: World, app_id: ApplicationId = CLI) -> DirectoryObject | None:
    store, at = world.service.parts.store, world.service.parts.clock.now()
    record = await store.find_application(TenantId(TENANT), app_id, at)
    return None if record is None else record.owner


def error_of(answer: httpx.Response) -> tuple[str, int]:
    body = answer.json()
    return body["error"], body["error_codes"][0]


async def ask_device(world: World, client_id: str = CLI) -> httpx.Response:
    form = {"client_id": client_id, "scope": GRAPH[0]}
    return await world.service.client.post(DEVICE, data=form)


async def list_accounts(world: World, access_token: str) -> list[dict[str, Any]]:
    answer = await world.service.client.get(
        "/v1.0/servicePrincipals",
        params={"$filter": f"appId eq '{CLI}'"},
        headers={"authorization": f"Bearer {access_token}"},
    )
    assert answer.status_code == httpx.codes.OK, answer.text
    found: list[dict[str, Any]] = answer.json()["value"]
    return found


async def test_azure_cli_signs_somebody_in_with_a_browser(fresh: World) -> None:
    assert await find(fresh) is None
    app = await open_program(fresh)
    body = await sign_in(app, await fresh.sign_in(ADA), GRAPH)
    scopes = set(claims_of(body["access_token"])["scp"].split())
    assert scopes - {"openid", "profile", "email"} == PUBLISHED
    (account,) = await aside(app.get_accounts)
    azure = await aside(app.acquire_token_silent, ARM, account)
    assert "user_impersonation" in claims_of(azure["access_token"])["scp"].split()
    (shown,) = await list_accounts(fresh, body["access_token"])
    assert (shown["displayName"], shown["appId"]) == ("Microsoft Azure CLI", CLI)
    assert shown["appOwnerOrganizationId"] != TENANT


async def test_azure_cli_signs_somebody_in_with_a_device_code(fresh: World) -> None:
    app = await open_program(fresh)
    flow = await aside(app.initiate_device_flow, GRAPH)
    reader = read_as(await fresh.sign_in(ADA))
    page = await reader.visit(flow["verification_uri"].removeprefix(ORIGIN))
    page = await reader.fill(page, "user_code", user_code=flow["user_code"])
    sheet = Sheet(page.text)
    assert "Let Microsoft Azure CLI act for you?" in sheet.words
    await reader.send(answer_of(sheet, "approve"))
    body = await aside(app.acquire_token_by_device_flow, flow)
    assert set(claims_of(body["access_token"])["scp"].split()) >= PUBLISHED


async def test_what_is_not_published_is_consented_to(fresh: World) -> None:
    reader = read_as(await fresh.sign_in(ADA))
    page = await reader.authorize(**TOOLS, scope="openid User.Read")
    sheet = Sheet(page.text)
    assert "May Microsoft Graph Command Line Tools do this for you?" in sheet.words
    code = told(await reader.send(consent_answer(sheet, "accept")))["code"]
    tokens = await fresh.redeem(
        code,
        client_id=GRAPH_TOOLS,
        client_secret="",
        redirect_uri=LOOPBACK,
        code_verifier=VERIFIER,
    )
    assert "User.Read" in claims_of(tokens.json()["access_token"])["scp"].split()


@pytest.mark.parametrize("client_id", [CLI, GRAPH_TOOLS])
async def test_roles_are_reached_through_an_administrator(fresh: World, client_id: str) -> None:
    reader = read_as(await fresh.sign_in(ADA))
    asked = {**TOOLS, "client_id": client_id}
    page = await reader.authorize(**asked, scope="RoleManagement.ReadWrite.Directory")
    assert "administrator" in Sheet(page.text).words
    assert not page.is_redirect


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost",
        "http://localhost:8400",
        "http://localhost:51234/",
        "https://login.microsoftonline.com/common/oauth2/nativeclient",
        f"ms-appx-web://Microsoft.AAD.BrokerPlugin/{CLI}",
    ],
)
async def test_answers_go_to_the_machine(fresh: World, uri: str) -> None:
    visitor = await fresh.sign_in(ADA)
    asked = {"client_id": CLI, "redirect_uri": uri, "scope": f"{GRAPH[0]} openid", **PKCE}
    answer = await visitor.authorize(**asked)
    assert answer.headers["location"].startswith(f"{uri}?code=")


async def test_an_answer_may_stay_in_the_browser(fresh: World) -> None:
    """Checked without a client, which follows no address of this kind."""
    await ask_device(fresh)
    account = await find(fresh)
    assert account is not None
    assert find_redirect("urn:ietf:wg:oauth:2.0:oob", account, None) is RedirectKind.PUBLIC


ELSEWHERE: Final = [
    "https://evil.example/",
    "http://localhost/elsewhere",
    "http://localhost.evil.example:8400",
    "https://localhost:8400",
    "https://login.microsoftonline.com/common/oauth2/nativeclient/../x",
    f"ms-appx-web://Microsoft.AAD.BrokerPlugin/{GRAPH_TOOLS}",
]


@pytest.mark.parametrize("uri", ELSEWHERE)
async def test_answers_go_nowhere_else(fresh: World, uri: str) -> None:
    await ask_device(fresh)
    await fresh.change_account(CLI, replyUrls=tuple(ELSEWHERE))
    visitor = await fresh.sign_in(ADA)
    asked = {"client_id": CLI, "redirect_uri": uri, "scope": "openid", **PKCE}
    answer = await visitor.authorize(**asked)
    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert "AADSTS50011" in answer.text


async def test_a_code_is_given_to_nobody_without_a_challenge(fresh: World) -> None:
    visitor = await fresh.sign_in(ADA)
    asked = {"client_id": CLI, "redirect_uri": LOOPBACK, "scope": "openid"}
    assert told(await visitor.authorize(**asked))["error"] == "invalid_request"


async def change(world: World, **changes: Any) -> None:  # noqa: ANN401 - fields of an account
    """What an administrator makes of the account of Azure CLI."""
    account = await find(world)
    assert account is not None
    at, changed = world.service.parts.clock.now(), replace(account, **changes)
    bumps = frozenset({name_key(CLI)})
    change = ChangeSet(TenantId(TENANT), at, {}, bumps, (PutObject(changed),))
    assert await world.service.parts.store.apply(change)


async def test_a_disabled_program_is_refused(fresh: World) -> None:
    assert (await ask_device(fresh)).status_code == httpx.codes.OK
    await change(fresh, is_enabled=False)
    assert error_of(await ask_device(fresh)) == ("unauthorized_client", 7000112)
    asked = {"client_id": CLI, "redirect_uri": LOOPBACK, "scope": "openid", **PKCE}
    answer = told(await (await fresh.sign_in(ADA)).authorize(**asked))
    assert "AADSTS7000112" in answer["error_description"]


async def test_a_deleted_program_is_unknown_and_stays_deleted(fresh: World) -> None:
    assert (await ask_device(fresh)).status_code == httpx.codes.OK
    await change(fresh, deleted_at=fresh.service.parts.clock.now())
    for _ in range(2):
        assert error_of(await ask_device(fresh)) == ("unauthorized_client", 700016)
    asked = {"client_id": CLI, "redirect_uri": LOOPBACK, "scope": "openid", **PKCE}
    answer = await (await fresh.sign_in(ADA)).authorize(**asked)
    assert (answer.status_code, "AADSTS700016" in answer.text) == (400, True)


async def test_eight_at_once_use_it_for_the_first_time(fresh: World) -> None:
    answers = await asyncio.gather(*(ask_device(fresh) for _ in range(8)))
    assert [one.status_code for one in answers] == [httpx.codes.OK] * 8
    app = await open_program(fresh)
    body = await sign_in(app, await fresh.sign_in(ADA), GRAPH)
    assert len(await list_accounts(fresh, body["access_token"])) == 1


async def test_no_secret_and_no_password_gets_a_token(fresh: World) -> None:
    form = {"client_id": CLI, "scope": GRAPH[0]}
    alone = {**form, "grant_type": "client_credentials", "client_secret": "guessed"}
    assert error_of(await fresh.service.ask_token(alone))[0] == "invalid_client"
    by_password = {**form, "grant_type": "password", "username": ADA, "password": "x"}
    answer = await fresh.service.ask_token(by_password)
    assert error_of(answer)[0] == "unsupported_grant_type"


@pytest.mark.parametrize("app_id", [f"{CLI[:-4]}0000", FORMER])
async def test_others_stay_unknown(fresh: World, app_id: str) -> None:
    assert error_of(await ask_device(fresh, app_id)) == ("unauthorized_client", 700016)
