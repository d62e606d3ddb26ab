"""Nodes of the tree of Azure: management groups, subscriptions, resource groups and resources.

Source: Azure documentation of the resource id format and of management groups.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from timebound.domain.azure.places import ROOT, PlaceKind, container_of, kind_of
from timebound.domain.scopes import Scope
from timebound.domain.times import Instant

ROOT_GROUP: Final = "Tenant Root Group"
"""What the root management group is called until somebody gives it another name."""
_TYPES: Final = {
    PlaceKind.TENANT: "Microsoft.Resources/tenants",
    PlaceKind.MANAGEMENT_GROUP: "Microsoft.Management/managementGroups",
    PlaceKind.SUBSCRIPTION: "Microsoft.Resources/subscriptions",
    PlaceKind.RESOURCE_GROUP: "Microsoft.Resources/resourceGroups",
}


@dataclass(frozen=True, slots=True)
class HierarchySettings:
    """What is set at the root group for all of the tree.

    With `needs_authorization` nobody makes a management group who may not write where it is to
    lie. `default_group` takes in what names no other; none is the root group itself. Azure asks for
    no authorization until that is set; here it is asked for until it is set that it is not.
    """

    needs_authorization: bool = True
    default_group: Scope | None = None


@dataclass(frozen=True, slots=True)
class NodeContent:
    """What is told of a node besides where it is.

    `details` are the members that clients gave (tags, location, properties, ...), as they gave
    them; nothing is decided by them. The root group alone may have `settings`.
    """

    display_name: str | None = None
    details: Mapping[str, object] = field(default_factory=dict)
    created_at: Instant | None = None
    changed_at: Instant | None = None
    settings: HierarchySettings | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A node at its place, and the place that it lies in; above the tenant there is none."""

    place: Scope
    parent: Scope | None
    content: NodeContent = field(default_factory=NodeContent)

    @property
    def kind(self) -> PlaceKind:
        """What it is in the tree."""
        return kind_of(self.place)

    @property
    def name(self) -> str:
        """The last word of its path; none of the tenant's."""
        return self.place.path.rsplit("/", 1)[-1]

    @property
    def type(self) -> str:
        """What Azure calls its kind; of a resource, its provider with its type."""
        return type_of(self.place)

    @property
    def display_name(self) -> str:
        """What people call it: its name where nothing else was said, of the root group its own."""
        return self.content.display_name or (ROOT_GROUP if self._is_root_group else self.name)

    @property
    def _is_root_group(self) -> bool:
        """Whether it is the management group that all others lie in."""
        return self.parent == ROOT and self.kind is PlaceKind.MANAGEMENT_GROUP


TENANT_ROOT: Final = Node(ROOT, None)
"""Above all nodes; it is there without having been made."""


def type_of(place: Scope) -> str:
    """What Azure calls the kind of a place; of a resource, its provider with its type."""
    kind = kind_of(place)
    if kind is not PlaceKind.RESOURCE:
        return _TYPES[kind]
    namespace, *rest = place.path.rpartition("/providers/")[2].split("/")
    return "/".join((namespace, *rest[::2]))


def is_child_resource(place: Scope) -> bool:
    """Whether it is a resource within another one."""
    outer = container_of(place)
    return outer is not None and kind_of(outer) is PlaceKind.RESOURCE
