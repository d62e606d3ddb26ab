"""Consent that an administrator gives for everybody, ahead of all sign-ins."""

from dataclasses import dataclass
from typing import Final

from timebound.application.directory.consents import Wanted
from timebound.application.ports import TenantRecord
from timebound.domain.ids import PrincipalId
from timebound.identity.apis import read_scopes
from timebound.identity.claims import AskedClaims, list_factors
from timebound.identity.clients import Client, find_client
from timebound.identity.flows.asking import Reply, ResponseMode, Wrong
from timebound.identity.flows.consenting import (
    Question,
    ask_consent,
    find_need,
    list_declared,
    list_own_factors,
)
from timebound.identity.flows.interaction import FRESH_FOR, Interaction
from timebound.identity.flows.outcomes import Outcome, ShowTrouble
from timebound.identity.flows.parts import Flows
from timebound.identity.flows.redirects import find_redirect
from timebound.identity.flows.registrations import find_registration
from timebound.identity.flows.visits import Visit, ask_sign_in, find_visited_tenant, write_path
from timebound.identity.forms import require
from timebound.identity.problems import Fault, Refusal
from timebound.identity.versions import write_issuer

PATH: Final = "adminconsent"


@dataclass(frozen=True, slots=True)
class _Ask:
    """Which application wants what, and where the answer goes."""

    client: Client
    wanted: Wanted
    reply: Reply


async def ask_admin_consent(flows: Flows, visit: Visit) -> Outcome:
    """What the client is told once it is permitted, or the page on which an administrator does it.

    Judged anew at each visit: what it wants is permitted, or it is not. Whoever comes upon an open
    browser agrees to nothing for others: it takes a sign-in of just now.
    """
    tenant = await find_visited_tenant(flows, visit)
    if tenant is None:
        segment = visit.place.segment
        return ask_sign_in(
            flows, Interaction(write_path(segment, PATH, visit.fields), None), segment
        )
    ask = await _read(flows, visit, tenant)
    if isinstance(ask, Wrong):
        return ask.tell()
    back = write_path(tenant.id, PATH, visit.fields)
    present = await flows.sessions.find(visit.browser(tenant.id))
    name = ask.client.record.owner.display_name
    settings = await flows.granting.store.load_settings(tenant.id)
    factors = list_factors(AskedClaims(), settings) | await list_own_factors(flows, present)
    since = flows.granting.system.now() - FRESH_FOR
    needs = Interaction(back, tenant.id, name, fresh_since=since, factors=factors)
    if present is None or not needs.is_satisfied_by(present.who):
        return ask_sign_in(flows, needs, tenant.id)
    left = await _find_left(flows, ask)
    if left.delegated or left.application:
        question = Question(ask.client, left, left.delegated, needs, is_for_everybody=True)
        return await ask_consent(flows, present, question)
    return ask.reply.write({"admin_consent": "True", "tenant": tenant.id})


async def decline_admin_consent(flows: Flows, visit: Visit, refusal: Refusal) -> Outcome:
    """What the client is told that an administrator has refused."""
    tenant = await find_visited_tenant(flows, visit)
    if tenant is None:
        return ShowTrouble(Refusal(Fault.TENANT_AMBIGUOUS))
    ask = await _read(flows, visit, tenant)
    if isinstance(ask, Wrong):
        return ask.tell()
    return ask.reply.refuse(refusal)


async def _read(flows: Flows, visit: Visit, tenant: TenantRecord) -> _Ask | Wrong:
    client = await find_client(flows.granting, tenant, visit.fields)
    if isinstance(client, Refusal):
        return Wrong(client)
    uri = require(visit.fields, "redirect_uri")
    if isinstance(uri, Refusal):
        return Wrong(uri)
    registration = await find_registration(flows.granting, client)
    if find_redirect(uri, client.record.owner, registration) is None:
        return Wrong(Refusal(Fault.REDIRECT_UNKNOWN, uri))
    issuer = write_issuer(visit.origin, tenant.id)
    reply = Reply(uri, ResponseMode.QUERY, visit.fields.get("state"), issuer)
    declared = Wanted(
        frozenset(list_declared(registration, is_delegated=True)),
        frozenset(list_declared(registration, is_delegated=False)),
    )
    scope = visit.field("scope")
    wanted = await _choose(flows, client, scope) if scope else None
    if isinstance(wanted, Refusal):
        return Wrong(wanted, reply)
    return _Ask(client, wanted or declared, reply)


async def _choose(flows: Flows, client: Client, scope: str) -> Wanted | Refusal | None:
    """The permissions that a scope names; none where it asks for what is declared."""
    asked = await read_scopes(flows.granting, client.tenant.id, scope)
    if isinstance(asked, Refusal):
        return asked
    if asked.permissions is None:
        return None
    need = await find_need(flows, client, asked, PrincipalId(""))
    return need if isinstance(need, Refusal) else Wanted(frozenset(need.asked))


async def _find_left(flows: Flows, ask: _Ask) -> Wanted:
    """What of it is not permitted yet."""
    store, client = flows.granting.store, ask.client
    delegated = await store.granted_permissions(client.tenant.id, client.id, is_delegated=True)
    own = await store.granted_permissions(client.tenant.id, client.id, is_delegated=False)
    return Wanted(ask.wanted.delegated - delegated, ask.wanted.application - own)
