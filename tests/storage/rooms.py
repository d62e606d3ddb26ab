"""A subscription with little room, and what people ask for in it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from tests.storage.racing import Outcome, RandomIds
from tests.storage.test_azure_assignments import READER, SUBSCRIPTION, Cloud
from tests.storage.world import CLIENT, HOUR, NOON, azure
from tests.support.builders import make_approval_policy
from tests.support.events import Told, read_events
from timebound.application.changes import PutPolicy, PutTenant, policy_key
from timebound.application.engine import Engine
from timebound.application.settling import OpenRequest, cancel_request, decide_on_approval
from timebound.application.submitting import submit_request
from timebound.domain.approvals import ReviewResult
from timebound.domain.authority import Token
from timebound.domain.events import EventKind
from timebound.domain.first_party import AZURE_PERMISSION
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId
from timebound.domain.policies import Policy, SignIn, default_policy
from timebound.domain.requests import Action, Draft, Request, RequestKind
from timebound.domain.roles import Role
from timebound.domain.scopes import ScopeKind
from timebound.domain.settings import TenantSettings
from timebound.domain.settle import Verdict
from timebound.domain.times import AskedSchedule, Expiration, ExpirationType, Instant

Party = Callable[[Engine], Awaitable[Outcome]]
YES = Verdict(ReviewResult.APPROVE, "Trusted")
PLACE = azure(SUBSCRIPTION)


def lasting(start: timedelta = timedelta(), span: timedelta = HOUR) -> AskedSchedule:
    """So long from an instant after noon on."""
    return AskedSchedule(NOON + start, Expiration(ExpirationType.AFTER_DURATION, duration=span))


@dataclass
class Rooms:
    """The tree of a cloud, where so many roles may be assigned in a subscription."""

    cloud: Cloud
    url: str

    async def allow(self, limit: int) -> None:
        """So many may be assigned in a subscription, and at a management group."""
        settings = TenantSettings(
            azure_assignments_per_subscription=limit, azure_assignments_per_management_group=limit
        )
        assert await self.cloud.world.write(PutTenant("Contoso", (), settings))

    async def new(self, path: str = SUBSCRIPTION) -> Slot:
        """What somebody new could hold."""
        return Slot(await self.cloud.world.user(), READER, azure(path))

    async def eligible(self, path: str = SUBSCRIPTION) -> Slot:
        """What somebody new may activate."""
        slot = await self.new(path)
        await self.cloud.world.grant(slot, GrantKind.ELIGIBLE)
        return slot

    async def held(self, path: str = SUBSCRIPTION) -> Grant:
        """What somebody new holds."""
        return await self.cloud.world.grant(await self.new(path))

    def token(self, who: PrincipalId) -> Token:
        """Somebody who signed in with a second factor."""
        permissions = frozenset({AZURE_PERMISSION})
        return Token(self.cloud.world.tenant, who, CLIENT, permissions, SignIn(has_mfa=True))

    def activate(
        self, slot: Slot, schedule: AskedSchedule | None = None, at: Instant = NOON
    ) -> Party:
        """The holder asks for what they are eligible for."""
        asked = schedule or lasting(at - NOON)
        draft = Draft(RequestKind.ASSIGNMENT, Action.SELF_ACTIVATE, slot, asked, "Needed")
        token = self.token(slot.principal_id)
        return lambda engine: submit_request(engine, token, draft, at)

    def assign(self, slot: Slot, schedule: AskedSchedule | None = None, **more: object) -> Party:
        """The owner lets somebody hold a role."""
        asked = schedule or lasting()
        draft = Draft(RequestKind.ASSIGNMENT, Action.ADMIN_ASSIGN, slot, asked, "Needed")
        draft = replace(draft, **more)  # type: ignore[arg-type]  # the fields are the test's
        return lambda engine: submit_request(engine, self.token(self.cloud.owner), draft, NOON)

    async def need_approval(self) -> None:
        """From now on the owner agrees to who activates in the subscription."""
        rules = default_policy(Role(READER, ScopeKind.AZURE, "Reader")).rules
        approval = make_approval_policy(self.cloud.owner).approval
        policy = Policy({**rules, "Approval_EndUser_Assignment": approval})
        put = PutPolicy(PLACE, READER, policy)
        assert await self.cloud.world.write(put, bumps=[policy_key(PLACE, READER)])

    def approve(self, request: Request) -> Party:
        """The owner agrees."""
        open_ = OpenRequest(request.id, ScopeKind.AZURE)
        token = self.token(self.cloud.owner)
        return lambda engine: decide_on_approval(engine, token, open_, YES, NOON)

    def cancel(self, request: Request) -> Party:
        """The owner withdraws what they asked for."""
        open_ = OpenRequest(request.id, ScopeKind.AZURE)
        token = self.token(self.cloud.owner)
        return lambda engine: cancel_request(engine, token, open_, NOON)

    async def do(self, party: Party) -> Outcome:
        """Does one thing."""
        return await party(Engine(self.cloud.world.store, RandomIds()))

    async def ask(self, party: Party) -> Request:
        """Does one thing that makes a request."""
        made = await self.do(party)
        assert isinstance(made, Request), made
        return made

    async def count(self) -> int:
        """How many roles are assigned in the subscription at noon."""
        store = self.cloud.world.store
        return await store.count_assignments(self.cloud.world.tenant, PLACE, NOON)

    async def grant_of(self, request: Request) -> Grant:
        """The grant of a request."""
        kept = await self.cloud.kept(GrantId(request.id))
        assert kept is not None
        return kept

    async def told(self, *kinds: EventKind) -> list[Told]:
        """What was told, soonest first."""
        events = await read_events(self.url, self.cloud.world.tenant)
        found = [event for event in events if event.kind in kinds]
        return sorted(found, key=lambda event: event.effective_at)
