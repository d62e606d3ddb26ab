"""Sign-ins and tokens of an authorization server that others have written: Canaille."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from tests.identity.federation.canaille import (
    CLIENT,
    CLIENT_SECRET,
    GATEWAY,
    Canaille,
    open_canaille,
)
from tests.identity.federation.neighbour import OUR_SEED
from tests.support.service import (
    DESK,
    ORIGIN,
    TENANT,
    Service,
    emulator,
    id_of,
    open_service,
    write_seed_file,
)
from timebound.domain.ids import TenantId
from timebound.identity.flows.interaction import Interaction, Interactions
from timebound.identity.flows.marks import Marks
from timebound.identity.flows.sessions import Browser, Present, Sessions

pytestmark = [
    pytest.mark.slow,
    pytest.mark.documented(
        "issue 3: any OIDC provider, tested against a second real server process"
    ),
]
PEOPLE: Mapping[str, Any] = {
    "match": "email",
    "verifiedBy": "issuer",
    "domains": ["small.example"],
    "create": True,
}
SECOND: Mapping[str, Any] = {"amr": ["mfa"]}
START = f"/{TENANT}/federation/works/start"


@pytest.fixture(scope="module")
def weak() -> Iterator[Canaille]:
    """People sign in there with a password."""
    with open_canaille(["password"]) as opened:
        yield opened


@pytest.fixture(scope="module")
def strong() -> Iterator[Canaille]:
    """People sign in there with a password and an app."""
    with open_canaille(["password", "otp"]) as opened:
        yield opened


@asynccontextmanager
async def open_house(theirs: Canaille, folder: Path) -> AsyncIterator[Service]:
    """A service of ours that takes the word of that server."""
    provider = {
        "tenant": TENANT,
        "name": "works",
        "issuer": theirs.issuer,
        "clientId": CLIENT,
        "clientSecret": {"file": "secret"},
        "people": PEOPLE,
        "secondFactor": SECOND,
    }
    bearer = {
        "tenant": TENANT,
        "issuer": theirs.issuer,
        "audience": GATEWAY,
        "application": DESK,
        "people": PEOPLE,
        "secondFactor": SECOND,
    }
    (folder / "secret").write_text(CLIENT_SECRET, encoding="utf-8")
    (folder / "federation.yaml").write_bytes(
        msgspec.json.encode({"providers": [provider], "tokenIssuers": [bearer]})
    )
    settings = replace(
        emulator(folder),
        seed=write_seed_file(folder, OUR_SEED),
        federation_file=folder / "federation.yaml",
        outgoing_hosts=(theirs.issuer,),
        outgoing_networks=(ip_network("127.0.0.0/8"),),
    )
    async with open_service(settings) as service:
        yield service


async def sign_in(house: Service, theirs: Canaille, name: str) -> httpx.Response:
    """To the provider and back, as somebody's browser goes; what our callback answers."""
    interactions = Interactions(house.parts.master, house.parts.system)
    back = Interaction(f"/{TENANT}/oauth2/v2.0/authorize", TenantId(TENANT))
    start = await house.client.get(START, params={"ctx": interactions.seal(back)})
    assert start.headers["location"].startswith(f"{theirs.issuer}/oauth/authorize?")
    return await house.client.get(theirs.sign_in(name, start.headers["location"]))


async def present_in(house: Service) -> Present | None:
    """Who is signed in here."""
    parts = house.parts
    marks = Marks(parts.master.derive("sign-in marks"))
    sessions = Sessions(parts.store, marks, parts.system, parts.others.federation)
    return await sessions.find(Browser(TenantId(TENANT), ORIGIN, dict(house.client.cookies)))


@pytest.mark.parametrize("name", ["bob", "new"])
async def test_who_signs_in_there_is_signed_in_here(
    weak: Canaille, tmp_path: Path, name: str
) -> None:
    async with open_house(weak, tmp_path) as house:
        answer = await sign_in(house, weak, name)
        assert answer.headers["location"].startswith(f"/{TENANT}/login?ctx="), answer.text
        present = await present_in(house)
        assert present is not None
        assert present.user.user_principal_name == f"{name}@small.example"
        assert present.who.methods == ("fed",), "a password there is no second factor here"
        if name == "bob":
            assert present.user.id == id_of("user", "bob@small.example"), "whom we knew before"


async def test_a_second_factor_there_is_one_here(strong: Canaille, tmp_path: Path) -> None:
    async with open_house(strong, tmp_path) as house:
        await sign_in(house, strong, "bob")
        present = await present_in(house)
        assert present is not None
        assert present.who.methods == ("fed", "mfa")


async def test_an_administrator_comes_in_by_no_name(weak: Canaille, tmp_path: Path) -> None:
    async with open_house(weak, tmp_path) as house:
        answer = await sign_in(house, weak, "boss")
        assert answer.status_code == httpx.codes.BAD_REQUEST
        assert "AADSTS50020" in answer.text
        assert await present_in(house) is None


async def test_its_tokens_say_who_it_is_and_nothing_else(weak: Canaille, tmp_path: Path) -> None:
    token = weak.ask_token("bob")
    async with open_house(weak, tmp_path) as house:
        bearer = {"authorization": f"Bearer {token}"}
        answer = await house.client.get("/v1.0/me", headers=bearer)
        assert answer.status_code == httpx.codes.OK, answer.text
        assert answer.json()["userPrincipalName"] == "bob@small.example"
        roles = await house.client.get("/v1.0/users", headers=bearer)
        assert roles.status_code == httpx.codes.FORBIDDEN
        forged = {"authorization": f"Bearer {token[:-4]}AAAA"}
        assert (await house.client.get("/v1.0/me", headers=forged)).status_code == 401
