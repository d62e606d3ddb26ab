"""Production from nothing to a first token, as docs/how-to/operate.md tells it."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.planting import ROOT
from tests.support.running import TIMEBOUND, clean_environment, running

GUIDE = ROOT / "docs" / "how-to" / "operate.md"


def commands() -> list[list[str]]:
    """The commands of the guide's first steps, in their order."""
    text = GUIDE.read_text(encoding="utf-8").partition("## From nothing to a first token")[2]
    lines = (line.strip() for line in text.partition("\n## ")[0].splitlines())
    return [shlex.split(line) for line in lines if line.startswith(("timebound ", "python "))]


def put(command: list[str], places: dict[str, str]) -> list[str]:
    """The command at the places of this test instead of those of the guide."""
    return [places.get(word, word) for word in command]


def run(command: list[str], said: str | None = None, **variables: str) -> str:
    """What a command prints on its standard output; nothing of it may fail."""
    done = subprocess.run(
        command,
        input=said,
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**clean_environment(), **variables},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.client
@pytest.mark.documented("docs/how-to/operate.md, from nothing to a first token")
def test_production_comes_from_nothing_to_a_first_token(tmp_path: Path) -> None:
    serve, give, ask = commands()
    seed = serve[serve.index("--seed") + 1]
    assert put(serve[:2], {}) == ["timebound", "serve"]
    with running(tmp_path, "production", "--seed", str(ROOT / seed)) as service:
        places = {
            "/var/lib/timebound": str(tmp_path / "data"),
            "timebound": str(TIMEBOUND),
            "python": sys.executable,
            "https://pim.example.com:8443": service.connection["graphUrl"],
        }
        secret = run(put(give, places)).strip()
        trusted = service.connection["caBundle"]
        said = run(put(ask, places), secret + os.linesep, SSL_CERT_FILE=trusted)
        assert said.splitlines() == ["Tomas Lind is eligible for Helpdesk Administrator"]
    assert not [line for line in service.log if secret in line]
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("timebound.db*"))
    assert b"Harbour Works" in kept
    assert secret.encode() not in kept
