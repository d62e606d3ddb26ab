"""How privileged resources and the roles held there are told."""

from collections.abc import Mapping, Sequence

from timebound.application.privileged_resources import Estate, HeldRole, PrivilegedResource
from timebound.dialects.arm.dates import format_zulu
from timebound.dialects.arm.ids import spell_role_id
from timebound.dialects.arm.names import Names
from timebound.dialects.arm.privileged.keys import spell_key
from timebound.domain.azure.places import SUBSCRIPTIONS, resource_group_of, subscription_of
from timebound.domain.directory import DirectoryObject
from timebound.domain.ids import PrincipalId
from timebound.domain.times import ENDLESS


def show_resource(
    resource: PrivilegedResource,
    names: Names,
    groups: Mapping[PrincipalId, DirectoryObject],
    *,
    is_favorite: bool,
) -> dict[str, object]:
    """A resource as it is published."""
    node = resource.node
    details = node.content.details
    return {
        "projectionId": spell_key(node.place.path),
        "scope": node.place.path,
        "displayName": node.display_name,
        "type": node.type.lower(),
        "location": details.get("location") or "",
        "tags": details.get("tags") or {},
        "parentResource": _show_parent(resource),
        "roles": show_roles(resource.roles, names, groups),
        "isFavorite": is_favorite,
    }


def show_related(
    resource: PrivilegedResource, names: Names, groups: Mapping[PrincipalId, DirectoryObject]
) -> dict[str, object]:
    """What belongs to a resource, as it is published."""
    path = resource.node.place.path
    return {
        "projectionId": spell_key(path),
        "scope": path,
        "roles": show_roles(resource.roles, names, groups),
    }


def show_roles(
    roles: Sequence[HeldRole], names: Names, groups: Mapping[PrincipalId, DirectoryObject]
) -> list[dict[str, object]]:
    """Roles as they are published."""
    return [_show_role(one, names, groups) for one in roles]


def _show_role(
    held: HeldRole, names: Names, groups: Mapping[PrincipalId, DirectoryObject]
) -> dict[str, object]:
    grant, slot = held.grant, held.grant.slot
    role = names.roles.get(slot.role_id)
    return {
        "roleId": grant.id,
        "roleDefinitionId": spell_role_id(slot.scope, slot.role_id),
        "roleDisplayName": slot.role_id if role is None else role.name,
        "scope": slot.scope.path,
        "assignmentStatus": "active" if held.is_active else "eligible",
        "scheduleInfo": {
            "startDateTime": format_zulu(grant.window.start),
            "expiration": {"type": "NoExpiration"}
            if grant.until == ENDLESS
            else {"type": "AfterDateTime", "endDateTime": format_zulu(grant.until)},
        },
        "source": _show_source(held, groups),
        # quirk(arm): by which rule it is recommended is not published - PrivilegedAccess models.tsp
        "isLeastPrivilege": False,
    }


def _show_source(
    held: HeldRole, groups: Mapping[PrincipalId, DirectoryObject]
) -> dict[str, object]:
    if held.group_id is None:
        return {"memberType": "direct"}
    group = groups.get(held.group_id)
    return {
        "memberType": "group",
        "group": {
            "id": held.group_id,
            "displayName": held.group_id if group is None else group.display_name,
        },
        "membershipState": "eligible" if held.needs_membership else "active",
    }


def _show_parent(resource: PrivilegedResource) -> dict[str, object]:
    """The resource group, and the subscription around it; that alone of what is in no group."""
    place = resource.node.place
    group = resource_group_of(place)
    if group is None:
        return _show_subscription(resource.estate)
    return {
        "type": "resourceGroup",
        "scope": f"{SUBSCRIPTIONS}/{subscription_of(place)}/resourceGroups/{group}",
        "displayName": group,
        "properties": {},
        "parentResource": _show_subscription(resource.estate),
    }


def _show_subscription(estate: Estate) -> dict[str, object]:
    return {
        "type": "subscription",
        "scope": estate.subscription.place.path,
        "displayName": estate.subscription.display_name,
        "properties": {"managementGroupPath": [one.display_name for one in estate.groups]},
    }
