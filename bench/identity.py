"""Identity: what tokens, sign-ins and verification cost, beside the bare signature or hash.

Everything runs in this process, past every HTTP server, and is told as the processor's time of
one call, all threads counted: what one core can do in a second follows from it.
"""

import os
import re
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from argon2 import PasswordHasher
from joserfc import jws

from tests.support.service import (
    ORIGIN,
    PASSWORD,
    ROBOT,
    TENANT,
    Service,
    id_of,
    open_service,
    production,
)
from timebound.application.changes import ChangeSet, PutSecret
from timebound.application.tokens import Resource
from timebound.domain.authority import Token
from timebound.domain.ids import ApplicationId, PrincipalId, TenantId
from timebound.identity.flows.interaction import Interaction, Interactions
from timebound.identity.hashing import GUARDING
from timebound.identity.pages.kit import FORM_TOKEN
from timebound.identity.verify import BearerVerifier
from timebound.server.config import LogFormat
from timebound.server.logs import configure_logs
from timebound.server.seeding import CLIENT_SECRET_KIND, PASSWORD_KIND

GRANTS_GOAL: Final = 240
VERIFYING_GOAL: Final = 100
ALGORITHMS: Final = ("RS256", "ES256")
_SECRET: Final = "a-secret-that-is-long-enough-to-be-random"
_TOKENS: Final = f"/{TENANT}/oauth2/v2.0/token"
_LOGIN: Final = f"/{TENANT}/login"
_FIELD: Final = re.compile(rf'name="{FORM_TOKEN}" value="([^"]+)"')
_FORM_TYPE: Final = (b"content-type", b"application/x-www-form-urlencoded")

Act = Callable[[], Awaitable[object]]


class UnexpectedAnswerError(Exception):
    """The service answered with something that is not measured."""


@dataclass(slots=True)
class Figure:
    """Something that is done over and over, and what it cost in each round, in microseconds."""

    name: str
    act: Act
    rounds: list[float] = field(default_factory=list)

    async def run(self, seconds: float) -> None:
        """One round."""
        calls, began, until = 0, time.process_time(), time.monotonic() + seconds
        while time.monotonic() < until:
            await self.act()
            calls += 1
        self.rounds.append((time.process_time() - began) / calls * 1e6)

    def cost(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.rounds)


@dataclass(frozen=True, slots=True)
class Browser:
    """What asks the application without a socket."""

    service: Service

    async def call(
        self, method: str, path: str, body: bytes = b"", cookie: str = ""
    ) -> tuple[int, Sequence[tuple[bytes, bytes]], bytes]:
        """Status, headers and body of the answer."""
        target, _, query = path.partition("?")
        host = ORIGIN.removeprefix("https://").encode()
        headers = [(b"host", host), _FORM_TYPE, (b"cookie", cookie.encode())]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "https",
            "path": target,
            "raw_path": target.encode(),
            "query_string": query.encode(),
            "headers": headers,
            "client": ("127.0.0.1", 40_000),
            "server": ("127.0.0.1", 8443),
        }
        sent = list[Any]()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:  # noqa: ANN401 - as ASGI has it
            sent.append(message)

        await self.service.app(scope, receive, send)
        content = b"".join(one.get("body", b"") for one in sent[1:])
        return sent[0]["status"], sent[0]["headers"], content


async def measure_identity(seconds: float, rounds: int) -> None:
    """Measures and prints every figure."""
    print("\nidentity, us of the processor for one call")
    with _quiet_logs():
        for algorithm in ALGORITHMS:
            await _measure_algorithm(algorithm, seconds, rounds)


async def _measure_algorithm(algorithm: str, seconds: float, rounds: int) -> None:
    with tempfile.TemporaryDirectory(prefix="timebound-bench-") as name:
        settings = replace(production(Path(name)), signing_algorithm=algorithm)
        async with open_service(settings) as service:
            await _give_secrets(service)
            await _measure(service, algorithm, seconds, rounds)


@contextmanager
def _quiet_logs() -> Iterator[None]:
    """Log lines are written as a server writes them, to where nobody reads them."""
    with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
        configure_logs(LogFormat.JSON)
        yield


async def _measure(service: Service, algorithm: str, seconds: float, rounds: int) -> None:
    figures = [await _make_grant(service), await _make_signature(service)]
    if algorithm == ALGORITHMS[0]:
        figures += [await _make_sign_in(service), _make_hash()]
    figures += [_make_first_check(service), _make_later_check(service)]
    for one in figures:
        await one.run(seconds / 4)
        one.rounds.clear()
    for _ in range(rounds):
        for one in figures:
            await one.run(seconds)
    costs = {one.name: one.cost() for one in figures}
    _print(algorithm, costs)


def _print(algorithm: str, costs: Mapping[str, float]) -> None:
    for name, cost in costs.items():
        print(f"{algorithm} {name:34}{cost:10.1f}{1e6 / cost:12.0f}/s", flush=True)
    floor, grant = costs["bare signature"], costs["client credentials"]
    goal = max(GRANTS_GOAL, 0.5e6 / floor)
    print(
        f"{algorithm} grants: {floor / grant:.2f} of the signature, "
        f"{1e6 / grant:.0f}/s per core (goal {goal:.0f}/s)"
    )
    if "password sign-in" in costs:
        ratio = costs["bare hash"] / costs["password sign-in"]
        print(f"{algorithm} password sign-ins: {ratio:.2f} of the hash")
    added = costs["token known already"]
    print(
        f"{algorithm} verification adds {added:.1f} us to a request "
        f"(goal under {VERIFYING_GOAL} us), {costs['token seen first']:.0f} us to a token's first",
        flush=True,
    )


