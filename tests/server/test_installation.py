"""Opening an installation: profiles, floors, keys, settings and seeds over a restart."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.service import (
    DESK,
    ORIGIN,
    PASSWORD,
    ROBOT,
    SECRET,
    SEED,
    TENANT,
    Service,
    emulator,
    id_of,
    open_service,
    production,
    write_seed_file,
)
from timebound.application.changes import ChangeSet, PurgeRole
from timebound.application.queries import Query
from timebound.domain.ids import TenantId
from timebound.domain.roles import SECURITY_READER
from timebound.domain.settings import License
from timebound.domain.times import Instant
from timebound.identity.sealing import KEY_BYTES
from timebound.server.clock import ClockStepError
from timebound.server.config import ConfigError, Profile, Settings
from timebound.server.notes import FLOOR
from timebound.storage.opening import open_store

HOUR = timedelta(hours=1)
PASSWORD_FORM: Mapping[str, str] = {
    "grant_type": "password",
    "client_id": DESK,
    "username": "ada@small.example",
    "password": PASSWORD,
    "scope": "https://graph.microsoft.com/.default",
}


async def refuse(settings: Settings) -> str:
    """Why the installation is not opened."""
    with pytest.raises(ConfigError) as caught:
        async with open_service(settings):
            pass
    return str(caught.value)


@pytest.mark.documented("issue: production refuses password grant, clock control, seeded secrets")
async def test_production_has_none_of_the_emulators_liberties(tmp_path: Path) -> None:
    async with open_service(production(tmp_path)) as service:
        answer = await service.ask_token(PASSWORD_FORM)
        assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")
        configuration = f"/{TENANT}/v2.0/.well-known/openid-configuration"
        document = (await service.client.get(configuration)).json()
        assert "client_credentials" in document["grant_types_supported"]
        assert "password" not in document["grant_types_supported"]
        for path in ("/control/clock", "/control/reset"):
            assert (await service.client.post(path)).status_code == httpx.codes.NOT_FOUND
        assert service.parts.steering is None
        assert service.parts.clock is service.parts.system


@pytest.mark.documented("issue: production refuses seeded secrets")
@pytest.mark.parametrize("section", ["users", "applications"])
async def test_production_takes_no_secret_in_clear(tmp_path: Path, section: str) -> None:
    settings = production(tmp_path)
    bare = {"users": [], "applications": [], "assignments": [], section: SEED[section]}
    seed = write_seed_file(tmp_path / "more", {**SEED, **bare})
    assert "clear" in await refuse(replace(settings, seed=seed))


@pytest.mark.documented("DESIGN: the profile is stamped into the database, a mismatch refuses")
async def test_a_database_belongs_to_its_profile(tmp_path: Path) -> None:
    async with open_service(production(tmp_path)):
        pass
    said = await refuse(replace(production(tmp_path), profile=Profile.EMULATOR))
    assert "production" in said
    assert "--data" in said


async def set_floor(settings: Settings, ahead: timedelta) -> Instant:
    """Makes the database believe that it has seen an instant ahead of the machine's clock."""
    async with open_service(settings) as service:
        floor = service.parts.system.now() + ahead
    store = open_store(settings.database)
    await store.open()
    await store.write_meta(FLOOR, floor.isoformat())
    await store.close()
    return floor


@pytest.mark.documented("DESIGN, promise 10: more than an hour needs the operator's consent")
async def test_a_floor_far_ahead_refuses_to_start_without_consent(tmp_path: Path) -> None:
    settings = emulator(tmp_path)
    floor = await set_floor(settings, 3 * HOUR)
    with pytest.raises(ClockStepError, match="--accept-clock-step"):
        async with open_service(settings):
            pass
    async with open_service(replace(settings, accepts_clock_step=True)) as service:
        assert service.parts.system.now() < floor
    async with open_service(settings) as service:
        assert service.parts.system.now() < floor


@pytest.mark.documented("DESIGN, promise 10: now is the later of the clock and a kept floor")
async def test_a_floor_a_little_ahead_is_where_time_goes_on(tmp_path: Path) -> None:
    settings = emulator(tmp_path)
    floor = await set_floor(settings, HOUR / 2)
    async with open_service(settings) as service:
        assert service.parts.system.now() >= floor


async def license_of(service: Service) -> License:
    return (await service.parts.store.load_settings(TenantId(TENANT))).license


@pytest.mark.documented("issue: --set NAME=VALUE (tenant settings)")
async def test_settings_are_changed_at_the_start_and_kept(tmp_path: Path) -> None:
    settings = emulator(tmp_path)
    changed: Mapping[str, Any] = {"license": License.NONE}
    async with open_service(replace(settings, tenant_settings=changed)) as service:
        assert await license_of(service) is License.NONE
    async with open_service(settings) as service:
        assert await license_of(service) is License.NONE
    back: Mapping[str, Any] = {"license": License.P2}
    async with open_service(replace(settings, tenant_settings=back)) as service:
        assert await license_of(service) is License.P2


@pytest.mark.inferred("settings are a tenant's: without one there is nothing to set")
async def test_settings_of_no_tenant_are_refused(tmp_path: Path) -> None:
    settings = replace(production(tmp_path), seed=None, tenant_settings={"license": License.NONE})
    assert "--set" in await refuse(settings)


