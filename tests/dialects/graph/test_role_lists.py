"""Roles through groups, schedules by function, who has a role, and what roles can allow."""

import pytest

from tests.dialects.graph.office import (
    BERLIN,
    DAWN,
    GRACE,
    HANA,
    HENRIK,
    INGRID,
    NORA,
    OMAR,
    READER,
    SAMUEL,
    STRONG,
    TEAMS,
    TENANT,
    TIER2,
    Office,
)
from timebound.application.catalog import built_in_roles
from timebound.application.changes import ChangeSet, InsertGrant
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId
from timebound.domain.roles import GLOBAL_ADMINISTRATOR
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, ScopeKind
from timebound.domain.times import ENDLESS, Window

ROOT = "/beta/roleManagement/directory"
TRANSITIVE = f"{ROOT}/transitiveRoleAssignments"
EVENTUAL = {"ConsistencyLevel": "eventual"}
UNIT = f"/administrativeUnits/{BERLIN}"


async def assign(office: Office, who: str, role_id: str = READER, scope: str = "/") -> str:
    body = {"principalId": who, "roleDefinitionId": role_id, "directoryScopeId": scope}
    made = await office.post(GRACE, f"{ROOT}/roleAssignments", body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def asked(who: str, more: str = "") -> str:
    return f"{TRANSITIVE}?$count=true&$filter=principalId eq '{who}'{more}"


@pytest.mark.documented("rbacapplication-list-transitiveroleassignments, examples 1 to 3")
@pytest.mark.witness("GET roleManagement/directory/transitiveRoleAssignments")
async def test_assignments_come_directly_and_through_groups(office: Office) -> None:
    own, of_group = await assign(office, OMAR), await assign(office, TIER2, STRONG, UNIT)
    answer = (await office.get(GRACE, asked(OMAR), **EVENTUAL)).json()
    assert answer["@odata.count"] == 2
    found = {one["id"]: (one["principalId"], one["directoryScopeId"]) for one in answer["value"]}
    assert found == {own: (OMAR, "/"), of_group: (TIER2, UNIT)}
    by_role = asked(OMAR, f" and roleDefinitionId eq '{READER}'&$expand=principal")
    (direct,) = (await office.get(GRACE, by_role, **EVENTUAL)).json()["value"]
    assert direct["principal"]["displayName"] == "Omar Haddad"
    by_scope = asked(OMAR, f" and directoryScopeId eq '{UNIT}'&$expand=principal")
    (through,) = (await office.get(GRACE, by_scope, **EVENTUAL)).json()["value"]
    assert through["principal"]["displayName"] == "Tier 2"
    assert (await office.get(GRACE, asked(NORA), **EVENTUAL)).json()["value"] == []


@pytest.mark.documented("rbacapplication-list-transitiveroleassignments: header, count and filter")
@pytest.mark.parametrize(
    ("query", "headers", "said"),
    [
        (f"?$count=true&$filter=principalId eq '{OMAR}'", {}, "ConsistencyLevel"),
        (f"?$filter=principalId eq '{OMAR}'", EVENTUAL, "$count"),
        ("?$count=true", EVENTUAL, "principalId"),
        (f"?$count=true&$filter=principalId ne '{OMAR}'", EVENTUAL, "principalId"),
    ],
)
async def test_what_transitive_assignments_want(
    office: Office, query: str, headers: dict[str, str], said: str
) -> None:
    refused = await office.get(GRACE, f"{TRANSITIVE}{query}", **headers)
    assert (refused.status_code, said in refused.text) == (400, True), refused.text
    assert (await office.get(HANA, asked(HANA), **EVENTUAL)).status_code == 403
    assert (await office.get(GRACE, asked(OMAR).replace("beta", "v1.0"))).status_code == 404


@pytest.mark.documented("rbacApplication, roleSchedules and roleScheduleInstances")
@pytest.mark.witness("GET roleManagement/directory/roleSchedules")
@pytest.mark.witness("GET roleManagement/directory/roleScheduleInstances")
@pytest.mark.parametrize("name", ["roleSchedules", "roleScheduleInstances"])
async def test_schedules_of_both_kinds_by_function(office: Office, name: str) -> None:
    own = await assign(office, TIER2)
    found = await office.get(GRACE, f"{ROOT}/{name}(principalId='{TIER2}')?$expand=principal")
    assert found.status_code == 200, found.text
    kinds = {one["@odata.type"].rsplit(".")[-1]: one for one in found.json()["value"]}
    noun = "Schedule" if name == "roleSchedules" else "ScheduleInstance"
    assert kinds.keys() == {f"unifiedRoleAssignment{noun}", f"unifiedRoleEligibility{noun}"}
    assert kinds[f"unifiedRoleAssignment{noun}"]["id"] == own
    assert kinds[f"unifiedRoleEligibility{noun}"]["roleDefinitionId"] == TEAMS
    assert kinds[f"unifiedRoleEligibility{noun}"]["principal"]["id"] == TIER2
    everything = (await office.get(GRACE, f"{ROOT}/{name}()")).json()["value"]
    assert len(everything) == len((await office.get(GRACE, f"{ROOT}/{name}")).json()["value"])
    assert len(everything) > 2
    exact = (
        f"(directoryScopeId='/',appScopeId='',principalId='{TIER2.upper()}',"
        f"roleDefinitionId='{TEAMS}')"
    )
    (eligible,) = (await office.get(GRACE, f"{ROOT}/{name}{exact}")).json()["value"]
    assert eligible["principalId"] == TIER2
    aliased = (
        f"(principalId='@principalId')?principalId={TIER2}&$filter=roleDefinitionId eq '{TEAMS}'"
    )
    assert len((await office.get(GRACE, f"{ROOT}/{name}{aliased}")).json()["value"]) == 1


@pytest.mark.inferred("a function's arguments belong to every page of it")
async def test_the_next_page_keeps_the_arguments(office: Office) -> None:
    await assign(office, TIER2)
    first = await office.get(GRACE, f"{ROOT}/roleSchedules(principalId='{TIER2}')?$top=1")
    link = first.json()["@odata.nextLink"]
    second = (await office.get(GRACE, link)).json()
    shown = [one["id"] for one in (*first.json()["value"], *second["value"])]
    assert len(set(shown)) == 2
    assert "@odata.nextLink" not in second
    other = link.replace(TIER2, SAMUEL)
    assert (await office.get(GRACE, other)).status_code == 400


@pytest.mark.inferred("a misspelt parameter asks for more than was meant")
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("roleSchedules(principal='x')", 400),
        ("roleSchedules(principalId='x')", 200),
        ("roleDefinitions/{}/assignedPrincipals(transitive='maybe')", 400),
        ("roleDefinitions/{}/assignedPrincipals(directoryScopeType='moon')", 400),
        ("roleDefinitions/{}/assignedPrincipals(directoryScopeId='moon')", 400),
        ("roleDefinitions/{}/assignedPrincipals(who='x')", 400),
        ("roleDefinitions/nobody/assignedPrincipals", 404),
        ("resourceNamespaces/nowhere", 404),
        ("resourceNamespaces/nowhere/resourceActions", 404),
        ("resourceNamespaces/microsoft.directory/resourceActions/nothing", 404),
        ("resourceNamespaces?$filter=id gt 'a'", 400),
    ],
)
async def test_bad_input_is_refused(office: Office, path: str, status: int) -> None:
    answer = await office.get(GRACE, f"{ROOT}/{path.format(READER)}")
    assert answer.status_code == status, answer.text


