"""The application, wired once and in the open: what a request passes, and the doors behind it."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import structlog

from timebound.application.auditing import AuditTrail
from timebound.application.azure_throttling import AzureThrottle
from timebound.application.backlog import Backlog, measure_backlog
from timebound.application.engine import Engine
from timebound.application.ports import Clock, IdSource, Ports, Store
from timebound.application.sealing import Sealer
from timebound.application.sign_in_log import SignInLog
from timebound.application.strangers import Reception
from timebound.application.throttling import Throttle
from timebound.control.access import METADATA
from timebound.control.door import ControlParts, Steering, create_control
from timebound.control.log import LogParts
from timebound.control.metrics import Meter
from timebound.dialects.arm.door import Surroundings, create_arm
from timebound.dialects.graph.door import create_graph
from timebound.identity.client_pacing import ClientPace
from timebound.identity.discovery import Cloud
from timebound.identity.door import IdentityParts, create_identity, is_known
from timebound.identity.federation.bearers import ForeignBearers, Vouching
from timebound.identity.federation.states import AwayStates
from timebound.identity.federation.upstream import Upstream
from timebound.identity.flows.families import PASSWORD
from timebound.identity.flows.parts import Flows, open_flows
from timebound.identity.granting import Granting
from timebound.identity.grants import GRANTS
from timebound.identity.hashing import SecretHasher
from timebound.identity.keys import KeyRing
from timebound.identity.pacing import Pace
from timebound.identity.pages.parts import open_pages
from timebound.identity.possession import KeyPossession
from timebound.identity.scopes import Audiences
from timebound.identity.sealing import MasterKey
from timebound.identity.verify import BearerVerifier
from timebound.server import edge
from timebound.server.asgi import App, Receive, Scope, Send, stack
from timebound.server.clock import SystemClock
from timebound.server.config import Origin, Role, Settings
from timebound.server.cors import answer_browsers
from timebound.server.ids import RandomIds
from timebound.server.metering import meter_store
from timebound.server.origins import find_companion, find_urls, list_hosts
from timebound.server.outgoing import Others

_log: Final = structlog.get_logger()
_PROVIDERS: Final = "/providers/"
_API_VERSION: Final = b"api-version"
HEALTH_PATHS: Final = frozenset({"/healthz", "/readyz"})


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that is opened before the application is wired."""

    settings: Settings
    origins: Sequence[Origin]
    store: Store
    system: SystemClock
    clock: Clock
    ids: IdSource
    keys: KeyRing
    master: MasterKey
    hasher: SecretHasher
    steering: Steering | None
    others: Others
    sealer: Sealer
    sign_ins: SignInLog
    meter: Meter = field(default_factory=Meter)


def create_app(parts: Parts) -> App:
    """The whole service as one ASGI application."""
    settings, meter = parts.settings, parts.meter
    tokens = _open_verifier(parts)
    ports = Ports(
        store=meter_store(parts.store, meter),
        clock=parts.clock,
        system=parts.system,
        ids=parts.ids,
        tokens=tokens,
        secrets=parts.hasher,
        possession=KeyPossession(parts.system),
        trail=AuditTrail(parts.store, parts.sealer),
        sign_ins=parts.sign_ins,
        has_loopback=settings.is_emulator,
    )
    log = LogParts(ports.store, tokens, parts.clock, parts.sealer.signer)
    control = _name("control", create_control(_control_parts(parts, log, ports)))
    browsers = answer_browsers(settings.cors_origins)
    graph, arm = _open_apis(parts, ports)
    identity = create_identity(_identity_parts(parts, tokens))
    doors = _Doors(
        graph=_name("graph", browsers(graph)),
        arm=_name("arm", browsers(arm)),
        identity=_name("identity", browsers(identity)),
        control=control,
    )
    sites = [_open_site(parts.origins, origin, doors) for origin in parts.origins]
    layers = (
        edge.assign_ids(RandomIds(), parts.system),
        edge.observe(meter),
        edge.catch_faults,
        edge.identify_client(settings.trusted_proxies, is_plain_http=settings.is_plain_http),
        edge.limit_body,
    )
    # Whoever asks for health addresses a machine, not an origin.
    return stack(_split_health(control, edge.choose_origin(sites)), layers)


def _open_apis(parts: Parts, ports: Ports) -> tuple[App, App]:
    """The doors of Graph and of the resource manager."""
    page_key, count = parts.master.derive("page tokens"), parts.meter.count_request
    throttle = Throttle(ports.store, parts.system)
    graph = create_graph(ports, page_key, throttle, partial(count, "graph"))
    origins = frozenset(find_urls(parts.origins, Role.ARM))
    azure_throttle = AzureThrottle(ports.store, parts.system)
    around = Surroundings(origins, azure_throttle, partial(count, "arm"))
    return graph, create_arm(ports, page_key, around=around)


@dataclass(frozen=True, slots=True)
class _Doors:
    """The doors behind the origins."""

    graph: App
    arm: App
    identity: App
    control: App


