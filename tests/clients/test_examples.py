"""The examples of the documentation do what they say."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


@pytest.mark.client
@pytest.mark.usefixtures("desk")
def test_first_activation_begins_and_ends(connection: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "connection.json"
    file.write_text(json.dumps(connection), encoding="utf-8")

    done = subprocess.run(
        [sys.executable, EXAMPLES / "first_activation.py", file],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "SSL_CERT_FILE": connection["caBundle"]},
    )

    assert done.stdout.splitlines() == [
        "eligible for 2 roles",
        "activation Provisioned",
        "active now: ['Activated']",
        "an hour later: []",
    ]
