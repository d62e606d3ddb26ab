"""Several questions in one statement: one round trip, and one snapshot answers all of them."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, ColumnElement, Select, String, cast, null, union_all
from sqlalchemy import literal_column as constant
from sqlalchemy.types import TypeEngine

from timebound.storage.columns import InstantColumn, InstantType
from timebound.storage.compiling import Statement
from timebound.storage.rows import Row

_KINDS: Final[Sequence[TypeEngine[Any]]] = (String(), InstantColumn, Boolean(), BigInteger())


class Stack:
    """Named selects under one another; each fills the columns of its kinds, the rest stay empty."""

    def __init__(self, sections: Mapping[str, Select[Any]]) -> None:
        kinds = {name: [_kind_of(c) for c in s.selected_columns] for name, s in sections.items()}
        widths = [max(found.count(kind) for found in kinds.values()) for kind in range(len(_KINDS))]
        places = {name: _place(found, widths) for name, found in kinds.items()}
        self._getters: dict[str, Callable[[Row], tuple[Any, ...]]] = {
            name: _getter(positions) for name, positions in places.items()
        }
        arms = [_pad(name, select, places[name], widths) for name, select in sections.items()]
        self.statement = Statement(union_all(*arms))

    def split(self, rows: Sequence[Row]) -> dict[str, list[tuple[Any, ...]]]:
        """The rows of each section, in the columns of its select."""
        found: dict[str, list[tuple[Any, ...]]] = {name: [] for name in self._getters}
        getters = self._getters
        for row in rows:
            name = row[0]
            found[name].append(getters[name](row))
        return found


def _kind_of(column: ColumnElement[Any]) -> int:
    kind = column.type
    if isinstance(kind, InstantType):
        return 1
    if isinstance(kind, Boolean):
        return 2
    return 3 if isinstance(kind, BigInteger) else 0


def _place(kinds: Sequence[int], widths: Sequence[int]) -> tuple[int, ...]:
    offsets = [1 + sum(widths[:kind]) for kind in range(len(widths))]
    places = []
    for kind in kinds:
        places.append(offsets[kind])
        offsets[kind] += 1
    return tuple(places)


def _getter(positions: Sequence[int]) -> Callable[[Row], tuple[Any, ...]]:
    if len(positions) > 1:
        return itemgetter(*positions)
    only = positions[0]
    return lambda row: (row[only],)


def _pad(
    name: str, select: Select[Any], places: Sequence[int], widths: Sequence[int]
) -> Select[Any]:
    columns: list[ColumnElement[Any]] = [constant(f"'{name}'", String()).label("section")]
    columns += [
        cast(null(), kind) for number, kind in enumerate(_KINDS) for _ in range(widths[number])
    ]
    for place, column in zip(places, select.selected_columns, strict=True):
        columns[place] = column
    columns[1:] = [column.label(f"c{place}") for place, column in enumerate(columns[1:], 1)]
    return select.with_only_columns(*columns)
