"""What is known of the actions of providers by the built-in roles that name them."""

import pytest

from timebound.application.azure_actions import known_actions, read_action
from timebound.application.azure_catalog import built_in_azure_roles

PARTS = {
    "Microsoft.Compute/virtualMachines/read": ("Microsoft.Compute", "virtualMachines", "read"),
    "Microsoft.Compute/virtualMachines/start/action": (
        "Microsoft.Compute",
        "virtualMachines",
        "start/action",
    ),
    "Microsoft.A/b/c/WRITE": ("Microsoft.A", "b/c", "WRITE"),
    "Microsoft.Compute/register/action": ("Microsoft.Compute", "", "register/action"),
    "Microsoft.A/read": ("Microsoft.A", "", "read"),
}


@pytest.mark.documented("Azure role definitions: {provider}/{type}/{action}")
@pytest.mark.parametrize("name", PARTS)
def test_an_action_has_parts(name: str) -> None:
    found = read_action(name, is_data=True)

    assert found is not None
    assert (found.namespace, found.resource_type, found.verb) == PARTS[name]
    assert (found.name, found.is_data) == (name, True)


NONE = (
    *("*", "*/read", "Microsoft.A/*", "Microsoft.A/b/*/read", "Microsoft.A", "read"),
    *("Microsoft.A/action", "Microsoft.A//read", "Microsoft.A/b/", "Microsoft.A/b/start"),
    "Microsoft.A/b/{c}/read",
)


@pytest.mark.inferred("a pattern names no action, and neither does half a name")
@pytest.mark.parametrize("name", NONE)
def test_what_is_no_action_is_passed_over(name: str) -> None:
    assert read_action(name, is_data=False) is None


@pytest.mark.inferred("roles spell the same action in several casings")
def test_every_action_is_known_once() -> None:
    known = known_actions()
    names = [(one.name.lower(), one.is_data) for one in sum(known.values(), ())]

    assert len(names) == len(set(names)) > 3_000
    assert all(one.namespace.lower() == key for key, found in known.items() for one in found)
    assert all(len({one.namespace for one in found}) == 1 for found in known.values())
    types = {(one.namespace, one.resource_type) for found in known.values() for one in found}
    assert len(types) == len({(name, type_.lower()) for name, type_ in types})


@pytest.mark.inferred("nothing is told that no role names")
def test_actions_come_from_roles() -> None:
    blocks = [block for role in built_in_azure_roles().values() for block in role.permissions]
    plain = {one.strip().lower() for b in blocks for one in (*b.actions, *b.not_actions)}
    on_data = {
        one.strip().lower() for b in blocks for one in (*b.data_actions, *b.not_data_actions)
    }

    for one in sum(known_actions().values(), ()):
        assert one.name.lower() in (on_data if one.is_data else plain)
