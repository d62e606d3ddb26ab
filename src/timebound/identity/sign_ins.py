"""What the sign-in log is told of those who come for tokens, and of those at the pages.

Each way has one place: a code that is made, tokens that are issued, a request that is refused, a
password or a code that is wrong. Neither what was typed as a secret nor what a client says of
itself in a refusal is in it.
"""

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qs, urlsplit

from timebound.application.sign_in_log_ports import Attempt, SentFrom, SignInKind
from timebound.application.sign_in_ports import SignedIn
from timebound.application.tokens import Resource
from timebound.domain.first_party import AZURE_APP_ID
from timebound.domain.ids import ApplicationId, PrincipalId, TenantId
from timebound.identity.clients import Client, Proof
from timebound.identity.discovery import DEVICE_CODE
from timebound.identity.forms import NUL
from timebound.identity.granting import Ask, Granting
from timebound.identity.issuing import Person, Wish
from timebound.identity.problems import Fault, Refusal
from timebound.identity.scopes import GRAPH_APP_ID, AskedScopes

_APPLICATION: Final = "client_credentials"
_CODE: Final = "authorization_code"
_PASSWORD: Final = "password"  # noqa: S105 - the name of a grant
_DESKTOP: Final = "Mobile Apps and Desktop clients"
_PROTOCOLS: Final = {_PASSWORD: "ropc", DEVICE_CODE: "deviceCode", "device_code": "deviceCode"}
_CREDENTIALS: Final = {
    Proof.NONE: "none",
    Proof.SECRET: "clientSecret",
    Proof.ASSERTION: "clientAssertion",
}
_UNTOLD: Final = frozenset(
    {
        Fault.DEVICE_WAITING,
        Fault.DEVICE_HASTY,
        Fault.PARAMETER_MISSING,
        Fault.PARAMETER_REPEATED,
        Fault.PARAMETER_INVALID,
        Fault.GRANT_UNSUPPORTED,
        Fault.TENANT_AMBIGUOUS,
        Fault.CLAIMS_UNREADABLE,
    }
)
"""What is no sign-in, or none that could be told of anybody."""


def tell_application(granting: Granting, ask: Ask, wish: Wish, proof: Proof) -> None:
    """That an application got a token in its own name."""
    attempt = _begin(granting, ask, wish.client.tenant.id, SignInKind.APPLICATION)
    granting.sign_ins.note(
        replace(
            attempt,
            app_id=wish.client.id,
            resource_id=_name_resource(wish.asked),
            credential=_CREDENTIALS[proof],
            client="",
        )
    )


def tell_person(granting: Granting, ask: Ask, wish: Wish, person: Person) -> None:
    """That an application got tokens for a person; of a code it is told where that was made."""
    grant = ask.form.get("grant_type", "")
    if grant == _CODE:
        return
    attempt = _begin(granting, ask, wish.client.tenant.id, _kind_of(grant))
    granting.sign_ins.note(
        replace(
            attempt,
            app_id=wish.client.id,
            user_id=PrincipalId(person.user.id),
            resource_id=_name_resource(wish.asked),
            methods=person.sign_in.methods,
            credential=_CREDENTIALS[person.proof],
        )
    )


def tell_refusal(granting: Granting, ask: Ask, refusal: Refusal) -> None:
    """That a request for tokens was refused, where it is known of which tenant and of whom."""
    tenant, grant = ask.place.tenant, ask.form.get("grant_type", "")
    kind, name = _kind_of(grant), ask.form.get("username", "")
    is_anybodys = bool(refusal.user_id or name) or kind is SignInKind.APPLICATION
    if tenant is None or refusal.fault in _UNTOLD or not is_anybodys or NUL in name:
        return
    attempt = replace(
        _begin(granting, ask, tenant.id, kind),
        app_id=_read_app_id(ask.form.get("client_id", "")),
        user_id=PrincipalId(refusal.user_id) if refusal.user_id else None,
        name=name if grant == _PASSWORD else "",
    )
    granting.sign_ins.note(_fail(attempt, refusal.fault))


@dataclass(frozen=True, slots=True)
class Came:
    """Somebody who has come to an application in front of a browser, and how."""

    client: Client
    asked: AskedScopes
    who: SignedIn
    sent_from: SentFrom
    is_silent: bool = False
    """Whether the application asks whether somebody is still signed in."""


def tell_code(granting: Granting, came: Came) -> None:
    """That somebody signed in to an application in front of a browser, or is still signed in."""
    granting.sign_ins.note(_describe(granting, came))


def tell_denied(granting: Granting, came: Came, fault: Fault) -> None:
    """That somebody who proved who they are may not have what the application asks for."""
    granting.sign_ins.note(_fail(_describe(granting, came), fault))


def _describe(granting: Granting, came: Came) -> Attempt:
    return Attempt(
        came.client.tenant.id,
        granting.system.now(),
        SignInKind.REFRESHED if came.is_silent else SignInKind.INTERACTIVE,
        came.sent_from,
        came.client.id,
        user_id=came.who.user_id,
        resource_id=_name_resource(came.asked),
        methods=came.who.methods,
        protocol="oAuth2",
    )


@dataclass(frozen=True, slots=True)
class Wrong:
    """Somebody who did not prove who they are: as whom, by what, and to go on to which page.

    They say who they are by a name, or by the id of somebody who is there.
    """

    name: str
    back: str
    fault: Fault
    methods: tuple[str, ...] = ("pwd",)
    user_id: PrincipalId | None = None


def tell_wrong(granting: Granting, tenant_id: TenantId, sent_from: SentFrom, wrong: Wrong) -> None:
    """That somebody in front of a browser did not prove who they are."""
    if NUL in wrong.name:
        return
    attempt = Attempt(
        tenant_id,
        granting.system.now(),
        SignInKind.INTERACTIVE,
        sent_from,
        _read_app_id(parse_qs(urlsplit(wrong.back).query).get("client_id", [""])[0]),
        user_id=wrong.user_id,
        name=wrong.name,
        methods=wrong.methods,
        protocol="oAuth2",
    )
    granting.sign_ins.note(_fail(attempt, wrong.fault))


def _begin(granting: Granting, ask: Ask, tenant_id: TenantId, kind: SignInKind) -> Attempt:
    protocol = _PROTOCOLS.get(ask.form.get("grant_type", ""), "oAuth2")
    at = granting.system.now()
    return Attempt(tenant_id, at, kind, ask.sent_from, None, protocol=protocol, client=_DESKTOP)


def _kind_of(grant: str) -> SignInKind:
    if grant == _APPLICATION:
        return SignInKind.APPLICATION
    return SignInKind.INTERACTIVE if grant in _PROTOCOLS else SignInKind.REFRESHED


def _name_resource(asked: AskedScopes) -> str:
    match asked.resource:
        case Resource.GRAPH:
            return GRAPH_APP_ID
        case Resource.ARM:
            return AZURE_APP_ID
        case api:
            return api.app_id


def _read_app_id(text: str) -> ApplicationId | None:
    is_usable = bool(text) and NUL not in text
    return ApplicationId(text.lower()[:_LONGEST_ID]) if is_usable else None


def _fail(attempt: Attempt, fault: Fault) -> Attempt:
    """The attempt with the number of a fault, and what that is in general: never what was sent."""
    reason = fault.text.replace("`{0}`", "what was named")
    return replace(attempt, fault=fault.number, reason=reason)


_LONGEST_ID: Final = 64
