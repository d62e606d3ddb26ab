"""How the values of attributes compare, and that no condition takes long to judge."""

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebound.domain.azure.comparing import OPERATORS, Quantifier, Values
from timebound.domain.azure.condition_text import LONGEST
from timebound.domain.azure.conditions import Context, Source, Truth
from timebound.domain.azure.hearing import Hearing

documented = pytest.mark.documented("Azure: format and syntax of role assignment conditions")
inferred = pytest.mark.inferred("who asks is not to keep everybody else waiting")

Test = Callable[[str, str], bool]
SOON = 0.5
"""Seconds: it takes a tenth of that, also where others share the processor."""


def _like(text: str, pattern: str) -> bool:
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def _both(test: Test) -> Test:
    return lambda one, other: test(one.lower(), other.lower())


def _less(one: str, other: str) -> bool:
    return float(one) < float(other)


def _more(one: str, other: str) -> bool:
    return float(one) >= float(other)


PLAIN: dict[str, Test] = {
    "StringEquals": str.__eq__,
    "StringEqualsIgnoreCase": _both(str.__eq__),
    "StringStartsWith": str.startswith,
    "StringLike": _like,
    "StringLikeIgnoreCase": _both(_like),
}
TEXTS = st.lists(st.text("abA*?[]\n", max_size=5), max_size=4)
NUMBERS = st.lists(st.sampled_from(["1", "1.0", "2", "-3", "0"]), max_size=4)


def expect(test: Test, left: Sequence[str], right: Sequence[str], quantifier: Quantifier) -> bool:
    """What the words of a quantifier say, one pair at a time."""
    ours, _, theirs = quantifier.value.removeprefix("For").removesuffix("Values").partition("Of")
    words = {"Any": any, "All": all}
    some, others = words[ours], words[theirs]
    return bool(left) and some(others(test(one, other) for other in right) for one in left)


def _not(test: Test) -> Test:
    return lambda one, other: not test(one, other)


@documented
@given(st.sampled_from(sorted(PLAIN)), TEXTS, TEXTS, st.sampled_from(Quantifier))
def test_quantifiers_are_of_each_pair(
    name: str, left: list[str], right: list[str], quantifier: Quantifier
) -> None:
    ours, theirs = tuple(left), tuple(right)
    for operator, test in (
        (name, PLAIN[name]),
        (name.replace("String", "StringNot"), _not(PLAIN[name])),
    ):
        found = OPERATORS[operator.lower()].compare(ours, theirs, quantifier)
        assert found is expect(test, left, right, quantifier)


@pytest.mark.inferred(
    "Azure does not say what casing is: taken as OrdinalIgnoreCase of .NET has it"
)
@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("Wert", "wERT", True),
        ("Gehälter", "GEHÄLTER", True),
        ("σας", "ΣΑΣ", True),
        ("ǅ", "ǆ", True),
        ("k", "\u212a", False),
        ("å", "\u212b", False),
        ("Straße", "STRASSE", False),
        ("\u0131", "I", False),
        ("i", "İ", False),
        ("\u017f", "s", False),
        ("é", "e\u0301", False),
    ],
)
def test_casing_is_of_each_letter_by_itself(one: str, other: str, *, is_same: bool) -> None:
    for left, right in ((one, other), (other, one)):
        for name in ("stringequals", "stringlike", "stringstartswith"):
            operator, opposite = (
                OPERATORS[f"{word}ignorecase"]
                for word in (name, name.replace("string", "stringnot"))
            )
            assert operator.compare((left,), (right,), None) is is_same
            assert opposite.compare((left,), (right,), None) is not is_same
            assert OPERATORS[name].compare((left,), (right,), None) is False


@documented
@given(NUMBERS, NUMBERS, st.sampled_from(Quantifier))
def test_numbers_are_compared_by_what_they_are(
    left: list[str], right: list[str], quantifier: Quantifier
) -> None:
    for name, test in (
        ("NumericEquals", lambda one, other: float(one) == float(other)),
        ("NumericNotEquals", lambda one, other: float(one) != float(other)),
        ("NumericLessThan", _less),
        ("NumericLessThanEquals", lambda one, other: not _less(other, one)),
        ("NumericGreaterThan", lambda one, other: not _more(other, one)),
        ("NumericGreaterThanEquals", _more),
    ):
        found = OPERATORS[name.lower()].compare(tuple(left), tuple(right), quantifier)
        assert found is expect(test, left, right, quantifier), name


