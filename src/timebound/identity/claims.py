"""What tokens say: the claims of access tokens and id tokens, and those a client asked for."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

import msgspec

from timebound.domain.directory import DirectoryObject
from timebound.domain.ids import ApplicationId, TenantId
from timebound.domain.settings import PasswordStepUp, SecondFactor, TenantSettings
from timebound.domain.times import Instant
from timebound.identity.problems import Fault, Refusal
from timebound.identity.scopes import OPENID_SCOPES
from timebound.identity.versions import Version

CAPABILITY: Final = "cp1"
MFA: Final = "mfa"
"""The value of `amr` that stands for any two factors."""


class _Wanted(msgspec.Struct, frozen=True):
    """The values a client wants a claim to have."""

    value: str | None = None
    values: tuple[str, ...] = ()

    def all(self) -> frozenset[str]:
        """Every value, whichever way it was given."""
        return frozenset(self.values) | ({self.value} if self.value else frozenset())


class _AccessToken(msgspec.Struct, frozen=True):
    """What is wanted of the access token."""

    acrs: _Wanted | None = None
    amr: _Wanted | None = None
    xms_cc: _Wanted | None = None


class _IdToken(msgspec.Struct, frozen=True):
    """What is wanted of the id token."""

    acrs: _Wanted | None = None
    amr: _Wanted | None = None


class _ClaimsParameter(msgspec.Struct, frozen=True):
    """The `claims` parameter of OpenID Connect."""

    access_token: _AccessToken | None = None
    id_token: _IdToken | None = None


@dataclass(frozen=True, slots=True)
class AskedClaims:
    """What the `claims` parameter asks of the tokens; what we do not know is ignored."""

    contexts: frozenset[str] = frozenset()
    methods: frozenset[str] = frozenset()
    """How the person has to have signed in; of the values of `amr` only `mfa` can be asked for."""
    has_capability: bool = False

    def join(self, other: "AskedClaims") -> "AskedClaims":
        """What either of two parameters asks."""
        return AskedClaims(
            self.contexts | other.contexts,
            self.methods | other.methods,
            self.has_capability or other.has_capability,
        )


@dataclass(frozen=True, slots=True)
class SignInClaims:
    """How a person signed in, and when, as the tokens tell it."""

    at: Instant
    methods: tuple[str, ...] = ("pwd",)
    contexts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Issue:
    """The frame of every token: who issues it, for which tenant, client and audience, and when."""

    issuer: str
    tenant_id: TenantId
    application_id: ApplicationId
    application_name: str
    audience: str
    at: Instant
    life: timedelta
    has_capability: bool = False
    client_proof: str = "0"
    """How the client proved itself: 0 not at all, 1 by a secret, 2 by an assertion."""
    version: Version = Version.V2
    family_id: str = ""
    """What a token comes of, which it ends with; none where nobody signed in."""


def read_claims(text: str | None) -> AskedClaims | Refusal:
    """The `claims` parameter of a request for a token."""
    if not text:
        return AskedClaims()
    try:
        asked = msgspec.json.decode(text, type=_ClaimsParameter)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return Refusal(Fault.CLAIMS_UNREADABLE)
    access, identity = asked.access_token or _AccessToken(), asked.id_token or _IdToken()
    contexts = _values(access.acrs) | _values(identity.acrs)
    methods = (_values(access.amr) | _values(identity.amr)) & {MFA}
    is_capable = any(one.lower() == CAPABILITY for one in _values(access.xms_cc))
    return AskedClaims(contexts, methods, is_capable or bool(_values(access.acrs)))


def _values(wanted: _Wanted | None) -> frozenset[str]:
    return wanted.all() if wanted else frozenset()


def list_factors(asked: AskedClaims, settings: TenantSettings) -> frozenset[str]:
    """The factors that a sign-in needs for what is asked, as `amr` names them.

    A context that the tenant maps to a factor needs that one, any other a second factor, which is
    what its rule falls back to; one that is blocked needs none, since none would do. A tenant can
    need a second factor whatever is asked.
    """
    always = {MFA} if settings.second_factor is SecondFactor.ALWAYS else set[str]()
    return _list_asked(asked, settings) | always


def _list_asked(asked: AskedClaims, settings: TenantSettings) -> frozenset[str]:
    known = settings.authentication_contexts
    possible = (one for one in asked.contexts if not settings.blocks(one))
    return asked.methods | {known.get(context, MFA) for context in possible}


def find_blocked(asked: AskedClaims, settings: TenantSettings) -> str:
    """An authentication context among those asked for that nobody may have; empty without one."""
    return next((one for one in sorted(asked.contexts) if settings.blocks(one)), "")


def tell_sign_in(
    at: Instant, methods: Sequence[str], asked: AskedClaims, settings: TenantSettings
) -> SignInClaims | Refusal | None:
    """A sign-in as tokens tell it; none if it is too weak for what is asked.

    Refused where what is asked is what nobody may have.
    """
    blocked = find_blocked(asked, settings)
    if blocked:
        return Refusal(Fault.TOKEN_BLOCKED, blocked)
    if not list_factors(asked, settings) <= set(methods):
        return None
    told = tuple(sorted(asked.contexts & settings.authentication_contexts.keys()))
    return SignInClaims(at, tuple(methods), told)


def strengthen_sign_in(
    at: Instant, asked: AskedClaims, settings: TenantSettings
) -> SignInClaims | Refusal | None:
    """The emulator's liberty, if the tenant takes it: whoever asks for a context satisfies it."""
    is_allowed = settings.password_step_up is PasswordStepUp.ALLOW
    shown = sorted(_list_asked(asked, settings)) if is_allowed else ()
    return tell_sign_in(at, ("pwd", *shown), asked, settings)


