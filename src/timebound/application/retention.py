"""Retention: what an old event says is removed, that it was there can still be proved."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, TypeAlias

from timebound.application.log_ports import DamagedLogError
from timebound.application.ports import Store
from timebound.domain.events import Actor, Event, EventKind, Fact
from timebound.domain.ids import EventId, TenantId
from timebound.domain.merkle import Stretch
from timebound.domain.retention import PLACES, write_places
from timebound.domain.times import ENDLESS, Instant

DeriveId: TypeAlias = Callable[..., str]
"""Makes the one id that a sequence of names leads to."""

TellFault: TypeAlias = Callable[[TenantId, Exception], None]
"""Is told of what went wrong with the log of a tenant."""

_WINDOW: Final = 5000
"""How many events are looked at in one transaction."""

_SLACK: Final = timedelta(days=1)
"""Events are sealed in the order in which they were recorded, but for what clocks differ by and
what a commit takes: behind one that is newer by so much no older one is looked for."""


async def forget_all(store: Store, derive_id: DeriveId, tell_fault: TellFault, at: Instant) -> int:
    """Removes what is older than its tenant keeps it; answers of how many events.

    What one tenant's log comes to is told, and hinders no other's.
    """
    forgotten = 0
    for tenant_id in await store.logged_tenants():
        try:
            forgotten += await forget_old(store, derive_id, tenant_id, at)
        except Exception as fault:  # noqa: BLE001 - whatever ails one log, the others have their turn
            tell_fault(tenant_id, fault)
    return forgotten


async def forget_old(store: Store, derive_id: DeriveId, tenant_id: TenantId, at: Instant) -> int:
    """Removes what is older than a tenant keeps it; nothing where it keeps all for ever."""
    kept = (await store.load_settings(tenant_id)).audit_retention
    if kept is None:
        return 0
    before, forgotten = at - kept, 0

    def tell(stretches: Sequence[Stretch]) -> Event:
        count = sum(one.end - one.start for one in stretches)
        data: dict[str, Fact] = {
            "before": before.isoformat(),
            "count": count,
            PLACES: write_places(stretches),
        }
        # A place is emptied once, so nothing else has this id.
        id_ = derive_id("retention", tenant_id, str(stretches[0].start))
        actor = Actor()
        return Event(EventId(id_), EventKind.CONTENT_REMOVED, at, at, id_, actor, tenant_id, data)

    mark = await _find_mark(store, tenant_id)
    begun = await _find_begun(store, tenant_id, mark)
    start, oldest, are_old = begun, before, True
    while oldest < before + _SLACK:
        window = Stretch(start, start + _WINDOW)
        found = await store.forget_content(tenant_id, window, before, tell)
        forgotten += found.count
        if are_old and found.oldest is not None:
            begun = start
        are_old = are_old and found.newest is not None and found.newest < before
        start, oldest = window.end, found.oldest or ENDLESS
    await store.write_meta(_name(tenant_id), f"{begun} {mark}")
    return forgotten


async def _find_begun(store: Store, tenant_id: TenantId, mark: str) -> int:
    """The place before which nothing has content any more, as it was noted the last time."""
    place, _, of_log = (await store.read_meta(_name(tenant_id)) or "0").partition(" ")
    # An emulator's reset begins the log anew, and the note stays.
    return int(place) if of_log == mark else 0


async def _find_mark(store: Store, tenant_id: TenantId) -> str:
    """What the log is known by: its first tree head."""
    try:
        heads = await store.read_heads(tenant_id, 0, 1)
    except DamagedLogError:
        return "damaged"
    return heads[0].root.hex() if heads else "empty"


def _name(tenant_id: TenantId) -> str:
    return f"retention.{tenant_id}"
