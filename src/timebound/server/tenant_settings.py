"""`--set NAME=VALUE`: tenant settings as an operator writes them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any, Final, get_origin, get_type_hints

import msgspec

from timebound.domain.settings import TenantSettings

NAMES: Final = tuple(field.name for field in fields(TenantSettings))


class SettingError(ValueError):
    """A setting that does not exist, or a value that it cannot have."""


def parse_settings(given: Iterable[str]) -> Mapping[str, Any]:
    """The values of the settings given as NAME=VALUE; a later one wins over an earlier one."""
    return dict(_parse_one(text) for text in given)


def apply_settings(settings: TenantSettings, changes: Mapping[str, Any]) -> TenantSettings:
    """The settings with the changes made."""
    return replace(settings, **changes)


def refuse_delay(settings: TenantSettings, *, is_emulator: bool) -> None:
    """SettingError where a production service would tell of changes later than it knows them."""
    if settings.propagation_delay and not is_emulator:
        raise SettingError("`propagation_delay` goes with the emulator profile alone")


def _parse_one(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    name = name.strip()
    if not equals:
        raise SettingError(f"`{text}` is not NAME=VALUE")
    if name not in NAMES:
        raise SettingError(f"there is no setting `{name}`; there are {', '.join(NAMES)}")
    kind = get_type_hints(TenantSettings)[name]
    try:
        raw = json.loads(value) if get_origin(kind) is Mapping else value.strip()
        parsed = msgspec.convert(raw, kind, strict=False)
        apply_settings(TenantSettings(), {name: parsed})
    except ValueError as error:
        raise SettingError(f"`{name}` cannot be `{value}`: {error}") from error
    return name, parsed
