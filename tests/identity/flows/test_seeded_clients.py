"""Applications of a seed are registered as published: on the platform of their kind."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.identity.flows.world import BACK, FLOW_SEED, PHONE, SPA, SPA_BACK, WEB, World
from tests.support.service import TENANT, emulator, open_service, write_seed_file
from timebound.domain.ids import ApplicationId, TenantId
from timebound.server.config import ConfigError


@pytest.mark.documented("application: web, spa and publicClient, each with redirectUris")
@pytest.mark.parametrize(
    ("app_id", "platform", "uri"),
    [(WEB, "web", BACK), (SPA, "spa", SPA_BACK), (PHONE, "publicClient", "http://localhost")],
)
async def test_redirects_are_registered_by_platform(
    world: World, app_id: str, platform: str, uri: str
) -> None:
    store = world.service.parts.store
    found = await store.find_registration(TenantId(TENANT), ApplicationId(app_id))
    assert found is not None
    told = found.attributes[platform]
    assert isinstance(told, dict)
    assert uri in told["redirectUris"]


@pytest.mark.inferred("a page is read by everybody, its secret would be too")
async def test_a_page_keeps_no_secret(tmp_path: Path) -> None:
    page = {"displayName": "Bad", "kind": "spa", "clientSecret": "told to everybody"}
    seed = {**FLOW_SEED, "applications": [page]}
    settings = replace(emulator(tmp_path), seed=write_seed_file(tmp_path / "bad", seed))
    with pytest.raises(ConfigError, match="cannot keep a secret"):
        async with open_service(settings):
            pass