def write_application_claims(
    issue: Issue, principal: DirectoryObject, roles: Sequence[str], role_ids: Sequence[str]
) -> dict[str, Any]:
    """The access token of an application that acts in its own name."""
    return {
        **_frame(issue),
        "idtyp": "app",
        "oid": principal.id,
        "sub": principal.id,
        "roles": list(roles),
        "wids": list(role_ids),
    }


def write_service_claims(issue: Issue) -> dict[str, Any]:
    """The access token by which a part of the service calls an API of the tenant's own.

    It has no account in the tenant, so it goes by its application id, and no role with the API.
    """
    name = issue.application_id
    return {**_frame(issue), "idtyp": "app", "oid": name, "sub": name, "roles": []}


def write_user_claims(
    issue: Issue,
    user: DirectoryObject,
    permissions: Sequence[str],
    role_ids: Sequence[str],
    sign_in: SignInClaims,
) -> dict[str, Any]:
    """The access token of an application that acts for a person.

    `openid profile email` are always there, because a client takes a token without them for an
    application's (clients/contract.md, finding 14).
    """
    return {
        **_frame(issue),
        "idtyp": "user",
        "oid": user.id,
        "sub": pair_subject(user.id, issue.audience),
        "scp": " ".join(dict.fromkeys((*permissions, *OPENID_SCOPES))),
        "wids": list(role_ids),
        "upn": user.user_principal_name,
        "unique_name": user.user_principal_name,
        "name": user.display_name,
        # quirk(identity): the opaque `rh` is what a token is revalidated by - access token claims
        "rh": issue.family_id,
        **_tell_sign_in(sign_in),
    }


def tell_own_api(
    claims: Mapping[str, Any], permissions: Sequence[str] | None, *, has_roles: bool
) -> dict[str, Any]:
    """The claims for an API other than those of this service, which judges by what it is told.

    It is told of roles in force if it wishes, which its token then does not outlive; `scp` are its
    own permissions alone, of a person's token.
    """
    told = {name: value for name, value in claims.items() if has_roles or name != "wids"}
    return told if permissions is None else {**told, "scp": " ".join(permissions)}


def _tell_sign_in(sign_in: SignInClaims) -> dict[str, Any]:
    """When and how the person signed in; `acr` 1 says that they did so to the service itself."""
    told = {"acr": "1", "amr": list(sign_in.methods), "auth_time": _seconds(sign_in.at)}
    return {**told, "acrs": list(sign_in.contexts)} if sign_in.contexts else told


def write_id_claims(
    issue: Issue, user: DirectoryObject, sign_in: SignInClaims, nonce: str = ""
) -> dict[str, Any]:
    """The id token that tells the client who signed in, when and how."""
    return {
        "aud": issue.application_id,
        "iss": issue.issuer,
        "iat": _seconds(issue.at),
        "nbf": _seconds(issue.at),
        "exp": _seconds(issue.at + issue.life),
        "tid": issue.tenant_id,
        "oid": user.id,
        "sub": pair_subject(user.id, issue.application_id),
        **_tell_name(issue, user),
        "name": user.display_name,
        **_tell_sign_in(sign_in),
        **({"nonce": nonce} if nonce else {}),
        "uti": _unique(),
        "ver": issue.version.value,
    }


def _tell_name(issue: Issue, user: DirectoryObject) -> dict[str, str | None]:
    """The name that somebody signs in with, in the words of the version."""
    name = user.user_principal_name
    if issue.version is Version.V1:
        return {"upn": name, "unique_name": name}
    return {"preferred_username": name}


def write_client_info(user: DirectoryObject, tenant_id: TenantId) -> str:
    """Who signed in, as the identity libraries key their caches by."""
    content = msgspec.json.encode({"uid": user.id, "utid": tenant_id})
    return urlsafe_b64encode(content).decode().rstrip("=")


def _frame(issue: Issue) -> dict[str, Any]:
    claims: dict[str, Any] = {
        "aud": issue.audience,
        "iss": issue.issuer,
        "iat": _seconds(issue.at),
        "nbf": _seconds(issue.at),
        "exp": _seconds(issue.at + issue.life),
        "app_displayname": issue.application_name,
        **_tell_client(issue),
        "tid": issue.tenant_id,
        "uti": _unique(),
        "ver": issue.version.value,
    }
    if issue.has_capability:
        claims["xms_cc"] = [CAPABILITY]
    return claims


def _tell_client(issue: Issue) -> dict[str, str]:
    """The client in the words of version 1, and in those of version 2 as well where it has them.

    Clients read `appid` whatever the version (clients/contract.md, finding 14).
    """
    told: dict[str, str] = {"appid": issue.application_id, "appidacr": issue.client_proof}
    if issue.version is Version.V2:
        told |= {"azp": issue.application_id, "azpacr": issue.client_proof}
    return told


def _seconds(at: Instant) -> int:
    return int(at.timestamp())


def _unique() -> str:
    return secrets.token_urlsafe(16)


def pair_subject(subject: str, audience: str) -> str:
    """The name that a person has for one audience, by which two of them cannot compare notes."""
    digest = sha256(f"{subject}\x1f{audience}".encode()).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def read_payload(token: str) -> Mapping[str, Any]:
    """The claims of a token that has been verified."""
    part = token.split(".")[1]
    claims: Mapping[str, Any] = msgspec.json.decode(
        urlsafe_b64decode(part + "=" * (-len(part) % 4)), type=dict[str, Any]
    )
    return claims
