from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.odata.attempts import attempt
from timebound.application.queries import (
    ALWAYS,
    ELEMENT,
    And,
    AnyOf,
    Compare,
    Condition,
    Not,
    OneOf,
    Operator,
    Or,
    TextMatch,
    TextOperator,
    Value,
)
from timebound.dialects.odata.dates import format_instant
from timebound.dialects.odata.durations import format_duration
from timebound.dialects.odata.filter import DEEPEST, LONGEST, MOST_VALUES, Call, parse_filter
from timebound.dialects.odata.problems import Flaw, ODataProblem

GUID = "3cce9d87-3986-4f19-8335-7ed075408ca2"
OTHER = "62e90394-69f5-4237-9190-012177145e10"


def equal(field: str, value: Value) -> Compare:
    return Compare(field, Operator.EQ, value)


CLIENT_FILTERS = [
    ("msgraph-sdk displayName", "displayName eq 'Reader'", equal("displayName", "Reader")),
    (
        "msgraph-sdk principal and role",
        f"principalId eq '{GUID}' and roleDefinitionId eq '{OTHER}'",
        And((equal("principalId", GUID), equal("roleDefinitionId", OTHER))),
    ),
    (
        "m365 three terms with an instant",
        (
            f"principalId eq '{GUID}' and createdDateTime ge 2022-04-12T09:05:39.7594064Z"
            " and status eq 'Provisioned'"
        ),
        And(
            (
                equal("principalId", GUID),
                Compare(
                    "createdDateTime",
                    Operator.GE,
                    datetime(2022, 4, 12, 9, 5, 39, 759406, tzinfo=UTC),
                ),
                equal("status", "Provisioned"),
            )
        ),
    ),
    (
        "EasyPIM trailing blank",
        "scopeType eq 'DirectoryRole' and scopeId eq '/' ",
        And((equal("scopeType", "DirectoryRole"), equal("scopeId", "/"))),
    ),
    (
        "azure-cli any over names",
        f"servicePrincipalNames/any(c:c eq '{GUID}')",
        AnyOf("servicePrincipalNames", equal(ELEMENT, GUID)),
    ),
    (
        "azure-cli startswith",
        "startswith(displayName,'PIM Group')",
        TextMatch("displayName", TextOperator.STARTS_WITH, "PIM Group"),
    ),
    (
        "az-pim-cli parentheses and nested path",
        f"(subject/id eq '{GUID}') and (assignmentState eq 'Eligible')",
        And((equal("subject/id", GUID), equal("assignmentState", "Eligible"))),
    ),
]


@pytest.mark.observed("requests of unmodified clients against a stub")
@pytest.mark.parametrize(
    ("text", "expected"),
    [(text, expected) for _, text, expected in CLIENT_FILTERS],
    ids=[name for name, _, _ in CLIENT_FILTERS],
)
def test_what_clients_send_is_understood(text: str, expected: Condition) -> None:
    assert parse_filter(text).condition == expected


GRAMMAR = {
    "keyword in capitals": ("a EQ 1", equal("a", 1)),
    "blanks around": ("  a   eq\t1 ", equal("a", 1)),
    "null": ("a ne null", Compare("a", Operator.NE, None)),
    "true": ("a eq true", equal("a", value=True)),
    "false in capitals": ("a eq FALSE", equal("a", value=False)),
    "fraction": ("a gt -1.5", Compare("a", Operator.GT, -1.5)),
    "exponent": ("a lt 1.5e3", Compare("a", Operator.LT, 1500.0)),
    "doubled quote": ("a eq 'it''s'", equal("a", "it's")),
    "keyword in a text": ("a eq 'x and y'", equal("a", "x and y")),
    "guid without quotes": (f"a eq {GUID.upper()}", equal("a", GUID)),
    "guid in old form": (f"a eq guid'{GUID}'", equal("a", GUID)),
    "enumeration literal": ("a eq microsoft.graph.kind'x'", equal("a", "x")),
    "duration": ("a le duration'PT8H'", Compare("a", Operator.LE, timedelta(hours=8))),
    "day": ("a ge 2022-04-12", Compare("a", Operator.GE, datetime(2022, 4, 12, tzinfo=UTC))),
    "instant with offset": (
        "a ge 2022-04-12T10:00:00+02:00",
        Compare("a", Operator.GE, datetime(2022, 4, 12, 8, tzinfo=UTC)),
    ),
    "instant in old form": (
        "a ge datetimeoffset'2022-04-12T10:00:00Z'",
        Compare("a", Operator.GE, datetime(2022, 4, 12, 10, tzinfo=UTC)),
    ),
    "in": ("a in ('x', 'y')", OneOf("a", ("x", "y"))),
    "endswith": ("endsWith(a, 'x')", TextMatch("a", TextOperator.ENDS_WITH, "x")),
    "contains on a path": ("contains(a/b,'x')", TextMatch("a/b", TextOperator.CONTAINS, "x")),
    "and binds tighter than or": (
        "a eq 1 or b eq 2 and c eq 3",
        Or((equal("a", 1), And((equal("b", 2), equal("c", 3))))),
    ),
    "parentheses bind tightest": (
        "(a eq 1 or b eq 2) and c eq 3",
        And((Or((equal("a", 1), equal("b", 2))), equal("c", 3))),
    ),
    "not binds its neighbour": (
        "not a eq 1 and b eq 2",
        And((Not(equal("a", 1)), equal("b", 2))),
    ),
    "any with capital letter": ("a/Any(x:x eq 1)", AnyOf("a", equal(ELEMENT, 1))),
    "any over objects": ("a/any(x:x/b/c eq 1)", AnyOf("a", equal("b/c", 1))),
    "any in any": (
        "a/any(x:x/b/any(y:y eq 1))",
        AnyOf("a", AnyOf("b", equal(ELEMENT, 1))),
    ),
    "any of whatever kind": ("a/any()", AnyOf("a", ALWAYS)),
    "all as none that fails": ("a/all(x:x eq 1)", Not(AnyOf("a", Not(equal(ELEMENT, 1))))),
    "the number of a collection": ("a/$count eq 0", equal("a/$count", 0)),
    "property named like a keyword": ("or eq 1", equal("or", 1)),
}


