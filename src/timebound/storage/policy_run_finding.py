"""Runs over many policies as they are kept, and their items in their order."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import msgspec
from sqlalchemy import Select, bindparam, func, select

from timebound.application.policy_ports import run_key
from timebound.application.policy_run_ports import LoadedItem
from timebound.domain.ids import RoleId, TenantId
from timebound.domain.policy_places import PolicyPlace
from timebound.domain.policy_runs import ItemState, PolicyRun, RunItem
from timebound.domain.problems import Problem
from timebound.domain.scopes import Scope, ScopeKind
from timebound.storage.asking import Asking
from timebound.storage.columns import NumberType, read_instant, read_optional_instant
from timebound.storage.compiling import Statement
from timebound.storage.documents import read_policy
from timebound.storage.fragments import TENANT, columns_of, constant, parameter
from timebound.storage.policy_tables import policy_run_items, policy_runs
from timebound.storage.rows import Row
from timebound.storage.stacking import Stack
from timebound.storage.version_sections import known_versions

_RUN: Final = ("id", "rules", "created_at", "created_by", "total")
_ITEM: Final = ("position", "scope_kind", "scope", "role_id", "state", "problem", "done_at")
_RUN_ID: Final = parameter("run")
_POSITION: Final = bindparam("position", type_=NumberType)
_problems: Final = msgspec.json.Decoder(Problem)


class PolicyRunFinding(Asking):
    """Answers how far runs are."""

    async def find_run(self, tenant_id: TenantId, run_id: str) -> PolicyRun | None:
        """One run."""
        rows = await self.ask(_find(), {"tenant": tenant_id, "run": run_id})
        return _read_run(rows[0]) if rows else None

    async def count_items(self, tenant_id: TenantId, run_id: str) -> Mapping[ItemState, int]:
        """How many items of the run are in which state; none of those that no item is in."""
        rows = await self.ask(_count(), {"tenant": tenant_id, "run": run_id})
        return {ItemState(row[0]): int(row[1]) for row in rows}

    async def read_items(
        self, tenant_id: TenantId, run_id: str, after: int, limit: int, *, are_pending: bool = False
    ) -> Sequence[RunItem]:
        """The items behind a position in their order, all or those that wait."""
        values = {"tenant": tenant_id, "run": run_id, "position": after, "limit": limit}
        rows = await self.ask(_list(are_pending=are_pending), values)
        return [_read_item(row) for row in rows]

    async def load_item(self, tenant_id: TenantId, run_id: str, position: int) -> LoadedItem:
        """One item, with the version that whoever does it rests on."""
        question = _item_stack()
        values = {
            "tenant": tenant_id,
            "run": run_id,
            "position": position,
            "keys": [run_key(run_id)],
        }
        found = question.split(await self.ask(question.statement, values))
        versions = [version for _, version in found["version"]]
        items = [_read_item(row) for row in found["item"]]
        return LoadedItem(items[0] if items else None, versions[0] if versions else 0)


def _read_run(row: Row) -> PolicyRun:
    rules = read_policy(row[1]).rules
    return PolicyRun(row[0], rules, read_instant(row[2]), row[3], int(row[4]))


def _read_item(row: Row) -> RunItem:
    scope = Scope(ScopeKind(row[1]), row[2])
    return RunItem(
        int(row[0]),
        PolicyPlace(scope, RoleId(row[3])),
        ItemState(row[4]),
        None if row[5] is None else _problems.decode(row[5]),
        read_optional_instant(row[6]),
    )


@cache
def _find() -> Statement:
    return Statement(
        select(*columns_of(policy_runs, _RUN)).where(
            policy_runs.c.tenant_id == TENANT, policy_runs.c.id == _RUN_ID
        )
    )


@cache
def _count() -> Statement:
    state = policy_run_items.c.state
    return Statement(
        select(state, func.count())
        .where(policy_run_items.c.tenant_id == TENANT, policy_run_items.c.run_id == _RUN_ID)
        .group_by(state)
    )


@cache
def _list(*, are_pending: bool) -> Statement:
    items = _select_items().where(policy_run_items.c.position > _POSITION)
    if are_pending:
        items = items.where(policy_run_items.c.state == constant(ItemState.PENDING.value))
    limit = bindparam("limit", type_=NumberType)
    return Statement(items.order_by(policy_run_items.c.position).limit(limit))


@cache
def _item_stack() -> Stack:
    item = _select_items().where(policy_run_items.c.position == _POSITION)
    return Stack({"version": known_versions(), "item": item})


def _select_items() -> Select[Any]:
    return select(*columns_of(policy_run_items, _ITEM)).where(
        policy_run_items.c.tenant_id == TENANT, policy_run_items.c.run_id == _RUN_ID
    )
