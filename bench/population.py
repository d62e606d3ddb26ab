"""The tenant that is measured: people eligible for a role, made from a seed through change sets.

Each person is eligible for `ROLE` and is assigned another role until a date; every fifth is a
direct member of a role-assignable group that holds a third one, so that reading somebody's
instances finds direct and inherited ones as it does in a real tenant.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from timebound.application.catalog import BuiltInRole, built_in_roles, built_in_roles_by_name
from timebound.application.changes import (
    ChangeSet,
    FactKey,
    GrantPermission,
    InsertGrant,
    PutObject,
    PutRole,
    PutTenant,
    Write,
    principal_key,
)
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import ApplicationId, GrantId, PrincipalId, RequestId, RoleId, TenantId
from timebound.domain.roles import (
    DIRECTORY_READERS,
    GLOBAL_ADMINISTRATOR,
    MEMBER,
    PRIVILEGED_ROLE_ADMINISTRATOR,
    SECURITY_READER,
    RoleDefinition,
)
from timebound.domain.scopes import DIRECTORY_ROOT, group_scope
from timebound.domain.settings import TenantSettings
from timebound.domain.times import ENDLESS, Instant, Window
from timebound.server.ids import SeededIds

ROLE: Final = SECURITY_READER
"""The role that people activate."""
DOMAIN: Final = "bench.example"
GRAPH_SCOPES: Final = (
    "RoleAssignmentSchedule.ReadWrite.Directory",
    "RoleEligibilitySchedule.ReadWrite.Directory",
    "RoleManagement.Read.Directory",
)
SCOPES: Final = (*GRAPH_SCOPES, AZURE_PERMISSION)
"""What the client may do for people, in Microsoft Graph and in Azure."""

_EVERY: Final = 5
"""One person in so many is in the group."""
_BATCH: Final = 200
"""How many people one change set makes."""
_YEAR: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Population:
    """The ids of everybody that the seed leads to."""

    tenant_id: TenantId
    application_id: ApplicationId
    administrator_id: PrincipalId
    group_id: PrincipalId
    people: tuple[PrincipalId, ...]

    @property
    def loner(self) -> PrincipalId:
        """The last person who is not in the group."""
        last = len(self.people) - 1
        return self.people[last if last % _EVERY else last - 1]


def imagine_population(seed: str, size: int) -> Population:
    """The ids that follow from a seed."""
    ids = SeededIds(seed)
    return Population(
        TenantId(ids.new_id()),
        ApplicationId(ids.new_id()),
        PrincipalId(ids.new_id()),
        PrincipalId(ids.new_id()),
        tuple(PrincipalId(ids.new_id()) for _ in range(size)),
    )


def plan_population(population: Population, at: Instant) -> Iterator[ChangeSet]:
    """The change sets that make the tenant, in the order in which they must be applied."""
    maker = _Maker(population, SeededIds(population.tenant_id), at)
    yield maker.change(maker.frame())
    for first in range(0, len(population.people), _BATCH):
        batch = population.people[first : first + _BATCH]
        writes = [w for n, id_ in enumerate(batch, first) for w in maker.person(n, id_)]
        yield maker.change(writes, frozenset(principal_key(id_) for id_ in batch))


@dataclass(frozen=True, slots=True)
class _Maker:
    population: Population
    ids: SeededIds
    at: Instant

    def change(self, writes: list[Write], keys: frozenset[FactKey] = frozenset()) -> ChangeSet:
        expects = dict.fromkeys(keys, 0)
        return ChangeSet(self.population.tenant_id, self.at, expects, keys, tuple(writes))

    def frame(self) -> list[Write]:
        """Tenant, roles, client, administrator and group."""
        population = self.population
        administrator, group = population.administrator_id, population.group_id
        reader = built_in_roles_by_name()["Message Center Reader"].template_id
        return [
            PutTenant("Bench", (DOMAIN,), TenantSettings(minimum_active_duration=timedelta())),
            *(PutRole(_define(role)) for role in built_in_roles().values()),
            PutObject(self._object(PrincipalId(self.ids.new_id()), ObjectKind.SERVICE_PRINCIPAL)),
            *(GrantPermission(population.application_id, p, is_delegated=True) for p in SCOPES),
            PutObject(self._object(administrator, ObjectKind.USER, "administrator")),
            PutObject(self._object(group, ObjectKind.GROUP)),
            *self._hold(administrator, GLOBAL_ADMINISTRATOR, GrantKind.ASSIGNED, ENDLESS),
            *self._hold(administrator, PRIVILEGED_ROLE_ADMINISTRATOR, GrantKind.ASSIGNED, ENDLESS),
            *self._hold(group, reader, GrantKind.ASSIGNED, self.at + _YEAR),
        ]

    def person(self, number: int, id_: PrincipalId) -> list[Write]:
        """One person with everything they hold."""
        end = self.at + _YEAR
        writes: list[Write] = [PutObject(self._object(id_, ObjectKind.USER, f"person{number}"))]
        writes += self._hold(id_, ROLE, GrantKind.ELIGIBLE, end)
        writes += self._hold(id_, DIRECTORY_READERS, GrantKind.ASSIGNED, end)
        if number % _EVERY == 0:
            slot = Slot(id_, MEMBER, group_scope(self.population.group_id))
            writes.append(self._grant(slot, GrantKind.ASSIGNED, ENDLESS))
        return writes

    def _hold(
        self, holder: PrincipalId, role_id: RoleId, kind: GrantKind, end: Instant
    ) -> list[Write]:
        return [self._grant(Slot(holder, role_id, DIRECTORY_ROOT), kind, end)]

    def _grant(self, slot: Slot, kind: GrantKind, end: Instant) -> Write:
        id_ = self.ids.new_id()
        window = Window(self.at, end)
        return InsertGrant(Grant(GrantId(id_), slot, kind, window, self.at, RequestId(id_)))

    def _object(self, id_: PrincipalId, kind: ObjectKind, name: str = "") -> DirectoryObject:
        is_user, is_group = kind is ObjectKind.USER, kind is ObjectKind.GROUP
        is_client = kind is ObjectKind.SERVICE_PRINCIPAL
        return DirectoryObject(
            id=id_,
            kind=kind,
            display_name=name or f"Bench {kind.value}",
            created_at=self.at,
            user_principal_name=f"{name}@{DOMAIN}" if is_user else None,
            app_id=self.population.application_id if is_client else None,
            is_role_assignable=is_group,
            attributes={"userType": "Member"} if is_user else {},
        )


def _define(role: BuiltInRole) -> RoleDefinition:
    return RoleDefinition(
        role.as_role(),
        role.description,
        role.template_id,
        actions=role.actions,
        inherits_from=role.inherits_from,
    )
