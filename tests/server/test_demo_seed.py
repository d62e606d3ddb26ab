"""The demo tenant holds what its documentation and the clients' scenarios rely on."""

from timebound.application.catalog import built_in_roles_by_name
from timebound.domain.policies.enablement import Enablement
from timebound.server.seed_format import (
    ApplicationKind,
    ApplicationSeed,
    GroupAccess,
    HoldingSeed,
    PolicySeed,
    Seed,
    UserSeed,
    demo_seed,
)

NORA = "nora@larkfield.example"

ADMIN_PERMISSIONS = {
    "Directory.Read.All",
    "Group.Read.All",
    "PrivilegedAccess.ReadWrite.AzureADGroup",
    "PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup",
    "PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup",
    "RoleAssignmentSchedule.ReadWrite.Directory",
    "RoleEligibilitySchedule.ReadWrite.Directory",
    "RoleManagement.ReadWrite.Directory",
    "RoleManagementPolicy.ReadWrite.AzureADGroup",
    "RoleManagementPolicy.ReadWrite.Directory",
    "User.Read.All",
}


def holders(holdings: tuple[HoldingSeed, ...], role: str) -> list[HoldingSeed]:
    return [holding for holding in holdings if holding.role == role]


def user(seed: Seed, name: str) -> UserSeed:
    return next(user for user in seed.users if user.user_principal_name == name)


def application(seed: Seed, kind: ApplicationKind) -> ApplicationSeed:
    return next(one for one in seed.applications if one.kind is kind)


def policy(seed: Seed, role: str) -> PolicySeed | None:
    return next((policy for policy in seed.policies if policy.role == role), None)


def test_about_a_dozen_people_can_sign_in() -> None:
    seed = demo_seed()

    assert 12 <= len(seed.users) <= 15
    assert [
        u.user_principal_name for u in seed.users if (u.password is None) != (not u.account_enabled)
    ] == []


def test_two_people_administer_everything_for_good() -> None:
    seed = demo_seed()
    administrators = holders(seed.assignments, "Global Administrator")

    assert len(administrators) == 2
    assert all(one.start is one.end is None for one in administrators)
    assert all(user(seed, one.principal).account_enabled for one in administrators)


def test_the_named_roles_are_held() -> None:
    seed = demo_seed()

    assert len(holders(seed.assignments, "Privileged Role Administrator")) == 1
    assert len(holders(seed.assignments, "Security Reader")) == 1


def test_helpdesk_people_are_eligible_for_several_roles_and_hold_none() -> None:
    seed = demo_seed()
    helpdesk = [u.user_principal_name for u in seed.users if "Helpdesk" in (u.job_title or "")]

    assert len(helpdesk) == 3
    for name in helpdesk:
        roles = {one.role for one in seed.eligibilities if one.principal == name and one.role}
        assert len(roles) >= 2, name
    assert not {one.principal for one in seed.assignments} & set(helpdesk)


def test_somebody_is_eligible_only_through_a_role_assignable_group() -> None:
    seed = demo_seed()
    eligible = {one.principal for one in seed.eligibilities}
    groups = [g for g in seed.groups if g.display_name in eligible and g.is_assignable_to_role]

    assert [member for group in groups for member in group.members] == ["omar@larkfield.example"]
    assert "omar@larkfield.example" not in eligible


def test_one_person_with_a_password_has_nothing_at_all() -> None:
    seed = demo_seed()
    holding = {one.principal for one in (*seed.assignments, *seed.eligibilities)}
    in_groups = {name for group in seed.groups for name in (*group.members, *group.owners)}

    assert user(seed, NORA).password
    assert NORA not in holding | in_groups


def test_one_role_needs_approval_by_a_group_and_one_a_ticket() -> None:
    seed = demo_seed()
    approving = [p for p in seed.policies if p.role and p.activation.approvers]
    ticketing = [p for p in seed.policies if Enablement.TICKETING in (p.activation.requires or ())]

    assert [p.activation.approvers for p in approving] == [("Role Approvers",)]
    assert len(ticketing) == 1
    for one in (*approving, *ticketing):
        assert one.role
        assert holders(seed.eligibilities, one.role)


def test_groups_are_held_in_every_way_there_is() -> None:
    seed = demo_seed()
    assignable = {group.display_name: group.is_assignable_to_role for group in seed.groups}
    carrying = {one.principal for one in seed.assignments if one.role} & assignable.keys()
    waiting = {one.group for one in seed.policies if one.group and one.activation.approvers}
    inside = [one for one in seed.eligibilities if one.group]
    held = [one for one in seed.assignments if one.group]

    assert all(assignable[name] for name in carrying)
    assert [one for one in inside if one.group in carrying & waiting]
    assert [one for one in inside if one.group in carrying - waiting]
    assert [one for one in inside if one.access is GroupAccess.OWNER]
    assert [one for one in inside if one.principal in assignable]
    assert [one for one in held if one.group and not assignable[one.group]]
    assert all(one.end for one in (*inside, *held))


def test_security_reader_keeps_a_default_without_second_factor() -> None:
    assert policy(demo_seed(), "Security Reader") is None
    assert not built_in_roles_by_name()["Security Reader"].needs_strong_activation


def test_the_confidential_application_may_administer() -> None:
    automation = application(demo_seed(), ApplicationKind.CONFIDENTIAL)

    assert automation.app_id
    assert automation.client_secret
    assert set(automation.permissions.application) >= ADMIN_PERMISSIONS


def test_the_public_application_signs_people_in_on_localhost() -> None:
    tools = application(demo_seed(), ApplicationKind.PUBLIC)

    assert tools.app_id
    assert tools.client_secret is None
    assert tools.redirect_uris == ("http://localhost",)
    assert set(tools.permissions.delegated) >= ADMIN_PERMISSIONS | {"openid", "User.Read"}


def test_every_kind_of_place_is_shown() -> None:
    seed = demo_seed()

    assert [one for one in seed.eligibilities if one.administrative_unit]
    assert [one for one in seed.eligibilities if one.application]
    assert [one for one in seed.eligibilities if one.group]
    assert [one for one in seed.eligibilities if one.role == seed.role_definitions[0].display_name]
    assert [unit for unit in seed.administrative_units if unit.members]
    assert "PIM Group" in {group.display_name for group in seed.groups}
    assert seed.tenant.subscriptions


def test_azure_has_a_tree_with_something_to_activate_in_it() -> None:
    seed = demo_seed()
    first = seed.tenant.subscriptions[0].id
    held = [one for one in seed.assignments if one.scope]
    eligible = [one for one in seed.eligibilities if one.scope]

    assert seed.management_groups
    assert len(seed.tenant.subscriptions) == 2
    assert all(group.resources for group in seed.resource_groups)
    assert [one for one in held if one.end]
    assert [one for one in eligible if one.principal in {g.display_name for g in seed.groups}]
    # The scripts of the clients make somebody eligible at the first subscription themselves.
    assert not [one for one in eligible if one.scope == f"/subscriptions/{first}"]
