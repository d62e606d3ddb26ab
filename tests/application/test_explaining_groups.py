"""Whose permission explains what: one for groups does nothing to roles, nor vice versa."""

from dataclasses import replace

import pytest

from tests.application.test_explaining import explain_theirs
from tests.domain.test_kinds import ELIGIBLE_MEMBER, MEMBERSHIP, of_membership
from tests.support.builders import (
    make_application,
    make_caller,
    make_draft,
    make_facts,
    make_grant,
    make_policy,
)
from timebound.application.explaining import Explanation
from timebound.domain.authority import Caller
from timebound.domain.decide import Granted, Refused
from timebound.domain.facts import Facts
from timebound.domain.policies import default_policy
from timebound.domain.problems import Code
from timebound.domain.roles import GROUP_ROLES, MEMBER

OF_ROLES = "RoleAssignmentSchedule.Read.Directory"
OF_GROUPS = "PrivilegedAssignmentSchedule.Read.AzureADGroup"
IN_GROUP = of_membership(make_facts(policy=default_policy(GROUP_ROLES[MEMBER])), ELIGIBLE_MEMBER)
IN_ROLE = make_facts(make_grant(), policy=make_policy())
SIDES = pytest.mark.parametrize(
    ("facts", "enough", "useless"),
    [(IN_GROUP, OF_GROUPS, OF_ROLES), (IN_ROLE, OF_ROLES, OF_GROUPS)],
    ids=["group", "role"],
)


def read_alone(permission: str, *, is_own: bool) -> Caller:
    """Alice herself, or an application that reads about her, with one permission."""
    permissions = (permission,)
    if is_own:
        return make_caller(permissions=permissions)
    return make_application(permissions)


@pytest.mark.documented("book 6: assignments of roles and of groups are read by different names")
@pytest.mark.parametrize("is_own", [True, False])
@SIDES
async def test_one_permission_explains_one_kind(
    facts: Facts, enough: str, useless: str, *, is_own: bool
) -> None:
    draft = make_draft(slot=facts.slot)

    told = await explain_theirs(replace(facts, caller=read_alone(enough, is_own=is_own)), draft)
    refused = await explain_theirs(replace(facts, caller=read_alone(useless, is_own=is_own)), draft)

    assert isinstance(told, Explanation)
    assert told.needs.justification
    assert isinstance(refused, Refused)
    assert [one.code for one in refused.problems] == [Code.PERMISSION_MISSING]


@pytest.mark.inferred("what one may do oneself is no part of what a membership needs")
async def test_whoever_is_explained_may_use_what_they_are_eligible_for() -> None:
    caller = read_alone(OF_GROUPS, is_own=False)

    told = await explain_theirs(replace(IN_GROUP, caller=caller), make_draft(slot=MEMBERSHIP))

    assert isinstance(told, Explanation)
    assert isinstance(told.decision, Granted)
