"""A tenant with people and clients of every kind, and browsers in which somebody is signed in."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import httpx

from tests.support.service import (
    ORIGIN,
    SEED,
    TENANT,
    Service,
    emulator,
    id_of,
    open_service,
    write_seed_file,
)
from timebound.application.changes import ChangeSet, PutObject
from timebound.domain.events import Fact
from timebound.domain.ids import ApplicationId, TenantId
from timebound.identity.flows.codes import make_challenge
from timebound.identity.flows.interaction import Interaction, Interactions
from timebound.identity.flows.marks import Marks
from timebound.identity.flows.sessions import Begun, Browser, Sessions

WEB: Final = "11111111-0000-4000-8000-00000000000a"
PHONE: Final = "11111111-0000-4000-8000-00000000000b"
SPA: Final = "11111111-0000-4000-8000-00000000000c"
WEB_SECRET: Final = "web-secret-1"
BACK: Final = "https://app.example/cb"
SPA_BACK: Final = "https://spa.example/"
LOOPBACK: Final = "http://localhost:8400"
GRAPH: Final = "https://graph.microsoft.com/.default"
VERIFIER: Final = "v" * 43
PKCE: Final = {
    "code_challenge": make_challenge(VERIFIER),
    "code_challenge_method": "S256",
}
AUTHORIZE: Final = f"/{TENANT}/oauth2/v2.0/authorize"
ADA, BEA, GUS = (f"{name}@small.example" for name in ("ada", "bea", "gus"))
FLOW_SEED: Final[Mapping[str, Any]] = {
    **SEED,
    "users": [
        {"userPrincipalName": name, "displayName": name[:3].title(), "password": "pass-word-1"}
        for name in (ADA, BEA, GUS)
    ],
    "applications": [
        *SEED["applications"],
        {
            "displayName": "Web",
            "kind": "confidential",
            "appId": WEB,
            "clientSecret": WEB_SECRET,
            "redirectUris": [BACK, f"{BACK}?fixed=1"],
            "permissions": {"delegated": ["User.Read"]},
        },
        {
            "displayName": "Phone",
            "kind": "public",
            "appId": PHONE,
            "redirectUris": ["http://localhost"],
            "permissions": {"delegated": ["User.Read", "RoleManagement.Read.Directory"]},
        },
        {
            "displayName": "Page",
            "kind": "spa",
            "appId": SPA,
            "redirectUris": [SPA_BACK],
            "permissions": {"delegated": ["User.Read"]},
        },
    ],
    "assignments": [
        {"principal": ADA, "role": "Global Reader"},
        {"principal": GUS, "role": "Global Administrator"},
    ],
}


@dataclass(slots=True)
class Visitor:
    """A browser: it keeps cookies by itself, and follows nothing."""

    service: Service
    cookies: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, fields: Mapping[str, str] | None = None) -> httpx.Response:
        """The answer to a visit."""
        return await self.service.client.get(path, params=fields, headers=self._headers())

    async def post(self, path: str, fields: Mapping[str, str]) -> httpx.Response:
        """The answer to a form that a page has sent."""
        return await self.service.client.post(path, data=dict(fields), headers=self._headers())

    async def authorize(self, **fields: str) -> httpx.Response:
        """The answer of the authorization endpoint, for the web application unless said."""
        asked = {
            "client_id": WEB,
            "response_type": "code",
            "redirect_uri": BACK,
            "scope": "openid offline_access User.Read",
            "state": "s-1",
        }
        return await self.get(AUTHORIZE, asked | fields)

    @property
    def browser(self) -> Browser:
        """The browser as the server sees it."""
        return Browser(TenantId(TENANT), ORIGIN, self.cookies)

    def take(self, begun: Begun) -> None:
        """Keeps the cookie of a session."""
        name, _, value = begun.cookie.partition(";")[0].partition("=")
        self.cookies[name] = value

    def _headers(self) -> dict[str, str]:
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"cookie": pairs} if pairs else {}


@dataclass(slots=True)
class World:
    """The open service with its sessions, and what a test changes in it."""

    service: Service
    sessions: Sessions
    interactions: Interactions

    async def sign_in(self, name: str = ADA, *methods: str) -> Visitor:
        """A browser in which somebody has signed in."""
        record = await self.service.parts.store.find_user(TenantId(TENANT), name)
        assert record is not None
        visitor = Visitor(self.service)
        visitor.take(await self.sessions.start(visitor.browser, record, ("pwd", *methods)))
        return visitor

    def nobody(self) -> Visitor:
        """A browser in which nobody is signed in."""
        return Visitor(self.service)

    def opened(self, answer: httpx.Response) -> Interaction:
        """What a browser was sent to the sign-in page for."""
        sent = urlsplit(answer.headers["location"])
        assert (answer.status_code, sent.path, sent.netloc) == (303, f"/{TENANT}/login", "")
        found = self.interactions.open(dict(parse_qsl(sent.query))["ctx"], TenantId(TENANT))
        assert found is not None
        return found

    async def change(self, app_id: str, **attributes: Fact) -> None:
        """Gives the registration of an application other attributes."""
        store, tenant = self.service.parts.store, TenantId(TENANT)
        found = await store.find_registration(tenant, ApplicationId(app_id))
        assert found is not None
        changed = replace(found, attributes={**found.attributes, **attributes})
        await self.put(PutObject(changed))

    async def change_account(self, app_id: str, **attributes: Fact) -> None:
        """Gives the account of an application other attributes."""
        store, at = self.service.parts.store, self.service.parts.clock.now()
        found = await store.find_application(TenantId(TENANT), ApplicationId(app_id), at)
        assert found is not None
        kept = {**found.owner.attributes, **attributes}
        await self.put(PutObject(replace(found.owner, attributes=kept)))

    async def put(self, write: PutObject) -> None:
        """Writes an object past everything."""
        at = self.service.parts.clock.now()
        change = ChangeSet(TenantId(TENANT), at, {}, frozenset(), (write,))
        assert await self.service.parts.store.apply(change)

    async def redeem(self, code: str, **changes: str) -> httpx.Response:
        """The token endpoint's answer to a code of the web application."""
        form = {
            "grant_type": "authorization_code",
            "client_id": WEB,
            "client_secret": WEB_SECRET,
            "code": code,
            "redirect_uri": BACK,
        }
        return await self.service.ask_token(
            {name: value for name, value in (form | changes).items() if value}
        )


def told(answer: httpx.Response) -> dict[str, str]:
    """What an answer that travels in a query says."""
    assert answer.status_code == httpx.codes.SEE_OTHER, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def told_in_fragment(answer: httpx.Response) -> dict[str, str]:
    """What an answer that travels in a fragment says."""
    return dict(parse_qsl(urlsplit(answer.headers["location"]).fragment))


@asynccontextmanager
async def open_world(
    folder: Path, seed: Mapping[str, Any] = FLOW_SEED, database_url: str | None = None
) -> AsyncIterator[World]:
    """The service with this tenant, until the context is left; on SQLite unless said otherwise."""
    file = write_seed_file(folder / "flows", seed)
    settings = replace(emulator(folder), seed=file, database_url=database_url)
    async with open_service(settings) as service:
        parts = service.parts
        marks = Marks(parts.master.derive("sign-in marks"))
        sessions = Sessions(parts.store, marks, parts.system)
        yield World(service, sessions, Interactions(parts.master, parts.system))


def object_id(name: str) -> str:
    """The id of a person."""
    return id_of("user", name)


MINUTE: Final = timedelta(minutes=1)
