"""What an application does for people ends at once when it is switched off or deleted."""

from dataclasses import replace

import httpx
import pytest

from tests.identity.flows.test_devices import flows_of
from tests.identity.flows.test_ended_sign_ins import ENDED, GOOD, desk_token, seen, tokens_of
from tests.identity.flows.world import ADA, GUS, WEB, World, object_id
from tests.support.service import TENANT
from timebound.application.changes import ChangeSet, GrantConsent, PutObject
from timebound.domain.directory import DirectoryObject
from timebound.domain.ids import ApplicationId, PrincipalId, TenantId
from timebound.identity.flows.own_account import withdraw_consent
from timebound.identity.flows.sessions import Present

pytestmark = pytest.mark.inferred("a program that is switched off acts for nobody any more")


async def account_of(world: World, app_id: str) -> DirectoryObject:
    """The service principal of an application."""
    store, at = world.service.parts.store, world.service.parts.clock.now()
    found = await store.find_application(TenantId(TENANT), ApplicationId(app_id), at)
    assert found is not None
    return found.owner


@pytest.mark.parametrize("way", ["disabled", "deleted"])
async def test_a_token_counts_while_its_application_is_there(world: World, way: str) -> None:
    token = (await tokens_of(world, await world.sign_in(ADA)))["access_token"]
    client, account = world.service.client, await account_of(world, WEB)
    gus = await desk_token(world, GUS, "Application.ReadWrite.All")
    assert (await seen(world, token), await seen(world, gus)) == (GOOD, GOOD)
    path, headers = f"/v1.0/servicePrincipals/{account.id}", {"authorization": f"Bearer {gus}"}
    if way == "disabled":
        ended = await client.patch(path, json={"accountEnabled": False}, headers=headers)
    else:
        ended = await client.delete(path, headers=headers)
    assert ended.status_code == httpx.codes.NO_CONTENT, ended.text
    assert (await seen(world, token), await seen(world, gus)) == (ENDED, GOOD)


async def test_what_one_consented_to_is_taken_back_from_an_application_that_is_off(
    world: World,
) -> None:
    store, flows = world.service.parts.store, flows_of(world)
    tenant, ada, web = TenantId(TENANT), PrincipalId(object_id(ADA)), ApplicationId(WEB)
    at = world.service.parts.clock.now()
    given = (GrantConsent(ada, web, "Mail.Read"),)
    assert await store.apply(ChangeSet(tenant, at, {}, frozenset(), given))
    off = replace(await account_of(world, WEB), is_enabled=False)
    assert await store.apply(ChangeSet(tenant, at, {}, frozenset(), (PutObject(off),)))
    present = await flows.sessions.find((await world.sign_in()).browser)
    assert isinstance(present, Present)
    assert await withdraw_consent(flows, present, web)
    assert await store.user_permissions(tenant, web, ada) == frozenset()
