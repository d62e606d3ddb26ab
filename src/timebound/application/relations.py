"""How objects of the directory belong to one another, and what is asked of a store about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from timebound.application.queries import Page, Query
from timebound.application.views import GrantRow
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.ids import ApplicationId, PrincipalId, TenantId
from timebound.domain.times import Instant


class Way(Enum):
    """From one object to others, as it stands at an instant.

    What is held counts while it is in force, activated memberships and roles included. A way to
    whom something belongs comes to groups, units and directory roles held over the whole directory.
    """

    MEMBERS = "members"
    ALL_MEMBERS = "transitiveMembers"
    OWNERS = "owners"
    PROGRAM_OWNERS = "programOwners"
    MEMBER_OF = "memberOf"
    ALL_MEMBER_OF = "transitiveMemberOf"
    OWNED = "ownedObjects"
    UNIT_MEMBERS = "unitMembers"
    ROLE_MEMBERS = "roleMembers"
    DELETED = "deletedItems"
    """All that is deleted, whatever it is asked from."""


@dataclass(frozen=True, slots=True)
class Related:
    """The objects at the end of a way from one object, all of them or those of a kind."""

    way: Way
    origin: PrincipalId
    kind: ObjectKind | None = None


class Place(Enum):
    """Where roles are held over administrative units: in one of them, or one role in any."""

    UNIT = "unit"
    ROLE = "role"


@dataclass(frozen=True, slots=True)
class PermissionRow:
    """A permission, and the service principal of the application that has it."""

    holder: DirectoryObject
    permission: str


@dataclass(frozen=True, slots=True)
class DelegationRow:
    """An application that acts for people, the service it does so with, and for whom.

    For everybody where there is no user. `app_id` is the client's, the others are object ids.
    """

    client_id: PrincipalId
    app_id: ApplicationId
    resource_id: PrincipalId
    user_id: PrincipalId | None


class DirectoryStore(Protocol):
    """Answers what belongs to what in the directory."""

    async def read_related(
        self, tenant_id: TenantId, related: Related, query: Query, at: Instant
    ) -> Page[DirectoryObject]:
        """A page of related objects; deleted ones are left out unless they are what is asked."""
        ...

    async def read_related_ids(
        self, tenant_id: TenantId, related: Related, query: Query, at: Instant
    ) -> Page[str]:
        """A page of the ids of related objects."""
        ...

    async def read_scoped_members(
        self, tenant_id: TenantId, place: Place, place_id: str, query: Query, at: Instant
    ) -> Page[GrantRow]:
        """A page of the directory roles held over administrative units at `at`."""
        ...

    async def read_permissions(
        self, tenant_id: TenantId, query: Query, *, is_delegated: bool
    ) -> Page[PermissionRow]:
        """A page of permissions that are granted, ordered by who has them and by name."""
        ...

    async def find_permissions(
        self, tenant_id: TenantId, application_ids: Sequence[str], *, is_delegated: bool
    ) -> Mapping[str, tuple[str, ...]]:
        """The permissions granted to each of some applications, sorted, by application id."""
        ...

    async def read_delegations(
        self, tenant_id: TenantId, resource_app_id: ApplicationId, query: Query
    ) -> Page[DelegationRow]:
        """A page of who acts for whom with permissions of Graph, which `resource_app_id` names."""
        ...

    async def find_consents(
        self, tenant_id: TenantId, application_ids: Sequence[str], user_ids: Sequence[str]
    ) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """What some people let some applications have, sorted, by application id and person."""
        ...
