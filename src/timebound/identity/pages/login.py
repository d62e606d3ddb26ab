"""The page where somebody signs in: judged anew at every visit, as authorization is.

What a browser has shown already stands in its session. The page asks for the next thing that is
lacking, and sends the browser back once nothing is.
"""

from dataclasses import dataclass, replace
from typing import Final

from starlette.responses import Response

from timebound.application.ports import SecretRecord, TenantRecord
from timebound.domain.directory_changes import must_change_password
from timebound.domain.ids import PrincipalId
from timebound.identity.factors.factors import Person
from timebound.identity.flows.interaction import FRESH_FOR
from timebound.identity.flows.sessions import Present
from timebound.identity.forms import NUL
from timebound.identity.pages.factor_step import (
    ask_factor,
    take_enrolment,
    take_factor,
    take_passkey,
)
from timebound.identity.pages.key_step import offer_key, take_key
from timebound.identity.pages.kit import PageVisit, go_on
from timebound.identity.pages.parts import Pages
from timebound.identity.pages.passwords import change_password
from timebound.identity.pages.steps import Step
from timebound.identity.pages.trouble import show_trouble
from timebound.identity.pages.wording import say_wait
from timebound.identity.problems import Fault, Refusal
from timebound.identity.sign_ins import Wrong, tell_wrong


async def log_in(pages: Pages, visit: PageVisit) -> Response:
    """The step that is next, or the way back."""
    tenant = visit.visit.place.tenant
    ctx = visit.field("ctx")
    interaction = pages.flows.interactions.open(ctx, tenant.id if tenant else None)
    if interaction is None:
        return show_trouble(pages, visit, Refusal(Fault.PAGE_OVER))
    present = None
    if interaction.tenant_id is not None:
        present = await pages.flows.sessions.find(visit.visit.browser(interaction.tenant_id))
    step = Step(pages, visit, interaction, present)
    if not visit.is_post:
        return await _show_next(step)
    if not pages.kit.is_own_form(visit):
        return show_trouble(pages, visit, Refusal(Fault.FORM_STRANGE))
    return await _take(step)


async def _take(step: Step) -> Response:
    """What a form has brought."""
    match step.visit.field("step"):
        case "password":
            return await _take_password(step)
        case "change":
            return await _take_change(step)
        case "stay":
            return await _stay(step)
        case "key":
            taken = await take_key(step)
            return await _ask_name(step, taken) if isinstance(taken, str) else taken
        case "factor" | "passkey" | "enrol" as shown:
            return await _take_factor(step, shown)
        case _:
            return await _show_next(step)


async def _show_next(step: Step) -> Response:
    interaction, present = step.interaction, step.present
    if present is None or not interaction.is_fresh(present.who) or interaction.chooses_account:
        return await _ask_name(step)
    if interaction.is_strong(present.who):
        return go_on(interaction.back_in(present.session.tenant_id))
    anew = await _find_anew(step, present)
    return await (ask_factor(step, present) if anew is None else _ask_name(anew))


async def _find_anew(step: Step, present: Present) -> Step | None:
    """The step of who would set up a first factor but signed in a while ago: they do so anew.

    Else whoever comes upon an open browser could make the account their own.
    """
    since = step.pages.flows.sessions.clock.now() - FRESH_FOR
    person = Person(present.session.tenant_id, present.who.user_id)
    if present.who.at >= since or await step.pages.factors.list_kinds(person):
        return None
    return replace(step, interaction=replace(step.interaction, fresh_since=since))


async def _stay(step: Step) -> Response:
    """Whoever is signed in says that it is them who goes on."""
    if step.present is None:
        return await _show_next(step)
    chosen = replace(step, interaction=replace(step.interaction, chooses_account=False))
    return await _show_next(chosen)


async def _take_factor(step: Step, shown: str) -> Response:
    """Only who has shown a password is asked for more; what is shown already is not asked again."""
    present, interaction = step.present, step.interaction
    is_due = present is not None and interaction.is_fresh(present.who)
    if present is None or not is_due or interaction.is_strong(present.who):
        return await _show_next(step)
    if await _find_anew(step, present) is not None:
        return await _show_next(step)
    return await _FACTORS[shown](step, present)


_FACTORS: Final = {"factor": take_factor, "passkey": take_passkey, "enrol": take_enrolment}


