"""Pages of what stands in the program: filtered, sorted, counted, followed to the end."""

import pytest

from timebound.application.constants import list_constants
from timebound.application.queries import (
    And,
    AnyOf,
    Compare,
    Condition,
    Not,
    OneOf,
    Operator,
    Or,
    Order,
    Query,
    TextMatch,
    TextOperator,
)

ROWS = [(name.upper(), {"id": name, "name": f"{name}/read"}) for name in ("b", "a", "d", "c")]
IS_A = Compare("id", Operator.EQ, "A")


def names(query: Query) -> str:
    return "".join(list_constants(ROWS, query).rows)


@pytest.mark.inferred("what the query language says of conditions")
@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (And(()), "ABCD"),
        (IS_A, "A"),
        (Compare("id", Operator.NE, "a"), "BCD"),
        (OneOf("id", ("a", "D", "z")), "AD"),
        (TextMatch("name", TextOperator.STARTS_WITH, "B/"), "B"),
        (TextMatch("name", TextOperator.ENDS_WITH, "d/read"), "D"),
        (TextMatch("name", TextOperator.CONTAINS, "c/r"), "C"),
        (Or((IS_A, Compare("name", Operator.EQ, "b/READ"))), "AB"),
        (Or(()), ""),
        (Not(IS_A), "BCD"),
        (AnyOf("id", IS_A), ""),
    ],
)
def test_conditions(condition: Condition, expected: str) -> None:
    assert names(Query(10, condition)) == expected


@pytest.mark.inferred("what the query language says of pages")
def test_pages_are_followed_to_the_end() -> None:
    first = list_constants(ROWS, Query(3, is_counted=True))
    assert (first.rows, first.total) == (("A", "B", "C"), 4)
    last = list_constants(ROWS, Query(3, after=first.next_position))
    assert (last.rows, last.next_position, last.total) == (("D",), None, None)
    assert names(Query(3, after=("z",))) == ""
    downward = Query(10, orders=(Order("id", is_descending=True),))
    assert names(downward) == "DCBA"
