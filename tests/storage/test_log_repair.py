"""What waits is looked at, and a log that cannot be sealed is repaired as the how-to says."""

import re

import pytest

from tests.storage.test_log_checking import check
from tests.storage.world import HOUR, NOON, World
from tests.support.log_tampering import Intruder
from tests.support.planting import ROOT
from tests.support.sealing import make_sealer, tell
from timebound.application import log_checking
from timebound.application.log_ports import DamagedLogError
from timebound.application.log_report import Report
from timebound.application.sealing import catch_up
from timebound.server.audit_checks import tell_report

pytestmark = pytest.mark.documented("docs/how-to/audit.md: when the log is damaged")
HOW_TO = ROOT / "docs" / "how-to" / "audit.md"
LATER = NOON + HOUR


def read_repair(beginning: str, **values: object) -> list[str]:
    """The statements of the how-to from one on, up to the next paragraph, with their values."""
    text = HOW_TO.read_text(encoding="utf-8")
    [_, found] = re.split(rf"\n\n(?= +{beginning})", text, maxsplit=1)
    statements = found.split("\n\n")[0]
    for name, value in values.items():
        statements = statements.replace(f"<{name}>", str(value))
    return [line.strip() for line in statements.split("\n")]


def told(report: Report) -> list[tuple[str, str]]:
    return [(one.place, one.text) for one in report.findings]


async def test_an_event_that_waits_without_a_digest_is_told_and_repaired(
    world: World, database_url: str
) -> None:
    intruder = Intruder(database_url, world.tenant)
    events = await tell(world, 3)
    place = f"event {events[1].id}, which waits to be sealed"
    await intruder.write("events", "digest", "id", events[1].id, b"none")
    with pytest.raises(DamagedLogError):
        await catch_up(make_sealer(world), world.tenant, LATER)
    report = await check(world)
    assert told(report) == [(place, "has no digest: nothing is sealed until it has one")]
    assert "  not sealed yet, and under no tree head: 3 events" in [*tell_report(report)]

    for statement in read_repair("UPDATE events", tenant=world.tenant, event=events[1].id):
        await intruder.run(statement)
    unsaid = "does not say what its digest was made over"
    assert told(await check(world)) == [(place, unsaid)]
    assert await catch_up(make_sealer(world), world.tenant, LATER) == 3
    assert told(await check(world)) == [("event 1", f"({events[1].id}) {unsaid}")]


@pytest.mark.parametrize("column", ["data", "subject_id", "kind"])
async def test_an_event_that_waits_and_was_edited_is_told(
    world: World, database_url: str, column: str
) -> None:
    [event] = await tell(world, 1)
    await Intruder(database_url, world.tenant).write("events", column, "id", event.id, b"x")
    place = f"event {event.id}, which waits to be sealed"
    assert told(await check(world)) == [(place, "does not say what its digest was made over")]


async def test_of_many_that_wait_the_rest_is_told_as_not_looked_at(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_checking, "MOST_WAITING", 4)
    await tell(world, 7)
    report = await check(world)
    assert (report.is_sound, report.unsealed, report.unseen) == (True, 7, 3)
    assert "  of these not looked at: 3 events" in [*tell_report(report)]


@pytest.mark.parametrize("column", ["signature", "peaks"])
@pytest.mark.parametrize("sizes", [(2, 3), (300, 700), (7,)])
async def test_a_log_whose_last_head_is_forged_is_taken_back(
    world: World, database_url: str, column: str, sizes: tuple[int, ...]
) -> None:
    intruder, before = Intruder(database_url, world.tenant), 0
    for size in sizes:
        await tell(world, size - before, before)
        await catch_up(make_sealer(world), world.tenant, LATER)
        before = size
    was = await intruder.read("tree_heads", column, "size", before)
    forged = was[:-1] + bytes([was[-1] ^ 1])
    await intruder.write("tree_heads", column, "size", before, forged)
    await tell(world, 1, 1000)
    with pytest.raises(DamagedLogError, match=f"tree head {before}"):
        await catch_up(make_sealer(world), world.tenant, LATER)
    assert f"tree head {before}" in [place for place, _ in told(await check(world))]

    sound = sizes[-2] if len(sizes) > 1 else 0
    for statement in read_repair("DELETE FROM tree_heads", tenant=world.tenant, n=sound):
        await intruder.run(statement)
    assert await catch_up(make_sealer(world), world.tenant, LATER) == before + 1 - sound
    report = await check(world)
    assert (report.findings, report.size) == ([], before + 1)
