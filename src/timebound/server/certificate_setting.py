"""`timebound certificate set`: a certificate by which an application proves itself."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from timebound.application.certificates import Certificate, describe_key, read_pem_certificate
from timebound.application.changes import ChangeSet, FactKey, PutObject, principal_key
from timebound.application.directory.keys import tell_keys
from timebound.domain.authority import Token
from timebound.domain.directory import DirectoryObject
from timebound.domain.ids import ApplicationId
from timebound.domain.policies.rule import SignIn
from timebound.domain.program_keys import KEYS, MOST_KEYS, read_keys
from timebound.domain.times import Instant
from timebound.server.config import ConfigError, Settings
from timebound.server.ordering import Addressee, Answered, follow_order


@dataclass(frozen=True, slots=True)
class CertificateOrder:
    """Which application gets the certificate in a file, and whether it keeps those it has."""

    tenant: str
    application: str
    file: Path
    keep: bool = False

    def read(self, at: Instant) -> Certificate:
        """The certificate, if it counts at `at` or will."""
        try:
            text = self.file.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{self.file}: cannot be read: {error}") from error
        found = read_pem_certificate(text)
        if found is None:
            raise ConfigError(
                f"{self.file}: not a certificate in PEM with an RSA key of 2048 bits or more, "
                "or of EC P-256"
            )
        if found.end <= at:
            raise ConfigError(f"{self.file}: the certificate is over since {found.end.isoformat()}")
        return found


def run_certificate_order(settings: Settings, order: CertificateOrder) -> str:
    """The thumbprint, once the certificate is durable; ConfigError for what cannot be followed."""

    async def plan(addressee: Addressee) -> Answered:
        certificate = order.read(addressee.at)
        change = await _plan(addressee, certificate, keeps_others=order.keep)
        return Answered(change, certificate.sha1.hex().upper())

    return follow_order(settings, order, plan)


async def _plan(addressee: Addressee, certificate: Certificate, *, keeps_others: bool) -> ChangeSet:
    owner, versions = await _load_owner(addressee)
    key = describe_key(certificate, addressee.ids.new_id())
    kept = (*(read_keys(owner.attributes) if keeps_others else ()), key)
    if len(kept) > MOST_KEYS:
        raise ConfigError(f"the application has {MOST_KEYS} certificates: it can keep no more")
    changed = replace(owner, attributes={**owner.attributes, KEYS: kept})
    return ChangeSet(
        tenant_id=addressee.tenant.id,
        recorded_at=addressee.at,
        expects=versions,
        bumps=frozenset({principal_key(owner.id)}),
        writes=(PutObject(changed),),
        events=tuple(tell_keys(owner, changed, addressee.open_teller())),
    )


async def _load_owner(addressee: Addressee) -> tuple[DirectoryObject, Mapping[FactKey, int]]:
    """The application itself, or its account where that is all there is, as it is now."""
    account, tenant_id = addressee.account, addressee.tenant.id
    app_id = ApplicationId(account.app_id or "")
    first = (*await addressee.store.find_programs(tenant_id, [app_id]), account)[0]
    itself = Token(tenant_id, account.id, app_id, frozenset(), SignIn(is_application=True))
    loaded = await addressee.store.load_target(itself, first.id, addressee.at)
    return loaded.facts.object or first, loaded.versions
