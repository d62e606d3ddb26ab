"""The records of requests: made, approved, denied, cancelled, lapsed, or refused."""

from collections.abc import Iterator
from dataclasses import replace

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
from timebound.domain.audit.records import PIM_PERSON, Activity, AuditRecord, Deed, Result
from timebound.domain.events import Event
from timebound.domain.requests import Action, Status


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
        yield replace(failed, result=Result.FAILURE, reason="No longer possible when approved")


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
