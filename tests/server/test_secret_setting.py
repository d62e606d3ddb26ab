"""`timebound secret set`: an operator gives an application of a production database its secret."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from tests.support.service import (
    DESK,
    EMPTY,
    ROBOT,
    TENANT,
    Service,
    emulator,
    id_of,
    open_service,
    production,
)
from tests.support.stores import KINDS
from tests.support.tampering import mark_as_later, run_sql
from timebound.domain.ids import ApplicationId, TenantId
from timebound.server.config import Settings
from timebound.server.main import main
from timebound.server.secret_setting import SecretOrder, run_order
from timebound.storage.migrating import migrate


@pytest.fixture(params=KINDS)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The settings of a production service on either database."""
    if request.param == "sqlite":
        return production(tmp_path)
    url = request.getfixturevalue("fresh_postgres_database")
    return replace(production(tmp_path), database_url=url)


async def may_sign_in(service: Service, secret: str, client_id: str = ROBOT) -> bool:
    form = {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": secret,
        "scope": "https://graph.microsoft.com/.default",
    }
    answer = await service.ask_token(form)
    assert answer.status_code in {httpx.codes.OK, httpx.codes.UNAUTHORIZED}, answer.text
    return answer.status_code == httpx.codes.OK


async def give(settings: Settings, application: str, *, keep: bool = False) -> str:
    order = SecretOrder("small.example", application, keep)
    return await asyncio.to_thread(run_order, settings, order)


@pytest.mark.inferred("the service may be running; without --keep the new secret is the only one")
async def test_a_secret_works_at_once_and_is_the_only_one(settings: Settings) -> None:
    async with open_service(settings) as service:
        first = await give(settings, ROBOT.upper())
        assert await may_sign_in(service, first)
        assert not await may_sign_in(service, first, EMPTY)
        second = await give(settings, ROBOT, keep=True)
        assert [await may_sign_in(service, one) for one in (first, second)] == [True, True]
        third = await give(settings, ROBOT)
        works = [await may_sign_in(service, one) for one in (first, second, third)]
        assert works == [False, False, True]
        assert len({first, second, third}) == 3
        assert min(map(len, (first, second, third))) >= 43


@pytest.mark.inferred("a secret counts until it ends, and no longer")
async def test_a_secret_can_have_an_end(settings: Settings) -> None:
    async with open_service(settings) as service:
        order = SecretOrder(TENANT, ROBOT, end="PT2H")
        secret = await asyncio.to_thread(run_order, settings, order)
        assert await may_sign_in(service, secret)
        ((end,),) = await ask(settings, "SELECT end_at FROM secrets")
        ends = end if isinstance(end, datetime) else datetime.fromisoformat(str(end))
        left = ends - service.parts.system.now()
        assert timedelta(hours=1) < left <= timedelta(hours=2)
        find = service.parts.store.find_application
        for at, number in ((ends - timedelta(microseconds=1), 1), (ends, 0)):
            found = await find(TenantId(TENANT), ApplicationId(ROBOT), at)
            assert found is not None
            assert len(found.hashes) == number


@pytest.mark.inferred("an end that cannot be is told with the option")
@pytest.mark.parametrize("end", ["tomorrow", "2030-01-01T00:00:00", "P1D2", "-P1D", "P9999999D"])
def test_an_end_that_cannot_be_is_refused(tmp_path: Path, end: str) -> None:
    settings = production(tmp_path)
    serve_once(settings)
    assert refused(settings, end=end).startswith("Error: --end ")
    assert run_sql(settings.database, "SELECT count(*) FROM secrets") == [(0,)]


@pytest.mark.documented("DESIGN, promise 4: nothing unlogged; events carry facts, never secrets")
async def test_it_is_told_as_an_event_without_the_secret(settings: Settings) -> None:
    async with open_service(settings):
        pass
    secret = await give(settings, ROBOT)
    events = await ask(settings, "SELECT subject_id, data FROM events WHERE kind = 'secretAdded'")
    ((subject, data),) = events
    assert subject == id_of("servicePrincipal", "Robot")
    told: dict[str, Any] = json.loads(str(data))
    ((key, hashed),) = await ask(settings, "SELECT key_id, hash FROM secrets")
    assert told == {
        "objectKind": "servicePrincipal",
        "applicationId": ROBOT,
        "displayName": "Robot",
        "keyId": key,
        "isOnlyOne": True,
        "end": None,
    }
    assert str(hashed).startswith("$argon2id$v=19$m=65536,")
    assert secret not in str(hashed)


