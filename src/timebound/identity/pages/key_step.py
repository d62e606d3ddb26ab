"""The step of a sign-in at which somebody shows a passkey in the place of name and password."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from starlette.responses import Response

from timebound.application.ports import SecretRecord, TenantRecord
from timebound.domain.ids import PrincipalId
from timebound.identity.factors.factors import Person
from timebound.identity.factors.passkeys import SHOWN, Asked, Passkeys, read_handle
from timebound.identity.pages.steps import Step
from timebound.identity.pages.wording import say_wait
from timebound.identity.problems import Fault
from timebound.identity.sign_ins import Wrong, tell_wrong

NOT_THIS: Final = "That passkey did not do: try again, or sign in with your password."


def offer_key(step: Step) -> tuple[Step, Asked | None, Sequence[str]]:
    """What any passkey is asked on the page, bound to the browser; none where none can be.

    Answers the step of a browser that is known from then on, and the cookie by which it is.
    """
    keys = Passkeys(step.pages.factors, step.visit.visit.origin)
    if step.tenant is None or not keys.is_possible:
        return step, None, ()
    browser, visit, cookies = step.pages.kit.recognize(step.visit)
    return replace(step, visit=visit), keys.ask_anybody(browser), cookies


async def take_key(step: Step) -> Response | str:
    """Signs in whoever the passkey is of; else what the page says, the same whyever that is.

    A passkey has verified who is in front of it, so that it is two factors.
    """
    tenant, pace = step.tenant, step.pages.pace
    if tenant is None:
        return NOT_THIS
    claimed = await _find_claimed(step, tenant)
    guess = step.pages.guess_passkey(step.visit, claimed.account)
    wait = pace.wait_for(guess)
    if wait:
        return say_wait(wait)
    pace.count_failure(guess)  # before it is judged: they may come side by side
    record = await _prove(step, tenant)
    if isinstance(record, Fault):
        _tell_wrong(step, tenant, claimed, record)
        return NOT_THIS
    pace.forgive(guess)
    browser = step.visit.visit.browser(tenant.id)
    begun = await step.pages.flows.sessions.start(browser, record, SHOWN)
    known = step.pages.known.remember(step.visit.visit, claimed.account, is_strong=True)
    return step.go_back_here(begun, tenant.id, known)


@dataclass(frozen=True, slots=True)
class _Claimed:
    """Whose a passkey says it is: what refusals are counted by, and the id if anybody has it."""

    account: str
    user_id: PrincipalId | None = None


async def _find_claimed(step: Step, tenant: TenantRecord) -> _Claimed:
    handle = read_handle(step.visit.field("credential"))
    if not handle:
        return _Claimed("")
    found = (await step.pages.flows.granting.store.find_objects(tenant.id, [handle])).get(handle)
    if found is None or found.user_principal_name is None:
        return _Claimed(handle)
    return _Claimed(found.user_principal_name, PrincipalId(found.id))


def _tell_wrong(step: Step, tenant: TenantRecord, claimed: _Claimed, fault: Fault) -> None:
    back, methods = step.interaction.back, SHOWN[:1]
    wrong = Wrong("", back, fault, methods, claimed.user_id)
    tell_wrong(step.pages.flows.granting, tenant.id, step.visit.visit.sent_from, wrong)


async def _prove(step: Step, tenant: TenantRecord) -> SecretRecord | Fault:
    keys, field = Passkeys(step.pages.factors, step.visit.visit.origin), step.visit.field
    browser, _, _ = step.pages.kit.recognize(step.visit)
    sealed, answer = field("challenge"), field("credential")
    person = await keys.prove_anybody(tenant.id, browser, sealed, answer)
    record = None if person is None else await _find_record(step, person)
    if record is None:
        return Fault.PASSKEY_WRONG
    return record if record.owner.is_enabled else Fault.USER_DISABLED


async def _find_record(step: Step, person: Person) -> SecretRecord | None:
    store = step.pages.flows.granting.store
    found = (await store.find_objects(person.tenant_id, [person.user_id])).get(person.user_id)
    name = None if found is None else found.user_principal_name
    record = await store.find_user(person.tenant_id, name) if name else None
    return None if record is None or record.owner.id != person.user_id else record
