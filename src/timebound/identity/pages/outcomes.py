"""What flows decide, as browsers are shown it: redirects, questions, and what went wrong."""

from typing import Final

from starlette.responses import Response

from timebound.identity.flows.leaving import SIGN_OUT_PATH, confirm_leaving
from timebound.identity.flows.outcomes import (
    AskConsent,
    AskSignOut,
    Outcome,
    PostTo,
    SendTo,
    ShowTrouble,
    SignedOut,
)
from timebound.identity.pages.kit import Page, PageVisit, find_ends, go_on
from timebound.identity.pages.parts import Pages
from timebound.identity.pages.trouble import show_trouble
from timebound.identity.pages.wording import say_permission
from timebound.identity.problems import Fault, Refusal

CONSENT_PATH: Final = "consent"


def show_outcome(pages: Pages, visit: PageVisit, outcome: Outcome) -> Response:
    """The response; whatever was sent is escaped, and nothing of it can run."""
    match outcome:
        case SendTo():
            return go_on(outcome.url, outcome.cookies)
        case PostTo():
            values = {"url": outcome.url, "fields": outcome.fields}
            page = Page("post", values, leads_to=(outcome.url,), has_own_form=False)
            return pages.kit.show(visit, page)
        case AskConsent():
            return _ask_consent(pages, visit, outcome)
        case AskSignOut():
            return _ask_sign_out(pages, visit, outcome)
        case SignedOut():
            page = Page("signed_out", {"elsewhere": outcome.elsewhere}, has_own_form=False)
            return pages.kit.show(visit, page, outcome.cookies)
        case ShowTrouble():
            return show_trouble(pages, visit, outcome.refusal)


def _ask_consent(pages: Pages, visit: PageVisit, asked: AskConsent) -> Response:
    interaction = pages.flows.interactions.open(asked.ctx, None)
    if interaction is None or interaction.tenant_id is None:
        return show_trouble(pages, visit, Refusal(Fault.PAGE_OVER))
    values = {
        "ctx": asked.ctx,
        "action": f"/{interaction.tenant_id}/{CONSENT_PATH}",
        "application_name": asked.application_name,
        "user_name": asked.user_name,
        "delegated": {name: say_permission(name) for name in asked.delegated},
        "application": {name: say_permission(name) for name in asked.application},
        "needs_administrator": asked.needs_administrator,
        "may_decide_for_all": asked.may_decide_for_all,
        "is_for_everybody": asked.is_for_everybody,
    }
    leaving = pages.offer_leaving(interaction.tenant_id, interaction.details["user"])
    page = Page("consent", values, leads_to=find_ends(interaction), leaving=leaving)
    return pages.kit.show(visit, page)


def _ask_sign_out(pages: Pages, visit: PageVisit, asked: AskSignOut) -> Response:
    interaction = pages.flows.interactions.open(asked.ctx, None)
    if interaction is None or interaction.tenant_id is None:
        return show_trouble(pages, visit, Refusal(Fault.PAGE_OVER))
    values = {
        "ctx": asked.ctx,
        "action": f"/{interaction.tenant_id}/{SIGN_OUT_PATH}",
        "user_name": asked.user_name,
    }
    leads_to = (interaction.details.get("target", ""),)
    return pages.kit.show(visit, Page("sign_out", values, leads_to=leads_to))


async def sign_out(pages: Pages, visit: PageVisit) -> Response:
    """The answer to whether somebody means to sign out."""
    tenant = visit.visit.place.tenant
    if not pages.kit.is_own_form(visit):
        return show_trouble(pages, visit, Refusal(Fault.FORM_STRANGE))
    interaction = pages.flows.interactions.open(visit.field("ctx"), tenant.id if tenant else None)
    if interaction is None:
        return show_trouble(pages, visit, Refusal(Fault.PAGE_OVER))
    outcome = await confirm_leaving(pages.flows, visit.visit, interaction)
    return show_outcome(pages, visit, outcome)
