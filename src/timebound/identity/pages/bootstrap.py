"""The page on which the first administrator of a tenant comes to be, by the operator's code."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from starlette.responses import Response

from timebound.application.engine import Engine
from timebound.application.factor_ports import Factor
from timebound.application.first_administrator import (
    Founder,
    appoint_first_administrator,
    check_founder,
)
from timebound.application.ports import TenantRecord
from timebound.domain.decide import Refused
from timebound.domain.ids import PrincipalId, TenantId
from timebound.domain.passwords import is_strong, list_words
from timebound.identity.factors.factors import Person
from timebound.identity.factors.totp import write_secret, write_uri
from timebound.identity.first_start import FirstStart
from timebound.identity.flows.interaction import Interaction
from timebound.identity.pacing import guess_code
from timebound.identity.pages.drawing import draw_qr
from timebound.identity.pages.kit import Page, PageVisit
from timebound.identity.pages.own_visits import PATH as SECURITY_PATH
from timebound.identity.pages.parts import Pages
from timebound.identity.pages.trouble import show_trouble
from timebound.identity.pages.wording import say_wait
from timebound.identity.problems import Fault, Refusal

PATH: Final = "bootstrap"
_WRONG: Final = "The code is wrong, was used, or is over; or the name has another domain."
_WRONG_DIGITS: Final = "The code is wrong. Wait for the next one."
_NOT_THEM: Final = "This name cannot be that of the first administrator."


@dataclass(frozen=True, slots=True)
class _Start:
    """A visit to the page, with the operator's code."""

    pages: Pages
    visit: PageVisit

    @property
    def codes(self) -> FirstStart:
        """The codes that are out."""
        flows, granting = self.pages.flows, self.pages.flows.granting
        return FirstStart(granting.store, flows.marks, granting.system, granting.movable)

    def ask(self, trouble: str = "") -> Response:
        """The page that asks for the code and who it is; secrets have to be typed anew."""
        values = {
            "trouble": trouble,
            "name": self.visit.field("username"),
            "display_name": self.visit.field("display_name"),
        }
        return self.pages.kit.show(self.visit, Page("bootstrap", values, 400 if trouble else 200))


async def bootstrap(pages: Pages, visit: PageVisit) -> Response:
    """The step that is next: the code and the person, their app, their codes on paper."""
    start = _Start(pages, visit)
    if not visit.is_post:
        return start.ask()
    if not pages.kit.is_own_form(visit):
        return show_trouble(pages, visit, Refusal(Fault.FORM_STRANGE))
    return await (_enrol(start) if visit.field("step") == "enrol" else _begin(start))


async def _begin(start: _Start) -> Response:
    pace, guess = start.pages.pace, guess_code("bootstrap", start.visit.address)
    wait = pace.wait_for(guess)
    if wait:
        return start.ask(say_wait(wait))
    # Before it is judged, so that guesses side by side count as well.
    pace.count_failure(guess)
    name, code = start.visit.field("username"), start.visit.field("code")
    tenant = await start.pages.flows.granting.store.find_tenant(name.rpartition("@")[2])
    if tenant is None or not await start.codes.is_code(tenant.id, code):
        return start.ask(_WRONG)
    pace.forgive(guess)
    fields = start.visit.visit.fields
    password = fields.get("new_password", "")
    if password != fields.get("new_password_again", ""):
        return start.ask("The two passwords are not the same.")
    is_refused = await start.pages.flows.granting.hasher.is_refused(password)
    words = list_words(name, start.visit.field("display_name"))
    if not is_strong(password, words, is_refused=is_refused):
        return start.ask("The password is too easy to guess: choose another one.")
    return await _begin_enrolment(start, tenant, password)


async def _begin_enrolment(start: _Start, tenant: TenantRecord, password: str) -> Response:
    flows, name = start.pages.flows, start.visit.field("username")
    granting = flows.granting
    known = await granting.store.find_user(tenant.id, name)
    details = {
        "for": PATH,
        "code": start.visit.field("code"),
        "user": known.owner.id if known else flows.ids.new_id(),
        "name": name,
        "display_name": start.visit.field("display_name") or name,
        "hash": await granting.hasher.seal(password),
    }
    founder = _read(tenant.id, details)
    if await check_founder(granting.store, founder, granting.movable.now()):
        return start.ask(_NOT_THEM)
    kept = Interaction(f"/{PATH}", tenant.id, details=details)
    secret, sealed = start.pages.factors.begin_totp(_person(founder))
    return _show_app(start, kept, secret, sealed)


async def _enrol(start: _Start) -> Response:
    kept = start.pages.flows.interactions.open(start.visit.field("ctx"), None)
    if kept is None or kept.tenant_id is None or kept.details.get("for") != PATH:
        return show_trouble(start.pages, start.visit, Refusal(Fault.PAGE_OVER))
    founder, sealed = _read(kept.tenant_id, kept.details), start.visit.field("enrolment")
    if not await start.codes.is_code(founder.tenant_id, kept.details["code"]):
        return start.ask(_WRONG)
    factors, person = start.pages.factors, _person(founder)
    secret = factors.open_totp(person, sealed)
    if secret is None:
        return show_trouble(start.pages, start.visit, Refusal(Fault.PAGE_OVER))
    app = factors.make_app(person, secret, start.visit.field("code"))
    if app is None:
        return _show_app(start, kept, secret, sealed, _WRONG_DIGITS)
    return await _appoint(start, kept, app)


async def _appoint(start: _Start, kept: Interaction, app: Factor) -> Response:
    founder = _read(kept.tenant_id or TenantId(""), kept.details)
    codes, paper = start.pages.factors.make_paper(_person(founder))
    whole = replace(founder, factors=(app, *paper))
    granting = start.pages.flows.granting
    at = granting.movable.now()
    if await check_founder(granting.store, whole, at):
        return start.ask(_NOT_THEM)
    if not await start.codes.use_code(founder.tenant_id, kept.details["code"]):
        return start.ask(_WRONG)
    engine = Engine(granting.store, start.pages.flows.ids, start.visit.visit.address)
    done = await appoint_first_administrator(granting.store, engine, whole, at)
    if isinstance(done, Refused):
        return start.ask(_NOT_THEM)
    values = {"codes": codes, "on": f"/{founder.tenant_id}/{SECURITY_PATH}"}
    return start.pages.kit.show(start.visit, Page("recovery", values, has_own_form=False))


def _read(tenant_id: TenantId, details: Mapping[str, str]) -> Founder:
    return Founder(
        tenant_id=tenant_id,
        user_id=PrincipalId(details["user"]),
        name=details["name"],
        display_name=details["display_name"],
        password_hash=details["hash"],
    )


def _person(founder: Founder) -> Person:
    return Person(founder.tenant_id, founder.user_id)


def _show_app(
    start: _Start, kept: Interaction, secret: bytes, sealed: str, trouble: str = ""
) -> Response:
    uri = write_uri(secret, kept.details["name"])
    values: dict[str, Any] = {
        "ctx": start.pages.flows.interactions.seal(kept),
        "trouble": trouble,
        "application_name": "",
        "qr": draw_qr(uri),
        "secret": write_secret(secret),
        "enrolment": sealed,
    }
    return start.pages.kit.show(start.visit, Page("enrol", values, 400 if trouble else 200))