@pytest.mark.documented("unifiedroledefinition-assignedprincipals, examples 1 to 4")
@pytest.mark.witness("GET roleManagement/directory/roleDefinitions/{id}/assignedPrincipals")
@pytest.mark.witness("GET roleManagement/directory/roleDefinitions/{id}/assignedPrincipals/user")
@pytest.mark.witness("GET roleManagement/directory/roleDefinitions/{id}/assignedPrincipals/group")
@pytest.mark.witness(
    "GET roleManagement/directory/roleDefinitions/{id}/assignedPrincipals/servicePrincipal"
)
async def test_who_has_a_role(office: Office) -> None:
    for who, scope in ((HANA, UNIT), (TIER2, "/"), (INGRID, "/")):
        await assign(office, who, STRONG, scope)
    path = f"{ROOT}/roleDefinitions/{STRONG}/assignedPrincipals"

    async def names(more: str) -> list[str]:
        answer = await office.get(GRACE, f"{path}{more}")
        assert answer.status_code == 200, answer.text
        return [one["displayName"] for one in answer.json()["value"]]

    assert await names("") == ["Hana Sato", "Ingrid Solberg", "Tier 2"]
    assert await names("(directoryScopeType='tenant')/microsoft.graph.user") == ["Ingrid Solberg"]
    at_unit = f"(directoryScope='administrativeUnit', directoryScopeId ='{BERLIN}')"
    assert await names(at_unit) == ["Hana Sato"]
    assert await names("(transitive=true,directoryScopeType='tenant')") == [
        "Ingrid Solberg",
        "Omar Haddad",
        "Tier 2",
    ]
    assert await names("/microsoft.graph.group") == ["Tier 2"]
    assert await names("/microsoft.graph.servicePrincipal") == []
    counted = (await office.get(GRACE, f"{path}?$count=true&$top=1")).json()
    assert (counted["@odata.count"], len(counted["value"])) == (3, 1)
    assert (await office.get(HANA, path)).status_code == 403
    assert GLOBAL_ADMINISTRATOR not in str(await names(""))


