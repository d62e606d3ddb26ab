"""Paths as places: what each is, what it lies in, and what is none."""

import pytest

from timebound.domain.azure.nodes import type_of
from timebound.domain.azure.places import (
    PlaceKind,
    container_of,
    kind_of,
    part_of,
    read_place,
    resource_group_of,
    subscription_of,
)

FARM = "/subscriptions/00000000-0000-4000-8000-0000000000aa"
BARN = f"{FARM}/resourceGroups/Barn"
PLAN = f"{FARM}/providers/Microsoft.Security/pricings/Plan"
GATE = f"{BARN}/providers/Microsoft.Compute/virtualMachines/Gate"
documented = pytest.mark.documented("Azure: resource ids")


@documented
@pytest.mark.parametrize(
    ("path", "kind", "outer"),
    [
        (FARM, PlaceKind.SUBSCRIPTION, None),
        (BARN, PlaceKind.RESOURCE_GROUP, FARM),
        (GATE, PlaceKind.RESOURCE, BARN),
        (f"{GATE}/extensions/Lock", PlaceKind.RESOURCE, GATE),
        (PLAN, PlaceKind.RESOURCE, FARM),
        (f"{PLAN}/parts/One", PlaceKind.RESOURCE, PLAN),
        (f"{PLAN}/providers/Microsoft.Insights/rules/One", PlaceKind.RESOURCE, PLAN),
    ],
)
def test_a_place_says_what_it_is_and_lies_in(path: str, kind: PlaceKind, outer: str | None) -> None:
    place = read_place(path)
    assert place is not None
    assert (place.path, kind_of(place)) == (path, kind)
    around = container_of(place)
    assert (around.path if around else None) == outer
    assert subscription_of(place) == FARM.rpartition("/")[2]


@documented
def test_a_resource_in_no_group_is_of_its_type() -> None:
    place = read_place(
        f"/PROVIDERS/microsoft.subscription{PLAN.replace('/providers', '/Providers')}/"
    )
    assert place is not None
    assert place.path == PLAN
    assert type_of(place) == "Microsoft.Security/pricings"
    assert resource_group_of(place) is None


@documented
def test_a_resource_that_is_of_another_is_spelled_and_typed_by_its_own_provider() -> None:
    place = read_place(f"{GATE}/Providers/Microsoft.Insights/rules/One/parts/Two")
    assert place is not None
    assert place.path == f"{GATE}/providers/Microsoft.Insights/rules/One/parts/Two"
    assert type_of(place) == "Microsoft.Insights/rules/parts"


@pytest.mark.inferred("what is listed of a subscription in parts, each told by how paths begin")
@pytest.mark.parametrize(
    ("path", "part"),
    [
        (FARM, None),
        (BARN, BARN),
        (GATE, BARN),
        (PLAN, f"{FARM}/providers"),
        ("/providers/Microsoft.Management/managementGroups/East", None),
        ("/", None),
    ],
)
def test_a_place_is_in_a_part_of_its_subscription(path: str, part: str | None) -> None:
    place = read_place(path)
    assert place is not None
    assert part_of(place) == (part.lower() if part else None)


@documented
@pytest.mark.parametrize(
    "path",
    [
        f"{FARM}/providers",
        f"{FARM}/providers/Microsoft.Security",
        f"{FARM}/providers/Microsoft.Security/pricings",
        f"{FARM}/providers/Microsoft.Security/pricings/x/parts",
        f"{FARM}/providers/Microsoft.Authorization/roleAssignments/x",
        f"{FARM}/providers/microsoft.management/managementGroups/x",
        f"{FARM}/providers/Microsoft.Subscription/aliases/x",
        f"{FARM}/providers/A/providers/B.C",
        f"{FARM}/providers/A.B/providers/c/providers/D.E/f/g",
        f"{FARM}/providers/providers/providers/providers",
        f"{FARM}/providers/A.B/c/d/providers/E.F",
        f"{FARM}/providers/A.B/c/d/Providers/E.F",
        f"{FARM}/providers/A.B/c/d/providers/E.F/g",
        f"{FARM}/providers/A.B/c/providers/D.E/f",
        f"{FARM}/providers/A.B/c/d/providers",
        "/providers/Microsoft.Billing/billingAccounts/x",
        "/providers/Microsoft.Subscription/aliases/x",
        "/subscriptions/none/providers/Microsoft.Security/pricings/x",
    ],
)
def test_what_is_no_place_is_none(path: str) -> None:
    assert read_place(path) is None
