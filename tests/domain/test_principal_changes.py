"""Disabling and deleting principals: what ends, and who cannot go."""

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
    make_application,
    make_boss,
    make_caller,
    make_chain,
    make_grant,
    make_group_eligibility,
    make_membership,
    make_object,
    make_path,
    make_request,
)
from timebound.domain.authority import Caller
from timebound.domain.cascade import Ending
from timebound.domain.decide import Refused
from timebound.domain.directory import ObjectKind
from timebound.domain.principal_changes import (
    Changed,
    PrincipalFacts,
    decide_deletion,
    decide_enabling,
)
from timebound.domain.requests import Status
from timebound.domain.roles import GLOBAL_ADMINISTRATOR

GLOBAL = make_caller(BOSS, GLOBAL_ADMINISTRATOR)
ALICE = make_object()
CREW = make_object(GROUP, ObjectKind.GROUP)
FOREVER = make_administrator(PERSON)
LAST = (make_path(PERSON, FOREVER),)
TWO = (*LAST, make_path(STRANGER, make_administrator(STRANGER)))


def facts(**changes: object) -> PrincipalFacts:
    return replace(PrincipalFacts(GLOBAL, ALICE), **changes)  # type: ignore[arg-type]  # the fields are the test's


def refusal(decision: Changed | Refused) -> list[str]:
    return [told(p) for p in decision.problems] if isinstance(decision, Refused) else []


@pytest.mark.inferred("the design's data: what a disabled person holds is masked, not ended")
@pytest.mark.parametrize("is_enabled", [True, False])
def test_disabling_and_enabling_end_nothing(*, is_enabled: bool) -> None:
    known = facts(grants=(make_grant(), make_activation()), requests=(make_request(),))
    decision = decide_enabling(known, is_enabled=is_enabled)
    assert decision == Changed(replace(ALICE, is_enabled=is_enabled))


@pytest.mark.inferred("the design's data: what a deleted principal holds ends with it")
def test_deleting_a_person_ends_what_they_hold_and_asked() -> None:
    eligible, running = make_grant(), make_activation()
    member = make_membership()
    waiting = make_request()
    settled = make_request(status=Status.PROVISIONED)
    known = facts(
        grants=(eligible, running, member),
        requests=(waiting, settled),
        chain=make_chain((running,), eligible, member),
    )
    decision = decide_deletion(known, NOON)
    ended = tuple(Ending(g, NOON, is_cut=True) for g in (eligible, running, member))
    assert decision == Changed(replace(ALICE, deleted_at=NOON), ended, (waiting,))


@pytest.mark.inferred("promise 6 of the design: activations end with the group behind them")
def test_deleting_a_group_cuts_what_its_members_activated_through_it() -> None:
    member = make_membership()
    through = make_group_eligibility(member)
    using = make_activation(on=through.grants[0])
    own = make_activation(NOON - 2 * HOUR, NOON + 2 * HOUR)
    chain = make_chain((using, own), *through.grants, member, make_grant())
    known = facts(object=CREW, grants=(*through.grants, member), chain=chain)
    decision = decide_deletion(known, NOON)
    assert isinstance(decision, Changed)
    assert {(e.grant, e.at) for e in decision.endings} == {
        (grant, NOON) for grant in (*through.grants, member, using)
    }


@pytest.mark.inferred("promise 11 of the design: by any route")
def test_the_last_administrator_is_neither_disabled_nor_deleted() -> None:
    last = facts(grants=(FOREVER,), administrators=LAST)
    assert refusal(decide_enabling(last, is_enabled=False)) == ["lastAdministrator"]
    assert refusal(decide_deletion(last, NOON)) == ["lastAdministrator"]
    assert refusal(decide_enabling(last, is_enabled=True)) == []
    one_of_two = replace(last, administrators=TWO)
    assert refusal(decide_enabling(one_of_two, is_enabled=False)) == []
    assert refusal(decide_deletion(one_of_two, NOON)) == []


@pytest.mark.inferred("promise 11 of the design: by any route, a group among them")
def test_the_group_of_the_last_administrator_is_not_deleted() -> None:
    member = make_membership()
    held = make_administrator(GROUP)
    path = make_path(PERSON, member, held)
    known = facts(object=CREW, grants=(member, held), administrators=(path,))
    assert refusal(decide_deletion(known, NOON)) == ["lastAdministrator"]
    assert refusal(decide_deletion(replace(known, administrators=(path, *LAST)), NOON)) == []


@pytest.mark.inferred("deny by default")
@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        (GLOBAL, []),
        (make_application(), []),
        (make_boss(), ["accessDenied"]),
        (make_caller(), ["accessDenied"]),
        (make_application(("User.Read.All",)), ["permissionMissing"]),
        (replace(GLOBAL, is_enabled=False), ["callerNotAdmitted"]),
    ],
)
def test_who_may(caller: Caller, expected: list[str]) -> None:
    known = facts(caller=caller)
    assert refusal(decide_enabling(known, is_enabled=False)) == expected
    assert refusal(decide_deletion(known, NOON)) == expected


@pytest.mark.inferred("what is not there cannot be changed, and who may not is told nothing of it")
@pytest.mark.parametrize("object_", [None, replace(ALICE, deleted_at=NOON)])
def test_what_is_not_there(object_: object) -> None:
    known = facts(object=object_)
    assert refusal(decide_enabling(known, is_enabled=False)) == ["objectNotFound"]
    assert refusal(decide_deletion(known, NOON)) == ["objectNotFound"]
    unknown = replace(known, caller=make_caller())
    assert refusal(decide_enabling(unknown, is_enabled=False)) == ["accessDenied"]
    assert refusal(decide_deletion(unknown, NOON)) == ["accessDenied"]


@pytest.mark.inferred("groups and units are deleted, not disabled; a kind asked for is that kind")
def test_what_can_be_done_to_which_kind() -> None:
    crew = facts(object=CREW)
    assert refusal(decide_enabling(crew, is_enabled=False)) == ["objectNotFound"]
    assert refusal(decide_deletion(crew, NOON)) == []
    assert refusal(decide_deletion(crew, NOON, ObjectKind.USER)) == ["objectNotFound"]