async def ask(settings: Settings, statement: str) -> list[tuple[object, ...]]:
    return await asyncio.to_thread(run_sql, settings.database, statement)


def refused(
    settings: Settings, tenant: str = TENANT, application: str = ROBOT, end: str | None = None
) -> str:
    """What the command says when it refuses, in one line."""
    where = ["--data", str(settings.data)]
    if settings.database_url:
        where = ["--database-url", settings.database_url]
    whom = ("--tenant", tenant, "--application", application)
    result = run("secret", "set", *where, *whom, *(() if end is None else ("--end", end)))
    assert isinstance(result.exception, SystemExit)
    assert (result.exit_code, result.stdout) == (1, "")
    (line,) = result.stderr.splitlines()
    return line


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def serve_once(settings: Settings) -> None:
    async def serve() -> None:
        async with open_service(settings):
            pass

    asyncio.run(serve())


NOBODY = {
    "an unknown tenant": {"tenant": "nobody.example"},
    "a tenant that is no text": {"tenant": "a\x00b"},
    "a tenant of odd bytes": {"tenant": "\udcff"},
    "no tenant": {"tenant": ""},
    "an unknown application": {"application": TENANT},
    "an application by name": {"application": "Robot"},
    "an application that is no text": {"application": "a\x00b"},
    "a public client": {"application": DESK},
}


@pytest.mark.inferred("whom the secret is for is told plainly where nobody answers to it")
def test_who_is_not_there_gets_no_secret(settings: Settings) -> None:
    serve_once(settings)
    for name, who in NOBODY.items():
        (option,) = who
        said = refused(settings, **who)
        assert said.startswith(f"Error: --{option} "), name
    assert run_sql(settings.database, "SELECT count(*) FROM secrets") == [(0,)]


def prepare_nothing(_settings: Settings) -> None:
    """There is no database at all."""


def prepare_empty(settings: Settings) -> None:
    """A database that was made and never served."""
    settings.data.mkdir()
    migrate(settings.database)


def prepare_emulator(settings: Settings) -> None:
    """An emulator's database."""
    serve_once(emulator(settings.data.parent))


def prepare_later(settings: Settings) -> None:
    """A database of a later version."""
    serve_once(settings)
    mark_as_later(settings.database, "9999")


WRONG: dict[str, tuple[Callable[[Settings], None], str]] = {
    "none": (prepare_nothing, "there is no database"),
    "empty": (prepare_empty, "timebound serve --seed"),
    "emulator": (prepare_emulator, "emulator"),
    "later": (prepare_later, "later version"),
}


@pytest.mark.inferred("only a production database that has a tenant takes a secret")
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_database_is_told_plainly(tmp_path: Path, name: str) -> None:
    settings = production(tmp_path)
    prepare, said = WRONG[name]
    prepare(settings)
    there = settings.data.exists()
    assert said in refused(settings)
    assert settings.data.exists() == there


@pytest.mark.inferred("one configuration file serves every command")
def test_the_file_of_the_service_is_taken(tmp_path: Path) -> None:
    settings = production(tmp_path)
    serve_once(settings)
    file = tmp_path / "timebound.toml"
    file.write_text(f'data = "{settings.data}"\norigin = ["https://pim.example.com"]\nport = 1\n')
    given = ("--config", str(file), "--tenant", TENANT, "--application", ROBOT)
    result = run("secret", "set", *given)
    assert result.exit_code == 0, result.output
    assert len(result.stdout.split()) == 1
    assert result.stdout.strip() not in result.stderr
    assert run("migrate", "--config", str(file)).exit_code == 0
    file.write_text("nonsense = 1\n")
    assert "nonsense" in run("secret", "set", *given).output
