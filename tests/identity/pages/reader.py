"""Somebody in front of a browser without JavaScript: reads pages and fills in their forms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx

from tests.identity.flows.world import AUTHORIZE, BACK, WEB, World

_SILENT: Final = ("script", "style", "title")


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes, and what its fields hold."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    button: str = ""


class Sheet(HTMLParser):
    """A page as it is read: its words, its forms, its links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.words = ""
        self._open: list[str] = []
        self._link = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes forms, fields and links."""
        named = {name: value or "" for name, value in attrs}
        self._open.append(tag)
        if tag == "form":
            self.forms.append(Form(named.get("action", "")))
        if tag == "input" and named.get("type") != "checkbox":
            self.forms[-1].fields[named["name"]] = named.get("value", "")
        if tag == "button" and "name" in named:
            self.forms[-1].fields.setdefault(named["name"], named.get("value", ""))
        if tag == "a":
            self._link = named.get("href", "")

    def handle_endtag(self, tag: str) -> None:
        """Closes what is open."""
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Notes what is written, and on which button or link."""
        if not data.strip() or (self._open[-1:] and self._open[-1] in _SILENT):
            return
        self.words += f" {data.strip()}"
        if "button" in self._open and self.forms:
            self.forms[-1].button += data.strip()
        if "a" in self._open:
            self.links[data.strip()] = self._link

    def form(self, name: str) -> Form:
        """The form that has a field of this name."""
        return next(one for one in self.forms if name in one.fields)


@dataclass(slots=True)
class Reader:
    """A browser of somebody's own, at an address of their own."""

    client: httpx.AsyncClient
    at: str = ""

    async def visit(self, path: str, fields: Mapping[str, str] | None = None) -> httpx.Response:
        """The answer to an address, redirects within the service followed."""
        return await self._follow(await self.client.get(path, params=fields))

    async def authorize(self, **fields: str) -> httpx.Response:
        """Where the request of the web application leads."""
        asked = {
            "client_id": WEB,
            "response_type": "code",
            "redirect_uri": BACK,
            "scope": "openid offline_access User.Read",
            "state": "s-1",
        }
        return await self.visit(AUTHORIZE, asked | fields)

    async def fill(
        self,
        answer: httpx.Response,
        name: str,
        headers: Mapping[str, str] | None = None,
        **more: str,
    ) -> httpx.Response:
        """The answer to the form with a field of this name, filled in."""
        form = Sheet(answer.text).form(name)
        return await self.send(Form(form.action, form.fields | more), headers)

    async def send(self, form: Form, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """The answer to a form."""
        where = urljoin(self.at, form.action) if form.action else self.at
        return await self._follow(await self.client.post(where, data=form.fields, headers=headers))

    async def sign_in(
        self, answer: httpx.Response, name: str, password: str = "pass-word-1"
    ) -> httpx.Response:
        """The answer to a name and a password."""
        return await self.fill(answer, "username", username=name, password=password)

    async def _follow(self, answer: httpx.Response) -> httpx.Response:
        self.at = str(answer.url)
        while answer.is_redirect:
            target = urljoin(str(answer.url), answer.headers["location"])
            if urlsplit(target).netloc != urlsplit(str(self.client.base_url)).netloc:
                break
            answer = await self.client.get(target)
            self.at = str(answer.url)
        return answer


def reader_of(world: World, address: str = "127.0.0.1") -> Reader:
    """Somebody who looks at the pages of the service."""
    return Reader(world.service.client_at(address))
