from datetime import UTC, datetime

from timebound.application.queries import (
    ALWAYS,
    And,
    AnyOf,
    Compare,
    Not,
    OneOf,
    Operator,
    Or,
    Order,
    Query,
    TextMatch,
    TextOperator,
    Value,
    find_pinned_values,
    shape,
)

AT = datetime(2026, 1, 31, 8, tzinfo=UTC)


def equal(field: str, value: Value) -> Compare:
    return Compare(field, Operator.EQ, value)


def make_query(first: Value, text: str, number: int, *, limit: int = 10) -> Query:
    return Query(
        limit,
        And(
            (
                equal("a", first),
                Or((TextMatch("b", TextOperator.CONTAINS, text), Not(equal("c", number)))),
                AnyOf("d", OneOf("", (text, None))),
            )
        ),
        (Order("e", is_descending=True), Order("id")),
        (AT, text),
    )


def test_values_are_taken_out_in_order() -> None:
    taken = shape(make_query("x", "y", 3))

    assert taken.values == ("x", "y", 3, "y", AT, "y", 10)


def test_queries_of_one_form_share_their_key() -> None:
    one, other = shape(make_query("x", "y", 3)), shape(make_query("u", "v", 4, limit=20))

    assert one.key == other.key
    assert hash(one.key) == hash(other.key)
    assert one.values != other.values


def test_queries_of_other_forms_have_other_keys() -> None:
    base = Query(10, equal("a", "x"), (Order("id"),), ("p",))
    others = [
        Query(10, equal("a", None), (Order("id"),), ("p",)),
        Query(10, equal("b", "x"), (Order("id"),), ("p",)),
        Query(10, equal("a", 1), (Order("id"),), ("p",)),
        Query(10, Compare("a", Operator.NE, "x"), (Order("id"),), ("p",)),
        Query(10, OneOf("a", ("x",)), (Order("id"),), ("p",)),
        Query(10, OneOf("a", ("x", "y")), (Order("id"),), ("p",)),
        Query(10, TextMatch("a", TextOperator.CONTAINS, "x"), (Order("id"),), ("p",)),
        Query(10, TextMatch("a", TextOperator.ENDS_WITH, "x"), (Order("id"),), ("p",)),
        Query(10, And((equal("a", "x"),)), (Order("id"),), ("p",)),
        Query(10, Or((equal("a", "x"),)), (Order("id"),), ("p",)),
        Query(10, Not(equal("a", "x")), (Order("id"),), ("p",)),
        Query(10, AnyOf("a", equal("", "x")), (Order("id"),), ("p",)),
        Query(10, equal("a", "x"), (Order("id", is_descending=True),), ("p",)),
        Query(10, equal("a", "x"), (Order("id"),)),
        Query(10, equal("a", "x"), (Order("id"),), (None,)),
        Query(10, equal("a", "x"), (Order("id"),), ("p",), is_counted=True),
    ]

    assert len({shape(query).key for query in [base, *others]}) == 1 + len(others)


def test_pinned_values_are_those_of_a_conjunction() -> None:
    condition = And(
        (
            equal("a", "x"),
            And((OneOf("b", ("y",)), equal("a", "z"))),
            Or((equal("c", 1), equal("c", 1))),
            Not(equal("d", 1)),
            OneOf("e", (1, 2)),
            Compare("f", Operator.NE, 1),
            equal("g", None),
        )
    )

    assert find_pinned_values(condition) == {"a": "x", "b": "y", "g": None}
    assert find_pinned_values(ALWAYS) == {}
