"""Every scenario, through every door, over every store."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

import pytest
from _pytest.mark.structures import ParameterSet

from tests.scenarios.azure import found_azure
from tests.scenarios.company import found_company
from tests.support.drivers.arm import ArmDriver
from tests.support.drivers.graph import GraphDriver
from tests.support.scenario import Scenario, World, play, read_scenario
from timebound.application.ports import Store

SCENARIOS: Final = sorted(Path(__file__).parent.glob("*.yaml"))


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a scenario is played: its tenant, and the door that people come to."""

    world: World
    driver: GraphDriver | ArmDriver


Found: TypeAlias = Callable[[Store, str, Scenario], Awaitable[Scene]]


async def found_directory(version: str, store: Store, label: str, scenario: Scenario) -> Scene:
    """Roles of the directory, through one version of Graph."""
    company = await found_company(store, label, scenario.given)
    return Scene(company, GraphDriver(company.client, version))


async def found_subscription(store: Store, label: str, scenario: Scenario) -> Scene:
    """Roles of Azure at a subscription, through Azure Resource Manager."""
    azure = await found_azure(store, label, scenario)
    return Scene(azure, azure.driver)


DOORS: Final[Mapping[str, tuple[str, Found]]] = {
    "v1.0": ("graph", partial(found_directory, "v1.0")),
    "beta": ("graph", partial(found_directory, "beta")),
    "arm": ("arm", found_subscription),
}
"""The doors with the API that each is of."""


def list_cases(door: str) -> list[ParameterSet]:
    """The scenarios that are played through a door, each with the mark of its provenance."""
    api, _ = DOORS[door]
    read = {path: read_scenario(path) for path in SCENARIOS}
    return [
        pytest.param(path, door, id=f"{path.stem}-{door}", marks=_mark(one))
        for path, one in read.items()
        if api not in one.without
    ]


def _mark(scenario: Scenario) -> pytest.MarkDecorator:
    kind, ref = scenario.provenance
    mark: pytest.MarkDecorator = getattr(pytest.mark, kind)(ref)
    return mark


CASES: Final = [case for door in DOORS for case in list_cases(door)]


@pytest.mark.parametrize(("path", "door"), CASES)
async def test_scenario(path: Path, door: str, store: Store, label: str) -> None:
    scenario = read_scenario(path)
    scene = await DOORS[door][1](store, label, scenario)
    async with aclosing(scene.driver.client):
        await play(scenario, scene.world, scene.driver)


NOT_IN_AZURE: Final = {
    "administrative-unit",
    "application",
    "last-administrator",
    "scope-does-not-fit",
    "single-object",
    "subjects",
    "update-of-nothing",
    "update-without-expiration",
}
"""What means nothing in Azure; each says why itself."""
IN_AZURE_ALONE: Final = {
    "application-by-roles",
    "resource-group",
    "resource-group-unread",
    "subjects-in-azure",
    "update-of-nothing-in-azure",
    "update-without-expiration-in-azure",
}
"""What means nothing in the directory; each says why itself."""
EXCEPTIONS: Final = {"v1.0": IN_AZURE_ALONE, "beta": IN_AZURE_ALONE, "arm": NOT_IN_AZURE}


@pytest.mark.inferred("a door that plays nothing would show nothing")
def test_every_scenario_but_those_listed_is_played_through_every_door() -> None:
    played = {case.values for case in CASES}
    for door, left_out in EXCEPTIONS.items():
        expected = {(path, door) for path in SCENARIOS if path.stem not in left_out}
        assert {case for case in played if case[1] == door} == expected
    assert set(EXCEPTIONS) == set(DOORS)
    assert {path.stem for path in SCENARIOS} >= NOT_IN_AZURE | IN_AZURE_ALONE


NOWHERE: Final = {"single-object"}
"""What cannot even be begun there: an object of the directory stands for nothing in Azure."""
LEFT_OUT: Final = [
    pytest.param(path, door, id=f"{path.stem}-{door}")
    for path in SCENARIOS
    for door in ("v1.0", "arm")
    if path.stem in EXCEPTIONS[door] - NOWHERE
]


@pytest.mark.inferred("what comes out as it should is no exception")
@pytest.mark.parametrize(("path", "door"), LEFT_OUT)
async def test_what_is_left_out_comes_out_otherwise(
    path: Path, door: str, store: Store, label: str
) -> None:
    scenario = read_scenario(path)
    scene = await DOORS[door][1](store, label, scenario)
    async with aclosing(scene.driver.client):
        with pytest.raises(AssertionError, match=r"^stage \d+: "):
            await play(scenario, scene.world, scene.driver)
