"""What is done about groups is judged as that, and nothing else is."""

from dataclasses import replace

import pytest

from tests.domain.deciding import told
from tests.support.builders import (
    APPROVER,
    BOSS,
    GROUP,
    PERSON,
    SLOT,
    make_boss_facts,
    make_caller,
    make_draft,
    make_facts,
    make_request,
)
from timebound.application.submitting import check_authority
from timebound.domain.approvals import ReviewResult
from timebound.domain.authority import Target
from timebound.domain.decide import Refused
from timebound.domain.facts import Facts
from timebound.domain.grants import Slot
from timebound.domain.group_requirements import GROUP_REQUIREMENTS
from timebound.domain.ids import RoleId
from timebound.domain.kinds_of_work import WORK, operation_of
from timebound.domain.operations import Operation
from timebound.domain.requests import Action, Draft, Request, RequestKind, Status
from timebound.domain.roles import MEMBER, OWNER, PRIVILEGED_ROLE_ADMINISTRATOR
from timebound.domain.scopes import ScopeKind, group_scope
from timebound.domain.settle import Verdict, check_canceller, decide_approval, decide_extension

ROLES_ALONE = frozenset(
    {
        "RoleManagement.ReadWrite.Directory",
        "RoleAssignmentSchedule.ReadWrite.Directory",
        "RoleEligibilitySchedule.ReadWrite.Directory",
        "PrivilegedAccess.ReadWrite.AzureAD",
    }
)
GROUPS_ALONE = frozenset(
    {
        "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",
        "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup",
    }
)
MEMBERSHIP = Slot(PERSON, MEMBER, group_scope(GROUP))
CREW = Target(GROUP, is_privileged=True)
ACTIONS = [
    (action, kind)
    for kind in RequestKind
    for action in Action
    if kind is RequestKind.ASSIGNMENT
    or action not in (Action.SELF_ACTIVATE, Action.SELF_DEACTIVATE)
]
SLOTS = pytest.mark.parametrize(
    ("slot", "own", "others"),
    [(MEMBERSHIP, GROUPS_ALONE, ROLES_ALONE), (SLOT, ROLES_ALONE, GROUPS_ALONE)],
    ids=["group", "directory"],
)
NOON = make_request().created_at


def facts_of(slot: Slot, permissions: frozenset[str], *, is_own: bool = False) -> Facts:
    who = PERSON if is_own else BOSS
    caller = make_caller(who, PRIVILEGED_ROLE_ADMINISTRATOR, permissions=permissions)
    return replace(make_facts(), caller=caller, slot=slot, target=CREW)


def problems_of(outcome: object) -> list[str]:
    assert isinstance(outcome, Refused)
    return [told(one) for one in outcome.problems]


@pytest.mark.inferred("a permission for roles of the directory does nothing to a group")
def test_every_deed_about_groups_is_one_of_groups_alone() -> None:
    def operations(kind: ScopeKind) -> set[Operation]:
        work = WORK[kind]
        deeds = (work.eligibilities, work.assignments)
        alone = {work.decide, work.read_approvals, work.read_own_approvals}
        return alone | {
            one for d in deeds for one in (d.administer, d.remove, d.use_own, d.read, d.read_own)
        }

    assert operations(ScopeKind.GROUP) == set(GROUP_REQUIREMENTS) - {Operation.READ_GROUP_RESOURCES}
    for kind in ScopeKind:
        if kind is not ScopeKind.GROUP:
            assert operations(kind).isdisjoint(GROUP_REQUIREMENTS)


@pytest.mark.inferred("a permission for roles of the directory does nothing to a group")
@SLOTS
@pytest.mark.parametrize(("action", "kind"), ACTIONS)
def test_no_request_is_made_with_the_permission_for_another_kind(
    slot: Slot,
    own: frozenset[str],
    others: frozenset[str],
    action: Action,
    kind: RequestKind,
) -> None:
    draft = Draft(kind, action, slot)
    is_of_group = slot.scope.kind is ScopeKind.GROUP
    assert (operation_of(draft) in GROUP_REQUIREMENTS) is is_of_group
    right = facts_of(slot, own, is_own=action.is_self)
    wrong = facts_of(slot, others, is_own=action.is_self)
    assert check_authority(right, draft, NOON) == ()
    assert [told(p) for p in check_authority(wrong, draft, NOON)] == ["permissionMissing"]


@pytest.mark.inferred("a permission for roles of the directory does nothing to a group")
@SLOTS
def test_nothing_open_is_settled_with_the_permission_for_another_kind(
    slot: Slot, own: frozenset[str], others: frozenset[str]
) -> None:
    waiting = make_request(make_draft(slot=slot))
    yes = Verdict(ReviewResult.APPROVE, "Fine")

    def settle(permissions: frozenset[str], request: Request) -> list[list[str]]:
        by_administrator = facts_of(slot, permissions)
        approver = make_caller(APPROVER, permissions=permissions)
        by_approver = replace(by_administrator, caller=approver)
        return [
            [told(p) for p in check_canceller(by_administrator, request)],
            problems_of(decide_approval(by_approver, request, yes, NOON)),
        ]

    answered = replace(waiting, status=Status.CANCELED)
    assert settle(own, answered) == [[], ["alreadyDecided"]]
    assert settle(others, waiting) == [["permissionMissing"], ["permissionMissing"]]
    asked = make_draft(Action.SELF_EXTEND, slot=slot)
    extension = make_request(asked, Status.PENDING_ADMIN_DECISION)
    refused = decide_extension(facts_of(slot, others), extension, yes, NOON)
    assert problems_of(refused) == ["permissionMissing"]


@pytest.mark.documented("AUT-008")
def test_who_owns_the_group_administers_it_and_nobody_else_does() -> None:
    owned = replace(CREW, owner_ids=frozenset({BOSS}), is_delegable=True)
    draft = make_draft(Action.ADMIN_ASSIGN, slot=MEMBERSHIP)
    for target, expected in ((owned, []), (CREW, ["accessDenied"])):
        facts = replace(make_boss_facts(), caller=make_caller(BOSS), slot=MEMBERSHIP)
        found = check_authority(replace(facts, target=target), draft, NOON)
        assert [told(p) for p in found] == expected


@pytest.mark.inferred("who decides about a group is judged by what they may do to this group")
@pytest.mark.parametrize("role_id", [MEMBER, OWNER])
def test_no_word_of_an_owner_through_an_application_of_who_asks(role_id: RoleId) -> None:
    slot = replace(MEMBERSHIP, role_id=role_id)
    extension = make_request(
        make_draft(Action.SELF_EXTEND, slot=slot), Status.PENDING_ADMIN_DECISION
    )
    facts = facts_of(slot, GROUPS_ALONE)
    yes = Verdict(ReviewResult.APPROVE, "Fine")
    refused = decide_extension(facts, extension, yes, NOON, through=frozenset({PERSON}))
    assert problems_of(refused) == ["notApprover/ownApplication"]
