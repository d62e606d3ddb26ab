"""Roles in Azure for a time, lived by the next Azure SDK for Python over HTTPS."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from tests.clients import azure_beta
from tests.clients.desk import Desk

pytestmark = [
    pytest.mark.client,
    pytest.mark.slow,
    pytest.mark.documented("azure-mgmt-authorization 5.0.0b2, which has api-versions of its own"),
]

PYTHON: Final = Path(sys.prefix) / "azure-beta" / "bin" / "python"


def play(desk: Desk, deed: str, folder: Path) -> Any:  # noqa: ANN401 - what the program wrote
    """What the program in the other environment saw."""
    assert PYTHON.exists(), f"{PYTHON} is not there: 'make test' makes it"
    file = folder / "connection.json"
    file.write_text(json.dumps(desk.connection))
    done = subprocess.run(
        [PYTHON, azure_beta.__file__, file, deed],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_role_is_activated_and_ended(desk: Desk, tmp_path: Path) -> None:
    seen = play(desk, "activate", tmp_path)
    children = seen.pop("children")
    assert seen == {
        "version": "5.0.0b2",
        "role": "Reader",
        "eligibility": "Provisioned",
        "rehearsal": "Granted",
        "activation": "Provisioned",
        "held": "Activated",
        "lasts": "1:00:00",
    }
    assert children, "the resource groups of the subscription"
    desk.move_clock(advance="PT10M")
    assert play(desk, "deactivate", tmp_path) == {
        "ended": "Revoked",
        "removed": "Revoked",
        "left": 0,
        "refused": [400, "RoleAssignmentRequestPolicyValidationFailed"],
    }


def test_policies_and_plain_assignments_are_administered(desk: Desk, tmp_path: Path) -> None:
    assert play(desk, "administer", tmp_path) == {
        "longest": ["PT2H"],
        "given": True,
        "taken": [404, "RoleAssignmentNotFound"],
    }
