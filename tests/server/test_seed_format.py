"""Seed files: what they say is kept, and every fault is told with its line and property."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.seeds import ANN, small_seed
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
