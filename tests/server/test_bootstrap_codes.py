"""The operator's code for a first administrator: one is out, told once, and used once."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.server.test_bootstrapping import AT_ONCE, SMALL, codes_of, make, newcomer, settings
from tests.support.service import TENANT, Service, emulator, open_service, production
from timebound.application.changes import ChangeSet, PutTenant
from timebound.domain.ids import TenantId
from timebound.domain.settings import TenantSettings
from timebound.identity.first_start import LIFE
from timebound.server.bootstrapping import offer_code
from timebound.server.config import Settings

__all__ = ["settings"]

pytestmark = pytest.mark.documented(
    "issue 3: a one-time bootstrap code makes the first administrator; no default password"
)


async def test_a_code_is_of_its_tenant(settings: Settings) -> None:
    async with open_service(settings) as service:
        other = TenantId(service.parts.ids.new_id())
        tenant = PutTenant("Other", ("other.example",), TenantSettings())
        at = service.parts.clock.now()
        assert await service.parts.store.apply(ChangeSet(other, at, {}, frozenset(), (tenant,)))
        mine, theirs = await make(service), await codes_of(service).make_code(other)
        assert theirs is not None
        someone = newcomer(service)
        assert "is wrong, was used" in (await someone.begin(theirs)).text
        assert "is wrong, was used" in (await someone.begin(mine, "ora@other.example")).text
        assert not await codes_of(service).use_code(SMALL, theirs)
        assert "enrolment" in (await someone.begin(mine)).text
        assert "enrolment" in (await someone.begin(theirs, "ora@other.example")).text


async def test_a_code_made_while_another_is_used_up_stays(settings: Settings) -> None:
    async with open_service(settings) as service:
        codes, first = codes_of(service), await make(service)
        made, _ = await asyncio.gather(codes.make_code(SMALL), codes.use_code(SMALL, first))
        assert made is not None
        assert await codes.is_code(SMALL, made), "it was told as one that lets somebody in"


@pytest.mark.parametrize("settings", ["postgres"], indirect=True)
@pytest.mark.postgres
async def test_of_servers_that_start_at_once_one_prints_the_code_that_counts(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_service(settings) as one:
        key = settings.data / "master.key"
        second = replace(settings, data=tmp_path / "second", master_key_file=key)
        async with open_service(second) as two:
            tenant = await one.parts.store.sole_tenant()
            barrier = asyncio.Barrier(AT_ONCE)

            async def start(service: Service) -> None:
                await barrier.wait()
                await offer_code(service.parts, tenant)

            capsys.readouterr()
            await asyncio.gather(*(start((one, two)[at % 2]) for at in range(AT_ONCE)))
            told = capsys.readouterr().err
            assert told.count("Nobody can sign in") == 1
            code = told.strip().splitlines()[-1]
            for service in (one, two):
                assert await codes_of(service).is_code(SMALL, code)
            assert "enrolment" in (await newcomer(two).begin(code)).text


async def test_a_code_is_offered_once_until_it_is_used_or_over(settings: Settings) -> None:
    async with open_service(settings) as service:
        codes = codes_of(service)
        offered = await asyncio.gather(*(codes.offer_code(SMALL) for _ in range(AT_ONCE)))
        (code,) = [one for one in offered if one is not None]
        assert await codes.offer_code(SMALL) is None
        assert await codes.use_code(SMALL, code)
        again = await codes.offer_code(SMALL)
        assert again is not None
        assert await codes.is_code(SMALL, again)
        assert not await codes.is_code(SMALL, code)


async def test_a_code_is_used_once_whatever_becomes_of_it(settings: Settings) -> None:
    async with open_service(settings) as service:
        code = await make(service)
        codes = codes_of(service)
        used = await asyncio.gather(*(codes.use_code(SMALL, code) for _ in range(AT_ONCE)))
        assert used.count(True) == 1
        assert not await codes.is_code(SMALL, code), "though nobody is administrator yet"
        assert await make(service) != code


async def test_the_code_made_last_counts_until_its_day_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(production(tmp_path)) as service:
        first = await make(service)
        second = await make(service)
        codes = codes_of(service)
        assert not await codes.is_code(SMALL, first)
        assert await codes.is_code(SMALL, second)
        now = service.parts.system.now()
        monkeypatch.setattr(type(service.parts.system), "now", lambda _: now + LIFE)
        assert not await codes.is_code(SMALL, second)
        assert await codes.offer_code(SMALL) is not None


async def test_the_start_prints_one_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_service(production(tmp_path)) as service:
        tenant = await service.parts.store.sole_tenant()
        capsys.readouterr()
        await offer_code(service.parts, tenant)
        told = capsys.readouterr()
        assert "https://localhost:8443/bootstrap" in told.err
        code = told.err.strip().splitlines()[-1]
        assert await codes_of(service).is_code(SMALL, code)
        assert code not in told.out
        await offer_code(service.parts, tenant)
        assert code not in capsys.readouterr().err, "it is out already"
        assert await codes_of(service).is_code(SMALL, code)
        kept = await service.parts.store.read_meta(f"bootstrap.{TENANT}")
        assert code.replace("-", "") not in (kept or "").replace("-", "").upper()


async def test_an_emulator_needs_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with open_service(emulator(tmp_path)) as service:
        capsys.readouterr()
        await offer_code(service.parts, await service.parts.store.sole_tenant())
        assert capsys.readouterr().err == ""
