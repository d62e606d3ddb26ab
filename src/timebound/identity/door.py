"""The authorization server as an ASGI application."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from timebound.application.sign_in_log_ports import SentFrom
from timebound.application.tokens import Resource
from timebound.domain.authority import Token
from timebound.identity.clouds import describe_cloud
from timebound.identity.discovery import (
    Cloud,
    Place,
    describe_instance,
    describe_realm,
    describe_tenant,
    find_place,
)
from timebound.identity.federation.upstream import Upstream
from timebound.identity.federation.visits import FederationVisit, visit_callback, visit_start
from timebound.identity.flows.admin_consent import ask_admin_consent
from timebound.identity.flows.authorize import authorize
from timebound.identity.flows.devices import PATH as DEVICE_PATH
from timebound.identity.flows.devices import ask_for_device
from timebound.identity.flows.leaving import SIGN_OUT_PATH, leave
from timebound.identity.flows.outcomes import Outcome
from timebound.identity.flows.parts import Flows
from timebound.identity.flows.visits import SIGN_IN_PATH, Visit
from timebound.identity.forms import join_basic, read_form
from timebound.identity.granting import Ask, Granting
from timebound.identity.grants import grant_token
from timebound.identity.introspecting import introspect_token, revoke_token, tell_about
from timebound.identity.legacy import grant_legacy_token
from timebound.identity.pacing import find_neighbourhood
from timebound.identity.pages.assets import ICON_PATH, SEGMENT, serve_asset, serve_icon
from timebound.identity.pages.bootstrap import PATH as BOOTSTRAP_PATH
from timebound.identity.pages.bootstrap import bootstrap
from timebound.identity.pages.consent import answer_consent
from timebound.identity.pages.device import connect_device
from timebound.identity.pages.kit import PageVisit
from timebound.identity.pages.login import log_in
from timebound.identity.pages.outcomes import CONSENT_PATH, show_outcome, sign_out
from timebound.identity.pages.own_visits import PATH as SECURITY_PATH
from timebound.identity.pages.parts import Pages
from timebound.identity.pages.security import look_after_own
from timebound.identity.pages.trouble import show_trouble
from timebound.identity.problems import Fault, Refusal, write_refusal
from timebound.identity.verify import BearerVerifier
from timebound.identity.versions import Version

_NOT_KEPT: Final = {"cache-control": "no-store", "pragma": "no-cache"}
# What a browser keeps for itself must not be shown to a page, which needs to be told that it may.
_KEPT: Final = {"cache-control": "max-age=3600, private", "vary": "Origin"}
_BASIC_CHALLENGE: Final = 'Basic realm="timebound"'
_BEARER_CHALLENGE: Final = 'Bearer realm="timebound", error="invalid_token"'


@dataclass(frozen=True, slots=True)
class IdentityParts:
    """What the door works with: how tokens are granted, and where it is reached."""

    flows: Flows
    tokens: BearerVerifier
    authorities: Sequence[str]
    """The origins that tokens are issued at."""
    clouds: Mapping[str, Cloud]
    """The services that go with each origin of the door."""
    upstream: Upstream
    """Those whom people may sign in with instead."""
    pages: Pages

    @property
    def granting(self) -> Granting:
        """How tokens are granted."""
        return self.flows.granting


Answer: TypeAlias = Mapping[str, Any] | Sequence[Any] | Refusal | Response
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


def _configuration(version: Version) -> Handler:
    async def describe(parts: IdentityParts, request: Request, segment: str) -> Answer:
        place = await find_place(parts.granting.store, segment)
        if isinstance(place, Refusal):
            return place
        cloud = parts.clouds[_origin(request)]
        granting = parts.granting
        return describe_tenant(cloud, place, granting.grants, granting.keys.algorithms(), version)

    return describe


async def _keys(parts: IdentityParts, _request: Request, segment: str) -> Answer:
    place = await find_place(parts.granting.store, segment)
    if isinstance(place, Refusal):
        return place
    return {"keys": parts.granting.keys.published()}


async def _instance(parts: IdentityParts, request: Request, _segment: str) -> Answer:
    asked = request.query_params.get("authorization_endpoint")
    return describe_instance(_origin(request), parts.authorities, asked)


async def _realm(parts: IdentityParts, request: Request, _segment: str) -> Answer:
    name = unquote(request.scope["path"].rpartition("/")[2])
    return await describe_realm(parts.granting.store, _origin(request), name)


async def _cloud(parts: IdentityParts, request: Request, _segment: str) -> Answer:
    api_version = request.query_params.get("api-version", "")
    return describe_cloud(parts.clouds[_origin(request)], api_version)


async def _userinfo(parts: IdentityParts, request: Request, _segment: str) -> Answer:
    authorization = request.headers.get("authorization")
    token = await parts.tokens.verify(authorization, Resource.GRAPH)
    told = await tell_about(parts.granting, token) if isinstance(token, Token) else None
    return Refusal(Fault.BEARER_REFUSED) if told is None else told


def _of_form(answer: Callable[[IdentityParts, Ask], Awaitable[Answer]]) -> Handler:
    """The handler that reads a form of a tenant, with the client that its header names."""

    async def handle(parts: IdentityParts, request: Request, segment: str) -> Answer:
        place = await find_place(parts.granting.store, segment)
        if isinstance(place, Refusal):
            return place
        form = read_form(await request.body())
        if isinstance(form, Refusal):
            return form
        form = join_basic(form, request.headers.get("authorization"))
        if isinstance(form, Refusal):
            return form
        ask = Ask(place, _origin(request), form, sent_from=_find_source(request))
        return await answer(parts, ask)

    return handle


def _of_visit(answer: Callable[[Flows, Visit], Awaitable[Outcome]]) -> Handler:
    """The handler of a browser's visit that flows decide about."""

    async def show(pages: Pages, visit: PageVisit) -> Response:
        return show_outcome(pages, visit, await answer(pages.flows, visit.visit))

    return _of_page(show)


