"""How runs over many policies are written."""

from collections.abc import Iterator

from timebound.application.policy_run_writes import FinishRunItem, PutPolicyRun
from timebound.domain.ids import TenantId
from timebound.domain.policy_runs import RunItem
from timebound.storage.compiling import Statement
from timebound.storage.documents import write_document
from timebound.storage.policy_tables import policy_run_items, policy_runs
from timebound.storage.statements import Values, insert_into, put_into


def put_policy_run(tenant_id: TenantId, write: PutPolicyRun) -> Iterator[tuple[Statement, Values]]:
    """A new run, and each of its items."""
    run = write.run
    row: Values = {
        "tenant_id": tenant_id,
        "id": run.id,
        "rules": write_document(run.rules),
        "created_at": run.created_at,
        "created_by": run.created_by,
        "total": run.total,
    }
    yield insert_into(policy_runs), row
    for item in write.items:
        yield insert_into(policy_run_items), _write_item(tenant_id, run.id, item)


def finish_run_item(
    tenant_id: TenantId, write: FinishRunItem
) -> Iterator[tuple[Statement, Values]]:
    """An item that is done, in the place of the one that waited."""
    yield put_into(policy_run_items), _write_item(tenant_id, write.run_id, write.item)


def _write_item(tenant_id: TenantId, run_id: str, item: RunItem) -> Values:
    return {
        "tenant_id": tenant_id,
        "run_id": run_id,
        "position": item.position,
        "scope_kind": item.place.scope.kind.value,
        "scope": item.place.scope.path,
        "role_id": item.place.role_id,
        "state": item.state.value,
        "problem": None if item.problem is None else write_document(item.problem),
        "done_at": item.done_at,
    }
