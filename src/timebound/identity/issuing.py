"""Issuing tokens: what a client wishes, the frame of what it gets, and the answer around it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from timebound.application.app_roles import list_known_roles
from timebound.application.ports import TenantRecord
from timebound.application.tokens import Resource
from timebound.domain.delegations import is_of_graph
from timebound.domain.directory import DirectoryObject, find_sessions_start
from timebound.domain.first_party import (
    AZURE_APP_ID,
    AZURE_SCOPE,
    find_program_of,
    list_unasked,
)
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.times import Instant
from timebound.identity import claims as c
from timebound.identity.apis import (
    list_exposed,
    list_preauthorized,
    read_permissions,
    read_scopes,
    wants_roles,
)
from timebound.identity.clients import Client, Proof, find_client
from timebound.identity.forms import require
from timebound.identity.granting import Ask, Granting
from timebound.identity.lives import choose_life, shorten_life
from timebound.identity.problems import Refusal
from timebound.identity.scopes import AskedScopes, echo_scopes
from timebound.identity.versions import write_issuer


@dataclass(frozen=True, slots=True)
class Wish:
    """Who asks for a token, and for what."""

    client: Client
    asked: AskedScopes
    claims: c.AskedClaims


@dataclass(frozen=True, slots=True)
class Person:
    """For whom a client gets tokens, what it may do for them, and how both proved themselves."""

    user: DirectoryObject
    permissions: tuple[str, ...]
    proof: Proof
    sign_in: c.SignInClaims
    nonce: str = ""
    refresh_token: str = ""
    family_id: str = ""
    """What the tokens come of: they end with it."""


async def read_wish(
    granting: Granting, ask: Ask, tenant: TenantRecord, scope: str = ""
) -> Wish | Refusal:
    """What the form asks for; `scope` stands in for one that it does not give."""
    named = require(ask.form, "client_id")
    if isinstance(named, Refusal):
        return named
    wanted = require({"scope": scope, **ask.form} if scope else ask.form, "scope")
    if isinstance(wanted, Refusal):
        return wanted
    client = await find_client(granting, tenant, ask.form)
    if isinstance(client, Refusal):
        return client
    asked = await read_scopes(granting, tenant.id, wanted)
    if isinstance(asked, Refusal):
        return asked
    claims = c.read_claims(ask.form.get("claims"))
    if isinstance(claims, Refusal):
        return claims
    return Wish(client, asked, claims)


async def list_application_permissions(granting: Granting, wish: Wish) -> frozenset[str]:
    """What an application may do in its own name: with Graph, or with an API of the tenant."""
    resource, store = wish.asked.resource, granting.store
    if resource is Resource.ARM:
        return frozenset()
    tenant_id = wish.client.tenant.id
    kept = await store.granted_permissions(tenant_id, wish.client.id, is_delegated=False)
    if isinstance(resource, Resource):
        return frozenset(one for one in kept if is_of_graph(one))
    registration = await store.find_registration(tenant_id, resource.app_id)
    return frozenset(one.value for one in list_known_roles(registration) if one.permission in kept)


async def list_user_permissions(
    granting: Granting, client: Client, asked: AskedScopes, user_id: PrincipalId
) -> frozenset[str]:
    """What an application may do for a person: by the tenant's consent, or theirs, or unasked."""
    tenant_id, store = client.tenant.id, granting.store
    for_all = await store.granted_permissions(tenant_id, client.id, is_delegated=True)
    for_one = await store.user_permissions(tenant_id, client.id, user_id)
    kept = for_all | for_one | await _list_unasked(granting, client)
    if asked.resource is Resource.ARM:
        return read_permissions(AZURE_APP_ID, kept) & {AZURE_SCOPE}
    if isinstance(asked.resource, Resource):
        return kept - {one for one in kept if "/" in one}
    app_id = asked.resource.app_id
    registration = await store.find_registration(tenant_id, app_id)
    exposed = frozenset(one.value for one in list_exposed(registration))
    allowed = list_preauthorized(registration, client.id)
    return (read_permissions(app_id, kept) & exposed) | allowed


