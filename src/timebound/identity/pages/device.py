"""The page where somebody lets a device that has no browser of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from timebound.application.directory.consents import Wanted
from timebound.application.ports import TenantRecord
from timebound.identity.flows.consenting import Question, ask_consent
from timebound.identity.flows.devices import (
    PATH,
    Waiting,
    approve_device,
    decline_device,
    find_device_need,
    find_waiting,
    write_device_needs,
)
from timebound.identity.flows.sessions import Present
from timebound.identity.flows.visits import ask_sign_in
from timebound.identity.pacing import guess_code
from timebound.identity.pages.kit import Page, PageVisit
from timebound.identity.pages.outcomes import show_outcome
from timebound.identity.pages.parts import Pages
from timebound.identity.pages.trouble import show_trouble
from timebound.identity.problems import Fault, Refusal


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
        return asked.ask_code()
    waiting = await _find(asked)
    if isinstance(waiting, str):
        return asked.ask_code(waiting)
    return await _judge(asked, waiting)


async def _find(asked: _Asked) -> Waiting | str:
    """The device; else what the page says. Codes can be guessed from one address but slowly."""
    pace, guess = asked.pages.pace, guess_code("device", asked.visit.address)
    wait = pace.wait_for(guess)
    if wait:
        return f"That was wrong too often. Wait {wait} seconds, then try again."
    found = await find_waiting(asked.pages.flows, asked.tenant, asked.code)
    if isinstance(found, Refusal):
        pace.count_failure(guess)
        return found.sentence
    return found


async def _judge(asked: _Asked, waiting: Waiting) -> Response:
    pages, visit, flows = asked.pages, asked.visit, asked.pages.flows
    needs, present = await write_device_needs(flows, waiting, asked.back), asked.present
    if present is None or not needs.is_satisfied_by(present.who):
        return show_outcome(pages, visit, ask_sign_in(flows, needs, asked.tenant.id))
    need = await find_device_need(flows, present, waiting)
    if isinstance(need, Refusal):
        return show_trouble(pages, visit, need)
    if need.lacking:
        lacking = frozenset(need.lacking)
        question = Question(waiting.client, Wanted(lacking), lacking, needs)
        return show_outcome(pages, visit, await ask_consent(flows, present, question))
    return await _settle(asked, waiting, present)


async def _settle(asked: _Asked, waiting: Waiting, present: Present) -> Response:
    pages, visit = asked.pages, asked.visit
    answer = visit.field("answer") if visit.is_post else ""
    if answer not in {"approve", "decline"}:
        question = {
            "code": asked.code,
            "application_name": waiting.application_name,
            "user_name": present.user.user_principal_name,
        }
        return asked.show("device_question", question)
    is_approved = answer == "approve"
    if is_approved:
        refusal = await approve_device(pages.flows, present, waiting)
    else:
        refusal = await decline_device(pages.flows, waiting)
    if refusal is not None:
        return show_trouble(pages, visit, refusal)
    name = waiting.application_name
    values = {"application_name": name, "is_approved": is_approved}
    return asked.show("device_done", values)
