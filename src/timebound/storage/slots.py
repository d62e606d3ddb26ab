"""All questions about one slot, asked in one statement: hence every answer is of one snapshot."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    Subquery,
    bindparam,
    exists,
    or_,
    select,
    true,
)

from timebound.domain.requests import Status
from timebound.domain.scopes import ScopeKind
from timebound.storage.callers import (
    CALLER,
    caller_groups,
    caller_sections,
    held_through_groups,
)
from timebound.storage.columns import InstantColumn
from timebound.storage.compiling import by_holder, is_any_of, unled
from timebound.storage.directory_rows import OBJECT_COLUMNS, ROLE_COLUMNS
from timebound.storage.fragments import (
    AT,
    AZURE,
    TENANT,
    columns_of,
    constant,
    grants_as,
    parameter,
    select_grants,
)
from timebound.storage.paths import parent_of
from timebound.storage.rights_sections import rights_sections
from timebound.storage.rows import REQUEST_COLUMNS
from timebound.storage.stacking import Stack
from timebound.storage.standing import (
    PRINCIPAL,
    ROLE,
    SCOPE,
    administrators,
    administrators_through_groups,
    ancestors,
    dependents,
    eligible_above,
    eligible_groups,
    memberships,
    memberships_used,
    nested_memberships,
    places_above,
    supporting_eligibilities,
    supporting_memberships,
)
from timebound.storage.tables import (
    directory_objects,
    policies,
    requests,
    roles,
    scopes,
)
from timebound.storage.version_sections import (
    known_versions,
    version_columns,
    versions_of_principals,
)

_PENDING: Final = tuple(
    constant(status.value)
    for status in (
        Status.PENDING_APPROVAL,
        Status.PENDING_ADMIN_DECISION,
        Status.PENDING_EVALUATION,
    )
)


@cache
def slot_stack(kind: ScopeKind, *, needs_administrators: bool) -> Stack:
    """The statement for the slots of one kind of scope."""
    tree = ancestors() if kind is ScopeKind.AZURE else None
    mine = memberships(kind)
    through = eligible_groups(kind, mine, tree)
    standing = dependents(kind)
    groups = caller_groups()
    callers = caller_sections(groups)
    sections = {
        **callers,
        "version": known_versions(),
        "slot": _held_in_slot(kind),
        "through": select_grants(through),
        "membership": memberships_used(kind, mine, through),
        "dependent": select_grants(standing),
        "support": supporting_eligibilities(standing),
        "membership_support": supporting_memberships(standing),
        **_documents(kind),
        **_open_requests(kind),
    }
    # Whose versions are found out: whoever holds something that the decision may rest on.
    holders = [through, standing]
    if tree is not None:
        sections |= _in_tree(tree, through)
        sections |= rights_sections(CALLER, groups, tree)
        holders.append(mine)
    if kind is not ScopeKind.DIRECTORY:
        nested = nested_memberships(standing)
        sections["nested_support"] = select_grants(nested)
        holders.append(nested)
    is_acting = tree is not None
    sections["version_of"] = _versions_found(holders, groups, is_acting=is_acting)
    if needs_administrators:
        sections["administrator"] = administrators()
        sections["administrator_through"] = administrators_through_groups()
    return Stack(sections)


def _in_tree(tree: CTE, through: CTE) -> dict[str, Select[Any]]:
    """The place in Azure, and what those above it have to do with the slot."""
    above = eligible_above(tree)
    places = places_above(above, through)
    return {
        "node": _node(),
        "place": select(tree.c.path, parent_of(tree.c.path).label("parent")),
        "offered": _offered(),
        "above": select_grants(above),
        "policy_above": _policies_at(places),
    }


def _node() -> Select[Any]:
    return select(scopes.c.path).where(
        scopes.c.tenant_id == TENANT,
        scopes.c.kind == constant(ScopeKind.AZURE.value),
        scopes.c.path == SCOPE,
    )


def _policies_at(places: Subquery) -> Select[Any]:
    """The policies of the role further up with their versions, looked up one by one.

    Null where nobody has changed it.
    """
    rules = (
        select(policies.c.rules)
        .where(
            policies.c.tenant_id == TENANT,
            policies.c.scope_kind == AZURE,
            policies.c.scope == places.c.scope,
            policies.c.role_id == ROLE,
        )
        .scalar_subquery()
    )
    head = constant(f"policy/{ScopeKind.AZURE.value}/")
    key = head + places.c.scope + constant("/") + ROLE
    return select(places.c.scope, rules.label("rules"), *version_columns(key))


def _offered() -> Select[Any]:
    """Where the role can be assigned, if it is a custom one."""
    return select(roles.c.resource_scopes).where(
        roles.c.tenant_id == TENANT,
        roles.c.id == ROLE,
        roles.c.kind == constant(ScopeKind.AZURE.value),
    )


def _held_in_slot(kind: ScopeKind) -> Select[Any]:
    held = grants_as("held_in_slot")
    return select_grants(held).where(
        held.c.tenant_id == TENANT,
        held.c.principal_id == PRINCIPAL,
        held.c.scope_kind == constant(kind.value),
        held.c.role_id == ROLE,
        by_holder(held.c.scope) == SCOPE,
        held.c.until_at >= bindparam("since", type_=InstantColumn),
    )


def _documents(kind: ScopeKind) -> dict[str, Select[Any]]:
    return {
        "role": select(*columns_of(roles, ROLE_COLUMNS)).where(
            roles.c.tenant_id == TENANT, roles.c.id == ROLE, roles.c.deleted_at.is_(None)
        ),
        "policy": select(policies.c.rules).where(
            policies.c.tenant_id == TENANT,
            policies.c.scope_kind == constant(kind.value),
            policies.c.scope == parameter("policy_scope"),
            policies.c.role_id == ROLE,
        ),
        "object": select(*columns_of(directory_objects, OBJECT_COLUMNS)).where(
            directory_objects.c.tenant_id == TENANT, is_any_of(directory_objects.c.id, "objects")
        ),
    }


def _open_requests(kind: ScopeKind) -> dict[str, Select[Any]]:
    about = select(*columns_of(requests, REQUEST_COLUMNS)).where(
        requests.c.tenant_id == TENANT,
        requests.c.principal_id == PRINCIPAL,
        # Looked up by whom they are about: others have asked for much, too, and at the same place.
        unled(requests.c.scope_kind) == constant(kind.value),
        requests.c.role_id == ROLE,
        requests.c.scope.concat(constant("")) == SCOPE,
    )
    is_granted = requests.c.status == constant(Status.GRANTED.value)
    return {
        "pending": about.where(is_pending()),
        "planned": about.where(is_granted, requests.c.starts_at > AT),
    }


def is_pending() -> ColumnElement[bool]:
    """The request waits for somebody's decision."""
    return or_(*(requests.c.status == status for status in _PENDING))


def _versions_found(holders: Sequence[CTE], groups: CTE, *, is_acting: bool) -> Select[Any]:
    """The versions of the principals that only the answers name, whoever they turn out to be.

    Where the caller acts by what their groups hold, all of these are among them.
    """
    holding = held_through_groups().subquery("role_groups")
    pending = requests.alias("waiting")
    is_waiting = exists(
        select(pending.c.id).where(
            pending.c.tenant_id == TENANT,
            pending.c.principal_id == PRINCIPAL,
            pending.c.status == _PENDING[0],
        )
    )
    people: list[Select[Any]] = [
        select(holding.c.principal_id.label("id")),
        *(select(found.c.principal_id) for found in holders),
        # Somebody may approve through any of their groups: only where something waits for it.
        select(groups.c.scope).where(true() if is_acting else is_waiting),
    ]
    return versions_of_principals(people)
