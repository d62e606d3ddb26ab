"""Tokens that tell an API of the tenant's own of roles: they end with the first of these."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from tests.identity.test_workloads import KEEPER, with_keeper
from tests.support.proving import read_claims
from tests.support.service import (
    EMPTY,
    ROBOT,
    SECRET,
    TENANT,
    Service,
    emulator,
    open_service,
    write_seed_file,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

GLOBAL_READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
GRAPH = "https://graph.microsoft.com"
ROLE_SECONDS = 600


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """A Robot that is Global Reader for ten minutes, and an API, Empty."""
    folder = tmp_path_factory.mktemp("roles")
    held = {"principal": "Robot", "role": "Global Reader", "end": "PT10M"}
    seed = {**with_keeper(), "assignments": [held]}
    settings = replace(emulator(folder), seed=write_seed_file(folder, seed))
    async with open_service(settings) as opened:
        yield opened


async def ask(service: Service, resource: str, client_id: str = ROBOT) -> dict[str, Any]:
    form = {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": SECRET,
        "scope": f"{resource}/.default",
    }
    answer = await service.ask_token(form)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def wish(service: Service, claims: str | None) -> None:
    """Has the API ask for roles in its tokens, or not."""
    token = (await ask(service, GRAPH, KEEPER))["access_token"]
    answer = await service.client.patch(
        f"/v1.0/applications(appId='{EMPTY}')",
        json={"groupMembershipClaims": claims},
        headers={"authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 204, answer.text


@pytest.mark.documented("issue: a token for others that speaks of a role ends no later than that")
@pytest.mark.parametrize("wished", ["DirectoryRole", "All", "SecurityGroup, DirectoryRole"])
async def test_a_token_ends_with_the_role_that_it_tells_of(service: Service, wished: str) -> None:
    await wish(service, wished)
    begun = service.parts.clock.now().timestamp()
    told = await ask(service, EMPTY)
    claims = read_claims(told["access_token"])
    assert claims["wids"] == [GLOBAL_READER]
    assert 0 < claims["exp"] - claims["iat"] <= ROLE_SECONDS
    assert claims["exp"] <= begun + ROLE_SECONDS
    assert told["expires_in"] <= ROLE_SECONDS


@pytest.mark.documented("application: groupMembershipClaims; none are told unless it is asked")
@pytest.mark.parametrize("wished", [None, "None", "SecurityGroup"])
async def test_who_does_not_ask_is_told_nothing(service: Service, wished: str | None) -> None:
    await wish(service, wished)
    claims = read_claims((await ask(service, EMPTY))["access_token"])
    assert "wids" not in claims
    assert claims["exp"] - claims["iat"] >= 3600


@pytest.mark.documented("issue: our own doors read roles live and never believe `wids`")
async def test_our_own_doors_are_told_and_do_not_believe(service: Service) -> None:
    claims = read_claims((await ask(service, GRAPH))["access_token"])
    assert claims["wids"] == [GLOBAL_READER]
    assert claims["exp"] - claims["iat"] >= 3600
    assert claims["tid"] == TENANT
