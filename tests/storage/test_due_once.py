"""Each thing is told once, whoever else tells it or brings it forward meanwhile."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial

import pytest

from tests.storage.duties import Scene
from tests.storage.test_due_workers import Failing
from tests.storage.world import DAY, HOUR, NOON, World
from tests.support.due import Clock, Remembered, do_all_due
from timebound.application.changes import TENANT, ChangeSet, EndGrant, EndKinds, FinishDue
from timebound.application.due import DueWork, do_due
from timebound.application.due_ports import DueFacts
from timebound.application.ports import Store
from timebound.domain.due import Due, DueKind
from timebound.domain.events import EventKind
from timebound.domain.grants import GrantKind
from timebound.domain.ids import TenantId
from timebound.server.ids import derive_id
from timebound.storage.due_tables import due_work
from timebound.storage.due_writes import write_due
from timebound.storage.statements import insert_into

MINUTE = timedelta(minutes=1)


@pytest.fixture
def scene(world: World, database_url: str) -> Scene:
    return Scene(world, database_url)


@pytest.mark.inferred("an end that was told stays told, whatever brought its row back")
async def test_what_was_told_already_is_finished_without_a_word(scene: Scene) -> None:
    grants = [await scene.grant(HOUR, kind=GrantKind.ACTIVATED) for _ in range(3)]
    request_id = await scene.waiting()
    store, at, tenant = scene.world.store, NOON + DAY, scene.world.tenant
    await do_all_due(store, at)
    told = await scene.told()
    again = [Due(DueKind.GRANT_ENDS, grant.id, NOON + HOUR) for grant in grants]
    again.append(Due(DueKind.APPROVAL_LAPSES, request_id, NOON + DAY))
    await scene.questions.tell([(insert_into(due_work), write_due(tenant, due)) for due in again])
    await scene.grant(2 * HOUR)
    assert await do_all_due(store, at) >= len(again) + 1
    assert await scene.open_kinds() == {}
    assert len(await scene.told()) == len(told) + 1


class Interfering(Failing):
    """A store where something happens once between the question and what follows from it."""

    def __init__(self, store: Store, deed: Callable[[], Awaitable[object]]) -> None:
        super().__init__(store)
        self._deed: Callable[[], Awaitable[object]] | None = deed

    async def load_due(self, tenant_id: TenantId, due: Sequence[Due]) -> DueFacts:
        facts = await self._store.load_due(tenant_id, due)
        if self._deed is not None:
            deed, self._deed = self._deed, None
            await deed()
        return facts


@pytest.mark.inferred("an end is told once, at the instant that counts")
@pytest.mark.parametrize("count", [1, 3])
async def test_an_end_that_a_licence_brings_forward_meanwhile_is_told_once(
    scene: Scene, count: int
) -> None:
    grants = [await scene.grant(HOUR, kind=GrantKind.ACTIVATED) for _ in range(count)]
    store, end = scene.world.store, NOON + HOUR - MINUTE
    lost = EndKinds((GrantKind.ACTIVATED,), end, "licence")
    deed = partial(scene.world.write, lost, bumps=[TENANT])
    work = DueWork(Interfering(store, deed), derive_id, Remembered(), Clock(NOON + HOUR))  # type: ignore[arg-type]  # the rest is the store's
    await do_due(work, NOON + HOUR)
    await do_all_due(store, NOON + DAY)
    told = [(e.data["grantId"], e.kind, e.effective_at) for e in await scene.told()]
    assert sorted(told) == sorted((g.id, EventKind.GRANT_EXPIRED, end) for g in grants)


@pytest.mark.inferred("an end is told by a worker or by who brought it about, never by both")
@pytest.mark.parametrize("is_worker_first", [True, False])
async def test_who_ends_what_is_just_over_and_a_worker_do_not_both_tell(
    scene: Scene, *, is_worker_first: bool
) -> None:
    grant = await scene.grant(HOUR, kind=GrantKind.ACTIVATED)
    store, due = scene.world.store, Due(DueKind.GRANT_ENDS, grant.id, NOON + HOUR)
    assert await store.find_open_due(scene.world.tenant, [due]) == {due}
    end, tenant = NOON + HOUR - MINUTE, scene.world.tenant
    writes = (FinishDue(due), EndGrant(grant.id, end, "test"))
    ending = partial(store.apply, ChangeSet(tenant, end, {}, frozenset(), writes))
    if is_worker_first:
        await do_all_due(store, NOON + HOUR)
        assert not await ending()
        assert [e.kind for e in await scene.told()] == [EventKind.GRANT_EXPIRED]
        return
    work = DueWork(Interfering(store, ending), derive_id, Remembered(), Clock(NOON + HOUR))  # type: ignore[arg-type]  # the rest is the store's
    await do_due(work, NOON + HOUR)
    assert await scene.told() == []
    assert await store.find_open_due(tenant, [due]) == frozenset()
