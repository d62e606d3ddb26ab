import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.odata.attempts import attempt
from timebound.application.queries import (
    ELEMENT,
    NEVER,
    And,
    AnyOf,
    Condition,
    Or,
    TextMatch,
    TextOperator,
)
from timebound.dialects.odata.binding import bind_search
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.dialects.odata.properties import Property, PropertyType, declare_entity
from timebound.dialects.odata.search import parse_search

BEGINNING = frozenset({TextOperator.STARTS_WITH})
THING = declare_entity(
    "thing",
    (
        Property("name", PropertyType.FOLDED_TEXT, BEGINNING, "name_key", words="name_words"),
        Property("mail", PropertyType.FOLDED_TEXT, BEGINNING, "mail_key"),
        Property("tags", PropertyType.FOLDED_TEXT, BEGINNING, "tags", is_collection=True),
        Property("colour"),
    ),
)


def starts(field: str, text: str) -> TextMatch:
    return TextMatch(field, TextOperator.STARTS_WITH, text)


SEARCHES = {
    "one clause": ('"name:x y"', starts("name", "x y")),
    "blanks": (' "name: x " ', starts("name", "x")),
    "and": ('"name:x" AND "mail:y"', And((starts("name", "x"), starts("mail", "y")))),
    "and binds tighter": (
        '"a:1" OR "b:2" AND "c:3"',
        Or((starts("a", "1"), And((starts("b", "2"), starts("c", "3"))))),
    ),
    "parentheses": (
        '("a:1" OR "b:2") AND "c:3"',
        And((Or((starts("a", "1"), starts("b", "2"))), starts("c", "3"))),
    ),
    "escaped": (r'"a:say \"x\\y\""', starts("a", r'say "x\y"')),
    "a colon in the text": ('"a:smtp:x"', starts("a", "smtp:x")),
}


@pytest.mark.documented("Graph docs, search-query-parameter: the syntax of a search")
@pytest.mark.parametrize(("text", "expected"), SEARCHES.values(), ids=SEARCHES.keys())
def test_a_search_is_understood(text: str, expected: Condition) -> None:
    assert parse_search(text) == expected


MISTAKES = {
    "no quotes": ("name:x", Flaw.MALFORMED),
    "no property": ('"x"', Flaw.MALFORMED),
    "no text": ('"name: "', Flaw.MALFORMED),
    "small and": ('"a:1" and "b:2"', Flaw.MALFORMED),
    "two clauses": ('"a:1" "b:2"', Flaw.MALFORMED),
    "nothing after and": ('"a:1" AND', Flaw.MALFORMED),
    "open quote": ('"a:1', Flaw.MALFORMED),
    "open parenthesis": ('("a:1"', Flaw.MALFORMED),
    "too deep": ("(" * 50 + '"a:1"' + ")" * 50, Flaw.TOO_LARGE),
    "too many": (" OR ".join(['"a:1"'] * 30), Flaw.TOO_LARGE),
    "too long": ('"a:' + "x" * 3000 + '"', Flaw.TOO_LARGE),
}


@pytest.mark.documented("Graph docs, search-query-parameter: the syntax of a search")
@pytest.mark.parametrize(("text", "flaw"), MISTAKES.values(), ids=MISTAKES.keys())
def test_mistakes_name_the_option(text: str, flaw: Flaw) -> None:
    with pytest.raises(ODataProblem) as caught:
        parse_search(text)

    assert (caught.value.target, caught.value.flaw) == ("$search", flaw)


BOUND = {
    "words": (
        '"NAME:One Video"',
        And(
            (
                AnyOf("name_words", starts(ELEMENT, "one")),
                AnyOf("name_words", starts(ELEMENT, "video")),
            )
        ),
    ),
    "symbols alone": ('"name:!?"', NEVER),
    "a beginning": ('"mail:Bob"', starts("mail_key", "bob")),
    "a list": ('"tags:Hot"', AnyOf("tags", starts(ELEMENT, "hot"))),
}


@pytest.mark.documented("Graph docs, search-query-parameter: words in names, beginnings elsewhere")
@pytest.mark.parametrize(("text", "expected"), BOUND.values(), ids=BOUND.keys())
def test_a_search_means_words_or_beginnings(text: str, expected: Condition) -> None:
    assert bind_search(THING, parse_search(text)) == expected


@pytest.mark.documented("Graph docs, search-query-parameter: what can be filtered can be searched")
@pytest.mark.parametrize("text", ['"colour:x"', '"size:x"'])
def test_what_cannot_be_searched_is_named(text: str) -> None:
    with pytest.raises(ODataProblem) as caught:
        bind_search(THING, parse_search(text))

    assert caught.value.target in {"colour", "size"}


@pytest.mark.inferred("bad input is refused, never a fault")
@given(
    st.lists(st.sampled_from(['"a:1"', '"', "AND", "OR", "(", ")", "\\", " ", "x:"])).map("".join)
)
def test_no_text_makes_the_parser_fail(text: str) -> None:
    problem, _ = attempt(parse_search, text)

    assert problem is None or problem.target == "$search"
