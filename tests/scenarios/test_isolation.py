"""Two tenants in one store: whatever is asked or sent in one, the other is not seen nor touched.

Every id that the database holds of the other tenant is a mark by which it would be recognised.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from tests.scenarios.calls import activate, make_eligible
from tests.scenarios.company import GRAPH, Company, found_company
from tests.support.fuzzing import bounded
from tests.support.permissions import EVERY_DELEGATED
from tests.support.random_bodies import Pools
from tests.support.random_calls import Sent, calls
from tests.support.tenant_rows import ReadRows, Rows, find_ids, watch_rows
from timebound.dialects.graph.operations import OPERATIONS, Operation
from timebound.storage.opening import open_store

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.inferred("design: every key begins with the tenant, which is the token's own"),
]

BENCH: Final = {
    "displayName": "Bench",
    "kind": "public",
    "permissions": {"delegated": list(EVERY_DELEGATED)},
}
PEOPLE: Final = ("gail", "pia", "eve", "rex")
"""Who calls; nothing may happen to the first."""
STRIDE: Final = 3
"""Of so many marks one is tried as a key of an operation, and the next operation tries the next."""
DIRECTORY: Final = "roleManagement/directory"
HELD: Final = ("roleAssignments", "roleAssignmentScheduleInstances", "roleEligibilitySchedules")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two companies; what the database holds of the first, and all its ids."""

    theirs: Company
    ours: Company
    read: ReadRows
    rows: Rows
    marks: tuple[str, ...]

    @property
    def pools(self) -> Pools:
        """Ids of either company; only our own stand where any text is kept."""
        ids, gail = self.ours.ids, self.ours.find("gail")
        own = (*ids.principals.values(), *ids.units.values(), self.ours.app_id("Robot"))
        known = (*(id_ for id_ in own if id_ != gail), *list(ids.roles.values())[:5])
        return Pools((*known, *self.marks), f"{self.ours.label}.example", known)

    async def send(self, who: str, sent: Sent) -> httpx.Response:
        """A call in our company."""
        token = await self.ours.sign_in(who, GRAPH, client="Bench")
        headers = {**sent.headers, "authorization": f"Bearer {token}"}
        return await self.ours.client.request(
            sent.method, sent.url, headers=headers, content=sent.content
        )

    def find_traces(self, sent: Sent, answer: httpx.Response) -> list[str]:
        """The marks in an answer that the caller has not sent, and the other company's name."""
        said = f"{sent.url} {sent.content!r}"
        shown = (answer.text, str(answer.headers))
        known = (*self.marks, self.theirs.label)
        return [mark for mark in known if mark not in said and any(mark in one for one in shown)]

    async def is_untouched(self) -> bool:
        """Whether the database holds of the other company what it held."""
        return await self.read(self.theirs.ids.tenant_id) == self.rows


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pair(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    """Two companies of the same seed in one store; much has happened in the first."""
    suffix = tmp_path_factory.mktemp("isolated").name
    store = open_store(database_url)
    await store.open()
    theirs = await found_company(store, f"foreign{suffix}", {"applications": [BENCH]})
    ours = await found_company(store, f"own{suffix}", {"applications": [BENCH]})
    held = await live(theirs)
    async with watch_rows(database_url) as read:
        rows = await read(theirs.ids.tenant_id)
        strange = find_ids(rows) - find_ids(await read(ours.ids.tenant_id))
        yield Pair(theirs, ours, read, rows, (*sorted(strange), *held))
    await theirs.client.aclose()
    await ours.client.aclose()
    await store.close()


async def live(company: Company) -> list[str]:
    """Makes one of everything, and answers the ids that are computed and never kept."""
    await make_eligible(company, "eve", "Reports Reader")
    await make_eligible(company, "finn", "Security Administrator")
    await activate(company, "eve", "Reports Reader")
    await activate(company, "finn", "Security Administrator")
    robot = company.find("Robot")
    made = [
        ("groups", {"displayName": "Secret", "mailNickname": "s"} | _SECURITY),
        ("applications", {"displayName": company.label}),
        (f"servicePrincipals/{robot}/addPassword", {}),
        ("directory/administrativeUnits", {"displayName": company.label}),
        (f"{DIRECTORY}/roleDefinitions", _role(company)),
        (f"{DIRECTORY}/roleDefinitions", _role(company, "Gone")),
        ("roleManagement/cloudPC/roleDefinitions", _role(company, action=_CLOUD_ACTION)),
    ]
    ids = {path: (await _make(company, path, body)).get("id", "") for path, body in made}
    cloud = "roleManagement/cloudPC/role{}"
    await _make(
        company,
        cloud.format("Assignments"),
        {
            "displayName": company.label,
            "roleDefinitionId": ids[cloud.format("Definitions")],
            "principalIds": [company.find("finn")],
            "directoryScopeIds": ["/"],
        },
    )
    await _call(company, "DELETE", f"users/{company.find('tess')}")
    gone = ids[f"{DIRECTORY}/roleDefinitions"]
    await _call(company, "DELETE", f"{DIRECTORY}/roleDefinitions/{gone}")
    pages = [await _call(company, "GET", f"{DIRECTORY}/{name}") for name in HELD]
    return [row["id"] for page in pages for row in page.json()["value"]]


_SECURITY: Final = {"mailEnabled": False, "securityEnabled": True}


_ACTION: Final = "microsoft.directory/applications/basic/update"
_CLOUD_ACTION: Final = "Microsoft.CloudPC/CloudPCs/Read"


def _role(company: Company, name: str = "Own", action: str = _ACTION) -> dict[str, Any]:
    permissions = [{"allowedResourceActions": [action]}]
    label = f"{name} {company.label}"
    return {"displayName": label, "isEnabled": True, "rolePermissions": permissions}


async def _make(company: Company, path: str, body: object) -> dict[str, Any]:
    made: dict[str, Any] = (await _call(company, "POST", path, body)).json()
    return made


async def _call(company: Company, method: str, path: str, body: object = None) -> httpx.Response:
    token = await company.sign_in("gail", GRAPH, client="Bench")
    answer = await company.client.request(
        method, f"/beta/{path}", headers={"authorization": f"Bearer {token}"}, json=body
    )
    assert answer.is_success, answer.text
    return answer


@given(data=st.data())
@bounded(400)
async def test_no_call_finds_a_trace_of_another_tenant(pair: Pair, data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from(OPERATIONS))
    sent = data.draw(calls(operation, pair.pools))

    answer = await pair.send(data.draw(st.sampled_from(PEOPLE)), sent)

    assert pair.find_traces(sent, answer) == []
    assert operation.method == "GET" or await pair.is_untouched()


@pytest.mark.parametrize("operation", [row for row in OPERATIONS if "{id}" in row.path])
async def test_no_key_of_another_tenant_leads_anywhere(pair: Pair, operation: Operation) -> None:
    headers = {"content-type": "application/json"}
    content = None if operation.method in {"GET", "DELETE"} else b"{}"
    first = OPERATIONS.index(operation) % STRIDE
    for mark in pair.marks[first::STRIDE]:
        path = operation.path.replace("{id}", mark)
        sent = Sent(operation.method, f"/beta/{path}", headers, content)
        answer = await pair.send("gail", sent)
        assert answer.status_code in {400, 403, 404}, (sent, answer.text)
        assert pair.find_traces(sent, answer) == []
    assert await pair.is_untouched()


# The audit log tells of what was tried here, by the ids that were sent.
TOLD_BACK: Final = "auditLogs/directoryAudits"


@pytest.mark.parametrize(
    "operation",
    [
        row
        for row in OPERATIONS
        if row.method == "GET" and "{id}" not in row.path and row.path != TOLD_BACK
    ],
)
@pytest.mark.parametrize("query", ["", "?$expand=*", "?$top=1&$count=true"])
async def test_no_list_shows_another_tenant(pair: Pair, operation: Operation, query: str) -> None:
    sent = Sent("GET", f"/beta/{operation.path}{query}", {"consistencylevel": "eventual"})

    answer = await pair.send("gail", sent)

    assert pair.find_traces(sent, answer) == []


async def test_what_has_happened_left_its_marks(pair: Pair) -> None:
    sent = Sent("GET", "/v1.0/users", {})
    seen = await _call(pair.theirs, "GET", "users")

    assert len(pair.marks) > 60
    assert len(pair.find_traces(sent, seen)) > 5
