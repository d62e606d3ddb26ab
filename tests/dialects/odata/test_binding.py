from datetime import UTC, datetime, timedelta

import pytest

from timebound.application.queries import (
    ALWAYS,
    ELEMENT,
    NEVER,
    And,
    AnyOf,
    Compare,
    Condition,
    Not,
    OneOf,
    Operator,
    Or,
    Order,
    TextMatch,
    TextOperator,
)
from timebound.dialects.odata.binding import bind_filter, bind_orders
from timebound.dialects.odata.filter import parse_filter
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.dialects.odata.properties import (
    EQUALITY,
    ORDERING,
    SEARCHING,
    Property,
    PropertyType,
    declare_entity,
    parse_choice,
)

GUID = "3cce9d87-3986-4f19-8335-7ed075408ca2"
AT = datetime(2026, 1, 31, 8, tzinfo=UTC)


def split_scope(compared: Compare) -> Condition:
    return And((Compare("scope_kind", compared.operator, "tree"), compared))


ITEM = declare_entity("item", (Property("key", operators=EQUALITY, field="key_text"),))
THING = declare_entity(
    "thing",
    (
        Property("id", PropertyType.GUID, EQUALITY, is_sortable=True),
        Property("displayName", PropertyType.FOLDED_TEXT, SEARCHING, "folded_name"),
        Property("scopeId", operators=EQUALITY, field="scope", rewrite=split_scope),
        Property("createdDateTime", PropertyType.INSTANT, ORDERING, "created_at", is_sortable=True),
        Property("length", PropertyType.DURATION, ORDERING),
        Property("size", PropertyType.NUMBER, ORDERING),
        Property("isBuiltIn", PropertyType.FLAG, EQUALITY, "is_built_in"),
        Property(
            "action",
            PropertyType.CHOICE,
            EQUALITY,
            choices={"adminAssign": "ADMIN_ASSIGN", "selfActivate": "SELF_ACTIVATE"},
        ),
        Property(
            "status",
            PropertyType.CHOICE,
            frozenset({Operator.EQ}),
            choices={"Provisioned": "provisioned"},
            has_open_choices=True,
        ),
        Property("createdBy/user/id", PropertyType.GUID, EQUALITY, "creator"),
        Property("names", operators=EQUALITY, field="all_names", is_collection=True),
        Property("items", PropertyType.COMPLEX, field="parts", is_collection=True, elements=ITEM),
        Property("note"),
    ),
)


def bind(text: str) -> Condition:
    return bind_filter(THING, parse_filter(text))


BOUND = {
    "guid in capitals": (f"ID eq '{GUID.upper()}'", Compare("id", Operator.EQ, GUID)),
    "no guid": ("id eq 'x'", NEVER),
    "not no guid": ("id ne 'x'", ALWAYS),
    "one guid of two": (f"id in ('x','{GUID}')", OneOf("id", (GUID,))),
    "folded": ("displayname eq 'STRASSE ß'", Compare("folded_name", Operator.EQ, "strasse ss")),
    "folded match": (
        "contains(displayName,'X')",
        TextMatch("folded_name", TextOperator.CONTAINS, "x"),
    ),
    "instant": (
        "createdDateTime lt 2026-01-31T08:00:00Z",
        Compare("created_at", Operator.LT, AT),
    ),
    "duration": (
        "length gt duration'PT1H'",
        Compare("length", Operator.GT, timedelta(hours=1)),
    ),
    "number": ("size le 1.5", Compare("size", Operator.LE, 1.5)),
    "flag": ("isBuiltIn eq true", Compare("is_built_in", Operator.EQ, value=True)),
    "choice in another case": (
        "action eq 'AdminAssign'",
        Compare("action", Operator.EQ, "ADMIN_ASSIGN"),
    ),
    "open choice": ("status eq 'Elsewhere'", NEVER),
    "open choice, one of two": (
        "status in ('provisioned','Elsewhere')",
        OneOf("status", ("provisioned",)),
    ),
    "null": ("createdBy/user/id eq null", Compare("creator", Operator.EQ, None)),
    "type cast in the path": (
        f"microsoft.graph.thing/id eq '{GUID}'",
        Compare("id", Operator.EQ, GUID),
    ),
    "rewritten": ("scopeId eq '/'", split_scope(Compare("scope", Operator.EQ, "/"))),
    "rewritten one by one": (
        "scopeId in ('/','/x')",
        Or(
            (
                split_scope(Compare("scope", Operator.EQ, "/")),
                split_scope(Compare("scope", Operator.EQ, "/x")),
            )
        ),
    ),
    "any of plain values": (
        "names/any(n:n eq 'a' or not (n eq 'b'))",
        AnyOf(
            "all_names",
            Or(
                (
                    Compare(ELEMENT, Operator.EQ, "a"),
                    Not(Compare(ELEMENT, Operator.EQ, "b")),
                )
            ),
        ),
    ),
    "any of objects": (
        "items/any(i:i/key eq 'a')",
        AnyOf("parts", Compare("key_text", Operator.EQ, "a")),
    ),
    "joined": (
        "not (size eq 1) and (size eq 2 or size eq 3)",
        And(
            (
                Not(Compare("size", Operator.EQ, 1)),
                Or((Compare("size", Operator.EQ, 2), Compare("size", Operator.EQ, 3))),
            )
        ),
    ),
}


