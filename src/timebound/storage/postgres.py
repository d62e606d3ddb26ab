"""The store in a PostgreSQL database: a pool of connections, every statement prepared once."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from timebound.application.changes import ChangeSet
from timebound.storage.at_once import AtOnce, Combiner
from timebound.storage.compiling import Database, Parameters, Statement
from timebound.storage.due_writes import are_open, finished_subjects, lock_open
from timebound.storage.log_sealing import Asked, WritePlan
from timebound.storage.metadata import plan_fresh_start, tables_of_tenants
from timebound.storage.questions import Questions
from timebound.storage.rows import Row
from timebound.storage.statements import Run
from timebound.storage.tables import fact_versions
from timebound.storage.versions import (
    bump_rows,
    bump_versions,
    insert_zeros,
    is_current,
    lock_of,
    zero_rows,
)
from timebound.storage.writes import plan_change

Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"

POOL_SIZE: Final = 10
KEPT_STATEMENTS: Final = 1024

# Each statement walks indexes from constants, so it is planned once and not for every call.
_SETTINGS: Final = {
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "application_name": "timebound",
}

# Somebody else was faster: the change set is judged anew.
_CONFLICTS: Final = (
    asyncpg.UniqueViolationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
)


# The versions first, as every change set begins with them.
_LOCKED: Final = ", ".join(
    [fact_versions.name, *(t.name for t in tables_of_tenants() if t is not fact_versions)]
)


class PostgresStore(Questions):
    """Everything a store answers, in one database."""

    def __init__(self, url: str, pool_size: int = POOL_SIZE) -> None:
        super().__init__()
        self._url = url
        self._pool_size = pool_size
        self._opened: asyncpg.Pool | None = None
        self._combiner = Combiner()

    @property
    def _pool(self) -> asyncpg.Pool:
        if self._opened is None:
            raise RuntimeError("the store is not open")
        return self._opened

    async def open(self) -> None:
        """Connects; the schema must be current."""
        self._opened = await asyncpg.create_pool(
            self._url,
            min_size=1,
            max_size=self._pool_size,
            reset=_tidy,
            statement_cache_size=KEPT_STATEMENTS,
            max_cached_statement_lifetime=0,
            max_cacheable_statement_size=0,
            server_settings=_SETTINGS,
        )

    async def close(self) -> None:
        """Finishes what is under way and disconnects."""
        if self._opened is not None:
            await self._opened.close()
        self._opened = None

    async def is_ready(self) -> bool:
        """Whether the database answers."""
        if self._opened is None:
            return False
        try:
            await self._opened.fetchval("SELECT 1")
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        return True

    async def ask(self, statement: Statement, parameters: Parameters) -> Sequence[Row]:
        """The rows that the statement finds, on any connection of the pool."""
        compiled = statement.compile_for(Database.POSTGRESQL)
        async with self._pool.acquire() as connection:
            return await connection.fetch(compiled.text, *compiled.arguments(parameters))

    async def tell(self, statements: Sequence[tuple[Statement, Parameters]]) -> Sequence[Row]:
        """The rows that the last of the statements answers, once all of them are durable."""
        rows: Sequence[Row] = ()
        async with self._pool.acquire() as connection, connection.transaction():
            for statement, parameters in statements:
                rows = await _run(connection, statement, parameters)
        return rows

    async def start_over(self, change: ChangeSet, named: Mapping[str, str]) -> None:
        """Puts a new tenant in the place of every other, whole or not at all."""
        async with self._pool.acquire() as connection, connection.transaction():
            # Those who write wait: what they add meanwhile would outlive the tenant it belongs to.
            # Those who read go on, and see what was there before.
            await connection.execute(f"LOCK TABLE {_LOCKED} IN EXCLUSIVE MODE")
            await _write(connection, plan_fresh_start(change, named))

    async def follow(self, questions: Sequence[Asked], plan: WritePlan) -> bool:
        """Reads, and writes what follows from it, in one transaction; False on a conflict."""
        async with self._pool.acquire() as connection:
            try:
                async with connection.transaction():
                    found = [await _run(connection, *one) for one in questions]
                    await _write(connection, plan(found))
            except _CONFLICTS:
                return False
        return True

    async def apply(self, change: ChangeSet) -> bool:
        """Applies the change set durably and whole; False on a conflict, with nothing written."""
        runs = [(bump_versions(), bump_rows(change)), *plan_change(change)]
        at_once = self._combiner.combine(change, runs)
        async with self._pool.acquire() as connection:
            try:
                if at_once is not None:
                    return await _apply_at_once(connection, change, at_once)
                return await _apply_in_steps(connection, change, runs)
            except _CONFLICTS:
                return False


async def _apply_at_once(connection: Connection, change: ChangeSet, at_once: AtOnce) -> bool:
    (row,) = await connection.fetch(at_once.text, *at_once.arguments)
    if not row[0]:
        # What has no row cannot be locked, and nothing was written.
        await _run_many(connection, insert_zeros(), zero_rows(change))
        (row,) = await connection.fetch(at_once.text, *at_once.arguments)
    return bool(row[1])


async def _apply_in_steps(connection: Connection, change: ChangeSet, runs: Sequence[Run]) -> bool:
    if change.expects or change.bumps:
        await _run_many(connection, insert_zeros(), zero_rows(change))
    async with connection.transaction():
        if not await _are_current(connection, change) or not await _are_open(connection, change):
            return False
        await _write(connection, runs)
    return True


async def _are_current(connection: Connection, change: ChangeSet) -> bool:
    """Locks the facts that the change set names and answers whether they are current."""
    if not change.expects and not change.bumps:
        return True
    lock = lock_of(change)
    return is_current(change, await _run(connection, lock.statement, lock.parameters))


async def _are_open(connection: Connection, change: ChangeSet) -> bool:
    """Locks what the change set finishes and answers whether all of it is still to be done."""
    subjects = finished_subjects(change)
    if not subjects:
        return True
    values = {"tenant": change.tenant_id, "subjects": subjects}
    return are_open(change, await _run(connection, lock_open(), values))


async def _write(connection: Connection, runs: Sequence[Run]) -> None:
    for statement, values in runs:
        if len(values) == 1:
            await _run(connection, statement, values[0])
        elif values:
            await _run_many(connection, statement, values)


async def _run(
    connection: Connection, statement: Statement, parameters: Parameters
) -> Sequence[Row]:
    compiled = statement.compile_for(Database.POSTGRESQL)
    return await connection.fetch(compiled.text, *compiled.arguments(parameters))


async def _run_many(
    connection: Connection, statement: Statement, values: Sequence[Parameters]
) -> None:
    compiled = statement.compile_for(Database.POSTGRESQL)
    await connection.executemany(compiled.text, [compiled.arguments(each) for each in values])


async def _tidy(connection: asyncpg.Connection) -> None:
    # In place of the driver's own round trip after every use: nothing here changes a session, but
    # a request that was cancelled may have left its transaction open.
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")
