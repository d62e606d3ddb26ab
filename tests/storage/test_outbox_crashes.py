"""Killed before or after any call to the store, the outbox loses nothing and buries once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.storage.world import NOON, World
from tests.support.feeding import Receiver, feed, find_position, open_outbox, put, run_out
from timebound.application.log_ports import Logged
from timebound.application.outbox import LEASE

pytestmark = pytest.mark.documented("issue 5: killed at any instruction; at least once with a key")
COUNT = 5
POISONED = 2


class KilledError(BaseException):
    """The process ends here."""


@dataclass
class Dying:
    """A store whose process dies at one of the calls: before it is made, or after it counted."""

    store: object
    calls_left: int
    is_after: bool

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        found = getattr(self.store, name)

        async def call(*arguments: object) -> object:
            self.calls_left -= 1
            if self.calls_left < 0:
                raise AssertionError("nobody asks anything after death")
            if self.calls_left == 0 and not self.is_after:
                raise KilledError
            answer: object = await found(*arguments)
            if self.calls_left == 0:
                raise KilledError
            return answer

        return call


async def die(world: World, own: Receiver, portion: int, dying: Dying) -> bool:
    """Feeds until it dies; false if it came to the end."""
    outbox, _ = open_outbox(world.store, attempts=1)
    try:
        await run_out(replace(outbox, store=dying), feed(world, own, portion))  # type: ignore[arg-type]  # it answers as the other
    except KilledError:
        return True
    return False


@pytest.mark.parametrize("portion", [1, 2, 100])
@pytest.mark.parametrize("is_after", [False, True])
async def test_whenever_it_dies_every_event_arrives(
    world: World, portion: int, *, is_after: bool
) -> None:
    ids = await put(world, COUNT)

    def judge(one: Logged) -> Exception | None:
        return ValueError("poison") if one.event.id == ids[POISONED] else None

    has_died, call = True, 0
    while has_died:
        call += 1
        own = Receiver(f"{portion} {call} {is_after} of {world.tenant}", judge)
        has_died = await die(world, own, portion, Dying(world.store, call, is_after))
        outbox, _ = open_outbox(world.store, attempts=1)
        await run_out(outbox, feed(world, own, portion), NOON + LEASE)

        first_times = list(dict.fromkeys(own.ids))
        assert first_times == [id_ for id_ in ids if id_ != ids[POISONED]]
        assert await find_position(world.store, own.name) == COUNT
        letters = [one for one in await world.store.list_dead(10_000) if one.consumer == own.name]
        assert [one.event_id for one in letters] == [ids[POISONED]]
    assert call > 5, "there are calls to die at"
