"""Faults of a seed whose shapes may be right and whose content is not."""

import json
from typing import Any

import pytest

from tests.support.seeds import ANN, small_seed
from timebound.server.seed_format import SeedError, read_seed

NO_MOMENT = "neither an instant with an offset nor a duration in days, hours, minutes, seconds"


def faults_of(data: object) -> list[str]:
    """The faults of `data` without their place in the text."""
    with pytest.raises(SeedError) as caught:
        read_seed(json.dumps(data))
    return [fault.split(": ", maxsplit=1)[1] for fault in caught.value.faults]


CASES: dict[str, tuple[str, Any, str]] = {
    "tenant id": ("tenant.id", "AAAA", "tenant.id: not a GUID in lower case"),
    "no domain": ("tenant.domains", [], "tenant.domains: expected `array` of length >= 1"),
    "empty name": (
        "users.0.displayName",
        "",
        "users[0].displayName: expected `str` of length >= 1",
    ),
    "user outside the domains": (
        "users.0.userPrincipalName",
        "ann@elsewhere.example",
        "users[0].userPrincipalName: not a name in one of the tenant's domains",
    ),
    "group named as an application": (
        "groups.0.displayName",
        "robot",
        "applications[0].displayName: the same name of a principal is given before",
    ),
    "unknown member": (
        "groups.0.members",
        [ANN, "Nobody"],
        "groups[0].members[1]: `Nobody` is not known here",
    ),
    "application in a unit": (
        "administrativeUnits.0.members",
        ["Robot"],
        "administrativeUnits[0].members[0]: `Robot` is not known here",
    ),
    "unknown kind": (
        "applications.0.kind",
        "secretive",
        "applications[0].kind: invalid enum value 'secretive'",
    ),
    "secret of a public application": (
        "applications.1.clientSecret",
        "told to everybody",
        "applications[1].clientSecret: a public application cannot keep a secret",
    ),
    "rights of a public application": (
        "applications.1.permissions",
        {"application": ["User.Read.All"]},
        "applications[1].permissions.application: a public application cannot act without a user",
    ),
    "permission without that form": (
        "applications.0.permissions",
        {"application": ["User.Read"]},
        "applications[0].permissions.application[0]: `User.Read` is not known here",
    ),
    "custom role named as a built-in one": (
        "roleDefinitions.0.displayName",
        "Global Reader",
        "roleDefinitions[0].displayName: a built-in role has this name",
    ),
    "neither role nor group": (
        "eligibilities.0.role",
        None,
        "eligibilities[0]: either `role` or `group`",
    ),
    "role and group": (
        "eligibilities.0.group",
        "Plain",
        "eligibilities[0]: either `role` or `group`",
    ),
    "access with a role": (
        "eligibilities.0.access",
        "owner",
        "eligibilities[0].access: goes with `group`, not with `role`",
    ),
    "group not assignable to roles": (
        "eligibilities.0.principal",
        "Plain",
        "eligibilities[0].principal: the group is not assignable to roles",
    ),
    "group in itself": (
        "groups.0.members",
        [ANN, "Plain"],
        "groups[0].members[1]: a group is never in itself",
    ),
    "group that owns a group": (
        "groups.1.owners",
        ["Plain"],
        "groups[1].owners[0]: a group cannot own a group",
    ),
    "group in a group for roles": (
        "groups.1.members",
        [ANN, "Plain"],
        "groups[1].members[1]: a group can only be eligible in one that is assignable to roles",
    ),
    "group eligible in itself": (
        "eligibilities",
        [{"principal": "Plain", "group": "Plain"}],
        "eligibilities[0].principal: a group is never in itself",
    ),
    "group eligible to own a group": (
        "eligibilities",
        [{"principal": "Powerful", "group": "Plain", "access": "owner"}],
        "eligibilities[0].principal: a group cannot own a group",
    ),
    "group assigned in a group for roles": (
        "assignments",
        [{"principal": "Plain", "group": "Powerful"}],
        "assignments[0].principal: a group can only be eligible in one that is assignable to roles",
    ),
    "eligible application": (
        "eligibilities.0.principal",
        "Robot",
        "eligibilities[0].principal: an application cannot be eligible",
    ),
    "role that is not for units": (
        "eligibilities.0.administrativeUnit",
        "North",
        "eligibilities[0].role: the role cannot be held at the level `administrativeUnit`",
    ),
    "role that is not for applications": (
        "eligibilities.0.application",
        "Tool",
        "eligibilities[0].role: the role cannot be held at the level `object`",
    ),
    "role that comes with an account": (
        "eligibilities.0.role",
        "Guest User",
        "eligibilities[0].role: the role cannot be held at the level `tenant`",
    ),
    "months": (
        "eligibilities.0.end",
        "P6M",
        f"eligibilities[0].end: {NO_MOMENT}",
    ),
    "date without an offset": (
        "assignments.0.start",
        "2026-01-01T00:00:00",
        f"assignments[0].start: {NO_MOMENT}",
    ),
    "end before the start": (
        "assignments.0.end",
        "-P1D",
        "assignments[0].end: not after the start",
    ),
    "activation of more than a day": (
        "policies.0.activation.maximumDuration",
        "PT25H",
        "policies[0].activation.maximumDuration: not longer than nothing and at most a day",
    ),
    "unknown requirement": (
        "policies.0.activation.requires",
        ["Prayer"],
        "policies[0].activation.requires[0]: invalid enum value 'Prayer'",
    ),
    "unknown authentication context": (
        "policies.0.activation.authenticationContext",
        "c100",
        "policies[0].activation.authenticationContext: not one of c1 to c99",
    ),
    "approving application": (
        "policies.0.activation.approvers",
        ["Robot"],
        "policies[0].activation.approvers[0]: `Robot` is not known here",
    ),
    "assignments of no length": (
        "policies.0.assignment",
        {"maximumDuration": "PT0S"},
        "policies[0].assignment.maximumDuration: not longer than nothing",
    ),
    "value of a setting": (
        "settings.pending_status",
        "Whenever",
        "settings.pending_status: invalid enum value 'Whenever'",
    ),
}


