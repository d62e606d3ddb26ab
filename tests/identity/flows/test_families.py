"""What a sign-in gives ends with it, however late it was given, and with what it came of."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from tests.identity.flows.test_codes import SPA_FORM, number, refresh
from tests.identity.flows.test_devices import flows_of
from tests.identity.flows.test_ended_sign_ins import (
    ENDED,
    GOOD,
    call,
    desk_token,
    is_active,
    revoke,
)
from tests.identity.flows.test_on_behalf import SCOPE, api_token, on_behalf, open_api
from tests.identity.flows.world import (
    ADA,
    GUS,
    LOOPBACK,
    PHONE,
    PKCE,
    SPA,
    SPA_BACK,
    WEB,
    World,
    object_id,
    told,
)
from tests.identity.test_token_endpoint import claims_of
from tests.support.service import TENANT
from timebound.application.sign_in_ports import Family, SignedIn
from timebound.domain.ids import PrincipalId, TenantId
from timebound.identity.clients import Client, find_client
from timebound.identity.flows.families import LIFE, SPA_LIFE, make_family

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
API = f"offline_access {SCOPE}"


@pytest.mark.documented("ASVS 5.0, 10.4.8: an absolute end, counted from the sign-in")
@pytest.mark.parametrize("age", [0, 1, 89])
async def test_what_an_old_sign_in_gives_ends_with_it(world: World, age: int) -> None:
    flows, system = flows_of(world), world.service.parts.system
    tenant = await world.service.parts.store.find_tenant(TENANT)
    assert tenant is not None
    client = await find_client(flows.granting, tenant, {"client_id": WEB})
    assert isinstance(client, Client)
    who = SignedIn(PrincipalId("p"), system.now() - age * DAY, ("pwd",), "proof", "sid")
    assert make_family(flows, client, who).ends_at == who.at + LIFE
    page = make_family(flows, client, who, SPA_LIFE).ends_at - system.now()
    assert SPA_LIFE - HOUR < page <= SPA_LIFE
    older = replace(who, at=system.now() - LIFE + HOUR)
    assert make_family(flows, client, older, SPA_LIFE).ends_at == older.at + LIFE


async def family_of(world: World, access_token: str) -> Family:
    """The family that an access token names."""
    store, name = world.service.parts.store, claims_of(access_token)["rh"]
    found = await store.find_family(TenantId(TENANT), name)
    assert found is not None
    return found


@pytest.mark.inferred("on behalf of somebody nothing is given that outlives what they gave")
@pytest.mark.parametrize(("app_id", "back"), [(PHONE, LOOPBACK), (SPA, SPA_BACK)])
async def test_what_an_api_keeps_ends_no_later_than_what_it_was_shown(
    world: World, app_id: str, back: str
) -> None:
    await open_api(world, PHONE, SPA)
    asked = {"client_id": app_id, "redirect_uri": back, "scope": API}
    code = told(await (await world.sign_in()).authorize(**asked, **PKCE))["code"]
    form = SPA_FORM | {"client_id": app_id, "redirect_uri": back}
    shown = (await world.redeem(code, **form)).json()["access_token"]
    parent = await family_of(world, shown)
    given = await family_of(world, (await on_behalf(world, shown)).json()["access_token"])
    assert (given.parent_id, given.ends_at) == (parent.id, parent.ends_at)
    assert (given.who.at, given.application_id) == (parent.who.at, WEB)


async def given_on_behalf(world: World) -> tuple[dict[str, str], dict[str, str]]:
    """What the phone has, and what the API was given when it showed the token of the phone."""
    await open_api(world, PHONE)
    shown = await api_token(world, await world.sign_in(), scope=API)
    given = await on_behalf(world, shown["access_token"])
    assert given.status_code == httpx.codes.OK, given.text
    return shown, given.json()


async def is_over(world: World, given: dict[str, str]) -> bool:
    """Whether what an API was given is over whole, or good whole."""
    seen = await call(world, given["access_token"]), await is_active(world, given["access_token"])
    assert seen in {(GOOD[0], GOOD[2]), (ENDED[0], ENDED[2])}
    refreshed = await refresh(world, given["refresh_token"])
    is_refused = refreshed.status_code != httpx.codes.OK
    assert is_refused is (seen == (ENDED[0], ENDED[2]))
    assert not is_refused or number(refreshed) == 50173
    return is_refused


@pytest.mark.inferred("what was given on somebody's behalf ends with what it came of")
@pytest.mark.parametrize("way", ["nothing", "revoked", "reused", "sessions", "disabled"])
async def test_it_ends_with_what_it_came_of(world: World, way: str) -> None:
    shown, given = await given_on_behalf(world)
    client, form = world.service.client, {"client_id": PHONE, "token": shown["refresh_token"]}
    if way == "revoked":
        assert (await client.post(f"/{TENANT}/oauth2/v2.0/revoke", data=form)).is_success
    elif way == "reused":
        for _ in range(2):
            again = {"grant_type": "refresh_token", "refresh_token": shown["refresh_token"]}
            await world.service.ask_token({**again, "client_id": PHONE, "scope": API})
    elif way == "sessions":
        gus = await desk_token(world, GUS)
        assert (await revoke(world, gus, f"users/{ADA}/revokeSignInSessions")).is_success
    elif way == "disabled":
        gus = await desk_token(world, GUS, "User.ReadWrite.All")
        headers, path = {"authorization": f"Bearer {gus}"}, f"/v1.0/users/{object_id(ADA)}"
        for flag in (False, True):
            changed = await client.patch(path, json={"accountEnabled": flag}, headers=headers)
            assert changed.is_success, changed.text
    assert await is_over(world, given) is (way != "nothing")


@pytest.mark.inferred("an API that loses its token ends what it has, and nobody else's")
async def test_what_an_api_loses_is_its_own(world: World) -> None:
    shown, given = await given_on_behalf(world)
    first = given["refresh_token"]
    assert (await refresh(world, first)).status_code == httpx.codes.OK
    assert number(await refresh(world, first)) == 50173
    assert await call(world, given["access_token"]) == ENDED[0]
    again = {"grant_type": "refresh_token", "refresh_token": shown["refresh_token"]}
    kept = await world.service.ask_token({**again, "client_id": PHONE, "scope": API})
    assert kept.status_code == httpx.codes.OK, kept.text
