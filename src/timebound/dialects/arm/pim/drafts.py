"""From the body of a request to the draft that it asks for."""

from datetime import timedelta
from http import HTTPStatus
from typing import Final

from timebound.dialects.arm.bodies import read_body
from timebound.dialects.arm.dates import parse_date
from timebound.dialects.arm.ids import is_guid, read_guid, read_prefix
from timebound.dialects.arm.pim.wire import (
    RoleAssignmentScheduleRequest,
    RoleAssignmentScheduleRequestProperties,
    RoleAssignmentScheduleRequestPropertiesScheduleInfo,
    RoleAssignmentScheduleRequestPropertiesScheduleInfoExpiration,
)
from timebound.dialects.arm.refusals import ArmError, Refusal
from timebound.dialects.odata.durations import parse_duration
from timebound.dialects.odata.problems import ODataProblem
from timebound.domain.azure.places import subscription_of
from timebound.domain.grants import Slot, Terms
from timebound.domain.ids import GrantId, PrincipalId, RoleId
from timebound.domain.requests import Action, Draft, RequestKind, Ticket
from timebound.domain.scopes import Scope
from timebound.domain.terms import VERSION
from timebound.domain.times import AskedSchedule, Expiration, ExpirationType

_ACTIONS: Final = {action.value.lower(): action for action in Action}
_TYPES: Final = {type_.value.lower(): type_ for type_ in ExpirationType}
_KNOWN_TYPES: Final = "AfterDuration, AfterDateTime, NoExpiration"
_TYPE: Final = "scheduleInfo.expiration.type"
_END: Final = "scheduleInfo.expiration.endDateTime"
_DURATION: Final = "scheduleInfo.expiration.duration"
_START: Final = "scheduleInfo.startDateTime"


def read_draft(body: bytes, kind: RequestKind, scope: Scope) -> Draft:
    """The draft a body asks for at a place; refused with the property that makes no sense."""
    sent = read_body(body, RoleAssignmentScheduleRequest).properties
    if sent is None:
        raise _refuse("The property 'properties' is missing.", "BadRequest")
    action = _read_action(sent.request_type)
    role_id = _read_role(sent.role_definition_id, scope, action)
    return Draft(
        kind=kind,
        action=action,
        slot=Slot(PrincipalId(_read_principal(sent.principal_id)), role_id, scope),
        schedule=_read_schedule(sent.schedule_info, kind),
        justification=sent.justification,
        ticket=_read_ticket(sent),
        is_validation_only=bool(sent.is_validation_only),
        target_id=sent.target_role_assignment_schedule_id
        or sent.target_role_eligibility_schedule_id,
        terms=_read_terms(sent),
        eligibility_id=_read_link(sent.linked_role_eligibility_schedule_id),
    )


def _read_action(text: str | None) -> Action:
    if not text:
        raise _refuse("The property 'requestType' is missing.", "BadRequest")
    action = _ACTIONS.get(text.lower())
    if action is None:
        known = ", ".join(f"{one.value[0].upper()}{one.value[1:]}" for one in Action)
        raise _refuse(f"The property 'requestType' is '{text}', not one of {known}.", "BadRequest")
    return action


def _read_principal(text: str | None) -> str:
    if not text:
        raise _refuse("The property 'principalId' is missing.", "BadRequest")
    if not is_guid(text):
        raise _refuse(f"Invalid GUID: the property 'principalId' is '{text[:80]}'.", "BadRequest")
    return text.lower()


def _read_role(text: str | None, scope: Scope, action: Action) -> RoleId:
    """The role by the GUID that its id ends with, however the rest is spelled.

    Who administers names it as it is seen from the place.
    """
    if not text:
        raise _refuse("The property 'roleDefinitionId' is missing.", "BadRequest")
    guid = read_guid(text)
    if guid is None:
        shown = text[:200]
        raise _refuse(f"'{shown}' of 'roleDefinitionId' ends with no GUID.", "BadRequest")
    if not (action.is_self or _fits(text, scope)):
        raise _refuse(
            f"The scope '{scope.path}' does not match the role definition '{text[:200]}'.",
            "ScopeDoesNotMatchRoleDefinition",
        )
    return RoleId(guid)


