"""The records of Azure alone: access that was elevated, assignments that say something else.

Sources: Azure documentation of elevated access, and the published names of operations.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from timebound.domain.audit.making import begin
from timebound.domain.audit.records import (
    Activity,
    AuditRecord,
    Category,
    Change,
    Deed,
    Service,
    Target,
    TargetType,
)
from timebound.domain.azure.places import ROOT
from timebound.domain.events import Event, Fact
from timebound.domain.roles import AZURE_USER_ACCESS_ADMINISTRATOR

_ELEVATED: Final = Activity(
    "User has elevated their access to User Access Administrator for their Azure Resources",
    Category.ELEVATION,
    Service.ELEVATION,
    Deed.ASSIGN,
)
_LOWERED: Final = Activity(
    "The role assignment of User Access Administrator has been removed from the user",
    Category.ELEVATION,
    Service.ELEVATION,
    Deed.UNASSIGN,
)
_CHANGED: Final = Activity(
    "Create role assignment", Category.RESOURCES, Service.DIRECTORY, Deed.UPDATE
)
"""Azure calls a change by the name of the making: both are a write."""


def tell_elevated(event: Event, *, is_added: bool) -> Iterator[AuditRecord]:
    """That somebody has the role over all of Azure which Global Administrators take, or lost it."""
    data = event.data
    if is_added and data.get("isElevation") is not True:
        return
    slot = (data["scopeKind"], data["scope"], data["roleId"])
    if slot == (ROOT.kind.value, ROOT.path, AZURE_USER_ACCESS_ADMINISTRATOR):
        person = Target(TargetType.PRINCIPAL, str(data["principalId"]))
        yield begin(event, _ELEVATED if is_added else _LOWERED, person)


def tell_changed(event: Event) -> Iterator[AuditRecord]:
    """What an assignment says from now on, and what it said before."""
    data = event.data
    old, new = _members(data.get("old")), _members(data.get("new"))
    changes = tuple(
        Change(name, _text(old.get(name)), _text(told))
        for name, told in new.items()
        if told != old.get(name)
    )
    role = Target(TargetType.ROLE, str(data["roleId"]), changes=changes)
    person = Target(TargetType.PRINCIPAL, str(data["principalId"]))
    yield begin(event, _CHANGED, person, role, Target(TargetType.OTHER, str(data["grantId"])))


def _members(told: Fact) -> Mapping[str, Fact]:
    return told if isinstance(told, Mapping) else {}


def _text(told: Fact) -> str | None:
    return None if told is None else str(told)
