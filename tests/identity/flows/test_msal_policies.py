"""A policy that is set over Graph asks for a context, and MSAL answers; then it asks no more."""

from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest

from tests.identity.flows.test_msal import (
    AZURE,
    READ,
    SECURITY_READER,
    SEED,
    WRITE,
    activate,
    aside,
    phone,
    sign_in,
)
from tests.identity.flows.world import ADA, GUS, PHONE, World, open_world
from tests.identity.test_token_endpoint import claims_of

pytestmark = [
    pytest.mark.client,
    pytest.mark.documented(
        "issue 5: the claims round trip with MSAL; book 4, AuthenticationContext"
    ),
]
POLICY = ["RoleManagementPolicy.ReadWrite.Directory"]
ASSIGNMENTS = "/v1.0/policies/roleManagementPolicyAssignments"
POLICIES = "/v1.0/policies/roleManagementPolicies"
FREE_SEED = {
    **{name: value for name, value in SEED.items() if name != "policies"},
    "applications": [
        one
        if one.get("appId") != PHONE
        else one | {"permissions": {"delegated": AZURE + READ + WRITE + POLICY}}
        for one in SEED["applications"]
    ],
}


async def set_context(world: World, token: str, *, is_enabled: bool) -> None:
    """An administrator turns the context of the role on or off, as a client finds its policy."""
    headers = {"authorization": f"Bearer {token}"}
    wanted = (
        "scopeId eq '/' and scopeType eq 'DirectoryRole' and "
        f"roleDefinitionId eq '{SECURITY_READER}'"
    )
    client = world.service.client
    found = await client.get(ASSIGNMENTS, params={"$filter": wanted}, headers=headers)
    (assignment,) = found.json()["value"]
    rule = f"{POLICIES}/{assignment['policyId']}/rules/AuthenticationContext_EndUser_Assignment"
    body = {
        "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyAuthenticationContextRule",
        "id": "AuthenticationContext_EndUser_Assignment",
        "isEnabled": is_enabled,
        "claimValue": "c1" if is_enabled else None,
    }
    changed = await client.patch(rule, json=body, headers=headers)
    assert changed.status_code == httpx.codes.NO_CONTENT, changed.text


async def test_a_context_that_is_set_over_graph_is_answered_by_the_library(tmp_path: Path) -> None:
    async with open_world(tmp_path, FREE_SEED) as world:
        boss = await sign_in(await phone(world), await world.sign_in(GUS), POLICY)
        await set_context(world, boss["access_token"], is_enabled=True)
        app = await phone(world)
        body = await sign_in(app, await world.sign_in(), WRITE)
        refused = (await activate(world, body["access_token"])).json()["error"]
        assert refused["code"] == "RoleAssignmentRequestAcrsValidationFailed"
        claims = unquote(refused["message"].partition("claims=")[2])
        (account,) = await aside(app.get_accounts)
        silent = await aside(
            app.acquire_token_silent_with_error, WRITE, account, claims_challenge=claims
        )
        assert silent["error"] == "interaction_required"
        stepped = await sign_in(app, await world.sign_in(ADA, "otp", "mfa"), WRITE, claims)
        assert claims_of(stepped["access_token"])["acrs"] == ["c1"]
        granted = await activate(world, stepped["access_token"])
        assert granted.status_code == httpx.codes.CREATED, granted.text


async def test_a_context_that_is_taken_off_asks_no_more(tmp_path: Path) -> None:
    async with open_world(tmp_path, FREE_SEED) as world:
        boss = await sign_in(await phone(world), await world.sign_in(GUS), POLICY)
        await set_context(world, boss["access_token"], is_enabled=True)
        body = await sign_in(await phone(world), await world.sign_in(), WRITE)
        refused = await activate(world, body["access_token"])
        assert refused.status_code == httpx.codes.BAD_REQUEST
        await set_context(world, boss["access_token"], is_enabled=False)
        granted = await activate(world, body["access_token"])
        assert granted.status_code == httpx.codes.CREATED, granted.text
