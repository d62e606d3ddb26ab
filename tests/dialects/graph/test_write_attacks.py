"""Ways round by which somebody without a say over roles could come to one, each of them barred."""

from datetime import timedelta
from itertools import count
from typing import Final

import pytest

from tests.dialects.graph.office import (
    BERLIN,
    DAWN,
    GRACE,
    GUARDED,
    HANA,
    HENRIK,
    INGRID,
    NORA,
    OMAR,
    PLAIN_GROUP,
    ROBOT_APP,
    TENANT,
    TIER2,
    NumberedIds,
    Office,
    asked,
)
from tests.dialects.graph.test_write_privileged import (
    DENIED,
    OVER_ROLES,
    PASSWORD,
    furnish,
    permission,
)
from tests.dialects.graph.test_write_programs import permissions_of
from tests.dialects.graph.writing import (
    APPLICATION_ADMINISTRATOR,
    GRAPH,
    GROUPS_ADMINISTRATOR,
    USER_ADMINISTRATOR,
    a_group,
    code_of,
    desk,
    give,
    make,
    permit_everything,
    reference,
)
from tests.support.policy_changes import set_rules
from timebound.application.changes import ChangeSet, InsertGrant
from timebound.application.engine import Engine
from timebound.application.policies import change_policy_at
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId, RoleId
from timebound.domain.policies.approval import ApprovalRule, ApprovalStage, Approver, ApproverKind
from timebound.domain.policy_places import StoredPolicy, place_policy
from timebound.domain.roles import MEMBER, PRIVILEGED_ROLE_ADMINISTRATOR
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, ScopeKind, group_scope
from timebound.domain.times import ENDLESS, Window

APPLICATION_DEVELOPER: Final = RoleId("cf1c38e5-3621-4004-a7cb-879624dced7c")
INFERRED: Final = pytest.mark.inferred("issue 2: what could yield a role needs who gives roles")
BAD: Final = (400, "Request_BadRequest")


async def enrol(
    office: Office, who: PrincipalId, group: PrincipalId, kind: GrantKind = GrantKind.ASSIGNED
) -> None:
    """Makes somebody a member of a group for ever, or eligible to be one."""
    slot = Slot(who, MEMBER, group_scope(group))
    id_ = GrantId(f"55555555-0000-4000-8000-{abs(hash(slot)) % 10**12:012}")
    grant = Grant(id_, slot, kind, Window(DAWN, ENDLESS), DAWN)
    change = ChangeSet(TENANT, DAWN, {}, frozenset(), (InsertGrant(grant),))
    assert await office.store.apply(change)


async def name_approvers(office: Office, *groups: PrincipalId) -> None:
    """Names groups one of which has to agree to Reports Reader, in the place of Ingrid."""
    named = tuple(Approver(ApproverKind.GROUP, group) for group in groups)
    rule = ApprovalRule(is_required=True, stages=(ApprovalStage(primary=named),))
    key = desk(office, GRACE)
    changed = await change_policy_at(
        Engine(office.store, NumberedIds(count(7_000))),
        office.tokens.known[key],
        place_policy(DIRECTORY_ROOT, GUARDED),
        set_rules(Approval_EndUser_Assignment=rule),
        DAWN,
    )
    assert isinstance(changed, StoredPolicy)


@INFERRED
async def test_an_approver_is_out_of_reach_of_those_who_could_be_eligible(office: Office) -> None:
    """Otherwise the helpdesk approves what it asked for, signed in as the approver."""
    await furnish(office)
    await give(office, NORA, USER_ADMINISTRATOR)
    nora = desk(office, NORA)
    for body in (PASSWORD, {"userPrincipalName": "i@office.example"}):
        assert code_of(await office.patch(nora, f"/v1.0/users/{INGRID}", body)) == DENIED
    ordinary = await office.patch(nora, f"/v1.0/users/{INGRID}", {"jobTitle": "Controller"})
    assert ordinary.status_code == 204
    await give(office, NORA, PRIVILEGED_ROLE_ADMINISTRATOR)
    answer = await office.patch(desk(office, NORA), f"/v1.0/users/{INGRID}", PASSWORD)
    assert answer.status_code == 204


