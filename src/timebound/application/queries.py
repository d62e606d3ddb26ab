"""The query language between doors and stores: what is asked of a list, as plain data.

Fields carry domain names. Conditions are two-valued: a comparison with a field that holds nothing
is simply not met (`NE` and `Not` therefore find such rows), and only `EQ None` finds emptiness.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final, Generic, TypeAlias, TypeVar, assert_never

Value: TypeAlias = str | int | float | bool | datetime | timedelta | None
"""What a field is compared with; a datetime is aware and in UTC."""

Position: TypeAlias = tuple[Value, ...]
"""Where a page ended: the values of the orders' fields in its last row."""

ELEMENT: Final = ""
"""The field that names the element itself inside an `AnyOf` over plain values."""


class Operator(Enum):
    """How a field is held against one value."""

    EQ = "eq"
    NE = "ne"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"


class TextOperator(Enum):
    """Where in a field's text another text must stand."""

    STARTS_WITH = "startswith"
    ENDS_WITH = "endswith"
    CONTAINS = "contains"


@dataclass(frozen=True, slots=True)
class Compare:
    """A field held against one value; None goes with EQ and NE only."""

    field: str
    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class OneOf:
    """A field that holds any of the values; with no values it is never met."""

    field: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class TextMatch:
    """A field whose text starts with, ends with or contains the value, taken literally."""

    field: str
    operator: TextOperator
    value: str


@dataclass(frozen=True, slots=True)
class And:
    """All parts; with no parts it is always met."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part; with no parts it is never met."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """The part is not met."""

    part: "Condition"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Some element of a collection meets the condition; its fields are those of the element."""

    collection: str
    condition: "Condition"


Condition: TypeAlias = Compare | OneOf | TextMatch | And | Or | Not | AnyOf

ALWAYS: Final = And(())
NEVER: Final = Or(())


@dataclass(frozen=True, slots=True)
class Order:
    """One field of the sort order, ascending unless said otherwise."""

    field: str
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A page asked of a list: at most `limit` rows after the position `after`.

    `after` holds one value for each of `orders`, whose last field must be unique.
    """

    limit: int
    condition: Condition = ALWAYS
    orders: tuple[Order, ...] = ()
    after: Position | None = None
    is_counted: bool = False


Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """The rows of one page, where the next one starts (None: nowhere), and the total if asked."""

    rows: tuple[Row, ...]
    next_position: Position | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """A query taken apart: a key equal for all queries of one form, and their values in order.

    None stays in the key, since emptiness is another statement and not another value. The values
    are the condition's from left to right, those of the position, then the limit.
    """

    key: Hashable
    values: tuple[Value, ...]


def shape(query: Query) -> Shape:
    """The form of a query and its values, so that what was compiled for a form is used again."""
    values: list[Value] = []
    condition = _strip_values(query.condition, values)
    after = None if query.after is None else tuple(_hole(value, values) for value in query.after)
    orders = tuple((order.field, order.is_descending) for order in query.orders)
    values.append(query.limit)
    return Shape((condition, orders, after, query.is_counted), tuple(values))


def list_values(condition: Condition) -> tuple[Value, ...]:
    """The values of a condition from left to right, None left out."""
    values: list[Value] = []
    _strip_values(condition, values)
    return tuple(values)


def replace_values(condition: Condition, replaced: Mapping[str, str]) -> Condition:
    """The condition with other texts for those that are named, whole values only."""
    match condition:
        case Compare(field, operator, value):
            return Compare(field, operator, _replace(value, replaced))
        case And(parts):
            return And(tuple([replace_values(part, replaced) for part in parts]))
        case OneOf(field, values):
            return OneOf(field, tuple(dict.fromkeys(_replace(one, replaced) for one in values)))
        case Not(part):
            return Not(replace_values(part, replaced))
        case Or(parts):
            return Or(tuple([replace_values(part, replaced) for part in parts]))
        case TextMatch(field, text_operator, text):
            return TextMatch(field, text_operator, replaced.get(text, text))
        case AnyOf(collection, part):
            return AnyOf(collection, replace_values(part, replaced))
        case _:
            assert_never(condition)


def _replace(value: Value, replaced: Mapping[str, str]) -> Value:
    return replaced.get(value, value) if isinstance(value, str) else value


def find_pinned_values(condition: Condition) -> dict[str, Value]:
    """The fields that the condition, read as a conjunction, holds to exactly one value.

    A help for choosing where to look; what is found must still meet the whole condition.
    """
    match condition:
        case Compare(field=field, operator=Operator.EQ, value=value):
            return {field: value}
        case OneOf(field=field, values=(value,)):
            return {field: value}
        case And(parts=parts):
            pinned: dict[str, Value] = {}
            for part in parts:
                for field, value in find_pinned_values(part).items():
                    pinned.setdefault(field, value)
            return pinned
        case _:
            return {}


def find_fields(condition: Condition) -> frozenset[str]:
    """The fields and the collections that a condition names."""
    match condition:
        case Compare(field=field) | OneOf(field=field) | TextMatch(field=field):
            return frozenset({field})
        case And(parts=parts) | Or(parts=parts):
            return frozenset().union(*map(find_fields, parts))
        case Not(part=part):
            return find_fields(part)
        case AnyOf(collection=collection):
            return frozenset({collection})
        case _:
            assert_never(condition)


def _strip_values(condition: Condition, values: list[Value]) -> Hashable:
    match condition:
        case Compare():
            hole = _hole(condition.value, values)
            return ("compare", condition.field, condition.operator, hole)
        case OneOf():
            holes = tuple(_hole(value, values) for value in condition.values)
            return ("one_of", condition.field, holes)
        case TextMatch():
            return ("text", condition.field, condition.operator, _hole(condition.value, values))
        case And():
            return ("and", *(_strip_values(part, values) for part in condition.parts))
        case Or():
            return ("or", *(_strip_values(part, values) for part in condition.parts))
        case Not():
            return ("not", _strip_values(condition.part, values))
        case AnyOf():
            return ("any", condition.collection, _strip_values(condition.condition, values))
        case _:
            assert_never(condition)


def _hole(value: Value, values: list[Value]) -> str | None:
    """What stands in the key for a value: its type, since drivers prepare by type."""
    if value is None:
        return None
    values.append(value)
    return type(value).__name__
