"""The tree of Azure: nodes found with what is above them, listed, and what lies below.

A list is read in the order of paths in lower case, each part where the one before has ended.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    func,
    not_,
    or_,
    select,
)

from timebound.application.tree_ports import EstatePart, LoadedBelow, NodePage
from timebound.domain.authority import Token
from timebound.domain.azure.nodes import TENANT_ROOT, Node
from timebound.domain.azure.places import ROOT, PlaceKind
from timebound.domain.folding import fold
from timebound.domain.ids import TenantId
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.times import Instant
from timebound.storage.asking import Asking
from timebound.storage.compiling import Statement, is_among, is_any_of, is_looked_up
from timebound.storage.fragments import (
    AZURE,
    TENANT,
    columns_of,
    constant,
    parameter,
)
from timebound.storage.held_places import (
    any_held_around,
    around_parameters,
    held_around,
    held_places,
)
from timebound.storage.node_sections import (
    below_parameters,
    is_estate,
    moved_stack,
    read_below,
    removed_stack,
)
from timebound.storage.nodes import NODE_COLUMNS, node_by_path, read_node
from timebound.storage.tables import scopes

_SLASH: Final = constant("/")
_RESOURCE: Final = constant("%/providers/%")
"""What the keys of resources are like, among what lies in subscriptions."""


class TreeFinding(Asking):
    """Answers what is above places, below them and in them."""

    async def find_by_paths(self, tenant_id: TenantId, paths: Sequence[str]) -> Mapping[str, Node]:
        """The nodes at paths as the tree spells them, in any casing, by these in lower case."""
        keys = [fold(path) for path in paths]
        rows = await self.ask(node_by_path(), {"tenant": tenant_id, "path_keys": keys})
        found = {fold(row[0]): read_node(row) for row in rows}
        return {**found, ROOT.path: TENANT_ROOT} if ROOT.path in keys else found

    async def list_above(self, tenant_id: TenantId, place: Scope) -> tuple[Scope, ...]:
        """The place and all above it, up to the tenant's own; that alone if it is not there."""
        values = {"tenant": tenant_id, "place": place.path}
        parents = {row[0]: row[1] for row in await self.ask(_above(), values)}
        path: str | None = place.path
        found: dict[str, None] = {}
        while path is not None and path in parents and path not in found and path != ROOT.path:
            found[path] = None
            path = parents[path]
        return (*(Scope(ScopeKind.AZURE, one) for one in found), ROOT)

    async def list_estate(self, tenant_id: TenantId, tops: Sequence[str]) -> tuple[Node, ...]:
        """The management groups and subscriptions at some places and below them, by their paths."""
        values = {"tenant": tenant_id, "tops": list(tops)}
        return tuple(read_node(row) for row in await self.ask(_estate(), values))

    async def list_estate_part(
        self, tenant_id: TenantId, tops: Sequence[str], part: EstatePart
    ) -> tuple[Node, ...]:
        """A part of the management groups and subscriptions at some places and below them."""
        values = {"tenant": tenant_id, "tops": list(tops), "after": part.after, "limit": part.limit}
        rows = await self.ask(estate_part(part.kind), values)
        return tuple(read_node(row) for row in rows)

    async def list_nodes(self, tenant_id: TenantId, page: NodePage) -> tuple[Node, ...]:
        """A part of the resource groups or resources of a subscription or resource group.

        Of a management group it is the subscriptions right in it.
        """
        values = {
            "tenant": tenant_id,
            "parent": page.parent.path if page.parent else "",
            "since": page.since,
            "until": page.until,
            "after": page.after,
            "limit": page.limit,
            **_typed(page.type),
        }
        statement = node_page(is_of_parent=page.parent is not None, is_typed=page.type is not None)
        return tuple(read_node(row) for row in await self.ask(statement, values))

    async def list_held_places(self, token: Token, at: Instant) -> tuple[Scope, ...]:
        """Where whoever calls, or a group of theirs, holds a role at `at`."""
        values = {"tenant": token.tenant_id, "caller": token.principal_id, "at": at}
        rows = await self.ask(held_places(), values)
        return tuple(Scope(ScopeKind.AZURE, row[0]) for row in rows)

    async def list_held_around(self, token: Token, place: Scope, at: Instant) -> tuple[Scope, ...]:
        """Where whoever calls, or a group of theirs, holds a role around a subscription."""
        rows = await self.ask(held_around(), around_parameters(token, place, at))
        return tuple(Scope(ScopeKind.AZURE, row[0]) for row in rows)

    async def is_held_around(self, token: Token, place: Scope, at: Instant) -> bool:
        """Whether they hold any there."""
        return bool((await self.ask(any_held_around(), around_parameters(token, place, at)))[0][0])

    async def load_removed(self, tenant_id: TenantId, place: Scope, at: Instant) -> LoadedBelow:
        """All nodes at a place and below it, with all that is held and asked there."""
        stack = removed_stack()
        rows = await self.ask(stack.statement, below_parameters(tenant_id, place, at))
        return read_below(place, stack.split(rows))

    async def load_moved(self, tenant_id: TenantId, place: Scope, at: Instant) -> LoadedBelow:
        """The management groups and subscriptions there, with what was activated below."""
        stack = moved_stack()
        rows = await self.ask(stack.statement, below_parameters(tenant_id, place, at))
        return read_below(place, stack.split(rows))


