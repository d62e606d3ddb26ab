"""Settings of a tenant as an operator writes them: on the command line, in TOML, in a seed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.service import (
    SEED,
    TENANT,
    emulator,
    open_service,
    production,
    write_seed_file,
)
from timebound.domain.ids import TenantId
from timebound.domain.settings import License, RequestHistory, TenantSettings, Throttling
from timebound.server.config import ConfigError, Settings
from timebound.server.seed_format import SeedError, read_seed
from timebound.server.tenant_settings import SettingError, apply_settings, parse_settings

WRITTEN = {
    "license_ends_at": "2030-12-31T00:00:00Z",
    "request_history": "purged",
    "propagation_delay": "PT15S",
    "throttling": "on",
    "throttled_units": "50",
    "throttled_writes": "5",
    "azure_throttling": "on",
    "azure_reads": "6",
    "azure_writes": "7",
    "azure_deletes": "8",
    "audit_retention": "P365D",
    "session_idle": "PT30M",
    "session_life": "PT8H",
    "remembered_idle": "P1D",
    "remembered_life": "P7D",
}
MEANT = TenantSettings(
    license_ends_at=datetime(2030, 12, 31, tzinfo=UTC),
    request_history=RequestHistory.PURGED,
    propagation_delay=timedelta(seconds=15),
    throttling=Throttling.ON,
    throttled_units=50,
    throttled_writes=5,
    azure_throttling=Throttling.ON,
    azure_reads=6,
    azure_writes=7,
    azure_deletes=8,
    audit_retention=timedelta(days=365),
    session_idle=timedelta(minutes=30),
    session_life=timedelta(hours=8),
    remembered_idle=timedelta(days=1),
    remembered_life=timedelta(days=7),
)
WRONG = {
    "license": "gold",
    "license_ends_at": "2030-12-31T00:00:00",
    "minimum_active_duration": "-PT5M",
    "pending_status": "Waiting",
    "rule_message_style": "loud",
    "scope_error_style": "1",
    "extension_over_maximum": "maybe",
    "application_justification": "",
    "missing_expiration": "endless",
    "authentication_contexts": "c1",
    "context_needs_capability": "sometimes",
    "request_history": "45",
    "propagation_delay": "P1D",
    "throttling": "maybe",
    "throttled_units": "0",
    "throttled_writes": "many",
    "azure_throttling": "maybe",
    "azure_reads": "0",
    "azure_writes": "-1",
    "azure_deletes": "few",
    "resource_group_read": "maybe",
    "azure_activation_policy": "both",
    "azure_assignments_per_subscription": "0",
    "azure_assignments_per_management_group": "-1",
    "assertion_reuse": "once",
    "second_factor": "never",
    "password_step_up": "sometimes",
    "program_permissions": "some",
    "audit_retention": "P29D",
    "session_idle": "PT13H",
    "session_life": "P8D",
    "remembered_idle": "PT4M",
    "remembered_life": "P91D",
}


@pytest.mark.documented("issue: tenant settings by --set NAME=VALUE")
def test_settings_are_read_from_the_command_line() -> None:
    changes = parse_settings(f"{name}={value}" for name, value in WRITTEN.items())
    assert apply_settings(TenantSettings(), changes) == MEANT
    back = parse_settings(["license_ends_at=null"])
    assert apply_settings(MEANT, back) == replace(MEANT, license_ends_at=None)


@pytest.mark.inferred("what cannot be meant is refused with the name of the setting")
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_refused_with_the_name(name: str) -> None:
    with pytest.raises(SettingError, match=name):
        parse_settings([f"{name}={WRONG[name]}"])


@pytest.mark.inferred("every setting has its wrong value here")
def test_no_setting_goes_untested() -> None:
    assert set(WRONG) == {*TenantSettings.__dataclass_fields__}


@pytest.mark.documented("issue: a seed holds the settings of its tenant")
def test_settings_are_read_from_a_seed(tmp_path: Path) -> None:
    numbers = {"throttled_units": 50, "throttled_writes": 5}
    numbers |= {"azure_reads": 6, "azure_writes": 7, "azure_deletes": 8}
    seed = {**SEED, "settings": {**WRITTEN, **numbers}}
    assert read_seed(write_seed_file(tmp_path, seed)).settings == MEANT


@pytest.mark.inferred("a seed is read whole or refused with the place of each fault")
@pytest.mark.parametrize(
    ("name", "value"),
    [("propagation_delay", "PT2H"), ("throttled_units", 0), ("license_ends_at", "2030-01-01")],
)
def test_a_seed_with_a_wrong_value_is_refused(tmp_path: Path, name: str, value: Any) -> None:  # noqa: ANN401 - what YAML holds
    seed = {**SEED, "settings": {name: value}}
    with pytest.raises(SeedError, match="settings"):
        read_seed(write_seed_file(tmp_path, seed))


async def refuse(settings: Settings) -> str:
    """Why the service does not start."""
    with pytest.raises(ConfigError) as caught:
        async with open_service(settings):
            pass
    return str(caught.value)


@pytest.mark.inferred("promise 2: read your writes, which only an emulator may be told to break")
async def test_production_delays_nothing(tmp_path: Path) -> None:
    delayed: dict[str, Any] = {"propagation_delay": timedelta(seconds=15)}
    settings = replace(production(tmp_path), tenant_settings=delayed)
    assert "propagation_delay" in await refuse(settings)
    async with open_service(production(tmp_path)):
        pass
    assert "propagation_delay" in await refuse(replace(settings, seed=None))
    async with open_service(replace(emulator(tmp_path / "other"), tenant_settings=delayed)):
        pass


async def settings_of(folder: Path, changes: dict[str, Any]) -> TenantSettings:
    """What an emulator's tenant has set once it was started with the changes."""
    async with open_service(replace(emulator(folder), tenant_settings=changes)) as service:
        return await service.parts.store.load_settings(TenantId(TENANT))


@pytest.mark.inferred("a licence that is said to be over ends now, and is not moved by a restart")
async def test_a_licence_that_is_over_stays_as_it_ended(tmp_path: Path) -> None:
    over: dict[str, Any] = {"license_ends_at": datetime(2020, 1, 1, tzinfo=UTC)}
    async with open_service(emulator(tmp_path)):
        pass
    first, second = [await settings_of(tmp_path, over) for _ in range(2)]
    assert first == second
    assert first.license is License.P2
    assert first.license_ends_at is not None
    assert first.license_ends_at > datetime(2020, 1, 1, tzinfo=UTC)
