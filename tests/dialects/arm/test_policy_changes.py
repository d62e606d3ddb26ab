"""Changes of policies of Azure roles: as clients send them, and what is refused of them."""

from http import HTTPStatus
from typing import Any, Final

import httpx
import pytest

from tests.dialects.arm.cloud import READER, SUBSCRIPTION, at, find_policy, plant
from tests.dialects.arm.office import ArmOffice
from tests.dialects.arm.policy_data import (
    FACTORY,
    STAGE,
    approval,
    body,
    enablement,
    expiration,
    notification,
    rule,
    with_rules,
)
from tests.dialects.graph.office import GRACE, INGRID, ROBOT, TIER2

GA: Final = "2020-10-01"
PIM_ONLY_VERSIONS: Final = ("2024-02-01-preview", "2024-09-01-preview")
LATEST: Final = PIM_ONLY_VERSIONS[1]
EVERY_VERSION: Final = pytest.mark.parametrize(
    "version", ["2020-10-01-preview", GA, *PIM_ONLY_VERSIONS]
)
CONTEXT, NOBODY = "AuthenticationContext", "dddddddd-0000-4000-8000-000000000001"
USER: Final = {"userType": "User", "id": INGRID, "isBackup": False, "description": "Ingrid"}
GROUP: Final = {"userType": "Group", "id": TIER2, "isBackup": False, "description": "Tier 2"}


@pytest.fixture
async def cloud(office: ArmOffice) -> ArmOffice:
    """The office with a tree of Azure."""
    await plant(office.store)
    return office


async def change(
    cloud: ArmOffice, sent: object, version: str = GA, who: str = GRACE
) -> httpx.Response:
    """The answer to a change of the policy of readers."""
    name = (await find_policy(cloud, READER))["name"]
    return await cloud.patch(who, at(SUBSCRIPTION, f"roleManagementPolicies/{name}", version), sent)


async def rules_now(cloud: ArmOffice) -> list[dict[str, Any]]:
    """The rules that readers have now."""
    found: list[dict[str, Any]] = (await find_policy(cloud, READER))["properties"]["rules"]
    return found


def with_nulls(one: dict[str, Any]) -> dict[str, Any]:
    """A rule as the examples send it: with everything that a target could have."""
    unset = dict.fromkeys(("targetObjects", "inheritableSettings", "enforcedSettings"))
    return {**one, "target": {**one["target"], **unset}}


def mail(place: str, who: str, *addresses: str) -> dict[str, Any]:
    return notification(
        place,
        who,
        notificationLevel="Critical",
        isDefaultRecipientsEnabled=not addresses,
        notificationRecipients=list(addresses) or None,
    )


EXAMPLE: Final = [
    expiration("Admin_Eligibility", "P180D", is_required=False),
    mail("Admin_Eligibility", "Admin", "admin_admin_eligible@test.com"),
    mail("Admin_Eligibility", "Requestor", "requestor_admin_eligible@test.com"),
    mail("Admin_Eligibility", "Approver", "approver_admin_eligible@test.com"),
    enablement("Admin_Eligibility"),
    expiration("Admin_Assignment", "P90D", is_required=False),
    enablement("Admin_Assignment", "Justification", "MultiFactorAuthentication"),
    mail("Admin_Assignment", "Admin", "admin_admin_member@test.com"),
    mail("Admin_Assignment", "Requestor", "requestor_admin_member@test.com"),
    mail("Admin_Assignment", "Approver", "approver_admin_member@test.com"),
    expiration("EndUser_Assignment", "PT7H"),
    enablement("EndUser_Assignment", "Justification", "MultiFactorAuthentication", "Ticketing"),
    approval(GROUP, USER, is_required=True),
    rule(CONTEXT, "EndUser_Assignment", isEnabled=False, claimValue=""),
    mail("EndUser_Assignment", "Admin", "admin_enduser_member@test.com"),
    mail("EndUser_Assignment", "Requestor", "requestor_enduser_member@test.com"),
    mail("EndUser_Assignment", "Approver"),
]
"""All rules as the published example changes them."""


def without_nulls(one: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if value is not None}


@pytest.mark.documented("example PatchRoleManagementPolicy: the whole policy, in another order")
@EVERY_VERSION
async def test_the_whole_policy_is_changed(cloud: ArmOffice, version: str) -> None:
    answer = await change(cloud, body(*map(with_nulls, EXAMPLE)), version)
    assert answer.status_code == HTTPStatus.OK, answer.text
    told = answer.json()["properties"]
    expected = with_rules(*map(without_nulls, EXAMPLE))
    assert told["rules"] == told["effectiveRules"] == expected == await rules_now(cloud)


