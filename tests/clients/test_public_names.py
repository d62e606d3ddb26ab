"""Clients with Microsoft's host names built in, in a namespace, as docs/how-to/origins.md tells."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.namespaces import ENTER
from tests.support.planting import ROOT
from tests.support.running import clean_environment

GUIDE = ROOT / "docs" / "how-to" / "origins.md"


def commands() -> list[list[str]]:
    """The commands of the guide's last section, in their order."""
    text = GUIDE.read_text(encoding="utf-8").partition("## Clients with built-in addresses")[2]
    return [shlex.split(line) for line in text.splitlines() if line.startswith("    ")]


@pytest.mark.client
@pytest.mark.namespace
@pytest.mark.documented("clients/contract.md, mode B: no setting but the certificate")
def test_unmodified_clients_need_nothing_but_the_certificate(tmp_path: Path) -> None:
    enter, serve, ask = commands()
    assert ROOT / enter[0] == ENTER
    assert serve[:4] == ["timebound", "serve", "--profile", "emulator"]
    options = serve[serve.index("--public-names") : serve.index("--connection")]
    known = [sys.executable, str(ROOT / ask[1])]
    stranger = [sys.executable, "-m", "tests.clients.stranger"]
    guest = [sys.executable, "-m", "tests.clients.guest"]
    done = subprocess.run(
        [ENTER, *guest, tmp_path, json.dumps(options), json.dumps([known, stranger])],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**clean_environment(), "PYTHONUNBUFFERED": "1"},
    )
    assert done.returncode == 0, done.stderr
    asked, eligible, tried = done.stdout.splitlines()
    assert asked == "asked https://graph.microsoft.com/v1.0/"
    assert eligible.startswith("eligible: ")
    assert tried == "2 Provisioned"
    assert not list((tmp_path / "data" / "tls").glob("*public*"))
