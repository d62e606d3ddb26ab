"""Columns as the bytes that are kept, so that what is no text any more can be fetched as well."""

from typing import Any

import msgspec
from sqlalchemy import ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from timebound.storage.columns import BytesType, InstantType

FLAWS = (
    AttributeError,
    KeyError,
    RecursionError,
    TypeError,
    ValueError,
    msgspec.MsgspecError,
)
"""What reading a row comes to that does not hold what was written."""


class _Raw(ColumnElement[Any]):
    """A text as bytes."""

    inherit_cache: bool | None = True

    def __init__(self, column: ColumnElement[Any]) -> None:
        self.type = BytesType
        self.column = column


@compiles(_Raw, "postgresql")
def _compile_converted(element: _Raw, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    text = compiler.process(element.column, **kw)
    # An instant is no text there, and cannot be anything else.
    return text if isinstance(element.column.type, InstantType) else f"convert_to({text}, 'UTF8')"


@compiles(_Raw, "sqlite")
def _compile_cast(element: _Raw, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    return f"CAST({compiler.process(element.column, **kw)} AS BLOB)"


def select_raw(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The column as it is, whatever is in it."""
    return _Raw(column)


def decode_raw(value: Any) -> Any:  # noqa: ANN401 - what a column holds
    """The text of bytes, ValueError where they are none; anything else as it is."""
    return value.decode() if isinstance(value, bytes) else value


def tell_raw(value: Any) -> str:  # noqa: ANN401 - what a column holds
    """A text for people, whatever it is."""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
