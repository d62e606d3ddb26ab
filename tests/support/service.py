"""The service as `timebound serve` opens it, without a socket: in the test's own process."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
from starlette.types import ASGIApp

from timebound.server.app import Parts, create_app
from timebound.server.config import Profile, Settings
from timebound.server.ids import derive_id
from timebound.server.installation import open_installation
from timebound.server.origins import choose_origins

TENANT: Final = "7a1f6f2e-5d0b-4c1d-9f3a-0c5f0d9b1e11"
ORIGIN: Final = "https://localhost:8443"
REMOTE: Final = "203.0.113.9"
PASSWORD: Final = "ada-pass-word"
SECRET: Final = "robot-secret-1"
ROBOT: Final = "11111111-0000-4000-8000-000000000001"
DESK: Final = "11111111-0000-4000-8000-000000000002"
EMPTY: Final = "11111111-0000-4000-8000-000000000003"
SEED: Final[Mapping[str, Any]] = {
    "tenant": {
        "id": TENANT,
        "displayName": "Small",
        "domains": ["small.example", "small.test"],
        "subscriptions": [
            {"id": "22222222-0000-4000-8000-000000000001", "displayName": "First"},
        ],
    },
    "users": [
        {"userPrincipalName": "ada@small.example", "displayName": "Ada One", "password": PASSWORD},
        {
            "userPrincipalName": "ida@small.example",
            "displayName": "Ida Two",
            "password": PASSWORD,
            "accountEnabled": False,
        },
        {"userPrincipalName": "eva@small.test", "displayName": "Eva Three"},
    ],
    "applications": [
        {
            "displayName": "Robot",
            "kind": "confidential",
            "appId": ROBOT,
            "clientSecret": SECRET,
            "permissions": {
                "application": ["User.Read.All", "RoleManagement.Read.Directory"],
                "delegated": ["User.Read"],
            },
        },
        {
            "displayName": "Desk",
            "kind": "public",
            "appId": DESK,
            "permissions": {
                "delegated": [
                    "User.Read",
                    "RoleManagement.Read.Directory",
                    "https://management.azure.com/user_impersonation",
                ]
            },
        },
        {"displayName": "Empty", "kind": "confidential", "appId": EMPTY},
    ],
    "assignments": [{"principal": "ada@small.example", "role": "Global Reader"}],
    "settings": {"password_step_up": "allow"},
}


@dataclass(frozen=True, slots=True)
class Service:
    """An open service, and a client of it on this machine."""

    parts: Parts
    client: httpx.AsyncClient
    app: ASGIApp

    def client_at(self, address: str) -> httpx.AsyncClient:
        """A client of the same process whose address is another one."""
        transport = httpx.ASGITransport(self.app, client=(address, 40_000))
        return httpx.AsyncClient(transport=transport, base_url=ORIGIN)

    @property
    def control_headers(self) -> Mapping[str, str]:
        """What opens the test clock's door."""
        assert self.parts.steering is not None
        return {"authorization": f"Bearer {self.parts.steering.token}"}

    async def ask_token(self, form: Mapping[str, str], tenant: str = TENANT) -> httpx.Response:
        """The token endpoint's answer to a form."""
        return await self.client.post(f"/{tenant}/oauth2/v2.0/token", data=dict(form))


def write_seed_file(folder: Path, seed: Mapping[str, Any] = SEED) -> Path:
    """The seed as a file; JSON is YAML as well."""
    folder.mkdir(exist_ok=True)
    path = folder / "seed.yaml"
    path.write_bytes(msgspec.json.encode(seed))
    return path


def emulator(folder: Path) -> Settings:
    """The settings of an emulator with the small tenant, where nothing happens by itself."""
    data, seed = folder / "data", write_seed_file(folder)
    return Settings(Profile.EMULATOR, data=data, seed=seed, has_worker=False)


def production(folder: Path) -> Settings:
    """The settings of a production service with the small tenant, without its secrets."""
    users = [{k: v for k, v in user.items() if k != "password"} for user in SEED["users"]]
    applications = [
        {k: v for k, v in one.items() if k != "clientSecret"} for one in SEED["applications"]
    ]
    bare = {**SEED, "users": users, "applications": applications}
    seed = write_seed_file(folder / "bare", bare)
    return replace(emulator(folder), profile=Profile.PRODUCTION, seed=seed)


@asynccontextmanager
async def open_service(settings: Settings) -> AsyncIterator[Service]:
    """The service of these settings, until the context is left."""
    origins = choose_origins(settings, [8443] * len(settings.listeners))
    async with open_installation(settings, origins) as opened:
        app = create_app(opened.parts)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            yield Service(opened.parts, client, app)


def id_of(kind: str, name: str) -> str:
    """The id that the small tenant gives to something it names."""
    return derive_id(TENANT, kind, name)
