"""How Graph says what is wrong: status, code and message for everything the domain can refuse.

Codes and the short texts that clients compare are published facts (behaviour book, section 2).
"""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final, Literal, TypeAlias, assert_never

from timebound.application.tokens import TokenFault, TokenRefusal
from timebound.dialects.graph.directory_problems import say_directory_problem
from timebound.dialects.graph.policy_problems import say_policy_problem
from timebound.dialects.graph.refusals import GraphError
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.dialects.shared.wording import REASONS, say_claims, say_rules
from timebound.domain.problems import Code, Problem, Reason, in_order
from timebound.domain.settings import ScopeErrorStyle, TenantSettings

POLICY_FAILED: Final = "RoleAssignmentRequestPolicyValidationFailed"
INVALID: Final = "InvalidRoleAssignmentRequest"
BAD_REQUEST: Final = "Request_BadRequest"
BUSY_SECONDS: Final = "1"
"""How long a client waits after a decision that others kept overtaking."""

_PlainCode: TypeAlias = Literal[
    Code.CALLER_NOT_ADMITTED,
    Code.ACCESS_DENIED,
    Code.ACTION_NOT_ALLOWED,
    Code.LICENSE_REQUIRED,
    Code.ROLE_NOT_FOUND,
    Code.ROLE_DOES_NOT_FIT_SCOPE,
    Code.SCOPE_NOT_FOUND,
    Code.PRINCIPAL_NOT_FOUND,
    Code.REQUEST_PENDING,
    Code.REQUEST_OVERLAPS,
    Code.ASSIGNMENT_EXISTS,
    Code.ASSIGNMENT_MISSING,
    Code.OBJECT_NOT_FOUND,
    Code.OBJECT_CONFLICTS,
    Code.QUOTA_EXCEEDED,
    Code.DURATION_TOO_SHORT,
    Code.LAST_ADMINISTRATOR,
    Code.REQUEST_NOT_FOUND,
    Code.NOT_CANCELLABLE,
    Code.NOT_APPROVER,
    Code.ALREADY_DECIDED,
    Code.BUSY,
]
"""The problems whose words need no data; a code that is in no list does not pass the types."""


def say_problems(problems: Sequence[Problem], settings: TenantSettings) -> GraphError:
    """The one error for a refusal: the first in the order of checks speaks, rules speak together.

    Source: behaviour book 1.2 (order), 2 (styles).
    """
    first = in_order(problems)[0]
    match first.code:
        case Code.RULE_FAILED:
            failed = [problem for problem in problems if problem.code is Code.RULE_FAILED]
            return _bad(POLICY_FAILED, say_rules(failed, settings.rule_message_style))
        case Code.PERMISSION_MISSING:
            return _say_permissions(first.names, settings.scope_error_style)
        case Code.CONTEXT_REQUIRED:
            return _say_challenge(first.value or "", settings.scope_error_style)
        case Code.VALUE_REFUSED | Code.OBJECT_EXISTS | Code.REFERENCE_EXISTS:
            return say_directory_problem(first)
        case (
            Code.APPROVERS_AND_RECIPIENTS
            | Code.POLICY_RULE_INVALID
            | Code.POLICY_INVALID
            | Code.CONTEXT_AND_MFA
        ):
            return say_policy_problem(first.code)
        case Code.INVALID_REQUEST | Code.PRINCIPAL_NOT_ALLOWED:
            return _bad(INVALID, _say_reason(first))
        case Code.PROPERTY_REFUSED | Code.CHANGE_NOT_ALLOWED:
            return _bad(BAD_REQUEST, _say_refused(first))
        case code:
            return _say_plain(code, first.value)


def say_absent_request() -> GraphError:
    """The error for a request that is not there."""
    return _say_plain(Code.REQUEST_NOT_FOUND, None)


def say_missing(id_: str) -> GraphError:
    """The error for an object that is not there."""
    return GraphError(
        HTTPStatus.NOT_FOUND,
        "Request_ResourceNotFound",
        f"Resource '{id_[:80]}' does not exist or one of its queried reference-property objects "
        "are not present.",
    )


