"""What of a query only an advanced one may ask, where a service tells such queries apart."""

from typing import assert_never

from timebound.application.queries import (
    And,
    AnyOf,
    Compare,
    Condition,
    Not,
    OneOf,
    Operator,
    Or,
    TextMatch,
)
from timebound.dialects.odata.options import QueryOptions
from timebound.dialects.odata.properties import AnyOperator, EntityType

_COUNT = "/$count"


def name_advanced(entity: EntityType, options: QueryOptions) -> str | None:
    """What makes the query an advanced one, in the client's words; none when nothing does.

    Source: Graph docs, aad-advanced-queries. The search is not among it: that needs less.
    """
    if options.filter is not None:
        if options.orders:
            return "$filter together with $orderby"
        found = _find_in_condition(entity, options.filter.condition)
        if found is not None:
            return found
    for order in options.orders:
        if entity.find_property(order.field, "$orderby").has_advanced_order:
            return f"$orderby of '{order.field}'"
    return None


def _find_in_condition(entity: EntityType, condition: Condition) -> str | None:
    match condition:
        case And(parts=parts) | Or(parts=parts):
            return next(filter(None, (_find_in_condition(entity, part) for part in parts)), None)
        case Not():
            return "Operator 'not'"
        case AnyOf(collection=path, condition=inner):
            return _find_in_elements(entity, path, inner)
        case Compare(field=path) if path.endswith(_COUNT):
            return f"'{path}'"
        case Compare(field=path, operator=operator):
            return _find_operator(entity, path, operator)
        case OneOf(field=path):
            return _find_operator(entity, path, Operator.EQ, "in")
        case TextMatch(field=path, operator=text_operator):
            return _find_operator(entity, path, text_operator)
        case _:
            assert_never(condition)


def _find_in_elements(entity: EntityType, path: str, condition: Condition) -> str | None:
    found = entity.find_property(path, "$filter")
    if found.elements is not None:
        return _find_in_condition(found.elements, condition)
    match condition:
        case And(parts=parts) | Or(parts=parts):
            return next(
                filter(None, (_find_in_elements(entity, path, part) for part in parts)), None
            )
        case Compare(operator=operator) | TextMatch(operator=operator):
            return _find_operator(entity, path, operator)
        case OneOf():
            return _find_operator(entity, path, Operator.EQ, "in")
        case _:
            return "Operator 'not'"


def _find_operator(
    entity: EntityType, path: str, operator: AnyOperator, word: str = ""
) -> str | None:
    found = entity.find_property(path, "$filter")
    if operator not in found.advanced:
        return None
    return f"Operator '{word or operator.value}' on '{found.name}'"
