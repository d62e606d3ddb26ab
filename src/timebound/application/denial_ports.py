"""What the use cases about deny assignments need of a store."""

from dataclasses import dataclass
from typing import Protocol

from timebound.application.views import Area
from timebound.domain.azure.denials import Denial
from timebound.domain.ids import TenantId


@dataclass(frozen=True, slots=True)
class DenialPage:
    """Which deny assignments are asked for, in the order of their places' paths and their ids.

    They are in an area and come after a path and an id; those that do not name the principal
    `mentioned` anywhere are left out.
    """

    area: Area
    limit: int
    after: tuple[str, str] = ("", "")
    mentioned: str | None = None


class DenialStore(Protocol):
    """Finds deny assignments."""

    async def find_denial(self, tenant_id: TenantId, denial_id: str) -> Denial | None:
        """The deny assignment with an id, in lower case, wherever it is; none where none has it."""
        ...

    async def list_denials(self, tenant_id: TenantId, page: DenialPage) -> tuple[Denial, ...]:
        """The deny assignments of the places in an area, a page of them."""
        ...

    async def list_denials_at(self, tenant_id: TenantId, path: str) -> tuple[Denial, ...]:
        """Those of one place alone, by their ids; the path is spelled as the tree does."""
        ...