async def _list_unasked(granting: Granting, client: Client) -> frozenset[str]:
    """What a program of Microsoft's may do without consent.

    Never what the tenant has registered itself, whichever id that has: whoever manages an
    application says where its codes go, and would get everybody's tokens.
    """
    tenant_id, store = client.tenant.id, granting.store
    program = find_program_of(client.record.owner)
    if program is None:
        return frozenset()
    if await store.find_registration(tenant_id, client.id) is not None:
        return frozenset()
    return list_unasked(program, await store.load_settings(tenant_id))


async def issue_to_application(
    granting: Granting, ask: Ask, wish: Wish, proof: Proof
) -> dict[str, Any]:
    """The token of an application that acts in its own name, and the answer around it."""
    roles = await list_application_permissions(granting, wish)
    principal = wish.client.record.owner
    held = await _find_roles(granting, wish, principal)
    issue = _begin(granting, ask, wish, proof, held)
    token = c.write_application_claims(issue, principal, sorted(roles), held.ids)
    if not isinstance(wish.asked.resource, Resource):
        token = c.tell_own_api(token, None, has_roles=held.are_told)
    return _answer(granting, issue.life, token, echo_scopes(wish.asked, ()))


async def issue_to_person(
    granting: Granting, ask: Ask, wish: Wish, person: Person
) -> dict[str, Any]:
    """The tokens of an application that acts for a person, and the answer around them."""
    user, permissions = person.user, person.permissions
    held = await _find_roles(granting, wish, user)
    issue = _begin(granting, ask, wish, person.proof, held)
    issue = replace(issue, at=_count_from(issue.at, user), family_id=person.family_id)
    token = c.write_user_claims(issue, user, permissions, held.ids, person.sign_in)
    if not isinstance(wish.asked.resource, Resource):
        token = c.tell_own_api(token, permissions, has_roles=held.are_told)
    is_kept = bool(person.refresh_token)
    echoed = echo_scopes(wish.asked, permissions, has_refresh_token=is_kept)
    answer = _answer(granting, issue.life, token, echoed)
    if is_kept:
        answer["refresh_token"] = person.refresh_token
    if "openid" in wish.asked.about_sign_in:
        told = c.write_id_claims(issue, user, person.sign_in, person.nonce)
        answer["id_token"] = granting.keys.sign(told)
    if ask.form.get("client_info") == "1":
        answer["client_info"] = c.write_client_info(user, issue.tenant_id)
    return answer


@dataclass(frozen=True, slots=True)
class _Held:
    """The directory roles in force, whether the API is told of them, and how long a token lives."""

    ids: tuple[RoleId, ...]
    are_told: bool
    life: timedelta


async def _find_roles(granting: Granting, wish: Wish, principal: DirectoryObject) -> _Held:
    at, tenant_id, store = granting.movable.now(), wish.client.tenant.id, granting.store
    resource, life = wish.asked.resource, choose_life()
    if not isinstance(resource, Resource):
        registration = await store.find_registration(tenant_id, resource.app_id)
        if not wants_roles(registration):
            return _Held((), are_told=False, life=life)
        life = shorten_life(life, at, await store.first_role_end(tenant_id, principal.id, at))
    ids = await store.effective_role_ids(tenant_id, principal.id, at)
    return _Held(ids, are_told=True, life=life)


def _count_from(at: Instant, user: DirectoryObject) -> Instant:
    """When a token is issued, in whole seconds that are not before the person's sessions count."""
    whole, since = at.replace(microsecond=0), find_sessions_start(user)
    if since is None or since <= whole:
        return whole
    return since.replace(microsecond=0) + timedelta(seconds=1)


def _begin(granting: Granting, ask: Ask, wish: Wish, proof: Proof, held: _Held) -> c.Issue:
    client = wish.client
    return c.Issue(
        issuer=write_issuer(ask.origin, client.tenant.id, ask.version),
        tenant_id=client.tenant.id,
        application_id=client.id,
        application_name=client.record.owner.display_name,
        audience=wish.asked.audience,
        at=granting.system.now(),
        life=held.life,
        has_capability=wish.claims.has_capability,
        client_proof=proof.value,
        version=ask.version,
    )


def _answer(
    granting: Granting, life: timedelta, claims: Mapping[str, Any], scope: str
) -> dict[str, Any]:
    seconds = int(life.total_seconds())
    return {
        "token_type": "Bearer",
        "scope": scope,
        "expires_in": seconds,
        "ext_expires_in": seconds,
        "access_token": granting.keys.sign(claims),
    }
