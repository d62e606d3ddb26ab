"""The resource manager's door: a call is authenticated, routed and answered; refusals are said.

From HTTP to a decision: `create_arm` here, a row of `operations`, its handler, the converters, the
use case.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from timebound.application.azure_throttling import AzureThrottle
from timebound.application.ports import Ports
from timebound.application.tokens import Resource, TokenRefusal
from timebound.dialects.arm.answers import Envelope
from timebound.dialects.arm.call import Answer, Call
from timebound.dialects.arm.limits import REMAINING, charge
from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.operations import OPERATIONS
from timebound.dialects.arm.paths import split_path
from timebound.dialects.arm.problems import (
    FAULT,
    MISSING_VERSION,
    say_flaw,
    say_media,
    say_token,
    say_too_large,
)
from timebound.dialects.arm.queries import API_VERSION, read_query
from timebound.dialects.arm.refusals import ArmError, Refusal
from timebound.dialects.arm.routing import Route, Router
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

PAGE_SIZE: Final = 1_000
"""How many rows a page has; lists of several hundred were seen to come in one."""
_JSON: Final = "application/json"
_MEDIA: Final = frozenset({_JSON, "text/json"})
_OPTIONS: Final = "OPTIONS"
_BODIED: Final = frozenset({"PATCH", "POST", "PUT"})
_LONGEST_ADDRESS: Final = 64
"""What a proxy forwards is no longer than any address with its zone and port."""
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the service has around the door: its addresses, a throttle, who counts parts of batches.

    An absolute URL inside of a batch leads to any of the addresses. Without a throttle nobody is
    ever told to wait, whatever a tenant has set.
    """

    origins: frozenset[str] = frozenset()
    throttle: AzureThrottle | None = None
    count_part: CountPart | None = None


ALONE: Final = Surroundings()


def create_arm(
    ports: Ports,
    page_key: bytes,
    operations: Iterable[Operation] = OPERATIONS,
    page_size: int = PAGE_SIZE,
    around: Surroundings = ALONE,
) -> ASGIApp:
    """The door for `/subscriptions`, `/providers`, `/tenants` and `/batch` as an ASGI application.

    `page_key` signs page tokens, and pages have no more rows than `page_size`.
    """
    door = _Door(ports, page_key, page_size, Router(operations), around)

    async def arm(scope: Scope, receive: Receive, send: Send) -> None:
        reply = await door.respond(scope, receive)
        await reply.send(send)

    return arm


@dataclass(frozen=True, slots=True)
class _Door:
    """What every call needs: ports, the key and size of pages, the table, what is around."""

    ports: Ports
    page_key: bytes
    page_size: int
    router: Router
    around: Surroundings

    async def respond(self, scope: Scope, receive: Receive) -> Reply:
        """The reply to a call, whatever becomes of it; the log is told why one is refused."""
        at = self.ports.clock.now()
        envelope = Envelope(scope, at)
        try:
            return envelope.wrap(await self.answer(scope, receive, at))
        except Refusal as refusal:
            error, reason = refusal.error, refusal.reason
        except ODataProblem as problem:
            error, reason = say_flaw(problem), problem.flaw.value
        except ClientDisconnect:
            raise
        except Exception:  # noqa: BLE001 - a fault of ours must not reach the client as it is
            _log.exception("fault", request_id=scope["state"]["request_id"], path=scope["path"])
            error, reason = FAULT, FAULT.code
        scope["state"]["refusal"] = reason
        return envelope.wrap_error(error)

    async def answer(self, scope: Scope, receive: Receive, at: Instant) -> Answer:
        """The answer to a call whose version, token, path and body are all in order."""
        if scope["method"] == _OPTIONS:
            return self.list_methods(scope)
        query = read_query(scope["query_string"])
        version = query.get(API_VERSION, "").lower()
        if not version:
            # quirk(arm): told before anybody has said who they are - MicrosoftDocs/feedback#2279
            raise Refusal(MISSING_VERSION)
        token = await self.authenticate(scope)
        segments = split_path(scope["raw_path"])
        await charge(self.around.throttle, token, scope, segments)
        route = self.router.find(scope["method"], segments, version)
        scope["state"]["operation"] = route.operation.name
        body = await _read_body(scope, receive, route.operation.largest_body)
        call = self.make_call(scope, at, token, route, query, body)
        return await route.operation.handle(call)

    def list_methods(self, scope: Scope) -> Answer:
        """What may be done with a path, told to anybody: it is published."""
        methods = self.router.list_methods(split_path(scope["raw_path"]))
        return Answer(HTTPStatus.OK, headers={"allow": ", ".join(sorted({*methods, _OPTIONS}))})

    async def authenticate(self, scope: Scope) -> Token:
        """Who calls; refused with a token that is not believed."""
        state = scope["state"]
        authorization = find_header(scope["headers"], b"authorization")
        token = await self.ports.tokens.verify(authorization, Resource.ARM)
        if isinstance(token, TokenRefusal):
            raise Refusal(say_token(token, state.get("authority", state["origin"])))
        state["caller"] = token.principal_id
        return token

    def make_call(
        self,
        scope: Scope,
        at: Instant,
        token: Token,
        route: Route,
        query: Mapping[str, str],
        body: bytes,
    ) -> Call:
        """What a handler is told of a call."""
        origin: str = scope["state"]["origin"]
        return Call(
            ports=self.ports,
            page_key=self.page_key,
            token=token,
            at=at,
            version=query[API_VERSION].lower(),
            origin=origin,
            scope_path=route.scope_path,
            keys=route.keys,
            query=query,
            raw_query=scope["query_string"],
            path=scope["raw_path"],
            body=body,
            headers=scope["headers"],
            perform=None if is_part(scope) else self.perform_within(scope),
            origins=self.around.origins | {origin},
            page_size=self.page_size,
            address=(scope["state"].get("client") or "")[:_LONGEST_ADDRESS] or None,
        )

    def perform_within(self, batch: Scope) -> Perform[ArmError]:
        """What performs the parts of a batch: each is a call like any other, with its own `at`."""

        async def perform(number: int, part: Part | ArmError) -> Reply:
            told = part if isinstance(part, Part) else None
            scope = scope_part(batch, number, told, own=(REMAINING,))
            began = time.perf_counter()
            reply = await self.reply_to(part, scope)
            if self.around.count_part is not None:
                operation = scope["state"].get("operation", "none")
                took = time.perf_counter() - began
                self.around.count_part(operation, int(reply.status), took)
            return identify_reply(scope, reply, "request_id")

        return perform

    async def reply_to(self, part: Part | ArmError, scope: Scope) -> Reply:
        """The reply to a part of a batch, or to what cannot be performed as one."""
        if isinstance(part, Part):
            return await self.respond(scope, receive_body(part.body))
        scope["state"]["refusal"] = part.code
        return Envelope(scope, self.ports.clock.now()).wrap_error(part)


async def _read_body(scope: Scope, receive: Receive, largest: int) -> bytes:
    """The body; refused when it is larger than any request needs to be, or said to be no JSON."""
    if scope["method"] not in _BODIED:
        return b""
    request, body = Request(scope, receive), bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            raise Refusal(say_too_large(largest))
    media = request.headers.get("content-type", _JSON).partition(";")[0].strip().lower()
    if body and media not in _MEDIA:
        raise Refusal(say_media(media))
    return bytes(body)
