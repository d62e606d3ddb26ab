"""Deny assignments: what principals may not do at a place, whatever else allows it.

Source: Azure documentation of deny assignments.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

from timebound.domain.azure.conditions import Context
from timebound.domain.azure.hearing import Hearing
from timebound.domain.azure.permissions import Access, Permission, is_denied
from timebound.domain.scopes import Scope
from timebound.domain.times import Instant

EVERYBODY: Final = "00000000-0000-0000-0000-000000000000"
"""The principal that stands for all of them, of the type `SystemDefined`."""
ENFORCED: Final = "enforced"
AUDITED: Final = "audit"
"""What denies nothing, and is only kept."""
LIFTING: Final = "Microsoft.Authorization/denyAssignments/delete"
"""What a deny assignment does not keep from who may do it above its place."""


@dataclass(frozen=True, slots=True)
class DeniedPrincipal:
    """Who is denied, or left out: the id of a principal, and what it is."""

    id: str
    type: str
    display_name: str | None = None


@dataclass(frozen=True, slots=True)
class Denial:
    """A deny assignment."""

    id: str
    scope: Scope
    name: str
    permissions: tuple[Permission, ...]
    principals: tuple[DeniedPrincipal, ...]
    left_out: tuple[DeniedPrincipal, ...] = ()
    description: str | None = None
    is_for_children: bool = True
    is_system_protected: bool = False
    condition: str | None = None
    condition_version: str | None = None
    effect: str = ENFORCED
    created_at: Instant | None = None
    created_by: str | None = None
    updated_at: Instant | None = None
    updated_by: str | None = None

    @property
    def blocks(self) -> tuple[Permission, ...]:
        """What is denied, each block limited by what limits the whole as well."""
        if self.condition is None:
            return self.permissions
        both = (
            self.condition if one.condition is None else f"({self.condition}) AND ({one.condition})"
            for one in self.permissions
        )
        return tuple(
            replace(one, condition=condition)
            for one, condition in zip(self.permissions, both, strict=True)
        )

    def blocks_for(self, accesses: Iterable[Access]) -> tuple[Permission, ...]:
        """What is denied to somebody who has those accesses from above its place."""
        if not any(one.is_sure_of(LIFTING) for one in accesses):
            return self.blocks
        return tuple(replace(one, not_actions=(*one.not_actions, LIFTING)) for one in self.blocks)

    def denies(self, call: Context, hearing: Hearing, *, is_data: bool = False) -> bool:
        """Whether it denies the call to whom it concerns."""
        return any(is_denied(one, call, hearing, is_data=is_data) for one in self.blocks)

    def concerns(self, ids: Collection[str], scope: Scope) -> bool:
        """Whether it denies something to somebody, who is known by the ids, at a place below it."""
        is_elsewhere = not self.is_for_children and scope != self.scope
        return self.effect == ENFORCED and not is_elsewhere and self.names(ids)

    def names(self, ids: Collection[str]) -> bool:
        """Whether it is of somebody who is known by the ids, and leaves them not out."""
        if any(one.id in ids or one.id == EVERYBODY for one in self.left_out):
            return False
        return any(one.id in ids or one.id == EVERYBODY for one in self.principals)
