"""Deny assignments over HTTP: what they keep from being deleted, and who can lift them."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.dialects.arm.office import ArmOffice
from tests.dialects.arm.role_office import CIRCLE, GUID, ONE, WEB, at, make_grant, open_roles
from tests.dialects.graph.office import DAWN, GRACE, HANA, HENRIK, NORA, OMAR, TENANT
from timebound.application.azure_writes import PutScope
from timebound.application.changes import ChangeSet, InsertGrant
from timebound.application.ports import Store
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.roles import AZURE_OWNER, AZURE_USER_ACCESS_ADMINISTRATOR

documented = pytest.mark.documented("Azure: deny assignments")
inferred = pytest.mark.inferred("nobody is to be locked out for good")
SITE = f"{WEB}/providers/Microsoft.Web/sites/front"
VERSION = "?api-version=2021-04-01"
ALL_BUT_READING = [{"actions": ["*"], "notActions": ["*/read"]}]


@pytest.fixture
async def office(store: Store) -> AsyncIterator[ArmOffice]:
    """The door over the tenant with its tree, and a site in it."""
    opened = await open_roles(store)
    site = (PutScope(at(SITE), at(WEB)),)
    assert await store.apply(ChangeSet(TENANT, DAWN, {}, frozenset(), site))
    async with opened.client:
        yield opened


def address(scope: str) -> str:
    path = f"{scope}/providers/Microsoft.Authorization/denyAssignments/{GUID}"
    return f"{path}?api-version=2026-09-01"


async def deny(office: ArmOffice, who: PrincipalId, scope: str, **told: object) -> httpx.Response:
    usual: dict[str, Any] = {
        "denyAssignmentName": "No",
        "permissions": [{"actions": ["*/delete"]}],
        "principals": [{"id": HENRIK, "type": "User"}],
    }
    return await office.put(who, address(scope), {"properties": {**usual, **told}})


async def give(office: ArmOffice, who: PrincipalId, role: str, path: str) -> None:
    held = InsertGrant(make_grant(60, who, RoleId(role), path))
    assert await office.store.apply(ChangeSet(TENANT, DAWN, {}, frozenset(), (held,)))


@documented
async def test_what_is_denied_inside_keeps_what_it_lies_in(office: ArmOffice) -> None:
    assert (await deny(office, GRACE, SITE)).status_code == 201
    assert (await office.delete(HENRIK, f"{SITE}{VERSION}")).status_code == 403
    refused = await office.delete(HENRIK, f"{WEB}{VERSION}")
    assert (refused.status_code, refused.json()["error"]["code"]) == (
        403,
        "LinkedAuthorizationFailed",
    )
    assert SITE in refused.json()["error"]["message"]
    assert (await office.get(GRACE, f"{SITE}{VERSION}")).status_code == 200
    assert (await office.delete(GRACE, f"{WEB}{VERSION}")).status_code < 300


@documented
@pytest.mark.parametrize(
    "told",
    [
        {"principals": [{"id": OMAR, "type": "User"}]},
        {"permissions": [{"actions": ["Microsoft.Web/sites/write"]}]},
        {"denyAssignmentEffect": "audit"},
    ],
)
async def test_what_is_not_denied_goes_with_what_it_lies_in(
    office: ArmOffice, told: dict[str, object]
) -> None:
    assert (await deny(office, GRACE, SITE, **told)).status_code == 201
    assert (await office.delete(HENRIK, f"{WEB}{VERSION}")).status_code < 300


@inferred
@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        (AZURE_OWNER, CIRCLE, 200),
        (AZURE_USER_ACCESS_ADMINISTRATOR, "/", 200),
        (AZURE_OWNER, ONE, 403),
        ("b24988ac-6180-42a0-ab88-20f7382dd24c", CIRCLE, 403),
    ],
)
async def test_who_may_lift_denials_above_lifts_one_for_everybody(
    office: ArmOffice, role: str, path: str, status: int
) -> None:
    """Left out is somebody who has no role at all."""
    await give(office, HANA, role, path)
    made = await deny(
        office,
        HENRIK,
        ONE,
        permissions=ALL_BUT_READING,
        principals=[{"type": "SystemDefined"}],
        excludePrincipals=[{"id": NORA, "type": "User"}],
    )
    assert made.status_code == 201
    assert (await office.delete(HENRIK, address(ONE))).status_code == 403
    assert (await office.delete(HANA, f"{WEB}{VERSION}")).status_code == 403
    assert (await office.delete(HANA, address(ONE))).status_code == status
