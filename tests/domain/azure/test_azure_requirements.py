"""What is judged by Azure roles: row by row, at the place asked about."""

from dataclasses import replace

import pytest

from tests.domain.deciding import told
from tests.support.builders import PERSON, make_application, make_caller
from timebound.domain.authority import Target, authorize
from timebound.domain.azure.permissions import Access, Permission, Rights
from timebound.domain.azure_requirements import AZURE_REQUIREMENTS
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.operations import Operation
from timebound.domain.problems import Code, Reason
from timebound.domain.requirements import REQUIREMENTS
from timebound.domain.roles import GLOBAL_ADMINISTRATOR
from timebound.domain.scopes import Scope, ScopeKind

PLACE = Scope(ScopeKind.AZURE, "/subscriptions/00000000-0000-0000-0000-000000000001")
ACTIONS = [o for o, needed in AZURE_REQUIREMENTS.items() if needed.action is not None]
ROWS = pytest.mark.parametrize("operation", ACTIONS)
EVERYTHING = Permission(("*",))
PERMITTED = make_caller(PERSON, permissions=(AZURE_PERMISSION,))
IS_TRUE = "(!(ActionMatches{'Microsoft.None/none'}))"

documented = pytest.mark.documented("Azure: how access is decided; behaviour book 6")


def at(*blocks: Permission, denied: tuple[Permission, ...] = ()) -> Target:
    return Target(rights=Rights(PLACE, (Access(blocks),), denied))


def action_of(operation: Operation) -> str:
    action = REQUIREMENTS[operation].action
    assert action is not None
    return action


@documented
@ROWS
def test_a_role_that_allows_the_action_will_do(operation: Operation) -> None:
    exact = Permission((action_of(operation).upper(),))
    for target in (at(exact), at(EVERYTHING)):
        assert authorize(operation, PERMITTED, target) == ()
        assert authorize(operation, make_application(()), target) == ()


@documented
@ROWS
def test_nothing_else_will(operation: Operation) -> None:
    boss = make_caller(PERSON, GLOBAL_ADMINISTRATOR, permissions=(AZURE_PERMISSION,))
    excepted = Permission(("*",), (action_of(operation),))
    on_data = Permission(data_actions=("*",))
    for target in (Target(), at(), at(excepted), at(on_data), at(Permission(("*/none",)))):
        (problem,) = authorize(operation, boss, target)
        assert problem.code is Code.ACTION_NOT_ALLOWED
        assert problem.names == (action_of(operation),)
        assert problem.value == (None if target.rights is None else PLACE.path)


@documented
@ROWS
def test_a_denial_wins(operation: Operation) -> None:
    (problem,) = authorize(operation, PERMITTED, at(EVERYTHING, denied=(EVERYTHING,)))
    assert problem.code is Code.ACTION_NOT_ALLOWED


@documented
@ROWS
def test_a_person_needs_the_permission_to_act_for_them(operation: Operation) -> None:
    for names in ((), ("user_impersonation",), ("RoleManagement.ReadWrite.Directory",)):
        caller = make_caller(PERSON, permissions=names)
        assert [told(p) for p in authorize(operation, caller, at(EVERYTHING))] == [
            "permissionMissing"
        ]
    revoked = replace(PERMITTED, granted=frozenset())
    assert authorize(operation, revoked, at(EVERYTHING))[0].code is Code.PERMISSION_MISSING


@pytest.mark.documented("ASG-042")
@ROWS
def test_who_assigns_on_a_condition_is_no_administrator_of_pim(operation: Operation) -> None:
    limited = Target(rights=Rights(PLACE, (Access((EVERYTHING,), IS_TRUE),)))
    problems = authorize(operation, PERMITTED, limited)
    if not REQUIREMENTS[operation].is_unconditional:
        assert problems == ()
        return
    assert [(p.code, p.reason) for p in problems] == [(Code.ACTION_NOT_ALLOWED, Reason.CONDITIONAL)]


@documented
@pytest.mark.parametrize(
    "operation",
    [Operation.USE_OWN_AZURE_ELIGIBILITY, Operation.EXTEND_OWN_AZURE_ELIGIBILITY],
)
def test_what_is_ones_own_needs_no_role(operation: Operation) -> None:
    assert authorize(operation, PERMITTED) == ()
    assert [told(p) for p in authorize(operation, make_application(()))] == ["accessDenied"]
