"""What is around role assignments of Azure: their names, their number, the owners of a place."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    select,
)

from timebound.application.azure_assignment_ports import (
    LoadedRoom,
    LoadedSurroundings,
    RoomQuestion,
    assignments_key,
    room_key,
)
from timebound.application.changes import FactKey, named_key
from timebound.domain.azure_assignments import Surroundings
from timebound.domain.azure_limits import area_of
from timebound.domain.grants import Slot
from timebound.domain.ids import GrantId, PrincipalId, TenantId
from timebound.domain.roles import AZURE_OWNER
from timebound.domain.scopes import Scope
from timebound.domain.times import Instant
from timebound.storage.asking import Asking
from timebound.storage.azure_indexes import AREA
from timebound.storage.columns import TextType
from timebound.storage.compiling import Statement
from timebound.storage.fragments import (
    AZURE,
    ELIGIBLE,
    TENANT,
    constant,
    in_force,
    not_over,
    parameter,
    select_grants,
)
from timebound.storage.rows import read_grant
from timebound.storage.stacking import Stack
from timebound.storage.standing import SCOPE
from timebound.storage.tables import grants, requests
from timebound.storage.version_sections import known_versions

_NAME = parameter("name")


class AssignmentFinding(Asking):
    """Answers what role assignments of Azure get in the way of."""

    async def load_surroundings(
        self, tenant_id: TenantId, slot: Slot, name: GrantId, at: Instant
    ) -> LoadedSurroundings:
        """What there is under a name and around the place of a slot, but who owns that."""
        return await self._load(around_stack(), tenant_id, slot, name, at)

    async def load_owners(
        self, tenant_id: TenantId, slot: Slot, name: GrantId, at: Instant
    ) -> LoadedSurroundings:
        """The grant with a name, and who holds Owner at exactly the place of a slot."""
        return await self._load(owners_stack(), tenant_id, slot, name, at)

    async def count_assignments(self, tenant_id: TenantId, scope: Scope, at: Instant) -> int:
        """How many roles are assigned in the area of a place, or will be; activated ones too."""
        values = {"tenant": tenant_id, "area": area_of(scope), "at": at}
        rows = await self.ask(count_statement(), values)
        return int(rows[0][0])

    async def load_room(self, tenant_id: TenantId, question: RoomQuestion) -> LoadedRoom:
        """The same as far as it matters, with the version of what may be one too many there."""
        area = area_of(question.scope)
        key = room_key(area)
        values: dict[str, object] = {
            "tenant": tenant_id,
            "area": area,
            "at": question.at,
            "most": question.most,
            "keys": [key],
        }
        stack = room_stack()
        found = stack.split(await self.ask(stack.statement, values))
        versions = {key: 0}
        versions.update((FactKey(known), version) for known, version in found["version"])
        return LoadedRoom(int(found["counted"][0][0]), versions)

    async def _load(
        self, question: Stack, tenant_id: TenantId, slot: Slot, name: GrantId, at: Instant
    ) -> LoadedSurroundings:
        area = area_of(slot.scope)
        keys = (named_key(name), assignments_key(area), room_key(area))
        values: dict[str, object] = {
            "tenant": tenant_id,
            "name": name,
            "role": slot.role_id,
            "scope": slot.scope.path,
            "area": area,
            "at": at,
            "keys": list(keys),
        }
        found = question.split(await self.ask(question.statement, values))
        versions = dict.fromkeys(keys, 0)
        versions.update((FactKey(key), version) for key, version in found["version"])
        return LoadedSurroundings(_read(found), versions)


def _read(found: Mapping[str, Sequence[tuple[Any, ...]]]) -> Surroundings:
    named, counted = found["named"], found.get("counted")
    return Surroundings(
        named=read_grant(named[0]) if named else None,
        is_requested=bool(found.get("requested")),
        count=int(counted[0][0]) if counted else 0,
        owner_ids=frozenset(PrincipalId(row[0]) for row in found.get("owner", ())),
    )


@cache
def around_stack() -> Stack:
    """The statement about a name and the place of a slot."""
    return Stack(
        {
            "named": _named(),
            "requested": select(requests.c.id).where(
                requests.c.tenant_id == TENANT, requests.c.id == _NAME
            ),
            "counted": _count(),
            "version": known_versions(),
        }
    )


@cache
def owners_stack() -> Stack:
    """The statement about a name and the owners of a place."""
    owned = and_(
        _is_active(),
        in_force(grants),
        grants.c.role_id == constant(AZURE_OWNER),
        grants.c.scope == SCOPE,
    )
    owners = select(grants.c.principal_id).where(owned)
    return Stack({"named": _named(), "owner": owners, "version": known_versions()})


@cache
def count_statement() -> Statement:
    """The statement that counts what is assigned in an area."""
    return Statement(_count())


@cache
def room_stack() -> Stack:
    """The statement that counts what is assigned in an area, as far as it matters."""
    counted = (
        _assigned(literal_column("1")).limit(bindparam("most", type_=Integer())).subquery("counted")
    )
    return Stack(
        {
            "counted": select(cast(func.count(), BigInteger)).select_from(counted),
            "version": known_versions(),
        }
    )


def _named() -> Select[Any]:
    return select_grants(grants).where(grants.c.tenant_id == TENANT, grants.c.id == _NAME)


def _count() -> Select[Any]:
    return _assigned(cast(func.count(), BigInteger))


def _assigned(what: ColumnElement[Any]) -> Select[Any]:
    """Of what is assigned in the area, or will be."""
    area: ColumnElement[str] = literal_column(AREA, TextType)
    return select(what).where(_is_active(), not_over(grants), area == parameter("area"))


def _is_active() -> ColumnElement[bool]:
    return and_(
        grants.c.tenant_id == TENANT, grants.c.scope_kind == AZURE, grants.c.kind != ELIGIBLE
    )
