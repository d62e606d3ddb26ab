"""Claiming what is due, and what it is about."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    not_,
    null,
    select,
    tuple_,
    union,
    update,
)
from sqlalchemy.sql.selectable import NamedFromClause

from timebound.application.changes import FactKey, principal_key
from timebound.application.due_ports import Claimed, DueBacklog, DueFacts, FailedDue
from timebound.application.holds import LONGEST_HOLD
from timebound.domain.due import Due, DueKind
from timebound.domain.ids import EventId, TenantId
from timebound.domain.times import Instant
from timebound.storage.columns import InstantColumn, read_instant, read_optional_instant
from timebound.storage.compiling import Statement, is_any_of
from timebound.storage.due_tables import due_work
from timebound.storage.due_writes import is_known, read_due, read_open
from timebound.storage.fragments import (
    TENANT,
    columns_of,
    constant,
    grants_as,
    parameter,
    select_grants,
)
from timebound.storage.keeping import Keeping
from timebound.storage.rows import REQUEST_COLUMNS, Row, read_grant, read_request
from timebound.storage.stacking import Stack
from timebound.storage.tables import events, fact_versions, requests

_SYSTEM_AT: Final = bindparam("system_at", type_=InstantColumn)


class DueWorking(Keeping):
    """What falls due, taken up and put back."""

    async def claim_due(
        self, up_to: Instant, held_until: Instant, system_at: Instant, limit: int
    ) -> Sequence[Claimed]:
        """What is due at `up_to` and held by nobody at `system_at`, soonest first."""
        values = {
            "up_to": up_to,
            "held_until": held_until,
            "limit": limit,
            **_judged_at(system_at),
        }
        rows = await self.tell([(claim_statement(), values)])
        return sorted((_read(row) for row in rows), key=lambda one: one.due.at)

    async def next_due(self, system_at: Instant) -> Instant | None:
        """When the next thing falls due that is held by nobody; none if nothing does."""
        rows = await self.ask(next_statement(), _judged_at(system_at))
        return read_instant(rows[0][0]) if rows else None

    async def count_due(self, up_to: Instant) -> int:
        """How much is due at `up_to` and neither done nor given up, whoever holds it."""
        return int((await self.ask(_count(), {"up_to": up_to}))[0][0])

    async def free_due(self) -> None:
        """Takes everything from whoever holds it: for when all of these are known to be dead."""
        await self.tell([(_free(), {})])

    async def load_due(self, tenant_id: TenantId, due: Sequence[Due]) -> DueFacts:
        """What one tenant's due work is about."""
        values = {"tenant": tenant_id, "subjects": [one.subject_id for one in due]}
        stack = _facts()
        found = stack.split(await self.ask(stack.statement, values))
        grants = [read_grant(row) for row in found["grant"]]
        asked = [read_request(row) for row in found["request"]]
        holders = [grant.slot.principal_id for grant in grants]
        holders += [request.draft.slot.principal_id for request in asked]
        versions = dict.fromkeys(map(principal_key, holders), 0)
        versions |= {FactKey(key): version for key, version in found["version"]}
        waiting = [read_due(row) for row in found["open"]]
        return DueFacts({g.id: g for g in grants}, {r.id: r for r in asked}, versions, waiting)

    async def find_open_due(self, tenant_id: TenantId, due: Sequence[Due]) -> frozenset[Due]:
        """Which of these are still to be done, given up or not."""
        values = {"tenant": tenant_id, "subjects": list({one.subject_id for one in due})}
        return frozenset(due) & {read_due(row) for row in await self.ask(read_open(), values)}

    async def has_event(self, tenant_id: TenantId, event_id: EventId) -> bool:
        """Whether there is such an event in the log of a tenant."""
        return bool(await self.ask(_find_event(), {"tenant": tenant_id, "of_event": event_id}))

    async def hold_due(self, claimed: Claimed, until: Instant, error: str) -> None:
        """Counts a failure; nobody takes it up before `until` on the system's clock."""
        await self.tell([(_fail(), _failure(claimed, until, error, is_given_up=False))])

    async def release_due(self, claimed: Claimed) -> None:
        """Gives back what could not be tried, unless another has claimed it since."""
        await self.tell([(_release(), _claim_of(claimed))])

    async def give_up_due(self, claimed: Claimed, error: str) -> None:
        """Counts a failure, the last: it is kept, and taken up when it is resent."""
        await self.tell([(_fail(), _failure(claimed, None, error, is_given_up=True))])

    async def list_failed_due(self, limit: int) -> Sequence[FailedDue]:
        """What was given up, oldest first."""
        rows = await self.ask(list_failed_statement(), {"limit": limit})
        return [FailedDue(_read(row), row[6] or "") for row in rows]

    async def measure_due(self) -> DueBacklog:
        """What is behind."""
        oldest = await self.ask(oldest_statement(), {})
        failed = await self.ask(count_failed_statement(), {})
        return DueBacklog(read_instant(oldest[0][0]) if oldest else None, int(failed[0][0]))

    async def resend_due(self, tenant_id: TenantId, subject_id: str, kind: DueKind) -> bool:
        """Takes up again what was given up; false if there is no such thing."""
        values = {"tenant": tenant_id, "of_subject": subject_id, "of_kind": kind.value}
        return bool(await self.tell([(_resend(), values)]))


