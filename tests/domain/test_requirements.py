"""The table of requirements, row by row: who has what it asks may, who lacks one may not."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.domain.deciding import told
from tests.support.builders import (
    BOSS,
    PERSON,
    ROBOT,
    STRANGER,
    make_application,
    make_caller,
)
from timebound.domain.authority import Caller, HeldRole, Target, authorize
from timebound.domain.group_requirements import GROUP_REQUIREMENTS
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.requirements import REQUIREMENTS, Operation, Requirement
from timebound.domain.roles import (
    GLOBAL_ADMINISTRATOR,
    GLOBAL_READER,
    PRIVILEGED_ROLE_ADMINISTRATOR,
)
from timebound.domain.scopes import Scope, object_scope, unit_scope

UNIT, OTHER_UNIT = PrincipalId("north"), PrincipalId("south")
ORDINARY = Target(PERSON, frozenset({UNIT}))
PRIVILEGED = replace(ORDINARY, is_privileged=True)
RESTRICTED = replace(ORDINARY, restricted_unit_ids=frozenset({UNIT}))
BY_ROLES = [o for o in Operation if REQUIREMENTS[o].action is None]
"""What is judged by permissions and roles of the directory; the rest by actions of Azure roles."""
ROWS = pytest.mark.parametrize("operation", BY_ROLES)
WRITES = [o for o, needed in REQUIREMENTS.items() if needed.privileged is not None]
PRIVILEGED_ROWS = pytest.mark.parametrize("operation", WRITES)
WRITERS = frozenset({PRIVILEGED_ROLE_ADMINISTRATOR})
AUTHENTICATORS = frozenset({RoleId("7be44c8a-adaf-4e2a-84d6-ab2649e08a13")})
"""Privileged Authentication Administrator: who sets back how others sign in."""
LOOKING = frozenset({Operation.READ_GROUP_ELIGIBILITIES, Operation.READ_GROUP_ASSIGNMENTS})
"""What is asked about a group, and answered to who is in it as well."""
OWNED = [o for o, needed in REQUIREMENTS.items() if needed.is_owner_enough]

documented = pytest.mark.documented("Graph, permission and role tables of each operation")
inferred = pytest.mark.inferred("issue 2: what could yield a role needs who administers roles")


def answers(operation: Operation, caller: Caller, target: Target = ORDINARY) -> list[str]:
    return [told(p) for p in authorize(operation, caller, target)]


def person(permissions: tuple[str, ...], *roles: RoleId, scope: Scope | None = None) -> Caller:
    caller = make_caller(STRANGER, *roles, permissions=permissions)
    if scope is None:
        return caller
    return replace(caller, roles=frozenset(HeldRole(role_id, scope) for role_id in roles))


def any_role(needed: Requirement) -> tuple[RoleId, ...]:
    return tuple(sorted(needed.roles or ()))[:1]


def permissions_apart(needed: Requirement) -> Iterator[tuple[str, ...]]:
    yield from ((name,) for name in needed.delegated)


@documented
@ROWS
def test_each_permission_will_do_with_each_role(operation: Operation) -> None:
    needed = REQUIREMENTS[operation]
    for names in permissions_apart(needed):
        for role_id in needed.roles or (None,):
            held = () if role_id is None else (role_id,)
            assert answers(operation, person(names, *held)) == []


@documented
@ROWS
def test_a_role_without_the_permission_will_not(operation: Operation) -> None:
    needed = REQUIREMENTS[operation]
    others = ("Mail.Read",)
    assert answers(operation, person(others, GLOBAL_ADMINISTRATOR)) == ["permissionMissing"]
    assert answers(operation, person((), *any_role(needed))) == ["permissionMissing"]


@documented
@ROWS
def test_the_permission_without_the_role_will_not(operation: Operation) -> None:
    needed = REQUIREMENTS[operation]
    expected = [] if needed.roles is None else ["accessDenied"]
    assert answers(operation, person(needed.delegated)) == expected


@documented
@ROWS
def test_an_application_needs_one_of_its_permissions(operation: Operation) -> None:
    needed = REQUIREMENTS[operation]
    for name in needed.application or ():
        assert answers(operation, make_application((name,))) == []
    expected = ["accessDenied"] if needed.application is None else ["permissionMissing"]
    asked = [] if needed.application == () else expected
    assert answers(operation, make_application(("Mail.Read",))) == asked


@documented
@ROWS
def test_a_role_over_the_unit_or_the_object_counts_there(operation: Operation) -> None:
    needed = REQUIREMENTS[operation]
    if needed.roles is None:
        return
    counts = ["accessDenied"] if needed.needs_directory else []
    for scope in (unit_scope(UNIT), object_scope(PERSON)):
        scoped = person(needed.delegated, *any_role(needed), scope=scope)
        assert answers(operation, scoped) == counts
    for scope in (unit_scope(OTHER_UNIT), object_scope(STRANGER)):
        elsewhere = person(needed.delegated, *any_role(needed), scope=scope)
        assert answers(operation, elsewhere) == ["accessDenied"]


@inferred
@PRIVILEGED_ROWS
def test_who_administers_roles_writes_privileged_targets(operation: Operation) -> None:
    needed = REQUIREMENTS[operation]
    assert needed.privileged
    others = AUTHENTICATORS if operation is Operation.REMOVE_METHODS else WRITERS
    lookers = frozenset({GLOBAL_READER}) if operation in LOOKING else frozenset()
    assert needed.privileged.roles == others | lookers | {GLOBAL_ADMINISTRATOR}
    names = (needed.delegated[0], *needed.privileged.delegated[:1])
    for role_id in needed.privileged.roles:
        assert answers(operation, person(names, role_id), PRIVILEGED) == []
        if needed.privileged.delegated:
            fewer = person((needed.delegated[0],), role_id)
            assert answers(operation, fewer, PRIVILEGED) == ["permissionMissing"]


@inferred
@PRIVILEGED_ROWS
def test_other_roles_do_not_write_privileged_targets(operation: Operation) -> None:
    needed = REQUIREMENTS[operation]
    assert needed.privileged
    names = (*needed.delegated, *needed.privileged.delegated)
    for role_id in (needed.roles or frozenset()) - needed.privileged.roles:
        assert answers(operation, person(names, role_id), PRIVILEGED) == ["accessDenied"]
    scoped = person(names, GLOBAL_ADMINISTRATOR, scope=unit_scope(UNIT))
    assert answers(operation, scoped, PRIVILEGED) == ["accessDenied"]


@inferred
@PRIVILEGED_ROWS
def test_an_application_needs_the_permission_over_roles(operation: Operation) -> None:
    needed = REQUIREMENTS[operation]
    assert needed.privileged
    if not needed.privileged.application:
        # The permissions of the row are about such groups in the first place.
        for name in needed.application or ():
            assert answers(operation, make_application((name,)), PRIVILEGED) == []
        return
    assert needed.privileged.application == ("RoleManagement.ReadWrite.Directory",)
    for name in needed.application or ():
        alone, both = make_application((name,)), (name, *needed.privileged.application)
        assert answers(operation, alone, PRIVILEGED) == ["permissionMissing"]
        assert answers(operation, make_application(both), PRIVILEGED) == []
    only = make_application(needed.privileged.application)
    assert answers(operation, only, PRIVILEGED) == ["permissionMissing"]


@documented
@pytest.mark.parametrize("operation", OWNED)
def test_owners_manage_what_is_ordinary(operation: Operation) -> None:
    needed = REQUIREMENTS[operation]
    owned = replace(ORDINARY, owner_ids=frozenset({STRANGER}))
    assert answers(operation, person(needed.delegated), owned) == []
    assert answers(operation, person(()), owned) == ["permissionMissing"]
    names = (*needed.delegated, "RoleManagement.ReadWrite.Directory")
    restricted = replace(owned, restricted_unit_ids=frozenset({UNIT}))
    assert answers(operation, person(names), restricted) == ["accessDenied"]
    # Seeing what is privileged yields nothing: only writes are stricter.
    expected = [] if needed.privileged is None else ["accessDenied"]
    assert answers(operation, person(names), replace(owned, is_privileged=True)) == expected


@pytest.mark.documented("AUT-008")
@pytest.mark.parametrize("operation", OWNED)
def test_owners_are_left_who_is_in_a_group_that_holds_a_role(operation: Operation) -> None:
    needed = REQUIREMENTS[operation]
    left = replace(PRIVILEGED, owner_ids=frozenset({STRANGER}), is_delegable=True)
    is_left = needed.privileged is None or needed.privileged.is_owner_enough
    assert is_left is (operation in GROUP_REQUIREMENTS or needed.privileged is None)
    expected = [] if is_left else ["accessDenied"]
    names = (*needed.delegated, "RoleManagement.ReadWrite.Directory")
    assert answers(operation, person(names), left) == expected
    elsewhere = replace(left, owner_ids=frozenset({PERSON}))
    without = [] if needed.roles is None else ["accessDenied"]
    assert answers(operation, person(names), elsewhere) == without


@documented
@ROWS
def test_members_look_at_their_group_and_do_nothing_more(operation: Operation) -> None:
    needed = REQUIREMENTS[operation]
    group = PrincipalId("crew")
    names = (*needed.delegated, "RoleManagement.ReadWrite.Directory")
    inside = replace(person(names), group_ids=frozenset({group}))
    target = Target(group, is_privileged=True)
    may = operation in LOOKING or (needed.roles is None and needed.privileged is None)
    assert (answers(operation, inside, target) == []) is may


@documented
@pytest.mark.parametrize("operation", [o for o in OWNED if REQUIREMENTS[o].owning])
def test_applications_manage_what_they_own(operation: Operation) -> None:
    owning = make_application(REQUIREMENTS[operation].owning)
    assert answers(operation, owning) == ["permissionMissing"]
    assert answers(operation, owning, replace(ORDINARY, owner_ids=frozenset({ROBOT}))) == []
    privileged = replace(PRIVILEGED, owner_ids=frozenset({ROBOT}))
    assert answers(operation, owning, privileged) == ["permissionMissing"]


@pytest.mark.documented("Entra: restricted management administrative units")
@PRIVILEGED_ROWS
def test_in_a_restricted_unit_its_own_administrators_count_alone(operation: Operation) -> None:
    needed = REQUIREMENTS[operation]
    if needed.roles is None:
        return
    names = needed.delegated
    wide = make_caller(BOSS, GLOBAL_ADMINISTRATOR, permissions=names)
    assert answers(operation, wide, RESTRICTED) == ["accessDenied"]
    inside = person(names, *any_role(needed), scope=unit_scope(UNIT))
    assert answers(operation, inside, RESTRICTED) == []
    elsewhere = person(names, *any_role(needed), scope=unit_scope(OTHER_UNIT))
    assert answers(operation, elsewhere, RESTRICTED) == ["accessDenied"]
    for name in needed.application or ():
        assert answers(operation, make_application((name,)), RESTRICTED) == ["accessDenied"]


@inferred
@ROWS
def test_every_write_to_the_directory_says_what_is_stricter(operation: Operation) -> None:
    needed = REQUIREMENTS[operation]
    deeds = ("create", "update", "delete", "consent", "reset")
    is_write = operation.value.startswith(deeds) or "Owners" in operation.value
    harmless = {Operation.UPDATE_USER}
    assert (needed.privileged is not None) or not is_write or operation in harmless
