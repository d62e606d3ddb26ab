import json

import pytest

from timebound.application.tokens import TokenFault, TokenRefusal
from timebound.dialects.graph.problems import say_flaw, say_problems, say_throttled, say_token
from timebound.dialects.odata.problems import Flaw, ODataProblem
from timebound.domain.problems import Code, Problem, Reason, RuleName, invalid, rule_failed
from timebound.domain.settings import RuleMessageStyle, ScopeErrorStyle, TenantSettings

STRICT = TenantSettings()
SENTENCES = TenantSettings(rule_message_style=RuleMessageStyle.SENTENCES)
WRAPPED = TenantSettings(scope_error_style=ScopeErrorStyle.WRAPPED)

PUBLISHED = {
    Code.CALLER_NOT_ADMITTED: (401, "InvalidAuthenticationToken"),
    Code.PERMISSION_MISSING: (403, "PermissionScopeNotGranted"),
    Code.ACCESS_DENIED: (403, "Authorization_RequestDenied"),
    Code.ACTION_NOT_ALLOWED: (403, "Authorization_RequestDenied"),
    Code.LICENSE_REQUIRED: (400, "AadPremiumLicenseRequired"),
    Code.INVALID_REQUEST: (400, "InvalidRoleAssignmentRequest"),
    Code.ROLE_NOT_FOUND: (404, "RoleNotFound"),
    Code.ROLE_DOES_NOT_FIT_SCOPE: (400, "Request_BadRequest"),
    Code.SCOPE_NOT_FOUND: (404, "Request_ResourceNotFound"),
    Code.PRINCIPAL_NOT_FOUND: (404, "SubjectNotFound"),
    Code.PRINCIPAL_NOT_ALLOWED: (400, "InvalidRoleAssignmentRequest"),
    Code.REQUEST_PENDING: (400, "PendingRoleAssignmentRequest"),
    Code.REQUEST_OVERLAPS: (400, "OverlapsPendingRoleAssignmentRequests"),
    Code.ASSIGNMENT_EXISTS: (400, "RoleAssignmentExists"),
    Code.ASSIGNMENT_MISSING: (400, "RoleAssignmentDoesNotExist"),
    Code.DURATION_TOO_SHORT: (400, "ActiveDurationTooShort"),
    Code.LAST_ADMINISTRATOR: (400, "CannotDeleteLastAdminAssignment"),
    Code.RULE_FAILED: (400, "RoleAssignmentRequestPolicyValidationFailed"),
    Code.CONTEXT_REQUIRED: (400, "RoleAssignmentRequestAcrsValidationFailed"),
    Code.APPROVERS_AND_RECIPIENTS: (400, "ActivationCustomApproversNotEmpty"),
    Code.POLICY_RULE_INVALID: (400, "InvalidPolicyRule"),
    Code.POLICY_INVALID: (400, "InvalidPolicy"),
    Code.CONTEXT_AND_MFA: (400, "MfaAndAcrsConflict"),
    Code.REQUEST_NOT_FOUND: (404, "RoleAssignmentRequestNotFound"),
    Code.NOT_CANCELLABLE: (400, "RequestCannotBeCancelled"),
    Code.NOT_APPROVER: (403, "Forbidden"),
    Code.ALREADY_DECIDED: (409, "Conflict"),
    Code.BUSY: (503, "serviceNotAvailable"),
    # Of the directory: Graph error responses and resource types, as clients match them.
    Code.OBJECT_NOT_FOUND: (404, "Request_ResourceNotFound"),
    Code.OBJECT_CONFLICTS: (400, "Request_BadRequest"),
    Code.OBJECT_EXISTS: (409, "Request_MultipleObjectsWithSameKeyValue"),
    Code.REFERENCE_EXISTS: (400, "Request_BadRequest"),
    Code.PROPERTY_REFUSED: (400, "Request_BadRequest"),
    Code.VALUE_REFUSED: (400, "Request_BadRequest"),
    Code.CHANGE_NOT_ALLOWED: (400, "Request_BadRequest"),
    Code.QUOTA_EXCEEDED: (403, "Directory_QuotaExceeded"),
}


@pytest.mark.documented("behaviour book 2: codes that clients compare")
@pytest.mark.parametrize("code", Code)
def test_every_problem_has_its_published_status_and_code(code: Code) -> None:
    rule = RuleName.MFA if code is Code.RULE_FAILED else None

    error = say_problems((Problem(code, rule=rule),), STRICT)

    assert (error.status, error.code) == PUBLISHED[code]
    assert error.message


@pytest.mark.documented("behaviour book 1.2: the order of checks")
def test_the_first_check_speaks_for_all_wherever_it_stands() -> None:
    problems = (
        rule_failed(RuleName.JUSTIFICATION, Reason.JUSTIFICATION_MISSING),
        Problem(Code.CONTEXT_REQUIRED, value="c1"),
        Problem(Code.ASSIGNMENT_EXISTS),
    )

    assert say_problems(problems, STRICT).code == "RoleAssignmentExists"


