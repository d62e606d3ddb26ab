"""Favorites: places that whoever calls wants to find again."""

from base64 import urlsafe_b64encode

import pytest

from tests.dialects.arm.office import ArmOffice
from tests.dialects.arm.orchard import BARN, FARM, GATE, LOOKER, NEIGHBOUR, OWNER, hold
from tests.dialects.graph.office import DAWN, TENANT
from timebound.application.changes import AZURE, ChangeSet, InsertGrant
from timebound.domain.grants import GrantKind
from timebound.domain.roles import AZURE_OWNER

V = "?api-version=2026-06-01-preview"
RESOURCES = "/providers/Microsoft.Authorization/privilegedResources"
LIST = "/providers/Microsoft.Authorization/privilegedResourceFavorites"
documented = pytest.mark.documented("PrivilegedResourceFavorites, routes.tsp 2026-06-01-preview")


def key_of(path: str) -> str:
    return urlsafe_b64encode(path.lower().encode()).decode().rstrip("=")


def address(path: str) -> str:
    return f"{LIST}/{key_of(path)}{V}"


def body(path: str) -> dict[str, object]:
    return {"properties": {"resourceId": path}}


@pytest.mark.witness(
    "GET providers/Microsoft.Authorization/privilegedResourceFavorites",
    "GET providers/Microsoft.Authorization/privilegedResourceFavorites/{favoriteId}",
    "PUT providers/Microsoft.Authorization/privilegedResourceFavorites/{favoriteId}",
    "DELETE providers/Microsoft.Authorization/privilegedResourceFavorites/{favoriteId}",
)
@documented
async def test_a_favorite_lives_its_life(farm: ArmOffice) -> None:
    assert (await farm.get(LOOKER, address(GATE))).status_code == 404
    made = await farm.put(LOOKER, address(GATE), body(GATE.lower()))
    assert made.status_code == 201, made.text
    assert made.json() == {
        "id": f"{LIST}/{key_of(GATE)}",
        "name": key_of(GATE),
        "type": "Microsoft.Authorization/privilegedResourceFavorites",
        "properties": {"resourceId": GATE},
    }
    again = await farm.put(LOOKER, address(GATE), body(GATE))
    assert (again.status_code, again.json()) == (200, made.json())
    assert (await farm.get(LOOKER, address(GATE))).json() == made.json()
    assert await farm.walk(LOOKER, LIST + V) == [made.json()]

    assert (await farm.delete(LOOKER, address(GATE))).status_code == 200
    assert (await farm.delete(LOOKER, address(GATE))).status_code == 204
    assert await farm.walk(LOOKER, LIST + V) == []


@documented
async def test_favorites_are_of_who_calls(farm: ArmOffice) -> None:
    for path in (FARM, BARN):
        assert (await farm.put(OWNER, address(path), body(path))).status_code == 201

    assert len(await farm.walk(OWNER, LIST + V)) == 2
    assert await farm.walk(LOOKER, LIST + V) == []
    assert (await farm.get(LOOKER, address(BARN))).status_code == 404
    assert (await farm.delete(LOOKER, address(BARN))).status_code == 204
    assert (await farm.get(OWNER, address(BARN))).status_code == 200
    # It is a first one of their own, though another has it already.
    assert (await farm.put(LOOKER, address(BARN), body(BARN))).status_code == 201


@documented
async def test_what_may_not_be_read_is_no_favorite(farm: ArmOffice) -> None:
    for who, path in ((NEIGHBOUR, GATE), (LOOKER, FARM)):
        refused = await farm.put(who, address(path), body(path))
        assert refused.status_code == 403
        assert await farm.walk(who, LIST + V) == []
    missing = f"{BARN}/providers/Microsoft.Compute/virtualMachines/Nothing"
    assert (await farm.put(LOOKER, address(missing), body(missing))).status_code == 404


@documented
async def test_what_somebody_could_have_a_role_at_is_a_favorite(farm: ArmOffice) -> None:
    """Whoever is eligible alone may read none of it, and is told of the resources."""
    could = InsertGrant(hold(NEIGHBOUR, AZURE_OWNER, BARN, GrantKind.ELIGIBLE))
    assert await farm.store.apply(ChangeSet(TENANT, DAWN, {}, frozenset({AZURE}), (could,)))

    made = await farm.put(NEIGHBOUR, address(GATE), body(GATE.lower()))
    assert (made.status_code, made.json()["properties"]) == (201, {"resourceId": GATE})
    assert (await farm.put(NEIGHBOUR, address(GATE), body(GATE))).status_code == 200
    (told,) = await farm.walk(NEIGHBOUR, RESOURCES + V)
    assert (told["scope"], told["isFavorite"]) == (GATE, True)

    elsewhere = f"{FARM}/resourceGroups/Shed/providers/Microsoft.Compute/virtualMachines/Gate"
    missing = f"{BARN}/providers/Microsoft.Compute/virtualMachines/Nothing"
    for path in (BARN, FARM, elsewhere, missing):
        refused = await farm.put(NEIGHBOUR, address(path), body(path))
        assert refused.status_code == 403, "the list shows no such place"


KEYS = {
    "of another place": (key_of(BARN), GATE),
    "padded": (urlsafe_b64encode(f"{BARN}x".lower().encode()).decode() + "=", f"{BARN}x"),
    "not in lower case": (urlsafe_b64encode(BARN.encode()).decode().rstrip("="), BARN),
    "no base64": ("a.b", BARN),
    "no text": (urlsafe_b64encode(b"\xff\xfe\xfd").decode(), BARN),
    "no place": (key_of("/nowhere"), "/nowhere"),
    "too long": (key_of("/" + "x" * 2_000), BARN),
}


@documented
@pytest.mark.parametrize("name", KEYS)
async def test_a_key_has_to_be_that_of_the_resource(farm: ArmOffice, name: str) -> None:
    key, path = KEYS[name]
    refused = await farm.put(OWNER, f"{LIST}/{key}{V}", body(path))

    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "InvalidRequest"
    assert await farm.walk(OWNER, LIST + V) == []


@pytest.mark.inferred("what cannot be read is refused with its name")
@pytest.mark.parametrize("sent", [{}, {"properties": {}}, {"properties": {"resourceId": 7}}])
async def test_a_favorite_names_a_resource(farm: ArmOffice, sent: object) -> None:
    refused = await farm.put(OWNER, address(BARN), sent)

    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "InvalidRequestContent"
