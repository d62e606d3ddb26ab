"""Custom extensions registered and told, and the policies that name them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from tests.scenarios.calls import UNKNOWN, code_of
from tests.scenarios.extension_calls import (
    API,
    EXTENSIONS,
    FAR,
    FIRST,
    POST,
    PRE,
    SECOND,
    Scene,
    asks,
    open_scene,
)
from tests.scenarios.group_calls import join, make_eligible
from tests.scenarios.policy_calls import expiration, rule, select
from tests.support.events import read_events
from tests.support.extension_receiver import say
from timebound.application.ports import Store
from timebound.domain.events import EventKind

INVALID = (400, "InvalidPolicyRule")


@pytest.fixture
async def scene(store: Store, label: str) -> AsyncIterator[Scene]:
    """A tenant with an API of its own."""
    async with open_scene(store, label) as opened:
        yield opened


@pytest.mark.documented("Configure custom extensions, onboard; privilegedaccessroot-post")
@pytest.mark.witness("POST identityGovernance/privilegedAccess/customExtensions")
@pytest.mark.witness("GET identityGovernance/privilegedAccess/customExtensions")
@pytest.mark.witness("GET identityGovernance/privilegedAccess/customExtensions/{id}")
async def test_what_is_registered_is_told_as_it_was_sent(scene: Scene, database_url: str) -> None:
    made = await scene.call("pia", "POST", EXTENSIONS, scene.extension())

    assert made.status_code == 201, made.text
    told = {k: v for k, v in made.json().items() if k != "@odata.context"}
    sent = {k: v for k, v in scene.extension().items() if k != "@odata.type"}
    assert told == {**sent, "type": None}
    one = (await scene.call("pia", "GET", f"{EXTENSIONS}/{FIRST.upper()}")).json()
    assert {k: v for k, v in one.items() if k != "@odata.context"} == told
    assert (await scene.register(id=SECOND, resourceType="entraGroups")).status_code == 201
    rows = (await scene.call("pia", "GET", EXTENSIONS)).json()["value"]
    assert [row["id"] for row in rows] == [FIRST, SECOND]
    found = await scene.call("pia", "GET", f"{EXTENSIONS}?$filter=resourceType eq 'entraGroups'")
    assert [row["id"] for row in found.json()["value"]] == [SECOND]
    events = await read_events(database_url, scene.company.seed.tenant.id)
    changed = [one for one in events if one.kind is EventKind.EXTENSION_CHANGED]
    assert len(changed) == 2
    assert changed[0].data["changes"]["targetUrl"] == {"old": None, "new": scene.receiver.url}


@pytest.mark.inferred("OData practice")
@pytest.mark.witness("PATCH identityGovernance/privilegedAccess/customExtensions/{id}")
async def test_a_change_leaves_what_it_does_not_name(scene: Scene) -> None:
    before = (await scene.register()).json()
    changes = {
        "displayName": "Tickets, again",
        "description": None,
        "type": "PREAPPROVAL",
        "clientConfiguration": {"maximumRetries": 0},
    }

    changed = await scene.call("pia", "PATCH", f"{EXTENSIONS}/{FIRST}", changes)

    assert (changed.status_code, changed.content) == (204, b"")
    after = (await scene.call("pia", "GET", f"{EXTENSIONS}/{FIRST}")).json()
    client = {**before["clientConfiguration"], "maximumRetries": 0}
    assert after == before | {
        "displayName": "Tickets, again",
        "description": None,
        "type": "preApproval",
        "clientConfiguration": client,
        "@odata.context": after["@odata.context"],
    }
    other = await scene.call("pia", "PATCH", f"{EXTENSIONS}/{FIRST}", {"id": SECOND})
    assert other.status_code == 400
    absent = await scene.call("pia", "PATCH", f"{EXTENSIONS}/{SECOND}", changes)
    assert code_of(absent) == (404, "Request_ResourceNotFound")
    read = await scene.call("pia", "GET", f"{EXTENSIONS}/{SECOND}")
    assert code_of(read) == (404, "Request_ResourceNotFound")


@pytest.mark.observed("blog of 2026-09-07: the client makes the id")
@pytest.mark.parametrize("id_", [None, "", "one", "aaaaaaaa-0000-4000-8000"])
async def test_the_client_gives_it_an_id(scene: Scene, id_: str | None) -> None:
    refused = await scene.register(id=id_)

    assert refused.status_code == 400
    assert refused.json()["error"]["message"] == "Id property needs to have a GUID value."
    assert (await scene.call("pia", "GET", EXTENSIONS)).json()["value"] == []


@pytest.mark.inferred("what could not be asked, or be asked safely, is not registered")
@pytest.mark.parametrize(
    "changes",
    [
        {"displayName": None},
        {"displayName": " "},
        {"displayName": "x" * 300},
        {"resourceType": None},
        {"resourceType": "entraUsers"},
        {"type": "grant"},
        {"endpointConfiguration": None},
        {"endpointConfiguration": {"targetUrl": "http://tickets.example/evaluate"}},
        {"endpointConfiguration": {"targetUrl": "ftp://127.0.0.1/evaluate"}},
        {"endpointConfiguration": {"targetUrl": "https://me:secret@127.0.0.1/"}},
        {"endpointConfiguration": {"targetUrl": "https://127.0.0.1/#part"}},
        {"endpointConfiguration": {"targetUrl": "https://127.0.0.1:port/"}},
        {"endpointConfiguration": {"targetUrl": "https:///evaluate"}},
        {"endpointConfiguration": {"targetUrl": "evaluate"}},
        {"endpointConfiguration": {"@odata.type": "#microsoft.graph.logicAppTriggerEndpoint"}},
        {"authenticationConfiguration": None},
        {"authenticationConfiguration": {"@odata.type": "#microsoft.graph.azureAdPopToken"}},
        {"authenticationConfiguration": {"resourceId": "https://graph.microsoft.com"}},
        {"authenticationConfiguration": {"resourceId": "00000003-0000-0000-c000-000000000000"}},
        {"authenticationConfiguration": {"resourceId": f"api://{API}"}},
        {"authenticationConfiguration": {"resourceId": f"api://other.example/{API}"}},
        {"authenticationConfiguration": {"resourceId": "api://127.0.0.1/tickets"}},
        {"authenticationConfiguration": {"resourceId": f"https://127.0.0.1/{API}"}},
        {"clientConfiguration": {"timeoutInMilliseconds": 0}},
        {"clientConfiguration": {"timeoutInMilliseconds": 60_000}},
        {"clientConfiguration": {"maximumRetries": -1}},
        {"clientConfiguration": {"maximumRetries": 100}},
        {"customAttributes": ["a"] * 200},
        {"customAttributes": "a"},
    ],
)
async def test_what_makes_no_sense_is_refused(scene: Scene, changes: dict[str, Any]) -> None:
    assert (await scene.register(**changes)).status_code == 400
    assert (await scene.call("pia", "GET", EXTENSIONS)).json()["value"] == []


@pytest.mark.inferred("an id is of one extension, and a tenant has a hundred")
async def test_no_two_have_one_id_and_there_is_an_end_to_them(scene: Scene) -> None:
    assert (await scene.register()).status_code == 201
    assert (await scene.register(displayName="Another")).status_code == 400
    told = (await scene.call("pia", "GET", f"{EXTENSIONS}/{FIRST}")).json()
    assert told["displayName"] == "Tickets"
    for number in range(2, 101):
        id_ = f"aaaaaaaa-0000-4000-8000-{number:012}"
        assert (await scene.register(id=id_)).status_code == 201

    one_more = await scene.register(id="aaaaaaaa-0000-4000-8000-000000000101")

    assert code_of(one_more) == (403, "Directory_QuotaExceeded")


@pytest.mark.documented("Configure custom extensions, prerequisites; privilegedaccessroot-post")
@pytest.mark.parametrize("who", ["rex", "eve"])
async def test_who_administers_no_roles_has_nothing_to_do_with_them(scene: Scene, who: str) -> None:
    assert (await scene.register()).status_code == 201

    for method, path, sent in (
        ("GET", EXTENSIONS, None),
        ("GET", f"{EXTENSIONS}/{FIRST}", None),
        ("POST", EXTENSIONS, scene.extension(SECOND)),
        ("PATCH", f"{EXTENSIONS}/{FIRST}", {"displayName": "Mine"}),
    ):
        refused = await scene.call(who, method, path, sent)
        assert code_of(refused) == (403, "Authorization_RequestDenied")
    without = await scene.company.call("pia", "GET", EXTENSIONS)
    assert code_of(without) == (403, "PermissionScopeNotGranted")


@pytest.mark.documented("Configure custom extensions: an endpoint of beta")
async def test_they_are_in_beta_alone(scene: Scene) -> None:
    path = EXTENSIONS.replace("beta", "v1.0")

    refused = await scene.call("pia", "GET", path)
    assert refused.status_code == 404, refused.text


@pytest.mark.documented("unifiedRoleManagementPolicyCustomExtensionRule")
async def test_a_policy_tells_the_rules_once_it_names_an_extension(scene: Scene) -> None:
    await scene.register()
    policy = await scene.find_policy("Reports Reader")
    path = f"policies/roleManagementPolicies/{policy}/rules"
    assert len((await scene.call("pia", "GET", f"/beta/{path}")).json()["value"]) == 17
    absent = await scene.call("pia", "GET", f"/beta/{path}/{PRE}")
    assert code_of(absent) == (404, "Request_ResourceNotFound")

    patched = await scene.call("pia", "PATCH", f"/beta/{path}/{PRE}", asks(PRE, FIRST.upper()))

    assert patched.status_code == 204, patched.text
    told = (await scene.call("pia", "GET", f"/beta/{path}/{PRE}")).json()
    assert told["@odata.type"].endswith("unifiedRoleManagementPolicyCustomExtensionRule")
    assert (told["customExtensionId"], told["isEnabled"]) == (FIRST, True)
    assert told["target"]["caller"] == "EndUser"
    rules = (await scene.call("pia", "GET", f"/beta/{path}")).json()["value"]
    assert [one["id"] for one in rules][17:] == [PRE]
    # v1.0 tells what it always told, whatever beta knows besides.
    assert len((await scene.call("pia", "GET", f"/v1.0/{path}")).json()["value"]) == 17
    assert (await scene.call("pia", "GET", f"/v1.0/{path}/{PRE}")).status_code == 404
    old = await scene.call("pia", "PATCH", f"/v1.0/{path}/{PRE}", asks(PRE, is_enabled=False))
    assert code_of(old) == INVALID
    # A change of another rule in v1.0 leaves it where it is.
    assert (await scene.link(expiration("PT2H"), version="v1.0")).status_code == 200
    assert (await scene.call("pia", "GET", f"/beta/{path}/{PRE}")).status_code == 200
    off = asks(PRE, None, is_enabled=False)
    assert (await scene.call("pia", "PATCH", f"/beta/{path}/{PRE}", off)).status_code == 204
    assert len((await scene.call("pia", "GET", f"/beta/{path}")).json()["value"]) == 17


@pytest.mark.inferred("a policy names what is there, and can be asked for it")
async def test_what_cannot_be_asked_is_not_named(scene: Scene) -> None:
    await scene.register(type="postApproval")
    await scene.register(id=SECOND, resourceType="entraGroups")

    assert code_of(await scene.link(asks(PRE, UNKNOWN))) == INVALID
    assert code_of(await scene.link(asks(PRE, UNKNOWN, is_enabled=False))) == INVALID
    assert code_of(await scene.link(asks(PRE, FIRST))) == INVALID
    assert code_of(await scene.link(asks(POST, SECOND))) == INVALID
    assert code_of(await scene.link(asks(POST, None))) == INVALID
    assert code_of(await scene.link(asks(POST, "tickets"))) == INVALID
    assert code_of(await scene.link(rule("Expiration", PRE, maximumDuration="PT1H"))) == INVALID
    assert code_of(await scene.link(asks("Expiration_EndUser_Assignment"))) == INVALID
    assert (await scene.link(asks(POST, FIRST))).status_code == 200


@pytest.mark.documented("Configure custom extensions: groups")
async def test_a_group_asks_an_extension_for_groups(scene: Scene) -> None:
    company = scene.company
    assert (await scene.register(resourceType="entraGroups")).status_code == 201
    query = select(company.find("Watch"), "Group", "member")
    path = f"/beta/policies/roleManagementPolicyAssignments{query}"
    (found,) = (await scene.call("pia", "GET", path)).json()["value"]
    rules = f"/beta/policies/roleManagementPolicies/{found['policyId']}/rules"
    linked = await scene.call("pia", "PATCH", f"{rules}/{PRE}", asks(PRE))
    assert linked.status_code == 204, linked.text
    await make_eligible(company, "eve", "Watch")

    made = await join(company, "eve", "Watch")

    assert made["status"] == "PendingEvaluation"
    scene.receiver.answer(say("Approved"))
    await scene.settle()
    (asked,) = scene.receiver.asked
    type_ = "#microsoft.graph.privilegedAccessGroupAssignmentScheduleRequest"
    assert asked.document["@odata.type"] == type_
    assert asked.document["groupId"] == company.find("Watch")
    assert (asked.document["accessId"], asked.document["id"]) == ("member", made["id"])
    assert "roleDefinitionId" not in asked.document
    members = await scene.call("pia", "GET", f"/v1.0/groups/{company.find('Watch')}/members")
    assert [one["id"] for one in members.json()["value"]] == [company.find("eve")]


@pytest.mark.inferred("an extension can only take away: never give more, longer, or to others")
async def test_an_extension_gives_nothing_that_was_not_asked_for(scene: Scene) -> None:
    company = scene.company
    await scene.register()
    await scene.link(asks(PRE))
    await scene.make_eligible()
    scene.receiver.answer(
        say(
            "AutoApproved",
            principalId=company.find("finn"),
            roleDefinitionId=company.find("Global Administrator"),
            id=UNKNOWN,
            scheduleInfo={"expiration": {"type": "noExpiration"}},
            duration="P1D",
        )
    )
    made = await scene.activate()

    await scene.settle()

    assert await scene.read(made["id"]) == "Provisioned"
    (held,) = await scene.list_held()
    assert held["principalId"] == company.find("eve")
    assert held["roleDefinitionId"] == company.find("Reports Reader")
    assert held["endDateTime"] == "2030-03-04T09:00:00Z"
    assert await scene.list_held("finn") == []


@pytest.mark.inferred("what is gone cannot be activated, whoever agrees")
async def test_an_extension_brings_nothing_back(scene: Scene) -> None:
    company = scene.company
    await scene.register()
    await scene.link(asks(PRE))
    await scene.make_eligible()
    made = await scene.activate()
    company.move_to(company.now() + timedelta(minutes=6))
    removed = {
        "action": "adminRemove",
        "principalId": company.find("eve"),
        "roleDefinitionId": company.find("Reports Reader"),
        "directoryScopeId": "/",
        "justification": "No more",
    }
    path = "/v1.0/roleManagement/directory/roleEligibilityScheduleRequests"
    gone = await scene.call("pia", "POST", path, removed)
    assert gone.status_code == 201, gone.text
    scene.receiver.answer(say("AutoApproved"))

    await scene.settle()

    assert await scene.read(made["id"]) == "Failed"
    assert await scene.list_held() == []


@pytest.mark.inferred("who was disabled meanwhile gets nothing, whoever agrees")
async def test_nobody_who_is_disabled_gets_anything(scene: Scene) -> None:
    await scene.register()
    await scene.link(asks(PRE))
    await scene.make_eligible()
    made = await scene.activate()
    path = f"/v1.0/users/{scene.company.find('eve')}"
    assert (await scene.call("gail", "PATCH", path, {"accountEnabled": False})).status_code == 204

    await scene.settle()

    assert await scene.read(made["id"]) == "Failed"


@pytest.mark.inferred("nobody makes a service call what only it can reach")
async def test_outside_an_emulator_no_private_address_is_called(scene: Scene) -> None:
    scene.networks = FAR
    await scene.register()
    await scene.link(asks(PRE))
    await scene.make_eligible()
    made = await scene.activate()

    await scene.settle()
    await scene.settle()

    assert scene.receiver.asked == []
    assert all("not public" in why for why in scene.notes.unanswered)
    assert await scene.read(made["id"]) == "Failed"


@pytest.mark.documented("Configure custom extensions: the resource is of the application")
async def test_no_token_is_issued_for_what_no_application_says_it_is(scene: Scene) -> None:
    await scene.register()
    await scene.link(asks(PRE))
    await scene.make_eligible()
    path = f"/v1.0/applications(appId='{API}')"
    assert (
        await scene.call("gail", "PATCH", path, {"identifierUris": ["api://other"]})
    ).status_code == 204
    made = await scene.activate()

    await scene.settle()
    await scene.settle()

    assert scene.receiver.asked == []
    assert await scene.read(made["id"]) == "Failed"


@pytest.mark.inferred("what is for something else by now agrees to nothing")
async def test_an_extension_that_fits_no_more_agrees_to_nothing(scene: Scene) -> None:
    await scene.register()
    await scene.link(asks(PRE))
    await scene.make_eligible()
    changed = {"resourceType": "entraGroups"}
    assert (await scene.call("pia", "PATCH", f"{EXTENSIONS}/{FIRST}", changed)).status_code == 204
    made = await scene.activate()

    await scene.settle()

    assert scene.receiver.asked == []
    assert await scene.read(made["id"]) == "Failed"
