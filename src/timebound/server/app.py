"""The application, wired once and in the open: what a request passes, and the doors behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from timebound.application.ports import Clock, IdSource, Ports, Store
from timebound.application.throttling import Throttle
from timebound.control.door import ControlParts, Steering, create_control
from timebound.control.metrics import Meter
from timebound.dialects.graph.door import create_graph
from timebound.identity.door import IdentityParts, create_identity
from timebound.identity.grants import CLIENT_CREDENTIALS, PASSWORD, Granting
from timebound.identity.hashing import SecretHasher
from timebound.identity.keys import KeyRing
from timebound.identity.scopes import Audiences
from timebound.identity.sealing import MasterKey
from timebound.identity.verify import BearerVerifier
from timebound.server import edge
from timebound.server.asgi import App, Receive, Scope, Send, stack
from timebound.server.clock import SystemClock
from timebound.server.config import Settings
from timebound.server.ids import RandomIds
from timebound.server.metering import meter_store

HEALTH_PATHS: Final = frozenset({"/healthz", "/readyz"})


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that is opened before the application is wired."""

    settings: Settings
    origins: Sequence[str]
    store: Store
    system: SystemClock
    clock: Clock
    ids: IdSource
    keys: KeyRing
    master: MasterKey
    hasher: SecretHasher
    steering: Steering | None


def create_app(parts: Parts) -> App:
    """The whole service as one ASGI application."""
    settings, meter = parts.settings, Meter()
    ports = Ports(
        store=meter_store(parts.store, meter),
        clock=parts.clock,
        ids=parts.ids,
        tokens=BearerVerifier(parts.keys, parts.system, parts.origins),
        secrets=parts.hasher,
    )
    throttle = Throttle(ports.store, parts.system)
    control = _name("control", create_control(_control_parts(parts, meter)))
    graph = _name("graph", create_graph(ports, parts.master.derive("page tokens"), throttle))
    doors = {
        "v1.0": graph,
        "beta": graph,
        "metrics": control,
        "control": control,
    }
    identity = _name("identity", create_identity(_identity_parts(parts)))
    behind_origin = stack(_choose(doors, identity), [edge.require_origin(parts.origins)])
    layers = (
        edge.assign_ids(RandomIds(), parts.system),
        edge.observe(meter),
        edge.catch_faults,
        edge.identify_client(settings.trusted_proxies, is_plain_http=settings.is_plain_http),
        edge.limit_body,
    )
    # Whoever asks for health addresses a machine, not an origin.
    return stack(_split_health(control, behind_origin), layers)


def _control_parts(parts: Parts, meter: Meter) -> ControlParts:
    async def is_ready() -> bool:
        parts.system.now()
        return parts.system.is_steady and await parts.store.is_ready()

    return ControlParts(meter, is_ready, parts.settings.metrics_readers, parts.steering)


def _identity_parts(parts: Parts) -> IdentityParts:
    is_emulator = parts.settings.is_emulator
    grants = (CLIENT_CREDENTIALS, PASSWORD) if is_emulator else (CLIENT_CREDENTIALS,)
    granting = Granting(
        store=parts.store,
        keys=parts.keys,
        hasher=parts.hasher,
        audiences=Audiences(parts.origins),
        system=parts.system,
        movable=parts.clock,
        grants=grants,
    )
    return IdentityParts(granting, parts.origins)


def _name(name: str, door: App) -> App:
    async def named(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"]["door"] = name
        await door(scope, receive, send)

    return named


def _choose(doors: dict[str, App], otherwise: App) -> App:
    async def choose(scope: Scope, receive: Receive, send: Send) -> None:
        first = scope["path"].lstrip("/").partition("/")[0].lower()
        await doors.get(first, otherwise)(scope, receive, send)

    return choose


def _split_health(control: App, otherwise: App) -> App:
    async def split(scope: Scope, receive: Receive, send: Send) -> None:
        app = control if scope["path"] in HEALTH_PATHS else otherwise
        await app(scope, receive, send)

    return split
