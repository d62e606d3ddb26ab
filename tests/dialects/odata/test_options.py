import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.odata.attempts import attempt
from timebound.application.queries import Compare, Operator, Order
from timebound.dialects.odata.expansion import Expand
from timebound.dialects.odata.filter import Filter
from timebound.dialects.odata.options import (
    LONGEST_QUERY,
    QueryOptions,
    continue_query,
    parse_options,
)
from timebound.dialects.odata.problems import Flaw, ODataProblem

NAMED = Filter(Compare("displayName", Operator.EQ, "PIM Group"))

SPELLINGS = {
    "as documented": b"$filter=displayName%20eq%20'PIM%20Group'",
    "encoded name": b"%24filter=displayName%20eq%20%27PIM%20Group%27",
    "plus for blanks": b"$filter=displayName+eq+'PIM+Group'",
    "trailing blank": b"$filter=displayName%20eq%20'PIM%20Group'%20",
    "name in capitals": b"$FILTER=displayName%20eq%20'PIM%20Group'",
    "no dollar": b"filter=displayName%20eq%20'PIM%20Group'",
    "other parameters": b"api-version=2020-10-01&x&$filter=displayName eq 'PIM Group'&&y=",
}


@pytest.mark.observed("requests of unmodified clients; Graph docs, query-parameters")
@pytest.mark.parametrize("raw", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_a_filter_is_found_in_every_spelling(raw: bytes) -> None:
    assert parse_options(raw).filter == NAMED


def test_no_options_ask_for_nothing() -> None:
    assert parse_options(b"") == QueryOptions(fingerprint="\n\n")
    assert parse_options(b"api-version=1&x=$filter") == QueryOptions(fingerprint="\n\n")


@pytest.mark.observed("msgraph-sdk and CLI for Microsoft 365")
def test_all_options_of_a_list() -> None:
    options = parse_options(
        b"%24count=true&%24expand=roleDefinition(%24select%3DdisplayName,id),principal"
        b"&$select=Id,%20principalId&$orderby=createdDateTime%20desc,id&$top=5&$skip=0"
        b"&$skipToken=abc"
    )

    assert options.is_counted
    assert options.expand == (Expand("roleDefinition", ("displayName", "id")), Expand("principal"))
    assert options.select == ("Id", "principalId")
    assert options.orders == (Order("createdDateTime", is_descending=True), Order("id"))
    assert (options.top, options.skip, options.skip_token) == (5, 0, "abc")


EXPANSIONS = {
    "star": ("*", (Expand("*"),)),
    "nested": ("policy($expand=rules)", (Expand("policy", None, (Expand("rules"),)),)),
    "without dollar": ("policy(expand=rules)", (Expand("policy", None, (Expand("rules"),)),)),
    "two nested options": (
        "instance($select=id,status;$expand=definition($select=id)),principal",
        (
            Expand("instance", ("id", "status"), (Expand("definition", ("id",)),)),
            Expand("principal"),
        ),
    ),
    "narrowed": (
        "a($filter=b eq 1;$orderby=c desc;$top=2;$count=true)",
        (
            Expand(
                "a",
                filter=Filter(Compare("b", Operator.EQ, 1)),
                orders=(Order("c", is_descending=True),),
                top=2,
                is_counted=True,
            ),
        ),
    ),
    "blanks": (" a , b ( $select = x )", (Expand("a"), Expand("b", ("x",)))),
}


@pytest.mark.documented("OData 4.01 URL conventions, 5.1.3")
@pytest.mark.parametrize(("text", "expected"), EXPANSIONS.values(), ids=EXPANSIONS.keys())
def test_expand(text: str, expected: tuple[Expand, ...]) -> None:
    assert parse_options(b"$expand=" + text.encode()).expand == expected


MISTAKES = {
    "unknown option": (b"$apply=x", "$apply", Flaw.UNKNOWN_OPTION),
    "search without a clause": (b"$search=x", "$search", Flaw.MALFORMED),
    "format of another kind": (b"$format=xml", "$format", Flaw.UNSUPPORTED),
    "levels": (b"$expand=a($levels=2)", "$expand", Flaw.UNSUPPORTED),
    "skip inside expand": (b"$expand=a($skip=2)", "$expand", Flaw.UNSUPPORTED),
    "bad filter inside expand": (b"$expand=a($filter=b)", "$filter", Flaw.MALFORMED),
    "twice": (b"$top=1&%24top=1", "$top", Flaw.REPEATED),
    "twice in two spellings": (b"$top=1&top=2", "$top", Flaw.REPEATED),
    "empty": (b"$filter=", "$filter", Flaw.MALFORMED),
    "no value": (b"$top", "$top", Flaw.MALFORMED),
    "no UTF-8": (b"$filter=%ff", "$filter", Flaw.MALFORMED),
    "NUL": (b"$filter=a%20eq%20'%00'", "$filter", Flaw.MALFORMED),
    "name is no UTF-8": (b"%ff=1", "query", Flaw.MALFORMED),
    "bad filter": (b"$filter=a", "$filter", Flaw.MALFORMED),
    "negative top": (b"$top=-1", "$top", Flaw.WRONG_TYPE),
    "top in words": (b"$top=all", "$top", Flaw.WRONG_TYPE),
    "top in other digits": ("$top=٣".encode(), "$top", Flaw.WRONG_TYPE),
    "top too large": (b"$top=12345678901234567890", "$top", Flaw.WRONG_TYPE),
    "skip in words": (b"$skip=x", "$skip", Flaw.WRONG_TYPE),
    "count in words": (b"$count=yes", "$count", Flaw.WRONG_TYPE),
    "order in another direction": (b"$orderby=id%20down", "$orderby", Flaw.MALFORMED),
    "order without a name": (b"$orderby=id,", "$orderby", Flaw.MALFORMED),
    "too many orders": (b"$orderby=a,b,c,d,e,f", "$orderby", Flaw.TOO_LARGE),
    "select without a name": (b"$select=id,,x", "$select", Flaw.MALFORMED),
    "too many names": (b"$select=" + b"a," * 200 + b"a", "$select", Flaw.TOO_LARGE),
    "expand not closed": (b"$expand=a($select=b", "$expand", Flaw.MALFORMED),
    "expand closed twice": (b"$expand=a($select=b))", "$expand", Flaw.MALFORMED),
    "expand without a name": (b"$expand=($select=b)", "$expand", Flaw.MALFORMED),
    "expand with a tail": (b"$expand=a($select=b)c", "$expand", Flaw.MALFORMED),
    "expand option twice": (b"$expand=a($select=b;$select=c)", "$expand", Flaw.REPEATED),
    "expand too deep": (
        b"$expand=" + b"a($expand=" * 500 + b"a" + b")" * 500,
        "$expand",
        Flaw.TOO_LARGE,
    ),
    "too many expansions": (b"$expand=" + b"a," * 200 + b"a", "$expand", Flaw.TOO_LARGE),
    "too many": (b"&x" * 101, "query", Flaw.TOO_LARGE),
    "too long": (b"x" * (LONGEST_QUERY + 1), "query", Flaw.TOO_LARGE),
}


@pytest.mark.parametrize(("raw", "target", "flaw"), MISTAKES.values(), ids=MISTAKES.keys())
def test_mistakes_name_their_option(raw: bytes, target: str, flaw: Flaw) -> None:
    with pytest.raises(ODataProblem) as caught:
        parse_options(raw)

    assert (caught.value.target, caught.value.flaw) == (target, flaw)


def test_the_next_page_keeps_the_query_and_changes_its_place() -> None:
    raw = b"%24top=1&$filter=a%20eq%20'b'&$skip=5&%24skiptoken=old&x=\xc3\xa9"

    query = continue_query(raw, "new-token_")

    assert query == "%24top=1&$filter=a%20eq%20'b'&x=%C3%A9&$skiptoken=new-token_"
    assert parse_options(query.encode()).skip_token == "new-token_"
    assert parse_options(query.encode()).fingerprint == parse_options(raw).fingerprint


def test_a_fingerprint_tells_lists_and_orders_apart() -> None:
    base = parse_options(b"$filter=a%20eq%201&$orderby=a")

    assert parse_options(b"%24orderby=a&filter=a+eq+1").fingerprint == base.fingerprint
    assert parse_options(b"$filter=a%20eq%202&$orderby=a").fingerprint != base.fingerprint
    assert parse_options(b"$filter=a%20eq%201&$orderby=b").fingerprint != base.fingerprint


PIECES = st.sampled_from(
    [b"$filter=", b"$expand=", b"$select=", b"$orderby=", b"&", b"%", b"(", b")", b"'", b";", b","]
)


@given(st.one_of(st.binary(), st.lists(st.one_of(PIECES, st.binary(max_size=3))).map(b"".join)))
def test_garbage_is_understood_or_refused_and_nothing_else(raw: bytes) -> None:
    refused, options = attempt(parse_options, raw)

    if refused is None:
        assert isinstance(hash(options), int)
    else:
        assert refused.target