def _of_page(
    show: Callable[[Pages, PageVisit], Awaitable[Response]], *, is_of_tenant: bool = True
) -> Handler:
    """The handler of a page, whose fields are in the query or in its form."""

    async def handle(parts: IdentityParts, request: Request, segment: str) -> Answer:
        place: Place | Refusal = Place(None, "")
        if is_of_tenant:
            place = await find_place(parts.granting.store, segment)
        is_post = request.method == "POST"
        fields = read_form(await request.body() if is_post else request.scope["query_string"])
        known = Place(None, "") if isinstance(place, Refusal) else place
        given = {} if isinstance(fields, Refusal) else fields
        source, site = _find_source(request), request.headers.get("sec-fetch-site", "")
        came = Visit(known, _origin(request), request.cookies, given, source, site)
        visit = _write_visit(request, came)
        refusal = next((one for one in (place, fields) if isinstance(one, Refusal)), None)
        if refusal is not None:
            return show_trouble(parts.pages, visit, refusal)
        return await show(parts.pages, visit)

    return handle


def _write_visit(request: Request, visit: Visit) -> PageVisit:
    state: Mapping[str, str] = request.scope["state"]
    return PageVisit(
        visit,
        is_post=request.method == "POST",
        sent_from=request.headers.get("origin", ""),
        site=visit.site,
        address=find_neighbourhood(state.get("client") or ""),
        trace_id=state["request_id"],
        correlation_id=state["client_request_id"],
    )


async def _asset(_parts: IdentityParts, request: Request, _segment: str) -> Answer:
    found = serve_asset(request.scope["path"].rpartition("/")[2])
    return found or _respond(404, {"error": "not_found"}, _NOT_KEPT)


async def _icon(_parts: IdentityParts, _request: Request, _segment: str) -> Answer:
    return serve_icon()


def _of_journey(go: FederationVisit) -> Handler:
    """The handler of a browser's visit on its way to a provider, whose name is in the path."""

    async def handle(parts: IdentityParts, request: Request, segment: str) -> Answer:
        name = request.scope["path"].rstrip("/").split("/")[-2]
        visiting = _of_visit(lambda _flows, visit: go(parts.upstream, visit, name))
        return await visiting(parts, request, segment)

    return handle


async def _token(parts: IdentityParts, ask: Ask) -> Answer:
    return await grant_token(parts.flows, ask)


async def _legacy_token(parts: IdentityParts, ask: Ask) -> Answer:
    return await grant_legacy_token(parts.flows, ask)


async def _device_code(parts: IdentityParts, ask: Ask) -> Answer:
    return await ask_for_device(parts.flows, ask)


async def _introspection(parts: IdentityParts, ask: Ask) -> Answer:
    return await introspect_token(parts.granting, parts.tokens, ask)


async def _revocation(parts: IdentityParts, ask: Ask) -> Answer:
    return await revoke_token(parts.flows, parts.tokens, ask)


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the door's table; `segments` are lower case, None stands for any one."""

    name: str
    methods: tuple[str, ...]
    segments: tuple[str | None, ...]
    handler: Handler
    is_kept: bool = False
    at: int = 0
    """Which of the segments names the tenant."""


