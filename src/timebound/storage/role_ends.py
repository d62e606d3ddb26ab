"""Until when somebody holds the directory roles that they hold."""

from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Select, select, union_all

from timebound.domain.ids import PrincipalId, TenantId
from timebound.domain.times import ENDLESS, Instant
from timebound.storage.asking import Asking
from timebound.storage.callers import are_held, through_groups
from timebound.storage.columns import read_instant
from timebound.storage.compiling import Statement
from timebound.storage.fragments import grants_as
from timebound.storage.rows import Row


class RoleEnding(Asking):
    """What is told of the ends of roles."""

    async def first_role_end(
        self, tenant_id: TenantId, principal_id: PrincipalId, at: Instant
    ) -> Instant:
        """When the first of the roles in force at `at` is held no more, as far as is planned.

        A role ends with the last grant that gives it, one through a group with the membership or
        with the group's grant, whichever ends first.
        """
        values = {"tenant": tenant_id, "caller": principal_id, "at": at}
        rows = await self.ask(_ends(), values)
        by_role = groupby(sorted(rows, key=itemgetter(0)), itemgetter(0))
        return min((max(map(_end, several)) for _, several in by_role), default=ENDLESS)


def _end(row: Row) -> Instant:
    return min(read_instant(row[1]), read_instant(row[2]))


@cache
def _ends() -> Statement:
    return Statement(union_all(_own(), _through_groups()))


def _own() -> Select[Any]:
    own = grants_as("own")
    ends = (own.c.until_at.label("one_end"), own.c.until_at.label("other_end"))
    return select(own.c.role_id, *ends).where(are_held(own))


def _through_groups() -> Select[Any]:
    membership, held = grants_as("ending_membership"), grants_as("ending_held")
    columns = select(held.c.role_id, membership.c.until_at, held.c.until_at)
    return through_groups(columns, membership, held)
