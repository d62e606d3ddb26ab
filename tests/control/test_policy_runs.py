"""The door of runs over policies: made, gone on with, reported, and what cannot be read."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.control.policed import (
    ADA,
    BEA,
    EVA,
    GROUPS_ADMINISTRATOR,
    SECURITY_READER,
    person,
    robot,
    seed,
    user_id,
)
from tests.support.service import TENANT, Service, emulator, id_of, open_service, write_seed_file
from timebound.application.catalog import built_in_roles
from timebound.domain.ids import PrincipalId, RoleId, TenantId
from timebound.domain.policies import Rule
from timebound.domain.policies.approval import ApprovalRule, ApprovalStage, Approver, ApproverKind
from timebound.domain.policies.expiration import ExpirationRule
from timebound.domain.scopes import ScopeKind

RUNS: Final = "/control/policies/changes"
NOBODY: Final = "99999999-0000-4000-8000-000000000009"
LONGEST: Final = "Expiration_EndUser_Assignment"
BRIEF: Final = {LONGEST: {"isRequired": True, "maximum": "PT2H"}}
TWO: Final = {"roles": [SECURITY_READER, GROUPS_ADMINISTRATOR.upper()]}
pytestmark = pytest.mark.documented("issue: change settings of many roles in one resumable run")


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """An emulator with somebody who administers roles, and somebody who owns a group."""
    owner = {"principal": EVA, "group": "Club", "access": "owner"}
    content = {**seed(), "groups": [{"displayName": "Club"}]}
    content["assignments"] = [*content["assignments"], owner]
    robot_, desk, empty = content["applications"]
    more = ["RoleManagementPolicy.ReadWrite.AzureADGroup", "AuditLog.Read.All"]
    delegated = [*desk["permissions"]["delegated"], *more]
    desk = {**desk, "permissions": {"delegated": delegated}}
    content["applications"] = [robot_, desk, empty]
    file = write_seed_file(tmp_path / "seeds", content)
    async with open_service(replace(emulator(tmp_path), seed=file)) as opened:
        yield opened


async def start(
    service: Service, who: Mapping[str, str], body: Mapping[str, object]
) -> dict[str, Any]:
    answer = await service.client.post(RUNS, json=body, headers=who)
    assert answer.status_code == httpx.codes.CREATED, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def advance(service: Service, who: Mapping[str, str], **query: object) -> httpx.Response:
    params = {name: str(value) for name, value in query.items()}
    return await service.client.post(f"{RUNS}/advance", params=params, headers=who)


async def report(service: Service, who: Mapping[str, str], **query: object) -> dict[str, Any]:
    params = {name: str(value) for name, value in query.items()}
    answer = await service.client.get(RUNS, params=params, headers=who)
    assert answer.status_code == httpx.codes.OK, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def rules_of(service: Service, role_id: str, path: str = "/") -> Mapping[str, Rule]:
    kind = ScopeKind.DIRECTORY if path == "/" else ScopeKind.GROUP
    store = service.parts.store
    found = await store.find_policies(TenantId(TENANT), kind, path, [RoleId(role_id)])
    return found[RoleId(role_id)].policy.rules


async def test_a_run_is_made_and_gone_on_with_until_it_is_done(service: Service) -> None:
    bea = await person(service, BEA)
    run = await start(service, bea, {"rules": BRIEF, "to": TWO})
    assert (run["total"], run["done"], run["pending"]) == (2, 0, 2)
    assert (run["createdBy"], run["rules"]) == (user_id(BEA), [LONGEST])
    first = await advance(service, bea, id=run["id"], limit=1)
    assert (first.json()["done"], first.json()["changed"]) == (1, 1)
    last = await advance(service, bea, id=run["id"])
    assert (last.json()["done"], last.json()["pending"]) == (2, 0)
    for role_id in (SECURITY_READER, GROUPS_ADMINISTRATOR):
        rule = (await rules_of(service, role_id))[LONGEST]
        assert isinstance(rule, ExpirationRule)
        assert rule.maximum.total_seconds() == 7200
    told = await report(service, bea, id=run["id"])
    assert [(one["position"], one["role"], one["state"]) for one in told["items"]] == [
        (1, SECURITY_READER, "changed"),
        (2, GROUPS_ADMINISTRATOR, "changed"),
    ]
    assert told["next"] is None


async def test_all_roles_are_changed_as_one_of_them_is(service: Service) -> None:
    bea = await person(service, BEA)
    source = {"role": GROUPS_ADMINISTRATOR, "rules": [LONGEST, "Approval_EndUser_Assignment"]}
    run = await start(service, bea, {"from": source, "to": {"roles": "all"}})
    assert run["total"] == len(built_in_roles())
    done = await advance(service, bea, id=run["id"], limit=500)
    assert (done.json()["changed"], done.json()["unchanged"]) == (run["total"] - 1, 1)
    rule = (await rules_of(service, SECURITY_READER))["Approval_EndUser_Assignment"]
    assert isinstance(rule, ApprovalRule)
    assert [one.id for one in rule.stages[0].primary] == [user_id(ADA)]


async def test_a_report_is_told_page_by_page(service: Service) -> None:
    bea = await person(service, BEA)
    run = await start(service, bea, {"rules": BRIEF, "to": {"roles": "all"}})
    await advance(service, bea, id=run["id"], limit=7)
    found: list[Any] = []
    after: int | None = 0
    while after is not None:
        page = await report(service, bea, id=run["id"], after=after, limit=50)
        found += page["items"]
        after = page["next"]
    assert [one["position"] for one in found] == list(range(1, run["total"] + 1))
    assert [one["state"] for one in found[:8]] == [*["changed"] * 7, "pending"]


async def test_what_is_refused_is_in_the_report(service: Service) -> None:
    bea = await person(service, BEA)
    context = {"isEnabled": True, "claimValue": "c1"}
    name = "AuthenticationContext_EndUser_Assignment"
    first = await start(service, bea, {"rules": {name: context}, "to": TWO})
    await advance(service, bea, id=first["id"])
    factor = {"Enablement_EndUser_Assignment": {"enabled": ["MultiFactorAuthentication"]}}
    run = await start(service, bea, {"rules": factor, "to": TWO})
    done = await advance(service, bea, id=run["id"])
    assert (done.json()["refused"], done.json()["done"]) == (2, 2)
    item = (await report(service, bea, id=run["id"]))["items"][0]
    assert (item["state"], item["problem"]["code"]) == ("refused", "contextAndMfa")
    assert item["problem"]["property"] == "Enablement_EndUser_Assignment/enabledRules"


async def test_a_rule_may_say_everything_that_is_kept(service: Service) -> None:
    bea = await person(service, BEA)
    approver = {"kind": "singleUser", "id": user_id(ADA), "description": "Ada", "isBackup": False}
    stage = {
        "timeoutDays": 1,
        "needsJustification": False,
        "isEscalationEnabled": False,
        "escalationMinutes": 0,
        "primary": [approver],
        "escalation": [],
    }
    document = {
        "isRequired": True,
        "isRequiredForExtension": False,
        "needsRequestorJustification": True,
        "mode": "SingleStage",
        "stages": [stage],
    }
    body = {"rules": {"Approval_EndUser_Assignment": document}, "to": TWO}
    run = await start(service, bea, body)
    await advance(service, bea, id=run["id"])
    named = Approver(ApproverKind.USER, PrincipalId(user_id(ADA)), "Ada")
    expected = ApprovalRule(
        is_required=True, stages=(ApprovalStage(needs_justification=False, primary=(named,)),)
    )
    assert (await rules_of(service, SECURITY_READER))["Approval_EndUser_Assignment"] == expected


async def test_an_owner_changes_the_policies_of_their_group(service: Service) -> None:
    group_id = id_of("group", "Club")
    eva = await person(service, EVA, "RoleManagementPolicy.ReadWrite.AzureADGroup")
    groups = [{"id": group_id, "access": access} for access in ("member", "owner")]
    run = await start(service, eva, {"rules": BRIEF, "to": {"groups": groups}})
    done = await advance(service, eva, id=run["id"])
    assert done.json()["changed"] == 2
    rule = (await rules_of(service, "owner", group_id))[LONGEST]
    assert isinstance(rule, ExpirationRule)
    assert rule.maximum.total_seconds() == 7200
    told = await report(service, eva, id=run["id"])
    assert [one["scope"] for one in told["items"]] == [group_id, group_id]


async def test_who_may_not_is_refused_and_nothing_is_marked(service: Service) -> None:
    bea, ada = await person(service, BEA), await person(service, ADA)
    body = {"rules": BRIEF, "to": TWO}
    for who in (ada, await person(service, EVA)):
        refused = await service.client.post(RUNS, json=body, headers=who)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AccessDenied")
    application = await service.client.post(RUNS, json=body, headers=await robot(service))
    assert application.json()["error"]["code"] == "PermissionMissing"
    run = await start(service, bea, body)
    # Ada reads policies and changes none; Eva may do neither.
    assert (await report(service, ada, id=run["id"]))["pending"] == 2
    assert (await advance(service, ada, id=run["id"])).status_code == httpx.codes.FORBIDDEN
    eva = await person(service, EVA)
    assert (await advance(service, eva, id=run["id"])).status_code == httpx.codes.FORBIDDEN
    hidden = await service.client.get(RUNS, params={"id": run["id"]}, headers=eva)
    assert hidden.status_code == httpx.codes.FORBIDDEN
    assert (await report(service, bea, id=run["id"]))["pending"] == 2


async def test_a_refused_run_is_in_the_audit_log(service: Service) -> None:
    body = {"rules": BRIEF, "to": {"roles": "all"}}
    refused = await service.client.post(RUNS, json=body, headers=await person(service, EVA))
    assert refused.status_code == httpx.codes.FORBIDDEN
    ada = await person(service, ADA, "AuditLog.Read.All")
    told = await service.client.get("/v1.0/auditLogs/directoryAudits", headers=ada)
    (record,) = [one for one in told.json()["value"] if one["result"] == "failure"]
    assert record["activityDisplayName"] == "Update role setting in PIM"
    assert record["initiatedBy"]["user"]["id"] == user_id(EVA)
    assert [one["type"] for one in record["targetResources"]] == ["Role"]


async def test_what_is_not_there_is_not_found(service: Service) -> None:
    bea = await person(service, BEA)
    unknown = await advance(service, bea, id=NOBODY)
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "ObjectNotFound")
    bodies: list[dict[str, object]] = [
        {"rules": BRIEF, "to": {"roles": [NOBODY]}},
        {"from": {"role": NOBODY}, "to": TWO},
    ]
    for body in bodies:
        refused = await service.client.post(RUNS, json=body, headers=bea)
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "ObjectNotFound")
        assert NOBODY in refused.json()["error"]["message"] or "from" in body


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"to": TWO}, "`rules` or `from`"),
        ({"rules": BRIEF, "from": {"role": SECURITY_READER}, "to": TWO}, "`rules` or `from`"),
        ({"rules": BRIEF}, "to"),
        ({"rules": BRIEF, "to": {}}, "`to/roles` or `to/groups`"),
        ({"rules": BRIEF, "to": {"roles": []}}, "to.roles"),
        ({"rules": BRIEF, "to": {"roles": "some"}}, "to.roles"),
        ({"rules": BRIEF, "to": {"roles": ["x"]}}, "to.roles"),
        ({"rules": BRIEF, "to": {"groups": [{"id": NOBODY}]}}, "access"),
        ({"rules": BRIEF, "to": {"groups": [{"id": NOBODY, "access": "all"}]}}, "access"),
        ({"rules": BRIEF, "to": TWO, "dryRun": True}, "dryRun"),
        ({"rules": {}, "to": TWO}, "rules"),
        ({"rules": {"Expiration": {}}, "to": TWO}, "rules/Expiration"),
        ({"rules": {LONGEST: 1}, "to": TWO}, LONGEST),
        ({"rules": {LONGEST: {"maximum": "PT2H"}}, "to": TWO}, "isRequired"),
        ({"rules": {LONGEST: {**BRIEF[LONGEST], "maximum": "2 hours"}}, "to": TWO}, "maximum"),
        ({"rules": {LONGEST: {**BRIEF[LONGEST], "isRequird": True}}, "to": TWO}, "isRequird"),
        ({"rules": {LONGEST: {**BRIEF[LONGEST], "is_required": True}}, "to": TWO}, "is_required"),
        ({"from": {}, "to": TWO}, "from/role"),
        ({"from": {"role": SECURITY_READER, "rules": ["x"]}, "to": TWO}, "from/rules"),
        ({"from": {"role": SECURITY_READER, "rules": []}, "to": TWO}, "from.rules"),
        (
            {"rules": {"Approval_EndUser_Assignment": {"stages": [{"pimary": []}]}}, "to": TWO},
            "stages/0/pimary",
        ),
    ],
)
async def test_what_cannot_be_read_is_named(
    service: Service, body: Mapping[str, object], named: str
) -> None:
    refused = await service.client.post(RUNS, json=body, headers=await person(service, BEA))
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "InvalidBody")
    assert named in refused.json()["error"]["message"]


@pytest.mark.parametrize("maximum", ["P2D", "PT0S", "PT3M"])
async def test_a_rule_that_no_policy_can_have_is_refused_at_once(
    service: Service, maximum: str
) -> None:
    bea = await person(service, BEA)
    body = {"rules": {LONGEST: {"isRequired": True, "maximum": maximum}}, "to": TWO}
    refused = await service.client.post(RUNS, json=body, headers=bea)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "PolicyInvalid")
    assert f"{LONGEST}/maximumDuration" in refused.json()["error"]["message"]


def approving(id_: str, kind: str = "singleUser") -> dict[str, object]:
    stage = {"primary": [{"kind": kind, "id": id_}]}
    return {"Approval_EndUser_Assignment": {"isRequired": True, "stages": [stage]}}


async def test_an_approver_is_known_by_an_id_in_any_casing(service: Service) -> None:
    bea = await person(service, BEA)
    run = await start(service, bea, {"rules": approving(user_id(ADA).upper()), "to": TWO})
    done = await advance(service, bea, id=run["id"])
    assert (done.json()["changed"], done.json()["refused"]) == (2, 0)
    rule = (await rules_of(service, SECURITY_READER))["Approval_EndUser_Assignment"]
    assert isinstance(rule, ApprovalRule)
    assert [one.id for one in rule.stages[0].primary] == [user_id(ADA)]


@pytest.mark.parametrize(
    ("rules", "code", "named"),
    [
        (approving(NOBODY), "PolicyInvalid", "Approval_EndUser_Assignment"),
        (approving(user_id(ADA), "groupMembers"), "PolicyInvalid", "Approval_EndUser_Assignment"),
        (approving("nonsense"), "InvalidBody", "stages/0/primary/0/id"),
        (approving("\0"), "InvalidBody", "stages/0/primary/0/id"),
        (approving(f"{NOBODY}\n"), "InvalidBody", "stages/0/primary/0/id"),
    ],
)
async def test_who_cannot_be_an_approver_is_refused_at_once(
    service: Service, rules: Mapping[str, object], code: str, named: str
) -> None:
    body = {"rules": rules, "to": {"roles": "all"}}
    refused = await service.client.post(RUNS, json=body, headers=await person(service, BEA))
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, code)
    assert named in refused.json()["error"]["message"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "MissingParameter"),
        ({"id": "\0"}, "MissingParameter"),
        ({"id": "x" * 81}, "MissingParameter"),
        ({"id": NOBODY, "limit": "-1"}, "InvalidParameter"),
        ({"id": NOBODY, "skip": "1"}, "UnknownParameter"),
    ],
)
async def test_a_query_that_cannot_be_read_is_refused(
    service: Service, query: Mapping[str, str], code: str
) -> None:
    bea = await person(service, BEA)
    for refused in (
        await service.client.get(RUNS, params=query, headers=bea),
        await service.client.post(f"{RUNS}/advance", params=query, headers=bea),
    ):
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, code)


async def test_only_who_shows_a_token_is_answered(service: Service) -> None:
    for refused in (
        await service.client.post(RUNS, json={"rules": BRIEF, "to": TWO}),
        await service.client.get(RUNS, params={"id": NOBODY}),
        await service.client.post(f"{RUNS}/advance", headers=service.control_headers),
    ):
        assert refused.status_code == httpx.codes.UNAUTHORIZED
