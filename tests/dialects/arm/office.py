"""The tenant of the Graph tests behind the resource manager's door: what its HTTP tests talk to.

Who calls is named by their id, or by the key of a token that `sign_in` gave.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import httpx
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.dialects.graph.office import DESK, ROBOT, ROBOT_APP, TENANT, HandClock, NumberedIds
from tests.support.sealing import make_signer
from timebound.application.auditing import AuditTrail
from timebound.application.ports import Ports, Store
from timebound.application.sealing import Sealer
from timebound.application.sign_in_log import SignInLog
from timebound.application.tokens import Resource, TokenFault, TokenRefusal
from timebound.dialects.arm.door import ALONE, PAGE_SIZE, Surroundings, create_arm
from timebound.dialects.arm.operation import Operation
from timebound.dialects.arm.operations import OPERATIONS
from timebound.domain.authority import Token
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.ids import PrincipalId
from timebound.domain.policies import SignIn
from timebound.identity.hashing import CHEAP, SecretHasher
from timebound.identity.possession import KeyPossession
from timebound.server.ids import derive_id

ORIGIN: Final = "https://management.test:8443"
IMPERSONATION: Final = frozenset({AZURE_PERMISSION})


class GuidIds(NumberedIds):
    """The ids of the Graph tests, those that follow from names as GUIDs."""

    def derive_id(self, *names: str) -> str:
        return derive_id(*names)


@dataclass(slots=True)
class NamedTokens:
    """Takes `Bearer {key}` for the token, or the fault, that was put under the key."""

    known: dict[str, Token | TokenFault] = field(default_factory=dict)

    async def verify(self, authorization: str | None, resource: Resource) -> Token | TokenRefusal:
        """The token under the key."""
        assert resource is Resource.ARM
        if authorization is None:
            return TokenRefusal(TokenFault.MISSING)
        found = self.known.get(authorization.removeprefix("Bearer "), TokenFault.MALFORMED)
        return TokenRefusal(found) if isinstance(found, TokenFault) else found


@dataclass(slots=True)
class ArmOffice:
    """The door of the tenant with its clock, and the people who come to it."""

    client: httpx.AsyncClient
    clock: HandClock
    tokens: NamedTokens
    store: Store
    states: list[Mapping[str, Any]] = field(default_factory=list)
    """What the door has noted of each call, for the log and the metrics."""

    def sign_in(
        self,
        who: PrincipalId,
        permissions: frozenset[str] = IMPERSONATION,
        sign_in: SignIn | None = None,
    ) -> str:
        """The key of a token for somebody; the robot signs in alone."""
        is_robot = who == ROBOT
        found = sign_in or SignIn(is_application=is_robot)
        application = ROBOT_APP if is_robot else DESK
        key = f"{who}-{len(self.tokens.known)}"
        granted = frozenset[str]() if is_robot else permissions
        self.tokens.known[key] = Token(TENANT, who, application, granted, found)
        return key

    async def get(self, who: str, path: str, **headers: str) -> httpx.Response:
        """A GET by somebody, or by the token under a key."""
        return await self.client.get(path, headers=self._headers(who, headers))

    async def put(self, who: str, path: str, body: object = None) -> httpx.Response:
        """A PUT by somebody, or by the token under a key."""
        return await self.client.put(path, json=body, headers=self._headers(who, {}))

    async def post(self, who: str, path: str, body: object = None) -> httpx.Response:
        """A POST by somebody, or by the token under a key; without a body unless there is one."""
        if body is None:
            return await self.client.post(path, headers=self._headers(who, {}))
        return await self.client.post(path, json=body, headers=self._headers(who, {}))

    async def patch(self, who: str, path: str, body: object = None) -> httpx.Response:
        """A PATCH by somebody, or by the token under a key."""
        return await self.client.patch(path, json=body, headers=self._headers(who, {}))

    async def head(self, who: str, path: str) -> httpx.Response:
        """A HEAD by somebody, or by the token under a key."""
        return await self.client.head(path, headers=self._headers(who, {}))

    async def delete(self, who: str, path: str) -> httpx.Response:
        """A DELETE by somebody, or by the token under a key."""
        return await self.client.delete(path, headers=self._headers(who, {}))

    async def walk(self, who: str, path: str) -> list[Any]:
        """All rows of a list, over as many pages as it has."""
        rows: list[Any] = []
        link: str | None = path
        while link:
            answer = await self.get(who, link)
            assert answer.status_code == HTTPStatus.OK, answer.text
            rows += answer.json()["value"]
            link = answer.json().get("nextLink")
        return rows

    def _headers(self, who: str, more: Mapping[str, str]) -> dict[str, str]:
        key = who if who in self.tokens.known else self.sign_in(PrincipalId(who))
        return {"authorization": f"Bearer {key}", **more}


def open_arm(
    store: Store,
    operations: Iterable[Operation] = OPERATIONS,
    page_size: int = PAGE_SIZE,
    origin: str = ORIGIN,
    around: Surroundings = ALONE,
) -> ArmOffice:
    """The door over a store in which the tenant is, with its clock at dawn."""
    clock, tokens = HandClock(), NamedTokens()
    ports = Ports(
        store=store,
        clock=clock,
        system=clock,
        ids=GuidIds(),
        tokens=tokens,
        secrets=SecretHasher(CHEAP),
        possession=KeyPossession(clock),
        trail=AuditTrail(store, Sealer(store, make_signer())),
        sign_ins=SignInLog(store, NumberedIds(first="88888888"), clock),
    )
    states: list[Mapping[str, Any]] = []
    arm = create_arm(ports, b"key of page tokens", operations, page_size, around)
    door = at_edge(arm, origin, states)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url=origin)
    return ArmOffice(client, clock, tokens, store, states)


def at_edge(app: ASGIApp, origin: str, states: list[Mapping[str, Any]]) -> ASGIApp:
    """The app behind as much of the edge as a door relies on."""
    ids = NumberedIds()

    async def edge(scope: Scope, receive: Receive, send: Send) -> None:
        request_id = ids.new_id()
        scope["state"] = {
            "request_id": request_id,
            "client_request_id": request_id,
            "origin": origin,
            "authority": "https://login.test:8443",
        }
        states.append(scope["state"])

        async def send_with_ids(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                headers["request-id"] = headers["client-request-id"] = request_id
            await send(message)

        await app(scope, receive, send_with_ids)

    return edge
