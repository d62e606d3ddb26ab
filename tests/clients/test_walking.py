"""Clients that leave the signing in to a command: a script walks the real pages for them."""

import os
import ssl
import subprocess
import sys
from http.server import HTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.clients.test_browser import C1, authorize_url, client, redeem
from tests.support.drivers import walk

__all__ = ["client"]
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
    connection: dict[str, Any], client: HTTPServer, tmp_path: Path
) -> None:
    back = f"http://localhost:{client.server_port}"
    asked = authorize_url(connection, back, claims=C1, login_hint=NAME, response_mode="form_post")
    run_walk(connection, tmp_path / "factor", URL=asked)
    assert (tmp_path / "factor").exists(), "a second factor was set up on the way"
    told = parse_qs(client.arrived[0])  # type: ignore[attr-defined]  # ours
    assert told["state"] == ["s-1"]
    assert "access_token" in redeem(connection, back, told["code"][0])


def test_a_device_is_walked_to_its_tokens(connection: dict[str, Any], tmp_path: Path) -> None:
    public = next(one for one in connection["applications"] if not one["clientSecret"])
    tenant = f"{connection['authority']}/{connection['tenantId']}/oauth2/v2.0"
    form = {"client_id": public["clientId"], "scope": "openid offline_access"}
    codes = ask(connection, f"{tenant}/devicecode", form)
    uri = codes["verification_uri"]
    assert urlsplit(uri).netloc == urlsplit(connection["authority"]).netloc
    said = run_walk(connection, tmp_path / "factor", URI=uri, CODE=codes["user_code"])
    assert "Your device goes on" in said
    polled = {"grant_type": GRANT, "device_code": codes["device_code"]}
    told = ask(connection, f"{tenant}/token", {**polled, "client_id": public["clientId"]})
    assert "access_token" in told, told


def ask(connection: dict[str, Any], url: str, form: dict[str, str]) -> dict[str, Any]:
    """What an endpoint answers to a form."""
    trusted = ssl.create_default_context(cafile=connection["caBundle"])
    with httpx.Client(verify=trusted) as caller:
        told: dict[str, Any] = caller.post(url, data=form).json()
    return told
