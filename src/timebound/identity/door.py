"""The authorization server as an ASGI application."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from timebound.identity.discovery import (
    describe_instance,
    describe_realm,
    describe_tenant,
    find_place,
)
from timebound.identity.forms import join_basic, read_form
from timebound.identity.grants import Ask, Granting, grant_token
from timebound.identity.problems import Refusal, write_refusal

_NOT_KEPT: Final = {"cache-control": "no-store", "pragma": "no-cache"}
# What a browser keeps for itself must not be shown to a page, which needs to be told that it may.
_KEPT: Final = {"cache-control": "max-age=3600, private", "vary": "Origin"}


@dataclass(frozen=True, slots=True)
class IdentityParts:
    """What the door works with: how tokens are granted, and where it is reached."""

    granting: Granting
    authorities: Mapping[str, str | None]
    """The origins of the door, each with the host of the Graph that it names."""


Answer: TypeAlias = Mapping[str, Any] | Refusal
Handler: TypeAlias = Callable[[IdentityParts, Request, str], Awaitable[Answer]]


def create_identity(parts: IdentityParts) -> ASGIApp:
    """The door; what it does not know is answered 404."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        found = _find(scope["path"])
        if found is None:
            response = _respond(404, {"error": "not_found"}, _NOT_KEPT)
        elif scope["method"] not in found.operation.methods:
            allowed = {"allow": ", ".join(found.operation.methods), **_NOT_KEPT}
            response = _respond(405, {"error": "method_not_allowed"}, allowed)
        else:
            scope["state"]["operation"] = found.operation.name
            answered = await found.operation.handler(parts, request, found.segment)
            response = _write(parts, request, answered, found.operation)
        await response(scope, receive, send)

    return answer


async def _configuration(parts: IdentityParts, request: Request, segment: str) -> Answer:
    place = await find_place(parts.granting.store, segment)
    if isinstance(place, Refusal):
        return place
    origin = _origin(request)
    return describe_tenant(origin, parts.authorities[origin], place, parts.granting.grants)


async def _keys(parts: IdentityParts, _request: Request, segment: str) -> Answer:
    place = await find_place(parts.granting.store, segment)
    if isinstance(place, Refusal):
        return place
    return {"keys": parts.granting.keys.published()}


async def _instance(parts: IdentityParts, request: Request, _segment: str) -> Answer:
    asked = request.query_params.get("authorization_endpoint")
    return describe_instance(_origin(request), tuple(parts.authorities), asked)


async def _realm(parts: IdentityParts, request: Request, _segment: str) -> Answer:
    name = unquote(request.scope["path"].rpartition("/")[2])
    return await describe_realm(parts.granting.store, _origin(request), name)


async def _token(parts: IdentityParts, request: Request, segment: str) -> Answer:
    place = await find_place(parts.granting.store, segment)
    if isinstance(place, Refusal):
        return place
    form = read_form(await request.body())
    if isinstance(form, Refusal):
        return form
    form = join_basic(form, request.headers.get("authorization"))
    if isinstance(form, Refusal):
        return form
    return await grant_token(parts.granting, Ask(place, _origin(request), form))


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the door's table; `segments` are lower case, None stands for any one."""

    name: str
    methods: tuple[str, ...]
    segments: tuple[str | None, ...]
    handler: Handler
    is_kept: bool = False


_READ: Final = ("GET", "HEAD")
OPERATIONS: Final = (
    Operation(
        "configuration",
        _READ,
        (None, "v2.0", ".well-known", "openid-configuration"),
        _configuration,
        is_kept=True,
    ),
    Operation("keys", _READ, (None, "discovery", "v2.0", "keys"), _keys, is_kept=True),
    Operation("instance", _READ, ("common", "discovery", "instance"), _instance),
    Operation("userrealm", _READ, ("common", "userrealm", None), _realm),
    Operation("token", ("POST",), (None, "oauth2", "v2.0", "token"), _token),
)


@dataclass(frozen=True, slots=True)
class _Found:
    """The operation that a path names, and the tenant segment before it."""

    operation: Operation
    segment: str


def _find(path: str) -> _Found | None:
    segments = [segment for segment in path.split("/") if segment]
    for operation in OPERATIONS:
        if len(segments) == len(operation.segments) and all(
            wanted is None or wanted == given.lower()
            for wanted, given in zip(operation.segments, segments, strict=True)
        ):
            return _Found(operation, segments[0])
    return None


def _origin(request: Request) -> str:
    origin: str = request.scope["state"]["origin"]
    return origin


def _write(
    parts: IdentityParts, request: Request, answer: Answer, operation: Operation
) -> Response:
    if not isinstance(answer, Refusal):
        return _respond(200, answer, _KEPT if operation.is_kept else _NOT_KEPT)
    state: Mapping[str, str] = request.scope["state"]
    at = parts.granting.system.now()
    trace_id, correlation_id = state["request_id"], state["client_request_id"]
    headers = dict(_NOT_KEPT)
    if answer.fault.status == 401:  # noqa: PLR2004 - the status that asks for a challenge
        headers["www-authenticate"] = 'Basic realm="timebound"'
    document = write_refusal(answer, at, trace_id, correlation_id)
    return _respond(answer.fault.status, document, headers)


def _respond(status: int, document: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    return Response(
        msgspec.json.encode(document), status, dict(headers), media_type="application/json"
    )
