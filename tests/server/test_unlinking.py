"""`timebound federation unlink`: a link is forgotten, and who came in by it is signed out."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.service import ORIGIN, TENANT, Service, emulator, id_of, open_service
from tests.support.stores import KINDS
from timebound.application.engine import Engine
from timebound.application.strangers import Arrival, Reception, admit_stranger
from timebound.domain.directory import DirectoryObject
from timebound.domain.ids import TenantId
from timebound.domain.strangers import Rejection, Stranger, Voucher
from timebound.identity.flows.marks import Marks
from timebound.identity.flows.sessions import Browser, Sessions
from timebound.server.config import ConfigError, Settings
from timebound.server.main import main
from timebound.server.unlinking import UnlinkOrder, run_unlink

ISSUER = "https://idp.example"
EVA = "eva@small.test"
pytestmark = pytest.mark.inferred("docs/how-to/federation.md: a link can be taken back")


@pytest.fixture(params=KINDS)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The settings of a service on either database."""
    if request.param == "sqlite":
        return emulator(tmp_path)
    url = request.getfixturevalue("fresh_postgres_database")
    return replace(emulator(tmp_path), database_url=url)


async def come(service: Service, name: str | None = None) -> DirectoryObject | Rejection:
    parts = service.parts
    reception = Reception(Engine(parts.store, parts.ids), parts.store)
    arrival = Arrival(TenantId(TENANT), Stranger(ISSUER, "s1"), name, Voucher())
    return await admit_stranger(reception, arrival, parts.clock.now())


async def test_a_link_is_forgotten_and_its_sessions_end(settings: Settings) -> None:
    async with open_service(settings) as service:
        found = await come(service, EVA)
        assert isinstance(found, DirectoryObject)
        assert found.id == id_of("user", EVA)
        sessions = Sessions(service.parts.store, Marks(b"k" * 32), service.parts.system)
        record = await service.parts.store.find_user(TenantId(TENANT), EVA)
        assert record is not None
        browser = Browser(TenantId(TENANT), ORIGIN, {})
        begun = await sessions.start(browser, record, ("fed",))
        order = UnlinkOrder("small.example", EVA.upper(), ISSUER)
        told = await asyncio.to_thread(run_unlink, settings, order)
        assert "s1" in told
        assert await come(service) is Rejection.UNKNOWN
        name, _, secret = begun.cookie.partition(";")[0].partition("=")
        assert await sessions.find(replace(browser, cookies={name: secret})) is None
        # There is nothing left to be forgotten.
        with pytest.raises(ConfigError, match="--issuer"):
            await asyncio.to_thread(run_unlink, settings, order)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"tenant": "nowhere.example"}, "--tenant"),
        ({"tenant": "a\0"}, "--tenant"),
        ({"user": "nobody@small.test"}, "--user"),
        ({"user": "\0"}, "--user"),
        ({"issuer": "https://other.example"}, "--issuer"),
        ({"issuer": "\0"}, "--issuer"),
    ],
)
async def test_what_is_not_there_is_named(
    tmp_path: Path, changes: dict[str, str], named: str
) -> None:
    settings = emulator(tmp_path)
    async with open_service(settings) as service:
        await come(service, EVA)
        order = replace(UnlinkOrder("small.example", EVA, ISSUER), **changes)
        with pytest.raises(ConfigError, match=named):
            await asyncio.to_thread(run_unlink, settings, order)


def test_the_command_says_what_is_at_fault(tmp_path: Path) -> None:
    given = ("--tenant", "t", "--user", "u", "--issuer", "i", "--data", str(tmp_path))
    result = CliRunner().invoke(main, ["federation", "unlink", *given])
    assert result.exit_code == 1
    assert "there is no database" in result.output
