"""Deny assignments over HTTP: every published example, the filters, and what is refused."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from typing import Any, Final

import httpx
import pytest
from _pytest.mark import ParameterSet

from tests.dialects.arm.estate import PROVIDER, SITE, SUBSCRIPTION, WEB, build_estate, place
from tests.dialects.arm.office import ArmOffice, open_arm
from tests.dialects.graph.office import DAWN, GRACE, HANA, OMAR, ROBOT, SAMUEL, TENANT, TIER2
from timebound.application.azure_writes import PutDenial
from timebound.application.changes import ChangeSet
from timebound.application.denials import DenialFilter, Naming
from timebound.application.ports import Store
from timebound.dialects.arm.deny_assignments import read_denial_filter
from timebound.dialects.odata.problems import ODataProblem
from timebound.domain.azure.denials import EVERYBODY, Denial, DeniedPrincipal
from timebound.domain.azure.permissions import Permission

ID: Final = "64b75d79-7a26-4341-944e-4f1a19f0e6ca"
OTHER_ID: Final = ID.replace("6", "7")
TYPE: Final = "Microsoft.Authorization/denyAssignments"
OLD, STABLE, PREVIEW, NEW = "2018-07-01-preview", "2022-04-01", "2024-07-01-preview", "2026-09-01"
READING: Final = (OLD, STABLE)
ACTION: Final = "Microsoft.Compute/virtualMachines/delete"

documented = pytest.mark.documented("Azure: deny assignments; arm notes 5")


def examples(operation: str, title: str) -> list[ParameterSet]:
    """The versions of an operation with the example that is published for both."""
    return [
        pytest.param(
            version, marks=pytest.mark.documented(f"DenyAssignments_{operation}@{version}#{title}")
        )
        for version in READING
    ]


@pytest.fixture
async def office(store: Store) -> AsyncIterator[ArmOffice]:
    """The door over the tenant with its tree."""
    await build_estate(store)
    opened = open_arm(store)
    async with opened.client:
        yield opened


def address(scope: str = SUBSCRIPTION, id_: str = ID, version: str = NEW) -> str:
    """The address of a deny assignment, or of all, as they are seen from a scope."""
    path = f"{scope}/providers/Microsoft.Authorization/denyAssignments"
    return f"{path}{'/' if id_ else ''}{id_}?api-version={version}"


def body(**changes: object) -> dict[str, Any]:
    """The body of the example that makes one: nobody but the robot deletes."""
    told: dict[str, object] = {
        "description": "Prevent all users from deleting critical resources in the subscription.",
        "denyAssignmentEffect": "enforced",
        "denyAssignmentName": "Deny delete on critical resources",
        "doNotApplyToChildScopes": False,
        "excludePrincipals": [{"type": "ServicePrincipal", "id": ROBOT}],
        "permissions": [
            {"actions": ["*/delete"], "dataActions": [], "notActions": [], "notDataActions": []}
        ],
        "principals": [{"type": "SystemDefined", "id": EVERYBODY}],
    }
    return {"properties": {**told, **changes}}


def published(scope: str = SUBSCRIPTION) -> Denial:
    """What the examples that read tell: one of Azure's own, as no client makes it."""
    return Denial(
        ID,
        place(scope),
        "Deny assignment name",
        (Permission((ACTION,), data_actions=("Microsoft.Storage/a/read",)),),
        (DeniedPrincipal(OMAR, "User"),),
        (DeniedPrincipal(TIER2, "Group"),),
        "Deny assignment description",
        is_system_protected=True,
    )


async def keep(store: Store, *denials: Denial) -> None:
    """Puts deny assignments into the store."""
    writes = tuple(PutDenial(replace(one, created_at=DAWN)) for one in denials)
    assert await store.apply(ChangeSet(TENANT, DAWN, {}, frozenset(), writes))


def told(scope: str = SUBSCRIPTION) -> dict[str, Any]:
    """How the examples tell it."""
    return {
        "properties": {
            "denyAssignmentName": "Deny assignment name",
            "description": "Deny assignment description",
            "permissions": [
                {
                    "actions": [ACTION],
                    "notActions": [],
                    "dataActions": ["Microsoft.Storage/a/read"],
                    "notDataActions": [],
                }
            ],
            "scope": scope,
            "doNotApplyToChildScopes": False,
            "principals": [{"id": OMAR, "type": "User"}],
            "excludePrincipals": [{"id": TIER2, "type": "Group"}],
            "isSystemProtected": True,
        },
        "id": f"{scope}/providers/{TYPE}/{ID}",
        "type": TYPE,
        "name": ID,
    }