async def _ask_name(step: Step, trouble: str = "", name: str = "") -> Response:
    present, tenant = step.present, step.visit.visit.place.tenant
    is_choice = step.interaction.chooses_account and present is not None
    providers = step.pages.upstream.list_providers(tenant) if tenant else ()
    step, passkey, cookies = offer_key(step)
    return step.show(
        "login",
        trouble,
        cookies,
        passkey=passkey,
        name=name or step.interaction.login_hint,
        present_name=present.user.user_principal_name if is_choice and present else "",
        providers=providers,
    )


@dataclass(frozen=True, slots=True)
class _Proved:
    """Somebody who knows their password."""

    tenant: TenantRecord
    record: SecretRecord


async def _take_password(step: Step) -> Response:
    name = step.visit.field("username")
    proved = await _prove(step, name, step.visit.visit.fields.get("password", ""))
    if isinstance(proved, str):
        return await _ask_name(step, proved, name)
    if must_change_password(proved.record.owner):
        return step.show("change", name=name)
    return await _begin(step, proved)


async def _take_change(step: Step) -> Response:
    fields = step.visit.visit.fields
    name, current = step.visit.field("username"), fields.get("password", "")
    proved = await _prove(step, name, current)
    if isinstance(proved, str):
        return await _ask_name(step, proved, name)
    if not must_change_password(proved.record.owner):
        return await _show_next(step)  # whoever may choose does so where a factor is asked for
    new = fields.get("new_password", "")
    if new != fields.get("new_password_again", ""):
        return step.show("change", "The two new passwords are not the same.", name=name)
    user_id, address = PrincipalId(proved.record.owner.id), step.visit.visit.address
    person = Person(proved.tenant.id, user_id, address)
    trouble = await change_password(step.pages, person, current, new)
    if trouble:
        return step.show("change", trouble, name=name)
    return await _take_password_again(step, proved, new)


async def _take_password_again(step: Step, proved: _Proved, new: str) -> Response:
    """Signs in with the password that is in use from now on."""
    name = proved.record.owner.user_principal_name or ""
    again = await _prove(step, name, new)
    return await (_ask_name(step, again, name) if isinstance(again, str) else _begin(step, again))


async def _begin(step: Step, proved: _Proved) -> Response:
    browser = step.visit.visit.browser(proved.tenant.id)
    is_remembered = step.visit.field("remember") == "on"
    begun = await step.pages.flows.sessions.start(
        browser, proved.record, ("pwd",), is_remembered=is_remembered
    )
    name = proved.record.owner.user_principal_name or ""
    person = Person(proved.tenant.id, PrincipalId(proved.record.owner.id))
    if await step.pages.factors.list_kinds(person):
        return step.go_back_here(begun, proved.tenant.id)
    known = step.pages.known.remember(step.visit.visit, name, is_strong=False)
    return step.go_back_here(begun, proved.tenant.id, known)


async def _prove(step: Step, name: str, password: str) -> _Proved | str:
    """Who knows the password of a name; else what the page says.

    Whether there is such a name is told neither by the words nor by the time that it takes.
    """
    pages, flows = step.pages, step.pages.flows
    guess = pages.guess(step.visit, "password", name)
    wait = pages.pace.wait_for(guess)
    if wait:
        return say_wait(wait)
    pages.pace.count_failure(guess)  # before it is judged: guesses may come side by side
    tenant = await _find_tenant(step, name)
    record = await flows.granting.store.find_user(tenant.id, name) if tenant else None
    is_right = await flows.granting.hasher.matches(password, record.hashes if record else ())
    fault = _judge(record, is_right=is_right)
    if fault is not None and tenant is not None:
        back, sent_from = step.interaction.back, step.visit.visit.sent_from
        tell_wrong(flows.granting, tenant.id, sent_from, Wrong(name, back, fault))
    if tenant is None or record is None or fault is not None:
        return Refusal(fault or Fault.SIGN_IN_WRONG).sentence
    pages.pace.forgive(guess)
    return _Proved(tenant, record)


def _judge(record: SecretRecord | None, *, is_right: bool) -> Fault | None:
    if record is None or not is_right:
        return Fault.SIGN_IN_WRONG
    return None if record.owner.is_enabled else Fault.USER_DISABLED


async def _find_tenant(step: Step, name: str) -> TenantRecord | None:
    """The tenant of the path; under a shared name the one whose domain the name has."""
    place = step.visit.visit.place
    domain = name.rpartition("@")[2]
    if place.tenant is not None or not domain or NUL in name:
        return place.tenant if NUL not in name else None
    found = await step.pages.flows.granting.store.find_tenant(domain)
    is_other = found is not None and step.interaction.tenant_id not in {None, found.id}
    return None if is_other else found
