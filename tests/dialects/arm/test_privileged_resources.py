"""Resources where whoever calls has or could have roles."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from tests.dialects.arm.office import ArmOffice, open_arm
from tests.dialects.arm.orchard import GATE, LOOKER, OWNER, hold
from tests.dialects.arm.vineyard import (
    ADDRESS,
    ALL,
    CARD,
    CELLAR,
    DAY,
    HOST,
    LOGIN,
    PRESS,
    PUMP,
    RULES,
    VAULT,
    VINEYARD,
    activate,
    plant_vineyard,
)
from tests.dialects.graph.office import DAWN, HANA, INGRID, NORA, OMAR, SAMUEL, TENANT, TIER2
from timebound.application.changes import AZURE, ChangeSet, InsertGrant
from timebound.application.ports import Store
from timebound.dialects.arm.privileged.keys import spell_key
from timebound.domain.grants import GrantKind
from timebound.domain.ids import RoleId
from timebound.domain.roles import AZURE_OWNER
from timebound.domain.times import Window

LIST = "/providers/Microsoft.Authorization/privilegedResources"
V = "?api-version=2026-06-01-preview"
USER_LOGIN = RoleId("fb879df8-f326-4884-b1cf-06f3ad86be52")
PUMPS = "displayName eq 'pump'"
EVERYWHERE = "&accessScope=allAccessible"
EXAMPLE = "PrivilegedResources_List@2026-06-01-preview#PrivilegedResources_List"
documented = pytest.mark.documented("PrivilegedResources, routes.tsp and models.tsp")


@pytest.fixture
async def land(office: ArmOffice) -> ArmOffice:
    return await plant_vineyard(office)


async def scopes_of(office: ArmOffice, who: str, more: str = "") -> list[str]:
    return [one["scope"] for one in await office.walk(who, LIST + V + more)]


async def find(office: ArmOffice, who: str, path: str, more: str = "") -> dict[str, Any]:
    rows = await office.walk(who, LIST + V + more)
    (found,) = [one for one in rows if one["scope"] == path]
    assert isinstance(found, dict)
    return found


@pytest.mark.witness("GET providers/Microsoft.Authorization/privilegedResources")
@pytest.mark.documented(EXAMPLE)
async def test_a_resource_is_told_with_its_roles(land: ArmOffice) -> None:
    (role,) = (found := await find(land, HANA, PRESS)).pop("roles")

    assert found == {
        "projectionId": spell_key(PRESS),
        "scope": PRESS,
        "displayName": "Press",
        "type": "microsoft.compute/virtualmachines",
        "location": "westeurope",
        "tags": {"Environment": "Production", "team": "wine"},
        "parentResource": {
            "type": "resourceGroup",
            "scope": CELLAR,
            "displayName": "Cellar",
            "properties": {},
            "parentResource": {
                "type": "subscription",
                "scope": VINEYARD,
                "displayName": "Vineyard",
                "properties": {"managementGroupPath": ["Tenant Root Group", "Eastern part"]},
            },
        },
        "isFavorite": False,
    }
    assert role.pop("roleId")
    assert role == {
        "roleDefinitionId": (
            f"{VINEYARD}/providers/Microsoft.Authorization/roleDefinitions/{AZURE_OWNER}"
        ),
        "roleDisplayName": "Owner",
        "scope": VINEYARD,
        "assignmentStatus": "eligible",
        "scheduleInfo": {
            "startDateTime": "2031-03-04T08:00:00Z",
            "expiration": {"type": "NoExpiration"},
        },
        "source": {"memberType": "direct"},
        "isLeastPrivilege": False,
    }


@pytest.mark.documented(EXAMPLE)
async def test_the_published_example_is_told_in_its_shape(land: ArmOffice) -> None:
    """A role that could be had until a day, and another through a group for eight hours."""
    could = hold(OMAR, LOGIN, PUMP, GrantKind.ELIGIBLE)
    has = hold(TIER2, USER_LOGIN, VINEYARD)
    grants = (
        InsertGrant(replace(could, window=Window(DAWN, DAWN + 300 * DAY))),
        InsertGrant(replace(has, window=Window(DAWN, DAWN + DAY / 3))),
    )
    assert await land.store.apply(ChangeSet(TENANT, DAWN, {}, frozenset({AZURE}), grants))

    answer = await land.get(OMAR, f"{LIST}{V}&maxpagesize=1&$filter={quote(PUMPS)}")
    (found,) = answer.json()["value"]
    active, eligible = found["roles"]
    assert found.keys() == {
        *("projectionId", "scope", "displayName", "type", "location", "tags"),
        *("parentResource", "roles", "isFavorite"),
    }
    assert eligible == {
        "roleId": could.id,
        "roleDefinitionId": f"{VINEYARD}/providers/Microsoft.Authorization/roleDefinitions/{LOGIN}",
        "roleDisplayName": "Virtual Machine Administrator Login",
        "scope": PUMP,
        "assignmentStatus": "eligible",
        "scheduleInfo": {
            "startDateTime": "2031-03-04T08:00:00Z",
            "expiration": {"type": "AfterDateTime", "endDateTime": "2031-12-29T08:00:00Z"},
        },
        "source": {"memberType": "direct"},
        "isLeastPrivilege": False,
    }
    assert active["roleDisplayName"] == "Virtual Machine User Login"
    assert (active["scope"], active["assignmentStatus"]) == (VINEYARD, "active")
    assert active["source"]["memberType"] == "group"
    assert active["source"]["membershipState"] == "active"
    assert active["scheduleInfo"]["expiration"]["endDateTime"] == "2031-03-04T16:00:00Z"


@documented
async def test_what_is_inherited_reaches_everything_below(land: ArmOffice) -> None:
    assert await scopes_of(land, HANA) == list(ALL)
    # Grace owns the tenant's group for ever, past PIM: nothing of hers is PIM's.
    assert await scopes_of(land, OWNER) == []
    assert await scopes_of(land, OWNER, EVERYWHERE) == [GATE, *ALL]
    assert (await find(land, OWNER, PRESS, EVERYWHERE))["roles"][0]["scope"].endswith(TENANT)


@documented
async def test_only_where_there_are_roles_there_are_resources(land: ArmOffice) -> None:
    assert await scopes_of(land, SAMUEL) == []
    assert await scopes_of(land, SAMUEL, EVERYWHERE) == [PRESS, PUMP, VAULT]
    assert await scopes_of(land, LOOKER, EVERYWHERE) == [GATE, *ALL]
    assert await scopes_of(land, INGRID, EVERYWHERE) == []


@documented
async def test_roles_of_groups_are_told_with_the_group(land: ArmOffice) -> None:
    assert await scopes_of(land, OMAR) == [PRESS]
    (held,) = (await find(land, OMAR, PRESS))["roles"]
    assert held["roleDisplayName"] == "Virtual Machine Administrator Login"
    assert held["assignmentStatus"] == "eligible"
    group = {"id": TIER2, "displayName": "Tier 2"}
    assert held["source"] == {
        "memberType": "group",
        "group": group,
        "membershipState": "active",
    }
    # Who may come into the group could come to its roles in two steps.
    (could,) = (await find(land, NORA, PRESS))["roles"]
    assert could["source"] == {
        "memberType": "group",
        "group": group,
        "membershipState": "eligible",
    }
    assert (could["assignmentStatus"], could["roleId"]) == ("eligible", held["roleId"])


@documented
async def test_what_is_activated_is_active_and_told_once(land: ArmOffice) -> None:
    change = ChangeSet(TENANT, DAWN, {}, frozenset({AZURE}), (activate(HANA, LOGIN, PRESS),))
    assert await land.store.apply(change)
    again = ChangeSet(
        TENANT, DAWN, {}, frozenset({AZURE}), (activate(HANA, AZURE_OWNER, VINEYARD),)
    )
    assert await land.store.apply(again)

    roles = (await find(land, HANA, PRESS))["roles"]
    assert {(one["roleDisplayName"], one["assignmentStatus"]) for one in roles} == {
        ("Owner", "active"),
        ("Virtual Machine Administrator Login", "active"),
    }
    assert roles[0]["scheduleInfo"]["expiration"] == {
        "type": "AfterDateTime",
        "endDateTime": "2031-03-05T08:00:00Z",
    }

    land.clock.advance(DAY)
    (role,) = (await find(land, HANA, PRESS))["roles"]
    assert (role["roleDisplayName"], role["assignmentStatus"]) == ("Owner", "eligible")


@documented
async def test_favorites_are_marked(land: ArmOffice) -> None:
    favorites = "/providers/Microsoft.Authorization/privilegedResourceFavorites"
    path = f"{favorites}/{spell_key(PUMP)}{V}"
    put = await land.put(SAMUEL, path, {"properties": {"resourceId": PUMP}})
    assert put.status_code == 201

    rows = await land.walk(SAMUEL, LIST + V + EVERYWHERE)
    assert {one["scope"]: one["isFavorite"] for one in rows} == {
        PRESS: False,
        PUMP: True,
        VAULT: False,
    }


FILTERS = {
    "type eq 'microsoft.compute/virtualmachines'": (PRESS, PUMP),
    "type in ('microsoft.keyvault/vaults','Microsoft.Compute/virtualMachines')": (
        PRESS,
        PUMP,
        VAULT,
    ),
    f"scope eq '{PRESS.upper()}'": (PRESS,),
    f"scope in ('{PRESS}', '{CARD}')": (PRESS, CARD),
    f"subscriptionId ne '{VINEYARD.rpartition('/')[2]}'": (),
    "subscriptionName eq 'vineyard' and type eq 'microsoft.keyvault/vaults'": (VAULT,),
    "startswith(subscriptionName,'Farm')": (),
    "resourceGroup ne 'Cellar' and contains(displayName,'dress')": (ADDRESS,),
    "resourceGroup in ('cellar') and location eq 'westeurope'": (PRESS, PUMP, VAULT),
    "tags.environment eq 'production'": (PRESS,),
    "startswith(tags.environment,'TE')": (PUMP,),
    "displayName ne 'Press' and resourceGroup eq 'cellar'": (PUMP, VAULT),
    "displayName eq 'O''Brien'": (),
    "roles/any(r: r/assignmentStatus eq 'active')": (),
    "roles/any(x:x/assignmentStatus eq 'eligible') and startswith(displayName,'pu')": (PUMP,),
}


@documented
@pytest.mark.parametrize("text", FILTERS)
async def test_filters_select_resources(land: ArmOffice, text: str) -> None:
    assert await scopes_of(land, HANA, f"&$filter={quote(text)}") == list(FILTERS[text])


BAD = {
    "isFavorite eq true": "InvalidFilterField",
    "isFavorite eq 'true'": "InvalidFilterField",
    "name eq 'x'": "InvalidFilterField",
    "type ne 'x'": "InvalidFilterField",
    "displayName in ('x')": "InvalidFilterField",
    "contains(subscriptionId,'x')": "InvalidFilterField",
    "endswith(displayName,'x')": "InvalidFilterField",
    "tags. eq 'x'": "InvalidFilterField",
    "displayName eq 'x' or displayName eq 'y'": "InvalidFilterField",
    "not (displayName eq 'x')": "InvalidFilterField",
    "displayName eq 'x' AND location eq 'y'": "InvalidFilterField",
    "displayName eq 'x": "InvalidFilterField",
    "displayName eq 'x'and location eq 'y'": "InvalidFilterField",
    "roles/any(r: s/assignmentStatus eq 'active')": "InvalidFilterField",
    "roles/any(r: r/assignmentStatus eq 'gone')": "InvalidFilterField",
    f"displayName eq '{'x' * 1_025}'": "InvalidFilterField",
    " and ".join(["displayName eq 'x'"] * 51): "InvalidFilterField",
    " and ".join([f"displayName eq '{'x' * 1_000}'"] * 5): "InvalidFilterField",
}


@documented
@pytest.mark.parametrize("text", BAD)
async def test_filters_that_are_none_are_refused(land: ArmOffice, text: str) -> None:
    refused = await land.get(HANA, f"{LIST}{V}&$filter={quote(text)}")

    assert (refused.status_code, refused.json()["error"]["code"]) == (400, BAD[text])


OPTIONS = {
    "$orderby=location": "InvalidOrderBy",
    "$orderby=displayName,scope": "InvalidOrderBy",
    "$count=yes": "InvalidCount",
    "maxpagesize=0": "InvalidRequest",
    "maxpagesize=1001": "InvalidRequest",
    "maxpagesize=many": "InvalidRequest",
    "accessScope=mine": "InvalidRequest",
}


@documented
@pytest.mark.parametrize("option", OPTIONS)
async def test_options_that_are_none_are_refused(land: ArmOffice, option: str) -> None:
    refused = await land.get(HANA, f"{LIST}{V}&{option}")

    assert (refused.status_code, refused.json()["error"]["code"]) == (400, OPTIONS[option])


def by_name(scopes: list[str]) -> list[str]:
    return [scope.rpartition("/")[2].lower() for scope in scopes]


@documented
@pytest.mark.parametrize("size", [1, 3, 8, 1000])
async def test_resources_come_in_order_and_in_pages(land: ArmOffice, size: int) -> None:
    page = f"&maxpagesize={size}"
    first = (await land.get(HANA, LIST + V + page)).json()
    assert len(first["value"]) == min(size, len(ALL))
    assert ("nextLink" in first) is (size < len(ALL))
    assert "count" not in first

    assert await scopes_of(land, HANA, page) == list(ALL)
    up = await scopes_of(land, HANA, f"{page}&$orderby=displayName")
    down = await scopes_of(land, HANA, f"{page}&$orderby=displayName desc")
    assert by_name(up) == sorted(by_name(list(ALL)))
    assert by_name(down) == sorted(by_name(list(ALL)), reverse=True)
    assert sorted(up) == sorted(down) == sorted(ALL)


@documented
async def test_resources_are_counted(land: ArmOffice) -> None:
    more = f"&$count=true&maxpagesize=1&$filter={quote('resourceGroup eq ' + repr('cellar'))}"
    first = (await land.get(HANA, LIST + V + more)).json()

    assert (first["count"], len(first["value"])) == (3, 1)
    assert await scopes_of(land, HANA, more) == [PRESS, PUMP, VAULT]
    without = (await land.get(HANA, f"{LIST}{V}&$count=false")).json()
    assert "count" not in without


@documented
@pytest.mark.parametrize("who", [SAMUEL, LOOKER])
async def test_pages_go_through_resource_groups(store: Store, who: str) -> None:
    async with (land := open_arm(store, page_size=2)).client:
        await plant_vineyard(land)
        found = await scopes_of(land, who, EVERYWHERE)

    assert found == ([PRESS, PUMP, VAULT] if who == SAMUEL else [GATE, *ALL])


RELATED = LIST + "/{}/relatedResources" + V


@pytest.mark.witness(
    "GET providers/Microsoft.Authorization/privilegedResources/{privilegedResourceId}/"
    "relatedResources"
)
@documented
async def test_what_belongs_to_a_machine_is_told(land: ArmOffice) -> None:
    rows = await land.walk(HANA, RELATED.format(spell_key(PRESS)))

    assert [one["scope"] for one in rows] == [CARD, RULES, ADDRESS, HOST]
    assert all(one.keys() == {"projectionId", "scope", "roles"} for one in rows)
    assert rows[0]["projectionId"] == spell_key(CARD)
    assert rows[0]["roles"] == (await find(land, HANA, PRESS))["roles"]
    for path in (PUMP, VAULT):
        assert await land.walk(HANA, RELATED.format(spell_key(path))) == []


@pytest.mark.inferred("that something is there is not told to who has nothing at it")
async def test_what_belongs_to_a_machine_is_told_with_roles_alone(land: ArmOffice) -> None:
    assert await land.walk(SAMUEL, RELATED.format(spell_key(PRESS))) == []
    for who, path in ((SAMUEL, CARD), (INGRID, PRESS), (HANA, f"{PRESS}x"), (HANA, CELLAR)):
        missing = await land.get(who, RELATED.format(spell_key(path)))
        assert missing.status_code == 404
        assert missing.json()["error"]["code"] == "ResourceNotFound"
    assert (await land.get(HANA, RELATED.format("a.b"))).status_code == 400
