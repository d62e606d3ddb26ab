"""What change sets add to the requests that wait for an extension, and take from them."""

from collections.abc import Iterator

from timebound.application.changes import ChangeSet, InsertRequest, UpdateRequest
from timebound.domain.requests import Status
from timebound.storage.compiling import Statement
from timebound.storage.extension_tables import evaluations
from timebound.storage.statements import Values, delete_from, put_into


def plan_evaluations(change: ChangeSet) -> Iterator[tuple[Statement, Values]]:
    """What waits for an extension from now on, and what does not any more."""
    for write in change.writes:
        if not isinstance(write, InsertRequest | UpdateRequest):
            continue
        request = write.request
        if request.evaluation is None:
            continue
        if request.status is Status.PENDING_EVALUATION:
            yield (
                put_into(evaluations),
                {
                    "tenant_id": change.tenant_id,
                    "request_id": request.id,
                    "held_until": None,
                    "attempts": 0,
                },
            )
        else:
            yield (
                delete_from(evaluations, "tenant_id", "request_id"),
                {"of_tenant_id": change.tenant_id, "of_request_id": request.id},
            )
