"""What is kept about people whom others vouch for: who they are here."""

from typing import Protocol

from timebound.domain.directory import DirectoryObject
from timebound.domain.ids import PrincipalId, TenantId
from timebound.domain.strangers import Stranger


class FederationStore(Protocol):
    """Keeps which person a subject of an issuer is."""

    async def find_linked(
        self, tenant_id: TenantId, issuer: str, subject: str
    ) -> DirectoryObject | None:
        """The person that a subject is, disabled or deleted ones too; none if it is unknown."""
        ...

    async def find_subject(
        self, tenant_id: TenantId, issuer: str, user_id: PrincipalId
    ) -> str | None:
        """The subject of an issuer that a person is; none if they are no one there."""
        ...

    async def list_links(self, tenant_id: TenantId, user_id: PrincipalId) -> tuple[Stranger, ...]:
        """Who a person is elsewhere."""
        ...

    async def can_sign_in(self, tenant_id: TenantId, user_id: PrincipalId) -> bool:
        """Whether somebody has a password or a passkey, or an issuer vouches for them."""
        ...