@INFERRED
async def test_who_is_in_a_group_of_approvers_is_out_of_reach(office: Office) -> None:
    place = await furnish(office)
    grace = desk(office, GRACE)
    inner = PrincipalId((await make(office, grace, "groups", a_group("Inner")))["id"])
    await enrol(office, inner, PLAIN_GROUP)
    await enrol(office, HANA, inner)
    await enrol(office, NORA, PLAIN_GROUP, GrantKind.ELIGIBLE)
    for role_id in (USER_ADMINISTRATOR, GROUPS_ADMINISTRATOR):
        await give(office, OMAR, role_id)
    omar = desk(office, OMAR)
    members = f"/v1.0/groups/{inner}/members/$ref"
    assert (await office.patch(omar, f"/v1.0/users/{HANA}", PASSWORD)).status_code == 204
    await name_approvers(office, PLAIN_GROUP)
    for who in (HANA, NORA):
        assert code_of(await office.patch(omar, f"/v1.0/users/{who}", PASSWORD)) == DENIED
    account = reference(place["plain_account"])
    assert code_of(await office.post(omar, members, account)) == DENIED
    for group in (inner, PLAIN_GROUP):
        owners = f"/v1.0/groups/{group}/owners/$ref"
        assert code_of(await office.post(omar, owners, reference(OMAR))) == DENIED
    # Ingrid is named no more.
    assert (await office.patch(omar, f"/v1.0/users/{INGRID}", PASSWORD)).status_code == 204


@INFERRED
async def test_whoever_a_request_waits_for_stays_out_of_reach(office: Office) -> None:
    """Though the policy names others by now: whom a request asks is settled when it is made."""
    await furnish(office)
    await give(office, NORA, USER_ADMINISTRATOR)
    eligible = "/v1.0/roleManagement/directory/roleEligibilityScheduleRequests"
    active = "/v1.0/roleManagement/directory/roleAssignmentScheduleRequests"
    made = await office.post(GRACE, eligible, asked("adminAssign", HANA, GUARDED))
    assert made.status_code == 201, made.text
    waiting = await office.post(HANA, active, asked("selfActivate", HANA, GUARDED))
    assert waiting.json()["status"] == "PendingApproval"
    await name_approvers(office, PLAIN_GROUP)
    nora = desk(office, NORA)
    assert code_of(await office.patch(nora, f"/v1.0/users/{INGRID}", PASSWORD)) == DENIED
    office.clock.advance(timedelta(days=1))
    assert (await office.patch(nora, f"/v1.0/users/{INGRID}", PASSWORD)).status_code == 204


@INFERRED
async def test_who_may_come_to_be_in_a_role_assignable_group_is_privileged(
    office: Office,
) -> None:
    """A group can be eligible for a membership: whoever is in it, or could be, activates that."""
    await furnish(office)
    await enrol(office, PLAIN_GROUP, TIER2, GrantKind.ELIGIBLE)
    await enrol(office, HANA, PLAIN_GROUP)
    await give(office, NORA, USER_ADMINISTRATOR)
    await give(office, NORA, GROUPS_ADMINISTRATOR)
    nora = desk(office, NORA)
    assert code_of(await office.patch(nora, f"/v1.0/users/{HANA}", PASSWORD)) == DENIED
    members = f"/v1.0/groups/{PLAIN_GROUP}/members/$ref"
    assert code_of(await office.post(nora, members, reference(NORA))) == DENIED


@INFERRED
async def test_an_application_that_acts_for_people_with_such_a_permission_is_privileged(
    office: Office,
) -> None:
    """Whoever takes it over acts for the next administrator who signs in to it."""
    place = await furnish(office)
    grace = desk(office, GRACE)
    await give(office, NORA, APPLICATION_ADMINISTRATOR)
    nora, path = desk(office, NORA), f"/v1.0/applications/{place['plain']}"
    redirect = {"web": {"redirectUris": ["https://evil.example"]}}
    assert (await office.patch(nora, path, redirect)).status_code == 204
    grant = {
        "clientId": place["plain_account"],
        "consentType": "AllPrincipals",
        "resourceId": place["graph"],
        "scope": OVER_ROLES,
    }
    assert (await office.post(grace, "/v1.0/oauth2PermissionGrants", grant)).status_code == 201
    assert code_of(await office.patch(nora, path, redirect)) == DENIED
    assert code_of(await office.post(nora, f"{path}/addPassword", {})) == DENIED


