"""Seed files: what they say is kept, and every fault is told with its line and property."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from timebound.domain.policies.enablement import Enablement
from timebound.domain.settings import PendingStatus
from timebound.domain.times import ENDLESS, Window
from timebound.server.seed_format import (
    ApplicationKind,
    GroupAccess,
    HoldingSeed,
    SeedError,
    demo_text,
    read_seed,
    resolve_moment,
)

SEEDED_AT = datetime(2026, 5, 4, 12, tzinfo=UTC)

ANN = "ann@small.example"
NO_MOMENT = "neither an instant with an offset nor a duration in days, hours, minutes, seconds"


def small_seed() -> dict[str, Any]:
    """A small tenant in which everything is right."""
    return {
        "tenant": {
            "id": "aaaaaaaa-0000-4000-8000-000000000001",
            "displayName": "Small",
            "domains": ["small.example"],
        },
        "users": [{"userPrincipalName": ANN, "displayName": "Ann", "password": "pass-word-1"}],
        "groups": [
            {"displayName": "Plain", "members": [ANN]},
            {"displayName": "Powerful", "isAssignableToRole": True, "owners": [ANN]},
        ],
        "administrativeUnits": [{"displayName": "North", "members": [ANN, "Plain"]}],
        "applications": [
            {"displayName": "Robot", "kind": "confidential", "clientSecret": "very-secret"},
            {"displayName": "Tool", "kind": "public"},
        ],
        "roleDefinitions": [{"displayName": "Own Role", "actions": ["microsoft.directory/x/read"]}],
        "eligibilities": [{"principal": "Powerful", "role": "Security Reader"}],
        "assignments": [{"principal": "Robot", "role": "Directory Readers"}],
        "policies": [{"role": "Security Reader", "activation": {"approvers": ["Plain", ANN]}}],
        "settings": {"minimum_active_duration": "PT0S"},
    }


def faults_of(data: object) -> list[str]:
    """The faults of `data` without their place in the text."""
    with pytest.raises(SeedError) as caught:
        read_seed(json.dumps(data))
    return [fault.split(": ", maxsplit=1)[1] for fault in caught.value.faults]


def test_what_a_seed_says_is_kept() -> None:
    seed = read_seed(json.dumps(small_seed()))

    assert seed.tenant.domains == ("small.example",)
    assert seed.users[0].password == "pass-word-1"
    assert seed.users[0].account_enabled
    assert seed.groups[1].is_assignable_to_role
    assert seed.applications[0].kind is ApplicationKind.CONFIDENTIAL
    assert seed.eligibilities[0].role == "Security Reader"
    assert seed.policies[0].activation.approvers == ("Plain", ANN)
    assert seed.policies[0].activation.requires is None
    assert seed.settings.minimum_active_duration == timedelta(0)
    assert seed.settings.pending_status is PendingStatus.PENDING_APPROVAL


def test_a_tenant_alone_is_a_seed() -> None:
    seed = read_seed(json.dumps({"tenant": small_seed()["tenant"]}))

    assert seed.users == ()
    assert seed.policies == ()


def test_a_file_is_read_as_its_text(tmp_path: Path) -> None:
    file = tmp_path / "tenant.yaml"
    file.write_text(json.dumps(small_seed()))

    assert read_seed(file) == read_seed(json.dumps(small_seed()))


def test_a_file_that_is_not_there_or_not_text_is_named(tmp_path: Path) -> None:
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(SeedError, match=r"missing\.yaml: cannot be read"):
        read_seed(tmp_path / "missing.yaml")
    with pytest.raises(SeedError, match=r"binary\.yaml: is not UTF-8 text"):
        read_seed(binary)


def test_a_fault_names_file_line_column_and_property(tmp_path: Path) -> None:
    file = tmp_path / "tenant.yaml"
    file.write_text(
        "tenant:\n"
        "  id: aaaaaaaa-0000-4000-8000-000000000001\n"
        "  displayName: Small\n"
        "  domains: [small.example]\n"
        "users:\n"
        "  - userPrincipalName: ann@small.example\n"
        "    displayName: 7\n"
    )

    with pytest.raises(SeedError) as caught:
        read_seed(file)

    assert caught.value.faults == (f"{file}:7:5: users[0].displayName: expected `str`, got `int`",)


def test_a_property_nobody_knows_is_told_where_it_stands() -> None:
    text = "tenant:\n  id: x\n  displayName: Small\n  domains: [a.example]\n  colour: red\n"

    with pytest.raises(SeedError) as caught:
        read_seed(text)

    assert caught.value.faults == ("seed:5:3: tenant.colour: no such property",)


def test_all_wrong_references_are_told_at_once() -> None:
    text = (
        "tenant: {id: x, displayName: Small, domains: [small.example]}\n"
        "eligibilities:\n"
        "  - principal: nobody@small.example\n"
        "    role: Master of the Universe\n"
    )

    with pytest.raises(SeedError) as caught:
        read_seed(text)

    assert caught.value.faults == (
        "seed:1:10: tenant.id: not a GUID in lower case",
        "seed:3:5: eligibilities[0].principal: `nobody@small.example` is not known here",
        "seed:4:5: eligibilities[0].role: `Master of the Universe` is not known here",
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "seed:1:1: document: expected `object`, got `null`"),
        ("- 1\n", "seed:1:1: document: expected `object`, got `array`"),
        ("tenant: [\n", "seed:2:1: expected the node content, but found '<stream end>'"),
        ("tenant: 1\ntenant: 2\n", "seed:2:1: the key `tenant` is given twice"),
        ("a: 1\n---\nb: 2\n", "seed:2:1: but found another document"),
        ("tenant: \x07\n", "seed: not YAML that can be read"),
        ("? [a]\n: 1\n", "seed:1:3: found unhashable key"),
        ("tenant: !!python/object:os.system {}\n", None),
        ("tenant: &a [*a]\n", None),
        ("[" * 2000, None),
    ],
)
def test_what_is_no_seed_at_all_is_refused(text: str, fault: str | None) -> None:
    with pytest.raises(SeedError) as caught:
        read_seed(text)

    assert len(caught.value.faults) == 1
    assert fault is None or fault in caught.value.faults[0]


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


def test_bounds_count_from_the_moment_of_seeding() -> None:
    holding = HoldingSeed(principal=ANN, role="Security Reader", start="-PT30M", end="P90D")

    assert holding.window(SEEDED_AT) == Window(
        SEEDED_AT - timedelta(minutes=30), SEEDED_AT + timedelta(days=90)
    )


def test_without_bounds_it_starts_at_seeding_and_never_ends() -> None:
    holding = HoldingSeed(principal=ANN, group="Plain")

    assert holding.access is GroupAccess.MEMBER
    assert holding.window(SEEDED_AT) == Window(SEEDED_AT, ENDLESS)


def test_an_instant_is_taken_in_its_own_offset() -> None:
    assert resolve_moment("2027-01-01T02:00:00+02:00", SEEDED_AT) == datetime(
        2027, 1, 1, tzinfo=UTC
    )


@pytest.mark.parametrize("text", ["P1M", "P1Y", "tomorrow", "", "2027-01-01", "P40000D", "P"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        resolve_moment(text, SEEDED_AT)


def test_an_unquoted_instant_in_yaml_is_an_instant() -> None:
    tenant = json.dumps(small_seed()["tenant"])
    text = (
        f"tenant: {tenant}\n"
        f"users: [{{userPrincipalName: {ANN}, displayName: Ann}}]\n"
        f"eligibilities:\n"
        f"  - principal: {ANN}\n"
        f"    role: Security Reader\n"
        f"    end: 2027-01-01T00:00:00Z\n"
    )

    assert read_seed(text).eligibilities[0].end == "2027-01-01T00:00:00Z"


def test_requirements_carry_the_published_names() -> None:
    data = small_seed()
    data["policies"][0]["activation"] = {"requires": ["Ticketing", "MultiFactorAuthentication"]}

    assert read_seed(json.dumps(data)).policies[0].activation.requires == (
        Enablement.TICKETING,
        Enablement.MFA,
    )


def test_the_demo_is_a_template_somebody_can_copy(tmp_path: Path) -> None:
    copy = tmp_path / "mine.yaml"
    copy.write_text(demo_text(), encoding="utf-8")

    assert read_seed(copy).tenant.display_name == "Larkfield Instruments"