@pytest.mark.documented("example PatchPartialRoleManagementPolicy: what is not named stays")
@EVERY_VERSION
async def test_some_rules_are_changed(cloud: ArmOffice, version: str) -> None:
    part = EXAMPLE[:2]
    answer = await change(cloud, body(*map(with_nulls, part)), version)
    assert answer.json()["properties"]["rules"] == with_rules(*part)


@pytest.mark.documented("example PatchRoleManagementPolicyToEnablePIMOnlyMode")
@pytest.mark.parametrize("version", PIM_ONLY_VERSIONS)
async def test_assignments_past_requests_are_ended(cloud: ArmOffice, version: str) -> None:
    settings = {
        "excludedAssignmentTypes": ["ServicePrincipalsAsTarget"],
        "mode": "Enabled",
        "excludes": [
            {"id": INGRID, "type": "User"},
            {"id": TIER2, "type": "Group", "displayName": "Tier 2"},
            {"id": ROBOT, "type": "ServicePrincipal"},
        ],
    }
    sent = {
        "id": "PIMOnlyMode_Admin_Assignment",
        "ruleType": "RoleManagementPolicyPimOnlyModeRule",
        "pimOnlyModeSettings": settings,
        "target": {
            "caller": "Admin",
            "level": "Assignment",
            "operations": ["all"],
            "enforcedSettings": ["all"],
            "inheritableSettings": ["all"],
            "targetObjects": [],
        },
    }
    told = (await change(cloud, body(sent), version)).json()["properties"]
    assert told["rules"] == told["effectiveRules"]
    assert told["rules"][:17] == FACTORY
    assert [one["pimOnlyModeSettings"] for one in told["rules"][17:]] == [settings]
    # Versions of before know nothing of it, and leave it as it is.
    before = (await change(cloud, body())).json()["properties"]
    assert before["rules"] == FACTORY
    assert len(await rules_now(cloud)) == 18
    unknown = await change(cloud, body(sent), GA)
    assert unknown.json()["error"]["code"] == "InvalidPolicyRule"
    off = {**sent, "pimOnlyModeSettings": {"mode": "Disabled", "excludes": None}}
    still = (await change(cloud, body(off), version)).json()["properties"]["rules"][17]
    assert still["pimOnlyModeSettings"] == {**settings, "mode": "Disabled", "excludes": []}


@pytest.mark.documented("types: exceptionMembers of expirations, in the latest version alone")
async def test_members_are_excepted_from_an_expiration(cloud: ArmOffice) -> None:
    named = {**expiration("Admin_Assignment", "P30D"), "exceptionMembers": [USER, GROUP]}
    assert (await change(cloud, body(named), GA)).json()["properties"]["rules"] == with_rules(
        expiration("Admin_Assignment", "P30D")
    )
    told = (await change(cloud, body(named), LATEST)).json()["properties"]["rules"]
    assert told == with_rules(named) == await rules_now(cloud)
    # What a version does not know it leaves as it is.
    await change(cloud, body(expiration("Admin_Assignment", "P60D")), GA)
    assert (await rules_now(cloud))[6]["exceptionMembers"] == [USER, GROUP]
    none = {**named, "exceptionMembers": []}
    assert "exceptionMembers" not in (await change(cloud, body(none), LATEST)).text
    refused = {**expiration("EndUser_Assignment", "PT2H"), "exceptionMembers": [USER]}
    assert (await change(cloud, body(refused), LATEST)).json()["error"]["code"] == "InvalidPolicy"


@pytest.mark.observed("EasyPIM Set-PIMAzureResourcePolicy: extras, string booleans; POL-025")
async def test_the_bodies_of_a_client(cloud: ArmOffice) -> None:
    setting = {
        "isApprovalRequired": "true",
        "isApprovalRequiredForExtension": False,
        "isRequestorJustificationRequired": True,
        "approvalMode": "SingleStage",
        "approvalStages": [{**STAGE, "primaryApprovers": [USER], "escalationApprovers": None}],
    }
    sent = {**approval(), "setting": setting}
    told = await change(cloud, body(sent, scope="", level="Assignment"))
    assert told.json()["properties"]["rules"] == with_rules(approval(USER, is_required=True))


