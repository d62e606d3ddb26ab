"""What somebody does about their own factors: adds an app, has new codes on paper, removes one."""

from starlette.responses import Response

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
    return await _show_codes(own, codes)


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


async def _show_codes(own: OwnVisit, codes: tuple[str, ...]) -> Response:
    begun = await own.pages.flows.sessions.strengthen(own.browser, own.present, SHOWN)
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