def _read(row: Row) -> Claimed:
    return Claimed(
        TenantId(row[0]), read_due(row, 1), row[4], held_until=read_optional_instant(row[5])
    )


def _judged_at(system_at: Instant) -> dict[str, object]:
    return {"system_at": system_at, "last_hold": system_at + LONGEST_HOLD}


def _claim_of(claimed: Claimed) -> dict[str, object]:
    return {
        "tenant": claimed.tenant_id,
        "of_subject": claimed.due.subject_id,
        "of_kind": claimed.due.kind.value,
        "of_hold": claimed.held_until,
    }


def _failure(
    claimed: Claimed, until: Instant | None, error: str, *, is_given_up: bool
) -> dict[str, object]:
    return {
        **_claim_of(claimed),
        "new_until": until,
        "new_error": error,
        "new_given_up": is_given_up,
    }


@cache
def claim_statement() -> Statement:
    """Holds what is due and free, soonest first, and answers it."""
    open_, own = due_work.alias("open_work"), due_work.c
    up_to = bindparam("up_to", type_=InstantColumn)
    # Two workers pass by each other's rows; SQLite has one writer anyway.
    free = (
        select(open_.c.tenant_id, open_.c.subject_id, open_.c.kind)
        .where(
            _is_free(open_),
            open_.c.due_at <= up_to,
        )
        .order_by(open_.c.due_at, open_.c.tenant_id, open_.c.subject_id, open_.c.kind)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)
    )
    return Statement(
        update(due_work)
        .where(tuple_(own.tenant_id, own.subject_id, own.kind).in_(free))
        .values(held_until=bindparam("held_until", type_=InstantColumn))
        .returning(*_columns())
    )


def _is_free(work: NamedFromClause) -> ColumnElement[bool]:
    """It is not given up, and nobody holds it, nor what comes before it."""
    return and_(_is_open(work), is_known(work), not_(_is_held(work)), _is_in_turn(work))


# Both are spelled like the conditions of the indexes, which SQLite would not know again otherwise.
def _is_open(work: NamedFromClause) -> ColumnElement[bool]:
    return literal_column(f"NOT {work.name}.is_given_up")


def _is_given_up(work: NamedFromClause) -> ColumnElement[bool]:
    return literal_column(f"{work.name}.is_given_up")


def _is_held(work: NamedFromClause) -> ColumnElement[bool]:
    held = func.coalesce(work.c.held_until, _SYSTEM_AT)
    return and_(held > _SYSTEM_AT, held <= bindparam("last_hold", type_=InstantColumn))


def _is_in_turn(work: NamedFromClause) -> ColumnElement[bool]:
    """Nothing that comes earlier, about the same grant or request, is in somebody's hands."""
    earlier = due_work.alias(f"earlier_than_{work.name}")
    # Counted, so that PostgreSQL looks for it by its key and does not join all that is held.
    held = (
        select(func.count())
        .where(
            earlier.c.tenant_id == work.c.tenant_id,
            earlier.c.subject_id == work.c.subject_id,
            earlier.c.due_at < work.c.due_at,
            earlier.c.is_given_up.is_(False),
            is_known(earlier),
            _is_held(earlier),
        )
        .correlate(work)
    )
    return held.scalar_subquery() == 0


def _columns() -> list[Any]:
    own = due_work.c
    return [own.tenant_id, own.subject_id, own.kind, own.due_at, own.attempts, own.held_until]


