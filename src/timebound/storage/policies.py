"""Policies as they are kept: found by the scope and the roles that they are about."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from sqlalchemy import select

from timebound.domain.ids import RoleId, TenantId
from timebound.domain.policy_places import Modified, PolicyPlace, StoredPolicy
from timebound.domain.scopes import Scope, ScopeKind
from timebound.storage.asking import Asking
from timebound.storage.columns import read_optional_instant
from timebound.storage.compiling import Statement, is_any_of
from timebound.storage.documents import read_policy
from timebound.storage.fragments import TENANT, columns_of, parameter
from timebound.storage.rows import Row
from timebound.storage.tables import policies

_COLUMNS: Final = ("role_id", "rules", "modified_at", "modified_by_id", "modified_by_name")


class PolicyFinding(Asking):
    """Answers which policies were ever changed."""

    async def find_policies(
        self, tenant_id: TenantId, kind: ScopeKind, path: str, role_ids: Sequence[RoleId]
    ) -> Mapping[RoleId, StoredPolicy]:
        """The policies of the roles at a scope, as far as they were ever changed."""
        if not role_ids:
            return {}
        scope = Scope(kind, path)
        rows = await self.ask(
            _find(),
            {"tenant": tenant_id, "kind": kind.value, "scope": path, "roles": list(role_ids)},
        )
        return {RoleId(row[0]): _read(scope, row) for row in rows}


def _read(scope: Scope, row: Row) -> StoredPolicy:
    at = read_optional_instant(row[2])
    modified = None if at is None else Modified(at, by_id=row[3], by_name=row[4])
    return StoredPolicy(PolicyPlace(scope, RoleId(row[0])), read_policy(row[1]), modified)


@cache
def _find() -> Statement:
    return Statement(
        select(*columns_of(policies, _COLUMNS)).where(
            policies.c.tenant_id == TENANT,
            policies.c.scope_kind == parameter("kind"),
            policies.c.scope == parameter("scope"),
            is_any_of(policies.c.role_id, "roles"),
        )
    )
