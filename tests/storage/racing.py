"""Two use cases that meet: both load the same facts before either of them applies anything."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from timebound.application.azure_assignment_ports import (
    LoadedRoom,
    LoadedSurroundings,
    RoomQuestion,
)
from timebound.application.azure_ports import LoadedRights
from timebound.application.bundle_ports import BundleQuestion, LoadedBundle
from timebound.application.changes import ChangeSet
from timebound.application.denial_ports import DenialPage
from timebound.application.engine import Engine
from timebound.application.extension_ports import LoadedExtension
from timebound.application.ports import (
    Loaded,
    LoadedGrants,
    LoadedNames,
    LoadedPrincipal,
    Store,
)
from timebound.application.role_ports import LoadedRole, RoleQuestion
from timebound.application.target_ports import LoadedTarget
from timebound.application.tree_ports import LoadedBelow
from timebound.domain.authority import Token
from timebound.domain.azure.denials import Denial
from timebound.domain.azure.nodes import Node
from timebound.domain.bundles import RoleBundle
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject
from timebound.domain.due import Due
from timebound.domain.extensions import CustomExtension
from timebound.domain.grants import Grant, Slot
from timebound.domain.ids import ApplicationId, GrantId, PrincipalId, RequestId, RoleId, TenantId
from timebound.domain.policy_places import StoredPolicy
from timebound.domain.requests import Request, Status
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.times import Instant
from timebound.server.ids import derive_id

One = TypeVar("One")
Other = TypeVar("Other")
Outcome: TypeAlias = Request | Refused


class RandomIds:
    """Ids for a race; nobody looks at them."""

    def new_id(self) -> str:
        return str(uuid.uuid4())  # noqa: TID251 - a test's own source of ids

    def derive_id(self, *names: str) -> str:
        return derive_id(*names)


@dataclass
class Runner:
    """A store as one party sees it: between its first load and apply it waits for the other."""

    store: Store
    wait: Callable[[], Awaitable[object]]
    applied: list[bool] = field(default_factory=list)

    async def load_facts(self, token: Token, slot: Slot, at: Instant) -> Loaded:
        return await self.store.load_facts(token, slot, at)

    async def load_principal_facts(
        self, token: Token, principal_id: PrincipalId, at: Instant
    ) -> LoadedPrincipal:
        return await self.store.load_principal_facts(token, principal_id, at)

    async def load_role_facts(
        self, token: Token, question: RoleQuestion, at: Instant
    ) -> LoadedRole:
        return await self.store.load_role_facts(token, question, at)

    async def is_role_used(
        self, tenant_id: TenantId, role_id: RoleId, path: str, kept: Sequence[str], at: Instant
    ) -> bool:
        return await self.store.is_role_used(tenant_id, role_id, path, kept, at)

    async def load_target(self, token: Token, object_id: PrincipalId, at: Instant) -> LoadedTarget:
        return await self.store.load_target(token, object_id, at)

    async def find_denial(self, tenant_id: TenantId, denial_id: str) -> Denial | None:
        return await self.store.find_denial(tenant_id, denial_id)

    async def list_denials(self, tenant_id: TenantId, page: DenialPage) -> tuple[Denial, ...]:
        return await self.store.list_denials(tenant_id, page)

    async def list_denials_at(self, tenant_id: TenantId, path: str) -> tuple[Denial, ...]:
        return await self.store.list_denials_at(tenant_id, path)

    async def load_rights(self, token: Token, scope: Scope, at: Instant) -> LoadedRights:
        return await self.store.load_rights(token, scope, at)

    async def load_rights_at(
        self, token: Token, scopes: Sequence[Scope], at: Instant
    ) -> tuple[LoadedRights, ...]:
        return await self.store.load_rights_at(token, scopes, at)

    async def load_surroundings(
        self, tenant_id: TenantId, slot: Slot, name: GrantId, at: Instant
    ) -> LoadedSurroundings:
        return await self.store.load_surroundings(tenant_id, slot, name, at)

    async def load_owners(
        self, tenant_id: TenantId, slot: Slot, name: GrantId, at: Instant
    ) -> LoadedSurroundings:
        return await self.store.load_owners(tenant_id, slot, name, at)

    async def load_room(self, tenant_id: TenantId, question: RoomQuestion) -> LoadedRoom:
        return await self.store.load_room(tenant_id, question)

    async def find_grants(
        self, tenant_id: TenantId, ids: Sequence[GrantId]
    ) -> Mapping[GrantId, Grant]:
        return await self.store.find_grants(tenant_id, ids)

    async def count_assignments(self, tenant_id: TenantId, scope: Scope, at: Instant) -> int:
        return await self.store.count_assignments(tenant_id, scope, at)

    async def find_objects(
        self, tenant_id: TenantId, ids: Sequence[str]
    ) -> Mapping[str, DirectoryObject]:
        return await self.store.find_objects(tenant_id, ids)

    async def find_policies(
        self, tenant_id: TenantId, kind: ScopeKind, path: str, role_ids: Sequence[RoleId]
    ) -> Mapping[RoleId, StoredPolicy]:
        return await self.store.find_policies(tenant_id, kind, path, role_ids)

    async def load_extension(self, token: Token, extension_id: str, at: Instant) -> LoadedExtension:
        return await self.store.load_extension(token, extension_id, at)

    async def find_extensions(
        self, tenant_id: TenantId, ids: Sequence[str]
    ) -> Mapping[str, CustomExtension]:
        return await self.store.find_extensions(tenant_id, ids)

    async def list_extensions(self, tenant_id: TenantId) -> Sequence[CustomExtension]:
        return await self.store.list_extensions(tenant_id)

    async def load_names(
        self,
        tenant_id: TenantId,
        user_names: Sequence[str],
        application_ids: Sequence[ApplicationId],
    ) -> LoadedNames:
        return await self.store.load_names(tenant_id, user_names, application_ids)

    async def load_scoped_grants(
        self, tenant_id: TenantId, object_id: PrincipalId, at: Instant
    ) -> LoadedGrants:
        return await self.store.load_scoped_grants(tenant_id, object_id, at)

    async def load_bundle_facts(
        self, token: Token, question: BundleQuestion, at: Instant
    ) -> LoadedBundle:
        return await self.store.load_bundle_facts(token, question, at)

    async def find_bundle(
        self, tenant_id: TenantId, kind: ScopeKind, id_: str
    ) -> RoleBundle | None:
        return await self.store.find_bundle(tenant_id, kind, id_)

    async def find_by_paths(self, tenant_id: TenantId, paths: Sequence[str]) -> Mapping[str, Node]:
        return await self.store.find_by_paths(tenant_id, paths)

    async def list_above(self, tenant_id: TenantId, place: Scope) -> tuple[Scope, ...]:
        return await self.store.list_above(tenant_id, place)

    async def load_removed(self, tenant_id: TenantId, place: Scope, at: Instant) -> LoadedBelow:
        return await self.store.load_removed(tenant_id, place, at)

    async def load_moved(self, tenant_id: TenantId, place: Scope, at: Instant) -> LoadedBelow:
        return await self.store.load_moved(tenant_id, place, at)

    async def load_request(self, tenant_id: TenantId, request_id: RequestId) -> Request | None:
        return await self.store.load_request(tenant_id, request_id)

    async def is_named(self, tenant_id: TenantId, name: str) -> bool:
        return await self.store.is_named(tenant_id, name)

    async def find_open_due(self, tenant_id: TenantId, due: Sequence[Due]) -> frozenset[Due]:
        return await self.store.find_open_due(tenant_id, due)

    async def apply(self, change: ChangeSet) -> bool:
        if not self.applied:
            await self.wait()
        self.applied.append(await self.store.apply(change))
        return self.applied[-1]


async def race(
    stores: tuple[Store, Store],
    one: Callable[[Engine], Awaitable[One]],
    other: Callable[[Engine], Awaitable[Other]],
) -> tuple[One, Other, bool]:
    """What both come to, and whether `one` was decided on the facts that both had loaded.

    Each changes what the other one rests on, so exactly one is; the other is decided anew.
    """
    barrier = asyncio.Barrier(2)
    runners = [Runner(store, barrier.wait) for store in stores]
    first, second = (Engine(runner, RandomIds()) for runner in runners)
    came_to = await asyncio.gather(one(first), other(second))
    at_once = [runner.applied[0] for runner in runners]
    assert at_once.count(True) == 1
    assert all(runner.applied[-1] for runner in runners), "each of the two comes to something"
    return came_to[0], came_to[1], at_once[0]


async def race_many(
    stores: Sequence[Store], parties: Sequence[Callable[[Engine], Awaitable[One]]]
) -> list[One]:
    """What all come to who load their facts before any of them applies what it has decided."""
    barrier = asyncio.Barrier(len(parties))
    runners = [Runner(stores[n % len(stores)], barrier.wait) for n in range(len(parties))]
    came_to = await asyncio.gather(
        *(go(Engine(one, RandomIds())) for go, one in zip(parties, runners, strict=True))
    )
    assert [runner.applied[0] for runner in runners].count(True) == 1
    assert all(runner.applied[-1] for runner in runners), "each of them comes to something"
    return list(came_to)


async def overtake(
    stores: tuple[Store, Store],
    one: Callable[[Engine], Awaitable[One]],
    other: Callable[[Engine], Awaitable[Other]],
) -> tuple[One, Other]:
    """What both come to when `other` is done before `one` applies what it has decided.

    Only `other` changes what the first rests on: in the opposite order both would be applied.
    """
    done: list[Other] = []

    async def go_first() -> None:
        done.append(await other(Engine(stores[1], RandomIds())))

    runner = Runner(stores[0], go_first)
    outcome = await one(Engine(runner, RandomIds()))
    assert runner.applied == [False, True], "it is decided anew"
    return outcome, done[0]


def status_of(outcome: Outcome) -> Status | tuple[object, ...]:
    """The status of a request, or what it was refused for."""
    if isinstance(outcome, Refused):
        return tuple(problem.reason or problem.code for problem in outcome.problems)
    return outcome.status
