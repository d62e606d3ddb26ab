"""Members and owners of groups, past PIM: what begins, what ends, and what is refused."""

from dataclasses import replace

import pytest

from tests.domain.deciding import told
from tests.support.builders import (
    BOSS,
    GROUP,
    HOUR,
    NOON,
    PERSON,
    STRANGER,
    make_activation,
    make_administrator,
    make_boss,
    make_caller,
    make_chain,
    make_facts,
    make_grant,
    make_group_eligibility,
    make_membership,
    make_path,
    make_principal,
)
from timebound.domain.authority import Target
from timebound.domain.decide import NewGrant, Refused
from timebound.domain.facts import Facts
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.memberships import Added, Removed, decide_addition, decide_removal
from timebound.domain.principals import Principal, PrincipalKind
from timebound.domain.roles import GLOBAL_ADMINISTRATOR, MEMBER, OWNER
from timebound.domain.scopes import group_scope
from timebound.domain.times import ENDLESS, Window

CREW = make_principal(GROUP, PrincipalKind.GROUP)
ANY = Target(GROUP)
GLOBAL = make_caller(BOSS, GLOBAL_ADMINISTRATOR)


def slot_of(who: PrincipalId = PERSON, role_id: RoleId = MEMBER) -> Slot:
    return Slot(who, role_id, group_scope(GROUP))


def facts(*grants: Grant, role_id: RoleId = MEMBER, **changes: object) -> Facts:
    who = changes.get("principal", make_principal())
    named = who.id if isinstance(who, Principal) else PERSON
    known = make_facts(
        *grants, caller=GLOBAL, slot=slot_of(named, role_id), governed_group=CREW, eligibilities=()
    )
    return replace(known, **changes)  # type: ignore[arg-type]  # the fields are the test's


def refusal(decision: Added | Removed | Refused) -> list[str]:
    return [told(p) for p in decision.problems] if isinstance(decision, Refused) else []


@pytest.mark.inferred("the design's one relation: a membership is a grant like any other")
@pytest.mark.parametrize("role_id", [MEMBER, OWNER])
def test_a_membership_without_an_end(role_id: RoleId) -> None:
    known = facts(role_id=role_id)
    expected = NewGrant(GrantKind.ASSIGNED, Window(NOON, ENDLESS))
    assert decide_addition([known], ANY, NOON) == Added(((known.slot, expected),))


@pytest.mark.documented("add member: refused where the object is in already, active or assigned")
@pytest.mark.parametrize("kind", GrantKind)
def test_who_is_in_already(kind: GrantKind) -> None:
    known = facts(make_membership(kind=kind))
    expected = [] if kind is GrantKind.ELIGIBLE else ["referenceExists"]
    assert refusal(decide_addition([known], ANY, NOON)) == expected
    assert refusal(decide_addition([facts(make_membership(start=NOON + HOUR))], ANY, NOON)) == []
    assert refusal(decide_addition([facts(make_membership(end=NOON))], ANY, NOON)) == []


@pytest.mark.documented("add member: which kinds of object, and which kinds of group")
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"principal": None}, ["objectNotFound"]),
        ({"principal": make_principal(is_deleted=True)}, ["objectNotFound"]),
        ({"governed_group": None}, ["objectNotFound"]),
        ({"governed_group": replace(CREW, is_dynamic=True)}, ["valueRefused/groupNotManageable"]),
        ({"governed_group": replace(CREW, is_synced=True)}, ["valueRefused/groupNotManageable"]),
        ({"principal": CREW}, ["valueRefused/wrongKind"]),
        ({"principal": make_principal(STRANGER, PrincipalKind.GROUP)}, []),
        (
            {
                "principal": make_principal(STRANGER, PrincipalKind.GROUP),
                "governed_group": replace(CREW, is_role_assignable=True),
            },
            ["valueRefused/wrongKind"],
        ),
    ],
)
def test_who_can_be_a_member(changes: dict[str, object], expected: list[str]) -> None:
    known = facts(**changes)  # type: ignore[arg-type]  # the fields are the test's
    assert refusal(decide_addition([known], ANY, NOON)) == expected


