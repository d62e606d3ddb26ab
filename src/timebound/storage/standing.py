"""What activations stand on, what stands on them, and who administers: the questions.

All of them walk from one slot along an index; none looks at what has ended.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    and_,
    bindparam,
    exists,
    select,
    union,
)

from timebound.domain.roles import GLOBAL_ADMINISTRATOR, MEMBER
from timebound.domain.scopes import ScopeKind
from timebound.domain.times import ENDLESS
from timebound.storage.columns import InstantColumn
from timebound.storage.compiling import by_holder
from timebound.storage.fragments import (
    ACTIVATED,
    ASSIGNED,
    DIRECTORY,
    ELIGIBLE,
    GROUP,
    TENANT,
    columns_of,
    constant,
    grants_as,
    in_force,
    is_group_of,
    makes_member,
    not_over,
    parameter,
    select_grants,
)
from timebound.storage.paths import parent_of
from timebound.storage.rows import GRANT_COLUMNS
from timebound.storage.tables import directory_objects

PRINCIPAL: Final = parameter("principal")
ROLE: Final = parameter("role")
SCOPE: Final = parameter("scope")

_ENDLESS: Final = bindparam("endless", ENDLESS, type_=InstantColumn)


def ancestors(name: str = "ancestors") -> CTE:
    """The paths from the slot's scope up to the root of the Azure tree, both included.

    Each parent is looked up by itself: joined, PostgreSQL would read the whole tree at every step.
    """
    path = select(SCOPE.label("path")).cte(name, recursive=True)
    parent = parent_of(path.c.path)
    parents = select(parent.label("path")).select_from(path).where(parent.is_not(None))
    return path.union(select(constant("/")), parents)


def memberships(kind: ScopeKind) -> CTE:
    """The memberships of the principal, now or ahead; for Azure those of its groups as well."""
    first, group = grants_as("mine"), directory_objects.alias("mine_group")
    is_assignable = kind is ScopeKind.DIRECTORY
    own = (
        select_grants(first)
        .join_from(first, group, is_group_of(group, first, is_role_assignable=is_assignable))
        .where(makes_member(first), first.c.principal_id == PRINCIPAL, not_over(first))
    )
    if kind is not ScopeKind.AZURE:
        return own.cte("memberships")
    found = own.cte("memberships", recursive=True)
    further, outer = grants_as("outer_membership"), directory_objects.alias("outer_group")
    return found.union(
        select(*columns_of(further, GRANT_COLUMNS))
        .join_from(found, further, further.c.principal_id == found.c.scope)
        .join(outer, is_group_of(outer, further, is_role_assignable=False))
        .where(makes_member(further), not_over(further))
    )


def eligible_above(tree: CTE) -> CTE:
    """What the principal is eligible for further up in the Azure tree."""
    eligible = grants_as("above_eligible")
    return (
        select_grants(eligible)
        .where(
            _is_eligibility(eligible, ScopeKind.AZURE, eligible.c.role_id),
            eligible.c.principal_id == PRINCIPAL,
            by_holder(eligible.c.scope).in_(select(tree.c.path)),
            eligible.c.scope != SCOPE,
        )
        .cte("eligible_above")
    )


def places_above(above: CTE, through: CTE) -> Subquery:
    """Where the principal is eligible further up, in person or through groups."""
    held = union(select(above.c.scope), select(through.c.scope).where(through.c.scope != SCOPE))
    return held.subquery("places_above")


def eligible_groups(kind: ScopeKind, mine: CTE, tree: CTE | None) -> CTE:
    """What the groups of the principal are eligible for: here, and for Azure further up as well."""
    eligible = grants_as("group_eligible")
    scope = eligible.c.scope.concat(constant(""))
    here = eligible.c.scope == SCOPE if tree is None else scope.in_(select(tree.c.path))
    return (
        select_grants(eligible)
        .where(
            # Looked up group by group: not the role itself, or a join may begin with everything
            # that is eligible for it.
            _is_eligibility(eligible, kind, eligible.c.role_id.concat(constant(""))),
            eligible.c.principal_id.in_(select(mine.c.scope)),
            here,
        )
        .cte("group_eligibilities")
    )


def _is_eligibility(
    eligible: FromClause, kind: ScopeKind, role_id: ColumnElement[str]
) -> ColumnElement[bool]:
    return and_(
        eligible.c.tenant_id == TENANT,
        eligible.c.scope_kind == constant(kind.value),
        role_id == ROLE,
        eligible.c.kind == ELIGIBLE,
        not_over(eligible),
    )


def memberships_used(kind: ScopeKind, mine: CTE, through: CTE) -> Select[Any]:
    """The memberships that lead to the eligible groups; for Azure all, since groups nest."""
    is_used = exists(select(through.c.id).where(through.c.principal_id == mine.c.scope))
    is_any = exists(select(through.c.id))
    return select_grants(mine).where(is_any if kind is ScopeKind.AZURE else is_used)


def dependents(kind: ScopeKind) -> CTE:
    """The activations that stand on the slot, and those that stand on them in turn.

    An activation stands on its eligibility and, through a group, on the membership; at an Azure
    scope on the memberships of groups in groups as well.
    """
    first, member = grants_as("standing"), grants_as("standing_member")
    on_eligibility = activations(first).where(
        first.c.eligible_principal_id == PRINCIPAL,
        first.c.role_id == ROLE,
        first.c.scope_kind == constant(kind.value),
        first.c.eligible_scope == SCOPE,
    )
    if kind is not ScopeKind.GROUP:
        # Nothing stands on an activated role: only memberships carry something else.
        return on_eligibility.cte("dependents")
    is_member = constant(MEMBER) == ROLE
    on_membership = activations(member).where(
        is_member, member.c.eligible_principal_id == SCOPE, member.c.principal_id == PRINCIPAL
    )
    return follow_dependents([on_eligibility, on_membership, nested_activations().where(is_member)])


def nested_activations() -> Select[Any]:
    """What the principal, or somebody inside it, has activated through groups where they nest.

    Whoever activates a membership through a group is inside it: what stands on that is here, too.
    """
    member, nested = grants_as("inner_member"), grants_as("standing_nested")
    inside = select(PRINCIPAL.label("id")).cte("inside", recursive=True)
    inside = inside.union(
        select(member.c.principal_id)
        .join_from(inside, member, member.c.scope == inside.c.id)
        .where(makes_member(member), not_over(member))
    )
    return activations(nested).where(
        _may_be_nested(nested), nested.c.principal_id.in_(select(inside.c.id))
    )


def _may_be_nested(activation: FromClause) -> ColumnElement[bool]:
    """It goes through a group, and perhaps through others inside: through which is not asked."""
    return and_(
        # Said by what it is not: on the index of the kind SQLite would look at what has ended too.
        activation.c.scope_kind.not_in([DIRECTORY, GROUP]),
        activation.c.eligible_principal_id != activation.c.principal_id,
    )


def follow_dependents(starts: Sequence[Select[Any]]) -> CTE:
    """The activations to start with, and all that stand on them: through memberships they give."""
    further = grants_as("standing_further")
    found = starts[0].cte("dependents", recursive=True)
    through = and_(
        further.c.eligible_principal_id == found.c.scope,
        further.c.principal_id == found.c.principal_id,
    )
    next_ones = (
        activations(further)
        .join_from(found, further, through)
        .where(found.c.scope_kind == GROUP, found.c.role_id == constant(MEMBER))
    )
    return found.union(*starts[1:], next_ones)


def activations(source: FromClause) -> Select[Any]:
    """The activations that are in force or ahead."""
    return select_grants(source).where(
        source.c.tenant_id == TENANT, source.c.kind == ACTIVATED, not_over(source)
    )


def supporting_eligibilities(found: CTE) -> Select[Any]:
    """Everything held, now or ahead, in the slots where the dependents are eligible."""
    support = grants_as("support")
    return (
        select_grants(support)
        .join_from(
            found,
            support,
            and_(
                support.c.principal_id == found.c.eligible_principal_id,
                support.c.scope_kind == found.c.scope_kind,
                support.c.role_id == found.c.role_id,
                by_holder(support.c.scope) == found.c.eligible_scope,
            ),
        )
        .where(support.c.tenant_id == TENANT, not_over(support))
    )


def supporting_memberships(found: CTE) -> Select[Any]:
    """Everything held, now or ahead, in the slots of the memberships that dependents go through."""
    support = grants_as("membership_support")
    return (
        select_grants(support)
        .join_from(
            found,
            support,
            and_(
                support.c.principal_id == found.c.principal_id,
                by_holder(support.c.scope) == found.c.eligible_principal_id,
            ),
        )
        .where(
            found.c.eligible_principal_id != found.c.principal_id,
            support.c.tenant_id == TENANT,
            support.c.scope_kind == GROUP,
            support.c.role_id == constant(MEMBER),
            not_over(support),
        )
    )


def nested_memberships(found: CTE) -> CTE:
    """All memberships, now or ahead, of those whose dependents may go through groups in groups."""
    first, further = grants_as("nested_support"), grants_as("outer_support")
    walk = (
        select_grants(first)
        .join_from(found, first, first.c.principal_id == found.c.principal_id)
        .where(_may_be_nested(found), makes_member(first), not_over(first))
        .cte("nested_memberships", recursive=True)
    )
    return walk.union(
        select_grants(further)
        .join_from(walk, further, further.c.principal_id == walk.c.scope)
        .where(makes_member(further), not_over(further))
    )


def administrators() -> Select[Any]:
    """The endless Global Administrators who are enabled people, with the grant that makes them."""
    held, person = grants_as("administering"), directory_objects.alias("administrator")
    return (
        select(held.c.principal_id, held.c.id)
        .join_from(held, person, _is_enabled_person(person, held))
        .where(_administers(held))
    )


def administrators_through_groups() -> Select[Any]:
    """The same through a role-assignable group: with the group's grant and the membership."""
    held, membership = grants_as("group_administering"), grants_as("administering_membership")
    person = directory_objects.alias("group_administrator")
    group = directory_objects.alias("administering_group")
    return (
        select(membership.c.principal_id, held.c.id, membership.c.id.label("membership_id"))
        .join_from(held, membership, membership.c.scope == held.c.principal_id)
        .join(group, is_group_of(group, membership, is_role_assignable=True))
        .join(person, _is_enabled_person(person, membership))
        .where(
            _administers(held),
            makes_member(membership),
            membership.c.kind == ASSIGNED,
            membership.c.until_at == _ENDLESS,
            in_force(membership),
        )
    )


def _administers(held: FromClause) -> ColumnElement[bool]:
    return and_(
        held.c.tenant_id == TENANT,
        held.c.scope_kind == DIRECTORY,
        held.c.role_id == constant(GLOBAL_ADMINISTRATOR),
        held.c.scope == constant("/"),
        held.c.kind == ASSIGNED,
        held.c.until_at == _ENDLESS,
        in_force(held),
    )


def _is_enabled_person(person: FromClause, held: FromClause) -> ColumnElement[bool]:
    return and_(
        person.c.tenant_id == TENANT,
        person.c.id == held.c.principal_id,
        person.c.kind == constant("user"),
        person.c.is_enabled,
        person.c.deleted_at.is_(None),
    )
