"""How the values of attributes compare: the operators of conditions, and what they cost.

Source: Azure documentation of the format of role assignment conditions.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from math import isnan
from typing import Any, Final, TypeAlias

from timebound.domain.folding import fold, raise_letters

Values: TypeAlias = tuple[str, ...]
_TRUTHS: Final = frozenset({"true", "false"})
_OVERHEAD: Final = 16
_BEYOND: Final = 50
"""The casing of a text with letters beyond ASCII is looked up letter by letter."""
_SINGLE: Final = 48
"""A pattern with `?` is held against a text letter by letter."""


class Quantifier(Enum):
    """How several values on either side are compared: of the left, with those of the right."""

    ANY_ANY = "ForAnyOfAnyValues"
    ALL_ANY = "ForAllOfAnyValues"
    ANY_ALL = "ForAnyOfAllValues"
    ALL_ALL = "ForAllOfAllValues"


_ANY_OF: Final = frozenset({Quantifier.ANY_ANY, Quantifier.ANY_ALL})
_OF_ANY: Final = frozenset({Quantifier.ANY_ANY, Quantifier.ALL_ANY})
_OPPOSITES: Final[Mapping[Quantifier, Quantifier]] = {
    Quantifier.ANY_ANY: Quantifier.ALL_ALL,
    Quantifier.ALL_ALL: Quantifier.ANY_ANY,
    Quantifier.ALL_ANY: Quantifier.ANY_ALL,
    Quantifier.ANY_ALL: Quantifier.ALL_ANY,
}
"""Not all of one side is what some of it is not."""
_Read: TypeAlias = Callable[[str], Any]
_Relation: TypeAlias = Callable[[Sequence[Any], Sequence[Any], Quantifier], bool]


@dataclass(frozen=True, slots=True)
class Operator:
    """A comparison, or the opposite of one: how a value is read, and what the values are held to.

    `is_pairwise` where each value of one side is held against each of the other.
    """

    read: _Read
    relation: _Relation
    is_pairwise: bool = False
    is_negative: bool = False

    def compare(self, left: Values, right: Values, quantifier: Quantifier | None) -> bool:
        """Whether the values compare so; of no value nothing holds.

        Raises `ValueError` where one makes no sense to it, and of several without a quantifier.
        """
        if quantifier is None and (len(left) != 1 or len(right) != 1):
            raise ValueError("several values need a quantifier")
        how = quantifier or Quantifier.ANY_ANY
        ours, theirs = [self.read(one) for one in left], [self.read(one) for one in right]
        if not ours:
            return False
        if self.is_negative:
            return not self.relation(ours, theirs, _OPPOSITES[how])
        return self.relation(ours, theirs, how)

    def weigh(self, left: Values, right: Values) -> int:
        """How much work that is, in nanoseconds at the most."""
        reading = _weigh_letters(left) + _weigh_letters(right)
        if not self.is_pairwise:
            return weigh_text(left) + weigh_text(right) + reading
        return weigh_text(left) * weigh_pattern(right) + reading


def weigh_text(values: Values) -> int:
    """How much work it is to look at texts."""
    return sum(map(len, values)) + _OVERHEAD * len(values)


def _weigh_letters(values: Values) -> int:
    """How much more work it is to read texts for the letters beyond ASCII that they have."""
    return _BEYOND * sum(len(one) for one in values if not one.isascii())


def weigh_pattern(values: Values) -> int:
    """How much work it is to hold one letter against patterns."""
    return sum((len(one) + _OVERHEAD) * (_SINGLE if "?" in one else 1) for one in values)


def matches_pattern(name: str, pattern: str) -> bool:
    """Whether a name fits a pattern with `*` for any text, in any case."""
    return _fits(fold(name), fold(pattern), str.startswith, str.find)


def _like(text: str, pattern: str) -> bool:
    """Whether a text fits a pattern with `*` for any text and `?` for any letter."""
    if "?" in pattern:
        return _fits(text, pattern, _is_at, _find)
    return _fits(text, pattern, str.startswith, str.find)


def _fits(
    text: str,
    pattern: str,
    is_at: Callable[[str, str, int], bool],
    find: Callable[[str, str, int], int],
) -> bool:
    """Whether the parts of a pattern between its `*` follow one another in the text."""
    first, *rest = pattern.split("*")
    if not rest:
        return len(text) == len(first) and is_at(text, first, 0)
    if not is_at(text, first, 0):
        return False
    place = len(first)
    for part in rest[:-1]:
        found = find(text, part, place)
        if found < 0:
            return False
        place = found + len(part)
    end = len(text) - len(rest[-1])
    return end >= place and is_at(text, rest[-1], end)


def _is_at(text: str, part: str, place: int) -> bool:
    if place + len(part) > len(text):
        return False
    return all(wanted in {"?", text[place + at]} for at, wanted in enumerate(part))


def _find(text: str, part: str, start: int) -> int:
    places = range(start, len(text) - len(part) + 1)
    return next((place for place in places if _is_at(text, part, place)), -1)


def _are_equal(left: Sequence[Any], right: Sequence[Any], quantifier: Quantifier) -> bool:
    ours, theirs = set(left), set(right)
    match quantifier:
        case Quantifier.ANY_ANY:
            return not ours.isdisjoint(theirs)
        case Quantifier.ALL_ANY:
            return ours <= theirs
        case Quantifier.ANY_ALL:
            return not theirs or (len(theirs) == 1 and theirs <= ours)
        case Quantifier.ALL_ALL:
            return not theirs or (len(theirs) == 1 and ours == theirs)


def _pair(test: Callable[[str, str], bool]) -> _Relation:
    """Each value of one side is held against each of the other."""

    def hold(left: Sequence[str], right: Sequence[str], quantifier: Quantifier) -> bool:
        some = any if quantifier in _ANY_OF else all
        others = any if quantifier in _OF_ANY else all
        return some(others(test(one, other) for other in right) for one in left)

    return hold


_Pick: TypeAlias = Callable[[Sequence[float]], float]


def _order(test: Callable[[float, float], bool], low: _Pick, high: _Pick) -> _Relation:
    """What holds of the value on each side that it holds of the soonest, or the latest."""

    def hold(left: Sequence[float], right: Sequence[float], quantifier: Quantifier) -> bool:
        if not right:
            return quantifier not in _OF_ANY
        ours = low if quantifier in _ANY_OF else high
        theirs = high if quantifier in _OF_ANY else low
        return test(ours(left), theirs(right))

    return hold


def _read_number(value: str) -> float:
    number = float(value)
    if isnan(number):
        raise ValueError("no number")
    return number


def _read_truth(value: str) -> str:
    if value.lower() not in _TRUTHS:
        raise ValueError("no truth value")
    return value.lower()


def _read_time(value: str) -> str:
    """Times are compared with a clock that no call brings along."""
    raise ValueError(f"{value[:80]} is not compared")


_STRINGS: Final[Mapping[str, tuple[_Relation, bool]]] = {
    "Equals": (_are_equal, False),
    "Like": (_pair(_like), True),
    "StartsWith": (_pair(str.startswith), True),
}
_NUMBERS: Final[Mapping[str, _Relation]] = {
    "Equals": _are_equal,
    "LessThan": _order(float.__lt__, min, max),
    "LessThanEquals": _order(float.__le__, min, max),
    "GreaterThan": _order(float.__gt__, max, min),
    "GreaterThanEquals": _order(float.__ge__, max, min),
}


def _list_operators() -> Mapping[str, Operator]:
    found = {
        "GuidEquals": Operator(fold, _are_equal),
        "BoolEquals": Operator(_read_truth, _are_equal),
    }
    for name, (relation, is_pairwise) in _STRINGS.items():
        found[f"String{name}"] = Operator(str, relation, is_pairwise)
        found[f"String{name}IgnoreCase"] = Operator(raise_letters, relation, is_pairwise)
    for name, order in _NUMBERS.items():
        found[f"Numeric{name}"] = Operator(_read_number, order)
        for kind in ("DateTime", "Time"):
            found[f"{kind}{name}"] = Operator(_read_time, order)
    return {name.lower(): one for name, one in {**found, **_deny(found)}.items()}


def _deny(found: Mapping[str, Operator]) -> Mapping[str, Operator]:
    """The opposites of those that have one; of less and greater that is the other one."""
    denied: dict[str, Operator] = {}
    for kind in ("Guid", "Bool", "String", "Numeric", "DateTime", "Time"):
        for name in [one for one in found if one.startswith(kind)]:
            rest = name.removeprefix(kind)
            if not rest.startswith(("Less", "Greater")):
                denied[f"{kind}Not{rest}"] = replace(found[name], is_negative=True)
    return denied


OPERATORS: Final = _list_operators()
"""The comparisons by their names in lower case; what those of times say is never known."""
