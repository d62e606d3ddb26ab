"""A visit of somebody who looks after their own, and the page that they come back to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from timebound.application.factor_ports import Factor, FactorKind
from timebound.application.ports import TenantRecord
from timebound.application.sign_in_ports import Session
from timebound.domain.times import Instant
from timebound.identity.claims import MFA
from timebound.identity.factors.factors import Person
from timebound.identity.flows.own_account import list_own_consents, list_own_sessions
from timebound.identity.flows.sessions import Browser, Present
from timebound.identity.pages.kit import Page, PageVisit, go_on
from timebound.identity.pages.parts import Pages
from timebound.identity.pages.wording import say_permission

PATH: Final = "security"
_DONE: Final = {
    "password": "Your password is changed. Everywhere else you have to sign in again.",
    "session": "That browser is signed out.",
    "passkey": "The passkey is set up.",
    "remove": "That is removed.",
    "consent": "That application may do nothing for you any more.",
}


_KINDS: Final = {FactorKind.TOTP: "App for one-time codes", FactorKind.PASSKEY: "Passkey"}


@dataclass(frozen=True, slots=True)
class OwnVisit:
    """Somebody who has just signed in looks after their own."""

    pages: Pages
    visit: PageVisit
    tenant: TenantRecord
    present: Present

    @property
    def browser(self) -> Browser:
        """The browser that is in front of them."""
        return self.visit.visit.browser(self.tenant.id)

    @property
    def has_proved(self) -> bool:
        """Whether a second factor was shown in this browser."""
        return MFA in self.present.who.methods

    def show(
        self, template: str, values: Mapping[str, Any], trouble: str = "", *cookies: str
    ) -> Response:
        """A page of theirs."""
        leaving = self.pages.offer_leaving(self.tenant.id, self.present.user.id)
        told = {**values, "trouble": trouble}
        page = Page(template, told, 400 if trouble else 200, leaving=leaving)
        return self.pages.kit.show(self.visit, page, cookies)

    def go_back(self, done: str, *cookies: str) -> Response:
        """Sends the browser to the page as it is now, which tells what was done."""
        return go_on(f"{path_of(self.tenant)}?done={done}", cookies)


def path_of(tenant: TenantRecord) -> str:
    """Where the page is."""
    return f"/{tenant.id}/{PATH}"


def person_of(present: Present) -> Person:
    """Whose factors they are."""
    return Person(present.session.tenant_id, present.who.user_id, present.address)


async def show_own(own: OwnVisit, trouble: str = "") -> Response:
    """The page, with what went wrong."""
    flows, present = own.pages.flows, own.present
    name = present.user.user_principal_name or present.user.display_name
    record = await flows.granting.store.find_user(own.tenant.id, name)
    values: dict[str, Any] = {
        "user_name": name,
        "done": "" if trouble else _DONE.get(own.visit.field("done"), ""),
        "has_password": record is not None and bool(record.hashes),
        **_tell_factors(await own.pages.factors.list_all(person_of(present))),
        "sessions": [_tell(one, present) for one in await list_own_sessions(flows, present)],
        "consents": [
            {
                "id": one.application_id,
                "name": one.application_name,
                "permissions": [say_permission(name) for name in one.permissions],
            }
            for one in await list_own_consents(flows, present)
        ],
    }
    return own.show("security", values, trouble)


def _tell_factors(found: tuple[Factor, ...]) -> Mapping[str, Any]:
    told = [
        {"id": one.id, "kind": _KINDS[one.kind], "at": _write_time(one.created_at)}
        for one in found
        if one.kind in _KINDS
    ]
    left = [one for one in found if one.kind is FactorKind.RECOVERY and not one.used]
    return {"factors": told, "codes_left": len(left)}


def _tell(session: Session, present: Present) -> Mapping[str, Any]:
    return {
        "id": session.who.session_id,
        "is_this": session.key == present.session.key,
        "at": _write_time(session.who.at),
        "is_remembered": session.is_remembered,
    }


def _write_time(at: Instant) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
