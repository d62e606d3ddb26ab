"""Clients that leave the signing in to a command: a script walks the real pages for them."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.arriving import C1, Arrivals, ask, authorize_url, find_public_client, redeem
from tests.support.drivers import walk

NAME: Final = "nora@larkfield.example"
GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"

pytestmark = pytest.mark.documented("issue 3: BROWSER_CMD and DEVICE_APPROVE_CMD drive our pages")


def run_walk(connection: dict[str, Any], factor: Path, **told: str) -> str:
    """What the script says, run by somebody as a client's command."""
    password = next(u["password"] for u in connection["users"] if u["userPrincipalName"] == NAME)
    who = {"USERNAME_": NAME, "PASSWORD_": password, "CA_BUNDLE": connection["caBundle"]}
    environment = {**os.environ, **who, "FACTOR_FILE": str(factor), **told}
    command = [sys.executable, walk.__file__]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_browser_is_walked_to_the_client(
    connection: dict[str, Any], client: Arrivals, tmp_path: Path
) -> None:
    back = client.back
    asked = authorize_url(connection, back, claims=C1, login_hint=NAME, response_mode="form_post")
    run_walk(connection, tmp_path / "factor", URL=asked)
    assert (tmp_path / "factor").exists(), "a second factor was set up on the way"
    told = parse_qs(client.told[0])
    assert told["state"] == ["s-1"]
    assert "access_token" in redeem(connection, back, told["code"][0])


def test_a_device_is_walked_to_its_tokens(connection: dict[str, Any], tmp_path: Path) -> None:
    public = find_public_client(connection)
    form = {"client_id": public, "scope": "openid offline_access"}
    codes = ask(connection, "devicecode", form)
    uri = codes["verification_uri"]
    assert urlsplit(uri).netloc == urlsplit(connection["authority"]).netloc
    said = run_walk(connection, tmp_path / "factor", URI=uri, CODE=codes["user_code"])
    assert "Your device goes on" in said
    polled = {"grant_type": GRANT, "device_code": codes["device_code"]}
    told = ask(connection, "token", {**polled, "client_id": public})
    assert "access_token" in told, told
