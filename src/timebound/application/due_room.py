"""What was to begin where no more roles of Azure can be assigned: its request fails instead.

While something is ahead it takes no room, hence only its start tells whether there is any. That is
judged as of the start, so it does not matter when somebody comes round to it: whatever is granted
later does not count, nor does it help that something ends later. Until somebody has come round to
it, a moment as a rule, it is in force like everything whose start has come.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from timebound.application.azure_assignment_ports import RoomQuestion, room_key
from timebound.application.changes import EndGrant, FactKey, UpdateRequest, Write, principal_key
from timebound.application.due_ports import DueFacts, DueStore
from timebound.application.due_telling import DueTeller
from timebound.application.versions import Versions
from timebound.domain.azure_limits import area_of, find_limit, is_counted, is_scarce, say_full
from timebound.domain.due import Due, DueKind, is_grant_due
from timebound.domain.events import Event
from timebound.domain.grants import Grant
from timebound.domain.ids import GrantId, RequestId, TenantId
from timebound.domain.requests import Request, Status
from timebound.domain.settings import TenantSettings
from timebound.domain.times import Instant


@dataclass(frozen=True, slots=True)
class Overflow:
    """The starts that are one too many, and the versions that this rests on."""

    starts: Mapping[Due, Grant] = field(default_factory=dict)
    versions: Mapping[FactKey, int] = field(default_factory=dict)

    @property
    def ids(self) -> frozenset[GrantId]:
        """The grants that never begin."""
        return frozenset(grant.id for grant in self.starts.values())


async def find_overflow(
    store: DueStore, tenant_id: TenantId, due: Sequence[Due], facts: DueFacts
) -> Overflow:
    """Which of the starts among what is due, in the order of their instants, find no room."""
    starting = {one: grant for one in due if (grant := _find_starting(one, facts))}
    if not starting:
        return Overflow()
    settings = await store.load_settings(tenant_id)
    counting = _Counting(store, tenant_id, settings, len(starting))
    over = {
        one: starting[one]
        for one in sorted(starting, key=lambda one: (one.at, one.subject_id))
        if await counting.is_over(one, starting[one])
    }
    return Overflow(over, counting.versions.all)


@dataclass(slots=True)
class _Counting:
    """How many are assigned as of each start, less those that were found to be too many."""

    store: DueStore
    tenant_id: TenantId
    settings: TenantSettings
    total: int
    versions: Versions = field(default_factory=Versions)
    _counts: dict[tuple[str, Instant], int] = field(default_factory=dict)
    _gone: Counter[str] = field(default_factory=Counter)

    async def is_over(self, due: Due, grant: Grant) -> bool:
        """Whether a start is one too many; then it counts no more."""
        scope = grant.slot.scope
        area, limit = area_of(scope), find_limit(scope, self.settings)
        if limit is None:
            return False
        count = await self._count(due, grant, limit)
        is_over = count - self._gone[area] > limit
        self._gone[area] += is_over
        return is_over

    async def _count(self, due: Due, grant: Grant, limit: int) -> int:
        scope = grant.slot.scope
        # Those of the same instant count each other, and are asked about once.
        key = (area_of(scope), due.at)
        if key not in self._counts:
            question = RoomQuestion(scope, due.at, due.at, limit + self.total)
            room = await self.store.load_room(self.tenant_id, question)
            self._counts[key] = room.count
            if is_scarce(scope, room.count, self.settings):
                self.versions.add(room.versions)
        return self._counts[key]


def _find_starting(due: Due, facts: DueFacts) -> Grant | None:
    grant = facts.grants.get(GrantId(due.subject_id))
    is_one = due.kind is DueKind.GRANT_STARTS and grant is not None and is_counted(grant)
    return grant if is_one and grant is not None and is_grant_due(due, grant, due.at) else None


def bump_overflow(overflow: Overflow) -> Iterator[FactKey]:
    """Whose grants are others than before, and where there is room again.

    So that of two who both find one too many, not both let one fail.
    """
    for grant in overflow.starts.values():
        yield principal_key(grant.slot.principal_id)
        yield room_key(area_of(grant.slot.scope))


def write_overflow(overflow: Overflow, facts: DueFacts) -> Iterator[Write]:
    """The ends of what never begins, and what its requests have come to."""
    for due, grant in overflow.starts.items():
        yield EndGrant(grant.id, due.at, grant.request_id or grant.id)
        if request := _find_request(grant, facts):
            yield UpdateRequest(replace(request, status=Status.FAILED, completed_at=due.at))


def tell_overflow(
    overflow: Overflow, facts: DueFacts, told: Mapping[Due, DueTeller]
) -> Iterator[Event]:
    """That the requests failed, and why, and that their grants are void."""
    for due, grant in overflow.starts.items():
        if request := _find_request(grant, facts):
            yield told[due].tell_of_failure(request, say_full(grant.slot.scope))
        yield told[due].tell_of_void(grant)


def _find_request(grant: Grant, facts: DueFacts) -> Request | None:
    request = facts.requests.get(RequestId(grant.id))
    return request if request is not None and request.status is Status.GRANTED else None