RULES = (
    rule_failed(RuleName.MFA, Reason.MFA_MISSING),
    rule_failed(RuleName.JUSTIFICATION, Reason.JUSTIFICATION_MISSING),
    rule_failed(RuleName.EXPIRATION, Reason.TOO_LONG),
    rule_failed(RuleName.EXPIRATION, Reason.PERMANENT_NOT_ALLOWED),
    rule_failed(RuleName.ELIGIBILITY, Reason.NOT_ELIGIBLE),
)


@pytest.mark.documented("azure-docs#80426: failed rules are told together, each once")
def test_failed_rules_are_listed_in_brackets_in_their_order() -> None:
    error = say_problems((*RULES, Problem(Code.CONTEXT_REQUIRED, value="c1")), STRICT)

    assert error.message == (
        "The following policy rules failed: "
        '["EligibilityRule","ExpirationRule","JustificationRule","MfaRule"]'
    )


@pytest.mark.observed("answers of 2026: TicketingRule - Ticket information is required")
def test_failed_rules_are_told_in_sentences_where_the_tenant_wants_that() -> None:
    ticket = rule_failed(RuleName.TICKETING, Reason.TICKET_MISSING)

    error = say_problems((ticket, RULES[1]), SENTENCES)

    assert error.message == (
        "The following policy rules failed: JustificationRule - Justification is required, "
        "TicketingRule - Ticket information is required"
    )


@pytest.mark.observed("azure-powershell#25421")
def test_a_claims_challenge_stands_in_the_message_letter_by_letter() -> None:
    error = say_problems((Problem(Code.CONTEXT_REQUIRED, value="c1"),), STRICT)

    assert error.message == (
        "&claims=%7B%22access_token%22%3A%7B%22acrs%22%3A%7B%22essential%22%3Atrue%2C%20"
        "%22value%22%3A%22c1%22%7D%7D%7D"
    )


MISSING = Problem(Code.PERMISSION_MISSING, names=("Role.Read", "Role.Write"))


@pytest.mark.observed("bodies quoted by users: PermissionScopeNotGranted")
def test_a_missing_permission_names_all_that_would_do() -> None:
    assert say_problems((MISSING,), STRICT).message == (
        "Authorization failed due to missing permission scope Role.Read,Role.Write."
    )


@pytest.mark.observed("bodies quoted by users: UnknownError around a JSON text")
def test_a_missing_permission_is_wrapped_where_the_tenant_wants_that() -> None:
    error = say_problems((MISSING,), WRAPPED)

    assert error.code == "UnknownError"
    assert json.loads(error.message) == {
        "errorCode": "PermissionScopeNotGranted",
        "message": "Authorization failed due to missing permission scope Role.Read,Role.Write.",
        "instanceAnnotations": [],
    }


@pytest.mark.observed("graph notes 7: the claims challenge inside an UnknownError")
def test_a_challenge_is_wrapped_where_the_tenant_wants_that() -> None:
    challenge = (Problem(Code.CONTEXT_REQUIRED, value="c1"),)
    plain, error = say_problems(challenge, STRICT), say_problems(challenge, WRAPPED)

    assert (error.status, error.code) == (400, "UnknownError")
    assert json.loads(error.message) == {
        "errorCode": plain.code,
        "message": plain.message,
        "instanceAnnotations": [],
    }


@pytest.mark.documented("Graph throttling: 429 TooManyRequests with Retry-After")
def test_who_has_to_wait_is_told_so() -> None:
    error = say_throttled({"retry-after": "7"})
    assert (error.status, error.code) == (429, "TooManyRequests")
    assert error.headers == {"retry-after": "7"}


@pytest.mark.documented("Graph error responses: Retry-After goes with 503")
def test_who_is_overtaken_too_often_is_told_when_to_come_back() -> None:
    assert say_problems((Problem(Code.BUSY),), STRICT).headers == {"retry-after": "1"}


@pytest.mark.inferred("an error names the property it is about")
@pytest.mark.parametrize("reason", Reason)
def test_a_malformed_property_is_named(reason: Reason) -> None:
    error = say_problems((invalid("scheduleInfo/expiration/endDateTime", reason),), STRICT)

    assert "'scheduleInfo/expiration/endDateTime'" in error.message


@pytest.mark.documented("Graph error responses: InvalidAuthenticationToken")
@pytest.mark.parametrize("fault", TokenFault)
def test_a_token_that_is_not_believed_is_answered_with_a_challenge(fault: TokenFault) -> None:
    error = say_token(TokenRefusal(fault), "https://here.example")

    assert (error.status, error.code) == (401, "InvalidAuthenticationToken")
    assert error.headers["www-authenticate"].startswith("Bearer ")
    assert "https://here.example/common/oauth2/authorize" in error.headers["www-authenticate"]


FLAWS = {
    Flaw.UNSUPPORTED: "Request_UnsupportedQuery",
    Flaw.PAGE_EXPIRED: "Directory_ExpiredPageToken",
}


@pytest.mark.documented("behaviour book 2: ERR-061, ERR-063")
@pytest.mark.parametrize("flaw", Flaw)
def test_every_flaw_of_a_query_is_a_bad_request_that_says_what_it_is(flaw: Flaw) -> None:
    error = say_flaw(ODataProblem(flaw, "$filter", "It does not do"))

    assert (error.status, error.code) == (400, FLAWS.get(flaw, "BadRequest"))
    assert error.message == "It does not do"