@pytest.mark.documented("unifiedroledefinition-assignedprincipals, example 1: the number as text")
async def test_those_who_have_a_role_are_counted(office: Office) -> None:
    for who in (TIER2, INGRID):
        await assign(office, who, STRONG)
    path = f"{ROOT}/roleDefinitions/{STRONG}/assignedPrincipals"
    for more, number in (
        ("", "2"),
        ("(transitive=true)", "3"),
        ("(transitive=true)/microsoft.graph.user", "2"),
        ("(directoryScopeType='administrativeUnit')", "0"),
    ):
        answer = await office.get(GRACE, f"{path}{more}/$count", **EVENTUAL)
        assert (answer.status_code, answer.text) == (200, number)
        assert answer.headers["content-type"].startswith("text/plain")
    assert (await office.get(HANA, f"{path}/$count", **EVENTUAL)).status_code == 403


@pytest.mark.inferred("who is only eligible has no role")
async def test_eligible_principals_are_not_assigned(office: Office) -> None:
    eligible = Grant(
        GrantId("33333333-0000-4000-8000-000000000099"),
        Slot(PrincipalId(HENRIK), STRONG, DIRECTORY_ROOT),
        GrantKind.ELIGIBLE,
        Window(DAWN, ENDLESS),
        DAWN,
    )
    elsewhere = Scope(ScopeKind.DIRECTORY, UNIT)
    assert elsewhere.object_id == BERLIN
    change = ChangeSet(TENANT, DAWN, {}, frozenset(), (InsertGrant(eligible),))
    assert await office.store.apply(change)
    path = f"{ROOT}/roleDefinitions/{STRONG}/assignedPrincipals"
    assert (await office.get(GRACE, path)).json()["value"] == []


@pytest.mark.documented("unifiedRbacResourceNamespace and unifiedRbacResourceAction")
@pytest.mark.witness("GET roleManagement/directory/resourceNamespaces")
@pytest.mark.witness("GET roleManagement/directory/resourceNamespaces/{id}")
@pytest.mark.witness("GET roleManagement/directory/resourceNamespaces/{id}/resourceActions")
@pytest.mark.witness("GET roleManagement/directory/resourceNamespaces/{id}/resourceActions/{id}")
async def test_what_roles_can_allow(office: Office) -> None:
    path = f"{ROOT}/resourceNamespaces"
    names = [one["id"] for one in (await office.get(GRACE, path)).json()["value"]]
    assert names == sorted(names)
    assert "microsoft.directory" in names
    one = (await office.get(GRACE, f"{path}/microsoft.directory")).json()
    assert (one["id"], one["name"]) == ("microsoft.directory", "microsoft.directory")
    actions = f"{path}/microsoft.directory/resourceActions"
    first = (await office.get(GRACE, actions)).json()
    assert len(first["value"]) == 100
    second = (await office.get(GRACE, first["@odata.nextLink"])).json()
    ids = [one["id"] for page in (first, second) for one in page["value"]]
    assert ids == sorted(set(ids))
    named = "microsoft.directory/applications/basic/update"
    query = f"{actions}?$filter=name eq '{named}'&$select=id,name"
    assert (await office.get(GRACE, query)).json()["value"] == [
        {"id": f"{named.replace('/', '-')}-patch", "name": named}
    ]
    got = (await office.get(GRACE, f"{actions}/{named.replace('/', '-')}-patch")).json()
    assert (got["name"], got["actionVerb"]) == (named, "PATCH")
    counted = (await office.get(GRACE, f"{actions}?$count=true&$top=2")).json()
    known = {a for role in built_in_roles().values() for a in role.actions}
    assert counted["@odata.count"] >= len(
        [a for a in known if a.startswith("microsoft.directory/")]
    )
    assert (await office.get(HANA, path)).status_code == 403
