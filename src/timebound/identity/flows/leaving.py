"""Signing out, as a client or the person asks for it (OpenID Connect RP-Initiated Logout)."""

import asyncio
from datetime import timedelta
from typing import Final

from timebound.application.ports import TenantRecord
from timebound.domain.ids import TenantId
from timebound.identity.clients import find_client
from timebound.identity.federation_rules import Provider
from timebound.identity.flows.hints import IdHint, read_id_hint
from timebound.identity.flows.interaction import Interaction
from timebound.identity.flows.outcomes import (
    AskSignOut,
    Outcome,
    SendTo,
    ShowTrouble,
    SignedOut,
    WayOut,
)
from timebound.identity.flows.parts import Flows
from timebound.identity.flows.redirects import find_redirect
from timebound.identity.flows.registrations import find_registration
from timebound.identity.flows.sessions import Browser, Present
from timebound.identity.flows.visits import Visit, add_to_query, find_visited_tenant, write_path
from timebound.identity.outgoing.issuers import find_endpoint
from timebound.identity.problems import Fault, Refusal

PATH: Final = "oauth2/v2.0/logout"
SIGN_OUT_PATH: Final = "signout"
SIGN_OUT: Final = "signOut"
PATIENCE: Final = timedelta(seconds=2)
"""How long somebody who signs out waits for what their provider says of itself."""


async def leave(flows: Flows, visit: Visit) -> Outcome:
    """Signs out whoever the client's id token speaks of; anybody else is asked first.

    The browser goes on only to what the client has registered, letter by letter.
    """
    tenant = await find_visited_tenant(flows, visit)
    if tenant is None:
        return SignedOut()
    hint = await read_id_hint(flows.granting.keys, visit.field("id_token_hint"))
    target = await _find_target(flows, visit, tenant, hint)
    browser = visit.browser(tenant.id)
    present = await flows.sessions.find(browser)
    if present is None:
        return SendTo(target) if target else SignedOut()
    if hint is not None and (hint.tid, hint.oid) == (tenant.id, present.user.id):
        return await end_here(flows, browser, present, target)
    name = present.user.user_principal_name or present.user.display_name
    return AskSignOut(seal_leaving(flows, tenant.id, present.user.id, target), name)


def seal_leaving(flows: Flows, tenant_id: TenantId, user_id: str, target: str = "") -> str:
    """What a form for signing out brings back: of whom, and where the browser goes then."""
    interaction = Interaction(
        back=write_path(tenant_id, PATH, {}),
        tenant_id=tenant_id,
        details={"for": SIGN_OUT, "target": target, "user": user_id},
    )
    return flows.interactions.seal(interaction)


async def confirm_leaving(flows: Flows, visit: Visit, interaction: Interaction) -> Outcome:
    """Signs out whoever said that they mean it on the page; `interaction` came back from there.

    Nobody is signed out by what somebody else was asked.
    """
    tenant_id, details = interaction.tenant_id, interaction.details
    if details.get("for") != SIGN_OUT or tenant_id is None:
        return ShowTrouble(Refusal(Fault.PAGE_OVER))
    browser = visit.browser(tenant_id)
    present = await flows.sessions.find(browser)
    if present is None or present.user.id != details["user"]:
        return ShowTrouble(Refusal(Fault.PAGE_OVER))
    return await end_here(flows, browser, present, details["target"])


async def end_here(flows: Flows, browser: Browser, present: Present, target: str = "") -> Outcome:
    """Ends the session; who goes on nowhere is told how to leave the provider they came from."""
    provider = await flows.sessions.find_provider(present)
    cookie = await flows.sessions.end(browser)
    if target:
        return SendTo(target, (cookie,))
    return SignedOut((cookie,), None if provider is None else await _find_out(flows, provider))


async def _find_out(flows: Flows, provider: Provider) -> WayOut | None:
    """The provider's own sign-out, if it has one (OpenID Connect RP-Initiated Logout, 2.1)."""
    if flows.granting.issuers is None:
        return None
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            described = await flows.granting.issuers.describe(
                provider.issuer, provider.described_at
            )
    except TimeoutError:
        return None
    endpoint = find_endpoint(described, "end_session_endpoint")
    if endpoint is None:
        return None
    url = add_to_query(endpoint, {"client_id": provider.client_id})
    return WayOut(provider.display_name, url)


async def _find_target(
    flows: Flows, visit: Visit, tenant: TenantRecord, hint: IdHint | None
) -> str:
    """Where the browser goes on, with the state of the request; nowhere if it is not registered."""
    uri, named = visit.field("post_logout_redirect_uri"), visit.field("client_id")
    if hint is not None and hint.tid == tenant.id:
        if named and named.lower() != hint.aud:
            return ""
        named = hint.aud
    if not uri or not named:
        return ""
    client = await find_client(flows.granting, tenant, {"client_id": named})
    if isinstance(client, Refusal):
        return ""
    registration = await find_registration(flows.granting, client)
    if find_redirect(uri, client.record.owner, registration) is None:
        return ""
    state = visit.fields.get("state")
    return uri if state is None else add_to_query(uri, {"state": state})
