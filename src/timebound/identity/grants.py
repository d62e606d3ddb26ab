"""Granting tokens: which grant it is, and the two that need nobody in front of a browser."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias

from timebound.application.ports import SecretRecord, TenantRecord
from timebound.domain.directory_changes import must_change_password
from timebound.identity.clients import Proof, prove_client
from timebound.identity.discovery import AUTHORIZATION_CODE, DEVICE_CODE
from timebound.identity.flows.codes import redeem_code
from timebound.identity.flows.devices import poll_device
from timebound.identity.flows.families import (
    PASSWORD,
    Held,
    Terms,
    find_person,
    give_tokens,
    make_family,
)
from timebound.identity.flows.on_behalf import act_on_behalf
from timebound.identity.flows.parts import Flows
from timebound.identity.flows.refreshing import refresh_tokens
from timebound.identity.forms import require
from timebound.identity.granting import Ask, Granting
from timebound.identity.issuing import Wish, issue_to_application, read_wish
from timebound.identity.problems import Fault, Refusal
from timebound.identity.scopes import OFFLINE
from timebound.identity.sign_ins import tell_application, tell_refusal

CLIENT_CREDENTIALS: Final = "client_credentials"
REFRESH_TOKEN: Final = "refresh_token"  # noqa: S105 - the name of a grant type
# quirk(identity): a client may name the grant of a device by its short name, as it did before the
# standard - clients/contract.md, finding 16
SHORT_DEVICE_CODE: Final = "device_code"
JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
GRANTS: Final = (AUTHORIZATION_CODE, REFRESH_TOKEN, DEVICE_CODE, JWT_BEARER, CLIENT_CREDENTIALS)
SIGN_IN_GRANTS: Final = (AUTHORIZATION_CODE, REFRESH_TOKEN, DEVICE_CODE, SHORT_DEVICE_CODE)
"""Those behind which somebody has signed in at the service itself."""
_FACTORS: Final = frozenset({Fault.FACTOR_NEEDED, Fault.FACTOR_UNKNOWN})
"""What somebody in front of a page can make good."""

_Answer: TypeAlias = Mapping[str, Any] | Refusal
_Grant: TypeAlias = Callable[[Flows, Ask], Awaitable[_Answer]]


async def grant_token(flows: Flows, ask: Ask) -> _Answer:
    """The answer of the token endpoint."""
    grant = require(ask.form, "grant_type")
    if isinstance(grant, Refusal):
        return grant
    grant = DEVICE_CODE if grant == SHORT_DEVICE_CODE else grant
    if grant not in flows.granting.grants:
        return Refusal(Fault.GRANT_UNSUPPORTED, grant)
    answer = await _HANDLERS[grant](flows, ask)
    if isinstance(answer, Refusal):
        tell_refusal(flows.granting, ask, answer)
    if isinstance(answer, Refusal) and answer.fault in _FACTORS:
        # What the client has to ask for at the other endpoint, where somebody can answer.
        return replace(answer, claims=ask.form.get("claims", ""))
    return answer


async def _grant_to_application(flows: Flows, ask: Ask) -> _Answer:
    tenant, granting = ask.place.tenant, flows.granting
    if tenant is None:
        return Refusal(Fault.TENANT_AMBIGUOUS)
    wish = await read_wish(granting, ask, tenant)
    if isinstance(wish, Refusal):
        return wish
    proof = await prove_client(granting, ask, wish.client)
    if isinstance(proof, Refusal):
        return proof
    if wish.asked.permissions is not None or not wish.asked.as_asked:
        return Refusal(Fault.SCOPE_NOT_DEFAULT, ask.form["scope"])
    answer = await issue_to_application(granting, ask, wish, proof)
    tell_application(granting, ask, wish, proof)
    return answer


async def _grant_by_password(flows: Flows, ask: Ask) -> _Answer:
    name, password = require(ask.form, "username"), ask.form.get("password", "")
    if isinstance(name, Refusal):
        return name
    if not password:
        return Refusal(Fault.PARAMETER_MISSING, "password")
    granting = flows.granting
    tenant = ask.place.tenant or await granting.store.find_tenant(name.rpartition("@")[2])
    if tenant is None:
        return Refusal(Fault.TENANT_AMBIGUOUS)
    wish = await read_wish(granting, ask, tenant)
    if isinstance(wish, Refusal):
        return wish
    proof = await prove_client(granting, ask, wish.client, is_needed=not wish.client.is_public)
    if isinstance(proof, Refusal):
        return proof
    record = await _check_user(granting, tenant, name, password)
    return (
        record if isinstance(record, Refusal) else await _sign_in(flows, ask, wish, record, proof)
    )


async def _sign_in(
    flows: Flows, ask: Ask, wish: Wish, record: SecretRecord, proof: Proof
) -> _Answer:
    held = _begin(flows, wish, record)
    person = await find_person(flows, wish, held, proof)
    if isinstance(person, Refusal):
        return person
    if OFFLINE in wish.asked.about_sign_in:
        await flows.granting.store.add_family(held.family, None)
    else:
        person = replace(person, family_id="")
    return await give_tokens(flows, ask, wish, held, person)


def _begin(flows: Flows, wish: Wish, record: SecretRecord) -> Held:
    who = flows.sessions.tell_sign_in(record, ("pwd",))
    scope = " ".join(wish.asked.as_asked)
    terms = Terms(scope, is_public=wish.client.is_public, is_lenient=True)
    return Held(make_family(flows, wish.client, who), terms)


async def _check_user(
    granting: Granting, tenant: TenantRecord, name: str, password: str
) -> SecretRecord | Refusal:
    record = await granting.store.find_user(tenant.id, name)
    hashes = () if record is None else record.hashes
    is_right = await granting.hasher.matches(password, hashes)
    if record is None or not is_right:
        return Refusal(Fault.SIGN_IN_WRONG)
    # Told only to those who know the password.
    if not record.owner.is_enabled:
        return Refusal(Fault.USER_DISABLED)
    return Refusal(Fault.PASSWORD_OVER) if must_change_password(record.owner) else record


_HANDLERS: Final[Mapping[str, _Grant]] = {
    AUTHORIZATION_CODE: redeem_code,
    REFRESH_TOKEN: refresh_tokens,
    DEVICE_CODE: poll_device,
    JWT_BEARER: act_on_behalf,
    CLIENT_CREDENTIALS: _grant_to_application,
    PASSWORD: _grant_by_password,
}
