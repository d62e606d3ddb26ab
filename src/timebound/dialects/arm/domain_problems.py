"""What the domain refuses, in the published words of PIM and RBAC for Azure resources."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Final

from timebound.dialects.arm.refusals import ArmError
from timebound.dialects.shared.wording import REASONS, say_claims, say_rules
from timebound.domain.azure.places import (
    PlaceKind,
    kind_of,
    read_place,
    resource_group_of,
    subscription_of,
)
from timebound.domain.problems import Code, Problem, Reason, in_order
from timebound.domain.settings import TenantSettings

BUSY_SECONDS: Final = "1"
_BAD: Final = HTTPStatus.BAD_REQUEST
_INVALID: Final = "InvalidRoleAssignmentRequest"
_SHOWN: Final = 200


def say_problems(
    problems: Iterable[Problem], client: str, object_id: str, settings: TenantSettings
) -> ArmError:
    """The one error for a refusal: the first in the order of checks speaks, rules speak together.

    `client` is what the error calls whoever asks, `object_id` their id.
    """
    ordered = in_order(problems)
    first = ordered[0]
    match first.code:
        case Code.ACTION_NOT_ALLOWED if first.reason is Reason.CONDITIONAL:
            return say_insufficient(object_id)
        case Code.ACTION_NOT_ALLOWED:
            return say_unauthorized(client, object_id, first.names[0], first.value or "/")
        case Code.PERMISSION_MISSING | Code.ACCESS_DENIED:
            return say_insufficient(object_id)
        case Code.RULE_FAILED:
            return _say_rules(ordered, settings)
        case Code.CONTEXT_REQUIRED:
            claims = say_claims(first.value or "", first.names)
            return ArmError(_BAD, "RoleAssignmentRequestAcrsValidationFailed", claims)
        case Code.SCOPE_NOT_FOUND:
            return say_absent_place(first.value or "/")
        case Code.ROLE_NOT_FOUND:
            return say_absent_role(first.value or "")
        case _:
            return _say_other(first)


def say_unauthorized(client: str, object_id: str, action: str, path: str) -> ArmError:
    """The error for an action that no role of the caller's allows."""
    message = (
        f"The client '{client}' with object id '{object_id}' does not have authorization to "
        f"perform action '{action}' over scope '{path}' or the scope is invalid. If access was "
        "recently granted, please refresh your credentials."
    )
    return ArmError(HTTPStatus.FORBIDDEN, "AuthorizationFailed", message)


def say_insufficient(object_id: str, hint: str = "") -> ArmError:
    """The error of PIM for whoever may not ask; what they may ask instead is a hint."""
    message = f"The requestor {object_id} does not have permissions for this request.{hint}"
    return ArmError(_BAD, "InsufficientPermissions", message)


def say_absent_place(path: str) -> ArmError:
    """The error for a place that is not in the tree, by what its path says it is."""
    place = read_place(path)
    kind = PlaceKind.TENANT if place is None else kind_of(place)
    if place is None or kind is PlaceKind.TENANT:
        return _say_no_place(path)
    said = {
        PlaceKind.SUBSCRIPTION: (
            "SubscriptionNotFound",
            f"The subscription '{subscription_of(place)}' could not be found.",
        ),
        PlaceKind.RESOURCE_GROUP: (
            "ResourceGroupNotFound",
            f"Resource group '{resource_group_of(place)}' could not be found.",
        ),
        PlaceKind.MANAGEMENT_GROUP: (
            "NotFound",
            f"'{path[:_SHOWN]}' not found",
        ),
    }
    code, message = said.get(
        kind, ("ResourceNotFound", f"The resource '{path[:_SHOWN]}' was not found.")
    )
    return ArmError(HTTPStatus.NOT_FOUND, code, message)


def _say_no_place(path: str) -> ArmError:
    message = (
        f"The scope '{path[:_SHOWN]}' is not valid. Scopes are management groups, subscriptions, "
        "resource groups, and resources of subscriptions; resources of the tenant are none."
    )
    return ArmError(_BAD, "InvalidScope", message)


def say_absent_role(guid: str) -> ArmError:
    """The error for a role that is not there, in what names it."""
    message = f"The specified role definition with ID '{guid[:_SHOWN]}' does not exist."
    return ArmError(_BAD, "RoleDefinitionDoesNotExist", message)


def _say_rules(problems: Sequence[Problem], settings: TenantSettings) -> ArmError:
    failed = [problem for problem in problems if problem.code is Code.RULE_FAILED]
    message = say_rules(failed, settings.rule_message_style)
    return ArmError(_BAD, "RoleAssignmentRequestPolicyValidationFailed", message)


