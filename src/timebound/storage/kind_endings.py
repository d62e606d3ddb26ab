"""The end of all grants of some kinds in a tenant, and of the requests for what never begins."""

from collections.abc import Iterator
from functools import cache

from sqlalchemy import bindparam, exists, false, literal, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from timebound.application.changes import EndKinds
from timebound.domain.due import DueKind
from timebound.domain.grants import GrantKind
from timebound.domain.ids import TenantId
from timebound.domain.requests import Status
from timebound.domain.times import ENDLESS
from timebound.storage.columns import InstantColumn, NumberType
from timebound.storage.compiling import Statement
from timebound.storage.due_tables import due_work
from timebound.storage.fragments import constant, parameter
from timebound.storage.statements import Values
from timebound.storage.tables import grants, requests


def end_kinds(tenant_id: TenantId, write: EndKinds) -> Iterator[tuple[Statement, Values]]:
    """Sets the ends that are later, then closes the requests whose grant ends before it begins.

    Each end falls due by itself: it is told of when it comes, as any other.
    """
    values: Values = {"of_tenant": tenant_id, "new_end": write.at}
    yield _fall_due(write.kinds), {**values, "endless": ENDLESS}
    yield _end(write.kinds), {**values, "new_by": write.by}
    yield _close(write.kinds), values


@cache
def _end(kinds: tuple[GrantKind, ...]) -> Statement:
    end = bindparam("new_end", type_=InstantColumn)
    return Statement(
        update(grants)
        .where(
            grants.c.tenant_id == parameter("of_tenant"),
            grants.c.kind.in_([constant(kind.value) for kind in kinds]),
            grants.c.until_at > end,
        )
        .values(ended_at=end, ended_by=parameter("new_by"), until_at=end)
    )


@cache
def _fall_due(kinds: tuple[GrantKind, ...]) -> Statement:
    end = bindparam("new_end", type_=InstantColumn)
    columns = [column.name for column in due_work.columns]
    # What has ended and was told of stays told, whatever instant its end is set to afterwards.
    planned = due_work.alias("planned_end")
    is_untold = exists(
        select(planned.c.subject_id).where(
            planned.c.tenant_id == grants.c.tenant_id,
            planned.c.subject_id == grants.c.id,
            planned.c.kind == constant(DueKind.GRANT_ENDS.value),
            planned.c.due_at == grants.c.until_at,
        )
    )
    is_endless = grants.c.until_at == bindparam("endless", type_=InstantColumn)
    ending = select(
        grants.c.tenant_id,
        grants.c.id,
        constant(DueKind.GRANT_ENDS.value),
        end,
        null(),
        literal(0, NumberType),
        null(),
        false(),
    ).where(
        grants.c.tenant_id == parameter("of_tenant"),
        grants.c.kind.in_([constant(kind.value) for kind in kinds]),
        grants.c.until_at > end,
        grants.c.start_at < end,
        or_(is_endless, is_untold),
    )
    adding = upsert(due_work).from_select(columns, ending)
    return Statement(
        adding.on_conflict_do_update(
            index_elements=["tenant_id", "subject_id", "kind"],
            set_={"due_at": adding.excluded["due_at"]},
        )
    )


@cache
def _close(kinds: tuple[GrantKind, ...]) -> Statement:
    end = bindparam("new_end", type_=InstantColumn)
    never_begins = exists(
        select(grants.c.id).where(
            grants.c.tenant_id == requests.c.tenant_id,
            grants.c.id == requests.c.grant_id,
            grants.c.kind.in_([constant(kind.value) for kind in kinds]),
            grants.c.until_at <= grants.c.start_at,
        )
    )
    return Statement(
        update(requests)
        .where(
            requests.c.tenant_id == parameter("of_tenant"),
            requests.c.status == constant(Status.GRANTED.value),
            requests.c.starts_at >= end,
            never_begins,
        )
        .values(status=constant(Status.FAILED.value), completed_at=end)
    )
