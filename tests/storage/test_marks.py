"""Favorites and namespaces of attributes as they are kept."""

from dataclasses import replace

import pytest

from tests.storage.world import NOON, World
from timebound.application.mark_ports import (
    Favorite,
    PutAttributeNamespace,
    PutFavorite,
    RemoveAttributeNamespace,
    RemoveFavorite,
)
from timebound.domain.attribute_namespaces import AttributeNamespace
from timebound.domain.ids import PrincipalId

ANN, BOB = PrincipalId("ann"), PrincipalId("bob")
PRESS = "/subscriptions/00000000-0000-0000-0000-0000000000aa/resourceGroups/Plant"
SAW = f"{PRESS}/providers/Microsoft.Compute/virtualMachines/Saw"


@pytest.mark.documented("PrivilegedResourceFavorite: each user's are private to them")
async def test_everybody_has_favorites_of_their_own(world: World) -> None:
    favorites = [Favorite(ANN, SAW, NOON), Favorite(ANN, PRESS, NOON), Favorite(BOB, SAW, NOON)]
    assert await world.write(*(PutFavorite(one) for one in favorites))

    found = await world.store.list_favorites(world.tenant, ANN)
    assert found == (favorites[1], favorites[0])
    assert await world.store.list_favorites(world.tenant, BOB) == (favorites[2],)

    assert await world.write(RemoveFavorite(ANN, SAW.upper()), RemoveFavorite(ANN, "/nothing"))
    assert await world.store.list_favorites(world.tenant, ANN) == (favorites[1],)
    assert await world.store.list_favorites(world.tenant, BOB) == (favorites[2],)


@pytest.mark.documented("privilegedResourceFavorites: putting one again makes no second")
async def test_a_favorite_is_there_once(world: World) -> None:
    one = Favorite(ANN, SAW, NOON)
    assert await world.write(PutFavorite(one))
    assert await world.write(PutFavorite(replace(one, path=SAW.lower())))

    assert len(await world.store.list_favorites(world.tenant, ANN)) == 1


@pytest.mark.inferred("names in paths are the same in any casing")
async def test_a_namespace_is_found_by_its_name(world: World) -> None:
    made = AttributeNamespace("Contoso", ANN, NOON, BOB, is_by_application=True)
    assert await world.write(PutAttributeNamespace(made))

    assert await world.store.find_attribute_namespace(world.tenant, "cONTOSO") == made
    assert await world.store.find_attribute_namespace(world.tenant, "Contos") is None
    assert await world.write(RemoveAttributeNamespace("CONTOSO"))
    assert await world.store.find_attribute_namespace(world.tenant, "Contoso") is None


@pytest.mark.inferred("no tenant sees what another keeps")
async def test_what_a_tenant_keeps_is_its_own(world: World) -> None:
    made = AttributeNamespace("Contoso", ANN, NOON, BOB)
    assert await world.write(PutAttributeNamespace(made), PutFavorite(Favorite(ANN, SAW, NOON)))
    other = await World(world.store).begin()

    assert await other.store.find_attribute_namespace(other.tenant, "Contoso") is None
    assert await other.store.list_favorites(other.tenant, ANN) == ()