async def _give_secrets(service: Service) -> None:
    """A password and a client secret, which no seed of a production service may have."""
    parts = service.parts
    person = id_of("user", "ada@small.example")
    tenant_id, at = TenantId(TENANT), parts.system.now()
    found = await parts.store.find_application(tenant_id, ApplicationId(ROBOT), at)
    if found is None:
        raise UnexpectedAnswerError("the application is not there")
    seal = parts.hasher.hash
    writes = (
        PutSecret(PrincipalId(person), PASSWORD_KIND, seal(PASSWORD)),
        PutSecret(PrincipalId(found.owner.id), CLIENT_SECRET_KIND, seal(_SECRET), key_id="bench"),
    )
    if not await parts.store.apply(ChangeSet(tenant_id, at, {}, frozenset(), writes)):
        raise UnexpectedAnswerError("the secrets could not be set")


async def _make_grant(service: Service) -> Figure:
    """A client that proves itself by its secret and is given a token."""
    browser = Browser(service)
    form = _write_form(
        {
            "grant_type": "client_credentials",
            "client_id": ROBOT,
            "client_secret": _SECRET,
            "scope": "https://graph.microsoft.com/.default",
        }
    )

    async def grant() -> None:
        status, _, content = await browser.call("POST", _TOKENS, form)
        if status != HTTPStatus.OK:
            raise UnexpectedAnswerError(content.decode())

    return Figure("client credentials", grant)


async def _make_sign_in(service: Service) -> Figure:
    """Somebody who sends the form of the sign-in page."""
    browser, parts = Browser(service), service.parts
    interactions = Interactions(parts.master, parts.system)
    ctx = interactions.seal(Interaction(f"/{TENANT}/oauth2/v2.0/authorize", TenantId(TENANT)))
    _, headers, page = await browser.call("GET", f"{_LOGIN}?ctx={ctx}")
    cookie = dict(headers)[b"set-cookie"].decode().partition(";")[0]
    found = _FIELD.search(page.decode())
    if found is None:
        raise UnexpectedAnswerError(page.decode())
    form = _write_form(
        {
            FORM_TOKEN: found[1],
            "ctx": ctx,
            "step": "password",
            "username": "ada@small.example",
            "password": PASSWORD,
        }
    )

    async def sign_in() -> None:
        status, _, content = await browser.call("POST", _LOGIN, form, cookie)
        if status != HTTPStatus.SEE_OTHER:
            raise UnexpectedAnswerError(content.decode())

    return Figure("password sign-in", sign_in)


def _write_form(fields: Mapping[str, str]) -> bytes:
    return urlencode(fields).encode()


def _make_floor(name: str, do: Callable[[], object]) -> Figure:
    """Something bare, without anything around it."""

    async def act() -> None:
        do()

    return Figure(name, act)


async def _make_signature(service: Service) -> Figure:
    """The library's signature over claims like those of a token."""
    known = service.parts.keys.published()[0]
    pair = await service.parts.keys.find(known["kid"])
    if pair is None:
        raise UnexpectedAnswerError("the key is not there")
    header = {"alg": pair.algorithm, "typ": "JWT", "kid": pair.id}

    def sign() -> None:
        content = msgspec.json.encode(_write_claims(service))
        jws.serialize_compact(header, content, pair.key, algorithms=[pair.algorithm])

    return _make_floor("bare signature", sign)


def _make_hash() -> Figure:
    """The check of a password at the cost of production."""
    cost = GUARDING
    hasher = PasswordHasher(cost.rounds, cost.memory, cost.lanes)
    known = hasher.hash(PASSWORD)
    return _make_floor("bare hash", lambda: hasher.verify(known, PASSWORD))


def _make_first_check(service: Service) -> Figure:
    """A token that nobody has seen before: its signature has to be verified.

    The one token is brought to a new verifier each time, so that none knows it.
    """
    bearer = f"Bearer {service.parts.keys.sign(_write_claims(service))}"

    async def check() -> None:
        await _check(_open_verifier(service), bearer)

    return Figure("token seen first", check)


def _make_later_check(service: Service) -> Figure:
    """A token that was verified before."""
    bearer = f"Bearer {service.parts.keys.sign(_write_claims(service))}"
    verifier = _open_verifier(service)

    async def check() -> None:
        await _check(verifier, bearer)

    return Figure("token known already", check)


def _open_verifier(service: Service) -> BearerVerifier:
    return BearerVerifier(service.parts.keys, service.parts.system, [ORIGIN])


async def _check(verifier: BearerVerifier, bearer: str) -> None:
    if not isinstance(await verifier.verify(bearer, Resource.GRAPH), Token):
        raise UnexpectedAnswerError("the token was refused")


def _write_claims(service: Service) -> Mapping[str, object]:
    """Claims as long as those of a token for a program."""
    now = int(service.parts.system.now().timestamp())
    return {
        "aud": "https://graph.microsoft.com",
        "iss": f"{ORIGIN}/{TENANT}/v2.0",
        "iat": now,
        "nbf": now,
        "exp": now + 3_600,
        "azp": ROBOT,
        "azpacr": "1",
        "idtyp": "app",
        "oid": id_of("user", "ada@small.example"),
        "roles": ["RoleManagement.Read.Directory", "User.Read.All"],
        "sub": id_of("user", "ada@small.example"),
        "tid": TENANT,
        "uti": "AAAAAAAAAAAAAAAAAAAAAA",
        "ver": "2.0",
    }
