"""Granting tokens: who asks, whether they prove it, and what they get."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from timebound.application.ports import Clock, SecretRecord, Store, TenantRecord
from timebound.application.tokens import Resource
from timebound.domain.directory import DirectoryObject
from timebound.domain.ids import ApplicationId
from timebound.identity import claims as c
from timebound.identity.discovery import Place, write_issuer
from timebound.identity.forms import require
from timebound.identity.hashing import SecretHasher
from timebound.identity.keys import KeyRing
from timebound.identity.problems import Fault, Refusal
from timebound.identity.scopes import AskedScopes, Audiences, choose_permissions, echo_scopes

CLIENT_CREDENTIALS: Final = "client_credentials"
PASSWORD: Final = "password"  # noqa: S105 - the name of a grant type
_AZURE_SCOPE: Final = "user_impersonation"


@dataclass(frozen=True, slots=True)
class Granting:
    """What granting works with; `grants` are the grant types that are allowed."""

    store: Store
    keys: KeyRing
    hasher: SecretHasher
    audiences: Audiences
    system: Clock
    """Tokens live on the system's clock, as clients judge them by theirs."""
    movable: Clock
    """What is held is judged on the clock that an emulator can move."""
    grants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """A request for a token: to which tenant, at which origin, with which fields."""

    place: Place
    origin: str
    form: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Client:
    """Who asks for a token, and for what."""

    tenant: TenantRecord
    record: SecretRecord
    id: ApplicationId
    asked: AskedScopes
    claims: c.AskedClaims


async def grant_token(granting: Granting, ask: Ask) -> Mapping[str, Any] | Refusal:
    """The answer of the token endpoint."""
    grant = require(ask.form, "grant_type")
    if isinstance(grant, Refusal):
        return grant
    if grant not in granting.grants:
        return Refusal(Fault.GRANT_UNSUPPORTED, grant)
    if grant == CLIENT_CREDENTIALS:
        return await _grant_to_application(granting, ask)
    return await _grant_to_user(granting, ask)


async def _grant_to_application(granting: Granting, ask: Ask) -> Mapping[str, Any] | Refusal:
    tenant = ask.place.tenant
    if tenant is None:
        return Refusal(Fault.TENANT_AMBIGUOUS)
    client = await _read_client(granting, ask, tenant)
    if isinstance(client, Refusal):
        return client
    secret = ask.form.get("client_secret", "")
    refused = await _check_secret(granting, client.record, secret, is_needed=True)
    if refused is not None:
        return refused
    if client.asked.permissions is not None or not client.asked.as_asked:
        return Refusal(Fault.SCOPE_NOT_DEFAULT, ask.form["scope"])
    issue = _begin(granting, ask, client)
    roles = await _permissions(granting, client, is_delegated=False)
    principal = client.record.owner
    role_ids = await _role_ids(granting, client, principal)
    token = c.write_application_claims(issue, principal, sorted(roles), role_ids)
    return _answer(granting, issue.life, token, echo_scopes(client.asked, ()))


async def _grant_to_user(granting: Granting, ask: Ask) -> Mapping[str, Any] | Refusal:
    name, password = require(ask.form, "username"), ask.form.get("password", "")
    if isinstance(name, Refusal):
        return name
    if not password:
        return Refusal(Fault.PARAMETER_MISSING, "password")
    tenant = ask.place.tenant or await granting.store.find_tenant(name.rpartition("@")[2])
    if tenant is None:
        return Refusal(Fault.TENANT_AMBIGUOUS)
    client = await _read_client(granting, ask, tenant)
    if isinstance(client, Refusal):
        return client
    secret = ask.form.get("client_secret", "")
    # Kept on the service principal as well, so that a sign-in reads one object.
    is_public = client.record.owner.attributes.get("isFallbackPublicClient") is True
    refused = await _check_secret(granting, client.record, secret, is_needed=not is_public)
    if refused is not None:
        return refused
    user = await _check_user(granting, tenant, name, password)
    if isinstance(user, Refusal):
        return user
    granted = await _permissions(granting, client, is_delegated=True)
    permissions = choose_permissions(client.asked, granted)
    if isinstance(permissions, Refusal):
        return permissions
    return await _sign_in(granting, ask, client, user, permissions)


