"""What is claimed of OWASP ASVS holds, and docs/asvs.md tells it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.planting import ROOT, plant
from timebound.domain.settings import LONGEST_REMEMBERED, LONGEST_SESSION, TenantSettings
from timebound.identity.flows.interaction import FRESH_FOR
from timebound.identity.lives import LONGEST_LIFE, SHORTEST_LIFE, choose_session_lives
from tools.asvs import FACTS, MET, PAGE, Claim, find_faults, read_claims, write_page

CLAIMS = read_claims((ROOT / FACTS).read_text(encoding="utf-8"))
BRIEF, REMEMBERED = (
    choose_session_lives(TenantSettings(), is_remembered=flag) for flag in (False, True)
)
DECISION = " ".join((ROOT / "docs/adr/0010-sessions.md").read_text(encoding="utf-8").split())


def test_every_claim_has_its_witness() -> None:
    assert find_faults(CLAIMS, ROOT) == []


def test_the_page_is_current() -> None:
    assert (ROOT / PAGE).read_text(encoding="utf-8") == write_page(CLAIMS), "run `make docs`"


def test_the_lives_told_are_those_of_the_code() -> None:
    hour, day, minute = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
    assert f"lasts {BRIEF.absolute // hour} hours, and {BRIEF.idle // hour} hours" in DECISION
    kept = f"remembered {REMEMBERED.absolute // day} days, {REMEMBERED.idle // day} without use"
    assert kept in DECISION
    assert f"they last {SHORTEST_LIFE // minute} to {LONGEST_LIFE // minute} minutes" in DECISION
    assert f"of the last {FRESH_FOR // minute} minutes" in DECISION
    names = ("session_idle", "session_life", "remembered_idle", "remembered_life")
    assert all(f"`{name}`" in DECISION for name in names)
    longest = LONGEST_SESSION // day, LONGEST_REMEMBERED // day
    assert "at most {} days, or {} where it is remembered".format(*longest) in DECISION


@pytest.mark.parametrize(
    "topic", ["any number of browsers", "upstream provider", "NIST SP 800-63B", "We deviate"]
)
def test_the_decision_about_sessions_covers_what_is_asked(topic: str) -> None:
    assert topic in DECISION


# ---- what a claim is held against ------------------------------------------------------------

FIRST = CLAIMS[0]
WITNESS = "test_a.py::test_kept"
FAULTS: dict[str, tuple[Claim, str]] = {
    "no witness": (replace(FIRST, state=MET, witnesses=()), "met without a witness"),
    "a test that is gone": (replace(FIRST, witnesses=("test_a.py::test_gone",)), "there is no"),
    "a file that is gone": (replace(FIRST, witnesses=("test_b.py::test_kept",)), "there is no"),
    "no test": (replace(FIRST, witnesses=("test_a.py::helper",)), "there is no test"),
    "a state of its own": (replace(FIRST, state="nearly", witnesses=(WITNESS,)), "not `nearly`"),
    "no reason": (replace(FIRST, state="not met", reason="", witnesses=()), "say why"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_claim_that_does_not_hold_is_found(name: str, tmp_path: Path) -> None:
    plant(tmp_path, "tests/test_a.py", "def test_kept():\n    pass\n\ndef helper():\n    pass\n")
    sound = [replace(one, witnesses=(WITNESS,)) for one in CLAIMS]
    assert find_faults(sound, tmp_path) == []
    claim, told = FAULTS[name]
    (fault,) = find_faults([claim, *sound[1:]], tmp_path)
    assert fault.startswith(claim.number)
    assert told in fault


def test_every_requirement_is_told_once() -> None:
    assert any("told 0 times" in fault for fault in find_faults(CLAIMS[1:], ROOT))
    assert any("told 2 times" in fault for fault in find_faults([FIRST, *CLAIMS], ROOT))
    more = replace(FIRST, number="7.9.1")
    assert find_faults([*CLAIMS, more], ROOT) == ["7.9.1 is no published requirement"]
