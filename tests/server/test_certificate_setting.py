"""`timebound certificate set`: an operator lets an application prove itself by a certificate."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from tests.support.proving import JWT_BEARER, Assertion, KeyHolder, make_holder
from tests.support.service import (
    DESK,
    ORIGIN,
    ROBOT,
    TENANT,
    Service,
    emulator,
    id_of,
    open_service,
    production,
)
from tests.support.stores import KINDS
from tests.support.tampering import run_sql
from timebound.server.certificate_setting import CertificateOrder, run_certificate_order
from timebound.server.config import ConfigError, Settings
from timebound.server.main import main

BEGIN, LIFE = datetime(2020, 1, 1, tzinfo=UTC), timedelta(days=36500)
FIRST, SECOND = (make_holder(name, BEGIN, LIFE) for name in ("set first", "set second"))
OVER = make_holder("set over", BEGIN, timedelta(days=1))


@pytest.fixture(params=KINDS)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The settings of a production service on either database."""
    if request.param == "sqlite":
        return production(tmp_path)
    url = request.getfixturevalue("fresh_postgres_database")
    return replace(production(tmp_path), database_url=url)


async def proves(service: Service, holder: KeyHolder) -> bool:
    url = f"{ORIGIN}/{TENANT}/oauth2/v2.0/token"
    form = {
        "grant_type": "client_credentials",
        "client_id": ROBOT,
        "scope": "https://graph.microsoft.com/.default",
        "client_assertion_type": JWT_BEARER,
        "client_assertion": Assertion(ROBOT, url, service.parts.system.now()).sign(holder),
    }
    answer = await service.ask_token(form)
    assert answer.status_code in {httpx.codes.OK, httpx.codes.UNAUTHORIZED}, answer.text
    return answer.status_code == httpx.codes.OK


async def ask(settings: Settings, statement: str) -> list[tuple[object, ...]]:
    return await asyncio.to_thread(run_sql, settings.database, statement)


def write(folder: Path, text: str) -> Path:
    path = folder / "certificate.pem"
    path.write_text(text)
    return path


async def give(
    settings: Settings, folder: Path, text: str, *, keep: bool = False, application: str = ROBOT
) -> str:
    def run() -> str:
        order = CertificateOrder("small.example", application, write(folder, text), keep)
        return run_certificate_order(settings, order)

    return await asyncio.to_thread(run)


@pytest.mark.inferred("as with secrets: it works at once, and without --keep it is the only one")
async def test_a_certificate_works_at_once_and_is_the_only_one(
    settings: Settings, tmp_path: Path
) -> None:
    async with open_service(settings) as service:
        assert not await proves(service, FIRST)
        told = await give(settings, tmp_path, FIRST.private_pem + FIRST.pem)
        assert told == FIRST.sha1.hex().upper()
        assert await proves(service, FIRST)
        await give(settings, tmp_path, SECOND.pem, keep=True)
        assert [await proves(service, one) for one in (FIRST, SECOND)] == [True, True]
        await give(settings, tmp_path, SECOND.pem)
        assert [await proves(service, one) for one in (FIRST, SECOND)] == [False, True]
    rows = await ask(settings, "SELECT kind, subject_id, data FROM events")
    kinds = [
        (kind, json.loads(str(data))["keyId"])
        for kind, subject, data in rows
        if subject == id_of("application", "Robot")
    ]
    assert sorted(str(kind) for kind, _ in kinds) == ["secretAdded"] * 3 + ["secretRemoved"] * 2
    assert len({key for _, key in kinds}) == 3


REFUSED = {
    "no certificate": ("hello", ROBOT, "not a certificate"),
    "a key alone": (FIRST.private_pem, ROBOT, "not a certificate"),
    "a certificate that is over": (OVER.pem, ROBOT, "is over"),
    "a public client": (FIRST.pem, DESK, "public"),
    "nobody": (FIRST.pem, TENANT, "no application"),
}


@pytest.mark.inferred("what cannot be followed is told plainly, and nothing is changed")
async def test_what_cannot_prove_anything_is_refused(tmp_path: Path) -> None:
    settings = production(tmp_path)
    async with open_service(settings):
        pass
    for text, application, said in REFUSED.values():
        with pytest.raises(ConfigError, match=said):
            await give(settings, tmp_path, text, application=application)
    told = await ask(settings, "SELECT count(*) FROM events WHERE kind = 'secretAdded'")
    assert told == [(0,)]


@pytest.mark.inferred("an emulator has its certificates from its seed")
def test_the_command_tells_what_it_refuses(tmp_path: Path) -> None:
    settings = emulator(tmp_path)

    async def serve() -> None:
        async with open_service(settings):
            pass

    asyncio.run(serve())
    where = ("--data", str(settings.data), "--tenant", TENANT, "--application", ROBOT)
    path = str(write(tmp_path, FIRST.pem))
    result = CliRunner().invoke(main, ["certificate", "set", *where, path])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "emulator" in result.stderr
