"""Who is calling: enabled or not, what is granted, which roles and groups are in force."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    not_,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql.selectable import NamedFromClause

from timebound.domain.authority import Caller, HeldRole, Token
from timebound.domain.directory import ObjectKind
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.scopes import Scope, ScopeKind
from timebound.domain.settings import TenantSettings
from timebound.domain.times import ENDLESS, Instant
from timebound.storage.columns import BooleanType, InstantColumn
from timebound.storage.directory_tables import permission_grants
from timebound.storage.documents import read_settings
from timebound.storage.fragments import (
    DIRECTORY,
    ELIGIBLE,
    TENANT,
    constant,
    grants_as,
    in_force,
    is_group_of,
    makes_member,
    parameter,
    reached_groups,
)
from timebound.storage.rows import Row
from timebound.storage.sign_in_tables import token_families, user_consents
from timebound.storage.stacking import Stack
from timebound.storage.tables import directory_objects, tenants

CALLER: Final = parameter("caller")
_SERVICE_PRINCIPAL: Final = constant(ObjectKind.SERVICE_PRINCIPAL.value)
_USER: Final = constant(ObjectKind.USER.value)
_ISSUED_AT: Final = bindparam("issued_at", type_=InstantColumn)


def caller_parameters(token: Token, at: Instant) -> dict[str, object]:
    """The parameters that the sections about a caller take."""
    is_application = token.sign_in.is_application
    kind = ObjectKind.SERVICE_PRINCIPAL if is_application else ObjectKind.USER
    return {
        "tenant": token.tenant_id,
        "caller": token.principal_id,
        "caller_kind": kind.value,
        "application": token.application_id,
        "is_delegated": not is_application,
        "at": at,
        "issued_at": token.issued_at or ENDLESS,
        "family": token.family_id,
        "is_of_service": token.is_of_service,
    }


def caller_groups() -> CTE:
    """The groups that the caller is in at the instant, through other groups as well."""
    return reached_groups(CALLER, "reached")


def caller_sections(groups: CTE | None = None) -> dict[str, Select[Any]]:
    """The questions about a caller, and about their groups where these matter elsewhere, too."""
    reached = caller_groups() if groups is None else groups
    return {
        "caller": _enabled_caller(),
        "permission": _usable_permissions(),
        "held": held_roles(),
        "held_through": held_through_groups(),
        "group": select(reached.c.scope),
        "settings": select(tenants.c.settings).where(tenants.c.id == TENANT),
    }


@cache
def caller_stack() -> Stack:
    """The questions about a caller in one statement."""
    return Stack(caller_sections())


def read_caller(token: Token, found: Mapping[str, Sequence[Row]]) -> Caller:
    """The caller that the answers tell of; one that is unknown or disabled holds nothing."""
    rows = found["settings"]
    settings = read_settings(rows[0][0]) if rows else TenantSettings()
    if not found["caller"]:
        return Caller(token, is_enabled=False, granted=frozenset(), settings=settings)
    held = (*found["held"], *found["held_through"])
    return Caller(
        token,
        is_enabled=True,
        granted=frozenset([row[0] for row in found["permission"]]),
        roles=frozenset(
            [HeldRole(RoleId(row[0]), Scope(ScopeKind.DIRECTORY, row[1])) for row in held]
        ),
        group_ids=frozenset([PrincipalId(row[0]) for row in found["group"]]),
        display_name=found["caller"][0][0],
        settings=settings,
    )


def _enabled_caller() -> Select[Any]:
    objects = directory_objects
    return select(objects.c.display_name).where(
        objects.c.tenant_id == TENANT,
        objects.c.id == CALLER,
        objects.c.kind == parameter("caller_kind"),
        objects.c.is_enabled,
        objects.c.deleted_at.is_(None),
        # A token of an application speaks for its own service principal only.
        or_(objects.c.kind == _USER, objects.c.app_id == parameter("application")),
        or_(objects.c.sessions_valid_from.is_(None), objects.c.sessions_valid_from <= _ISSUED_AT),
        not_(_is_family_over()),
        or_(bindparam("is_of_service", type_=BooleanType), not_(_is_client_stopped())),
    )


def _is_client_stopped() -> ColumnElement[bool]:
    """Whether the application behind the token is disabled or deleted; a stranger is neither."""
    own = directory_objects.alias("client").c
    # Not the kind itself: SQLite would walk all service principals there are.
    is_client = and_(
        own.tenant_id == TENANT,
        own.app_id == parameter("application"),
        own.kind.concat(constant("")) == _SERVICE_PRINCIPAL,
    )
    is_live = and_(own.is_enabled, own.deleted_at.is_(None))
    known, live = exists(select(own.id).where(is_client)), select(own.id).where(is_client, is_live)
    return and_(known, not_(exists(live)))


def _is_family_over() -> ColumnElement[bool]:
    """Whether all that came of the sign-in behind the token has ended."""
    own = token_families.c
    return exists(
        select(own.id).where(own.tenant_id == TENANT, own.id == parameter("family"), own.is_revoked)
    )


def granted_permissions() -> Select[Any]:
    """The permissions granted to the application, to act for people or on its own."""
    return select(permission_grants.c.permission).where(
        permission_grants.c.tenant_id == TENANT,
        permission_grants.c.application_id == parameter("application"),
        permission_grants.c.is_delegated == bindparam("is_delegated", type_=BooleanType),
    )


def _usable_permissions() -> Select[Any]:
    """What the application may do for the caller: by the tenant's consent, or by their own."""
    own = user_consents.c
    consented = select(own.permission).where(
        own.tenant_id == TENANT,
        own.user_id == CALLER,
        own.application_id == parameter("application"),
        bindparam("is_delegated", type_=BooleanType),
    )
    both = union_all(granted_permissions(), consented).subquery("usable")
    return select(both.c.permission)


def held_roles() -> Select[Any]:
    """The directory roles in force that the caller holds themselves."""
    own = grants_as("own")
    return select(own.c.role_id, own.c.scope).where(are_held(own))


def are_held(own: NamedFromClause) -> ColumnElement[bool]:
    """Whether the grants are directory roles in force that the caller holds themselves."""
    return and_(
        own.c.tenant_id == TENANT,
        own.c.principal_id == CALLER,
        own.c.scope_kind == DIRECTORY,
        own.c.kind != ELIGIBLE,
        in_force(own),
    )


def held_through_groups() -> Select[Any]:
    """The directory roles in force of role-assignable groups that the caller is directly in."""
    membership, held = grants_as("caller_membership"), grants_as("caller_held")
    columns = select(held.c.role_id, held.c.scope, held.c.principal_id)
    return through_groups(columns, membership, held)


def through_groups(
    columns: Select[Any], membership: NamedFromClause, held: NamedFromClause
) -> Select[Any]:
    """The columns of each membership of the caller's and of each role that its group holds."""
    group = directory_objects.alias("caller_group")
    return (
        columns.join_from(
            membership, group, is_group_of(group, membership, is_role_assignable=True)
        )
        .join(held, and_(held.c.tenant_id == TENANT, held.c.principal_id == membership.c.scope))
        .where(
            makes_member(membership),
            membership.c.principal_id == CALLER,
            in_force(membership),
            held.c.scope_kind == DIRECTORY,
            held.c.kind != ELIGIBLE,
            in_force(held),
        )
    )
