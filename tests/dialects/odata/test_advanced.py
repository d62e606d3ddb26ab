import pytest

from timebound.application.queries import Operator, TextOperator
from timebound.dialects.odata.advanced import name_advanced
from timebound.dialects.odata.options import parse_options
from timebound.dialects.odata.properties import (
    EQUALITY,
    AnyOperator,
    Property,
    PropertyType,
    declare_entity,
)

STARTS, ENDS = TextOperator.STARTS_WITH, TextOperator.ENDS_WITH
TEXTS: frozenset[AnyOperator] = frozenset({*EQUALITY, STARTS, ENDS})
ONLY: frozenset[AnyOperator] = frozenset({Operator.NE, ENDS})
LICENSE = declare_entity("license", (Property("sku", operators=EQUALITY, advanced=ONLY),))
THING = declare_entity(
    "thing",
    (
        Property("name", operators=TEXTS, advanced=ONLY, is_sortable=True),
        Property("place", operators=TEXTS, advanced=TEXTS),
        Property("made", PropertyType.INSTANT, is_sortable=True, has_advanced_order=True),
        Property("mails", operators=TEXTS, advanced=ONLY, is_collection=True),
        Property("licenses", is_collection=True, elements=LICENSE),
    ),
)
QUERIES = {
    "nothing": ("", None),
    "eq": ("$filter=name eq 'x'", None),
    "in": ("$filter=name in ('x')", None),
    "startswith": ("$filter=startswith(name,'x')", None),
    "any": ("$filter=mails/any(m:m eq 'x' or startswith(m,'y'))", None),
    "any over objects": ("$filter=licenses/any(l:l/sku eq 'x')", None),
    "order": ("$orderby=name", None),
    "ne": ("$filter=name eq 'x' and name ne 'y'", "Operator 'ne' on 'name'"),
    "endswith": ("$filter=name eq 'x' or endswith(NAME,'y')", "Operator 'endswith' on 'name'"),
    "not": ("$filter=not name eq 'x'", "Operator 'not'"),
    "not within": ("$filter=mails/any(m:not m eq 'x')", "Operator 'not'"),
    "ne within": ("$filter=mails/any(m:m ne 'x')", "Operator 'ne' on 'mails'"),
    "ne within objects": ("$filter=licenses/any(l:l/sku ne 'x')", "Operator 'ne' on 'sku'"),
    "a number": ("$filter=mails/$count eq 0", "'mails/$count'"),
    "an advanced property": ("$filter=place in ('x')", "Operator 'in' on 'place'"),
    "an advanced order": ("$orderby=made", "$orderby of 'made'"),
    "both": ("$filter=name eq 'x'&$orderby=name", "$filter together with $orderby"),
}


@pytest.mark.documented("Graph docs, aad-advanced-queries")
@pytest.mark.parametrize(("query", "expected"), QUERIES.values(), ids=QUERIES.keys())
def test_what_makes_a_query_advanced_is_named(query: str, expected: str | None) -> None:
    assert name_advanced(THING, parse_options(query.encode())) == expected