def _fits(role_id: str, scope: Scope) -> bool:
    """Whether an id of a role is one seen from the place: a bare GUID is, whatever the place."""
    prefix = read_prefix(role_id)
    if prefix is None:
        return "/" not in role_id.strip("/")
    return subscription_of(prefix) == subscription_of(scope)


def _read_link(text: str | None) -> GrantId | None:
    """The eligibility that is named, by a whole id or by its GUID alone."""
    if not text:
        return None
    guid = read_guid(text)
    if guid is None:
        name = "linkedRoleEligibilityScheduleId"
        raise _refuse(f"'{text[:200]}' of '{name}' ends with no GUID.", "BadRequest")
    return GrantId(guid)


def _read_ticket(sent: RoleAssignmentScheduleRequestProperties) -> Ticket:
    ticket = sent.ticket_info
    return Ticket() if ticket is None else Ticket(ticket.ticket_number, ticket.ticket_system)


def _read_terms(sent: RoleAssignmentScheduleRequestProperties) -> Terms | None:
    if sent.condition is None and sent.condition_version is None:
        return None
    return Terms(sent.condition, sent.condition_version or (VERSION if sent.condition else None))


def _read_schedule(
    sent: RoleAssignmentScheduleRequestPropertiesScheduleInfo | None, kind: RequestKind
) -> AskedSchedule | None:
    if sent is None:
        return None
    try:
        start = sent.start_date_time
        return AskedSchedule(
            parse_date(start, _START) if start else None,
            _read_expiration(sent.expiration, kind),
        )
    except ODataProblem as problem:
        raise _refuse(problem.message, "InvalidRoleAssignmentRequest") from problem


def _read_expiration(
    sent: RoleAssignmentScheduleRequestPropertiesScheduleInfoExpiration | None, kind: RequestKind
) -> Expiration | None:
    """The expiration with what its type names; what belongs to another type is ignored."""
    if sent is None:
        return None
    if not sent.type:
        if sent.end_date_time or sent.duration:
            # Taken for no end at all, it would give more than was asked for.
            raise _refuse(f"The property '{_TYPE}' is missing.", "InvalidRoleAssignmentRequest")
        return None
    type_ = _TYPES.get(sent.type.lower())
    if type_ is None:
        message = f"The property '{_TYPE}' is '{sent.type}', not one of {_KNOWN_TYPES}."
        raise _refuse(message, "InvalidRoleAssignmentRequest")
    if _means_endless(sent, type_, kind):
        return Expiration(ExpirationType.NO_EXPIRATION)
    is_dated = type_ is ExpirationType.AFTER_DATE_TIME and sent.end_date_time
    return Expiration(
        type_,
        end=parse_date(sent.end_date_time or "", _END) if is_dated else None,
        duration=_read_duration(sent.duration) if type_ is ExpirationType.AFTER_DURATION else None,
    )


def _means_endless(
    sent: RoleAssignmentScheduleRequestPropertiesScheduleInfoExpiration,
    type_: ExpirationType,
    kind: RequestKind,
) -> bool:
    # quirk(arm): an eligibility after no duration at all is permanent - azure-rest-api-specs#24242
    is_empty = type_ is ExpirationType.AFTER_DURATION and not sent.duration
    return is_empty and kind is RequestKind.ELIGIBILITY


def _read_duration(text: str | None) -> timedelta | None:
    return parse_duration(text, _DURATION) if text else None


def _refuse(message: str, code: str) -> Refusal:
    return Refusal(ArmError(HTTPStatus.BAD_REQUEST, code, message))