@pytest.mark.parametrize(("place", "value", "fault"), CASES.values(), ids=CASES.keys())
def test_a_fault_is_told_by_its_property(place: str, value: object, fault: str) -> None:
    data = small_seed()
    *way, last = place.split(".")
    target: Any = data
    for step in way:
        target = target[int(step)] if step.isdigit() else target[step]
    target[last] = value

    assert fault in faults_of(data)


def test_a_setting_nobody_knows_is_refused_with_those_there_are() -> None:
    data = small_seed() | {"settings": {"speed": "high"}}

    (fault,) = faults_of(data)

    assert fault.startswith("settings.speed: no such setting; there are license, ")


@pytest.mark.documented("behaviour book 4: MfaAndAcrsConflict")
def test_a_context_and_a_second_factor_cannot_both_be_required() -> None:
    data = small_seed()
    data["policies"][0]["activation"] = {
        "authenticationContext": "c1",
        "requires": ["MultiFactorAuthentication"],
    }

    (fault,) = faults_of(data)

    assert fault.startswith("policies[0].activation.authenticationContext: stands in place of")


@pytest.mark.parametrize("section", ["users", "groups", "eligibilities", "assignments", "policies"])
def test_what_is_given_twice_is_refused(section: str) -> None:
    data = small_seed()
    data[section].append(data[section][0])

    assert [fault for fault in faults_of(data) if "is given before" in fault]


def test_one_id_for_two_things_is_refused() -> None:
    data = small_seed()
    data["users"][0]["id"] = data["tenant"]["id"]

    assert faults_of(data) == ["users[0].id: the same id is given before"]


def test_a_limit_without_a_role_is_refused() -> None:
    data = small_seed()
    data["eligibilities"] = [{"principal": ANN, "group": "Plain", "administrativeUnit": "North"}]

    assert faults_of(data) == [
        "eligibilities[0]: only a role can be limited to a part of the directory"
    ]


def test_faults_never_repeat_secrets() -> None:
    data = small_seed()
    data["users"][0]["password"] = 19750101
    data["applications"][1]["clientSecret"] = "told to everybody"

    assert "19750101" not in str(faults_of(data))
    del data["users"][0]["password"]
    assert "told to everybody" not in str(faults_of(data))


@pytest.mark.documented("ENTRA concept-pim-for-groups")
def test_a_group_may_be_eligible_in_a_group_for_roles_and_in_any_other() -> None:
    groups = ("Powerful", "Plain")
    inner = {"Powerful": "Plain", "Plain": "Powerful"}
    held = [{"principal": inner[group], "group": group} for group in groups]
    seed = read_seed(json.dumps(small_seed() | {"eligibilities": held}))
    assert [holding.group for holding in seed.eligibilities] == list(groups)
