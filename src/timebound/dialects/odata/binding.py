"""Conditions and orders in wire names turned into the domain's, checked against an entity type."""

import re
from datetime import datetime, timedelta
from enum import Enum
from typing import Final, Literal, TypeAlias, assert_never

from timebound.application.queries import (
    ALWAYS,
    ELEMENT,
    NEVER,
    And,
    AnyOf,
    Compare,
    Condition,
    Not,
    OneOf,
    Operator,
    Or,
    Order,
    TextMatch,
    TextOperator,
    Value,
)
from timebound.application.words import split_words
from timebound.dialects.odata.filter import Filter
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.dialects.odata.properties import (
    EQUALITY,
    AnyOperator,
    EntityType,
    Property,
    PropertyType,
    parse_choice,
)

_FILTER: Final = "$filter"
_ORDERBY: Final = "$orderby"
_COUNT: Final = "/$count"
_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class _Unmatched(Enum):
    """The mark of a value of the right type that no row can hold."""

    VALUE = "value"


_Checked: TypeAlias = Value | Literal[_Unmatched.VALUE]


def bind_filter(entity: EntityType, filter_: Filter | None) -> Condition:
    """The condition in domain terms, for dialects without functions of their own; no filter: all.

    Refused, with the property's name, when a property is unknown, does not take the operator, or
    is compared with a value of another type.
    """
    if filter_ is None:
        return ALWAYS
    if filter_.universal:
        # quirk(graph): no collection takes `all` - Graph docs, filter-query-parameter
        name = filter_.universal[0]
        raise ODataProblem(Flaw.UNSUPPORTED, name, f"'{name[:80]}' does not support 'all'.")
    if filter_.calls:
        name = filter_.calls[0].name
        raise ODataProblem(Flaw.UNSUPPORTED, _FILTER, f"$filter has no function '{name[:40]}'")
    return bind_condition(entity, filter_.condition)


def bind_condition(entity: EntityType, condition: Condition) -> Condition:
    """One condition in domain terms."""
    match condition:
        case Compare(field=path) if path.endswith(_COUNT):
            return _bind_count(entity, condition)
        case Compare() | OneOf() | TextMatch():
            return _bind_single(_find(entity, condition.field), condition)
        case And():
            return And(tuple(bind_condition(entity, part) for part in condition.parts))
        case Or():
            return Or(tuple(bind_condition(entity, part) for part in condition.parts))
        case Not():
            return Not(bind_condition(entity, condition.part))
        case AnyOf():
            return _bind_any(entity, condition)
        case _:
            assert_never(condition)


def bind_search(entity: EntityType, condition: Condition) -> Condition:
    """A search in domain terms: the words of a property where it has them, or its beginning.

    Refused when a property is unknown or can be searched in neither way.
    """
    match condition:
        case And(parts=parts):
            return And(tuple(bind_search(entity, part) for part in parts))
        case Or(parts=parts):
            return Or(tuple(bind_search(entity, part) for part in parts))
        case TextMatch(field=path, operator=operator, value=text):
            found = entity.find_property(path, "$search")
            if found.words:
                return _match_words(found.words, text)
            if operator not in found.operators:
                raise ODataProblem(
                    Flaw.UNSUPPORTED, found.name, f"'{found.name}' cannot be searched."
                )
            if found.is_collection:
                return AnyOf(
                    found.domain_field, _bind_element(found, TextMatch("", operator, text))
                )
            return _bind_single(found, condition)
        case _:
            raise TypeError("a search has clauses, AND and OR")


def _match_words(collection: str, text: str) -> Condition:
    """Every word begins some word of the collection; a text of symbols alone finds nothing."""
    words = split_words(text)
    begins = TextOperator.STARTS_WITH
    parts = tuple(AnyOf(collection, TextMatch(ELEMENT, begins, word)) for word in words)
    return And(parts) if parts else NEVER


def bind_orders(entity: EntityType, orders: tuple[Order, ...]) -> tuple[Order, ...]:
    """The sort order in domain terms; refused where a property is unknown, unsorted or repeated."""
    bound: dict[str, Order] = {}
    for order in orders:
        found = entity.find_property(order.field, _ORDERBY)
        if not found.is_sortable:
            raise ODataProblem(
                Flaw.UNSUPPORTED, found.name, f"The list cannot be sorted by '{found.name}'."
            )
        if found.domain_field in bound:
            raise ODataProblem(
                Flaw.REPEATED, found.name, f"$orderby names '{found.name}' more than once."
            )
        bound[found.domain_field] = Order(found.domain_field, order.is_descending)
    return tuple(bound.values())


def _find(entity: EntityType, path: str) -> Property:
    found = entity.find_property(path, _FILTER)
    if found.is_collection:
        raise _refuse_operator(found, "is a collection and is asked with any()")
    return found


def _bind_count(entity: EntityType, condition: Compare) -> Condition:
    """Whether a collection is empty, which is all that its number can be asked for."""
    path = condition.field.removesuffix(_COUNT)
    found = entity.find_property(path, _FILTER)
    if not found.is_collection:
        raise _refuse_operator(found, "is no collection and has no $count")
    if not (found.operators or found.elements):
        raise _refuse_operator(found, "does not support $count in $filter")
    is_number = isinstance(condition.value, int) and not isinstance(condition.value, bool)
    if not is_number or condition.value or condition.operator not in EQUALITY:
        raise _refuse_operator(found, "takes $count with 'eq 0' and 'ne 0' only")
    has_some = AnyOf(found.domain_field, ALWAYS)
    return Not(has_some) if condition.operator is Operator.EQ else has_some


