"""From one observed call of a statement to a plan for all others, without the product's code.

The arguments of the sample call are compared with the values it was made with: what is such a value
is filled in anew for each call, a text that contains some is woven anew, all else is kept.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, Final, TypeAlias

Values: TypeAlias = tuple[Any, ...]
"""What differs from call to call, in the order of the sample that a plan was made from."""

_SHORTEST: Final = 20
"""A shorter text could stand in a document by chance."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What differs from call to call, as it was in the observed one."""

    values: Values

    def find(self, argument: object) -> int | None:
        """Which of the values the argument is."""
        if not isinstance(argument, str | datetime | list):
            return None
        return self.values.index(argument) if argument in self.values else None


@dataclass(frozen=True, slots=True)
class Plan:
    """A statement as the driver takes it, and how its arguments are put together."""

    text: str
    weaves: tuple[Callable[[Values], Any], ...]
    constants: Values
    pick: Callable[[Values], Values]

    def fill(self, values: Values) -> Values:
        """The arguments of one call."""
        if self.weaves:
            values += tuple([weave(values) for weave in self.weaves])
        return self.pick(values + self.constants)


def make_plan(text: str, arguments: Sequence[Any], sample: Sample) -> Plan:
    """The plan of a statement that was called with these arguments."""
    places: list[tuple[str, int]] = []
    weaves: list[Callable[[Values], Any]] = []
    constants: list[Any] = []
    for argument in arguments:
        index = sample.find(argument)
        if index is not None:
            places.append(("value", index))
            continue
        weave = _make_weave(argument, sample)
        kept: list[Any] = constants if weave is None else weaves
        places.append(("constant" if weave is None else "weave", len(kept)))
        kept.append(argument if weave is None else weave)
    offsets = {
        "value": 0,
        "weave": len(sample.values),
        "constant": len(sample.values) + len(weaves),
    }
    positions = [offsets[kind] + index for kind, index in places]
    return Plan(text, tuple(weaves), tuple(constants), _make_pick(positions))


def _make_pick(positions: Sequence[int]) -> Callable[[Values], Values]:
    if len(positions) > 1:
        return itemgetter(*positions)
    return lambda values: tuple(values[position] for position in positions)


def _make_weave(argument: object, sample: Sample) -> Callable[[Values], Any] | None:
    if isinstance(argument, str):
        return _weave_text(argument, sample)
    if isinstance(argument, list):
        return _weave_list(argument, sample)
    return None


def _weave_text(text: str, sample: Sample) -> Callable[[Values], str] | None:
    known: Mapping[str, int] = {
        value: index
        for index, value in enumerate(sample.values)
        if isinstance(value, str) and len(value) >= _SHORTEST
    }
    pattern = "|".join(re.escape(value) for value in sorted(known, key=len, reverse=True))
    parts = re.split(f"({pattern})", text) if known else [text]
    if len(parts) == 1:
        return None
    form = "".join("%s" if part in known else part.replace("%", "%%") for part in parts)
    pick = _make_pick([known[part] for part in parts if part in known])
    return lambda values: form % pick(values)


def _weave_list(items: Sequence[Any], sample: Sample) -> Callable[[Values], list[Any]] | None:
    plan = make_plan("", items, sample)
    if len(plan.constants) == len(items):
        return None
    return lambda values: list(plan.fill(values))
