"""What has to be reached to connect to a resource: of a virtual machine its network, as told of it.

Published are network interfaces, network security groups, public addresses and Bastion hosts of
virtual machines. What a machine has of them is said in its properties and theirs.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from timebound.application.azure_tree_lists import walk_inside
from timebound.application.privileged_resources import (
    Estate,
    HeldRole,
    PrivilegedResource,
    find_roles,
    walk_estates,
)
from timebound.application.reading import Reader
from timebound.domain.azure.nodes import Node
from timebound.domain.azure.places import PlaceKind, estate_of, read_place
from timebound.domain.folding import fold
from timebound.domain.scopes import Scope

_MACHINE: Final = "microsoft.compute/virtualmachines"
_BASTION: Final = "Microsoft.Network/bastionHosts"
_INTERFACES: Final = ("networkProfile", "networkInterfaces", "id")
_GROUPS: Final = ("networkSecurityGroup", "id")
_ADDRESSES: Final = ("ipConfigurations", "properties", "publicIPAddress", "id")
_SUBNETS: Final = ("ipConfigurations", "properties", "subnet", "id")
_MOST: Final = 100
"""More than the interfaces of any machine; what says more of them is not followed further."""


async def find_shown(reader: Reader, held: Sequence[HeldRole], place: Scope) -> Node | None:
    """The resource at a place, in any casing, if one of the caller's roles counts there."""
    async for estate in walk_estates(reader, held, place.key):
        # The first one is that of the place, or else nothing counts in that.
        return await _find_counting(reader, [estate], place)
    return None


async def _find_counting(reader: Reader, estates: Iterable[Estate], place: Scope) -> Node | None:
    known = await reader.store.find_by_paths(reader.token.tenant_id, [place.path])
    found = known.get(place.key)
    if found is None or found.kind is not PlaceKind.RESOURCE or not _project(estates, [found]):
        return None
    return found


async def find_related(
    reader: Reader, held: Sequence[HeldRole], place: Scope
) -> tuple[PrivilegedResource, ...] | None:
    """What belongs to a resource, where one of the caller's roles counts at it.

    None where they have none at the resource itself, which then might as well not be there.
    """
    estates = [one async for one in walk_estates(reader, held)]
    found = await _find_counting(reader, estates, place)
    if found is None:
        return None
    if found.type.lower() != _MACHINE:
        return ()
    interfaces = await _find(reader, dig(_properties_of(found), _INTERFACES))
    links = [
        link
        for one in interfaces
        for path in (_GROUPS, _ADDRESSES)
        for link in dig(_properties_of(one), path)
    ]
    around = await _find(reader, links)
    bastions = await _find_bastions(reader, found, interfaces)
    every = {node.place: node for node in (*interfaces, *around, *bastions)}
    return _project(estates, every.values())


def _project(estates: Iterable[Estate], nodes: Iterable[Node]) -> tuple[PrivilegedResource, ...]:
    """The nodes at which roles count, with these."""
    of_subscription = {one.subscription.place: one for one in estates}
    found = []
    for node in nodes:
        estate = of_subscription.get(estate_of(node.place))
        roles = find_roles(estate, node.place) if estate else ()
        if estate and roles:
            found.append(PrivilegedResource(node, estate, roles))
    return tuple(found)


async def _find(reader: Reader, links: Iterable[object]) -> list[Node]:
    """The resources that links lead to, in their order, each once."""
    places = [read_place(link) for link in links if isinstance(link, str)]
    paths = dict.fromkeys(one.key for one in places[:_MOST] if one is not None)
    if not paths:
        return []
    known = await reader.store.find_by_paths(reader.token.tenant_id, list(paths))
    return [known[path] for path in paths if path in known]


async def _find_bastions(reader: Reader, machine: Node, interfaces: Iterable[Node]) -> list[Node]:
    """The Bastion hosts in the networks of a machine, as far as they are in its subscription."""
    networks = {network for one in interfaces for network in _list_networks(one)}
    if not networks:
        return []
    groups = f"{estate_of(machine.place).key}/resourcegroups"
    return [
        one
        async for chunk in walk_inside(reader, groups, type_=_BASTION)
        for one in chunk
        if networks.intersection(_list_networks(one))
    ]


def _list_networks(node: Node) -> Iterator[str]:
    """The networks that something is in, by its subnets."""
    for link in dig(_properties_of(node), _SUBNETS):
        if isinstance(link, str) and "/subnets/" in fold(link):
            yield fold(link).rpartition("/subnets/")[0]


def _properties_of(node: Node) -> object:
    return node.content.details.get("properties")


def dig(value: object, names: Sequence[str]) -> Iterator[object]:
    """What lies under names within one another, in any casing; of lists, in each of their items."""
    if isinstance(value, list | tuple):
        for one in value:
            yield from dig(one, names)
    elif not names:
        yield value
    elif isinstance(value, dict):
        for name, held in value.items():
            if str(name).lower() == names[0].lower():
                yield from dig(held, names[1:])