@pytest.mark.parametrize(("text", "expected"), BOUND.values(), ids=BOUND.keys())
def test_wire_names_become_domain_names(text: str, expected: Condition) -> None:
    assert bind(text) == expected


def test_no_filter_is_met_by_all() -> None:
    assert bind_filter(THING, None) is ALWAYS


REFUSED = {
    "unknown": ("colour eq 'x'", "colour", Flaw.UNKNOWN_PROPERTY),
    "unknown in a path": (
        "createdBy/device/id eq 'x'",
        "createdBy/device/id",
        Flaw.UNKNOWN_PROPERTY,
    ),
    "not filterable": ("note eq 'x'", "note", Flaw.UNSUPPORTED),
    "other operator": ("status ne 'Provisioned'", "status", Flaw.UNSUPPORTED),
    "ordering a guid": ("id gt 'x'", "id", Flaw.UNSUPPORTED),
    "text function": ("startswith(scopeId,'x')", "scopeId", Flaw.UNSUPPORTED),
    "in where eq is not": ("note in ('x')", "note", Flaw.UNSUPPORTED),
    "text for an instant": ("createdDateTime ge '2026'", "createdDateTime", Flaw.WRONG_TYPE),
    "null in an order": ("createdDateTime ge null", "createdDateTime", Flaw.UNSUPPORTED),
    "number for text": ("displayName eq 1", "displayName", Flaw.WRONG_TYPE),
    "flag for a number": ("size eq true", "size", Flaw.WRONG_TYPE),
    "number for a flag": ("isBuiltIn eq 1", "isBuiltIn", Flaw.WRONG_TYPE),
    "text for a flag": ("isBuiltIn eq 'true'", "isBuiltIn", Flaw.WRONG_TYPE),
    "instant for a guid": ("id eq 2026-01-31T08:00:00Z", "id", Flaw.WRONG_TYPE),
    "unknown choice": ("action eq 'adminDance'", "action", Flaw.WRONG_TYPE),
    "wrong type inside in": ("size in (1,'x')", "size", Flaw.WRONG_TYPE),
    "collection compared": ("names eq 'x'", "names", Flaw.UNSUPPORTED),
    "any of no collection": ("id/any(i:i eq 'x')", "id", Flaw.UNSUPPORTED),
    "property of a plain value": ("names/any(n:n/x eq 'a')", "names", Flaw.UNSUPPORTED),
    "unknown inside any": ("items/any(i:i/x eq 'a')", "x", Flaw.UNKNOWN_PROPERTY),
    "unknown function": ("asTarget()", "$filter", Flaw.UNSUPPORTED),
}


@pytest.mark.parametrize(("text", "target", "flaw"), REFUSED.values(), ids=REFUSED.keys())
def test_what_does_not_fit_is_refused_by_name(text: str, target: str, flaw: Flaw) -> None:
    with pytest.raises(ODataProblem) as caught:
        bind(text)

    assert (caught.value.target, caught.value.flaw) == (target, flaw)
    assert target in caught.value.message


@pytest.mark.documented("the OData library's message for an unknown property")
def test_an_unknown_property_is_told_with_its_type() -> None:
    with pytest.raises(ODataProblem, match=r"'colour' on type 'microsoft\.graph\.thing'"):
        bind("colour eq 'x'")


def test_orders_are_bound() -> None:
    orders = (Order("CREATEDdatetime", is_descending=True), Order("id"))

    assert bind_orders(THING, orders) == (Order("created_at", is_descending=True), Order("id"))


@pytest.mark.parametrize(
    ("names", "target", "flaw"),
    [
        (("colour",), "colour", Flaw.UNKNOWN_PROPERTY),
        (("note",), "note", Flaw.UNSUPPORTED),
        (("id", "ID"), "id", Flaw.REPEATED),
    ],
    ids=["unknown", "not sortable", "repeated"],
)
def test_orders_that_do_not_fit_are_refused(
    names: tuple[str, ...], target: str, flaw: Flaw
) -> None:
    with pytest.raises(ODataProblem) as caught:
        bind_orders(THING, tuple(Order(name) for name in names))

    assert (caught.value.target, caught.value.flaw) == (target, flaw)


def test_a_choice_is_read_in_any_case_and_refused_with_the_names_there_are() -> None:
    assert parse_choice("SELFactivate", {"selfActivate": 1}, "action") == 1
    with pytest.raises(ODataProblem, match="'dance' of 'action' is none of selfActivate, x") as at:
        parse_choice("dance", {"selfActivate": 1, "x": 2}, "action")
    assert at.value.target == "action"
