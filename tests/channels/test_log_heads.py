"""Tree heads leave by webhooks, so that somebody else holds them."""

from dataclasses import replace

import pytest

from tests.channels.test_webhooks import SECRET, Scene, scene, trust
from tests.storage.world import HOUR, NOON, World
from tests.support.feeding import open_outbox, run_out
from tests.support.log_tampering import Intruder
from tests.support.sealing import make_sealer, make_signer, read_logged, tell
from tests.support.stores import database_url, store
from timebound.application.log_checking import Check
from timebound.application.log_heads import Logbook
from timebound.application.outbox import DeliveryError, advance_all
from timebound.application.ports import Store
from timebound.application.sealing import catch_up, write_head_note
from timebound.channels.log_heads import HeadChannel
from timebound.domain.checkpoints import read_notes

__all__ = ["database_url", "scene", "store", "trust"]
pytestmark = pytest.mark.documented("issue: tree heads published to a webhook")


def make_channel(scene: Scene, world: World, path: str = "/200") -> HeadChannel:
    return HeadChannel(scene.channel(path), world.store, make_signer())


async def seal(world: World, number: int) -> None:
    await tell(world, 2, number)
    await catch_up(make_sealer(world), world.tenant, NOON + HOUR)


def name_size(id_: str) -> str:
    """Of the id of a head whose it is and its size, which its root follows."""
    return id_.rpartition("/")[0]


async def hand_over(channel: HeadChannel, world: World, after: int = -1) -> None:
    await channel.take(world.tenant, await read_logged(world, after))


async def test_a_receiver_hears_the_newest_head(scene: Scene, store: Store) -> None:
    world = await World(store).begin()
    for number in range(2):
        await seal(world, number)
    channel = make_channel(scene, world)
    await hand_over(channel, world)
    heard = await scene.receiver.hear()
    assert heard.is_signed_by(SECRET)
    id_ = heard.headers["webhook-id"]
    assert (heard.document["id"], name_size(id_)) == (id_, f"{world.tenant}/4")
    head = await store.last_head(world.tenant)
    assert head is not None
    note = write_head_note(make_signer(), world.tenant, head)
    assert heard.document["type"] == "timebound.log.head"
    assert heard.document["data"] == {"tenantId": world.tenant, "size": 4, "note": note}
    [held] = read_notes(note)
    report = await Check(Logbook(store, make_signer(), world.tenant), [held]).run()
    assert (report.is_sound, report.outside) == (True, 1)


async def test_a_head_is_sent_once_until_there_is_another(scene: Scene, store: Store) -> None:
    world = await World(store).begin()
    channel = make_channel(scene, world)
    await seal(world, 0)
    for _ in range(3):
        await hand_over(channel, world)
    await seal(world, 1)
    await hand_over(channel, world, 1)
    ids = [(await scene.receiver.hear()).headers["webhook-id"] for _ in range(2)]
    assert [name_size(id_) for id_ in ids] == [f"{world.tenant}/2", f"{world.tenant}/4"]


async def test_a_head_that_does_not_arrive_is_sent_again(scene: Scene, store: Store) -> None:
    world = await World(store).begin()
    await seal(world, 0)
    channel = make_channel(scene, world, "/500")
    for _ in range(2):
        with pytest.raises(DeliveryError, match="500"):
            await hand_over(channel, world)
        heard = await scene.receiver.hear()
        assert name_size(heard.headers["webhook-id"]) == f"{world.tenant}/2"


async def test_it_follows_the_log_under_a_name_of_its_own(scene: Scene, store: Store) -> None:
    channel = make_channel(scene, await World(store).begin())
    assert (channel.feed.name, channel.feed.kinds) == ("heads:siem", None)
    assert channel.feed.name != channel.channel.feed.name


@pytest.mark.inferred("an emulator's reset begins the log anew while the channel lives on")
async def test_a_head_of_the_same_size_in_another_log_is_another_head(
    scene: Scene, store: Store, database_url: str
) -> None:
    world = await World(store).begin()
    channel = make_channel(scene, world)
    await seal(world, 0)
    await hand_over(channel, world)
    intruder = Intruder(database_url, world.tenant)
    for table in ("tree_heads", "events"):
        await intruder.run(f"DELETE FROM {table} WHERE tenant_id = $1", world.tenant)  # noqa: S608 - a test's
    await seal(world, 1)
    await hand_over(channel, world)
    first, second = [(await scene.receiver.hear()).headers["webhook-id"] for _ in range(2)]
    assert name_size(first) == name_size(second) == f"{world.tenant}/2"
    assert first != second


async def test_a_receiver_that_fails_gets_one_request_each_turn(scene: Scene, store: Store) -> None:
    world = await World(store).begin()
    for number in range(2):
        await seal(world, number)
    channel = make_channel(scene, world, "/500")
    feed = replace(channel.feed, tenant_id=world.tenant, is_from_first=True)
    outbox, remembered = open_outbox(store)
    assert not await advance_all(outbox, feed, NOON)
    assert len(remembered.failures) == 1
    # The next turn hands all of it over with one head, and nothing was asked in between.
    working = replace(feed, consumer=HeadChannel(scene.channel("/200"), store, make_signer()))
    await run_out(outbox, working, NOON + HOUR)
    await seal(world, 2)
    await run_out(outbox, working, NOON + HOUR)
    heard = [await scene.receiver.hear() for _ in range(3)]
    assert [one.path for one in heard] == ["/500", "/200", "/200"]
    sizes = [name_size(one.headers["webhook-id"]) for one in heard]
    assert sizes == [f"{world.tenant}/{size}" for size in (4, 4, 6)]
