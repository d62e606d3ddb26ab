"""From the query language to SQL: conditions, orders, and where a page begins.

The parameters are named `v0`, `v1` ... in the order in which `queries.shape` lists the values, so
that a statement made from one query serves every query of its form.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias, assert_never

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    UnaryExpression,
    and_,
    bindparam,
    false,
    func,
    literal_column,
    not_,
    or_,
    true,
    tuple_,
)
from sqlalchemy.types import TypeEngine

from timebound.application.queries import (
    And,
    AnyOf,
    Compare,
    Condition,
    Not,
    OneOf,
    Operator,
    Or,
    Order,
    Position,
    TextMatch,
    TextOperator,
    Value,
)
from timebound.domain.folding import fold
from timebound.storage.columns import BooleanType, InstantColumn, TextType, read_instant

Adapt: TypeAlias = Callable[[Any], Any]

_HIGHEST: Final = literal_column("'\U0010ffff'", TextType)
"""The character behind which no text goes on in the order of bytes."""

_ESCAPE: Final = "!"
_SPECIAL: Final = str.maketrans({sign: _ESCAPE + sign for sign in (_ESCAPE, "%", "_")})


@dataclass(frozen=True, slots=True)
class Field:
    """What a field of a query is in SQL, and how its values are made comparable.

    `is_folded` tells that the expression is lower-case and values have to become so, `is_lowered`
    that the database makes it so: of the letters A to Z alone. `is_ordered` tells that an index
    sorts it by bytes, which finds beginnings.
    """

    expression: ColumnElement[Any]
    type: TypeEngine[Any] = TextType
    is_folded: bool = False
    is_optional: bool = False
    is_ordered: bool = False
    is_lowered: bool = False

    def fits(self, value: Value) -> bool:
        """Whether the value is of the field's type; one of another type is never met."""
        if self.type is InstantColumn:
            return isinstance(value, datetime)
        return isinstance(value, bool if self.type is BooleanType else str)

    def adapt(self, value: Any) -> Any:  # noqa: ANN401 - a value of the field's type
        """The value as it is bound."""
        if not isinstance(value, str):
            return value
        return fold(value) if self.is_lowered else value.lower() if self.is_folded else value

    def read(self, value: Any) -> Value:  # noqa: ANN401 - what a column of the type holds
        """The value of a row, whichever database it comes from."""
        if self.type is InstantColumn:
            return read_instant(value)
        return bool(value) if self.type is BooleanType else str(value)


@dataclass(frozen=True, slots=True)
class Collection:
    """Elements that belong to a row, and their fields.

    The select is correlated with the row, or else, given the `owner` that a row is known by, it
    finds the owners of elements, so that an index on elements leads to the rows.
    """

    elements: Select[Any]
    fields: Mapping[str, Field]
    owner: ColumnElement[Any] | None = None


