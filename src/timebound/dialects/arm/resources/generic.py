"""Resources of any type by their full ids, and lists of them."""

from functools import partial
from http import HTTPStatus
from typing import Final

from timebound.application.azure_nodes import put_node, remove_node
from timebound.application.azure_tree import read_node
from timebound.application.azure_tree_lists import NodeListing, list_nodes
from timebound.application.directory.work import Work
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.paging import answer_page, ask_page
from timebound.dialects.arm.places import place_of, subscription_place
from timebound.dialects.arm.resources.contents import (
    merge_details,
    read_details,
    replace_details,
)
from timebound.dialects.arm.resources.filters import read_filter
from timebound.dialects.arm.resources.refusing import refuse
from timebound.dialects.arm.resources.shapes import show_listed, show_resource
from timebound.dialects.arm.resources.versions import ANY_VERSION, SUBSCRIPTIONS
from timebound.domain.azure.places import PlaceKind, kind_of
from timebound.domain.decide import Refused
from timebound.domain.folding import fold
from timebound.domain.problems import Code
from timebound.domain.scopes import Scope, ScopeKind

_RESOURCE: Final = (
    "/providers/{resourceProviderNamespace}/{parentResourcePath}/{resourceType}/{resourceName}"
)
_PATHS: Final = (
    f"/subscriptions/{{subscriptionId}}/resourceGroups/{{resourceGroupName}}{_RESOURCE}",
    f"/subscriptions/{{subscriptionId}}{_RESOURCE}",
)
"""Those of resources in resource groups, and of those in none."""


async def get_resource(call: Call) -> Answer:
    """A resource."""
    found = await read_node(call.read_at(call.at), place_of(call))
    if isinstance(found, Refused):
        raise await refuse(call, found)
    return Answer(HTTPStatus.OK, show_resource(found))


async def check_resource(call: Call) -> Answer:
    """Whether a resource is there, in a status alone."""
    return await check_existence(call, place_of(call))


async def check_existence(call: Call, place: Scope) -> Answer:
    """204 where something is at a place, 404 where nothing is."""
    found = await read_node(call.read_at(call.at), place)
    if not isinstance(found, Refused):
        return Answer(HTTPStatus.NO_CONTENT)
    if found.problems[0].code is not Code.SCOPE_NOT_FOUND:
        raise await refuse(call, found)
    return Answer(HTTPStatus.NOT_FOUND)


async def put_resource(call: Call) -> Answer:
    """Makes or replaces a resource: 201 or 200."""
    change = partial(replace_details, read_details(call.body))
    put = await put_node(work_of(call), place_of(call), change)
    if isinstance(put, Refused):
        raise await refuse(call, put)
    status = HTTPStatus.CREATED if put.is_new else HTTPStatus.OK
    return Answer(status, show_resource(put.node))


async def patch_resource(call: Call) -> Answer:
    """Changes what is said of a resource."""
    change = partial(merge_details, read_details(call.body))
    put = await put_node(work_of(call), place_of(call), change)
    if isinstance(put, Refused):
        raise await refuse(call, put)
    return Answer(HTTPStatus.OK, show_resource(put.node))


async def delete_resource(call: Call) -> Answer:
    """Removes a resource with all that is in it: 200, or 204 where it is not there."""
    removed = await remove_node(work_of(call), place_of(call))
    if not isinstance(removed, Refused):
        return Answer(HTTPStatus.OK)
    first = removed.problems[0]
    is_itself = fold(first.value or "") == place_of(call).key
    if first.code is Code.SCOPE_NOT_FOUND and is_itself:
        return Answer(HTTPStatus.NO_CONTENT)
    raise await refuse(call, removed)


async def list_in_subscription(call: Call) -> Answer:
    """All resources of a subscription that the caller may read."""
    return await _list(call, subscription_place(call.keys[0]))


async def list_in_group(call: Call) -> Answer:
    """All resources of a resource group that the caller may read."""
    return await _list(call, place_of(call))


async def _list(call: Call, place: Scope) -> Answer:
    asked, filter_ = ask_page(call), read_filter(call)
    expanded = {name.strip() for name in call.query.get("$expand", "").lower().split(",")}
    after = str(asked.after[0]) if asked.after else ""
    if filter_.group is not None and kind_of(place) is PlaceKind.SUBSCRIPTION:
        # What is asked about a group that is not there is refused, as by the group's own address.
        narrowed = Scope(ScopeKind.AZURE, f"{place.path}/resourceGroups/{filter_.group}")
        place = narrowed if kind_of(narrowed) is PlaceKind.RESOURCE_GROUP else place
    found = await list_nodes(
        call.read_at(call.at),
        NodeListing(place, asked.limit, type=filter_.type, after=after, keeps=filter_.keeps),
    )
    if isinstance(found, Refused):
        raise await refuse(call, found)
    rows = [show_listed(one, expanded) for one in found.rows]
    return answer_page(call, asked, rows, (found.goes_on,) if found.goes_on else None)


def work_of(call: Call) -> Work:
    """What a call that changes something works with."""
    return Work(call.engine, call.token, call.at)


_METHODS: Final = (
    ("GET", get_resource),
    ("HEAD", check_resource),
    ("PUT", put_resource),
    ("PATCH", patch_resource),
    ("DELETE", delete_resource),
)
RESOURCE_ROWS: Final = (
    *(
        Operation(method, path, ANY_VERSION, handler)
        for path in _PATHS
        for method, handler in _METHODS
    ),
    Operation(
        "GET", "/subscriptions/{subscriptionId}/resources", SUBSCRIPTIONS, list_in_subscription
    ),
    Operation(
        "GET",
        "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/resources",
        SUBSCRIPTIONS,
        list_in_group,
    ),
)
