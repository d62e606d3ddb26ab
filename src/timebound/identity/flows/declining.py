"""What becomes of a consent that was declined: the client that asked is told."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from timebound.identity.flows import admin_consent, authorize
from timebound.identity.flows.consenting import ADMINISTRATOR, CONSENT
from timebound.identity.flows.interaction import Interaction
from timebound.identity.flows.outcomes import Outcome, ShowTrouble
from timebound.identity.flows.parts import Flows
from timebound.identity.flows.visits import Visit
from timebound.identity.problems import Fault, Refusal


async def decline_consent(flows: Flows, visit: Visit, interaction: Interaction) -> Outcome:
    """The answer to the client whose request led to the question; `visit` is that of the page."""
    if interaction.details.get("for") != CONSENT:
        return ShowTrouble(Refusal(Fault.PAGE_OVER))
    parts = urlsplit(interaction.back)
    fields = dict(parse_qsl(parts.query, keep_blank_values=True))
    asked, refusal = replace(visit, fields=fields), _explain(interaction)
    if parts.path.endswith(f"/{authorize.PATH}"):
        return await authorize.decline_authorization(flows, asked, refusal)
    if parts.path.endswith(f"/{admin_consent.PATH}"):
        return await admin_consent.decline_admin_consent(flows, asked, refusal)
    return ShowTrouble(refusal)


def _explain(interaction: Interaction) -> Refusal:
    """Whether somebody would not consent, or could not."""
    if interaction.details.get("needs") != ADMINISTRATOR:
        return Refusal(Fault.CONSENT_DECLINED)
    names = f"{interaction.details['delegated']} {interaction.details['application']}".split()
    return Refusal(Fault.ADMINISTRATOR_NEEDED, ", ".join(names))
