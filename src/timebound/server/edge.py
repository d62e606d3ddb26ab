"""What every request passes before it reaches a door."""

import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, Final

import structlog

from timebound.application.ports import Clock, IdSource
from timebound.control.metrics import Meter
from timebound.server.asgi import (
    App,
    Message,
    Middleware,
    Receive,
    Refusal,
    Scope,
    Send,
    answer_error,
    read_header,
    read_list,
)
from timebound.server.config import Network

LARGEST_BODY: Final = 1024 * 1024
"""How many bytes a request may carry."""

_MOST_DIGITS: Final = 18
_BODY_HEADERS: Final = frozenset({b"content-length", b"transfer-encoding"})
_CLIENT_ID: Final = re.compile(r"[\x21-\x7e]{1,128}")
_FAULT: Final = Refusal(500, "InternalServerError", "The request could not be completed.")
_NO_PROXY: Final = Refusal(403, "Forbidden", "Only a listed proxy is answered here.")
_ELSEWHERE: Final = Refusal(
    421, "MisdirectedRequest", "The Host header names no origin of this service."
)
_TOO_LARGE: Final = Refusal(
    413, "RequestBodyTooLarge", f"A request may carry at most {LARGEST_BODY} bytes."
)
_NOT_HERE: Final = Refusal(404, "NotFound", "There is nothing here.")
_TWO_HOSTS: Final = Refusal(400, "BadRequest", "A request has one Host header.")
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Site:
    """What one origin of the service answers, and which authority it sends its clients to."""

    origin: str
    hosts: Sequence[str]
    authority: str
    app: App


def assign_ids(ids: IdSource, clock: Clock) -> Middleware:
    """Gives each request an id of its own and tells it in the answer, beside the client's.

    The status of the answer is noted as it goes out, 0 until then.
    """

    def layer(app: App) -> App:
        async def assign(scope: Scope, receive: Receive, send: Send) -> None:
            request_id = ids.new_id()
            asked = read_header(scope, b"client-request-id") or ""
            client_id = asked if _CLIENT_ID.fullmatch(asked) else request_id
            state = scope["state"] = {
                "request_id": request_id,
                "client_request_id": client_id,
                "clock": clock,
                "status": 0,
            }

            def send_with_ids(message: Message) -> Awaitable[None]:
                if message["type"] == "http.response.start":
                    state["status"] = message["status"]
                    message["headers"] = [
                        *message.get("headers", ()),
                        (b"request-id", request_id.encode()),
                        (b"client-request-id", client_id.encode()),
                        (b"x-content-type-options", b"nosniff"),
                    ]
                return send(message)

            await app(scope, receive, send_with_ids)

        return assign

    return layer


def observe(meter: Meter) -> Middleware:
    """Logs and counts each request with its outcome; the query is left out, it may tell secrets."""

    def layer(app: App) -> App:
        log = _log.bind()

        async def watch(scope: Scope, receive: Receive, send: Send) -> None:
            began = time.perf_counter()
            try:
                await app(scope, receive, send)
            finally:
                took = time.perf_counter() - began
                state: Mapping[str, Any] = scope["state"]
                door, operation = state.get("door", "none"), state.get("operation", "none")
                meter.count_request(door, operation, state["status"], took)
                log.info(
                    "request",
                    method=scope["method"],
                    path=scope["path"],
                    status=state["status"],
                    duration_ms=round(took * 1000, 2),
                    door=door,
                    operation=operation,
                    refusal=state.get("refusal"),
                    caller=state.get("caller"),
                    client=state.get("client"),
                    request_id=state["request_id"],
                    client_request_id=state["client_request_id"],
                )

        return watch

    return layer


def catch_faults(app: App) -> App:
    """The last resort: a fault that no door has answered is logged, and told without details."""

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except Exception:
            state = scope["state"]
            _log.exception("fault", request_id=state["request_id"], path=scope["path"])
            if state["status"]:
                raise
            await answer_error(send, scope, _FAULT)

    return guard


def identify_client(proxies: Sequence[Network], *, is_plain_http: bool) -> Middleware:
    """Notes who the client is; forwarded headers count only from a listed proxy.

    Over plain HTTP nobody but a listed proxy is answered.
    """

    @lru_cache
    def is_trusted(address: str) -> bool:
        return _is_within(address, proxies)

    def layer(app: App) -> App:
        def identify(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
            peer = (scope.get("client") or ("",))[0]
            is_proxied = bool(proxies) and is_trusted(peer)
            if is_plain_http and not is_proxied:
                return answer_error(send, scope, _NO_PROXY)
            hosts = [value for name, value in scope["headers"] if name == b"host"]
            if len(hosts) > 1:
                return answer_error(send, scope, _TWO_HOSTS)
            client, host = peer, hosts[0].decode("latin-1") if hosts else ""
            if is_proxied:
                client = _last_untrusted(read_list(scope, b"x-forwarded-for"), peer, is_trusted)
                host = read_header(scope, b"x-forwarded-host") or host
            scope["state"].update(client=client, host=host)
            return app(scope, receive, send)

        return identify

    return layer


def _last_untrusted(forwarded: str, peer: str, is_trusted: Callable[[str], bool]) -> str:
    if not forwarded:
        return peer
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    return next(
        (hop for hop in reversed(hops) if not is_trusted(hop)), peer if not hops else hops[0]
    )


def _is_within(address: str, networks: Sequence[Network]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


def limit_body(app: App) -> App:
    """Takes the body in before anything is done, and refuses one that is too large with 413."""

    async def take_in(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await _read_body(scope, receive)
        except _HungUpError:
            return
        if body is None:
            await answer_error(send, scope, _TOO_LARGE, [(b"connection", b"close")])
            return
        is_told = False

        async def replay() -> Message:
            nonlocal is_told
            if is_told:
                return await receive()
            is_told = True
            return {"type": "http.request", "body": body, "more_body": False}

        await app(scope, replay, send)

    def limit(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return (take_in if _has_body(scope) else app)(scope, receive, send)

    return limit


class _HungUpError(Exception):
    """The client is gone; there is nobody to answer."""


def _has_body(scope: Scope) -> bool:
    return not _BODY_HEADERS.isdisjoint([name for name, _ in scope["headers"]])


async def _read_body(scope: Scope, receive: Receive) -> bytes | None:
    announced = read_header(scope, b"content-length") or "0"
    if not announced.isdecimal() or len(announced) > _MOST_DIGITS or int(announced) > LARGEST_BODY:
        return None
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _HungUpError
        part = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if size > LARGEST_BODY:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


def choose_origin(sites: Sequence[Site]) -> App:
    """Hands a request to the site whose origin it addresses; any other Host is answered 421."""
    known = {host: site for site in sites for host in site.hosts}

    def choose(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        state = scope["state"]
        site = known.get(state["host"]) or known.get(state["host"].lower())
        if site is None:
            return answer_error(send, scope, _ELSEWHERE)
        state["origin"], state["authority"] = site.origin, site.authority
        return site.app(scope, receive, send)

    return choose


async def refuse_path(scope: Scope, _receive: Receive, send: Send) -> None:
    """The door of what an origin does not have: 404."""
    await answer_error(send, scope, _NOT_HERE)
