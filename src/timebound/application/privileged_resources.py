"""The resources of Azure where somebody has or could have roles, with these roles.

What counts at a resource is what is held there or anywhere above it, by them, by groups they are in
or by groups that they may come into. Whoever only could have a role is told of the resource too:
that is what they may ask for.
"""

from collections.abc import AsyncIterable, AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from timebound.application.azure_reading import AzureQuestion, admit_to_azure
from timebound.application.azure_tree_lists import behind, list_parts, walk_inside
from timebound.application.queries import Compare, Operator, Order, Query
from timebound.application.reading import Reader
from timebound.application.tree_ports import EstatePart
from timebound.application.views import Area, Audience, GrantRow, Reach, Relation, View
from timebound.domain.authority import Caller
from timebound.domain.azure.nodes import Node
from timebound.domain.azure.places import (
    ROOT,
    PlaceKind,
    container_of,
    estate_of,
)
from timebound.domain.decide import Refused
from timebound.domain.grants import Grant, GrantKind
from timebound.domain.ids import PrincipalId
from timebound.domain.roles import MEMBER
from timebound.domain.scopes import Scope, ScopeKind

_CHUNK: Final = 500
_ID_PARTS: Final = 3
"""How many parts the path of a subscription has, the empty one before its first slash included."""
_GROUP: Final = PlaceKind.MANAGEMENT_GROUP
_ORDERS: Final = (Order("created_at"), Order("id"))


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that somebody has, or could have, and how they come to it.

    `group_id` is the group that holds it; with `needs_membership` they are not in that yet.
    """

    grant: Grant
    group_id: PrincipalId | None = None
    needs_membership: bool = False

    @property
    def is_active(self) -> bool:
        """Whether they have it now."""
        return self.grant.kind is not GrantKind.ELIGIBLE and not self.needs_membership

    @property
    def is_of_pim(self) -> bool:
        """Whether it came about by a request, or is to be asked for."""
        return not self.is_active or self.grant.request_id is not None


@dataclass(frozen=True, slots=True)
class Estate:
    """A subscription, the management groups above it from the outermost one, and what counts in it.

    `roles` are those held in it, above it or anywhere below it.
    """

    subscription: Node
    groups: tuple[Node, ...]
    above: frozenset[Scope]
    roles: tuple[HeldRole, ...]

    @property
    def is_whole(self) -> bool:
        """Whether a role counts in all of it."""
        return any(one.grant.slot.scope in self.above for one in self.roles)

    @property
    def has_pim(self) -> bool:
        """Whether any of the roles came about by a request, or is to be asked for."""
        return any(one.is_of_pim for one in self.roles)


@dataclass(frozen=True, slots=True)
class PrivilegedResource:
    """A resource, the subscription it lies in, and every role that counts there, each once."""

    node: Node
    estate: Estate
    roles: tuple[HeldRole, ...]


async def walk_estates(
    reader: Reader, held: Sequence[HeldRole], after: str = ""
) -> AsyncIterator[Estate]:
    """The subscriptions in which some roles count, in the order of paths, read part by part.

    They begin with the one that the path `after` lies in, which is spelled in lower case.
    """
    tops = sorted({estate_of(one.grant.slot.scope).path for one in held})
    if not tops:
        return
    above = _Above(reader)
    async for groups in _walk_nodes(reader, tops, _GROUP):
        above.nodes |= {one.place: one for one in groups}
    await above.complete(tuple(above.nodes.values()))
    first = "/".join(after.split("/")[:_ID_PARTS])
    # What begins with an id but for its last character lies right before it.
    async for chunk in _walk_nodes(reader, tops, PlaceKind.SUBSCRIPTION, first[:-1]):
        await above.complete(chunk)
        for one in chunk:
            if one.place.key >= first:
                yield _make_estate(one, above.nodes, above.chains, held)


async def _walk_nodes(
    reader: Reader, tops: Sequence[str], kind: PlaceKind, after: str = ""
) -> AsyncIterator[Sequence[Node]]:
    """The management groups or subscriptions at some places and below them, chunk by chunk."""
    while True:
        part = EstatePart(_CHUNK, after, kind)
        rows = await reader.store.list_estate_part(reader.token.tenant_id, tops, part)
        yield rows
        if len(rows) < _CHUNK:
            return
        after = rows[-1].place.key


@dataclass(slots=True)
class _Above:
    """What is known of what lies above subscriptions: nodes, and ways from some on to the root."""

    reader: Reader
    nodes: dict[Scope, Node] = field(default_factory=dict)
    chains: dict[Scope, Sequence[Scope]] = field(default_factory=dict)

    async def complete(self, nodes: Sequence[Node]) -> None:
        """Finds what some nodes lie in that is not known yet."""
        store, tenant_id = self.reader.store, self.reader.token.tenant_id
        outer = {one.parent for one in nodes if one.parent and one.parent not in self.nodes}
        found = {place: await store.list_above(tenant_id, place) for place in outer}
        self.chains |= found
        paths = {place.path for chain in found.values() for place in chain}
        if paths:
            known = await store.find_places(tenant_id, [*paths])
            self.nodes |= {one.place: one for one in known.values()}


def _make_estate(
    subscription: Node,
    known: Mapping[Scope, Node],
    chains: Mapping[Scope, Sequence[Scope]],
    held: Iterable[HeldRole],
) -> Estate:
    """A subscription with what is above it, by the nodes that are known and the way on from them.

    `chains` are what lies above the outermost of these, themselves included.
    """
    above: dict[Scope, None] = {ROOT: None, subscription.place: None}
    place = subscription.parent
    while place is not None and place not in above:
        above[place] = None
        if place in chains:
            above |= dict.fromkeys(chains[place])
            break
        place = known[place].parent if place in known else None
    groups = (known[one] for one in above if one in known and known[one].kind is _GROUP)
    roles = tuple(one for one in held if _counts_in(one, subscription.place, above))
    return Estate(subscription, tuple(groups)[::-1], frozenset(above), roles)


async def walk_resources(
    reader: Reader, estates: AsyncIterable[Estate], after: str = ""
) -> AsyncIterator[PrivilegedResource]:
    """The resources in some subscriptions, in the order of their paths in lower case.

    They come after the path `after`; parts that lie before it are passed by. What is read grows
    with what lies where roles are held.
    """
    async for estate in estates:
        async for node in _walk_estate(reader, estate, after):
            roles = find_roles(estate, node.place)
            if roles:
                yield PrivilegedResource(node, estate, roles)


async def _walk_estate(reader: Reader, estate: Estate, after: str) -> AsyncIterator[Node]:
    place = estate.subscription.place
    held = (one.grant.slot.scope for one in estate.roles)
    for part in [place.key] if estate.is_whole else list_parts(held, within=place):
        if after < behind(part):
            async for chunk in walk_inside(reader, part, after):
                for node in chunk:
                    yield node


def find_roles(estate: Estate, place: Scope) -> tuple[HeldRole, ...]:
    """Every role that counts at a place of a subscription: each once for each way to it.

    Of what somebody has and could have as well the one is told that they have.
    """
    around = estate.above | set(_list_outwards(place))
    found: dict[tuple[object, ...], HeldRole] = {}
    for one in estate.roles:
        slot = one.grant.slot
        if slot.scope not in around:
            continue
        key = (slot.role_id, slot.scope, one.group_id)
        known = found.get(key)
        if known is None or _rank(one) > _rank(known):
            found[key] = one
    return tuple(sorted(found.values(), key=lambda one: (not one.is_active, one.grant.id)))


def _rank(one: HeldRole) -> tuple[bool, object]:
    return one.is_active, one.grant.until


def _counts_in(one: HeldRole, subscription: Scope, above: Collection[Scope]) -> bool:
    scope = one.grant.slot.scope
    return scope in above or estate_of(scope) == subscription


def _list_outwards(place: Scope) -> list[Scope]:
    found = [place]
    while (outer := container_of(found[-1])) is not None:
        found.append(outer)
    return found


async def find_held(reader: Reader) -> tuple[HeldRole, ...] | Refused:
    """All roles in Azure that the caller has now, could have now, or could come to by a group."""
    question = AzureQuestion(ROOT, Reach.BELOW, Relation.PRINCIPAL)
    held: list[HeldRole] = []
    caller: Caller | None = None
    for view in (View.ASSIGNMENT_INSTANCES, View.ELIGIBILITY_INSTANCES):
        admitted = await admit_to_azure(reader, view, question, Query(_CHUNK, orders=_ORDERS))
        if isinstance(admitted, Refused):
            return admitted
        caller = admitted.caller
        rows = await _read_all(reader, caller, view, admitted.audience)
        held += (_take(row.grant, caller.id) for row in rows)
    if caller is not None:
        held += [one async for one in _list_through_groups(reader, caller)]
    return tuple(held)


def _take(grant: Grant, caller_id: PrincipalId) -> HeldRole:
    holder = grant.slot.principal_id
    return HeldRole(grant, None if holder == caller_id else holder)


async def _list_through_groups(reader: Reader, caller: Caller) -> AsyncIterator[HeldRole]:
    """What groups hold that the caller may come into."""
    tenant_id = reader.token.tenant_id
    own = Audience(tenant_id, Relation.PRINCIPAL, caller.id, ScopeKind.GROUP)
    memberships = await _read_all(
        reader, caller, View.ELIGIBILITY_INSTANCES, own, Compare("role_id", Operator.EQ, MEMBER)
    )
    for group_id in sorted({PrincipalId(row.grant.slot.scope.path) for row in memberships}):
        if group_id in caller.group_ids:
            continue
        area = Area(ROOT.path, Reach.BELOW)
        of_group = Audience(tenant_id, Relation.PRINCIPAL, group_id, ScopeKind.AZURE, area=area)
        for view in (View.ASSIGNMENT_INSTANCES, View.ELIGIBILITY_INSTANCES):
            for row in await _read_all(reader, caller, view, of_group):
                yield HeldRole(row.grant, group_id, needs_membership=True)


async def _read_all(
    reader: Reader,
    caller: Caller,
    view: View,
    audience: Audience,
    condition: Compare | None = None,
) -> Sequence[GrantRow]:
    query = (
        Query(_CHUNK, orders=_ORDERS) if condition is None else Query(_CHUNK, condition, _ORDERS)
    )
    rows: list[GrantRow] = []
    while True:
        page = await reader.find_grants(caller, view, audience, query)
        rows += page.rows
        if page.next_position is None:
            return rows
        query = Query(query.limit, query.condition, query.orders, after=page.next_position)


def list_group_ids(resources: Iterable[PrivilegedResource]) -> Mapping[PrincipalId, None]:
    """The groups that hold any of the roles."""
    return dict.fromkeys(
        role.group_id for one in resources for role in one.roles if role.group_id is not None
    )
