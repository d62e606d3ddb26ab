"""Whether a client is who it says, by an assertion: its own, or that of an issuer it trusts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from timebound.application.certificates import list_certificates
from timebound.application.ports import TenantRecord
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.ids import ApplicationId
from timebound.domain.settings import AssertionReuse
from timebound.domain.workloads import Described, list_workloads, stands_for
from timebound.identity import assertions as a
from timebound.identity.discovery import SHARED_TENANTS
from timebound.identity.granting import Ask, Granting
from timebound.identity.outgoing import verifying as v
from timebound.identity.outgoing.issuers import SIGNATURES
from timebound.identity.problems import Fault, Refusal

_FAULTS: Final = {
    v.ForeignFault.MALFORMED: Fault.ASSERTION_UNREADABLE,
    v.ForeignFault.EXPIRED: Fault.ASSERTION_LIFE,
    v.ForeignFault.NOT_YET_VALID: Fault.ASSERTION_LIFE,
    v.ForeignFault.UNREACHABLE: Fault.WORKLOAD_KEYS,
    v.ForeignFault.WRONG_ISSUER: Fault.WORKLOAD_KEYS,
}


@dataclass(frozen=True, slots=True)
class Claimant:
    """The client that an assertion is to prove."""

    tenant: TenantRecord
    id: ApplicationId


async def prove_by_assertion(granting: Granting, ask: Ask, claimant: Claimant) -> Refusal | None:
    """Why the assertion of the form does not prove the client; none if it does."""
    if ask.form.get("client_assertion_type") != a.JWT_BEARER:
        return Refusal(Fault.ASSERTION_TYPE)
    assertion = ask.form["client_assertion"]
    peeked = a.peek_assertion(assertion)
    if peeked is None:
        return Refusal(Fault.ASSERTION_UNREADABLE)
    programs = await granting.store.find_programs(claimant.tenant.id, [claimant.id])
    # Who signs for itself names itself; whoever else is named has to be trusted by the application.
    if peeked.iss.lower() == claimant.id:
        return await _check_own(granting, ask, claimant, programs)
    return await _check_foreign(granting, assertion, peeked, programs)


async def _check_own(
    granting: Granting, ask: Ask, claimant: Claimant, programs: Sequence[DirectoryObject]
) -> Refusal | None:
    now = granting.system.now()
    certificates = [one for found in programs for one in list_certificates(found.attributes, now)]
    expected = a.Expected(claimant.id, _list_audiences(ask, claimant.tenant), now)
    proved = a.check_assertion(ask.form["client_assertion"], certificates, expected)
    if isinstance(proved, Refusal):
        return proved
    tenant_id = claimant.tenant.id
    settings = await granting.store.load_settings(tenant_id)
    if settings.assertion_reuse is AssertionReuse.ALLOW:
        return None
    is_first = await granting.store.use_assertion(tenant_id, proved.name, now, proved.ends_at)
    return None if is_first else Refusal(Fault.ASSERTION_REPLAYED)


def _list_audiences(ask: Ask, tenant: TenantRecord) -> Sequence[str]:
    """How a client may call the tenant; by a name for several only where it asked by that."""
    segment = ask.place.segment.lower()
    shared = (segment,) if segment in SHARED_TENANTS else ()
    return a.list_audiences(ask.origin, (tenant.id, *tenant.domains, *shared))


async def _check_foreign(
    granting: Granting, assertion: str, peeked: a.Peeked, programs: Sequence[DirectoryObject]
) -> Refusal | None:
    applications = (one for one in programs if one.kind is ObjectKind.APPLICATION)
    trusted = [one for found in applications for one in list_workloads(found.attributes)]
    found = _choose(trusted, peeked)
    if isinstance(found, Refusal):
        return found
    issuer = str(found[0]["issuer"])
    if granting.issuers is None:
        return Refusal(Fault.WORKLOAD_KEYS, issuer)
    audience = next(one for one in peeked.audiences if one in _audiences(found[0]))
    expected = v.Expected(issuer, audience, SIGNATURES, granting.system.now())
    verified = await v.verify_foreign(granting.issuers, assertion, expected)
    if isinstance(verified, v.ForeignFault):
        return Refusal(_FAULTS.get(verified, Fault.ASSERTION_SIGNATURE), issuer)
    is_meant = any(stands_for(one, verified.all) for one in found)
    return None if is_meant else Refusal(Fault.WORKLOAD_SUBJECT, verified.claims.sub)


def _choose(trusted: Sequence[Described], peeked: a.Peeked) -> Sequence[Described] | Refusal:
    """What the application trusts that an assertion says it is; every letter counts.

    What asks for more than a subject is judged once the assertion is verified.
    """
    of_issuer = [one for one in trusted if one["issuer"] == peeked.iss]
    if not of_issuer:
        return Refusal(Fault.WORKLOAD_ISSUER, peeked.iss)
    of_subject = [one for one in of_issuer if one["subject"] in {peeked.sub, None}]
    if not of_subject:
        return Refusal(Fault.WORKLOAD_SUBJECT, peeked.sub)
    fitting = [one for one in of_subject if not _audiences(one).isdisjoint(peeked.audiences)]
    told = peeked.audiences[0] if peeked.audiences else ""
    return fitting or Refusal(Fault.WORKLOAD_AUDIENCE, told)


def _audiences(trusted: Described) -> frozenset[str]:
    kept = trusted["audiences"]
    return frozenset(str(one) for one in kept) if isinstance(kept, tuple) else frozenset()
