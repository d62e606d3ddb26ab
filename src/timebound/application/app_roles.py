"""The roles that applications of the tenant know, which other applications are assigned.

What is assigned is kept beside the permissions of Microsoft Graph, under the id of the API.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from timebound.domain.delegations import name_permission
from timebound.domain.directory import DirectoryObject
from timebound.domain.ids import ApplicationId

_APPLICATION = "Application"


@dataclass(frozen=True, slots=True)
class KnownRole:
    """A role that an API knows and applications can be assigned, and how it is kept."""

    id: str
    value: str
    permission: str


def list_known_roles(registration: DirectoryObject | None) -> tuple[KnownRole, ...]:
    """The roles of an application that are enabled, have a value, and are for applications."""
    if registration is None or registration.app_id is None:
        return ()
    told = registration.attributes.get("appRoles")
    roles = told if isinstance(told, tuple) else ()
    return tuple(
        _read_role(registration.app_id, role)
        for role in roles
        if isinstance(role, Mapping) and _is_for_applications(role)
    )


def _is_for_applications(role: Mapping[str, object]) -> bool:
    types = role.get("allowedMemberTypes")
    is_fit = isinstance(types, tuple) and _APPLICATION in types
    return is_fit and role.get("isEnabled") is not False and bool(role.get("value"))


def _read_role(app_id: ApplicationId, role: Mapping[str, object]) -> KnownRole:
    value = str(role["value"])
    return KnownRole(str(role.get("id")).lower(), value, name_permission(app_id, value))
