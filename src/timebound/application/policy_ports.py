"""What the use cases about policies need of a store."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from timebound.application.changes import FactKey
from timebound.domain.ids import RoleId, TenantId
from timebound.domain.policy_places import StoredPolicy
from timebound.domain.scopes import ScopeKind


def run_key(run_id: str) -> FactKey:
    """A run: which of its items are done, and whether two go on with it at once."""
    return FactKey(f"policyRun/{run_id}")


class PolicyStore(Protocol):
    """Finds policies."""

    async def find_policies(
        self, tenant_id: TenantId, kind: ScopeKind, path: str, role_ids: Sequence[RoleId]
    ) -> Mapping[RoleId, StoredPolicy]:
        """The policies of the roles at a scope, as far as they were ever changed."""
        ...
