"""What change sets add to the work that falls due, and take from it."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from timebound.application.changes import (
    ChangeSet,
    EndGrant,
    FinishDue,
    InsertGrant,
    InsertRequest,
    UpdateRequest,
    Write,
)
from timebound.domain.due import Due, DueKind, due_of_grant, due_of_request
from timebound.domain.ids import TenantId
from timebound.domain.times import Instant
from timebound.storage.columns import InstantColumn, read_instant
from timebound.storage.compiling import Statement, is_any_of
from timebound.storage.due_tables import due_work
from timebound.storage.fragments import TENANT, constant, parameter
from timebound.storage.rows import Row
from timebound.storage.statements import Values


def plan_due(change: ChangeSet) -> Iterator[tuple[Statement, Values]]:
    """What falls due of everything that the change set grants, ends ahead, or leaves waiting.

    What would have fallen due of a grant after its end, does not any more.
    """
    for write in change.writes:
        for due in _due_of(write, change.recorded_at):
            yield add_due(), write_due(change.tenant_id, due)
        if isinstance(write, EndGrant) and write.at <= change.recorded_at:
            yield _drop(), _values_of(change.tenant_id, write.grant_id, write.at)


def _due_of(write: Write, at: Instant) -> Iterator[Due]:
    match write:
        case InsertGrant(grant=grant):
            yield from due_of_grant(grant)
        case InsertRequest(request=request) | UpdateRequest(request=request):
            yield from due_of_request(request)
        case EndGrant(grant_id=grant_id, at=end) if end > at:
            yield Due(DueKind.GRANT_ENDS, grant_id, end)
        case _:
            return


def is_known(work: FromClause) -> ColumnElement[bool]:
    """It is of a kind that this version knows; the rest waits for one that does.

    While servers are upgraded one by one, there are kinds that not all of them have.
    """
    return work.c.kind.in_([constant(kind.value) for kind in DueKind])


def write_due(tenant_id: TenantId, due: Due) -> Values:
    """The row of something that falls due."""
    return {
        "tenant_id": tenant_id,
        "subject_id": due.subject_id,
        "kind": due.kind.value,
        "due_at": due.at,
        "held_until": None,
        "attempts": 0,
        "error": None,
        "is_given_up": False,
    }


def finish_due(tenant_id: TenantId, write: FinishDue) -> Iterator[tuple[Statement, Values]]:
    """Removes what is done; what has come to fall due at another instant stays."""
    due = write.due
    values = _values_of(tenant_id, due.subject_id, due.at)
    yield _finish(), {**values, "of_kind": due.kind.value}


def _values_of(tenant_id: TenantId, subject_id: str, at: Instant) -> Values:
    return {"of_tenant": tenant_id, "of_subject": subject_id, "of_instant": at}


def finished_subjects(change: ChangeSet) -> list[str]:
    """Of whom the change set finishes something, each once."""
    return list(dict.fromkeys(due.subject_id for due in _finished(change)))


def are_open(change: ChangeSet, rows: Iterable[Row]) -> bool:
    """Whether everything that the change set finishes is still to be done, at this instant."""
    return _finished(change) <= {read_due(row) for row in rows}


def _finished(change: ChangeSet) -> set[Due]:
    return {write.due for write in change.writes if isinstance(write, FinishDue)}


def read_due(row: Row, first: int = 0) -> Due:
    """Something that falls due: its subject, its kind and its instant, from some column on."""
    return Due(DueKind(row[first + 1]), row[first], read_instant(row[first + 2]))


@cache
def read_open() -> Statement:
    """What is still to be done about some subjects, given up or not."""
    return Statement(_select_open())


@cache
def lock_open() -> Statement:
    """The same, that nobody else does or moves until the transaction is over."""
    return Statement(_select_open().with_for_update())


def _select_open() -> Select[Any]:
    own = due_work.c
    return (
        select(own.subject_id, own.kind, own.due_at)
        .where(own.tenant_id == TENANT, is_any_of(own.subject_id, "subjects"), is_known(due_work))
        .order_by(own.subject_id, own.kind)
    )


@cache
def _finish() -> Statement:
    own = due_work.c
    return Statement(
        delete(due_work).where(
            own.tenant_id == parameter("of_tenant"),
            own.subject_id == parameter("of_subject"),
            own.kind == parameter("of_kind"),
            own.due_at == bindparam("of_instant", type_=InstantColumn),
        )
    )


@cache
def _drop() -> Statement:
    own = due_work.c
    return Statement(
        delete(due_work).where(
            own.tenant_id == parameter("of_tenant"),
            own.subject_id == parameter("of_subject"),
            is_known(due_work),
            own.due_at > bindparam("of_instant", type_=InstantColumn),
        )
    )


@cache
def add_due() -> Statement:
    """Adds something that falls due, or lets it fall due earlier."""
    statement = upsert(due_work)
    new = statement.excluded
    return Statement(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "subject_id", "kind"],
            set_={"due_at": new["due_at"]},
            where=due_work.c.due_at > new["due_at"],
        )
    )
