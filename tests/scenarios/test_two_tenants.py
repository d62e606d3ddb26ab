"""Two tenants in one store: nothing of the one is ever seen, named or touched from the other."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.scenarios.calls import (
    ELIGIBLE,
    REQUESTS,
    activate,
    body,
    code_of,
    make_eligible,
    rows_of,
)
from tests.scenarios.company import Company, count_stored, found_company
from tests.scenarios.policy_calls import (
    EXPIRATION,
    MODERATOR,
    call_freely,
    expiration,
    find_policy,
    read_rules,
)
from tests.support.events import read_events
from timebound.domain.ids import TenantId
from timebound.storage.opening import open_store

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.inferred("design: every key begins with the tenant, which is the token's own"),
]

VERSIONS: Final = ("v1.0", "beta")
DIRECTORY: Final = "roleManagement/directory"
HELD: Final = tuple(
    f"{DIRECTORY}/role{kind}Schedule{what}"
    for kind in ("Assignment", "Eligibility")
    for what in ("s", "Instances", "Requests")
)
OBJECTS: Final = ("users", "groups", "servicePrincipals", "directory/administrativeUnits")
SETS: Final = (*HELD, f"{DIRECTORY}/roleAssignments", f"{DIRECTORY}/roleDefinitions", *OBJECTS)
OWN: Final = tuple(
    f"{path}/filterByCurrentUser(on='{on}')"
    for path in HELD
    for on in ("principal", "createdBy", "approver")
)
DIRECTORY_SETS: Final = (
    "applications",
    "organization",
    "directoryRoles",
    "directoryRoleTemplates",
    "oauth2PermissionGrants",
    "me/oauth2PermissionGrants",
    "me/memberOf",
    "me/transitiveMemberOf",
    "me/ownedObjects",
    *(
        f"directory/deletedItems/microsoft.graph.{kind}"
        for kind in ("user", "group", "application")
    ),
)
APPROVALS: Final = f"/beta/{DIRECTORY}/roleAssignmentApprovals"
VERDICTS: Final = (
    {"reviewResult": "Approve", "justification": "Trusted"},
    {"reviewResult": "Deny", "justification": "Not today"},
)
RELATED: Final = (
    "groups/{}/members",
    "groups/{}/transitiveMembers",
    "groups/{}/owners",
    "groups/{}/memberOf",
    "users/{}/memberOf",
    "users/{}/transitiveMemberOf",
    "users/{}/ownedObjects",
    "users/{}/appRoleAssignments",
    "users/{}/oauth2PermissionGrants",
    "servicePrincipals/{}/oauth2PermissionGrants",
    "servicePrincipals/{}/owners",
    "servicePrincipals/{}/appRoleAssignedTo",
    "applications/{}/owners",
    "directory/administrativeUnits/{}/members",
    "directory/administrativeUnits/{}/scopedRoleMembers",
    "directoryRoles/{}/members",
    "directoryObjects/{}",
    "organization/{}",
)
GUID_SIZE: Final = 36
EXPANDED: Final = "$expand=principal,roleDefinition,directoryScope"
BOUNDED: Final = settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two companies, and everything by which the first one could be recognised."""

    theirs: Company
    ours: Company
    marks: tuple[str, ...]
    url: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pair(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    """Two companies in one store; the first has a life of its own."""
    suffix = tmp_path_factory.mktemp("pair").name
    store = open_store(database_url)
    await store.open()
    theirs = await found_company(store, f"theirs{suffix}")
    ours = await found_company(store, f"ours{suffix}", {"applications": [MODERATOR]})
    requests = await live_a_little(theirs)
    yield Pair(theirs, ours, (*marks_of(theirs), *requests), database_url)
    await theirs.client.aclose()
    await ours.client.aclose()
    await store.close()


async def live_a_little(company: Company) -> tuple[str, ...]:
    """Makes requests of every kind, and answers their ids."""
    unit = {"directoryScopeId": f"/administrativeUnits/{company.ids.units['North']}"}
    made = [
        await make_eligible(company, "eve", "Reports Reader"),
        await make_eligible(company, "finn", "Security Administrator"),
        await make_eligible(company, "finn", "Helpdesk Administrator", **unit),
        await activate(company, "eve", "Reports Reader"),
        await activate(company, "finn", "Security Administrator"),
    ]
    return tuple(one["id"] for one in made)


def marks_of(company: Company) -> tuple[str, ...]:
    """The ids and names that belong to this tenant alone."""
    ids = company.ids
    return (company.label, ids.tenant_id, *ids.principals.values(), *ids.units.values())


def find_marks(pair: Pair, text: str, *sent: str) -> list[str]:
    """The marks of the other tenant in a text, apart from those that were sent ourselves."""
    return [mark for mark in pair.marks if mark in text and not any(mark in one for one in sent)]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", [*SETS, *OWN])
async def test_no_list_shows_anything_of_another_tenant(
    pair: Pair, version: str, path: str
) -> None:
    url = f"/{version}/{path}?{EXPANDED if DIRECTORY in path and 'Definitions' not in path else ''}"
    response = await pair.ours.call("gail", "GET", url)
    assert response.status_code == (400 if is_no_relation(path) else 200), response.text
    assert find_marks(pair, response.text) == []


def is_no_relation(path: str) -> bool:
    """Whether a list is asked for a relation that only requests have."""
    return "filterByCurrentUser" in path and "principal" not in path and "Requests" not in path


@given(data=st.data())
@BOUNDED
async def test_nothing_of_another_tenant_is_found_by_its_id(
    pair: Pair, data: st.DataObject
) -> None:
    version, path = data.draw(st.sampled_from(VERSIONS)), data.draw(st.sampled_from(SETS))
    mark = data.draw(st.sampled_from(pair.marks))
    who = data.draw(st.sampled_from(("gail", "eve", "Robot")))
    form = data.draw(st.sampled_from((f"/{mark}", f"?$filter=id eq '{mark}'", "principal")))
    if form == "principal":
        form = f"?$filter=principalId eq '{mark}'"
    url = f"/{version}/{path}{quote(form, safe='/?$=')}"
    response = await pair.ours.call(who, "GET", url)
    assert response.status_code in (200, 400, 403, 404), response.text
    assert find_marks(pair, response.text, url) == []
    if response.status_code == 200:
        assert response.json()["value"] == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", DIRECTORY_SETS)
async def test_no_directory_list_shows_anything_of_another_tenant(
    pair: Pair, version: str, path: str
) -> None:
    response = await pair.ours.call("gail", "GET", f"/{version}/{path}")
    assert response.status_code == 200, response.text
    assert find_marks(pair, response.text) == []


@pytest.mark.parametrize("version", VERSIONS)
async def test_nothing_belongs_to_what_is_of_another_tenant(pair: Pair, version: str) -> None:
    for mark in pair.marks:
        for path in RELATED:
            url = f"/{version}/{path.replace('{}', mark)}"
            response = await pair.ours.call("gail", "GET", url)
            assert response.status_code == 404, url
            assert find_marks(pair, response.text, url) == []


@pytest.mark.parametrize("version", VERSIONS)
async def test_ids_of_another_tenant_are_no_ids_here(pair: Pair, version: str) -> None:
    ids = [mark for mark in pair.marks if len(mark) == GUID_SIZE]
    found = await pair.ours.call(
        "gail", "POST", f"/{version}/directoryObjects/getByIds", json={"ids": ids}
    )
    assert found.json()["value"] == []
    for function, name in (("checkMemberGroups", "groupIds"), ("checkMemberObjects", "ids")):
        for start in range(0, len(ids), 20):
            sent = {name: ids[start : start + 20]}
            url = f"/{version}/me/{function}"
            response = await pair.ours.call("gail", "POST", url, json=sent)
            assert response.json()["value"] == []


@pytest.mark.parametrize("action", ["adminAssign", "adminRemove", "adminUpdate", "adminExtend"])
@pytest.mark.parametrize("path", [REQUESTS, ELIGIBLE])
async def test_nobody_of_another_tenant_is_given_or_robbed_of_anything(
    pair: Pair, path: str, action: str
) -> None:
    before = await count_stored(pair.theirs)
    ends = {"expiration": {"type": "afterDuration", "duration": "P1D"}}
    sent = body(pair.theirs, action, "eve", "Reports Reader", scheduleInfo=ends)
    response = await pair.ours.call("gail", "POST", path, json=sent)
    assert (response.status_code, response.json()["error"]["code"]) == (404, "SubjectNotFound")
    assert await count_stored(pair.theirs) == before


async def test_no_role_is_held_over_a_part_of_another_tenant(pair: Pair) -> None:
    unit = pair.theirs.ids.units["North"]
    sent = body(pair.ours, "adminAssign", "eve", "Helpdesk Administrator")
    sent["directoryScopeId"] = f"/administrativeUnits/{unit}"
    response = await pair.ours.call("gail", "POST", REQUESTS, json=sent)
    assert response.status_code == 404


async def test_no_request_of_another_tenant_is_withdrawn(pair: Pair) -> None:
    before = await count_stored(pair.theirs)
    for mark in pair.marks:
        response = await pair.ours.call("gail", "POST", f"{REQUESTS}/{mark}/cancel")
        assert response.status_code == 404
    assert await count_stored(pair.theirs) == before


@pytest.mark.parametrize("word", ["Directory", "DirectoryRole", "Group"])
async def test_no_policy_of_another_tenant_is_told_or_changed(pair: Pair, word: str) -> None:
    tenants = (pair.theirs, pair.ours)
    role = pair.ours.find("Reports Reader")
    theirs, ours = [await find_policy(one, word="DirectoryRole") for one in tenants]
    assert theirs.rpartition("_")[2] == ours.rpartition("_")[2]
    before = await read_rules(pair.theirs, theirs)
    middle = pair.theirs.find("Watch") if word == "Group" else pair.theirs.ids.tenant_id
    foreign = f"{word}_{middle}_{theirs.rpartition('_')[2]}"
    for version in VERSIONS:
        path = f"/{version}/policies/roleManagementPolicies/{foreign}"
        assigned = f"/{version}/policies/roleManagementPolicyAssignments/{foreign}_{role}"
        sent = {"rules": [expiration("PT1H")]}
        answers = [
            *[await call_freely(pair.ours, "GET", f"{path}{end}") for end in ("", "/rules")],
            await call_freely(pair.ours, "GET", assigned),
            await call_freely(pair.ours, "PATCH", path, sent),
            await call_freely(pair.ours, "PATCH", f"{path}/rules/{EXPIRATION}", expiration("PT1H")),
        ]
        assert [one.status_code for one in answers] == [404] * 5
        assert all(find_marks(pair, one.text, foreign) == [] for one in answers)
    assert await read_rules(pair.theirs, theirs) == before


@pytest.mark.parametrize("who", ["gail", "pia", "uma", "finn"])
async def test_no_approval_of_another_tenant_is_told(pair: Pair, who: str) -> None:
    waiting = await find_waiting(pair)
    own = [f"{APPROVALS}/filterByCurrentUser(on='{on}')" for on in ("approver", "target")]
    for path in (APPROVALS, *own, f"{APPROVALS}/filterByCurrentUser(on='createdBy')"):
        for asked in ("", "?$expand=steps"):
            response = await pair.ours.call(who, "GET", f"{path}{asked}")
            assert response.status_code == 200, response.text
            assert find_marks(pair, response.text) == []
        assert await rows_of(pair.ours, who, f"{path}?$filter=id eq '{waiting}'") == []
    for end in ("", "?$expand=steps", "/steps", f"/steps/{waiting}"):
        url = f"{APPROVALS}/{waiting}{end}"
        response = await pair.ours.call(who, "GET", url)
        assert code_of(response) == (404, "NotFound"), url
        assert find_marks(pair, response.text, url) == []


@pytest.mark.parametrize("verdict", VERDICTS, ids=lambda one: str(one["reviewResult"]))
@pytest.mark.parametrize("who", ["gail", "pia", "uma", "finn"])
async def test_nobody_decides_for_another_tenant(
    pair: Pair, who: str, verdict: dict[str, str]
) -> None:
    waiting = await find_waiting(pair)
    before = await read_events(pair.url, TenantId(pair.theirs.ids.tenant_id))
    ours = (await activate(pair.ours, "eve", await guard(pair.ours)))["id"]
    for id_, step in ((waiting, waiting), (waiting, ours), (ours, waiting)):
        url = f"{APPROVALS}/{id_}/steps/{step}"
        response = await pair.ours.call(who, "PATCH", url, json=verdict)
        assert code_of(response) == (404, "NotFound"), url
        assert find_marks(pair, response.text, url) == []
    assert (await pair.ours.call("eve", "POST", f"{REQUESTS}/{ours}/cancel")).status_code == 204
    assert await find_waiting(pair) == waiting
    assert await read_events(pair.url, TenantId(pair.theirs.ids.tenant_id)) == before


async def guard(company: Company) -> str:
    """A role that the jury has to agree to, for which eve is eligible."""
    role = "Security Administrator"
    held = f"{ELIGIBLE}?$filter=principalId eq '{company.find('eve')}'"
    if company.find(role) not in [
        one["roleDefinitionId"] for one in await rows_of(company, "pia", held)
    ]:
        await make_eligible(company, "eve", role)
    return role


async def find_waiting(pair: Pair) -> str:
    """What waits over there, for their jury to decide."""
    (row,) = await rows_of(pair.theirs, "uma", f"{APPROVALS}/filterByCurrentUser(on='approver')")
    (step,) = row["steps"]
    assert (step["status"], step["assignedToMe"]) == ("InProgress", True)
    id_: str = row["id"]
    assert id_ in pair.marks
    return id_


async def test_no_token_of_another_tenant_is_given_for_a_password_of_this_one(pair: Pair) -> None:
    form = dict(pair.theirs.write_form("gail", "https://graph.microsoft.com/.default", "Desk", ()))
    response = await pair.ours.client.post(
        f"/{pair.ours.ids.tenant_id}/oauth2/v2.0/token", data=form
    )
    assert response.status_code in (400, 401)
    form |= {"client_id": pair.ours.app_id("Desk")}
    response = await pair.ours.client.post(
        f"/{pair.ours.ids.tenant_id}/oauth2/v2.0/token", data=form
    )
    assert response.status_code in (400, 401)
    assert "access_token" not in response.text


@pytest.mark.parametrize(
    "path",
    ["users?$top=1", "groups/delta", "users/delta", f"{DIRECTORY}/roleDefinitions?$top=1"],
)
async def test_no_link_of_another_tenant_leads_on(pair: Pair, path: str) -> None:
    answer = (await pair.theirs.call("gail", "GET", f"/v1.0/{path}")).json()
    link = answer.get("@odata.nextLink") or answer["@odata.deltaLink"]
    assert (await pair.theirs.call("gail", "GET", link)).status_code == 200
    response = await pair.ours.call("gail", "GET", link)
    assert response.status_code == 400, response.text
    assert find_marks(pair, response.text, link) == []
