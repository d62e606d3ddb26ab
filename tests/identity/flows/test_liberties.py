"""What an emulator lets clients do counts nowhere else, not even in what it has given."""

from pathlib import Path

import pytest

from tests.identity.flows.test_devices import flows_of
from tests.identity.flows.world import ADA, FLOW_SEED, World, open_world
from tests.identity.test_token_endpoint import claims_of
from tests.support.service import DESK, ORIGIN, TENANT
from timebound.domain.ids import TenantId
from timebound.identity.discovery import Place
from timebound.identity.flows.refreshing import refresh_tokens
from timebound.identity.granting import Ask
from timebound.identity.problems import Fault, Refusal

FORM = {
    "grant_type": "password",
    "client_id": DESK,
    "username": ADA,
    "password": "pass-word-1",
    "scope": "https://graph.microsoft.com/.default offline_access",
}
C1 = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'

MFA = '{"access_token":{"amr":{"essential":true,"values":["mfa"]}}}'


@pytest.mark.documented("DESIGN: the emulator's liberties cannot be switched on in production")
async def test_production_takes_no_factor_as_used(world: World) -> None:
    given = (await world.service.ask_token(FORM)).json()
    tenant = await world.service.parts.store.find_tenant(TENANT)
    assert tenant is not None
    asked = {"client_id": DESK, "refresh_token": given["refresh_token"], "claims": C1}
    place = Place(tenant, TenantId(TENANT))
    refused = await refresh_tokens(flows_of(world), Ask(place, ORIGIN, asked))
    assert isinstance(refused, Refusal)
    assert refused.fault is Fault.FACTOR_UNKNOWN
    again = await world.service.ask_token({**asked, "grant_type": "refresh_token"})
    assert again.status_code == 200, again.text


@pytest.mark.documented(
    "issue 4: in the emulator the password grant may be given contexts by a setting; AADSTS50079"
)
@pytest.mark.parametrize("setting", [{}, {"password_step_up": "refuse"}])
@pytest.mark.parametrize("asked", [C1, C1.replace("c1", "c7"), MFA])
async def test_the_password_grant_gives_no_factor_unless_the_tenant_says_so(
    tmp_path: Path, setting: dict[str, str], asked: str
) -> None:
    async with open_world(tmp_path, {**FLOW_SEED, "settings": setting}) as world:
        given = (await world.service.ask_token(FORM)).json()
        assert claims_of(given["access_token"])["amr"] == ["pwd"]
        again = {
            "grant_type": "refresh_token",
            "client_id": DESK,
            "refresh_token": given["refresh_token"],
        }
        for form in (FORM, again):
            refused = (await world.service.ask_token({**form, "claims": asked})).json()
            assert (refused["error"], refused["error_codes"]) == ("interaction_required", [50079])
            assert refused["claims"] == asked
