"""Conditions of role assignments: read into a tree, and judged for one call.

The published language of conditions, version 2.0: comparisons of attributes of the request, the
resource and the principal, joined by `AND`, `OR` and `!`. What cannot be known of a call is neither
true nor false; only a condition that comes out true lets an assignment grant anything.
Source: Azure documentation of the format of role assignment conditions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from timebound.domain.azure.comparing import (
    OPERATORS,
    Quantifier,
    Values,
    matches_pattern,
    weigh_text,
)


class Source(Enum):
    """Whose attribute is compared."""

    REQUEST = "request"
    RESOURCE = "resource"
    PRINCIPAL = "principal"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute by its source and its name, compared in any case."""

    source: Source
    name: str

    @property
    def key(self) -> tuple[Source, str]:
        """What it is found by."""
        return self.source, self.name.lower()


Truth: TypeAlias = bool | None
"""True, false, or none where it cannot be known."""
Operand: TypeAlias = Attribute | Values


@dataclass(frozen=True, slots=True)
class Context:
    """The call that a condition is judged for; an attribute that is not named is unknown.

    `action` is the action of the call; `sub_operation` what it does within it.
    """

    action: str
    attributes: Mapping[tuple[Source, str], Values] = field(default_factory=dict)
    sub_operation: str | None = None


@dataclass(frozen=True, slots=True)
class ActionMatches:
    """Whether the action of the call fits a pattern."""

    pattern: str

    def judge(self, context: Context) -> Truth:
        """True or false, always."""
        return matches_pattern(context.action, self.pattern)

    def weigh(self, context: Context) -> int:
        """How much work that is."""
        return weigh_text((context.action,)) * weigh_text((self.pattern,))


@dataclass(frozen=True, slots=True)
class SubOperationMatches:
    """Whether what the call does within its action has a name."""

    name: str

    def judge(self, context: Context) -> Truth:
        """True or false, always: a call without one has none."""
        return (context.sub_operation or "").lower() == self.name.lower()


@dataclass(frozen=True, slots=True)
class Exists:
    """Whether there is an attribute."""

    attribute: Attribute

    def judge(self, context: Context) -> Truth:
        """Unknown where nothing is told of the attribute."""
        found = context.attributes.get(self.attribute.key)
        return None if found is None else bool(found)


@dataclass(frozen=True, slots=True)
class Comparison:
    """An attribute held against values, or against another attribute."""

    left: Attribute
    operator: str
    right: Operand
    quantifier: Quantifier | None = None

    def judge(self, context: Context) -> Truth:
        """Unknown where a side is, or the values make no sense to the operator."""
        left, right = _values_of(self.left, context), _values_of(self.right, context)
        if left is None or right is None:
            return None
        try:
            return OPERATORS[self.operator.lower()].compare(left, right, self.quantifier)
        except ValueError:
            return None

    def weigh(self, context: Context) -> int:
        """How much work that is."""
        left, right = _values_of(self.left, context), _values_of(self.right, context)
        if left is None or right is None:
            return 0
        return OPERATORS[self.operator.lower()].weigh(left, right)


@dataclass(frozen=True, slots=True)
class Negation:
    """The opposite."""

    part: "Condition"

    def judge(self, context: Context) -> Truth:
        """Unknown stays unknown."""
        found = self.part.judge(context)
        return None if found is None else not found


@dataclass(frozen=True, slots=True)
class AllOf:
    """All parts at once."""

    parts: tuple["Condition", ...]

    def judge(self, context: Context) -> Truth:
        """False as soon as one is, whatever the others are."""
        found = [part.judge(context) for part in self.parts]
        return False if False in found else None if None in found else True


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of the parts at least."""

    parts: tuple["Condition", ...]

    def judge(self, context: Context) -> Truth:
        """True as soon as one is, whatever the others are."""
        found = [part.judge(context) for part in self.parts]
        return True if True in found else None if None in found else False


Condition: TypeAlias = (
    ActionMatches | SubOperationMatches | Exists | Comparison | Negation | AllOf | AnyOf
)


def weigh_condition(condition: Condition, context: Context) -> int:
    """How much work it is to judge a condition of a call, in nanoseconds at the most."""
    match condition:
        case ActionMatches() | Comparison():
            return condition.weigh(context)
        case Negation(part):
            return weigh_condition(part, context)
        case AllOf(parts) | AnyOf(parts):
            return sum(weigh_condition(one, context) for one in parts)
        case _:
            return 0


def _values_of(operand: Operand, context: Context) -> Values | None:
    if isinstance(operand, Attribute):
        return context.attributes.get(operand.key)
    return operand
