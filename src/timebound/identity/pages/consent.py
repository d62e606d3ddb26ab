"""The page on which somebody lets an application have permissions, or does not."""

from starlette.responses import Response

from timebound.identity.flows.consenting import give_consent
from timebound.identity.flows.declining import decline_consent
from timebound.identity.flows.interaction import Interaction
from timebound.identity.flows.outcomes import SendTo
from timebound.identity.pages.device import refuse_asked
from timebound.identity.pages.kit import PageVisit
from timebound.identity.pages.outcomes import show_outcome
from timebound.identity.pages.parts import Pages
from timebound.identity.pages.trouble import show_trouble
from timebound.identity.problems import Fault, Refusal


async def answer_consent(pages: Pages, visit: PageVisit) -> Response:
    """What becomes of the answer; what was asked is sealed and cannot be another."""
    tenant = visit.visit.place.tenant
    if not pages.kit.is_own_form(visit):
        return show_trouble(pages, visit, Refusal(Fault.FORM_STRANGE))
    interaction = pages.flows.interactions.open(visit.field("ctx"), tenant.id if tenant else None)
    if interaction is None or interaction.tenant_id is None:
        return show_trouble(pages, visit, Refusal(Fault.PAGE_OVER))
    if visit.field("answer") != "accept":
        refused = await refuse_asked(pages, visit, interaction)
        if refused is not None:
            return refused
        declined = await decline_consent(pages.flows, visit.visit, interaction)
        return show_outcome(pages, visit, declined)
    return await _accept(pages, visit, interaction)


async def _accept(pages: Pages, visit: PageVisit, interaction: Interaction) -> Response:
    flows, tenant_id = pages.flows, interaction.tenant_id
    present = await flows.sessions.find(visit.visit.browser(tenant_id)) if tenant_id else None
    if present is None:
        return show_trouble(pages, visit, Refusal(Fault.PAGE_OVER))
    is_for_all = visit.field("for_all") == "on"
    answer = await give_consent(flows, present, interaction, is_for_all=is_for_all)
    if isinstance(answer, Refusal):
        return show_trouble(pages, visit, answer)
    return show_outcome(pages, visit, answer or SendTo(interaction.back))
