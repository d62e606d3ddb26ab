import copy
import gzip
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.support.published import PublishedTransport, check_graph
from tests.support.published.facts import Version, load_facts
from tests.support.published.parts import HELPDESK, HOST, MIRA
from tests.support.published.samples import SAMPLES
from tests.support.published.values import PRIMITIVES, find_fault

REQUEST_ID = "3f6d1b8e-52aa-4f0c-9f7e-6a1d7c40b9aa"
HEADERS = {
    "request-id": REQUEST_ID,
    "client-request-id": REQUEST_ID,
    "Content-Type": "application/json;odata.metadata=minimal;odata.streaming=true;"
    "IEEE754Compatible=false;charset=utf-8",
}
REFUSAL = {
    "error": {
        "code": "RoleAssignmentExists",
        "message": "The Role assignment already exists.",
        "innerError": {
            "date": "2031-03-04T08:15:00",
            "request-id": REQUEST_ID,
            "client-request-id": REQUEST_ID,
        },
    }
}
REQUESTS = "/v1.0/roleManagement/directory/roleAssignmentScheduleRequests"


def check_sample(name: str, change: Callable[[Any], object] | None = None) -> None:
    method, path, status, body = copy.deepcopy(SAMPLES[name])
    if change is not None:
        change(body)
    headers = {k: v for k, v in HEADERS.items() if body is not None or k != "Content-Type"}
    check_graph(status, headers, body, method=method, path=path)


def put(place: str, value: object) -> Callable[[Any], None]:
    """Change one place of a body; a number is an index into a list."""

    def change(body: Any) -> None:  # noqa: ANN401 - JSON of any shape
        *parents, last = (int(step) if step.isdigit() else step for step in place.split("/"))
        for step in parents:
            body = body[step]
        body[last] = value

    return change


def drop(place: str) -> Callable[[Any], None]:
    """Leave one member out of a body."""

    def change(body: Any) -> None:  # noqa: ANN401 - JSON of any shape
        *parents, last = (int(step) if step.isdigit() else step for step in place.split("/"))
        for step in parents:
            body = body[step]
        del body[last]

    return change


@pytest.mark.documented("Graph v1.0 and beta schema and API pages; values are ours")
@pytest.mark.parametrize("name", SAMPLES)
def test_published_shapes_are_accepted(name: str) -> None:
    check_sample(name)


BROKEN: list[tuple[str, Callable[[Any], None], str]] = [
    ("activation", put("color", "red"), "entity.color: not a member"),
    ("activation", put("scheduleInfo/expiration/kind", "x"), "expiration.kind: not a member"),
    ("activation", put("requestId@odata.type", "#x"), "requestId@odata.type: not an annotation"),
    ("activation", put("isValidationOnly", "false"), "entity.isValidationOnly: 'false' is not"),
    ("activation", put("principalId", 7), "entity.principalId: 7 is not a string"),
    ("activation", put("id", None), "entity.id: null"),
    ("activation", put("createdBy", MIRA), "entity.createdBy:"),
    ("activation", put("status", "Done"), "entity.status: 'Done' is none of"),
    ("activation", put("action", "SelfActivate"), "entity.action: 'SelfActivate' is none of"),
    ("beta activation", put("action", "activate"), "entity.action: 'activate' is none of"),
    ("activation", put("createdDateTime", "2031-03-04T08:15:00"), "entity.createdDateTime:"),
    ("activation", put("createdDateTime", "2031-03-04T08:15:00.10Z"), "entity.createdDateTime:"),
    ("activation", put("createdDateTime", "2031-03-04T08:15:00+00:00"), "entity.createdDateTime:"),
    ("activation", put("createdDateTime", "2031-02-30T08:15:00Z"), "entity.createdDateTime:"),
    ("activation", put("scheduleInfo/expiration/duration", "4:00:00"), "expiration.duration:"),
    ("activation", put("scheduleInfo/expiration/duration", "P1M"), "expiration.duration:"),
    ("activation", put("scheduleInfo/expiration/type", "AfterDuration"), "expiration.type:"),
    ("activation", drop("targetScheduleId"), "entity: targetScheduleId is missing"),
    ("activation", drop("ticketInfo/ticketSystem"), "entity.ticketInfo: ticketSystem is missing"),
    ("activation", put("principal", None), "entity.principal: answered without being asked"),
    ("activation", drop("@odata.context"), "@odata.context: None is not a context"),
    ("activation", put("@odata.context", f"{HOST}/beta/$metadata#x/$entity"), "of this version"),
    ("activation", put("@odata.context", f"{HOST}/v1.0/$metadata#users/$entity"), "does not name"),
    ("groups", put("@odata.context", f"{HOST}/v1.0/$metadata#groups/$entity"), "is a collection"),
    ("groups", put("@odata.context", f"{HOST}/v1.0/$metadata#groups(hue)"), "hue not known"),
    ("users", put("@odata.context", f"{HOST}/v1.0/$metadata#users(id)"), "accountenabled selected"),
    ("groups", put("value", {}), "value: {} is not a list"),
    ("groups", put("total", 1), "total: not a member of a collection"),
    ("groups", put("value/0/groupTypes", None), "value[0].groupTypes: null"),
    (
        "groups",
        put("value/0/groupTypes", "Unified"),
        "value[0].groupTypes: 'Unified' is not a list",
    ),
    ("beta role definitions", put("@odata.count", "1"), "@odata.count: '1' is not int"),
    ("beta role definitions", drop("@odata.count"), "@odata.count: missing"),
    ("beta role definitions", put("@odata.nextLink", "/beta/next"), "not an absolute link"),
    ("role assignments", drop("value/0/principal"), "value[0]: principal is missing"),
    ("role assignments", drop("value/0/principal/@odata.type"), "@odata.type is missing"),
    ("role assignments", put("value/0/principal/@odata.type", "#microsoft.graph.pet"), "kind of"),
    (
        "role assignments",
        put("value/0/principal/@odata.type", "#microsoft.graph.unifiedRoleDefinition"),
        "not a published kind of directoryObject",
    ),
    ("projected request", put("justification", None), "entity.justification: answered without"),
    ("projected request", drop("roleDefinition/displayName"), "displayName is missing"),
    ("users", drop("value/0/accountEnabled"), "value[0]: accountEnabled is missing"),
    ("oneself", put("userType", "Member"), "entity.userType: answered without"),
    ("service principal", put("appRoles/0/id", "read"), "entity.appRoles[0].id: 'read' is not"),
    ("policy rules", drop("value/0/@odata.type"), "value[0]: @odata.type is missing"),
    ("policy rules", put("value/0/target/operations/0", "All"), "target.operations[0]: 'All'"),
]


