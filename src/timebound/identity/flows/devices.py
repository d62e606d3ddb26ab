"""Devices that have no browser: somebody signs in elsewhere and lets them (RFC 8628)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import msgspec

from timebound.application.ports import TenantRecord
from timebound.application.sign_in_ports import DeviceAsk, DeviceState
from timebound.domain.ids import PrincipalId
from timebound.identity.apis import read_scopes
from timebound.identity.claims import list_factors, read_claims
from timebound.identity.clients import Client, find_client, prove_client
from timebound.identity.flows.codes import find_ticket_tenant
from timebound.identity.flows.consenting import Need, find_need
from timebound.identity.flows.families import Held, Terms, find_person, give_tokens, make_family
from timebound.identity.flows.interaction import Interaction
from timebound.identity.flows.marks import make_ticket, make_typed_code, read_typed_code
from timebound.identity.flows.parts import Flows
from timebound.identity.flows.registrations import is_public
from timebound.identity.flows.sessions import Present
from timebound.identity.granting import Ask
from timebound.identity.issuing import read_wish
from timebound.identity.problems import Fault, Refusal
from timebound.identity.scopes import AskedScopes

PATH: Final = "oauth2/deviceauth"
"""Where people type their codes, below the tenant."""
LIFE: Final = timedelta(minutes=15)
INTERVAL: Final = timedelta(seconds=5)
_KIND, _TYPED = "device", "typed device"


class DeviceDetails(msgspec.Struct, frozen=True):
    """What a device asked for."""

    scope: str
    claims: str = ""


async def ask_for_device(flows: Flows, ask: Ask) -> Mapping[str, Any] | Refusal:
    """The codes for a device that asks: one for itself, and one for people to type."""
    tenant = ask.place.tenant
    if tenant is None:
        return Refusal(Fault.TENANT_AMBIGUOUS)
    wish = await read_wish(flows.granting, ask, tenant)
    if isinstance(wish, Refusal):
        return wish
    if not wish.client.record.owner.is_enabled:
        return Refusal(Fault.APPLICATION_DISABLED)
    ticket, secret = make_ticket(tenant.id)
    typed, at = make_typed_code(), flows.granting.system.now()
    details = DeviceDetails(ask.form["scope"], ask.form.get("claims", ""))
    device = DeviceAsk(
        tenant_id=tenant.id,
        key=flows.marks.mark(_KIND, tenant.id, secret),
        user_key=flows.marks.mark(_TYPED, tenant.id, typed),
        application_id=wish.client.id,
        details=msgspec.json.encode(details).decode(),
        ends_at=at + LIFE,
        # As if it had asked before, so that it may do so for the first time at once.
        polled_at=at - INTERVAL,
    )
    await flows.granting.store.add_device(device)
    address = f"{ask.origin}/{ask.place.segment}/{PATH}"
    return {
        "device_code": ticket,
        "user_code": typed,
        "verification_uri": address,
        "expires_in": int(LIFE.total_seconds()),
        "interval": int(INTERVAL.total_seconds()),
        "message": f"To sign in, open {address} in a browser and type the code {typed}.",
    }


async def poll_device(flows: Flows, ask: Ask) -> Mapping[str, Any] | Refusal:
    """Tokens for a device that was let, or how far it has come."""
    ticket = ask.form.get("device_code") or ask.form.get("code") or ""
    if not ticket:
        return Refusal(Fault.PARAMETER_MISSING, "device_code")
    named = await find_ticket_tenant(flows.granting, ask, ticket)
    if named is None:
        return Refusal(Fault.DEVICE_UNKNOWN)
    tenant, secret = named
    key = flows.marks.mark(_KIND, tenant.id, secret)
    device = await flows.granting.store.find_device(tenant.id, key)
    if device is None or device.key != key:
        return Refusal(Fault.DEVICE_UNKNOWN)
    client = await find_client(flows.granting, tenant, ask.form)
    if isinstance(client, Refusal):
        return client
    if client.id != device.application_id:
        return Refusal(Fault.DEVICE_UNKNOWN)
    waiting = await _judge_state(flows, device)
    return waiting or await _take(flows, ask, tenant, device)


async def _judge_state(flows: Flows, device: DeviceAsk) -> Refusal | None:
    at, store = flows.granting.system.now(), flows.granting.store
    if device.ends_at <= at:
        return Refusal(Fault.DEVICE_OVER)
    if device.state is DeviceState.DECLINED:
        return Refusal(Fault.DEVICE_DECLINED)
    if device.state is DeviceState.APPROVED:
        return None
    await store.poll_device(device.tenant_id, device.key, at)
    is_hasty = at - device.polled_at < INTERVAL
    return Refusal(Fault.DEVICE_HASTY if is_hasty else Fault.DEVICE_WAITING)


async def _take(
    flows: Flows, ask: Ask, tenant: TenantRecord, device: DeviceAsk
) -> Mapping[str, Any] | Refusal:
    details = msgspec.json.decode(device.details, type=DeviceDetails)
    store = flows.granting.store
    family = await store.find_family(tenant.id, device.family_id or "")
    wish = await read_wish(flows.granting, ask, tenant, details.scope)
    if isinstance(wish, Refusal):
        return wish
    claims = read_claims(details.claims)
    if family is None or isinstance(claims, Refusal):
        return Refusal(Fault.DEVICE_UNKNOWN)
    can_hide_nothing = await is_public(flows.granting, wish.client)
    proof = await prove_client(flows.granting, ask, wish.client, is_needed=not can_hide_nothing)
    if isinstance(proof, Refusal):
        return proof
    held = Held(family, Terms(details.scope, can_hide_nothing), claims)
    person = await find_person(flows, wish, held, proof)
    if isinstance(person, Refusal):
        return person
    if not await store.take_device(tenant.id, device.key):
        # Somebody else has taken the tokens with the same code: neither shall have more of them.
        await store.revoke_family(tenant.id, family.id)
        return Refusal(Fault.DEVICE_UNKNOWN)
    return await give_tokens(flows, ask, wish, held, person)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A device that waits to be let, the application on it, and what it asks for."""

    device: DeviceAsk
    client: Client
    asked: AskedScopes
    claims: str

    @property
    def application_name(self) -> str:
        """What people know the application by."""
        return self.client.record.owner.display_name


