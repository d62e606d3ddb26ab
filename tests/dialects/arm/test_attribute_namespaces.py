"""Namespaces of attributes over HTTP."""

import pytest

from tests.dialects.arm.office import ArmOffice
from tests.dialects.arm.orchard import LOOKER, NEIGHBOUR, OWNER, hold, plant
from tests.dialects.graph.office import DAWN, HENRIK, TENANT
from timebound.application.changes import AZURE, ChangeSet, InsertGrant
from timebound.domain.roles import AZURE_OWNER

V = "?api-version=2025-12-01-preview"
PATH = "/providers/Microsoft.Authorization/attributeNamespaces"
CONTOSO = f"{PATH}/contoso"
BODY = {"namespaceOwnerPrincipalId": NEIGHBOUR.upper()}
documented = pytest.mark.documented("AttributeNamespaces, azure-mgmt-authorization 5.0.0b2")
KEEPER = HENRIK
"""Owns everything from the tenant's own place down; the owner of the farm does not."""


@pytest.fixture
async def farm(office: ArmOffice) -> ArmOffice:
    planted = await plant(office)
    grant = InsertGrant(hold(KEEPER, AZURE_OWNER, "/"))
    assert await planted.store.apply(ChangeSet(TENANT, DAWN, {}, frozenset({AZURE}), (grant,)))
    return planted


@pytest.mark.witness(
    "POST providers/Microsoft.Authorization/attributeNamespaces/{attributeNamespace}/action",
    "GET providers/Microsoft.Authorization/attributeNamespaces/{attributeNamespace}",
    "DELETE providers/Microsoft.Authorization/attributeNamespaces/{attributeNamespace}",
)
@documented
async def test_a_namespace_lives_its_life(farm: ArmOffice) -> None:
    assert (await farm.get(KEEPER, CONTOSO + V)).status_code == 404
    made = await farm.post(KEEPER, f"{CONTOSO}/action{V}", BODY)
    assert made.status_code == 200, made.text
    told = made.json()
    assert told.pop("systemData") == {
        "createdBy": KEEPER,
        "createdByType": "User",
        "createdAt": "2031-03-04T08:00:00.0000000Z",
        "lastModifiedBy": KEEPER,
        "lastModifiedByType": "User",
        "lastModifiedAt": "2031-03-04T08:00:00.0000000Z",
    }
    assert told == {
        "id": CONTOSO,
        "name": "contoso",
        "type": "Microsoft.Authorization/attributeNamespaces",
    }
    again = await farm.post(KEEPER, f"{PATH}/CONTOSO/action{V}", BODY)
    assert (again.status_code, again.json()) == (200, made.json())
    assert (await farm.get(KEEPER, CONTOSO + V)).json() == made.json()

    assert (await farm.delete(KEEPER, CONTOSO + V)).status_code == 200
    assert (await farm.delete(KEEPER, CONTOSO + V)).status_code == 204
    assert (await farm.get(KEEPER, CONTOSO + V)).status_code == 404


@pytest.mark.inferred("who may is not published: roles at the tenant's own place decide")
@pytest.mark.parametrize("who", [OWNER, LOOKER, NEIGHBOUR])
async def test_roles_at_the_tenant_decide(farm: ArmOffice, who: str) -> None:
    assert (await farm.post(KEEPER, f"{CONTOSO}/action{V}", BODY)).status_code == 200

    answers = {
        "read": await farm.get(who, CONTOSO + V),
        "write": await farm.post(who, f"{PATH}/other/action{V}", BODY),
        "delete": await farm.delete(who, CONTOSO + V),
    }
    for verb, answer in answers.items():
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "AuthorizationFailed"
        assert f"Microsoft.Authorization/attributeNamespaces/{verb}' over scope '/'" in answer.text
    assert (await farm.get(KEEPER, CONTOSO + V)).status_code == 200
    assert (await farm.get(KEEPER, f"{PATH}/other{V}")).status_code == 404


@pytest.mark.inferred("a namespace has one owner")
async def test_a_namespace_is_not_taken_over(farm: ArmOffice) -> None:
    assert (await farm.post(KEEPER, f"{CONTOSO}/action{V}", BODY)).status_code == 200
    taken = await farm.post(
        KEEPER, f"{CONTOSO}/action{V}", {"namespaceOwnerPrincipalId": str(LOOKER)}
    )

    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "Conflict")


BAD = {
    "no owner": ("contoso", {}, "InvalidRequestContent"),
    "an owner that is no text": (
        "contoso",
        {"namespaceOwnerPrincipalId": 7},
        "InvalidRequestContent",
    ),
    "an owner that is not there": (
        "contoso",
        {"namespaceOwnerPrincipalId": "00000000-0000-4000-8000-0000000000ff"},
        "PrincipalNotFound",
    ),
    "a name with a blank": ("con%20toso", BODY, "BadRequest"),
    "a name that is too long": ("c" * 129, BODY, "BadRequest"),
}


@pytest.mark.inferred("what cannot be is refused with what is wrong")
@pytest.mark.parametrize("name", BAD)
async def test_what_makes_no_namespace_is_refused(farm: ArmOffice, name: str) -> None:
    called, sent, code = BAD[name]
    refused = await farm.post(KEEPER, f"{PATH}/{called}/action{V}", sent)

    assert (refused.status_code, refused.json()["error"]["code"]) == (400, code)
    assert (await farm.get(KEEPER, f"{PATH}/{called}{V}")).status_code == 404
