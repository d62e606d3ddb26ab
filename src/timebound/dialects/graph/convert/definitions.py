"""Role definitions as clients send them."""

from collections.abc import Iterator
from typing import Final

from timebound.dialects.graph.convert.values import read_guid
from timebound.dialects.graph.refusals import bad_request
from timebound.dialects.graph.wire import UnifiedRoleDefinition, UnifiedRolePermission
from timebound.domain.ids import RoleId
from timebound.domain.role_changes import RoleChange
from timebound.domain.roles import Role, RoleDefinition
from timebound.domain.scopes import ScopeKind

_FLAGS: Final = {"true": True, "false": False}


def read_definition(sent: UnifiedRoleDefinition, kind: ScopeKind, id_: str) -> RoleDefinition:
    """The role definition that a body asks for; refused with what is missing."""
    # quirk(graph): other providers take a definition without isEnabled - post roleDefinitions
    may_be_silent = kind is not ScopeKind.DIRECTORY
    for name, is_there in (
        ("displayName", sent.display_name is not None),
        ("isEnabled", sent.is_enabled is not None or may_be_silent),
        ("rolePermissions", sent.role_permissions is not None),
    ):
        if not is_there:
            raise bad_request(f"The property '{name}' is missing.")
    new = Role(RoleId(id_), kind, "", is_built_in=False)
    return read_change(sent).apply(RoleDefinition(new, "", id_, version=None))


def read_change(sent: UnifiedRoleDefinition) -> RoleChange:
    """What a body wants to be different about a role definition."""
    inherited = sent.inherits_permissions_from
    return RoleChange(
        name=sent.display_name,
        description=sent.description,
        is_enabled=_read_flag(sent.is_enabled),
        version=sent.version,
        template_id=None if sent.template_id is None else read_guid(sent.template_id, "templateId"),
        actions=None if sent.role_permissions is None else _read_actions(sent.role_permissions),
        resource_scopes=None if sent.resource_scopes is None else tuple(sent.resource_scopes),
        inherits_from=None
        if inherited is None
        else tuple(RoleId(read_guid(one.id, "inheritsPermissionsFrom/id")) for one in inherited),
    )


def _read_flag(value: bool | str | None) -> bool | None:  # noqa: FBT001 - it is what is read
    if not isinstance(value, str):
        return value
    # quirk(graph): isEnabled is taken as a text as well - post roleDefinitions, example in beta
    flag = _FLAGS.get(value.lower())
    if flag is None:
        raise bad_request(f"The property 'isEnabled' is '{value}', neither true nor false.")
    return flag


def _read_actions(permissions: list[UnifiedRolePermission]) -> tuple[str, ...]:
    """The actions of all permissions together, each once."""
    return tuple(dict.fromkeys(_each_action(permissions)))


def _each_action(permissions: list[UnifiedRolePermission]) -> Iterator[str]:
    for number, permission in enumerate(permissions):
        place = f"rolePermissions[{number}]"
        # Taken without what narrows it down, a permission would allow more than was meant.
        if permission.condition:
            raise bad_request(f"The property '{place}/condition' cannot be set.")
        if permission.excluded_resource_actions:
            raise bad_request(f"The property '{place}/excludedResourceActions' cannot be set.")
        if permission.allowed_resource_actions is None:
            raise bad_request(f"The property '{place}/allowedResourceActions' is missing.")
        yield from permission.allowed_resource_actions
