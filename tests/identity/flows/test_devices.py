"""Devices: they wait, ask not too often, and get tokens once somebody lets them."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.identity.flows.world import ADA, BEA, GRAPH, PHONE, WEB, WEB_SECRET, Visitor, World
from tests.identity.test_token_endpoint import claims_of
from tests.support.service import ORIGIN, TENANT, id_of
from timebound.application.ports import TenantRecord
from timebound.application.sign_in_ports import DeviceState
from timebound.domain.ids import TenantId
from timebound.identity.client_pacing import ClientPace
from timebound.identity.flows.devices import (
    Waiting,
    approve_device,
    decline_device,
    find_waiting,
    write_device_needs,
)
from timebound.identity.flows.parts import Flows, open_flows
from timebound.identity.flows.sessions import Present
from timebound.identity.granting import Granting
from timebound.identity.grants import GRANTS
from timebound.identity.pacing import Pace
from timebound.identity.problems import Fault, Refusal
from timebound.identity.scopes import Audiences
from timebound.identity.verify import BearerVerifier

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
C1 = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'


def flows_of(world: World) -> Flows:
    parts = world.service.parts
    granting = Granting(
        store=parts.store,
        ids=parts.ids,
        keys=parts.keys,
        hasher=parts.hasher,
        audiences=Audiences([ORIGIN], [ORIGIN]),
        system=parts.system,
        movable=parts.clock,
        grants=GRANTS,
        client_pace=ClientPace(Pace(parts.system)),
    )
    tokens = BearerVerifier(parts.keys, parts.system, [ORIGIN])
    return open_flows(granting, tokens, parts.master, parts.ids)


@dataclass(slots=True)
class Device:
    """A device that has asked for codes, and the pages that people see of it."""

    world: World
    flows: Flows
    codes: dict[str, Any]

    async def poll(self, **changes: str) -> httpx.Response:
        """The answer to a device that asks whether it may."""
        form = {
            "grant_type": DEVICE,
            "client_id": PHONE,
            "device_code": self.codes["device_code"],
        }
        return await self.world.service.ask_token(form | changes)

    async def waiting(self) -> Waiting | Refusal:
        """The device as whoever types its code sees it."""
        return await find_waiting(self.flows, await self._tenant(), self.codes["user_code"])

    async def present(self, visitor: Visitor) -> Present:
        """Who is signed in in a browser."""
        found = await self.flows.sessions.find(visitor.browser)
        assert found is not None
        return found

    async def approve(self, visitor: Visitor) -> Refusal | None:
        """Somebody lets the device."""
        waiting = await self.waiting()
        assert isinstance(waiting, Waiting)
        return await approve_device(self.flows, await self.present(visitor), waiting)

    async def be_patient(self) -> None:
        """As if the device had waited as long as it was told."""
        waiting = await self.waiting()
        assert isinstance(waiting, Waiting)
        long_ago = waiting.device.polled_at - timedelta(minutes=1)
        store = self.world.service.parts.store
        await store.poll_device(TenantId(TENANT), waiting.device.key, long_ago)

    async def _tenant(self) -> TenantRecord:
        found = await self.flows.granting.store.find_tenant(TENANT)
        assert found is not None
        return found


async def begin(world: World, **changes: str) -> Device:
    form = {"client_id": PHONE, "scope": f"{GRAPH} openid offline_access"} | changes
    answer = await world.service.client.post(f"/{TENANT}/oauth2/v2.0/devicecode", data=form)
    assert answer.status_code == httpx.codes.OK, answer.text
    return Device(world, flows_of(world), answer.json())


def told(answer: httpx.Response) -> tuple[int, str, int]:
    body = answer.json()
    return answer.status_code, body["error"], body["error_codes"][0]


PENDING = (400, "authorization_pending", 70016)


@pytest.mark.documented("RFC 8628, 3.2; clients/contract.md, device response")
async def test_a_device_gets_codes(world: World) -> None:
    device = await begin(world)
    codes = device.codes
    assert codes["verification_uri"] == f"{ORIGIN}/{TENANT}/oauth2/deviceauth"
    assert (codes["expires_in"], codes["interval"]) == (900, 5)
    assert codes["user_code"] in codes["message"]
    assert codes["verification_uri"] in codes["message"]


@pytest.mark.documented("RFC 8628, 3.5: authorization_pending, slow_down")
async def test_a_device_that_asks_too_often_is_told_to_slow_down(world: World) -> None:
    device = await begin(world)
    assert told(await device.poll()) == PENDING
    assert told(await device.poll())[1] == "slow_down"
    await device.be_patient()
    assert told(await device.poll()) == PENDING


@pytest.mark.documented("RFC 8628, 3.5: tokens once somebody has signed in, and once alone")
@pytest.mark.parametrize("grant", [DEVICE, "device_code"])
async def test_a_device_that_was_let_gets_tokens(world: World, grant: str) -> None:
    device = await begin(world)
    assert await device.approve(await world.sign_in(ADA)) is None
    body = (await device.poll(grant_type=grant)).json()
    claims = claims_of(body["access_token"])
    assert (claims["oid"], claims["amr"]) == (id_of("user", ADA), ["pwd"])
    assert body["refresh_token"]
    assert told(await device.poll())[1] == "bad_verification_code"


@pytest.mark.documented("clients/contract.md, finding 16: the code under either name")
async def test_the_code_has_two_names(world: World) -> None:
    device = await begin(world)
    form = {"grant_type": DEVICE, "client_id": PHONE, "code": device.codes["device_code"]}
    assert told(await world.service.ask_token(form)) == PENDING
    del form["code"]
    assert told(await world.service.ask_token(form))[2] == 900144


@pytest.mark.documented("RFC 8628, 5.2: of eight who show a device's code one gets tokens")
async def test_eight_at_once_get_tokens_once(world: World) -> None:
    device, barrier = await begin(world), asyncio.Barrier(8)
    assert await device.approve(await world.sign_in(ADA)) is None

    async def one() -> httpx.Response:
        await barrier.wait()
        return await device.poll()

    answers = await asyncio.gather(*(one() for _ in range(8)))
    assert len([one for one in answers if one.status_code == httpx.codes.OK]) == 1


@pytest.mark.documented("RFC 8628, 3.5: access is denied; a decision is made once")
async def test_a_device_can_be_declined(world: World) -> None:
    device = await begin(world)
    waiting = await device.waiting()
    assert isinstance(waiting, Waiting)
    assert await decline_device(device.flows, waiting) is None
    assert told(await device.poll()) == (400, "authorization_declined", 65004)
    ada = await device.present(await world.sign_in(ADA))
    assert await approve_device(device.flows, ada, waiting) == Refusal(Fault.DEVICE_UNKNOWN)
    assert await device.waiting() == Refusal(Fault.DEVICE_UNKNOWN)


@pytest.mark.documented("RFC 8628, 3.5: expired_token")
async def test_a_device_waits_for_a_quarter_of_an_hour(world: World) -> None:
    device = await begin(world)
    waiting = await device.waiting()
    assert isinstance(waiting, Waiting)
    now = world.service.parts.system.now()
    assert timedelta(minutes=14) < waiting.device.ends_at - now <= timedelta(minutes=15)
    old = replace(waiting.device, key="old", user_key="old", ends_at=now, state=DeviceState.WAITING)
    marks = device.flows.marks
    key = marks.mark("device", TENANT, "over")
    # An hour ago, so that it is not forgotten at once.
    long_ago = replace(old, key=key, polled_at=now - timedelta(hours=1))
    await world.service.parts.store.add_device(long_ago)
    answer = await device.poll(device_code=f"{TENANT}.over")
    assert told(answer) == (400, "expired_token", 70019)


@pytest.mark.documented("RFC 8628, 3.4: bound to the client that asked")
async def test_a_code_is_of_one_client(world: World) -> None:
    device = await begin(world)
    assert await device.approve(await world.sign_in(ADA)) is None
    robbed = await device.poll(client_id=WEB, client_secret=WEB_SECRET)
    assert told(robbed)[1] == "bad_verification_code"
    assert (await device.poll()).status_code == httpx.codes.OK


@pytest.mark.documented("RFC 8628, 3.5: bad codes")
@pytest.mark.parametrize("code", ["x", f"{TENANT}.x", ".", "ä"])
async def test_what_is_no_code_is_refused(world: World, code: str) -> None:
    device = await begin(world)
    assert told(await device.poll(device_code=code))[1] == "bad_verification_code"


@pytest.mark.inferred("the code that people see opens nothing at the token endpoint")
async def test_the_typed_code_is_not_the_device_s(world: World) -> None:
    device = await begin(world)
    typed = f"{TENANT}.{device.codes['user_code']}"
    assert told(await device.poll(device_code=typed))[1] == "bad_verification_code"
    tenant = await device.flows.granting.store.find_tenant(TENANT)
    assert tenant is not None
    for text in ("", "BBBBBBBBB", device.codes["device_code"]):
        assert isinstance(await find_waiting(device.flows, tenant, text), Refusal)


@pytest.mark.documented("consent framework: a device gets no more than was consented to")
async def test_consent_comes_before_approval(world: World) -> None:
    device = await begin(world, scope="Mail.Read openid")
    lacking = await device.approve(await world.sign_in(BEA))
    assert lacking == Refusal(Fault.CONSENT_NEEDED, "Mail.Read")
    assert told(await device.poll()) == PENDING


@pytest.mark.documented("claims challenge: a device can ask for a context as well")
async def test_a_device_can_ask_for_a_context(world: World) -> None:
    device = await begin(world, claims=C1)
    waiting = await device.waiting()
    assert isinstance(waiting, Waiting)
    needs = await write_device_needs(device.flows, waiting, f"/{TENANT}/oauth2/deviceauth")
    assert needs.factors == {"mfa"}
    assert await device.approve(await world.sign_in(ADA)) == Refusal(Fault.FACTOR_NEEDED)
    assert await device.approve(await world.sign_in(ADA, "otp", "mfa")) is None
    claims = claims_of((await device.poll()).json()["access_token"])
    assert (claims["acrs"], claims["amr"]) == (["c1"], ["pwd", "otp", "mfa"])


@pytest.mark.documented("RFC 8628, 3.1: unknown clients and scopes are refused at once")
@pytest.mark.parametrize(
    ("form", "number"),
    [
        ({"scope": "openid"}, 900144),
        ({"client_id": PHONE}, 900144),
        ({"client_id": "11111111-0000-4000-8000-0000000000ff", "scope": "openid"}, 700016),
        ({"client_id": PHONE, "scope": "https://nowhere.example/x"}, 500011),
        ({"client_id": PHONE, "scope": "openid", "claims": "{"}, 90013),
    ],
)
async def test_a_bad_request_gets_no_codes(world: World, form: dict[str, str], number: int) -> None:
    answer = await world.service.client.post(f"/{TENANT}/oauth2/v2.0/devicecode", data=form)
    assert answer.json()["error_codes"] == [number]
