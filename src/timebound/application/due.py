"""Doing what falls due: each thing once, in the order of its instants, whoever else does it too.

What is due was written with what it is about. To do it is one change set: the event that tells of
it, what it changes, and its removal. The event's id follows from what is due, so that it cannot be
told twice, not even by two who both believe that it is theirs to do.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby
from typing import Final, Protocol

from timebound.application.changes import (
    ChangeSet,
    FinishDue,
    UpdateRequest,
    Write,
    principal_key,
)
from timebound.application.due_ports import Claimed, DueFacts, DueStore
from timebound.application.due_telling import DueTeller, event_id_of
from timebound.application.ports import Clock
from timebound.domain.due import Due, DueKind, is_grant_due, is_request_due
from timebound.domain.grants import Grant
from timebound.domain.ids import GrantId, RequestId, TenantId
from timebound.domain.requests import Request, Status
from timebound.domain.times import Instant

BATCH: Final = 200
"""How much is claimed at once; of one tenant it is one change set."""
LEASE: Final = timedelta(minutes=1)
"""How long others leave alone what somebody claimed."""
ATTEMPTS: Final = 12
"""After so many failures a thing is given up until somebody resends it."""
_AT_ONCE: Final = 5
"""So often a thing whose facts move on meanwhile is tried at once; all of it is one failure."""
_FIRST_PAUSE: Final = timedelta(seconds=1)
_LONGEST_PAUSE: Final = timedelta(minutes=5)


class MovedOnError(Exception):
    """Whenever something due was about to be told, somebody changed what it is about."""

    def __init__(self) -> None:
        super().__init__("the facts moved on whenever it was tried")


class Troubles(Protocol):
    """Is told what went wrong with due work, so that operators learn of it."""

    def tell_trouble(self, claimed: Claimed, error: BaseException) -> None:
        """Tells of one failure."""
        ...

    def tell_given_up(self, claimed: Claimed, error: BaseException) -> None:
        """Tells of the last failure: nothing is done about it until it is resent."""
        ...


@dataclass(frozen=True, slots=True)
class DueWork:
    """What due work is done with: the store, and who is told of failures.

    `derive_id` answers the one GUID that a sequence of names leads to, always the same. `system`
    is the clock by which others know how long to leave alone what is held.
    """

    store: DueStore
    derive_id: Callable[..., str]
    troubles: Troubles
    system: Clock


async def do_due(work: DueWork, at: Instant) -> int:
    """Does everything that is due at `at`, soonest first; answers how many things that were.

    What fails is tried again later, with growing pauses on the system's clock; what comes after it
    of the same grant or request waits for it, and nothing else does.
    """
    done = 0
    while claimed := await _claim(work, at):
        for tenant_id, group in groupby(claimed, key=lambda one: one.tenant_id):
            done += await _do_group(work, tenant_id, list(group), at)
    return done


async def _claim(work: DueWork, at: Instant) -> Sequence[Claimed]:
    # From now on, and not from when catching up began: that may be longer ago than a hold lasts.
    system_at = work.system.now()
    return await work.store.claim_due(at, system_at + LEASE, system_at, BATCH)


async def _do_group(
    work: DueWork, tenant_id: TenantId, claimed: Sequence[Claimed], at: Instant
) -> int:
    if len(claimed) > 1 and await _do_at_once(work, tenant_id, claimed, at):
        return len(claimed)
    # Somebody changed one of the facts meanwhile, or one of the things cannot be done at all.
    return sum([await _do_one(work, one, at) for one in claimed])


async def _do_at_once(
    work: DueWork, tenant_id: TenantId, claimed: Sequence[Claimed], at: Instant
) -> bool:
    due = [one.due for one in claimed]
    try:
        facts = await work.store.load_due(tenant_id, due)
        return _is_in_turn(due, facts) and await _apply(work, tenant_id, due, facts, at)
    except Exception:  # noqa: BLE001 - one by one it is found out which one it is, and told
        return False


async def _do_one(work: DueWork, claimed: Claimed, at: Instant) -> bool:
    store, tenant_id, due = work.store, claimed.tenant_id, [claimed.due]
    try:
        for _ in range(_AT_ONCE):
            facts = await store.load_due(tenant_id, due)
            # Somebody else did it, or brought it forward: then it is claimed anew.
            if claimed.due not in facts.open or not _is_in_turn(due, facts):
                await store.release_due(claimed)
                return False
            is_done = await _apply(work, tenant_id, due, facts, at)
            if is_done or await _finish_told(work, claimed, at):
                return True
        raise MovedOnError
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not stop what else is due
        await _postpone(work, claimed, error)
    return False


async def _finish_told(work: DueWork, claimed: Claimed, at: Instant) -> bool:
    """Removes what has been told already, as where a migration has found it in the grants anew."""
    store, tenant_id, due = work.store, claimed.tenant_id, claimed.due
    if not await store.has_event(tenant_id, event_id_of(work.derive_id, tenant_id, due)):
        return False
    return await store.apply(ChangeSet(tenant_id, at, {}, frozenset(), (FinishDue(due),)))


def _is_in_turn(due: Sequence[Due], facts: DueFacts) -> bool:
    """Whether nothing else is open that comes earlier, about the same grant or request.

    So that no end is told before its start, whatever came in the way of telling that.
    """
    together = frozenset(due)
    first: dict[str, Instant] = {}
    for one in facts.open:
        if one not in together:
            first[one.subject_id] = min(one.at, first.get(one.subject_id, one.at))
    return all(first.get(one.subject_id, one.at) >= one.at for one in due)


async def _postpone(work: DueWork, claimed: Claimed, error: Exception) -> None:
    told = f"{type(error).__name__}: {error}"
    if claimed.attempts + 1 >= ATTEMPTS:
        work.troubles.tell_given_up(claimed, error)
        await work.store.give_up_due(claimed, told)
        return
    work.troubles.tell_trouble(claimed, error)
    await work.store.hold_due(claimed, work.system.now() + _pause(claimed), told)


def _pause(claimed: Claimed) -> timedelta:
    doublings = min(claimed.attempts, ATTEMPTS)
    return min(_FIRST_PAUSE * (1 << doublings), _LONGEST_PAUSE)


async def _apply(
    work: DueWork, tenant_id: TenantId, due: Sequence[Due], facts: DueFacts, at: Instant
) -> bool:
    told = [DueTeller(work.derive_id, tenant_id, one, at) for one in due]
    lapsed = [(one, request) for one in told if (request := _lapsed_request(one.due, facts))]
    expired = [(one, grant) for one in told if (grant := _told_grant(one.due, facts, at))]
    change = ChangeSet(
        tenant_id,
        at,
        facts.versions,
        frozenset(principal_key(request.draft.slot.principal_id) for _, request in lapsed),
        (
            *(FinishDue(one) for one in due),
            *(_lapse(one.due, request) for one, request in lapsed),
        ),
        (
            *(one.tell_of_request(request) for one, request in lapsed),
            *(one.tell_of_grant(grant) for one, grant in expired),
        ),
    )
    return await work.store.apply(change)


def _lapsed_request(due: Due, facts: DueFacts) -> Request | None:
    request = facts.requests.get(RequestId(due.subject_id))
    is_due = (
        due.kind is DueKind.APPROVAL_LAPSES and request is not None and is_request_due(due, request)
    )
    return request if is_due else None


def _told_grant(due: Due, facts: DueFacts, at: Instant) -> Grant | None:
    # A grant has the id of its request, so it is the kind that says what is meant.
    grant = facts.grants.get(GrantId(due.subject_id))
    is_due = (
        due.kind is not DueKind.APPROVAL_LAPSES
        and grant is not None
        and is_grant_due(due, grant, at)
    )
    return grant if is_due else None


def _lapse(due: Due, request: Request) -> Write:
    return UpdateRequest(replace(request, status=Status.TIMED_OUT, completed_at=due.at))
