"""Making, changing, moving and removing nodes of the tree of Azure, with all that follows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from timebound.application.azure_writes import PutScope, RemoveScope
from timebound.application.changes import (
    AZURE,
    FactKey,
    UpdateRequest,
    Write,
    principal_key,
    standing_key,
)
from timebound.application.directory.work import Recorder, Work, carry_out
from timebound.application.ending import write_endings
from timebound.application.engine import Record, Teller
from timebound.application.node_records import (
    Put,
    close_requests,
    give_to_maker,
    tell_node,
    tell_removed,
    tell_settings,
)
from timebound.application.tree_ports import LoadedBelow
from timebound.application.versions import Versions
from timebound.domain.authority import Caller
from timebound.domain.azure.nodes import Node
from timebound.domain.azure.places import PlaceKind, container_of, kind_of
from timebound.domain.cascade import Ending
from timebound.domain.decide import Refused
from timebound.domain.events import Event, EventKind
from timebound.domain.node_changes import (
    Change,
    NodeFacts,
    cut_uncovered,
    decide_content,
    decide_group,
    decide_move,
    decide_new_group,
    decide_subscription,
    root_group,
)
from timebound.domain.node_removal import Removal, decide_removal
from timebound.domain.scopes import Scope


async def put_node(work: Work, place: Scope, change: Change) -> Put | Refused:
    """Makes or changes a resource group or a resource."""

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[Put]]:
        facts = await load_node_facts(work, versions, place)
        return facts.caller, _record_put(facts, decide_content(facts, change, work.at))

    return await carry_out(work, place.path, {"node": place.path, "action": "put"}, judge)


async def put_group(
    work: Work, place: Scope, change: Change, parent: Scope | None = None
) -> Put | Refused:
    """Makes a management group, changes what it is called, or moves it below another one.

    Whoever makes it is its owner from then on. Without a parent it stays where it is; a new one
    lies in the default group.
    """

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[Put]]:
        root = root_group(work.token.tenant_id)
        facts, outer = await _load_new(work, versions, place, parent)
        if facts.node is None:
            return facts.caller, _record_put(facts, decide_new_group(facts, change, outer, work.at))
        decision = decide_group(facts, change, work.at)
        if parent is None or facts.find(parent) == facts.find(facts.node.parent or root):
            return facts.caller, _record_put(facts, decision)
        moved = await _judge_move(work, versions, facts, parent)
        if isinstance(decision, Refused):
            return facts.caller, decision
        if isinstance(moved, Refused):
            return facts.caller, moved
        return facts.caller, _record_move(work, moved, decision)

    return await carry_out(work, place.path, {"node": place.path, "action": "put"}, judge)


async def create_subscription(
    work: Work, place: Scope, change: Change, parent: Scope | None = None
) -> Put | Refused:
    """Makes a subscription, whose owner the maker is; one that is there stays as it is."""

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[Put]]:
        facts, outer = await _load_new(work, versions, place, parent)
        decision = decide_subscription(facts, change, outer, work.at)
        if isinstance(decision, Refused) or facts.node is None:
            return facts.caller, _record_put(facts, decision)
        kept = Put(facts.node)

        async def record(_: Teller) -> Record[Put]:
            return Record(kept)

        return facts.caller, record

    return await carry_out(work, place.path, {"node": place.path, "action": "put"}, judge)


async def move_node(work: Work, place: Scope, parent: Scope) -> Put | Refused:
    """Moves a subscription below another management group.

    What somebody has activated there by what they are eligible for where it no longer lies ends.
    """

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[Put]]:
        facts = await load_node_facts(work, versions, place, parent)
        moved = await _judge_move(work, versions, facts, parent)
        if isinstance(moved, Refused):
            return facts.caller, moved
        return facts.caller, _record_move(work, moved, moved.node)

    return await carry_out(work, place.path, {"node": place.path, "action": "move"}, judge)


async def remove_node(work: Work, place: Scope) -> Removal | Refused:
    """Removes a management group, a resource group or a resource, and all that lies in it.

    What is held there ends and what is asked there fails, in the same change.
    """

    async def judge(versions: Versions) -> tuple[Caller, Refused | Recorder[Removal]]:
        is_group = kind_of(place) is PlaceKind.MANAGEMENT_GROUP
        beside = (root_group(work.token.tenant_id),) if is_group else ()
        facts = await load_node_facts(work, versions, place, beside=beside)
        known = facts.node.place if facts.node else place
        below = await work.engine.store.load_removed(work.token.tenant_id, known, work.at)
        versions.add(below.versions)
        decision = decide_removal(facts, below.nodes, below.requests, below.denials, work.at)
        if isinstance(decision, Refused):
            return facts.caller, decision

        async def record(teller: Teller) -> Record[Removal]:
            return await _record_removal(work, below, decision, teller)

        return facts.caller, record

    return await carry_out(work, place.path, {"node": place.path, "action": "delete"}, judge)


async def _load_new(
    work: Work, versions: Versions, place: Scope, parent: Scope | None
) -> tuple[NodeFacts, Scope]:
    """The facts of what may be new, and where it then lies: in the default group unless told.

    Which one that is, is known only once the root group is.
    """
    root = root_group(work.token.tenant_id)
    facts = await load_node_facts(work, versions, place, parent or root, (root,))
    outer = parent or facts.default_group
    if parent is None and outer != root:
        facts = await load_node_facts(work, versions, place, outer, (root,))
    return facts, outer


async def load_node_facts(
    work: Work,
    versions: Versions,
    place: Scope,
    parent: Scope | None = None,
    beside: Sequence[Scope] = (),
) -> NodeFacts:
    """What is at a place, around it and at others beside, and what the caller may do there.

    The versions are loaded before the nodes: what moves in between is noticed.
    """
    store, token = work.engine.store, work.token
    places = [place, *_list_around(place), *([parent] if parent else []), *beside]
    loaded = await store.load_rights_at(token, places, work.at)
    versions.add(loaded[0].versions)
    rights = {one.key: found.rights for one, found in zip(places, loaded, strict=True)}
    nodes = await store.find_by_paths(token.tenant_id, [one.path for one in places])
    found = nodes.get(parent.key) if parent else None
    above = await store.list_above(token.tenant_id, found.place) if found else ()
    known = nodes.get(place.key)
    return NodeFacts(
        caller=loaded[0].caller,
        place=known.place if known else place,
        nodes=nodes,
        rights=rights,
        above=above,
    )


def _list_around(place: Scope) -> Iterable[Scope]:
    outer = container_of(place)
    while outer is not None:
        yield outer
        outer = container_of(outer)


@dataclass(frozen=True, slots=True)
class _Move:
    """A node where it lies from now on, what is below it, and what ends."""

    node: Node
    below: LoadedBelow
    endings: tuple[Ending, ...]


async def _judge_move(
    work: Work, versions: Versions, facts: NodeFacts, parent: Scope
) -> _Move | Refused:
    store, tenant_id, known = work.engine.store, work.token.tenant_id, facts.node
    if known is None or known.parent is None:
        decision = decide_move(facts, parent, 0)
        return decision if isinstance(decision, Refused) else _Move(decision, _NOTHING, ())
    (loaded,) = await store.load_rights_at(work.token, [known.parent], work.at)
    versions.add(loaded.versions)
    left = await store.list_above(tenant_id, known.parent)
    below = await store.load_moved(tenant_id, known.place, work.at)
    versions.add(below.versions)
    whole = facts.leave(known.parent, loaded.rights, left)
    decision = decide_move(whole, parent, _measure(below.nodes))
    if isinstance(decision, Refused):
        return decision
    return _Move(decision, below, cut_uncovered(whole, below.grants, work.at))


_NOTHING = LoadedBelow((), (), {})


def _measure(nodes: tuple[Node, ...]) -> int:
    """How many levels of management groups there are, the outermost included."""
    levels: dict[Scope, int] = {}
    groups = {one.place: one for one in nodes if one.kind is PlaceKind.MANAGEMENT_GROUP}

    def measure(place: Scope) -> int:
        outer = groups[place].parent
        if place not in levels:
            levels[place] = 1 + (measure(outer) if outer in groups and outer is not None else 0)
        return levels[place]

    return max((measure(place) for place in groups), default=0)


def _record_put(facts: NodeFacts, decision: Node | Refused) -> Refused | Recorder[Put]:
    if isinstance(decision, Refused):
        return decision
    is_new = facts.node is None
    put = Put(decision, is_new=is_new)

    async def record(teller: Teller) -> Record[Put]:
        kind = EventKind.NODE_CREATED if is_new else EventKind.NODE_CHANGED
        writes: list[Write] = [PutScope(decision.place, decision.parent, decision.content)]
        events: list[Event] = [tell_node(teller, kind, decision)]
        keys: set[FactKey] = {AZURE}
        if is_new and kind_of(decision.place) in _OWNED:
            given, told = give_to_maker(facts.caller, decision, teller)
            writes += given
            events += told
            keys |= {principal_key(facts.caller.id), standing_key(decision.place.path)}
        return Record(put, tuple(writes), tuple(events), frozenset(keys))

    return record


_OWNED = frozenset({PlaceKind.MANAGEMENT_GROUP, PlaceKind.SUBSCRIPTION})


def _record_move(work: Work, moved: _Move, named: Node) -> Recorder[Put]:
    node = Node(moved.node.place, moved.node.parent, named.content)

    async def record(teller: Teller) -> Record[Put]:
        store, tenant_id = work.engine.store, work.token.tenant_id
        ends, told = await write_endings(store, tenant_id, moved.endings, teller)
        holders = (principal_key(one.grant.slot.principal_id) for one in moved.endings)
        return Record(
            Put(node),
            (PutScope(node.place, node.parent, node.content), *ends),
            (tell_node(teller, EventKind.NODE_MOVED, node), *told),
            frozenset({AZURE, *holders}),
        )

    return record


async def _record_removal(
    work: Work, below: LoadedBelow, decision: Removal, teller: Teller
) -> Record[Removal]:
    store, tenant_id = work.engine.store, work.token.tenant_id
    endings = [Ending(one, teller.at, is_cut=True) for one in below.grants]
    ends, told = await write_endings(store, tenant_id, endings, teller)
    closed: tuple[UpdateRequest, ...] = close_requests(decision.closed, teller.at)
    people = {one.slot.principal_id for one in below.grants}
    people |= {one.request.draft.slot.principal_id for one in closed}
    root = decision.root
    kept = () if root is None else (PutScope(root.place, root.parent, root.content),)
    told = told if root is None else (*told, tell_settings(teller, root))
    return Record(
        decision,
        (*(RemoveScope(one.place) for one in decision.nodes), *kept, *ends, *closed),
        (*tell_removed(teller, decision, below), *told),
        frozenset({AZURE, *(principal_key(one) for one in people)}),
    )
