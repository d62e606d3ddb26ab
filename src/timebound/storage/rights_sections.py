"""What somebody may do at a place in Azure: the questions, and what the answers come to.

Only what they and their groups hold is looked at, never what others do.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import CTE, ColumnElement, FromClause, Select, and_, select, union_all

from timebound.application.azure_catalog import built_in_azure_roles
from timebound.domain.azure.ancestry import Ancestry
from timebound.domain.azure.hearing import Hearing
from timebound.domain.azure.permissions import Access, Permission, Rights
from timebound.domain.ids import PrincipalId, RoleId
from timebound.domain.scopes import Scope
from timebound.storage.azure_documents import read_denial, read_permissions
from timebound.storage.azure_tables import deny_assignments
from timebound.storage.documents import read_terms, read_texts
from timebound.storage.fragments import (
    AZURE,
    ELIGIBLE,
    TENANT,
    columns_of,
    constant,
    grants_as,
    in_force,
)
from timebound.storage.rows import Row
from timebound.storage.tables import roles

HELD: Final = ("role_id", "principal_id", "terms", "scope")
_SCOPE: Final = HELD.index("scope")


def rights_sections(holder: ColumnElement[str], groups: CTE, tree: CTE) -> dict[str, Select[Any]]:
    """The roles in force of a holder and of their groups at a place or above it, and denials.

    `groups` are those the holder is in, `tree` the places from the one asked about up to the root.
    """
    held = _held(holder, groups, tree)
    denied = select(deny_assignments.c.document).where(
        deny_assignments.c.tenant_id == TENANT,
        deny_assignments.c.scope.in_(select(tree.c.path)),
    )
    allowing = select(roles.c.id, roles.c.rights, roles.c.resource_scopes).where(
        roles.c.tenant_id == TENANT,
        # Not the kind itself: SQLite would walk all custom roles there are.
        roles.c.kind.concat(constant("")) == AZURE,
        roles.c.deleted_at.is_(None),
        roles.c.id.in_(select(held.c.role_id)),
    )
    return {
        "azure_held": select(*columns_of(held, HELD)),
        "azure_role": allowing,
        "azure_denied": denied,
    }


def _held(holder: ColumnElement[str], groups: CTE, tree: CTE) -> CTE:
    own, through = grants_as("azure_own"), grants_as("azure_through")
    direct = select(*columns_of(own, HELD)).where(own.c.principal_id == holder, _gives(own, tree))
    of_groups = (
        select(*columns_of(through, HELD))
        .join_from(groups, through, through.c.principal_id == groups.c.scope)
        .where(_gives(through, tree))
    )
    return union_all(direct, of_groups).cte("azure_held")


def _gives(held: FromClause, tree: CTE) -> ColumnElement[bool]:
    return and_(
        held.c.tenant_id == TENANT,
        held.c.scope_kind == AZURE,
        held.c.kind != ELIGIBLE,
        in_force(held),
        # Looked up holder by holder: at the place itself many others hold something, too.
        held.c.scope.concat(constant("")).in_(select(tree.c.path)),
    )


def read_rights(
    found: Mapping[str, Sequence[Row]],
    scope: Scope,
    ancestry: Ancestry,
    ids: frozenset[PrincipalId],
    hearing: Hearing,
) -> Rights:
    """What somebody who is known by the ids may do at the place, by what counts along its ancestry.

    All that is asked of rights with the same hearing takes no longer than one question. A custom
    role that is held where it cannot be assigned gives nothing.
    """
    roles_found = {row[0]: row for row in found["azure_role"]}
    held = [
        (row[_SCOPE], _read_access(row, roles_found))
        for row in found["azure_held"]
        if row[_SCOPE] in ancestry and _is_offered(row, roles_found, ancestry)
    ]
    denials = (read_denial(row[0]) for row in found["azure_denied"])
    return Rights(
        scope,
        tuple(access for _, access in held),
        tuple(
            block
            for denial in denials
            if denial.scope.path in ancestry and denial.concerns(ids, scope)
            for block in denial.blocks_for(
                access for path, access in held if ancestry.may_lift(path, denial.scope.path)
            )
        ),
        hearing=hearing,
    )


def _is_offered(row: Row, custom: Mapping[str, Row], ancestry: Ancestry) -> bool:
    role = custom.get(row[0])
    return role is None or ancestry.offers(read_texts(role[2]), row[_SCOPE])


def _read_access(row: Row, custom: Mapping[str, Row]) -> Access:
    terms = read_terms(row[2])
    permissions: tuple[Permission, ...] = ()
    if (built_in := built_in_azure_roles().get(RoleId(row[0]))) is not None:
        permissions = built_in.permissions
    elif (role := custom.get(row[0])) is not None:
        permissions = read_permissions(role[1])
    return Access(permissions, terms.condition if terms else None)
