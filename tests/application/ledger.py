"""A store that hands out facts and keeps the change sets it is given, in lists."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from tests.support.builders import make_facts
from timebound.application.azure_assignment_ports import (
    LoadedRoom,
    LoadedSurroundings,
    RoomQuestion,
)
from timebound.application.azure_ports import LoadedRights
from timebound.application.bundle_ports import BundleQuestion, LoadedBundle
from timebound.application.changes import ChangeSet, FactKey, UpdateRequest, principal_key
from timebound.application.denial_ports import DenialPage
from timebound.application.engine import Engine
from timebound.application.extension_ports import LoadedExtension
from timebound.application.ports import (
    Loaded,
    LoadedGrants,
    LoadedNames,
    LoadedPrincipal,
)
from timebound.application.role_ports import LoadedRole, RoleQuestion
from timebound.application.target_ports import LoadedTarget
from timebound.application.tree_ports import LoadedBelow
from timebound.domain.authority import Token
from timebound.domain.azure.denials import Denial
from timebound.domain.azure.nodes import Node
from timebound.domain.azure.permissions import Rights
from timebound.domain.azure_assignments import Surroundings
from timebound.domain.bundles import BundleFacts, RoleBundle
from timebound.domain.directory import DirectoryObject
from timebound.domain.directory_changes import Names
from timebound.domain.due import Due
from timebound.domain.events import Event
from timebound.domain.extensions import CustomExtension, ExtensionFacts
from timebound.domain.facts import Facts
from timebound.domain.grants import Grant, Slot
from timebound.domain.ids import GrantId, PrincipalId, RequestId, RoleId, TenantId
from timebound.domain.policy_places import StoredPolicy
from timebound.domain.principal_changes import PrincipalFacts
from timebound.domain.requests import Request
from timebound.domain.role_changes import RoleFacts
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.times import Instant

VERSIONS = {principal_key("alice"): 3, FactKey("policy"): 1, FactKey("administrators"): 7}


class NoTree:
    """A store without a tree of Azure."""

    async def find_by_paths(self, _: TenantId, _paths: Sequence[str]) -> Mapping[str, Node]:
        return {}

    async def list_above(self, _: TenantId, place: Scope) -> tuple[Scope, ...]:
        return (place,)

    async def load_removed(self, _: TenantId, _place: Scope, _at: Instant) -> LoadedBelow:
        return LoadedBelow((), (), {})

    async def load_moved(self, _: TenantId, _place: Scope, _at: Instant) -> LoadedBelow:
        return LoadedBelow((), (), {})


@dataclass
class Ledger(NoTree):
    """Answers the same facts until somebody `intervenes`, which makes the next change conflict."""

    facts: Facts = field(default_factory=make_facts)
    principal_facts: PrincipalFacts | None = None
    role_facts: RoleFacts | None = None
    bundle_facts: BundleFacts | None = None
    requests: dict[str, Request] = field(default_factory=dict)
    told: frozenset[Due] = frozenset()
    objects: tuple[DirectoryObject, ...] = ()
    policies: tuple[StoredPolicy, ...] = ()
    intervenes: list[Callable[["Ledger"], None]] = field(default_factory=list)
    changes: list[ChangeSet] = field(default_factory=list)

    async def load_facts(self, token: Token, slot: Slot, at: Instant) -> Loaded:
        assert (token, at.tzinfo) == (self.facts.caller.token, at.tzinfo)
        assert slot.scope.path
        return Loaded(self.facts, VERSIONS)

    async def load_principal_facts(
        self, token: Token, principal_id: PrincipalId, at: Instant
    ) -> LoadedPrincipal:
        assert self.principal_facts
        assert (token, at.tzinfo) == (self.principal_facts.caller.token, at.tzinfo)
        assert principal_id
        return LoadedPrincipal(self.principal_facts, VERSIONS)

    async def load_target(self, token: Token, object_id: PrincipalId, at: Instant) -> LoadedTarget:
        if self.principal_facts is None:
            facts = PrincipalFacts(self.facts.caller, None, target=self.facts.target)
            return LoadedTarget(facts, VERSIONS)
        loaded = await self.load_principal_facts(token, object_id, at)
        return LoadedTarget(loaded.facts, VERSIONS)

    async def find_denial(self, _tenant_id: TenantId, _denial_id: str) -> Denial | None:
        return None

    async def list_denials(self, _tenant_id: TenantId, _page: DenialPage) -> tuple[Denial, ...]:
        return ()

    async def list_denials_at(self, _tenant_id: TenantId, _path: str) -> tuple[Denial, ...]:
        return ()

    async def load_rights(self, token: Token, scope: Scope, at: Instant) -> LoadedRights:
        return (await self.load_rights_at(token, (scope,), at))[0]

    async def load_rights_at(
        self, token: Token, scopes: Sequence[Scope], at: Instant
    ) -> tuple[LoadedRights, ...]:
        caller = self.facts.caller
        assert (token, at.tzinfo is None) == (caller.token, False)
        return tuple(
            LoadedRights(caller, Rights(one), is_known=True, versions=VERSIONS) for one in scopes
        )

    async def load_names(
        self, tenant_id: TenantId, user_names: Sequence[str], application_ids: Sequence[str]
    ) -> LoadedNames:
        assert tenant_id == "tenant"
        assert user_names or application_ids
        return LoadedNames(Names(), {})

    async def load_scoped_grants(
        self, tenant_id: TenantId, object_id: PrincipalId, at: Instant
    ) -> LoadedGrants:
        assert (tenant_id, at.tzinfo is None) == ("tenant", False)
        assert object_id
        return LoadedGrants((), {})

    async def find_objects(
        self, tenant_id: TenantId, ids: Sequence[str]
    ) -> Mapping[str, DirectoryObject]:
        assert (tenant_id, bool(ids)) == ("tenant", True)
        return {one.id: one for one in self.objects if one.id in ids}

    async def find_policies(
        self, tenant_id: TenantId, kind: ScopeKind, path: str, role_ids: Sequence[RoleId]
    ) -> Mapping[RoleId, StoredPolicy]:
        assert (tenant_id, bool(path)) == ("tenant", True)
        kept = (one for one in self.policies if one.place.scope == Scope(kind, path))
        return {one.place.role_id: one for one in kept if one.place.role_id in role_ids}

    async def load_extension(self, token: Token, extension_id: str, at: Instant) -> LoadedExtension:
        assert (token, at.tzinfo is None) == (self.facts.caller.token, False)
        assert extension_id
        return LoadedExtension(ExtensionFacts(self.facts.caller), VERSIONS)

    async def find_extensions(
        self, tenant_id: TenantId, ids: Sequence[str]
    ) -> Mapping[str, CustomExtension]:
        assert (tenant_id, bool(ids)) == ("tenant", True)
        return {}

    async def list_extensions(self, tenant_id: TenantId) -> Sequence[CustomExtension]:
        assert tenant_id == "tenant"
        return ()

    async def load_role_facts(
        self, token: Token, question: RoleQuestion, at: Instant
    ) -> LoadedRole:
        assert self.role_facts
        assert (token, at.tzinfo is None) == (self.role_facts.caller.token, False)
        assert question.role_id
        return LoadedRole(self.role_facts, VERSIONS)

    async def is_role_used(
        self, tenant_id: TenantId, role_id: RoleId, path: str, kept: Sequence[str], at: Instant
    ) -> bool:
        assert (tenant_id, at.tzinfo is None) == ("tenant", False)
        return bool(role_id and path and path not in kept)

    async def load_bundle_facts(
        self, token: Token, question: BundleQuestion, at: Instant
    ) -> LoadedBundle:
        assert self.bundle_facts
        assert (token, at.tzinfo is None) == (self.bundle_facts.caller.token, False)
        assert question.id
        return LoadedBundle(self.bundle_facts, VERSIONS)

    async def find_bundle(
        self, tenant_id: TenantId, kind: ScopeKind, id_: str
    ) -> RoleBundle | None:
        assert (tenant_id, bool(id_)) == ("tenant", True)
        found = self.bundle_facts.bundle if self.bundle_facts else None
        return found if found and found.kind is kind else None

    async def load_request(self, tenant_id: TenantId, request_id: RequestId) -> Request | None:
        assert tenant_id == "tenant"
        return self.requests.get(request_id)

    async def is_named(self, tenant_id: TenantId, name: str) -> bool:
        assert tenant_id == "tenant"
        return name in self.requests

    async def load_surroundings(
        self, tenant_id: TenantId, slot: Slot, name: GrantId, at: Instant
    ) -> LoadedSurroundings:
        assert (tenant_id, at.tzinfo is None) == ("tenant", False)
        assert (slot.principal_id, name) != ("", "")
        return LoadedSurroundings(Surroundings(), VERSIONS)

    async def load_owners(
        self, tenant_id: TenantId, slot: Slot, name: GrantId, at: Instant
    ) -> LoadedSurroundings:
        return await self.load_surroundings(tenant_id, slot, name, at)

    async def find_grants(
        self, tenant_id: TenantId, ids: Sequence[GrantId]
    ) -> Mapping[GrantId, Grant]:
        assert tenant_id == "tenant"
        return {grant.id: grant for grant in self.facts.grants if grant.id in ids}

    async def count_assignments(self, tenant_id: TenantId, scope: Scope, at: Instant) -> int:
        assert (tenant_id, at.tzinfo is None) == ("tenant", False)
        return sum(grant.slot.scope == scope for grant in self.facts.grants)

    async def load_room(self, tenant_id: TenantId, question: RoomQuestion) -> LoadedRoom:
        assert tenant_id == "tenant"
        return LoadedRoom(min(self.facts.assigned_count, question.most), VERSIONS)

    async def find_open_due(self, tenant_id: TenantId, due: Sequence[Due]) -> frozenset[Due]:
        assert tenant_id == "tenant"
        return frozenset(due) - self.told

    async def apply(self, change: ChangeSet) -> bool:
        if self.intervenes and change.expects:
            self.intervenes.pop(0)(self)
            return False
        self.changes.append(change)
        for write in change.writes:
            if isinstance(write, UpdateRequest):
                self.requests[write.request.id] = write.request
        return True

    @property
    def change(self) -> ChangeSet:
        """The only change set there was."""
        (change,) = self.changes
        return change

    @property
    def events(self) -> list[Event]:
        """All events, in order."""
        return [event for change in self.changes for event in change.events]


class Counter:
    """Ids that can be foreseen."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def new_id(self) -> str:
        """The next one."""
        return f"id-{next(self._numbers)}"

    def derive_id(self, *names: str) -> str:
        """The one that names lead to."""
        return "/".join(names)


def make_engine(ledger: Ledger) -> Engine:
    """The use cases' engine over a ledger."""
    return Engine(ledger, Counter())