@INFERRED
@pytest.mark.parametrize("scope", ["User.ReadWrite.All", "User-PasswordProfile.ReadWrite.All"])
async def test_consent_to_reset_passwords_for_people_is_privileged(
    office: Office, scope: str
) -> None:
    """In the name of an administrator it resets the passwords of administrators."""
    place = await furnish(office)
    await give(office, NORA, APPLICATION_ADMINISTRATOR)
    grant = {
        "clientId": place["plain_account"],
        "consentType": "AllPrincipals",
        "resourceId": place["graph"],
        "scope": scope,
    }
    nora = desk(office, NORA)
    assert code_of(await office.post(nora, "/v1.0/oauth2PermissionGrants", grant)) == DENIED
    assert await permissions_of(office, place["plain_app_id"], is_delegated=True) == set()


@pytest.mark.inferred("Application Developer creates as an owner: of what is theirs")
async def test_a_developer_makes_accounts_of_their_own_applications_alone(
    office: Office,
) -> None:
    """Who makes an account owns it, with its secrets."""
    await permit_everything(office)
    await give(office, NORA, APPLICATION_DEVELOPER)
    grace, nora = desk(office, GRACE), desk(office, NORA)
    foreign = await make(office, grace, "applications", {"displayName": "Payroll"})
    path = "/v1.0/servicePrincipals"
    assert code_of(await office.post(nora, path, {"appId": foreign["appId"]})) == DENIED
    assert code_of(await office.post(nora, path, {"appId": GRAPH})) == DENIED
    own = await make(office, nora, "applications", {"displayName": "Tool"})
    assert (await office.post(nora, path, {"appId": own["appId"]})).status_code == 201


@pytest.mark.inferred("no account is made anew for what is permitted something already")
async def test_no_new_account_of_a_privileged_application(office: Office) -> None:
    await permit_everything(office)
    await give(office, NORA, APPLICATION_ADMINISTRATOR)
    nora = desk(office, NORA)
    place = await furnish(office)
    gone = await office.delete(nora, f"/v1.0/servicePrincipals/{place['account']}")
    assert code_of(gone) == DENIED
    made = await office.post(nora, "/v1.0/servicePrincipals", {"appId": ROBOT_APP})
    assert made.status_code in (400, 403, 409)


@pytest.mark.inferred("the design's data: what comes back holds nothing, and may be managed again")
async def test_an_application_that_comes_back_is_permitted_nothing(office: Office) -> None:
    place = await furnish(office)
    grace = desk(office, GRACE)
    await give(office, NORA, APPLICATION_ADMINISTRATOR)
    nora = desk(office, NORA)
    app = (await office.get(grace, f"/v1.0/applications/{place['application']}")).json()["appId"]
    assert (await office.delete(grace, f"/v1.0/applications/{place['application']}")).is_success
    for id_ in (place["application"], place["account"]):
        restored = await office.post(nora, f"/v1.0/directory/deletedItems/{id_}/restore", {})
        assert restored.status_code == 200, restored.text
    assert await permissions_of(office, app, is_delegated=False) == set()


