"""Every attack is noticed once the guard against it is gone: each is taken out in turn.

Which guards there are, and which tests notice, stands in tools/guards.yaml.
"""

import shutil
from pathlib import Path

import pytest

from tests.support.planting import ROOT, run_tool
from tools.guards import ATTACKS, FACTS, find_uncovered, read_guards, remove

GUARDS = read_guards(ROOT / FACTS)
RUN = ("python", "-m", "tools.guards")
SHARES = 4
"""In as many processes all guards are taken out: each loads the service once."""
NOTICED = "identity/flows/test_redirects.py::test_nothing_else_is"
BESIDES = "identity/flows/test_redirects.py::test_what_is_registered_is_found_with_its_platform"


def test_every_attack_has_a_guard() -> None:
    assert find_uncovered(GUARDS) == []
    assert find_uncovered([]) == [f"no guard against {one}" for one in ATTACKS]


def test_every_guard_stands_where_it_is_named(tmp_path: Path) -> None:
    said = []
    for number, guard in enumerate(GUARDS):
        package = tmp_path / str(number)
        for name in guard.removal.edits:
            for file in (ROOT / "src/timebound").rglob(Path(name).name):
                copy = package / file.relative_to(ROOT / "src/timebound")
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, copy)
        said.append(f"{guard}: {remove(guard.removal.edits, package)}")
    assert said == [f"{guard}: " for guard in GUARDS]


@pytest.mark.slow
@pytest.mark.documented("issue 3: attack tests, each shown to fail when the guard is removed")
@pytest.mark.parametrize("share", range(SHARES))
def test_attacks_are_noticed_without_the_guard(share: int) -> None:
    status, told = run_tool(ROOT, *RUN, *ATTACKS[share::SHARES], seconds=600)
    assert status == 0, told


FAULTS: dict[str, tuple[str, str, str, str]] = {
    "what is no guard": ("letter by letter", "by letters", NOTICED, "nobody notices"),
    "more than a guard": ("return kind", "return None", NOTICED, "these fail as well"),
    "what is not there": ("return never", "return None", NOTICED, "0 times"),
    "what is there often": ("return ", "yield ", NOTICED, "times: name it as it is"),
    "a test that is not there": ("return kind", "return kind", f"{NOTICED}_more", "cannot be run"),
}


@pytest.mark.slow
def test_what_proves_nothing_is_told(tmp_path: Path) -> None:
    facts = tmp_path / "guards.yaml"
    planted = [
        f"""  {name}:
    edits: {{identity/flows/redirects.py: [["{fragment}", "{instead}"]]}}
    noticed_by: [{noticed_by}]
    besides: [{BESIDES}]
"""
        for name, (fragment, instead, noticed_by, _) in FAULTS.items()
    ]
    facts.write_text("redirect tricks:\n" + "".join(planted), encoding="utf-8")
    status, said = run_tool(ROOT, *RUN, "redirect tricks", "--facts", str(facts))
    assert status == 1, said
    for name, (*_, told) in FAULTS.items():
        line = next(one for one in said.splitlines() if one.startswith(f"redirect tricks: {name}"))
        assert told in line