@pytest.mark.documented("OData 4.01 URL conventions, 5.1.1")
@pytest.mark.parametrize(("text", "expected"), GRAMMAR.values(), ids=GRAMMAR.keys())
def test_grammar(text: str, expected: Condition) -> None:
    assert parse_filter(text).condition == expected


@pytest.mark.documented("OData 4.01 URL conventions, 5.3: parameter aliases")
def test_an_alias_stands_for_its_value() -> None:
    aliases = {"@p": "'x'", "@n": "1"}

    parsed = parse_filter("a eq @P and b in (@n,2) and startswith(c,@p)", aliases)

    assert parsed.condition == And(
        (equal("a", "x"), OneOf("b", (1, 2)), TextMatch("c", TextOperator.STARTS_WITH, "x"))
    )


@pytest.mark.documented("OData 4.01 URL conventions, 5.3: parameter aliases")
@pytest.mark.parametrize("value", ["'x' eq 'y'", "name", "", "@other"])
def test_an_alias_stands_for_one_value_alone(value: str) -> None:
    problem, _ = attempt(lambda text: parse_filter(text, {"@p": value}), "a eq @p")

    assert problem is not None
    assert problem.target == "$filter"


@pytest.mark.inferred("a dialect that has no all() has to know that it was asked for")
def test_collections_asked_with_all_are_named() -> None:
    assert parse_filter("a/all(x:x eq 1) and b/any(x:x eq 1)").universal == ("a",)


@pytest.mark.observed("azure-cli and terraform-provider-azurerm")
def test_calls_stand_beside_the_condition() -> None:
    parsed = parse_filter(f"(principalId eq '{GUID}') and atScope() and assignedTo('{OTHER}')")

    assert parsed.condition == equal("principalId", GUID)
    assert parsed.calls == (Call("atScope", ()), Call("assignedTo", (OTHER,)))
    assert parse_filter("asTarget()").condition is ALWAYS


MISTAKES = {
    "empty": ("", Flaw.MALFORMED, 0),
    "no operator": ("a", Flaw.MALFORMED, 1),
    "unknown operator": ("a like 'x'", Flaw.MALFORMED, 2),
    "no value": ("a eq ", Flaw.MALFORMED, 5),
    "name for a value": ("a eq b", Flaw.MALFORMED, 5),
    "value first": ("'x' eq a", Flaw.MALFORMED, 0),
    "open quote": ("a eq 'x", Flaw.MALFORMED, 5),
    "open parenthesis": ("(a eq 1", Flaw.MALFORMED, 7),
    "closed too often": ("a eq 1)", Flaw.MALFORMED, 6),
    "two conditions": ("a eq 1 b eq 2", Flaw.MALFORMED, 7),
    "dangling and": ("a eq 1 and", Flaw.MALFORMED, 10),
    "path ends in a slash": ("a/ 1 eq 2", Flaw.MALFORMED, 3),
    "foreign character": ("a eq #", Flaw.MALFORMED, 5),
    "month 13": ("a eq 2022-13-01T00:00:00Z", Flaw.WRONG_TYPE, 5),
    "instant without offset": ("a eq 2022-12-01T00:00:00", Flaw.WRONG_TYPE, 5),
    "day 31 of February": ("a eq 2022-02-31", Flaw.WRONG_TYPE, 5),
    "duration in months": ("a eq duration'P1M'", Flaw.WRONG_TYPE, 5),
    "unknown literal": ("a eq binary'x'", Flaw.MALFORMED, 5),
    "large number": ("a eq 9223372036854775808", Flaw.TOO_LARGE, 5),
    "huge number": (f"a eq {'9' * 5000}", Flaw.TOO_LARGE, 5),
    "infinite number": ("a eq 1e999", Flaw.TOO_LARGE, 5),
    "in without values": ("a in ()", Flaw.MALFORMED, 6),
    "text function on a number": ("startswith(a,1)", Flaw.MALFORMED, 13),
    "all without a condition": ("a/all()", Flaw.MALFORMED, 6),
    "any without a collection": ("any(x:x eq 1)", Flaw.MALFORMED, 4),
    "any on another variable": ("a/any(x:y eq 1)", Flaw.UNSUPPORTED, 10),
    "all without a collection": ("all(x:x eq 1)", Flaw.MALFORMED, 4),
    "an alias without a value": ("a eq @p", Flaw.MALFORMED, 5),
    "has": ("a has 'x'", Flaw.MALFORMED, 2),
    "call below or": ("asTarget() or a eq 1", Flaw.UNSUPPORTED, 11),
    "call behind or": ("a eq 1 or (asTarget())", Flaw.UNSUPPORTED, 22),
    "call below not": ("not asTarget()", Flaw.UNSUPPORTED, 14),
    "call inside any": ("a/any(x:asTarget())", Flaw.UNSUPPORTED, 8),
    "too long": ("a" * (LONGEST + 1), Flaw.TOO_LARGE, None),
    "nested too deep": ("(" * 3000 + "a eq 1" + ")" * 3000, Flaw.TOO_LARGE, DEEPEST),
    "negated too often": ("not " * 1000 + "a eq 1", Flaw.TOO_LARGE, 4 * DEEPEST),
}


