"""A real browser without a screen, driven by its own driver."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from tests.support.browser import HOW_TO_GET_IT, find_chromium

_FLAGS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--ignore-certificate-errors",
)


@contextmanager
def open_chromium(folder: Path, width: int = 1100, height: int = 900) -> Iterator[webdriver.Chrome]:
    """A browser with an empty profile of its own in the folder."""
    found = find_chromium()
    assert found is not None, HOW_TO_GET_IT
    options = Options()
    options.binary_location = found[0]
    for flag in (*_FLAGS, f"--user-data-dir={folder}", f"--window-size={width},{height}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(found[1]))
    browser.set_page_load_timeout(30)
    browser.implicitly_wait(10)
    # A window is never as narrow as a phone.
    screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    try:
        yield browser
    finally:
        browser.quit()
