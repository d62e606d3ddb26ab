"""Authorization: judged anew at every visit, from the session and the request alone.

What is lacking is asked for on a page, which sends the browser back here.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from timebound.application.directory.consents import Wanted
from timebound.domain.ids import PrincipalId
from timebound.domain.times import Instant
from timebound.identity.claims import find_blocked, list_factors, write_client_info
from timebound.identity.flows.asking import AuthorizeAsk, Wrong, read_ask
from timebound.identity.flows.codes import CodeDetails, make_code
from timebound.identity.flows.consenting import Question, ask_consent, find_need
from timebound.identity.flows.families import admits_anybody, tell_lack
from timebound.identity.flows.interaction import Interaction
from timebound.identity.flows.outcomes import Outcome, ShowTrouble
from timebound.identity.flows.parts import Flows
from timebound.identity.flows.sessions import Present
from timebound.identity.flows.visits import (
    HINTS,
    Visit,
    ask_sign_in,
    find_visited_tenant,
    without_prompt,
    write_path,
)
from timebound.identity.problems import Fault, Refusal
from timebound.identity.sign_ins import Came, tell_code, tell_denied

PATH: Final = "oauth2/v2.0/authorize"


async def authorize(flows: Flows, visit: Visit) -> Outcome:
    """A code or an error for the client, or the page where somebody says what is lacking."""
    tenant = await find_visited_tenant(flows, visit)
    if tenant is None:
        if visit.field("prompt") == "none":
            return ShowTrouble(Refusal(Fault.TENANT_AMBIGUOUS))
        segment = visit.place.segment
        back = write_path(segment, PATH, visit.fields)
        return ask_sign_in(flows, Interaction(back, None), segment)
    ask = await read_ask(flows, visit, tenant)
    if isinstance(ask, Wrong):
        return ask.tell()
    present = await flows.sessions.find(visit.browser(tenant.id))
    admitted = await _admit(flows, visit, ask, present)
    if not isinstance(admitted, Present):
        return admitted
    return await _judge_access(flows, visit, ask, admitted)


async def decline_authorization(flows: Flows, visit: Visit, refusal: Refusal) -> Outcome:
    """What the client is told whose request somebody declined."""
    tenant = await find_visited_tenant(flows, visit)
    if tenant is None:
        return ShowTrouble(Refusal(Fault.TENANT_AMBIGUOUS))
    ask = await read_ask(flows, visit, tenant)
    if isinstance(ask, Wrong):
        return ask.tell()
    return ask.reply.refuse(refusal)


async def _admit(
    flows: Flows, visit: Visit, ask: AuthorizeAsk, present: Present | None
) -> Present | Outcome:
    """Who goes on; or where the browser has to go, or what a client is told that asks silently."""
    is_other = present is not None and _is_other(ask.login_hint, present)
    needed = await _write_needed(flows, visit, ask, is_other=is_other)
    if present is not None and not needed.chooses_account and needed.is_satisfied_by(present.who):
        return present
    if not ask.is_silent:
        return ask_sign_in(flows, needed, ask.client.tenant.id)
    if present is None or not needed.is_fresh(present.who):
        return ask.reply.refuse(Refusal(Fault.SIGN_IN_NEEDED))
    if is_other:
        return ask.reply.refuse(Refusal(Fault.ACCOUNT_NEEDED))
    tenant_id = ask.client.tenant.id
    return ask.reply.refuse(await tell_lack(flows, tenant_id, present.who.user_id))


async def _write_needed(
    flows: Flows, visit: Visit, ask: AuthorizeAsk, *, is_other: bool
) -> Interaction:
    """What has to be true of the session, whether it is or not.

    What a sign-in answers once is not asked again when the browser comes back: the page lets
    nobody go on before.
    """
    tenant_id = ask.client.tenant.id
    settings = await flows.granting.store.load_settings(tenant_id)
    once = {**without_prompt(visit.fields, "login", "select_account")}
    for name in ("max_age", *HINTS):
        once.pop(name, None)
    return Interaction(
        back=write_path(tenant_id, PATH, once),
        tenant_id=tenant_id,
        application_name=ask.client.record.owner.display_name,
        login_hint=ask.login_hint,
        fresh_since=_fresh_since(ask, flows.granting.system.now()),
        factors=list_factors(ask.claims, settings),
        contexts=ask.claims.contexts,
        chooses_account=is_other or "select_account" in ask.prompts,
    )


def _fresh_since(ask: AuthorizeAsk, at: Instant) -> Instant | None:
    if "login" in ask.prompts:
        return at
    return None if ask.max_age is None else at - ask.max_age


def _is_other(hint: str, present: Present) -> bool:
    """Whether the client expects somebody else; a hint never signs anybody in."""
    names = {(present.user.user_principal_name or "").lower(), present.user.id}
    return bool(hint) and hint.lower() not in names


async def _judge_access(flows: Flows, visit: Visit, ask: AuthorizeAsk, present: Present) -> Outcome:
    """Told only who has signed in: what the tenant blocks is blocked for everybody."""
    settings = await flows.granting.store.load_settings(ask.client.tenant.id)
    blocked = find_blocked(ask.claims, settings)
    if not blocked:
        return await _judge_consent(flows, visit, ask, present)
    refusal = Refusal(Fault.ACCESS_BLOCKED, blocked)
    tell_denied(flows.granting, _came(visit, ask, present), refusal.fault)
    return ask.reply.refuse(refusal)


def _came(visit: Visit, ask: AuthorizeAsk, present: Present) -> Came:
    return Came(ask.client, ask.asked, present.who, visit.sent_from, is_silent=ask.is_silent)


async def _judge_consent(
    flows: Flows, visit: Visit, ask: AuthorizeAsk, present: Present
) -> Outcome:
    if not admits_anybody(ask.client):
        return ask.reply.refuse(Refusal(Fault.NOT_ASSIGNED))
    need = await find_need(flows, ask.client, ask.asked, PrincipalId(present.user.id))
    if isinstance(need, Refusal):
        return ask.reply.refuse(need)
    names = need.asked if "consent" in ask.prompts else need.lacking
    if not names:
        return await _answer(flows, visit, ask, present)
    tenant_id = ask.client.tenant.id
    back = write_path(tenant_id, PATH, without_prompt(visit.fields, "consent"))
    needed = replace(await _write_needed(flows, visit, ask, is_other=False), back=back)
    wanted, lacking = Wanted(frozenset(names)), frozenset(need.lacking)
    question = Question(ask.client, wanted, lacking, needed)
    asked = await ask_consent(flows, present, question)
    if ask.is_silent:
        needs_other = asked.needs_administrator
        fault = Fault.ADMINISTRATOR_NEEDED if needs_other else Fault.CONSENT_NEEDED
        return ask.reply.refuse(Refusal(fault, ", ".join(names)))
    return asked


async def _answer(flows: Flows, visit: Visit, ask: AuthorizeAsk, present: Present) -> Outcome:
    claims = ask.claims
    details = CodeDetails(
        redirect_uri=ask.reply.uri,
        kind=ask.kind,
        scope=ask.scope,
        challenge=ask.challenge,
        nonce=ask.nonce,
        contexts=tuple(sorted(claims.contexts)),
        methods=tuple(sorted(claims.methods)),
        has_capability=claims.has_capability,
    )
    code = await make_code(flows, ask.client, present.who, details)
    tell_code(flows.granting, _came(visit, ask, present))
    told: Mapping[str, str] = {"code": code}
    if ask.wants_client_info:
        told = {**told, "client_info": write_client_info(present.user, ask.client.tenant.id)}
    return ask.reply.write(told)
