"""What nodes of the tree of Azure may be called, and which of their actions are asked for."""

import pytest

from timebound.domain.azure.node_names import check_display_name, check_name
from timebound.domain.azure.nodes import type_of
from timebound.domain.azure.places import MANAGEMENT_GROUPS, ROOT, estate_of
from timebound.domain.node_changes import action_on
from timebound.domain.scopes import Scope, ScopeKind

PLANT = "/subscriptions/00000000-0000-0000-0000-0000000000aa"
GROUP = f"{PLANT}/resourceGroups/Line"
SITE = f"{GROUP}/providers/Microsoft.Web/sites/Shop"
EAST = f"{MANAGEMENT_GROUPS}/East"

documented = pytest.mark.documented("Azure: naming rules; resource ids; actions of providers")


def azure(path: str) -> Scope:
    return Scope(ScopeKind.AZURE, path)


@documented
@pytest.mark.parametrize(
    ("path", "is_right"),
    [
        (EAST, True),
        (f"{MANAGEMENT_GROUPS}/a(b)-c_d.e", True),
        (f"{MANAGEMENT_GROUPS}/ends.", False),
        (f"{MANAGEMENT_GROUPS}/7", True),
        (f"{MANAGEMENT_GROUPS}/ends)", True),
        (f"{MANAGEMENT_GROUPS}/-begins", False),
        (f"{MANAGEMENT_GROUPS}/_", False),
        (f"{MANAGEMENT_GROUPS}/(begins)", False),
        (f"{MANAGEMENT_GROUPS}/.begins", False),
        (f"{MANAGEMENT_GROUPS}/with space", False),
        (f"{MANAGEMENT_GROUPS}/{'n' * 90}", True),
        (f"{MANAGEMENT_GROUPS}/{'n' * 91}", False),
        (f"{MANAGEMENT_GROUPS}/Été", False),
        (f"{MANAGEMENT_GROUPS}/北", False),
        (f"{MANAGEMENT_GROUPS}/\u212a", False),
        (GROUP, True),
        (f"{PLANT}/resourceGroups/Été-(北)_ǅ.\uff11", True),
        (f"{PLANT}/resourceGroups/²", False),
        (f"{PLANT}/resourceGroups/e\u0301", False),
        (f"{PLANT}/resourceGroups/Ⅷ", False),
        (f"{PLANT}/resourceGroups/{'é' * 91}", False),
        (f"{PLANT}/resourceGroups/ends.", False),
        (SITE, True),
        (f"{GROUP}/providers/Microsoft.Web/sites/{'n' * 260}", True),
        (f"{GROUP}/providers/Microsoft.Web/sites/{'n' * 261}", False),
        (f"{GROUP}/providers/Microsoft.Web/sites/a<b", False),
        (f"{GROUP}/providers/Microsoft.Web/sites/\x01", False),
        (f"{GROUP}/providers/Web/sites/Shop", False),
        (f"{GROUP}/providers/Microsoft.Web/*/Shop", False),
    ],
)
def test_names(path: str, is_right: bool) -> None:  # noqa: FBT001 - the verdict of the row
    assert (check_name(azure(path)) == ()) is is_right


@documented
@pytest.mark.parametrize(("name", "is_right"), [(None, True), ("", False), ("n" * 91, False)])
def test_display_names(name: str | None, is_right: bool) -> None:  # noqa: FBT001 - the verdict of the row
    assert (check_display_name(name) == ()) is is_right


@documented
@pytest.mark.parametrize(
    ("path", "action", "estate"),
    [
        ("/", "Microsoft.Resources/tenants/read", "/"),
        (EAST, "Microsoft.Management/managementGroups/read", EAST),
        (PLANT, "Microsoft.Resources/subscriptions/read", PLANT),
        (GROUP, "Microsoft.Resources/subscriptions/resourceGroups/read", PLANT),
        (SITE, "Microsoft.Web/sites/read", PLANT),
        (f"{SITE}/slots/blue", "Microsoft.Web/sites/slots/read", PLANT),
    ],
)
def test_actions_follow_from_places(path: str, action: str, estate: str) -> None:
    assert action_on(azure(path), "read") == action
    assert estate_of(azure(path)) == azure(estate)


@documented
def test_a_resource_group_is_told_by_its_short_type() -> None:
    assert type_of(azure(GROUP)) == "Microsoft.Resources/resourceGroups"
    assert type_of(ROOT) == "Microsoft.Resources/tenants"
