"""A tree of Azure of ten thousand places, and as many assignments in it as are wanted.

Everybody holds six roles there, is eligible for a seventh, and is in three groups, of which one is
in another and two hold two roles each: what is asked of one person costs the same unless others
make it dearer. One more person reads everything.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import Table

from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId, RoleId, TenantId
from timebound.domain.roles import MEMBER
from timebound.domain.scopes import Scope, ScopeKind, group_scope
from timebound.domain.times import Instant, Window
from timebound.server.ids import derive_id
from timebound.storage.directory_rows import write_object
from timebound.storage.rows import write_grant
from timebound.storage.tables import directory_objects, grants, scopes

CONTRIBUTOR: Final = RoleId("b24988ac-6180-42a0-ab88-20f7382dd24c")
READER: Final = RoleId("acdd72a7-3385-48ef-bd42-f606fba81ae7")
OPERATOR: Final = RoleId("9980e02c-c2be-4d73-94e8-173b1dc7cf3c")
"""The role that people activate."""
START: Final = "Microsoft.Compute/virtualMachines/start/action"
_COMPANY: Final = "/providers/Microsoft.Management/managementGroups/bench"
_SUBSCRIPTIONS, _GROUPS, _MACHINES = 100, 20, 4
_HELD: Final = 6
_CREW: Final = 40
"""How many people a group has."""
_EACH: Final = _HELD + 4 / _CREW
"""Assignments for each person, those of groups included; the eligibility is not counted."""
_BLOCK: Final = 2_000


@dataclass(frozen=True, slots=True)
class Block:
    """Rows that are written together."""

    of: dict[Table, list[dict[str, object]]] = field(default_factory=dict)

    def add(self, table: Table, row: dict[str, object]) -> None:
        """Adds a row of a table."""
        self.of.setdefault(table, []).append(row)


@dataclass(frozen=True, slots=True)
class Cloud:
    """What is in Azure of one tenant; the same seed and size lead to the same."""

    tenant_id: TenantId
    size: int
    at: Instant

    @property
    def people(self) -> int:
        """How many people there are."""
        return max(_CREW, round(self.size / _EACH))

    def person(self, number: int) -> PrincipalId:
        """Somebody by their number."""
        return PrincipalId(derive_id(self.tenant_id, "cloud person", str(number)))

    @property
    def reader(self) -> PrincipalId:
        """Who may read everything there is."""
        return PrincipalId(derive_id(self.tenant_id, "cloud reader"))

    def subscription_of(self, number: int) -> str:
        """The subscription where somebody is eligible."""
        return _subscriptions()[self._random(number).randrange(_SUBSCRIPTIONS)]

    def group(self, number: int, kind: str) -> PrincipalId:
        """A group by its kind and number."""
        return PrincipalId(derive_id(self.tenant_id, f"cloud {kind}", str(number)))

    def machines_of(self, number: int) -> Sequence[str]:
        """The machines in the subscription where somebody holds a role that starts them."""
        below = _below(self.subscription_of(number))
        return [path for path, _ in below if "/providers/" in path]

    def imagine(self) -> Iterator[Block]:
        """All rows, block by block."""
        tree = Block()
        for path, parent in _list_tree():
            tree.add(scopes, self._node(path, parent))
        self._add_object(tree, self.reader, ObjectKind.USER)
        self._hold(tree, self.reader, READER, _COMPANY)
        yield tree
        for start in range(0, self.people, _BLOCK):
            block = Block()
            for number in range(start, min(start + _BLOCK, self.people)):
                self._add_person(block, number)
            yield block

    def _random(self, number: int) -> Random:
        return Random(f"{self.tenant_id} {number}")  # noqa: S311 - a tenant to measure with

    def _node(self, path: str, parent: str) -> dict[str, object]:
        return {
            "tenant_id": self.tenant_id,
            "kind": ScopeKind.AZURE.value,
            "path": path,
            "parent": parent,
            "path_key": path.lower(),
            "document": None,
        }

    def _add_person(self, block: Block, number: int) -> None:
        random, who, crew = self._random(number), self.person(number), number // _CREW
        first = _subscriptions()[random.randrange(_SUBSCRIPTIONS)]
        self._add_object(block, who, ObjectKind.USER)
        self._hold(block, who, CONTRIBUTOR, first)
        self._hold(block, who, OPERATOR, first, GrantKind.ELIGIBLE)
        for _ in range(_HELD - 1):
            below = [*_below(_subscriptions()[random.randrange(_SUBSCRIPTIONS)])]
            self._hold(block, who, READER, random.choice(below)[0])
        for kind in ("crew", "team", "guild"):
            group = self.group(crew, kind)
            self._join(block, who, group)
            if number % _CREW == 0:
                self._add_group(block, group, kind, random)

    def _add_group(self, block: Block, group: PrincipalId, kind: str, random: Random) -> None:
        self._add_object(block, group, ObjectKind.GROUP)
        if kind == "crew":
            outer = PrincipalId(derive_id(self.tenant_id, "outer of", group))
            self._add_object(block, outer, ObjectKind.GROUP)
            self._join(block, group, outer)
            group = outer
        for _ in range(2 if kind != "guild" else 0):
            place = _subscriptions()[random.randrange(_SUBSCRIPTIONS)]
            self._hold(block, group, READER, place)

    def _add_object(self, block: Block, id_: PrincipalId, kind: ObjectKind) -> None:
        made = DirectoryObject(id_, kind, id_, self.at)
        row = {**write_object(self.tenant_id, made), "changed_at": self.at}
        block.add(directory_objects, row)

    def _hold(
        self,
        block: Block,
        who: PrincipalId,
        role_id: RoleId,
        path: str,
        kind: GrantKind = GrantKind.ASSIGNED,
    ) -> None:
        self._add_grant(block, Slot(who, role_id, Scope(ScopeKind.AZURE, path)), kind)

    def _join(self, block: Block, who: PrincipalId, group: PrincipalId) -> None:
        self._add_grant(block, Slot(who, MEMBER, group_scope(group)))

    def _add_grant(self, block: Block, slot: Slot, kind: GrantKind = GrantKind.ASSIGNED) -> None:
        made = block.of.get(grants, ())
        id_ = derive_id(self.tenant_id, slot.principal_id, slot.scope.path, str(len(made)))
        made_at = self.at - timedelta(seconds=86_400 + int(id_[:4], 16))
        window = Window(made_at, self.at + timedelta(days=30))
        grant = Grant(GrantId(id_), slot, kind, window, made_at)
        row: dict[str, Any] = write_grant(self.tenant_id, grant)
        block.add(grants, row)


def _subscriptions() -> Sequence[str]:
    return [f"/subscriptions/00000000-0000-4000-8000-{n:012}" for n in range(_SUBSCRIPTIONS)]


def _below(subscription: str) -> Iterator[tuple[str, str]]:
    """The groups and machines of a subscription, each with what it lies in."""
    for g in range(_GROUPS):
        group = f"{subscription}/resourceGroups/group-{g}"
        yield group, subscription
        for m in range(_MACHINES):
            yield f"{group}/providers/Microsoft.Compute/virtualMachines/machine-{m}", group


def _list_tree() -> Iterator[tuple[str, str]]:
    yield _COMPANY, "/"
    for subscription in _subscriptions():
        yield subscription, _COMPANY
        yield from _below(subscription)
