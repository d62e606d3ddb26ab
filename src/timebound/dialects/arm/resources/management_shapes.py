"""How management groups are told: the published shapes of Microsoft.Management."""

from collections.abc import Iterable, Mapping, Sequence

from timebound.dialects.arm.call import Call
from timebound.dialects.arm.dates import format_full
from timebound.dialects.arm.resources.versions import PLAIN_TYPES
from timebound.domain.azure.nodes import Node
from timebound.domain.azure.places import PlaceKind

_TYPE = "Microsoft.Management/managementGroups"
_SUBSCRIPTION = "/subscriptions"


def type_in(call: Call, node: Node) -> str:
    """The type of a node as it is told here, in a version."""
    if node.kind is PlaceKind.SUBSCRIPTION:
        return _SUBSCRIPTION
    return _TYPE if call.version >= PLAIN_TYPES else f"/providers/{_TYPE}"


def show_listed(call: Call, node: Node) -> dict[str, object]:
    """A management group as lists tell it."""
    return {
        "id": node.place.path,
        "type": type_in(call, node),
        "name": node.name,
        "properties": {"tenantId": call.token.tenant_id, "displayName": node.display_name},
    }


def show_whole(
    call: Call,
    node: Node,
    above: Sequence[Node],
    children: Sequence[Mapping[str, object]] | None = None,
    expanded: Iterable[str] = (),
) -> dict[str, object]:
    """A management group with what is above it, the nearest first, and what is in it."""
    parent = above[0] if above else None
    changed = node.content.changed_at
    details: dict[str, object] = {
        "version": 1,
        "updatedTime": format_full(changed) if changed else None,
        "parent": None if parent is None else _name(parent),
    }
    if "path" in expanded:
        details["path"] = [
            {"name": one.name, "displayName": one.display_name} for one in reversed(above)
        ]
    if "ancestors" in expanded:
        details["managementGroupAncestors"] = [one.name for one in above]
        details["managementGroupAncestorsChain"] = [
            {"name": one.name, "displayName": one.display_name} for one in above
        ]
    found = show_listed(call, node)
    properties = {"tenantId": call.token.tenant_id, "displayName": node.display_name}
    return {**found, "properties": {**properties, "details": details, "children": children}}


def show_children(
    call: Call, node: Node, below: Sequence[Node], *, is_deep: bool
) -> list[dict[str, object]]:
    """What is right in a management group, and with `is_deep` what is in that."""
    inside: dict[str, list[Node]] = {}
    for one in below:
        if one.parent is not None:
            inside.setdefault(one.parent.path, []).append(one)

    def show(place: str) -> list[dict[str, object]]:
        shown: list[dict[str, object]] = []
        for one in inside.get(place, ()):
            deeper = show(one.place.path) if is_deep else []
            entry: dict[str, object] = {
                "id": one.place.path,
                "type": type_in(call, one),
                "name": one.name,
                "displayName": one.display_name,
                "children": deeper or None,
            }
            shown.append(entry)
        return shown

    return show(node.place.path)


def show_descendant(call: Call, node: Node) -> dict[str, object]:
    """What is somewhere in a management group, as `descendants` tells it."""
    return {
        "id": node.place.path,
        "type": type_in(call, node),
        "name": node.name,
        "properties": {
            "displayName": node.display_name,
            "parent": {"id": node.parent.path} if node.parent else None,
        },
    }


def show_subscription(call: Call, node: Node, group: Node) -> dict[str, object]:
    """A subscription in a management group."""
    return {
        "id": f"{group.place.path}/subscriptions/{node.name}",
        "type": f"{_TYPE}/subscriptions",
        "name": node.name,
        "properties": {
            "tenant": call.token.tenant_id,
            "displayName": node.display_name,
            "parent": {"id": group.place.path},
            "state": "Active",
        },
    }


def show_entity(
    call: Call, node: Node, known: Mapping[str, Node], counts: Mapping[str, tuple[int, int]]
) -> dict[str, object]:
    """A management group or a subscription as `getEntities` tells it."""
    chain = list(_list_chain(node, known))
    groups, others = counts.get(node.place.path, (0, 0))
    return {
        "id": node.place.path,
        "type": type_in(call, node),
        "name": node.name,
        "properties": {
            "displayName": node.display_name,
            "tenantId": call.token.tenant_id,
            "parent": {"id": node.parent.path} if node.parent and chain else None,
            "permissions": "view",
            "inheritedPermissions": "view",
            "parentNameChain": [one.name for one in chain],
            "parentDisplayNameChain": [one.display_name for one in chain],
            "numberOfChildGroups": groups,
            "numberOfChildren": groups + others,
            "numberOfDescendants": groups + others,
        },
    }


def _list_chain(node: Node, known: Mapping[str, Node]) -> Iterable[Node]:
    """What is above a node, the outermost first, as far as it is known."""
    chain: list[Node] = []
    outer = known.get(node.parent.path) if node.parent else None
    while outer is not None:
        chain.append(outer)
        outer = known.get(outer.parent.path) if outer.parent else None
    return reversed(chain)


def _name(node: Node) -> dict[str, object]:
    return {"id": node.place.path, "name": node.name, "displayName": node.display_name}
