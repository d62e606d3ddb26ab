"""Changes of policies of Azure roles are in the log, and so is what was refused of them."""

import pytest

from tests.dialects.arm.cloud import READER, SUBSCRIPTION, at, find_policy, plant
from tests.dialects.arm.office import ArmOffice
from tests.dialects.arm.policy_data import body, expiration
from tests.dialects.graph.office import GRACE, NORA, TENANT
from tests.storage.world import World
from tests.support.sealing import make_signer, read_logged
from timebound.application.auditing import AuditTrail
from timebound.application.sealing import Sealer
from timebound.domain.audit import audit_records
from timebound.domain.audit.records import Category
from timebound.domain.events import EventKind


@pytest.mark.documented("DESIGN: refusals are facts; a change and its record commit together")
async def test_changes_and_refusals_are_told(office: ArmOffice) -> None:
    await plant(office.store)
    name = (await find_policy(office, READER))["name"]
    path = at(SUBSCRIPTION, f"roleManagementPolicies/{name}", "2020-10-01")
    for who, maximum in ((GRACE, "PT2H"), (GRACE, "PT25H"), (NORA, "PT1H")):
        await office.patch(who, path, body(expiration("EndUser_Assignment", maximum)))
    trail = AuditTrail(office.store, Sealer(office.store, make_signer()))
    await trail.catch_up(TENANT, office.clock.now())
    events = [one.event for one in await read_logged(World(office.store, TENANT))]
    changed, refused, denied = events
    assert [one.kind for one in events] == [
        EventKind.POLICY_CHANGED,
        EventKind.CHANGE_REFUSED,
        EventKind.CHANGE_REFUSED,
    ]
    assert changed.data["changedRules"] == ("Expiration_EndUser_Assignment",)
    assert {one.data["scopeKind"] for one in events} == {"azure"}
    assert {one.data["scope"] for one in events} == {SUBSCRIPTION}
    assert {one.subject_id for one in events} == {READER}
    assert denied.actor.user_id == NORA
    records = [record for one in (changed, refused) for record in audit_records(one)]
    assert {one.activity.category for one in records} == {Category.RESOURCES}
