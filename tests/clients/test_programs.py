"""Azure's identity library with the client that it takes when it is told none, unmodified.

That is Azure CLI, which nobody has registered in the demo tenant.
"""

import subprocess
import sys
import webbrowser
from typing import Any, Final

import pytest
from azure.identity import DeviceCodeCredential, InteractiveBrowserCredential

from tests.clients.desk import SCOPE, Desk
from tests.support.drivers import walk
from tests.support.proving import read_claims

NAME: Final = "nora@larkfield.example"
CLI: Final = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
AZURE: Final = "https://management.azure.com/.default"

pytestmark = [
    pytest.mark.client,
    pytest.mark.documented("clients/contract.md, 3.4: known beforehand, without a secret"),
]


def start_walk(desk: Desk, **told: str) -> subprocess.Popen[str]:
    """Somebody who goes to the pages in a browser of their own."""
    who = desk.person("nora")
    environment = {
        "USERNAME_": NAME,
        "PASSWORD_": str(who["password"]),
        "CA_BUNDLE": str(desk.connection["caBundle"]),
    }
    command = [sys.executable, walk.__file__]
    return subprocess.Popen(command, env=environment | told, text=True)


def options_of(desk: Desk) -> dict[str, Any]:
    return {
        "tenant_id": desk.connection["tenantId"],
        "authority": desk.connection["authority"],
        "disable_instance_discovery": True,
    }


def check(credential: DeviceCodeCredential | InteractiveBrowserCredential) -> None:
    """Whether it gets tokens for both APIs, for the second without asking anybody again."""
    claims = read_claims(credential.get_token(AZURE).token)
    assert (claims["azp"], claims["scp"].split()[0]) == (CLI, "user_impersonation")
    assert "Directory.AccessAsUser.All" in read_claims(credential.get_token(SCOPE).token)["scp"]


def test_a_device_code_for_nobodys_client(desk: Desk) -> None:
    def prompt(uri: str, code: str, _: object) -> None:
        assert start_walk(desk, URI=uri, CODE=code).wait(60) == 0

    with DeviceCodeCredential(prompt_callback=prompt, timeout=60, **options_of(desk)) as credential:
        check(credential)


def test_a_browser_for_nobodys_client(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    walks: list[subprocess.Popen[str]] = []

    def open_browser(url: str, *_: object) -> bool:
        walks.append(start_walk(desk, URL=url))
        return True

    monkeypatch.setattr(webbrowser, "open", open_browser)
    with InteractiveBrowserCredential(timeout=60, **options_of(desk)) as credential:
        check(credential)
    assert [one.wait(60) for one in walks] == [0]
