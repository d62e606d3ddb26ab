"""The store in a SQLite file: it reads within the call and writes through one thread."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

from timebound.application.changes import ChangeSet
from timebound.storage.compiling import Database, Parameters, Statement
from timebound.storage.due_writes import are_open, finished_subjects, read_open
from timebound.storage.log_sealing import Asked, WritePlan
from timebound.storage.metadata import plan_fresh_start
from timebound.storage.questions import Questions
from timebound.storage.rows import Row
from timebound.storage.sqlite_writer import ConflictError, SqliteWriter, connect
from timebound.storage.statements import Run
from timebound.storage.versions import (
    bump_rows,
    bump_versions,
    is_current,
    read_parameters,
    read_versions,
)
from timebound.storage.writes import plan_change

Result = TypeVar("Result")

# What another process may have written in between: the change set is judged anew.
_TAKEN: Final = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)


class SqliteStore(Questions):
    """Everything a store answers, in one file; its directory must be there."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._reader: sqlite3.Connection | None = None
        self._writer: SqliteWriter | None = None

    async def open(self) -> None:
        """Connects; the schema must be current."""
        self._reader = connect(self._path)
        self._writer = SqliteWriter(self._path)

    async def close(self) -> None:
        """Finishes what is under way and disconnects."""
        if self._writer is not None:
            await self._writer.close()
        if self._reader is not None:
            self._reader.close()
        self._reader = self._writer = None

    async def is_ready(self) -> bool:
        """Whether the database answers."""
        if self._reader is None:
            return False
        try:
            self._reader.execute("SELECT 1 FROM meta LIMIT 1").fetchall()
        except sqlite3.Error:
            return False
        return True

    async def ask(self, statement: Statement, parameters: Parameters) -> Sequence[Row]:
        """The rows that the statement finds, on the reading connection."""
        if self._reader is None:
            raise RuntimeError("the store is not open")
        return _run(self._reader, statement, parameters)

    async def tell(self, statements: Sequence[tuple[Statement, Parameters]]) -> Sequence[Row]:
        """The rows that the last of the statements answers, once all of them are durable."""

        def work(connection: sqlite3.Connection) -> Sequence[Row]:
            rows: Sequence[Row] = ()
            for statement, parameters in statements:
                rows = _run(connection, statement, parameters)
            return rows

        return await self._submit(work)

    async def follow(self, questions: Sequence[Asked], plan: WritePlan) -> bool:
        """Reads, and writes what follows from it, in one transaction; False on a conflict."""

        def work(connection: sqlite3.Connection) -> None:
            _write(connection, plan([_run(connection, *one) for one in questions]))

        return await self._try(work)

    async def apply(self, change: ChangeSet) -> bool:
        """Applies the change set durably and whole; False on a conflict, with nothing written."""

        def work(connection: sqlite3.Connection) -> None:
            _apply(connection, change)

        return await self._try(work)

    async def _try(self, work: Callable[[sqlite3.Connection], None]) -> bool:
        try:
            await self._submit(work)
        except ConflictError:
            return False
        except sqlite3.IntegrityError as error:
            if error.sqlite_errorcode not in _TAKEN:
                raise
            return False
        return True

    async def start_over(self, change: ChangeSet, named: Mapping[str, str]) -> None:
        """Puts a new tenant in the place of every other, whole or not at all."""

        def work(connection: sqlite3.Connection) -> None:
            _write(connection, plan_fresh_start(change, named))

        await self._submit(work)

    async def _submit(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        if self._writer is None:
            raise RuntimeError("the store is not open")
        return await self._writer.submit(work)


def _run(
    connection: sqlite3.Connection, statement: Statement, parameters: Parameters
) -> Sequence[Row]:
    compiled = statement.compile_for(Database.SQLITE)
    return connection.execute(compiled.text, compiled.arguments(parameters)).fetchall()


def _apply(connection: sqlite3.Connection, change: ChangeSet) -> None:
    if change.expects:
        rows = _run(connection, read_versions(), read_parameters(change))
        if not is_current(change, rows):
            raise ConflictError
    subjects = finished_subjects(change)
    if subjects:
        values = {"tenant": change.tenant_id, "subjects": subjects}
        if not are_open(change, _run(connection, read_open(), values)):
            raise ConflictError
    _write(connection, [(bump_versions(), bump_rows(change)), *plan_change(change)])


def _write(connection: sqlite3.Connection, runs: Iterable[Run]) -> None:
    for statement, values in runs:
        compiled = statement.compile_for(Database.SQLITE)
        connection.executemany(compiled.text, [compiled.arguments(each) for each in values])
