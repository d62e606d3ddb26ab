"""Throttling: who asks too much of a tenant is told how long to wait.

What an application uses of a tenant is counted in two buckets that fill up again steadily, one of
resource units and one of writes (Graph, throttling limits of identity and access). The counts are
those of one process and go by the clock of its machine, for so do the clients that wait.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil
from typing import Final, NamedTuple, TypeAlias

from timebound.application.ports import Clock, ReadingStore
from timebound.domain.authority import Token
from timebound.domain.ids import ApplicationId, TenantId
from timebound.domain.settings import TenantSettings, Throttling
from timebound.domain.times import Instant

UNITS_WINDOW: Final = timedelta(seconds=10)
WRITES_WINDOW: Final = timedelta(seconds=150)
SETTINGS_KEPT: Final = timedelta(seconds=10)
"""How long a tenant's settings are gone by before they are read again."""
MOST_COUNTED: Final = 10_000
"""How many pairs of tenant and application are counted; beyond that all begin anew."""


class Cost(NamedTuple):
    """What a call uses."""

    units: int
    writes: int


@dataclass(frozen=True, slots=True)
class Toll:
    """What an admitted call was counted as, and which share of the narrower limit is used up."""

    units: int
    used: float


@dataclass(frozen=True, slots=True)
class Throttled:
    """A call that has to wait: for how long, and whether for writes alone."""

    seconds: int
    is_for_writes: bool


@dataclass(slots=True)
class Bucket:
    """What is left of a limit at an instant."""

    level: float
    at: Instant

    def fill(self, limit: int, window: timedelta, at: Instant) -> None:
        """Lets in what time has brought; a clock that steps back brings nothing."""
        passed = max(at - self.at, timedelta())
        self.level = min(limit, self.level + limit * (passed / window))
        self.at = at

    def measure_lack(self, wanted: float, limit: int, window: timedelta) -> int:
        """How many seconds it takes until so much is there; 0 where it is."""
        lacking = wanted - self.level
        return max(ceil(lacking / limit * window.total_seconds()), 1) if lacking > 0 else 0


@dataclass(slots=True)
class KnownSettings:
    """The settings of tenants, read again every now and then."""

    store: ReadingStore
    _kept: dict[TenantId, tuple[TenantSettings, Instant]] = field(default_factory=dict)

    async def find(self, tenant_id: TenantId, at: Instant) -> TenantSettings:
        """What a tenant has set, or had a moment ago."""
        found = self._kept.get(tenant_id)
        if found is not None and found[1] <= at < found[1] + SETTINGS_KEPT:
            return found[0]
        settings = await self.store.load_settings(tenant_id)
        self._kept[tenant_id] = settings, at
        return settings


_Key: TypeAlias = tuple[TenantId, ApplicationId, bool]


@dataclass(slots=True)
class Throttle:
    """Counts the calls of each application in each tenant that wants it so."""

    store: ReadingStore
    clock: Clock
    _settings: KnownSettings = field(init=False)
    _buckets: dict[_Key, Bucket] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Nothing is known of any tenant yet."""
        self._settings = KnownSettings(self.store)

    async def admit(self, token: Token, measure: Callable[[], Cost]) -> Toll | Throttled | None:
        """What the call is counted as, or that it has to wait; none where nothing is counted."""
        at = self.clock.now()
        settings = await self._settings.find(token.tenant_id, at)
        if settings.throttling is Throttling.OFF:
            return None
        cost = measure()
        if len(self._buckets) >= MOST_COUNTED:
            self._buckets.clear()
        asked = (
            (False, cost.units, settings.throttled_units, UNITS_WINDOW),
            (True, cost.writes, settings.throttled_writes, WRITES_WINDOW),
        )
        taken: list[tuple[Bucket, float, int]] = []
        for is_for_writes, wanted, limit, window in asked:
            key = (token.tenant_id, token.application_id, is_for_writes)
            bucket = self._buckets.setdefault(key, Bucket(limit, at))
            bucket.fill(limit, window, at)
            # A call that costs more than there can ever be waits until all of it is there.
            if seconds := bucket.measure_lack(min(wanted, limit), limit, window):
                return Throttled(seconds, is_for_writes)
            taken.append((bucket, min(wanted, limit), limit))
        for bucket, wanted_level, _ in taken:
            bucket.level -= wanted_level
        return Toll(cost.units, max(1 - bucket.level / limit for bucket, _, limit in taken))
