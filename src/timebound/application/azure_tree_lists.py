"""Resource groups and resources of Azure, in pages, as far as whoever asks may see them.

A page is walked to its end: what the caller may not read is passed by. Only parts of the tree are
walked that the caller holds a role in, above or below.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

from timebound.application.azure_tree import admit, keep_readable, refuse_reading
from timebound.application.reading import Reader
from timebound.application.tree_ports import NodePage
from timebound.domain.azure.nodes import Node
from timebound.domain.azure.places import (
    SUBSCRIPTIONS,
    PlaceKind,
    kind_of,
    resource_group_of,
    subscription_of,
)
from timebound.domain.decide import Refused
from timebound.domain.problems import Code, Problem
from timebound.domain.scopes import Scope, ScopeKind

READ_GROUPS: Final = "Microsoft.Resources/subscriptions/resourceGroups/read"
READ_RESOURCES: Final = "Microsoft.Resources/subscriptions/resources/read"
_CHUNK: Final = 500
_GROUPS: Final = "/resourcegroups"
_RESOURCES: Final = "/providers"
_BEHIND: Final = "0"
"""The character behind the slash: what begins with a path and a slash lies before it."""


@dataclass(frozen=True, slots=True)
class NodeListing:
    """Which nodes of a subscription or of a resource group are listed.

    They are its resource groups, or all resources in it, of one `type` if that is named. `keeps`
    tells which of them are wanted; `after` is a path in lower case.
    """

    place: Scope
    limit: int
    is_of_groups: bool = False
    type: str | None = None
    after: str = ""
    keeps: Callable[[Node], bool] | None = None


@dataclass(frozen=True, slots=True)
class NodeRows:
    """Nodes in the order of their paths in lower case, and after which of these it goes on."""

    rows: tuple[Node, ...]
    goes_on: str | None = None


async def list_nodes(reader: Reader, listing: NodeListing) -> NodeRows | Refused:
    """The resource groups or resources that the caller may read, a page of them.

    Who holds nothing around there is refused the action of the list.
    """
    caller = await admit(reader)
    if isinstance(caller, Refused):
        return caller
    subscription = Scope(ScopeKind.AZURE, f"{SUBSCRIPTIONS}/{subscription_of(listing.place)}")
    paths = [subscription.path, listing.place.path]
    nodes = await reader.store.find_by_paths(reader.token.tenant_id, paths)
    if subscription.path not in nodes:
        return Refused((Problem(Code.SCOPE_NOT_FOUND, value=subscription.path),))
    reached = await reader.store.list_held_around(reader.token, subscription, reader.at)
    if not reached:
        action = READ_GROUPS if listing.is_of_groups else READ_RESOURCES
        return refuse_reading(subscription, action)
    node = nodes.get(listing.place.path.lower())
    if node is None:
        return Refused((Problem(Code.SCOPE_NOT_FOUND, value=listing.place.path),))
    found: list[Node] = []
    async for one in _walk(reader, listing, node.place, reached):
        found.append(one)
        if len(found) > listing.limit:
            rows = tuple(found[: listing.limit])
            return NodeRows(rows, rows[-1].place.path.lower())
    return NodeRows(tuple(found))


async def _walk(
    reader: Reader, listing: NodeListing, place: Scope, reached: tuple[Scope, ...]
) -> AsyncIterator[Node]:
    above = await reader.store.list_above(reader.token.tenant_id, place)
    is_whole = any(one in above for one in reached)
    ending = "" if listing.is_of_groups else "/"
    for part in [place] if is_whole else _list_parts(place, reached, ending):
        async for chunk in _read_part(reader, listing, part, is_whole=is_whole):
            wanted = [one for one in chunk if listing.keeps is None or listing.keeps(one)]
            for node in await keep_readable(reader, wanted):
                yield node


def _list_parts(place: Scope, reached: tuple[Scope, ...], ending: str) -> list[Scope]:
    """The resource groups of a place that the caller holds something in, in order.

    With what their paths go on with where it is what lies in them that is in order.
    """
    subscription = f"{SUBSCRIPTIONS}/{subscription_of(place)}"
    groups = {
        f"{subscription}/resourceGroups/{name}".lower(): f"{subscription}/resourceGroups/{name}"
        for one in reached
        if (name := resource_group_of(one)) is not None
    }
    parts = [
        Scope(ScopeKind.AZURE, groups[key]) for key in sorted(groups, key=lambda one: one + ending)
    ]
    if kind_of(place) is PlaceKind.RESOURCE_GROUP:
        return [one for one in parts if one.path.lower() == place.path.lower()]
    return parts


async def _read_part(
    reader: Reader, listing: NodeListing, part: Scope, *, is_whole: bool
) -> AsyncIterator[list[Node]]:
    store, tenant_id = reader.store, reader.token.tenant_id
    if listing.is_of_groups and not is_whole:
        if part.path.lower() > listing.after:
            yield list((await store.find_by_paths(tenant_id, [part.path])).values())
        return
    after = listing.after
    while True:
        rows = await store.list_nodes(tenant_id, _page_of(listing, part, after))
        yield list(rows)
        if len(rows) < _CHUNK:
            return
        after = rows[-1].place.path.lower()


def _page_of(listing: NodeListing, part: Scope, after: str) -> NodePage:
    if listing.is_of_groups:
        return NodePage(_CHUNK, parent=part, after=after)
    word = _RESOURCES if kind_of(part) is PlaceKind.RESOURCE_GROUP else _GROUPS
    start = f"{part.path.lower()}{word}"
    return NodePage(
        _CHUNK, since=f"{start}/", until=f"{start}{_BEHIND}", after=after, type=listing.type
    )
