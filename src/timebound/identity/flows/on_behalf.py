"""On-behalf-of: an API that was called for a person calls another one for them (RFC 7523)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from timebound.application.ports import TenantRecord
from timebound.application.sign_in_ports import SignedIn
from timebound.application.tokens import TokenFault
from timebound.domain.authority import Token
from timebound.domain.ids import PrincipalId
from timebound.identity.apis import read_application_name
from timebound.identity.claims import read_payload
from timebound.identity.clients import prove_client
from timebound.identity.flows.families import Held, Terms, find_person, give_tokens, make_family
from timebound.identity.flows.parts import Flows
from timebound.identity.forms import require
from timebound.identity.granting import Ask
from timebound.identity.issuing import Wish, read_wish
from timebound.identity.problems import Fault, Refusal
from timebound.identity.scopes import OFFLINE

_USE: Final = "on_behalf_of"


class _SignIn(msgspec.Struct, frozen=True):
    """What a token says about the sign-in behind it."""

    auth_time: int
    amr: tuple[str, ...] = ()


async def act_on_behalf(flows: Flows, ask: Ask) -> Mapping[str, Any] | Refusal:
    """Tokens for an API that shows the token it was called with, made for it and nobody else.

    The sign-in stays what it was: no factor is added on the way, and consent is that of the API.
    """
    tenant = ask.place.tenant
    if tenant is None:
        return Refusal(Fault.TENANT_AMBIGUOUS)
    wish = await read_wish(flows.granting, ask, tenant)
    if isinstance(wish, Refusal):
        return wish
    proof = await prove_client(flows.granting, ask, wish.client)
    if isinstance(proof, Refusal):
        return proof
    held = await _read_assertion(flows, ask, tenant, wish)
    if isinstance(held, Refusal):
        return held
    person = await find_person(flows, wish, held, proof)
    if isinstance(person, Refusal):
        return person
    if OFFLINE in wish.asked.about_sign_in:
        await flows.granting.store.add_family(held.family, None)
    return await give_tokens(flows, ask, wish, held, person)


async def _read_assertion(
    flows: Flows, ask: Ask, tenant: TenantRecord, wish: Wish
) -> Held | Refusal:
    use, assertion = require(ask.form, "requested_token_use"), require(ask.form, "assertion")
    if isinstance(use, Refusal):
        return use
    if use != _USE:
        return Refusal(Fault.PARAMETER_INVALID, "requested_token_use")
    if isinstance(assertion, Refusal):
        return assertion
    verified = await flows.tokens.examine_audience(assertion)
    if isinstance(verified, TokenFault):
        return Refusal(Fault.BEHALF_INVALID)
    token, audience = verified
    if read_application_name(audience) != wish.client.id:
        return Refusal(Fault.BEHALF_AUDIENCE)
    if token.tenant_id != tenant.id or token.sign_in.is_application:
        return Refusal(Fault.BEHALF_INVALID)
    who = await _find_sign_in(flows, token, assertion)
    if isinstance(who, Refusal):
        return who
    return _begin(flows, wish, token, who)


def _begin(flows: Flows, wish: Wish, token: Token, who: SignedIn) -> Held:
    """What the API gets; where nothing new is kept it ends with what the assertion came of."""
    family = make_family(flows, wish.client, who)
    if OFFLINE not in wish.asked.about_sign_in:
        family = replace(family, id=token.family_id or family.id)
    return Held(family, Terms(" ".join(wish.asked.as_asked), is_public=False))


async def _find_sign_in(flows: Flows, token: Token, assertion: str) -> SignedIn | Refusal:
    store, tenant_id = flows.granting.store, token.tenant_id
    caller = await store.load_caller(token, flows.granting.movable.now())
    if not caller.is_enabled:
        return Refusal(Fault.BEHALF_INVALID)
    user = (await store.find_objects(tenant_id, [token.principal_id])).get(token.principal_id)
    name = None if user is None else user.user_principal_name
    record = await store.find_user(tenant_id, name) if name else None
    if user is None or record is None or record.owner.id != user.id:
        return Refusal(Fault.BEHALF_INVALID)
    try:
        told = msgspec.convert(read_payload(assertion), type=_SignIn)
    except msgspec.ValidationError:
        return Refusal(Fault.BEHALF_INVALID)
    began = await store.find_family(tenant_id, token.family_id)
    if began is not None and began.who.user_id == user.id:
        return replace(began.who, methods=told.amr)
    at = datetime.fromtimestamp(told.auth_time, UTC)
    proof = flows.sessions.prove(record)
    return SignedIn(PrincipalId(user.id), at, told.amr, proof, "")