@pytest.mark.parametrize(("name", "change", "finding"), BROKEN)
def test_broken_shapes_are_caught(name: str, change: Callable[[Any], None], finding: str) -> None:
    with pytest.raises(AssertionError) as caught:
        check_sample(name, change)
    findings = str(caught.value).splitlines()[1:]
    assert [line for line in findings if finding in line] == findings


def test_every_finding_is_listed() -> None:
    with pytest.raises(AssertionError) as caught:
        check_sample("groups", lambda body: body.update(value=[{"id": 1}], extra=True))
    text = str(caught.value)
    assert text.startswith("GET /v1.0/groups -> 200\n")
    for finding in ("value[0].id: 1", "value[0]: mail is missing", "extra: not a member"):
        assert finding in text


@pytest.mark.documented("Graph error resource page")
def test_published_refusal_is_accepted() -> None:
    check_graph(400, HEADERS, REFUSAL, method="POST", path=REQUESTS)


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (put("status", 400), "is not an error envelope"),
        (put("error/target", "principalId"), "error: members are"),
        (drop("error/innerError"), "error: members are"),
        (put("error/message", ""), "error.message: '' is not a text"),
        (put("error/code", 400), "error.code: 400 is not a text"),
        (drop("error/innerError/date"), "error.innerError: members are"),
        (put("error/innerError/date", "yesterday"), "error.innerError.date:"),
        (put("error/innerError/request-id", MIRA), "error.innerError.request-id:"),
    ],
)
def test_broken_refusals_are_caught(change: Callable[[Any], None], finding: str) -> None:
    body = copy.deepcopy(REFUSAL)
    change(body)
    with pytest.raises(AssertionError) as caught:
        check_graph(400, HEADERS, body, method="POST", path=REQUESTS)
    assert finding in str(caught.value)
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("status", "changes", "finding"),
    [
        (200, {"request-id": None}, "header request-id: None"),
        (200, {"request-id": "seven"}, "header request-id: 'seven'"),
        (200, {"client-request-id": None}, "header client-request-id: missing"),
        (200, {"Content-Type": None}, "is not application/json"),
        (200, {"Content-Type": "text/html"}, "is not application/json"),
        (200, {"Content-Type": "application/json"}, "odata.metadata is missing"),
        (
            200,
            {"Content-Type": "application/json;odata.metadata=minimal;charset=latin-1"},
            "latin-1",
        ),
        (400, {"Content-Type": "application/problem+json"}, "is not application/json"),
        (401, {}, "header www-authenticate: missing"),
        (429, {}, "header retry-after: missing"),
    ],
)
def test_broken_headers_are_caught(
    status: int, changes: dict[str, str | None], finding: str
) -> None:
    method, path, _, answer = SAMPLES["oneself"]
    headers = {name: value for name, value in {**HEADERS, **changes}.items() if value is not None}
    body = answer if status == 200 else copy.deepcopy(REFUSAL)
    with pytest.raises(AssertionError) as caught:
        check_graph(status, headers, body, method=method, path=path)
    assert finding in str(caught.value)
    assert len(str(caught.value).splitlines()) == 2


