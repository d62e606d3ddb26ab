"""Somebody who signs in with a real browser, on a running service."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

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
from tests.support.arriving import C1, Arrivals, authorize_url, redeem
from tests.support.drivers.walk import make_code

NAME: Final = "hana@larkfield.example"
OTHER: Final = "luca@larkfield.example"
PATIENCE: Final = 20

pytestmark = [
    pytest.mark.browser,
    pytest.mark.documented("issue 3: sign-in with consent and step-up in headless Chromium"),
]


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


def complaints(browser: webdriver.Chrome) -> list[str]:
    """What the browser's console says against a page: a policy that is broken among it."""
    logged: list[dict[str, Any]] = browser.get_log("browser")  # type: ignore[no-untyped-call]  # theirs
    told = [str(one["message"]) for one in logged]
    return [one for one in told if "400 (Bad Request)" not in one]


def test_signing_in_stepping_up_and_consenting(
    connection: dict[str, Any], client: Arrivals, chromium: webdriver.Chrome
) -> None:
    password = next(u["password"] for u in connection["users"] if u["userPrincipalName"] == NAME)
    chromium.get(authorize_url(connection, client.back, claims=C1, login_hint=NAME))
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
    (arrived,) = client.told
    told = parse_qs(urlsplit(arrived).query)
    assert (told["state"], told["iss"][0].split("/")[2]) == (
        ["s-1"],
        urlsplit(connection["authority"]).netloc,
    )
    tokens = redeem(connection, client.back, told["code"][0])
    assert "access_token" in tokens, tokens


@pytest.mark.documented("WebAuthn level 2; issue 3: passkeys")
def test_a_passkey_is_made_and_proved_with(
    connection: dict[str, Any], client: Arrivals, chromium: webdriver.Chrome
) -> None:
    tenant = f"{connection['authority']}/{connection['tenantId']}"
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
    chromium.get(
        authorize_url(connection, client.back, claims=C1, login_hint=OTHER, scope="openid")
    )
    write(chromium, "password", password)
    press(chromium, "Sign in")
    press(chromium, "Use a passkey")
    arrive(chromium, "Arrived")
    # The passkey alone does as well, and says by itself who it is.
    chromium.delete_all_cookies()
    chromium.get(authorize_url(connection, client.back, claims=C1, scope="openid"))
    press(chromium, "Use a passkey")
    arrive(chromium, "Arrived")
    assert complaints(chromium) == []


def arrive(browser: webdriver.Chrome, title: str) -> None:
    """Waits for a page."""
    WebDriverWait(browser, PATIENCE).until(title_contains(title))


def test_an_answer_is_posted_by_the_page_itself(
    connection: dict[str, Any], client: Arrivals, chromium: webdriver.Chrome
) -> None:
    asked = authorize_url(connection, client.back, prompt="none", response_mode="form_post")
    chromium.get(asked)
    arrive(chromium, "Arrived")
    assert complaints(chromium) == []
    form = parse_qs(client.told[0])
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
