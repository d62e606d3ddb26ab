"""Both stores, driven beside the model of what was promised."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.groups import GroupMachine
from tests.stateful.machine import Machine
from tests.stateful.place import Place
from tests.stateful.tenant import MAPPED, PEOPLE
from tests.support.fuzzing import more
from timebound.application.changes import ChangeSet
from timebound.application.due_ports import Claimed
from timebound.application.ports import Loaded, Store
from timebound.application.queries import Page, Query
from timebound.application.relations import Related
from timebound.application.target_ports import LoadedTarget
from timebound.domain.approvals import Approvers
from timebound.domain.authority import Caller, Token
from timebound.domain.due import DueKind
from timebound.domain.events import EventKind
from timebound.domain.facts import Chain, membership_slot
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId, RequestId, TenantId
from timebound.domain.policies import Policy
from timebound.domain.policy_places import PolicyPlace, place_policy
from timebound.domain.requests import Request
from timebound.domain.times import Instant
from timebound.storage.migrating import migrate
from timebound.storage.opening import open_store
from timebound.storage.sqlite import SqliteStore

PLAYED: Final = settings(
    max_examples=more(20),
    stateful_step_count=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
COMMON: Final = frozenset(
    {
        "adminAssign: Provisioned",
        "adminAssign: refused",
        "adminRemove: Revoked",
        "selfActivate: Provisioned",
        "selfActivate: PendingApproval",
        "selfActivate: refused",
        "grantExpired",
        "a role through a membership",
    }
)
"""What happens in any run of that length; without it little would have been shown."""
IN_GROUPS: Final = COMMON | {"activated through a group"}

_NUMBERS: Final = count(1)


def opener(store_at: Callable[[], Store], url: str) -> Callable[[asyncio.Runner], Place]:
    """Opens the store for a machine, with a tenant that no other machine has."""

    def open_place(runner: asyncio.Runner) -> Place:
        store = store_at()
        runner.run(store.open())
        return Place(url, store, TenantId(f"machine-{next(_NUMBERS)}"))

    return open_place


def play(make_machine: Callable[[], Machine], how: settings) -> None:
    """Plays many machines; a maker does as well as the class that is asked for."""
    run_state_machine_as_test(make_machine, settings=how)  # type: ignore[arg-type]  # see above


@pytest.mark.slow
@pytest.mark.inferred("docs: the promises, over whatever people do in any order")
def test_the_promises_hold_whatever_people_do(database_url: str) -> None:
    seen: Counter[str] = Counter()
    open_place = opener(lambda: open_store(database_url), database_url)
    play(lambda: Machine(open_place, seen), PLAYED)
    assert set(seen) >= COMMON


@pytest.mark.slow
@pytest.mark.inferred("docs: the promises, over what people do in groups and with what groups give")
def test_the_promises_hold_whatever_people_do_in_groups(database_url: str) -> None:
    seen: Counter[str] = Counter()
    open_place = opener(lambda: open_store(database_url), database_url)
    play(lambda: GroupMachine(open_place, seen), settings(PLAYED, max_examples=more(16)))
    assert set(seen) >= IN_GROUPS


def place_of(slot: Slot) -> PolicyPlace:
    """Where the policy is that binds what is held in the slot."""
    return place_policy(slot.scope, slot.role_id)


class LateStore(SqliteStore):
    """A store that goes on giving access for a second after its end."""

    async def load_caller(self, token: Token, at: Instant) -> Caller:
        """The caller as they are, with what they held a second before."""
        before = await super().load_caller(token, at - timedelta(seconds=1))
        now = await super().load_caller(token, at)
        return replace(now, roles=now.roles | before.roles)


class ForgetfulStore(SqliteStore):
    """A store that does not find what stands on what."""

    async def load_facts(self, token: Token, slot: Slot, at: Instant) -> Loaded:
        """The facts without the activations that must end with something else."""
        loaded = await super().load_facts(token, slot, at)
        return replace(loaded, facts=replace(loaded.facts, chain=Chain()))


class LooseStore(SqliteStore):
    """A store that does not find what was activated through a membership when that ends."""

    async def load_facts(self, token: Token, slot: Slot, at: Instant) -> Loaded:
        """The facts without the activations that go through a group."""
        loaded = await super().load_facts(token, slot, at)
        chain = loaded.facts.chain
        kept = tuple(one for one in chain.dependents if membership_slot(one) is None)
        return replace(loaded, facts=replace(loaded.facts, chain=replace(chain, dependents=kept)))


class GenerousStore(SqliteStore):
    """A store that takes everybody for an owner of every group."""

    async def load_target(self, token: Token, object_id: PrincipalId, at: Instant) -> LoadedTarget:
        """What the authority depends on, with everybody among the owners."""
        found = await super().load_target(token, object_id, at)
        target = replace(found.facts.target, owner_ids=frozenset(PEOPLE))
        return replace(found, facts=replace(found.facts, target=target))


class HeadlessStore(SqliteStore):
    """A store that does not know who the administrators are."""

    async def load_facts(self, token: Token, slot: Slot, at: Instant) -> Loaded:
        """The facts without those who must not all be lost."""
        loaded = await super().load_facts(token, slot, at)
        return replace(loaded, facts=replace(loaded.facts, administrators=()))


class SilentStore(SqliteStore):
    """A store that does not tell that something has ended."""

    async def apply(self, change: ChangeSet) -> bool:
        """Applies the change set with the rest of its events."""
        told = tuple(e for e in change.events if e.kind is not EventKind.GRANT_ENDED)
        return await super().apply(replace(change, events=told))


class OpenStore(SqliteStore):
    """A store that takes everybody for an approver of everything."""

    async def load_request(self, tenant_id: TenantId, request_id: RequestId) -> Request | None:
        """The request with everybody among its approvers."""
        found = await super().load_request(tenant_id, request_id)
        if found is None or found.approval is None:
            return found
        approval = replace(found.approval, approvers=Approvers(users=PEOPLE))
        return replace(found, approval=approval)


class StubbornStore(SqliteStore):
    """A store that goes on with the policies that it has read first."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.first: dict[tuple[TenantId, PolicyPlace], Policy] = {}

    async def load_facts(self, token: Token, slot: Slot, at: Instant) -> Loaded:
        """The facts, with the policy of before."""
        loaded = await super().load_facts(token, slot, at)
        policy = self.first.setdefault((token.tenant_id, place_of(slot)), loaded.facts.policy)
        return replace(loaded, facts=replace(loaded.facts, policy=policy))


