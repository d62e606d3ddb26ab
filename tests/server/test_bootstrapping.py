"""First start in production: an operator's code lets one person in, once, with two factors."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import httpx
import pytest
from click.testing import CliRunner

from tests.identity.pages.test_factor_pages import App, read_app
from tests.support.events import read_events
from tests.support.service import TENANT, Service, open_service, production
from tests.support.sheets import Sheet
from tests.support.stores import KINDS
from timebound.application.changes import (
    ChangeSet,
    InsertGrant,
    PutFactor,
    PutIdentityLink,
    PutSecret,
    Write,
)
from timebound.application.factor_ports import Factor, FactorKind
from timebound.application.first_administrator import has_administrator
from timebound.domain.events import EventKind
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId, TenantId
from timebound.domain.roles import GLOBAL_ADMINISTRATOR
from timebound.domain.scopes import DIRECTORY_ROOT
from timebound.domain.times import ENDLESS, Window
from timebound.identity.first_start import FirstStart
from timebound.identity.flows.marks import open_marks
from timebound.server.bootstrapping import make_bootstrap_code
from timebound.server.config import Settings
from timebound.server.main import main

SMALL: Final = TenantId(TENANT)
PAGE: Final = "/bootstrap"
NEW: Final = "ines@small.example"
KNOWN: Final = "ada@small.example"
PASSWORD: Final = "Long-Enough-1"
AT_ONCE: Final = 8

pytestmark = pytest.mark.documented(
    "issue 3: a one-time bootstrap code makes the first administrator; no default password"
)


@pytest.fixture(params=KINDS)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The settings of a production service on either database."""
    if request.param == "sqlite":
        return production(tmp_path)
    url = request.getfixturevalue("fresh_postgres_database")
    return replace(production(tmp_path), database_url=url)


def codes_of(service: Service) -> FirstStart:
    """The codes of the service."""
    parts = service.parts
    return FirstStart(parts.store, open_marks(parts.master), parts.system, parts.clock)


async def make(service: Service) -> str:
    """A code for the tenant."""
    code = await codes_of(service).make_code(SMALL)
    assert code is not None
    return code


@dataclass(slots=True)
class Newcomer:
    """Somebody in front of a browser who has the operator's code."""

    client: httpx.AsyncClient

    async def begin(self, code: str, name: str = NEW, password: str = PASSWORD) -> httpx.Response:
        """The answer to the code and who it is."""
        page = await self.client.get(PAGE)
        fields = Sheet(page.text).form("code").fields | {"code": code, "username": name}
        fields |= {"display_name": "Ines Four", "new_password": password}
        return await self.client.post(PAGE, data=fields | {"new_password_again": password})

    async def end(self, page: httpx.Response, digits: str | None = None) -> httpx.Response:
        """The answer to the first code of the app."""
        form = Sheet(page.text).form("enrolment")
        typed = read_app(page).code(-1) if digits is None else digits
        return await self.client.post(PAGE, data=form.fields | {"code": typed})


def newcomer(service: Service, address: str = "203.0.113.7") -> Newcomer:
    """Somebody with a browser of their own."""
    return Newcomer(service.client_at(address))


async def sign_in(service: Service, name: str, app: App) -> Sheet:
    """The page that somebody comes to who signs in with a password and an app."""
    client = service.client_at("198.51.100.7")
    page = await client.get(f"/{TENANT}/security", follow_redirects=True)
    for fields in ({"username": name, "password": PASSWORD}, {"code": app.code()}):
        form = Sheet(page.text).form("ctx")
        page = await client.post(page.url, data=form.fields | fields, follow_redirects=True)
    return Sheet(page.text)


async def test_the_code_makes_an_administrator_with_two_factors(settings: Settings) -> None:
    async with open_service(settings) as service:
        someone = newcomer(service)
        page = await someone.begin(await make(service))
        app, done = read_app(page), await someone.end(page)
        assert "Keep these recovery codes" in Sheet(done.text).words
        assert f"You are signed in as {NEW}" in (await sign_in(service, NEW, app)).words
        assert await has_administrator(service.parts.store, SMALL, service.parts.clock.now())
        events = await read_events(settings.database, SMALL)
    kinds = [one.kind for one in events]
    for kind in (EventKind.OBJECT_CREATED, EventKind.PASSWORD_SET, EventKind.FACTOR_ADDED):
        assert kind in kinds
    (granted,) = [one for one in events if one.data.get("isOutside") is True]
    assert granted.kind is EventKind.GRANT_MADE
    assert PASSWORD not in repr(events)
    by_code = [one for one in events if one.correlation_id == granted.correlation_id]
    assert len(by_code) == 5
    assert all(one.data["isByOperatorCode"] is True for one in by_code)
    assert {one.data["ipAddress"] for one in by_code} == {"203.0.113.7"}
    others = [one for one in events if one not in by_code]
    assert not [one for one in others if "isByOperatorCode" in one.data]


