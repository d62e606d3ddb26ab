"""The versions of facts: compared before a change set is applied, raised when it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Final

from sqlalchemy import Select, select, union_all
from sqlalchemy.dialects.postgresql import insert as upsert

from timebound.application.changes import ChangeSet, FactKey
from timebound.storage.compiling import Statement, is_any_of
from timebound.storage.fragments import TENANT
from timebound.storage.rows import Row
from timebound.storage.tables import fact_versions

_ORDER: Final = ("administrators", "principal", "standing", "policy", "role", "tenant")
"""What is changed most is locked first, so that what is only looked at is locked in one go."""


@dataclass(frozen=True, slots=True)
class Lock:
    """The statement that locks the facts of a change set in one order, and its parameters."""

    statement: Statement
    parameters: Mapping[str, object]


def lock_of(change: ChangeSet) -> Lock:
    """How the facts are locked: exclusively those that change, shared those that only must not."""
    keys = sorted({*change.expects, *change.bumps}, key=_position)
    runs = [
        (is_bumped, list(run)) for is_bumped, run in groupby(keys, key=change.bumps.__contains__)
    ]
    parameters: dict[str, object] = {"tenant": change.tenant_id}
    parameters.update((f"keys{number}", run) for number, (_, run) in enumerate(runs))
    return Lock(_lock(tuple(is_bumped for is_bumped, _ in runs)), parameters)


def is_current(change: ChangeSet, rows: Iterable[Row]) -> bool:
    """Whether every expected version is the current one; what has none is at 0."""
    current = {row[0]: row[1] for row in rows}
    return all(current.get(key, 0) == version for key, version in change.expects.items())


def zero_rows(change: ChangeSet) -> list[dict[str, object]]:
    """The rows of all facts at version 0, in the order in which they are locked."""
    keys = sorted({*change.expects, *change.bumps}, key=_position)
    return [{"tenant_id": change.tenant_id, "key": key, "version": 0} for key in keys]


def bump_rows(change: ChangeSet) -> list[dict[str, object]]:
    """The rows that raise what the change set bumps."""
    keys = sorted(change.bumps, key=_position)
    return [{"tenant_id": change.tenant_id, "key": key, "version": 1} for key in keys]


def read_parameters(change: ChangeSet) -> dict[str, object]:
    """The parameters with which the current versions are read."""
    return {"tenant": change.tenant_id, "keys0": list(change.expects)}


@cache
def read_versions() -> Statement:
    """The current versions, read without a lock by a writer that is alone."""
    return Statement(_select("keys0"))


@cache
def insert_zeros() -> Statement:
    """Gives a fact its first version; nothing happens to one that has a version."""
    return Statement(upsert(fact_versions).on_conflict_do_nothing())


@cache
def bump_versions() -> Statement:
    """Raises the version of a fact; one that had none is at 1 then."""
    return Statement(
        upsert(fact_versions).on_conflict_do_update(
            index_elements=["tenant_id", "key"], set_={"version": fact_versions.c.version + 1}
        )
    )


@cache
def _lock(runs: tuple[bool, ...]) -> Statement:
    # UNION ALL runs its arms one after the other, hence the order of the locks is that of the runs.
    arms = [
        _select(f"keys{number}")
        .order_by(fact_versions.c.key)
        .with_for_update(read=not is_bumped)
        .subquery(f"run{number}")
        for number, is_bumped in enumerate(runs)
    ]
    return Statement(union_all(*(select(arm.c.key, arm.c.version) for arm in arms)))


def _select(name: str) -> Select[tuple[str, int]]:
    return select(fact_versions.c.key, fact_versions.c.version).where(
        fact_versions.c.tenant_id == TENANT, is_any_of(fact_versions.c.key, name)
    )


def _position(key: FactKey) -> tuple[int, str]:
    kind = key.partition("/")[0]
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER), key
