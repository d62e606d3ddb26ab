"""What removing nodes of the tree of Azure comes to.

Source: the published delete operations of Microsoft.Management and Microsoft.Resources, and of
every provider.
"""

from dataclasses import dataclass, replace

from timebound.domain.azure.conditions import Context
from timebound.domain.azure.denials import Denial
from timebound.domain.azure.hearing import Hearing
from timebound.domain.azure.nodes import Node
from timebound.domain.azure.places import PlaceKind
from timebound.domain.decide import Refused
from timebound.domain.node_changes import (
    DELETE,
    NodeFacts,
    action_on,
    check_access,
    is_same,
    root_group,
)
from timebound.domain.problems import Code, Problem, Reason
from timebound.domain.requests import PENDING, Request
from timebound.domain.scopes import Scope
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class Removal:
    """What goes when a node does: all nodes in it, and the requests that are open there.

    `root` is the root group with other settings, where it was what these name as the default.
    """

    nodes: tuple[Node, ...]
    closed: tuple[Request, ...] = ()
    root: Node | None = None


def decide_removal(
    facts: NodeFacts,
    nodes: tuple[Node, ...],
    requests: tuple[Request, ...],
    denials: tuple[Denial, ...],
    at: Instant,
) -> Removal | Refused:
    """A management group, a resource group or a resource gone, with all that lies in it.

    A management group that holds something stays, and so does the tenant's own. So does what holds
    something that the caller is denied to delete: `denials` are those at the place and in it.
    Source: the published delete operations.
    """
    if problems := check_access(facts, DELETE) or _check_denials(facts, nodes, denials):
        return Refused(problems)
    known = facts.node
    if known is None:
        return Refused((Problem(Code.SCOPE_NOT_FOUND, value=facts.place.path),))
    if known.kind is PlaceKind.MANAGEMENT_GROUP:
        if facts.is_root_group:
            return Refused((_refuse(Code.CHANGE_NOT_ALLOWED, known.place, Reason.BUILT_IN),))
        if len(nodes) > 1:
            return Refused((_refuse(Code.OBJECT_CONFLICTS, known.place, Reason.IN_USE),))
    closed = tuple(one for one in requests if one.status_at(at) in PENDING)
    return Removal(nodes, closed, _forget_default(facts, known, at))


def _forget_default(facts: NodeFacts, gone: Node, at: Instant) -> Node | None:
    """The root group without its default: another one by the same name takes nothing in."""
    root = facts.find(root_group(facts.caller.token.tenant_id))
    settings = root.content.settings if root else None
    if root is None or settings is None or not is_same(gone.place, settings.default_group):
        return None
    content = replace(root.content, settings=replace(settings, default_group=None), changed_at=at)
    return replace(root, content=content)


def _check_denials(
    facts: NodeFacts, nodes: tuple[Node, ...], denials: tuple[Denial, ...]
) -> tuple[Problem, ...]:
    """The first thing inside that the caller is denied to delete."""
    ids, hearing = facts.caller.group_ids | {facts.caller.id}, Hearing()
    concerning = [one for one in denials if one.names(ids)]
    for denial in concerning:
        for node in nodes:
            action = action_on(node.place, DELETE)
            is_denied = _is_within(node.place, denial.scope) and denial.concerns(ids, node.place)
            if is_denied and denial.denies(Context(action), hearing):
                return (_refuse_inside(facts.place, node.place, action),)
    return ()


def _refuse_inside(place: Scope, inside: Scope, action: str) -> Problem:
    names = (action_on(place, DELETE), action)
    code = Code.ACTION_NOT_ALLOWED
    return Problem(code, value=place.path, property=inside.path, names=names)


def _is_within(place: Scope, outer: Scope) -> bool:
    """Whether a place is another one or lies in it, as their paths say."""
    return place == outer or place.key.startswith(f"{outer.key}/")


def _refuse(code: Code, place: Scope, reason: Reason) -> Problem:
    return Problem(code, value=place.path, reason=reason)
