"""A tenant of its own for each test, filled in a few words."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

from timebound.application.azure_writes import PutScope
from timebound.application.changes import (
    ChangeSet,
    EndGrant,
    FactKey,
    GrantPermission,
    InsertGrant,
    PutObject,
    PutRole,
    PutTenant,
    Write,
    application_key,
    principal_key,
)
from timebound.application.ports import Loaded, Store
from timebound.application.queries import Query
from timebound.application.views import Audience, GrantRow, Relation, View
from timebound.domain.authority import Token
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.grants import Basis, Grant, GrantKind, Slot
from timebound.domain.ids import ApplicationId, GrantId, PrincipalId, RoleId, TenantId
from timebound.domain.policies import SignIn
from timebound.domain.roles import MEMBER, Role, RoleDefinition
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, ScopeKind, group_scope
from timebound.domain.settings import TenantSettings
from timebound.domain.times import ENDLESS, Instant, Window

NOON: Final = datetime(2030, 3, 1, 12, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
READER: Final = RoleId("5d6b6bb7-de71-4623-b4af-96380a352509")
CLIENT: Final = ApplicationId("aaaaaaaa-0000-0000-0000-000000000001")

_TENANTS = count(1)


def reader_role(role_id: RoleId = READER, kind: ScopeKind = ScopeKind.DIRECTORY) -> RoleDefinition:
    """A role that reads something."""
    return RoleDefinition(
        Role(role_id, kind, "Security Reader"), "Reads", role_id, actions=("a/r",)
    )


def azure(path: str) -> Scope:
    """A node of the Azure tree."""
    return Scope(ScopeKind.AZURE, path)


@dataclass
class World:
    """One tenant in a store."""

    store: Store
    tenant: TenantId = field(
        default_factory=lambda: TenantId(f"00000000-0000-0000-0000-{next(_TENANTS):012d}")
    )
    _ids: Callable[[], int] = field(default_factory=lambda: count(1).__next__)

    def new_id(self, letter: str) -> str:
        """An id that tells what it is of."""
        return f"{letter * 8}-0000-0000-0000-{self._ids():012d}"

    async def write(
        self,
        *writes: Write,
        expects: dict[FactKey, int] | None = None,
        bumps: Iterable[FactKey] = (),
    ) -> bool:
        """Applies the writes as one change set."""
        change = ChangeSet(self.tenant, NOON, expects or {}, frozenset(bumps), writes)
        return await self.store.apply(change)

    async def begin(self, settings: TenantSettings | None = None) -> "World":
        """The tenant with one role."""
        tenant = PutTenant("Contoso", (f"{self.tenant}.example",), settings or TenantSettings())
        assert await self.write(tenant, PutRole(reader_role()))
        return self

    async def user(self, name: str = "User", *, is_enabled: bool = True) -> PrincipalId:
        """A person."""
        return await self.entry(ObjectKind.USER, name, is_enabled=is_enabled)

    async def group(self, name: str = "Group", *, is_role_assignable: bool = True) -> PrincipalId:
        """A group."""
        return await self.entry(ObjectKind.GROUP, name, is_role_assignable=is_role_assignable)

    async def entry(
        self,
        kind: ObjectKind,
        name: str,
        *,
        is_enabled: bool = True,
        is_role_assignable: bool = False,
    ) -> PrincipalId:
        """Any directory object."""
        id_ = PrincipalId(self.new_id("abcde7"[list(ObjectKind).index(kind)]))
        made = DirectoryObject(
            id_, kind, name, NOON, is_enabled, is_role_assignable=is_role_assignable
        )
        assert await self.write(PutObject(made), bumps=[principal_key(id_)])
        return id_

    async def change(self, id_: PrincipalId, **changes: object) -> None:
        """Changes a directory object."""
        found = (await self.store.find_objects(self.tenant, [id_]))[id_]
        changed = replace(found, **changes)  # type: ignore[arg-type]  # names of its fields
        assert await self.write(PutObject(changed), bumps=[principal_key(id_)])

    async def grant(
        self,
        slot: Slot,
        kind: GrantKind = GrantKind.ASSIGNED,
        *,
        start: Instant = NOON - DAY,
        end: Instant = ENDLESS,
        basis: Grant | None = None,
    ) -> Grant:
        """A grant as it is stored; `basis` is the eligibility an activation stands on."""
        made = Grant(
            GrantId(self.new_id("f")),
            slot,
            kind,
            Window(start, end),
            NOON - DAY + self._ids() * timedelta(seconds=1),
            basis=Basis(basis.slot, basis.id) if basis else None,
        )
        assert await self.write(InsertGrant(made), bumps=[principal_key(slot.principal_id)])
        return made

    async def member(
        self, member: PrincipalId, group: PrincipalId, *, end: Instant = ENDLESS
    ) -> Grant:
        """A membership made outside of requests."""
        return await self.grant(Slot(member, MEMBER, group_scope(group)), end=end)

    async def end(self, grant: Grant, at: Instant) -> None:
        """Ends a grant."""
        assert await self.write(EndGrant(grant.id, at, "test"))

    async def node(self, path: str, parent: str | None) -> None:
        """A node of the Azure tree, new or moved."""
        above = azure(parent) if parent else None
        assert await self.write(PutScope(azure(path), above))

    async def permit(self, permission: str, *, is_delegated: bool = True) -> None:
        """Grants the client a permission."""
        granted = GrantPermission(CLIENT, permission, is_delegated)
        assert await self.write(granted, bumps=[application_key(CLIENT)])

    def token(self, principal_id: PrincipalId, *, is_application: bool = False) -> Token:
        """A token of the client."""
        sign_in = SignIn(is_application=is_application)
        return Token(self.tenant, principal_id, CLIENT, frozenset(), sign_in)

    async def facts(self, slot: Slot, at: Instant = NOON) -> Loaded:
        """The facts about a slot, asked by its principal."""
        return await self.store.load_facts(self.token(slot.principal_id), slot, at)

    async def held(
        self, person: PrincipalId, at: Instant = NOON, view: View = View.ASSIGNMENT_INSTANCES
    ) -> list[GrantRow]:
        """What the person holds in the directory, themselves or through groups."""
        audience = Audience(self.tenant, Relation.PRINCIPAL, person)
        return list((await self.store.read_grants(view, audience, Query(100), at)).rows)


def reader(principal_id: PrincipalId, scope: Scope = DIRECTORY_ROOT) -> Slot:
    """The slot in which somebody is a reader."""
    return Slot(principal_id, READER, scope)
