"""Conditions of role assignments: what they mean, and what is refused as none."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebound.domain.azure.condition_text import (
    DEEPEST,
    LONGEST,
    UnreadableConditionError,
    read_condition,
)
from timebound.domain.azure.conditions import Context, Source, Truth

pytestmark = pytest.mark.documented("Azure: format and syntax of role assignment conditions")

READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
BACKUP = "5e467623-bb1f-42f4-a55d-6e525e11384b"
WRITE = "Microsoft.Authorization/roleAssignments/write"
DELETE = "Microsoft.Authorization/roleAssignments/delete"
ROLE = "Microsoft.Authorization/roleAssignments:RoleDefinitionId"
TYPE = "Microsoft.Authorization/roleAssignments:PrincipalType"
DELEGATION = f"""
(
  (!(ActionMatches{{'{WRITE}'}}))
  OR
  (@Request[{ROLE}] ForAnyOfAnyValues:GuidEquals {{{READER}, {BACKUP}}}
   AND @Request[{TYPE}] ForAnyOfAnyValues:StringEqualsIgnoreCase {{'User'}})
)
AND
(
  (!(ActionMatches{{'{DELETE}'}}))
  OR
  (@Resource[{ROLE}] ForAnyOfAnyValues:GuidEquals {{{READER}, {BACKUP}}})
)
"""


def judge(
    text: str,
    action: str = WRITE,
    request: Mapping[str, str | tuple[str, ...]] | None = None,
    resource: Mapping[str, str | tuple[str, ...]] | None = None,
) -> Truth:
    attributes = {}
    for source, told in ((Source.REQUEST, request), (Source.RESOURCE, resource)):
        for name, value in (told or {}).items():
            attributes[(source, name.lower())] = (value,) if isinstance(value, str) else value
    return read_condition(text).judge(Context(action, attributes))


DELEGATED = {
    "a role that may be given": (WRITE, {ROLE: READER, TYPE: "User"}, None, True),
    "in any case": (WRITE.upper(), {ROLE.upper(): READER.upper(), TYPE: "USER"}, None, True),
    "another role": (WRITE, {ROLE: OWNER, TYPE: "User"}, None, False),
    "to a group": (WRITE, {ROLE: READER, TYPE: "Group"}, None, False),
    "what may be taken away": (DELETE, None, {ROLE: BACKUP}, True),
    "what may not": (DELETE, None, {ROLE: OWNER}, False),
    "reading": ("Microsoft.Authorization/roleAssignments/read", None, None, True),
    "nothing told of the request": (WRITE, None, None, None),
    "half of it told": (WRITE, {ROLE: READER}, None, None),
    "enough told to say no": (WRITE, {ROLE: OWNER}, None, False),
}


@pytest.mark.parametrize("name", DELEGATED)
def test_delegation_of_role_assignments(name: str) -> None:
    action, request, resource, expected = DELEGATED[name]
    assert judge(DELEGATION, action, request, resource) is expected


X = "@Request[x]"
COMPARED: dict[str, tuple[str, tuple[str, ...], Truth]] = {
    "any of any": (f"{X} ForAnyOfAnyValues:StringEquals {{'a', 'b'}}", ("b", "z"), True),
    "none of any": (f"{X} ForAnyOfAnyValues:StringEquals {{'a', 'b'}}", ("y", "z"), False),
    "all of any": (f"{X} ForAllOfAnyValues:StringEquals {{'a', 'b'}}", ("a", "b"), True),
    "not all of any": (f"{X} ForAllOfAnyValues:StringEquals {{'a', 'b'}}", ("a", "z"), False),
    "any of all": (f"{X} ForAnyOfAllValues:StringLike {{'a*', '*b'}}", ("ab", "z"), True),
    "not any of all": (f"{X} ForAnyOfAllValues:StringEquals {{'a', 'b'}}", ("a", "b"), False),
    "all of all": (f"{X} ForAllOfAllValues:StringLike {{'a*', '*b'}}", ("ab", "acb"), True),
    "not all of all": (f"{X} ForAllOfAllValues:StringLike {{'a*', '*b'}}", ("ab", "a"), False),
    "all of nothing": (f"{X} ForAllOfAnyValues:StringEquals {{'a'}}", (), False),
    "several without a word for it": (f"{X} StringEquals 'a'", ("a", "b"), None),
    "not equal": (f"{X} StringNotEquals 'a'", ("b",), True),
    "case matters": (f"{X} StringEquals 'A'", ("a",), False),
    "case does not": (f"{X} StringEqualsIgnoreCase 'A'", ("a",), True),
    "begins": (f"{X} StringStartsWith 'in/'", ("in/there",), True),
    "brackets are letters": (f"{X} StringLike '[a]*'", ("[a]b",), True),
    "a quote": (f"{X} StringEquals 'it\\'s'", ("it's",), True),
    "less": (f"{X} NumericLessThan 3", ("2.5",), True),
    "no number": (f"{X} NumericLessThan 3", ("two",), None),
    "flag": (f"{X} BoolEquals true", ("True",), True),
    "no flag": (f"{X} BoolEquals true", ("1",), None),
    "a time": (f"{X} DateTimeGreaterThan '2030-01-01T00:00:00Z'", ("2031-01-01T00:00:00Z",), None),
    "not a guid": (f"{X} GuidNotEquals {READER}", (READER.upper(),), False),
    "there": ("Exists @Request[x]", ("a",), True),
    "there without a value": ("NotExists @Request[x]", (), True),
    "with itself": (f"{X} StringEquals @Request[X]", ("a",), True),
}


@pytest.mark.parametrize("name", COMPARED)
def test_comparisons(name: str) -> None:
    text, values, expected = COMPARED[name]
    assert judge(text, request={"x": values}) is expected


JOINED = {
    "and before or": ("ActionMatches{'a'} OR ActionMatches{'b'} AND ActionMatches{'c'}", True),
    "parentheses": ("(ActionMatches{'a'} OR ActionMatches{'b'}) AND ActionMatches{'c'}", False),
    "signs": ("!ActionMatches{'b'} && (ActionMatches{'c'} || ActionMatches{'*'})", True),
    "not before and": ("NOT ActionMatches{'b'} AND ActionMatches{'c'}", False),
    "unknown and false": ("@Resource[q] StringEquals 'a' AND ActionMatches{'b'}", False),
    "unknown and true": ("@Resource[q] StringEquals 'a' AND ActionMatches{'a'}", None),
    "unknown or true": ("@Resource[q] StringEquals 'a' OR ActionMatches{'a'}", True),
    "not unknown": ("!(@Resource[q] StringEquals 'a')", None),
    "of what is not said": ("SubOperationMatches{'Blob.List'}", False),
}


@pytest.mark.parametrize("name", JOINED)
def test_parts_are_joined(name: str) -> None:
    text, expected = JOINED[name]
    assert judge(text, action="a") is expected


REFUSED = {
    "nothing": "",
    "half": "ActionMatches{'a'} AND",
    "two": "ActionMatches{'a'} ActionMatches{'b'}",
    "unclosed": "(ActionMatches{'a'}",
    "another source": "@Self[x] StringEquals 'a'",
    "a source in other letters": "@Re\u017fource[x] StringEquals 'a'",
    "another operator": "@Request[x] Equals 'a'",
    "another quantifier": "@Request[x] ForEach:StringEquals {'a'}",
    "no value": "@Request[x] StringEquals",
    "no values": "@Request[x] StringEquals {}",
    "an unclosed text": "@Request[x] StringEquals 'a",
    "deep": "(" * (DEEPEST + 2) + "ActionMatches{'a'}" + ")" * (DEEPEST + 2),
    "deeply denied": "!" * (DEEPEST + 2) + "ActionMatches{'a'}",
    "long": "ActionMatches{'a'}" + " " * LONGEST,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_condition_is_refused(name: str) -> None:
    with pytest.raises(UnreadableConditionError):
        read_condition(REFUSED[name])


@given(st.text(alphabet="ab!(){}@',&|: OR AND[]", max_size=60))
def test_no_text_is_a_fault(text: str) -> None:
    try:
        found = read_condition(text)
    except UnreadableConditionError:
        return
    assert found.judge(Context("a")) in {True, False, None}