def _say_other(problem: Problem) -> ArmError:
    if problem.code is Code.OBJECT_EXISTS and problem.property == "name":
        message = f"A role assignment request with Id: {problem.value} already exists."
        return ArmError(HTTPStatus.CONFLICT, "RoleAssignmentRequestExists", message)
    found = _PLAIN.get(problem.code)
    if found is not None:
        status, code, message = found
        headers = {"retry-after": BUSY_SECONDS} if problem.code is Code.BUSY else {}
        return ArmError(status, code, message, headers)
    name = _NAMES.get(problem.property or "", problem.property or "properties")
    why = problem.value if problem.reason is Reason.UNREADABLE else REASONS.get(problem.reason)
    message = f"The role assignment request is invalid. '{name}' {why or 'does not fit'}."
    return ArmError(_BAD, _INVALID, message)


_NAMES: Final[Mapping[str, str]] = {
    "action": "requestType",
    "directoryScopeId": "scope",
    "scheduleInfo/expiration": "scheduleInfo.expiration",
    "scheduleInfo/expiration/endDateTime": "scheduleInfo.expiration.endDateTime",
    "scheduleInfo/expiration/duration": "scheduleInfo.expiration.duration",
    "ticketInfo/ticketNumber": "ticketInfo.ticketNumber",
}
"""What properties are called here that the domain calls as Graph does."""
_PLAIN: Final[Mapping[Code, tuple[HTTPStatus, str, str]]] = {
    Code.CALLER_NOT_ADMITTED: (
        HTTPStatus.UNAUTHORIZED,
        "InvalidAuthenticationToken",
        "The access token counts no more: the account is disabled or not there, or was signed out.",
    ),
    Code.LICENSE_REQUIRED: (
        _BAD,
        "AadPremiumLicenseRequired",
        "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.",
    ),
    Code.PRINCIPAL_NOT_FOUND: (
        HTTPStatus.NOT_FOUND,
        "SubjectNotFound",
        "The subject is not found.",
    ),
    Code.ROLE_DOES_NOT_FIT_SCOPE: (
        _BAD,
        "ScopeDoesNotMatchRoleDefinition",
        "The role definition cannot be assigned at this scope.",
    ),
    Code.REQUEST_PENDING: (
        _BAD,
        "PendingRoleAssignmentRequest",
        "There is already an existing pending Role assignment request.",
    ),
    Code.REQUEST_OVERLAPS: (
        _BAD,
        "OverlapsPendingRoleAssignmentRequests",
        "The request overlaps existing role assignment requests.",
    ),
    # The word of role assignments, of which an active assignment is one.
    Code.QUOTA_EXCEEDED: (
        _BAD,
        "RoleAssignmentLimitExceeded",
        "No more role assignments can be created.",
    ),
    Code.ASSIGNMENT_EXISTS: (_BAD, "RoleAssignmentExists", "The Role assignment already exists."),
    Code.ASSIGNMENT_MISSING: (
        _BAD,
        "RoleAssignmentDoesNotExist",
        "The Role assignment does not exist.",
    ),
    # quirk(arm): the word is misspelt, and clients compare it - behaviour book 1.5
    Code.DURATION_TOO_SHORT: (
        _BAD,
        "ActiveDurationTooShort",
        "The Active duration is too short. Miniumum Required is 5 minutes.",
    ),
    # The word of role assignments: the other one is known of directory roles and groups alone.
    Code.LAST_ADMINISTRATOR: (
        _BAD,
        "CannotDeleteLastRbacAdminAssignment",
        "Cannot delete the last RBAC admin assignment",
    ),
    Code.REQUEST_NOT_FOUND: (
        HTTPStatus.NOT_FOUND,
        "RoleAssignmentRequestNotFound",
        "There is no request with this name at the scope.",
    ),
    Code.OBJECT_NOT_FOUND: (
        HTTPStatus.NOT_FOUND,
        "ResourceNotFound",
        "There is nothing with this name at the scope.",
    ),
    Code.NOT_CANCELLABLE: (
        _BAD,
        "RequestCannotBeCancelled",
        (
            "Only requests in status of Granted, PendingApproval, PendingApprovalProvisioning and "
            "PendingAdminDecision can be cancelled."
        ),
    ),
    Code.NOT_APPROVER: (
        HTTPStatus.FORBIDDEN,
        "Forbidden",
        "The request is not yours to decide.",
    ),
    Code.ALREADY_DECIDED: (
        HTTPStatus.CONFLICT,
        "Conflict",
        "The request has been decided already.",
    ),
    Code.BUSY: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        "ServiceUnavailable",
        "Others kept changing the same assignment. Try again.",
    ),
}
