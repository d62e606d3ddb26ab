"""Who calls too often in Azure is told how long to wait, and nobody else is."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from tests.application.test_throttling import Hand, Shelf
from tests.support.builders import make_caller
from timebound.application.azure_throttling import (
    EVERYBODY,
    Allowed,
    AzureThrottle,
    CallKind,
    HeldUp,
)
from timebound.application.ports import Clock, ReadingStore
from timebound.application.throttling import MOST_COUNTED
from timebound.domain.authority import Token
from timebound.domain.ids import PrincipalId, TenantId
from timebound.domain.settings import TenantSettings, Throttling

SOURCE = "Azure, how the resource manager throttles requests"
TOKEN = make_caller().token
ON = TenantSettings(azure_throttling=Throttling.ON)
SMALL = replace(ON, azure_reads=10, azure_writes=4, azure_deletes=2)
SECOND = timedelta(seconds=1)


@dataclass
class Gate:
    """A throttle with its clock and its settings."""

    settings: TenantSettings = SMALL
    clock: Hand = field(default_factory=Hand)
    throttle: AzureThrottle = field(init=False)

    def __post_init__(self) -> None:
        clock: Clock = self.clock
        shelf: ReadingStore = Shelf(self.settings)  # type: ignore[assignment]  # asked for settings
        self.throttle = AzureThrottle(shelf, clock)

    async def call(
        self, kind: CallKind = CallKind.READ, place: str | None = "one", token: Token = TOKEN
    ) -> Allowed | HeldUp | None:
        return await self.throttle.admit(token, place, kind)


@pytest.mark.documented("issue: rate-limit headers, throttling emulation off by default")
async def test_nothing_is_counted_where_it_is_off() -> None:
    gate = Gate(TenantSettings(azure_reads=1, throttling=Throttling.ON))

    assert [await gate.call() for _ in range(3)] == [None] * 3


LIMITS = {CallKind.READ: (250, 25), CallKind.WRITE: (200, 10), CallKind.DELETE: (200, 10)}


@pytest.mark.documented(f"{SOURCE}: the size of each bucket and how fast it fills")
@pytest.mark.parametrize("place", ["one", None])
@pytest.mark.parametrize("kind", LIMITS)
async def test_the_published_limits_are_kept(kind: CallKind, place: str | None) -> None:
    size, refill = LIMITS[kind]
    gate = Gate(ON)
    left = [await gate.call(kind, place) for _ in range(size)]

    assert left == [Allowed(number) for number in range(size - 1, -1, -1)]
    assert await gate.call(kind, place) == HeldUp(1)
    gate.clock.at += SECOND
    assert await gate.call(kind, place) == Allowed(refill - 1)
    gate.clock.at += 100 * SECOND
    assert await gate.call(kind, place) == Allowed(size - 1)


@pytest.mark.documented(f"{SOURCE}: per subscription, per principal, per kind of operation")
async def test_others_are_not_held_up() -> None:
    gate = Gate()
    for _ in range(2):
        await gate.call(CallKind.DELETE)
    assert await gate.call(CallKind.DELETE) == HeldUp(10)

    other = replace(TOKEN, principal_id=PrincipalId("another"))
    elsewhere = replace(TOKEN, tenant_id=TenantId("elsewhere"))
    assert await gate.call(CallKind.DELETE, token=other) == Allowed(1)
    assert await gate.call(CallKind.DELETE, token=elsewhere) == Allowed(1)
    assert await gate.call(CallKind.DELETE, "two") == Allowed(1)
    assert await gate.call(CallKind.DELETE, None) == Allowed(1)
    assert await gate.call(CallKind.READ) == Allowed(9)
    assert await gate.call(CallKind.WRITE) == Allowed(3)
    assert await gate.call(CallKind.DELETE) == HeldUp(10)


@pytest.mark.documented(f"{SOURCE}: fifteen times as much for all principals together")
async def test_a_subscription_has_a_limit_of_its_own() -> None:
    gate = Gate()
    people = [replace(TOKEN, principal_id=PrincipalId(str(n))) for n in range(EVERYBODY + 1)]
    for person in people[:-1]:
        assert await gate.call(CallKind.DELETE, token=person) == Allowed(1)
        assert await gate.call(CallKind.DELETE, token=person) == Allowed(0)

    assert await gate.call(CallKind.DELETE, token=people[-1]) == HeldUp(1)
    assert await gate.call(CallKind.DELETE, None, people[-1]) == Allowed(1)
    gate.clock.at += SECOND
    assert await gate.call(CallKind.DELETE, token=people[-1]) == Allowed(0)


@pytest.mark.inferred("who waits as long as they were told is let in, and not earlier")
async def test_waiting_helps() -> None:
    gate = Gate()
    for _ in range(4):
        await gate.call(CallKind.WRITE)
    assert await gate.call(CallKind.WRITE) == HeldUp(5)
    gate.clock.at += 5 * SECOND - timedelta(milliseconds=1)
    assert await gate.call(CallKind.WRITE) == HeldUp(1)
    gate.clock.at += timedelta(milliseconds=1)
    assert await gate.call(CallKind.WRITE) == Allowed(0)


@pytest.mark.inferred("memory is bounded")
async def test_counts_are_bounded() -> None:
    gate = Gate(replace(SMALL, azure_deletes=1))
    assert await gate.call(CallKind.DELETE, None) == Allowed(0)
    for number in range(MOST_COUNTED):
        token = replace(TOKEN, principal_id=PrincipalId(f"person {number}"))
        assert await gate.call(CallKind.DELETE, None, token) == Allowed(0)
    assert await gate.call(CallKind.DELETE, None) == Allowed(0)
