"""Resource groups and resources of Azure, in pages, as far as whoever asks may see them.

A page is walked to its end: what the caller may not read is passed by. Only parts of the tree are
walked that the caller holds a role in, above or below.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from timebound.application.azure_tree import admit, keep_readable, refuse_reading
from timebound.application.reading import Reader
from timebound.application.tree_ports import NodePage
from timebound.domain.azure.nodes import Node
from timebound.domain.azure.places import (
    SUBSCRIPTIONS,
    part_of,
    subscription_of,
)
from timebound.domain.decide import Refused
from timebound.domain.problems import Code, Problem
from timebound.domain.scopes import Scope, ScopeKind

READ_GROUPS: Final = "Microsoft.Resources/subscriptions/resourceGroups/read"
READ_RESOURCES: Final = "Microsoft.Resources/subscriptions/resources/read"
_CHUNK: Final = 500
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
    node = nodes.get(listing.place.key)
    if node is None:
        return Refused((Problem(Code.SCOPE_NOT_FOUND, value=listing.place.path),))
    found: list[Node] = []
    async for one in _walk(reader, replace(listing, place=node.place), reached):
        found.append(one)
        if len(found) > listing.limit:
            rows = tuple(found[: listing.limit])
            return NodeRows(rows, rows[-1].place.key)
    return NodeRows(tuple(found))


async def _walk(
    reader: Reader, listing: NodeListing, reached: tuple[Scope, ...]
) -> AsyncIterator[Node]:
    place = listing.place
    above = await reader.store.list_above(reader.token.tenant_id, place)
    is_whole = any(one in above for one in reached)
    if is_whole:
        parts = [place.key]
    else:
        parts = list_parts(reached, within=place, ending="" if listing.is_of_groups else "/")
    for part in parts:
        async for chunk in _read_part(reader, listing, part, is_whole=is_whole):
            wanted = [one for one in chunk if listing.keeps is None or listing.keeps(one)]
            for node in await keep_readable(reader, wanted):
                yield node


def list_parts(reached: Iterable[Scope], within: Scope, ending: str = "/") -> list[str]:
    """The parts of a place, in order, that something is held in: how paths in them begin.

    They are in order with what their paths go on with where it is what lies in them that is.
    """
    around = within.key
    parts = {part for one in reached if (part := part_of(one)) is not None}
    inside = (one for one in parts if f"{one}/".startswith(f"{around}/"))
    return sorted(inside, key=lambda one: one + ending)


async def _read_part(
    reader: Reader, listing: NodeListing, part: str, *, is_whole: bool
) -> AsyncIterator[Sequence[Node]]:
    if not listing.is_of_groups:
        chunks = walk_inside(reader, part, listing.after, listing.type)
    elif is_whole:
        chunks = _walk_pages(reader, NodePage(_CHUNK, parent=listing.place, after=listing.after))
    else:
        chunks = _find_group(reader, part, listing.after)
    async for chunk in chunks:
        yield chunk


async def _find_group(reader: Reader, part: str, after: str) -> AsyncIterator[Sequence[Node]]:
    # Of what is in no group there is no node by this name.
    if part > after:
        found = await reader.store.find_by_paths(reader.token.tenant_id, [part])
        yield tuple(found.values())


def walk_inside(
    reader: Reader, part: str, after: str = "", type_: str | None = None
) -> AsyncIterator[Sequence[Node]]:
    """The resources in a part of a subscription, or in all of it, chunk by chunk."""
    page = NodePage(_CHUNK, since=f"{part}/", until=behind(part), after=after, type=type_)
    return _walk_pages(reader, page)


async def _walk_pages(reader: Reader, page: NodePage) -> AsyncIterator[Sequence[Node]]:
    """A page and all that come behind it."""
    while True:
        rows = await reader.store.list_nodes(reader.token.tenant_id, page)
        yield rows
        if len(rows) < page.limit:
            return
        page = replace(page, after=rows[-1].place.key)


def behind(part: str) -> str:
    """What comes right behind all paths that lie in a part."""
    return f"{part}{_BEHIND}"