async def _sign_in(
    granting: Granting,
    ask: Ask,
    client: _Client,
    user: DirectoryObject,
    permissions: tuple[str, ...],
) -> Mapping[str, Any]:
    issue = _begin(granting, ask, client)
    settings = await granting.store.load_settings(client.tenant.id)
    sign_in = c.strengthen_sign_in(client.claims, settings)
    role_ids = await _role_ids(granting, client, user)
    token = c.write_user_claims(issue, user, permissions, role_ids, sign_in)
    scope = echo_scopes(client.asked, permissions)
    answer = _answer(granting, issue.life, token, scope)
    if "openid" in client.asked.about_sign_in:
        answer["id_token"] = granting.keys.sign(c.write_id_claims(issue, user))
    if ask.form.get("client_info") == "1":
        answer["client_info"] = c.write_client_info(user, client.tenant.id)
    return answer


async def _read_client(granting: Granting, ask: Ask, tenant: TenantRecord) -> _Client | Refusal:
    named = require(ask.form, "client_id")
    if isinstance(named, Refusal):
        return named
    scope = require(ask.form, "scope")
    if isinstance(scope, Refusal):
        return scope
    client_id = ApplicationId(named.lower())
    record = await granting.store.find_application(tenant.id, client_id, granting.movable.now())
    if record is None:
        return Refusal(Fault.APPLICATION_UNKNOWN, named)
    asked = granting.audiences.read(scope)
    if isinstance(asked, Refusal):
        return asked
    claims = c.read_claims(ask.form.get("claims"))
    if isinstance(claims, Refusal):
        return claims
    return _Client(tenant, record, client_id, asked, claims)


async def _check_secret(
    granting: Granting, record: SecretRecord, secret: str, *, is_needed: bool
) -> Refusal | None:
    if not is_needed:
        refused = Refusal(Fault.SECRET_UNEXPECTED) if secret else None
    elif not secret:
        refused = Refusal(Fault.SECRET_MISSING)
    elif not await granting.hasher.matches(secret, record.hashes):
        refused = Refusal(Fault.SECRET_WRONG)
    else:
        refused = None
    if refused is None and not record.owner.is_enabled:
        return Refusal(Fault.APPLICATION_DISABLED)
    return refused


async def _check_user(
    granting: Granting, tenant: TenantRecord, name: str, password: str
) -> DirectoryObject | Refusal:
    record = await granting.store.find_user(tenant.id, name)
    hashes = () if record is None else record.hashes
    is_right = await granting.hasher.matches(password, hashes)
    if record is None or not is_right:
        return Refusal(Fault.SIGN_IN_WRONG)
    # Told only to those who know the password.
    return record.owner if record.owner.is_enabled else Refusal(Fault.USER_DISABLED)


async def _permissions(
    granting: Granting, client: _Client, *, is_delegated: bool
) -> frozenset[str]:
    if client.asked.resource is Resource.ARM:
        return frozenset({_AZURE_SCOPE}) if is_delegated else frozenset()
    return await granting.store.granted_permissions(
        client.tenant.id, client.id, is_delegated=is_delegated
    )


async def _role_ids(
    granting: Granting, client: _Client, principal: DirectoryObject
) -> tuple[str, ...]:
    at = granting.movable.now()
    return await granting.store.effective_role_ids(client.tenant.id, principal.id, at)


def _begin(granting: Granting, ask: Ask, client: _Client) -> c.Issue:
    return c.Issue(
        issuer=write_issuer(ask.origin, client.tenant.id),
        tenant_id=client.tenant.id,
        application_id=client.id,
        application_name=client.record.owner.display_name,
        audience=client.asked.audience,
        at=granting.system.now(),
        life=c.choose_life(),
        has_capability=client.claims.has_capability,
        is_client_proved=bool(ask.form.get("client_secret")),
    )


def _answer(
    granting: Granting, life: timedelta, claims: Mapping[str, Any], scope: str
) -> dict[str, Any]:
    seconds = int(life.total_seconds())
    return {
        "token_type": "Bearer",
        "scope": scope,
        "expires_in": seconds,
        "ext_expires_in": seconds,
        "access_token": granting.keys.sign(claims),
    }
