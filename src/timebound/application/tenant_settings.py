"""Changing what a tenant has set, with what ends because of it."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from enum import Enum

from timebound.application.changes import TENANT, ChangeSet, EndKinds, PutTenant
from timebound.application.engine import Teller
from timebound.application.ports import TenantRecord
from timebound.domain.events import EventKind, Fact
from timebound.domain.licensing import find_license_endings
from timebound.domain.settings import TenantSettings


def plan_settings(
    tenant: TenantRecord, old: TenantSettings, new: TenantSettings, teller: Teller
) -> ChangeSet:
    """The one change set that puts new settings into the place of the old ones.

    Every decision rests on the version of the tenant, so none that was made under the old settings
    is written after it.
    """
    endings = find_license_endings(old, new, teller.at)
    return ChangeSet(
        tenant_id=tenant.id,
        recorded_at=teller.at,
        expects={},
        bumps=frozenset({TENANT}),
        writes=(
            PutTenant(tenant.display_name, tenant.domains, new),
            *(EndKinds(one.kinds, one.at, teller.correlation_id) for one in endings),
        ),
        events=(
            teller.tell(
                EventKind.SETTINGS_CHANGED,
                tenant.id,
                {
                    "changed": _tell_changes(old, new),
                    "ended": tuple(
                        {
                            "grantKinds": tuple(kind.value for kind in one.kinds),
                            "at": one.at.isoformat(),
                        }
                        for one in endings
                    ),
                },
            ),
        ),
    )


def _tell_changes(old: TenantSettings, new: TenantSettings) -> Mapping[str, Fact]:
    values = {field.name: (getattr(old, field.name), getattr(new, field.name)) for field in _FIELDS}
    return {
        name: {"from": _tell_value(before), "to": _tell_value(after)}
        for name, (before, after) in values.items()
        if before != after
    }


def _tell_value(value: object) -> Fact:
    match value:
        case Enum():
            return str(value.value)
        case datetime():
            return value.isoformat()
        case timedelta():
            return f"PT{value.total_seconds():g}S"
        case Mapping():
            return {str(name): str(one) for name, one in value.items()}
        case int() | None:
            return value
        case _:
            return str(value)


_FIELDS = fields(TenantSettings)
