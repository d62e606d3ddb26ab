"""What becomes of the assignments of providers: to whom they give what, and what ends with them."""

from dataclasses import replace

import pytest

from tests.domain.deciding import told
from tests.support.builders import BOSS, DAY, NOON, PERSON, STRANGER, make_caller
from timebound.domain.bundles import (
    MOST_GRANTS,
    Bundled,
    BundleFacts,
    RoleBundle,
    decide_bundle,
    decide_unbundling,
)
from timebound.domain.decide import Refused
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId, RoleId
from timebound.domain.roles import GLOBAL_ADMINISTRATOR, Role, RoleDefinition
from timebound.domain.scopes import ScopeKind, app_scope_of, part_of, provider_scope
from timebound.domain.times import ENDLESS, Window

PUBLISHED = "unifiedRoleAssignmentMultiple: create, update, delete"
DEVICES, ENTITLEMENTS = ScopeKind.DEVICE_MANAGEMENT, ScopeKind.ENTITLEMENT_MANAGEMENT
ROLE = RoleId("operator")
PEOPLE = (PERSON, STRANGER)
BOSS_OF_ALL = make_caller(
    BOSS,
    GLOBAL_ADMINISTRATOR,
    permissions=("DeviceManagementRBAC.ReadWrite.All", "EntitlementManagement.ReadWrite.All"),
)
ASKED = RoleBundle(
    "bundle", DEVICES, ROLE, NOON, principal_ids=PEOPLE, part_ids=("north",), app_ids=("tag",)
)


def definition(kind: ScopeKind = DEVICES) -> RoleDefinition:
    return RoleDefinition(Role(ROLE, kind, "Operator"), "", ROLE)


FACTS = BundleFacts(
    BOSS_OF_ALL, definition(), principals=frozenset(PEOPLE), objects=frozenset({*PEOPLE, "north"})
)


def hold(number: int, slot: Slot, start: int = 1) -> Grant:
    window = Window(NOON - start * DAY, ENDLESS)
    return Grant(GrantId(f"grant-{number}"), slot, GrantKind.ASSIGNED, window, NOON - DAY)


def standing() -> tuple[RoleBundle, BundleFacts]:
    """A bundle that gives everybody everything, and the facts about it."""
    grants = tuple(hold(number, slot) for number, slot in enumerate(ASKED.slots))
    bundle = replace(ASKED, grant_ids=tuple(grant.id for grant in grants))
    return bundle, replace(FACTS, bundle=bundle, grants=grants)


def bundled(decision: Bundled | Refused) -> Bundled:
    assert isinstance(decision, Bundled), decision
    return decision


def refused(decision: Bundled | Refused) -> str:
    assert isinstance(decision, Refused)
    return ", ".join(told(problem) for problem in decision.problems)


@pytest.mark.documented(PUBLISHED)
def test_each_principal_gets_the_role_at_each_place() -> None:
    made = bundled(decide_bundle(FACTS, ASKED, NOON))
    assert [(slot.principal_id, slot.scope.path) for slot in made.added] == [
        (PERSON, "directory:north"),
        (PERSON, "app:tag"),
        (STRANGER, "directory:north"),
        (STRANGER, "app:tag"),
    ]
    assert (made.bundle, made.endings) == (ASKED, ())


@pytest.mark.inferred("a place is a part of the directory, or a thing of the provider, never both")
def test_places_are_told_apart() -> None:
    part, app = (provider_scope(DEVICES, "x", is_app=is_app) for is_app in (False, True))
    assert part != app
    assert (part_of(part), app_scope_of(part)) == ("x", None)
    assert (part_of(app), app_scope_of(app)) == (None, "x")


@pytest.mark.documented(PUBLISHED)
def test_a_change_keeps_what_stays_and_ends_the_rest() -> None:
    bundle, facts = standing()
    fewer = replace(bundle, principal_ids=(STRANGER,), app_ids=("tag", "other"))
    changed = bundled(decide_bundle(facts, fewer, NOON))
    assert [slot.scope.path for slot in changed.added] == ["app:other"]
    assert {ending.grant.slot.principal_id for ending in changed.endings} == {PERSON}
    kept = {grant.id for grant in facts.grants if grant.slot.principal_id == STRANGER}
    assert set(changed.bundle.grant_ids) == kept
    same = bundled(decide_bundle(facts, replace(bundle, display_name="New"), NOON))
    assert (same.added, same.endings) == ((), ())


