"""Delegated permission grants for one person: made, told, changed and taken away over HTTP."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import pytest

from tests.dialects.graph.office import GRACE, HANA, NORA, OMAR, ROBOT, TENANT, TIER2, Office
from tests.dialects.graph.writing import (
    APPLICATION_ADMINISTRATOR,
    GRAPH,
    code_of,
    desk,
    give,
    make,
    permit_everything,
    permit_robot,
)
from timebound.application.changes import ChangeSet, GrantConsent, GrantPermission
from timebound.domain.authority import Token
from timebound.domain.ids import ApplicationId, PrincipalId

Told: TypeAlias = Mapping[str, Any]
BAD: Final = (400, "Request_BadRequest")
MISSING: Final = (404, "Request_ResourceNotFound")
DENIED: Final = (403, "Authorization_RequestDenied")
GRANTS: Final = "/v1.0/oauth2PermissionGrants"
PUBLISHED: Final = "oAuth2PermissionGrant: consentType Principal"


async def make_client(office: Office, who: str, name: str = "Ledger") -> tuple[Told, Told]:
    """The service principal of a new application, and that of Microsoft Graph."""
    application = await make(office, who, "applications", {"displayName": name})
    account = await make(office, who, "servicePrincipals", {"appId": application["appId"]})
    found = await office.get(who, f"/v1.0/servicePrincipals(appId='{GRAPH}')")
    if found.status_code != 200:
        await make(office, who, "servicePrincipals", {"appId": GRAPH})
        found = await office.get(who, f"/v1.0/servicePrincipals(appId='{GRAPH}')")
    return account, found.json()


def ask(client: Told, graph: Told, scope: str, user_id: str | None = NORA) -> dict[str, object]:
    whom = {"consentType": "Principal", "principalId": user_id}
    everybody = {"consentType": "AllPrincipals"}
    return {
        "clientId": client["id"],
        "resourceId": graph["id"],
        "scope": scope,
        **(whom if user_id else everybody),
    }


async def own(office: Office, client: Told, user_id: PrincipalId = NORA) -> frozenset[str]:
    return await office.store.user_permissions(TENANT, ApplicationId(client["appId"]), user_id)


async def usable(office: Office, client: Told, user_id: PrincipalId) -> frozenset[str]:
    """What the application may do for somebody, as every door judges it."""
    token = Token(TENANT, user_id, ApplicationId(client["appId"]), frozenset())
    return (await office.store.load_caller(token, office.clock.at)).granted


@pytest.mark.documented(f"{PUBLISHED}: create, get, update, delete")
@pytest.mark.witness(
    "POST oauth2PermissionGrants",
    "GET oauth2PermissionGrants/{id}",
    "PATCH oauth2PermissionGrants/{id}",
    "DELETE oauth2PermissionGrants/{id}",
)
async def test_an_application_acts_for_one_person(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    client, graph = await make_client(office, grace)
    made = await office.post(grace, GRANTS, ask(client, graph, "User.Read Mail.Read"))
    assert made.status_code == 201, made.text
    told = made.json()
    assert (told["consentType"], told["principalId"]) == ("Principal", NORA)
    assert told["scope"] == "Mail.Read User.Read"
    assert await usable(office, client, NORA) == {"User.Read", "Mail.Read"}
    assert await usable(office, client, HANA) == frozenset()
    one = f"{GRANTS}/{told['id']}"
    assert (await office.get(grace, one)).json()["scope"] == told["scope"]
    assert code_of(await office.post(grace, GRANTS, ask(client, graph, "Mail.Read"))) == BAD
    assert (await office.patch(grace, one, {"scope": "Calendars.Read"})).status_code == 204
    assert await own(office, client) == {"Calendars.Read"}
    assert (await office.delete(grace, one)).status_code == 204
    assert await own(office, client) == frozenset()
    assert code_of(await office.get(grace, one)) == MISSING
    assert code_of(await office.delete(grace, one)) == MISSING
    assert code_of(await office.patch(grace, one, {"scope": "User.Read"})) == MISSING


@pytest.mark.documented("list oauth2PermissionGrants of a user: those for that person alone")
@pytest.mark.witness(
    "GET me/oauth2PermissionGrants",
    "GET users/{id}/oauth2PermissionGrants",
    "GET servicePrincipals/{id}/oauth2PermissionGrants",
    "GET oauth2PermissionGrants",
)
@pytest.mark.parametrize("version", ["v1.0", "beta"])
async def test_grants_are_listed_from_either_side(office: Office, version: str) -> None:
    grace = desk(await permit_everything(office), GRACE)
    client, graph = await make_client(office, grace)
    for scope, user_id in (("User.Read", None), ("Mail.Read", NORA), ("Mail.Send", HANA)):
        made = await office.post(grace, GRANTS, ask(client, graph, scope, user_id))
        assert made.status_code == 201

    async def scopes(who: str, path: str) -> list[str]:
        answer = await office.get(who, f"/{version}/{path}")
        assert answer.status_code == 200, answer.text
        return sorted(one["scope"] for one in answer.json()["value"])

    nora, path = desk(office, NORA), "oauth2PermissionGrants"
    whole = f"{path}?$filter=clientId eq '{client['id']}'"
    assert await scopes(nora, f"me/{path}") == ["Mail.Read"]
    assert await scopes(grace, f"users/{HANA}/{path}") == ["Mail.Send"]
    assert await scopes(grace, f"users/{GRACE}/{path}") == []
    assert await scopes(grace, f"servicePrincipals/{client['id']}/{path}") == [
        "Mail.Read",
        "Mail.Send",
        "User.Read",
    ]
    assert await scopes(grace, f"{whole} and consentType eq 'AllPrincipals'") == ["User.Read"]
    assert await scopes(grace, f"{whole} and consentType eq 'Principal'") == [
        "Mail.Read",
        "Mail.Send",
    ]
    assert await scopes(grace, f"{path}?$filter=principalId eq '{HANA}'") == ["Mail.Send"]
    assert await scopes(grace, f"{whole} and principalId eq null") == ["User.Read"]
    assert await scopes(grace, f"{whole} and resourceId eq '{graph['id']}'") != []
    assert await scopes(grace, f"{path}?$filter=resourceId eq '{client['id']}'") == []


@pytest.mark.documented(f"{PUBLISHED}, principalId: required; the id of a user")
@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"principalId": None}, BAD),
        ({"principalId": "nora"}, BAD),
        ({"consentType": "AllPrincipals"}, BAD),
        ({"consentType": "Nobody"}, BAD),
        ({"principalId": TIER2}, MISSING),
        ({"principalId": ROBOT}, MISSING),
        ({"principalId": "99999999-0000-4000-8000-000000000000"}, MISSING),
        ({"clientId": NORA}, MISSING),
        ({"resourceId": ROBOT}, BAD),
        ({"scope": "Everything"}, BAD),
    ],
)
async def test_wrong_grants_are_refused(
    office: Office, more: dict[str, object], told: tuple[int, str]
) -> None:
    grace = desk(await permit_everything(office), GRACE)
    client, graph = await make_client(office, grace)
    body = {**ask(client, graph, "User.Read"), **more}
    assert code_of(await office.post(grace, GRANTS, body)) == told
    assert await own(office, client) == frozenset()


@pytest.mark.inferred("what may yield a role is for who may give roles, for one person as for all")
async def test_who_gives_permissions_for_another_person(office: Office) -> None:
    grace = desk(await permit_everything(office), GRACE)
    client, graph = await make_client(office, grace)
    harmless, privileged = (
        ask(client, graph, name) for name in ("Mail.Read", "RoleManagement.ReadWrite.Directory")
    )
    nora, omar = desk(office, NORA), desk(office, OMAR)
    assert code_of(await office.post(nora, GRANTS, harmless)) == DENIED
    unknown = {**harmless, "principalId": "99999999-0000-4000-8000-000000000000"}
    assert code_of(await office.post(nora, GRANTS, unknown)) == DENIED
    await give(office, OMAR, APPLICATION_ADMINISTRATOR)
    assert code_of(await office.post(omar, GRANTS, privileged)) == DENIED
    made = await office.post(omar, GRANTS, harmless)
    assert made.status_code == 201
    one = f"{GRANTS}/{made.json()['id']}"
    widened = {"scope": "Mail.Read RoleManagement.ReadWrite.Directory"}
    assert code_of(await office.patch(omar, one, widened)) == DENIED
    assert code_of(await office.delete(nora, one)) == DENIED
    assert await own(office, client) == {"Mail.Read"}


@pytest.mark.documented("list oauth2PermissionGrants of a user: not for applications on their own")
async def test_applications_are_not_told_whom_others_act_for(office: Office) -> None:
    key = await permit_robot(office, "Directory.Read.All")
    assert (await office.get(key, f"/v1.0/users/{NORA}/oauth2PermissionGrants")).status_code == 403
    nora = office.sign_in(NORA, frozenset({"User.Read"}))
    assert (await office.get(nora, "/v1.0/me/oauth2PermissionGrants")).status_code == 403


@pytest.mark.inferred("the design's data: a restore does not revive what ended")
@pytest.mark.parametrize("whose", ["users", "servicePrincipals"])
async def test_what_comes_back_is_acted_for_no_more(office: Office, whose: str) -> None:
    grace = desk(await permit_everything(office), GRACE)
    client, graph = await make_client(office, grace)
    made = await office.post(grace, GRANTS, ask(client, graph, "Mail.Read"))
    assert made.status_code == 201
    id_ = NORA if whose == "users" else client["id"]
    assert (await office.delete(grace, f"/v1.0/{whose}/{id_}")).status_code == 204
    restored = f"/v1.0/directory/deletedItems/{id_}/restore"
    assert (await office.post(grace, restored, {})).status_code == 200
    assert await own(office, client) == frozenset()
    assert await usable(office, client, NORA) == frozenset()


@pytest.mark.inferred("a grant names one service: those of other APIs are another grant")
@pytest.mark.parametrize("user_id", [None, NORA])
async def test_permissions_of_other_services_stay(
    office: Office, user_id: PrincipalId | None
) -> None:
    grace = desk(await permit_everything(office), GRACE)
    client, graph = await make_client(office, grace)
    app_id, other = ApplicationId(client["appId"]), f"{ROBOT}/read"
    write = (
        GrantConsent(user_id, app_id, other)
        if user_id
        else GrantPermission(app_id, other, is_delegated=True)
    )
    change = ChangeSet(TENANT, office.clock.at, {}, frozenset(), (write,))
    assert await office.store.apply(change)
    made = await office.post(grace, GRANTS, ask(client, graph, "Mail.Read", user_id))
    assert made.status_code == 201, made.text
    one = f"{GRANTS}/{made.json()['id']}"
    assert (await office.patch(grace, one, {"scope": "User.Read"})).status_code == 204
    assert await usable(office, client, NORA) == {"User.Read", other}
    assert (await office.delete(grace, one)).status_code == 204
    assert await usable(office, client, NORA) == {other}
