"""What programs of Microsoft's may do unasked: what the tenant has set, and never its own ones."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio

from tests.identity.flows.test_azure_consent import BY_NAME, SCOPE, WORDS
from tests.identity.flows.test_programs import ADA, CLI, GRAPH, PUBLISHED, find, open_fresh, read_as
from tests.identity.flows.world import FLOW_SEED, LOOPBACK, PKCE, VERIFIER, World, open_world, told
from tests.identity.pages.test_consent_page import answer_of
from tests.identity.test_token_endpoint import claims_of
from tests.support.service import TENANT
from tests.support.sheets import Sheet
from timebound.application.changes import ChangeSet, PutObject, PutTenant
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.ids import PrincipalId, TenantId
from timebound.domain.settings import ProgramPermissions, TenantSettings

ELSEWHERE: Final = "https://elsewhere.example/take"
ASKS: Final = {"client_id": CLI, "redirect_uri": LOOPBACK, **PKCE}
OWN: Final[Mapping[str, Any]] = {
    "displayName": "Our CLI",
    "kind": "public",
    "appId": CLI,
    "redirectUris": ["http://localhost"],
}


@pytest_asyncio.fixture
async def own(tmp_path: Path) -> AsyncIterator[World]:
    """An emulator whose tenant has registered the id of Azure CLI itself."""
    async with open_world(tmp_path, _with(OWN)) as opened:
        yield opened


def _with(application: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**FLOW_SEED, "applications": [*FLOW_SEED["applications"], application]}


async def redeem(world: World, code: str, redirect_uri: str = LOOPBACK) -> set[str]:
    """What the token for a code lets Azure CLI do."""
    answer = await world.redeem(
        code,
        client_id=CLI,
        client_secret="",
        redirect_uri=redirect_uri,
        code_verifier=VERIFIER,
    )
    assert answer.status_code == httpx.codes.OK, answer.text
    return set(claims_of(answer.json()["access_token"])["scp"].split()) - {
        "openid",
        "profile",
        "email",
    }


@pytest.mark.documented("issue 3: consent framework; RFC 9700, 4.1")
@pytest.mark.parametrize("scope", [SCOPE, BY_NAME])
async def test_whoever_manages_a_registration_gets_nobodys_tokens(own: World, scope: str) -> None:
    """Somebody gives the tenant's own Azure CLI an address of theirs, and sends people a link."""
    await own.change(CLI, publicClient={"redirectUris": (ELSEWHERE,)})
    visitor = await own.sign_in(ADA)
    asked = {"client_id": CLI, "redirect_uri": ELSEWHERE, "scope": scope, **PKCE}
    silent = told(await visitor.authorize(**asked, prompt="none"))
    assert "code" not in silent
    assert silent["error"] == "consent_required"
    page = await visitor.authorize(**asked)
    assert not page.is_redirect
    assert "May Our CLI do this for you?" in Sheet(page.text).words
    assert WORDS in Sheet(page.text).words


@pytest.mark.documented("issue 3: consent framework; RFC 9700, 4.1")
async def test_a_registration_beside_a_program_ends_what_it_has_unasked(world: World) -> None:
    visitor = await world.sign_in(ADA)
    assert "code" in told(await visitor.authorize(**ASKS, scope=SCOPE))
    registration = DirectoryObject(
        PrincipalId("12345678-0000-4000-8000-00000000000c"),
        ObjectKind.APPLICATION,
        "Our CLI",
        world.service.parts.clock.now(),
        app_id=CLI,
    )
    await world.put(PutObject(registration))
    silent = told(await visitor.authorize(**ASKS, scope=SCOPE, prompt="none"))
    assert silent["error"] == "consent_required"


@pytest.mark.inferred("what is registered in the tenant is an application like all others")
async def test_a_registered_program_has_what_was_consented_to(own: World) -> None:
    visitor = await own.sign_in(ADA)
    code = told(await visitor.authorize(**ASKS, scope=GRAPH[0]))["code"]
    assert await redeem(own, code) == set()
    reader = read_as(visitor)
    sheet = Sheet((await reader.authorize(**ASKS, scope=BY_NAME)).text)
    code = told(await reader.send(answer_of(sheet, "accept")))["code"]
    assert await redeem(own, code) == {"user_impersonation"}


