"""What becomes of custom role definitions: made, changed, deleted, restored, removed for good."""

from dataclasses import replace

import pytest

from tests.domain.deciding import told
from tests.support.builders import (
    BOSS,
    NOON,
    STRANGER,
    make_application,
    make_boss,
    make_caller,
)
from timebound.domain.authority import Caller
from timebound.domain.decide import Refused
from timebound.domain.directory import KEPT_DELETED
from timebound.domain.ids import RoleId
from timebound.domain.role_changes import (
    CHANGES,
    MOST_CUSTOM_ROLES,
    RoleChange,
    RoleFacts,
    decide_change,
    decide_creation,
    decide_deletion,
    decide_purge,
    decide_restoration,
)
from timebound.domain.roles import GLOBAL_ADMINISTRATOR, Role, RoleDefinition
from timebound.domain.scopes import PROVIDERS, ScopeKind

PUBLISHED = "unifiedRoleDefinition: create, update, delete"
DIRECTORY = ScopeKind.DIRECTORY
READ, UPDATE = "microsoft.directory/applications/read", "microsoft.directory/applications/update"
ACTIONS = frozenset({READ, UPDATE})
ID = RoleId("support")
CUSTOM = RoleDefinition(
    Role(ID, DIRECTORY, "Support", is_built_in=False), "Helps", ID, version=None, actions=(READ,)
)
BUILT_IN = replace(CUSTOM, role=replace(CUSTOM.role, is_built_in=True))
DELETED = replace(CUSTOM, deleted_at=NOON)
FACTS = RoleFacts(make_boss())
THERE = replace(FACTS, definition=CUSTOM, named=frozenset({ID}))


def answer(decision: RoleDefinition | Refused) -> str:
    if not isinstance(decision, Refused):
        return ""
    return ", ".join(told(problem) for problem in decision.problems)


@pytest.mark.documented(PUBLISHED)
def test_a_custom_role_is_made_as_asked() -> None:
    assert decide_creation(FACTS, CUSTOM, ACTIONS) == CUSTOM


@pytest.mark.documented(PUBLISHED)
@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"actions": (READ, "microsoft.directory/moon/read")}, "propertyRefused/unknownAction"),
        ({"actions": ()}, "propertyRefused/missing"),
        ({"resource_scopes": ("/administrativeUnits/north",)}, "propertyRefused/unknownScope"),
        ({"inherits_from": (RoleId("nobody"),)}, "propertyRefused/unknownRole"),
        ({"role": replace(CUSTOM.role, name=" ")}, "propertyRefused/missing"),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, object], refusal: str) -> None:
    asked = replace(CUSTOM, **changes)  # type: ignore[arg-type]  # names of its fields
    assert answer(decide_creation(FACTS, asked, ACTIONS)) == refusal
    change = RoleChange(actions=(), name=" ")
    assert (
        answer(decide_change(THERE, DIRECTORY, change, ACTIONS)) == "propertyRefused/missing, "
        "propertyRefused/missing"
    )


@pytest.mark.inferred("the names of actions are compared in any casing")
def test_actions_in_any_casing() -> None:
    asked = replace(CUSTOM, actions=(READ.upper(),))
    assert decide_creation(FACTS, asked, ACTIONS) == asked
    unknown = replace(CUSTOM, actions=("any/thing",))
    assert decide_creation(FACTS, unknown, None) == unknown


@pytest.mark.documented("unifiedRoleDefinition, inheritsPermissionsFrom")
def test_a_role_inherits_from_built_in_ones() -> None:
    reader = RoleId("reader")
    asked = replace(CUSTOM, inherits_from=(reader,))
    facts = replace(FACTS, built_in=frozenset({reader}))
    assert decide_creation(facts, asked, ACTIONS) == asked


@pytest.mark.inferred("a name finds one role")
def test_a_name_that_is_taken_conflicts() -> None:
    facts = replace(FACTS, named=frozenset({RoleId("other")}))
    assert answer(decide_creation(facts, CUSTOM, ACTIONS)) == "objectConflicts"
    there = replace(THERE, named=frozenset({RoleId("other")}))
    change = RoleChange(name="Taken")
    assert answer(decide_change(there, DIRECTORY, change, ACTIONS)) == "objectConflicts"
    assert answer(decide_change(THERE, DIRECTORY, change, ACTIONS)) == ""


@pytest.mark.documented("Microsoft Entra service limits: 100 custom roles")
def test_there_are_only_so_many() -> None:
    full = replace(FACTS, custom_count=MOST_CUSTOM_ROLES)
    assert answer(decide_creation(full, CUSTOM, ACTIONS)) == "quotaExceeded"
    assert answer(decide_creation(replace(full, custom_count=99), CUSTOM, ACTIONS)) == ""
    restoring = replace(full, definition=DELETED)
    assert answer(decide_restoration(restoring, DIRECTORY, NOON)) == "quotaExceeded"


