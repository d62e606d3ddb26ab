"""Which requests wait for an extension, and who asks about them, on either store."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from tests.storage.world import NOON, World
from timebound.application.changes import ChangeSet, InsertRequest, UpdateRequest
from timebound.application.ports import Store
from timebound.domain.evaluations import Evaluation, EvaluationAnswer, Outcome, Stage
from timebound.domain.grants import Slot
from timebound.domain.ids import PrincipalId, RequestId
from timebound.domain.policies import default_policy
from timebound.domain.requests import Action, Author, Draft, Request, RequestKind, Status
from timebound.domain.roles import GLOBAL_READER, Role
from timebound.domain.scopes import DIRECTORY_ROOT, ScopeKind

SYSTEM_AT = NOON
HELD = NOON + timedelta(minutes=1)
ANSWERED = EvaluationAnswer("e-1", Outcome.APPROVED, ("yes",))
POLICY = default_policy(Role(GLOBAL_READER, ScopeKind.DIRECTORY, "Global Reader"))
_NUMBERS = count(1)


@pytest.fixture
async def calm(world: World) -> AsyncIterator[Store]:
    """A store in which nobody else waits."""
    await leave_nothing(world.store)
    yield world.store
    await leave_nothing(world.store)


async def leave_nothing(store: Store) -> None:
    """Ends whatever other tests have left waiting."""
    await store.free_evaluations()
    for one in await store.claim_evaluations(HELD, SYSTEM_AT, 1_000):
        request = await store.load_request(one.tenant_id, one.request_id)
        assert request is not None
        ended = UpdateRequest(replace(request, status=Status.FAILED))
        assert await store.apply(ChangeSet(one.tenant_id, NOON, {}, frozenset(), (ended,)))


async def wait_for(world: World, stage: Stage = Stage.PRE_APPROVAL) -> Request:
    """A request that waits."""
    draft = Draft(
        RequestKind.ASSIGNMENT,
        Action.SELF_ACTIVATE,
        Slot(PrincipalId("somebody"), GLOBAL_READER, DIRECTORY_ROOT),
    )
    request = Request(
        RequestId(f"waiting-{next(_NUMBERS)}"),
        draft,
        Author(PrincipalId("somebody"), None),
        Status.PENDING_EVALUATION,
        NOON,
        evaluation=Evaluation(stage, "extension", NOON),
    )
    await write(world, InsertRequest(request, POLICY))
    return request


async def write(world: World, *writes: InsertRequest | UpdateRequest) -> None:
    assert await world.store.apply(ChangeSet(world.tenant, NOON, {}, frozenset(), writes))


@pytest.mark.inferred("what waits is told as it was asked")
async def test_what_is_asked_and_answered_is_kept(world: World, calm: Store) -> None:
    request = await wait_for(world)
    assert await calm.load_request(world.tenant, request.id) == request
    assert request.evaluation is not None
    told = replace(request.evaluation, answer=ANSWERED)
    settled = replace(request, status=Status.DENIED, completed_at=NOON, evaluation=told)

    await write(world, UpdateRequest(settled))

    assert await calm.load_request(world.tenant, request.id) == settled


@pytest.mark.inferred("of several servers one asks")
async def test_what_is_held_is_left_alone(world: World, calm: Store) -> None:
    request = await wait_for(world)

    (claimed,) = await calm.claim_evaluations(HELD, SYSTEM_AT, 10)

    assert (claimed.tenant_id, claimed.request_id) == (world.tenant, request.id)
    assert (claimed.attempts, claimed.held_until) == (0, HELD)
    assert await calm.claim_evaluations(HELD, SYSTEM_AT, 10) == []
    assert await calm.count_evaluations() == 1
    # Whoever held it for that long has died.
    later = HELD + timedelta(minutes=1)
    (again,) = await calm.claim_evaluations(later, HELD, 10)
    # What the first comes back with counts no more.
    await calm.hold_evaluation(claimed, HELD + timedelta(days=1))
    (last,) = await calm.claim_evaluations(later + timedelta(minutes=1), later, 10)
    assert (again.attempts, last.attempts) == (0, 0)
    # A clock that is set back since has held it for longer than anybody does.
    assert len(await calm.claim_evaluations(HELD, SYSTEM_AT - timedelta(days=1), 10)) == 1


@pytest.mark.inferred("a failure pauses, and is counted")
async def test_what_failed_waits_and_is_counted(world: World, calm: Store) -> None:
    await wait_for(world)
    (claimed,) = await calm.claim_evaluations(HELD, SYSTEM_AT, 10)

    await calm.hold_evaluation(claimed, SYSTEM_AT + timedelta(seconds=1))

    assert await calm.claim_evaluations(HELD, SYSTEM_AT, 10) == []
    (again,) = await calm.claim_evaluations(HELD, SYSTEM_AT + timedelta(seconds=1), 10)
    assert again.attempts == 1
    await calm.free_evaluations()
    (freed,) = await calm.claim_evaluations(HELD, SYSTEM_AT, 10)
    assert freed.attempts == 1


@pytest.mark.inferred("what is settled waits no more; what waits for another begins anew")
async def test_what_is_settled_waits_no_more(world: World, calm: Store) -> None:
    request = await wait_for(world)
    (claimed,) = await calm.claim_evaluations(HELD, SYSTEM_AT, 10)
    await calm.hold_evaluation(claimed, HELD)
    next_one = replace(request, evaluation=Evaluation(Stage.POST_APPROVAL, "another", NOON))

    await write(world, UpdateRequest(next_one))

    (anew,) = await calm.claim_evaluations(HELD, SYSTEM_AT, 10)
    assert anew.attempts == 0
    await write(world, UpdateRequest(replace(next_one, status=Status.CANCELED)))
    assert await calm.count_evaluations() == 0
    await calm.hold_evaluation(anew, HELD)
    assert await calm.count_evaluations() == 0


@pytest.mark.inferred("two who ask at once do not ask about the same")
async def test_claims_of_one_moment_share_what_waits(world: World, calm: Store) -> None:
    made = [await wait_for(world) for _ in range(8)]

    found = await asyncio.gather(*(calm.claim_evaluations(HELD, SYSTEM_AT, 3) for _ in range(4)))

    ids = [one.request_id for part in found for one in part]
    assert len(ids) == len(set(ids))
    assert all(len(part) <= 3 for part in found)
    rest = await calm.claim_evaluations(HELD, SYSTEM_AT, 10)
    assert {*ids, *(one.request_id for one in rest)} == {one.id for one in made}