async def test_somebody_of_the_seed_comes_in_and_keeps_what_they_hold(settings: Settings) -> None:
    async with open_service(settings) as service:
        someone = newcomer(service)
        page = await someone.begin(await make(service), KNOWN)
        app = read_app(page)
        await someone.end(page)
        assert f"You are signed in as {KNOWN}" in (await sign_in(service, KNOWN, app)).words
        events = await read_events(settings.database, SMALL)
    assert EventKind.OBJECT_CREATED not in [one.kind for one in events]


@pytest.mark.parametrize("means", ["password", "passkey"])
async def test_nobody_who_can_sign_in_is_taken_over(settings: Settings, means: str) -> None:
    async with open_service(settings) as service:
        record = await service.parts.store.find_user(SMALL, KNOWN)
        assert record is not None
        user_id, at = PrincipalId(record.owner.id), service.parts.clock.now()
        theirs: Write = PutFactor(Factor(user_id, means, FactorKind.PASSKEY, b"sealed", at))
        if means == "password":
            theirs = PutSecret(user_id, means, service.parts.hasher.hash("Ada-Pass-1"))
        change = ChangeSet(SMALL, at, {}, frozenset(), (theirs,))
        someone, code = newcomer(service), await make(service)
        begun = await someone.begin(code, KNOWN)
        assert await service.parts.store.apply(change)
        assert "cannot be that" in (await someone.end(begun)).text
        assert "cannot be that" in (await someone.begin(code, KNOWN)).text
        kept = await service.parts.store.find_user(SMALL, KNOWN)
        assert kept is not None
        assert list(kept.hashes) == ([theirs.hash] if isinstance(theirs, PutSecret) else [])


async def test_what_an_account_proved_itself_with_before_proves_nothing_more(
    settings: Settings,
) -> None:
    async with open_service(settings) as service:
        record = await service.parts.store.find_user(SMALL, KNOWN)
        assert record is not None
        user_id = PrincipalId(record.owner.id)
        at = service.parts.clock.now()
        before = [
            Factor(user_id, kind.value, kind, b"sealed", at)
            for kind in (FactorKind.TOTP, FactorKind.RECOVERY)
        ]
        writes = tuple(PutFactor(one) for one in before)
        assert await service.parts.store.apply(ChangeSet(SMALL, at, {}, frozenset(), writes))
        someone = newcomer(service)
        done = await someone.end(await someone.begin(await make(service), KNOWN))
        assert "Keep these recovery codes" in Sheet(done.text).words
        kept = await service.parts.store.list_factors(SMALL, user_id)
        assert not {one.id for one in kept} & {one.id for one in before}
        kinds = [one.kind for one in kept]
        assert (kinds.count(FactorKind.TOTP), len(kinds)) == (1, 11)
        events = await read_events(settings.database, SMALL)
    removed = [one.data for one in events if one.kind is EventKind.FACTOR_REMOVED]
    assert sorted(str(one["kind"]) for one in removed) == ["recovery", "totp"]
    assert all(one["isByOperatorCode"] is True for one in removed)


async def test_nobody_whom_an_issuer_vouches_for_is_taken_over(settings: Settings) -> None:
    async with open_service(settings) as service:
        record = await service.parts.store.find_user(SMALL, KNOWN)
        assert record is not None
        user_id, issuer = PrincipalId(record.owner.id), "https://issuer.example"
        link = PutIdentityLink(issuer, "them", user_id)
        change = ChangeSet(SMALL, service.parts.clock.now(), {}, frozenset(), (link,))
        someone, code = newcomer(service), await make(service)
        begun = await someone.begin(code, KNOWN)
        assert await service.parts.store.apply(change)
        assert "cannot be that" in (await someone.end(begun)).text
        assert "cannot be that" in (await someone.begin(code, KNOWN)).text
        assert await service.parts.store.find_subject(SMALL, issuer, user_id) == "them"
        assert await service.parts.store.list_factors(SMALL, user_id) == ()


@pytest.mark.parametrize("kind", list(FactorKind))
async def test_an_administrator_with_a_passkey_alone_is_one(
    settings: Settings, kind: FactorKind
) -> None:
    """A passkey signs in by itself; nothing else that stands beside a password does."""
    async with open_service(settings) as service:
        store, at = service.parts.store, service.parts.clock.now()
        found = await store.find_user(SMALL, KNOWN)
        assert found is not None
        user_id = PrincipalId(found.owner.id)
        slot = Slot(user_id, GLOBAL_ADMINISTRATOR, DIRECTORY_ROOT)
        grant = Grant(GrantId("9" * 8), slot, GrantKind.ASSIGNED, Window(at, ENDLESS), at)
        writes = (InsertGrant(grant), PutFactor(Factor(user_id, "own", kind, b"sealed", at)))
        assert await store.apply(ChangeSet(SMALL, at, {}, frozenset(), writes))
        is_one = kind is FactorKind.PASSKEY
        assert await has_administrator(store, SMALL, at) is is_one
        assert (await codes_of(service).make_code(SMALL) is None) is is_one


