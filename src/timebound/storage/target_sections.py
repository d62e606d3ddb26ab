"""All questions about an object that is written to: who may, as far as the object decides it."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, select

from timebound.application.changes import FactKey, application_key, principal_key
from timebound.application.target_ports import LoadedTarget
from timebound.domain.authority import Target, Token
from timebound.domain.directory import DirectoryObject
from timebound.domain.ids import PrincipalId
from timebound.domain.principal_changes import PrincipalFacts
from timebound.domain.privileged import is_privileged_permission
from timebound.domain.requests import APPROVAL_LIFETIME
from timebound.domain.roles import OWNER
from timebound.domain.times import Instant
from timebound.storage.callers import (
    caller_parameters,
    caller_sections,
    held_through_groups,
    read_caller,
)
from timebound.storage.directory_rows import OBJECT_COLUMNS, read_object
from timebound.storage.directory_tables import object_owners, permission_grants, unit_members
from timebound.storage.documents import read_facts
from timebound.storage.fragments import (
    ELIGIBLE,
    GROUP,
    TENANT,
    columns_of,
    constant,
    grants_as,
    in_force,
)
from timebound.storage.privileged_sections import (
    TARGET,
    agreed_circle,
    approving,
    awaited,
    circle,
    leading,
    privileged,
)
from timebound.storage.stacking import Stack
from timebound.storage.tables import directory_objects
from timebound.storage.version_sections import (
    known_versions,
    version_columns,
    versions_of_principals,
)

Found: TypeAlias = Mapping[str, Sequence[tuple[Any, ...]]]

_RESTRICTED: Final = "isMemberManagementRestricted"


@cache
def target_stack() -> Stack:
    """The statement about any object."""
    holding = held_through_groups().subquery("role_groups")
    around = circle()
    agreed = agreed_circle(around)
    people = [select(holding.c.principal_id.label("id")), select(agreed.c.id), _units_of()]
    return Stack(
        {
            **caller_sections(),
            "version": known_versions(),
            "version_of": versions_of_principals(people),
            "version_of_program": _version_of_program(),
            "object": select(*columns_of(directory_objects, OBJECT_COLUMNS)).where(
                directory_objects.c.tenant_id == TENANT, directory_objects.c.id == TARGET
            ),
            "unit": _units(),
            "owner": select(object_owners.c.owner_id).where(
                object_owners.c.tenant_id == TENANT, object_owners.c.object_id == TARGET
            ),
            "group_owner": _group_owners(),
            "privileged": privileged(around),
            "approving": approving(agreed),
            "leading": leading(around, agreed),
            "awaited": awaited(around),
            "permission_of": _permissions(),
        }
    )


def target_parameters(token: Token, object_id: PrincipalId, at: Instant) -> dict[str, object]:
    """The parameters of that statement."""
    return {
        **caller_parameters(token, at),
        "written": object_id,
        "asked_since": at - APPROVAL_LIFETIME,
        "keys": list(_known_keys(token, object_id)),
    }


def read_loaded_target(token: Token, object_id: PrincipalId, found: Found) -> LoadedTarget:
    """The facts with their versions."""
    versions = dict.fromkeys(_known_keys(token, object_id), 0)
    rows = (*found["version"], *found["version_of"], *found["version_of_program"])
    versions.update((FactKey(key), version) for key, version in rows)
    object_ = read_object(found["object"][0]) if found["object"] else None
    permissions = frozenset((row[0], bool(row[1])) for row in found["permission_of"])
    facts = PrincipalFacts(
        caller=read_caller(token, found),
        object=object_,
        target=_read_target(object_id, object_, permissions, found),
    )
    return LoadedTarget(facts, versions, permissions)


def _read_target(
    object_id: PrincipalId,
    object_: DirectoryObject | None,
    permissions: frozenset[tuple[str, bool]],
    found: Found,
) -> Target:
    units = {row[0]: read_facts(row[1]) for row in found["unit"]}
    owners = (*found["owner"], *found["group_owner"])
    is_assignable = object_ is not None and object_.is_role_assignable
    is_heard = any(found[name] for name in ("awaited", "approving", "leading"))
    could_yield = (
        is_assignable,
        any(is_privileged_permission(name, is_delegated=flag) for name, flag in permissions),
        bool(found["privileged"]),
        is_heard,
    )
    return Target(
        id=object_id,
        unit_ids=frozenset(PrincipalId(unit_id) for unit_id in units),
        restricted_unit_ids=frozenset(
            PrincipalId(unit_id)
            for unit_id, attributes in units.items()
            if attributes.get(_RESTRICTED) is True
        ),
        owner_ids=frozenset(PrincipalId(row[0]) for row in owners),
        is_privileged=any(could_yield),
        is_delegable=is_assignable and not is_heard,
    )


def _known_keys(token: Token, object_id: PrincipalId) -> tuple[FactKey, ...]:
    return (
        principal_key(token.principal_id),
        application_key(token.application_id),
        principal_key(object_id),
    )


def _units_of() -> Select[Any]:
    columns: list[ColumnElement[Any]] = [unit_members.c.unit_id]
    return select(*columns).where(
        unit_members.c.tenant_id == TENANT, unit_members.c.member_id == TARGET
    )


def _units() -> Select[Any]:
    """The administrative units it is in, with what is known about them."""
    unit = directory_objects.alias("unit")
    return (
        select(unit.c.id, unit.c.attributes)
        .join_from(
            unit_members,
            unit,
            and_(unit.c.tenant_id == TENANT, unit.c.id == unit_members.c.unit_id),
        )
        .where(
            unit_members.c.tenant_id == TENANT,
            unit_members.c.member_id == TARGET,
            unit.c.deleted_at.is_(None),
        )
    )


def _group_owners() -> Select[Any]:
    owning = grants_as("owning")
    return select(owning.c.principal_id).where(
        owning.c.tenant_id == TENANT,
        owning.c.scope_kind == GROUP,
        owning.c.role_id == constant(OWNER),
        owning.c.scope == TARGET,
        owning.c.kind != ELIGIBLE,
        in_force(owning),
    )


def _permissions() -> Select[Any]:
    program = directory_objects.alias("permitted")
    return (
        select(permission_grants.c.permission, permission_grants.c.is_delegated)
        .join_from(
            program,
            permission_grants,
            and_(
                permission_grants.c.tenant_id == TENANT,
                permission_grants.c.application_id == program.c.app_id,
            ),
        )
        .where(program.c.tenant_id == TENANT, program.c.id == TARGET)
    )


def _version_of_program() -> Select[Any]:
    """The version of what its application is permitted; 0 if that was never changed."""
    program = directory_objects.alias("versioned")
    key = constant("application/") + program.c.app_id
    return select(*version_columns(key)).where(
        program.c.tenant_id == TENANT, program.c.id == TARGET, program.c.app_id.is_not(None)
    )
