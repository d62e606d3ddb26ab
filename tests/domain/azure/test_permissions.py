"""What roles of Azure resources allow, by their actions, exceptions, conditions and denials."""

import pytest

from timebound.domain.azure.conditions import Context, Source
from timebound.domain.azure.hearing import Hearing
from timebound.domain.azure.permissions import Access, Permission, is_allowed, is_met

pytestmark = pytest.mark.documented("Azure: role definitions; deny assignments")

READ = "Microsoft.Compute/virtualMachines/read"
ASSIGN = "Microsoft.Authorization/roleAssignments/write"
BLOB = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"
OWNER = Permission(actions=("*",))
CONTRIBUTOR = Permission(
    actions=("*",),
    not_actions=("Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"),
)
READER = Permission(actions=("*/read",))
BLOB_READER = Permission(
    actions=("Microsoft.Storage/storageAccounts/blobServices/containers/read",),
    data_actions=("Microsoft.Storage/*/blobs/*",),
    not_data_actions=("Microsoft.Storage/*/blobs/delete",),
)
ROLE = "Microsoft.Authorization/roleAssignments:RoleDefinitionId"
ONLY_READERS = f"@Request[{ROLE}] GuidEquals acdd72a7-3385-48ef-bd42-f606fba81ae7"

COVERED = {
    "everything": (OWNER, ASSIGN, False, True),
    "all but": (CONTRIBUTOR, ASSIGN, False, False),
    "in any case": (CONTRIBUTOR, ASSIGN.upper(), False, False),
    "the rest": (CONTRIBUTOR, READ, False, True),
    "reading": (READER, READ, False, True),
    "not writing": (READER, ASSIGN, False, False),
    "data is apart": (OWNER, BLOB, True, False),
    "data": (BLOB_READER, BLOB, True, True),
    "data excepted": (BLOB_READER, BLOB.replace("read", "delete"), True, False),
    "data is no resource": (BLOB_READER, BLOB, False, False),
    "nothing": (Permission(), READ, False, False),
}


@pytest.mark.parametrize("name", COVERED)
def test_what_a_block_covers(name: str) -> None:
    permission, action, is_data, expected = COVERED[name]
    assert permission.covers(action, is_data=is_data) is expected


def test_what_one_role_excepts_another_may_allow() -> None:
    assert is_allowed(Context(ASSIGN), [Access((CONTRIBUTOR,)), Access((OWNER,))])
    assert not is_allowed(Context(ASSIGN), [Access((CONTRIBUTOR,)), Access((READER,))])
    assert not is_allowed(Context(ASSIGN), [])


def test_a_denial_wins() -> None:
    denied = Permission(actions=("Microsoft.Authorization/*",))
    assert not is_allowed(Context(ASSIGN), [Access((OWNER,))], [denied])
    assert is_allowed(Context(READ), [Access((OWNER,))], [denied])
    sparing = Permission(actions=("*",), not_actions=("*/read",))
    assert is_allowed(Context(READ), [Access((OWNER,))], [sparing])


def test_an_assignment_gives_what_its_condition_is_true_of() -> None:
    access = Access((OWNER,), condition=ONLY_READERS)

    def call(role: str) -> Context:
        return Context(ASSIGN, {(Source.REQUEST, ROLE.lower()): (role,)})

    assert is_allowed(call("acdd72a7-3385-48ef-bd42-f606fba81ae7"), [access])
    assert not is_allowed(call("8e3af657-a8ff-443c-a75c-2fe8c4bcb635"), [access])
    assert not is_allowed(Context(ASSIGN), [access])


def test_a_condition_that_cannot_be_read_gives_nothing() -> None:
    assert not is_allowed(Context(READ), [Access((OWNER,), condition="so be it")])
    assert not is_allowed(Context(READ), [Access((Permission(("*",), condition="so be it"),))])
    assert is_met(None, Context(READ), Hearing())
    assert is_met("", Context(READ), Hearing())


def test_a_denial_that_cannot_be_judged_denies() -> None:
    for condition in ("so be it", ONLY_READERS):
        denied = Permission(actions=("*",), condition=condition)
        assert not is_allowed(Context(ASSIGN), [Access((OWNER,))], [denied])


def test_a_condition_of_a_block_limits_that_block_alone() -> None:
    access = Access((Permission(actions=(ASSIGN,), condition=ONLY_READERS), READER))
    assert is_allowed(Context(READ), [access])
    assert not is_allowed(Context(ASSIGN), [access])