class FickleStore(SqliteStore):
    """A store that asks whom the policy names now, not whom it named when it was asked."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.last: dict[tuple[TenantId, PolicyPlace], Policy] = {}

    async def load_facts(self, token: Token, slot: Slot, at: Instant) -> Loaded:
        """The facts, of which the policy is kept in mind."""
        loaded = await super().load_facts(token, slot, at)
        self.last[token.tenant_id, place_of(slot)] = loaded.facts.policy
        return loaded

    async def load_request(self, tenant_id: TenantId, request_id: RequestId) -> Request | None:
        """The request with the approvers of the policy as it was read last."""
        found = await super().load_request(tenant_id, request_id)
        policy = found and self.last.get((tenant_id, place_of(found.draft.slot)))
        if not found or found.approval is None or not policy:
            return found
        named = policy.approval.approvers(found.draft.slot.scope.kind)
        return replace(found, approval=replace(found.approval, approvers=named))


class LaxStore(SqliteStore):
    """A store that takes every sign-in for one of the quality that is asked for."""

    async def load_facts(self, token: Token, slot: Slot, at: Instant) -> Loaded:
        """The facts about somebody who has stepped up."""
        stepped_up = replace(token.sign_in, contexts=frozenset({MAPPED}))
        return await super().load_facts(replace(token, sign_in=stepped_up), slot, at)


class DeafStore(SqliteStore):
    """A store that hands out no end that falls due."""

    async def claim_due(
        self, up_to: Instant, held_until: Instant, system_at: Instant, limit: int
    ) -> Sequence[Claimed]:
        """What is due, without the ends."""
        claimed = await super().claim_due(up_to, held_until, system_at, limit)
        return [one for one in claimed if one.due.kind is not DueKind.GRANT_ENDS]


class BlurredStore(SqliteStore):
    """A store that is a second late to tell who is in a group."""

    async def read_related_ids(
        self, tenant_id: TenantId, related: Related, query: Query, at: Instant
    ) -> Page[str]:
        """Who was in it a second before."""
        return await super().read_related_ids(tenant_id, related, query, at - timedelta(seconds=1))


IN_GROUPS_ALONE: Final = (LooseStore, GenerousStore)
"""What shows best where more is done in groups."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "broken",
    [
        LateStore,
        ForgetfulStore,
        HeadlessStore,
        SilentStore,
        OpenStore,
        StubbornStore,
        FickleStore,
        LaxStore,
        DeafStore,
        BlurredStore,
        *IN_GROUPS_ALONE,
    ],
)
def test_a_broken_store_is_noticed(broken: type[SqliteStore], tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    migrate(f"sqlite:///{path}")
    open_place = opener(lambda: broken(path), f"sqlite:///{path}")
    # The same examples each time: whether it is noticed must not hang on luck.
    until_noticed = settings(
        PLAYED,
        phases=[Phase.generate],
        max_examples=300,
        report_multiple_bugs=False,
        derandomize=True,
        database=None,
    )
    machine = GroupMachine if broken in IN_GROUPS_ALONE else Machine
    with pytest.raises(AssertionError):
        play(lambda: machine(open_place, Counter()), until_noticed)
