"""What making, changing, moving and removing nodes of the tree of Azure comes to.

Source: Azure documentation of management groups and of Azure Resource Manager; the published
actions of Microsoft.Resources, Microsoft.Management and of every provider.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from timebound.domain.authority import Caller, Target, authorize_action
from timebound.domain.azure.node_names import check_display_name, check_name
from timebound.domain.azure.nodes import HierarchySettings, Node, NodeContent, type_of
from timebound.domain.azure.permissions import Rights, give_action
from timebound.domain.azure.places import (
    MANAGEMENT_GROUPS,
    ROOT,
    PlaceKind,
    container_of,
    kind_of,
)
from timebound.domain.cascade import Ending
from timebound.domain.decide import Refused
from timebound.domain.grants import Grant
from timebound.domain.ids import TenantId
from timebound.domain.problems import Code, Problem, Reason
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.times import Instant

DEEPEST: Final = 6
"""How many levels of management groups there are below the tenant's own."""
READ: Final = "read"
WRITE: Final = "write"
DELETE: Final = "delete"
MOVE_SUBSCRIPTION: Final = "Microsoft.Management/managementGroups/subscriptions/write"
LEAVE_GROUP: Final = "Microsoft.Management/managementGroups/subscriptions/delete"
CREATE_SUBSCRIPTION: Final = "Microsoft.Subscription/aliases/write"
_ASSIGN: Final = "Microsoft.Authorization/roleAssignments/write"
_RESOURCE_GROUPS: Final = "Microsoft.Resources/subscriptions/resourceGroups"


Change: TypeAlias = Callable[[Node | None], NodeContent | Refused | None]
"""From what is there, if anything, to what shall be there; none where something has to be there."""


def root_group(tenant_id: TenantId) -> Scope:
    """The management group above all others, named by the tenant."""
    return Scope(ScopeKind.AZURE, f"{MANAGEMENT_GROUPS}/{tenant_id}")


def action_on(place: Scope, verb: str) -> str:
    """The action that reading, writing or deleting the thing at a place is."""
    is_group = kind_of(place) is PlaceKind.RESOURCE_GROUP
    return f"{_RESOURCE_GROUPS if is_group else type_of(place)}/{verb}"


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """The state of the tree that concerns one place.

    `nodes` are what is there of the place, of those it lies in and of those that were named
    besides, by their paths in lower case; `rights` are what the caller may do at these, spelled
    likewise. `above` are the places from a new parent up to the tenant, `left` those from the
    parent as it is.
    """

    caller: Caller
    place: Scope
    nodes: Mapping[str, Node] = field(default_factory=dict)
    rights: Mapping[str, Rights] = field(default_factory=dict)
    above: tuple[Scope, ...] = ()
    left: tuple[Scope, ...] = ()

    def find(self, place: Scope) -> Node | None:
        """What is at a place."""
        return self.nodes.get(place.key)

    def leave(self, parent: Scope, rights: Rights, left: tuple[Scope, ...]) -> "NodeFacts":
        """The facts with what the caller may do at the parent as it is, and what is above it."""
        return replace(self, rights={**self.rights, parent.key: rights}, left=left)

    @property
    def node(self) -> Node | None:
        """What is at the place."""
        return self.find(self.place)

    @property
    def is_root_group(self) -> bool:
        """Whether it is the management group above all others."""
        return is_same(self.place, root_group(self.caller.token.tenant_id))

    @property
    def settings(self) -> HierarchySettings:
        """What is set for all of the tree, as far as the root group is among the nodes."""
        root = self.find(root_group(self.caller.token.tenant_id))
        return (root and root.content.settings) or HierarchySettings()

    @property
    def default_group(self) -> Scope:
        """The management group that takes in what names no other."""
        return self.settings.default_group or root_group(self.caller.token.tenant_id)

    def check(
        self, action: str, place: Scope | None = None, *, is_given: bool = False
    ) -> tuple[Problem, ...]:
        """Why the caller may not carry out an action there, which everybody may be given."""
        rights = self.rights.get((place or self.place).key)
        if is_given and rights is not None:
            rights = give_action(rights, action)
        return authorize_action(action, self.caller, Target(rights=rights))

    def check_linked(self, action: str, linked: str, place: Scope) -> tuple[Problem, ...]:
        """Why what an action takes at another place is not allowed there."""
        return tuple(
            replace(one, names=(action, linked), value=self.place.path, property=place.path)
            if one.code is Code.ACTION_NOT_ALLOWED
            else one
            for one in self.check(linked, place)
        )


