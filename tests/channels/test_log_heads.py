"""Tree heads leave by webhooks, so that somebody else holds them."""

import pytest

from tests.channels.test_webhooks import SECRET, Scene, scene, trust
from tests.storage.world import HOUR, NOON, World
from tests.support.sealing import make_sealer, make_signer, read_logged, tell
from tests.support.stores import database_url, store
from timebound.application.log_checking import Check
from timebound.application.log_heads import Logbook
from timebound.application.outbox import DeliveryError
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
    assert heard.headers["webhook-id"] == f"{world.tenant}/4"
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
    assert ids == [f"{world.tenant}/2", f"{world.tenant}/4"]


async def test_a_head_that_does_not_arrive_is_sent_again(scene: Scene, store: Store) -> None:
    world = await World(store).begin()
    await seal(world, 0)
    channel = make_channel(scene, world, "/500")
    for _ in range(2):
        with pytest.raises(DeliveryError, match="500"):
            await hand_over(channel, world)
        assert (await scene.receiver.hear()).headers["webhook-id"] == f"{world.tenant}/2"


async def test_it_follows_the_log_under_a_name_of_its_own(scene: Scene, store: Store) -> None:
    channel = make_channel(scene, await World(store).begin())
    assert (channel.feed.name, channel.feed.kinds) == ("heads:siem", None)
    assert channel.feed.name != channel.channel.feed.name
