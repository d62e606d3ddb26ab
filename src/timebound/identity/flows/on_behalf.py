"""On-behalf-of: an API that was called for a person calls another one for them (RFC 7523)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from timebound.application.ports import TenantRecord
from timebound.application.sign_in_ports import Family, SignedIn
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
from timebound.identity.scopes import OFFLINE, Api

_USE: Final = "on_behalf_of"
MOST_GENERATIONS: Final = 8
"""How many refresh tokens may come of one another, each of them an API's on behalf of the last."""


class _SignIn(msgspec.Struct, frozen=True):
    """What a token says about the sign-in behind it."""

    auth_time: int
    amr: tuple[str, ...] = ()


async def act_on_behalf(flows: Flows, ask: Ask) -> Mapping[str, Any] | Refusal:
    """Tokens for an API that shows the token it was called with, made for it and nobody else.

    The sign-in stays what it was: no factor is added on the way, and consent is that of the API.
    What the API keeps ends with the family that the token came of, and no later.
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
    if OFFLINE in wish.asked.about_sign_in and not await _keep(flows, held.family):
        return Refusal(Fault.BEHALF_INVALID)
    return await give_tokens(flows, ask, wish, held, person)


async def _keep(flows: Flows, family: Family) -> bool:
    """Whether what it came of still counts once it is there to be revoked with it."""
    store = flows.granting.store
    await store.add_family(family, None)
    kept = await store.find_family(family.tenant_id, family.id)
    return kept is not None and not kept.is_revoked


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
    if token.tenant_id != tenant.id or token.sign_in.is_application or _is_its_own(token, wish):
        return Refusal(Fault.BEHALF_INVALID)
    family = await _begin(flows, wish, token, assertion)
    if isinstance(family, Refusal):
        return family
    return Held(family, Terms(" ".join(wish.asked.as_asked), is_public=False))


def _is_its_own(token: Token, wish: Wish) -> bool:
    """Whether an API shows what it was given for itself, for the same once more.

    It would so renew for months what it was shown once, without anything that could be taken back.
    """
    return token.application_id == wish.client.id and wish.asked.resource == Api(wish.client.id)


async def _begin(flows: Flows, wish: Wish, token: Token, assertion: str) -> Family | Refusal:
    """What the API gets, as a family that ends with what the assertion came of and no later.

    Where nothing new is kept it goes by the name of that. What names a family that is not there
    any more could not be ended with it, and gets nothing.
    """
    parent = await flows.granting.store.find_family(token.tenant_id, token.family_id)
    if parent is None and token.family_id:
        return Refusal(Fault.BEHALF_INVALID)
    who = await _find_sign_in(flows, token, assertion, parent)
    if isinstance(who, Refusal):
        return who
    family = make_family(flows, wish.client, who)
    if parent is not None:
        family = replace(family, ends_at=min(family.ends_at, parent.ends_at))
    if OFFLINE not in wish.asked.about_sign_in:
        return replace(family, id=token.family_id)
    if parent is not None and parent.generation >= MOST_GENERATIONS:
        return Refusal(Fault.BEHALF_INVALID)
    return replace(family, parent_id=token.family_id or None)


async def _find_sign_in(
    flows: Flows, token: Token, assertion: str, parent: Family | None
) -> SignedIn | Refusal:
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
    if parent is not None and (parent.is_revoked or parent.who.user_id != user.id):
        return Refusal(Fault.BEHALF_INVALID)
    if parent is not None:
        return replace(parent.who, methods=told.amr)
    at = datetime.fromtimestamp(told.auth_time, UTC)
    proof = flows.sessions.prove(record)
    return SignedIn(PrincipalId(user.id), at, told.amr, proof, "")
