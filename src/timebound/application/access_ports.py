"""What checks of access need of a store: what is held that could count at one place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from timebound.domain.effective_access import AccessFacts
from timebound.domain.ids import PrincipalId, TenantId
from timebound.domain.scopes import Scope
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class AccessQuestion:
    """About whom is asked where: principals by their ids, and people by their names as well.

    Ids are in lower case; the path of a place in Azure may be spelled in any casing.
    """

    tenant_id: TenantId
    scope: Scope
    principal_ids: tuple[PrincipalId, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadedAccess:
    """The facts, and who has the names, which are in lower case."""

    facts: AccessFacts
    names: Mapping[str, PrincipalId]


class AccessStore(Protocol):
    """Loads what a check of access is decided by."""

    async def load_access(self, question: AccessQuestion, at: Instant) -> LoadedAccess:
        """What the principals and their groups hold, now or ahead, that could count at the place.

        All of one snapshot. Work grows with what they hold, and with how deep the place lies;
        never with what others hold.
        """
        ...
