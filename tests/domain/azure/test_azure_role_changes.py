"""What making, changing and deleting custom roles of Azure comes to."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.builders import NOON, PERSON, make_application, make_caller
from timebound.domain.authority import Caller, Target
from timebound.domain.azure.definitions import AzureDefinition
from timebound.domain.azure.permissions import Access, Permission, Rights
from timebound.domain.azure.places import MANAGEMENT_GROUPS, read_place
from timebound.domain.azure_role_changes import (
    LONGEST_DESCRIPTION,
    LONGEST_NAME,
    MOST_ROLES,
    MOST_SCOPES,
    AskedRole,
    AzureRoleFacts,
    RolePlace,
    decide_deletion,
    decide_put,
)
from timebound.domain.decide import Refused
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.ids import RoleId
from timebound.domain.problems import Code, Problem
from timebound.domain.roles import Role, RoleDefinition
from timebound.domain.scopes import ScopeKind

documented = pytest.mark.documented("Azure: custom roles, and their limits")

ID = RoleId("cccccccc-0000-0000-0000-000000000001")
OTHER_ID = RoleId("cccccccc-0000-0000-0000-000000000002")
ONE = "/subscriptions/00000000-0000-0000-0000-000000000001"
TWO = "/subscriptions/00000000-0000-0000-0000-000000000002"
CIRCLE = f"{MANAGEMENT_GROUPS}/circle"
SQUARE = f"{MANAGEMENT_GROUPS}/square"
WRITE = "Microsoft.Authorization/roleDefinitions/write"
DELETE = "Microsoft.Authorization/roleDefinitions/delete"
CALLER = make_caller(PERSON, permissions=(AZURE_PERMISSION,))
ASKED = AskedRole(ID, "Readers", "Read", (Permission(("*/read",)),), (ONE,))


def place(path: str, *actions: str, is_known: bool = True) -> RolePlace:
    scope = read_place(path)
    assert scope is not None
    rights = Rights(scope, (Access((Permission(actions),)),))
    return RolePlace(scope, Target(rights=rights), is_known)


def facts(*places: RolePlace, caller: Caller = CALLER, **more: Any) -> AzureRoleFacts:  # noqa: ANN401 - fields of the facts
    known = {one.scope.path: one for one in (place(ONE, "*"), place(TWO, "*"), *places)}
    return AzureRoleFacts(caller, here=known[ONE], places=known, **more)


def custom(*scopes: str, kind: ScopeKind = ScopeKind.AZURE, is_built_in: bool = False) -> Any:  # noqa: ANN401 - the definition, to be put into facts
    role = Role(ID, kind, "Readers", is_built_in=is_built_in)
    azure = AzureDefinition((), NOON, "who made it", NOON, "who made it")
    return RoleDefinition(role, "", ID, None, resource_scopes=scopes or (ONE,), azure=azure)


def problems_of(outcome: object) -> list[tuple[str, str | None, str | None]]:
    assert isinstance(outcome, Refused), outcome
    return [(p.code.value, p.property, p.value) for p in outcome.problems]


@documented
def test_a_role_is_made_as_it_was_asked_for() -> None:
    made = decide_put(facts(), replace(ASKED, scopes=(ONE, TWO, ONE)), NOON)
    role = Role(ID, ScopeKind.AZURE, "Readers", is_built_in=False)
    azure = AzureDefinition(ASKED.permissions, NOON, PERSON, NOON, PERSON)
    expected = RoleDefinition(role, "Read", ID, None, resource_scopes=(ONE, TWO), azure=azure)
    assert made == expected


@documented
def test_a_change_replaces_everything_but_who_made_it() -> None:
    made = decide_put(facts(definition=custom(ONE, TWO)), ASKED, NOON)
    assert isinstance(made, RoleDefinition)
    assert made.resource_scopes == (ONE,)
    assert made.azure == AzureDefinition(ASKED.permissions, NOON, "who made it", NOON, CALLER.id)


@documented
@pytest.mark.parametrize("is_deletion", [False, True])
def test_the_caller_needs_the_action_where_they_call(*, is_deletion: bool) -> None:
    wanted, other = (DELETE, WRITE) if is_deletion else (WRITE, DELETE)

    def decide(seen: AzureRoleFacts) -> object:
        return decide_deletion(seen) if is_deletion else decide_put(seen, ASKED, NOON)

    for who in (CALLER, make_application(())):
        allowed = facts(place(ONE, wanted), caller=who, definition=custom())
        assert isinstance(decide(allowed), RoleDefinition)
        lacking = facts(place(ONE, other, "*/read"), caller=who, definition=custom())
        assert problems_of(decide(lacking)) == [("actionNotAllowed", None, ONE)]
    for who in (replace(CALLER, is_enabled=False), make_caller(PERSON, permissions=())):
        assert isinstance(decide(facts(caller=who, definition=custom())), Refused)


@documented
def test_a_place_that_is_not_there_is_no_place_to_call_at() -> None:
    seen = facts(place(ONE, "*", is_known=False))
    assert problems_of(decide_put(seen, ASKED, NOON)) == [("scopeNotFound", None, ONE)]
    assert problems_of(decide_deletion(seen)) == [("scopeNotFound", None, ONE)]


@documented
@pytest.mark.parametrize(
    ("before", "after", "lacking"),
    [
        ((ONE,), (ONE, TWO), [TWO]),
        ((ONE, TWO), (ONE,), [TWO]),
        ((TWO,), (TWO, CIRCLE), [TWO, CIRCLE]),
        ((), (CIRCLE, TWO), [CIRCLE, TWO]),
    ],
)
def test_who_changes_a_role_has_a_say_wherever_it_was_and_will_be(
    before: tuple[str, ...], after: tuple[str, ...], lacking: list[str]
) -> None:
    found = custom(*before) if before else None
    seen = facts(place(TWO, "*/read", DELETE), place(CIRCLE), definition=found)
    outcome = decide_put(seen, replace(ASKED, scopes=after), NOON)
    told = [("actionNotAllowed", "properties.assignableScopes", path) for path in lacking]
    assert problems_of(outcome) == told
    assert isinstance(outcome, Refused)
    assert {problem.names for problem in outcome.problems} == {(WRITE,)}


@documented
def test_who_deletes_a_role_has_a_say_wherever_it_is() -> None:
    seen = facts(place(TWO, WRITE), definition=custom(ONE, TWO))
    told = [("actionNotAllowed", "properties.assignableScopes", TWO)]
    assert problems_of(decide_deletion(seen)) == told


@pytest.mark.inferred("what was not looked at is not known to be allowed")
def test_a_place_that_was_not_loaded_is_closed() -> None:
    seen = facts(definition=custom(CIRCLE))
    told = [("actionNotAllowed", "properties.assignableScopes", CIRCLE)]
    assert problems_of(decide_put(seen, ASKED, NOON)) == told
    assert problems_of(decide_deletion(seen)) == told


@documented
@pytest.mark.parametrize(
    ("asked", "code", "name"),
    [
        ({"scopes": ()}, "propertyRefused", "properties.assignableScopes"),
        ({"scopes": ("/",)}, "propertyRefused", "properties.assignableScopes[0]"),
        ({"scopes": (ONE, "anywhere")}, "propertyRefused", "properties.assignableScopes[1]"),
        ({"scopes": ("",)}, "propertyRefused", "properties.assignableScopes[0]"),
        ({"name": ""}, "propertyRefused", "properties.roleName"),
        ({"name": " \t"}, "propertyRefused", "properties.roleName"),
        ({"name": "n" * (LONGEST_NAME + 1)}, "propertyRefused", "properties.roleName"),
        (
            {"description": "d" * (LONGEST_DESCRIPTION + 1)},
            "propertyRefused",
            "properties.description",
        ),
        (
            {"scopes": (ONE,) * (MOST_SCOPES + 1)},
            "propertyRefused",
            "properties.assignableScopes",
        ),
        ({"scopes": (CIRCLE, SQUARE)}, "propertyRefused", "properties.assignableScopes"),
        (
            {"scopes": (CIRCLE,), "permissions": (Permission((), (), ("*",)),)},
            "propertyRefused",
            "properties.permissions",
        ),
        (
            {"scopes": (ONE, CIRCLE), "permissions": (Permission((), (), (), ("*",)),)},
            "propertyRefused",
            "properties.permissions",
        ),
    ],
)
def test_what_a_role_cannot_be(asked: dict[str, Any], code: str, name: str) -> None:
    seen = facts(place("/", "*"), place(CIRCLE, "*"), place(SQUARE, "*"))
    found = problems_of(decide_put(seen, replace(ASKED, **asked), NOON))
    assert [(one[0], one[1]) for one in found] == [(code, name)]


@documented
def test_what_a_role_can_be_at_the_most() -> None:
    seen = facts(place(CIRCLE, "*"), custom_count=MOST_ROLES - 1)
    widest = replace(
        ASKED,
        name="n" * LONGEST_NAME,
        description="d" * LONGEST_DESCRIPTION,
        scopes=(CIRCLE, *(ONE,) * (MOST_SCOPES - 1)),
        permissions=(),
    )
    assert isinstance(decide_put(seen, widest, NOON), RoleDefinition)


@documented
@pytest.mark.parametrize(
    "action",
    [
        "*",
        "*/read",
        "Microsoft.Compute/*",
        "Microsoft.Compute/virtualMachines/restart/action",
        "Microsoft.CostManagement/*/query/*",
        "microsoft.support/*/READ",
        "Microsoft.Insights/alertRules/*",
        "Microsoft.CostManagement/exports/run*",
    ],
)
def test_actions_may_have_wildcards(action: str) -> None:
    for block in (Permission((action,), (action,)), Permission((), (), (action,), (action,))):
        asked = replace(ASKED, permissions=(block,))
        assert isinstance(decide_put(facts(), asked, NOON), RoleDefinition)


@pytest.mark.observed(
    "InvalidActionOrNotAction: terraform-provider-azurerm#24576, azure-docs#102571"
)
@pytest.mark.parametrize(
    "action", ["", "read", "action", "Microsoft.Compute/", "/read", "a b/read", "a//read", "a/b"]
)
def test_what_is_no_action(action: str) -> None:
    for block, part in (
        (Permission((action,)), "actions"),
        (Permission((), (action,)), "actions"),
        (Permission((), (), (action,)), "dataActions"),
        (Permission((), (), (), (action,)), "dataActions"),
    ):
        outcome = decide_put(facts(), replace(ASKED, permissions=(block,)), NOON)
        told = [("propertyRefused", f"properties.permissions.{part}", action)]
        assert problems_of(outcome) == told


@documented
def test_only_a_management_group_need_not_be_there() -> None:
    absent = place(TWO, "*", is_known=False)
    told = [("scopeNotFound", "properties.assignableScopes", TWO)]
    asked = replace(ASKED, scopes=(ONE, TWO))
    assert problems_of(decide_put(facts(absent), asked, NOON)) == told
    gone = place(CIRCLE, "*", is_known=False)
    asked = replace(ASKED, scopes=(ONE, CIRCLE))
    assert isinstance(decide_put(facts(gone), asked, NOON), RoleDefinition)


@pytest.mark.observed("old SDK tests: RoleDefinitionExists, RoleDefinitionWithSameNameExists")
def test_ids_and_names_belong_to_one_role() -> None:
    taken = [("objectExists", "name", None)]
    assert problems_of(decide_put(facts(is_built_in=True), ASKED, NOON)) == taken
    for found in (
        custom("/", kind=ScopeKind.DIRECTORY),
        custom("/", kind=ScopeKind.EXCHANGE),
        custom(ONE, is_built_in=True),
    ):
        assert problems_of(decide_put(facts(definition=found), ASKED, NOON)) == taken
    named = [("objectConflicts", "properties.roleName", "Readers")]
    for ids in ({OTHER_ID}, {ID, OTHER_ID}):
        assert problems_of(decide_put(facts(named=frozenset(ids)), ASKED, NOON)) == named
    seen = facts(named=frozenset({ID}), definition=custom())
    assert isinstance(decide_put(seen, ASKED, NOON), RoleDefinition)


@documented
def test_a_tenant_has_so_many_roles_and_no_more() -> None:
    full = facts(custom_count=MOST_ROLES)
    assert problems_of(decide_put(full, ASKED, NOON)) == [("quotaExceeded", None, None)]
    there = replace(full, definition=custom())
    assert isinstance(decide_put(there, ASKED, NOON), RoleDefinition), "a change adds none"


@documented
def test_a_role_that_somebody_holds_or_could_hold_stays() -> None:
    outcome = decide_deletion(facts(definition=custom(), is_in_use=True))
    assert problems_of(outcome) == [("changeNotAllowed", None, None)]
    assert decide_deletion(facts(definition=custom())) == custom()


@documented
def test_only_custom_roles_of_azure_are_deleted() -> None:
    outcome = decide_deletion(facts(is_built_in=True))
    assert problems_of(outcome) == [("changeNotAllowed", None, None)]
    for found in (None, custom("/", kind=ScopeKind.DIRECTORY)):
        outcome = decide_deletion(facts(definition=found))
        assert outcome == Refused((Problem(Code.OBJECT_NOT_FOUND),))


@documented
def test_a_scope_where_the_role_is_used_is_not_dropped() -> None:
    used = facts(definition=custom(ONE, TWO), used_at=frozenset({TWO}))
    assert problems_of(decide_put(used, ASKED, NOON)) == [("changeNotAllowed", None, TWO)]
    for scopes in ((TWO.upper(),), (ONE, TWO)):
        seen = replace(used, places={**(used.places or {}), TWO.upper(): place(TWO, "*")})
        assert isinstance(decide_put(seen, replace(ASKED, scopes=scopes), NOON), RoleDefinition)
    elsewhere = replace(used, used_at=frozenset({ONE}))
    assert isinstance(decide_put(elsewhere, ASKED, NOON), RoleDefinition)


@documented
def test_a_scope_that_another_one_covers_is_not_dropped() -> None:
    inside = replace(place(TWO, "*"), around=frozenset({TWO, CIRCLE, "/"}))
    seen = facts(inside, place(CIRCLE, "*"), definition=custom(TWO), used_at=frozenset({TWO}))
    made = decide_put(seen, replace(ASKED, scopes=(CIRCLE,)), NOON)
    assert isinstance(made, RoleDefinition), made
