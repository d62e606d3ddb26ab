"""The steps of a sign-in at which somebody shows a second factor, or sets one up."""

from typing import Final

from starlette.responses import Response

from timebound.domain.ids import PrincipalId
from timebound.identity.factors import passkeys
from timebound.identity.factors.factors import Person
from timebound.identity.factors.passkeys import Passkeys
from timebound.identity.factors.totp import write_secret, write_uri
from timebound.identity.flows.sessions import Begun, Present
from timebound.identity.pages.drawing import draw_qr
from timebound.identity.pages.steps import Step
from timebound.identity.pages.wording import say_wait
from timebound.identity.problems import Fault, Refusal
from timebound.identity.sign_ins import Wrong, tell_wrong

SHOWN: Final = ("otp", "mfa")
"""What an app, or a code on paper, is in the words of RFC 8176."""
_CODES: Final = frozenset({"pwd", *SHOWN})
_POSSIBLE: Final = _CODES | {*passkeys.SHOWN}
_WRONG: Final = "The code is wrong, or it was used before. Wait for the next one."
_NOT_THIS: Final = "That passkey did not do: try again, or type a code."


async def ask_factor(step: Step, present: Present, trouble: str = "") -> Response:
    """The page for a code; for who has nothing that makes codes, the one that sets it up."""
    person, needed = _person(present), step.interaction.factors
    passkey = await _passkeys(step).ask(person)
    if not needed <= (_CODES if passkey is None else _POSSIBLE):
        return step.refuse(Refusal(Fault.FACTOR_NEEDED))
    if await step.pages.factors.list_kinds(person):
        name = present.user.user_principal_name
        return step.show("factor", trouble, user_name=name, passkey=passkey)
    return _ask_enrolment(step, present, *step.pages.factors.begin_totp(person), trouble)


async def take_factor(step: Step, present: Present) -> Response:
    """Judges a code; guesses slow down whoever has the password, but not the owner elsewhere."""
    person, pace, name = _person(present), step.pages.pace, _name(present)
    guess = step.pages.guess(step.visit, "factor", name, is_second=True)
    wait = pace.wait_for(guess)
    if wait:
        return await ask_factor(step, present, say_wait(wait))
    pace.count_failure(guess)  # before it is judged: guesses may come side by side
    if not await step.pages.factors.prove(person, step.visit.field("code")):
        _tell_wrong(step, present)
        return await ask_factor(step, present, _WRONG)
    pace.forgive(guess)
    return _go_back(step, present, await _strengthen(step, present))


async def take_passkey(step: Step, present: Present) -> Response:
    """Judges the answer of a passkey; who shows others over and over is slowed down there."""
    person, field, pace = _person(present), step.visit.field, step.pages.pace
    guess = step.pages.guess_passkey(step.visit, _name(present))
    wait = pace.wait_for(guess)
    if wait:
        return await ask_factor(step, present, say_wait(wait))
    pace.count_failure(guess)
    if not await _passkeys(step).prove(person, field("challenge"), field("credential")):
        _tell_wrong(step, present, Fault.PASSKEY_WRONG)
        return await ask_factor(step, present, _NOT_THIS)
    pace.forgive(guess)
    return _go_back(step, present, await _strengthen(step, present, passkeys.SHOWN))


def _tell_wrong(step: Step, present: Present, fault: Fault = Fault.FACTOR_WRONG) -> None:
    granting, sent_from = step.pages.flows.granting, step.visit.visit.sent_from
    tenant_id, back = present.session.tenant_id, step.interaction.back
    wrong = Wrong(_name(present), back, fault, present.who.methods)
    tell_wrong(granting, tenant_id, sent_from, wrong)


async def take_enrolment(step: Step, present: Present) -> Response:
    """Keeps an app that has shown that it makes the codes; only who has none yet comes here."""
    person, factors = _person(present), step.pages.factors
    sealed = step.visit.field("enrolment")
    secret = factors.open_totp(person, sealed)
    if secret is None or await factors.list_kinds(person):
        return await ask_factor(step, present)
    app = factors.make_app(person, secret, step.visit.field("code"))
    if app is None:
        return _ask_enrolment(step, present, secret, sealed, _WRONG)
    kept = await factors.add(person, app, has_proved=False)
    if kept is None:
        return await ask_factor(step, present)
    begun = await _strengthen(step, present)
    known = step.settle(person.tenant_id)
    cookies = (begun.cookie, _remember(step, present))
    return step.show("recovery", cookies=cookies, codes=kept.codes, on=known)


async def _strengthen(step: Step, present: Present, shown: tuple[str, ...] = SHOWN) -> Begun:
    browser = step.visit.visit.browser(present.session.tenant_id)
    return await step.pages.flows.sessions.strengthen(browser, present, shown)


def _go_back(step: Step, present: Present, begun: Begun) -> Response:
    return step.go_back_here(begun, present.session.tenant_id, _remember(step, present))


def _remember(step: Step, present: Present) -> str:
    """The browser in which somebody has shown all they have; whoever guesses never comes here."""
    return step.pages.known.remember(step.visit.visit, _name(present), is_strong=True)


def _passkeys(step: Step) -> Passkeys:
    return Passkeys(step.pages.factors, step.visit.visit.origin)


def _ask_enrolment(
    step: Step, present: Present, secret: bytes, sealed: str, trouble: str
) -> Response:
    uri = write_uri(secret, present.user.user_principal_name or present.user.display_name)
    return step.show(
        "enrol",
        trouble,
        qr=draw_qr(uri),
        secret=write_secret(secret),
        enrolment=sealed,
    )


def _name(present: Present) -> str:
    return present.user.user_principal_name or present.user.id


def _person(present: Present) -> Person:
    return Person(present.session.tenant_id, PrincipalId(present.user.id), present.address)