@documented
@pytest.mark.parametrize("values", [("1", "two"), ("two", "1"), ("1", "nan")])
def test_a_value_that_is_no_number_leaves_it_open_wherever_it_stands(values: Values) -> None:
    with pytest.raises(ValueError, match=r"number|convert"):
        OPERATORS["numericlessthan"].compare(values, ("3",), Quantifier.ANY_ANY)


def _fill(part: str, most: int) -> str:
    return ", ".join([part] * (most // (len(part) + 2)))


X, Y = "@Request[x]", "@Request[y]"
MANY, LONG = tuple(f"{n:03}" + "a" * 61 for n in range(100)), ("a" * 1_024,) * 100


def _compare(operator: str, part: str) -> str:
    head = f"{X} ForAllOfAllValues:{operator} {{"
    return f"{head}{_fill(part, LONGEST - len(head) - 2)}}}"


def _join(test: str) -> str:
    return " OR ".join([test] * (LONGEST // (len(test) + 4)))


HEAVY: dict[str, tuple[str, Values]] = {
    "many short patterns": (_compare("StringNotLike", "'*b'"), MANY),
    "many patterns of stars": (_compare("StringNotLike", "'*a*a*a*a*a*a*a*b'"), LONG),
    "one long pattern of stars": (_compare("StringNotLike", f"'{'*a' * 4_000}b'"), LONG),
    "long patterns of letters": (_compare("StringNotLike", f"'*{'a' * 500}b{'a' * 20}*'"), LONG),
    "patterns of letters and single ones": (_compare("StringNotLike", f"'*{'a?' * 200}b*'"), LONG),
    "patterns of single letters": (_compare("StringNotLike", "'*?a?a?b*'"), MANY),
    "long patterns of single letters": (_compare("StringNotLike", f"'*{'?' * 500}b'"), LONG),
    "many beginnings": (_compare("StringNotStartsWith", "b"), MANY),
    "many texts": (_compare("StringNotEqualsIgnoreCase", "b"), LONG),
    "many numbers": (_compare("NumericNotEquals", "1"), tuple(map(str, range(100)))),
    "attributes with one another": (_join(f"{X} ForAllOfAllValues:StringNotLike {Y}"), MANY),
    "texts of attributes": (_join(f"{X} ForAllOfAllValues:StringNotEquals {Y}"), LONG),
    "texts of attributes in any case": (
        _join(f"{X} ForAllOfAllValues:StringNotEqualsIgnoreCase {Y}"),
        ("北" * 1_024,) * 100,
    ),
    "many actions": (_join("ActionMatches{'*a*b'}"), MANY),
}


def _ask(text: str, values: Values) -> Truth:
    told = {(Source.REQUEST, "x"): values, (Source.REQUEST, "y"): values}
    return Hearing().judge(text, Context("a" * 512, told))


@inferred
@pytest.mark.parametrize("count", [1, 3, 10, 100])
@pytest.mark.parametrize("name", HEAVY)
def test_the_worst_condition_is_judged_soon(name: str, count: int) -> None:
    text, values = HEAVY[name]
    assert len(text) <= LONGEST
    started = process_time()
    _ask(text, values[:count])
    assert process_time() - started < SOON


GUIDS: Values = tuple(f"00000000-0000-4000-8000-{n:012}" for n in range(100))
PATHS: Values = tuple(f"containers/of/{n:02}/some/blobs/deep/in/them.txt" for n in range(100))
LIKE: Values = tuple(f"'*/{n:02}/*/deep/*.txt'" for n in range(100))
USUAL: dict[str, tuple[str, Values]] = {
    "a hundred roles": (f"{X} ForAllOfAnyValues:GuidEquals {{{', '.join(GUIDS)}}}", GUIDS),
    "a hundred patterns": (f"{X} ForAllOfAnyValues:StringLike {{{', '.join(LIKE)}}}", PATHS),
}


@inferred
@pytest.mark.parametrize("name", USUAL)
def test_what_somebody_may_well_ask_is_judged(name: str) -> None:
    assert _ask(*USUAL[name]) is True


@inferred
def test_what_is_too_much_is_not_known() -> None:
    assert _ask(*HEAVY["many short patterns"]) is None
    assert _ask(f"!({HEAVY['many short patterns'][0]})", LONG) is None