def without_writers(answered: dict[str, Any]) -> dict[str, Any]:
    """An answer without what is told of every one in reality, and in no example that reads."""
    properties = {k: v for k, v in answered["properties"].items() if k != "createdOn"}
    return {**answered, "properties": properties}


@pytest.mark.witness(
    "PUT {scope}/providers/Microsoft.Authorization/denyAssignments/{denyAssignmentId}",
    "DELETE {scope}/providers/Microsoft.Authorization/denyAssignments/{denyAssignmentId}",
)
@pytest.mark.documented(
    "DenyAssignments_CreateOrUpdate@2026-09-01#DenyAssignments_CreateForSubscription"
)
@pytest.mark.parametrize("version", [PREVIEW, NEW])
async def test_one_is_made_changed_and_deleted(office: ArmOffice, version: str) -> None:
    path = address(version=version)
    made = await office.put(GRACE, path, body())
    changed = await office.put(GRACE, path, body())
    assert (made.status_code, changed.status_code) == (201, 200)
    properties, system = made.json()["properties"], made.json()["systemData"]
    assert made.json()["id"] == f"{SUBSCRIPTION}/{PROVIDER}/denyAssignments/{ID}"
    assert (made.json()["name"], made.json()["type"]) == (ID, TYPE)
    asked = body()["properties"]
    assert {name: properties[name] for name in asked} == asked
    assert (properties["createdBy"], properties["updatedBy"]) == (GRACE, GRACE)
    assert properties["createdOn"] == properties["updatedOn"] == system["createdAt"]
    assert properties["createdOn"].endswith("0000000Z")
    assert (properties["scope"], properties["isSystemProtected"]) == (SUBSCRIPTION, False)
    assert (system["createdByType"], "@" in system["createdBy"]) == ("User", True)
    # What is denied to all but one only that one takes away.
    gone, again = await office.delete(ROBOT, path), await office.delete(ROBOT, path)
    assert (gone.status_code, gone.content) == (200, b"")
    assert (again.status_code, again.content) == (204, b"")


@pytest.mark.witness(
    "GET {scope}/providers/Microsoft.Authorization/denyAssignments/{denyAssignmentId}"
)
@pytest.mark.parametrize("version", examples("Get", "GetDenyAssignmentByNameId"))
async def test_one_is_told_by_its_name(office: ArmOffice, store: Store, version: str) -> None:
    await keep(store, published(WEB))
    answer = await office.get(SAMUEL, address(WEB.lower(), version=version))
    assert (answer.status_code, without_writers(answer.json())) == (200, told(WEB))
    assert ("createdOn" in answer.json()["properties"]) is (version == STABLE)


@pytest.mark.parametrize("version", examples("GetById", "GetDenyAssignmentById"))
async def test_one_is_told_by_its_whole_id(office: ArmOffice, store: Store, version: str) -> None:
    await keep(store, published(WEB))
    answer = await office.get(SAMUEL, f"{told(WEB)['id']}?api-version={version}")
    assert (answer.status_code, without_writers(answer.json())) == (200, told(WEB))


LISTS: Final = (
    ("List", "GetAllDenyAssignments", SUBSCRIPTION),
    ("ListForScope", "GetDenyAssignmentByScope", SUBSCRIPTION),
    ("ListForResourceGroup", "GetDenyAssignmentsForResourceGroup", WEB),
    ("ListForResource", "GetDenyAssignmentsForResource", SITE),
)


@pytest.mark.witness("GET {scope}/providers/Microsoft.Authorization/denyAssignments")
@pytest.mark.parametrize(
    ("version", "scope"),
    [
        pytest.param(*one.values, scope, marks=one.marks)
        for operation, title, scope in LISTS
        for one in examples(operation, title)
    ],
)
async def test_they_are_listed(office: ArmOffice, store: Store, version: str, scope: str) -> None:
    await keep(store, published(scope))
    answer = await office.get(SAMUEL, address(scope, "", version))
    assert answer.status_code == 200
    assert [without_writers(one) for one in answer.json()["value"]] == [told(scope)]
    assert "nextLink" not in answer.json()


async def names(office: ArmOffice, scope: str, query: str) -> list[str]:
    rows = await office.walk(SAMUEL, f"{address(scope, '')}&$filter={query}")
    return [row["properties"]["denyAssignmentName"] for row in rows]


