"""Requests: what was asked, and what became of it."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Final

from timebound.domain.approvals import Approval
from timebound.domain.evaluations import Evaluation
from timebound.domain.grants import Slot, Terms
from timebound.domain.ids import ApplicationId, GrantId, PrincipalId, RequestId
from timebound.domain.times import AskedSchedule, Instant


class RequestKind(Enum):
    """Whether a request is about being eligible or about holding the role."""

    ELIGIBILITY = "eligibility"
    ASSIGNMENT = "assignment"


class Action(Enum):
    """What a request asks for (Graph `unifiedRoleScheduleRequestActions`)."""

    ADMIN_ASSIGN = "adminAssign"
    ADMIN_UPDATE = "adminUpdate"
    ADMIN_REMOVE = "adminRemove"
    ADMIN_EXTEND = "adminExtend"
    ADMIN_RENEW = "adminRenew"
    SELF_ACTIVATE = "selfActivate"
    SELF_DEACTIVATE = "selfDeactivate"
    SELF_EXTEND = "selfExtend"
    SELF_RENEW = "selfRenew"

    @property
    def is_self(self) -> bool:
        """Whether the holder asks for themselves."""
        return self in SELF_ACTIONS

    @property
    def is_ending(self) -> bool:
        """Whether the action takes something away."""
        return self in (Action.ADMIN_REMOVE, Action.SELF_DEACTIVATE)


SELF_ACTIONS: Final = frozenset(
    {Action.SELF_ACTIVATE, Action.SELF_DEACTIVATE, Action.SELF_EXTEND, Action.SELF_RENEW}
)


class Status(Enum):
    """What a request has come to."""

    GRANTED = "Granted"
    PROVISIONED = "Provisioned"
    REVOKED = "Revoked"
    CANCELED = "Canceled"
    PENDING_EVALUATION = "PendingEvaluation"
    PENDING_APPROVAL = "PendingApproval"
    PENDING_ADMIN_DECISION = "PendingAdminDecision"
    DENIED = "Denied"
    ADMIN_DENIED = "AdminDenied"
    TIMED_OUT = "TimedOut"
    FAILED = "Failed"


LAPSING: Final = frozenset({Status.PENDING_APPROVAL, Status.PENDING_EVALUATION})
"""What waits for a day at most."""
PENDING: Final = LAPSING | {Status.PENDING_ADMIN_DECISION}
CANCELLABLE: Final = PENDING | {Status.GRANTED}

APPROVAL_LIFETIME: Final = timedelta(hours=24)
"""How long approvers and extensions have together; not configurable (behaviour book 3.3)."""

KEPT_FOR: Final = timedelta(days=45)
"""How long Microsoft tells of a request after it came to something (behaviour book 5)."""
CANCELED_KEPT_FOR: Final = timedelta(days=30)
"""The same for one that was cancelled (Graph, cancel of a request)."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A reference into a ticket system; recorded, never looked up there."""

    number: str | None = None
    system: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A request before anything is decided: what the client asks."""

    kind: RequestKind
    action: Action
    slot: Slot
    schedule: AskedSchedule | None = None
    justification: str | None = None
    ticket: Ticket = field(default_factory=Ticket)
    is_validation_only: bool = False
    target_id: str | None = None
    """The schedule a client names as target; the slot decides, so it is kept only to be told."""
    terms: Terms | None = None
    """What the Azure role assignment that is asked for is to say."""
    eligibility_id: GrantId | None = None
    """The eligibility that an activation is to stand on; without one the longest is taken."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who made a request: a person, an application, or a person through an application."""

    user_id: PrincipalId | None
    application_id: ApplicationId | None
    display_name: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A stored request. `status` is what was last decided; `status_at` tells it for an instant."""

    id: RequestId
    draft: Draft
    author: Author
    status: Status
    created_at: Instant
    completed_at: Instant | None = None
    grant_id: GrantId | None = None
    starts_at: Instant | None = None
    approval: Approval | None = None
    evaluation: Evaluation | None = None
    """What an extension is asked, or was asked last."""

    def status_at(self, at: Instant) -> Status:
        """The status at `at`: a granted start becomes provisioned, what nobody decided lapses."""
        if self.status is Status.GRANTED and self.starts_at is not None and self.starts_at <= at:
            return Status.PROVISIONED
        if self.status in LAPSING and at >= self.created_at + APPROVAL_LIFETIME:
            return Status.TIMED_OUT
        return self.status

    def is_purged(self, at: Instant) -> bool:
        """Whether a service that deletes requests has deleted this one by `at`.

        What still waits for an administrator is kept, and what begins later counts from its start.
        """
        if self.status is Status.PENDING_ADMIN_DECISION:
            return False
        done = self.completed_at or self.created_at
        kept_for = CANCELED_KEPT_FOR if self.status is Status.CANCELED else KEPT_FOR
        return done + kept_for <= at
