"""The floor's answers: from rows to the published JSON with nothing in between."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from bench.drivers import Row
from bench.population import ROLE
from bench.rehearsal import INSTANCES, REQUESTS
from timebound.domain.times import ENDLESS

# Positions in the rows of a list, as `timebound.storage.rows` has them.
_ROLE, _SCOPE, _KIND, _START, _END, _REQUEST, _ENDED = 2, 4, 5, 6, 7, 9, 13
_SEEN_BY, _MEMBER_TYPE = 15, 16
_TYPE: Final = "#microsoft.graph.unifiedRoleAssignmentScheduleInstance"
_KINDS: Final = {"assigned": "Assigned", "activated": "Activated"}
_encode: Final = msgspec.json.Encoder().encode


class _Instance(msgspec.Struct, rename="camel"):
    id: str
    principal_id: str
    role_definition_id: str
    directory_scope_id: str
    app_scope_id: None
    start_date_time: str
    end_date_time: str | None
    member_type: str
    assignment_type: str
    role_assignment_origin_id: str
    role_assignment_schedule_id: str


class _Own(_Instance, rename="camel", tag_field="@odata.type", tag=_TYPE):
    """An instance that names its type."""


class _List(msgspec.Struct):
    context: str = msgspec.field(name="@odata.context")
    value: list[_Instance]


class Answers:
    """The bodies of all answers at one origin."""

    def __init__(self, origin: str) -> None:
        metadata = f"{origin}/v1.0/$metadata#"
        self._own = f"{metadata}Collection(unifiedRoleAssignmentScheduleInstance)"
        self._about = metadata + INSTANCES.removeprefix("/v1.0/")
        self._request = f"{metadata}{REQUESTS.removeprefix('/v1.0/')}/$entity"

    def list_own(self, rows: Sequence[Row]) -> bytes:
        """What somebody holds, told to themselves."""
        return _encode(_List(self._own, [_show(_Own, row) for row in rows]))

    def list_about(self, rows: Sequence[Row]) -> bytes:
        """What somebody holds, told to an administrator."""
        return _encode(_List(self._about, [_show(_Instance, row) for row in rows]))

    def show_request(self, id_: str, caller: str, at: datetime, asked: Mapping[str, Any]) -> bytes:
        """A request to activate or deactivate."""
        is_activation = asked["action"] == "selfActivate"
        created = _format(at)
        schedule = {
            "startDateTime": created,
            "recurrence": None,
            "expiration": {"type": "afterDuration", "endDateTime": None, "duration": "PT2H"},
        }
        body = {
            "@odata.context": self._request,
            "id": id_,
            "status": "Provisioned" if is_activation else "Revoked",
            "createdDateTime": created,
            "completedDateTime": created if is_activation else None,
            "approvalId": None,
            "customData": None,
            "action": asked["action"],
            "principalId": caller,
            "roleDefinitionId": ROLE,
            "directoryScopeId": "/",
            "appScopeId": None,
            "isValidationOnly": False,
            "targetScheduleId": id_ if is_activation else None,
            "justification": asked["justification"],
            "createdBy": {
                "application": None,
                "device": None,
                "user": {"displayName": None, "id": caller},
            },
            "scheduleInfo": schedule if is_activation else None,
            "ticketInfo": {"ticketNumber": None, "ticketSystem": None},
        }
        return _encode(body)


def _show(type_: Callable[..., _Instance], row: Row) -> _Instance:
    # Every scope in the population is the tenant.
    packed = UUID(row[_ROLE]).bytes_le + UUID(row[1]).bytes_le
    held_id = f"{urlsafe_b64encode(packed).rstrip(b'=').decode()}-1"
    end = row[_ENDED] or row[_END]
    return type_(
        held_id,
        row[_SEEN_BY],
        row[_ROLE],
        row[_SCOPE],
        None,
        _format(row[_START]),
        None if _is_endless(end) else _format(end),
        row[_MEMBER_TYPE],
        _KINDS[row[_KIND]],
        held_id,
        row[_REQUEST],
    )


def _is_endless(end: str | datetime) -> bool:
    return end[:4] == "9999" if isinstance(end, str) else end.year == ENDLESS.year


def _format(at: str | datetime) -> str:
    text = at[:-1] if isinstance(at, str) else at.replace(tzinfo=None).isoformat()
    return f"{text.rstrip('0').rstrip('.')}Z" if "." in text else f"{text}Z"
