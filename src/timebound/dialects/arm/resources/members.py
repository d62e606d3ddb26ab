"""Subscriptions in management groups: listed, put into one, and taken out of it again."""

from http import HTTPStatus
from typing import Final

from timebound.application.azure_nodes import move_node
from timebound.application.azure_tree import list_members, read_node
from timebound.application.tree_ports import EstatePart
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.paging import answer_keyed, ask_keyed
from timebound.dialects.arm.places import group_place, key_of_node, subscription_place
from timebound.dialects.arm.resources.generic import work_of
from timebound.dialects.arm.resources.management_shapes import show_subscription
from timebound.dialects.arm.resources.refusing import refuse
from timebound.dialects.arm.resources.versions import MANAGEMENT, PLAIN_TYPES
from timebound.domain.azure.nodes import Node
from timebound.domain.decide import Refused
from timebound.domain.node_changes import is_same, root_group
from timebound.domain.problems import Code, Problem


async def list_all(call: Call) -> Answer:
    """The subscriptions right in a management group."""
    asked, after = ask_keyed(call)
    part = EstatePart(asked.limit + 1, after)
    found = await list_members(call.read_at(call.at), group_place(call.keys[0]), part)
    if isinstance(found, Refused):
        raise await refuse(call, found)
    group, rows = found
    return answer_keyed(
        call, asked, rows, key_of_node, lambda one: show_subscription(call, one, group)
    )


async def get_one(call: Call) -> Answer:
    """A subscription right in a management group."""
    place, reader = subscription_place(call.keys[1]), call.read_at(call.at)
    group = await read_node(reader, group_place(call.keys[0]))
    if isinstance(group, Refused):
        raise await refuse(call, group)
    found = await call.ports.store.find_node(call.token.tenant_id, place.path)
    if found is None or found.parent != group.place:
        raise await refuse(call, Refused((Problem(Code.SCOPE_NOT_FOUND, value=place.path),)))
    return Answer(HTTPStatus.OK, show_subscription(call, found, group))


async def put_one(call: Call) -> Answer:
    """Moves a subscription into a management group: 200, or 204 in early versions."""
    group = group_place(call.keys[0])
    put = await move_node(work_of(call), subscription_place(call.keys[1]), group)
    if isinstance(put, Refused):
        raise await refuse(call, put)
    if call.version < PLAIN_TYPES or put.node.parent is None:
        return Answer(HTTPStatus.NO_CONTENT)
    body = show_subscription(call, put.node, Node(put.node.parent, None))
    return Answer(HTTPStatus.OK, body)


async def delete_one(call: Call) -> Answer:
    """Takes a subscription out of a management group, back into the tenant's own.

    Of one that is in another group nothing becomes.
    """
    place, group = subscription_place(call.keys[1]), group_place(call.keys[0])
    found = await call.ports.store.find_node(call.token.tenant_id, place.path)
    if found is not None and not is_same(group, found.parent):
        return Answer(HTTPStatus.NO_CONTENT)
    put = await move_node(work_of(call), place, root_group(call.token.tenant_id))
    if isinstance(put, Refused):
        raise await refuse(call, put)
    return Answer(HTTPStatus.OK)


_ALL: Final = "/providers/Microsoft.Management/managementGroups/{groupId}/subscriptions"
_ONE: Final = f"{_ALL}/{{subscriptionId}}"
MEMBER_ROWS: Final = (
    Operation("GET", _ALL, MANAGEMENT, list_all),
    Operation("GET", _ONE, MANAGEMENT, get_one),
    Operation("PUT", _ONE, MANAGEMENT, put_one),
    Operation("DELETE", _ONE, MANAGEMENT, delete_one),
)
