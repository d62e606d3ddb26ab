"""What comes of role assignments that are put under names."""

from dataclasses import replace

import pytest

from tests.domain.azure.assigning import (
    ALONE,
    CIRCLE,
    CONDITION,
    NAME,
    PLACE,
    READER,
    SAID,
    SLOT,
    SUBSCRIPTION,
    WEB,
    asked,
    facts,
    plain,
    refusal,
)
from tests.support.builders import (
    APPROVER,
    BOSS,
    DAY,
    GROUP,
    HOUR,
    NOON,
    PERSON,
    make_activation,
    make_grant,
    make_principal,
)
from timebound.domain.azure.places import ROOT
from timebound.domain.azure_assignments import (
    Changed,
    Made,
    decide_azure_assignment,
)
from timebound.domain.azure_limits import area_of, is_scarce
from timebound.domain.decide import NewGrant, Refused
from timebound.domain.facts import Facts
from timebound.domain.grants import Grant, GrantKind, Slot, Terms
from timebound.domain.ids import GrantId
from timebound.domain.principals import PrincipalKind
from timebound.domain.problems import Code, Reason
from timebound.domain.roles import (
    AZURE_OWNER,
    GLOBAL_ADMINISTRATOR,
)
from timebound.domain.scopes import DIRECTORY_ROOT, Scope
from timebound.domain.settings import TenantSettings
from timebound.domain.times import ENDLESS, Window

documented = pytest.mark.documented("ARM specification of roleAssignments; arm notes 10")
inferred = pytest.mark.inferred("nothing is published; the stricter reading")


@documented
def test_a_new_one_is_endless_and_says_what_was_asked_and_who_made_it() -> None:
    outcome = decide_azure_assignment(facts(), ALONE, asked(SAID), NOON)
    kept = replace(SAID, created_by=BOSS)
    grant = NewGrant(GrantKind.ASSIGNED, Window(NOON, ENDLESS), terms=kept)
    assert outcome == Made(grant)


@pytest.mark.documented("Azure: conditions of 2.0 unless their version is said")
def test_a_condition_without_a_version_is_of_the_newest() -> None:
    terms = Terms(condition=CONDITION, description="", delegated_identity="")
    outcome = decide_azure_assignment(facts(), ALONE, asked(terms), NOON)
    assert isinstance(outcome, Made)
    assert outcome.grant.terms == Terms(CONDITION, "2.0", created_by=BOSS)
    outcome = decide_azure_assignment(facts(), ALONE, asked(Terms(condition_version="2.0")), NOON)
    assert isinstance(outcome, Made)
    assert outcome.grant.terms == Terms(created_by=BOSS)


@documented
@pytest.mark.parametrize(
    ("terms", "property_", "reason"),
    [
        (Terms(CONDITION, "3.0"), "conditionVersion", Reason.UNKNOWN_VALUE),
        (Terms("@Request[", "2.0"), "condition", Reason.UNREADABLE),
        (Terms("x" * 9_000), "condition", Reason.UNREADABLE),
    ],
)
def test_a_condition_has_to_be_one(terms: Terms, property_: str, reason: Reason) -> None:
    for around in (ALONE, replace(ALONE, named=plain())):
        outcome = decide_azure_assignment(facts(plain()), around, asked(terms), NOON)
        assert isinstance(outcome, Refused)
        assert (outcome.problems[0].property, outcome.problems[0].reason) == (property_, reason)


@documented
def test_the_same_name_again_changes_what_it_says() -> None:
    held = plain(terms=Terms(description="Old", created_by=APPROVER))
    around = replace(ALONE, named=held)
    outcome = decide_azure_assignment(facts(held), around, asked(SAID), NOON)
    after = replace(SAID, created_by=APPROVER, updated_at=NOON, updated_by=BOSS)
    assert outcome == Changed(held, after)
    assert not outcome.is_same
    bare = decide_azure_assignment(facts(held), around, asked(), NOON)
    assert isinstance(bare, Changed)
    assert (bare.terms.description, bare.terms.condition) == (None, None)


