"""How policies are written, with whom they name: found by them without reading every policy."""

from collections.abc import Iterator

from timebound.application.changes import PutPolicy
from timebound.domain.ids import TenantId
from timebound.domain.privileged import list_approvers
from timebound.storage.compiling import Statement
from timebound.storage.documents import write_policy
from timebound.storage.policy_tables import policy_approvers
from timebound.storage.statements import Values, delete_from, put_into
from timebound.storage.tables import policies


def put_policy(tenant_id: TenantId, write: PutPolicy) -> Iterator[tuple[Statement, Values]]:
    """A policy, new or changed, and whose agreement it asks for from now on."""
    modified = write.modified
    place: Values = {
        "tenant_id": tenant_id,
        "scope_kind": write.scope.kind.value,
        "scope": write.scope.path,
        "role_id": write.role_id,
    }
    row: Values = {
        **place,
        "rules": write_policy(write.policy),
        "modified_at": modified.at if modified else None,
        "modified_by_id": modified.by_id if modified else None,
        "modified_by_name": modified.by_name if modified else None,
    }
    yield put_into(policies), row
    of_place = {f"of_{name}": value for name, value in place.items()}
    yield delete_from(policy_approvers, *place), of_place
    for approver_id in sorted(list_approvers(write.policy)):
        yield put_into(policy_approvers), {**place, "approver_id": approver_id}
