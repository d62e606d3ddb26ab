"""What comes of taking role assignments away, and of elevating access."""

from dataclasses import replace

import pytest

from tests.domain.azure.assigning import (
    ALONE,
    CIRCLE,
    NAME,
    PLACE,
    READER,
    SLOT,
    WEB,
    asked,
    facts,
    plain,
    refusal,
)
from tests.support.builders import (
    APPROVER,
    BOSS,
    NOON,
    PERSON,
    make_activation,
    make_application,
    make_boss_facts,
    make_caller,
    make_facts,
    make_grant,
)
from timebound.domain.authority import Target
from timebound.domain.azure.permissions import Access, Permission, Rights
from timebound.domain.azure.places import ROOT
from timebound.domain.azure_assignments import (
    Made,
    decide_azure_assignment,
    decide_azure_unassignment,
    decide_elevation,
)
from timebound.domain.decide import NewGrant
from timebound.domain.grants import Grant, GrantKind, Slot, Terms
from timebound.domain.ids import GrantId, RoleId
from timebound.domain.roles import (
    AZURE_OWNER,
    AZURE_USER_ACCESS_ADMINISTRATOR,
    GLOBAL_ADMINISTRATOR,
)
from timebound.domain.scopes import Scope
from timebound.domain.times import ENDLESS, Window

documented = pytest.mark.documented("ARM specification of roleAssignments; arm notes 10")
inferred = pytest.mark.inferred("nothing is published; the stricter reading")


def limited(action: str, source: str) -> Target:
    """The rights of somebody who may assign, and take away, the role of readers alone."""
    condition = (
        f"(!(ActionMatches{{'Microsoft.Authorization/roleAssignments/{action}'}})) OR "
        f"(@{source}[Microsoft.Authorization/roleAssignments:RoleDefinitionId] "
        f"ForAnyOfAnyValues:GuidEquals {{{READER.id}}})"
    )
    return Target(rights=Rights(PLACE, (Access((Permission(("*",)),), condition),)))


@pytest.mark.documented("Azure: constrained delegation")
@pytest.mark.parametrize(("role", "may"), [(READER.id, True), (AZURE_OWNER, False)])
def test_who_assigns_on_a_condition_assigns_within_it(role: RoleId, *, may: bool) -> None:
    slot = replace(SLOT, role_id=role)
    found = facts(slot=slot, target=limited("write", "Request"))
    outcome = decide_azure_assignment(found, ALONE, asked(slot=slot), NOON)
    assert isinstance(outcome, Made) is may
    held = plain(slot)
    found = facts(held, slot=slot, target=limited("delete", "Resource"))
    around = replace(ALONE, owner_ids=frozenset({APPROVER}))
    ended = decide_azure_unassignment(found, around, NAME, NOON)
    assert isinstance(ended, tuple) is may


@documented
def test_nobody_assigns_without_the_right() -> None:
    for found in (
        facts(target=Target()),
        facts(target=Target(rights=Rights(PLACE))),
        facts(caller=make_application(()), target=Target(rights=Rights(PLACE))),
    ):
        outcome = decide_azure_assignment(found, replace(ALONE, is_requested=True), asked(), NOON)
        assert refusal(outcome) == ["actionNotAllowed"]
        ended = decide_azure_unassignment(replace(found, grants=(plain(),)), ALONE, NAME, NOON)
        assert refusal(ended) == ["actionNotAllowed"]
    mute = facts(caller=make_caller(BOSS, permissions=("User.Read",)))
    assert refusal(decide_azure_assignment(mute, ALONE, asked(), NOON)) == ["permissionMissing"]


@documented
@pytest.mark.parametrize(
    "grant",
    [
        plain(),
        make_activation(slot=SLOT, id=NAME),
        make_grant(GrantKind.ASSIGNED, id=NAME, slot=SLOT),
    ],
)
def test_whatever_it_is_ends(grant: Grant) -> None:
    ended = decide_azure_unassignment(facts(grant), ALONE, NAME, NOON)
    assert isinstance(ended, tuple)
    assert [(ending.grant.id, ending.at) for ending in ended] == [(NAME, NOON)]


@documented
def test_what_is_gone_is_not_found() -> None:
    for grant in (plain(ended_at=NOON), plain(id=GrantId("other")), make_grant(slot=SLOT, id=NAME)):
        ended = decide_azure_unassignment(facts(grant), ALONE, NAME, NOON)
        assert refusal(ended) == ["objectNotFound"]


@pytest.mark.documented("Azure: troubleshoot RBAC, the last Owner of a subscription")
@pytest.mark.parametrize(
    ("role", "scope", "owners", "is_global", "may"),
    [
        (AZURE_OWNER, PLACE, (), False, False),
        (AZURE_OWNER, PLACE, (PERSON,), False, False),
        (AZURE_OWNER, PLACE, (PERSON, APPROVER), False, True),
        (AZURE_OWNER, PLACE, (PERSON,), True, True),
        (AZURE_OWNER, WEB, (PERSON,), False, True),
        (AZURE_OWNER, CIRCLE, (PERSON,), False, True),
        (AZURE_USER_ACCESS_ADMINISTRATOR, PLACE, (), False, True),
        (READER.id, PLACE, (), False, True),
    ],
)
def test_the_last_owner_of_a_subscription_stays(
    role: RoleId,
    scope: Scope,
    owners: tuple[str, ...],
    *,
    is_global: bool,
    may: bool,
) -> None:
    slot = Slot(PERSON, role, scope)
    caller = make_caller(BOSS, *([GLOBAL_ADMINISTRATOR] if is_global else []))
    found = facts(plain(slot), slot=slot, caller=caller)
    around = replace(ALONE, owner_ids=frozenset(owners))  # type: ignore[arg-type]  # ids of people
    ended = decide_azure_unassignment(found, around, NAME, NOON)
    assert isinstance(ended, tuple) is may
    if not may:
        assert refusal(ended) == ["lastAdministrator"]


ELEVATED = Slot(PERSON, AZURE_USER_ACCESS_ADMINISTRATOR, ROOT)


@pytest.mark.documented("Azure: elevate access of a Global Administrator")
def test_global_administrators_elevate_their_access() -> None:
    boss = make_caller(PERSON, GLOBAL_ADMINISTRATOR)
    outcome = decide_elevation(make_facts(slot=ELEVATED, caller=boss), NOON)
    terms = Terms(created_by=PERSON)
    assert outcome == NewGrant(GrantKind.ASSIGNED, Window(NOON, ENDLESS), terms=terms)
    held = plain(ELEVATED)
    assert decide_elevation(make_facts(held, slot=ELEVATED, caller=boss), NOON) == held


@pytest.mark.documented("Azure: elevate access of a Global Administrator")
def test_nobody_else_does() -> None:
    owner = make_boss_facts(slot=ELEVATED)
    assert refusal(decide_elevation(owner, NOON)) == ["accessDenied"]
    robot = make_application((), GLOBAL_ADMINISTRATOR)
    assert refusal(decide_elevation(make_facts(slot=ELEVATED, caller=robot), NOON)) == [
        "accessDenied"
    ]
    mute = make_caller(PERSON, GLOBAL_ADMINISTRATOR, permissions=("User.Read",))
    assert refusal(decide_elevation(make_facts(slot=ELEVATED, caller=mute), NOON)) == [
        "permissionMissing"
    ]
