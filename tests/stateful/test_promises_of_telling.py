"""What is told of access is what access was: each end and start, once, and in this order."""

from datetime import timedelta
from typing import Final

import pytest

from tests.stateful.people import activate, allowed, assign, deactivate, make_eligible, remove
from tests.stateful.place import Place, make_draft
from tests.stateful.tenant import ADA, DAN, DAY, HOUR, MINUTE, MORNING, READER, at_root
from tests.support.events import read_rows
from tests.support.sealing import make_signer
from timebound.application.auditing import AuditTrail
from timebound.application.log_ports import Logged
from timebound.application.sealing import Sealer, catch_up
from timebound.channels.notices import name_notice
from timebound.domain.events import Event, EventKind
from timebound.domain.requests import Action, RequestKind
from timebound.domain.times import Instant

pytestmark = pytest.mark.inferred("who is told of access can say at any instant who has it")

SLOT: Final = at_root(DAN, READER)
MOMENT: Final = timedelta(milliseconds=20)


async def noticed(place: Place) -> list[tuple[str, Instant]]:
    """What receivers are told, in the order of the log, with when it took effect."""
    named = ((name_notice(event), event.effective_at) for event in await logged(place))
    return [(n.value.removeprefix("timebound.role."), at) for n, at in named if n is not None]


async def logged(place: Place) -> list[Event]:
    """All events, sealed now, in the order of their places."""
    await catch_up(Sealer(place.store, make_signer()), place.tenant_id, MORNING + 99 * DAY)
    entries = await place.store.read_log(place.tenant_id, -1, 1000)
    return [entry.event for entry in entries if isinstance(entry, Logged)]


async def audited(place: Place) -> list[str]:
    """What the audit log says was done."""
    trail = AuditTrail(place.store, Sealer(place.store, make_signer()))
    await trail.catch_up(place.tenant_id, MORNING + 99 * DAY)
    rows = await read_rows(place.url, "audit_records", place.tenant_id)
    return sorted(str(row["activity"]) for row in rows)


async def test_an_assignment_with_a_gap_before_its_successor_is_told_to_end(place: Place) -> None:
    """What begins in four days goes on with nothing that ends today."""
    await assign(place, SLOT, MORNING, 30 * DAY)
    later, update = MORNING + 5 * DAY, (Action.ADMIN_UPDATE, RequestKind.ASSIGNMENT)
    draft = make_draft(*update, SLOT, start=later, span=10 * DAY)
    allowed(await place.submit(ADA, draft, MORNING + DAY))
    assert not await place.roles_of(DAN, MORNING + 2 * DAY)
    told = [one for one in await noticed(place) if one[0] != "requested"]
    assert told == [("assigned", MORNING), ("removed", MORNING + DAY), ("assigned", later)]
    assert "Remove member from role" in await audited(place)


async def test_an_assignment_whose_successor_goes_on_is_not_told_to_end(place: Place) -> None:
    """The new one is told in its place."""
    await assign(place, SLOT, MORNING, 30 * DAY)
    draft = make_draft(Action.ADMIN_UPDATE, RequestKind.ASSIGNMENT, SLOT, span=10 * DAY)
    allowed(await place.submit(ADA, draft, MORNING + DAY))
    told = [one for one in await noticed(place) if one[0] != "requested"]
    assert told == [("assigned", MORNING), ("assigned", MORNING + DAY)]


async def grants_told(place: Place) -> list[tuple[EventKind, Instant]]:
    """What is told of Dan's grants, in the order of the log."""
    kinds = (EventKind.GRANT_STARTED, EventKind.GRANT_ENDED, EventKind.GRANT_EXPIRED)
    return [(e.kind, e.effective_at) for e in await logged(place) if e.kind in kinds]


async def test_a_start_that_nobody_has_told_is_told_ahead_of_the_end(place: Place) -> None:
    """Somebody is deleted a moment after their access began, before a worker told of that."""
    start = MORNING + HOUR
    await assign(place, SLOT, MORNING, 20 * DAY, start=start)
    allowed(await place.delete(ADA, DAN, start + MOMENT))
    await place.do_due(start + 2 * MOMENT)
    await place.do_due(start + 30 * DAY)
    assert await grants_told(place) == [
        (EventKind.GRANT_STARTED, start),
        (EventKind.GRANT_ENDED, start + MOMENT),
    ]
    (started,) = [e for e in await logged(place) if e.kind is EventKind.GRANT_STARTED]
    assert (started.actor.user_id, "action" in started.data) == (None, False)


