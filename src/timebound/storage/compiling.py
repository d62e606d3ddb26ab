"""From a SQLAlchemy statement to the text and the arguments that a driver runs.

SQLAlchemy executes nothing here: a statement is compiled once for each database, and from then on
only its text and the order of its parameters are used.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cache
from operator import itemgetter
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import ARRAY, Dialect, FromClause, Select, bindparam, column
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ClauseElement, ColumnElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NULLTYPE, TypeEngine

from timebound.storage.columns import BooleanType, InstantType, TextType, write_instant

Parameters: TypeAlias = Mapping[str, Any]
Encoder: TypeAlias = Callable[[Any], Any]


class Database(Enum):
    """The two databases, by the name of their dialect."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


@cache
def dialect_of(database: Database) -> Dialect:
    """The dialect that statements are compiled for."""
    if database is Database.SQLITE:
        return sqlite.dialect()
    return asyncpg.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy left it untyped


@dataclass(frozen=True, slots=True)
class Compiled:
    """The text of a statement, and how the arguments of a call are put together.

    `values` are what a call fills in, each once, with what turns it into the driver's; `pick` puts
    them and the constants behind them into the order of the text. An instant stands dozens of
    times in some statements, and is written once.
    """

    text: str
    values: tuple[tuple[str, Encoder | None], ...]
    constants: tuple[Any, ...]
    pick: Callable[[Sequence[Any]], tuple[Any, ...]]

    def arguments(self, parameters: Parameters) -> tuple[Any, ...]:
        """The arguments of one call, in the order of the text."""
        filled = []
        for name, encode in self.values:
            value = parameters[name]
            filled.append(value if encode is None or value is None else encode(value))
        return self.pick((*filled, *self.constants))


@dataclass(eq=False, slots=True)
class Statement:
    """A statement with what it was compiled to; made once and kept."""

    clause: ClauseElement
    _compiled: dict[Database, Compiled] = field(default_factory=dict)

    def compile_for(self, database: Database) -> Compiled:
        """The statement for one database."""
        compiled = self._compiled.get(database)
        if compiled is None:
            compiled = self._compiled[database] = _compile(self.clause, database)
        return compiled


def _compile(clause: ClauseElement, database: Database) -> Compiled:
    compiler = clause.compile(dialect=dialect_of(database))
    if not isinstance(compiler, SQLCompiler):
        raise TypeError(f"{type(clause).__name__} takes no parameters")
    values: dict[tuple[str, Encoder | None], None] = {}
    constants: list[Any] = []
    places: list[tuple[str, Encoder | None] | int] = []
    for name in compiler.positiontup or ():
        bind = compiler.binds[name]
        encode = _encoder(bind.type, database)
        if bind.value is None and bind.callable is None:
            values[name, encode] = None
            places.append((name, encode))
            continue
        value = bind.effective_value
        places.append(len(constants))
        constants.append(encode(value) if encode else value)
    order = {filled: position for position, filled in enumerate(values)}
    positions = [
        len(values) + place if isinstance(place, int) else order[place] for place in places
    ]
    return Compiled(compiler.string, tuple(values), tuple(constants), _picker(positions))


