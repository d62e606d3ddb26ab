"""The runner itself: a scenario that comes out otherwise fails, as does one that is misspelt."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from textwrap import dedent

import msgspec
import pytest

from tests.scenarios.company import Company
from tests.support.drivers.driver import UNTOLD, Facts, Listed, Question, Told
from tests.support.drivers.graph import GraphDriver
from tests.support.scenario import play, read_scenario

GOOD = (
    "{who: pia, do: makeEligible, principal: eve, role: Reports Reader, "
    "expect: {status: Provisioned}}"
)


def write(
    folder: Path, *stages: str, source: str = "inferred: for this test", more: str = ""
) -> Path:
    path = folder / "scenario.yaml"
    lines = ["title: A scenario", source, more, "stages:", *(f"  - {stage}" for stage in stages)]
    path.write_text(dedent("\n".join(lines)), encoding="utf-8")
    return path


WRONG = {
    "another status": GOOD.replace("Provisioned", "Granted"),
    "a refusal that does not come": GOOD.replace("status: Provisioned", "refused: accessDenied"),
    "an acceptance that does not come": GOOD.replace("who: pia", "who: eve"),
    "another start": GOOD.replace("status: Provisioned", "start: PT1M"),
    "a rule that holds": (
        "{who: eve, do: activate, role: Reports Reader, for: PT1H, "
        "expect: {refused: ruleFailed, rules: [MfaRule]}}"
    ),
    "a row too many": "{who: rex, do: listInstances, principal: gail, expect: {rows: []}}",
    "a row too few": "{who: rex, do: listInstances, principal: eve, expect: {rows: [{}]}}",
    "another row": (
        "{who: rex, do: listInstances, principal: gail, expect: {rows: [{how: activated}]}}"
    ),
}


@pytest.mark.parametrize("stage", WRONG.values(), ids=WRONG)
async def test_what_comes_out_otherwise_fails_at_its_stage(
    company: Company, tmp_path: Path, stage: str
) -> None:
    scenario = read_scenario(write(tmp_path, stage))
    with pytest.raises(AssertionError, match="stage 1"):
        await play(scenario, company, GraphDriver(company.client, "v1.0"))


async def test_what_comes_out_as_expected_passes(company: Company, tmp_path: Path) -> None:
    scenario = read_scenario(write(tmp_path, GOOD))
    await play(scenario, company, GraphDriver(company.client, "v1.0"))


@pytest.mark.parametrize(
    "stage",
    [
        GOOD.replace("makeEligible", "makeEligibel"),
        GOOD.replace("role:", "rolle:"),
        GOOD.replace("status:", "state:"),
        GOOD.replace("{status: Provisioned}", "{refused: nothing}"),
    ],
)
def test_a_word_that_is_not_known_is_an_error(tmp_path: Path, stage: str) -> None:
    with pytest.raises((AssertionError, msgspec.ValidationError)):
        read_scenario(write(tmp_path, stage))


@pytest.mark.parametrize("source", ["", "inferred: ''", "inferred: a\ndocumented: b"])
def test_a_scenario_names_one_source(tmp_path: Path, source: str) -> None:
    with pytest.raises((AssertionError, ValueError)):
        read_scenario(write(tmp_path, GOOD, source=source))


@pytest.mark.parametrize("without", ["{arm: ' '}", "{beta: why}", "{arm: why, graph: why}"])
def test_a_door_is_left_out_for_a_reason_and_never_all(tmp_path: Path, without: str) -> None:
    with pytest.raises(AssertionError):
        read_scenario(write(tmp_path, GOOD, more=f"without: {without}"))


@dataclass(frozen=True, slots=True)
class Mute(GraphDriver):
    """A door that tells of one instance, and as much of it as it is given."""

    facts: Facts = field(default_factory=dict)

    async def ask(self, bearer: str, question: Question) -> Told:
        assert bearer
        assert question.listed is Listed.INSTANCES
        return Told(rows=(self.facts,))


async def test_what_a_door_cannot_tell_is_not_asked_of_it(company: Company, tmp_path: Path) -> None:
    asked = "{who: rex, do: listInstances, expect: {rows: [{how: assigned, through: group}]}}"
    scenario = read_scenario(write(tmp_path, asked))
    mute = Mute(company.client, "v1.0", facts={"how": "assigned", "through": UNTOLD})
    await play(scenario, company, mute)
    others: tuple[Facts, ...] = ({"how": "assigned"}, {"how": "activated", "through": UNTOLD})
    for facts in others:
        with pytest.raises(AssertionError, match="stage 1"):
            await play(scenario, company, replace(mute, facts=facts))


async def test_the_clock_does_not_go_back(company: Company, tmp_path: Path) -> None:
    later, earlier = (GOOD.replace("{who", f"{{at: {at}, who") for at in ("PT2H", "PT1H"))
    scenario = read_scenario(write(tmp_path, later, earlier))
    with pytest.raises(AssertionError, match="is over"):
        await play(scenario, company, GraphDriver(company.client, "v1.0"))
