"""The decision table a third time, for a role over a subscription and not over the directory."""

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

from tests.domain.deciding import DECIDED, granted, judged, summary
from tests.domain.decision_rows import AZURE_ROWS, ROWS
from tests.domain.test_decision_table_activate import ACTIVATE, ELIGIBLE, LATER
from tests.domain.test_decision_table_assign import UPDATE
from tests.support.builders import (
    APPROVER,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    after,
    endless,
    make_activation,
    make_boss_facts,
    make_caller,
    make_draft,
    make_facts,
    make_request,
    make_strict_policy,
    until,
)
from timebound.application.submitting import judge_draft
from timebound.domain.approvals import ReviewResult
from timebound.domain.azure.permissions import Access, Permission, Rights
from timebound.domain.decide import NewGrant
from timebound.domain.facts import Chain, Eligibility, Facts
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import RoleId
from timebound.domain.policies import Policy
from timebound.domain.requests import Action, Draft, Request, RequestKind
from timebound.domain.roles import PRIVILEGED_ROLE_ADMINISTRATOR, Role
from timebound.domain.scopes import DIRECTORY_ROOT, Scope, ScopeKind
from timebound.domain.settle import Verdict, decide_approval
from timebound.domain.times import AskedSchedule, Instant, Window

for table in sorted(Path(__file__).parent.glob("test_decision_table_*.py")):
    if not table.stem.startswith("test_decision_table_of_"):
        import_module(f"tests.domain.{table.stem}")

SUBSCRIPTION: Final = Scope(ScopeKind.AZURE, "/subscriptions/aaaaaaaa-0000-4000-8000-000000000001")
CONTRIBUTOR: Final = Role(
    RoleId("b24988ac-6180-42a0-ab88-20f7382dd24c"), ScopeKind.AZURE, "Contributor"
)
OWNING: Final = Rights(SUBSCRIPTION, (Access((Permission(("*",)),)),))
"""What who administers roles of the directory may do at the subscription instead."""


class Moved:
    """Facts about a slot of the directory, as they would be about a role over a subscription."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def slot(self, slot: Slot) -> Slot:
        is_here = (slot.role_id, slot.scope) == (self.facts.slot.role_id, DIRECTORY_ROOT)
        return replace(slot, role_id=CONTRIBUTOR.id, scope=SUBSCRIPTION) if is_here else slot

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
        caller = facts.caller
        administers = caller.holds_any(frozenset({PRIVILEGED_ROLE_ADMINISTRATOR}))
        rights = OWNING if administers or caller.is_application else None
        return replace(
            facts,
            slot=self.slot(facts.slot),
            role=facts.role and CONTRIBUTOR,
            target=replace(facts.target, rights=rights),
            grants=self.grants(facts.grants),
            requests=tuple(map(self.request, facts.requests)),
            eligibilities=tuple(map(self.eligibility, facts.eligibilities)),
            chain=Chain(self.grants(facts.chain.dependents), self.grants(facts.chain.supports)),
        )


OTHERWISE: Final = frozenset({"UPD-003"})
"""What is decided otherwise in Azure; the tests below say how."""


def is_of_azure(name: str) -> bool:
    facts, draft, _ = DECIDED[name]
    is_alike = name[:7] in AZURE_ROWS - OTHERWISE
    return is_alike and facts.slot.scope == DIRECTORY_ROOT == draft.slot.scope


LINES: Final = sorted(filter(is_of_azure, DECIDED))


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=ROWS[one[:7]].mark, id=one) for one in LINES]
)
def test_a_role_of_azure_is_decided_about_as_one_of_the_directory_is(name: str) -> None:
    facts, draft, expected = DECIDED[name]
    moved = Moved(facts)
    assert judged(moved.all(), moved.draft(draft)) == expected


@ROWS["ACT-027"].mark
def test_two_windows_of_one_role_never_meet() -> None:
    request = make_request(ACTIVATE)
    caller = make_caller(APPROVER)
    moved = Moved(make_facts(ELIGIBLE, LATER, caller=caller, requests=(request,)))
    verdict = Verdict(ReviewResult.APPROVE, "ok")
    settled = decide_approval(moved.all(), moved.request(request), verdict, NOON)
    assert summary(settled) == "Failed"


UPSERT: Final = pytest.mark.observed("arm notes 3: Bicep files create with AdminUpdate alone")


@UPSERT
@pytest.mark.parametrize("kind", RequestKind)
@pytest.mark.parametrize(
    ("schedule", "policy"),
    [
        (until(NOON + 30 * DAY), None),
        (after(DAY, NOON + DAY), None),
        (endless(), None),
        (AskedSchedule(), None),
        (after(MINUTE), None),
        (until(NOON + 31 * DAY), make_strict_policy()),
        (endless(), make_strict_policy()),
        (AskedSchedule(), make_strict_policy()),
    ],
)
def test_what_changes_nothing_is_decided_about_as_what_assigns(
    kind: RequestKind, schedule: AskedSchedule, policy: Policy | None
) -> None:
    moved = Moved(make_boss_facts(policy=policy))
    update, assign = (
        moved.draft(make_draft(action, kind, schedule))
        for action in (Action.ADMIN_UPDATE, Action.ADMIN_ASSIGN)
    )
    assert judge_draft(moved.all(), update, NOON) == judge_draft(moved.all(), assign, NOON)


@UPSERT
@pytest.mark.parametrize("is_rehearsal", [False, True])
def test_what_changes_nothing_assigns(*, is_rehearsal: bool) -> None:
    draft = replace(UPDATE, is_validation_only=is_rehearsal)
    moved = Moved(make_boss_facts(ELIGIBLE))
    decision = granted(moved.all(), moved.draft(draft))
    assert decision.grant == NewGrant(GrantKind.ASSIGNED, Window(NOON, NOON + 30 * DAY))
    assert decision.endings == ()


@UPSERT
def test_what_changes_nothing_waits_its_turn_as_what_assigns_does() -> None:
    moved = Moved(make_boss_facts(requests=(make_request(),)))
    assert judged(moved.all(), moved.draft(UPDATE)) == "requestPending"


@UPSERT
@pytest.mark.parametrize("action", [Action.ADMIN_EXTEND, Action.ADMIN_REMOVE, Action.ADMIN_RENEW])
def test_nothing_else_makes_up_for_what_is_missing(action: Action) -> None:
    moved = Moved(make_boss_facts())
    draft = moved.draft(make_draft(action, schedule=until(NOON + 30 * DAY)))
    assert judged(moved.all(), draft) == "assignmentMissing"


@ROWS["UPD-005"].mark
@pytest.mark.parametrize("start", [NOON - HOUR, NOON + HOUR])
def test_an_activation_is_something_and_is_not_changed(start: Instant) -> None:
    moved = Moved(make_boss_facts(make_activation(start, start + 2 * HOUR)))
    assert "assignmentMissing" in judged(moved.all(), moved.draft(UPDATE))
