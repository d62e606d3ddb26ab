"""The page where people look after how they sign in, and after what they have let happen."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.responses import Response

from timebound.application.ports import TenantRecord
from timebound.domain.ids import ApplicationId
from timebound.identity.claims import AskedClaims, list_factors
from timebound.identity.flows.consenting import list_own_factors
from timebound.identity.flows.interaction import FRESH_FOR, Interaction
from timebound.identity.flows.leaving import end_here
from timebound.identity.flows.own_account import (
    end_all_sessions,
    end_own_session,
    withdraw_consent,
)
from timebound.identity.flows.sessions import Present
from timebound.identity.flows.visits import ask_sign_in
from timebound.identity.pages.kit import PageVisit
from timebound.identity.pages.outcomes import show_outcome
from timebound.identity.pages.own_factors import (
    add_app,
    add_passkey,
    keep_app,
    keep_passkey,
    remove_factor,
    renew_codes,
)
from timebound.identity.pages.own_visits import OwnVisit, path_of, person_of, show_own
from timebound.identity.pages.parts import Pages
from timebound.identity.pages.passwords import change_password
from timebound.identity.pages.trouble import show_trouble
from timebound.identity.pages.wording import say_wait
from timebound.identity.problems import Fault, Refusal

_Deed = Callable[[OwnVisit], Awaitable[Response]]


async def look_after_own(pages: Pages, visit: PageVisit) -> Response:
    """The page, or what a form of it has asked for; to those who have just signed in."""
    tenant = visit.visit.place.tenant
    if tenant is None:
        return show_trouble(pages, visit, Refusal(Fault.TENANT_AMBIGUOUS))
    if visit.is_post and not pages.kit.is_own_form(visit):
        return show_trouble(pages, visit, Refusal(Fault.FORM_STRANGE))
    present = await pages.flows.sessions.find(visit.visit.browser(tenant.id))
    needs = await _find_needs(pages, tenant, present)
    if present is None or not needs.is_satisfied_by(present.who):
        return show_outcome(pages, visit, ask_sign_in(pages.flows, needs, tenant.id))
    own = OwnVisit(pages, visit, tenant, present)
    deed = _DEEDS.get(visit.field("step")) if visit.is_post else None
    return await (show_own(own) if deed is None else deed(own))


async def _find_needs(pages: Pages, tenant: TenantRecord, present: Present | None) -> Interaction:
    """A sign-in of just now; with a second factor if they have one, or the tenant asks for it."""
    settings = await pages.flows.granting.store.load_settings(tenant.id)
    own = await list_own_factors(pages.flows, present)
    return Interaction(
        back=path_of(tenant),
        tenant_id=tenant.id,
        application_name="how you sign in",
        fresh_since=pages.flows.sessions.clock.now() - FRESH_FOR,
        factors=own | list_factors(AskedClaims(), settings),
    )


async def _change_password(own: OwnVisit) -> Response:
    flows, pace, fields = own.pages.flows, own.pages.pace, own.visit.visit.fields
    name = own.present.user.user_principal_name or ""
    guess = own.pages.guess(own.visit, "own password", name)
    wait = pace.wait_for(guess)
    if wait:
        return await show_own(own, say_wait(wait))
    if fields.get("new_password", "") != fields.get("new_password_again", ""):
        return await show_own(own, "The two new passwords are not the same.")
    store, tenant_id = flows.granting.store, own.tenant.id
    record = await store.find_user(tenant_id, name)
    if record is None:
        return await show_own(own)
    current, new = fields.get("password", ""), fields.get("new_password", "")
    pace.count_failure(guess)  # before it is judged: guesses may come side by side
    trouble = await change_password(own.pages, person_of(own.present), current, new)
    changed = await store.find_user(tenant_id, name)
    if trouble or changed is None:
        return await show_own(own, trouble)
    pace.forgive(guess)
    begun = await flows.sessions.renew(own.browser, own.present, changed)
    return own.go_back("password", begun.cookie)


async def _end_session(own: OwnVisit) -> Response:
    session_id = own.visit.field("session")
    if session_id == own.present.who.session_id:
        outcome = await end_here(own.pages.flows, own.browser, own.present)
        await end_own_session(own.pages.flows, own.present, session_id)
        return show_outcome(own.pages, own.visit, outcome)
    await end_own_session(own.pages.flows, own.present, session_id)
    return own.go_back("session")


async def _end_all(own: OwnVisit) -> Response:
    if not await end_all_sessions(own.pages.flows, own.present):
        return await show_own(own, "That could not be written: try again.")
    outcome = await end_here(own.pages.flows, own.browser, own.present)
    return show_outcome(own.pages, own.visit, outcome)


async def _withdraw(own: OwnVisit) -> Response:
    app_id = ApplicationId(own.visit.field("application").lower())
    is_done = await withdraw_consent(own.pages.flows, own.present, app_id)
    return own.go_back("consent") if is_done else await show_own(own)


_DEEDS: Final[Mapping[str, _Deed]] = {
    "password": _change_password,
    "session": _end_session,
    "everywhere": _end_all,
    "consent": _withdraw,
    "app": add_app,
    "enrol": keep_app,
    "passkey": add_passkey,
    "keep-passkey": keep_passkey,
    "codes": renew_codes,
    "remove": remove_factor,
}
