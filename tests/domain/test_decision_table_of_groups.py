"""The decision table once more, for a group in the place of a role."""

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

from tests.domain.deciding import DECIDED, judged, summary
from tests.domain.decision_rows import GROUP_ROWS, ROWS
from tests.domain.test_decision_table_activate import ACTIVATE, ELIGIBLE, LATER
from tests.support.builders import (
    APPROVER,
    GROUP,
    NOON,
    make_caller,
    make_facts,
    make_principal,
    make_request,
)
from timebound.domain.approvals import ReviewResult
from timebound.domain.facts import Chain, Eligibility, Facts
from timebound.domain.grants import Grant, Slot
from timebound.domain.principals import PrincipalKind
from timebound.domain.requests import Draft, Request
from timebound.domain.roles import GROUP_ROLES, MEMBER
from timebound.domain.scopes import DIRECTORY_ROOT, group_scope
from timebound.domain.settle import Verdict, decide_approval

for table in sorted(Path(__file__).parent.glob("test_decision_table_*.py")):
    if table.name != Path(__file__).name:
        import_module(f"tests.domain.{table.stem}")


class Moved:
    """Facts about a slot of the directory, as they would be about the same in a group."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def slot(self, slot: Slot) -> Slot:
        is_here = (slot.role_id, slot.scope) == (self.facts.slot.role_id, DIRECTORY_ROOT)
        return replace(slot, role_id=MEMBER, scope=group_scope(GROUP)) if is_here else slot

    def draft(self, draft: Draft) -> Draft:
        return replace(draft, slot=self.slot(draft.slot))

    def grants(self, grants: tuple[Grant, ...]) -> tuple[Grant, ...]:
        return tuple(
            replace(
                one,
                slot=self.slot(one.slot),
                basis=one.basis and replace(one.basis, slot=self.slot(one.basis.slot)),
            )
            for one in grants
        )

    def request(self, request: Request) -> Request:
        return replace(request, draft=self.draft(request.draft))

    def eligibility(self, found: Eligibility) -> Eligibility:
        return replace(found, slot=self.slot(found.slot), grants=self.grants(found.grants))

    def all(self) -> Facts:
        facts = self.facts
        return replace(
            facts,
            slot=self.slot(facts.slot),
            role=facts.role and GROUP_ROLES[MEMBER],
            governed_group=make_principal(GROUP, PrincipalKind.GROUP, is_role_assignable=False),
            grants=self.grants(facts.grants),
            requests=tuple(map(self.request, facts.requests)),
            eligibilities=tuple(map(self.eligibility, facts.eligibilities)),
            chain=Chain(self.grants(facts.chain.dependents), self.grants(facts.chain.supports)),
        )


def is_of_groups(name: str) -> bool:
    facts, draft, _ = DECIDED[name]
    return name[:7] in GROUP_ROWS and facts.slot.scope == DIRECTORY_ROOT == draft.slot.scope


LINES: Final = sorted(filter(is_of_groups, DECIDED))


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=ROWS[one[:7]].mark, id=one) for one in LINES]
)
def test_a_group_is_decided_about_as_a_role_is(name: str) -> None:
    facts, draft, expected = DECIDED[name]
    moved = Moved(facts)
    assert judged(moved.all(), moved.draft(draft)) == expected


@ROWS["ACT-027"].mark
def test_two_windows_of_one_membership_never_meet() -> None:
    request = make_request(ACTIVATE)
    caller = make_caller(APPROVER)
    moved = Moved(make_facts(ELIGIBLE, LATER, caller=caller, requests=(request,)))
    verdict = Verdict(ReviewResult.APPROVE, "ok")
    settled = decide_approval(moved.all(), moved.request(request), verdict, NOON)
    assert summary(settled) == "Failed"


ELSEWHERE: Final = ("test_decision_table_groups.py", "test_kinds.py")
"""Files here with tests of rows that groups alone have, or have otherwise."""
WITH_LATER_DOORS: Final = {"EXP-003": "mail", "EXP-004": "mail"}
"""Not built yet: row id and what it waits for."""


def say_tested() -> str:
    """The text of every test of groups that is no table of roles."""
    folder = Path(__file__).parents[1] / "scenarios"
    doors = sorted(folder.glob("test_group*.py")) + sorted(folder.glob("test_http_rows_groups*.py"))
    here = (Path(__file__).parent / name for name in ELSEWHERE)
    return "\n".join(file.read_text("utf-8") for file in (*doors, *here))


def test_every_row_about_groups_has_a_test_of_a_group() -> None:
    text, lines = say_tested(), {name[:7] for name in LINES}
    lines.add("ACT-027")
    untested = {row for row in GROUP_ROWS - lines if row not in text}
    assert untested == set(WITH_LATER_DOORS)
