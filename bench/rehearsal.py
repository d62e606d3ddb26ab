"""What the product asks of its store for one call of each kind: heard by listening in.

The Graph door is called once on a real store, and every statement is noted with its parameters.
The floor runs these statements in this order, and nothing else of the product.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from starlette.types import ASGIApp

from bench.population import ROLE, SCOPES, Population
from timebound.application.changes import ChangeSet
from timebound.application.ports import Ports
from timebound.application.tokens import Resource
from timebound.dialects.graph.door import create_graph
from timebound.domain.authority import Token
from timebound.domain.ids import PrincipalId, TenantId
from timebound.domain.policies.rule import SignIn
from timebound.domain.times import Instant
from timebound.identity.hashing import CHEAP, SecretHasher
from timebound.identity.possession import KeyPossession
from timebound.server.asgi import Message, Scope
from timebound.server.ids import RandomIds
from timebound.storage.compiling import Parameters, Statement
from timebound.storage.postgres import PostgresStore
from timebound.storage.sqlite import SqliteStore

INSTANCES: Final = "/v1.0/roleManagement/directory/roleAssignmentScheduleInstances"
REQUESTS: Final = "/v1.0/roleManagement/directory/roleAssignmentScheduleRequests"
OWN: Final = f"{INSTANCES}/filterByCurrentUser(on='principal')"
TRANSITIVE: Final = "/beta/roleManagement/directory/transitiveRoleAssignments"
LASTS: Final = timedelta(hours=1)
"""How long people activate for; the bodies below say it in ISO 8601."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call: who makes it, where it goes, and what it brings."""

    caller: PrincipalId
    method: str
    path: str
    query: bytes = b""
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


def ask_own(person: PrincipalId) -> Asked:
    """Somebody asks what they hold themselves."""
    return Asked(person, "GET", OWN)


def ask_about(administrator: PrincipalId, person: PrincipalId) -> Asked:
    """An administrator asks what somebody holds."""
    query = f"$filter=principalId%20eq%20'{person}'".encode()
    return Asked(administrator, "GET", INSTANCES, query)


def ask_transitive(administrator: PrincipalId, person: PrincipalId) -> Asked:
    """An administrator asks what somebody has themselves and through groups."""
    query = f"$count=true&$filter=principalId%20eq%20'{person}'".encode()
    headers = (("consistencylevel", "eventual"),)
    return Asked(administrator, "GET", TRANSITIVE, query, headers=headers)


def ask_activation(person: PrincipalId) -> Asked:
    """Somebody activates the role that they are eligible for."""
    return _ask_self(
        person,
        '"selfActivate"',
        ',"scheduleInfo":{"expiration":{"type":"afterDuration","duration":"PT2H"}}',
    )


def ask_deactivation(person: PrincipalId) -> Asked:
    """Somebody gives the role back."""
    return _ask_self(person, '"selfDeactivate"')


def _ask_self(person: PrincipalId, action: str, more: str = "") -> Asked:
    body = (
        f'{{"action":{action},"principalId":"{person}","roleDefinitionId":"{ROLE}",'
        f'"directoryScopeId":"/","justification":"Measuring the service"{more}}}'
    )
    return Asked(person, "POST", REQUESTS, body=body.encode())


@dataclass(slots=True)
class NotedIds:
    """Random ids, and which were given."""

    given: list[str] = field(default_factory=list)

    def new_id(self) -> str:
        """A new id, noted."""
        self.given.append(RandomIds().new_id())
        return self.given[-1]

    def derive_id(self, *names: str) -> str:
        """The one that names lead to."""
        return RandomIds().derive_id(*names)


@dataclass(slots=True)
class Heard:
    """What one call made the store do, and how it was answered.

    `questions` before and after the change are in one list; `asked_first` tells how many came
    before.
    """

    questions: list[tuple[Statement, Parameters]] = field(default_factory=list)
    asked_first: int = 0
    change: ChangeSet | None = None
    ids: NotedIds = field(default_factory=NotedIds)
    body: bytes = b""


class _Unread:
    """Stands for the logs, which nobody reads here."""

    async def flush(self) -> None:
        """Keeps nothing."""

    async def catch_up(self, tenant_id: TenantId, at: Instant) -> bool:  # noqa: ARG002 - the port's
        """Follows nothing, to its end."""
        return True


class _Listener:
    """A store that notes what is asked of it, and applies a change like any other store."""

    heard = Heard()

    async def ask(self, statement: Statement, parameters: Parameters) -> Sequence[Any]:
        """Notes the question and answers it."""
        self.heard.questions.append((statement, parameters))
        answer: Sequence[Any] = await super().ask(statement, parameters)  # type: ignore[misc]  # the store's
        return answer

    async def apply(self, change: ChangeSet) -> bool:
        """Notes the change and applies it."""
        self.heard.change = change
        self.heard.asked_first = len(self.heard.questions)
        return bool(await super().apply(change))  # type: ignore[misc]  # the store's


class ListeningSqlite(_Listener, SqliteStore):
    """A SQLite store that is listened to."""


class ListeningPostgres(_Listener, PostgresStore):
    """A PostgreSQL store that is listened to."""


@dataclass(frozen=True, slots=True)
class _Stopped:
    at: Instant

    def now(self) -> Instant:
        """The instant of the rehearsal."""
        return self.at


@dataclass(frozen=True, slots=True)
class _Knowing:
    token: Token

    async def verify(self, authorization: str | None, resource: Resource) -> Token:
        """The caller of the rehearsal, whatever is shown."""
        del authorization, resource
        return self.token


@dataclass(frozen=True, slots=True)
class Stage:
    """The store that is listened to, and the tenant that calls are made in."""

    store: ListeningSqlite | ListeningPostgres
    population: Population
    origin: str
    open_door: Callable[[Ports, bytes], ASGIApp] = create_graph

    async def play(self, asked: Asked, at: Instant) -> Heard:
        """Makes one call of the door at an instant and answers what it led to."""
        heard = self.store.heard = Heard()
        token = self._make_token(asked.caller)
        clock = _Stopped(at)
        secrets, possession = SecretHasher(CHEAP), KeyPossession(clock)
        ports = Ports(
            self.store,
            clock,
            clock,
            heard.ids,
            _Knowing(token),
            secrets,
            possession,
            _Unread(),
            _Unread(),
        )
        door = self.open_door(ports, bytes(32))
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            return {"type": "http.request", "body": asked.body, "more_body": False}

        await door(self._make_scope(asked), receive, send)
        heard.body = b"".join(message.get("body", b"") for message in sent)
        if sent[0]["status"] not in (HTTPStatus.OK, HTTPStatus.CREATED):
            raise RuntimeError(f"the rehearsal of {asked.path} failed: {heard.body.decode()}")
        return heard

    def _make_scope(self, asked: Asked) -> Scope:
        state = {"request_id": "", "client_request_id": "", "origin": self.origin}
        return {
            "type": "http",
            "method": asked.method,
            "path": asked.path,
            "raw_path": asked.path.encode(),
            "query_string": asked.query,
            "headers": [
                (b"content-type", b"application/json"),
                *((name.encode(), value.encode()) for name, value in asked.headers),
            ],
            "state": state,
        }

    def _make_token(self, caller: PrincipalId) -> Token:
        return Token(
            self.population.tenant_id,
            caller,
            self.population.application_id,
            frozenset(SCOPES),
            SignIn(has_mfa=True),
        )
