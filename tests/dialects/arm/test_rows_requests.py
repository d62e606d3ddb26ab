"""Rows of the decision table about requests that are told apart by what travels, over HTTP.

Rows that other files here play are named in their markers; `tests/domain/test_azure_rows.py` asks
for a test of each.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.dialects.arm.asking import (
    ASSIGNMENTS,
    ELIGIBILITIES,
    VERSION,
    body,
    code,
    days,
    lasting,
    name,
    path,
)
from tests.dialects.arm.estate import (
    CONTRIBUTOR,
    PROVIDER,
    READER,
    ROBOT_OWNS,
    SUBSCRIPTION,
    Held,
    build_estate,
    place,
    role_id,
)
from tests.dialects.arm.office import ArmOffice
from tests.dialects.graph.office import DAWN, GRACE, HANA, HENRIK, NORA, TENANT, set_tenant
from tests.domain.decision_rows import ROWS
from timebound.application.azure_catalog import built_in_azure_roles
from timebound.application.changes import (
    ChangeSet,
    InsertGrant,
    PutPolicy,
    policy_key,
)
from timebound.domain.grants import Terms
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.policies import Policy, SignIn, default_policy
from timebound.domain.policies.enablement import Enablement, EnablementRule
from timebound.domain.roles import AZURE_USER_ACCESS_ADMINISTRATOR
from timebound.domain.settings import TenantSettings

MINUTE = timedelta(minutes=1)
INSTANCES = f"{SUBSCRIPTION}/{PROVIDER}/roleAssignmentScheduleInstances?{VERSION}"
LATER = {"startDateTime": "2031-03-05T08:00:00Z"}


@pytest.fixture(autouse=True)
async def estate(office: ArmOffice) -> None:
    await build_estate(office.store)


async def ask(
    office: ArmOffice, who: str, collection: str, number: int, sent: dict[str, Any]
) -> httpx.Response:
    return await office.put(who, path(collection, number), sent)


async def activate(office: ArmOffice, number: int = 1, **more: Any) -> httpx.Response:  # noqa: ANN401 - JSON
    sent = body("SelfActivate", HANA, **{"scheduleInfo": lasting(), **more})
    return await ask(office, HANA, ASSIGNMENTS, number, sent)


async def status_of(office: ArmOffice, number: int, collection: str = ASSIGNMENTS) -> str:
    answer = await office.get(GRACE, path(collection, number))
    told: str = answer.json()["properties"]["status"]
    return told


async def held_by(office: ArmOffice, who: str) -> list[dict[str, Any]]:
    rows = await office.walk(who, f"{INSTANCES}&$filter=asTarget()")
    return [row["properties"] for row in rows]


@pytest.mark.documented("ASG-019: terraform-provider-azurerm waits for SubjectNotFound to go")
@pytest.mark.parametrize("collection", [ASSIGNMENTS, ELIGIBILITIES])
async def test_nobody_is_given_a_role_who_is_not_there(office: ArmOffice, collection: str) -> None:
    stranger = PrincipalId("dddddddd-0000-4000-8000-000000000009")
    sent = body("AdminAssign", stranger, scheduleInfo=days(3))
    assert code(await ask(office, GRACE, collection, 1, sent)) == (404, "SubjectNotFound")
    assert await office.walk(GRACE, f"{SUBSCRIPTION}/{PROVIDER}/{collection}?{VERSION}") == []


DELEGATED = (
    "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR "
    "(@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] "
    f"ForAnyOfAnyValues:GuidEquals {{{READER}}}))"
)


async def hold(office: ArmOffice, role: RoleId, condition: str | None = None) -> None:
    """Nora holds a role over the subscription, on a condition or without one."""
    grant = Held(21, NORA, role, SUBSCRIPTION).write().grant
    terms = Terms(condition, "2.0") if condition else None
    write = InsertGrant(replace(grant, terms=terms))
    assert await office.store.apply(ChangeSet(TENANT, DAWN, {}, frozenset(), (write,)))


@pytest.mark.documented("AUT-013: ARM, who may not write role assignments may not ask for others")
@pytest.mark.parametrize("collection", [ASSIGNMENTS, ELIGIBILITIES])
@pytest.mark.parametrize("role", [CONTRIBUTOR, READER])
async def test_aut_013_contributors_give_nothing(
    office: ArmOffice, collection: str, role: RoleId
) -> None:
    await hold(office, role)
    sent = body("AdminAssign", HENRIK, scheduleInfo=days(3))
    assert code(await ask(office, NORA, collection, 1, sent)) == (403, "AuthorizationFailed")


@pytest.mark.observed("ASG-042: terraform-provider-azurerm#28067; the code was not seen")
@pytest.mark.parametrize("collection", [ASSIGNMENTS, ELIGIBILITIES])
async def test_asg_042_on_a_condition_nobody_administers(
    office: ArmOffice, collection: str
) -> None:
    sent = body("AdminAssign", HENRIK, scheduleInfo=days(3), roleDefinitionId=role_id(READER))
    await hold(office, AZURE_USER_ACCESS_ADMINISTRATOR, DELEGATED)
    refused = await ask(office, NORA, collection, 1, sent)
    assert code(refused) == (400, "InsufficientPermissions")
    direct = {"properties": {"roleDefinitionId": role_id(READER), "principalId": HENRIK}}
    place_ = f"{SUBSCRIPTION}/{PROVIDER}/roleAssignments/{name(9)}?api-version=2022-04-01"
    assert (await office.put(NORA, place_, direct)).status_code == 201, "which is what it is for"


INVALID = (400, "InvalidRoleAssignmentRequest")


@pytest.mark.parametrize(
    "schedule",
    [
        pytest.param(
            {"expiration": {"type": "AfterDuration", "duration": "P6M"}},
            marks=ROWS["ASG-029"].mark,
            id="ASG-029 months",
        ),
        pytest.param(
            {"startDateTime": "2031-03-05T08:00:00", **days(3)},
            marks=ROWS["ASG-030"].mark,
            id="ASG-030 no offset",
        ),
    ],
)
@pytest.mark.parametrize("collection", [ASSIGNMENTS, ELIGIBILITIES])
async def test_schedules_that_cannot_be_read(
    office: ArmOffice, collection: str, schedule: dict[str, Any]
) -> None:
    sent = body("AdminAssign", NORA, scheduleInfo=schedule)
    assert code(await ask(office, GRACE, collection, 1, sent)) == INVALID
    assert (await office.get(GRACE, path(collection, 1))).status_code == 404


@ROWS["ASG-036"].mark
@pytest.mark.parametrize("collection", [ASSIGNMENTS, ELIGIBILITIES])
@pytest.mark.parametrize("member", ["isValidationOnly", "IsValidationOnly"])
async def test_asg_036_a_rehearsal_is_answered_and_not_stored(
    office: ArmOffice, collection: str, member: str
) -> None:
    sent = body("AdminAssign", NORA, scheduleInfo=days(3), **{member: True})
    assert (await ask(office, GRACE, collection, 1, sent)).status_code == 201
    assert (await office.get(GRACE, path(collection, 1))).status_code == 404
    assert await held_by(office, NORA) == []
    assert (await ask(office, GRACE, collection, 1, sent)).status_code == 201


@ROWS["ASG-037"].mark
@pytest.mark.parametrize(
    ("who", "sent"),
    [
        (HANA, body("SelfActivate", HANA, scheduleInfo=lasting(9))),
        (HANA, body("SelfActivate", HANA, scheduleInfo=lasting(), justification="")),
        (GRACE, body("AdminRemove", NORA)),
        (GRACE, body("AdminAssign", NORA, scheduleInfo=days(900))),
    ],
    ids=["too long", "no reason", "not there", "assigned too long"],
)
async def test_asg_037_a_rehearsal_is_refused_as_the_real_thing_is(
    office: ArmOffice, who: str, sent: dict[str, Any]
) -> None:
    real = await ask(office, who, ASSIGNMENTS, 1, sent)
    only = {"properties": {**sent["properties"], "isValidationOnly": True}}
    flagged = await ask(office, who, ASSIGNMENTS, 1, only)
    validated = await office.post(who, path(ASSIGNMENTS, 1, verb="/validate"), sent)
    assert real.status_code == flagged.status_code == validated.status_code == 400
    assert real.json() == flagged.json() == validated.json()


async def ask_for(office: ArmOffice, *enabled: Enablement) -> None:
    """Has the policy of contributors ask for these things when somebody activates."""
    scope = place(SUBSCRIPTION)
    rules = dict(default_policy(built_in_azure_roles()[CONTRIBUTOR].role).rules)
    rules["Enablement_EndUser_Assignment"] = EnablementRule(enabled)
    write = PutPolicy(scope, CONTRIBUTOR, Policy(rules))
    bumps = frozenset({policy_key(scope, CONTRIBUTOR)})
    assert await office.store.apply(ChangeSet(TENANT, DAWN, {}, bumps, (write,)))


@pytest.mark.inferred("ACT-054: the obligation of Azure's own sign-in is a matter of sign-in here")
async def test_act_054_a_second_factor_is_asked_for_by_policies(office: ArmOffice) -> None:
    # Azure refuses clients without it (RequestDisallowedByAzure), whoever they are and whatever
    # they ask. Here the setting `second_factor` has everybody show one to be signed in, and a
    # role's policy has whoever activates it: neither needs an answer of its own at this door.
    weak = office.sign_in(HANA, sign_in=SignIn())
    sent = body("SelfActivate", HANA, scheduleInfo=lasting())
    await ask_for(office, Enablement.MFA)
    refused = await office.put(weak, path(ASSIGNMENTS, 1), sent)
    assert code(refused) == (400, "RoleAssignmentRequestPolicyValidationFailed")
    assert "MfaRule" in refused.json()["error"]["message"]
    await ask_for(office)
    assert (await office.put(weak, path(ASSIGNMENTS, 1), sent)).status_code == 201


@ROWS["ACT-045"].mark
@pytest.mark.inferred("EXP-006: promise 6 of the design, never beyond the eligibility")
async def test_act_045_an_activation_ends_with_what_it_stands_on(office: ArmOffice) -> None:
    half = {"expiration": {"type": "AfterDuration", "duration": "PT30M"}}
    sent = body("AdminAssign", NORA, scheduleInfo=half)
    assert (await ask(office, GRACE, ELIGIBILITIES, 1, sent)).status_code == 201
    asked = body("SelfActivate", NORA, scheduleInfo=lasting(2))
    assert (await ask(office, NORA, ASSIGNMENTS, 2, asked)).status_code == 201
    (row,) = await held_by(office, NORA)
    assert row["endDateTime"] == "2031-03-04T08:30:00Z"
    office.clock.advance(30 * MINUTE)
    assert await held_by(office, NORA) == []


@pytest.mark.documented("CAN-002: OPIM-status 3.3; recorded cancel: 200 and nothing said")
async def test_can_002_who_asked_takes_it_back(office: ArmOffice) -> None:
    assert (await activate(office, scheduleInfo={**LATER, **lasting()})).status_code == 201
    assert await status_of(office, 1) == "Granted"
    answer = await office.post(HANA, path(ASSIGNMENTS, 1, verb="/cancel"))
    assert (answer.status_code, answer.content) == (200, b"")
    assert await status_of(office, 1) == "Canceled"


@ROWS["CAN-005"].mark
@ROWS["CAN-010"].mark
async def test_can_005_what_is_settled_is_not_cancelled_and_stays_readable(
    office: ArmOffice,
) -> None:
    assert (await activate(office)).status_code == 201
    assert (await activate(office, 2, scheduleInfo={**LATER, **lasting()})).status_code == 201
    assert (await office.post(HANA, path(ASSIGNMENTS, 2, verb="/cancel"))).status_code == 200
    for number, status in ((1, "Provisioned"), (2, "Canceled")):
        answer = await office.post(HANA, path(ASSIGNMENTS, number, verb="/cancel"))
        assert code(answer) == (400, "RequestCannotBeCancelled")
        assert await status_of(office, number) == status
    office.clock.advance(timedelta(days=60))
    assert await status_of(office, 2) == "Canceled"


async def delay(office: ArmOffice, span: timedelta) -> None:
    """Has changes arrive late, as an emulator may."""
    await set_tenant(office.store, TenantSettings(propagation_delay=span))


@pytest.mark.observed("UPD-003; arm notes 3: Bicep files create with AdminUpdate alone")
@pytest.mark.parametrize("collection", [ASSIGNMENTS, ELIGIBILITIES])
async def test_upd_003_a_file_that_only_changes_can_be_deployed_first_and_again(
    office: ArmOffice, collection: str
) -> None:
    sent = body("AdminUpdate", NORA, scheduleInfo=days(30))
    rehearsed = await office.post(GRACE, path(collection, 1, verb="/validate"), sent)
    made = await ask(office, GRACE, collection, 1, sent)
    again = await ask(office, GRACE, collection, 2, sent)
    assert rehearsed.status_code == 200
    assert [one.status_code for one in (made, again)] == [201, 201]
    told = [one.json()["properties"] for one in (rehearsed, made, again)]
    assert {one["requestType"] for one in told} == {"AdminUpdate"}
    assert [one["status"] for one in told] == ["Granted", "Provisioned", "Provisioned"]
    assert (await office.get(GRACE, path(collection, 1))).json() == made.json()


@pytest.mark.inferred("who changes what is not there is judged as who assigns, in every respect")
async def test_upd_003_who_may_not_assign_creates_nothing(office: ArmOffice) -> None:
    sent = body("AdminUpdate", NORA, scheduleInfo=days(30))
    other = await ask(office, HANA, ELIGIBILITIES, 1, sent)
    assert code(other) == (403, "AuthorizationFailed")
    long = body("AdminUpdate", NORA, scheduleInfo=days(366))
    for verb, send in (("", office.put), ("/validate", office.post)):
        answer = await send(GRACE, path(ELIGIBILITIES, 1, verb=verb), long)
        assert code(answer) == (400, "RoleAssignmentRequestPolicyValidationFailed")


@pytest.mark.inferred("DEA-003 by setting alone: promise 2 of the design, you read what you wrote")
@pytest.mark.parametrize(
    ("span", "expected"),
    [(timedelta(0), "ActiveDurationTooShort"), (45 * MINUTE / 60, "RoleAssignmentDoesNotExist")],
)
async def test_dea_003_what_was_just_activated(
    office: ArmOffice, span: timedelta, expected: str
) -> None:
    await delay(office, span)
    office.clock.advance(MINUTE)  # what Hana is eligible for has arrived
    assert (await activate(office)).status_code == 201
    answer = await ask(office, HANA, ASSIGNMENTS, 2, body("SelfDeactivate", HANA))
    assert code(answer) == (400, expected)
    office.clock.advance(5 * MINUTE)
    back = await ask(office, HANA, ASSIGNMENTS, 3, body("SelfDeactivate", HANA))
    assert (back.status_code, back.json()["properties"]["status"]) == (201, "Revoked")


@pytest.mark.inferred("EXP-015 says so itself: what lingers in the service's lists is not imitated")
async def test_exp_015_what_has_ended_is_not_listed_any_more(office: ArmOffice) -> None:
    assert (await activate(office)).status_code == 201
    office.clock.advance(60 * MINUTE - timedelta(microseconds=1))
    assert len(await held_by(office, HANA)) == 1
    office.clock.advance(timedelta(microseconds=1))
    assert await held_by(office, HANA) == []


@pytest.mark.inferred("AUT-017: what provisions here is the service itself, and holds no role")
async def test_aut_017_no_program_has_to_hold_a_role_for_requests_to_be_fulfilled(
    office: ArmOffice,
) -> None:
    # Microsoft's is fulfilled by a service principal, and fails where that has lost its role.
    held = f"{SUBSCRIPTION}/{PROVIDER}/roleAssignments"
    gone = await office.delete(GRACE, f"{held}/{ROBOT_OWNS.id}?api-version=2022-04-01")
    assert gone.status_code == 200
    kinds = {row["properties"]["principalType"] for row in await office.walk(GRACE, INSTANCES)}
    assert kinds == {"User"}
    sent = body("AdminAssign", HENRIK, scheduleInfo=days(3))
    answer = await ask(office, GRACE, ASSIGNMENTS, 1, sent)
    assert (answer.status_code, answer.json()["properties"]["status"]) == (201, "Provisioned")
    assert (await held_by(office, HENRIK))[0]["assignmentType"] == "Assigned"


@ROWS["REM-007"].mark
async def test_rem_007_an_activation_goes_with_the_eligibility(office: ArmOffice) -> None:
    assert (await activate(office)).status_code == 201
    office.clock.advance(6 * MINUTE)
    gone = await ask(office, GRACE, ELIGIBILITIES, 2, body("AdminRemove", HANA))
    assert (gone.status_code, gone.json()["properties"]["status"]) == (201, "Revoked")
    assert await held_by(office, HANA) == []
    assert name(1) == (await office.get(HANA, path(ASSIGNMENTS, 1))).json()["name"]
