import pytest

from timebound.application.queries import ALWAYS, Compare, Operator, Order, Position, Query
from timebound.dialects.odata.listing import Listing, bind_query
from timebound.dialects.odata.options import parse_options
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.dialects.odata.properties import EQUALITY, Property, declare_entity

THING = declare_entity(
    "thing",
    (
        Property("id", operators=EQUALITY, field="thing_id", is_sortable=True),
        Property("name", is_sortable=True),
        Property("size", is_sortable=True),
    ),
)
LISTING = Listing(THING, "thing_id", page_size=20, largest_page=50)
BY_ID = (Order("thing_id"),)


def bind(raw: bytes, after: Position | None = None) -> Query:
    return bind_query(LISTING, parse_options(raw), after)


QUERIES = {
    "nothing asked": (b"", Query(20, ALWAYS, BY_ID)),
    "page of one": (b"$top=1", Query(1, ALWAYS, BY_ID)),
    "page too large": (b"$top=51", Query(50, ALWAYS, BY_ID)),
    "no rows skipped": (b"$skip=0", Query(20, ALWAYS, BY_ID)),
    "filtered and counted": (
        b"$filter=id%20eq%20'x'&$count=true",
        Query(20, Compare("thing_id", Operator.EQ, "x"), BY_ID, is_counted=True),
    ),
    "sorted": (
        b"$orderby=name%20desc",
        Query(
            20,
            ALWAYS,
            (Order("name", is_descending=True), Order("thing_id", is_descending=True)),
        ),
    ),
    "sorted both ways": (
        b"$orderby=name%20desc,size",
        Query(20, ALWAYS, (Order("name", is_descending=True), Order("size"), Order("thing_id"))),
    ),
    "sorted by what is unique": (
        b"$orderby=id%20desc,name",
        Query(20, ALWAYS, (Order("thing_id", is_descending=True),)),
    ),
}


@pytest.mark.parametrize(("raw", "expected"), QUERIES.values(), ids=QUERIES.keys())
def test_a_query_is_made_of_the_options(raw: bytes, expected: Query) -> None:
    assert bind(raw) == expected


def test_a_query_goes_on_after_a_position() -> None:
    assert bind(b"$orderby=name", ("n", "i")).after == ("n", "i")


@pytest.mark.parametrize(
    ("raw", "after", "target", "flaw"),
    [
        (b"$top=0", None, "$top", Flaw.WRONG_TYPE),
        (b"$skip=1", None, "$skip", Flaw.UNSUPPORTED),
        (b"$orderby=colour", None, "colour", Flaw.UNKNOWN_PROPERTY),
        (b"$filter=name%20eq%20'x'", None, "name", Flaw.UNSUPPORTED),
        (b"$orderby=name", ("i",), "$skiptoken", Flaw.PAGE_INVALID),
    ],
    ids=[
        "page of none",
        "skip",
        "unknown order",
        "unsupported filter",
        "position of another order",
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    raw: bytes, after: Position | None, target: str, flaw: Flaw
) -> None:
    with pytest.raises(ODataProblem) as caught:
        bind(raw, after)

    assert (caught.value.target, caught.value.flaw) == (target, flaw)