@pytest.mark.documented(
    "DESIGN: signing keys encrypted under a master key; tokens outlive a restart"
)
async def test_tokens_are_good_after_a_restart(tmp_path: Path) -> None:
    form = {**PASSWORD_FORM, "scope": "https://graph.microsoft.com/.default"}
    async with open_service(emulator(tmp_path)) as service:
        token = (await service.ask_token(form)).json()["access_token"]
    async with open_service(emulator(tmp_path)) as service:
        headers = {"authorization": f"Bearer {token}"}
        answer = await service.client.get("/v1.0/me", headers=headers)
        assert answer.status_code == httpx.codes.OK


@pytest.mark.inferred("another master key opens nothing, and is named")
async def test_a_wrong_master_key_is_named(tmp_path: Path) -> None:
    settings = emulator(tmp_path)
    async with open_service(settings):
        pass
    (settings.data / "master.key").unlink()
    assert "--master-key-file" in await refuse(settings)


@pytest.mark.inferred("a master key is 32 bytes in base64")
@pytest.mark.parametrize("content", ["", "short", "!!!!", "AAAA"])
async def test_a_master_key_of_another_size_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    path.write_text(content)
    said = await refuse(replace(emulator(tmp_path), master_key_file=path))
    assert "32 bytes" in said
    assert str(path) in said


@pytest.mark.inferred("a seed file makes its tenant once; what was changed since stays")
async def test_a_tenant_is_seeded_once(tmp_path: Path) -> None:
    async with open_service(emulator(tmp_path)):
        pass
    emptied = {**SEED, "users": [], "assignments": []}
    settings = replace(emulator(tmp_path), seed=write_seed_file(tmp_path / "more", emptied))
    async with open_service(settings) as service:
        answer = await service.ask_token(PASSWORD_FORM)
        assert answer.status_code == httpx.codes.OK


@pytest.mark.inferred("a new version knows more built-in roles than the one that made the tenant")
async def test_a_tenant_gets_the_roles_that_came_after_it(tmp_path: Path) -> None:
    settings, tenant_id = production(tmp_path), TenantId(TENANT)
    gone = (PurgeRole(SECURITY_READER),)
    for seed in (settings.seed, settings.seed, None):
        async with open_service(replace(settings, seed=seed)) as service:
            store, at = service.parts.store, service.parts.clock.now()
            found = await store.read_roles(tenant_id, Query(1_000))
            assert SECURITY_READER in {one.role.id for one in found.rows}
            assert await store.apply(ChangeSet(tenant_id, at, {}, frozenset(), gone))


@pytest.mark.inferred("a seed that cannot be used is refused with its place")
async def test_a_wrong_seed_is_refused_with_its_place(tmp_path: Path) -> None:
    seed = tmp_path / "wrong.yaml"
    seed.write_text("tenant:\n  id: x\n")
    said = await refuse(replace(emulator(tmp_path), seed=seed))
    assert "wrong.yaml:" in said


@pytest.mark.inferred("an address with a password in it is not told")
@pytest.mark.parametrize("url", ["postgresql://u:topsecret@127.0.0.1:1/x", "mysql://u:topsecret@x"])
async def test_a_database_that_does_not_answer_is_told_plainly(tmp_path: Path, url: str) -> None:
    said = await refuse(replace(emulator(tmp_path), database_url=url))
    assert "--database-url" in said
    assert "topsecret" not in said


@pytest.mark.inferred("nothing secret is readable in the database")
async def test_no_secret_is_in_the_database_in_clear(tmp_path: Path) -> None:
    settings = emulator(tmp_path)
    async with open_service(settings) as service:
        form = {
            "grant_type": "client_credentials",
            "client_id": ROBOT,
            "client_secret": SECRET,
            "scope": "https://graph.microsoft.com/.default",
        }
        assert (await service.ask_token(form)).status_code == httpx.codes.OK
    kept = b"".join(path.read_bytes() for path in settings.data.glob("timebound.db*"))
    assert b"Ada One" in kept
    for secret in (PASSWORD, SECRET, "PRIVATE KEY"):
        assert secret.encode() not in kept


@pytest.mark.documented("DESIGN: servers are stateless, what they share lives in the database")
async def test_two_servers_on_one_database_believe_each_others_tokens(
    tmp_path: Path, fresh_postgres_database: str
) -> None:
    key = tmp_path / "master.key"
    key.write_bytes(b64encode(bytes(KEY_BYTES)))
    shared = replace(
        production(tmp_path), database_url=fresh_postgres_database, master_key_file=key
    )
    other = replace(shared, data=tmp_path / "other")
    async with open_service(shared) as first, open_service(other) as second:
        assert first.parts.keys.published() == second.parts.keys.published()
        at = int(first.parts.system.now().timestamp())
        claims = {
            "aud": "https://graph.microsoft.com",
            "iss": f"{ORIGIN}/{TENANT}/v2.0",
            "tid": TENANT,
            "oid": id_of("user", "ada@small.example"),
            "azp": DESK,
            "nbf": at,
            "exp": at + 3600,
            "scp": "User.Read",
        }
        headers = {"authorization": f"Bearer {first.parts.keys.sign(claims)}"}
        for service in (first, second):
            answer = await service.client.get("/v1.0/me", headers=headers)
            assert answer.status_code == httpx.codes.OK, answer.text
            assert answer.json()["displayName"] == "Ada One"