async def test_a_code_is_used_up(settings: Settings) -> None:
    async with open_service(settings) as service:
        code, someone, other = await make(service), newcomer(service), newcomer(service)
        mine, theirs = await someone.begin(code), await other.begin(code, "uma@small.example")
        await someone.end(mine)
        assert "is wrong, was used" in (await other.end(theirs)).text
        assert "is wrong, was used" in (await other.begin(code, "eve@small.example")).text
        assert await codes_of(service).make_code(SMALL) is None
        assert await service.parts.store.find_user(SMALL, "uma@small.example") is None


async def test_of_eight_who_come_at_once_one_is_administrator(settings: Settings) -> None:
    async with open_service(settings) as service:
        code = await make(service)
        crowd = [newcomer(service, f"203.0.113.{number}") for number in range(AT_ONCE)]
        pages = [await one.begin(code, f"n{at}@small.example") for at, one in enumerate(crowd)]
        barrier = asyncio.Barrier(AT_ONCE)

        async def end(one: Newcomer, page: httpx.Response) -> bool:
            await barrier.wait()
            return "Keep these recovery codes" in (await one.end(page)).text

        ends = await asyncio.gather(*map(end, crowd, pages))
        assert ends.count(True) == 1
        names = [f"n{at}@small.example" for at in range(AT_ONCE)]
        made = [await service.parts.store.find_user(SMALL, one) for one in names]
        assert [one is not None for one in made] == ends


@pytest.mark.parametrize("code", ["", "BCDF-GHJK-LMNP-QRST-VWXZ-2345", "x" * 9_000, "\u00e9"])
async def test_a_code_that_was_not_made(tmp_path: Path, code: str) -> None:
    async with open_service(production(tmp_path)) as service:
        someone = newcomer(service)
        assert "is wrong, was used" in (await someone.begin(code)).text, "none is out"
        right = await make(service)
        assert "is wrong, was used" in (await someone.begin(code)).text
        assert "enrolment" in (await someone.begin(right.lower().replace("-", " "))).text


async def test_codes_cannot_be_guessed_fast(tmp_path: Path) -> None:
    async with open_service(production(tmp_path)) as service:
        code, someone = await make(service), newcomer(service)
        for _ in range(5):
            await someone.begin("guess")
        assert "too often" in (await someone.begin(code)).text
        assert "enrolment" in (await newcomer(service, "198.51.100.1").begin(code)).text


@pytest.mark.parametrize(
    ("name", "password", "words"),
    [
        (NEW, "short", "too easy"),
        ("ines@elsewhere.example", PASSWORD, "another domain"),
        ("ida@small.example", PASSWORD, "cannot be that"),
        ("in es@small.example", PASSWORD, "cannot be that"),
        ("", PASSWORD, "another domain"),
    ],
)
async def test_who_cannot_be_the_first(
    tmp_path: Path, name: str, password: str, words: str
) -> None:
    async with open_service(production(tmp_path)) as service:
        answer = await newcomer(service).begin(await make(service), name, password)
        assert (answer.status_code, words in answer.text) == (400, True)


async def test_wrong_digits_appoint_nobody(tmp_path: Path) -> None:
    async with open_service(production(tmp_path)) as service:
        someone = newcomer(service)
        page = await someone.begin(await make(service))
        wrong = await someone.end(page, "12345x")
        assert (wrong.status_code, read_app(wrong)) == (400, read_app(page))
        assert await service.parts.store.find_user(SMALL, NEW) is None
        assert "Keep these recovery codes" in (await someone.end(wrong)).text


async def test_a_form_of_another_page_appoints_nobody(tmp_path: Path) -> None:
    async with open_service(production(tmp_path)) as service:
        someone = newcomer(service)
        page = await someone.begin(await make(service))
        form = Sheet(page.text).form("enrolment")
        fields = form.fields | {"code": read_app(page).code(-1)}
        headers = {"origin": "https://evil.example"}
        forged = await someone.client.post(PAGE, data=fields, headers=headers)
        assert "AADSTS165000" in forged.text
        bare = await someone.client.post(PAGE, data=fields | {"ctx": "x"})
        assert "AADSTS165004" in bare.text
        assert await service.parts.store.find_user(SMALL, NEW) is None


async def test_the_command_makes_a_code_while_there_is_nobody(settings: Settings) -> None:
    async with open_service(settings) as service:
        code = await asyncio.to_thread(make_bootstrap_code, settings, "small.example")
        someone = newcomer(service)
        await someone.end(await someone.begin(code))
    arguments = ["bootstrap", "--data", str(settings.data), "--tenant", TENANT]
    if settings.database_url:
        arguments += ["--database-url", settings.database_url]
    result = await asyncio.to_thread(CliRunner().invoke, main, arguments)
    assert (result.exit_code, "can sign in already" in result.output) == (1, True)


def test_the_command_says_what_is_at_fault(tmp_path: Path) -> None:
    arguments = ["bootstrap", "--data", str(tmp_path / "nowhere"), "--tenant", "x"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert "there is no database" in result.output
