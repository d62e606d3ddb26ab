"""What is refused about role definitions over HTTP, in which words, and what is logged of it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.dialects.arm.office import ArmOffice
from tests.dialects.arm.role_office import (
    CIRCLE,
    GUID,
    ONE,
    READER,
    TWO,
    WEB,
    address,
    body,
    make_grant,
    open_roles,
)
from tests.dialects.graph.office import DAWN, GRACE, HANA, HENRIK, OMAR, ROBOT, SAMUEL, TENANT
from tests.support.sealing import make_signer
from timebound.application.auditing import AuditTrail
from timebound.application.changes import ChangeSet, InsertGrant
from timebound.application.ports import Store
from timebound.application.queries import Query
from timebound.application.sealing import Sealer
from timebound.domain.azure_role_changes import MOST_ROLES
from timebound.domain.grants import GrantKind
from timebound.domain.ids import RoleId
from timebound.domain.roles import AZURE_OWNER

documented = pytest.mark.documented("Azure: custom roles; troubleshoot them")

PROVIDER = "providers/Microsoft.Authorization"
OTHER = GUID.replace("6", "7")


@pytest.fixture
async def office(store: Store) -> AsyncIterator[ArmOffice]:
    """The door over the tenant with its tree."""
    opened = await open_roles(store)
    async with opened.client:
        yield opened


async def made(office: ArmOffice, told: dict[str, Any] | None = None, guid: str = GUID) -> Any:  # noqa: ANN401 - the JSON that was answered
    answer = await office.put(GRACE, address(guid=guid), told or body())
    assert answer.status_code == 201, answer.text
    return answer.json()


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def message_of(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["message"])


@documented
@pytest.mark.parametrize(
    "query",
    [
        "type eq 'Owner'",
        "roleName ne 'Owner'",
        "roleName eq 1",
        "roleName eq 'a' or type eq 'CustomRole'",
        "not (roleName eq 'a')",
        "roleName eq 'a' and roleName eq 'b'",
        "asTarget()",
        "atScopeAndBelow('x')",
        "description eq 'a'",
        "roleName",
        "startswith(roleName, 'a')",
    ],
)
async def test_other_filters_are_refused(office: ArmOffice, query: str) -> None:
    answer = await office.get(GRACE, address(ONE, "") + f"&$filter={query}")
    assert error_of(answer) == (400, "BadRequest")
    assert "filter" in message_of(answer)


@documented
@pytest.mark.parametrize("kind", list(GrantKind))
async def test_a_role_in_use_is_not_deleted(office: ArmOffice, kind: GrantKind) -> None:
    await made(office)
    held = InsertGrant(make_grant(99, HANA, RoleId(GUID), WEB, kind))
    assert await office.store.apply(ChangeSet(TENANT, DAWN, {}, frozenset(), (held,)))
    answer = await office.delete(GRACE, address())
    assert error_of(answer) == (400, "RoleDefinitionHasAssignments")
    assert (await office.get(GRACE, address())).status_code == 200


@pytest.mark.observed("notes 10: RoleDefinitionExists, RoleDefinitionWithSameNameExists")
async def test_ids_and_names_that_are_taken(office: ArmOffice) -> None:
    await made(office)
    for guid in (AZURE_OWNER, "62e90394-69f5-4237-9190-012177145e10"):
        answer = await office.put(GRACE, address(guid=guid), body("Another"))
        assert error_of(answer) == (409, "RoleDefinitionExists")
    for name in ("restarter", "OWNER"):
        answer = await office.put(GRACE, address(guid=OTHER), body(name))
        assert error_of(answer) == (409, "RoleDefinitionWithSameNameExists")
    answer = await office.delete(GRACE, address(guid=AZURE_OWNER))
    assert error_of(answer) == (400, "InvalidRoleDefinitionType")


@pytest.mark.observed("old SDK tests; notes 10; terraform-provider-azurerm#24576")
@pytest.mark.parametrize(
    ("told", "code"),
    [
        (body(type="BuiltInRole"), "InvalidRoleDefinitionType"),
        (body(""), "RoleDefinitionNameNullOrEmpty"),
        (body(roleName=None), "RoleDefinitionNameNullOrEmpty"),
        (body(assignableScopes=[]), "MissingAssignableScopes"),
        (body(assignableScopes=None), "MissingAssignableScopes"),
        ({}, "MissingAssignableScopes"),
        (body("A", "Invalid_Scope"), "LinkedInvalidPropertyId"),
        (body("A", "/"), "LinkedInvalidPropertyId"),
        (body(permissions=[{"actions": ["nothing"]}]), "InvalidActionOrNotAction"),
        (body(permissions=[{"notActions": ["nothing"]}]), "InvalidActionOrNotAction"),
        (body(permissions=[{"dataActions": ["a b"]}]), "InvalidDataActionOrNotDataAction"),
        (body(permissions=[{"notDataActions": [""]}]), "InvalidDataActionOrNotDataAction"),
        (body("n" * 513), "InvalidRoleDefinition"),
        (body(description="d" * 2_049), "InvalidRoleDefinition"),
        (body("A", *[ONE] * 2_001), "InvalidRoleDefinition"),
        (body("A", CIRCLE, f"{CIRCLE}2"), "InvalidRoleDefinition"),
        (
            body("A", CIRCLE, permissions=[{"dataActions": ["*/read"]}]),
            "InvalidRoleDefinition",
        ),
        (body(permissions={"actions": ["*"]}), "InvalidRequestContent"),
        (body(permissions=[{"actions": "*"}]), "InvalidRequestContent"),
        (body(roleName=7), "InvalidRequestContent"),
        ([], "InvalidRequestContent"),
    ],
)
async def test_what_a_role_cannot_be(office: ArmOffice, told: Any, code: str) -> None:  # noqa: ANN401 - any JSON
    answer = await office.put(GRACE, address(), told)
    assert error_of(answer) == (400, code)
    assert error_of(await office.get(GRACE, address())) == (404, "RoleDefinitionDoesNotExist")


@documented
async def test_the_property_at_fault_is_named(office: ArmOffice) -> None:
    answer = await office.put(GRACE, address(), body("A", ONE, "Invalid_Scope"))
    assert "Property id 'Invalid_Scope' at path 'properties.assignableScopes[1]'" in message_of(
        answer
    )
    answer = await office.put(GRACE, address(), body(permissions=[{"actions": ["x"]}]))
    expected = "'x' does not match any of the actions supported by the providers."
    assert message_of(answer) == expected


@documented
@pytest.mark.parametrize("guid", ["Owner", "6ae8bd5b", f"{GUID}x"])
async def test_ids_are_guids(office: ArmOffice, guid: str) -> None:
    for answer in (
        await office.get(GRACE, address(guid=guid)),
        await office.put(GRACE, address(guid=guid), body()),
        await office.delete(GRACE, address(guid=guid)),
    ):
        assert error_of(answer) == (400, "InvalidRoleDefinitionId")


@documented
async def test_who_has_no_say_is_told_so(office: ArmOffice) -> None:
    await made(office)
    path = f"{ONE}/{PROVIDER}/roleDefinitions/{GUID}"
    for who, name in ((SAMUEL, "samuel@office.example"), (OMAR, "omar@office.example")):
        for verb, answer in (
            ("write", await office.put(who, address(), body())),
            ("delete", await office.delete(who, address())),
        ):
            assert error_of(answer) == (403, "AuthorizationFailed")
            action = f"Microsoft.Authorization/roleDefinitions/{verb}"
            assert message_of(answer) == (
                f"The client '{name}' with object id '{who}' does not have authorization to "
                f"perform action '{action}' over scope '{path}' or the scope is invalid. If "
                "access was recently granted, please refresh your credentials."
            )
    for path in (address(ONE, ""), address()):
        assert error_of(await office.get(OMAR, path)) == (403, "AuthorizationFailed")
    for path in (address(TWO, ""), address(TWO)):
        assert error_of(await office.get(ROBOT, path)) == (403, "AuthorizationFailed")


@documented
async def test_who_has_no_say_at_linked_places_is_told_which(office: ArmOffice) -> None:
    answer = await office.put(HENRIK, address(), body("A", ONE, TWO, CIRCLE))
    assert error_of(answer) == (403, "LinkedAuthorizationFailed")
    action = "Microsoft.Authorization/roleDefinitions/write"
    assert message_of(answer) == (
        f"The client 'henrik@office.example' with object id '{HENRIK}' has permission to perform "
        f"action '{action}' on scope '{ONE}/{PROVIDER}/roleDefinitions/{GUID}'; however, it does "
        f"not have permission to perform action '{action}' on the linked scope(s) "
        f"'{TWO},{CIRCLE}' or the linked scope(s) are invalid."
    )
    await made(office, body("A", ONE, TWO))
    for answer in (
        await office.put(HENRIK, address(), body("A", ONE)),
        await office.delete(HENRIK, address()),
    ):
        assert error_of(answer) == (403, "LinkedAuthorizationFailed")


@documented
async def test_linked_places_that_are_not_there(office: ArmOffice) -> None:
    gone = TWO[:-1] + "0"
    answer = await office.put(GRACE, address(), body("A", ONE, gone))
    assert error_of(answer) == (403, "LinkedAuthorizationFailed")
    assert message_of(answer).endswith(
        f"however, the linked subscription '{gone.rpartition('/')[2]}' was not found."
    )
    answer = await office.put(GRACE, address(), body("A", f"{ONE}/resourceGroups/none"))
    assert message_of(answer).endswith("or the linked scope(s) are invalid.")
    answer = await office.put(GRACE, address(), body("A", f"{CIRCLE}-later"))
    assert answer.status_code == 201


@documented
@pytest.mark.parametrize(
    ("scope", "code"),
    [
        (TWO[:-1] + "0", "SubscriptionNotFound"),
        (f"{ONE}/resourceGroups/none", "ResourceGroupNotFound"),
        (f"{WEB}/providers/Microsoft.Web/sites/none", "ResourceNotFound"),
    ],
)
async def test_scopes_that_are_not_there(office: ArmOffice, scope: str, code: str) -> None:
    for answer in (
        await office.get(GRACE, address(scope, "")),
        await office.get(GRACE, address(scope, READER)),
        await office.put(GRACE, address(scope), body()),
        await office.delete(GRACE, address(scope)),
    ):
        assert error_of(answer) == (404, code)
    nowhere = await office.get(GRACE, address("/subscriptions/none", READER))
    assert error_of(nowhere) == (400, "InvalidScope")


@pytest.mark.inferred("a person is acted for where they have agreed to it")
async def test_a_token_without_the_permission_is_good_for_nothing(office: ArmOffice) -> None:
    key = office.sign_in(GRACE, frozenset())
    for answer in (
        await office.get(key, address(ONE, "")),
        await office.get(key, address("", READER)),
        await office.put(key, address(), body()),
        await office.delete(key, address()),
    ):
        assert error_of(answer) == (403, "AuthorizationFailed")


@pytest.mark.documented("RoleDefinitionLimitExceeded: 5,000 custom roles in a tenant")
async def test_a_tenant_that_has_all_its_roles(
    office: ArmOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("timebound.domain.azure_role_changes.MOST_ROLES", 1)
    await made(office)
    answer = await office.put(GRACE, address(guid=OTHER), body("Another"))
    assert error_of(answer) == (400, "RoleDefinitionLimitExceeded")
    assert MOST_ROLES == 5_000


@pytest.mark.documented("DESIGN: nothing changes unlogged; refusals are facts")
async def test_what_is_done_and_refused_is_logged(office: ArmOffice) -> None:
    await made(office)
    await office.put(SAMUEL, address(), body())
    await office.delete(GRACE, address())
    await office.delete(GRACE, address())
    await office.put(HENRIK, address(), body("A", ONE, TWO))
    trail = AuditTrail(office.store, Sealer(office.store, make_signer()))
    await trail.catch_up(TENANT, office.clock.now())
    page = await office.store.read_audits(TENANT, Query(1_000))
    told = [(row.activity, row.category, row.result) for row in page.rows]
    put, gone = "Create or update custom role definition", "Delete custom role definition"
    resources = "ResourceManagement"
    assert sorted(told) == [
        (put, resources, "failure"),
        (put, resources, "failure"),
        (put, resources, "success"),
        (gone, resources, "success"),
    ]
