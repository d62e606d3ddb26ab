"""The nodes of the tree of Azure: found by their paths in any casing."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, not_, or_, select

from timebound.domain.azure.nodes import TENANT_ROOT, Node, NodeContent
from timebound.domain.azure.places import MANAGEMENT_GROUPS, ROOT, read_place
from timebound.domain.ids import TenantId
from timebound.domain.scopes import Scope, ScopeKind
from timebound.storage.areas import below
from timebound.storage.asking import Asking
from timebound.storage.compiling import Statement, is_any_of
from timebound.storage.documents import write_document
from timebound.storage.fragments import AZURE, TENANT, columns_of, constant, parameter
from timebound.storage.rows import Row
from timebound.storage.standing import SCOPE
from timebound.storage.tables import scopes

NODE_COLUMNS: Final = ("path", "parent", "document")
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
        rows = await self.ask(_by_path(), {"tenant": tenant_id, "path_key": place.path.lower()})
        return read_node(rows[0]) if rows else None

    async def find_places(self, tenant_id: TenantId, paths: Sequence[str]) -> Mapping[str, Node]:
        """The nodes at paths as the tree spells them, by path."""
        asked = list(dict.fromkeys(path for path in paths if path != ROOT.path))
        rows = await self.ask(_by_paths(), {"tenant": tenant_id, "paths": asked}) if asked else ()
        found = {node.place.path: node for node in map(read_node, rows)}
        return {**found, ROOT.path: TENANT_ROOT}

    async def find_below(
        self, tenant_id: TenantId, path: str, *, is_deep: bool
    ) -> tuple[Node, ...]:
        """The containers right below a path, or all below it."""
        statement = _all_below() if is_deep else _right_below()
        rows = await self.ask(statement, {"tenant": tenant_id, "scope": path})
        return tuple(read_node(row) for row in rows)


def _contains() -> ColumnElement[bool]:
    """It is no resource: these alone have a provider in their paths, and management groups."""
    own = scopes.c.path
    return or_(
        not_(own.contains(constant("/providers/"))),
        own.startswith(constant(f"{MANAGEMENT_GROUPS}/")),
    )


@cache
def _right_below() -> Statement:
    return Statement(
        select(*columns_of(scopes, NODE_COLUMNS)).where(
            scopes.c.tenant_id == TENANT,
            scopes.c.kind == AZURE,
            scopes.c.parent == SCOPE,
            _contains(),
        )
    )


@cache
def _all_below() -> Statement:
    return Statement(
        select(*columns_of(scopes, NODE_COLUMNS)).where(
            scopes.c.tenant_id == TENANT,
            scopes.c.kind == AZURE,
            scopes.c.path.in_(select(below().c.path)),
            scopes.c.path != SCOPE,
            _contains(),
        )
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
def _by_path() -> Statement:
    return Statement(
        select(*columns_of(scopes, NODE_COLUMNS)).where(
            scopes.c.tenant_id == TENANT,
            scopes.c.kind == AZURE,
            scopes.c.path_key == parameter("path_key"),
        )
    )
