"""The step of a sign-in at which somebody shows a passkey in the place of name and password."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from starlette.responses import Response

from timebound.application.ports import SecretRecord, TenantRecord
from timebound.identity.factors.factors import Person
from timebound.identity.factors.passkeys import SHOWN, Asked, Passkeys
from timebound.identity.pages.steps import Step

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


async def take_key(step: Step) -> Response | None:
    """Signs in whoever the passkey is of; none where it does not do, whyever that is.

    A passkey has verified who is in front of it, so that it is two factors.
    """
    tenant = step.tenant
    record = None if tenant is None else await _prove(step, tenant)
    if record is None or tenant is None:
        return None
    browser = step.visit.visit.browser(tenant.id)
    begun = await step.pages.flows.sessions.start(browser, record, SHOWN)
    name = record.owner.user_principal_name or ""
    known = step.pages.known.remember(step.visit.visit, name, is_strong=True)
    return step.go_back_here(begun, tenant.id, known)


async def _prove(step: Step, tenant: TenantRecord) -> SecretRecord | None:
    keys, field = Passkeys(step.pages.factors, step.visit.visit.origin), step.visit.field
    browser, _, _ = step.pages.kit.recognize(step.visit)
    sealed, answer = field("challenge"), field("credential")
    person = await keys.prove_anybody(tenant.id, browser, sealed, answer)
    return None if person is None else await _find_record(step, person)


async def _find_record(step: Step, person: Person) -> SecretRecord | None:
    store = step.pages.flows.granting.store
    found = (await store.find_objects(person.tenant_id, [person.user_id])).get(person.user_id)
    name = None if found is None else found.user_principal_name
    record = await store.find_user(person.tenant_id, name) if name else None
    if record is None or record.owner.id != person.user_id or not record.owner.is_enabled:
        return None
    return record
