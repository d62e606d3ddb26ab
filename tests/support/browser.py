"""Whether there is a real browser to test pages with."""

import shutil
from functools import cache
from typing import Final

HOW_TO_GET_IT: Final = (
    "Chromium is not installed: `apt-get install chromium chromium-driver` gets it and its driver"
)


@cache
def find_chromium() -> tuple[str, str] | None:
    """The browser and its driver; none if one of them is missing."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    return None if browser is None or driver is None else (browser, driver)
