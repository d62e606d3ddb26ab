"""Runs over many policies: killed anywhere and resumed, driven by two, each item once."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from tests.stateful.test_fail_points import Fuse, Killed, MortalPostgres, MortalSqlite
from tests.storage.offices import (
    ALREADY,
    FACTOR,
    ROLES,
    RULES,
    TOLD,
    Office,
    check_done,
    open_office,
    place,
    states,
)
from tests.storage.racing import RandomIds, Runner, overtake
from tests.storage.world import NOON, World, reader_role
from tests.support.policy_changes import set_rules
from timebound.application.changes import PutRole
from timebound.application.engine import Engine
from timebound.application.policies import change_policy_at
from timebound.application.policy_runs import (
    Copied,
    Progress,
    RunOrder,
    advance_run,
)
from timebound.application.ports import Store
from timebound.domain.decide import Refused
from timebound.domain.policies.notification import NotificationRule
from timebound.domain.policy_changes import Manner
from timebound.domain.policy_places import StoredPolicy
from timebound.domain.policy_runs import ItemState
from timebound.domain.problems import Code

pytestmark = pytest.mark.inferred("issue: settings at scale, resumable and with a report")


async def test_a_run_does_every_item_and_reports_each(office: Office) -> None:
    run_id = await office.start()
    assert states(await office.report(run_id)) == [ItemState.PENDING] * 6
    half = await office.advance(run_id, limit=3)
    assert isinstance(half, Progress)
    assert half.counts == {ItemState.PENDING: 3, ItemState.CHANGED: 2, ItemState.UNCHANGED: 1}
    whole = await office.advance(run_id)
    assert isinstance(whole, Progress)
    assert (whole.count(ItemState.PENDING), whole.run.total) == (0, 6)
    again = await office.advance(run_id)
    assert again == whole
    await check_done(office, run_id)


async def play(office: Office, fuse: Fuse, limit: int) -> str:
    """A run by a process that may die once and is started again; the id it knows in the end."""
    url = office.url
    run_id: str | None = None
    for _ in range(2):
        mortal: MortalSqlite | MortalPostgres
        mortal = (MortalSqlite if url.startswith("sqlite") else MortalPostgres)(url, fuse)
        await mortal.open()
        try:
            # Who was killed before the answer does not know the run, and makes another.
            run_id = run_id or await office.start(mortal)
            while True:
                done = await office.advance(run_id, mortal, limit)
                assert isinstance(done, Progress)
                if not done.count(ItemState.PENDING):
                    return run_id
        except Killed:
            continue
        finally:
            await mortal.close()
    raise AssertionError


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("limit", [2, 50])
async def test_a_run_killed_at_any_commit_and_resumed_is_as_if_it_never_was(
    store: Store, database_url: str, limit: int, *, is_after: bool
) -> None:
    whole = Fuse()
    office = await open_office(World(store), database_url)
    await check_done(office, await play(office, whole, limit))
    assert whole.commits == 1 + len(ROLES)
    for number in range(1, whole.commits + 1):
        office = await open_office(World(store), database_url)
        fuse = Fuse(number, is_after)
        run_id = await play(office, fuse, limit)
        assert fuse.commits >= number
        await check_done(office, run_id)


async def test_two_drivers_do_each_item_once(stores: tuple[Store, Store], office: Office) -> None:
    run_id = await office.start()
    barrier = asyncio.Barrier(2)

    async def drive(store: Store) -> Progress | Refused:
        # Both have loaded the first item before either of them does it.
        runner = Runner(store, barrier.wait)
        engine = Engine(runner, RandomIds())
        return await advance_run(engine, store, office.reader(store), run_id, 50)

    for found in await asyncio.gather(*map(drive, stores)):
        assert isinstance(found, Progress)
    last = await office.advance(run_id)
    assert isinstance(last, Progress)
    assert last.count(ItemState.PENDING) == 0
    await check_done(office, run_id)


async def test_who_is_overtaken_leaves_the_item_to_whoever_did_it(
    stores: tuple[Store, Store], office: Office
) -> None:
    run_id = await office.start()

    async def drive(engine: Engine, store: Store, limit: int) -> Progress | Refused:
        return await advance_run(engine, store, office.reader(store), run_id, limit)

    await overtake(
        stores,
        lambda engine: drive(engine, stores[0], 2),
        lambda engine: drive(engine, stores[1], 1),
    )
    assert isinstance(await office.advance(run_id), Progress)
    await check_done(office, run_id)


async def test_what_is_changed_meanwhile_by_somebody_else_stays(
    stores: tuple[Store, Store], office: Office
) -> None:
    run_id = await office.start()
    nobody = NotificationRule(has_default_recipients=False)
    change = set_rules(Manner.RULE, **{TOLD: nobody})

    async def drive(engine: Engine) -> Progress | Refused:
        return await advance_run(engine, stores[0], office.reader(stores[0]), run_id, 1)

    async def patch(engine: Engine) -> StoredPolicy | Refused:
        return await change_policy_at(engine, office.token(), place(ROLES[0]), change, NOON)

    done, patched = await overtake(stores, drive, patch)
    assert isinstance(done, Progress)
    assert isinstance(patched, StoredPolicy)
    rules = (await office.policies())[ROLES[0]].policy.rules
    assert (rules[TOLD], rules["Enablement_EndUser_Assignment"]) == (nobody, FACTOR)
    assert states(await office.report(run_id))[0] is ItemState.CHANGED


async def test_a_role_that_is_gone_is_reported(office: Office) -> None:
    run_id = await office.start()
    gone = replace(reader_role(ROLES[0]), deleted_at=NOON)
    assert await office.world.write(PutRole(gone))
    assert isinstance(await office.advance(run_id), Progress)
    first = (await office.report(run_id))[0]
    assert (first.state, first.done_at) == (ItemState.REFUSED, NOON)
    assert first.problem
    assert first.problem.code is Code.OBJECT_NOT_FOUND


async def test_the_rules_of_a_policy_are_copied_to_all_roles(office: Office) -> None:
    started = await office.order(RunOrder(Copied(place(ALREADY), frozenset(RULES))))
    assert isinstance(started, Progress)
    assert (started.run.rules, started.run.total) == (RULES, len(ROLES) + 1)
    assert isinstance(await office.advance(started.run.id), Progress)
    items = await office.report(started.run.id)
    assert Counter(states(items)) == {
        ItemState.CHANGED: 5,
        ItemState.UNCHANGED: 1,
        ItemState.REFUSED: 1,
    }
