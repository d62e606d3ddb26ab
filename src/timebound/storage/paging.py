"""Pages: one statement for each form of query, compiled once and used again."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Subquery,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from timebound.application.queries import Order, Page, Query, Value, shape
from timebound.storage.asking import Asking
from timebound.storage.compiling import Statement
from timebound.storage.conditions import Adapt, Collection, Field, Translation, order_by
from timebound.storage.rows import Row

Item = TypeVar("Item")

MOST_KEPT: Final = 1024
"""How many forms are kept; clients make them up, so beyond that all are forgotten."""

_LIMIT: Final = "page_limit"
_NOTHING: Final[ColumnElement[int]] = literal_column("0", Integer())


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a list, told by what its rows meet.

    Where an index leads through it in the order of the list it `is_led`, and a page of it reads no
    more than itself; else its rows are few, and are unled and sorted.
    """

    condition: ColumnElement[bool]
    is_led: bool = True


@dataclass(frozen=True, slots=True)
class Listed:
    """A list that can be asked for pages: its rows, the fields of queries, and its own order.

    The last of `order` is unique. With `parts` the list has the rows of each of them, and none has
    a row of another: a page is put together from a page of each.
    """

    rows: Select[Any]
    fields: Mapping[str, Field]
    order: tuple[Order, ...]
    collections: Mapping[str, Collection] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class _Form:
    """What is made of all queries of one form: statements, and how values go in and out."""

    page: Statement
    count: Statement | None
    adapters: tuple[Adapt, ...]
    readers: tuple[Adapt, ...]
    """How the values that tell a row's position are read."""


class Pager:
    """Asks lists for pages and keeps what was made of each form of query."""

    def __init__(self) -> None:
        self._forms: dict[Hashable, _Form] = {}

    async def read(
        self,
        source: Asking,
        key: Hashable,
        make: Callable[[], Listed],
        query: Query,
        parameters: Mapping[str, object],
        read_row: Callable[[Row], Item],
    ) -> Page[Item]:
        """The page that the query asks of the list that `make` makes and `key` names."""
        form_key, values = _key_of(query, key)
        form = self._forms.get(form_key)
        if form is None:
            form = self._keep(form_key, _make_form(make(), query))
        bound: dict[str, object] = {**parameters, _LIMIT: query.limit + 1}
        for number, (adapt, value) in enumerate(zip(form.adapters, values, strict=False)):
            bound[f"v{number}"] = adapt(value)
        rows = await source.ask(form.page, bound)
        total = None
        if form.count is not None:
            # What the first page tells whole is counted with it.
            is_whole = query.after is None and len(rows) <= query.limit
            total = len(rows) if is_whole else (await source.ask(form.count, bound))[0][0]
        position = None
        if len(rows) > query.limit:
            rows = rows[: query.limit]
            position = _position(rows[-1], form.readers) if rows else None
        return Page(tuple([read_row(row) for row in rows]), position, total)

    def _keep(self, key: Hashable, form: _Form) -> _Form:
        if len(self._forms) >= MOST_KEPT:
            self._forms.clear()
        self._forms[key] = form
        return form


def _key_of(query: Query, key: Hashable) -> tuple[Hashable, tuple[Value, ...]]:
    form = shape(query)
    return (key, form.key), form.values


def make_page(listed: Listed, query: Query) -> Statement:
    """The statement of the pages of a list that have the form of the query."""
    return _make_form(listed, query).page


def _make_form(listed: Listed, query: Query) -> _Form:
    orders = _whole_order(listed, query.orders)
    translation = Translation(listed.fields, listed.collections)
    kept = listed.rows.where(translation.condition(query.condition))
    whole = kept.where(or_(*(part.condition for part in listed.parts))) if listed.parts else kept
    count = Statement(select(func.count()).select_from(whole.subquery("counted")))
    if query.after is not None:
        kept = kept.where(translation.after(orders, query.after))
    position = [listed.fields[order.field] for order in orders]
    named = [f.expression.label(f"position{n}") for n, f in enumerate(position)]
    kept = kept.add_columns(*named)
    if listed.parts:
        page = _join_parts(kept, listed, orders)
    else:
        page = _cut(kept, order_by(listed.fields, orders))
    return _Form(
        Statement(page),
        count if query.is_counted else None,
        tuple(translation.adapters),
        tuple(f.read for f in position),
    )


def _join_parts(kept: Select[Any], listed: Listed, orders: Sequence[Order]) -> Select[Any]:
    """A page of the pages of the parts."""
    pages = []
    for number, part in enumerate(listed.parts):
        rows = kept.where(part.condition)
        if part.is_led:
            page = _cut(rows, order_by(listed.fields, orders))
        else:
            # Found first: in view of the order either database would walk all rows there are.
            page = _cut_found(rows.offset(_NOTHING).subquery(f"found{number}"), listed, orders)
        pages.append(select(*page.subquery(f"part{number}").c))
    return _cut_found(union_all(*pages).subquery("parts"), listed, orders)


def _cut_found(found: Subquery, listed: Listed, orders: Sequence[Order]) -> Select[Any]:
    """The first of the rows that are found, with what is to be put in order."""
    places = {
        order.field: replace(listed.fields[order.field], expression=found.c[f"position{n}"])
        for n, order in enumerate(orders)
    }
    return _cut(select(*found.c), order_by(places, orders))


def _cut(rows: Select[Any], ordered: Sequence[ColumnElement[Any]]) -> Select[Any]:
    return rows.order_by(*ordered).limit(bindparam(_LIMIT, type_=Integer()))


def _whole_order(listed: Listed, orders: Sequence[Order]) -> tuple[Order, ...]:
    if not orders:
        return listed.order
    last = listed.order[-1]
    is_unique = any(order.field == last.field for order in orders)
    # One direction throughout: an index is read from either end, but not from both.
    return tuple(orders) if is_unique else (*orders, Order(last.field, orders[-1].is_descending))


def _position(row: Row, readers: Sequence[Adapt]) -> tuple[Value, ...]:
    first = len(row) - len(readers)
    return tuple(
        None if row[first + n] is None else read(row[first + n]) for n, read in enumerate(readers)
    )
