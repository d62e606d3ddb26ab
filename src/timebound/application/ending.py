"""The ends of grants: what is written and told of them, in turn with what falls due of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from timebound.application.changes import EndGrant, FinishDue, UpdateRequest, Write
from timebound.application.due_telling import DueTeller
from timebound.application.engine import Teller
from timebound.application.ports import DecisionStore
from timebound.application.recording import grant_facts, touch_groups
from timebound.domain.cascade import Ending
from timebound.domain.due import Due, DueKind
from timebound.domain.events import Event, EventKind
from timebound.domain.ids import TenantId
from timebound.domain.requests import Status

_MOST_AHEAD: Final = timedelta(hours=1)
"""A worker's clock is never further ahead of ours: servers do not follow one that is."""


async def write_endings(
    store: DecisionStore, tenant_id: TenantId, endings: Iterable[Ending], teller: Teller
) -> tuple[tuple[Write, ...], tuple[Event, ...]]:
    """The ends of grants; a request whose grant never comes into force is closed with it.

    A start that has come is told ahead of the end, unless a worker has told it. What a worker has
    told to have ended, as one that was faster or whose clock is ahead, is not ended again.
    """
    untold = await _list_untold(store, tenant_id, tuple(endings), teller)
    writes: list[Write] = []
    events: list[Event] = []
    for one in untold:
        ending, grant = one.ending, one.ending.grant
        writes += [FinishDue(due) for due in one.due]
        writes.append(EndGrant(grant.id, ending.at, teller.correlation_id))
        is_void = grant.is_ahead(teller.at) and ending.at <= grant.window.start
        data = {**grant_facts(grant), "isCut": ending.is_cut, "isVoid": is_void}
        events.extend(_tell_start(tenant_id, one, teller))
        events.append(teller.tell(EventKind.GRANT_ENDED, grant.slot.principal_id, data, ending.at))
        # A request that is being settled closes itself; its id is the correlation id.
        if is_void and grant.request_id != teller.correlation_id:
            writes.extend(await _close(store, tenant_id, ending))
    writes.extend(touch_groups(one.ending.grant for one in untold))
    return tuple(writes), tuple(events)


@dataclass(frozen=True, slots=True)
class _Untold:
    """An end that nobody has told, and what is open of it that a worker may be telling now."""

    ending: Ending
    due: tuple[Due, ...]


async def _list_untold(
    store: DecisionStore, tenant_id: TenantId, endings: Sequence[Ending], teller: Teller
) -> list[_Untold]:
    asked = {ending.grant.id: tuple(_list_told_soon(ending, teller)) for ending in endings}
    named = [one for due in asked.values() for one in due]
    found = await store.find_open_due(tenant_id, named) if named else frozenset()
    return [
        _Untold(ending, tuple(due for due in asked[ending.grant.id] if due in found))
        for ending in endings
        if all(due in found for due in asked[ending.grant.id] if _is_end(due))
    ]


def _list_told_soon(ending: Ending, teller: Teller) -> Iterator[Due]:
    """What a worker may have told by now of a grant, or be telling."""
    grant, at = ending.grant, teller.at
    if grant.created_at < grant.window.start < ending.at <= at:
        yield Due(DueKind.GRANT_STARTS, grant.id, grant.window.start)
    if grant.window.start < grant.until <= at + _MOST_AHEAD:
        yield Due(DueKind.GRANT_ENDS, grant.id, grant.until)


def _is_end(due: Due) -> bool:
    return due.kind is DueKind.GRANT_ENDS


def _tell_start(tenant_id: TenantId, untold: _Untold, teller: Teller) -> Iterator[Event]:
    for due in untold.due:
        if not _is_end(due):
            derive_id = teller.engine.ids.derive_id
            yield DueTeller(derive_id, tenant_id, due, teller.at).tell_of_grant(untold.ending.grant)


async def _close(store: DecisionStore, tenant_id: TenantId, ending: Ending) -> tuple[Write, ...]:
    if ending.grant.request_id is None:
        return ()
    request = await store.load_request(tenant_id, ending.grant.request_id)
    if request is None or request.status is not Status.GRANTED:
        return ()
    status = Status.FAILED if ending.is_cut else Status.CANCELED
    return (UpdateRequest(replace(request, status=status, completed_at=ending.at)),)