def _bind_any(entity: EntityType, condition: AnyOf) -> Condition:
    found = entity.find_property(condition.collection, _FILTER)
    if not found.is_collection:
        raise _refuse_operator(found, "is no collection and cannot be asked with any()")
    if found.elements is not None:
        return AnyOf(found.domain_field, bind_condition(found.elements, condition.condition))
    return AnyOf(found.domain_field, _bind_element(found, condition.condition))


def _bind_element(found: Property, condition: Condition) -> Condition:
    """A condition on the plain values of a collection, which have no properties of their own."""
    if not found.operators:
        raise _refuse_operator(found, "cannot be asked with any()")
    match condition:
        case Compare(field="") | OneOf(field="") | TextMatch(field=""):
            return _bind_single(found, condition)
        case And(parts=parts):
            return And(tuple(_bind_element(found, part) for part in parts))
        case Or(parts=parts):
            return Or(tuple(_bind_element(found, part) for part in parts))
        case Not(part=part):
            return Not(_bind_element(found, part))
        case _:
            raise _refuse_operator(found, "holds plain values without properties")


def _bind_single(found: Property, condition: Compare | OneOf | TextMatch) -> Condition:
    field = ELEMENT if found.is_collection else found.domain_field
    match condition:
        case Compare(operator=operator, value=value):
            _require(found, operator)
            return _compare(found, field, operator, _check(found, operator, value))
        case OneOf(values=values):
            _require(found, Operator.EQ)
            return _one_of(found, field, values)
        case TextMatch(operator=text_operator, value=text):
            _require(found, text_operator)
            folds = found.type in {PropertyType.FOLDED_TEXT, PropertyType.GUID}
            return TextMatch(field, text_operator, text.casefold() if folds else text)
        case _:
            assert_never(condition)


def _compare(found: Property, field: str, operator: Operator, value: _Checked) -> Condition:
    if isinstance(value, _Unmatched):
        return ALWAYS if operator is Operator.NE else NEVER
    compared = Compare(field, operator, value)
    return compared if found.rewrite is None else found.rewrite(compared)


def _one_of(found: Property, field: str, values: tuple[Value, ...]) -> Condition:
    checked = [_check(found, Operator.EQ, value) for value in values]
    known = tuple(dict.fromkeys(one for one in checked if not isinstance(one, _Unmatched)))
    if found.rewrite is None:
        return OneOf(field, known)
    return Or(tuple(found.rewrite(Compare(field, Operator.EQ, value)) for value in known))


def _require(found: Property, operator: AnyOperator) -> None:
    if operator not in found.operators:
        raise _refuse_operator(found, f"does not support '{operator.value}' in $filter")


def _check(found: Property, operator: Operator, value: Value) -> _Checked:
    """The value as the domain keeps it; refused when it is of another type than the property."""
    if value is None:
        if operator not in {Operator.EQ, Operator.NE}:
            raise _refuse_operator(found, "can be compared with null by eq and ne only")
        return None
    if not _is_of_type(found.type, value):
        raise ODataProblem(
            Flaw.WRONG_TYPE,
            found.name,
            f"The property '{found.name}' {_FORMS[found.type]}, not with {_show(value)}.",
        )
    return _normalise(found, value)


def _is_of_type(type_: PropertyType, value: Value) -> bool:
    match type_:
        case PropertyType.INSTANT:
            return isinstance(value, datetime)
        case PropertyType.DURATION:
            return isinstance(value, timedelta)
        case PropertyType.FLAG:
            return isinstance(value, bool)
        case PropertyType.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case PropertyType.COMPLEX:
            return False
        case PropertyType.TEXT | PropertyType.FOLDED_TEXT | PropertyType.GUID | PropertyType.CHOICE:
            return isinstance(value, str)
        case _:
            assert_never(type_)


def _normalise(found: Property, value: Value) -> _Checked:
    if not isinstance(value, str):
        return value
    match found.type:
        case PropertyType.FOLDED_TEXT:
            return value.casefold()
        case PropertyType.GUID:
            folded = value.lower()
            return folded if _GUID.fullmatch(folded) else _Unmatched.VALUE
        case PropertyType.CHOICE:
            try:
                return parse_choice(value, found.choices, found.name)
            except ODataProblem:
                if found.has_open_choices:
                    return _Unmatched.VALUE
                raise
        case _:
            return value


def _refuse_operator(found: Property, why: str) -> ODataProblem:
    return ODataProblem(Flaw.UNSUPPORTED, found.name, f"The property '{found.name}' {why}.")


def _show(value: Value) -> str:
    text = f"'{value}'" if isinstance(value, str) else str(value)
    return text[:60]


_FORMS: Final = {
    PropertyType.TEXT: "is compared with text in quotes",
    PropertyType.FOLDED_TEXT: "is compared with text in quotes",
    PropertyType.GUID: "is compared with an id in quotes",
    PropertyType.CHOICE: "is compared with a name in quotes",
    PropertyType.INSTANT: "is compared with a date and time such as 2026-01-31T08:00:00Z",
    PropertyType.DURATION: "is compared with a duration such as duration'PT8H'",
    PropertyType.NUMBER: "is compared with a number",
    PropertyType.FLAG: "is compared with true or false",
    PropertyType.COMPLEX: "is compared with null",
}
