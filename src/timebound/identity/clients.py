"""Which client asks, and whether it proves that it is the one."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from timebound.application.engine import Engine
from timebound.application.first_use import admit_program
from timebound.application.ports import SecretRecord, TenantRecord
from timebound.domain.first_party import PROGRAMS
from timebound.domain.ids import ApplicationId
from timebound.identity.client_pacing import Shown
from timebound.identity.forms import require
from timebound.identity.granting import Ask, Granting
from timebound.identity.problems import Fault, Refusal
from timebound.identity.proofs import Claimant, prove_by_assertion


class Proof(Enum):
    """How a client proved itself, as `appidacr` and `azpacr` tell it."""

    NONE = "0"
    SECRET = "1"  # noqa: S105 - how one proves oneself, not with what
    ASSERTION = "2"


@dataclass(frozen=True, slots=True)
class Client:
    """An application that the tenant knows, and that has proved nothing yet."""

    tenant: TenantRecord
    record: SecretRecord
    id: ApplicationId

    @property
    def is_public(self) -> bool:
        """Whether it can keep no secret, so that it proves nothing."""
        # Kept on the service principal as well, so that a sign-in reads one object.
        return self.record.owner.attributes.get("isFallbackPublicClient") is True


async def find_client(
    granting: Granting, tenant: TenantRecord, form: Mapping[str, str]
) -> Client | Refusal:
    """The client that the form names; one of the programs is there from its first use on."""
    named = require(form, "client_id")
    if isinstance(named, Refusal):
        return named
    client_id, at = ApplicationId(named.lower()), granting.movable.now()
    record = await granting.store.find_application(tenant.id, client_id, at)
    if record is None and client_id in PROGRAMS:
        await admit_program(Engine(granting.store, granting.ids), tenant.id, client_id, at)
        record = await granting.store.find_application(tenant.id, client_id, at)
    if record is None:
        return Refusal(Fault.APPLICATION_UNKNOWN, named)
    return Client(tenant, record, client_id)


async def prove_client(
    granting: Granting, ask: Ask, client: Client, *, is_needed: bool = True
) -> Proof | Refusal:
    """How the client proves itself; one that need not must not."""
    secret, assertion = (ask.form.get(name, "") for name in ("client_secret", "client_assertion"))
    if not is_needed:
        is_given = bool(secret or assertion)
        proved: Proof | Refusal = Refusal(Fault.SECRET_UNEXPECTED) if is_given else Proof.NONE
    elif secret and assertion:
        proved = Refusal(Fault.CREDENTIALS_TWICE)
    elif assertion:
        refusal = await prove_by_assertion(granting, ask, Claimant(client.tenant, client.id))
        proved = refusal or Proof.ASSERTION
    else:
        proved = await _prove_by_secret(granting, ask, client, secret)
    if isinstance(proved, Proof) and not client.record.owner.is_enabled:
        return Refusal(Fault.APPLICATION_DISABLED)
    return proved


async def _prove_by_secret(
    granting: Granting, ask: Ask, client: Client, secret: str
) -> Proof | Refusal:
    if not secret:
        return Refusal(Fault.SECRET_MISSING)
    # What has proved the client before waits for no neighbour who guesses, unless it is short.
    if granting.hasher.has_seen(secret, client.record.hashes):
        return Proof.SECRET
    shown = Shown(client.tenant.id, client.id, ask.sent_from.address, secret)
    wait = granting.client_pace.begin(shown)
    if wait:
        return Refusal(Fault.SECRET_TOO_OFTEN, str(wait))
    if not await granting.hasher.recognizes(secret, client.record.hashes):
        return Refusal(Fault.SECRET_WRONG)
    granting.client_pace.take_back(shown)
    return Proof.SECRET


async def authenticate_client(granting: Granting, ask: Ask) -> Client | Refusal:
    """The client of an endpoint that public clients may not use, once it has proved itself."""
    tenant = ask.place.tenant
    if tenant is None:
        return Refusal(Fault.TENANT_AMBIGUOUS)
    client = await find_client(granting, tenant, ask.form)
    if isinstance(client, Refusal):
        return client
    proof = await prove_client(granting, ask, client)
    return proof if isinstance(proof, Refusal) else client
