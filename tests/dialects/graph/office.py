"""A tenant with a few people, behind the Graph door: what HTTP tests of the door talk to.

Grace and Henrik are Global Administrators for ever, assigned past PIM. Hana is eligible for
nothing until somebody makes her so. Omar is a member of Tier 2, which is eligible for one role.
Reports Reader needs the approval of Ingrid, Groups Administrator a ticket, Usage Summary Reports
Reader an authentication context. Samuel reads what concerns security. The robot administers alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

import httpx
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.support.published import PublishedTransport
from tests.support.sealing import make_signer
from timebound.application.auditing import AuditTrail
from timebound.application.catalog import (
    built_in_roles,
    built_in_roles_by_name,
    provider_roles,
)
from timebound.application.changes import TENANT as TENANT_KEY
from timebound.application.changes import (
    ChangeSet,
    GrantPermission,
    InsertGrant,
    PutObject,
    PutPolicy,
    PutRole,
    PutTenant,
    Write,
)
from timebound.application.ports import Ports, Store
from timebound.application.sealing import Sealer
from timebound.application.sign_in_log import SignInLog
from timebound.application.tokens import Resource, TokenFault, TokenRefusal
from timebound.dialects.graph.door import create_graph
from timebound.domain.authority import Token
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import ApplicationId, GrantId, PrincipalId, RoleId, TenantId
from timebound.domain.policies import Policy, Rule, SignIn, default_policy
from timebound.domain.policies.approval import ApprovalRule, ApprovalStage, Approver, ApproverKind
from timebound.domain.policies.authentication_context import AuthenticationContextRule
from timebound.domain.policies.enablement import Enablement, EnablementRule
from timebound.domain.roles import (
    GLOBAL_ADMINISTRATOR,
    MEMBER,
    SECURITY_READER,
    Role,
    RoleDefinition,
)
from timebound.domain.scopes import DIRECTORY_ROOT, group_scope
from timebound.domain.scopes import Scope as RoleScope
from timebound.domain.settings import TenantSettings
from timebound.domain.times import ENDLESS, Instant, Window
from timebound.identity.hashing import CHEAP, SecretHasher
from timebound.identity.possession import KeyPossession

DAWN: Final = datetime(2031, 3, 4, 8, 0, tzinfo=UTC)
ORIGIN: Final = "https://graph.test:8443"
TENANT: Final = TenantId("11111111-0000-4000-8000-000000000001")
DESK: Final = ApplicationId("0b6a8f52-3c91-4de7-8f20-d415c7a9e3b8")
ROBOT_APP: Final = ApplicationId("7e2d4c96-a5f8-4103-b6d9-1c08e3f75a2b")


def _person(number: int) -> PrincipalId:
    return PrincipalId(f"22222222-0000-4000-8000-{number:012}")


GRACE, HENRIK, HANA, OMAR, INGRID, SAMUEL, NORA = (_person(number) for number in range(1, 8))
TIER2: Final = _person(20)
PLAIN_GROUP: Final = _person(21)
ROBOT: Final = _person(30)
BERLIN: Final = _person(40)
NAMES: Final = {
    GRACE: "Grace Okafor",
    HENRIK: "Henrik Dahl",
    HANA: "Hana Sato",
    OMAR: "Omar Haddad",
    INGRID: "Ingrid Solberg",
    SAMUEL: "Samuel Ortiz",
    NORA: "Nora Kim",
}


def role_named(name: str) -> RoleId:
    """The id of a built-in role."""
    return built_in_roles_by_name()[name].template_id


READER: Final = SECURITY_READER
TEAMS: Final = role_named("Teams Administrator")
GUARDED: Final = role_named("Reports Reader")
TICKETED: Final = role_named("Groups Administrator")
CONTEXTUAL: Final = role_named("Usage Summary Reports Reader")
STRONG: Final = role_named("User Administrator")

ALL_PERMISSIONS: Final = frozenset(
    {
        "RoleManagement.ReadWrite.Directory",
        "Directory.Read.All",
        "User.Read",
        "User.Read.All",
        "Group.Read.All",
        "Application.Read.All",
    }
)


@dataclass(slots=True)
class HandClock:
    """A clock that a test moves."""

    at: Instant = DAWN

    def now(self) -> Instant:
        """The instant it was set to."""
        return self.at

    def advance(self, span: timedelta) -> None:
        """Moves it on."""
        self.at += span


@dataclass(slots=True)
class NumberedIds:
    """Ids in the order in which they were asked for."""

    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    first: str = "99999999"

    def new_id(self) -> str:
        """The next id."""
        return f"{self.first}-0000-4000-8000-{next(self.numbers):012}"

    def derive_id(self, *names: str) -> str:
        """The one that names lead to."""
        return "/".join(names)


@dataclass(slots=True)
class NamedTokens:
    """Takes `Bearer {key}` for the token that was put under the key."""

    known: dict[str, Token] = field(default_factory=dict)

    async def verify(self, authorization: str | None, resource: Resource) -> Token | TokenRefusal:
        """The token under the key."""
        assert resource is Resource.GRAPH
        if authorization is None:
            return TokenRefusal(TokenFault.MISSING)
        token = self.known.get(authorization.removeprefix("Bearer "))
        return token or TokenRefusal(TokenFault.MALFORMED)


@dataclass(slots=True)
class Office:
    """The door of the tenant with its clock, and the people who come to it."""

    client: httpx.AsyncClient
    clock: HandClock
    tokens: NamedTokens
    store: Store
    sign_ins: SignInLog
    answers: list[httpx.Response] = field(default_factory=list)
    """What was answered until now."""

    def sign_in(
        self,
        who: PrincipalId,
        permissions: frozenset[str] = ALL_PERMISSIONS,
        sign_in: SignIn | None = None,
    ) -> str:
        """The key of a token for somebody; the robot signs in alone."""
        is_robot = who == ROBOT
        found = sign_in or SignIn(is_application=is_robot)
        application = ROBOT_APP if is_robot else DESK
        key = f"{who}-{len(self.tokens.known)}"
        self.tokens.known[key] = Token(TENANT, who, application, permissions, found)
        return key

    async def get(self, who: str, path: str, **headers: str) -> httpx.Response:
        """A GET by somebody, or by the token under a key."""
        return await self.client.get(path, headers=self._headers(who, headers))

    async def post(self, who: str, path: str, body: object = None) -> httpx.Response:
        """A POST by somebody, or by the token under a key."""
        return await self.client.post(path, json=body, headers=self._headers(who, {}))

    async def patch(self, who: str, path: str, body: object = None) -> httpx.Response:
        """A PATCH by somebody, or by the token under a key."""
        return await self.client.patch(path, json=body, headers=self._headers(who, {}))

    async def delete(self, who: str, path: str) -> httpx.Response:
        """A DELETE by somebody, or by the token under a key."""
        return await self.client.delete(path, headers=self._headers(who, {}))

    def _headers(self, who: str, more: Mapping[str, str]) -> dict[str, str]:
        key = who if who in self.tokens.known else self.sign_in(PrincipalId(who))
        return {"authorization": f"Bearer {key}", **more}


def open_office(store: Store, *, is_checked: bool = True) -> Office:
    """The door over a store in which the tenant is, with its clock at dawn.

    Answers are held against the published schema, unless what is asked is none of it.
    """
    clock, tokens = HandClock(), NamedTokens()
    sign_ins = SignInLog(store, NumberedIds(first="88888888"), clock)
    door = create_graph(
        Ports(
            store=store,
            clock=clock,
            system=clock,
            ids=NumberedIds(),
            tokens=tokens,
            secrets=SecretHasher(CHEAP),
            possession=KeyPossession(clock),
            trail=AuditTrail(store, Sealer(store, make_signer())),
            sign_ins=sign_ins,
        ),
        b"key of page tokens",
    )
    plain = httpx.ASGITransport(at_edge(door))
    transport = PublishedTransport(plain) if is_checked else plain
    client = httpx.AsyncClient(transport=transport, base_url=ORIGIN)
    office = Office(client, clock, tokens, store, sign_ins)

    async def note(answer: httpx.Response) -> None:
        office.answers.append(answer)

    client.event_hooks["response"] = [note]
    return office


def at_edge(app: ASGIApp) -> ASGIApp:
    """The app behind as much of the edge as a door relies on."""
    ids = NumberedIds()

    async def edge(scope: Scope, receive: Receive, send: Send) -> None:
        request_id = ids.new_id()
        scope["state"] = {
            "request_id": request_id,
            "client_request_id": request_id,
            "origin": ORIGIN,
        }

        async def send_with_ids(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                headers["request-id"] = headers["client-request-id"] = request_id
            await send(message)

        await app(scope, receive, send_with_ids)

    return edge


async def make_office(store: Store, settings: TenantSettings | None = None) -> None:
    """Writes the tenant."""
    writes = tuple(_writes(settings or TenantSettings()))
    assert await store.apply(ChangeSet(TENANT, DAWN, {}, frozenset(), writes))


async def set_tenant(store: Store, settings: TenantSettings) -> None:
    """The tenant has other settings from now on."""
    write = PutTenant("Office", ("office.example",), settings)
    assert await store.apply(ChangeSet(TENANT, DAWN, {}, frozenset({TENANT_KEY}), (write,)))


def _writes(settings: TenantSettings) -> Iterator[Write]:
    yield PutTenant("Office", ("office.example",), settings)
    for built_in in built_in_roles().values():
        yield PutRole(
            RoleDefinition(
                built_in.as_role(),
                built_in.description,
                built_in.template_id,
                actions=built_in.actions,
                inherits_from=built_in.inherits_from,
            )
        )
    yield from (PutRole(role.define()) for role in provider_roles())
    yield from (PutObject(one) for one in _objects())
    yield from _policies()
    for permission in sorted(ALL_PERMISSIONS):
        yield GrantPermission(DESK, permission, is_delegated=True)
        yield GrantPermission(ROBOT_APP, permission, is_delegated=False)
    yield from (InsertGrant(grant) for grant in _grants())


def _objects() -> Iterator[DirectoryObject]:
    for id_, name in NAMES.items():
        address = f"{name.partition(' ')[0].lower()}@office.example"
        yield DirectoryObject(
            id_,
            ObjectKind.USER,
            name,
            DAWN,
            user_principal_name=address,
            mail=address,
            attributes={"jobTitle": "Colleague", "department": "IT"},
        )
    yield DirectoryObject(TIER2, ObjectKind.GROUP, "Tier 2", DAWN, is_role_assignable=True)
    yield DirectoryObject(PLAIN_GROUP, ObjectKind.GROUP, "PIM Group", DAWN)
    yield DirectoryObject(
        ROBOT,
        ObjectKind.SERVICE_PRINCIPAL,
        "Robot",
        DAWN,
        app_id=ROBOT_APP,
        attributes={"servicePrincipalNames": (ROBOT_APP, "https://robot.example")},
    )
    yield DirectoryObject(BERLIN, ObjectKind.ADMINISTRATIVE_UNIT, "Berlin", DAWN)


def _policies() -> Iterator[PutPolicy]:
    stage = ApprovalStage(primary=(Approver(ApproverKind.USER, INGRID),))
    yield _policy(
        GUARDED, "Approval_EndUser_Assignment", ApprovalRule(is_required=True, stages=(stage,))
    )
    wanted = (Enablement.JUSTIFICATION, Enablement.TICKETING)
    yield _policy(TICKETED, "Enablement_EndUser_Assignment", EnablementRule(wanted))
    context = AuthenticationContextRule(is_enabled=True, claim_value="c1")
    yield _policy(CONTEXTUAL, "AuthenticationContext_EndUser_Assignment", context)


def _policy(role_id: RoleId, rule_id: str, rule: Rule) -> PutPolicy:
    rules = default_policy(_role(role_id)).rules
    return PutPolicy(DIRECTORY_ROOT, role_id, Policy({**rules, rule_id: rule}))


def _role(role_id: RoleId) -> Role:
    return built_in_roles()[role_id].as_role()


def _grants() -> Iterator[Grant]:
    yield _outside(1, GRACE, GLOBAL_ADMINISTRATOR)
    yield _outside(2, HENRIK, GLOBAL_ADMINISTRATOR)
    yield _outside(3, SAMUEL, READER)
    yield _outside(4, TIER2, TEAMS, GrantKind.ELIGIBLE)
    yield _outside(5, OMAR, MEMBER, scope=group_scope(TIER2))


def _outside(
    number: int,
    who: PrincipalId,
    role_id: RoleId,
    kind: GrantKind = GrantKind.ASSIGNED,
    scope: RoleScope = DIRECTORY_ROOT,
) -> Grant:
    id_ = GrantId(f"33333333-0000-4000-8000-{number:012}")
    return Grant(id_, Slot(who, role_id, scope), kind, Window(DAWN, ENDLESS), DAWN)


def asked(action: str, who: str, role_id: str = READER, **changes: object) -> dict[str, Any]:
    """The body of a request, for an hour and with a justification unless changed."""
    body: dict[str, Any] = {
        "action": action,
        "principalId": who,
        "roleDefinitionId": role_id,
        "directoryScopeId": "/",
        "justification": "incident 42",
        "scheduleInfo": {"expiration": {"type": "afterDuration", "duration": "PT1H"}},
        **changes,
    }
    return {name: value for name, value in body.items() if value is not ...}
