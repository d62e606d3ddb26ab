"""Which permissions are privileged: all by which somebody could come to a role, on some way."""

from typing import Final

import pytest

from timebound.domain.privileged import (
    PRIVILEGED_FOR_PEOPLE,
    PRIVILEGED_PERMISSIONS,
    is_privileged_permission,
)
from timebound.domain.requirements import REQUIREMENTS, Operation

YIELDING: Final = [
    Operation.ADMINISTER_ELIGIBILITIES,
    Operation.ADMINISTER_ASSIGNMENTS,
    Operation.USE_OWN_ELIGIBILITY,
    Operation.EXTEND_OWN_ELIGIBILITY,
    Operation.DECIDE_APPROVAL,
    Operation.ADMINISTER_GROUP_ELIGIBILITIES,
    Operation.ADMINISTER_GROUP_ASSIGNMENTS,
    Operation.USE_OWN_GROUP_ELIGIBILITY,
    Operation.DECIDE_GROUP_APPROVAL,
    Operation.CHANGE_POLICY,
    Operation.CHANGE_CUSTOM_EXTENSIONS,
    Operation.CHANGE_ROLE_ASSIGNMENTS,
    Operation.CHANGE_ROLE_DEFINITIONS,
    Operation.CHANGE_SIGN_IN,
    Operation.RESET_PASSWORD,
    Operation.UPDATE_APPLICATION,
    Operation.CHANGE_APPLICATION_SECRETS,
    Operation.CHANGE_APPLICATION_OWNERS,
    Operation.CREATE_SERVICE_PRINCIPAL,
    Operation.UPDATE_SERVICE_PRINCIPAL,
    Operation.CHANGE_SERVICE_PRINCIPAL_SECRETS,
    Operation.CHANGE_SERVICE_PRINCIPAL_OWNERS,
    Operation.CONSENT_TO_APPLICATION_PERMISSIONS,
    Operation.CONSENT_TO_DELEGATED_PERMISSIONS,
]
"""What leads to a role, in the name of somebody who holds one. Members and owners of groups need a
permission over roles besides, which is among them."""
EACH: Final = pytest.mark.parametrize("operation", YIELDING)
INFERRED: Final = pytest.mark.inferred("issue 2: consent to administrative permissions")


@INFERRED
@EACH
def test_what_yields_a_role_for_people_is_privileged(operation: Operation) -> None:
    assert set(REQUIREMENTS[operation].delegated) <= PRIVILEGED_FOR_PEOPLE


@INFERRED
@EACH
def test_what_yields_a_role_alone_is_privileged(operation: Operation) -> None:
    needed = REQUIREMENTS[operation]
    stricter = needed.privileged
    alone = needed.application if stricter is None else stricter.application
    assert set(alone or ()) <= PRIVILEGED_PERMISSIONS


@INFERRED
@pytest.mark.parametrize("operation", Operation)
def test_a_group_near_to_a_role_asks_for_a_permission_over_roles(operation: Operation) -> None:
    needed = REQUIREMENTS[operation]
    stricter = needed.privileged
    if stricter is not None:
        yields_nothing = operation.value.startswith(("read", "remove"))
        own = PRIVILEGED_PERMISSIONS.issuperset(needed.application or ("",))
        assert stricter.application or own or yields_nothing
        assert {*stricter.delegated, *stricter.application} <= PRIVILEGED_PERMISSIONS


@INFERRED
def test_an_application_alone_resets_no_administrator_s_password() -> None:
    name = "User.ReadWrite.All"
    assert is_privileged_permission(name, is_delegated=True)
    assert not is_privileged_permission(name, is_delegated=False)
    assert not is_privileged_permission("User.Read.All", is_delegated=True)