@documented
async def test_filters_narrow_lists(office: ArmOffice, store: Store) -> None:
    first = replace(published(), name="above")
    second = replace(published(WEB), id=OTHER_ID, name="below", principals=first.left_out)
    await keep(store, first, second)
    for query, expected in (
        ("", ["above", "below"]),
        ("atScope()", ["above"]),
        ("ATSCOPE() and denyAssignmentName eq 'ABOVE'", ["above"]),
        ("denyAssignmentName eq 'below'", []),
        (f"principalId eq '{OMAR.upper()}'", ["above"]),
        (f"gdprExportPrincipalId eq '{TIER2}'", ["above", "below"]),
        (f"assignedTo('{HANA}')", []),
        (f"atScope()+and+assignedTo('{OMAR}')", []),
    ):
        assert await names(office, SUBSCRIPTION, query) == expected, query


@documented
async def test_what_is_exported_is_name_and_description(office: ArmOffice, store: Store) -> None:
    await keep(store, published())
    query = f"&$filter=gdprExportPrincipalId eq '{TIER2}'"
    (row,) = await office.walk(SAMUEL, address(id_="") + query)
    assert set(row["properties"]) == {"denyAssignmentName", "description"}


@documented
def test_filters_are_read_in_any_casing() -> None:
    assert read_denial_filter(" ") == DenialFilter()
    found = read_denial_filter("AtScope() and PrincipalId eq 'AB' and DenyAssignmentName eq 'C'")
    assert found == DenialFilter(is_above=True, name="C", principal_id="ab")
    exported = read_denial_filter("gdprExportPrincipalId eq 'AB'")
    assert exported == DenialFilter(principal_id="ab", naming=Naming.ANYWHERE)
    assert read_denial_filter("assignedTo('AB')") == DenialFilter(assigned_to="ab")


@documented
@pytest.mark.parametrize(
    "text",
    [
        "atScope('x')",
        "asTarget()",
        "assignedTo()",
        "assignedTo(1)",
        "scope eq 'x'",
        "principalId ne 'x'",
        "principalId eq 1",
        "principalId eq 'x' or principalId eq 'y'",
        "principalId eq 'x' and gdprExportPrincipalId eq 'x'",
        "PrincipalId eq 'x' and principalId eq 'y'",
        "assignedTo('x') and assignedTo('y')",
        "atScope('x') and atScope()",
        "atScope(",
    ],
)
def test_other_filters_are_refused(text: str) -> None:
    with pytest.raises(ODataProblem):
        read_denial_filter(text)


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@documented
async def test_who_may_not_is_refused_in_the_words_of_azure(office: ArmOffice) -> None:
    for who, answer in (
        (SAMUEL, await office.put(SAMUEL, address(), body())),
        (SAMUEL, await office.delete(SAMUEL, address())),
        (OMAR, await office.get(OMAR, address())),
        (OMAR, await office.get(OMAR, address(id_=""))),
    ):
        assert error_of(answer) == (403, "AuthorizationFailed")
        assert who in answer.json()["error"]["message"]
        assert "denyAssignments/" in answer.json()["error"]["message"]


PEOPLE: Final = {"principals": [{"type": "User", "id": OMAR}]}


@documented
@pytest.mark.parametrize(
    ("changes", "code", "named"),
    [
        ({"denyAssignmentName": None}, "InvalidDenyAssignment", "denyAssignmentName"),
        ({"principals": []}, "InvalidDenyAssignment", "properties.principals"),
        ({"excludePrincipals": []}, "InvalidDenyAssignment", "excludePrincipals"),
        ({"permissions": []}, "InvalidDenyAssignment", "properties.permissions"),
        ({"permissions": [{"actions": ["*"]}]}, "InvalidDenyAssignment", "permissions.actions"),
        ({"isSystemProtected": True}, "InvalidDenyAssignment", "isSystemProtected"),
        ({"denyAssignmentEffect": "maybe"}, "InvalidDenyAssignment", "'maybe'"),
        ({**PEOPLE, "condition": "@No"}, "InvalidDenyAssignment", "properties.condition"),
        ({"principals": [{"id": TIER2}]}, "InvalidDenyAssignment", TIER2),
        ({"principals": [{"id": OTHER_ID}]}, "PrincipalNotFound", OTHER_ID),
        ({"principals": "x"}, "InvalidRequestContent", "properties.principals"),
    ],
)
async def test_what_cannot_be_denied_is_named(
    office: ArmOffice, changes: dict[str, object], code: str, named: str
) -> None:
    answer = await office.put(GRACE, address(), body(**changes))
    assert error_of(answer) == (400, code)
    assert named in answer.json()["error"]["message"]


