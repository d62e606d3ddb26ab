"""`timebound federation unlink`: a link is forgotten, and who came in by it is signed out."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.events import read_events
from tests.support.service import DESK, ORIGIN, TENANT, Service, emulator, id_of, open_service
from tests.support.stores import KINDS
from timebound.application.changes import ChangeSet, PutFactor
from timebound.application.engine import Engine
from timebound.application.factor_ports import Factor, FactorKind
from timebound.application.strangers import Arrival, Reception, admit_stranger
from timebound.domain.authority import Token
from timebound.domain.directory import DirectoryObject
from timebound.domain.events import EventKind
from timebound.domain.ids import ApplicationId, PrincipalId, TenantId
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


@pytest.mark.parametrize("keeps", [False, True])
async def test_what_was_set_up_by_whoever_came_goes_with_the_link(
    settings: Settings, *, keeps: bool
) -> None:
    async with open_service(settings) as service:
        found = await come(service, EVA)
        assert isinstance(found, DirectoryObject)
        parts, tenant = service.parts, TenantId(TENANT)
        user_id, at = PrincipalId(found.id), parts.clock.now()
        held = [Factor(user_id, kind.value, kind, b"sealed", at) for kind in FactorKind]
        writes = tuple(PutFactor(one) for one in held)
        assert await parts.store.apply(ChangeSet(tenant, at, {}, frozenset(), writes))
        order = UnlinkOrder("small.example", EVA, ISSUER, keep_factors=keeps)
        told = await asyncio.to_thread(run_unlink, settings, order)
        kept = await parts.store.list_factors(tenant, user_id)
        assert {one.kind for one in kept} == (set(FactorKind) if keeps else set())
        assert await parts.store.can_sign_in(tenant, user_id) is keeps
        events = await read_events(settings.database, tenant)
    deed = "kept" if keeps else "removed"
    assert [one.partition(" set up")[0] for one in sorted(told.splitlines()[1:])] == [
        f"{deed}: 1 recovery codes",
        f"{deed}: a passkey",
        f"{deed}: an app for codes",
    ]
    removed = [one.data["kind"] for one in events if one.kind is EventKind.FACTOR_REMOVED]
    assert len(removed) == (0 if keeps else len(FactorKind))


async def test_tokens_of_before_count_no_more(settings: Settings) -> None:
    async with open_service(settings) as service:
        found = await come(service, EVA)
        assert isinstance(found, DirectoryObject)
        parts, tenant = service.parts, TenantId(TENANT)
        token = Token(
            tenant,
            PrincipalId(found.id),
            ApplicationId(DESK),
            frozenset(),
            issued_at=parts.system.now(),
        )
        assert (await parts.store.load_caller(token, parts.clock.now())).is_enabled
        order = UnlinkOrder("small.example", EVA, ISSUER)
        await asyncio.to_thread(run_unlink, settings, order)
        assert not (await parts.store.load_caller(token, parts.clock.now())).is_enabled


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
        order = replace(UnlinkOrder("small.example", EVA, ISSUER), **changes)  # type: ignore[arg-type]  # names of its texts
        with pytest.raises(ConfigError, match=named):
            await asyncio.to_thread(run_unlink, settings, order)


def test_the_command_says_what_is_at_fault(tmp_path: Path) -> None:
    given = ("--tenant", "t", "--user", "u", "--issuer", "i", "--data", str(tmp_path))
    result = CliRunner().invoke(main, ["federation", "unlink", *given])
    assert result.exit_code == 1
    assert "there is no database" in result.output
