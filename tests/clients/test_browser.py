"""Somebody who signs in with a real browser, on a running service."""

import ssl
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.virtual_authenticator import VirtualAuthenticatorOptions
from selenium.webdriver.support.expected_conditions import (
    element_to_be_clickable,
    title_contains,
)
from selenium.webdriver.support.wait import WebDriverWait

from tests.clients.browsing import open_chromium
from tests.support.drivers.walk import make_code

VERIFIER: Final = "v" * 43
C1: Final = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
NAME: Final = "hana@larkfield.example"
OTHER: Final = "luca@larkfield.example"
FAVICON: Final = "favicon.ico"
PATIENCE: Final = 20

pytestmark = [
    pytest.mark.browser,
    pytest.mark.documented("issue 3: sign-in with consent and step-up in headless Chromium"),
]


class _Arrivals(BaseHTTPRequestHandler):
    """The client: it notes where the browser comes in."""

    def do_GET(self) -> None:
        """Notes the address."""
        self._note(self.path)

    def do_POST(self) -> None:
        """Notes the form."""
        self._note(self.rfile.read(int(self.headers["content-length"])).decode())

    def _note(self, told: str) -> None:
        self.server.arrived.append(told)  # type: ignore[attr-defined]  # ours
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<title>Arrived</title>")

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def client() -> Iterator[HTTPServer]:
    """A client that waits on a port of its own."""
    server = HTTPServer(("localhost", 0), _Arrivals)
    server.arrived = []  # type: ignore[attr-defined]  # ours
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def chromium(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    """A browser with an empty profile."""
    with open_chromium(tmp_path / "profile") as browser:
        yield browser


def press(browser: webdriver.Chrome, label: str) -> None:
    """Presses the button with this label, once the page that has it is there."""
    path = f"//button[normalize-space()={label!r}]"
    waiting = WebDriverWait(browser, PATIENCE, ignored_exceptions=[StaleElementReferenceException])
    waiting.until(element_to_be_clickable((By.XPATH, path))).click()


def write(browser: webdriver.Chrome, name: str, text: str) -> None:
    """Types into a field."""
    field = browser.find_element(By.NAME, name)
    field.clear()
    field.send_keys(text)


def authorize_url(connection: dict[str, Any], back: str, **more: str) -> str:
    """Where a public client sends the browser."""
    public = next(one for one in connection["applications"] if not one["clientSecret"])
    challenge = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
    asked = {
        "client_id": public["clientId"],
        "response_type": "code",
        "redirect_uri": back,
        "scope": "openid Mail.Read",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "state": "s-1",
    }
    path = f"{connection['authority']}/{connection['tenantId']}/oauth2/v2.0/authorize"
    return f"{path}?{urlencode(asked | more)}"


def complaints(browser: webdriver.Chrome) -> list[str]:
    """What the browser's console says against a page: a policy that is broken among it."""
    logged: list[dict[str, Any]] = browser.get_log("browser")  # type: ignore[no-untyped-call]  # theirs
    told = [str(one["message"]) for one in logged]
    return [one for one in told if FAVICON not in one and "400 (Bad Request)" not in one]


def test_signing_in_stepping_up_and_consenting(
    connection: dict[str, Any], client: HTTPServer, chromium: webdriver.Chrome
) -> None:
    back = f"http://localhost:{client.server_port}"
    password = next(u["password"] for u in connection["users"] if u["userPrincipalName"] == NAME)
    chromium.get(authorize_url(connection, back, claims=C1, login_hint=NAME))
    assert chromium.title.startswith("Sign in")
    assert chromium.switch_to.active_element.get_attribute("name") == "password"
    write(chromium, "password", "wrong")
    press(chromium, "Sign in")
    assert "is wrong" in chromium.find_element(By.ID, "trouble").text
    write(chromium, "password", password)
    press(chromium, "Sign in")
    secret = chromium.find_element(By.ID, "secret").text
    assert chromium.find_element(By.CSS_SELECTOR, ".qr svg").size["width"] > 150
    write(chromium, "code", make_code(secret))
    press(chromium, "Set it up")
    assert len(chromium.find_elements(By.CSS_SELECTOR, ".codes li")) == 10
    chromium.find_element(By.CSS_SELECTOR, "a.button").click()
    assert chromium.title.startswith("Permissions")
    press(chromium, "Agree")
    arrive(chromium, "Arrived")
    assert complaints(chromium) == []
    (arrived,) = [one for one in client.arrived if FAVICON not in one]  # type: ignore[attr-defined]  # ours
    told = parse_qs(urlsplit(arrived).query)
    assert (told["state"], told["iss"][0].split("/")[2]) == (
        ["s-1"],
        urlsplit(connection["authority"]).netloc,
    )
    tokens = redeem(connection, back, told["code"][0])
    assert "access_token" in tokens, tokens


def redeem(connection: dict[str, Any], back: str, code: str) -> dict[str, Any]:
    """The tokens for a code."""
    public = next(one for one in connection["applications"] if not one["clientSecret"])
    form = {
        "grant_type": "authorization_code",
        "client_id": public["clientId"],
        "code": code,
        "redirect_uri": back,
        "code_verifier": VERIFIER,
    }
    path = f"{connection['authority']}/{connection['tenantId']}/oauth2/v2.0/token"
    trusted = ssl.create_default_context(cafile=connection["caBundle"])
    with httpx.Client(verify=trusted) as caller:
        told: dict[str, Any] = caller.post(path, data=form).json()
    return told


@pytest.mark.documented("WebAuthn level 2; issue 3: passkeys")
def test_a_passkey_is_made_and_proved_with(
    connection: dict[str, Any], client: HTTPServer, chromium: webdriver.Chrome
) -> None:
    tenant = f"{connection['authority']}/{connection['tenantId']}"
    back = f"http://localhost:{client.server_port}"
    password = next(u["password"] for u in connection["users"] if u["userPrincipalName"] == OTHER)
    key = VirtualAuthenticatorOptions(
        has_user_verification=True, is_user_verified=True, has_resident_key=True
    )
    chromium.add_virtual_authenticator(key)
    chromium.get(f"{tenant}/security")
    write(chromium, "username", OTHER)
    write(chromium, "password", password)
    press(chromium, "Sign in")
    press(chromium, "Add a passkey")
    press(chromium, "Make the passkey")
    arrive(chromium, "Recovery codes")
    chromium.delete_all_cookies()
    chromium.get(authorize_url(connection, back, claims=C1, login_hint=OTHER, scope="openid"))
    write(chromium, "password", password)
    press(chromium, "Sign in")
    press(chromium, "Use a passkey")
    arrive(chromium, "Arrived")
    assert complaints(chromium) == []


def arrive(browser: webdriver.Chrome, title: str) -> None:
    """Waits for a page."""
    WebDriverWait(browser, PATIENCE).until(title_contains(title))


def test_an_answer_is_posted_by_the_page_itself(
    connection: dict[str, Any], client: HTTPServer, chromium: webdriver.Chrome
) -> None:
    back = f"http://localhost:{client.server_port}"
    asked = authorize_url(connection, back, prompt="none", response_mode="form_post")
    chromium.get(asked)
    arrive(chromium, "Arrived")
    assert complaints(chromium) == []
    form = parse_qs(next(one for one in client.arrived if FAVICON not in one))  # type: ignore[attr-defined]  # ours
    assert (form["error"], form["state"]) == (["login_required"], ["s-1"])


@pytest.mark.parametrize(("width", "height"), [(1100, 900), (360, 740)])
def test_pages_fit_into_the_window(
    connection: dict[str, Any], tmp_path: Path, width: int, height: int
) -> None:
    tenant = f"{connection['authority']}/{connection['tenantId']}"
    with open_chromium(tmp_path / "profile", width, height) as chromium:
        for path in ("oauth2/deviceauth", "login?ctx=x", "security"):
            chromium.get(f"{tenant}/{path}")
            assert chromium.find_element(By.TAG_NAME, "h1").text
            inside = chromium.execute_script(
                "return document.documentElement.scrollWidth <= window.innerWidth"
            )
            assert inside, path
