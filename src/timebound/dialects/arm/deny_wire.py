"""Deny assignments as they travel, by api-version; the published type is `DenyAssignment`."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from timebound.dialects.arm.bodies import read_body
from timebound.dialects.arm.dates import format_full
from timebound.dialects.arm.ids import PROVIDER, spell_id
from timebound.domain.azure.denials import EVERYBODY, Denial, DeniedPrincipal
from timebound.domain.azure.permissions import Permission
from timebound.domain.azure.places import ROOT
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.ids import PrincipalId

COLLECTION: Final = "denyAssignments"
TYPE: Final = f"{PROVIDER}/{COLLECTION}"
OLDEST: Final = "2018-07-01-preview"
"""The version without conditions, and without who wrote what when."""
WRITTEN: Final = frozenset({"2024-07-01-preview", "2026-09-01"})
"""The versions in which clients write, and are told who did."""
VERSIONS: Final = WRITTEN | {OLDEST, "2022-04-01"}
_CONDITION_VERSION: Final = "2.0"
_EVERYBODY_TYPE: Final = "SystemDefined"

Writers = Mapping[PrincipalId, DirectoryObject]
"""Those who made or changed something, as far as they are still known."""


class DenyAssignmentPermission(msgspec.Struct, rename="camel"):
    """A block of what is denied."""

    actions: tuple[str, ...] | None = None
    not_actions: tuple[str, ...] | None = None
    data_actions: tuple[str, ...] | None = None
    not_data_actions: tuple[str, ...] | None = None
    condition: str | None = None
    condition_version: str | None = None


class Principal(msgspec.Struct, rename="camel"):
    """Who is denied, or left out."""

    id: str | None = None
    type: str | None = None


class DenyAssignmentProperties(msgspec.Struct, rename="camel"):
    """What a deny assignment says."""

    deny_assignment_name: str | None = None
    description: str | None = None
    permissions: tuple[DenyAssignmentPermission, ...] | None = None
    scope: str | None = None
    do_not_apply_to_child_scopes: bool | None = None
    principals: tuple[Principal, ...] | None = None
    exclude_principals: tuple[Principal, ...] | None = None
    is_system_protected: bool | None = None
    deny_assignment_effect: str | None = None
    condition: str | None = None
    condition_version: str | None = None
    created_on: str | None = None
    updated_on: str | None = None
    created_by: str | None = None
    updated_by: str | None = None


class SystemData(msgspec.Struct, rename="camel"):
    """Who made something and who changed it last, and when."""

    created_by: str | None = None
    created_by_type: str | None = None
    created_at: str | None = None
    last_modified_by: str | None = None
    last_modified_by_type: str | None = None
    last_modified_at: str | None = None


class DenyAssignment(msgspec.Struct, rename="camel"):
    """A deny assignment."""

    id: str
    type: str
    name: str
    properties: DenyAssignmentProperties
    system_data: SystemData | None = None


class _Body(msgspec.Struct, rename="camel"):
    """What is read of a body."""

    properties: DenyAssignmentProperties | None = None


def read_denial(body: bytes, id_: str) -> Denial:
    """What a body asks to be denied; where is told by the path it is sent to."""
    told = read_body(body, _Body).properties or DenyAssignmentProperties()
    return Denial(
        id=id_,
        scope=ROOT,
        name=told.deny_assignment_name or "",
        permissions=tuple(_read_block(one) for one in told.permissions or ()),
        principals=_read_principals(told.principals),
        left_out=_read_principals(told.exclude_principals),
        description=told.description,
        is_for_children=not told.do_not_apply_to_child_scopes,
        is_system_protected=bool(told.is_system_protected),
        condition=told.condition or None,
        condition_version=told.condition_version,
        effect=(told.deny_assignment_effect or "enforced").lower(),
    )


def _read_block(told: DenyAssignmentPermission) -> Permission:
    return Permission(
        told.actions or (),
        told.not_actions or (),
        told.data_actions or (),
        told.not_data_actions or (),
        told.condition or None,
    )


def _read_principals(told: Sequence[Principal] | None) -> tuple[DeniedPrincipal, ...]:
    """The principals by their ids, whatever is said of their type; everybody is a type as well."""
    found = {}
    for one in told or ():
        is_everybody = (one.type or "").lower() == _EVERYBODY_TYPE.lower()
        id_ = EVERYBODY if is_everybody else (one.id or "").lower()
        type_ = _EVERYBODY_TYPE if id_ == EVERYBODY else one.type or "User"
        found[id_] = DeniedPrincipal(id_, type_)
    return tuple(found.values())


def show_denial(denial: Denial, version: str, writers: Writers) -> DenyAssignment:
    """A deny assignment as a version tells it."""
    told = DenyAssignmentProperties(
        deny_assignment_name=denial.name,
        description=denial.description,
        permissions=tuple(_show_block(one, version) for one in denial.permissions),
        scope=denial.scope.path,
        do_not_apply_to_child_scopes=not denial.is_for_children,
        principals=_show_principals(denial.principals),
        exclude_principals=_show_principals(denial.left_out),
        is_system_protected=denial.is_system_protected,
    )
    if version != OLDEST:
        told.condition = denial.condition
        told.condition_version = _version_of(denial.condition, denial.condition_version)
        told.created_on, told.created_by = _show_time(denial, is_first=True)
        told.updated_on, told.updated_by = _show_time(denial, is_first=False)
    if version in WRITTEN:
        told.deny_assignment_effect = denial.effect
    system = _show_system(denial, writers) if version in WRITTEN else None
    return _wrap(denial, told, system)


def show_exported(denial: Denial) -> DenyAssignment:
    """What is told of a deny assignment to who exports where somebody is named."""
    # quirk(arm): name and description alone are told by this filter - published reference
    return _wrap(denial, DenyAssignmentProperties(denial.name, denial.description), None)


def _wrap(
    denial: Denial, told: DenyAssignmentProperties, system: SystemData | None
) -> DenyAssignment:
    return DenyAssignment(
        spell_id(denial.scope, COLLECTION, denial.id), TYPE, denial.id, told, system
    )


def _show_block(block: Permission, version: str) -> DenyAssignmentPermission:
    condition = None if version == OLDEST else block.condition
    return DenyAssignmentPermission(
        block.actions,
        block.not_actions,
        block.data_actions,
        block.not_data_actions,
        condition,
        _version_of(condition, None),
    )


def _version_of(condition: str | None, version: str | None) -> str | None:
    return (version or _CONDITION_VERSION) if condition else None


def _show_principals(told: Sequence[DeniedPrincipal]) -> tuple[Principal, ...]:
    return tuple(Principal(one.id, one.type) for one in told)


def _show_time(denial: Denial, *, is_first: bool) -> tuple[str | None, str | None]:
    at = denial.created_at if is_first else denial.updated_at
    by = denial.created_by if is_first else denial.updated_by
    return (None if at is None else format_full(at)), by


def _show_system(denial: Denial, writers: Writers) -> SystemData:
    created_on, created_by = _show_time(denial, is_first=True)
    updated_on, updated_by = _show_time(denial, is_first=False)
    return SystemData(
        *_show_writer(created_by, writers),
        created_on,
        *_show_writer(updated_by, writers),
        updated_on,
    )


def _show_writer(id_: str | None, writers: Writers) -> tuple[str | None, str | None]:
    """The name by which somebody signed in, and whether a person did."""
    found = None if id_ is None else writers.get(PrincipalId(id_))
    if found is None:
        return id_, None
    is_person = found.kind is ObjectKind.USER
    return found.user_principal_name or found.app_id or id_, "User" if is_person else "Application"