async def find_waiting(flows: Flows, tenant: TenantRecord, typed: str) -> Waiting | Refusal:
    """The device whose code somebody typed, while it waits."""
    key = flows.marks.mark(_TYPED, tenant.id, read_typed_code(typed))
    device = await flows.granting.store.find_device(tenant.id, key)
    if device is None or device.user_key != key or device.state is not DeviceState.WAITING:
        return Refusal(Fault.DEVICE_UNKNOWN)
    if device.ends_at <= flows.granting.system.now():
        return Refusal(Fault.DEVICE_OVER)
    client = await find_client(flows.granting, tenant, {"client_id": device.application_id})
    if isinstance(client, Refusal):
        return client
    details = msgspec.json.decode(device.details, type=DeviceDetails)
    asked = await read_scopes(flows.granting, tenant.id, details.scope)
    if isinstance(asked, Refusal):
        return asked
    return Waiting(device, client, asked, details.claims)


async def write_device_needs(flows: Flows, waiting: Waiting, back: str) -> Interaction:
    """What has to be true of the session of whoever lets the device, to go on to `back`."""
    tenant_id = waiting.client.tenant.id
    settings = await flows.granting.store.load_settings(tenant_id)
    claims = read_claims(waiting.claims)
    factors = frozenset[str]() if isinstance(claims, Refusal) else list_factors(claims, settings)
    contexts = frozenset[str]() if isinstance(claims, Refusal) else claims.contexts
    return Interaction(
        back=back,
        tenant_id=tenant_id,
        application_name=waiting.application_name,
        factors=factors,
        contexts=contexts,
    )


async def find_device_need(flows: Flows, present: Present, waiting: Waiting) -> Need | Refusal:
    """What the application on the device asks for, and what nobody has consented to."""
    user_id = PrincipalId(present.user.id)
    return await find_need(flows, waiting.client, waiting.asked, user_id)


async def approve_device(flows: Flows, present: Present, waiting: Waiting) -> Refusal | None:
    """Lets a device have tokens for who is signed in; consent and factors come before."""
    if not (await write_device_needs(flows, waiting, "/")).is_satisfied_by(present.who):
        return Refusal(Fault.FACTOR_NEEDED)
    need = await find_device_need(flows, present, waiting)
    if isinstance(need, Refusal):
        return need
    if need.lacking:
        return Refusal(Fault.CONSENT_NEEDED, ", ".join(need.lacking))
    store, tenant_id = flows.granting.store, waiting.device.tenant_id
    family = make_family(flows, waiting.client, present.who)
    await store.add_family(family, None)
    key, state = waiting.device.key, DeviceState.APPROVED
    if await store.settle_device(tenant_id, key, state, family.id):
        return None
    await store.revoke_family(tenant_id, family.id)
    return Refusal(Fault.DEVICE_UNKNOWN)


async def decline_device(flows: Flows, waiting: Waiting) -> Refusal | None:
    """Tells a device that it gets nothing."""
    device, state = waiting.device, DeviceState.DECLINED
    store = flows.granting.store
    is_settled = await store.settle_device(device.tenant_id, device.key, state, None)
    return None if is_settled else Refusal(Fault.DEVICE_UNKNOWN)
