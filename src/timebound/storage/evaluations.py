"""The requests that wait for an extension, taken up and put back."""

from collections.abc import Sequence
from functools import cache
from typing import Final

from sqlalchemy import bindparam, func, null, or_, select, tuple_, update

from timebound.application.extension_ports import ClaimedEvaluation
from timebound.application.holds import LONGEST_HOLD
from timebound.domain.ids import RequestId, TenantId
from timebound.domain.times import Instant
from timebound.storage.columns import InstantColumn, read_optional_instant
from timebound.storage.compiling import Statement
from timebound.storage.extension_tables import evaluations
from timebound.storage.fragments import TENANT, parameter
from timebound.storage.keeping import Keeping

_SYSTEM_AT: Final = bindparam("system_at", type_=InstantColumn)


class EvaluationHolding(Keeping):
    """What waits for extensions, taken up and put back."""

    async def claim_evaluations(
        self, held_until: Instant, system_at: Instant, limit: int
    ) -> Sequence[ClaimedEvaluation]:
        """What is held by nobody at `system_at`, and is until `held_until` on the same clock."""
        values = {
            "held_until": held_until,
            "system_at": system_at,
            "last_hold": system_at + LONGEST_HOLD,
            "limit": limit,
        }
        return [
            ClaimedEvaluation(
                TenantId(row[0]), RequestId(row[1]), int(row[2]), read_optional_instant(row[3])
            )
            for row in await self.tell([(claim_evaluations_statement(), values)])
        ]

    async def count_evaluations(self) -> int:
        """How many requests wait, whoever holds them."""
        return int((await self.ask(_count(), {}))[0][0])

    async def hold_evaluation(self, claimed: ClaimedEvaluation, until: Instant) -> None:
        """Counts a failure; nobody takes it up before `until` on the system's clock."""
        values = {
            "tenant": claimed.tenant_id,
            "of_request": claimed.request_id,
            "of_hold": claimed.held_until,
            "new_until": until,
        }
        await self.tell([(_hold(), values)])

    async def free_evaluations(self) -> None:
        """Takes everything from whoever holds it: for when all of these are known to be dead."""
        await self.tell([(_free(), {})])


@cache
def claim_evaluations_statement() -> Statement:
    """Holds what is free, and answers it."""
    waiting, own = evaluations.alias("waiting"), evaluations.c
    # Two servers pass by each other's rows; SQLite has one writer anyway. What is held for longer
    # than anybody holds anything was held by a clock that is set back since.
    free = (
        select(waiting.c.tenant_id, waiting.c.request_id)
        .where(
            or_(
                waiting.c.held_until.is_(None),
                waiting.c.held_until <= _SYSTEM_AT,
                waiting.c.held_until > bindparam("last_hold", type_=InstantColumn),
            )
        )
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)
    )
    return Statement(
        update(evaluations)
        .where(tuple_(own.tenant_id, own.request_id).in_(free))
        .values(held_until=bindparam("held_until", type_=InstantColumn))
        .returning(own.tenant_id, own.request_id, own.attempts, own.held_until)
    )


@cache
def _count() -> Statement:
    return Statement(select(func.count()).select_from(evaluations))


@cache
def _hold() -> Statement:
    own = evaluations.c
    return Statement(
        update(evaluations)
        .where(
            own.tenant_id == TENANT,
            own.request_id == parameter("of_request"),
            own.held_until == bindparam("of_hold", type_=InstantColumn),
        )
        .values(
            attempts=own.attempts + 1,
            held_until=bindparam("new_until", type_=InstantColumn),
        )
    )


@cache
def _free() -> Statement:
    held = evaluations.c.held_until.is_not(None)
    return Statement(update(evaluations).where(held).values(held_until=null()))