@pytest.mark.observed("notes 1: names of members and published words in any casing")
async def test_names_and_words_in_any_casing(cloud: ArmOffice) -> None:
    rules = [
        {
            "ID": "EXPIRATION_ENDUSER_ASSIGNMENT",
            "RuleType": "rolemanagementpolicyexpirationrule",
            "MaximumDuration": "PT3H",
            "Target": {"Caller": "enduser", "Operations": ["all"], "Level": "assignment"},
        },
        {
            "Id": "enablement_EndUser_Assignment",
            "ruletype": "RoleManagementPolicyEnablementRule",
            "EnabledRules": ["justification", "TICKETING"],
        },
    ]
    told = await change(cloud, {"Properties": {"RULES": rules}, "Id": "x", "unknown": 1})
    assert told.json()["properties"]["rules"] == with_rules(
        expiration("EndUser_Assignment", "PT3H"),
        enablement("EndUser_Assignment", "Justification", "Ticketing"),
    )


@pytest.mark.inferred("clients send back what they were told, and change nothing by it")
async def test_what_was_told_is_taken_back(cloud: ArmOffice) -> None:
    await change(cloud, body(*EXAMPLE, scope="x"), LATEST)
    before = await find_policy(cloud, READER)
    cloud.clock.at = cloud.clock.at.replace(hour=9)
    assert (await change(cloud, before, LATEST)).json() == before


@pytest.mark.observed("recorded PATCH: a maximum beside isExpirationRequired=false; DESIGN")
async def test_a_maximum_beside_no_requirement_is_kept(cloud: ArmOffice) -> None:
    kept = expiration("Admin_Assignment", "P15D", is_required=False)
    assert (await change(cloud, body(kept))).json()["properties"]["rules"] == with_rules(kept)


@pytest.mark.documented("POL-011, POL-012, POL-015: what is accepted")
@pytest.mark.parametrize(
    "sent",
    [
        *(expiration("EndUser_Assignment", text) for text in ("PT5M", "PT30M", "PT23H30M", "P1D")),
        *(expiration("Admin_Eligibility", f"P{days}D") for days in (15, 30, 90, 180, 365)),
        *(expiration("Admin_Assignment", f"P{days}D") for days in (15, 30, 90, 180, 365)),
        rule(CONTEXT, "EndUser_Assignment", isEnabled=True, claimValue="c1"),
        rule(CONTEXT, "EndUser_Assignment", isEnabled=True, claimValue="c99"),
        approval(GROUP, is_required=True),
        approval(USER),
    ],
)
async def test_what_is_accepted(cloud: ArmOffice, sent: dict[str, Any]) -> None:
    told = await change(cloud, body(sent))
    assert told.status_code == HTTPStatus.OK
    assert told.json()["properties"]["rules"] == with_rules(sent)


BOTH: Final = (
    rule(CONTEXT, "EndUser_Assignment", isEnabled=True, claimValue="c1"),
    enablement("EndUser_Assignment", "MultiFactorAuthentication"),
)
REFUSED: Final[list[tuple[str, str, tuple[dict[str, Any], ...]]]] = [
    ("APR-009: nobody to agree", "InvalidPolicy", (approval(is_required=True),)),
    (
        "POL-024: a type in lower case",
        "InvalidPolicy",
        (approval({**USER, "userType": "user"}, is_required=True),),
    ),
    ("POL-007, POL-009: both at once", "MfaAndAcrsConflict", BOTH),
    (
        "POL-010: a context without its value",
        "InvalidPolicyRule",
        (rule(CONTEXT, "EndUser_Assignment", isEnabled=True, claimValue=None),),
    ),
    ("POL-012: nothing", "InvalidPolicy", (expiration("EndUser_Assignment", "PT0S"),)),
    ("POL-012: not enough", "InvalidPolicy", (expiration("EndUser_Assignment", "PT3M"),)),
    ("nothing, and required", "InvalidPolicy", (expiration("Admin_Eligibility", "PT0S"),)),
    ("POL-013: over a day", "InvalidPolicy", (expiration("EndUser_Assignment", "PT25H"),)),
    (
        "POL-014: for ever",
        "InvalidPolicy",
        (expiration("EndUser_Assignment", "PT8H", is_required=False),),
    ),
    (
        "POL-030: recipients beside approvers",
        "ActivationCustomApproversNotEmpty",
        (approval(USER, is_required=True), mail("EndUser_Assignment", "Approver", "a@b.example")),
    ),
    (
        "POL-045: the target of another rule",
        "InvalidPolicyRule",
        ({**expiration("Admin_Assignment", "P15D"), "target": {"level": "Eligibility"}},),
    ),
    ("no such rule", "InvalidPolicyRule", ({"id": "x", "ruleType": "y"},)),
    ("no id", "InvalidPolicyRule", ({"ruleType": "RoleManagementPolicyExpirationRule"},)),
    (
        "another type",
        "InvalidPolicyRule",
        (
            {
                **expiration("Admin_Assignment", "P15D"),
                "ruleType": "RoleManagementPolicyApprovalRule",
            },
        ),
    ),
    ("no type", "InvalidPolicyRule", ({"id": "Expiration_Admin_Assignment"},)),
    ("no duration", "InvalidPolicyRule", (expiration("Admin_Assignment", "P6M"),)),
    ("a word of no one", "InvalidPolicyRule", (enablement("Admin_Assignment", "Blessing"),)),
    (
        "another level",
        "InvalidPolicyRule",
        (notification("Admin_Assignment", "Admin", notificationLevel="Loud"),),
    ),
    (
        "another recipient",
        "InvalidPolicyRule",
        (notification("Admin_Assignment", "Admin", recipientType="Approver"),),
    ),
    ("nobody of the id", "InvalidPolicy", (approval({**USER, "id": NOBODY}),)),
    ("no id of an approver", "InvalidPolicy", (approval({**USER, "id": "Ingrid"}),)),
    ("a group that is a person", "InvalidPolicy", (approval({**GROUP, "id": INGRID}),)),
    (
        "no stage",
        "InvalidPolicy",
        (rule("Approval", "EndUser_Assignment", setting={"approvalStages": []}),),
    ),
    (
        "a rule twice",
        "InvalidPolicy",
        (expiration("Admin_Assignment", "P15D"), expiration("Admin_Assignment", "P30D")),
    ),
]


