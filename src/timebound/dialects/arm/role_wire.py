"""Role definitions as they travel, by api-version; the published type is `RoleDefinition`."""

from collections.abc import Sequence
from typing import Final

import msgspec

from timebound.dialects.arm.bodies import read_body
from timebound.dialects.arm.dates import format_full
from timebound.dialects.arm.ids import PROVIDER, spell_role_id
from timebound.dialects.arm.refusals import bad_request
from timebound.domain.azure.permissions import Permission as Block
from timebound.domain.azure_role_changes import AskedRole
from timebound.domain.ids import RoleId
from timebound.domain.roles import RoleDefinition as Definition
from timebound.domain.scopes import Scope

OLDEST: Final = "2015-07-01"
"""The version without actions on data, and without who wrote a role when."""
CONDITIONED: Final = frozenset({"2022-05-01-preview", "2024-07-01-preview"})
"""The versions in which blocks of permissions tell their conditions."""
TYPE: Final = f"{PROVIDER}/roleDefinitions"
CUSTOM: Final = "CustomRole"
BUILT_IN: Final = "BuiltInRole"
_CONDITION_VERSION: Final = "2.0"

_Texts = tuple[str, ...] | None


class Permission(msgspec.Struct, rename="camel"):
    """A block of permissions; conditions are only read."""

    actions: _Texts = None
    not_actions: _Texts = None
    data_actions: _Texts = None
    not_data_actions: _Texts = None
    condition: str | None = None
    condition_version: str | None = None


class RoleDefinitionProperties(msgspec.Struct, rename="camel"):
    """What a role definition says."""

    role_name: str | None = None
    type: str | None = None
    description: str | None = None
    assignable_scopes: _Texts = None
    permissions: list[Permission] | None = None
    created_on: str | None = None
    updated_on: str | None = None
    created_by: str | None = None
    updated_by: str | None = None


class RoleDefinition(msgspec.Struct, rename="camel"):
    """A role definition."""

    properties: RoleDefinitionProperties
    id: str
    type: str
    name: str


class _Body(msgspec.Struct, rename="camel"):
    """What is read of a body: `properties`, or its members by themselves."""

    properties: RoleDefinitionProperties | None = None
    role_name: str | None = None
    description: str | None = None
    assignable_scopes: _Texts = None
    permissions: list[Permission] | None = None


def read_role(body: bytes, role_id: RoleId, version: str) -> AskedRole:
    """The custom role that a body asks for; refused when it is to be a built-in one."""
    found = read_body(body, _Body)
    told = found.properties
    if told is None:
        # quirk(arm): members of properties also stand by themselves - published examples
        told = RoleDefinitionProperties(
            role_name=found.role_name,
            description=found.description,
            assignable_scopes=found.assignable_scopes,
            permissions=found.permissions,
        )
    if told.type and told.type.lower() != CUSTOM.lower():
        message = f"The role definition type '{told.type[:80]}' is not valid: it is '{CUSTOM}'."
        raise bad_request(message, "InvalidRoleDefinitionType")
    return AskedRole(
        role_id,
        told.role_name or "",
        told.description or "",
        tuple(_read_block(one, version) for one in told.permissions or ()),
        told.assignable_scopes or (),
    )


def _read_block(told: Permission, version: str) -> Block:
    if told.condition:
        # Left out, the role would allow more than was asked for.
        raise bad_request("The 'permissions' of a custom role cannot have a 'condition'.")
    if version == OLDEST:
        return Block(told.actions or (), told.not_actions or ())
    return Block(
        told.actions or (),
        told.not_actions or (),
        told.data_actions or (),
        told.not_data_actions or (),
    )


def show_role(role: Definition, place: Scope, version: str) -> RoleDefinition:
    """A role as it is seen from a place."""
    azure = role.azure
    told = RoleDefinitionProperties(
        role_name=role.role.name,
        type=BUILT_IN if role.role.is_built_in else CUSTOM,
        description=role.description,
        assignable_scopes=role.resource_scopes,
        permissions=_show_blocks(azure.permissions if azure else (), version),
    )
    # quirk(arm): told before the version that publishes them - recorded GET of 2015-07-01
    if azure is not None:
        told.created_on = format_full(azure.created_at) if azure.created_at else None
        told.updated_on = format_full(azure.updated_at) if azure.updated_at else None
        told.created_by, told.updated_by = azure.created_by, azure.updated_by
    id_ = role.role.id
    return RoleDefinition(told, spell_role_id(place, id_), TYPE, id_)


def _show_blocks(blocks: Sequence[Block], version: str) -> list[Permission]:
    if version == OLDEST:
        return [Permission(one.actions, one.not_actions) for one in blocks]
    shown = []
    for one in blocks:
        lists = (one.actions, one.not_actions, one.data_actions, one.not_data_actions)
        condition = one.condition if version in CONDITIONED else None
        shown.append(Permission(*lists, condition, _CONDITION_VERSION if condition else None))
    return shown
