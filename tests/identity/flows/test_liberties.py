"""What an emulator lets clients do counts nowhere else, not even in what it has given."""

import pytest

from tests.identity.flows.test_devices import flows_of
from tests.identity.flows.world import ADA, World
from tests.support.service import DESK, ORIGIN, TENANT
from timebound.domain.ids import TenantId
from timebound.identity.discovery import Place
from timebound.identity.flows.refreshing import refresh_tokens
from timebound.identity.granting import Ask
from timebound.identity.problems import Fault, Refusal

C1 = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'


@pytest.mark.documented("DESIGN: the emulator's liberties cannot be switched on in production")
async def test_production_takes_no_factor_as_used(world: World) -> None:
    form = {
        "grant_type": "password",
        "client_id": DESK,
        "username": ADA,
        "password": "pass-word-1",
        "scope": "https://graph.microsoft.com/.default offline_access",
    }
    given = (await world.service.ask_token(form)).json()
    tenant = await world.service.parts.store.find_tenant(TENANT)
    assert tenant is not None
    asked = {"client_id": DESK, "refresh_token": given["refresh_token"], "claims": C1}
    place = Place(tenant, TenantId(TENANT))
    refused = await refresh_tokens(flows_of(world), Ask(place, ORIGIN, asked))
    assert isinstance(refused, Refusal)
    assert refused.fault is Fault.FACTOR_UNKNOWN
    again = await world.service.ask_token({**asked, "grant_type": "refresh_token"})
    assert again.status_code == 200, again.text
