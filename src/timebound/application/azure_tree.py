"""Looking at the tree of Azure: one node, and lists of those that whoever asks may see."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from timebound.application.reading import Reader
from timebound.application.tree_ports import EstatePart, NodePage
from timebound.domain.authority import Caller, Target, authorize, authorize_action
from timebound.domain.azure.nodes import Node
from timebound.domain.azure.places import PlaceKind, container_of, estate_of
from timebound.domain.decide import Refused
from timebound.domain.node_changes import READ, NodeFacts, action_on, decide_reading
from timebound.domain.operations import Operation
from timebound.domain.problems import Code, Problem
from timebound.domain.scopes import Scope

_CHUNK: Final = 500
"""How many nodes are looked at in one go."""


async def admit(reader: Reader) -> Caller | Refused:
    """Whoever may ask what is theirs at all."""
    caller = await reader.store.load_caller(reader.token, reader.at)
    problems = authorize(Operation.READ_OWN_AZURE_ASSIGNMENTS, caller)
    return Refused(problems) if problems else caller


async def read_node(reader: Reader, place: Scope, action: str | None = None) -> Node | Refused:
    """What is at a place, for whoever may read it, or may carry out the action there."""
    facts = await load_facts(reader, place)
    if action is not None and (problems := facts.check(action)):
        return Refused(problems)
    return decide_reading(facts)


async def find_subscription(reader: Reader, place: Scope) -> Node | Refused:
    """A subscription, for whoever holds a role in it, above it or anywhere below it."""
    caller = await admit(reader)
    if isinstance(caller, Refused):
        return caller
    found = await reader.store.find_node(reader.token.tenant_id, place.path)
    if found is None:
        return Refused((Problem(Code.SCOPE_NOT_FOUND, value=place.path),))
    is_reached = await reader.store.is_held_around(reader.token, found.place, reader.at)
    return found if is_reached else refuse_reading(found.place)


async def list_subscriptions(reader: Reader, part: EstatePart) -> tuple[Node, ...] | Refused:
    """The subscriptions in which the caller holds a role: in them, above them or below."""
    caller = await admit(reader)
    if isinstance(caller, Refused):
        return caller
    tops = await _list_tops(reader)
    wanted = replace(part, kind=PlaceKind.SUBSCRIPTION)
    return await reader.store.list_estate_part(reader.token.tenant_id, tops, wanted) if tops else ()


async def list_groups(reader: Reader, part: EstatePart) -> tuple[Node, ...] | Refused:
    """The management groups that the caller may read."""
    caller = await admit(reader)
    if isinstance(caller, Refused):
        return caller
    tops = await _list_tops(reader)
    page = EstatePart(_CHUNK, part.after, PlaceKind.MANAGEMENT_GROUP)
    found: list[Node] = []
    while tops and len(found) < part.limit:
        rows = await reader.store.list_estate_part(reader.token.tenant_id, tops, page)
        found += await keep_readable(reader, rows)
        if len(rows) < page.limit:
            break
        page = replace(page, after=rows[-1].place.key)
    return tuple(found[: part.limit])


async def list_entities(reader: Reader) -> tuple[Node, ...] | Refused:
    """The management groups that the caller may read, and the subscriptions they have a role in.

    All of them: how many there are is told with each page, and how many are in each group.
    """
    caller = await admit(reader)
    if isinstance(caller, Refused):
        return caller
    tops = await _list_tops(reader)
    estate = await reader.store.list_estate(reader.token.tenant_id, tops) if tops else ()
    groups = [one for one in estate if one.kind is PlaceKind.MANAGEMENT_GROUP]
    subscriptions = (one for one in estate if one.kind is PlaceKind.SUBSCRIPTION)
    return (*await keep_readable(reader, groups), *subscriptions)


async def list_descendants(
    reader: Reader, place: Scope, part: EstatePart
) -> tuple[Node, ...] | Refused:
    """The groups and subscriptions in a management group that the caller may read."""
    found = await read_node(reader, place)
    if isinstance(found, Refused):
        return found
    # The group is one of its own estate, and told of no more than once.
    wanted = replace(part, limit=part.limit + 1)
    tops = [found.place.path]
    rows = await reader.store.list_estate_part(reader.token.tenant_id, tops, wanted)
    return tuple(one for one in rows if one.place != found.place)[: part.limit]


async def list_members(
    reader: Reader, place: Scope, part: EstatePart
) -> tuple[Node, tuple[Node, ...]] | Refused:
    """A management group that the caller may read, and a part of the subscriptions right in it."""
    found = await read_node(reader, place)
    if isinstance(found, Refused):
        return found
    page = NodePage(part.limit, parent=found.place, after=part.after)
    return found, await reader.store.list_nodes(reader.token.tenant_id, page)


async def list_below(reader: Reader, place: Scope) -> tuple[Node, ...] | Refused:
    """A management group that the caller may read, and then the groups and subscriptions in it."""
    found = await read_node(reader, place)
    if isinstance(found, Refused):
        return found
    estate = await reader.store.list_estate(reader.token.tenant_id, [found.place.path])
    return (found, *(one for one in estate if one.place != found.place))


async def keep_readable(reader: Reader, nodes: Sequence[Node]) -> tuple[Node, ...]:
    """Those of some nodes that the caller may read, judged one by one."""
    kept: list[Node] = []
    for start in range(0, len(nodes), _CHUNK):
        chunk = nodes[start : start + _CHUNK]
        places = [one.place for one in chunk]
        loaded = await reader.store.load_rights_at(reader.token, places, reader.at)
        kept += (
            node
            for node, found in zip(chunk, loaded, strict=True)
            if not authorize_action(
                action_on(node.place, READ), found.caller, Target(rights=found.rights)
            )
        )
    return tuple(kept)


def refuse_reading(place: Scope, action: str | None = None) -> Refused:
    """The refusal of a place that the caller may not read, or may not list what lies in it."""
    names = (action or action_on(place, READ),)
    return Refused((Problem(Code.ACTION_NOT_ALLOWED, names=names, value=place.path),))


async def _list_tops(reader: Reader) -> list[str]:
    """The subscriptions and management groups that the caller holds a role in, or the root."""
    held = await reader.store.list_held_places(reader.token, reader.at)
    return sorted({estate_of(one).path for one in held})


async def load_facts(reader: Reader, place: Scope) -> NodeFacts:
    """What is at a place and around it, and what the caller may do there."""
    store, token = reader.store, reader.token
    places = list(_list_outwards(place))
    loaded = await store.load_rights_at(token, places, reader.at)
    rights = {one.key: found.rights for one, found in zip(places, loaded, strict=True)}
    nodes = await store.find_by_paths(token.tenant_id, [one.path for one in places])
    return NodeFacts(caller=loaded[0].caller, place=place, nodes=nodes, rights=rights)


def _list_outwards(place: Scope) -> Iterator[Scope]:
    found: Scope | None = place
    while found is not None:
        yield found
        found = container_of(found)
