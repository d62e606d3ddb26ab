"""The audit records that events make: pure, and the same whenever they are made."""

from collections.abc import Mapping
from typing import Final

from timebound.domain.audit import asking, azure, holding, refusing, writing
from timebound.domain.audit.making import number
from timebound.domain.audit.records import AuditRecord
from timebound.domain.audit.writing import Tell
from timebound.domain.events import Event, EventKind

_K = EventKind
_TELLING: Final[Mapping[EventKind, Tell]] = {
    _K.SETTINGS_CHANGED: writing.tell_settings,
    _K.CONTENT_REMOVED: writing.tell_removed,
    _K.REQUEST_MADE: asking.tell_made,
    _K.REQUEST_REFUSED: asking.tell_refused,
    _K.REQUEST_CANCELED: asking.tell_canceled,
    _K.CANCEL_REFUSED: asking.tell_cancel_refused,
    _K.EVALUATION_ANSWERED: asking.tell_evaluated,
    _K.APPROVAL_ASKED: asking.tell_asked,
    _K.APPROVAL_GIVEN: asking.tell_given,
    _K.APPROVAL_DENIED: asking.tell_denied,
    _K.APPROVAL_REFUSED: asking.tell_verdict_refused,
    _K.APPROVAL_TIMED_OUT: asking.tell_lapsed,
    _K.GRANT_MADE: holding.tell_made,
    _K.GRANT_CHANGED: azure.tell_changed,
    _K.GRANT_STARTED: holding.tell_started,
    _K.GRANT_ENDED: holding.tell_ended,
    _K.GRANT_EXPIRED: holding.tell_expired,
    _K.POLICY_CHANGED: writing.tell_policy,
    _K.EXTENSION_CHANGED: writing.tell_extension,
    _K.PRINCIPAL_CHANGED: writing.tell_object,
    _K.CHANGE_REFUSED: refusing.tell_refused,
    _K.ROLE_CHANGED: writing.tell_role,
    _K.BUNDLE_CHANGED: writing.tell_bundle,
    _K.DENIAL_CHANGED: writing.tell_denial,
    _K.OBJECT_CREATED: writing.tell_object,
    _K.OBJECT_CHANGED: writing.tell_object,
    _K.OBJECT_DELETED: writing.tell_object,
    _K.OBJECT_RESTORED: writing.tell_object,
    _K.OBJECT_PURGED: writing.tell_object,
    _K.OWNER_ADDED: writing.tell_owner,
    _K.OWNER_REMOVED: writing.tell_owner,
    _K.UNIT_MEMBER_ADDED: writing.tell_unit_member,
    _K.UNIT_MEMBER_REMOVED: writing.tell_unit_member,
    _K.PASSWORD_SET: writing.tell_password,
    _K.SECRET_ADDED: writing.tell_secret,
    _K.SECRET_REMOVED: writing.tell_secret,
    _K.SESSIONS_ENDED: writing.tell_sessions,
    _K.FACTOR_ADDED: writing.tell_factor,
    _K.FACTOR_REMOVED: writing.tell_factor,
    _K.IDENTITY_LINKED: writing.tell_link,
    _K.IDENTITY_UNLINKED: writing.tell_link,
    _K.PERMISSION_GRANTED: writing.tell_permission,
    _K.PERMISSION_REVOKED: writing.tell_permission,
}
UNTOLD: Final = frozenset(
    {
        _K.TENANT_SEEDED,
        _K.GRANT_ENDS_SOON,
        _K.LETTER_FORGOTTEN,
        _K.EVALUATION_ASKED,
        _K.NODE_CREATED,
        _K.NODE_CHANGED,
        _K.NODE_MOVED,
        _K.NODE_DELETED,
        _K.NAMESPACE_CREATED,
        _K.NAMESPACE_DELETED,
    }
)
"""What no record is made of: the beginning of a tenant, reminders, what some receiver never got.

That an extension is asked is known from the request; what it says is told. What becomes of the tree
of Azure, or of its namespaces of attributes, is no matter of the directory's log; what is held
there is told as anything held.
"""


def audit_records(event: Event) -> tuple[AuditRecord, ...]:
    """The records of an event; none of what nobody did, several of what two services tell of."""
    tell = _TELLING.get(event.kind)
    return () if tell is None else number(tell(event))
