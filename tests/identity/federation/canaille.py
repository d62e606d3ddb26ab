"""An authorization server that others have written, as a process, and people who sign in there."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from tests.support.service import ORIGIN, TENANT
from tests.support.sheets import Sheet

PASSWORD: Final = "Kestrel-Harbour-41"
APP_SECRET: Final = b"kestrel-harbour-app"
CLIENT: Final = "timebound"
CLIENT_SECRET: Final = "canaille-secret-1"
GATEWAY: Final = "gateway"
GATEWAY_BACK: Final = "https://gateway.example/back"
CALLBACK: Final = f"{ORIGIN}/{TENANT}/federation/works/callback"
PEOPLE: Final = ("bob", "new", "boss")
_SCRIPT: Final = Path(__file__).with_name("canaille_server.py")
_MOST_PAGES: Final = 10


@dataclass(frozen=True, slots=True)
class Canaille:
    """The server, by its issuer."""

    issuer: str

    def sign_in(self, name: str, address: str) -> str:
        """Where the browser of somebody who signs in and agrees ends, outside of this server."""
        with httpx.Client() as browser:
            answer = browser.get(address)
            for _ in range(_MOST_PAGES):
                if answer.is_redirect:
                    aim = urljoin(str(answer.url), answer.headers["location"])
                    if not aim.startswith(self.issuer):
                        return aim
                    answer = browser.get(aim)
                else:
                    answer = self._fill(browser, answer, name)
        raise AssertionError(f"no way out of {answer.url}: {answer.text}")

    def ask_token(self, name: str) -> str:
        """An access token that a gateway gets for somebody who signs in."""
        asked = {
            "response_type": "code",
            "client_id": GATEWAY,
            "redirect_uri": GATEWAY_BACK,
            "scope": "openid profile email",
            "state": "s-1",
            "nonce": "n-1",
        }
        address = str(httpx.URL(f"{self.issuer}/oauth/authorize", params=asked))
        back = parse_qs(urlsplit(self.sign_in(name, address)).query)
        form = {
            "grant_type": "authorization_code",
            "code": back["code"][0],
            "redirect_uri": GATEWAY_BACK,
        }
        proof = (GATEWAY, CLIENT_SECRET)
        answer = httpx.post(f"{self.issuer}/oauth/token", data=form, auth=proof)
        assert answer.status_code == httpx.codes.OK, answer.text
        return str(answer.json()["access_token"])

    def _fill(self, browser: httpx.Client, page: httpx.Response, name: str) -> httpx.Response:
        """The form of a page, with what it asks for."""
        assert page.status_code == httpx.codes.OK, page.text
        form = next(one for one in Sheet(page.text).forms if one.fields)
        maker = TOTP(APP_SECRET, 6, SHA1(), 30)  # noqa: S303 - as all apps do
        said = {
            "login": name,
            "password": PASSWORD,
            "otp": maker.generate(int(time.clock_gettime(time.CLOCK_REALTIME))).decode(),
            "answer": "accept",
        }
        known = {field: said[field] for field in form.fields if field in said}
        where = urljoin(str(page.url), form.action) if form.action else str(page.url)
        return browser.post(where, data=form.fields | known)


@contextmanager
def open_canaille(factors: Sequence[str]) -> Iterator[Canaille]:
    """The server, running; everybody shows these factors."""
    clients = [
        {"id": CLIENT, "secret": CLIENT_SECRET, "redirect_uri": CALLBACK},
        {"id": GATEWAY, "secret": CLIENT_SECRET, "redirect_uri": GATEWAY_BACK},
    ]
    told: dict[str, Any] = {"factors": factors, "people": PEOPLE, "clients": clients}
    with subprocess.Popen(
        [sys.executable, "-P", _SCRIPT, json.dumps(told)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            issuer = process.stdout.readline().strip()
            assert issuer.startswith("http://"), "it did not start"
            yield Canaille(issuer)
        finally:
            process.kill()
