"""What is written and told of nodes of the tree of Azure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from timebound.application.changes import UpdateRequest, Write
from timebound.application.engine import Teller
from timebound.application.recording import write_grant
from timebound.application.tree_ports import LoadedBelow
from timebound.domain.authority import Caller
from timebound.domain.azure.nodes import HierarchySettings, Node
from timebound.domain.events import Event, EventKind, Fact
from timebound.domain.grants import Grant, GrantKind, Slot, Terms
from timebound.domain.ids import GrantId
from timebound.domain.node_removal import Removal
from timebound.domain.requests import Request, Status
from timebound.domain.roles import AZURE_OWNER
from timebound.domain.times import ENDLESS, Instant, Window


@dataclass(frozen=True, slots=True)
class Put:
    """A node as it is from now on, and whether it was made."""

    node: Node
    is_new: bool = False


def tell_node(teller: Teller, kind: EventKind, node: Node) -> Event:
    """That something became of a node; what clients keep in it is not told."""
    return teller.tell(kind, node.place.path, _describe(node))


def tell_settings(teller: Teller, root: Node) -> Event:
    """What is set for all of the tree from now on."""
    settings = root.content.settings or HierarchySettings()
    default = settings.default_group
    said: dict[str, Fact] = {
        **_describe(root),
        "requireAuthorizationForGroupCreation": settings.needs_authorization,
        "defaultManagementGroup": default.path if default else None,
    }
    return teller.tell(EventKind.NODE_CHANGED, root.place.path, said)


def tell_removed(teller: Teller, removal: Removal, below: LoadedBelow) -> tuple[Event, ...]:
    """That nodes are gone, each with the policies and denials that go with it."""
    return tuple(
        teller.tell(
            EventKind.NODE_DELETED,
            node.place.path,
            {
                **_describe(node),
                "policies": _list_at(node, below.policies),
                "denials": _list_at(node, ((one.scope.path, one.id) for one in below.denials)),
            },
        )
        for node in removal.nodes
    )


def give_to_maker(
    caller: Caller, node: Node, teller: Teller
) -> tuple[tuple[Write, ...], tuple[Event, ...]]:
    """Whoever makes a management group or a subscription owns it, past any request."""
    grant = Grant(
        id=GrantId(teller.engine.ids.new_id()),
        slot=Slot(caller.id, AZURE_OWNER, node.place),
        kind=GrantKind.ASSIGNED,
        window=Window(teller.at, ENDLESS),
        created_at=teller.at,
        terms=Terms(created_by=caller.id),
    )
    writes, events = write_grant(grant, teller)
    return writes, tuple(replace(one, data={**one.data, "isOutside": True}) for one in events)


def close_requests(requests: Iterable[Request], at: Instant) -> tuple[UpdateRequest, ...]:
    """Open requests about what is gone fail."""
    return tuple(
        UpdateRequest(replace(one, status=Status.FAILED, completed_at=at)) for one in requests
    )


def _describe(node: Node) -> dict[str, Fact]:
    return {
        "node": node.place.path,
        "nodeType": node.type,
        "displayName": node.display_name,
        "parent": node.parent.path if node.parent else None,
    }


def _list_at(node: Node, kept: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(name for path, name in kept if path == node.place.path)
