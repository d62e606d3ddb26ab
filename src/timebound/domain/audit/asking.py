"""The records of requests: made, approved, denied, cancelled, lapsed, or refused."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from timebound.domain.approvals import ReviewResult
from timebound.domain.audit.holding import list_targets, tell_details
from timebound.domain.audit.making import begin, fail
from timebound.domain.audit.pim import (
    APPROVAL_REQUESTED,
    CANCELED,
    COMPLETED,
    LAPSED,
    REQUESTED,
    name_activity,
    name_request,
    name_verdict,
)
from timebound.domain.audit.records import (
    PIM_PERSON,
    PIM_PROGRAM,
    Activity,
    AuditRecord,
    Deed,
    Result,
)
from timebound.domain.evaluations import Outcome
from timebound.domain.events import Event
from timebound.domain.requests import Action, Status

_NO_MORE: Final = "No longer possible when approved"


def tell_made(event: Event) -> Iterator[AuditRecord]:
    """That somebody asked for something."""
    yield _tell(event, name_request(event.data, REQUESTED))


def tell_refused(event: Event) -> Iterator[AuditRecord]:
    """That somebody asked and was refused, with every unmet rule."""
    yield fail(_tell(event, name_request(event.data, REQUESTED)), event)


def tell_canceled(event: Event) -> Iterator[AuditRecord]:
    """That a request was withdrawn."""
    yield _tell(event, name_request(event.data, CANCELED))


def tell_cancel_refused(event: Event) -> Iterator[AuditRecord]:
    """That somebody wanted to withdraw a request and was refused."""
    yield fail(_tell(event, name_request(event.data, CANCELED)), event)


def tell_asked(event: Event) -> Iterator[AuditRecord]:
    """That an activation waits; of other requests it is known already that they do."""
    if event.data["action"] == Action.SELF_ACTIVATE.value:
        yield _tell(event, name_activity(APPROVAL_REQUESTED, event.data, Deed.UPDATE))


def tell_given(event: Event) -> Iterator[AuditRecord]:
    """That a request was approved, and that it came to nothing where it could not be had."""
    yield _tell_verdict(event, is_approved=True)
    if event.data.get("status") == Status.FAILED.value:
        failed = _tell(event, name_request(event.data, COMPLETED))
        yield _tell_why(failed, event, _NO_MORE)


def tell_evaluated(event: Event) -> Iterator[AuditRecord]:
    """What an extension said; without a valid answer, or where it can be had no more, it failed."""
    data, outcome = event.data, event.data.get("evaluationOutcome")
    reasons = data.get("reasons")
    told = (
        ("CustomExtensionId", data.get("extensionId")),
        ("CustomExtensionType", data.get("stage")),
        ("EvaluationId", data.get("evaluationId")),
        ("EvaluationOutcome", outcome),
    )
    details = tuple((name, str(value)) for name, value in told if value is not None)
    if outcome is not None:
        is_approved = outcome != Outcome.DENIED.value
        record = _tell(event, name_verdict(data, is_approved=is_approved))
        said = " ".join(map(str, reasons)) if isinstance(reasons, tuple) and reasons else None
        yield _by_service(record, said, details)
    if data.get("status") == Status.FAILED.value:
        why = "No valid answer of the custom extension" if outcome is None else _NO_MORE
        failed = _by_service(_tell(event, name_request(data, COMPLETED)), why, details)
        yield _tell_why(failed, event, why)


def _tell_why(record: AuditRecord, event: Event, otherwise: str) -> AuditRecord:
    """The record as that of a failure, for the reasons that are known or for want of them."""
    if "problems" in event.data:
        return fail(record, event)
    return replace(record, result=Result.FAILURE, reason=otherwise)


def _by_service(
    record: AuditRecord, reason: str | None, details: tuple[tuple[str, str], ...]
) -> AuditRecord:
    told = (*record.details, *details)
    return replace(record, initiator=PIM_PROGRAM, reason=reason, details=told)


def tell_denied(event: Event) -> Iterator[AuditRecord]:
    """That a request was denied."""
    yield _tell_verdict(event, is_approved=False)


def tell_verdict_refused(event: Event) -> Iterator[AuditRecord]:
    """That somebody wanted to decide on a request and was refused."""
    is_denial = event.data.get("verdict") == ReviewResult.DENY.value
    yield fail(_tell_verdict(event, is_approved=not is_denial), event)


def tell_lapsed(event: Event) -> Iterator[AuditRecord]:
    """That nobody decided in time."""
    record = _tell(event, name_activity(LAPSED, event.data, Deed.DELETE))
    yield replace(record, initiator=PIM_PERSON, reason=None)


def _tell(event: Event, activity: Activity) -> AuditRecord:
    said = event.data.get("justification")
    record = begin(event, activity, *list_targets(event))
    reason = str(said) if said is not None else None
    return replace(record, details=tell_details(event), reason=reason)


def _tell_verdict(event: Event, *, is_approved: bool) -> AuditRecord:
    record = _tell(event, name_verdict(event.data, is_approved=is_approved))
    said = event.data.get("verdictJustification")
    return replace(record, reason=str(said) if said is not None else None)
