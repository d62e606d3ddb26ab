"""The words of the resource manager for tokens, paths, versions and queries that it refuses."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Final

from timebound.application.tokens import TokenFault, TokenRefusal
from timebound.dialects.arm.refusals import GATEWAY, ArmError
from timebound.dialects.odata.problems import Flaw, ODataProblem

_SHOWN: Final = 80
_ABOUT_URL: Final = frozenset({"path", "query"})

_INVALID: Final = "InvalidAuthenticationToken"
_TOKENS: Final[Mapping[TokenFault, tuple[str, str]]] = {
    TokenFault.MISSING: (
        "AuthenticationFailed",
        "Authentication failed. The 'Authorization' header is missing.",
    ),
    TokenFault.MALFORMED: (_INVALID, "The access token is invalid."),
    TokenFault.UNKNOWN_KEY: (_INVALID, "The access token is signed with a key that is not known."),
    TokenFault.BAD_SIGNATURE: (_INVALID, "The access token has an invalid signature."),
    TokenFault.EXPIRED: ("ExpiredAuthenticationToken", "The access token has expired."),
    TokenFault.NOT_YET_VALID: (_INVALID, "The access token is not valid yet."),
    TokenFault.WRONG_AUDIENCE: (
        "InvalidAuthenticationTokenAudience",
        (
            "The access token has been obtained for wrong audience or resource. It should exactly "
            "match with one of the allowed audiences 'https://management.azure.com/',"
            "'https://management.core.windows.net/'."
        ),
    ),
    TokenFault.WRONG_ISSUER: (
        "InvalidAuthenticationTokenTenant",
        (
            "The access token is from the wrong issuer. It must match the tenant associated with "
            "this subscription."
        ),
    ),
}

FAULT: Final = ArmError(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "InternalServerError",
    "The service failed. The x-ms-request-id finds the reason in its log.",
)
MISSING_VERSION: Final = ArmError(
    HTTPStatus.BAD_REQUEST,
    "MissingApiVersionParameter",
    "The api-version query parameter (?api-version=) is required for all requests.",
    GATEWAY,
)


def say_token(refusal: TokenRefusal, authority: str) -> ArmError:
    """The error for a bearer token that is not believed, with where to get one."""
    code, message = _TOKENS[refusal.fault]
    # quirk(arm): the challenge repeats why in error_description - seen by several clients
    challenge = (
        f'Bearer authorization_uri="{authority}/common", error="invalid_token", '
        f'error_description="{message}"'
    )
    headers = {"www-authenticate": challenge, **GATEWAY}
    return ArmError(HTTPStatus.UNAUTHORIZED, code, message, headers)


def say_flaw(problem: ODataProblem) -> ArmError:
    """The error for a query, a path or a value that cannot be read."""
    if problem.target.startswith("$") or problem.target in _ABOUT_URL:
        return _bad("BadRequest", problem.message)
    if problem.flaw is Flaw.TOO_LARGE:
        return _bad("BadRequest", problem.message)
    return _bad("InvalidRequestContent", problem.message)


def say_absent_path(path: str) -> ArmError:
    """The error for a path that leads to no provider, and to nothing of the manager's own."""
    shown = path[:_SHOWN]
    message = f"No HTTP resource was found that matches the request path '{shown}'."
    return ArmError(HTTPStatus.NOT_FOUND, "NotFound", message, GATEWAY)


def say_unknown_namespace(namespace: str) -> ArmError:
    """The error for a provider that is not there."""
    message = f"The resource namespace '{namespace[:_SHOWN]}' is invalid."
    return ArmError(HTTPStatus.NOT_FOUND, "InvalidResourceNamespace", message, GATEWAY)


def say_unknown_type(namespace: str, version: str) -> ArmError:
    """The error for a type that a provider does not have."""
    message = (
        f"The resource type could not be found in the namespace '{namespace[:_SHOWN]}' for api "
        f"version '{version[:_SHOWN]}'."
    )
    return ArmError(HTTPStatus.NOT_FOUND, "InvalidResourceType", message, GATEWAY)


def say_unserved_version(type_: str | None, version: str, versions: Iterable[str]) -> ArmError:
    """The error for an api-version that is none of a type's, or of the manager's own paths.

    Source: what clients report of both, e.g. of Microsoft.Authorization/operations at 2016-09-01
    and of resource groups. The versions are told newest first, as the manager tells its own.
    """
    listed, shown = ",".join(sorted(versions, reverse=True)), version[:_SHOWN]
    if type_ is None:
        message = f"The api-version '{shown}' is invalid. The supported versions are '{listed}'."
        return ArmError(HTTPStatus.BAD_REQUEST, "InvalidApiVersionParameter", message, GATEWAY)
    message = (
        f"The resource type '{type_}' could not be found in the namespace "
        f"'Microsoft.Authorization' for api version '{shown}'. The supported api-versions are "
        f"'{listed}'."
    )
    return ArmError(HTTPStatus.NOT_FOUND, "InvalidResourceType", message, GATEWAY)


def say_undated_version(version: str) -> ArmError:
    """The error for an api-version that is none, where a provider may have any."""
    message = (
        f"The api-version '{version[:_SHOWN]}' is invalid. It is a date as in '2021-04-01', with a "
        "word behind it where it is not final, as in '2021-04-01-preview'."
    )
    return ArmError(HTTPStatus.BAD_REQUEST, "InvalidApiVersionParameter", message, GATEWAY)


def say_unserved_method(method: str, served: Iterable[str], *, is_provider: bool) -> ArmError:
    """The error for a method that a path does not have; `Allow` names those that it has."""
    message = f"The requested resource does not support http method '{method[:_SHOWN]}'."
    headers = {"allow": ", ".join(sorted(served))}
    status, code = HTTPStatus.METHOD_NOT_ALLOWED, "MethodNotAllowed"
    if is_provider:
        # quirk(arm): this provider says it without an envelope - recorded DELETE of a policy, 2022
        return ArmError(status, code, message, headers, bare={"message": message})
    return ArmError(status, code, message, {**headers, **GATEWAY})


def say_too_large(largest: int) -> ArmError:
    """The error for a body of more bytes than an operation takes."""
    message = f"The request content is larger than {largest} bytes."
    return ArmError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "RequestEntityTooLarge", message, GATEWAY)


def say_media(media: str) -> ArmError:
    """The error for a body that is said to be no JSON."""
    message = (
        f"The content media type '{media[:_SHOWN]}' is not supported. Only 'application/json' is "
        "supported."
    )
    return ArmError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message, GATEWAY)


def _bad(code: str, message: str) -> ArmError:
    return ArmError(HTTPStatus.BAD_REQUEST, code, message)