@pytest.mark.documented(PUBLISHED)
def test_everything_ends_with_it() -> None:
    bundle, facts = standing()
    other = hold(9, ASKED.slots[0])
    ended = bundled(decide_unbundling(replace(facts, grants=(*facts.grants, other)), DEVICES, NOON))
    assert [ending.grant for ending in ended.endings] == list(facts.grants)
    assert ended.bundle == replace(bundle, ended_at=NOON)


@pytest.mark.inferred("the grants of several overlap; of one at one place there is one assignment")
def test_a_second_assignment_of_the_same() -> None:
    facts = replace(FACTS, grants=(hold(1, ASKED.slots[0]),))
    assert len(bundled(decide_bundle(facts, ASKED, NOON)).added) == 4
    single = RoleBundle(
        "one", ENTITLEMENTS, ROLE, NOON, principal_ids=(PERSON,), app_ids=("/catalog",)
    )
    alone = replace(FACTS, role=definition(ENTITLEMENTS))
    assert len(bundled(decide_bundle(alone, single, NOON)).added) == 1
    held = replace(alone, grants=(hold(1, single.slots[0]),))
    assert refused(decide_bundle(held, single, NOON)) == "objectConflicts"
    over = replace(held.grants[0], ended_at=NOON)
    assert len(bundled(decide_bundle(replace(alone, grants=(over,)), single, NOON)).added) == 1


@pytest.mark.documented(PUBLISHED)
@pytest.mark.parametrize(
    ("facts", "asked", "problem"),
    [
        ({"role": None}, {}, "roleNotFound"),
        ({"role": definition(ScopeKind.CLOUD_PC)}, {}, "roleNotFound"),
        ({"role": replace(definition(), deleted_at=NOON)}, {}, "roleNotFound"),
        (
            {"role": replace(definition(), role=replace(definition().role, is_enabled=False))},
            {},
            "propertyRefused/roleDisabled",
        ),
        ({"principals": frozenset({PERSON})}, {}, "principalNotFound"),
        ({"objects": frozenset()}, {}, "scopeNotFound"),
        ({}, {"principal_ids": ()}, "propertyRefused/missing"),
        ({}, {"part_ids": (), "app_ids": ()}, "propertyRefused/missing"),
        (
            {},
            {"app_ids": tuple(str(number) for number in range(MOST_GRANTS))},
            "propertyRefused/tooMany",
        ),
    ],
)
def test_what_does_not_fit_is_refused(
    facts: dict[str, object], asked: dict[str, object], problem: str
) -> None:
    known = replace(FACTS, **facts)  # type: ignore[arg-type]  # names of its fields
    bundle = replace(ASKED, **asked)  # type: ignore[arg-type]  # names of its fields
    assert refused(decide_bundle(known, bundle, NOON)) == problem


@pytest.mark.inferred("the whole of a directory is no object of it")
def test_the_whole_needs_no_object() -> None:
    assert bundled(decide_bundle(FACTS, replace(ASKED, part_ids=("/",)), NOON)).added


@pytest.mark.inferred("what is not there is not found, whoever has taken it away")
def test_what_is_not_there() -> None:
    bundle, facts = standing()
    gone = replace(facts, bundle=replace(bundle, ended_at=NOON))
    for known in (FACTS, gone):
        assert refused(decide_unbundling(known, DEVICES, NOON)) == "objectNotFound"
    assert refused(decide_unbundling(facts, ENTITLEMENTS, NOON)) == "objectNotFound"


@pytest.mark.documented("permissions of the providers")
def test_who_may_not() -> None:
    stranger = make_caller(
        PrincipalId("mallory"), permissions=("DeviceManagementRBAC.ReadWrite.All",)
    )
    _, facts = standing()
    for caller, problem in ((stranger, "accessDenied"), (make_caller(BOSS), "permissionMissing")):
        known = replace(facts, caller=caller)
        assert refused(decide_bundle(known, ASKED, NOON)) == problem
        assert refused(decide_unbundling(known, DEVICES, NOON)) == problem
