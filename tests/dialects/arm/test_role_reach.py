"""Custom roles over HTTP where they are held and cannot be assigned any more."""

from collections.abc import AsyncIterator

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
    at,
    body,
    make_grant,
    open_roles,
)
from tests.dialects.graph.office import DAWN, GRACE, HANA, HENRIK, OMAR, TENANT
from timebound.application.azure_writes import PutScope
from timebound.application.changes import ChangeSet, InsertGrant
from timebound.application.ports import Store
from timebound.domain.azure.places import MANAGEMENT_GROUPS
from timebound.domain.grants import GrantKind
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.roles import AZURE_OWNER

documented = pytest.mark.documented("Azure: custom roles, where they can be assigned")
PERMISSIONS = "providers/Microsoft.Authorization/permissions?api-version=2022-04-01"
RING = f"{MANAGEMENT_GROUPS}/Ring"
EVERYTHING = [{"actions": ["*"]}]


@pytest.fixture
async def office(store: Store) -> AsyncIterator[ArmOffice]:
    """The door over the tenant with its tree."""
    opened = await open_roles(store)
    async with opened.client:
        yield opened


async def give(
    office: ArmOffice,
    who: PrincipalId,
    path: str,
    role: str = GUID,
    kind: GrantKind = GrantKind.ASSIGNED,
) -> None:
    held = InsertGrant(make_grant(50 + len(who + role + path), who, RoleId(role), path, kind))
    assert await office.store.apply(ChangeSet(TENANT, DAWN, {}, frozenset(), (held,)))


async def actions(office: ArmOffice, who: PrincipalId, scope: str) -> set[str]:
    answer = await office.get(who, f"{scope}/{PERMISSIONS}")
    return {action for block in answer.json()["value"] for action in block["actions"]}


@documented
@pytest.mark.parametrize("kind", list(GrantKind))
async def test_a_scope_stays_while_the_role_is_held_there(
    office: ArmOffice, kind: GrantKind
) -> None:
    assert (await office.put(GRACE, address(), body("R", WEB, TWO))).status_code == 201
    await give(office, OMAR, TWO, kind=kind)
    dropped = await office.put(GRACE, address(), body("R", WEB))
    assert dropped.status_code == 400
    assert dropped.json()["error"]["code"] == "RoleDefinitionHasAssignments"
    assert (await office.put(GRACE, address(), body("R", TWO))).status_code == 201
    widened = await office.put(HENRIK, address(), body("R", WEB, permissions=EVERYTHING))
    assert widened.status_code == 403


@documented
async def test_a_scope_goes_that_another_one_covers(office: ArmOffice) -> None:
    assert (await office.put(GRACE, address(), body("R", WEB, TWO))).status_code == 201
    await give(office, OMAR, WEB)
    assert (await office.put(GRACE, address(), body("R", ONE, TWO))).status_code == 201
    assert (await office.put(GRACE, address(), body("R", CIRCLE))).status_code == 201
    assert (await office.put(GRACE, address(), body("R", TWO))).status_code == 400


@documented
@pytest.mark.parametrize("kind", list(GrantKind))
async def test_a_scope_is_narrowed_to_where_the_role_is_held(
    office: ArmOffice, kind: GrantKind
) -> None:
    assert (await office.put(GRACE, address(), body("R", CIRCLE))).status_code == 201
    await give(office, OMAR, WEB, kind=kind)
    assert (await office.put(GRACE, address(), body("R", ONE))).status_code == 201
    narrowed = await office.put(GRACE, address(), body("R", WEB.upper()))
    assert narrowed.status_code == 201, narrowed.text
    assert narrowed.json()["properties"]["assignableScopes"] == [WEB]


@documented
async def test_a_scope_is_not_narrowed_past_anybody(office: ArmOffice) -> None:
    assert (await office.put(GRACE, address(), body("R", CIRCLE))).status_code == 201
    await give(office, OMAR, WEB)
    await give(office, HANA, ONE, kind=GrantKind.ELIGIBLE)
    assert (await office.put(GRACE, address(), body("R", WEB, TWO))).status_code == 400
    assert (await office.put(GRACE, address(), body("R", ONE, TWO))).status_code == 201
    assert (await office.put(GRACE, address(), body("R", TWO))).status_code == 400


