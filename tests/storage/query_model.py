"""What a condition over people means, told once more in plain Python."""

from operator import eq, ge, gt, le, lt, ne
from typing import Any, assert_never

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
    TextOperator,
)
from timebound.domain.directory import DirectoryObject

_COMPARISONS = {
    Operator.EQ: eq,
    Operator.NE: ne,
    Operator.GT: gt,
    Operator.GE: ge,
    Operator.LT: lt,
    Operator.LE: le,
}


def meets(condition: Condition, person: DirectoryObject) -> bool:
    """Whether the person meets the condition; texts are held against one another in lower case."""
    match condition:
        case Compare():
            return _compares(_fold(getattr(person, condition.field)), condition)
        case OneOf():
            held = _fold(getattr(person, condition.field))
            return any(held == _fold(value) for value in condition.values)
        case TextMatch():
            return _matches(_fold(getattr(person, condition.field)), condition)
        case And():
            return all(meets(part, person) for part in condition.parts)
        case Or():
            return any(meets(part, person) for part in condition.parts)
        case Not():
            return not meets(condition.part, person)
        case AnyOf():
            raise AssertionError("people have no collections")
        case _:
            assert_never(condition)


def _compares(held: Any, condition: Compare) -> bool:  # noqa: ANN401 - any field's value
    compare, value = _COMPARISONS[condition.operator], _fold(condition.value)
    if condition.operator in (Operator.EQ, Operator.NE):
        return bool(compare(held, value))
    return held is not None and bool(compare(held, value))


def _matches(held: str | None, condition: TextMatch) -> bool:
    if held is None:
        return False
    value = condition.value.lower()
    match condition.operator:
        case TextOperator.STARTS_WITH:
            return held.startswith(value)
        case TextOperator.ENDS_WITH:
            return held.endswith(value)
        case TextOperator.CONTAINS:
            return value in held


def _fold(value: Any) -> Any:  # noqa: ANN401 - any field's value
    return value.lower() if isinstance(value, str) else value
