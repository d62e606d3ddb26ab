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
    SECRET_TOO_OFTEN = (
        50196,
        "temporarily_unavailable",
        429,
        "Wrong client secrets were shown too often from here: wait before the next one.",
    )
    SECRET_MISSING = (7000218, "invalid_client", 401, "The body lacks `client_secret`.")
    SECRET_UNEXPECTED = (
        700025,
        "invalid_client",
        401,
        "The client is public: it cannot present a secret.",
    )
    ASSERTION_TYPE = (
        90023,
        "invalid_request",
        400,
        "The parameter `client_assertion_type` is not that of RFC 7523.",
    )
    ASSERTION_UNREADABLE = (50027, "invalid_client", 401, "The client assertion is malformed.")
    ASSERTION_SIGNATURE = (
        700027,
        "invalid_client",
        401,
        "No key of the application has signed the client assertion.",
    )
    ASSERTION_LIFE = (
        700024,
        "invalid_client",
        401,
        "The client assertion is over, has not begun, or lasts too long.",
    )
    ASSERTION_CLIENT = (
        700021,
        "invalid_client",
        401,
        "The client assertion speaks of `{0}`, which is not the client.",
    )
    ASSERTION_AUDIENCE = (
        700023,
        "invalid_client",
        401,
        "The client assertion is for `{0}`, which is not this tenant.",
    )
    WORKLOAD_ISSUER = (
        700211,
        "invalid_client",
        401,
        "The application trusts no federated identity of the issuer `{0}`.",
    )
    WORKLOAD_AUDIENCE = (
        700212,
        "invalid_client",
        401,
        "The application trusts no federated identity with the audience `{0}`.",
    )
    WORKLOAD_SUBJECT = (
        700213,
        "invalid_client",
        401,
        "The application trusts no federated identity with the subject `{0}`.",
    )
    WORKLOAD_KEYS = (
        50013,
        "invalid_client",
        401,
        "The keys of the issuer `{0}` cannot be read.",
    )
    ASSERTION_REPLAYED = (50013, "invalid_client", 401, "The client assertion was used before.")
    SIGN_IN_WRONG = (50126, "invalid_grant", 400, "The user name or the password is wrong.")
    PASSWORD_OVER = (50055, "invalid_grant", 400, "The password has to be changed first.")
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
    REDIRECT_UNKNOWN = (
        50011,
        "invalid_request",
        400,
        "The redirect URI `{0}` is not registered for the application.",
    )
    PARAMETER_INVALID = (90013, "invalid_request", 400, "The parameter `{0}` is not valid.")
    REQUEST_OBJECT = (90013, "request_not_supported", 400, "`{0}` is not supported.")
    RESPONSE_TYPE = (
        70005,
        "unsupported_response_type",
        400,
        "The response type `{0}` is not supported: only `code` is.",
    )
    RESPONSE_MODE = (70007, "invalid_request", 400, "The response mode `{0}` is not supported.")
    CHALLENGE_MISSING = (9002325, "invalid_request", 400, "The client has to use PKCE with S256.")
    CHALLENGE_INVALID = (
        501491,
        "invalid_request",
        400,
        "The code challenge has to be S256, in 43 characters.",
    )
    VERIFIER_WRONG = (501481, "invalid_grant", 400, "The code verifier is not that of the code.")
    CODE_INVALID = (70000, "invalid_grant", 400, "The code is not valid for this client.")
    CODE_OVER = (70008, "invalid_grant", 400, "The code has expired.")
    CODE_USED = (54005, "invalid_grant", 400, "The code was used before.")
    CODE_REDIRECT = (
        500112,
        "invalid_grant",
        400,
        "The redirect URI is not the one that the code was sent to.",
    )
    REFRESH_INVALID = (
        70000,
        "invalid_grant",
        400,
        "The refresh token is not valid for this client.",
    )
    REFRESH_OVER = (700082, "invalid_grant", 400, "The refresh token has expired.")
    GRANT_REVOKED = (
        50173,
        "invalid_grant",
        400,
        "What was granted has been revoked: sign in anew.",
    )
    SIGN_IN_NEEDED = (50058, "login_required", 400, "Nobody is signed in, or not recently enough.")
    ACCOUNT_NEEDED = (16000, "account_selection_required", 400, "Somebody else is signed in.")
    CONSENT_NEEDED = (65001, "consent_required", 400, "Nobody has consented to `{0}`.")
    CONSENT_DECLINED = (65004, "access_denied", 400, "The consent was declined.")
    ADMINISTRATOR_NEEDED = (
        90094,
        "consent_required",
        400,
        "Only an administrator can consent to `{0}`.",
    )
    FACTOR_NEEDED = (50076, "interaction_required", 400, "A second factor is needed.")
    FACTOR_WRONG = (500121, "access_denied", 400, "The second factor was not the right one.")
    PASSKEY_WRONG = (500121, "access_denied", 400, "The passkey was not the right one.")
    FACTOR_UNKNOWN = (
        50079,
        "interaction_required",
        400,
        "A second factor is needed, and none is registered.",
    )
    ACCESS_BLOCKED = (
        53003,
        "access_denied",
        400,
        "Access is blocked: nobody in the tenant may have the authentication context `{0}`.",
    )
    # quirk(identity): told one way where the browser goes back to the client, another way where
    # the client asks for tokens - clients and tools that recognize either
    TOKEN_BLOCKED = (
        53003,
        "interaction_required",
        400,
        "Access is blocked: nobody in the tenant may have the authentication context `{0}`.",
    )
    DEVICE_WAITING = (70016, "authorization_pending", 400, "Nobody has signed in yet.")
    DEVICE_HASTY = (70016, "slow_down", 400, "Ask less often.")
    DEVICE_DECLINED = (65004, "authorization_declined", 400, "The sign-in was declined.")
    DEVICE_UNKNOWN = (70018, "bad_verification_code", 400, "The device code is not known.")
    DEVICE_OVER = (70019, "expired_token", 400, "The device code has expired.")
    SCOPE_UNKNOWN = (
        650053,
        "invalid_scope",
        400,
        "The resource has no permission `{0}`.",
    )
    VISIT_TOO_LONG = (90015, "invalid_request", 400, "The request is too long.")
    FORM_STRANGE = (
        165000,
        "invalid_request",
        400,
        "The form did not come from this page in this browser: go back and begin again.",
    )
    PAGE_OVER = (165004, "invalid_request", 400, "The page was open for too long: begin again.")
    BEHALF_INVALID = (50013, "invalid_grant", 400, "The assertion is not valid.")
    BEHALF_AUDIENCE = (
        500131,
        "invalid_grant",
        400,
        "The assertion was made for another application than the one that shows it.",
    )
    NOT_ASSIGNED = (
        50105,
        "access_denied",
        400,
        "The application admits only people who are assigned to it.",
    )
    FEDERATION_UNKNOWN = (50107, "invalid_request", 400, "There is no provider `{0}` to go to.")
    FEDERATION_LOST = (
        165000,
        "invalid_request",
        400,
        "The sign-in took too long, was begun in another browser, or was finished before.",
    )
    FEDERATION_UNREACHABLE = (90006, "temporarily_unavailable", 400, "`{0}` does not answer.")
    FEDERATION_DECLINED = (399284, "access_denied", 400, "`{0}` did not sign anybody in.")
    FEDERATION_TOKEN = (
        399284,
        "access_denied",
        400,
        "What `{0}` says about the sign-in cannot be believed.",
    )
    FEDERATION_STRANGER = (
        50020,
        "access_denied",
        400,
        "The account elsewhere is nobody's in this tenant. An administrator can link it.",
    )
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
    claims: str = ""
    """What the client has to ask for when it has the person sign in anew, as it asked before."""
    user_id: str = ""
    """Whose tokens are refused, where that is known: told in the log and nowhere else."""

    @property
    def sentence(self) -> str:
        """What is said about it; of what was sent no more than a line."""
        return self.fault.text.format(self.about[:_LONGEST_ECHO])


_LONGEST_ECHO: Final = 120
# quirk(identity): by a second word the libraries tell that somebody has to sign in or consent anew
# from that a client is at fault - MSAL, errors that require interaction
_SECOND_WORDS: Final = {
    Fault.REFRESH_INVALID: "bad_token",
    Fault.REFRESH_OVER: "bad_token",
    Fault.GRANT_REVOKED: "bad_token",
    Fault.CONSENT_MISSING: "consent_required",
    Fault.FACTOR_NEEDED: "basic_action",
    Fault.FACTOR_UNKNOWN: "basic_action",
    Fault.TOKEN_BLOCKED: "message_only",
}


def write_refusal(
    refusal: Refusal, at: Instant, trace_id: str, correlation_id: str
) -> Mapping[str, Any]:
    """The error document that the identity libraries read."""
    fault = refusal.fault
    said = refusal.sentence
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
        **_tell_more(refusal),
    }


def _tell_more(refusal: Refusal) -> Mapping[str, str]:
    told = {"suberror": _SECOND_WORDS.get(refusal.fault, ""), "claims": refusal.claims}
    return {name: value for name, value in told.items() if value}
