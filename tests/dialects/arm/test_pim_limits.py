"""Requests for roles of Azure over HTTP where no more can be assigned."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

import httpx
import pytest

from tests.dialects.arm.asking import ASSIGNMENTS, VERSION, body, code, lasting, path
from tests.dialects.arm.estate import (
    CONTRIBUTOR,
    OTHER,
    PROVIDER,
    READER,
    SUBSCRIPTION,
    Held,
    build_estate,
)
from tests.dialects.arm.office import ArmOffice
from tests.dialects.arm.policy_data import approval
from tests.dialects.arm.policy_data import body as policy_body
from tests.dialects.graph.office import (
    GRACE,
    HANA,
    HENRIK,
    INGRID,
    NORA,
    OMAR,
    TENANT,
    set_tenant,
)
from tests.storage.world import World
from tests.support.sealing import make_signer, read_logged
from timebound.application.auditing import AuditTrail
from timebound.application.sealing import Sealer
from timebound.domain.audit import audit_records
from timebound.domain.audit.records import AuditRecord, Result
from timebound.domain.events import EventKind
from timebound.domain.grants import GrantKind
from timebound.domain.settings import TenantSettings

documented = pytest.mark.documented("Azure: limits of RBAC, troubleshooting of them; notes 10, 11")
inferred = pytest.mark.inferred("nothing is published of requests that find no room later")

FULL: Final = (400, "RoleAssignmentLimitExceeded")
HELD: Final = 3
"""So many hold a role in the subscription from the beginning: Grace, the robot and Samuel."""
AHEAD: Final = {"startDateTime": "2031-03-04T10:00:00Z", **lasting()}
YES: Final = {"reviewResult": "Approve", "justification": "I trust this person."}


@pytest.fixture(autouse=True)
async def estate(office: ArmOffice) -> None:
    more = Held(31, OMAR, CONTRIBUTOR, SUBSCRIPTION, GrantKind.ELIGIBLE)
    await build_estate(office.store, more, Held(32, OMAR, READER, OTHER))
    await limit(office, HELD)


async def limit(office: ArmOffice, number: int) -> None:
    """So many roles may be assigned in a subscription."""
    settings = TenantSettings(azure_assignments_per_subscription=number)
    await set_tenant(office.store, settings)


async def activate(office: ArmOffice, number: int = 1, **schedule: object) -> httpx.Response:
    asked = body("SelfActivate", HANA, scheduleInfo=schedule or lasting())
    return await office.put(HANA, path(ASSIGNMENTS, number), asked)


async def assign(office: ArmOffice, number: int = 1, **schedule: object) -> httpx.Response:
    asked = body("AdminAssign", NORA, scheduleInfo=schedule or lasting())
    return await office.put(GRACE, path(ASSIGNMENTS, number), asked)


async def read(office: ArmOffice) -> dict[str, Any]:
    answer = await office.get(GRACE, path(ASSIGNMENTS, 1))
    assert answer.status_code == HTTPStatus.OK, answer.text
    told: dict[str, Any] = answer.json()["properties"]
    return told


async def holders(office: ArmOffice) -> set[str]:
    """Who holds a role in the subscription now."""
    where = f"{SUBSCRIPTION}/{PROVIDER}/roleAssignmentScheduleInstances?{VERSION}"
    return {row["properties"]["principalId"] for row in await office.walk(GRACE, where)}


async def records(office: ArmOffice, *kinds: EventKind) -> list[AuditRecord]:
    """What the audit log tells of."""
    trail = AuditTrail(office.store, Sealer(office.store, make_signer()))
    await trail.catch_up(TENANT, office.clock.now())
    events = [one.event for one in await read_logged(World(office.store, TENANT))]
    return [one for event in events if event.kind in kinds for one in audit_records(event)]


@documented
async def test_an_activation_is_refused_where_no_more_can_be_assigned(office: ArmOffice) -> None:
    refused = await activate(office)
    assert code(refused) == FULL
    told = refused.json()["error"]["message"]
    assert told == "No more role assignments can be created."
    assert code(await office.get(GRACE, path(ASSIGNMENTS, 1)))[0] == HTTPStatus.NOT_FOUND
    rehearsed = await office.post(
        HANA, path(ASSIGNMENTS, 1, verb="/validate"), body("SelfActivate", HANA)
    )
    assert code(rehearsed) == FULL
    await limit(office, HELD + 1)
    assert (await activate(office)).status_code == HTTPStatus.CREATED
    # The next one, made past requests, counts the activation.
    at = f"{SUBSCRIPTION}/{PROVIDER}"
    plain = {"roleDefinitionId": f"{at}/roleDefinitions/{READER}", "principalId": HENRIK}
    name = "cccccccc-0000-4000-8000-0000000000ff"
    put = await office.put(
        GRACE, f"{at}/roleAssignments/{name}?api-version=2022-04-01", {"properties": plain}
    )
    assert code(put) == FULL


@documented
async def test_an_assignment_by_request_is_refused_likewise(office: ArmOffice) -> None:
    assert code(await assign(office)) == FULL
    eligible = body("AdminAssign", NORA, scheduleInfo=lasting())
    given = await office.put(GRACE, path("roleEligibilityScheduleRequests", 2), eligible)
    assert given.status_code == HTTPStatus.CREATED
    (refused,) = await records(office, EventKind.REQUEST_REFUSED)
    assert (refused.result, refused.reason) == (Result.FAILURE, "quotaExceeded")


@inferred
async def test_who_is_approved_where_there_is_no_room_gets_nothing(office: ArmOffice) -> None:
    policies = f"{SUBSCRIPTION}/{PROVIDER}/roleManagementPolicies"
    named = f"roleDefinitionId eq '{CONTRIBUTOR}'"
    listed = await office.get(GRACE, f"{policies}?{VERSION}&$filter={named}")
    (policy,) = listed.json()["value"]
    approver = {"userType": "User", "id": INGRID, "isBackup": False}
    change = policy_body(approval(approver, is_required=True))
    changed = await office.patch(GRACE, f"{policies}/{policy['name']}?{VERSION}", change)
    assert changed.status_code == HTTPStatus.OK
    asked = await activate(office)
    assert asked.json()["properties"]["status"] == "PendingApproval"
    name = asked.json()["name"]
    stage = f"/{PROVIDER}/roleAssignmentApprovals/{name}/stages/{name}"
    said = await office.patch(INGRID, f"{stage}?api-version=2021-01-01-preview", YES)
    assert said.status_code == HTTPStatus.OK
    assert (await read(office))["status"] == "Failed"
    assert HANA not in await holders(office)
    approved, failed = await records(office, EventKind.APPROVAL_GIVEN)
    assert (approved.result, failed.result) == (Result.SUCCESS, Result.FAILURE)
    assert failed.activity.name == "Add member to role completed (PIM activation)"
    assert failed.reason == "quotaExceeded"


@inferred
@pytest.mark.parametrize("ask", [activate, assign])
async def test_what_is_to_begin_later_has_its_place(
    office: ArmOffice, ask: Callable[..., Awaitable[httpx.Response]]
) -> None:
    assert code(await ask(office, **AHEAD)) == FULL
    await limit(office, HELD + 1)
    asked = await ask(office, 2, **AHEAD)
    assert asked.json()["properties"]["status"] == "Granted"
    who = asked.json()["properties"]["principalId"]
    other = assign if ask is activate else activate
    assert code(await other(office, 3)) == FULL
    office.clock.advance(timedelta(hours=2))
    assert who in await holders(office)