def _picker(positions: Sequence[int]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    if len(positions) > 1:
        return itemgetter(*positions)
    return lambda values: tuple([values[position] for position in positions])


def _encoder(kind: TypeEngine[Any], database: Database) -> Encoder | None:
    if database is Database.POSTGRESQL:
        return None
    if isinstance(kind, InstantType):
        return write_instant
    if isinstance(kind, ARRAY):
        return _encode_array
    return int if isinstance(kind, type(BooleanType)) else None


def _encode_array(values: Sequence[Any]) -> str:
    texts = [write_instant(v) if isinstance(v, datetime) else v for v in values]
    return msgspec.json.encode(texts).decode()


class _IsAnyOf(ColumnElement[Any]):
    """A column held against a list of any length, each database in its own words."""

    inherit_cache: bool | None = True

    def __init__(self, column: ColumnElement[str], name: str) -> None:
        self.type = NULLTYPE  # a boolean would be held against 1 on SQLite
        self.column = column
        self.values = bindparam(name, type_=ARRAY(TextType))


def is_any_of(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """Whether the column is in the list that the parameter holds, however long that is."""
    return _IsAnyOf(column, name)


@compiles(_IsAnyOf, "postgresql")
def _compile_any(element: _IsAnyOf, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    return (
        f"{compiler.process(element.column, **kw)} = ANY({compiler.process(element.values, **kw)})"
    )


@compiles(_IsAnyOf, "sqlite")
def _compile_each(element: _IsAnyOf, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    values = compiler.process(element.values, **kw)
    column = compiler.process(element.column, **kw)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - the compiler's own


class _IsAmong(ColumnElement[Any]):
    """A column held against what a question finds, which is found first."""

    inherit_cache: bool | None = True

    def __init__(self, column: ColumnElement[str], found: Select[Any]) -> None:
        self.type = NULLTYPE  # a boolean would be held against 1 on SQLite
        self.column = column
        self.found = found.scalar_subquery()


def is_among(column: ColumnElement[str], found: Select[Any]) -> ColumnElement[bool]:
    """Whether the column is among the few texts that a question finds, looked up one by one.

    PostgreSQL takes what a recursive question finds for hundreds, and would rather join them with
    the whole table; of the elements of an array it expects a handful.
    """
    return _IsAmong(column, found)


@compiles(_IsAmong, "postgresql")
def _compile_array(element: _IsAmong, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    found = compiler.process(element.found, **kw)
    return f"{compiler.process(element.column, **kw)} = ANY (ARRAY{found})"


@compiles(_IsAmong, "sqlite")
def _compile_in(element: _IsAmong, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    return f"{compiler.process(element.column, **kw)} IN {compiler.process(element.found, **kw)}"


class _IsLookedUp(ColumnElement[Any]):
    """A column held against one value of each row that is joined."""

    inherit_cache: bool | None = True

    def __init__(self, column: ColumnElement[str], value: ColumnElement[str]) -> None:
        self.type = NULLTYPE  # a boolean would be held against 1 on SQLite
        self.column = column
        self.value = value


def is_looked_up(column: ColumnElement[str], value: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the column is the value, looked up for each row by itself.

    For an equation PostgreSQL would rather read the whole table at every step of a walk, which it
    takes for one through thousands; what is held against an array it joins by an index alone.
    """
    return _IsLookedUp(column, value)


@compiles(_IsLookedUp, "postgresql")
def _compile_one(element: _IsLookedUp, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    value = compiler.process(element.value, **kw)
    return f"{compiler.process(element.column, **kw)} = ANY (ARRAY[{value}])"


@compiles(_IsLookedUp, "sqlite")
def _compile_equal(element: _IsLookedUp, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    value = compiler.process(element.value, **kw)
    return f"{compiler.process(element.column, **kw)} = {value}"


class _EachOf(FunctionElement[str]):
    """The texts of a list of any length as rows, each database in its own words."""

    inherit_cache: bool | None = True
    name = "each_of"


def each_of(name: str) -> FromClause:
    """The texts of the list that the parameter holds: rows with a column `value`.

    What is joined with it is looked up once for each: SQLite, which takes a list held against a
    column for a long one, would rather go through everything there is.
    """
    # PostgreSQL calls the column what the table is called.
    values = _EachOf(bindparam(name, type_=ARRAY(TextType)))
    return values.table_valued(column("value", TextType)).alias("value")


@compiles(_EachOf, "postgresql")
def _compile_unnest(element: _EachOf, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    return f"unnest({compiler.process(element.clauses, **kw)})"


@compiles(_EachOf, "sqlite")
def _compile_json(element: _EachOf, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    return f"json_each({compiler.process(element.clauses, **kw)})"


class _ByHolder(ColumnElement[str]):
    """The column as it is; PostgreSQL is not offered an index for it."""

    inherit_cache: bool | None = True

    def __init__(self, column: ColumnElement[str]) -> None:
        self.type = column.type
        self.column = column


def by_holder(scope: ColumnElement[str]) -> ColumnElement[str]:
    """The scope of a grant whose holder is known, so that it is found through the holder.

    PostgreSQL multiplies how many share a role and how many share a scope, as if neither told of
    the other. It takes the holders of one role at one scope for a handful and looks for the one
    among them; for all that the whole directory holds they are a third of the tenant.
    """
    return _ByHolder(scope)


@compiles(_ByHolder, "postgresql")
def _compile_apart(element: _ByHolder, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    return f"({compiler.process(element.column, **kw)} || '')"


@compiles(_ByHolder, "sqlite")
def _compile_plain(element: _ByHolder, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    return compiler.process(element.column, **kw)


class _Unled(ColumnElement[Any]):
    """The expression as it is; SQLite is not offered an index for it."""

    inherit_cache: bool | None = True

    def __init__(self, expression: ColumnElement[Any]) -> None:
        self.type = expression.type
        self.bare = expression


def unled(expression: ColumnElement[Any]) -> ColumnElement[Any]:
    """What the rows that are found have to meet, so that they are found another way.

    SQLite takes whatever is equal to something for rare.
    """
    return _Unled(expression)


@compiles(_Unled, "postgresql")
def _compile_bare(element: _Unled, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    return compiler.process(element.bare, **kw)


@compiles(_Unled, "sqlite")
def _compile_unled(element: _Unled, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    return f"+{compiler.process(element.bare, **kw)}"
