"""The options of a list turned into the query that a store answers."""

from dataclasses import dataclass

from timebound.application.queries import Order, Position, Query
from timebound.dialects.odata.binding import bind_filter, bind_orders
from timebound.dialects.odata.options import QueryOptions
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.dialects.odata.properties import EntityType


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """How a list is told: its entity type, the field that no two rows share, its page sizes.

    A page larger than the largest is cut to that, or refused.
    """

    entity: EntityType
    unique_field: str
    page_size: int = 100
    largest_page: int = 999
    refuses_larger: bool = False


def bind_query(listing: Listing, options: QueryOptions, after: Position | None = None) -> Query:
    """The query for one page, always in an order that is total; `after` comes from a page token.

    Refused when a property does not fit, on a page of no rows, and on `$skip`, since pages go on
    by key.
    """
    if options.skip:
        raise ODataProblem(
            Flaw.UNSUPPORTED, "$skip", "$skip is not supported; follow @odata.nextLink instead."
        )
    # quirk(graph): `$top` sizes a page, not the list - Graph docs, query-parameters
    if options.top == 0:
        raise ODataProblem(Flaw.WRONG_TYPE, "$top", "$top must be 1 or more.")
    if listing.refuses_larger and (options.top or 0) > listing.largest_page:
        # quirk(graph): a page of over 999 directory objects is an error - seen by many clients
        raise ODataProblem(
            Flaw.UNSUPPORTED,
            "$top",
            f"The page size {options.top} of $top is invalid: it has to be between 1 and "
            f"{listing.largest_page}.",
        )
    orders = _make_total(bind_orders(listing.entity, options.orders), listing.unique_field)
    if after is not None and len(after) != len(orders):
        raise ODataProblem(
            Flaw.PAGE_INVALID, "$skiptoken", "The page token was not issued for this request."
        )
    return Query(
        limit=min(options.top or listing.page_size, listing.largest_page),
        condition=bind_filter(listing.entity, options.filter),
        orders=orders,
        after=after,
        is_counted=options.is_counted,
    )


def _make_total(orders: tuple[Order, ...], unique_field: str) -> tuple[Order, ...]:
    """The orders up to the unique field, which is added where it is missing.

    It goes the way of the last one, as an index does that is walked backwards.
    """
    for index, order in enumerate(orders):
        if order.field == unique_field:
            return orders[: index + 1]
    is_descending = bool(orders) and orders[-1].is_descending
    return (*orders, Order(unique_field, is_descending))
