"""What follows from the id and the kind of an object that is made."""

from datetime import UTC, datetime

import pytest

from timebound.domain.directory import (
    DirectoryObject,
    ObjectKind,
    complete_object,
    derive_security_identifier,
)
from timebound.domain.ids import PrincipalId

BORN = datetime(2030, 3, 4, tzinfo=UTC)
ID = PrincipalId("e77cbb23-0ff2-4e18-819c-690f58269752")


@pytest.mark.documented("concepts:tutorial-assign-azureadroles:2, id and securityIdentifier")
def test_the_security_identifier_is_the_id_told_in_numbers() -> None:
    told = derive_security_identifier(ID)

    assert told == "S-1-12-1-3883711267-1310199794-258579585-1385637464"


@pytest.mark.documented("group, isAssignableToRole and visibility")
@pytest.mark.parametrize("is_role_assignable", [True, False])
def test_a_group_that_can_hold_roles_is_private(is_role_assignable: bool) -> None:  # noqa: FBT001 - a row of the table
    group = DirectoryObject(
        ID, ObjectKind.GROUP, "Crew", BORN, is_role_assignable=is_role_assignable
    )

    told = complete_object(group).attributes

    assert told.get("visibility") == ("Private" if is_role_assignable else None)


@pytest.mark.inferred("only what can be in the token of a sign-in has a security identifier")
def test_an_application_is_left_as_it_is() -> None:
    program = DirectoryObject(ID, ObjectKind.APPLICATION, "Robot", BORN)

    assert complete_object(program) == program