@pytest.mark.documented("add owner: people and service principals own groups, of a rule too")
def test_who_can_be_an_owner() -> None:
    group = make_principal(STRANGER, PrincipalKind.GROUP)
    refused = decide_addition([facts(role_id=OWNER, principal=group)], ANY, NOON)
    assert refusal(refused) == ["valueRefused/wrongKind"]
    program = make_principal(STRANGER, PrincipalKind.SERVICE_PRINCIPAL)
    assert not refusal(decide_addition([facts(role_id=OWNER, principal=program)], ANY, NOON))
    dynamic = replace(CREW, is_dynamic=True)
    assert not refusal(decide_addition([facts(role_id=OWNER, governed_group=dynamic)], ANY, NOON))


@pytest.mark.inferred("all or none")
def test_one_of_many_who_cannot_be_added() -> None:
    other = facts(make_membership(STRANGER), principal=make_principal(STRANGER))
    assert refusal(decide_addition([facts(), other], ANY, NOON)) == ["referenceExists"]


@pytest.mark.inferred("promise 6 of the design: what stood on a membership ends with it")
def test_what_ends_with_a_membership() -> None:
    member, eager = make_membership(), make_membership(kind=GrantKind.ACTIVATED, end=NOON + HOUR)
    ahead = make_membership(start=NOON + HOUR)
    (eligible,) = make_group_eligibility().grants
    running = make_activation(on=eligible)
    known = facts(member, eager, ahead, chain=make_chain((running,), eligible, member, eager))
    decision = decide_removal(known, ANY, NOON)
    assert isinstance(decision, Removed)
    assert [(e.grant, e.at, e.is_cut) for e in decision.endings] == [
        (member, NOON, False),
        (eager, NOON, False),
        (running, NOON, True),
    ]


@pytest.mark.documented("remove member: 404 where the object is not in; being eligible is not")
def test_who_is_not_in() -> None:
    eligible = make_membership(kind=GrantKind.ELIGIBLE)
    assert refusal(decide_removal(facts(), ANY, NOON)) == ["objectNotFound"]
    assert refusal(decide_removal(facts(eligible), ANY, NOON)) == ["objectNotFound"]


@pytest.mark.inferred("promise 11 of the design, by the directory's route")
def test_the_last_administrator_stays_in_their_group() -> None:
    member = make_membership()
    held = make_administrator(GROUP)
    last = (make_path(PERSON, held, member),)
    two = (*last, make_path(STRANGER, make_administrator(STRANGER)))
    assert refusal(decide_removal(facts(member, administrators=last), ANY, NOON)) == [
        "lastAdministrator"
    ]
    assert refusal(decide_removal(facts(member, administrators=two), ANY, NOON)) == []


@pytest.mark.documented("remove owner: the last owner of a group cannot be removed")
def test_the_last_owner_stays() -> None:
    owning = make_grant(GrantKind.ASSIGNED, slot=slot_of(role_id=OWNER))
    known = facts(owning, role_id=OWNER)
    alone = replace(ANY, owner_ids=frozenset({PERSON}))
    two = replace(ANY, owner_ids=frozenset({PERSON, STRANGER}))
    assert refusal(decide_removal(known, alone, NOON)) == ["valueRefused/lastOwner"]
    assert refusal(decide_removal(known, two, NOON)) == []


@pytest.mark.inferred("permission is asked in one place, before anything is told")
def test_who_may() -> None:
    unknown = facts(caller=make_caller(), governed_group=None)
    assert refusal(decide_addition([unknown], ANY, NOON)) == ["accessDenied"]
    assert refusal(decide_removal(unknown, ANY, NOON)) == ["accessDenied"]
    privileged = replace(ANY, is_privileged=True)
    assert refusal(decide_addition([facts(caller=make_boss())], privileged, NOON)) == []
    assert refusal(decide_addition([facts(caller=make_boss())], ANY, NOON)) == ["accessDenied"]