@dataclass(slots=True)
class Translation:
    """Translates one query and remembers what each of its values goes through."""

    fields: Mapping[str, Field]
    collections: Mapping[str, Collection] = field(default_factory=dict)
    adapters: list[Adapt] = field(default_factory=list)

    def condition(self, asked: Condition) -> ColumnElement[bool]:
        """The condition in SQL; it may come to NULL, which is not met."""
        match asked:
            case Compare():
                return self._compare(self.fields[asked.field], asked.operator, asked.value)
            case OneOf():
                own = self.fields[asked.field]
                return or_(false(), *(self._compare(own, Operator.EQ, v) for v in asked.values))
            case TextMatch():
                return self._match(self.fields[asked.field], asked.operator, asked.value)
            case And():
                return and_(true(), *(self.condition(part) for part in asked.parts))
            case Or():
                return or_(false(), *(self.condition(part) for part in asked.parts))
            case Not():
                return not_(func.coalesce(self.condition(asked.part), false()))
            case AnyOf():
                return self._any(self.collections[asked.collection], asked.condition)
            case _:
                assert_never(asked)

    def after(self, orders: Sequence[Order], position: Position) -> ColumnElement[bool]:
        """The rows behind the position: further in one order, the same in all before it."""
        if self._is_one_way(orders, position):
            return self._after_all(orders, position)
        same: list[ColumnElement[bool]] = []
        behind: list[ColumnElement[bool]] = []
        for order, value in zip(orders, position, strict=True):
            own = self.fields[order.field]
            hole = None if value is None else self._hole(own, value, own.adapt)
            if value is not None and not own.fits(value):
                return false()
            behind.append(and_(*same, _further(own, hole, order)))
            same.append(own.expression.is_(None) if hole is None else own.expression == hole)
        return or_(*behind)

    def _is_one_way(self, orders: Sequence[Order], position: Position) -> bool:
        """Whether rows can be compared whole with the position, which an index can follow."""
        if len({order.is_descending for order in orders}) != 1:
            return False
        fields = [self.fields[order.field] for order in orders]
        return all(
            not own.is_optional and value is not None and own.fits(value)
            for own, value in zip(fields, position, strict=True)
        )

    def _after_all(self, orders: Sequence[Order], position: Position) -> ColumnElement[bool]:
        fields = [self.fields[order.field] for order in orders]
        holes = [self._hole(f, v, f.adapt) for f, v in zip(fields, position, strict=True)]
        here, there = tuple_(*(own.expression for own in fields)), tuple_(*holes)
        return here < there if orders[0].is_descending else here > there

    def _compare(self, own: Field, operator: Operator, value: Value) -> ColumnElement[bool]:
        expression = own.expression
        if value is None:
            is_empty = expression.is_(None)
            return is_empty if operator is Operator.EQ else not_(is_empty)
        hole = self._hole(own, value, own.adapt)
        if not own.fits(value):
            return true() if operator is Operator.NE else false()
        return _COMPARISONS[operator](expression, hole)

    def _match(self, own: Field, operator: TextOperator, value: str) -> ColumnElement[bool]:
        if own.is_ordered and operator is TextOperator.STARTS_WITH and own.fits(value):
            first = self._hole(own, value, own.adapt)
            return and_(own.expression >= first, own.expression < first.concat(_HIGHEST))
        before, behind = _PATTERNS[operator]

        def adapt(text: str) -> str:
            return f"{before}{own.adapt(text).translate(_SPECIAL)}{behind}"

        hole = self._hole(own, value, adapt)
        return own.expression.like(hole, escape=_ESCAPE) if own.fits(value) else false()

    def _any(self, collection: Collection, asked: Condition) -> ColumnElement[bool]:
        inner = Translation(collection.fields, adapters=self.adapters)
        found = collection.elements.where(inner.condition(asked))
        return found.exists() if collection.owner is None else collection.owner.in_(found)

    def _hole(self, own: Field, value: Value, adapt: Adapt) -> BindParameter[Any]:
        # A value that does not fit keeps its place but is not bound.
        name = f"v{len(self.adapters)}"
        self.adapters.append(adapt if own.fits(value) else _leave)
        return bindparam(name, type_=own.type)


def order_by(fields: Mapping[str, Field], orders: Sequence[Order]) -> list[UnaryExpression[Any]]:
    """The orders in SQL; what is empty comes before everything else on either database."""
    return [_order(fields[order.field], order) for order in orders]


def _order(own: Field, order: Order) -> UnaryExpression[Any]:
    expression = own.expression
    if order.is_descending:
        return expression.desc().nulls_last() if own.is_optional else expression.desc()
    return expression.asc().nulls_first() if own.is_optional else expression.asc()


def _further(own: Field, hole: BindParameter[Any] | None, order: Order) -> ColumnElement[bool]:
    expression = own.expression
    if hole is None:
        return false() if order.is_descending else expression.is_not(None)
    if not order.is_descending:
        return expression > hole
    return or_(expression < hole, expression.is_(None)) if own.is_optional else expression < hole


def _leave(value: Any) -> Any:  # noqa: ANN401 - whatever it is
    return value


_COMPARISONS: Final[
    Mapping[Operator, Callable[[ColumnElement[Any], BindParameter[Any]], ColumnElement[bool]]]
] = {
    Operator.EQ: lambda own, value: own == value,
    Operator.NE: lambda own, value: own.is_distinct_from(value),
    Operator.GT: lambda own, value: own > value,
    Operator.GE: lambda own, value: own >= value,
    Operator.LT: lambda own, value: own < value,
    Operator.LE: lambda own, value: own <= value,
}

_PATTERNS: Final[Mapping[TextOperator, tuple[str, str]]] = {
    TextOperator.STARTS_WITH: ("", "%"),
    TextOperator.ENDS_WITH: ("%", ""),
    TextOperator.CONTAINS: ("%", "%"),
}
