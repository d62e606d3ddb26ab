"""Tokens by which the service itself calls an API of the tenant's own."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from timebound.application.ports import Clock, Store
from timebound.domain.ids import ApplicationId, TenantId
from timebound.identity.claims import Issue, write_service_claims
from timebound.identity.keys import KeyRing
from timebound.identity.versions import write_issuer

PIM_CALLER: Final = ApplicationId("1c67c054-65c8-4f7f-92a1-eb7ba6e48627")
"""The application that asks custom extensions (published in "Configure custom extensions")."""
_NAME: Final = "MS-PIM"
_LIFE: Final = timedelta(minutes=5)
"""It is for a single call."""


@dataclass(frozen=True, slots=True)
class ServiceTokens:
    """Issues them under the issuer that `authority` has for each tenant."""

    store: Store
    keys: KeyRing
    system: Clock
    authority: str

    async def issue(
        self, tenant_id: TenantId, resource_id: str, application_id: ApplicationId
    ) -> str | None:
        """A token for a resource; none unless the application of the tenant says that it is it."""
        registration = await self.store.find_registration(tenant_id, application_id)
        named = None if registration is None else registration.attributes.get("identifierUris")
        if not isinstance(named, tuple) or resource_id not in named:
            return None
        return self.keys.sign(
            write_service_claims(
                Issue(
                    issuer=write_issuer(self.authority, tenant_id),
                    tenant_id=tenant_id,
                    application_id=PIM_CALLER,
                    application_name=_NAME,
                    audience=resource_id,
                    at=self.system.now(),
                    life=_LIFE,
                    client_proof="2",
                )
            )
        )
