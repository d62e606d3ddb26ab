"""Resource groups: made, changed, listed, and removed with all that is in them."""

from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Final

from timebound.application.azure_nodes import put_node, remove_node
from timebound.application.azure_tree import read_node
from timebound.application.azure_tree_lists import NodeListing, list_nodes
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.paging import answer_page, ask_page
from timebound.dialects.arm.places import place_of, subscription_place
from timebound.dialects.arm.resources.contents import merge_group, read_details, replace_group
from timebound.dialects.arm.resources.filters import read_filter
from timebound.dialects.arm.resources.generic import check_existence, work_of
from timebound.dialects.arm.resources.refusing import refuse
from timebound.dialects.arm.resources.shapes import show_group
from timebound.dialects.arm.resources.versions import ANY_VERSION, SUBSCRIPTIONS
from timebound.domain.azure.nodes import Node, NodeContent
from timebound.domain.decide import Refused

_ALL: Final = "/subscriptions/{subscriptionId}/resourceGroups"
_ONE: Final = f"{_ALL}/{{resourceGroupName}}"
SOON: Final = "1"
"""After how many seconds a client may ask what has become of something; it is done by then."""


async def list_all(call: Call) -> Answer:
    """The resource groups of a subscription that the caller may read."""
    asked, filter_ = ask_page(call), read_filter(call)
    after = str(asked.after[0]) if asked.after else ""
    listing = NodeListing(
        subscription_place(call.keys[0]),
        asked.limit,
        is_of_groups=True,
        after=after,
        keeps=filter_.keeps,
    )
    found = await list_nodes(call.read_at(call.at), listing)
    if isinstance(found, Refused):
        raise await refuse(call, found)
    rows = [show_group(one) for one in found.rows]
    return answer_page(call, asked, rows, (found.goes_on,) if found.goes_on else None)


async def get_group(call: Call) -> Answer:
    """A resource group."""
    found = await read_node(call.read_at(call.at), place_of(call))
    if isinstance(found, Refused):
        raise await refuse(call, found)
    return Answer(HTTPStatus.OK, show_group(found))


async def check_group(call: Call) -> Answer:
    """Whether a resource group is there, in a status alone."""
    return await check_existence(call, place_of(call))


_Change = Callable[[Mapping[str, object], Node | None], NodeContent | Refused | None]


async def put_group(call: Call) -> Answer:
    """Makes a resource group, 201, or replaces what is said of it, 200."""
    return await _write(call, replace_group)


async def patch_group(call: Call) -> Answer:
    """Changes what is said of a resource group."""
    return await _write(call, merge_group)


async def _write(call: Call, change: _Change) -> Answer:
    put = await put_node(work_of(call), place_of(call), partial(change, read_details(call.body)))
    if isinstance(put, Refused):
        raise await refuse(call, put)
    status = HTTPStatus.CREATED if put.is_new else HTTPStatus.OK
    return Answer(status, show_group(put.node))


async def delete_group(call: Call) -> Answer:
    """Removes a resource group: 202, and `Location` tells what has become of it.

    It is done at once; clients that wait are told so when they ask first.
    """
    place = place_of(call)
    removed = await remove_node(work_of(call), place)
    if isinstance(removed, Refused):
        raise await refuse(call, removed)
    job = call.ports.ids.derive_id(call.token.tenant_id, "removal", place.key)
    subscription = subscription_place(call.keys[0]).path
    location = f"{call.origin}{subscription}/operationresults/{job}?api-version={call.version}"
    return Answer(HTTPStatus.ACCEPTED, headers={"location": location, "retry-after": SOON})


async def get_result(call: Call) -> Answer:
    """What has become of a removal: it was done when it was asked for."""
    subscription_place(call.keys[0])
    return Answer(HTTPStatus.OK)


GROUP_ROWS: Final = (
    Operation("GET", _ALL, SUBSCRIPTIONS, list_all),
    Operation("GET", _ONE, SUBSCRIPTIONS, get_group),
    Operation("HEAD", _ONE, SUBSCRIPTIONS, check_group),
    Operation("PUT", _ONE, SUBSCRIPTIONS, put_group),
    Operation("PATCH", _ONE, SUBSCRIPTIONS, patch_group),
    Operation("DELETE", _ONE, SUBSCRIPTIONS, delete_group),
    Operation(
        "GET",
        "/subscriptions/{subscriptionId}/operationresults/{operationId}",
        ANY_VERSION,
        get_result,
    ),
)