def say_flaw(problem: ODataProblem) -> GraphError:
    """The error for a query, path or value that cannot be read."""
    match problem.flaw:
        case Flaw.UNSUPPORTED:
            return _bad("Request_UnsupportedQuery", problem.message)
        case Flaw.PAGE_EXPIRED:
            return _bad("Directory_ExpiredPageToken", problem.message)
        case (
            Flaw.MALFORMED
            | Flaw.UNKNOWN_OPTION
            | Flaw.REPEATED
            | Flaw.UNKNOWN_PROPERTY
            | Flaw.WRONG_TYPE
            | Flaw.TOO_LARGE
            | Flaw.PAGE_INVALID
        ):
            return _bad("BadRequest", problem.message)
        case _:
            assert_never(problem.flaw)


def say_throttled(headers: Mapping[str, str]) -> GraphError:
    """The error for a call that has to wait; the headers tell how long, and why."""
    return GraphError(
        HTTPStatus.TOO_MANY_REQUESTS, "TooManyRequests", "Please retry again later.", headers
    )


def say_damage(damage: str) -> GraphError:
    """The error for a log that cannot be followed to its end; operators alone can mend it."""
    return GraphError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "serviceNotAvailable",
        f"The log is damaged: {damage}. `timebound audit verify` tells more.",
    )


def say_token(refusal: TokenRefusal, authority: str) -> GraphError:
    """The error for a bearer token that is not believed."""
    return GraphError(
        HTTPStatus.UNAUTHORIZED,
        "InvalidAuthenticationToken",
        _TOKEN_FAULTS[refusal.fault],
        {
            "www-authenticate": 'Bearer realm="", '
            f'authorization_uri="{authority}/common/oauth2/authorize", error="invalid_token"'
        },
    )


def _say_plain(code: _PlainCode, value: str | None) -> GraphError:
    """What needs no more than a table."""
    if code in (Code.SCOPE_NOT_FOUND, Code.OBJECT_NOT_FOUND):
        return say_missing(value or "")
    status, published, message = _PLAIN[code]
    return GraphError(status, published, message, _HEADERS.get(code, {}))


def _say_permissions(names: Sequence[str], style: ScopeErrorStyle) -> GraphError:
    message = f"Authorization failed due to missing permission scope {','.join(names)}."
    plain = GraphError(HTTPStatus.FORBIDDEN, "PermissionScopeNotGranted", message)
    return _wrap(plain, style)


def _say_challenge(value: str, style: ScopeErrorStyle) -> GraphError:
    # quirk(graph): the claims challenge stands in the message of a 400 - azure-powershell#25421
    plain = _bad("RoleAssignmentRequestAcrsValidationFailed", say_claims(value))
    return _wrap(plain, style)


def _wrap(plain: GraphError, style: ScopeErrorStyle) -> GraphError:
    match style:
        case ScopeErrorStyle.PLAIN:
            return plain
        case ScopeErrorStyle.WRAPPED:
            # quirk(graph): some answers carry the error as JSON inside the message - book 2
            wrapped = {
                "errorCode": plain.code,
                "message": plain.message,
                "instanceAnnotations": [],
            }
            said = json.dumps(wrapped, separators=(",", ":"))
            return GraphError(plain.status, "UnknownError", said)
        case _:
            assert_never(style)


def _say_reason(problem: Problem) -> str:
    name = problem.property or "principalId"
    why = REASONS.get(problem.reason, "does not fit")
    return f"The role assignment request is invalid. '{name}' {why}."


def _say_refused(problem: Problem) -> str:
    if problem.code is Code.CHANGE_NOT_ALLOWED:
        return _FORBIDDEN.get(problem.reason, "The change is not allowed.")
    why = REASONS.get(problem.reason, "has a value that does not fit")
    what = "" if problem.value is None else f": '{problem.value[:200]}'"
    return f"Invalid value: the property '{problem.property}' {why}{what}."


def _bad(code: str, message: str) -> GraphError:
    return GraphError(HTTPStatus.BAD_REQUEST, code, message)


