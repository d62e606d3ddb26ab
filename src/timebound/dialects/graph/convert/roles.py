"""Role definitions."""

from timebound.dialects.graph.convert.wording import Wording
from timebound.domain.roles import RoleDefinition


def show_role(definition: RoleDefinition, wording: Wording) -> dict[str, object]:
    """A `unifiedRoleDefinition`; beta tells more of it."""
    role = definition.role
    shown: dict[str, object] = {
        "id": role.id,
        "description": definition.description,
        "displayName": role.name,
        "isBuiltIn": role.is_built_in,
        "isEnabled": role.is_enabled,
        "resourceScopes": list(definition.resource_scopes),
        "templateId": definition.template_id,
        "version": definition.version,
        "rolePermissions": [
            {"allowedResourceActions": list(definition.actions), "condition": None}
        ],
        "inheritsPermissionsFrom": [{"id": id_} for id_ in definition.inherits_from],
    }
    if wording.is_beta:
        shown["isPrivileged"] = role.is_privileged
        shown["allowedPrincipalTypes"] = None
    return shown