def test_unlisted_paths_statuses_and_superfluous_bodies_are_caught() -> None:
    for method, path, status, body, finding in (
        ("GET", "/v1.0/pets", 200, {}, "no published operation"),
        ("DELETE", "/v1.0/me", 204, None, "no published operation"),
        ("GET", "/v2.0/me", 200, {}, "names no version"),
        ("POST", REQUESTS, 200, {}, "status: 200"),
        ("POST", f"{REQUESTS}/{MIRA}/cancel", 204, {}, "204 has none"),
        ("GET", "/v1.0/me", 200, [], "is not an object"),
    ):
        with pytest.raises(AssertionError, match=finding):
            check_graph(status, HEADERS, body, method=method, path=path)


def test_a_caller_can_name_the_type_of_an_unlisted_path() -> None:
    member = {"@odata.type": "#microsoft.graph.user", **SAMPLES["oneself"][3]}  # type: ignore[dict-item]  # the sample has a body
    del member["@odata.context"]
    body = {"@odata.context": f"{HOST}/v1.0/$metadata#directoryObjects", "value": [member]}
    path = f"/v1.0/groups/{MIRA}/members"
    check_graph(200, HEADERS, body, method="GET", path=path, expected_type="[directoryObject]")
    with pytest.raises(AssertionError, match="not a member of group"):
        check_graph(200, HEADERS, body, method="GET", path=path, expected_type="group")


@pytest.mark.parametrize("version", ["v1.0", "beta"])
def test_facts_name_only_types_that_are_known(version: Version) -> None:
    facts = load_facts(version)
    known = {*facts.shapes, *facts.enums, *PRIMITIVES}
    for shape in facts.shapes.values():
        assert shape.base is None or shape.base in facts.shapes
        assert {member.type for member in shape.members.values()} <= known
        assert shape.answered <= shape.members.keys()


@pytest.mark.documented("differences of the two schemas")
def test_facts_keep_the_versions_apart() -> None:
    v1, beta = load_facts("v1.0"), load_facts("beta")
    request = "unifiedRoleAssignmentScheduleRequest"
    assert v1.shapes[request].members["action"].type == "unifiedRoleScheduleRequestActions"
    assert beta.shapes[request].members["action"].type == "Edm.String"
    assert "isPrivileged" in beta.shapes["unifiedRoleDefinition"].members
    assert "isPrivileged" not in v1.shapes["unifiedRoleDefinition"].members
    assert "approvalStep" not in v1.shapes


@pytest.mark.parametrize(
    ("primitive", "right", "wrong"),
    [
        ("Edm.String", "", 1),
        ("Edm.Boolean", False, 0),
        ("Edm.Int32", -1, 1 << 31),
        ("Edm.Int32", 0, True),
        ("Edm.Int64", 1 << 40, "1"),
        ("Edm.Double", 0.5, "0.5"),
        ("Edm.Guid", HELPDESK, HELPDESK[1:]),
        ("Edm.DateTimeOffset", "2031-03-04T08:15:00.1234567Z", "2031-03-04T08:15:00.12345678Z"),
        ("Edm.Date", "2031-03-04", "2031-3-4"),
        ("Edm.TimeOfDay", "08:15:00", "8:15"),
        ("Edm.Duration", "P1DT0.5S", "P"),
        ("Edm.Duration", "P365D", "PT"),
        ("Edm.Binary", "AAE=", "?"),
    ],
)
def test_primitives_have_one_form(primitive: str, right: object, wrong: object) -> None:
    assert find_fault(primitive, right) is None
    assert find_fault(primitive, wrong) is not None


def answer(request: httpx.Request) -> httpx.Response:
    """Serve one good page, one bad one, and two that are none of the checker's business."""
    good = json.dumps(SAMPLES["oneself"][3]).encode()
    bodies = {
        "/v1.0/me": good,
        "/v1.0/groups": b'{"value": 1}',
        "/beta/me": b"<html>",
    }
    body = bodies.get(request.url.path, b"hello")
    packed = gzip.compress(body)
    return httpx.Response(200, headers={**HEADERS, "Content-Encoding": "gzip"}, content=packed)


def test_a_client_is_checked_on_every_graph_answer() -> None:
    transport = PublishedTransport(httpx.MockTransport(answer))
    with httpx.Client(transport=transport, base_url=HOST) as client:
        assert client.get("/v1.0/me").json()["id"] == MIRA
        assert client.get("/healthz").text == "hello"
        assert client.get("/v1.0/$metadata").text == "hello"
        assert client.options("/v1.0/pets").text == "hello"
        with pytest.raises(AssertionError, match="value: 1 is not a list"):
            client.get("/v1.0/groups")
        with pytest.raises(AssertionError, match="not JSON"):
            client.get("/beta/me")


async def test_an_asynchronous_client_is_checked_too() -> None:
    transport = PublishedTransport(httpx.MockTransport(answer))
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
        assert (await client.get("/v1.0/me?$select=")).json()["id"] == MIRA
        with pytest.raises(AssertionError, match="value: 1 is not a list"):
            await client.get("/v1.0/groups?$top=1")
