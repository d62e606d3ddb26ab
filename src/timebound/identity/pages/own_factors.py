"""What somebody does about their own factors: adds an app, has new codes on paper, removes one."""

from starlette.responses import Response

from timebound.identity.factors import passkeys
from timebound.identity.factors.passkeys import Passkeys
from timebound.identity.factors.totp import write_secret, write_uri
from timebound.identity.pages.drawing import draw_qr
from timebound.identity.pages.factor_step import SHOWN
from timebound.identity.pages.kit import Page
from timebound.identity.pages.own_visits import OwnVisit, path_of, person_of, show_own

_WRONG = "The code is wrong. Wait for the next one."


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
    codes = await factors.confirm_totp(person, secret, own.visit.field("code"))
    if codes is None:
        return _ask_code(own, secret, sealed, _WRONG)
    return await _show_codes(own, codes, SHOWN)


async def add_passkey(own: OwnVisit, trouble: str = "") -> Response:
    """The page that has the browser make a passkey."""
    user, keys = own.present.user, _passkeys(own)
    if not keys.is_possible:
        return await show_own(own, "Passkeys need the service to have a name, not an address.")
    name = user.user_principal_name or user.display_name
    asked = await keys.ask_new(person_of(own.present), name)
    values = {"asked": asked, "trouble": trouble, "back": path_of(own.tenant)}
    return own.pages.kit.show(own.visit, Page("passkey", values, 400 if trouble else 200))


async def keep_passkey(own: OwnVisit) -> Response:
    """Keeps a passkey that the browser has made; the first factor brings codes on paper along."""
    person, factors, field = person_of(own.present), own.pages.factors, own.visit.field
    is_first = not await factors.list_kinds(person)
    if not await _passkeys(own).keep_new(person, field("challenge"), field("credential")):
        return await add_passkey(own, "The passkey could not be made: try again.")
    codes = await factors.add_with_codes(person) if is_first else None
    if codes is not None:
        return await _show_codes(own, codes, passkeys.SHOWN)
    begun = await own.pages.flows.sessions.strengthen(own.browser, own.present, passkeys.SHOWN)
    return own.go_back("passkey", begun.cookie)


async def renew_codes(own: OwnVisit) -> Response:
    """New codes on paper in place of those from before, for who has something that they are for."""
    person, factors = person_of(own.present), own.pages.factors
    if not await factors.list_kinds(person):
        return await show_own(own)
    codes = await factors.add_with_codes(person)
    return await show_own(own) if codes is None else await _show_codes(own, codes)


async def remove_factor(own: OwnVisit) -> Response:
    """Forgets a factor of their own."""
    is_gone = await own.pages.factors.remove(person_of(own.present), own.visit.field("factor"))
    return own.go_back("remove") if is_gone else await show_own(own)


def _passkeys(own: OwnVisit) -> Passkeys:
    return Passkeys(own.pages.factors, own.visit.visit.origin)


async def _show_codes(
    own: OwnVisit, codes: tuple[str, ...], shown: tuple[str, ...] = ()
) -> Response:
    begun = await own.pages.flows.sessions.strengthen(own.browser, own.present, shown)
    values = {"codes": codes, "on": path_of(own.tenant)}
    page = Page("recovery", values, has_own_form=False)
    return own.pages.kit.show(own.visit, page, (begun.cookie,))


def _ask_code(own: OwnVisit, secret: bytes, sealed: str, trouble: str = "") -> Response:
    user = own.present.user
    uri = write_uri(secret, user.user_principal_name or user.display_name)
    values = {
        "ctx": "",
        "trouble": trouble,
        "application_name": "",
        "qr": draw_qr(uri),
        "secret": write_secret(secret),
        "enrolment": sealed,
    }
    return own.pages.kit.show(own.visit, Page("enrol", values, 400 if trouble else 200))
