"""The control door: health, metrics, the log, what Graph has no words for, and a test clock."""

import hmac
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from timebound.application.backlog import Backlog
from timebound.application.ports import Ports
from timebound.control.access import access_routes
from timebound.control.answers import refuse, tell
from timebound.control.calls import Handler
from timebound.control.clock import Emulation, move_clock, reset, show_clock
from timebound.control.explaining import explaining_routes
from timebound.control.log import LogParts, log_routes
from timebound.control.metrics import CONTENT_TYPE, Meter
from timebound.control.policy_runs import policy_run_routes


@dataclass(frozen=True, slots=True)
class Steering:
    """An emulator that may be controlled by whoever holds the token, from this machine."""

    emulation: Emulation
    token: str


@dataclass(frozen=True, slots=True)
class ControlParts:
    """What the door works with; `steering` is none in production, where its routes do not exist."""

    meter: Meter
    is_ready: Callable[[], Awaitable[bool]]
    metrics_readers: Sequence[IPv4Network | IPv6Network]
    log: LogParts
    ports: Ports
    measure: Callable[[], Awaitable[Backlog | None]]
    steering: Steering | None = None


def create_control(parts: ControlParts) -> ASGIApp:
    """The door as an ASGI application."""
    routes = _routes(parts)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        route = routes.get(scope["path"])
        handler = None if route is None else route.get(scope["method"])
        if route is None:
            response: Response = refuse(404, "NotFound", "There is nothing here.")
        elif handler is None:
            response = refuse(405, "MethodNotAllowed", f"Allowed: {', '.join(route)}.")
        else:
            scope["state"]["operation"] = scope["path"].rpartition("/")[2]
            response = await handler(request)
        await response(scope, receive, send)

    return answer


def _routes(parts: ControlParts) -> dict[str, dict[str, Handler]]:
    async def health(_request: Request) -> Response:
        return tell({"status": "alive"})

    async def readiness(_request: Request) -> Response:
        if await parts.is_ready():
            return tell({"status": "ready"})
        return refuse(503, "NotReady", "The database does not answer, or the clock has jumped.")

    async def metrics(request: Request) -> Response:
        if not _is_within(_client(request), parts.metrics_readers):
            return refuse(403, "Forbidden", "Metrics are not for this address.")
        parts.meter.show_backlog(await parts.measure())
        return Response(parts.meter.render(), media_type=CONTENT_TYPE)

    routes: dict[str, dict[str, Handler]] = {
        "/healthz": {"GET": health, "HEAD": health},
        "/readyz": {"GET": readiness, "HEAD": readiness},
        "/metrics": {"GET": metrics},
        **log_routes(parts.log),
        **access_routes(parts.ports),
        **explaining_routes(parts.ports),
        **policy_run_routes(parts.ports),
    }
    if parts.steering is not None:
        routes |= _steering_routes(parts.steering)
    return routes


def _steering_routes(steering: Steering) -> dict[str, dict[str, Handler]]:
    emulation = steering.emulation

    def guarded(handler: Handler) -> Handler:
        async def guard(request: Request) -> Response:
            if not _is_loopback(_client(request)):
                return refuse(403, "Forbidden", "The test clock answers this machine only.")
            if not _is_bearer(request, steering.token):
                return refuse(401, "Unauthorized", "The control token is missing or wrong.")
            return await handler(request)

        return guard

    async def show(_request: Request) -> Response:
        return show_clock(emulation.clock)

    async def move(request: Request) -> Response:
        return await move_clock(emulation, await request.body())

    async def restart(request: Request) -> Response:
        return await reset(emulation, await request.body())

    return {
        "/control/clock": {"GET": guarded(show), "POST": guarded(move)},
        "/control/reset": {"POST": guarded(restart)},
    }


def _client(request: Request) -> str:
    state: dict[str, Any] = request.scope["state"]
    return str(state.get("client") or "")


def _is_bearer(request: Request, token: str) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(
        given.strip().encode(), token.encode()
    )


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _is_within(address: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)
