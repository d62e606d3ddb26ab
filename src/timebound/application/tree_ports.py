"""What the use cases that build, change and browse the tree of Azure need of a store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from timebound.application.azure_nodes_ports import NodeStore
from timebound.application.azure_ports import RightsStore
from timebound.application.changes import FactKey
from timebound.domain.authority import Token
from timebound.domain.azure.denials import Denial
from timebound.domain.azure.nodes import Node
from timebound.domain.azure.places import PlaceKind
from timebound.domain.grants import Grant
from timebound.domain.ids import TenantId
from timebound.domain.requests import Request
from timebound.domain.scopes import Scope
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class LoadedBelow:
    """What lies in a place, the place itself first, and the versions of all that is held there.

    `grants` are in force or ahead, `requests` open. `policies` are told by the paths where they are
    kept, with their roles.
    """

    nodes: tuple[Node, ...]
    grants: tuple[Grant, ...]
    versions: Mapping[FactKey, int]
    requests: tuple[Request, ...] = ()
    policies: tuple[tuple[str, str], ...] = ()
    denials: tuple[Denial, ...] = ()


@dataclass(frozen=True, slots=True)
class NodePage:
    """Which part of a list of nodes is asked for, in the order of their paths in lower case.

    They lie in `parent` itself, which is a subscription or a management group, or anywhere between
    the paths `since` and `until`; they come after the path `after`. `type` keeps resources of one
    type alone, in any casing.
    """

    limit: int
    parent: Scope | None = None
    since: str = ""
    until: str = ""
    after: str = ""
    type: str | None = None


@dataclass(frozen=True, slots=True)
class EstatePart:
    """Which part of a list of management groups and subscriptions is asked for, in that order.

    It comes after `after`, a path in lower case; with a `kind` it is of one of the two alone.
    """

    limit: int
    after: str = ""
    kind: PlaceKind | None = None


class AboveStore(Protocol):
    """Finds nodes, and what is above them."""

    async def find_by_paths(self, tenant_id: TenantId, paths: Sequence[str]) -> Mapping[str, Node]:
        """The nodes at paths as the tree spells them, in any casing, by these in lower case."""
        ...

    async def list_above(self, tenant_id: TenantId, place: Scope) -> tuple[Scope, ...]:
        """The place and all above it, up to the tenant's own; that alone if it is not there."""
        ...


class NodeLists(AboveStore, NodeStore, Protocol):
    """Finds and lists nodes of the tree."""

    async def list_estate(self, tenant_id: TenantId, tops: Sequence[str]) -> tuple[Node, ...]:
        """The management groups and subscriptions at some places and below them, by their paths."""
        ...

    async def list_estate_part(
        self, tenant_id: TenantId, tops: Sequence[str], part: EstatePart
    ) -> tuple[Node, ...]:
        """A part of these, by their paths in lower case; no more nodes than that are read."""
        ...

    async def list_nodes(self, tenant_id: TenantId, page: NodePage) -> tuple[Node, ...]:
        """A part of the resource groups or resources of a subscription or resource group.

        Right in a management group are its subscriptions.
        """
        ...

    async def list_held_places(self, token: Token, at: Instant) -> tuple[Scope, ...]:
        """Where whoever calls, or a group of theirs, holds a role at `at`."""
        ...

    async def list_held_around(self, token: Token, place: Scope, at: Instant) -> tuple[Scope, ...]:
        """The same at a place, above it and below it; the path is spelled as the tree does.

        The place is a subscription: what lies below it is told by the paths.
        """
        ...

    async def is_held_around(self, token: Token, place: Scope, at: Instant) -> bool:
        """Whether there is any such place around a subscription."""
        ...


class TreeStore(AboveStore, Protocol):
    """Loads what ends when a part of the tree is moved or removed."""

    async def load_removed(self, tenant_id: TenantId, place: Scope, at: Instant) -> LoadedBelow:
        """All nodes at a place and below it, with all that is held and asked there."""
        ...

    async def load_moved(self, tenant_id: TenantId, place: Scope, at: Instant) -> LoadedBelow:
        """The management groups and subscriptions there, with what was activated below."""
        ...


class AzureStore(RightsStore, TreeStore, Protocol):
    """Loads what decisions about Azure alone rest on."""
