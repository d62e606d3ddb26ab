"""The Graph door: a call is authenticated, routed and answered; whatever is refused is said here.

From HTTP to a decision: `create_graph` here, a row of `operations`, its handler (`submissions` or
`lists`), the converters, the use case. `problems` puts what the domain refuses into Graph's words.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from timebound.application.ports import Ports
from timebound.application.throttling import Throttle, Throttled, Toll
from timebound.application.tokens import Resource, TokenRefusal
from timebound.dialects.graph.alternate_keys import find_keys
from timebound.dialects.graph.answers import Envelope
from timebound.dialects.graph.call import Answer, Call
from timebound.dialects.graph.convert.wording import Version
from timebound.dialects.graph.costs import measure_call, tell_throttled, tell_toll
from timebound.dialects.graph.documents import find_document
from timebound.dialects.graph.operations import OPERATIONS, Operation
from timebound.dialects.graph.preferences import apply_preferences, check_odata_version, find_media
from timebound.dialects.graph.problems import say_flaw, say_throttled, say_token
from timebound.dialects.graph.refusals import GraphError, Refusal, bad_request
from timebound.dialects.graph.routing import (
    COUNT,
    Node,
    Route,
    asks_number,
    build_tree,
    find_route,
    lead_nowhere,
)
from timebound.dialects.odata.path import Segment, fill_aliases, split_path
from timebound.dialects.odata.problems import ODataProblem
from timebound.dialects.shared.exchange import Part, Perform, Reply, find_header
from timebound.dialects.shared.parts import (
    CountPart,
    identify_reply,
    is_part,
    receive_body,
    scope_part,
)
from timebound.domain.authority import Token
from timebound.domain.times import Instant

_JSON: Final = "application/json"
_BODIED: Final = frozenset({"PATCH", "POST", "PUT"})
_LONGEST_ADDRESS: Final = 64
"""What a proxy forwards is no longer than any address with its zone and port."""
_log = structlog.get_logger()


def create_graph(
    ports: Ports,
    page_key: bytes,
    throttle: Throttle | None = None,
    count_part: CountPart | None = None,
) -> ASGIApp:
    """The door for `/v1.0` and `/beta` as an ASGI application; `page_key` signs page tokens.

    Without a throttle nobody is ever told to wait, whatever a tenant has set.
    """
    trees = {version.value: (version, build_tree(OPERATIONS, version)) for version in Version}
    door = _Door(ports, page_key, throttle, trees, count_part)

    async def graph(scope: Scope, receive: Receive, send: Send) -> None:
        reply = await door.respond(scope, receive)
        await reply.send(send)

    return graph


@dataclass(frozen=True, slots=True)
class _Door:
    """What every call needs: ports, the key of page tokens, a throttle, a tree for each version."""

    ports: Ports
    page_key: bytes
    throttle: Throttle | None
    trees: dict[str, tuple[Version, Node]]
    count_part: CountPart | None

    async def respond(self, scope: Scope, receive: Receive) -> Reply:
        """The reply to a call, whatever becomes of it; the log is told why one is refused."""
        at = self.ports.clock.now()
        media = find_media(scope)
        envelope = Envelope(scope["state"], media, at)
        try:
            document = find_document(scope)
            if document is not None:
                return document
            return envelope.wrap(await self.answer(scope, receive, at, media))
        except Refusal as refusal:
            error, reason = refusal.error, refusal.reason
        except ODataProblem as problem:
            error, reason = say_flaw(problem), problem.flaw.value
        except ClientDisconnect:
            raise
        except Exception:  # noqa: BLE001 - a fault of ours must not reach the client as it is
            _log.exception("fault", request_id=scope["state"]["request_id"], path=scope["path"])
            error, reason = _FAULT, _FAULT.code
        scope["state"]["refusal"] = reason
        return envelope.wrap_error(error)

    async def answer(self, scope: Scope, receive: Receive, at: Instant, media: str) -> Answer:
        """The answer to a call whose token, path, options and body are all in order."""
        state = scope["state"]
        origin: str = state["origin"]
        authorization = find_header(scope["headers"], b"authorization")
        token = await self.ports.tokens.verify(authorization, Resource.GRAPH)
        if isinstance(token, TokenRefusal):
            raise Refusal(say_token(token, state.get("authority", origin)))
        state["caller"] = token.principal_id
        check_odata_version(scope["headers"])
        path = fill_aliases(split_path(scope["raw_path"]), scope["query_string"])
        version, tree, segments = self.find_version(path)
        is_count = asks_number(scope["method"], segments)
        route = find_route(tree, version, scope["method"], segments[:-1] if is_count else segments)
        operation = route.operation
        state["operation"] = operation.name
        told = await self.charge(token, operation, scope)
        has_body = scope["method"] in _BODIED
        call = Call(
            ports=self.ports,
            page_key=self.page_key,
            token=token,
            at=at,
            version=version,
            origin=origin,
            keys=await find_keys(self.ports.store, token, route),
            arguments=route.arguments,
            query=scope["query_string"],
            body=await _read(Request(scope, receive), operation.largest_body) if has_body else b"",
            headers=scope["headers"],
            perform=None if is_part(scope) else self.perform_within(scope),
            is_count=is_count,
            path=scope["raw_path"],
            media=media,
            address=(state.get("client") or "")[:_LONGEST_ADDRESS] or None,
        )
        answer = await _perform(call, route, is_change=has_body)
        return replace(answer, headers={**answer.headers, **told}) if told else answer

    async def charge(self, token: Token, operation: Operation, scope: Scope) -> Mapping[str, str]:
        """What the answer tells of the cost of a call; one that has to wait is refused."""
        if self.throttle is None:
            return {}
        outcome = await self.throttle.admit(
            token, lambda: measure_call(operation.method, operation.path, scope["query_string"])
        )
        match outcome:
            case None:
                return {}
            case Toll():
                return tell_toll(outcome)
            case Throttled():
                raise Refusal(say_throttled(tell_throttled(outcome, token)))

    def perform_within(self, batch: Scope) -> Perform[GraphError]:
        """What performs the parts of a batch: each is a call like any other, with its own `at`."""

        async def perform(number: int, part: Part | GraphError) -> Reply:
            told = part if isinstance(part, Part) else None
            scope = scope_part(batch, number, told)
            began = time.perf_counter()
            reply = await self.reply_to(part, scope)
            if self.count_part is not None:
                operation = scope["state"].get("operation", "none")
                self.count_part(operation, int(reply.status), time.perf_counter() - began)
            return identify_reply(scope, reply, "request_id", "client_request_id")

        return perform

    async def reply_to(self, part: Part | GraphError, scope: Scope) -> Reply:
        """The reply to a part of a batch, or to what cannot be performed as one."""
        if isinstance(part, Part):
            return await self.respond(scope, receive_body(part.body))
        scope["state"]["refusal"] = part.code
        return Envelope(scope["state"], "", self.ports.clock.now()).wrap_error(part)

    def find_version(self, path: tuple[Segment, ...]) -> tuple[Version, Node, tuple[Segment, ...]]:
        """The version that a path begins with, its tree, and the rest of the path."""
        found = self.trees.get(path[0].folded) if path else None
        if found is None:
            raise bad_request("The path begins with neither 'v1.0' nor 'beta'.")
        return (*found, path[1:])


async def _perform(call: Call, route: Route, *, is_change: bool) -> Answer:
    """The answer in the form that is preferred; refused when what is no list is to be counted."""
    answer = await route.operation.handle(call)
    if call.is_count and answer.text is None:
        raise lead_nowhere(COUNT, call.version)
    if not is_change:
        return answer
    read = None if route.reading is None else route.reading.handle
    return await apply_preferences(call, answer, read)


async def _read(request: Request, largest: int) -> bytes:
    """The body; refused when it is larger than any request needs to be, or said to be no JSON."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            raise Refusal(_say_too_large(largest))
    media = request.headers.get("content-type", _JSON).partition(";")[0]
    if body and media.strip().lower() != _JSON:
        raise Refusal(_NOT_JSON)
    return bytes(body)


def _say_too_large(largest: int) -> GraphError:
    return GraphError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "RequestBodyTooLarge",
        f"The body is larger than {largest} bytes.",
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
