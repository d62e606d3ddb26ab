"""Every scenario, through every door, over every store."""

from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from tests.scenarios.company import found_company
from tests.support.drivers.graph import GraphDriver
from tests.support.scenario import play, read_scenario
from timebound.application.ports import Store

SCENARIOS = sorted(Path(__file__).parent.glob("*.yaml"))
DOORS = {
    "v1.0": lambda client: GraphDriver(client, "v1.0"),
    "beta": lambda client: GraphDriver(client, "beta"),
}


def with_source(path: Path) -> ParameterSet:
    """A scenario with the mark of its provenance."""
    kind, ref = read_scenario(path).provenance
    return pytest.param(path, id=path.stem, marks=getattr(pytest.mark, kind)(ref))


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("path", [with_source(path) for path in SCENARIOS])
async def test_scenario(path: Path, door: str, store: Store, label: str) -> None:
    scenario = read_scenario(path)
    company = await found_company(store, label, scenario.given)
    async with company.client:
        await play(scenario, company, DOORS[door](company.client))
