"""What is told of access is what access was: each end and start, once, and in this order."""

from typing import Final

import pytest

from tests.stateful.people import allowed, assign
from tests.stateful.place import Place, make_draft
from tests.stateful.tenant import ADA, DAN, DAY, MORNING, READER, at_root
from tests.support.events import read_rows
from tests.support.sealing import make_signer
from timebound.application.auditing import AuditTrail
from timebound.application.log_ports import Logged
from timebound.application.sealing import Sealer, catch_up
from timebound.channels.notices import name_notice
from timebound.domain.events import Event
from timebound.domain.requests import Action, RequestKind
from timebound.domain.times import Instant

pytestmark = pytest.mark.inferred("who is told of access can say at any instant who has it")

SLOT: Final = at_root(DAN, READER)


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
