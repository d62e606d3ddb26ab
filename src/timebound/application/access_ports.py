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

    The places are of one kind. Ids are in lower case; the path of a place in Azure may be spelled
    in any casing.
    """

    tenant_id: TenantId
    scopes: tuple[Scope, ...]
    principal_ids: tuple[PrincipalId, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadedAccess:
    """The facts by the places as they were asked about, and who has the names, in lower case."""

    facts: Mapping[Scope, AccessFacts]
    names: Mapping[str, PrincipalId]


class AccessStore(Protocol):
    """Loads what a check of access is decided by."""

    async def load_access(self, question: AccessQuestion, at: Instant) -> LoadedAccess:
        """What the principals and their groups hold, now or ahead, that could count at the places.

        Of places in Azure all is of one snapshot. Work grows with what they hold, and with how deep
        the places lie; never with what others hold.
        """
        ...
