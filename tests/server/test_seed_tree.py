"""The tree of Azure in a seed, and what is told of one that cannot be."""

import json
from typing import Any

import pytest

from tests.support.seeds import ANN
from timebound.server.seed_format import SeedError, read_seed
from timebound.server.seed_tree import write_tree

TENANT = "aaaaaaaa-0000-4000-8000-000000000001"
FIRST = "bbbbbbbb-0000-4000-8000-000000000001"
GROUP = f"/subscriptions/{FIRST}/resourceGroups/Barn"
documented = pytest.mark.documented("docs/examples/tenant.yaml")


def seed_with(**changes: object) -> dict[str, Any]:
    """A seed with a small tree in it."""
    found: dict[str, Any] = {
        "tenant": {
            "id": TENANT,
            "displayName": "One",
            "domains": [ANN.partition("@")[2]],
            "subscriptions": [{"id": FIRST, "displayName": "Farm", "managementGroup": "EAST"}],
        },
        "users": [{"userPrincipalName": ANN, "displayName": "Ann"}],
        "managementGroups": [{"name": "West"}, {"name": "East", "parent": "west"}],
        "resourceGroups": [
            {
                "name": "Barn",
                "subscription": "Farm",
                "location": "westeurope",
                "resources": [
                    {"type": "A.B/c", "name": "d", "properties": {"n": [1]}},
                    {"type": "A.B/c/e", "name": "d/f", "tags": {"x": "y"}},
                ],
            }
        ],
        "assignments": [{"principal": ANN, "role": "Owner", "scope": GROUP.upper()}],
        "eligibilities": [{"principal": ANN, "role": "Reader", "scope": "/", "end": "P30D"}],
    }
    return {**found, **changes}


@documented
def test_every_place_lies_in_the_one_that_it_names() -> None:
    seed = read_seed(json.dumps(seed_with()))
    parents = {
        put.scope.path: put.parent.path if put.parent else None for put in write_tree(seed, None)
    }
    groups = "/providers/Microsoft.Management/managementGroups"
    assert parents == {
        "/": None,
        f"{groups}/{TENANT}": "/",
        f"{groups}/West": f"{groups}/{TENANT}",
        f"{groups}/East": f"{groups}/West",
        f"/subscriptions/{FIRST}": f"{groups}/East",
        GROUP: f"/subscriptions/{FIRST}",
        f"{GROUP}/providers/A.B/c/d": GROUP,
        f"{GROUP}/providers/A.B/c/d/e/f": f"{GROUP}/providers/A.B/c/d",
    }


def resources(*given: dict[str, Any]) -> list[dict[str, Any]]:
    group = {"name": "Barn", "subscription": FIRST, "location": "westeurope"}
    return [{**group, "resources": list(given)}]


CHAIN = [{"name": f"g{n}", "parent": f"g{n - 1}"} for n in range(1, 7)]
CASES: dict[str, tuple[dict[str, Any], str]] = {
    "unknown parent": (
        {"managementGroups": [{"name": "East", "parent": "Nowhere"}]},
        "managementGroups[0].parent: `Nowhere` is not known here",
    ),
    "circle": (
        {"managementGroups": [{"name": "East", "parent": "East"}]},
        "managementGroups[0].parent: more than 6 levels of management groups, or a circle",
    ),
    "too deep": (
        {"managementGroups": [{"name": "East"}, {"name": "g0"}, *CHAIN]},
        "managementGroups[7].parent: more than 6 levels of management groups, or a circle",
    ),
    "bad name": (
        {"managementGroups": [{"name": "East"}, {"name": "a/b"}]},
        "managementGroups[1].name: a name that nothing in Azure can have",
    ),
    "repeated": (
        {"managementGroups": [{"name": "East"}, {"name": "EAST"}]},
        "managementGroups[1].name: the same place in Azure is given before",
    ),
    "the tenant's own": (
        {"managementGroups": [{"name": "East"}, {"name": TENANT}]},
        "managementGroups[1].name: the same place in Azure is given before",
    ),
    "group of a subscription": (
        {"managementGroups": []},
        "tenant.subscriptions[0].managementGroup: `EAST` is not known here",
    ),
    "unknown subscription": (
        {"resourceGroups": [{"name": "x", "subscription": "Nowhere", "location": "e"}]},
        "resourceGroups[0].subscription: `Nowhere` is no subscription here, or several",
    ),
    "type without a name": (
        {"resourceGroups": resources({"type": "A.B/c/d", "name": "e"})},
        (
            "resourceGroups[0].resources[0].type: not a provider with as many types, as there are "
            "names: Microsoft.A/types, name"
        ),
    ),
    "what it lies in": (
        {"resourceGroups": resources({"type": "A.B/c/d", "name": "e/f"})},
        "resourceGroups[0].resources[0].name: what it lies in is not given before",
    ),
    "no such place": (
        {"assignments": [{"principal": ANN, "role": "Owner", "scope": f"{GROUP}x"}]},
        f"assignments[0].scope: `{GROUP}x` is no place in the tree of Azure here",
    ),
    "no such role": (
        {"assignments": [{"principal": ANN, "role": "Global Reader", "scope": GROUP}]},
        "assignments[0].role: `Global Reader` is not known here",
    ),
    "with a part of the directory": (
        {"assignments": [{"principal": ANN, "role": "Owner", "scope": "/", "application": "x"}]},
        "assignments[0]: `scope` goes with `role` alone",
    ),
    "held twice": (
        {"assignments": [{"principal": ANN, "role": "Owner", "scope": "/"}] * 2},
        "assignments[1]: the same holding is given before",
    ),
    "tag that is no text": (
        {"resourceGroups": [{**resources()[0], "tags": {"a": 1}}]},
        "resourceGroups[0].tags",
    ),
}


@documented
@pytest.mark.parametrize("case", CASES)
def test_a_tree_that_cannot_be_is_told_of(case: str) -> None:
    changes, fault = CASES[case]
    with pytest.raises(SeedError) as caught:
        read_seed(json.dumps(seed_with(**changes)))
    told = [one.split(": ", maxsplit=1)[1] for one in caught.value.faults]
    assert any(one.startswith(fault) for one in told), told
