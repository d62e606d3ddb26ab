"""What others may learn of a token: that it counts, and of whom it speaks."""

from collections.abc import Mapping
from typing import Any, Final

from timebound.domain.authority import Token
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.identity.claims import pair_subject, read_payload
from timebound.identity.clients import Client, authenticate_client, find_client, prove_client
from timebound.identity.flows.parts import Flows
from timebound.identity.flows.refreshing import revoke_refresh
from timebound.identity.flows.registrations import is_public
from timebound.identity.forms import require
from timebound.identity.granting import Ask, Granting
from timebound.identity.problems import Fault, Refusal
from timebound.identity.verify import BearerVerifier

_INACTIVE: Final[Mapping[str, Any]] = {"active": False}
_TOLD: Final = ("aud", "iss", "sub", "exp", "iat", "nbf", "tid", "oid", "idtyp")
OPENID: Final = "openid"


async def introspect_token(
    granting: Granting, tokens: BearerVerifier, ask: Ask
) -> Mapping[str, Any] | Refusal:
    """Whether a token counts now, told to clients of its tenant (RFC 7662).

    Access tokens carry what they say; one whose bearer is gone or disabled does not count.
    """
    client = await authenticate_client(granting, ask)
    if isinstance(client, Refusal):
        return client
    bearer = require(ask.form, "token")
    if isinstance(bearer, Refusal):
        return bearer
    token = await tokens.examine(bearer)
    if not isinstance(token, Token) or token.tenant_id != client.tenant.id:
        return _INACTIVE
    owner = await find_bearer(granting, token)
    if owner is None:
        return _INACTIVE
    claims = read_payload(bearer)
    return {
        "active": True,
        "token_type": "Bearer",
        "client_id": token.application_id,
        "scope": " ".join(sorted(token.permissions)),
        "username": owner.user_principal_name or owner.display_name,
        "jti": claims.get("uti"),
        **{name: claims[name] for name in _TOLD if name in claims},
    }


async def revoke_token(
    flows: Flows, tokens: BearerVerifier, ask: Ask
) -> Mapping[str, Any] | Refusal:
    """Takes a refresh token back with all that came of its sign-in (RFC 7009).

    An access token stands for itself and cannot be taken back. What is no token, or one no longer,
    or another client's, needs nothing to be done.
    """
    client = await _find_revoker(flows.granting, ask)
    if isinstance(client, Refusal):
        return client
    token = require(ask.form, "token")
    if isinstance(token, Refusal):
        return token
    if await revoke_refresh(flows, client, token):
        return {}
    if isinstance(await tokens.examine(token), Token):
        return Refusal(Fault.TOKEN_NOT_REVOCABLE)
    return {}


async def _find_revoker(granting: Granting, ask: Ask) -> Client | Refusal:
    tenant = ask.place.tenant
    if tenant is None:
        return Refusal(Fault.TENANT_AMBIGUOUS)
    client = await find_client(granting, tenant, ask.form)
    if isinstance(client, Refusal):
        return client
    is_needed = not await is_public(granting, client)
    proof = await prove_client(granting, ask, client, is_needed=is_needed)
    return proof if isinstance(proof, Refusal) else client


async def tell_about(granting: Granting, token: Token) -> Mapping[str, Any] | None:
    """What a client that signed somebody in may know of them; none if that is nobody any more."""
    owner = await find_bearer(granting, token)
    if owner is None or owner.kind is not ObjectKind.USER or OPENID not in token.permissions:
        return None
    return {
        "sub": pair_subject(owner.id, token.application_id),
        "name": owner.display_name,
        "family_name": owner.attributes.get("surname"),
        "given_name": owner.attributes.get("givenName"),
        "email": owner.mail,
    }


async def find_bearer(granting: Granting, token: Token) -> DirectoryObject | None:
    """Of whom a token speaks, while they are there and enabled, and what it came of has not ended.

    Doors judge a caller alike.
    """
    caller = await granting.store.load_caller(token, granting.movable.now())
    if not caller.is_enabled:
        return None
    found = await granting.store.find_objects(token.tenant_id, [token.principal_id])
    return found.get(token.principal_id)
