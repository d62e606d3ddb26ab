"""What lies in a part of the tree of Azure, and what is held and asked there: the questions."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import CTE, ColumnElement, FromClause, Select, and_, or_, select

from timebound.application.changes import FactKey, standing_key
from timebound.application.tree_ports import LoadedBelow
from timebound.domain.azure.places import estate_of
from timebound.domain.requests import Status
from timebound.domain.scopes import Scope
from timebound.domain.times import Instant
from timebound.storage.azure_documents import read_denial
from timebound.storage.azure_tables import deny_assignments
from timebound.storage.facts import read_grants
from timebound.storage.fragments import (
    ACTIVATED,
    AT,
    AZURE,
    TENANT,
    columns_of,
    constant,
    grants_as,
    not_over,
    parameter,
    select_grants,
)
from timebound.storage.nodes import NODE_COLUMNS, read_node
from timebound.storage.rows import REQUEST_COLUMNS, Row, read_request
from timebound.storage.slots import is_pending
from timebound.storage.stacking import Stack
from timebound.storage.tables import policies, requests, scopes
from timebound.storage.version_sections import (
    known_versions,
    version_columns,
    versions_of_principals,
)

_STANDING = constant(standing_key(""))


@cache
def removed_stack() -> Stack:
    """The statement about a part of the tree that goes."""
    below = _below()
    held = _held_in(below).cte("held_below")
    asked = _asked_in(below)
    return Stack(
        {
            "node": select(*columns_of(below, NODE_COLUMNS)),
            "grant": select_grants(held),
            "request": asked,
            "policy": select(policies.c.scope, policies.c.role_id)
            .join_from(below, policies, policies.c.scope == below.c.path)
            .where(policies.c.tenant_id == TENANT, policies.c.scope_kind == AZURE),
            "denial": select(deny_assignments.c.document)
            .join_from(below, deny_assignments, deny_assignments.c.scope == below.c.path)
            .where(deny_assignments.c.tenant_id == TENANT),
            "version": known_versions(),
            "version_of": versions_of_principals(
                [select(held.c.principal_id.label("id")), asked.with_only_columns(_ASKING)]
            ),
            "estate_version": _estate_versions(below),
        }
    )


@cache
def moved_stack() -> Stack:
    """The statement about a part of the tree that goes elsewhere."""
    below = _below()
    held = _held_in(below, is_activated=True).cte("held_below")
    return Stack(
        {
            "node": select(*columns_of(below, NODE_COLUMNS)).where(is_estate(below)),
            "grant": select_grants(held),
            "version": known_versions(),
            "version_of": versions_of_principals([select(held.c.principal_id.label("id"))]),
            "estate_version": _estate_versions(below),
        }
    )


def below_parameters(tenant_id: str, place: Scope, at: Instant) -> dict[str, object]:
    """The parameters of both statements."""
    keys = [standing_key(estate_of(place).path)]
    return {"tenant": tenant_id, "place": place.path, "at": at, "keys": keys}


def read_below(place: Scope, found: Mapping[str, Sequence[Row]]) -> LoadedBelow:
    """The nodes of a part, the outermost first, with what was found of them."""
    versions = {standing_key(estate_of(place).path): 0}
    rows = (row for name in ("version", "version_of", "estate_version") for row in found[name])
    versions.update((FactKey(row[0]), row[1]) for row in rows)
    nodes = sorted((read_node(row) for row in found["node"]), key=lambda one: len(one.place.path))
    first = [one for one in nodes if one.place == place]
    return LoadedBelow(
        nodes=(*first, *(one for one in nodes if one.place != place)),
        grants=read_grants(found["grant"]),
        versions=versions,
        requests=tuple(read_request(row) for row in found.get("request", ())),
        policies=tuple((row[0], row[1]) for row in found.get("policy", ())),
        denials=tuple(read_denial(row[0]) for row in found.get("denial", ())),
    )


def is_estate(source: FromClause) -> ColumnElement[bool]:
    """Whether a node is a management group or a subscription, told by its path."""
    key = source.c.path_key
    is_subscription = and_(
        key.like(constant("/subscriptions/%")), key.not_like(constant("/subscriptions/%/%"))
    )
    return or_(key.like(constant("/providers/%")), is_subscription)


def _below() -> CTE:
    """The place and all that lies in it."""
    columns = (*NODE_COLUMNS, "path_key")
    first, further = scopes.alias("outermost"), scopes.alias("inner")
    found = (
        select(*columns_of(first, columns))
        .where(
            first.c.tenant_id == TENANT,
            first.c.kind == AZURE,
            first.c.path == parameter("place"),
        )
        .cte("below", recursive=True)
    )
    return found.union(
        select(*columns_of(further, columns))
        .join_from(found, further, further.c.parent == found.c.path)
        .where(further.c.tenant_id == TENANT, further.c.kind == AZURE)
    )


def _held_in(below: CTE, *, is_activated: bool = False) -> Select[Any]:
    held = grants_as("held_in_it")
    conditions = [held.c.tenant_id == TENANT, held.c.scope_kind == AZURE, not_over(held)]
    if is_activated:
        conditions.append(held.c.kind == ACTIVATED)
    return (
        select_grants(held).join_from(below, held, held.c.scope == below.c.path).where(*conditions)
    )


_ASKING = requests.c.principal_id.label("id")


def _asked_in(below: CTE) -> Select[Any]:
    is_planned = and_(
        requests.c.status == constant(Status.GRANTED.value), requests.c.starts_at > AT
    )
    return (
        select(*columns_of(requests, REQUEST_COLUMNS))
        .join_from(below, requests, requests.c.scope == below.c.path)
        .where(
            requests.c.tenant_id == TENANT,
            requests.c.scope_kind == AZURE,
            or_(is_pending(), is_planned),
        )
    )


def _estate_versions(below: CTE) -> Select[Any]:
    """The versions of what is given in each management group and subscription of the part."""
    key = _STANDING + below.c.path
    return select(*version_columns(key)).where(is_estate(below))
