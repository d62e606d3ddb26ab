"""What the demo tenant has to try of groups is there to be tried, as the comments in it say."""

from datetime import timedelta
from typing import Any, Final

import msgspec
import pytest

from tests.examples.place import LABEL, furnish_demo
from tests.scenarios.company import Company, open_company
from tests.scenarios.group_calls import (
    ASKED,
    ELIGIBLE,
    ELIGIBLE_INSTANCES,
    HOUR,
    INSTANCES,
    ask,
    body,
    call,
    join,
    list_rows,
)
from tests.support.due import do_all_due
from timebound.application.ports import Store
from timebound.server.ids import derive_id
from timebound.server.seed_format import Seed

pytestmark = pytest.mark.inferred("what a seed says is what the tenant is; docs of demo.yaml")
APPROVALS: Final = "/v1.0/identityGovernance/privilegedAccess/group/assignmentApprovals"
ROLES: Final = (
    "/v1.0/roleManagement/directory/roleAssignmentScheduleInstances"
    "/filterByCurrentUser(on='principal')"
)


@pytest.fixture
async def demo(store: Store, label: str) -> Company:
    """The demo tenant with an id and a domain of its own, and a password for all."""
    written = msgspec.json.encode(furnish_demo()).decode()
    renamed = written.replace(f"{LABEL}.example", f"{label}.example")
    seed = msgspec.json.decode(renamed, type=Seed)
    tenant = msgspec.structs.replace(seed.tenant, id=derive_id("demo", label))
    return await open_company(store, label, msgspec.structs.replace(seed, tenant=tenant))


async def list_roles(demo: Company, who: str) -> list[str]:
    """The directory roles that somebody holds now."""
    roles = demo.ids.roles
    held = {row["roleDefinitionId"] for row in await list_rows(demo, who, ROLES)}
    return sorted(name for name, role_id in roles.items() if role_id in held)


async def list_mine(demo: Company, who: str, path: str) -> list[dict[str, Any]]:
    return await list_rows(demo, who, f"{path}/filterByCurrentUser(on='principal')")


async def test_an_approver_lets_ben_in_and_the_role_comes_with_it(demo: Company) -> None:
    asked = await join(demo, "ben", "Incident Response")
    assert asked["status"] == "PendingApproval"
    assert await list_roles(demo, "ben") == []
    part = f"{APPROVALS}/{asked['id']}/stages/{asked['id']}"
    said = {"reviewResult": "Approve", "justification": "Go ahead"}

    assert (await call(demo, "ingrid", "PATCH", part, said)).status_code == 204

    assert await list_roles(demo, "ben") == ["Security Operator"]
    demo.move_to(demo.now() + timedelta(hours=1))
    assert await list_roles(demo, "ben") == []


async def test_ingrid_governs_the_reports_while_she_owns_them(demo: Company) -> None:
    days = {"expiration": {"type": "afterDuration", "duration": "P7D"}}
    sent = body(demo, "adminAssign", "nora", "Security Reports", scheduleInfo=days)
    await ask(demo, "ingrid", ELIGIBLE, sent, status=403)
    await join(demo, "ingrid", "Security Reports", "owner")

    assert (await ask(demo, "ingrid", ELIGIBLE, sent))["status"] == "Provisioned"


async def test_samuel_reads_the_reports_until_the_month_is_over(demo: Company) -> None:
    (held,) = await list_mine(demo, "samuel", INSTANCES)
    assert (held["groupId"], held["accessId"]) == (demo.find("Security Reports"), "member")
    assert held["endDateTime"] == "2030-04-03T08:00:00Z"

    demo.move_to(demo.now() + timedelta(days=30))
    await do_all_due(demo.store, demo.now())

    assert await list_mine(demo, "samuel", INSTANCES) == []


async def test_omar_is_on_call_as_one_of_the_support(demo: Company) -> None:
    on_call = demo.find("On Call")
    rows = await list_rows(demo, "grace", f"{ELIGIBLE_INSTANCES}?$filter=groupId eq '{on_call}'")
    assert {row["principalId"] for row in rows} == {demo.find("mei"), demo.find("Tier 2 Support")}

    assert (await join(demo, "omar", "On Call"))["status"] == "Provisioned"

    assert await list_roles(demo, "omar") == ["Service Support Administrator"]
    sent = body(demo, "selfActivate", "nora", "On Call", scheduleInfo=HOUR)
    await ask(demo, "nora", ASKED, sent, status=400)
