"""Filters that compare properties with texts."""

import pytest

from timebound.dialects.arm.filters import read_comparisons
from timebound.dialects.odata.filter import parse_filter
from timebound.dialects.odata.problems import Flaw, ODataProblem

PROBLEM = ODataProblem(Flaw.UNSUPPORTED, "$filter", "Not so.")


@pytest.mark.documented("OData: eq, joined by and")
def test_properties_are_told_with_the_texts_they_equal() -> None:
    parsed = parse_filter("roleName eq 'Owner' and (TYPE eq 'x' and atScope())")
    found = read_comparisons(parsed.condition, PROBLEM)
    assert found == {"rolename": "Owner", "type": "x"}


@pytest.mark.inferred("what is not understood is refused and never dropped")
@pytest.mark.parametrize(
    "text",
    [
        *("a ne 'x'", "a eq 1", "a eq 'x' or b eq 'y'", "not (a eq 'x')"),
        *("a eq 'x' and A eq 'y'", "a eq 'x' and (b eq 'y' and a eq 'x')"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ODataProblem) as caught:
        read_comparisons(parse_filter(text).condition, PROBLEM)
    assert caught.value is PROBLEM
