"""The decision table: who may do what (AUT)."""

from dataclasses import replace

import pytest

from tests.domain.deciding import judged, row, told
from tests.support.builders import (
    BOSS,
    PERSON,
    STRANGER,
    after,
    make_application,
    make_boss_facts,
    make_caller,
    make_draft,
)
from timebound.domain.authority import Caller, HeldRole, authorize
from timebound.domain.ids import RoleId
from timebound.domain.problems import Code
from timebound.domain.requests import Action, RequestKind
from timebound.domain.requirements import REQUIREMENTS, Operation
from timebound.domain.roles import (
    GLOBAL_ADMINISTRATOR,
    GLOBAL_READER,
    PRIVILEGED_ROLE_ADMINISTRATOR,
    SECURITY_ADMINISTRATOR,
    SECURITY_OPERATOR,
    SECURITY_READER,
)
from timebound.domain.scopes import Scope, ScopeKind

READING = (Operation.READ_ELIGIBILITIES, Operation.READ_ASSIGNMENTS)
READING_OWN = (Operation.READ_OWN_ELIGIBILITIES, Operation.READ_OWN_ASSIGNMENTS)
READERS = (GLOBAL_READER, SECURITY_OPERATOR, SECURITY_READER, SECURITY_ADMINISTRATOR)
KINDS = pytest.mark.parametrize("kind", RequestKind)
OPERATIONS = pytest.mark.parametrize("operation", Operation)
BY_ROLES = [o for o in Operation if REQUIREMENTS[o].action is None]
ASKED = [o for o in Operation if REQUIREMENTS[o].application != () or REQUIREMENTS[o].action]
"""What an application may not do just because it is there."""


def answers(operation: Operation, caller: Caller) -> str:
    return ", ".join(told(p) for p in authorize(operation, caller))


@row("AUT-001")
@KINDS
def test_an_application_needs_its_permission_and_no_role(kind: RequestKind) -> None:
    application = make_application(("RoleManagement.ReadWrite.Directory",))
    draft = make_draft(Action.ADMIN_ASSIGN, kind, after())
    assert judged(replace(make_boss_facts(), caller=application), draft) == "Provisioned"


@row("AUT-002")
@pytest.mark.parametrize("operation", ASKED)
def test_a_role_does_not_help_an_application(operation: Operation) -> None:
    application = make_application((), GLOBAL_ADMINISTRATOR)
    refusals = {Code.PERMISSION_MISSING, Code.ACCESS_DENIED, Code.ACTION_NOT_ALLOWED}
    assert {p.code for p in authorize(operation, application)} <= refusals
    assert authorize(operation, application)
    assert answers(Operation.CHANGE_POLICY, application) == "permissionMissing"


@row("AUT-003")
@KINDS
@pytest.mark.parametrize("roles", [(), (SECURITY_READER,), (GLOBAL_READER,)])
def test_a_person_needs_a_role_beside_the_scope(
    kind: RequestKind, roles: tuple[RoleId, ...]
) -> None:
    facts = replace(make_boss_facts(), caller=make_caller(STRANGER, *roles))
    assert judged(facts, make_draft(Action.ADMIN_ASSIGN, kind)) == "accessDenied"


@row("AUT-004")
@pytest.mark.parametrize("role_id", READERS)
@pytest.mark.parametrize("operation", READING)
def test_readers_read(operation: Operation, role_id: RoleId) -> None:
    caller = make_caller(PERSON, role_id, permissions=("RoleManagement.Read.Directory",))
    assert answers(operation, caller) == ""


@row("AUT-005")
@pytest.mark.parametrize("operation", READING)
def test_others_do_not_read_what_everybody_holds(operation: Operation) -> None:
    assert answers(operation, make_caller()) == "accessDenied"


@row("AUT-006")
@pytest.mark.parametrize("operation", READING_OWN)
def test_everybody_reads_their_own(operation: Operation) -> None:
    caller = make_caller(permissions=("RoleManagement.Read.Directory",))
    assert answers(operation, caller) == ""


@row("AUT-007")
@OPERATIONS
@pytest.mark.parametrize("permissions", [(), ("Mail.Read",)])
def test_a_missing_scope_names_all_that_would_do(
    operation: Operation, permissions: tuple[str, ...]
) -> None:
    caller = make_caller(BOSS, GLOBAL_ADMINISTRATOR, permissions=permissions)
    (problem,) = authorize(operation, caller)
    assert problem.code is Code.PERMISSION_MISSING
    assert problem.names == REQUIREMENTS[operation].delegated


@pytest.mark.inferred("permissions count while they are granted to the application")
@pytest.mark.parametrize("operation", BY_ROLES)
def test_a_token_and_its_grant_are_intersected(operation: Operation) -> None:
    caller = make_caller(BOSS, GLOBAL_ADMINISTRATOR, permissions=REQUIREMENTS[operation].delegated)
    assert answers(operation, caller) == ""
    assert answers(operation, replace(caller, granted=frozenset())) == "permissionMissing"


@pytest.mark.inferred("deny by default: a role held in a part says nothing about the whole")
@KINDS
def test_a_role_over_a_part_of_the_directory_does_not_administer(kind: RequestKind) -> None:
    part = Scope(ScopeKind.DIRECTORY, "/administrativeUnits/north")
    roles = frozenset({HeldRole(PRIVILEGED_ROLE_ADMINISTRATOR, part)})
    facts = replace(make_boss_facts(), caller=replace(make_caller(BOSS), roles=roles))
    assert judged(facts, make_draft(Action.ADMIN_ASSIGN, kind)) == "accessDenied"


@pytest.mark.inferred("deny by default: who is disabled may nothing")
@OPERATIONS
def test_who_is_disabled_may_nothing(operation: Operation) -> None:
    caller = make_caller(BOSS, GLOBAL_ADMINISTRATOR, is_enabled=False)
    assert answers(operation, caller) == "callerNotAdmitted"


@pytest.mark.documented("GDOC permissions reference: RoleAssignmentSchedule.Remove.Directory")
@pytest.mark.parametrize(
    ("kind", "permission"),
    [
        (RequestKind.ELIGIBILITY, "RoleEligibilitySchedule.Remove.Directory"),
        (RequestKind.ASSIGNMENT, "RoleAssignmentSchedule.Remove.Directory"),
    ],
)
def test_permission_to_remove_does_nothing_else(kind: RequestKind, permission: str) -> None:
    facts = replace(make_boss_facts(), caller=make_application((permission,)))
    assert judged(facts, make_draft(Action.ADMIN_REMOVE, kind)) == "assignmentMissing"
    for action in Action:
        if action is not Action.ADMIN_REMOVE:
            assert judged(facts, make_draft(action, kind)) in ("permissionMissing", "accessDenied")


@pytest.mark.inferred("every operation says what it needs")
def test_every_operation_is_in_the_table() -> None:
    assert set(REQUIREMENTS) == set(Operation)