@pytest.mark.documented("behaviour book 4; errors ERR-070 to ERR-073")
@pytest.mark.parametrize(
    ("code", "rules"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
async def test_what_is_refused(
    cloud: ArmOffice, code: str, rules: tuple[dict[str, Any], ...]
) -> None:
    answer = await change(cloud, body(expiration("EndUser_Assignment", "PT1H"), *rules))
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    error = answer.json()["error"]
    assert error["code"] == code
    # The sentences of the service say little; what is at fault is named beside them.
    assert error["target"]
    assert await rules_now(cloud) == FACTORY


@pytest.mark.documented("OER-mfa, POL-007: turning the factor on beside the context")
async def test_the_factor_is_not_turned_on_beside_the_context(cloud: ArmOffice) -> None:
    context, factor = BOTH
    assert (await change(cloud, body(context))).status_code == HTTPStatus.OK
    refused = await change(cloud, body(factor))
    assert refused.json()["error"]["code"] == "MfaAndAcrsConflict"
    off = rule(CONTEXT, "EndUser_Assignment", isEnabled=False)
    assert (await change(cloud, body(factor, off))).status_code == HTTPStatus.OK


@pytest.mark.inferred("bad input is answered with what is at fault, and nothing is stored")
@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ([], "JSON object"),
        ({"properties": []}, "properties"),
        ({"properties": {"rules": {}}}, "properties.rules"),
        ({"properties": {"rules": [1]}}, "properties.rules"),
        ({"properties": {"rules": [{"id": 1}]}}, "id"),
        ({"properties": {"rules": [{"isEnabled": "perhaps"}]}}, "isEnabled"),
        ({"properties": {}, "Properties": {}}, "properties"),
    ],
)
async def test_what_cannot_be_read(cloud: ArmOffice, sent: object, named: str) -> None:
    answer = await change(cloud, sent)
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert answer.json()["error"]["code"] == "InvalidRequestContent"
    assert named in answer.json()["error"]["message"]


@pytest.mark.inferred("notes 7: nothing is named, nothing changes")
@pytest.mark.parametrize("sent", [{}, {"properties": None}, {"properties": {"rules": None}}])
async def test_nothing_named_changes_nothing(cloud: ArmOffice, sent: object) -> None:
    answer = await change(cloud, sent)
    assert answer.status_code == HTTPStatus.OK
    assert answer.json() == await find_policy(cloud, READER)


@pytest.mark.inferred("null empties what can be empty, what is left out stays")
async def test_null_empties_and_what_is_left_out_stays(cloud: ArmOffice) -> None:
    sent = mail("Admin_Assignment", "Admin", "one@office.example")
    await change(cloud, body(sent))
    quiet = {name: sent[name] for name in ("id", "ruleType")} | {"notificationLevel": "None"}
    told = (await change(cloud, body(quiet))).json()["properties"]["rules"]
    assert told == with_rules({**sent, "notificationLevel": "None"})
    emptied = {**quiet, "notificationRecipients": None, "isDefaultRecipientsEnabled": None}
    told = (await change(cloud, body(emptied))).json()["properties"]["rules"]
    kept = {**sent, "notificationLevel": "None"}
    del kept["notificationRecipients"]
    assert told == with_rules(kept)
