"""Why the authorization server refuses, in the words of OAuth and with the numbers clients know."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from timebound.domain.times import Instant


class Fault(Enum):
    """Everything that can be wrong with a request for a token: number, OAuth error, status."""

    TENANT_UNKNOWN = (90002, "invalid_tenant", 400, "There is no tenant `{0}`.")
    TENANT_AMBIGUOUS = (50059, "invalid_request", 400, "The request names no tenant.")
    PARAMETER_MISSING = (900144, "invalid_request", 400, "The body lacks the parameter `{0}`.")
    PARAMETER_REPEATED = (90013, "invalid_request", 400, "The parameter `{0}` is given twice.")
    BODY_UNREADABLE = (90013, "invalid_request", 400, "The body is not a form in UTF-8.")
    CLAIMS_UNREADABLE = (90013, "invalid_request", 400, "The parameter `claims` is not JSON.")
    CREDENTIALS_TWICE = (
        90013,
        "invalid_request",
        400,
        "The client proves itself in the Authorization header and in the body: one is allowed.",
    )
    CREDENTIALS_UNREADABLE = (
        90013,
        "invalid_client",
        401,
        "The Authorization header is not Basic with an id and a secret.",
    )
    GRANT_UNSUPPORTED = (
        70003,
        "unsupported_grant_type",
        400,
        "The grant type `{0}` is not supported here.",
    )
    APPLICATION_UNKNOWN = (
        700016,
        "unauthorized_client",
        400,
        "The tenant has no application `{0}`.",
    )
    APPLICATION_DISABLED = (7000112, "unauthorized_client", 401, "The application is disabled.")
    SECRET_WRONG = (7000215, "invalid_client", 401, "The client secret is not valid.")
    SECRET_MISSING = (7000218, "invalid_client", 401, "The body lacks `client_secret`.")
    SECRET_UNEXPECTED = (
        700025,
        "invalid_client",
        401,
        "The client is public: it cannot present a secret.",
    )
    SIGN_IN_WRONG = (50126, "invalid_grant", 400, "The user name or the password is wrong.")
    USER_DISABLED = (50057, "invalid_grant", 400, "The account is disabled.")
    RESOURCE_UNKNOWN = (500011, "invalid_resource", 400, "There is no resource `{0}` here.")
    SCOPE_INVALID = (70011, "invalid_scope", 400, "The scope `{0}` is not valid.")
    SCOPE_NOT_DEFAULT = (
        1002012,
        "invalid_scope",
        400,
        "An application asks for RESOURCE/.default, not for `{0}`.",
    )
    CONSENT_MISSING = (65001, "invalid_grant", 400, "Nobody has consented to `{0}`.")
    TOKEN_NOT_REVOCABLE = (
        70003,
        "unsupported_token_type",
        400,
        "An access token ends by itself and cannot be taken back.",
    )
    BEARER_REFUSED = (50027, "invalid_token", 401, "The access token is not valid here.")
    INSTANCE_UNKNOWN = (50049, "invalid_instance", 400, "Not an authority of this service: `{0}`.")

    @property
    def number(self) -> int:
        """The number behind AADSTS."""
        return self.value[0]

    @property
    def error(self) -> str:
        """The OAuth error code."""
        return self.value[1]

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.value[2]

    @property
    def text(self) -> str:
        """What is said about it, with a place for what it is about."""
        return self.value[3]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A fault with what it is about."""

    fault: Fault
    about: str = ""


_LONGEST_ECHO: Final = 120


def write_refusal(
    refusal: Refusal, at: Instant, trace_id: str, correlation_id: str
) -> Mapping[str, Any]:
    """The error document that the identity libraries read."""
    fault = refusal.fault
    said = fault.text.format(refusal.about[:_LONGEST_ECHO])
    stamp = f"{at:%Y-%m-%d %H:%M:%SZ}"
    return {
        "error": fault.error,
        "error_description": (
            f"AADSTS{fault.number}: {said} Trace ID: {trace_id} "
            f"Correlation ID: {correlation_id} Timestamp: {stamp}"
        ),
        "error_codes": [fault.number],
        "timestamp": stamp,
        "trace_id": trace_id,
        "correlation_id": correlation_id,
    }
