"""The kinds of entity: how each is shown, and what can be shown beside it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from timebound.application.queries import And, OneOf, Query
from timebound.dialects.graph.call import Call
from timebound.dialects.graph.convert.wording import Wording
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.dialects.odata.select import Expansion, Projection, project

Row = TypeVar("Row")

Shown: TypeAlias = dict[str, object]
Find: TypeAlias = Callable[[Call, Sequence[Any]], Awaitable[Sequence[Any]]]
"""Finds for each row the one it points at (None: nothing there), asking the store once for all."""


@dataclass(frozen=True, slots=True)
class Narrow:
    """How targets are filtered and sorted: the store is asked for those of some ids that fit."""

    id_of: Callable[[Any], str]
    ask: Callable[[Call, Query], Awaitable[Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class Link:
    """A navigation: how to find what rows point at, and which kind that is; `many` of it or one.

    Without `narrow` all of it is shown or none.
    """

    find: Find
    kind: "Callable[[], Kind[Any]]"
    is_many: bool = False
    narrow: Narrow | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Kind(Generic[Row]):
    """A published entity type: its rows shown in words, and its links by published name.

    `keep_defaults` cuts what is shown of a row when nothing is selected.
    """

    type_name: str
    show: Callable[[Row, Wording], Shown]
    links: Mapping[str, Link] = field(default_factory=dict)
    keep_defaults: Callable[[Row, Shown], Shown] | None = None


async def show_rows(
    call: Call, kind: Kind[Any], rows: Sequence[Any], wording: Wording, projection: Projection
) -> list[Shown]:
    """The rows as asked for: shown, with what is expanded beside them, and projected."""
    items = [kind.show(row, wording) for row in rows]
    if kind.keep_defaults is not None and projection.names is None:
        items = [kind.keep_defaults(row, item) for row, item in zip(rows, items, strict=True)]
    for expansion in projection.expansions:
        name = expansion.navigation.name
        link = kind.links[name]
        found = await link.find(call, rows)
        if expansion.narrowed is not None:
            found = await _narrow(call, link, found, expansion)
            if expansion.narrowed.is_counted:
                for item, group in zip(items, found, strict=True):
                    item[f"{name}@odata.count"] = len(group)
            found = [group[: expansion.narrowed.limit] for group in found]
        shown = await _show_found(call, link, found, wording, expansion.projection)
        for item, target in zip(items, shown, strict=True):
            item[name] = target
    return items if projection.is_whole else [project(item, projection) for item in items]


async def _narrow(
    call: Call, link: Link, groups: Sequence[Sequence[Any]], expansion: Expansion
) -> list[list[Any]]:
    """Of what stands beside each row, that which the client asks for, in the order it asks."""
    narrow, query = link.narrow, expansion.narrowed
    if narrow is None or query is None:
        name = expansion.navigation.name
        raise ODataProblem(
            Flaw.UNSUPPORTED,
            "$expand",
            f"$expand of '{name}' takes no $filter, $orderby, $top or $count inside.",
        )
    ids = tuple(dict.fromkeys(narrow.id_of(one) for group in groups for one in group))
    asked = Query(max(len(ids), 1), And((OneOf("id", ids), query.condition)), query.orders)
    fitting = {narrow.id_of(one): n for n, one in enumerate(await narrow.ask(call, asked))}
    return [
        sorted(
            (one for one in group if narrow.id_of(one) in fitting),
            key=lambda one: fitting[narrow.id_of(one)],
        )
        for group in groups
    ]


async def _show_found(
    call: Call, link: Link, found: Sequence[Any], wording: Wording, projection: Projection
) -> Sequence[object]:
    """What stands beside each row: an entity, null, or a list of entities."""
    groups = found if link.is_many else [() if one is None else (one,) for one in found]
    flat = [one for group in groups for one in group]
    shown = iter(await show_rows(call, link.kind(), flat, wording, projection))
    lists = [[next(shown) for _ in group] for group in groups]
    return lists if link.is_many else [one[0] if one else None for one in lists]