_HEADERS: Final[Mapping[_PlainCode, Mapping[str, str]]] = {
    Code.BUSY: {"retry-after": BUSY_SECONDS},
    Code.CALLER_NOT_ADMITTED: {"www-authenticate": 'Bearer realm="", error="invalid_token"'},
}
_DENIED: Final = (
    HTTPStatus.FORBIDDEN,
    "Authorization_RequestDenied",
    "Insufficient privileges to complete the operation.",
)
_PLAIN: Final[Mapping[_PlainCode, tuple[HTTPStatus, str, str]]] = {
    Code.CALLER_NOT_ADMITTED: (
        HTTPStatus.UNAUTHORIZED,
        "InvalidAuthenticationToken",
        "The access token counts no more: the account is disabled or not there, or was signed out.",
    ),
    Code.ACCESS_DENIED: _DENIED,
    Code.ACTION_NOT_ALLOWED: _DENIED,
    Code.LICENSE_REQUIRED: (
        HTTPStatus.BAD_REQUEST,
        "AadPremiumLicenseRequired",
        "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.",
    ),
    Code.ROLE_NOT_FOUND: (HTTPStatus.NOT_FOUND, "RoleNotFound", "The role is not found."),
    Code.ROLE_DOES_NOT_FIT_SCOPE: (
        HTTPStatus.BAD_REQUEST,
        "Request_BadRequest",
        "The given built-in role is not supported to be assigned to a single resource scope.",
    ),
    Code.PRINCIPAL_NOT_FOUND: (
        HTTPStatus.NOT_FOUND,
        "SubjectNotFound",
        "The subject is not found.",
    ),
    Code.REQUEST_PENDING: (
        HTTPStatus.BAD_REQUEST,
        "PendingRoleAssignmentRequest",
        "There is already an existing pending Role assignment request.",
    ),
    Code.REQUEST_OVERLAPS: (
        HTTPStatus.BAD_REQUEST,
        "OverlapsPendingRoleAssignmentRequests",
        "The time asked for overlaps existing role assignment requests.",
    ),
    Code.ASSIGNMENT_EXISTS: (
        HTTPStatus.BAD_REQUEST,
        "RoleAssignmentExists",
        "The Role assignment already exists.",
    ),
    Code.ASSIGNMENT_MISSING: (
        HTTPStatus.BAD_REQUEST,
        "RoleAssignmentDoesNotExist",
        "The Role assignment does not exist.",
    ),
    Code.OBJECT_CONFLICTS: (
        HTTPStatus.BAD_REQUEST,
        BAD_REQUEST,
        "A conflicting object is present in the directory: it has values that must be its alone.",
    ),
    Code.QUOTA_EXCEEDED: (
        HTTPStatus.FORBIDDEN,
        "Directory_QuotaExceeded",
        "The tenant has as many objects of this kind as it can have.",
    ),
    # quirk(graph): the word is misspelt, and clients compare it - behaviour book 1.5
    Code.DURATION_TOO_SHORT: (
        HTTPStatus.BAD_REQUEST,
        "ActiveDurationTooShort",
        "The Active duration is too short. Miniumum Required is 5 minutes.",
    ),
    Code.LAST_ADMINISTRATOR: (
        HTTPStatus.BAD_REQUEST,
        "CannotDeleteLastAdminAssignment",
        "Cannot delete the last admin assignment.",
    ),
    Code.REQUEST_NOT_FOUND: (
        HTTPStatus.NOT_FOUND,
        "RoleAssignmentRequestNotFound",
        "There is no request with this id.",
    ),
    Code.NOT_CANCELLABLE: (
        HTTPStatus.BAD_REQUEST,
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
        "serviceNotAvailable",
        "Others kept changing the same assignment. Try again.",
    ),
}
_FORBIDDEN: Final[dict[Reason | None, str]] = {
    Reason.OWN_ADMINISTRATION: (
        "Removing yourself from the built-in role Global Administrator is not allowed."
    ),
    Reason.BUILT_IN: "A built-in role definition can be neither changed nor deleted.",
    Reason.IN_USE: "The role definition is assigned to somebody; remove its assignments first.",
}
_TOKEN_FAULTS: Final = {
    TokenFault.MISSING: "Access token is empty.",
    TokenFault.MALFORMED: "The access token is not a JSON Web Token.",
    TokenFault.UNKNOWN_KEY: "The access token was signed with a key that is not known here.",
    TokenFault.BAD_SIGNATURE: "Access token validation failure. Invalid signature.",
    TokenFault.EXPIRED: "Lifetime validation failed, the token is expired.",
    TokenFault.NOT_YET_VALID: "Lifetime validation failed, the token is not yet valid.",
    TokenFault.WRONG_AUDIENCE: "Access token validation failure. Invalid audience.",
    TokenFault.WRONG_ISSUER: "Access token validation failure. Invalid issuer.",
}