@pytest.mark.inferred("deny by default: roles over a part count for nothing outside of it")
@pytest.mark.parametrize("path", [f"/administrativeUnits/{BERLIN}", f"/{BERLIN}", f"/{HENRIK}"])
async def test_a_scoped_role_administrator_writes_nothing_privileged(
    office: Office, path: str
) -> None:
    place = await furnish(office)
    grace = desk(office, GRACE)
    unit = f"/v1.0/directory/administrativeUnits/{BERLIN}/members/$ref"
    assert (await office.post(grace, unit, reference(HENRIK))).status_code == 204
    assert (await office.post(grace, unit, reference(TIER2))).status_code == 204
    await give(office, NORA, PRIVILEGED_ROLE_ADMINISTRATOR, Scope(ScopeKind.DIRECTORY, path))
    nora = desk(office, NORA)
    assert code_of(await office.patch(nora, f"/v1.0/users/{HENRIK}", PASSWORD)) == DENIED
    members = f"/v1.0/groups/{TIER2}/members/$ref"
    assert code_of(await office.post(nora, members, reference(NORA))) == DENIED
    assert code_of(await office.post(nora, unit, reference(GRACE))) == DENIED
    consent = permission(place["plain_account"], place["graph"], OVER_ROLES)
    roles = f"/v1.0/servicePrincipals/{place['plain_account']}/appRoleAssignments"
    assert code_of(await office.post(nora, roles, consent)) == DENIED
    assigned = {
        "principalId": NORA,
        "roleDefinitionId": PRIVILEGED_ROLE_ADMINISTRATOR,
        "directoryScopeId": "/",
    }
    answer = await office.post(nora, "/v1.0/roleManagement/directory/roleAssignments", assigned)
    assert answer.status_code == 403


@pytest.mark.inferred("what is not sent stays as it is; nothing is passed over in silence")
async def test_what_is_not_understood_changes_nothing(office: Office) -> None:
    place = await furnish(office)
    grace = desk(office, GRACE)
    grant = {
        "clientId": place["plain_account"],
        "consentType": "AllPrincipals",
        "resourceId": place["graph"],
        "scope": "User.Read",
    }
    made = await make(office, grace, "oauth2PermissionGrants", grant)
    answer = await office.patch(grace, f"/v1.0/oauth2PermissionGrants/{made['id']}", {})
    assert code_of(answer) == BAD
    assert "scope" in answer.json()["error"]["message"]
    kept = await permissions_of(office, place["plain_app_id"], is_delegated=True)
    assert kept == {"User.Read"}
    owners = {"owners@odata.bind": [reference(HANA)["@odata.id"]]}
    answer = await office.patch(grace, f"/v1.0/groups/{PLAIN_GROUP}", owners)
    assert code_of(answer) == BAD
    assert "owners@odata.bind" in answer.json()["error"]["message"]


@pytest.mark.documented("group: isAssignableToRole is set when the group is made and never after")
async def test_no_group_becomes_assignable_to_roles(office: Office) -> None:
    await permit_everything(office)
    await give(office, NORA, GROUPS_ADMINISTRATOR)
    for who in (NORA, GRACE):
        body = {"isAssignableToRole": True}
        answer = await office.patch(desk(office, who), f"/v1.0/groups/{PLAIN_GROUP}", body)
        assert code_of(answer) == BAD
    dynamic = {
        "groupTypes": ["DynamicMembership"],
        "membershipRule": "user.department -eq 'IT'",
    }
    answer = await office.patch(desk(office, GRACE), f"/v1.0/groups/{TIER2}", dynamic)
    assert answer.status_code == 400
    answer = await office.patch(desk(office, NORA), f"/v1.0/groups/{TIER2}", dynamic)
    assert code_of(answer) == DENIED


@pytest.mark.inferred("ids are the same in any casing, and a header names no other method")
async def test_spelling_and_headers_open_nothing(office: Office) -> None:
    await furnish(office)
    await give(office, NORA, USER_ADMINISTRATOR)
    nora = desk(office, NORA)
    for path in (f"/v1.0/users/{HENRIK.upper()}", "/v1.0/users/HENRIK@office.example"):
        assert code_of(await office.patch(nora, path, PASSWORD)) == DENIED
    batch = {
        "requests": [
            {
                "id": "1",
                "method": "PATCH",
                "url": f"/users/{HENRIK}",
                "headers": {"Content-Type": "application/json", "X-HTTP-Method": "GET"},
                "body": PASSWORD,
            },
            {
                "id": "2",
                "method": "GET",
                "url": f"/users/{HANA}",
                "headers": {"X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "DELETE"},
            },
        ]
    }
    answers = (await office.post(nora, "/v1.0/$batch", batch)).json()["responses"]
    assert {one["id"]: one["status"] for one in answers} == {"1": 403, "2": 200}
    assert (await office.get(nora, f"/v1.0/users/{HANA}")).status_code == 200
