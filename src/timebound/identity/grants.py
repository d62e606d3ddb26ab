"""Granting tokens: who asks, whether they prove it, and what they get."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from timebound.application.ports import TenantRecord
from timebound.application.tokens import Resource
from timebound.domain.directory import DirectoryObject
from timebound.domain.ids import RoleId
from timebound.identity import claims as c
from timebound.identity.clients import Client, Proof, find_client, prove_client
from timebound.identity.forms import require
from timebound.identity.granting import Ask, Granting
from timebound.identity.lives import choose_life
from timebound.identity.problems import Fault, Refusal
from timebound.identity.scopes import AskedScopes, choose_permissions, echo_scopes
from timebound.identity.versions import write_issuer

CLIENT_CREDENTIALS: Final = "client_credentials"
PASSWORD: Final = "password"  # noqa: S105 - the name of a grant type
_AZURE_SCOPE: Final = "user_impersonation"


@dataclass(frozen=True, slots=True)
class _Wish:
    """Who asks for a token, and for what."""

    client: Client
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
    wish = await _read_wish(granting, ask, tenant)
    if isinstance(wish, Refusal):
        return wish
    proof = await prove_client(granting, ask, wish.client)
    if isinstance(proof, Refusal):
        return proof
    if wish.asked.permissions is not None or not wish.asked.as_asked:
        return Refusal(Fault.SCOPE_NOT_DEFAULT, ask.form["scope"])
    issue = _begin(granting, ask, wish, proof)
    roles = await _permissions(granting, wish, is_delegated=False)
    principal = wish.client.record.owner
    role_ids = await _role_ids(granting, wish, principal)
    token = c.write_application_claims(issue, principal, sorted(roles), role_ids)
    return _answer(granting, issue.life, token, echo_scopes(wish.asked, ()))


async def _grant_to_user(granting: Granting, ask: Ask) -> Mapping[str, Any] | Refusal:
    name, password = require(ask.form, "username"), ask.form.get("password", "")
    if isinstance(name, Refusal):
        return name
    if not password:
        return Refusal(Fault.PARAMETER_MISSING, "password")
    tenant = ask.place.tenant or await granting.store.find_tenant(name.rpartition("@")[2])
    if tenant is None:
        return Refusal(Fault.TENANT_AMBIGUOUS)
    wish = await _read_wish(granting, ask, tenant)
    if isinstance(wish, Refusal):
        return wish
    proof = await prove_client(granting, ask, wish.client, is_needed=not wish.client.is_public)
    if isinstance(proof, Refusal):
        return proof
    user = await _check_user(granting, tenant, name, password)
    if isinstance(user, Refusal):
        return user
    granted = await _permissions(granting, wish, is_delegated=True)
    permissions = choose_permissions(wish.asked, granted)
    if isinstance(permissions, Refusal):
        return permissions
    return await _sign_in(granting, ask, wish, _SignedIn(user, permissions, proof))


@dataclass(frozen=True, slots=True)
class _SignedIn:
    """Who has signed in, what the client may do for them, and how it proved itself."""

    user: DirectoryObject
    permissions: tuple[str, ...]
    proof: Proof


async def _sign_in(
    granting: Granting, ask: Ask, wish: _Wish, signed_in: _SignedIn
) -> Mapping[str, Any]:
    issue = _begin(granting, ask, wish, signed_in.proof)
    user, permissions = signed_in.user, signed_in.permissions
    settings = await granting.store.load_settings(issue.tenant_id)
    sign_in = c.strengthen_sign_in(wish.claims, settings)
    role_ids = await _role_ids(granting, wish, user)
    token = c.write_user_claims(issue, user, permissions, role_ids, sign_in)
    answer = _answer(granting, issue.life, token, echo_scopes(wish.asked, permissions))
    if "openid" in wish.asked.about_sign_in:
        answer["id_token"] = granting.keys.sign(c.write_id_claims(issue, user))
    if ask.form.get("client_info") == "1":
        answer["client_info"] = c.write_client_info(user, issue.tenant_id)
    return answer


async def _read_wish(granting: Granting, ask: Ask, tenant: TenantRecord) -> _Wish | Refusal:
    named, scope = require(ask.form, "client_id"), require(ask.form, "scope")
    if isinstance(named, Refusal):
        return named
    if isinstance(scope, Refusal):
        return scope
    client = await find_client(granting, tenant, ask.form)
    if isinstance(client, Refusal):
        return client
    asked = granting.audiences.read(scope)
    if isinstance(asked, Refusal):
        return asked
    claims = c.read_claims(ask.form.get("claims"))
    if isinstance(claims, Refusal):
        return claims
    return _Wish(client, asked, claims)


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


async def _permissions(granting: Granting, wish: _Wish, *, is_delegated: bool) -> frozenset[str]:
    if wish.asked.resource is Resource.ARM:
        return frozenset({_AZURE_SCOPE}) if is_delegated else frozenset()
    client = wish.client
    return await granting.store.granted_permissions(
        client.tenant.id, client.id, is_delegated=is_delegated
    )


async def _role_ids(
    granting: Granting, wish: _Wish, principal: DirectoryObject
) -> tuple[RoleId, ...]:
    at, tenant_id = granting.movable.now(), wish.client.tenant.id
    return await granting.store.effective_role_ids(tenant_id, principal.id, at)


def _begin(granting: Granting, ask: Ask, wish: _Wish, proof: Proof) -> c.Issue:
    client = wish.client
    return c.Issue(
        issuer=write_issuer(ask.origin, client.tenant.id, ask.version),
        tenant_id=client.tenant.id,
        application_id=client.id,
        application_name=client.record.owner.display_name,
        audience=wish.asked.audience,
        at=granting.system.now(),
        life=choose_life(),
        has_capability=wish.claims.has_capability,
        client_proof=proof.value,
        version=ask.version,
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
