"""The event that tells of something due about a grant, whoever tells it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from timebound.application.recording import draft_facts, slot_facts
from timebound.domain.due import REMINDERS, Due
from timebound.domain.events import Actor, Event, Fact
from timebound.domain.grants import Grant
from timebound.domain.ids import EventId, TenantId
from timebound.domain.requests import Request
from timebound.domain.times import Instant


def event_id_of(derive_id: Callable[..., str], tenant_id: TenantId, due: Due) -> EventId:
    """The id of the event that tells of something due: it follows, so nobody tells it twice."""
    names = (tenant_id, due.kind.value, due.subject_id, due.at.isoformat())
    return EventId(derive_id(*names))


@dataclass(frozen=True, slots=True)
class DueTeller:
    """The event of one due thing: effective when it fell due, and nobody's deed."""

    derive_id: Callable[..., str]
    tenant_id: TenantId
    due: Due
    at: Instant

    def tell_of_request(self, request: Request) -> Event:
        """That nobody decided in time."""
        draft = request.draft
        return self._tell(request.id, draft.slot.principal_id, draft_facts(draft))

    def tell_of_grant(self, grant: Grant) -> Event:
        """That a grant has started or ended, or ends soon."""
        lead = REMINDERS.get(self.due.kind)
        data: dict[str, Fact] = {
            **slot_facts(grant.slot),
            "grantKind": grant.kind.value,
            "grantId": grant.id,
            "requestId": grant.request_id,
            "eligibilityId": grant.basis.eligibility_id if grant.basis else None,
            "start": grant.window.start.isoformat(),
            "end": grant.until.isoformat(),
        }
        if lead is not None:
            data["days"] = lead.days
        return self._tell(grant.request_id or grant.id, grant.slot.principal_id, data)

    def _tell(self, correlation_id: str, subject_id: str, data: Mapping[str, Fact]) -> Event:
        due = self.due
        return Event(
            id=event_id_of(self.derive_id, self.tenant_id, due),
            kind=due.event_kind,
            effective_at=due.at,
            recorded_at=self.at,
            correlation_id=correlation_id,
            actor=Actor(),
            subject_id=subject_id,
            data=data,
        )
