"""What happened, as facts: the source of audit records, mail, alerts and reviews."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeAlias

from timebound.domain.ids import ApplicationId, EventId, PrincipalId
from timebound.domain.times import Instant

Fact: TypeAlias = str | int | bool | tuple["Fact", ...] | Mapping[str, "Fact"] | None
"""What an event can carry: plain values, never a rendered text or a secret."""


ADDRESS: Final = "ipAddress"
"""Where an event says at which network address its actor was, if that was known."""


class EventKind(Enum):
    """What can happen."""

    TENANT_SEEDED = "tenantSeeded"
    SETTINGS_CHANGED = "settingsChanged"
    REQUEST_MADE = "requestMade"
    REQUEST_REFUSED = "requestRefused"
    REQUEST_CANCELED = "requestCanceled"
    CANCEL_REFUSED = "cancelRefused"
    EVALUATION_ASKED = "evaluationAsked"
    EVALUATION_ANSWERED = "evaluationAnswered"
    APPROVAL_ASKED = "approvalAsked"
    APPROVAL_GIVEN = "approvalGiven"
    APPROVAL_DENIED = "approvalDenied"
    APPROVAL_REFUSED = "approvalRefused"
    APPROVAL_TIMED_OUT = "approvalTimedOut"
    GRANT_MADE = "grantMade"
    GRANT_CHANGED = "grantChanged"
    GRANT_STARTED = "grantStarted"
    GRANT_ENDED = "grantEnded"
    GRANT_ENDS_SOON = "grantEndsSoon"
    GRANT_EXPIRED = "grantExpired"
    POLICY_CHANGED = "policyChanged"
    EXTENSION_CHANGED = "extensionChanged"
    PRINCIPAL_CHANGED = "principalChanged"
    CHANGE_REFUSED = "changeRefused"
    ROLE_CHANGED = "roleChanged"
    BUNDLE_CHANGED = "bundleChanged"
    NODE_CREATED = "nodeCreated"
    NODE_CHANGED = "nodeChanged"
    NODE_MOVED = "nodeMoved"
    NODE_DELETED = "nodeDeleted"
    DENIAL_CHANGED = "denialChanged"
    NAMESPACE_CREATED = "namespaceCreated"
    NAMESPACE_DELETED = "namespaceDeleted"
    OBJECT_CREATED = "objectCreated"
    OBJECT_CHANGED = "objectChanged"
    OBJECT_DELETED = "objectDeleted"
    OBJECT_RESTORED = "objectRestored"
    OBJECT_PURGED = "objectPurged"
    OWNER_ADDED = "ownerAdded"
    OWNER_REMOVED = "ownerRemoved"
    UNIT_MEMBER_ADDED = "unitMemberAdded"
    UNIT_MEMBER_REMOVED = "unitMemberRemoved"
    PASSWORD_SET = "passwordSet"  # noqa: S105 - the name of a deed
    SECRET_ADDED = "secretAdded"  # noqa: S105 - the name of a deed
    SECRET_REMOVED = "secretRemoved"  # noqa: S105 - the name of a deed
    SESSIONS_ENDED = "sessionsEnded"
    FACTOR_ADDED = "factorAdded"
    FACTOR_REMOVED = "factorRemoved"
    IDENTITY_LINKED = "identityLinked"
    IDENTITY_UNLINKED = "identityUnlinked"
    PERMISSION_GRANTED = "permissionGranted"
    PERMISSION_REVOKED = "permissionRevoked"
    CONTENT_REMOVED = "contentRemoved"
    LETTER_FORGOTTEN = "letterForgotten"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: a person, an application, or a person through an application."""

    user_id: PrincipalId | None = None
    application_id: ApplicationId | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One fact of history.

    `effective_at` is when it took effect on the movable clock, `recorded_at` when it was decided;
    `correlation_id` is the request's id for the whole life of a request.
    """

    id: EventId
    kind: EventKind
    effective_at: Instant
    recorded_at: Instant
    correlation_id: str
    actor: Actor
    subject_id: str
    data: Mapping[str, Fact] = field(default_factory=dict)
