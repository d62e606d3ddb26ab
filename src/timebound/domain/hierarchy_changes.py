"""What reading, setting and removing the settings of the tree of Azure comes to.

Source: Azure documentation of guarding the hierarchy of management groups; the published operations
on hierarchy settings.
"""

from dataclasses import dataclass, replace
from typing import Final

from timebound.domain.azure.nodes import HierarchySettings, Node
from timebound.domain.azure.places import PlaceKind, kind_of
from timebound.domain.decide import Refused
from timebound.domain.node_changes import DELETE, READ, WRITE, NodeFacts
from timebound.domain.problems import Code, Problem, Reason
from timebound.domain.scopes import Scope
from timebound.domain.times import Instant

SETTINGS: Final = "Microsoft.Management/managementGroups/settings"
GROUP: Final = "groupId"
DEFAULT: Final = "defaultManagementGroup"
"""What is refused: settings of a group that is not the root, and a default that is no group."""


@dataclass(frozen=True, slots=True)
class AskedSettings:
    """What is to be set; what is not said stays as it is.

    With `needs_known` something has to be set already.
    """

    needs_authorization: bool | None = None
    default_group: Scope | None = None
    needs_known: bool = False


def decide_reading_settings(facts: NodeFacts) -> HierarchySettings | Refused | None:
    """What is set at the root group, if anything, for whoever may read or change it.

    Who may change it may read it: the published role that is for both names changes alone.
    """
    is_given = not facts.check(f"{SETTINGS}/{WRITE}")
    if problems := facts.check(f"{SETTINGS}/{READ}", is_given=is_given) or _check_group(facts):
        return Refused(problems)
    return facts.node.content.settings if facts.node else None


def decide_settings(facts: NodeFacts, asked: AskedSettings, at: Instant) -> Node | Refused:
    """The root group with other settings; a default group has to be there."""
    if problems := facts.check(f"{SETTINGS}/{WRITE}") or _check_group(facts):
        return Refused(problems)
    root = facts.node
    if root is None or (asked.needs_known and root.content.settings is None):
        return Refused((Problem(Code.OBJECT_NOT_FOUND, value=facts.place.path),))
    settings = root.content.settings or HierarchySettings()
    if asked.needs_authorization is not None:
        settings = replace(settings, needs_authorization=asked.needs_authorization)
    if asked.default_group is not None:
        group = facts.find(asked.default_group)
        if group is None or group.kind is not PlaceKind.MANAGEMENT_GROUP:
            return Refused((_refuse(DEFAULT, asked.default_group.path),))
        settings = replace(settings, default_group=group.place)
    return replace(root, content=replace(root.content, settings=settings, changed_at=at))


def decide_no_settings(facts: NodeFacts, at: Instant) -> Node | Refused | None:
    """The root group without settings; none where nothing is set."""
    if problems := facts.check(f"{SETTINGS}/{DELETE}") or _check_group(facts):
        return Refused(problems)
    root = facts.node
    if root is None or root.content.settings is None:
        return None
    return replace(root, content=replace(root.content, settings=None, changed_at=at))


def _check_group(facts: NodeFacts) -> tuple[Problem, ...]:
    """Why nothing can be set at the place: it is not there, or not the root group."""
    if facts.node is None or kind_of(facts.place) is not PlaceKind.MANAGEMENT_GROUP:
        return (Problem(Code.SCOPE_NOT_FOUND, value=facts.place.path),)
    return () if facts.is_root_group else (_refuse(GROUP, facts.node.name),)


def _refuse(name: str, value: str) -> Problem:
    return Problem(Code.VALUE_REFUSED, property=name, value=value, reason=Reason.UNKNOWN_VALUE)
