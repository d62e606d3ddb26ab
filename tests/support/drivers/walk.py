"""A browser without JavaScript that signs somebody in on the real pages, as a script.

    URL=...         python tests/support/drivers/walk.py    # signs in and goes back to the client
    URI=... CODE=.. python tests/support/drivers/walk.py    # lets a device that shows the code

`USERNAME_` and `PASSWORD_` are who signs in, `CA_BUNDLE` is whom to trust. A second factor that is
asked for is set up; its secret is kept in the file `FACTOR_FILE` for the next time.
"""

import os
import re
import ssl
import sys
import time
from base64 import b32decode
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

sys.path.insert(0, str(Path(__file__).parents[3]))

from tests.support.sheets import Form, Sheet

MOST_PAGES = 12
SIGN_OUT = "/signout"
PASSKEY = "credential"


@dataclass(slots=True)
class Walker:
    """Somebody at a keyboard: who they are, and the app on their phone."""

    client: httpx.Client
    name: str
    password: str
    factor: Path | None = None
    code: str = ""

    def walk(self, url: str) -> httpx.Response:
        """Fills in one page after the other, until there is nothing left to be done here."""
        home = urlsplit(url).netloc
        answer = self._follow(self.client.get(url), home)
        for _ in range(MOST_PAGES):
            if urlsplit(str(answer.url)).netloc != home:
                return answer
            sheet = Sheet(answer.text)
            on = sheet.links.get("I have kept them: go on")
            if on:
                answer = self._follow(self.client.get(urljoin(str(answer.url), on)), home)
                continue
            form = choose_form(sheet)
            if form is None:
                return answer
            form = self._fill(form, sheet, answer.text)
            where = urljoin(str(answer.url), form.action) if form.action else str(answer.url)
            answer = self._follow(self.client.post(where, data=form.fields), home)
        raise SystemExit(f"still not done: {Sheet(answer.text).words}")

    def _follow(self, answer: httpx.Response, home: str) -> httpx.Response:
        while answer.is_redirect and urlsplit(str(answer.url)).netloc == home:
            answer = self.client.get(urljoin(str(answer.url), answer.headers["location"]))
        return answer

    def _fill(self, form: Form, sheet: Sheet, text: str) -> Form:
        """The form of a page, filled in as somebody would who means it."""
        if "trouble" in text and 'role="alert" id="trouble"' in text:
            raise SystemExit(f"refused: {sheet.words}")
        if "://" in form.action:
            return form  # it takes the answer to the client
        answers = {
            "username": {"username": self.name, "password": self.password},
            "enrolment": {"code": self._enrol(text)},
            "code": {"code": self._make_code()},
            "answer": {"answer": "approve" if "user_code" in form.fields else "accept"},
            "user_code": {"user_code": self.code},
        }
        told = next((more for name, more in answers.items() if name in form.fields), {})
        return Form(form.action, form.fields | told)

    def _enrol(self, text: str) -> str:
        found = re.search(r'id="secret">([A-Z2-7 ]+)<', text)
        if found is None:
            return ""
        if self.factor is not None:
            self.factor.write_text(found[1], encoding="ascii")
        return make_code(found[1])

    def _make_code(self) -> str:
        if self.factor is None or not self.factor.exists():
            return ""
        return make_code(self.factor.read_text(encoding="ascii"))


def choose_form(sheet: Sheet) -> Form | None:
    """The form of a page that is for a keyboard: not that of a passkey, nor the way out."""
    forms = [
        one
        for one in sheet.forms
        if not one.action.endswith(SIGN_OUT) and PASSKEY not in one.fields
    ]
    return forms[-1] if forms else None


def make_code(secret: str) -> str:
    """The six digits that an app shows now."""
    maker = TOTP(b32decode(secret.replace(" ", "")), 6, SHA1(), 30)  # noqa: S303 - as all apps do
    return maker.generate(int(time.time())).decode()  # noqa: TID251 - a phone's clock


def main() -> None:
    """Does what the environment says."""
    told = os.environ
    trusted = ssl.create_default_context(cafile=told["CA_BUNDLE"])
    factor = Path(told["FACTOR_FILE"]) if "FACTOR_FILE" in told else None
    with httpx.Client(verify=trusted) as client:
        walker = Walker(client, told["USERNAME_"], told["PASSWORD_"], factor, told.get("CODE", ""))
        answer = walker.walk(told.get("URI") or told["URL"])
    sys.stdout.write(f"{answer.status_code} {Sheet(answer.text).words.strip()[:200]}\n")


if __name__ == "__main__":
    main()
