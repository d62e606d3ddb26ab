"""What somebody does about their own factors: adds an app, has new codes on paper, removes one."""

from starlette.responses import Response

from timebound.identity.factors import passkeys
from timebound.identity.factors.passkeys import Passkeys
from timebound.identity.factors.totp import write_secret, write_uri
from timebound.identity.pages.drawing import draw_qr
from timebound.identity.pages.factor_step import SHOWN
from timebound.identity.pages.own_visits import OwnVisit, path_of, person_of, show_own

_WRONG = "The code is wrong. Wait for the next one."
_NOT_DONE = "That could not be done: try again."
_NOT_MADE = "The passkey could not be made: try again."


async def add_app(own: OwnVisit) -> Response:
    """The page that shows the secret for an app."""
    return _ask_code(own, *own.pages.factors.begin_totp(person_of(own.present)))


async def keep_app(own: OwnVisit) -> Response:
    """Keeps an app that has shown that it makes the codes, and shows new codes on paper."""
    person, factors = person_of(own.present), own.pages.factors
    sealed = own.visit.field("enrolment")
    secret = factors.open_totp(person, sealed)
    if secret is None:
        return await add_app(own)
    app = factors.make_app(person, secret, own.visit.field("code"))
    if app is None:
        return _ask_code(own, secret, sealed, _WRONG)
    kept = await factors.add(person, app, has_proved=own.has_proved)
    return await (_explain(own) if kept is None else _show_codes(own, kept.codes, SHOWN))


async def add_passkey(own: OwnVisit, trouble: str = "") -> Response:
    """The page that has the browser make a passkey."""
    user, keys = own.present.user, _passkeys(own)
    if not keys.is_possible:
        return await show_own(own, "Passkeys need the service to have a name, not an address.")
    name = user.user_principal_name or user.display_name
    asked = await keys.ask_new(person_of(own.present), name)
    return own.show("passkey", {"asked": asked, "back": path_of(own.tenant)}, trouble)


async def keep_passkey(own: OwnVisit) -> Response:
    """Keeps a passkey that the browser has made; the first factor brings codes on paper along."""
    person, field = person_of(own.present), own.visit.field
    made = await _passkeys(own).read_new(person, field("challenge"), field("credential"))
    if made is None:
        return await add_passkey(own, _NOT_MADE)
    kept = await own.pages.factors.add(person, made, has_proved=own.has_proved)
    if kept is None:
        return await (add_passkey(own, _NOT_MADE) if own.has_proved else _explain(own))
    if kept.codes:
        return await _show_codes(own, kept.codes, passkeys.SHOWN)
    begun = await own.pages.flows.sessions.strengthen(own.browser, own.present, passkeys.SHOWN)
    return own.go_back("passkey", begun.cookie)


async def renew_codes(own: OwnVisit) -> Response:
    """New codes on paper in place of those from before, for who has something that they are for."""
    person, has_proved = person_of(own.present), own.has_proved
    codes = await own.pages.factors.renew_paper(person, has_proved=has_proved)
    return await (_explain(own) if codes is None else _show_codes(own, codes))


async def remove_factor(own: OwnVisit) -> Response:
    """Forgets a factor of their own."""
    person, factor_id = person_of(own.present), own.visit.field("factor")
    is_gone = await own.pages.factors.remove(person, factor_id, has_proved=own.has_proved)
    return own.go_back("remove") if is_gone else await _explain(own)


async def _explain(own: OwnVisit) -> Response:
    """Nothing was changed: who has a factor by now and has not shown it is asked for it first."""
    return await show_own(own, _NOT_DONE) if own.has_proved else own.go_back("")


def _passkeys(own: OwnVisit) -> Passkeys:
    return Passkeys(own.pages.factors, own.visit.visit.origin)


async def _show_codes(
    own: OwnVisit, codes: tuple[str, ...], shown: tuple[str, ...] = ()
) -> Response:
    begun = await own.pages.flows.sessions.strengthen(own.browser, own.present, shown)
    values = {"codes": codes, "on": path_of(own.tenant)}
    return own.show("recovery", values, "", begun.cookie)


def _ask_code(own: OwnVisit, secret: bytes, sealed: str, trouble: str = "") -> Response:
    user = own.present.user
    uri = write_uri(secret, user.user_principal_name or user.display_name)
    values = {
        "ctx": "",
        "application_name": "",
        "qr": draw_qr(uri),
        "secret": write_secret(secret),
        "enrolment": sealed,
    }
    return own.show("enrol", values, trouble)
