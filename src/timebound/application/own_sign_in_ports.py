"""What people look back at: where they are signed in, and whom they let act for them."""

from collections.abc import Mapping
from typing import Protocol

from timebound.application.sign_in_ports import Session
from timebound.domain.ids import ApplicationId, PrincipalId, TenantId
from timebound.domain.times import Instant


class OwnSignInStore(Protocol):
    """Tells of a person's own sign-ins, and ends them."""

    async def list_sessions(
        self, tenant_id: TenantId, user_id: PrincipalId, at: Instant
    ) -> tuple[Session, ...]:
        """The sessions of a person that still count, the newest first."""
        ...

    async def sign_out_of(self, tenant_id: TenantId, user_id: PrincipalId, session_id: str) -> None:
        """Forgets a session of a person and revokes the families that began in it."""
        ...

    async def list_consents(
        self, tenant_id: TenantId, user_id: PrincipalId
    ) -> Mapping[ApplicationId, tuple[str, ...]]:
        """What a person has consented to for themselves, sorted, by application."""
        ...
