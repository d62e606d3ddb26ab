"""How nodes of the tree are told: the published shapes of resource groups and resources."""

from collections.abc import Collection, Mapping

from timebound.dialects.arm.dates import format_full
from timebound.domain.azure.nodes import Node

_DONE = {"provisioningState": "Succeeded"}


def show_group(node: Node) -> dict[str, object]:
    """A resource group."""
    details = node.content.details
    return {
        "id": node.place.path,
        "name": node.name,
        "type": node.type,
        "location": details.get("location", "global"),
        "managedBy": details.get("managedBy"),
        "tags": details.get("tags"),
        "properties": _DONE,
    }


def show_resource(node: Node) -> dict[str, object]:
    """A resource, with all that was kept of it."""
    return {"id": node.place.path, "name": node.name, "type": node.type, **node.content.details}


def show_listed(node: Node, expanded: Collection[str] = ()) -> dict[str, object]:
    """A resource as lists tell it: without its properties, with what was asked to be expanded."""
    details: Mapping[str, object] = {
        name: value for name, value in node.content.details.items() if name != "properties"
    }
    content = node.content
    further = {
        "createdTime": format_full(content.created_at) if content.created_at else None,
        "changedTime": format_full(content.changed_at) if content.changed_at else None,
        "provisioningState": "Succeeded",
    }
    return {
        "id": node.place.path,
        "name": node.name,
        "type": node.type,
        **details,
        **{name: value for name, value in further.items() if name.lower() in expanded},
    }