@pytest.mark.documented(PUBLISHED)
def test_a_change_leaves_what_it_does_not_name() -> None:
    changed = decide_change(THERE, DIRECTORY, RoleChange(description="Reads"), ACTIONS)
    assert changed == replace(CUSTOM, description="Reads")
    disabled = decide_change(THERE, DIRECTORY, RoleChange(is_enabled=False), ACTIONS)
    assert disabled == replace(CUSTOM, role=replace(CUSTOM.role, is_enabled=False))
    more = RoleChange(
        name="New",
        description="",
        is_enabled=True,
        version="2",
        template_id="template",
        actions=(READ, UPDATE),
        resource_scopes=("/",),
        inherits_from=(),
    )
    assert decide_change(THERE, DIRECTORY, more, ACTIONS) == RoleDefinition(
        replace(CUSTOM.role, name="New"), "", "template", version="2", actions=(READ, UPDATE)
    )


@pytest.mark.documented("a built-in role definition can be neither updated nor deleted")
def test_built_in_roles_are_nobodys() -> None:
    facts = replace(FACTS, definition=BUILT_IN)
    refusal = "changeNotAllowed/builtIn"
    assert answer(decide_change(facts, DIRECTORY, RoleChange(), ACTIONS)) == refusal
    assert answer(decide_deletion(facts, DIRECTORY, NOON)) == refusal


@pytest.mark.inferred("what somebody holds cannot be taken away under them")
def test_a_role_in_use_stays() -> None:
    facts = replace(THERE, is_in_use=True)
    assert answer(decide_deletion(facts, DIRECTORY, NOON)) == "changeNotAllowed/inUse"
    assert decide_deletion(THERE, DIRECTORY, NOON) == DELETED
    assert answer(decide_change(facts, DIRECTORY, RoleChange(is_enabled=False), ACTIONS)) == ""


@pytest.mark.documented("directory deletedItems, role definitions")
def test_a_deleted_role_comes_back_or_goes_for_good() -> None:
    facts = replace(FACTS, definition=DELETED, named=frozenset({ID}))
    assert decide_restoration(facts, DIRECTORY, NOON) == CUSTOM
    assert decide_purge(facts, DIRECTORY, NOON) == DELETED
    gone = replace(facts, definition=replace(CUSTOM, deleted_at=NOON - KEPT_DELETED))
    assert answer(decide_restoration(gone, DIRECTORY, NOON)) == "objectNotFound"
    assert answer(decide_purge(gone, DIRECTORY, NOON)) == "objectNotFound"
    taken = replace(facts, named=frozenset({RoleId("other")}))
    assert answer(decide_restoration(taken, DIRECTORY, NOON)) == "objectConflicts"


@pytest.mark.documented(PUBLISHED)
@pytest.mark.parametrize("found", [None, CUSTOM, DELETED], ids=["none", "there", "deleted"])
def test_what_is_not_there_is_not_found(found: RoleDefinition | None) -> None:
    facts = replace(FACTS, definition=found)
    if found is not CUSTOM:
        assert answer(decide_change(facts, DIRECTORY, RoleChange(), None)) == "objectNotFound"
        assert answer(decide_deletion(facts, DIRECTORY, NOON)) == "objectNotFound"
    if found is not DELETED:
        assert answer(decide_restoration(facts, DIRECTORY, NOON)) == "objectNotFound"
        assert answer(decide_purge(facts, DIRECTORY, NOON)) == "objectNotFound"


@pytest.mark.inferred("a role belongs to one provider and is found there alone")
@pytest.mark.parametrize("kind", PROVIDERS)
def test_a_role_of_another_provider_is_not_found(kind: ScopeKind) -> None:
    root = make_caller(BOSS, GLOBAL_ADMINISTRATOR, permissions=_permissions())
    facts = replace(THERE, caller=root)
    assert answer(decide_change(facts, kind, RoleChange(), None)) == "objectNotFound"
    assert answer(decide_deletion(facts, kind, NOON)) == "objectNotFound"


@pytest.mark.documented("permissions of role definitions")
@pytest.mark.parametrize(
    ("caller", "refusal"),
    [
        (make_caller(STRANGER), "accessDenied"),
        (make_boss(is_enabled=False), "callerNotAdmitted"),
        (make_application(("RoleManagement.Read.Directory",)), "permissionMissing"),
    ],
)
@pytest.mark.parametrize("kind", CHANGES)
def test_who_may_not(kind: ScopeKind, caller: Caller, refusal: str) -> None:
    facts = replace(THERE, caller=caller)
    asked = replace(CUSTOM, role=replace(CUSTOM.role, kind=kind))
    answers: tuple[str, ...] = (
        answer(decide_creation(facts, asked, ACTIONS)),
        answer(decide_change(facts, kind, RoleChange(), ACTIONS)),
        answer(decide_deletion(facts, kind, NOON)),
    )
    if kind is DIRECTORY:
        deleted = replace(facts, definition=DELETED)
        answers += (
            answer(decide_restoration(deleted, kind, NOON)),
            answer(decide_purge(deleted, kind, NOON)),
        )
        assert set(answers) == {refusal}
    else:
        assert set(answers) <= {refusal, "permissionMissing"}


def _permissions() -> frozenset[str]:
    return frozenset(
        {
            "EntitlementManagement.ReadWrite.All",
            "DeviceManagementRBAC.ReadWrite.All",
            "RoleManagement.ReadWrite.CloudPC",
            "RoleManagement.ReadWrite.Exchange",
            "RoleManagement.ReadWrite.Defender",
        }
    )