@pytest.mark.parametrize(("text", "flaw", "position"), MISTAKES.values(), ids=MISTAKES.keys())
def test_mistakes_are_refused_where_they_stand(text: str, flaw: Flaw, position: int | None) -> None:
    with pytest.raises(ODataProblem) as caught:
        parse_filter(text)

    assert caught.value.flaw is flaw
    assert caught.value.target == "$filter"
    assert caught.value.position == position
    assert "$filter" in caught.value.message or position is not None


def test_depth_and_number_of_values_are_bounded_and_reachable() -> None:
    deep = "(" * (DEEPEST - 1) + "a eq 1" + ")" * (DEEPEST - 1)
    assert parse_filter(deep).condition == equal("a", 1)
    many = " or ".join(f"a eq {number}" for number in range(MOST_VALUES))
    assert isinstance(parse_filter(many).condition, Or)
    with pytest.raises(ODataProblem) as caught:
        parse_filter(f"{many} or a in (1)")
    assert caught.value.flaw is Flaw.TOO_LARGE


NAMES = st.sampled_from(["id", "principalId", "createdBy/user/id", "x.y/z"])
INSTANTS = st.datetimes(timezones=st.just(UTC), min_value=datetime(1900, 1, 1))  # noqa: DTZ001 - Hypothesis adds the zone
VALUES: st.SearchStrategy[Value] = st.one_of(
    st.text(),
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.booleans(),
    st.none(),
    INSTANTS,
    st.timedeltas(min_value=timedelta(), max_value=timedelta(days=9999)),
)
SINGLE: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Compare, NAMES, st.sampled_from(Operator), VALUES),
    st.builds(OneOf, NAMES, st.lists(VALUES, min_size=1, max_size=3).map(tuple)),
    st.builds(TextMatch, NAMES, st.sampled_from(TextOperator), st.text()),
    st.builds(
        AnyOf, NAMES, st.builds(Compare, st.just(ELEMENT), st.sampled_from(Operator), VALUES)
    ),
)


def combine(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(And, parts), st.builds(Or, parts), st.builds(Not, inner))


def write(condition: Condition, variable: str = "") -> str:
    """The text a client would send, written independently of the parser."""
    match condition:
        case Compare(field, operator, value):
            return f"{variable or field} {operator.value} {write_value(value)}"
        case OneOf(field, values):
            return f"{field} in ({','.join(write_value(value) for value in values)})"
        case TextMatch(field, text_operator, text):
            return f"{text_operator.value}({field},{write_value(text)})"
        case And(parts):
            return " and ".join(f"({write(part)})" for part in parts)
        case Or(parts):
            return " or ".join(f"({write(part)})" for part in parts)
        case Not(part):
            return f"not ({write(part)})"
        case AnyOf(collection, element):
            return f"{collection}/any(v:{write(element, 'v')})"


def write_value(value: Value) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return "'" + value.replace("'", "''") + "'"
        case datetime():
            return format_instant(value)
        case timedelta():
            return f"duration'{format_duration(value)}'"
        case _:
            return str(value)


@given(st.recursive(SINGLE, combine, max_leaves=6))
def test_every_condition_survives_being_written_and_read(condition: Condition) -> None:
    assert parse_filter(write(condition)).condition == condition


WORDS = st.sampled_from(
    [*"()',/:-+.@$;T0", " ", "and", "or", "not", "eq", "in", "any", "null", "a", "'x'", "1", "é"]
)


@given(
    st.one_of(st.text(), st.lists(WORDS, max_size=60).map(" ".join), st.lists(WORDS).map("".join))
)
def test_garbage_is_understood_or_refused_and_nothing_else(text: str) -> None:
    refused, parsed = attempt(parse_filter, text)

    if refused is None:
        assert isinstance(hash(parsed), int)
    else:
        assert refused.target == "$filter"
        assert refused.message
