"""What calls of people and applications have in common: their token, their query, their body."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from http import HTTPStatus
from typing import Annotated, Final, TypeAlias, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from timebound.application.tokens import Resource, TokenRefusal, TokenVerifier
from timebound.control.answers import refuse
from timebound.domain.authority import Token
from timebound.domain.decide import Refused
from timebound.domain.problems import Code

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]
Asked: TypeAlias = Mapping[str, str]

BAD: Final = HTTPStatus.BAD_REQUEST
_MOST_DIGITS: Final = 18
_STATUSES: Final[Mapping[Code, HTTPStatus]] = {
    Code.CALLER_NOT_ADMITTED: HTTPStatus.FORBIDDEN,
    Code.PERMISSION_MISSING: HTTPStatus.FORBIDDEN,
    Code.ACCESS_DENIED: HTTPStatus.FORBIDDEN,
    Code.ACTION_NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    Code.LICENSE_REQUIRED: HTTPStatus.FORBIDDEN,
    Code.PRINCIPAL_NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.OBJECT_NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.ROLE_NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
}

GUID: Final = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
Id = Annotated[str, msgspec.Meta(pattern=rf"^{GUID}\Z")]
"""The id of an object or a role, in any casing."""

Body = TypeVar("Body", bound=msgspec.Struct)


class RefusedError(Exception):
    """Something that is not answered, with the answer that says why."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.answer = refuse(status, code, message)


def answer_refusals(handler: Handler) -> Handler:
    """The handler, whose refusals are answers."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except RefusedError as refused:
            return refused.answer

    return answer


async def verify_bearer(tokens: TokenVerifier, request: Request) -> Token:
    """The verified token of whoever calls, who is noted for the log."""
    token = await tokens.verify(request.headers.get("authorization"), Resource.GRAPH)
    if isinstance(token, TokenRefusal):
        message = f"An access token for Microsoft Graph is needed ({token.fault.value})."
        refused = RefusedError(HTTPStatus.UNAUTHORIZED, "Unauthorized", message)
        refused.answer.headers["www-authenticate"] = "Bearer"
        raise refused
    request.scope["state"]["caller"] = token.principal_id
    return token


def refuse_problems(refused: Refused) -> RefusedError:
    """What a use case refused, by the first thing that is wrong; all of it by name."""
    first = refused.problems[0]
    said = ", ".join(dict.fromkeys(problem.code.value for problem in refused.problems))
    value = f" '{first.value[:80]}'" if first.value else ""
    about = f" Property: {first.property}{value}." if first.property else ""
    wanted = f" One of these permissions is needed: {', '.join(first.names)}." * bool(first.names)
    code = first.code.value
    status = _STATUSES.get(first.code, BAD)
    error = RefusedError(status, f"{code[0].upper()}{code[1:]}", f"Refused: {said}.{about}{wanted}")
    if first.code is Code.BUSY:
        error.answer.headers["retry-after"] = "1"
    return error


def find_address(request: Request) -> str | None:
    """Where on the network whoever calls is, as far as that is known."""
    state: dict[str, str | None] = request.scope["state"]
    return state.get("client") or None


def read_query(request: Request, names: Collection[str]) -> Asked:
    """The query, of which everything is known and said once."""
    given = request.query_params
    for name in given:
        if name not in names:
            message = f"`{name[:80]}` is not known here; known are: {', '.join(names) or 'none'}."
            raise RefusedError(BAD, "UnknownParameter", message)
        if len(given.getlist(name)) > 1:
            raise RefusedError(BAD, "RepeatedParameter", f"`{name}` is given more than once.")
    return dict(given)


def read_number(asked: Asked, name: str, default: int) -> int:
    """A whole number of the query."""
    text = asked.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdecimal() or len(text) > _MOST_DIGITS:
        raise RefusedError(BAD, "InvalidParameter", f"`{name}` is a whole number from 0 on.")
    return int(text)


async def read_body(request: Request, type_: type[Body]) -> Body:
    """The body, of which everything is known."""
    try:
        return msgspec.json.decode(await request.body(), type=type_)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RefusedError(BAD, "InvalidBody", f"The body cannot be read: {error}") from error
