"""Somebody in front of a browser without JavaScript: reads pages and fills in their forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpx

from tests.identity.flows.world import AUTHORIZE, BACK, WEB, World
from tests.support.sheets import Form, Sheet


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
