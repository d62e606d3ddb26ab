"""A service looks after retention by itself, and goes on where the database does not answer."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest

from tests.storage.world import NOON, World
from tests.support.sealing import make_sealer, tell
from tests.support.stores import database_url, store
from timebound.application.log_ports import Forgotten
from timebound.application.ports import Store
from timebound.application.sealing import catch_up
from timebound.domain.events import Event
from timebound.domain.ids import TenantId
from timebound.domain.merkle import Stretch
from timebound.domain.settings import TenantSettings
from timebound.domain.times import Instant
from timebound.server.forgetting import forgetting

__all__ = ["database_url", "store"]
KEPT = timedelta(days=30)
pytestmark = pytest.mark.documented("issue: retention by policy")


@dataclass
class Watched:
    """A store that tells when content was removed, or when it was asked and did not answer."""

    store: Store
    tenant: TenantId
    is_away: bool = False
    damaged: TenantId | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - everything else goes straight on
        return getattr(self.store, name)

    async def logged_tenants(self) -> Sequence[TenantId]:
        """The one tenant of the test, behind the one that is damaged."""
        if self.is_away:
            self.done.set()
            raise OSError("the database is away")
        return [self.tenant] if self.damaged is None else [self.damaged, self.tenant]

    async def forget_content(
        self,
        tenant_id: TenantId,
        places: Stretch,
        before: Instant,
        tell: Callable[[Sequence[Stretch]], Event],
    ) -> Forgotten:
        """Removes content."""
        if tenant_id == self.damaged:
            raise ValueError("this is no instant")
        forgotten = await self.store.forget_content(tenant_id, places, before, tell)
        self.done.set()
        return forgotten


class Standing:
    """A clock that stands when all that the test tells is old."""

    def now(self) -> Instant:
        """Always the same."""
        return NOON + KEPT + timedelta(days=1)


async def run_once(watched: Watched) -> None:
    async with asyncio.timeout(30), forgetting(cast("Store", watched), Standing()):
        await watched.done.wait()


async def test_what_is_old_is_forgotten_at_the_next_look(store: Store) -> None:
    world = await World(store).begin(TenantSettings(audit_retention=KEPT))
    await tell(world, 3)
    await catch_up(make_sealer(world), world.tenant, NOON)
    await run_once(Watched(store, world.tenant))
    assert await store.read_log(world.tenant, -1, 10) == []
    assert await store.count_unsealed(world.tenant) == 1


async def test_a_database_that_is_away_is_told_and_asked_again(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    await run_once(Watched(store, TenantId("t"), is_away=True))
    told = capsys.readouterr()
    assert "retention was held up" in told.out + told.err


async def test_one_damaged_log_holds_up_no_other(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged, world = [
        await World(store).begin(TenantSettings(audit_retention=KEPT)) for _ in range(2)
    ]
    for one in (damaged, world):
        await tell(one, 3)
        await catch_up(make_sealer(one), one.tenant, NOON)
    await run_once(Watched(store, world.tenant, damaged=damaged.tenant))
    assert await store.read_log(world.tenant, -1, 10) == []
    assert len(await store.read_log(damaged.tenant, -1, 10)) == 3
    told = capsys.readouterr()
    assert f"{damaged.tenant}" in told.out + told.err
    assert "this is no instant" in told.out + told.err
