"""What queries name of the documents of directory objects, in the words of each database.

Such a field has no index: a list that is filtered by one is walked in its order until the page is
full. The words of names and descriptions have one.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, case, func, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from timebound.application.attributes import (
    DEFAULTS,
    DESCRIPTION_WORDS,
    DISPLAY_NAME_WORDS,
    FLAGS,
    LISTS,
    SKU,
    TEXTS,
)
from timebound.application.queries import ELEMENT
from timebound.domain.directory import ObjectKind
from timebound.storage.columns import BooleanType, TextType
from timebound.storage.conditions import Collection, Field
from timebound.storage.fragments import TENANT, constant
from timebound.storage.word_tables import object_words

DISPLAY_NAME: Final = "displayName"
DESCRIPTION: Final = "description"


def attribute_fields(source: FromClause) -> dict[str, Field]:
    """The single values in the documents of objects."""
    document = _document_of(source)
    texts = {name: _text_field(_PlainText(document, constant(name)), name) for name in TEXTS}
    flags = {
        name: Field(_fall_back(_Flag(document, constant(name)), default), BooleanType)
        for name, default in FLAGS.items()
    }
    return texts | flags


def attribute_collections(source: FromClause) -> dict[str, Collection]:
    """The lists in the documents of objects, and the words that they are searched by."""
    document = _document_of(source)
    return {
        **{name: _collect(document, name) for name in LISTS},
        DISPLAY_NAME_WORDS: _collect_words(source, DISPLAY_NAME),
        DESCRIPTION_WORDS: _collect_words(source, DESCRIPTION),
    }


def collect_texts(column: ColumnElement[str]) -> Collection:
    """The texts of a column that holds a list of them."""
    each = _Items(column).table_valued("value")
    plain = func.lower(_Plain(each.c.value))
    return Collection(select(each.c.value), {ELEMENT: Field(plain, is_lowered=True)})


def _document_of(source: FromClause) -> ColumnElement[Any]:
    """The document of a row; roles that are told as objects have none."""
    is_role = source.c.kind == constant(ObjectKind.DIRECTORY_ROLE.value)
    return case((~is_role, source.c.attributes))


def _text_field(expression: ColumnElement[Any], name: str) -> Field:
    folded: ColumnElement[Any] = func.lower(expression)
    if name in DEFAULTS:
        return Field(func.coalesce(folded, constant(DEFAULTS[name])), is_lowered=True)
    return Field(folded, is_lowered=True, is_optional=True)


def _fall_back(expression: ColumnElement[Any], default: bool | None) -> ColumnElement[Any]:  # noqa: FBT001 - the value itself
    if default is None:
        return expression
    return func.coalesce(expression, literal_column("true" if default else "false", BooleanType))


def _collect(document: ColumnElement[Any], name: str) -> Collection:
    each = _Each(document, constant(name)).table_valued("value")
    value = each.c.value
    if name == "assignedLicenses":
        sku = func.lower(_PlainText(value, constant(SKU)))
        return Collection(select(value), {SKU: Field(sku, is_lowered=True, is_optional=True)})
    plain = func.lower(_Plain(value))
    return Collection(select(value), {ELEMENT: Field(plain, is_lowered=True, is_optional=True)})


def _collect_words(source: FromClause, field: str) -> Collection:
    """The words of a field. They are found first, and the objects by them."""
    own = object_words.c
    elements = select(own.object_id).where(own.tenant_id == TENANT, own.field == constant(field))
    word = {ELEMENT: Field(own.word, is_folded=True, is_ordered=True)}
    return Collection(elements, word, owner=source.c.id)


class _PlainText(FunctionElement[str]):
    """A text under a name of a document."""

    type: TypeEngine[str] = TextType
    inherit_cache: bool | None = True


class _Flag(FunctionElement[bool]):
    """A truth value under a name of a document."""

    type: TypeEngine[bool] = BooleanType
    inherit_cache: bool | None = True


class _Each(FunctionElement[Any]):
    """The elements of a list under a name of a document, as documents."""

    type: TypeEngine[Any] = TextType
    inherit_cache: bool | None = True


class _Items(FunctionElement[Any]):
    """The elements of a document that is a list, as documents."""

    type: TypeEngine[Any] = TextType
    inherit_cache: bool | None = True


class _Plain(FunctionElement[str]):
    """The text that a document is."""

    type: TypeEngine[str] = TextType
    inherit_cache: bool | None = True


def _read(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> list[str]:  # noqa: ANN401 - SQLAlchemy's signature
    """What a function is given, in words of the database."""
    return [compiler.process(clause, **kw) for clause in element.clauses]


def _path(name: str) -> str:
    return f"'$.{name[1:]}"


@compiles(_PlainText, "sqlite")
@compiles(_Flag, "sqlite")
def _extract_on_sqlite(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    document, name = _read(element, compiler, **kw)
    return f"json_extract({document}, {_path(name)})"


@compiles(_PlainText, "postgresql")
def _extract_text(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    document, name = _read(element, compiler, **kw)
    return f'((({document})::jsonb ->> {name}) COLLATE "C")'


@compiles(_Flag, "postgresql")
def _extract_flag(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    document, name = _read(element, compiler, **kw)
    return f"((({document})::jsonb ->> {name})::boolean)"


@compiles(_Each, "sqlite")
def _each_on_sqlite(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    document, name = _read(element, compiler, **kw)
    return f"json_each({document}, {_path(name)})"


@compiles(_Each, "postgresql")
def _each_on_postgres(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    document, name = _read(element, compiler, **kw)
    held = f"(({document})::jsonb -> {name})"
    return f"jsonb_array_elements(CASE WHEN jsonb_typeof({held}) = 'array' THEN {held} END)"


@compiles(_Items, "sqlite")
def _items_on_sqlite(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    return f"json_each({_read(element, compiler, **kw)[0]})"


@compiles(_Items, "postgresql")
def _items_on_postgres(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    return f"jsonb_array_elements(({_read(element, compiler, **kw)[0]})::jsonb)"


@compiles(_Plain, "sqlite")
def _plain_on_sqlite(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    return _read(element, compiler, **kw)[0]


@compiles(_Plain, "postgresql")
def _plain_on_postgres(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    return f"(({_read(element, compiler, **kw)[0]} #>> '{{}}') COLLATE \"C\")"
