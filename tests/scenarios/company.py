"""The tenant that scenarios are played in: real tokens, the real app, a clock that obeys."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec

from tests.support.drivers.driver import Told
from tests.support.published import PublishedTransport
from timebound.application.engine import Engine
from timebound.application.ports import Store
from timebound.application.queries import Order, Query
from timebound.application.sealing import Sealer
from timebound.application.settling import OpenRequest, decide_on_approval
from timebound.application.sign_in_log import SignInLog
from timebound.application.tokens import Resource, TokenRefusal
from timebound.application.views import Audience, View
from timebound.domain.approvals import ReviewResult
from timebound.domain.authority import Token
from timebound.domain.decide import Refused
from timebound.domain.ids import RequestId
from timebound.domain.scopes import ADMINISTRATIVE_UNITS, DIRECTORY_ROOT, Scope, ScopeKind
from timebound.domain.settle import Verdict
from timebound.domain.times import Instant
from timebound.identity.federation_rules import Federation
from timebound.identity.hashing import CHEAP, SecretHasher
from timebound.identity.keys import ES256, KeyRing, KeyRules
from timebound.identity.outgoing.issuers import IssuerKeys
from timebound.identity.sealing import KEY_BYTES, MasterKey
from timebound.identity.verify import BearerVerifier
from timebound.server.app import Parts, create_app
from timebound.server.clock import MovableClock, Movement, SystemClock, machine_sources
from timebound.server.config import Origin, Profile, Settings
from timebound.server.ids import RandomIds, derive_id
from timebound.server.log_keys import open_log_keys
from timebound.server.outgoing import Others, open_fetcher
from timebound.server.seed_format import Seed
from timebound.server.seed_ids import SeedIds, collect_ids
from timebound.server.seed_yaml import read_yaml
from timebound.server.seeding import write_seed

ORIGIN: Final = "https://localhost:8443"
BEGAN: Final = datetime(2030, 3, 4, 8, 0, tzinfo=UTC)
"""When every company is founded, and the clock stands still."""
PASSWORD: Final = "pass-word-1"
FACTORS: Final = ("c1",)
"""What stands for a second factor."""
MASTER: Final = MasterKey(bytes(KEY_BYTES))
HASHER: Final = SecretHasher(CHEAP)
GRAPH: Final = "https://graph.microsoft.com/.default"
_SEED: Final = Path(__file__).parent / "tenant" / "company.yaml"
_SECRETS: Final = {"Robot": "robot-secret", "Gauge": "gauge-secret"}


@dataclass(slots=True)
class Company:
    """A tenant of its own in a store, behind an application of its own."""

    label: str
    seed: Seed
    parts: Parts
    client: httpx.AsyncClient
    began: Instant = BEGAN
    tokens: dict[tuple[str, str, str, tuple[str, ...]], str] = field(default_factory=dict)

    @property
    def ids(self) -> SeedIds:
        """The ids of everything the seed names."""
        return collect_ids(self.seed)

    @property
    def store(self) -> Store:
        """The store it is kept in."""
        return self.parts.store

    def now(self) -> Instant:
        """What the clock says."""
        return self.parts.clock.now()

    def move_to(self, at: Instant) -> None:
        """Sets the clock; it never goes back."""
        assert isinstance(self.parts.clock, MovableClock)
        assert self.parts.clock.move_to(at), f"{at} is over"

    def name_of(self, who: str) -> str:
        """The userPrincipalName behind a first name."""
        return f"{who}@{self.label}.example"

    def find(self, name: str) -> str:
        """The id of a person, a group, an application or a role."""
        ids = self.ids
        for key in (self.name_of(name), name):
            if key in ids.principals:
                return ids.principals[key]
        return ids.roles[name]

    def find_scope(self, name: str) -> Scope:
        """`/`, or the unit or application of that name."""
        if name == "/":
            return DIRECTORY_ROOT
        unit = self.ids.units.get(name)
        place = f"/{self.find(name)}" if unit is None else f"{ADMINISTRATIVE_UNITS}{unit}"
        return Scope(ScopeKind.DIRECTORY, place)

    def app_id(self, name: str) -> str:
        """The id by which an application asks for tokens."""
        ids = self.ids
        return next(ids.app_id(one) for one in self.seed.applications if one.display_name == name)

    async def sign_in(
        self, who: str, resource: str = GRAPH, factors: tuple[str, ...] = (), client: str = "Desk"
    ) -> str:
        """An access token, asked for as clients ask: by password, or by an application's secret."""
        key = (who, resource, client, factors)
        if key not in self.tokens:
            self.tokens[key] = await self.fetch_token(
                self.write_form(who, resource, client, factors)
            )
        return self.tokens[key]

    def write_form(
        self, who: str, resource: str, client: str, factors: tuple[str, ...]
    ) -> Mapping[str, str]:
        """The fields of a request for a token."""
        if who in _SECRETS:
            return {
                "grant_type": "client_credentials",
                "client_id": self.app_id(who),
                "client_secret": _SECRETS[who],
                "scope": resource,
            }
        asked = {"acrs": {"essential": True, "values": list(factors)}} if factors else {}
        claims = {"access_token": {**asked, "xms_cc": {"values": ["CP1"]}}}
        return {
            "grant_type": "password",
            "client_id": self.app_id(client),
            "username": self.name_of(who),
            "password": PASSWORD,
            "scope": resource,
            "claims": msgspec.json.encode(claims).decode(),
        }

    async def fetch_token(self, form: Mapping[str, str]) -> str:
        """An access token from the authorization server."""
        path = f"/{self.seed.tenant.id}/oauth2/v2.0/token"
        response = await self.client.post(path, data=dict(form))
        assert response.status_code == httpx.codes.OK, response.text
        token: str = response.json()["access_token"]
        return token

    async def call(
        self,
        who: str,
        method: str,
        path: str,
        *,
        json: object = None,
        content: bytes | None = None,
        kind: str = "application/json",
    ) -> httpx.Response:
        """A call to Graph as somebody; `content` is sent as it is, and said to be of the `kind`."""
        headers = {"authorization": f"Bearer {await self.sign_in(who)}"}
        if content is not None:
            headers["content-type"] = kind
        return await self.client.request(method, path, headers=headers, json=json, content=content)

    async def read_token(self, bearer: str) -> Token:
        """What the application takes a token for."""
        verifier = BearerVerifier(self.parts.keys, self.parts.system, [ORIGIN])
        token = await verifier.verify(f"Bearer {bearer}", Resource.GRAPH)
        assert not isinstance(token, TokenRefusal), token
        return token

    async def settle(self, bearer: str, request_id: str, result: ReviewResult) -> Told:
        """An approver's word, through the use case."""
        engine = Engine(self.store, self.parts.ids)
        token, verdict = await self.read_token(bearer), Verdict(result, "As discussed")
        waiting = OpenRequest(RequestId(request_id), ScopeKind.DIRECTORY)
        outcome = await decide_on_approval(engine, token, waiting, verdict, self.now())
        if isinstance(outcome, Refused):
            return Told(refused=outcome.problems[0].code)
        return Told(id=request_id, status=outcome.status_at(self.now()).value)