def is_same(one: Scope, other: Scope | None) -> bool:
    """Whether both are one place, whatever the casing of their paths."""
    return other is not None and one.key == other.key


def check_access(facts: NodeFacts, verb: str) -> tuple[Problem, ...]:
    """Why the caller may not read, write or delete what is at the place, or would be there.

    Everybody is told that there is no such subscription; what else is not there, only those who
    might see it.
    """
    missing = _find_missing(facts)
    absence = () if missing is None else (Problem(Code.SCOPE_NOT_FOUND, value=missing.path),)
    if missing is not None and kind_of(missing) is PlaceKind.SUBSCRIPTION:
        return absence
    return facts.check(action_on(facts.place, verb)) or absence


def decide_reading(facts: NodeFacts) -> Node | Refused:
    """What is at the place, for whoever may read it."""
    if problems := check_access(facts, READ):
        return Refused(problems)
    node = facts.node
    return node or _refuse_absence(facts.place)


def decide_content(facts: NodeFacts, change: Change, at: Instant) -> Node | Refused:
    """A resource group or a resource as it is from now on, made anew where nothing is there."""
    if problems := check_access(facts, WRITE):
        return Refused(problems)
    known, content = facts.node, change(facts.node)
    if not isinstance(content, NodeContent):
        return content or _refuse_absence(facts.place)
    if known is not None:
        return replace(known, content=_date(content, known, at))
    if problems := check_name(facts.place):
        return Refused(problems)
    outer = container_of(facts.place)
    parent = facts.find(outer) if outer is not None else None
    if parent is None:
        return _refuse_absence(facts.place)
    # By its words, not its letters: some have another length in another case.
    asked, above = facts.place.path.split("/"), parent.place.path.split("/")
    place = Scope(ScopeKind.AZURE, "/".join((*above, *asked[len(above) :])))
    return Node(place, parent.place, _date(content, None, at))


def decide_group(facts: NodeFacts, change: Change, at: Instant) -> Node | Refused:
    """What a management group is called from now on."""
    known, content = facts.node, change(facts.node)
    if problems := check_access(facts, WRITE):
        return Refused(problems)
    if not isinstance(content, NodeContent):
        return content or _refuse_absence(facts.place)
    if known is None:
        return _refuse_absence(facts.place)
    if problems := check_display_name(content.display_name):
        return Refused(problems)
    return replace(known, content=_date(content, known, at))


def decide_new_group(
    facts: NodeFacts, change: Change, parent: Scope, at: Instant
) -> Node | Refused:
    """A new management group in another one; what is allowed there counts for it.

    Nobody may make one who may not write there, unless the settings let everybody: in the root
    group and in the default one. Source: Azure documentation of guarding the hierarchy of
    management groups.
    """
    is_given = not facts.settings.needs_authorization and _is_for_all(facts, parent)
    if problems := facts.check(action_on(facts.place, WRITE), parent, is_given=is_given):
        return Refused(_speak_of(facts.place, problems))
    content = change(None)
    if not isinstance(content, NodeContent):
        return content or _refuse_absence(facts.place)
    problems = (*check_name(facts.place), *check_display_name(content.display_name))
    if problems := problems or _check_parent(facts, parent):
        return Refused(problems)
    outer = facts.find(parent)
    if outer is None or _depth(facts.above) >= DEEPEST:
        return Refused((_refuse_parent(parent, Reason.TOO_MANY),))
    return Node(facts.place, outer.place, _date(content, None, at))


def _is_for_all(facts: NodeFacts, parent: Scope) -> bool:
    """Whether it is one of the groups in which everybody may be let make others."""
    root = root_group(facts.caller.token.tenant_id)
    return is_same(parent, root) or is_same(parent, facts.default_group)


def decide_subscription(
    facts: NodeFacts, change: Change, parent: Scope, at: Instant
) -> Node | Refused:
    """A new subscription in a management group, for whoever may make some there.

    One that is there is told to whoever may read it; to others its name is taken.
    """
    if problems := facts.check(CREATE_SUBSCRIPTION, parent):
        return Refused(_speak_of(facts.place, problems))
    if facts.node is not None and facts.check(action_on(facts.place, READ)):
        return Refused((Problem(Code.OBJECT_EXISTS, value=facts.place.path),))
    content = change(None)
    if not isinstance(content, NodeContent):
        return content or _refuse_absence(facts.place)
    if problems := (*_check_parent(facts, parent), *check_display_name(content.display_name)):
        return Refused(problems)
    outer = facts.find(parent)
    if outer is None:
        return Refused((_refuse_parent(parent, Reason.UNKNOWN_SCOPE),))
    return Node(facts.place, outer.place, _date(content, None, at))