@cache
def next_statement() -> Statement:
    """The instant of the next thing that is free."""
    at = due_work.c.due_at
    return Statement(select(at).where(_is_free(due_work)).order_by(at).limit(1))


@cache
def oldest_statement() -> Statement:
    """The instant of the first thing that is not done, whoever holds it."""
    at = due_work.c.due_at
    return Statement(select(at).where(_is_open(due_work), is_known(due_work)).order_by(at).limit(1))


@cache
def _count() -> Statement:
    own = due_work.c
    return Statement(
        select(func.count())
        .select_from(due_work)
        .where(
            _is_open(due_work),
            is_known(due_work),
            own.due_at <= bindparam("up_to", type_=InstantColumn),
        )
    )


@cache
def _free() -> Statement:
    held = due_work.c.held_until.is_not(None)
    return Statement(update(due_work).where(held).values(held_until=null()))


@cache
def _facts() -> Stack:
    held = grants_as("due_held")
    # Each is found once, by its id: what its version needs of it alone, SQLite would look for in an
    # index that has it for the whole tenant.
    grant = (
        select_grants(held)
        .where(held.c.tenant_id == TENANT, is_any_of(held.c.id, "subjects"))
        .cte("due_grant")
    )
    asked = (
        select(*columns_of(requests, REQUEST_COLUMNS))
        .where(requests.c.tenant_id == TENANT, is_any_of(requests.c.id, "subjects"))
        .cte("due_request")
    )
    open_ = due_work.alias("due_open")
    waiting = select(open_.c.subject_id, open_.c.kind, open_.c.due_at).where(
        open_.c.tenant_id == TENANT,
        is_any_of(open_.c.subject_id, "subjects"),
        open_.c.is_given_up.is_(False),
        is_known(open_),
    )
    version = union(_versions_of(grant), _versions_of(asked)).subquery("due_version")
    return Stack(
        {
            "version": select(version.c.key, version.c.version),
            "grant": select_grants(grant),
            "request": select(*columns_of(asked, REQUEST_COLUMNS)),
            "open": waiting,
        }
    )


def _versions_of(source: CTE) -> Select[Any]:
    """The versions of whom some grants or requests are about: from these to the versions."""
    known = fact_versions.alias(f"{source.name}_version")
    key = constant("principal/").concat(source.c.principal_id)
    return select(known.c.key, known.c.version).join_from(
        source, known, and_(known.c.tenant_id == TENANT, known.c.key == key)
    )


@cache
def _find_event() -> Statement:
    own = events.c
    which = (own.tenant_id == TENANT, own.id == parameter("of_event"))
    return Statement(select(own.id).where(*which))


def _is_claim() -> ColumnElement[bool]:
    """It is as it was claimed: who claims it later holds it until another instant."""
    own = due_work.c
    return and_(
        own.tenant_id == TENANT,
        own.subject_id == parameter("of_subject"),
        own.kind == parameter("of_kind"),
        own.held_until == bindparam("of_hold", type_=InstantColumn),
    )


@cache
def _release() -> Statement:
    return Statement(update(due_work).where(_is_claim()).values(held_until=null()))


@cache
def _fail() -> Statement:
    own = due_work.c
    return Statement(
        update(due_work)
        .where(_is_claim())
        .values(
            attempts=own.attempts + 1,
            held_until=bindparam("new_until", type_=InstantColumn),
            error=parameter("new_error"),
            is_given_up=bindparam("new_given_up", type_=own.is_given_up.type),
        )
    )


@cache
def count_failed_statement() -> Statement:
    """How much was given up."""
    which = (_is_given_up(due_work), is_known(due_work))
    return Statement(select(func.count()).select_from(due_work).where(*which))


@cache
def list_failed_statement() -> Statement:
    """What was given up, from the first on."""
    own = due_work.c
    return Statement(
        select(*_columns(), own.error)
        .where(_is_given_up(due_work), is_known(due_work))
        .order_by(own.due_at, own.tenant_id, own.subject_id, own.kind)
        .limit(bindparam("limit"))
    )


@cache
def _resend() -> Statement:
    own = due_work.c
    return Statement(
        update(due_work)
        .where(
            own.tenant_id == TENANT,
            own.subject_id == parameter("of_subject"),
            own.kind == parameter("of_kind"),
            own.is_given_up,
        )
        .values(attempts=0, held_until=null(), is_given_up=False)
        .returning(own.subject_id)
    )
