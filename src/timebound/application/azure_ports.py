"""What the use cases about Azure need of a store: what whoever calls may do at places there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from timebound.application.changes import FactKey
from timebound.domain.authority import Caller, Target, Token
from timebound.domain.azure.permissions import Rights
from timebound.domain.scopes import Scope
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class LoadedRights:
    """Who calls, what they may do at one place, and the versions of everything that rests on.

    `rights.scope` spells the place as the tree does. One that is not known is judged as what
    its path lies in: whoever may do something there may be told that it is not there.
    """

    caller: Caller
    rights: Rights
    is_known: bool
    versions: Mapping[FactKey, int]
    around: frozenset[str] = frozenset()
    """The paths of the place, if it is known, and of all that it lies in, up to the tenant's."""

    @property
    def target(self) -> Target:
        """What `authorize` is asked about."""
        return Target(rights=self.rights)


class RightsStore(Protocol):
    """Loads what whoever calls may do at places in Azure."""

    async def load_rights(self, token: Token, scope: Scope, at: Instant) -> LoadedRights:
        """The caller and their rights at a place, whose path may be spelled in any casing.

        A caller that is unknown or disabled comes back with `is_enabled` false and no rights.
        Work grows with what they and their groups hold above the place, never with the tenant.
        """
        ...

    async def load_rights_at(
        self, token: Token, scopes: Sequence[Scope], at: Instant
    ) -> tuple[LoadedRights, ...]:
        """The same for several places, in their order, all of one snapshot."""
        ...
