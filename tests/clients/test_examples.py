"""The examples of the documentation do what they say."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def run(name: str, connection: dict[str, Any], folder: Path) -> list[str]:
    """What an example prints that is run against an emulator."""
    file = folder / "connection.json"
    file.write_text(json.dumps(connection), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, EXAMPLES / name, file],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "SSL_CERT_FILE": connection["caBundle"]},
    )
    return done.stdout.splitlines()


@pytest.mark.client
@pytest.mark.usefixtures("desk")
def test_first_activation_begins_and_ends(connection: dict[str, Any], tmp_path: Path) -> None:
    assert run("first_activation.py", connection, tmp_path) == [
        "eligible for 2 roles",
        "activation Provisioned",
        "active now: ['Activated']",
        "an hour later: []",
    ]


@pytest.mark.client
@pytest.mark.usefixtures("desk")
def test_a_membership_brings_what_the_group_holds(
    connection: dict[str, Any], tmp_path: Path
) -> None:
    assert run("activate_membership.py", connection, tmp_path) == [
        "may become member of one group",
        "before: in [], roles []",
        "activation Provisioned",
        "now: in ['On Call'], roles ['Group']",
        "an hour later: in [], roles []",
    ]


@pytest.mark.client
@pytest.mark.usefixtures("desk")
def test_an_enforcement_point_is_told_what_somebody_may_do(
    connection: dict[str, Any], tmp_path: Path
) -> None:
    assert run("check_access.py", connection, tmp_path) == [
        "before: False",
        "on call: True until",
        "several: [True, False]",
        "an hour later: False",
    ]


@pytest.mark.client
@pytest.mark.usefixtures("desk")
def test_a_role_in_azure_is_activated_and_given_back(
    connection: dict[str, Any], tmp_path: Path
) -> None:
    assert run("activate_azure_role.py", connection, tmp_path) == [
        "eligible: Key Vault Contributor at larkfield-keys",
        "before: assigned []",
        "activation Provisioned",
        "now: assigned ['larkfield-keys']",
        "given back Revoked",
        "then: assigned []",
    ]
