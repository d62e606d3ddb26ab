"""Feeding consumers: how far each has come, whose turn it is, and what it never took."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    and_,
    bindparam,
    delete,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from timebound.application.holds import LONGEST_HOLD
from timebound.application.outbox_ports import (
    Behind,
    Claim,
    ConsumerState,
    DeadLetter,
    Progress,
)
from timebound.domain.ids import TenantId
from timebound.domain.times import Instant
from timebound.storage.columns import (
    BooleanType,
    InstantColumn,
    NumberType,
    read_optional_instant,
)
from timebound.storage.compiling import Statement
from timebound.storage.dead_letters import Burying, is_resent, write_letter
from timebound.storage.fragments import TENANT, parameter
from timebound.storage.log_tables import tree_heads
from timebound.storage.outbox_tables import consumers, dead_letters
from timebound.storage.rows import Row
from timebound.storage.statements import Run, put_into
from timebound.storage.tables import tenants

_NAME: Final = parameter("of_name")
_BEYOND: Final = 1 << 62
"""Greater than any log."""
_SYSTEM_AT: Final = bindparam("system_at", type_=InstantColumn)


class Feeding(Burying):
    """Positions of consumers, and their dead letters."""

    async def begin_consumer(self, name: str, tenant_id: TenantId | None) -> None:
        """Lets a consumer that is new begin behind what is sealed, of one tenant or of all."""
        values: dict[str, object] = {"new_name": name}
        if tenant_id is not None:
            values["tenant"] = tenant_id
        await self.tell([(_begin(is_of_one=tenant_id is not None), values)])

    async def list_behind(self, name: str, system_at: Instant) -> Sequence[Behind]:
        """The tenants of which a consumer can be handed something now, resent letters too."""
        rows = await self.ask(behind_statement(), {"of_name": name, **_judged_at(system_at)})
        return [Behind(TenantId(row[0]), _read_size(row[1])) for row in rows]

    async def claim_consumer(
        self, tenant_id: TenantId, name: str, held_until: Instant, system_at: Instant
    ) -> Claim | None:
        """The right to feed a consumer until an instant; none while somebody else has it."""
        values = {
            "tenant_id": tenant_id,
            "name": name,
            "position": 0,
            "attempts": 0,
            "held_until": held_until,
            "error": None,
            "is_off": False,
            **_judged_at(system_at),
        }
        rows = await self.tell([(_claim(), values)])
        return Claim(tenant_id, name, rows[0][0], rows[0][1], held_until) if rows else None

    async def settle_claim(
        self, claim: Claim, progress: Progress, letter: DeadLetter | None = None
    ) -> bool:
        """Gives a claim back, durably, with a dead letter in the same transaction."""
        settled: list[bool] = []
        own = {"tenant": claim.tenant_id, "of_name": claim.name}

        def write(found: Sequence[Sequence[Row]]) -> Sequence[Run]:
            kept = [(row[0], read_optional_instant(row[1])) for row in found[0]]
            settled.append(kept == [(claim.position, claim.held_until)])
            if not settled[-1]:
                return ()
            runs: list[Run] = [(_settle(), [{**own, **_new_values(progress)}])]
            if letter is not None:
                runs.append((put_into(dead_letters), [write_letter(letter)]))
            return runs

        return await self.follow([(_lock(), own)], write) and settled[-1]

    async def list_consumers(self) -> Sequence[ConsumerState]:
        """How far all of them have come, by name and tenant."""
        return [_read_state(row) for row in await self.ask(_states(), {})]

    async def turn_on_consumer(self, name: str) -> int:
        """Goes on with a consumer that is off or waits; answers of how many tenants."""
        return len(await self.tell([(_turn_on(), {"of_name": name})]))

    async def remove_consumer(self, name: str, system_at: Instant) -> int:
        """Forgets how far a consumer has come; answers in the logs of how many tenants.

        Not where somebody feeds it at that instant.
        """
        values = {"of_name": name, **_judged_at(system_at)}
        return len(await self.tell([(_remove(), values)]))


def _judged_at(system_at: Instant) -> dict[str, object]:
    return {"system_at": system_at, "last_hold": system_at + LONGEST_HOLD}


def _read_state(row: Row) -> ConsumerState:
    return ConsumerState(
        TenantId(row[0]),
        name=row[1],
        position=row[2],
        size=_read_size(row[3]),
        attempts=row[4],
        held_until=read_optional_instant(row[5]),
        error=row[6],
        is_off=bool(row[7]),
    )


def _read_size(found: object) -> int:
    # SQLite keeps 1.5, and texts, where a number belongs.
    return found if isinstance(found, int) else 0


def _new_values(progress: Progress) -> dict[str, object]:
    return {
        "new_position": progress.position,
        "new_attempts": progress.attempts,
        "new_until": progress.held_until,
        "new_error": progress.error,
        "new_off": progress.is_off,
    }


def _new(name: str, column: ColumnElement[Any]) -> BindParameter[Any]:
    return bindparam(name, type_=column.type)


def _size_of(tenant: ColumnElement[str]) -> ColumnElement[Any]:
    own = tree_heads.c
    # On SQLite a text is greater than every number.
    is_number = own.size < literal(_BEYOND, NumberType)
    return select(func.max(own.size)).where(own.tenant_id == tenant, is_number).scalar_subquery()


@cache
def _begin(*, is_of_one: bool) -> Statement:
    # SQLite takes ON CONFLICT for a join's without a WHERE.
    which = tenants.c.id == TENANT if is_of_one else tenants.c.id.is_not(None)
    sizes = select(
        tenants.c.id,
        parameter("new_name"),
        func.coalesce(_size_of(tenants.c.id), 0),
        literal(0, NumberType),
        null(),
        null(),
        false(),
    ).where(which)
    columns = [column.name for column in consumers.columns]
    return Statement(upsert(consumers).from_select(columns, sizes).on_conflict_do_nothing())


@cache
def behind_statement() -> Statement:
    """The tenants of which a consumer can be handed something now."""
    own, tenant = consumers.c, tenants.c.id
    size = _size_of(tenant)
    letters = dead_letters.c
    resent = select(letters.tenant_id).where(letters.consumer == _NAME, is_resent())
    has_letters = tenant.in_(resent)
    is_theirs = and_(own.tenant_id == tenant, own.name == _NAME)
    return Statement(
        select(tenant, size)
        .outerjoin_from(tenants, consumers, is_theirs)
        .where(
            or_(size > func.coalesce(own.position, 0), has_letters),
            or_(own.name.is_(None), _is_free()),
        )
        .order_by(tenant)
    )


def _is_free() -> ColumnElement[bool]:
    held = consumers.c.held_until
    is_held = and_(held > _SYSTEM_AT, held <= bindparam("last_hold", type_=InstantColumn))
    return and_(consumers.c.is_off.is_(False), or_(held.is_(None), not_(is_held)))


@cache
def _claim() -> Statement:
    statement = upsert(consumers)
    return Statement(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "name"],
            set_={"held_until": statement.excluded.held_until},
            where=_is_free(),
        ).returning(consumers.c.position, consumers.c.attempts)
    )


def _is_claimed() -> ColumnElement[bool]:
    return and_(consumers.c.tenant_id == TENANT, consumers.c.name == _NAME)


@cache
def _lock() -> Statement:
    own = consumers.c
    return Statement(select(own.position, own.held_until).where(_is_claimed()).with_for_update())


@cache
def _settle() -> Statement:
    own = consumers.c
    return Statement(
        update(consumers)
        .where(_is_claimed())
        .values(
            position=_new("new_position", own.position),
            attempts=_new("new_attempts", own.attempts),
            held_until=_new("new_until", own.held_until),
            error=_new("new_error", own.error),
            is_off=bindparam("new_off", type_=BooleanType),
        )
    )


@cache
def _states() -> Statement:
    own = consumers.c
    return Statement(
        select(
            own.tenant_id,
            own.name,
            own.position,
            _size_of(own.tenant_id),
            own.attempts,
            own.held_until,
            own.error,
            own.is_off,
        ).order_by(own.name, own.tenant_id)
    )


@cache
def _turn_on() -> Statement:
    own = consumers.c
    return Statement(
        update(consumers)
        .where(own.name == _NAME, or_(own.is_off, own.attempts > 0))
        .values(is_off=False, held_until=null(), attempts=0)
        .returning(own.tenant_id)
    )


@cache
def _remove() -> Statement:
    own = consumers.c
    # One that waits after a failure is held by nobody.
    is_idle = or_(_is_free(), own.is_off, own.attempts > literal(0, NumberType))
    return Statement(delete(consumers).where(own.name == _NAME, is_idle).returning(own.tenant_id))