@documented
async def test_those_of_azure_are_neither_changed_nor_deleted(
    office: ArmOffice, store: Store
) -> None:
    await keep(store, published())
    for answer in (
        await office.put(GRACE, address(), body()),
        await office.delete(GRACE, address()),
    ):
        assert error_of(answer) == (403, "DenyAssignmentSystemProtected")


@documented
async def test_names_and_ids_are_taken_once(office: ArmOffice) -> None:
    assert (await office.put(GRACE, address(), body())).status_code == 201
    for answer, code in (
        (await office.put(GRACE, address(WEB), body()), "DenyAssignmentExists"),
        (
            await office.put(GRACE, address(id_=OTHER_ID), body()),
            "DenyAssignmentWithSameNameExists",
        ),
    ):
        assert error_of(answer) == (409, code)


@documented
async def test_what_is_not_there_is_not_found(office: ArmOffice) -> None:
    nowhere = f"{SUBSCRIPTION}/resourceGroups/nowhere"
    for answer, expected in (
        (await office.get(SAMUEL, address()), (404, "DenyAssignmentNotFound")),
        (await office.get(SAMUEL, address(id_="x")), (400, "InvalidDenyAssignmentId")),
        (await office.get(SAMUEL, address(nowhere, "")), (404, "ResourceGroupNotFound")),
        (await office.put(GRACE, address(nowhere), body()), (404, "ResourceGroupNotFound")),
    ):
        assert error_of(answer) == expected


@documented
async def test_older_versions_only_read(office: ArmOffice) -> None:
    for version in READING:
        answer = await office.put(GRACE, address(version=version), body())
        assert answer.status_code == 405, answer.text


def permissions(scope: str, version: str) -> str:
    """The address of what the caller may do at a scope."""
    return f"{scope}/providers/Microsoft.Authorization/permissions?api-version={version}"


VERSIONS: Final = ("2015-07-01", "2018-01-01-preview", "2022-04-01", "2022-05-01-preview")


def permission_examples() -> Iterable[ParameterSet]:
    """The versions of both operations, each with the example that is published for it."""
    for operation, title, scope in (
        ("ListForResourceGroup", "GetPermissions", WEB),
        ("ListForResource", "GetResourcePermissions", SITE),
    ):
        for version in VERSIONS:
            ref = f"Permissions_{operation}@{version}#{title}"
            yield pytest.param(scope, version, marks=pytest.mark.documented(ref))


@pytest.mark.witness("GET {scope}/providers/Microsoft.Authorization/permissions")
@pytest.mark.parametrize(("scope", "version"), [*permission_examples()])
async def test_everybody_is_told_what_they_may_do(
    office: ArmOffice, scope: str, version: str
) -> None:
    answer = await office.get(SAMUEL, permissions(scope, version))
    block: dict[str, object] = {"actions": ["*/read"], "notActions": []}
    if version != VERSIONS[0]:
        block |= {"dataActions": [], "notDataActions": []}
    assert (answer.status_code, answer.json()) == (200, {"value": [block]})
    assert (await office.get(OMAR, permissions(scope, version))).json() == {"value": []}


@documented
async def test_what_is_denied_is_excepted(office: ArmOffice) -> None:
    await office.put(GRACE, address(), body())
    (block,) = (await office.get(GRACE, permissions(WEB, VERSIONS[-1]))).json()["value"]
    assert (block["actions"], block["notActions"]) == (["*"], ["*/delete"])
    refused = await office.delete(GRACE, address())
    assert error_of(refused) == (403, "AuthorizationFailed")
    assert (await office.delete(ROBOT, address())).status_code == 200


@documented
async def test_nothing_is_told_of_places_that_are_none(office: ArmOffice) -> None:
    nowhere = f"{SUBSCRIPTION}/resourceGroups/nowhere"
    owner = await office.get(GRACE, permissions(nowhere, VERSIONS[-1]))
    nobody = await office.get(OMAR, permissions(nowhere, VERSIONS[-1]))
    assert error_of(owner) == (404, "ResourceGroupNotFound")
    assert (nobody.status_code, nobody.json()) == (200, {"value": []})
