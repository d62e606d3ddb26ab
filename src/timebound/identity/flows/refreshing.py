"""Refresh tokens: each is used once and followed by the next, until the family ends."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import msgspec

from timebound.application.sign_in_ports import Once, OnceKind
from timebound.domain.ids import TenantId
from timebound.identity.clients import Client, prove_client
from timebound.identity.flows.codes import find_ticket_tenant
from timebound.identity.flows.families import Held, Terms, find_person, give_tokens
from timebound.identity.flows.parts import Flows
from timebound.identity.forms import require
from timebound.identity.granting import Ask
from timebound.identity.issuing import Wish, read_wish
from timebound.identity.problems import Fault, Refusal
from timebound.identity.scopes import OFFLINE

_KIND: Final = OnceKind.REFRESH


async def refresh_tokens(flows: Flows, ask: Ask) -> Mapping[str, Any] | Refusal:
    """Tokens for a refresh token, for any API that the application may use.

    One that was used before has got into other hands: all that came of the sign-in ends
    (RFC 9700, 4.14.2). What the request itself lacks uses nothing up.
    """
    ticket = require(ask.form, "refresh_token")
    if isinstance(ticket, Refusal):
        return ticket
    named = await find_ticket_tenant(flows.granting, ask, ticket)
    if named is None:
        return Refusal(Fault.REFRESH_INVALID)
    tenant, secret = named
    found = await find_refresh(flows, tenant.id, secret)
    if found is None:
        return Refusal(Fault.REFRESH_INVALID)
    held = found[1]
    wish = await read_wish(flows.granting, ask, tenant, held.terms.scope)
    if isinstance(wish, Refusal):
        return wish
    if wish.client.id != held.family.application_id:
        return Refusal(Fault.REFRESH_INVALID)
    return await _refresh(flows, ask, _keep_offline(wish), found)


async def find_refresh(flows: Flows, tenant_id: TenantId, secret: str) -> tuple[Once, Held] | None:
    """What a refresh token stands for, used or not."""
    store = flows.granting.store
    key = flows.marks.mark(_KIND.value, tenant_id, secret)
    once = await store.find_once(tenant_id, key, _KIND)
    family = None if once is None else await store.find_family(tenant_id, once.family_id)
    if once is None or family is None:
        return None
    return once, Held(family, msgspec.json.decode(once.details, type=Terms))


async def revoke_refresh(flows: Flows, client: Client, ticket: str) -> bool:
    """Takes back all that came of the sign-in behind a client's own refresh token (RFC 7009)."""
    tenant_id, _, secret = ticket.partition(".")
    if tenant_id != client.tenant.id:
        return False
    found = await find_refresh(flows, client.tenant.id, secret)
    if found is None or found[1].family.application_id != client.id:
        return False
    await flows.granting.store.revoke_family(client.tenant.id, found[1].family.id)
    return True


async def _refresh(
    flows: Flows, ask: Ask, wish: Wish, found: tuple[Once, Held]
) -> Mapping[str, Any] | Refusal:
    once, held = found
    is_needed = not held.terms.is_public
    proof = await prove_client(flows.granting, ask, wish.client, is_needed=is_needed)
    if isinstance(proof, Refusal):
        return proof
    at, store, tenant_id = flows.granting.system.now(), flows.granting.store, wish.client.tenant.id
    if once.ends_at <= at:
        return Refusal(Fault.REFRESH_OVER)
    person = await find_person(flows, wish, held, proof)
    if isinstance(person, Refusal):
        return person
    if not await store.use_once(tenant_id, once.key, at):
        await store.revoke_family(tenant_id, held.family.id)
        return Refusal(Fault.GRANT_REVOKED)
    return await give_tokens(flows, ask, wish, held, person)


def _keep_offline(wish: Wish) -> Wish:
    """A client that refreshes has offline access, whether it says so again or not."""
    about = wish.asked.about_sign_in | {OFFLINE}
    return replace(wish, asked=replace(wish.asked, about_sign_in=about))
