"""What `make soak` holds a killed service against notices whatever is missing, doubled or wrong."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.stateful.place import Place, make_draft
from tests.stateful.tenant import ADA, DAN, DAY, EVE, GUARDED, HOUR, MORNING, READER, at_root
from tests.support.tampering import run_sql
from timebound.domain.decide import Refused
from timebound.domain.ids import TenantId
from timebound.domain.requests import Action, RequestKind
from timebound.domain.times import Instant
from timebound.storage.migrating import migrate
from timebound.storage.opening import open_store
from tools.soak_model import count_told, find_faults

pytestmark = pytest.mark.inferred("a guard that cannot fail guards nothing")
SPOILED = {
    "DELETE FROM events WHERE kind = '{}'": "not told",
    "INSERT INTO events SELECT tenant_id, 'again', kind, effective_at, recorded_at, correlation_id,"
    " actor_user_id, actor_application_id, subject_id, data, digest, NULL FROM events"
    " WHERE kind = '{}' LIMIT 1": "told 2 times",
    "UPDATE events SET effective_at = '2031-01-01T00:00:00.000000Z' WHERE kind = '{}'": "nothing",
    "UPDATE events SET recorded_at = '2001-01-01T00:00:00.000000Z' WHERE kind = '{}'": "early",
}


async def live(path: Path) -> tuple[Instant, list[Instant]]:
    """Everything that can fall due falls due; when it is over, and when it was looked at."""
    url = f"sqlite:///{path}"
    store = open_store(url)
    await store.open()
    place = Place(url, store, TenantId("tenant"))
    await place.begin()
    reader, guarded = at_root(DAN, READER), at_root(EVE, GUARDED)
    start = MORNING + HOUR
    asked = [
        (ADA, make_draft(Action.ADMIN_ASSIGN, RequestKind.ASSIGNMENT, reader, start, 20 * DAY)),
        (ADA, make_draft(Action.ADMIN_ASSIGN, RequestKind.ELIGIBILITY, guarded, span=30 * DAY)),
        (EVE, make_draft(Action.SELF_ACTIVATE, RequestKind.ASSIGNMENT, guarded, span=HOUR)),
    ]
    for who, draft in asked:
        assert not isinstance(await place.submit(who, draft, MORNING), Refused)
    instants = [MORNING + day * DAY for day in (1, 7, 8, 17, 19.5, 20, 29.5, 31)]
    for at in instants:
        await place.do_due(at)
    await store.close()
    return instants[-1], instants


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    migrate(f"sqlite:///{tmp_path / 'store.db'}")
    return tmp_path / "store.db"


async def test_of_a_whole_life_nothing_is_missed(path: Path) -> None:
    now, instants = await live(path)
    assert find_faults(path, now, instants) == []
    assert count_told(path) == {
        "grantStarted": 1,
        "grantExpired": 2,
        "grantEndsSoon": 4,
        "approvalTimedOut": 1,
    }


@pytest.mark.parametrize("statement", SPOILED)
@pytest.mark.parametrize(
    "kind", ["grantStarted", "grantExpired", "grantEndsSoon", "approvalTimedOut"]
)
async def test_whatever_is_spoiled_is_noticed(path: Path, statement: str, kind: str) -> None:
    now, instants = await live(path)
    run_sql(f"sqlite:///{path}", statement.format(kind))
    faults = find_faults(path, now, instants)
    assert any(SPOILED[statement] in fault for fault in faults), faults


async def test_a_request_that_did_not_time_out_is_noticed(path: Path) -> None:
    now, instants = await live(path)
    run_sql(
        f"sqlite:///{path}",
        "UPDATE requests SET status = 'PendingApproval' WHERE status = 'TimedOut'",
    )
    (fault,) = find_faults(path, now, instants)
    assert "is PendingApproval" in fault


async def test_a_reminder_that_nobody_could_give_is_not_missed(path: Path) -> None:
    now, _ = await live(path)
    run_sql(f"sqlite:///{path}", "DELETE FROM events WHERE kind = 'grantEndsSoon'")
    assert find_faults(path, now, [MORNING, now + timedelta(days=1)]) == []


async def test_a_start_behind_its_end_is_noticed(path: Path) -> None:
    """Though both were told, and each once."""
    now, instants = await live(path)
    url = f"sqlite:///{path}"
    order = "CASE kind WHEN 'grantStarted' THEN {} WHEN 'grantExpired' THEN {} ELSE position END"
    for started, expired, is_fault in ((900, 901, False), (903, 902, True)):
        grant = "json_extract(data, '$.grantKind') = 'assigned'"
        run_sql(url, f"UPDATE events SET position = {order.format(started, expired)} WHERE {grant}")  # noqa: S608 - ours
        faults = find_faults(path, now, instants)
        assert any("told after its end" in fault for fault in faults) is is_fault