@inferred
def test_what_an_old_version_cannot_say_stays() -> None:
    held = plain(terms=replace(SAID, created_by=APPROVER))
    around = replace(ALONE, named=held)
    old = asked(said=frozenset())
    assert decide_azure_assignment(facts(held), around, old, NOON) == Changed(held, held.terms)  # type: ignore[arg-type]  # it has some
    some = asked(Terms(description="New"), said=frozenset({"description"}))
    outcome = decide_azure_assignment(facts(held), around, some, NOON)
    assert isinstance(outcome, Changed)
    assert (outcome.terms.condition, outcome.terms.description) == (CONDITION, "New")


@inferred
def test_what_changes_nothing_is_the_same() -> None:
    held = plain()
    outcome = decide_azure_assignment(facts(held), replace(ALONE, named=held), asked(), NOON)
    assert isinstance(outcome, Changed)
    assert outcome.is_same
    held = plain(terms=replace(SAID, created_by=BOSS))
    outcome = decide_azure_assignment(facts(held), replace(ALONE, named=held), asked(SAID), NOON)
    assert isinstance(outcome, Changed)
    assert outcome.is_same


@documented
@pytest.mark.parametrize(
    "slot",
    [
        Slot(APPROVER, READER.id, PLACE),
        Slot(PERSON, AZURE_OWNER, PLACE),
        Slot(PERSON, READER.id, WEB),
    ],
)
def test_a_name_never_comes_to_another_slot(slot: Slot) -> None:
    around = replace(ALONE, named=plain(slot))
    outcome = decide_azure_assignment(facts(), around, asked(), NOON)
    assert refusal(outcome) == ["changeNotAllowed/cannotChange"]


@documented
@pytest.mark.parametrize(
    "grant",
    [
        plain(id=GrantId("other")),
        make_grant(GrantKind.ASSIGNED, slot=SLOT),
        make_activation(slot=SLOT),
        make_grant(GrantKind.ASSIGNED, NOON + DAY, NOON + 2 * DAY, SLOT),
    ],
)
def test_what_is_held_in_the_slot_is_in_the_way(grant: Grant) -> None:
    outcome = decide_azure_assignment(facts(grant), ALONE, asked(), NOON)
    assert isinstance(outcome, Refused)
    (problem,) = outcome.problems
    assert (problem.code, problem.value) == (Code.OBJECT_CONFLICTS, grant.id)


@documented
def test_being_eligible_is_not() -> None:
    grants = (make_grant(slot=SLOT), plain(ended_at=NOON, id=GrantId("over")))
    assert isinstance(decide_azure_assignment(facts(*grants), ALONE, asked(), NOON), Made)


@inferred
def test_an_activation_is_told_no_other_terms_by_its_name() -> None:
    held = make_activation(slot=SLOT, id=NAME)
    around = replace(ALONE, named=held)
    assert refusal(decide_azure_assignment(facts(held), around, asked(SAID), NOON)) == [
        "objectConflicts"
    ]


@inferred
def test_a_name_of_something_else_is_taken() -> None:
    others = [
        make_grant(slot=SLOT, id=NAME),
        make_grant(GrantKind.ASSIGNED, NOON + HOUR, slot=SLOT, id=NAME),
        make_grant(GrantKind.ASSIGNED, NOON - DAY, NOON - HOUR, SLOT, id=NAME),
        plain(Slot(PERSON, GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT)),
        plain(Slot(PERSON, GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT), ended_at=NOON - HOUR),
    ]
    for named in (None, *others):
        around = replace(ALONE, named=named, is_requested=named is None)
        outcome = decide_azure_assignment(facts(), around, asked(), NOON)
        assert refusal(outcome) == ["objectExists"], named


@pytest.mark.observed("templates name the same assignment alike each time it is made")
def test_a_name_of_what_is_over_is_free() -> None:
    over = plain(Slot(APPROVER, AZURE_OWNER, WEB), ended_at=NOON)
    outcome = decide_azure_assignment(facts(), replace(ALONE, named=over), asked(), NOON)
    assert isinstance(outcome, Made)
    assert outcome.freed == over