async def test_a_removal_tells_the_start_first_as_well(place: Place) -> None:
    """No worker is there; the request's words are its own and not the start's."""
    start = MORNING + HOUR
    await assign(place, SLOT, MORNING, 20 * DAY, start=start)
    allowed(await remove(place, RequestKind.ASSIGNMENT, SLOT, start + 6 * MINUTE))
    kinds = [EventKind.GRANT_STARTED, EventKind.GRANT_ENDED]
    assert [kind for kind, _ in await grants_told(place)] == kinds
    (started,) = [e for e in await logged(place) if e.kind is EventKind.GRANT_STARTED]
    assert (started.actor.user_id, "action" in started.data) == (None, False)


async def test_a_start_that_a_worker_has_told_is_not_told_again(place: Place) -> None:
    """The worker was first this time."""
    start = MORNING + HOUR
    await assign(place, SLOT, MORNING, 20 * DAY, start=start)
    await place.do_due(start)
    allowed(await place.delete(ADA, DAN, start + MOMENT))
    kinds = [EventKind.GRANT_STARTED, EventKind.GRANT_ENDED]
    assert [kind for kind, _ in await grants_told(place)] == kinds


async def test_what_never_begins_has_no_start(place: Place) -> None:
    """It is taken away before, or at the very instant at which it would begin."""
    start = MORNING + HOUR
    planned = await assign(place, SLOT, MORNING, 20 * DAY, start=start)
    allowed(await place.cancel(ADA, RequestKind.ASSIGNMENT, planned.id, start - MOMENT))
    await assign(place, SLOT, start - MOMENT, 20 * DAY, start=start)
    allowed(await place.delete(ADA, DAN, start))
    await place.do_due(start + 30 * DAY)
    kinds = [EventKind.GRANT_ENDED, EventKind.GRANT_ENDED]
    assert [kind for kind, _ in await grants_told(place)] == kinds


async def test_what_a_worker_has_told_to_be_over_is_not_ended_again(place: Place) -> None:
    """A call that came before the end is decided after a worker has told of the end."""
    end = MORNING + HOUR
    await make_eligible(place, SLOT, MORNING, 30 * DAY)
    activation = await activate(place, SLOT, MORNING, HOUR)
    await place.do_due(end + MOMENT)
    await deactivate(place, SLOT, end - MOMENT)
    await place.do_due(end + DAY)
    assert await grants_told(place) == [(EventKind.GRANT_EXPIRED, end)]
    assert activation.grant_id is not None
    assert (await place.grant(activation.grant_id)).until == end


async def test_what_fell_with_something_else_is_not_ended_again(place: Place) -> None:
    """The eligibility is taken away just before the activation would have ended by itself."""
    end = MORNING + HOUR
    await make_eligible(place, SLOT, MORNING, 30 * DAY)
    await activate(place, SLOT, MORNING, HOUR)
    await place.do_due(end)
    allowed(await remove(place, RequestKind.ELIGIBILITY, SLOT, end - MOMENT))
    assert await grants_told(place) == [
        (EventKind.GRANT_ENDED, end - MOMENT),
        (EventKind.GRANT_EXPIRED, end),
    ]


async def test_an_end_that_is_told_as_planned_does_not_hinder_one_just_before(
    place: Place,
) -> None:
    """Nobody has told of it yet."""
    end = MORNING + HOUR
    await make_eligible(place, SLOT, MORNING, 30 * DAY)
    await activate(place, SLOT, MORNING, HOUR)
    await deactivate(place, SLOT, end - MOMENT)
    await place.do_due(end + DAY)
    assert await grants_told(place) == [(EventKind.GRANT_ENDED, end - MOMENT)]


async def test_an_end_that_is_brought_forward_is_told_when_it_comes(place: Place) -> None:
    """Receivers learn of it at the instant at which the audit log does, and once."""
    await make_eligible(place, SLOT, MORNING, 30 * DAY)
    await activate(place, SLOT, MORNING, 8 * HOUR)
    shorter = make_draft(Action.ADMIN_UPDATE, RequestKind.ELIGIBILITY, SLOT, span=5 * HOUR)
    allowed(await place.submit(ADA, shorter, MORNING + HOUR))
    told = [name for name, _ in await noticed(place)]
    assert not {"deactivated", "removed", "expired"} & set(told)
    await place.do_due(MORNING + DAY)
    ends = [one for one in await noticed(place) if one[0] not in ("requested", "assigned")]
    end = MORNING + 6 * HOUR
    assert ends == [("activated", MORNING), ("expired", end), ("expired", end)]
