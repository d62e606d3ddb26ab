"""From a SQLAlchemy statement to the text and the arguments that a driver runs.

SQLAlchemy executes nothing here: a statement is compiled once for each database, and from then on
only its text and the order of its parameters are used.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import ARRAY, Dialect, bindparam
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ClauseElement, ColumnElement
from sqlalchemy.sql.compiler import SQLCompiler
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
    """The text of a statement, its arguments, and which of them a call fills in.

    `template` holds the constants in place; `holes` names what goes where, with what turns the
    value into the driver's.
    """

    text: str
    template: tuple[Any, ...]
    holes: tuple[tuple[int, str, Encoder | None], ...]

    def arguments(self, parameters: Parameters) -> list[Any]:
        """The arguments of one call, in the order of the text."""
        arguments = list(self.template)
        for position, name, encode in self.holes:
            value = parameters[name]
            arguments[position] = value if encode is None or value is None else encode(value)
        return arguments


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
    names: Sequence[str] = compiler.positiontup or ()
    template: list[Any] = []
    holes: list[tuple[int, str, Encoder | None]] = []
    for position, name in enumerate(names):
        bind = compiler.binds[name]
        encode = _encoder(bind.type, database)
        is_constant = bind.value is not None or bind.callable is not None
        value = bind.effective_value
        template.append(encode(value) if is_constant and encode else value)
        if not is_constant:
            holes.append((position, name, encode))
    return Compiled(compiler.string, tuple(template), tuple(holes))


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
