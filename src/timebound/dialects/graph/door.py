"""The Graph door: a call is authenticated, routed and answered; whatever is refused is said here.

From HTTP to a decision: `create_graph` here, a row of `operations`, its handler (`submissions` or
`lists`), the converters, the use case. `problems` puts what the domain refuses into Graph's words.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Final, TypeAlias

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from timebound.application.ports import Ports
from timebound.application.tokens import Resource, TokenRefusal
from timebound.dialects.graph.answers import Envelope, Reply
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.convert.wording import Version
from timebound.dialects.graph.operations import OPERATIONS
from timebound.dialects.graph.problems import say_flaw, say_token
from timebound.dialects.graph.refusals import GraphError, Refusal, bad_request
from timebound.dialects.graph.routing import Route, build_tree, find_route
from timebound.dialects.odata.path import split_path
from timebound.dialects.odata.problems import ODataProblem
from timebound.domain.times import Instant

LARGEST_BODY: Final = 256 * 1024
"""More bytes than any request has; what is larger is not read to its end."""

_JSON: Final = "application/json"
_Router: TypeAlias = Callable[[str, bytes], tuple[Version, Route]]
_log = logging.getLogger(__name__)


def create_graph(ports: Ports, page_key: bytes) -> ASGIApp:
    """The door for `/v1.0` and `/beta` as an ASGI application; `page_key` signs page tokens."""
    door = _Door(ports, page_key, _make_router())

    async def graph(scope: Scope, receive: Receive, send: Send) -> None:
        reply = await door.respond(scope, receive)
        await reply.send(send)

    return graph


@dataclass(frozen=True, slots=True)
class _Door:
    """What every call needs: the ports, the key of page tokens, and the way to its operation."""

    ports: Ports
    page_key: bytes
    find_route: _Router

    async def respond(self, scope: Scope, receive: Receive) -> Reply:
        """The reply to a call, whatever becomes of it; the log is told why one is refused."""
        at = self.ports.clock.now()
        envelope = Envelope(scope["state"], _read_header(scope, b"accept") or "", at)
        try:
            return envelope.wrap(await self.answer(scope, receive, at))
        except Refusal as refusal:
            error, reason = refusal.error, refusal.reason
        except ODataProblem as problem:
            error, reason = say_flaw(problem), problem.flaw.value
        except ClientDisconnect:
            raise
        except Exception:  # noqa: BLE001 - a fault of ours must not reach the client as it is
            request_id = scope["state"]["request_id"]
            _log.exception("A call failed", extra={"request_id": request_id})
            error, reason = _FAULT, _FAULT.code
        scope["state"]["refusal"] = reason
        return envelope.wrap_error(error)

    async def answer(self, scope: Scope, receive: Receive, at: Instant) -> Answer:
        """The answer to a call whose token, path, options and body are all in order."""
        state = scope["state"]
        origin: str = state["origin"]
        authorization = _read_header(scope, b"authorization")
        token = await self.ports.tokens.verify(authorization, Resource.GRAPH)
        if isinstance(token, TokenRefusal):
            raise Refusal(say_token(token, origin))
        state["caller"] = token.principal_id
        version, route = self.find_route(scope["method"], scope["raw_path"])
        state["operation"] = route.operation.name
        call = Call(
            ports=self.ports,
            page_key=self.page_key,
            token=token,
            at=at,
            version=version,
            origin=origin,
            keys=route.keys,
            arguments=route.arguments,
            query=scope["query_string"],
            body=await _read(Request(scope, receive)) if scope["method"] == "POST" else b"",
        )
        return await route.operation.handle(call)


def _make_router() -> _Router:
    """Finds the version and the route of a method and a path as sent; both are often the same."""
    trees = {version.value: (version, build_tree(OPERATIONS, version)) for version in Version}

    @lru_cache(maxsize=2048)
    def find(method: str, raw_path: bytes) -> tuple[Version, Route]:
        path = split_path(raw_path)
        found = trees.get(path[0].folded) if path else None
        if found is None:
            raise bad_request("The path begins with neither 'v1.0' nor 'beta'.")
        version, tree = found
        return version, find_route(tree, version, method, path[1:])

    return find


def _read_header(scope: Scope, name: bytes) -> str | None:
    """The first value of a header (its name in lower case), none if it was not sent."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return None


async def _read(request: Request) -> bytes:
    """The body; refused when it is larger than any request needs to be, or said to be no JSON."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise Refusal(_TOO_LARGE)
    media = request.headers.get("content-type", _JSON).partition(";")[0]
    if body and media.strip().lower() != _JSON:
        raise Refusal(_NOT_JSON)
    return bytes(body)


_TOO_LARGE: Final = GraphError(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "RequestBodyTooLarge",
    f"The body is larger than {LARGEST_BODY} bytes.",
)
_NOT_JSON: Final = GraphError(
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "UnsupportedMediaType",
    "The header 'content-type' names another kind of body than application/json.",
)
_FAULT: Final = GraphError(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "generalException",
    "The service failed. The request-id finds the reason in its log.",
)
