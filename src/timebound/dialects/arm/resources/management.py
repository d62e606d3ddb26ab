"""Management groups: made, changed, moved, removed, and looked into."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

import msgspec

from timebound.application.azure_nodes import put_group, remove_node
from timebound.application.azure_tree import (
    admit,
    list_below,
    list_entities,
    list_groups,
    read_node,
)
from timebound.application.azure_tree import (
    list_descendants as list_inside,
)
from timebound.application.node_records import Put
from timebound.application.tree_ports import EstatePart
from timebound.dialects.arm.bodies import read_body
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.paging import answer_keyed, answer_rows, ask_keyed
from timebound.dialects.arm.places import group_place, key_of_node
from timebound.dialects.arm.resources.generic import work_of
from timebound.dialects.arm.resources.groups import SOON
from timebound.dialects.arm.resources.management_shapes import (
    show_children,
    show_descendant,
    show_entity,
    show_listed,
    show_whole,
)
from timebound.dialects.arm.resources.refusing import refuse
from timebound.dialects.arm.resources.versions import MANAGEMENT
from timebound.domain.azure.node_names import check_name
from timebound.domain.azure.nodes import Node, NodeContent
from timebound.domain.azure.places import PlaceKind
from timebound.domain.decide import Refused


class CreateParentGroupInfo(msgspec.Struct, frozen=True):
    """The management group that another one is to lie in."""

    id: str | None = None


class CreateManagementGroupDetails(msgspec.Struct, frozen=True):
    """Where a management group is to lie."""

    parent: CreateParentGroupInfo | None = None


class CreateManagementGroupProperties(msgspec.Struct, frozen=True, rename="camel"):
    """What is said of a management group."""

    display_name: str | None = None
    details: CreateManagementGroupDetails | None = None


class CreateManagementGroupRequest(msgspec.Struct, frozen=True):
    """A management group that is to be made or changed."""

    properties: CreateManagementGroupProperties | None = None


class PatchManagementGroupRequest(msgspec.Struct, frozen=True, rename="camel"):
    """What of a management group is to change."""

    display_name: str | None = None
    parent_group_id: str | None = None
    parent_id: str | None = None


class CheckNameAvailabilityRequest(msgspec.Struct, frozen=True):
    """A name that somebody would like to give."""

    name: str | None = None
    type: str | None = None


async def list_all(call: Call) -> Answer:
    """The management groups that the caller may read."""
    asked, after = ask_keyed(call)
    found = await list_groups(call.read_at(call.at), EstatePart(asked.limit + 1, after))
    if isinstance(found, Refused):
        raise await refuse(call, found)
    return answer_keyed(call, asked, found, key_of_node, lambda one: show_listed(call, one))


async def get_group(call: Call) -> Answer:
    """A management group, with what is in it or above it where that is asked for."""
    place = group_place(call.keys[0])
    reader = call.read_at(call.at)
    expanded = frozenset(call.query.get("$expand", "").lower().split(","))
    is_deep = call.query.get("$recurse", "").lower() == "true"
    children = None
    if "children" in expanded:
        found = await list_below(reader, place)
        if isinstance(found, Refused):
            raise await refuse(call, found)
        node = found[0]
        children = show_children(call, node, found[1:], is_deep=is_deep)
    else:
        read = await read_node(reader, place)
        if isinstance(read, Refused):
            raise await refuse(call, read)
        node = read
    above = await _list_above(call, node)
    return Answer(HTTPStatus.OK, show_whole(call, node, above, children, expanded))


async def put_one(call: Call) -> Answer:
    """Makes a management group, changes what it is called, or moves it: 200 in every case."""
    asked = read_body(call.body, CreateManagementGroupRequest).properties
    details = asked.details if asked else None
    parent = details.parent.id if details and details.parent else None
    return await _write(call, asked.display_name if asked else None, parent)


async def patch_one(call: Call) -> Answer:
    """Changes what a management group is called, or moves it; it has to be there."""
    asked = read_body(call.body, PatchManagementGroupRequest)
    found = await read_node(call.read_at(call.at), group_place(call.keys[0]))
    if isinstance(found, Refused):
        raise await refuse(call, found)
    return await _write(call, asked.display_name, asked.parent_group_id or asked.parent_id)


async def _write(call: Call, display_name: str | None, parent_id: str | None) -> Answer:
    def change(known: Node | None) -> NodeContent:
        kept = known.content.display_name if known else None
        return NodeContent(kept if display_name is None else display_name)

    parent = group_place(parent_id) if parent_id else None
    put = await put_group(work_of(call), group_place(call.keys[0]), change, parent)
    if isinstance(put, Refused):
        raise await refuse(call, put)
    return await _answer(call, put)


async def _answer(call: Call, put: Put) -> Answer:
    above = await _list_above(call, put.node)
    return Answer(HTTPStatus.OK, show_whole(call, put.node, above))


async def _list_above(call: Call, node: Node) -> Sequence[Node]:
    """The management groups above one, the nearest first."""
    store, tenant_id = call.ports.store, call.token.tenant_id
    places = (await store.list_above(tenant_id, node.place))[1:-1]
    found = await store.find_places(tenant_id, [one.path for one in places])
    return [found[one.path] for one in places if one.path in found]


async def delete_one(call: Call) -> Answer:
    """Removes an empty management group: 202, and `Location` tells that it is gone."""
    place = group_place(call.keys[0])
    removed = await remove_node(work_of(call), place)
    if isinstance(removed, Refused):
        raise await refuse(call, removed)
    results = "/providers/Microsoft.Management/operationResults/delete/managementGroups"
    location = f"{call.origin}{results}/{quote(call.keys[0], safe='')}?api-version={call.version}"
    body = {**_show_operation(call), "status": "NotStarted"}
    return Answer(HTTPStatus.ACCEPTED, body, {"location": location, "retry-after": SOON})


async def get_result(call: Call) -> Answer:
    """What has become of a removal: it was done when it was asked for."""
    return Answer(HTTPStatus.OK, {**_show_operation(call), "status": "Succeeded"})


def _show_operation(call: Call) -> dict[str, object]:
    place = group_place(call.keys[0])
    return {
        "id": place.path,
        "type": "/providers/Microsoft.Management/managementGroups",
        "name": call.keys[0],
    }


async def list_descendants(call: Call) -> Answer:
    """All management groups and subscriptions in a management group."""
    asked, after = ask_keyed(call)
    part = EstatePart(asked.limit + 1, after)
    found = await list_inside(call.read_at(call.at), group_place(call.keys[0]), part)
    if isinstance(found, Refused):
        raise await refuse(call, found)
    return answer_keyed(call, asked, found, key_of_node, lambda one: show_descendant(call, one))


async def get_entities(call: Call) -> Answer:
    """The management groups that the caller may read, and subscriptions they have a role in."""
    found = await list_entities(call.read_at(call.at))
    if isinstance(found, Refused):
        raise await refuse(call, found)
    known = {one.place.path: one for one in found}
    counts: dict[str, tuple[int, int]] = {}
    for one in found:
        if one.parent is not None:
            groups, others = counts.get(one.parent.path, (0, 0))
            is_group = one.kind is PlaceKind.MANAGEMENT_GROUP
            counts[one.parent.path] = (groups + is_group, others + (not is_group))
    answer = answer_rows(
        call,
        found,
        key_of_node,
        lambda one: show_entity(call, one, known, counts),
    )
    body = answer.body if isinstance(answer.body, dict) else {}
    return Answer(answer.status, {**body, "count": len(found)}, answer.headers)


async def check_availability(call: Call) -> Answer:
    """Whether a management group may have a name: it is valid, and no other one has it."""
    caller = await admit(call.read_at(call.at))
    if isinstance(caller, Refused):
        raise await refuse(call, caller)
    name = read_body(call.body, CheckNameAvailabilityRequest).name or ""
    if not name or "/" in name or check_name(group_place(name)):
        return _deny("Invalid", f"The name '{name[:90]}' is none that a management group can have.")
    found = await call.ports.store.find_node(call.token.tenant_id, group_place(name).path)
    if found is not None:
        return _deny("AlreadyExists", f"There is a management group named '{name}' already.")
    return Answer(HTTPStatus.OK, {"nameAvailable": True})


def _deny(reason: str, message: str) -> Answer:
    body = {"nameAvailable": False, "reason": reason, "message": message}
    return Answer(HTTPStatus.OK, body)


_PROVIDER: Final = "/providers/Microsoft.Management"
_ALL: Final = f"{_PROVIDER}/managementGroups"
_ONE: Final = f"{_ALL}/{{groupId}}"
MANAGEMENT_ROWS: Final = (
    Operation("GET", _ALL, MANAGEMENT, list_all),
    Operation("GET", _ONE, MANAGEMENT, get_group),
    Operation("PUT", _ONE, MANAGEMENT, put_one),
    Operation("PATCH", _ONE, MANAGEMENT, patch_one),
    Operation("DELETE", _ONE, MANAGEMENT, delete_one),
    Operation("GET", f"{_ONE}/descendants", MANAGEMENT, list_descendants),
    Operation("POST", f"{_PROVIDER}/getEntities", MANAGEMENT, get_entities),
    Operation("POST", f"{_PROVIDER}/checkNameAvailability", MANAGEMENT, check_availability),
    Operation(
        "GET",
        f"{_PROVIDER}/operationResults/delete/managementGroups/{{groupId}}",
        MANAGEMENT,
        get_result,
    ),
)