def _nodes() -> Select[Any]:
    return select(*columns_of(scopes, NODE_COLUMNS)).where(
        scopes.c.tenant_id == TENANT, scopes.c.kind == AZURE
    )


@cache
def _above() -> Statement:
    first, above = scopes.alias("first_above"), scopes.alias("above")
    found = (
        select(first.c.path, first.c.parent)
        .where(
            first.c.tenant_id == TENANT,
            first.c.kind == AZURE,
            first.c.path == parameter("place"),
        )
        .cte("all_above", recursive=True)
    )
    found = found.union(
        select(above.c.path, above.c.parent)
        .join_from(found, above, above.c.path == found.c.parent)
        .where(above.c.tenant_id == TENANT, above.c.kind == AZURE)
    )
    return Statement(select(found.c.path, found.c.parent))


@cache
def _estate() -> Statement:
    found = _walk_estate((*NODE_COLUMNS, "path_key"))
    return Statement(select(*columns_of(found, NODE_COLUMNS)).order_by(found.c.path_key))


@cache
def estate_part(kind: PlaceKind | None) -> Statement:
    """The statement about a part of the estate, of both kinds where none is named."""
    key = _walk_estate(("path", "path_key")).c.path_key
    told = select(key).where(key > parameter("after"))
    if kind is not None:
        is_subscription = key.like(constant("/subscriptions/%"))
        told = told.where(
            is_subscription if kind is PlaceKind.SUBSCRIPTION else not_(is_subscription)
        )
    told = told.order_by(key).limit(bindparam("limit", type_=Integer()))
    own = scopes.c.path_key
    return Statement(_nodes().where(is_among(own, told)).order_by(own))


def _walk_estate(columns: tuple[str, ...]) -> CTE:
    """The management groups and subscriptions at the places in `tops`, and below them."""
    top, inner = scopes.alias("top"), scopes.alias("inner")
    found = (
        select(*columns_of(top, columns))
        .where(
            top.c.tenant_id == TENANT,
            top.c.kind == AZURE,
            # What lies right below the tenant's own place may lie below no row.
            or_(is_any_of(top.c.path, "tops"), is_any_of(top.c.parent, "tops")),
            is_estate(top),
        )
        .cte("estate", recursive=True)
    )
    # What is in a subscription is none of both and is not looked at; in a group is nothing else.
    is_next = and_(
        is_looked_up(inner.c.parent, found.c.path),
        found.c.path_key.not_like(constant("/subscriptions/%")),
    )
    return found.union(
        select(*columns_of(inner, columns))
        .join_from(found, inner, is_next)
        .where(inner.c.tenant_id == TENANT, inner.c.kind == AZURE)
    )


@cache
def node_page(*, is_of_parent: bool, is_typed: bool) -> Statement:
    """The statement about a part of what lies right in a place, or of the resources in one."""
    key = scopes.c.path_key
    kept = _nodes().where(key > parameter("after"))
    if is_of_parent:
        # Right in a subscription are its resource groups, and resources in none of them; right in a
        # management group its subscriptions, and other groups, whose paths are like a resource's.
        kept = kept.where(scopes.c.parent == parameter("parent"), key.not_like(_RESOURCE))
    else:
        kept = kept.where(key > parameter("since"), key < parameter("until"), key.like(_RESOURCE))
    if is_typed:
        kept = kept.where(_is_of_type(key))
    limit = bindparam("limit", type_=Integer())
    return Statement(kept.order_by(key).limit(limit))


def _is_of_type(key: ColumnElement[str]) -> ColumnElement[bool]:
    """A resource of one type: as many words as it has, with those of the type in between.

    It is in a resource group, or in none.
    """
    slashes = func.length(key) - func.length(func.replace(key, _SLASH, constant("")))
    return or_(
        *(
            key.like(parameter(pattern), escape="\\")
            & (slashes == bindparam(number, type_=Integer()))
            for pattern, number in (("pattern", "slashes"), ("bare_pattern", "bare_slashes"))
        )
    )


def _typed(type_: str | None) -> dict[str, object]:
    """What the path of a resource of a type looks like, and how many words it has."""
    if type_ is None:
        return {}
    escaped = fold(type_).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    namespace, *types = escaped.split("/")
    inner = "/".join(("providers", namespace, *(f"{one}/%" for one in types)))
    pattern, bare = f"/subscriptions/%/resourcegroups/%/{inner}", f"/subscriptions/%/{inner}"
    return {
        "pattern": pattern,
        "slashes": pattern.count("/"),
        "bare_pattern": bare,
        "bare_slashes": bare.count("/"),
    }
