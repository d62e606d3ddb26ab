"""Dead letters: what consumers never took, until it is taken at last or forgotten."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    update,
)

from timebound.application.outbox_ports import DeadLetter
from timebound.domain.events import Event
from timebound.domain.ids import EventId, TenantId
from timebound.storage.columns import NumberType, read_instant
from timebound.storage.compiling import Statement
from timebound.storage.directory_rows import write_event
from timebound.storage.fragments import TENANT, columns_of, parameter
from timebound.storage.log_sealing import LogSealing
from timebound.storage.outbox_tables import dead_letters
from timebound.storage.rows import Row
from timebound.storage.statements import Run, Values, insert_into
from timebound.storage.tables import events

_NAME: Final = parameter("of_name")
_MOST: Final = bindparam("most", type_=NumberType)
_LETTER_COLUMNS: Final = (
    "tenant_id",
    "consumer",
    "position",
    "event_id",
    "attempts",
    "error",
    "at",
    "is_resent",
)


class Burying(LogSealing):
    """Keeps dead letters."""

    async def list_dead(self, limit: int) -> Sequence[DeadLetter]:
        """Dead letters, the oldest first, those that are being resent as well."""
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

    async def forget_dead(
        self, consumer: str, event_id: EventId | None, tell: Callable[[DeadLetter], Event]
    ) -> Sequence[DeadLetter]:
        """Forgets dead letters of a consumer, that of an event or all, and answers them."""
        letters: list[DeadLetter] = []

        def write(found: Sequence[Sequence[Row]]) -> Sequence[Run]:
            letters.extend(map(_read, found[0]))
            told = [write_event(one.tenant_id, tell(one)) for one in letters]
            return ((_remove(), [_key(one) for one in letters]), (insert_into(events), told))

        values: dict[str, object] = {"of_name": consumer}
        if event_id is not None:
            values["of_event"] = event_id
        is_done = await self.follow([(_own(is_of_one=event_id is not None), values)], write)
        return letters if is_done else ()

    async def list_resent(self, tenant_id: TenantId, name: str, limit: int) -> Sequence[DeadLetter]:
        """The letters that are to be offered again, by position."""
        values = {"tenant": tenant_id, "of_name": name, "most": limit}
        return [_read(row) for row in await self.ask(resent_statement(), values)]

    async def remove_letter(self, letter: DeadLetter) -> None:
        """Forgets a letter that was taken at last."""
        await self.tell([(_remove(), _key(letter))])

    async def return_letter(self, letter: DeadLetter) -> None:
        """Keeps a letter that failed again, with what it says now."""
        said = {"new_attempts": letter.attempts, "new_error": letter.error, "new_at": letter.at}
        await self.tell([(_return(), {**_key(letter), **said})])


def write_letter(letter: DeadLetter) -> dict[str, object]:
    """The row of a letter."""
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
        is_resent=bool(row[7]),
    )


def _key(letter: DeadLetter) -> Values:
    return {"tenant": letter.tenant_id, "of_name": letter.consumer, "place": letter.position}


def _select_letters() -> Select[Any]:
    return select(*columns_of(dead_letters, _LETTER_COLUMNS)).limit(_MOST)


@cache
def _dead() -> Statement:
    own = dead_letters.c
    return Statement(_select_letters().order_by(own.at, own.tenant_id, own.consumer, own.position))


@cache
def _count() -> Statement:
    return Statement(select(func.count()).select_from(dead_letters))


def _which(*, is_of_one: bool) -> ColumnElement[bool]:
    own = dead_letters.c
    is_theirs = own.consumer == _NAME
    return and_(is_theirs, own.event_id == parameter("of_event")) if is_of_one else is_theirs


@cache
def _resend(*, is_of_one: bool) -> Statement:
    own = dead_letters.c
    which = (_which(is_of_one=is_of_one), own.is_resent.is_(False))
    return Statement(
        update(dead_letters).where(*which).values(is_resent=True).returning(own.position)
    )


@cache
def _own(*, is_of_one: bool) -> Statement:
    own = dead_letters.c
    return Statement(
        select(*columns_of(dead_letters, _LETTER_COLUMNS))
        .where(_which(is_of_one=is_of_one))
        .order_by(own.tenant_id, own.position)
        .with_for_update()
    )


def is_resent() -> ColumnElement[bool]:
    """Spelled like the condition of the index, which SQLite would not know again otherwise."""
    return literal_column(f"{dead_letters.name}.is_resent")


@cache
def resent_statement() -> Statement:
    """The letters of a consumer that are to be offered again."""
    own = dead_letters.c
    # SQLite would take the primary key, and walk through all letters for the few that are resent.
    is_of_tenant = own.tenant_id.concat("") == TENANT
    is_theirs = (own.consumer == _NAME, is_resent(), is_of_tenant)
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
            attempts=bindparam("new_attempts", type_=own.attempts.type),
            error=bindparam("new_error", type_=own.error.type),
            at=bindparam("new_at", type_=own.at.type),
            is_resent=False,
        )
    )
