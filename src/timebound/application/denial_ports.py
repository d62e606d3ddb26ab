"""What the use cases about deny assignments need of a store."""

from typing import Protocol

from timebound.application.views import Area
from timebound.domain.azure.denials import Denial
from timebound.domain.ids import TenantId


class DenialStore(Protocol):
    """Finds deny assignments."""

    async def find_denial(self, tenant_id: TenantId, denial_id: str) -> Denial | None:
        """The deny assignment with an id, in lower case, wherever it is; none where none has it."""
        ...

    async def list_denials(self, tenant_id: TenantId, area: Area) -> tuple[Denial, ...]:
        """The deny assignments of the places in an area."""
        ...