@documented
@pytest.mark.parametrize(
    ("found", "codes"),
    [
        (facts(principal=None), ["principalNotFound"]),
        (facts(principal=make_principal(is_deleted=True)), ["principalNotFound"]),
        (facts(role=None), ["roleNotFound"]),
        (facts(role=None, principal=None), ["roleNotFound", "principalNotFound"]),
        (facts(is_scope_known=False), ["scopeNotFound"]),
    ],
)
def test_who_and_what_has_to_be_there(found: Facts, codes: list[str]) -> None:
    assert refusal(decide_azure_assignment(found, ALONE, asked(), NOON)) == codes


@documented
@pytest.mark.parametrize(
    ("kind", "type_", "fits"),
    [
        (PrincipalKind.USER, None, True),
        (PrincipalKind.USER, "user", True),
        (PrincipalKind.GROUP, "Group", True),
        (PrincipalKind.SERVICE_PRINCIPAL, "ServicePrincipal", True),
        (PrincipalKind.SERVICE_PRINCIPAL, "User", False),
        (PrincipalKind.USER, "AgentUser", False),
        (PrincipalKind.GROUP, "ForeignGroup", False),
    ],
)
def test_the_type_has_to_be_that_of_the_principal(
    kind: PrincipalKind, type_: str | None, *, fits: bool
) -> None:
    found = facts(principal=make_principal(kind=kind))
    held = plain()
    for around in (ALONE, replace(ALONE, named=held)):
        outcome = decide_azure_assignment(found, around, asked(principal_type=type_), NOON)
        assert isinstance(outcome, Refused) is not fits
        if not fits:
            assert refusal(outcome) == ["principalNotAllowed/wrongKind"]


@documented
def test_a_custom_role_is_assigned_where_it_can_be() -> None:
    elsewhere = replace(facts(), is_role_offered=False)
    assert refusal(decide_azure_assignment(elsewhere, ALONE, asked(), NOON)) == [
        "roleDoesNotFitScope"
    ]


@documented
@pytest.mark.parametrize(
    ("scope", "count", "may"),
    [
        (PLACE, 3_999, True),
        (PLACE, 4_000, False),
        (WEB, 4_000, False),
        (CIRCLE, 499, True),
        (CIRCLE, 500, False),
        (ROOT, 10_000, True),
    ],
)
def test_there_are_so_many_and_no_more(scope: Scope, count: int, *, may: bool) -> None:
    slot = replace(SLOT, scope=scope)
    around = replace(ALONE, count=count)
    outcome = decide_azure_assignment(facts(slot=slot), around, asked(slot=slot), NOON)
    assert isinstance(outcome, Made) is may
    if not may:
        assert refusal(outcome) == ["quotaExceeded"]
    held = plain(slot)
    full = replace(around, named=held)
    changed = decide_azure_assignment(facts(held, slot=slot), full, asked(SAID, slot), NOON)
    assert isinstance(changed, Changed)


@pytest.mark.inferred("the number is exact where it matters, and holds nobody up elsewhere")
def test_numbers_are_guarded_where_room_is_scarce() -> None:
    settings = TenantSettings()
    assert [is_scarce(PLACE, n, settings) for n in (0, 3_743, 3_744, 5_000)] == [
        *(False, False),
        *(True, True),
    ]
    assert is_scarce(WEB, 3_744, settings)
    assert not is_scarce(ROOT, 10**6, settings)
    few = replace(settings, azure_assignments_per_management_group=2)
    assert is_scarce(CIRCLE, 0, few)
    assert [area_of(one) for one in (ROOT, CIRCLE, PLACE, WEB)] == [
        *("/", CIRCLE.path),
        *(SUBSCRIPTION, SUBSCRIPTION),
    ]


@pytest.mark.inferred("a group holds roles of Azure whatever else it is")
def test_any_group_holds_roles() -> None:
    group = make_principal(GROUP, PrincipalKind.GROUP, is_dynamic=True)
    outcome = decide_azure_assignment(facts(principal=group), ALONE, asked(), NOON)
    assert isinstance(outcome, Made)
