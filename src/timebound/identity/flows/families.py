"""What one sign-in gives one application: how it begins, and the refresh tokens that follow."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from secrets import token_urlsafe
from typing import Final

import msgspec

from timebound.application.factors import has_factor
from timebound.application.sign_in_ports import Family, Once, OnceKind, SignedIn
from timebound.domain.ids import PrincipalId, TenantId
from timebound.identity.claims import (
    AskedClaims,
    SignInClaims,
    strengthen_sign_in,
    tell_sign_in,
)
from timebound.identity.clients import Client, Proof
from timebound.identity.flows.marks import make_ticket
from timebound.identity.flows.parts import Flows
from timebound.identity.granting import Ask
from timebound.identity.issuing import Person, Wish, issue_to_person, list_user_permissions
from timebound.identity.lives import SIGN_IN_LIFE, end_sign_in
from timebound.identity.problems import Fault, Refusal
from timebound.identity.scopes import OFFLINE, choose_permissions
from timebound.identity.sign_ins import tell_person

PASSWORD: Final = "password"  # noqa: S105 - the name of a grant type
"""The grant of an emulator, whose liberties nobody has where there is none."""
LIFE: Final = SIGN_IN_LIFE
"""How long refresh tokens follow one another at most, from the sign-in on."""
SPA_LIFE: Final = timedelta(hours=24)
"""The same for pages, from the code on: what a script can read is not worth having for longer."""


class Terms(msgspec.Struct, frozen=True):
    """What stays the same from one refresh token of a family to the next.

    `is_public` tells that the client proves nothing. `is_lenient` is an emulator's: the factors
    that a client asks for count as used, as they did when it signed the person in.
    """

    scope: str
    is_public: bool
    is_lenient: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """What a client has of a sign-in, whichever secret it shows for it."""

    family: Family
    terms: Terms
    claims: AskedClaims = field(default_factory=AskedClaims)
    """What was asked for when the person signed in."""
    nonce: str = ""


def make_family(flows: Flows, client: Client, who: SignedIn, life: timedelta = LIFE) -> Family:
    """A family that is not kept yet; it ends with the life of the sign-in, however late it begins.

    A page's has a life of its own within that: it gets the next where the browser is signed in.
    """
    ends_at = min(flows.granting.system.now() + life, end_sign_in(who.at))
    return Family(client.tenant.id, token_urlsafe(16), client.id, who, ends_at)


def make_once(
    flows: Flows, family: Family, kind: OnceKind, details: msgspec.Struct, life: timedelta
) -> tuple[str, Once]:
    """A secret of a family as the client gets it, and as it is kept."""
    ticket, secret = make_ticket(family.tenant_id)
    ends_at = min(family.ends_at, flows.granting.system.now() + life)
    key = flows.marks.mark(kind.value, family.tenant_id, secret)
    text = msgspec.json.encode(details).decode()
    return ticket, Once(kind, key, family.id, text, ends_at)


async def find_person(flows: Flows, wish: Wish, held: Held, proof: Proof) -> Person | Refusal:
    """For whom tokens are issued and with which permissions, or what is in the way now.

    A changed password, a disabled account and signing out everywhere end what was granted before.
    """
    found = await _find_person(flows, wish, held, proof)
    user_id = held.family.who.user_id
    return replace(found, user_id=user_id) if isinstance(found, Refusal) else found


async def _find_person(flows: Flows, wish: Wish, held: Held, proof: Proof) -> Person | Refusal:
    family = held.family
    is_over = family.is_revoked or family.ends_at <= flows.granting.system.now()
    user = None if is_over else await flows.sessions.find_user(family.tenant_id, family.who)
    if user is None:
        return Refusal(Fault.GRANT_REVOKED)
    if not admits_anybody(wish.client):
        return Refusal(Fault.NOT_ASSIGNED)
    granted = await list_user_permissions(flows.granting, wish.client, wish.asked, user.id)
    permissions = choose_permissions(wish.asked, granted)
    if isinstance(permissions, Refusal):
        return permissions
    sign_in = await _tell_sign_in(flows, wish, held)
    if isinstance(sign_in, Refusal):
        return sign_in
    return Person(user, permissions, proof, sign_in, held.nonce, family_id=family.id)


def admits_anybody(client: Client) -> bool:
    """Whether the application is for others than people who are assigned to it.

    People are assigned no roles of applications here, so that otherwise nobody is admitted.
    """
    return client.record.owner.attributes.get("appRoleAssignmentRequired") is not True


async def _tell_sign_in(flows: Flows, wish: Wish, held: Held) -> SignInClaims | Refusal:
    who, asked = held.family.who, held.claims.join(wish.claims)
    settings = await flows.granting.store.load_settings(held.family.tenant_id)
    if held.terms.is_lenient and PASSWORD in flows.granting.grants:
        told = strengthen_sign_in(who.at, asked, settings)
    else:
        told = tell_sign_in(who.at, who.methods, asked, settings)
    return told or await tell_lack(flows, held.family.tenant_id, who.user_id)


async def tell_lack(flows: Flows, tenant_id: TenantId, user_id: PrincipalId) -> Refusal:
    """That a second factor is needed: one that somebody has, or has to set up first."""
    found = await flows.granting.store.list_factors(tenant_id, user_id)
    return Refusal(Fault.FACTOR_NEEDED if has_factor(found) else Fault.FACTOR_UNKNOWN)


async def give_tokens(
    flows: Flows, ask: Ask, wish: Wish, held: Held, person: Person
) -> dict[str, object]:
    """The tokens, with a refresh token where offline access is asked for."""
    claims = held.claims.join(wish.claims)
    if OFFLINE in wish.asked.about_sign_in:
        ticket, once = make_once(flows, held.family, OnceKind.REFRESH, held.terms, LIFE)
        await flows.granting.store.add_once(held.family.tenant_id, once)
        person = replace(person, refresh_token=ticket)
    answer = await issue_to_person(flows.granting, ask, replace(wish, claims=claims), person)
    tell_person(flows.granting, ask, wish, person)
    return answer