_READ: Final = ("GET", "HEAD")
_WELL_KNOWN: Final = (".well-known", "openid-configuration")
_AUTHORIZATION_SERVER: Final = (".well-known", "oauth-authorization-server")
_V1, _V2 = _configuration(Version.V1), _configuration(Version.V2)
OPERATIONS: Final = (
    Operation("configuration", _READ, (None, "v2.0", *_WELL_KNOWN), _V2, is_kept=True),
    Operation("configuration", _READ, (None, *_WELL_KNOWN), _V1, is_kept=True),
    Operation("metadata", _READ, (*_AUTHORIZATION_SERVER, None, "v2.0"), _V2, is_kept=True, at=2),
    Operation("metadata", _READ, (*_AUTHORIZATION_SERVER, None), _V1, is_kept=True, at=2),
    Operation("keys", _READ, (None, "discovery", "v2.0", "keys"), _keys, is_kept=True),
    Operation("keys", _READ, (None, "discovery", "keys"), _keys, is_kept=True),
    Operation("instance", _READ, ("common", "discovery", "instance"), _instance),
    Operation("userrealm", _READ, ("common", "userrealm", None), _realm),
    Operation("cloud", _READ, ("metadata", "endpoints"), _cloud, is_kept=True),
    Operation("asset", _READ, (SEGMENT, None), _asset),
    Operation("icon", _READ, (ICON_PATH,), _icon),
    Operation("login", ("GET", "POST"), (None, SIGN_IN_PATH), _of_page(log_in)),
    Operation(
        "bootstrap", ("GET", "POST"), (BOOTSTRAP_PATH,), _of_page(bootstrap, is_of_tenant=False)
    ),
    Operation("consent", ("POST",), (None, CONSENT_PATH), _of_page(answer_consent)),
    Operation("signOut", ("POST",), (None, SIGN_OUT_PATH), _of_page(sign_out)),
    Operation("device", ("GET", "POST"), (None, *DEVICE_PATH.split("/")), _of_page(connect_device)),
    Operation("security", ("GET", "POST"), (None, SECURITY_PATH), _of_page(look_after_own)),
    Operation("userinfo", ("GET", "HEAD", "POST"), ("oidc", "userinfo"), _userinfo),
    Operation("token", ("POST",), (None, "oauth2", "v2.0", "token"), _of_form(_token)),
    Operation("legacyToken", ("POST",), (None, "oauth2", "token"), _of_form(_legacy_token)),
    Operation("logout", ("GET", "POST"), (None, "oauth2", "v2.0", "logout"), _of_visit(leave)),
    Operation("adminConsent", ("GET",), (None, "adminconsent"), _of_visit(ask_admin_consent)),
    Operation(
        "adminConsent", ("GET",), (None, "v2.0", "adminconsent"), _of_visit(ask_admin_consent)
    ),
    Operation(
        "deviceCode", ("POST",), (None, "oauth2", "v2.0", "devicecode"), _of_form(_device_code)
    ),
    Operation(
        "introspection", ("POST",), (None, "oauth2", "v2.0", "introspect"), _of_form(_introspection)
    ),
    Operation(
        "authorize", ("GET", "POST"), (None, "oauth2", "v2.0", "authorize"), _of_visit(authorize)
    ),
    Operation(
        "federationStart", ("GET",), (None, "federation", None, "start"), _of_journey(visit_start)
    ),
    Operation(
        "federationCallback",
        ("GET",),
        (None, "federation", None, "callback"),
        _of_journey(visit_callback),
    ),
    Operation("revocation", ("POST",), (None, "oauth2", "v2.0", "revoke"), _of_form(_revocation)),
)
_LONGEST_AGENT: Final = 256
_LENGTHS: Final = {len(operation.segments) for operation in OPERATIONS}
_BY_LENGTH: Final = {
    length: [operation for operation in OPERATIONS if len(operation.segments) == length]
    for length in _LENGTHS
}


@dataclass(frozen=True, slots=True)
class _Found:
    """The operation that a path names, and the tenant segment before it."""

    operation: Operation
    segment: str


def is_known(path: str) -> bool:
    """Whether the door has anything at a path, for whatever method."""
    return _find(path) is not None


def _find(path: str) -> _Found | None:
    segments = [segment for segment in path.split("/") if segment]
    lowered = [segment.lower() for segment in segments]
    for operation in _BY_LENGTH.get(len(segments), ()):
        if all(
            wanted is None or wanted == given
            for wanted, given in zip(operation.segments, lowered, strict=True)
        ):
            return _Found(operation, segments[operation.at])
    return None


def _find_source(request: Request) -> SentFrom:
    state: Mapping[str, str] = request.scope["state"]
    agent = request.headers.get("user-agent", "")[:_LONGEST_AGENT]
    return SentFrom(state.get("client") or "", agent, state["client_request_id"])


def _origin(request: Request) -> str:
    origin: str = request.scope["state"]["origin"]
    return origin


def _write(
    parts: IdentityParts, request: Request, answer: Answer, operation: Operation
) -> Response:
    if isinstance(answer, Response):
        return answer
    if not isinstance(answer, Refusal):
        return _respond(200, answer, _KEPT if operation.is_kept else _NOT_KEPT)
    state: Mapping[str, str] = request.scope["state"]
    at = parts.granting.system.now()
    trace_id, correlation_id = state["request_id"], state["client_request_id"]
    headers = dict(_NOT_KEPT)
    if answer.fault.status == 401:  # noqa: PLR2004 - the status that asks for a challenge
        is_bearer = answer.fault is Fault.BEARER_REFUSED
        headers["www-authenticate"] = _BEARER_CHALLENGE if is_bearer else _BASIC_CHALLENGE
    if answer.fault is Fault.SECRET_TOO_OFTEN:
        headers["retry-after"] = answer.about
    document = write_refusal(answer, at, trace_id, correlation_id)
    return _respond(answer.fault.status, document, headers)


def _respond(
    status: int, document: Mapping[str, Any] | Sequence[Any], headers: Mapping[str, str]
) -> Response:
    return Response(
        msgspec.json.encode(document), status, dict(headers), media_type="application/json"
    )
