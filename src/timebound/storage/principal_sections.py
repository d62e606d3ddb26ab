"""All questions about one principal: what it holds, what is held in it, what stands on that."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import CTE, ColumnElement, FromClause, Select, and_, or_, select

from timebound.application.changes import (
    ADMINISTRATORS,
    FactKey,
    application_key,
    principal_key,
    standing_key,
)
from timebound.application.ports import LoadedPrincipal
from timebound.domain.authority import Token
from timebound.domain.ids import PrincipalId
from timebound.domain.principal_changes import PrincipalFacts
from timebound.domain.requests import Status
from timebound.domain.roles import MEMBER, OWNER
from timebound.domain.times import Instant
from timebound.storage.callers import (
    caller_parameters,
    caller_sections,
    held_through_groups,
    read_caller,
)
from timebound.storage.directory_rows import OBJECT_COLUMNS, read_object
from timebound.storage.facts import read_administrators, read_chain, read_grants
from timebound.storage.fragments import (
    AT,
    GROUP,
    TENANT,
    columns_of,
    constant,
    grants_as,
    not_over,
    select_grants,
)
from timebound.storage.rows import REQUEST_COLUMNS, read_request
from timebound.storage.slots import is_pending
from timebound.storage.stacking import Stack
from timebound.storage.standing import (
    PRINCIPAL,
    activations,
    administrators,
    administrators_through_groups,
    follow_dependents,
    nested_activations,
    nested_memberships,
    supporting_eligibilities,
    supporting_memberships,
)
from timebound.storage.tables import directory_objects, requests
from timebound.storage.version_sections import known_versions, versions_of_principals


@cache
def principal_stack() -> Stack:
    """The statement about any principal."""
    own, inside = grants_as("own_grants"), grants_as("grants_inside")
    standing = _standing()
    nested = nested_memberships(standing)
    held = select_grants(own).where(
        own.c.tenant_id == TENANT, own.c.principal_id == PRINCIPAL, not_over(own)
    )
    held_inside = (
        select_grants(inside)
        .where(inside.c.tenant_id == TENANT, _is_inside(inside), not_over(inside))
        .cte("held_inside")
    )
    holding = held_through_groups().subquery("role_groups")
    people = [
        select(holding.c.principal_id.label("id")),
        select(standing.c.principal_id),
        select(nested.c.principal_id),
        select(held_inside.c.principal_id),
    ]
    return Stack(
        {
            **caller_sections(),
            "version": known_versions(),
            "version_of": versions_of_principals(people),
            "object": _object(),
            "own": held,
            "inside": select_grants(held_inside),
            **_open_requests(),
            "dependent": select_grants(standing),
            "support": supporting_eligibilities(standing),
            "membership_support": supporting_memberships(standing),
            "nested_support": select_grants(nested),
            "administrator": administrators(),
            "administrator_through": administrators_through_groups(),
        }
    )


def _standing() -> CTE:
    based, mine, within = grants_as("based"), grants_as("mine"), grants_as("within")
    return follow_dependents(
        [
            activations(based).where(based.c.eligible_principal_id == PRINCIPAL),
            activations(mine).where(mine.c.principal_id == PRINCIPAL),
            activations(within).where(_is_inside(within)),
            nested_activations(),
        ]
    )


def principal_parameters(token: Token, principal_id: PrincipalId, at: Instant) -> dict[str, object]:
    """The parameters of that statement."""
    return {
        **caller_parameters(token, at),
        "principal": principal_id,
        "keys": list(_known_keys(token, principal_id)),
    }


def read_loaded_principal(
    token: Token, principal_id: PrincipalId, found: Mapping[str, Sequence[tuple[Any, ...]]]
) -> LoadedPrincipal:
    """The facts with their versions."""
    versions = dict.fromkeys(_known_keys(token, principal_id), 0)
    rows = (*found["version"], *found["version_of"])
    versions.update((FactKey(key), version) for key, version in rows)
    objects = found["object"]
    grants = {grant.id: grant for grant in read_grants((*found["own"], *found["inside"]))}
    asked = {row[0]: read_request(row) for name in _OPEN for row in found[name]}
    facts = PrincipalFacts(
        caller=read_caller(token, found),
        object=read_object(objects[0]) if objects else None,
        grants=tuple(grants.values()),
        requests=tuple(asked.values()),
        chain=read_chain(found),
        administrators=read_administrators(found),
    )
    return LoadedPrincipal(facts, versions)


_OPEN = ("pending", "planned", "pending_inside", "planned_inside")


def _known_keys(token: Token, principal_id: PrincipalId) -> tuple[FactKey, ...]:
    about = (principal_key(principal_id), standing_key(principal_id))
    caller = (principal_key(token.principal_id), application_key(token.application_id))
    return (ADMINISTRATORS, *caller, *about)


def _object() -> Select[Any]:
    return select(*columns_of(directory_objects, OBJECT_COLUMNS)).where(
        directory_objects.c.tenant_id == TENANT, directory_objects.c.id == PRINCIPAL
    )


def _is_inside(held: FromClause) -> ColumnElement[bool]:
    """Membership or ownership of the principal, where it is a group."""
    is_role = or_(*(held.c.role_id == constant(role) for role in (MEMBER, OWNER)))
    return and_(held.c.scope_kind == GROUP, is_role, held.c.scope == PRINCIPAL)


def _open_requests() -> dict[str, Select[Any]]:
    all_ = select(*columns_of(requests, REQUEST_COLUMNS)).where(requests.c.tenant_id == TENANT)
    about = all_.where(requests.c.principal_id == PRINCIPAL)
    inside = all_.where(requests.c.scope_kind == GROUP, requests.c.scope == PRINCIPAL)
    is_planned = and_(
        requests.c.status == constant(Status.GRANTED.value), requests.c.starts_at > AT
    )
    return {
        "pending": about.where(is_pending()),
        "planned": about.where(is_planned),
        "pending_inside": inside.where(is_pending()),
        "planned_inside": inside.where(is_planned),
    }
