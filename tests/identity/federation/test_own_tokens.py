"""Tokens of a second authorization server at our doors: who it is, and nothing else, counts."""

from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import pytest_asyncio

from tests.identity.federation.neighbour import API, CLIENT, CLIENT_SECRET, Neighbour
from tests.support.service import (
    DESK,
    EMPTY,
    ROBOT,
    SECRET,
    TENANT,
    Service,
    emulator,
    id_of,
    open_service,
)
from timebound.application.changes import ChangeSet, PutObject
from timebound.application.engine import Engine
from timebound.application.strangers import Reception
from timebound.application.tokens import TokenFault
from timebound.domain.authority import Token
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.ids import TenantId
from timebound.identity.federation.bearers import ForeignBearers, Vouching

PEOPLE: Mapping[str, Any] = {
    "match": "upn",
    "verifiedBy": "issuer",
    "domains": ["small.example"],
}
pytestmark = pytest.mark.inferred(
    "issue 3: accepted for the mapped identity and its amr only, never scopes, roles, wids or tid"
)


@asynccontextmanager
async def open_house(
    neighbour: Neighbour, folder: Path, people: Mapping[str, Any] = PEOPLE, **changes: object
) -> AsyncIterator[Service]:
    """A service of ours that takes the neighbour's tokens."""
    issuer = {
        "tenant": TENANT,
        "issuer": neighbour.issuer,
        "audience": API,
        "application": DESK,
        "people": people,
        **changes,
    }
    settings = neighbour.settings(folder, {"tokenIssuers": [issuer]})
    async with open_service(settings) as service:
        yield service


@pytest_asyncio.fixture
async def house(neighbour: Neighbour, tmp_path: Path) -> AsyncIterator[Service]:
    """The usual one."""
    async with open_house(neighbour, tmp_path) as service:
        yield service


async def call(service: Service, token: str, path: str = "/v1.0/me") -> httpx.Response:
    return await service.client.get(path, headers={"authorization": f"Bearer {token}"})


def token_of(neighbour: Neighbour, name: str, **changes: str) -> str:
    return str(neighbour.ask_token(name, **changes)["access_token"])


async def read(service: Service, token: str) -> Token | TokenFault | None:
    """What is made of a token, below the doors."""
    parts = service.parts
    others = parts.others
    reception = Reception(Engine(parts.store, parts.ids), parts.store)
    vouching = Vouching(
        others.federation, others.issuers, parts.store, reception, parts.system, parts.clock
    )
    return await ForeignBearers(vouching).verify(token)


async def test_who_it_is_is_believed(house: Service, neighbour: Neighbour) -> None:
    answer = await call(house, token_of(neighbour, "bob"))
    assert answer.status_code == 200, answer.text
    assert answer.json()["id"] == id_of("user", "bob@small.example")
    assert answer.json()["displayName"] == "Bob Here"


async def test_what_it_allows_there_is_nothing_here(house: Service, neighbour: Neighbour) -> None:
    token = token_of(neighbour, "bob")
    content = read_claims(token)
    assert content["wids"]
    assert "Directory.ReadWrite.All" in content["scp"]
    known = await read(house, token)
    assert isinstance(known, Token)
    assert known.tenant_id == TENANT != content["tid"]
    assert known.principal_id == id_of("user", "bob@small.example") != content["oid"]
    assert known.application_id == DESK
    ours = {"User.Read", "RoleManagement.Read.Directory", AZURE_PERMISSION}
    assert known.permissions == ours
    # Neither the scope of there nor the role of there opens what takes both here.
    ada = id_of("user", "ada@small.example")
    headers = {"authorization": f"Bearer {token}"}
    answer = await house.client.patch(
        f"/v1.0/users/{ada}", headers=headers, json={"jobTitle": "Other"}
    )
    assert answer.status_code == 403
    listed = await call(house, token, "/v1.0/roleManagement/directory/roleAssignments")
    assert listed.status_code == 403


@pytest.mark.parametrize(
    ("factors", "has_mfa"),
    [
        ({"amr": ["pwd"]}, True),
        ({"amr": ["otp"]}, False),
        ({}, False),
        ({"acr": ["1"]}, True),
        ({"acr": ["2"]}, False),
    ],
)
async def test_a_second_factor_is_what_the_operator_takes_for_one(
    neighbour: Neighbour, tmp_path: Path, factors: Mapping[str, Any], *, has_mfa: bool
) -> None:
    async with open_house(neighbour, tmp_path, secondFactor=factors) as house:
        known = await read(house, token_of(neighbour, "bob"))
        assert isinstance(known, Token)
        assert known.sign_in.has_mfa is has_mfa
        assert known.sign_in.contexts == (frozenset({"c1"}) if has_mfa else frozenset())


async def test_a_name_does_not_open_a_privileged_account(
    house: Service, neighbour: Neighbour
) -> None:
    answer = await call(house, token_of(neighbour, "boss"))
    assert answer.status_code == 401
    events = await house.parts.store.find_linked(
        TenantId(TENANT), neighbour.issuer, read_claims(token_of(neighbour, "boss"))["sub"]
    )
    assert events is None


async def test_where_it_is_certain_a_privileged_account_opens(
    neighbour: Neighbour, tmp_path: Path
) -> None:
    token = token_of(neighbour, "boss")
    boss = id_of("user", "boss@small.example")
    people = {**PEOPLE, "authoritative": True}
    async with open_house(neighbour, tmp_path / "own", people) as house:
        assert (await call(house, token)).json()["id"] == boss
    people = {"links": {read_claims(token)["sub"]: "boss@small.example"}}
    async with open_house(neighbour, tmp_path / "linked", people) as house:
        assert (await call(house, token)).json()["id"] == boss
        # The link is of that subject alone.
        assert (await call(house, token_of(neighbour, "bob"))).status_code == 401


