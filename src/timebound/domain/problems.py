"""The closed set of things that can be wrong with a request; each dialect says them its way."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Code(Enum):
    """What is wrong; the order follows the order of checks (behaviour book 1.2)."""

    CALLER_NOT_ADMITTED = "callerNotAdmitted"
    PERMISSION_MISSING = "permissionMissing"
    ACCESS_DENIED = "accessDenied"
    ACTION_NOT_ALLOWED = "actionNotAllowed"
    LICENSE_REQUIRED = "licenseRequired"
    INVALID_REQUEST = "invalidRequest"
    ROLE_NOT_FOUND = "roleNotFound"
    ROLE_DOES_NOT_FIT_SCOPE = "roleDoesNotFitScope"
    SCOPE_NOT_FOUND = "scopeNotFound"
    PRINCIPAL_NOT_FOUND = "principalNotFound"
    PRINCIPAL_NOT_ALLOWED = "principalNotAllowed"
    OBJECT_NOT_FOUND = "objectNotFound"
    CHANGE_NOT_ALLOWED = "changeNotAllowed"
    REQUEST_PENDING = "requestPending"
    REQUEST_OVERLAPS = "requestOverlaps"
    ASSIGNMENT_EXISTS = "assignmentExists"
    ASSIGNMENT_MISSING = "assignmentMissing"
    OBJECT_CONFLICTS = "objectConflicts"
    QUOTA_EXCEEDED = "quotaExceeded"
    DURATION_TOO_SHORT = "durationTooShort"
    LAST_ADMINISTRATOR = "lastAdministrator"
    RULE_FAILED = "ruleFailed"
    CONTEXT_REQUIRED = "contextRequired"
    APPROVERS_AND_RECIPIENTS = "approversAndRecipients"
    POLICY_RULE_INVALID = "policyRuleInvalid"
    POLICY_INVALID = "policyInvalid"
    CONTEXT_AND_MFA = "contextAndMfa"
    REQUEST_NOT_FOUND = "requestNotFound"
    NOT_CANCELLABLE = "notCancellable"
    NOT_APPROVER = "notApprover"
    ALREADY_DECIDED = "alreadyDecided"
    PROPERTY_REFUSED = "propertyRefused"
    VALUE_REFUSED = "valueRefused"
    OBJECT_EXISTS = "objectExists"
    REFERENCE_EXISTS = "referenceExists"
    BUSY = "busy"


class RuleName(Enum):
    """The policy rules as refusals name them, in the order in which they are told."""

    ELIGIBILITY = "EligibilityRule"
    EXPIRATION = "ExpirationRule"
    JUSTIFICATION = "JustificationRule"
    TICKETING = "TicketingRule"
    MFA = "MfaRule"
    PIM_ONLY_MODE = "PimOnlyModeRule"


class Reason(Enum):
    """Why a rule, a property or a principal does not do."""

    NOT_ELIGIBLE = "notEligible"
    TOO_LONG = "tooLong"
    TOO_SHORT = "tooShort"
    PERMANENT_NOT_ALLOWED = "permanentNotAllowed"
    EXPIRATION_MISSING = "expirationMissing"
    JUSTIFICATION_MISSING = "justificationMissing"
    TICKET_MISSING = "ticketMissing"
    MFA_MISSING = "mfaMissing"
    OUTSIDE_PIM = "outsidePim"
    MISSING = "missing"
    CONTRADICTORY = "contradictory"
    END_BEFORE_START = "endBeforeStart"
    NOT_POSITIVE = "notPositive"
    BEYOND_TIME = "beyondTime"
    TOO_EARLY_TO_EXTEND = "tooEarlyToExtend"
    NOT_APPLICABLE = "notApplicable"
    NOT_ROLE_ASSIGNABLE = "notRoleAssignable"
    KIND_NOT_ELIGIBLE = "kindNotEligible"
    GROUP_NOT_MANAGEABLE = "groupNotManageable"
    OWN_REQUEST = "ownRequest"
    DOMAIN_NOT_VERIFIED = "domainNotVerified"
    TOO_WEAK = "tooWeak"
    WRONG_PASSWORD = "wrongPassword"  # noqa: S105 - the name of a reason
    CANNOT_CHANGE = "cannotChange"
    MASTERED_ELSEWHERE = "masteredElsewhere"
    WRONG_KIND = "wrongKind"
    UNKNOWN_APPLICATION = "unknownApplication"
    UNKNOWN_VALUE = "unknownValue"
    LAST_OWNER = "lastOwner"
    OWN_ADMINISTRATION = "ownAdministration"
    ROLE_DISABLED = "roleDisabled"
    BUILT_IN = "builtIn"
    IN_USE = "inUse"
    UNKNOWN_ACTION = "unknownAction"
    UNKNOWN_ROLE = "unknownRole"
    UNKNOWN_SCOPE = "unknownScope"
    TOO_MANY = "tooMany"
    NOT_PROVED = "notProved"
    UNSUPPORTED = "unsupported"
    OWN_APPLICATION = "ownApplication"
    UNREADABLE = "unreadable"
    CONDITIONAL = "conditional"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, with its data.

    `property` is the path of the offending property as Graph spells it (`ticketInfo/ticketNumber`;
    in a policy it begins with the id of the rule), `value` what it held or, for a context, the
    claim value asked for; `names` lists acceptable permissions for PERMISSION_MISSING, all contexts
    for CONTEXT_REQUIRED where there are several, and for
    ACTION_NOT_ALLOWED the action, whose place is the `value`. Where the action itself is allowed
    and what it takes elsewhere is not, that one is named second, and `property` is its place.
    """

    code: Code
    rule: RuleName | None = None
    reason: Reason | None = None
    property: str | None = None
    value: str | None = None
    names: tuple[str, ...] = ()


def rule_failed(rule: RuleName, reason: Reason) -> Problem:
    """The refusal of a policy rule."""
    return Problem(Code.RULE_FAILED, rule=rule, reason=reason)


def invalid(property: str, reason: Reason) -> Problem:  # noqa: A002 - the word of the field
    """The refusal of a malformed property."""
    return Problem(Code.INVALID_REQUEST, property=property, reason=reason)


_POSITIONS = {code: position for position, code in enumerate(Code)}
_MALFORMATIONS = frozenset(
    {
        Reason.MISSING,
        Reason.CONTRADICTORY,
        Reason.END_BEFORE_START,
        Reason.NOT_POSITIVE,
        Reason.BEYOND_TIME,
    }
)


def is_malformed(problem: Problem) -> bool:
    """Whether the request could not be read, which says nothing about who may do what."""
    return problem.code is Code.INVALID_REQUEST and problem.reason in _MALFORMATIONS


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems in the order of the checks, each told once (behaviour book 1.2)."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda p: _POSITIONS[p.code]))