@pytest.mark.inferred("who can change a role has a say at its assignable scopes alone")
async def test_a_role_gives_nothing_in_a_subscription_that_moved_away(office: ArmOffice) -> None:
    """Hana owns Circle alone; ONE has gone to Ring, where she has no say."""
    nodes = (PutScope(at(RING), at("/")),)
    assert await office.store.apply(ChangeSet(TENANT, DAWN, {}, frozenset(), nodes))
    assert (await office.put(GRACE, address(CIRCLE), body("R", CIRCLE))).status_code == 201
    await give(office, OMAR, ONE)
    await give(office, HANA, CIRCLE, AZURE_OWNER)
    assert await actions(office, OMAR, WEB)
    name = ONE.rpartition("/")[2]
    moved = await office.put(GRACE, f"{RING}/subscriptions/{name}?api-version=2020-05-01")
    assert moved.status_code == 200
    wide = await office.put(HANA, address(CIRCLE), body("R", CIRCLE, permissions=EVERYTHING))
    assert wide.status_code == 201
    assert await actions(office, OMAR, ONE) == await actions(office, OMAR, WEB) == set()


@documented
async def test_a_role_counts_in_any_casing_of_its_scopes(office: ArmOffice) -> None:
    shouted = f"{MANAGEMENT_GROUPS}/CIRCLE"
    assert (await office.put(GRACE, address(), body("R", shouted))).status_code == 201
    await give(office, OMAR, WEB)
    assert await actions(office, OMAR, WEB)


async def children(office: ArmOffice, scope: str, more: str = "") -> list[str]:
    provider = f"{scope}/providers/Microsoft.Authorization"
    address = f"{provider}/eligibleChildResources?api-version=2020-10-01{more}"
    return [row["id"] for row in await office.walk(HANA, address)]


async def activate(office: ArmOffice, scope: str, number: int) -> int:
    provider = f"{scope}/providers/Microsoft.Authorization"
    name = f"cccccccc-0000-4000-8000-{number:012}"
    asked = {
        "principalId": HANA,
        "roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{GUID}",
        "requestType": "SelfActivate",
        "justification": "Needed",
        "scheduleInfo": {"expiration": {"type": "AfterDuration", "duration": "PT1H"}},
    }
    address = f"{provider}/roleAssignmentScheduleRequests/{name}?api-version=2020-10-01"
    answer = await office.put(HANA, address, {"properties": asked})
    return answer.status_code


DEEP = "&$getAllChildren=true"


@pytest.mark.inferred("what is listed as eligible can be activated, and the other way round")
async def test_what_was_moved_away_is_not_offered_for_activation(office: ArmOffice) -> None:
    assert (await office.put(GRACE, address(), body("R", CIRCLE))).status_code == 201
    await give(office, HANA, ONE, kind=GrantKind.ELIGIBLE)
    await give(office, HANA, WEB, READER, kind=GrantKind.ASSIGNED)
    assert await children(office, CIRCLE) == [ONE]
    assert await children(office, CIRCLE, DEEP) == [ONE, WEB]
    assert await children(office, ONE) == [WEB]
    moved = PutScope(at(ONE), at("/"))
    assert await office.store.apply(ChangeSet(TENANT, DAWN, {}, frozenset(), (moved,)))
    for scope in ("", CIRCLE, ONE):
        assert await children(office, scope, DEEP) == []
    assert await activate(office, WEB, 1) == 400
    await give(office, HANA, "/", AZURE_OWNER, kind=GrantKind.ELIGIBLE)
    assert await children(office, "", DEEP) == sorted([CIRCLE, ONE, TWO, WEB])
    assert await children(office, ONE) == [WEB]


@pytest.mark.inferred("what is listed as eligible can be activated, and the other way round")
async def test_what_can_be_assigned_only_below_is_offered_there(office: ArmOffice) -> None:
    assert (await office.put(GRACE, address(), body("R", WEB, TWO))).status_code == 201
    await give(office, HANA, CIRCLE, kind=GrantKind.ELIGIBLE)
    await give(office, HANA, WEB, READER, kind=GrantKind.ASSIGNED)
    assert await children(office, "", DEEP) == [WEB]
    assert await children(office, CIRCLE) == []
    assert await children(office, CIRCLE, DEEP) == [WEB]
    assert await children(office, ONE) == [WEB]
    assert await children(office, WEB, DEEP) == []
    assert [await activate(office, one, i) for i, one in enumerate((ONE, TWO, WEB))] == [
        400,
        400,
        201,
    ]
