"""A tenant in an open store: the real use cases and questions, in short words."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypeVar

from tests.stateful.policies import Asking, make_change, of_role
from tests.stateful.tenant import make_tenant, token_of
from tests.support.due import do_all_due
from tests.support.events import Told, read_events
from timebound.application.changes import ChangeSet, InsertGrant, principal_key
from timebound.application.engine import Engine
from timebound.application.group_reading import read_group_grants
from timebound.application.policies import PolicyChange, change_policy_at
from timebound.application.ports import Store
from timebound.application.principals import delete_principal, set_enabled
from timebound.application.queries import Compare, Operator, Order, Page, Query
from timebound.application.reading import Reader
from timebound.application.relations import Related, Way
from timebound.application.settling import (
    OpenRequest,
    cancel_request,
    decide_on_approval,
    decide_on_extension,
)
from timebound.application.submitting import submit_request
from timebound.application.views import Audience, GrantRow, Relation, View
from timebound.domain.authority import HeldRole
from timebound.domain.decide import Refused
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.grants import Grant, Slot
from timebound.domain.ids import GrantId, PrincipalId, RequestId, RoleId, TenantId
from timebound.domain.policy_places import PolicyPlace, StoredPolicy
from timebound.domain.requests import Action, Draft, Request, RequestKind, Ticket
from timebound.domain.scopes import ScopeKind
from timebound.domain.settings import TenantSettings
from timebound.domain.settle import Verdict
from timebound.domain.times import AskedSchedule, Expiration, ExpirationType, Instant
from timebound.server.ids import SeededIds

T = TypeVar("T")

EVERYTHING = Query(limit=999, orders=(Order("id"),))


def make_draft(
    action: Action,
    kind: RequestKind,
    slot: Slot,
    start: Instant | None = None,
    span: timedelta | None = None,
) -> Draft:
    """A request for a span from a start on; no start asks for now, no span for no end."""
    if action.is_ending:
        return Draft(kind, action, slot)
    expiration = Expiration(ExpirationType.NO_EXPIRATION)
    if span is not None:
        expiration = Expiration(ExpirationType.AFTER_DURATION, duration=span)
    return Draft(kind, action, slot, AskedSchedule(start, expiration), "because", Ticket("7", "d"))


@dataclass(slots=True)
class Place:
    """One tenant; whoever does something there is signed in strongly."""

    url: str
    store: Store
    tenant_id: TenantId
    seed: str = "seed"
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = Engine(self.store, SeededIds(self.seed))

    async def begin(self, settings: TenantSettings | None = None) -> None:
        """Makes the tenant."""
        await make_tenant(self.store, self.tenant_id, settings)

    async def add(self, grant: Grant, at: Instant) -> None:
        """Writes a grant that nobody requested."""
        key = principal_key(grant.slot.principal_id)
        change = ChangeSet(self.tenant_id, at, {}, frozenset({key}), (InsertGrant(grant),))
        assert await self.store.apply(change)

    async def submit(
        self, actor: PrincipalId, draft: Draft, at: Instant, *, is_stepped_up: bool = False
    ) -> Request | Refused:
        """Makes a request."""
        token = token_of(self.tenant_id, actor, is_stepped_up=is_stepped_up)
        return await submit_request(self.engine, token, draft, at)

    async def rehearse(
        self, actor: PrincipalId, draft: Draft, at: Instant, *, is_stepped_up: bool = False
    ) -> Request | Refused:
        """Asks what a request would come to."""
        rehearsal = replace(draft, is_validation_only=True)
        return await self.submit(actor, rehearsal, at, is_stepped_up=is_stepped_up)

    async def cancel(
        self, actor: PrincipalId, kind: RequestKind, request_id: str, at: Instant
    ) -> Request | Refused:
        """Withdraws a request."""
        token = token_of(self.tenant_id, actor)
        return await cancel_request(self.engine, token, await self._open(request_id, kind), at)

    async def review(
        self, actor: PrincipalId, request_id: str, verdict: Verdict, at: Instant
    ) -> Request | Refused:
        """Decides on an activation that waits."""
        token = token_of(self.tenant_id, actor)
        return await decide_on_approval(
            self.engine, token, await self._open(request_id), verdict, at
        )

    async def judge(
        self, actor: PrincipalId, request_id: str, verdict: Verdict, at: Instant
    ) -> Request | Refused:
        """Decides on an extension or a renewal that waits."""
        token = token_of(self.tenant_id, actor)
        return await decide_on_extension(
            self.engine, token, await self._open(request_id), verdict, at
        )

    async def _open(self, request_id: str, kind: RequestKind | None = None) -> OpenRequest:
        """The request as somebody names it who takes it for what it is."""
        found = await self.engine.store.load_request(self.tenant_id, RequestId(request_id))
        scope_kind = found.draft.slot.scope.kind if found else ScopeKind.DIRECTORY
        return OpenRequest(RequestId(request_id), scope_kind, kind)

    async def set_enabled(
        self, actor: PrincipalId, person: PrincipalId, at: Instant, *, is_enabled: bool
    ) -> DirectoryObject | Refused:
        """Disables or enables somebody."""
        token = token_of(self.tenant_id, actor)
        return await set_enabled(self.engine, token, person, is_enabled=is_enabled, at=at)

    async def delete(
        self, actor: PrincipalId, principal: PrincipalId, at: Instant
    ) -> DirectoryObject | Refused:
        """Deletes a person or a group."""
        return await delete_principal(self.engine, token_of(self.tenant_id, actor), principal, at)

    async def set_maximum(
        self, actor: PrincipalId, role_id: RoleId, maximum: timedelta, at: Instant
    ) -> StoredPolicy | Refused:
        """Changes the longest activation of a directory role."""
        change = make_change(Asking(maximum), ("maximum",))
        return await self.set_policy(actor, of_role(role_id), change, at)

    async def set_policy(
        self, actor: PrincipalId, place: PolicyPlace, change: PolicyChange, at: Instant
    ) -> StoredPolicy | Refused:
        """Changes some rules of a policy."""
        token = token_of(self.tenant_id, actor)
        return await change_policy_at(self.engine, token, place, change, at)

    async def grant(self, grant_id: str) -> Grant:
        """One grant as it is kept."""
        found = await self.store.find_grants(self.tenant_id, [GrantId(grant_id)])
        return found[GrantId(grant_id)]

    async def roles_of(self, person: PrincipalId, at: Instant) -> frozenset[HeldRole]:
        """Effective access, as authority sees it."""
        return (await self.store.load_caller(token_of(self.tenant_id, person), at)).roles

    async def own(
        self,
        view: View,
        person: PrincipalId,
        at: Instant,
        kind: ScopeKind = ScopeKind.DIRECTORY,
    ) -> tuple[GrantRow, ...]:
        """What a person is shown of their own, at one kind of scope."""
        audience = Audience(self.tenant_id, Relation.PRINCIPAL, person, kind)
        return _all(await self.store.read_grants(view, audience, EVERYTHING, at))

    async def groups_of(self, way: Way, person: PrincipalId, at: Instant) -> frozenset[str]:
        """The groups that the directory says a person is in, or owns."""
        related = Related(way, person, ObjectKind.GROUP)
        query = Query(100, orders=(Order("id"),))
        return frozenset(
            _all(await self.store.read_related_ids(self.tenant_id, related, query, at))
        )

    async def everybodys(self, view: View, kind: ScopeKind, at: Instant) -> tuple[GrantRow, ...]:
        """What an administrator is shown."""
        audience = Audience(self.tenant_id, scope_kind=kind)
        return _all(await self.store.read_grants(view, audience, EVERYTHING, at))

    async def look(
        self, view: View, person: PrincipalId, group: PrincipalId, at: Instant
    ) -> set[str] | Refused:
        """The ids of what a person is told who asks about a group."""
        reader = Reader(self.store, token_of(self.tenant_id, person), at)
        asked = replace(EVERYTHING, condition=Compare("scope", Operator.EQ, group))
        page = await read_group_grants(reader, view, Relation.ANYBODY, asked)
        return page if isinstance(page, Refused) else {row.grant.id for row in _all(page)}

    async def requests(self, view: View, kind: ScopeKind, at: Instant) -> tuple[Request, ...]:
        """All requests about one kind of scope."""
        audience = Audience(self.tenant_id, scope_kind=kind)
        return _all(await self.store.read_requests(view, audience, EVERYTHING, at))

    async def to_decide(
        self, person: PrincipalId, at: Instant, kind: ScopeKind = ScopeKind.DIRECTORY
    ) -> tuple[Request, ...]:
        """What a person is asked to agree to at one kind of scope, and what of it is over."""
        audience = Audience(self.tenant_id, Relation.APPROVER, person, kind)
        return _all(
            await self.store.read_requests(View.ASSIGNMENT_REQUESTS, audience, EVERYTHING, at)
        )

    async def do_due(self, at: Instant, system_at: Instant | None = None) -> None:
        """Does what is due, as a worker does whose machine's clock shows `system_at`."""
        await do_all_due(self.store, at, system_at)

    async def events(self) -> list[Told]:
        """Everything that was told about the tenant."""
        return await read_events(self.url, self.tenant_id)


def _all(page: Page[T]) -> tuple[T, ...]:
    assert page.next_position is None
    return page.rows
