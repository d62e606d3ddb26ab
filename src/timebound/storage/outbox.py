"""Feeding consumers: how far each has come, whose turn it is, and what it never took."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
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
from timebound.domain.ids import EventId, TenantId
from timebound.domain.times import Instant
from timebound.storage.columns import (
    BooleanType,
    InstantColumn,
    NumberType,
    read_instant,
    read_optional_instant,
)
from timebound.storage.compiling import Parameters, Statement
from timebound.storage.fragments import TENANT, columns_of, parameter
from timebound.storage.log_sealing import LogSealing
from timebound.storage.log_tables import tree_heads
from timebound.storage.outbox_tables import consumers, dead_letters
from timebound.storage.rows import Row
from timebound.storage.statements import Run, put_into
from timebound.storage.tables import tenants

_NAME: Final = parameter("of_name")
_MOST: Final = bindparam("most", type_=NumberType)
_SYSTEM_AT: Final = bindparam("system_at", type_=InstantColumn)
_LETTER_COLUMNS: Final = (
    "tenant_id",
    "consumer",
    "position",
    "event_id",
    "attempts",
    "error",
    "at",
)


class Feeding(LogSealing):
    """Positions and dead letters of consumers."""

    async def begin_consumer(self, name: str, tenant_id: TenantId | None) -> None:
        """Lets a consumer that is new begin behind what is sealed, of one tenant or of all."""
        values: dict[str, object] = {"new_name": name}
        if tenant_id is not None:
            values["tenant"] = tenant_id
        await self.tell([(_begin(is_of_one=tenant_id is not None), values)])

    async def list_behind(self, name: str, system_at: Instant) -> Sequence[Behind]:
        """The tenants of which a consumer can be handed something now, resent letters too."""
        rows = await self.ask(_behind(), {"of_name": name, **_judged_at(system_at)})
        return [Behind(TenantId(row[0]), row[1] or 0) for row in rows]

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
                runs.append((put_into(dead_letters), [{**_write(letter), "is_resent": False}]))
            return runs

        return await self.follow([(_lock(), own)], write) and settled[-1]

    async def list_dead(self, limit: int) -> Sequence[DeadLetter]:
        """Dead letters, the oldest first; not those that are being resent."""
        return [_read(row) for row in await self.ask(_dead(), {"most": limit})]

    async def count_dead(self) -> int:
        """How many dead letters there are."""
        return int((await self.ask(_count(), {}))[0][0])

    async def resend_dead(self, consumer: str, event_id: EventId | None) -> int:
        """Has a consumer offered dead letters again: that of an event, or all; how many it were."""
        values: dict[str, object] = {"of_name": consumer}
        if event_id is not None:
            values["of_event"] = event_id
        return len(await self.tell([(_resend(is_of_one=event_id is not None), values)]))

    async def list_resent(self, tenant_id: TenantId, name: str, limit: int) -> Sequence[DeadLetter]:
        """The letters that are to be offered again, by position."""
        values = {"tenant": tenant_id, "of_name": name, "most": limit}
        return [_read(row) for row in await self.ask(_resent(), values)]

    async def remove_letter(self, letter: DeadLetter) -> None:
        """Forgets a letter that was taken at last."""
        await self.tell([(_remove(), _key(letter))])

    async def return_letter(self, letter: DeadLetter) -> None:
        """Keeps a letter that failed again, with what it says now."""
        said = {"new_attempts": letter.attempts, "new_error": letter.error, "new_at": letter.at}
        await self.tell([(_return(), {**_key(letter), **said})])

    async def list_consumers(self) -> Sequence[ConsumerState]:
        """How far all of them have come, by name and tenant."""
        return [_read_state(row) for row in await self.ask(_states(), {})]

    async def turn_on_consumer(self, name: str) -> int:
        """Goes on with a consumer that is off or waits; answers of how many tenants."""
        return len(await self.tell([(_turn_on(), {"of_name": name})]))


def _judged_at(system_at: Instant) -> dict[str, object]:
    return {"system_at": system_at, "last_hold": system_at + LONGEST_HOLD}


def _write(letter: DeadLetter) -> dict[str, object]:
    return {name: getattr(letter, name) for name in _LETTER_COLUMNS}


def _read(row: Row) -> DeadLetter:
    return DeadLetter(
        TenantId(row[0]),
        consumer=row[1],
        position=row[2],
        event_id=EventId(row[3]),
        attempts=row[4],
        error=row[5],
        at=read_instant(row[6]),
    )


def _key(letter: DeadLetter) -> Parameters:
    return {"tenant": letter.tenant_id, "of_name": letter.consumer, "place": letter.position}


def _read_state(row: Row) -> ConsumerState:
    return ConsumerState(
        TenantId(row[0]),
        name=row[1],
        position=row[2],
        size=row[3] or 0,
        attempts=row[4],
        held_until=read_optional_instant(row[5]),
        error=row[6],
        is_off=bool(row[7]),
    )


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
    return select(func.max(own.size)).where(own.tenant_id == tenant).scalar_subquery()


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
def _behind() -> Statement:
    own, tenant = consumers.c, tenants.c.id
    size = _size_of(tenant)
    letters = dead_letters.c
    is_resent = (
        select(letters.position)
        .where(letters.consumer == _NAME, letters.tenant_id == tenant, letters.is_resent)
        .exists()
    )
    is_theirs = and_(own.tenant_id == tenant, own.name == _NAME)
    return Statement(
        select(tenant, size)
        .outerjoin_from(tenants, consumers, is_theirs)
        .where(
            or_(size > func.coalesce(own.position, 0), is_resent),
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


def _select_letters() -> Select[Any]:
    return select(*columns_of(dead_letters, _LETTER_COLUMNS)).limit(_MOST)


@cache
def _dead() -> Statement:
    own = dead_letters.c
    return Statement(
        _select_letters()
        .where(own.is_resent.is_(False))
        .order_by(own.at, own.tenant_id, own.consumer, own.position)
    )


@cache
def _count() -> Statement:
    return Statement(select(func.count()).select_from(dead_letters))


@cache
def _resend(*, is_of_one: bool) -> Statement:
    own = dead_letters.c
    which = [own.consumer == _NAME, own.is_resent.is_(False)]
    if is_of_one:
        which.append(own.event_id == parameter("of_event"))
    return Statement(
        update(dead_letters).where(*which).values(is_resent=True).returning(own.position)
    )


@cache
def _resent() -> Statement:
    own = dead_letters.c
    is_theirs = (own.tenant_id == TENANT, own.consumer == _NAME, own.is_resent)
    return Statement(_select_letters().where(*is_theirs).order_by(own.position))


def _is_letter() -> ColumnElement[bool]:
    own = dead_letters.c
    place = bindparam("place", type_=NumberType)
    return and_(own.tenant_id == TENANT, own.consumer == _NAME, own.position == place)


@cache
def _remove() -> Statement:
    return Statement(delete(dead_letters).where(_is_letter()))


@cache
def _return() -> Statement:
    own = dead_letters.c
    return Statement(
        update(dead_letters)
        .where(_is_letter())
        .values(
            attempts=_new("new_attempts", own.attempts),
            error=_new("new_error", own.error),
            at=_new("new_at", own.at),
            is_resent=False,
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
        .where(own.name == _NAME, or_(own.is_off, own.held_until.is_not(None)))
        .values(is_off=False, held_until=null(), attempts=0)
        .returning(own.tenant_id)
    )
