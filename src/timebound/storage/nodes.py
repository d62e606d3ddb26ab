"""The nodes of the tree of Azure: found by their paths in any casing."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

import msgspec
from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Integer,
    Subquery,
    and_,
    bindparam,
    case,
    not_,
    or_,
    select,
)

from timebound.application.azure_nodes_ports import ChildPage
from timebound.domain.azure.nodes import TENANT_ROOT, Node, NodeContent
from timebound.domain.azure.places import MANAGEMENT_GROUPS, ROOT, PlaceKind, read_place
from timebound.domain.ids import TenantId
from timebound.domain.scopes import Scope, ScopeKind
from timebound.storage.asking import Asking
from timebound.storage.compiling import Statement, is_among, is_any_of, is_looked_up
from timebound.storage.documents import write_document
from timebound.storage.fragments import AZURE, TENANT, columns_of, constant, parameter
from timebound.storage.paths import keyed_paths
from timebound.storage.rows import Row
from timebound.storage.standing import SCOPE
from timebound.storage.tables import scopes

NODE_COLUMNS: Final = ("path", "parent", "document")
_GROUP: Final = "/subscriptions/%/%"
"""What the paths of resource groups are like, among those of containers."""
_contents: Final = msgspec.json.Decoder(NodeContent)


def write_content(content: NodeContent | None) -> str | None:
    """What is kept of a node's content; nothing where nothing was said."""
    return None if content is None or content == NodeContent() else write_document(content)


def read_node(row: Row) -> Node:
    """The node of a row."""
    parent = None if row[1] is None else Scope(ScopeKind.AZURE, row[1])
    content = NodeContent() if row[2] is None else _contents.decode(row[2])
    return Node(Scope(ScopeKind.AZURE, row[0]), parent, content)


class NodeFinding(Asking):
    """Answers which places there are."""

    async def find_node(self, tenant_id: TenantId, path: str) -> Node | None:
        """The node at a path, spelled in any casing; none where there is none."""
        place = read_place(path)
        if place is None or place == ROOT:
            return TENANT_ROOT if place else None
        values = {"tenant": tenant_id, "path_keys": [place.key]}
        rows = await self.ask(node_by_path(), values)
        return read_node(rows[0]) if rows else None

    async def find_places(self, tenant_id: TenantId, paths: Sequence[str]) -> Mapping[str, Node]:
        """The nodes at paths as the tree spells them, by path."""
        asked = list(dict.fromkeys(path for path in paths if path != ROOT.path))
        rows = await self.ask(_by_paths(), {"tenant": tenant_id, "paths": asked}) if asked else ()
        found = {node.place.path: node for node in map(read_node, rows)}
        return {**found, ROOT.path: TENANT_ROOT}

    async def find_below(self, tenant_id: TenantId, path: str, page: ChildPage) -> tuple[Node, ...]:
        """The containers right below a path, or anywhere below it, as far as the page goes."""
        statement = children_below(is_deep=page.is_deep, is_of_tops=page.tops is not None)
        values = {
            "tenant": tenant_id,
            "scope": path,
            "kinds": list(page.kinds),
            "tops": list(page.tops or ()),
            "after": page.after,
            "limit": page.limit,
        }
        return tuple(read_node(row) for row in await self.ask(statement, values))


def _contains(source: FromClause) -> ColumnElement[bool]:
    """It is no resource: these alone have a provider in their paths, and management groups."""
    own = source.c.path
    return or_(
        not_(own.contains(constant("/providers/"))),
        own.startswith(constant(f"{MANAGEMENT_GROUPS}/")),
    )


@cache
def children_below(*, is_deep: bool, is_of_tops: bool) -> Statement:
    """The statement about containers below the place in the parameter `scope`."""
    found = _walk_down(is_of_tops=is_of_tops) if is_deep else _step_down(is_of_tops=is_of_tops)
    path = found.c.path
    # Of all that is found only what the page tells is read.
    told = (
        select(path)
        .where(path > parameter("after"), is_any_of(_kind(path), "kinds"))
        .order_by(path)
        .limit(bindparam("limit", type_=Integer()))
    )
    own = scopes.c.path
    return Statement(
        select(*columns_of(scopes, NODE_COLUMNS))
        .where(scopes.c.tenant_id == TENANT, scopes.c.kind == AZURE, is_among(own, told))
        .order_by(own)
    )


def _step_down(*, is_of_tops: bool) -> Subquery:
    """The paths of the containers right below the place; of the tops alone, if there are any."""
    inside = scopes.alias("inside")
    # Not the path itself, or all paths of the tenant would be gone through in their order.
    path = inside.c.path.concat(constant("")).label("path")
    found = select(path).where(
        inside.c.tenant_id == TENANT,
        inside.c.kind == AZURE,
        inside.c.parent == SCOPE,
        _contains(inside),
    )
    if is_of_tops:
        found = found.where(is_any_of(inside.c.path, "tops"))
    return found.subquery("containers")


def _walk_down(*, is_of_tops: bool) -> CTE:
    """The paths of the containers to begin with and below them; what lies in a group is none.

    What lies in a subscription besides its groups is none either.
    """
    first, inside = scopes.alias("first_inside"), scopes.alias("inside")
    start = is_any_of(first.c.path, "tops") if is_of_tops else first.c.parent == SCOPE
    walk = (
        select(first.c.path)
        .where(first.c.tenant_id == TENANT, first.c.kind == AZURE, start, _contains(first))
        .cte("containers", recursive=True)
    )
    is_group = walk.c.path.like(constant(_GROUP))
    return walk.union(
        select(inside.c.path)
        .join_from(walk, inside, and_(is_looked_up(inside.c.parent, walk.c.path), not_(is_group)))
        .where(inside.c.tenant_id == TENANT, inside.c.kind == AZURE, _contains(inside))
    )


def _kind(path: ColumnElement[str]) -> ColumnElement[str]:
    """What kind of container is at a path."""
    return case(
        (path.like(constant(_GROUP)), constant(PlaceKind.RESOURCE_GROUP.value)),
        (path.like(constant("/subscriptions/%")), constant(PlaceKind.SUBSCRIPTION.value)),
        else_=constant(PlaceKind.MANAGEMENT_GROUP.value),
    )


@cache
def _by_paths() -> Statement:
    return Statement(
        select(*columns_of(scopes, NODE_COLUMNS)).where(
            scopes.c.tenant_id == TENANT,
            scopes.c.kind == AZURE,
            is_any_of(scopes.c.path, "paths"),
        )
    )


@cache
def node_by_path() -> Statement:
    """The statement about the nodes whose paths in lower case are in the parameter `path_keys`."""
    found = keyed_paths("path_keys").subquery("found")
    return Statement(
        select(*columns_of(scopes, NODE_COLUMNS)).where(
            scopes.c.tenant_id == TENANT,
            scopes.c.kind == AZURE,
            is_among(scopes.c.path, select(found.c.path)),
        )
    )
