"""What somebody activates in a part of the tree of Azure while that is moved or removed."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from tests.storage.racing import Outcome, RandomIds, Runner, race, status_of
from tests.storage.tree import CONTRIBUTOR, EAST, GROUP, PLANT, READER, WEST, Tree, grow, keep
from tests.storage.world import HOUR, NOON, World, azure
from timebound.application.azure_nodes import move_node, put_group, put_node, remove_node
from timebound.application.directory.work import Work
from timebound.application.engine import Engine
from timebound.application.node_records import Put
from timebound.application.ports import Store
from timebound.application.submitting import submit_request
from timebound.domain.decide import Refused
from timebound.domain.grants import GrantKind, Slot
from timebound.domain.node_removal import Removal
from timebound.domain.problems import Code, Reason
from timebound.domain.requests import Action, Draft, RequestKind, Status
from timebound.domain.scopes import Scope
from timebound.domain.times import AskedSchedule, Expiration, ExpirationType

pytestmark = pytest.mark.inferred("promise 6: an activation ends with what it stands on")
Party = Callable[[Engine], Awaitable[Outcome]]
AN_HOUR = AskedSchedule(NOON, Expiration(ExpirationType.AFTER_DURATION, duration=HOUR))


@pytest.fixture
async def tree(world: World) -> Tree:
    return await grow(world)


async def activate(
    tree: Tree, eligible_at: Scope, place: Scope
) -> Callable[[Engine], Awaitable[Outcome]]:
    """Somebody new who is eligible at a place activates at another one, which they can read."""
    person = await tree.world.user()
    await tree.give(person, READER, place)
    await tree.world.grant(Slot(person, CONTRIBUTOR, eligible_at), GrantKind.ELIGIBLE)
    slot = Slot(person, CONTRIBUTOR, place)
    draft = Draft(RequestKind.ASSIGNMENT, Action.SELF_ACTIVATE, slot, AN_HOUR, "Needed")
    return lambda engine: submit_request(engine, tree.token(person), draft, NOON)


def do(tree: Tree, engine: Engine) -> Work:
    return replace(tree.work(), engine=engine)


async def held_at(tree: Tree, outcome: Outcome) -> bool:
    """Whether what was activated is held after all."""
    assert not isinstance(outcome, Refused)
    assert outcome.grant_id is not None
    found = await tree.world.store.find_grants(tree.world.tenant, [outcome.grant_id])
    return found[outcome.grant_id].is_in_force(NOON)


async def test_a_group_is_removed_while_somebody_activates_in_it(
    stores: tuple[Store, Store], tree: Tree
) -> None:
    asking = await activate(tree, PLANT, GROUP)
    removed, asked, is_removed_first = await race(
        stores, lambda engine: remove_node(do(tree, engine), GROUP), asking
    )
    assert isinstance(removed, Removal)
    if is_removed_first:
        # Nobody reads what is gone, and to who reads nothing nobody tells that it is.
        assert status_of(asked) == (Code.ACTION_NOT_ALLOWED,)
    else:
        assert status_of(asked) is Status.PROVISIONED
        assert not await held_at(tree, asked)


async def test_a_subscription_is_moved_while_somebody_activates_below(
    stores: tuple[Store, Store], tree: Tree
) -> None:
    asking = await activate(tree, EAST, GROUP)
    moved, asked, is_moved_first = await race(
        stores, lambda engine: move_node(do(tree, engine), PLANT, WEST), asking
    )
    assert isinstance(moved, Put)
    if is_moved_first:
        assert status_of(asked) == (Reason.NOT_ELIGIBLE,)
    else:
        assert status_of(asked) is Status.PROVISIONED
        assert not await held_at(tree, asked)


async def test_a_group_is_removed_while_something_is_made_in_it(
    stores: tuple[Store, Store], tree: Tree
) -> None:
    place = azure(f"{GROUP.path}/providers/Microsoft.Web/sites/Shop")
    removed, made, is_removed_first = await race(
        stores,
        lambda engine: remove_node(do(tree, engine), GROUP),
        lambda engine: put_node(do(tree, engine), place, keep),
    )
    assert isinstance(removed, Removal)
    assert isinstance(made, Refused) is is_removed_first
    assert await tree.world.store.find_node(tree.world.tenant, place.path) is None


async def test_two_moves_make_no_circle(stores: tuple[Store, Store], tree: Tree) -> None:
    one, two, is_one_first = await race(
        stores,
        lambda engine: put_group(do(tree, engine), EAST, keep, WEST),
        lambda engine: put_group(do(tree, engine), WEST, keep, EAST),
    )
    assert isinstance(one, Put) is is_one_first
    assert isinstance(two, Put) is not is_one_first


async def test_activations_in_one_subscription_do_not_disturb_one_another(
    stores: tuple[Store, Store], tree: Tree
) -> None:
    parties = [await activate(tree, PLANT, GROUP) for _ in range(4)]
    barrier = asyncio.Barrier(len(parties))
    runners = [Runner(stores[n % 2], barrier.wait) for n in range(len(parties))]
    came_to = await asyncio.gather(
        *(go(Engine(one, RandomIds())) for go, one in zip(parties, runners, strict=True))
    )
    assert [status_of(one) for one in came_to] == [Status.PROVISIONED] * 4
    assert [runner.applied for runner in runners] == [[True]] * 4