def decide_move(facts: NodeFacts, parent: Scope, height: int) -> Node | Refused:
    """A management group or a subscription below another parent; `height` are its own levels.

    It takes writing to it and assigning roles at it, and writing to both of its parents; the
    tenant's own group is nobody's to guard. Source: Azure documentation of moving management
    groups and subscriptions.
    """
    known = facts.node
    if known is None:
        return _refuse_absence(facts.place)
    if problems := _check_moving(facts, known, parent):
        return Refused(problems)
    outer = facts.find(parent)
    if outer is None:
        return Refused((_refuse_parent(parent, Reason.UNKNOWN_SCOPE),))
    if facts.is_root_group or any(is_same(known.place, one) for one in facts.above):
        return Refused((_refuse_parent(parent, Reason.CONTRADICTORY),))
    if _depth(facts.above) + height > DEEPEST:
        return Refused((_refuse_parent(parent, Reason.TOO_MANY),))
    return replace(known, parent=outer.place)


def cut_uncovered(facts: NodeFacts, grants: Iterable[Grant], at: Instant) -> tuple[Ending, ...]:
    """The ends of what was activated in a thing that moves, by an eligibility that it leaves.

    What is held above ends there by itself, since nobody looks for it there any more (promise 6).
    """
    lost = frozenset(facts.left) - frozenset(facts.above)
    return tuple(
        Ending(one, at, is_cut=True)
        for one in grants
        if one.basis is not None and one.basis.slot.scope in lost
    )


def _check_moving(facts: NodeFacts, known: Node, parent: Scope) -> tuple[Problem, ...]:
    is_group = known.kind is PlaceKind.MANAGEMENT_GROUP
    action = action_on(known.place, WRITE) if is_group else MOVE_SUBSCRIPTION
    if problems := facts.check(action):
        return problems
    writing = action_on(root_group(facts.caller.token.tenant_id), WRITE)
    root = root_group(facts.caller.token.tenant_id)
    linked = facts.check_linked(action, _ASSIGN, known.place)
    for one in (parent, known.parent):
        if one is not None and one != ROOT and not is_same(one, root):
            linked = linked or facts.check_linked(action, writing, one)
    return linked or _check_parent(facts, parent)


def _check_parent(facts: NodeFacts, parent: Scope) -> tuple[Problem, ...]:
    if kind_of(parent) is PlaceKind.MANAGEMENT_GROUP and facts.find(parent) is not None:
        return ()
    return (_refuse_parent(parent, Reason.UNKNOWN_SCOPE),)


def _find_missing(facts: NodeFacts) -> Scope | None:
    """The outermost of the places around one that is not there."""
    missing, outer = None, container_of(facts.place)
    if kind_of(facts.place) is PlaceKind.SUBSCRIPTION and facts.node is None:
        return facts.place
    while outer is not None:
        if facts.find(outer) is None:
            missing = outer
        outer = container_of(outer)
    return missing


def _speak_of(place: Scope, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """The refusals of what was judged by another place, as those of this one."""
    return tuple(replace(one, value=place.path) if one.value else one for one in problems)


def _depth(above: tuple[Scope, ...]) -> int:
    """How many levels of management groups lie on the way, but for the tenant's own."""
    return sum(kind_of(one) is PlaceKind.MANAGEMENT_GROUP for one in above) - 1


def _date(content: NodeContent, known: Node | None, at: Instant) -> NodeContent:
    kept = known.content if known else NodeContent(created_at=at)
    return replace(content, created_at=kept.created_at, changed_at=at, settings=kept.settings)


def _refuse_absence(place: Scope) -> Refused:
    return Refused((Problem(Code.SCOPE_NOT_FOUND, value=place.path),))


def _refuse(code: Code, place: Scope, reason: Reason) -> Problem:
    return Problem(code, value=place.path, reason=reason)


def _refuse_parent(parent: Scope, reason: Reason) -> Problem:
    return Problem(Code.VALUE_REFUSED, property="parent", value=parent.path, reason=reason)
