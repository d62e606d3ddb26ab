"""Roles that a provider assigns together: to several principals, at several places, at once."""

from dataclasses import dataclass

from timebound.domain.ids import GrantId, PrincipalId, RoleId
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class RoleBundle:
    """One assignment of a role to all of the principals at all of the places.

    What it gives are the grants it names; `part_ids` are parts of the directory, `app_ids` things
    of the provider's own.
    """

    id: str
    kind: ScopeKind
    role_id: RoleId
    created_at: Instant
    display_name: str | None = None
    description: str | None = None
    principal_ids: tuple[PrincipalId, ...] = ()
    part_ids: tuple[str, ...] = ()
    app_ids: tuple[str, ...] = ()
    grant_ids: tuple[GrantId, ...] = ()
    ended_at: Instant | None = None