@pytest.mark.documented("docs/how-to/clients.md: a seed says what is consented to for everybody")
async def test_a_seed_consents_for_everybody(tmp_path: Path) -> None:
    permitted = {"delegated": ["https://management.azure.com/user_impersonation"]}
    async with open_world(tmp_path, _with({**OWN, "permissions": permitted})) as world:
        visitor = await world.sign_in(ADA)
        code = told(await visitor.authorize(**ASKS, scope=SCOPE))["code"]
        assert await redeem(world, code) == {"user_impersonation"}


@pytest.mark.documented("docs/reference/settings.md: program_permissions")
@pytest.mark.parametrize(
    ("allowed", "is_asked", "graph"),
    [
        (None, True, set()),
        (ProgramPermissions.NONE, True, set()),
        (ProgramPermissions.AZURE, False, set()),
        (ProgramPermissions.PUBLISHED, False, PUBLISHED),
    ],
)
async def test_a_production_service_lets_them_do_what_is_set(
    tmp_path: Path, allowed: ProgramPermissions | None, *, is_asked: bool, graph: set[str]
) -> None:
    async with open_fresh(tmp_path, allowed) as world:
        reader = read_as(await world.sign_in(ADA))
        answer = await reader.authorize(**ASKS, scope=SCOPE)
        assert answer.is_redirect is not is_asked
        if is_asked:
            sheet = Sheet(answer.text)
            assert "May Microsoft Azure CLI do this for you?" in sheet.words
            answer = await reader.send(answer_of(sheet, "accept"))
        assert await redeem(world, told(answer)["code"]) == {"user_impersonation"}
        code = told(await reader.authorize(**ASKS, scope=GRAPH[0]))["code"]
        assert await redeem(world, code) == graph


@pytest.mark.documented("docs/reference/settings.md: program_permissions")
async def test_a_seed_can_let_them_do_nothing_in_an_emulator(tmp_path: Path) -> None:
    seed = {**FLOW_SEED, "settings": {"program_permissions": "none"}}
    async with open_world(tmp_path, seed) as world:
        silent = await (await world.sign_in(ADA)).authorize(**ASKS, scope=SCOPE, prompt="none")
        assert told(silent)["error"] == "consent_required"


@pytest.mark.inferred("what is not permitted any more is over for tokens that are out, too")
async def test_a_change_counts_at_once(world: World) -> None:
    visitor = await world.sign_in(ADA)
    code = told(await visitor.authorize(**ASKS, scope=GRAPH[0]))["code"]
    form = {"client_id": CLI, "client_secret": "", "redirect_uri": LOOPBACK}
    tokens = (await world.redeem(code, **form, code_verifier=VERIFIER)).json()
    headers = {"authorization": f"Bearer {tokens['access_token']}"}

    async def look() -> int:
        return (await world.service.client.get("/v1.0/users", headers=headers)).status_code

    assert await look() == httpx.codes.OK
    for allowed in (ProgramPermissions.NONE, ProgramPermissions.AZURE):
        await set_permissions(world, allowed)
        assert await look() == httpx.codes.FORBIDDEN
    await set_permissions(world, ProgramPermissions.PUBLISHED)
    assert await look() == httpx.codes.OK
    assert await find(world) is not None


async def set_permissions(world: World, allowed: ProgramPermissions) -> None:
    """What the tenant has set from now on."""
    store, tenant_id = world.service.parts.store, TenantId(TENANT)
    tenant = await store.find_tenant(TENANT)
    assert tenant is not None
    kept: TenantSettings = await store.load_settings(tenant_id)
    put = PutTenant(tenant.display_name, tenant.domains, replace(kept, program_permissions=allowed))
    at = world.service.parts.clock.now()
    assert await store.apply(ChangeSet(tenant_id, at, {}, frozenset(), (put,)))
