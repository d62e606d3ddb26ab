"""Conditions of role assignments: read into a tree, and judged for one call.

The published language of conditions, version 2.0: comparisons of attributes of the request, the
resource and the principal, joined by `AND`, `OR` and `!`. What cannot be known of a call is neither
true nor false; only a condition that comes out true lets an assignment grant anything.
Source: Azure documentation of the format of role assignment conditions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase
from typing import Final, TypeAlias


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


Values: TypeAlias = tuple[str, ...]
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


class Quantifier(Enum):
    """How several values on either side are compared: of the left, with those of the right."""

    ANY_ANY = "ForAnyOfAnyValues"
    ALL_ANY = "ForAllOfAnyValues"
    ANY_ALL = "ForAnyOfAllValues"
    ALL_ALL = "ForAllOfAllValues"


@dataclass(frozen=True, slots=True)
class ActionMatches:
    """Whether the action of the call fits a pattern."""

    pattern: str

    def judge(self, context: Context) -> Truth:
        """True or false, always."""
        return matches_pattern(context.action, self.pattern)


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
            return _compare(OPERATORS[self.operator.lower()], left, right, self.quantifier)
        except ValueError:
            return None


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
_Test: TypeAlias = Callable[[str, str], bool]


def matches_pattern(name: str, pattern: str) -> bool:
    """Whether a name fits a pattern with `*` for any text, in any case."""
    return fnmatchcase(name.lower(), pattern.lower().replace("[", "[[]").replace("?", "[?]"))


def _values_of(operand: Operand, context: Context) -> Values | None:
    if isinstance(operand, Attribute):
        return context.attributes.get(operand.key)
    return operand


def _compare(
    operator: "_Operator", left: Values, right: Values, quantifier: Quantifier | None
) -> bool:
    """Whether the values compare so; a negative operator is the opposite of its positive one."""
    if quantifier is None and (len(left) != 1 or len(right) != 1):
        raise ValueError("several values need a quantifier")
    match quantifier:
        case Quantifier.ALL_ANY:
            return bool(left) and all(any(operator.holds(a, b) for b in right) for a in left)
        case Quantifier.ANY_ALL:
            return any(all(operator.holds(a, b) for b in right) for a in left)
        case Quantifier.ALL_ALL:
            return bool(left) and all(operator.holds(a, b) for a in left for b in right)
        case _:
            return any(operator.holds(a, b) for a in left for b in right)


@dataclass(frozen=True, slots=True)
class _Operator:
    """A comparison, or the opposite of one."""

    test: _Test
    is_negative: bool = False

    def holds(self, left: str, right: str) -> bool:
        """Whether two values compare so; raises `ValueError` where they make no sense to it."""
        return self.test(left, right) is not self.is_negative


def _fold(test: _Test) -> _Test:
    return lambda left, right: test(left.lower(), right.lower())


def _number(test: Callable[[float, float], bool]) -> _Test:
    return lambda left, right: test(float(left), float(right))


def _equals(left: str, right: str) -> bool:
    return left == right


def _like(left: str, right: str) -> bool:
    return fnmatchcase(left, right.replace("[", "[[]"))


def _truth(left: str, right: str) -> bool:
    if {left.lower(), right.lower()} - {"true", "false"}:
        raise ValueError("no truth value")
    return left.lower() == right.lower()


_STRINGS: Final[Mapping[str, _Test]] = {
    "Equals": _equals,
    "Like": _like,
    "StartsWith": str.startswith,
}
_NUMBERS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "Equals": float.__eq__,
    "LessThan": float.__lt__,
    "LessThanEquals": float.__le__,
    "GreaterThan": float.__gt__,
    "GreaterThanEquals": float.__ge__,
}


def _unjudged(left: str, right: str) -> bool:
    """Times are compared with a clock that no call brings along."""
    raise ValueError(f"{left} and {right} are not compared")


def _list_operators() -> Mapping[str, _Operator]:
    found = {"GuidEquals": _Operator(_fold(_equals)), "BoolEquals": _Operator(_truth)}
    found |= {f"String{name}": _Operator(test) for name, test in _STRINGS.items()}
    found |= {f"String{name}IgnoreCase": _Operator(_fold(test)) for name, test in _STRINGS.items()}
    found |= {f"Numeric{name}": _Operator(_number(test)) for name, test in _NUMBERS.items()}
    found |= {
        f"{kind}{name}": _Operator(_unjudged) for kind in ("DateTime", "Time") for name in _NUMBERS
    }
    for kind in ("Guid", "Bool", "String", "Numeric", "DateTime", "Time"):
        for name in [one for one in found if one.startswith(kind)]:
            rest = name.removeprefix(kind)
            if not rest.startswith(("Less", "Greater")):
                found[f"{kind}Not{rest}"] = _Operator(found[name].test, is_negative=True)
    return {name.lower(): operator for name, operator in found.items()}


OPERATORS: Final = _list_operators()
"""The comparisons by their names in lower case; what those of times say is never known."""