@pytest.mark.parametrize(
    "people",
    [
        {},
        {**PEOPLE, "verifiedBy": "email_verified"},
        {**PEOPLE, "domains": ["other.example"]},
        {**PEOPLE, "match": "name"},
        {**PEOPLE, "match": "missing"},
    ],
)
async def test_who_is_not_known_for_certain_stays_out(
    neighbour: Neighbour, tmp_path: Path, people: Mapping[str, Any]
) -> None:
    async with open_house(neighbour, tmp_path, people) as house:
        assert (await call(house, token_of(neighbour, "bob"))).status_code == 401


async def test_who_is_disabled_here_stays_out(house: Service, neighbour: Neighbour) -> None:
    assert (await call(house, token_of(neighbour, "ida"))).status_code == 401
    # Also who is disabled while it is remembered who they are.
    token, store = token_of(neighbour, "bob"), house.parts.store
    assert (await call(house, token)).status_code == 200
    id_ = id_of("user", "bob@small.example")
    bob = (await store.find_objects(TenantId(TENANT), [id_]))[id_]
    put = PutObject(replace(bob, is_enabled=False))
    at = house.parts.clock.now()
    assert await store.apply(ChangeSet(TenantId(TENANT), at, {}, frozenset(), (put,)))
    assert (await call(house, token)).status_code in {401, 403}


async def test_who_is_new_is_made_where_the_operator_wants_it(
    neighbour: Neighbour, tmp_path: Path
) -> None:
    token = token_of(neighbour, "new")
    async with open_house(neighbour, tmp_path / "closed") as house:
        assert (await call(house, token)).status_code == 401
    async with open_house(neighbour, tmp_path / "open", {**PEOPLE, "create": True}) as house:
        answer = await call(house, token)
        assert answer.status_code == 200
        assert answer.json()["userPrincipalName"] == "new@small.example"
        assert answer.json()["displayName"] == "New There"
        known = await read(house, token)
        assert isinstance(known, Token)
        assert known.principal_id == answer.json()["id"]


@pytest.mark.parametrize(
    "changes",
    [
        {"audience": "api://timebound"},
        {"application": EMPTY.replace("1111", "2222")},
        {"algorithms": ["ES256"]},
        {"clients": ["somebody-else"]},
    ],
)
async def test_a_token_that_is_not_for_us_is_not_taken(
    neighbour: Neighbour, tmp_path: Path, changes: Mapping[str, Any]
) -> None:
    async with open_house(neighbour, tmp_path, **changes) as house:
        assert (await call(house, token_of(neighbour, "bob"))).status_code == 401


async def test_only_clients_that_are_listed_speak(neighbour: Neighbour, tmp_path: Path) -> None:
    async with open_house(neighbour, tmp_path, clients=[DESK]) as house:
        assert (await call(house, token_of(neighbour, "bob"))).status_code == 200


async def test_an_application_without_consents_may_nothing(
    neighbour: Neighbour, tmp_path: Path
) -> None:
    async with open_house(neighbour, tmp_path, application=EMPTY) as house:
        assert (await call(house, token_of(neighbour, "bob"))).status_code == 403


async def test_other_tokens_of_the_same_issuer_are_none(
    house: Service, neighbour: Neighbour
) -> None:
    told = neighbour.ask_token("bob")
    assert (await call(house, told["id_token"])).status_code == 401
    arm = token_of(neighbour, "bob", scope="https://management.azure.com/.default")
    assert (await call(house, arm)).status_code == 401
    application = neighbour.ask_token(
        "bob",
        grant_type="client_credentials",
        client_id=CLIENT,
        client_secret=CLIENT_SECRET,
        scope=f"{API}/.default",
    )
    assert (await call(house, application["access_token"])).status_code == 401


async def test_what_is_altered_or_of_an_unlisted_issuer_is_refused(
    house: Service, neighbour: Neighbour, tmp_path: Path
) -> None:
    token = token_of(neighbour, "bob")
    head, body, signature = token.split(".")
    other = token_of(neighbour, "boss").split(".")[1]
    assert (await call(house, f"{head}.{other}.{signature}")).status_code == 401
    assert (await call(house, f"{head}.{body}.{signature[:-4]}AAAA")).status_code == 401
    async with open_service(emulator(tmp_path / "alone")) as alone:
        assert (await call(alone, token)).status_code == 401


async def test_our_own_tokens_are_taken_as_before(house: Service) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": ROBOT,
        "client_secret": SECRET,
        "scope": f"{API}/.default",
    }
    token = (await house.ask_token(form)).json()["access_token"]
    assert (await call(house, token, "/v1.0/users")).status_code == 200
    assert await read(house, token) is None


async def test_an_address_that_may_not_be_reached_vouches_for_nobody(
    neighbour: Neighbour, tmp_path: Path
) -> None:
    issuer = {"tenant": TENANT, "issuer": neighbour.issuer, "audience": API, "application": DESK}
    settings = neighbour.settings(tmp_path, {"tokenIssuers": [{**issuer, "people": PEOPLE}]})
    async with open_service(replace(settings, outgoing_networks=())) as house:
        assert (await call(house, token_of(neighbour, "bob"))).status_code == 401
    async with open_service(replace(settings, outgoing_trust=None)) as house:
        assert (await call(house, token_of(neighbour, "bob"))).status_code == 401


def read_claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    content: dict[str, Any] = msgspec.json.decode(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return content
