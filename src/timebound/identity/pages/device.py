"""The page where somebody lets a device that has no browser of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.responses import Response

from timebound.application.directory.consents import Wanted
from timebound.application.ports import TenantRecord
from timebound.identity.claims import AskedClaims, find_blocked
from timebound.identity.flows.consenting import CONSENT, Question, ask_consent
from timebound.identity.flows.devices import (
    PATH,
    Waiting,
    approve_device,
    decline_device,
    find_device_need,
    find_waiting,
    write_device_needs,
)
from timebound.identity.flows.interaction import Interaction
from timebound.identity.flows.sessions import Present
from timebound.identity.flows.visits import ask_sign_in
from timebound.identity.pacing import guess_code
from timebound.identity.pages.kit import Page, PageVisit
from timebound.identity.pages.outcomes import show_outcome
from timebound.identity.pages.parts import Pages
from timebound.identity.pages.trouble import show_trouble
from timebound.identity.pages.wording import say_wait
from timebound.identity.problems import Fault, Refusal
from timebound.identity.sign_ins import Came, tell_denied

_NO_CODE: Final = "Type the code first."


@dataclass(frozen=True, slots=True)
class _Asked:
    """A visit about a device of a tenant, by the code that was typed."""

    pages: Pages
    visit: PageVisit
    tenant: TenantRecord
    code: str
    present: Present | None

    @property
    def back(self) -> str:
        """Where the browser comes back to."""
        return f"/{self.tenant.id}/{PATH}?{urlencode({'user_code': self.code})}"

    def ask_code(self, trouble: str = "") -> Response:
        """The page that asks for the code."""
        values = {"code": self.code, "trouble": trouble}
        return self.show("device", values, 400 if trouble else 200)

    def show(self, template: str, values: Mapping[str, Any], status: int = 200) -> Response:
        """A page about the device."""
        leaving = None
        if self.present is not None:
            leaving = self.pages.offer_leaving(self.tenant.id, self.present.user.id)
        return self.pages.kit.show(self.visit, Page(template, values, status, leaving=leaving))


async def connect_device(pages: Pages, visit: PageVisit) -> Response:
    """The step that is next: the code, the sign-in, consent, the question, and how it ended.

    Nothing happens to a device but by the form of the question, whoever made the link.
    """
    tenant = visit.visit.place.tenant
    if tenant is None:
        return show_trouble(pages, visit, Refusal(Fault.TENANT_AMBIGUOUS))
    if visit.is_post and not pages.kit.is_own_form(visit):
        return show_trouble(pages, visit, Refusal(Fault.FORM_STRANGE))
    present = await pages.flows.sessions.find(visit.visit.browser(tenant.id))
    asked = _Asked(pages, visit, tenant, visit.field("user_code"), present)
    if not asked.code:
        return asked.ask_code(_NO_CODE if visit.is_post else "")
    waiting = await _find(asked)
    if isinstance(waiting, str):
        return asked.ask_code(waiting)
    return await _judge(asked, waiting)


async def _find(asked: _Asked) -> Waiting | str:
    """The device; else what the page says. Codes can be guessed from one address but slowly."""
    pace, guess = asked.pages.pace, guess_code("device", asked.visit.address)
    wait = pace.wait_for(guess)
    if wait:
        return say_wait(wait)
    # It counts as wrong until it is not, so that guesses side by side are as slow.
    pace.count_failure(guess)
    found = await find_waiting(asked.pages.flows, asked.tenant, asked.code)
    if isinstance(found, Refusal):
        return found.sentence
    pace.take_back(guess)
    return found


async def _judge(asked: _Asked, waiting: Waiting) -> Response:
    pages, visit, flows = asked.pages, asked.visit, asked.pages.flows
    needs, present = await write_device_needs(flows, waiting, asked.back), asked.present
    if present is None or not needs.is_satisfied_by(present.who):
        return show_outcome(pages, visit, ask_sign_in(flows, needs, asked.tenant.id))
    blocked = await _find_blocked(asked, waiting, needs, present)
    need = blocked or await find_device_need(flows, present, waiting)
    if isinstance(need, Refusal):
        return show_trouble(pages, visit, need)
    if need.lacking:
        lacking = frozenset(need.lacking)
        question = Question(waiting.client, Wanted(lacking), lacking, needs)
        return show_outcome(pages, visit, await ask_consent(flows, present, question))
    return await _settle(asked, waiting, present)


async def _find_blocked(
    asked: _Asked, waiting: Waiting, needs: Interaction, present: Present
) -> Refusal | None:
    """What nobody may have and the device asks for; it goes on waiting, as it would unanswered."""
    granting = asked.pages.flows.granting
    settings = await granting.store.load_settings(asked.tenant.id)
    blocked = find_blocked(AskedClaims(needs.contexts), settings)
    if not blocked:
        return None
    came = Came(waiting.client, waiting.asked, present.who, asked.visit.visit.sent_from)
    tell_denied(granting, came, Fault.ACCESS_BLOCKED)
    return Refusal(Fault.ACCESS_BLOCKED, blocked)


async def _settle(asked: _Asked, waiting: Waiting, present: Present) -> Response:
    answer = asked.visit.field("answer") if asked.visit.is_post else ""
    if answer not in {"approve", "decline"}:
        question = {
            "code": asked.code,
            "application_name": waiting.application_name,
            "user_name": present.user.user_principal_name,
        }
        return asked.show("device_question", question)
    return await _finish(asked, waiting, present if answer == "approve" else None)


async def _finish(asked: _Asked, waiting: Waiting, approver: Present | None) -> Response:
    """How it ended, once somebody lets the device; or nobody does."""
    flows = asked.pages.flows
    if approver is not None:
        refusal = await approve_device(flows, approver, waiting)
    else:
        refusal = await decline_device(flows, waiting)
    if refusal is not None:
        return show_trouble(asked.pages, asked.visit, refusal)
    values = {
        "application_name": waiting.application_name,
        "is_approved": approver is not None,
    }
    return asked.show("device_done", values)


async def refuse_asked(pages: Pages, visit: PageVisit, interaction: Interaction) -> Response | None:
    """Refuses the device that somebody would not consent to; none where it was about no device."""
    parts, tenant = urlsplit(interaction.back), visit.visit.place.tenant
    is_device = interaction.details.get("for") == CONSENT and parts.path.endswith(f"/{PATH}")
    if tenant is None or not is_device:
        return None
    code = dict(parse_qsl(parts.query)).get("user_code", "")
    present = await pages.flows.sessions.find(visit.visit.browser(tenant.id))
    waiting = await find_waiting(pages.flows, tenant, code)
    if isinstance(waiting, Refusal):
        return show_trouble(pages, visit, waiting)
    return await _finish(_Asked(pages, visit, tenant, code, present), waiting, None)
