"""`timebound keys rotate` and `--key-life`: an operator and time make the next signing key."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.support.service import ROBOT, SECRET, Service, emulator, open_service
from tests.support.stores import KINDS
from timebound.server.config import ConfigError, Settings, parse_ahead, parse_life
from timebound.server.key_keeping import replace_keys, rotate_keys
from timebound.server.main import main

DAY = timedelta(days=1)
KEYS = "/common/discovery/v2.0/keys"


@pytest.fixture(params=KINDS)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The settings of an emulator on either database."""
    if request.param == "sqlite":
        return emulator(tmp_path)
    url = request.getfixturevalue("fresh_postgres_database")
    return replace(emulator(tmp_path), database_url=url)


async def published(service: Service) -> list[str]:
    keys = (await service.client.get(KEYS)).json()["keys"]
    return [str(one["kid"]) for one in keys]


async def rotate(settings: Settings) -> str:
    return await asyncio.to_thread(rotate_keys, settings, DAY)


@pytest.mark.inferred("the service may be running: it learns of the key within a minute")
async def test_a_key_is_made_beside_a_running_service(settings: Settings) -> None:
    async with open_service(settings) as service:
        before = await published(service)
        told = await rotate(settings)
        await service.parts.keys.keep()
        after = await published(service)
        assert after[:1] == before
        assert len(after) == 2
        assert told.startswith(f"The key {after[1]} (RS256) signs from ")


@pytest.mark.inferred("the next key is of the algorithm of the one before, whatever the command")
async def test_the_algorithm_is_that_of_the_service(settings: Settings) -> None:
    curved = replace(settings, signing_algorithm="ES256")
    async with open_service(curved) as service:
        assert "(ES256)" in await rotate(settings)
        form = {
            "grant_type": "client_credentials",
            "client_id": ROBOT,
            "client_secret": SECRET,
            "scope": "https://graph.microsoft.com/.default",
        }
        token = (await service.ask_token(form)).json()["access_token"]
        headers = {"authorization": f"Bearer {token}"}
        assert (await service.client.get("/v1.0/users", headers=headers)).status_code == 200
        keys = (await service.client.get(KEYS)).json()["keys"]
        assert {(one["kty"], one["alg"], one["crv"]) for one in keys} == {("EC", "ES256", "P-256")}
        assert all("d" not in one for one in keys)


@pytest.mark.inferred("no token that was made before counts any more; new ones do")
async def test_all_keys_are_replaced_beside_a_running_service(settings: Settings) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": ROBOT,
        "client_secret": SECRET,
        "scope": "https://graph.microsoft.com/.default",
    }
    async with open_service(settings) as service:

        async def ask() -> dict[str, str]:
            token = (await service.ask_token(form)).json()["access_token"]
            return {"authorization": f"Bearer {token}"}

        async def read(headers: dict[str, str]) -> int:
            return (await service.client.get("/v1.0/users", headers=headers)).status_code

        before = await ask()
        assert await read(before) == 200
        told = await asyncio.to_thread(replace_keys, settings)
        await service.parts.keys.keep()
        (kid,) = await published(service)
        assert told.startswith(f"The key {kid} ")
        assert (await read(before), await read(await ask())) == (401, 200)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["keys", "rotate", *words])


@pytest.mark.inferred("a wrong name is not a database to be made, nor a key to be sealed under")
def test_a_wrong_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = run("--data", str(tmp_path / "empty"))
    assert result.exit_code == 1
    assert "master" in result.output or "database" in result.output
    assert list((tmp_path / "empty").iterdir()) == []


@pytest.mark.inferred("a key that is sealed under another master key cannot be followed by one")
async def test_another_master_key_is_refused(tmp_path: Path) -> None:
    settings = emulator(tmp_path)
    async with open_service(settings):
        pass
    other = tmp_path / "other.key"
    await asyncio.to_thread(other.write_text, "A" * 43 + "=")
    await asyncio.to_thread(other.chmod, 0o600)
    with pytest.raises(ConfigError, match="--master-key-file"):
        await rotate(replace(settings, master_key_file=other))


@pytest.mark.inferred("clients keep the published keys for an hour")
@pytest.mark.parametrize("text", ["PT59M", "tomorrow", "-P1D", ""])
def test_a_key_cannot_sign_before_everybody_knows_it(text: str) -> None:
    with pytest.raises(ConfigError, match="--after"):
        parse_ahead(text)
    assert parse_ahead("PT1H") == timedelta(hours=1)


@pytest.mark.inferred("a key that is published for a day signs for longer than that")
@pytest.mark.parametrize("text", ["P1D", "forever", "90"])
def test_a_life_has_to_be_long_enough(text: str) -> None:
    with pytest.raises(ConfigError, match="--key-life"):
        parse_life(text)
    assert (parse_life("P2D"), parse_life("never")) == (timedelta(days=2), None)