async def found_company(
    store: Store, label: str, changes: Mapping[str, Any] | None = None
) -> Company:
    """Makes a tenant in an open store, and the application in front of it."""
    return await open_company(store, label, read_company(label, changes or {}))


async def open_company(
    store: Store, label: str, seed: Seed, *, is_written: bool = False
) -> Company:
    """The application in front of the tenant of a seed, which is written unless it is there."""
    system = SystemClock(machine_sources())
    # Such keys are unsealed in no time.
    keys = KeyRing(store, MASTER, system, KeyRules(ES256))
    await keys.open()
    ids = RandomIds()
    parts = Parts(
        settings=Settings(profile=Profile.EMULATOR, origins=(Origin(ORIGIN),)),
        origins=(Origin(ORIGIN),),
        store=store,
        system=system,
        clock=MovableClock(system, Movement(frozen_at=BEGAN)),
        ids=ids,
        keys=keys,
        master=MASTER,
        hasher=HASHER,
        steering=None,
        others=_nobody_else(),
        sealer=Sealer(store, await open_log_keys(store, MASTER, (Origin(ORIGIN),), BEGAN)),
        sign_ins=SignInLog(store, ids, system),
    )
    if not is_written:
        assert await store.apply(write_seed(seed, Engine(store, ids), HASHER.hash, BEGAN))
    transport = PublishedTransport(
        httpx.ASGITransport(create_app(parts), raise_app_exceptions=True)
    )
    client = httpx.AsyncClient(transport=transport, base_url=ORIGIN)
    company = Company(label, seed, parts, client)

    async def forget(answer: httpx.Response) -> None:
        # What a call has ended is asked for anew.
        path = answer.request.url.path.lower()
        if any(name in path for name in ("revokesigninsessions", "/authentication/", "$batch")):
            company.tokens.clear()

    client.event_hooks["response"] = [forget]
    return company


def read_company(label: str, changes: Mapping[str, Any]) -> Seed:
    """The seed with a tenant id and a domain of its own, and what a scenario lays over it."""
    return name_company(lay_over(changes), label)


@cache
def _read_seed() -> object:
    return read_yaml(_SEED.read_text(encoding="utf-8")).data


@cache
def _nobody_else() -> Others:
    """All others, of whom a company knows none: nothing to read certificates for each time."""
    fetcher = open_fetcher(Settings(), Federation(), SystemClock(machine_sources()))
    return Others(Federation(), fetcher, IssuerKeys(fetcher))


def lay_over(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The seed as it is written, with what a scenario lays over it."""
    document: Any = deepcopy(_read_seed())
    for section, given in changes.items():
        kept = document.get(section)
        if section == "settings":
            document[section] = {**kept, **given}
        else:
            document[section] = [*kept, *given] if isinstance(kept, list) else given
    return dict(document)


def name_company(document: dict[str, Any], label: str) -> Seed:
    """A seed as it is written with a tenant id and a domain of its own."""
    document["tenant"]["id"] = derive_id("company", label)
    renamed = msgspec.json.encode(document).replace(b"company.example", f"{label}.example".encode())
    return msgspec.json.decode(renamed, type=Seed)


async def count_stored(company: Company) -> tuple[int, ...]:
    """How many requests, schedules and role assignments there are, whoever may see them."""
    audience, at = Audience(company.ids.tenant_id), company.now()
    query = Query(1, orders=(Order("id"),), is_counted=True)
    requests = [
        (await company.store.read_requests(view, audience, query, at)).total
        for view in (View.ELIGIBILITY_REQUESTS, View.ASSIGNMENT_REQUESTS)
    ]
    grants = [
        (await company.store.read_grants(view, audience, query, at)).total
        for view in (View.ELIGIBILITY_SCHEDULES, View.ASSIGNMENT_SCHEDULES, View.ROLE_ASSIGNMENTS)
    ]
    return tuple(total or 0 for total in (*requests, *grants))
