"""Throttling in Azure: who calls too often in a subscription is told how long to wait.

Each principal has buckets of reads, writes and deletes in each subscription, and others for what
lies in none. All principals together have fifteen times as much in a subscription. Source: Azure,
how the resource manager throttles requests, as it is since 2024.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from math import floor
from typing import Final, TypeAlias

from timebound.application.ports import Clock, ReadingStore
from timebound.application.throttling import MOST_COUNTED, Bucket, KnownSettings
from timebound.domain.authority import Token
from timebound.domain.ids import TenantId
from timebound.domain.settings import TenantSettings, Throttling

EVERYBODY: Final = 15
"""How many times as much as one of them all principals have together."""
_ALL: Final = ""


class CallKind(Enum):
    """What a call is counted as."""

    READ = "read"
    WRITE = "write"
    DELETE = "delete"


WINDOWS: Final = {
    CallKind.READ: timedelta(seconds=10),
    CallKind.WRITE: timedelta(seconds=20),
    CallKind.DELETE: timedelta(seconds=20),
}
"""How long it takes until an empty bucket is full again."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """A call that was counted, and how many of its kind may follow at once."""

    remaining: int


@dataclass(frozen=True, slots=True)
class HeldUp:
    """A call that has to wait, and for how many seconds."""

    seconds: int


_Key: TypeAlias = tuple[TenantId, str, str, CallKind]


@dataclass(slots=True)
class AzureThrottle:
    """Counts the calls of principals in each tenant that wants it so."""

    store: ReadingStore
    clock: Clock
    _settings: KnownSettings = field(init=False)
    _buckets: dict[_Key, Bucket] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Nothing is known of any tenant yet."""
        self._settings = KnownSettings(self.store)

    async def admit(
        self, token: Token, subscription: str | None, kind: CallKind
    ) -> Allowed | HeldUp | None:
        """What is left after a call, or that it has to wait; none where nothing is counted.

        A call that has to wait costs nothing.
        """
        at = self.clock.now()
        settings = await self._settings.find(token.tenant_id, at)
        if settings.azure_throttling is Throttling.OFF:
            return None
        if len(self._buckets) >= MOST_COUNTED:
            self._buckets.clear()
        place, limit, window = subscription or _ALL, _limit(settings, kind), WINDOWS[kind]
        asked: list[tuple[_Key, int]] = [
            ((token.tenant_id, place, token.principal_id, kind), limit)
        ]
        if subscription is not None:
            asked.append(((token.tenant_id, place, _ALL, kind), limit * EVERYBODY))
        taken: list[Bucket] = []
        for key, most in asked:
            bucket = self._buckets.setdefault(key, Bucket(most, at))
            bucket.fill(most, window, at)
            if seconds := bucket.measure_lack(1, most, window):
                return HeldUp(seconds)
            taken.append(bucket)
        for bucket in taken:
            bucket.level -= 1
        return Allowed(floor(min(bucket.level for bucket in taken)))


def _limit(settings: TenantSettings, kind: CallKind) -> int:
    match kind:
        case CallKind.READ:
            return settings.azure_reads
        case CallKind.WRITE:
            return settings.azure_writes
        case CallKind.DELETE:
            return settings.azure_deletes
