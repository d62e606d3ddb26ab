"""What constrained delegation sees of an assignment, by the templates that are published."""

from collections.abc import Callable

import pytest

from timebound.domain.azure.attributes import rights_to_assign, rights_to_unassign
from timebound.domain.azure.permissions import Access, Permission, Rights
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.principals import PrincipalKind
from timebound.domain.scopes import Scope, ScopeKind

ASSIGN = "Microsoft.Authorization/roleAssignments/write"
UNASSIGN = "Microsoft.Authorization/roleAssignments/delete"
PLACE = Scope(ScopeKind.AZURE, "/subscriptions/00000000-0000-0000-0000-000000000001")
READER = RoleId("acdd72a7-3385-48ef-bd42-f606fba81ae7")
OWNER = RoleId("8e3af657-a8ff-443c-a75c-2fe8c4bcb635")
ALICE, BOB = PrincipalId("a11ce000-0000-0000-0000-000000000000"), PrincipalId("b0b")
KEPT = f"""
(
 (!(ActionMatches{{'Microsoft.Authorization/roleAssignments/write'}}))
 OR
 (
  @Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId]
    ForAnyOfAnyValues:GuidEquals {{{READER}}}
  AND @Request[Microsoft.Authorization/roleAssignments:PrincipalType]
    ForAnyOfAnyValues:StringEqualsIgnoreCase {{'User'}}
  AND @Request[Microsoft.Authorization/roleAssignments:PrincipalId]
    ForAnyOfAnyValues:GuidEquals {{{ALICE.upper()}}}
 )
)
AND
(
 (!(ActionMatches{{'Microsoft.Authorization/roleAssignments/delete'}}))
 OR
 (
  @Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId]
    ForAnyOfAnyValues:GuidEquals {{{READER}}}
  AND @Resource[Microsoft.Authorization/roleAssignments:PrincipalType]
    ForAnyOfAnyValues:StringEqualsIgnoreCase {{'User'}}
  AND @Resource[Microsoft.Authorization/roleAssignments:PrincipalId]
    ForAnyOfAnyValues:GuidEquals {{{ALICE.upper()}}}
 )
)
"""
RIGHTS = Rights(PLACE, (Access((Permission(("*",)),), KEPT),))
USER = PrincipalKind.USER
SEEN = pytest.mark.parametrize(
    ("narrow", "action"), [(rights_to_assign, ASSIGN), (rights_to_unassign, UNASSIGN)]
)


@pytest.mark.documented("Azure: constrained delegation, the template of roles and principals")
@SEEN
@pytest.mark.parametrize(
    ("principal", "kind", "role", "may"),
    [
        (ALICE, USER, READER, True),
        (ALICE, USER, OWNER, False),
        (BOB, USER, READER, False),
        (ALICE, PrincipalKind.GROUP, READER, False),
        (ALICE, PrincipalKind.SERVICE_PRINCIPAL, READER, False),
        (ALICE, None, READER, False),
    ],
)
def test_a_condition_sees_role_principal_and_type(
    narrow: Callable[[Rights, Slot, PrincipalKind | None], Rights],
    action: str,
    principal: PrincipalId,
    kind: PrincipalKind | None,
    role: RoleId,
    *,
    may: bool,
) -> None:
    assert narrow(RIGHTS, Slot(principal, role, PLACE), kind).allows(action) is may


@pytest.mark.inferred("a condition that cannot be judged gives nothing")
@SEEN
def test_what_is_told_of_the_one_deed_says_nothing_of_the_other(
    narrow: Callable[[Rights, Slot, PrincipalKind | None], Rights], action: str
) -> None:
    other = {ASSIGN: UNASSIGN, UNASSIGN: ASSIGN}[action]
    assert not narrow(RIGHTS, Slot(ALICE, READER, PLACE), USER).allows(other)
    assert not RIGHTS.allows(action)