def _open_site(origins: Sequence[Origin], origin: Origin, doors: _Doors) -> edge.Site:
    """What an origin answers: the doors of its roles, and those of operators."""
    graph = doors.graph if Role.GRAPH in origin.roles else edge.refuse_path
    arm = doors.arm if Role.ARM in origin.roles else edge.refuse_path
    identity = doors.identity if Role.AUTHORITY in origin.roles else edge.refuse_path
    has_cloud = not origin.roles.isdisjoint({Role.AUTHORITY, Role.ARM})
    # Whoever enforces what roles allow asks where the roles are.
    has_roles = not origin.roles.isdisjoint({Role.GRAPH, Role.ARM})
    access = doors.control if has_roles else edge.refuse_path
    first = {
        "v1.0": graph,
        "beta": graph,
        "subscriptions": arm,
        "providers": arm,
        "tenants": arm,
        "batch": arm,
        "metrics": doors.control,
        "control": doors.control,
        "access": access,
        ".well-known": _choose_path(METADATA, access, identity),
        "metadata": doors.identity if has_cloud else edge.refuse_path,
        "oidc": doors.identity if Role.GRAPH in origin.roles else edge.refuse_path,
    }
    authority = find_companion(origins, origin, Role.AUTHORITY) or origin.url
    otherwise = identity
    if Role.ARM in origin.roles:
        otherwise = _leave_to_arm(arm, identity, is_alone=origin.roles == {Role.ARM})
    return edge.Site(origin.url, list_hosts(origin.url), authority, _choose(first, otherwise))


def _control_parts(parts: Parts, log: LogParts, ports: Ports) -> ControlParts:
    async def is_ready() -> bool:
        parts.system.now()
        return parts.system.is_steady and await parts.store.is_ready()

    async def measure() -> Backlog | None:
        try:
            return await measure_backlog(parts.store, parts.clock.now())
        except Exception:  # noqa: BLE001 - while the database is away the rest can be read still
            _log.exception("the backlog could not be measured")
            return None

    readers = parts.settings.metrics_readers
    return ControlParts(parts.meter, is_ready, readers, log, ports, measure, parts.steering)


def _open_verifier(parts: Parts) -> BearerVerifier:
    vouching = Vouching(
        federation=parts.others.federation,
        issuers=parts.others.issuers,
        store=parts.store,
        reception=Reception(Engine(parts.store, parts.ids), parts.store),
        system=parts.system,
        movable=parts.clock,
    )
    authorities = find_urls(parts.origins, Role.AUTHORITY)
    return BearerVerifier(parts.keys, parts.system, authorities, ForeignBearers(vouching))


def _identity_parts(parts: Parts, tokens: BearerVerifier) -> IdentityParts:
    is_emulator = parts.settings.is_emulator
    grants = (*GRANTS, PASSWORD) if is_emulator else GRANTS
    granting = Granting(
        store=parts.store,
        ids=parts.ids,
        keys=parts.keys,
        hasher=parts.hasher,
        audiences=Audiences(
            find_urls(parts.origins, Role.GRAPH), find_urls(parts.origins, Role.ARM)
        ),
        system=parts.system,
        movable=parts.clock,
        grants=grants,
        client_pace=ClientPace(Pace(parts.system)),
        issuers=parts.others.issuers,
        sign_ins=parts.sign_ins,
    )
    clouds = {one.url: _find_cloud(parts.origins, one) for one in parts.origins}
    federation = parts.others.federation
    flows = open_flows(granting, tokens, parts.master, parts.ids, federation)
    authorities = find_urls(parts.origins, Role.AUTHORITY)
    upstream = _open_upstream(parts, flows)
    pages = open_pages(flows, upstream, parts.master)
    return IdentityParts(flows, tokens, authorities, clouds, upstream, pages)


def _open_upstream(parts: Parts, flows: Flows) -> Upstream:
    return Upstream(
        federation=parts.others.federation,
        flows=flows,
        states=AwayStates(flows, parts.master),
        caller=parts.others.fetcher,
        issuers=parts.others.issuers,
        reception=Reception(Engine(parts.store, parts.ids), parts.store),
    )


def _find_cloud(origins: Sequence[Origin], origin: Origin) -> Cloud:
    return Cloud(
        authority=find_companion(origins, origin, Role.AUTHORITY) or origin.url,
        arm=find_companion(origins, origin, Role.ARM),
        graph=find_companion(origins, origin, Role.GRAPH),
        portal=find_companion(origins, origin, Role.PORTAL),
    )


def _name(name: str, door: App) -> App:
    def named(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        scope["state"]["door"] = name
        return door(scope, receive, send)

    return named


def _choose(doors: dict[str, App], otherwise: App) -> App:
    def choose(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        first = scope["path"].lstrip("/").partition("/")[0].lower()
        return doors.get(first, otherwise)(scope, receive, send)

    return choose


def _choose_path(path: str, door: App, otherwise: App) -> App:
    def choose(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        app = door if scope["path"] == path else otherwise
        return app(scope, receive, send)

    return choose


def _leave_to_arm(arm: App, identity: App, *, is_alone: bool) -> App:
    """Lets the resource manager refuse what nobody else knows and is written as its paths are.

    Where it is alone, it refuses whatever nobody knows.
    """

    def choose(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        is_its = (is_alone or _is_written_for_arm(scope)) and not is_known(scope["path"])
        return (arm if is_its else identity)(scope, receive, send)

    return choose


def _is_written_for_arm(scope: Scope) -> bool:
    options = (piece.partition(b"=")[0].lower() for piece in scope["query_string"].split(b"&"))
    return _PROVIDERS in scope["path"].lower() or _API_VERSION in options


def _split_health(control: App, otherwise: App) -> App:
    def split(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        app = control if scope["path"] in HEALTH_PATHS else otherwise
        return app(scope, receive, send)

    return split
