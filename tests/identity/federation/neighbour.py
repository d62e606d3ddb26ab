"""Another authorization server: another process and tenant, with the same names of people."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

import msgspec

from tests.support.running import RunningService, running
from tests.support.service import DESK, ORIGIN, SEED, TENANT, emulator, write_seed_file
from timebound.domain.ids import TenantId
from timebound.identity.flows.marks import Marks
from timebound.identity.flows.sessions import Browser, Sessions
from timebound.server.clock import machine_sources, start_system_clock
from timebound.server.config import Settings
from timebound.server.master_key import open_master_key
from timebound.storage.opening import open_store

THEIRS: Final = "8b2f6f2e-5d0b-4c1d-9f3a-0c5f0d9b1e22"
PHRASE: Final = "Kestrel-Harbour-41"
API: Final = "https://graph.microsoft.com"
CLIENT: Final = "33333333-0000-4000-8000-000000000001"
CLIENT_SECRET: Final = "neighbour-secret-1"
OTHER_CLIENT: Final = "33333333-0000-4000-8000-000000000002"
CALLBACK: Final = f"{ORIGIN}/{TENANT}/federation/works/callback"
PEOPLE: Final = ("ada", "bob", "new", "boss", "ida")


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The other server, and what is needed to trust it."""

    service: RunningService
    folder: Path

    @property
    def origin(self) -> str:
        """Where it is."""
        return str(self.service.connection["authority"])

    @property
    def issuer(self) -> str:
        """Who its tenant is, as a version 2 token says it."""
        return f"{self.origin}/{THEIRS}/v2.0"

    def ask_token(self, name: str, **changes: str) -> dict[str, Any]:
        """What it gives somebody who signs in there with a password."""
        form = {
            "grant_type": "password",
            "client_id": DESK,
            "username": f"{name}@small.example",
            "password": PHRASE,
            "scope": f"openid {API}/.default",
            **changes,
        }
        url = f"{self.origin}/{THEIRS}/oauth2/v2.0/token"
        answer = self.service.call("POST", url, data=form)
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.json()
        return content

    async def sign_in(self, name: str, methods: Sequence[str] = ("pwd",)) -> str:
        """The cookie of a browser in which somebody is signed in there."""
        data = self.folder / "data"
        store = open_store(f"sqlite:///{data / 'timebound.db'}")
        await store.open()
        master = open_master_key(Settings(data=data), is_made=False)
        clock = start_system_clock(machine_sources(), None, accepts_step=False)
        sessions = Sessions(store, Marks(master.derive("sign-in marks")), clock)
        record = await store.find_user(TenantId(THEIRS), f"{name}@small.example")
        assert record is not None
        browser = Browser(TenantId(THEIRS), self.origin, {})
        begun = await sessions.start(browser, record, methods)
        await store.close()
        return begun.cookie.partition(";")[0]

    def settings(self, folder: Path, content: Mapping[str, Any]) -> Settings:
        """The settings of a service of ours that takes the neighbour's word."""
        folder.mkdir(exist_ok=True)
        path = folder / "federation.yaml"
        path.write_bytes(msgspec.json.encode(content))
        return replace(
            emulator(folder),
            seed=write_seed_file(folder, OUR_SEED),
            federation_file=path,
            outgoing_networks=(ip_network("127.0.0.0/8"), ip_network("::1/128")),
            outgoing_trust=Path(self.service.connection["caBundle"]),
        )


def _person(name: str, **more: object) -> Mapping[str, object]:
    return {
        "userPrincipalName": f"{name}@small.example",
        "displayName": f"{name.title()} There",
        "password": PHRASE,
        **more,
    }


OUR_SEED: Final[Mapping[str, Any]] = {
    **SEED,
    "users": [
        *SEED["users"],
        {"userPrincipalName": "bob@small.example", "displayName": "Bob Here"},
        {"userPrincipalName": "mike@small.example", "displayName": "Mike Here"},
        {"userPrincipalName": "boss@small.example", "displayName": "Boss Here"},
    ],
    "assignments": [
        *SEED["assignments"],
        {"principal": "boss@small.example", "role": "Global Administrator"},
    ],
}
_THEIR_SEED: Final[Mapping[str, Any]] = {
    "tenant": {"id": THEIRS, "displayName": "Theirs", "domains": ["small.example"]},
    "users": [_person(name) for name in PEOPLE],
    "applications": [
        {
            "displayName": "Desk There",
            "kind": "public",
            "appId": DESK,
            "permissions": {
                "delegated": [
                    "User.Read.All",
                    "RoleManagement.ReadWrite.Directory",
                    "Directory.ReadWrite.All",
                    "https://management.azure.com/user_impersonation",
                ]
            },
        },
        {
            "displayName": "Timebound Here",
            "kind": "confidential",
            "appId": CLIENT,
            "clientSecret": CLIENT_SECRET,
            "redirectUris": [CALLBACK],
            "permissions": {"delegated": ["User.Read"]},
        },
    ],
    # There, everybody is everything.
    "assignments": [
        {"principal": f"{name}@small.example", "role": "Global Administrator"} for name in PEOPLE
    ],
}


@contextmanager
def open_neighbour(folder: Path) -> Iterator[Neighbour]:
    """The other server, running."""
    seed = write_seed_file(folder / "seed", _THEIR_SEED)
    with running(folder, "emulator", "--seed", str(seed)) as service:
        yield Neighbour(service, folder)
