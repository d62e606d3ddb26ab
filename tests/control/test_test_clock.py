"""The test clock's door: where the clock can be moved, who may do it, and the only way back."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.events import read_events
from tests.support.service import (
    PASSWORD,
    REMOTE,
    TENANT,
    Service,
    emulator,
    id_of,
    open_service,
)
from timebound.application.changes import ChangeSet, InsertGrant
from timebound.control.clock import move_clock
from timebound.domain.events import EventKind
from timebound.domain.grants import Grant, GrantKind, Slot
from timebound.domain.ids import GrantId, PrincipalId, TenantId
from timebound.domain.roles import GLOBAL_READER
from timebound.domain.scopes import DIRECTORY_ROOT
from timebound.domain.times import Window
from timebound.server.clock import LARGEST_STEP
from timebound.server.emulation import Emulator

CLOCK = "/control/clock"
RESET = "/control/reset"


async def post(service: Service, path: str, body: object) -> httpx.Response:
    return await service.client.post(path, json=body, headers=service.control_headers)


async def told(service: Service, body: object = None) -> datetime:
    """What the clock says, after it was moved if there is a body."""
    if body is None:
        answer = await service.client.get(CLOCK, headers=service.control_headers)
    else:
        answer = await post(service, CLOCK, body)
    assert answer.status_code == httpx.codes.OK, answer.text
    now: str = answer.json()["now"]
    return datetime.fromisoformat(now)


@pytest.mark.documented('issue: GET/POST {controlUrl}/clock with {"now"}, {"advance"}, {"freeze"}')
async def test_the_clock_is_frozen_advanced_and_set(service: Service) -> None:
    frozen = await told(service, {"freeze": True})
    assert await told(service) == frozen
    assert await told(service, {"advance": "PT8H"}) == frozen + timedelta(hours=8)
    later = frozen + timedelta(days=30)
    assert await told(service, {"now": later.isoformat()}) == later
    assert service.parts.clock.now() == later


@pytest.mark.inferred("one call can set the clock and make it stand still there")
async def test_the_clock_is_set_and_frozen_at_once(service: Service) -> None:
    at = await told(service) + timedelta(days=1)
    assert await told(service, {"now": at.isoformat(), "freeze": True}) == at
    assert await told(service) == at


@pytest.mark.inferred("time goes on from where it stood")
async def test_a_thawed_clock_goes_on_from_where_it_stood(service: Service) -> None:
    frozen = await told(service, {"freeze": True, "advance": "P1D"})
    thawed = await told(service, {"freeze": False})
    assert frozen <= thawed < frozen + LARGEST_STEP


@pytest.mark.documented("issue: what became due is done before the call returns, in order")
async def test_what_falls_due_on_the_way_is_done_before_the_answer(service: Service) -> None:
    frozen = await told(service, {"freeze": True})
    parts = service.parts
    slot = Slot(PrincipalId(id_of("user", "eva@small.test")), GLOBAL_READER, DIRECTORY_ROOT)
    ends = [frozen + timedelta(hours=hours) for hours in (3, 1, 2, 40)]
    grants = [
        Grant(GrantId(f"grant-{n}"), slot, GrantKind.ASSIGNED, Window(frozen, end), frozen)
        for n, end in enumerate(ends)
    ]
    writes = tuple(InsertGrant(grant) for grant in grants)
    change = ChangeSet(TenantId(TENANT), frozen, {}, frozenset(), writes)
    assert await parts.store.apply(change)
    await told(service, {"advance": "PT8H"})
    events = await read_events(f"sqlite:///{parts.settings.data / 'timebound.db'}", TENANT)
    expired = sorted(e.effective_at for e in events if e.kind is EventKind.GRANT_EXPIRED)
    assert expired == sorted(ends[:3])
    assert await parts.store.next_due(frozen) == ends[3]


async def grant_for_an_hour(service: Service, name: str) -> None:
    """Eva holds something that ends in an hour."""
    at, store = service.parts.clock.now(), service.parts.store
    slot = Slot(PrincipalId(id_of("user", "eva@small.test")), GLOBAL_READER, DIRECTORY_ROOT)
    window = Window(at, at + timedelta(hours=1))
    grant = Grant(GrantId(name), slot, GrantKind.ASSIGNED, window, at)
    change = ChangeSet(TenantId(TENANT), at, {}, frozenset(), (InsertGrant(grant),))
    assert await store.apply(change)


async def expired(service: Service) -> list[object]:
    """The grants of whose ends has been told."""
    events = await read_events(f"sqlite:///{service.parts.settings.data / 'timebound.db'}", TENANT)
    return [e.data["grantId"] for e in events if e.kind is EventKind.GRANT_EXPIRED]


@pytest.mark.documented("issue: what became due is done before the call returns")
async def test_what_somebody_else_holds_is_waited_for(service: Service) -> None:
    await told(service, {"freeze": True})
    await grant_for_an_hour(service, "held")
    system_at = service.parts.system.now()
    due = service.parts.clock.now() + timedelta(hours=1)
    held_until = system_at + timedelta(seconds=0.7)
    assert await service.parts.store.claim_due(due, held_until, system_at, 10)
    await told(service, {"advance": "PT1H"})
    assert service.parts.system.now() >= held_until
    assert await expired(service) == ["held"]


@pytest.mark.documented("issue: what became due is done before the call returns")
async def test_what_cannot_be_done_is_told(service: Service) -> None:
    frozen = await told(service, {"freeze": True})
    await grant_for_an_hour(service, "held")
    steering = service.parts.steering
    assert steering is not None
    emulation = steering.emulation
    assert isinstance(emulation, Emulator)
    impatient = replace(emulation, runner=replace(emulation.runner, patience=timedelta()))
    due, system_at = frozen + timedelta(hours=1), service.parts.system.now()
    held_until = system_at + timedelta(minutes=1)
    (claimed,) = await service.parts.store.claim_due(due, held_until, system_at, 10)
    answer = await move_clock(impatient, b'{"advance": "PT1H"}')
    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
    error = json.loads(bytes(answer.body))["error"]
    assert error["code"] == "DueWorkLeft"
    assert " 1 of what is due" in error["message"]
    assert await told(service) == due, "it is moved all the same"
    assert await expired(service) == []
    await service.parts.store.release_due(claimed)
    await told(service, {"advance": "PT0S"})
    assert await expired(service) == ["held"]


@pytest.mark.inferred("what was given up is listed for the operator, and waits for nobody")
async def test_what_was_given_up_is_not_waited_for(service: Service) -> None:
    frozen = await told(service, {"freeze": True})
    await grant_for_an_hour(service, "lost")
    due, system_at = frozen + timedelta(hours=1), service.parts.system.now()
    held_until = system_at + timedelta(minutes=1)
    (claimed,) = await service.parts.store.claim_due(due, held_until, system_at, 10)
    await service.parts.store.give_up_due(claimed, "it is lost")
    await told(service, {"advance": "PT1H"})
    assert await expired(service) == []


@pytest.mark.inferred("an emulator is one process: what the one before held is free")
async def test_what_a_killed_emulator_held_is_done_at_once(tmp_path: Path) -> None:
    async with open_service(emulator(tmp_path)) as first:
        frozen = await told(first, {"freeze": True})
        await grant_for_an_hour(first, "held")
        due, system_at = frozen + timedelta(hours=1), first.parts.system.now()
        held_until = system_at + timedelta(minutes=1)
        assert await first.parts.store.claim_due(due, held_until, system_at, 10)
    async with open_service(emulator(tmp_path)) as second:
        await told(second, {"advance": "PT1H"})
        assert second.parts.system.now() < held_until
        assert await expired(second) == ["held"]


@pytest.mark.inferred("going ahead by nothing asks for what is due by now")
async def test_a_clock_that_goes_on_is_advanced_by_nothing(service: Service) -> None:
    before = await told(service)
    for _ in range(20):
        assert await told(service, {"advance": "PT0S"}) >= before


@pytest.mark.documented("issue: it goes back only by POST {controlUrl}/reset")
@pytest.mark.parametrize("back", [{"now": "2020-01-01T00:00:00Z"}, {"advance": "-PT1S"}])
async def test_the_clock_does_not_go_back(service: Service, back: dict[str, str]) -> None:
    frozen = await told(service, {"freeze": True})
    answer = await post(service, CLOCK, back)
    assert answer.status_code == httpx.codes.CONFLICT
    assert "reset" in answer.json()["error"]["message"]
    assert await told(service) == frozen


WRONG: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"now", "body"),
    "no object": (b"[]", "object"),
    "nothing": (b"", "body"),
    "no offset": (b'{"now": "2030-01-01T00:00:00"}', "now"),
    "no instant": (b'{"now": "tomorrow"}', "now"),
    "no duration": (b'{"advance": "8 hours"}', "advance"),
    "no flag": (b'{"freeze": "yes"}', "freeze"),
    "unknown": (b'{"forward": "PT1H"}', "forward"),
    "two ways": (b'{"now": "2030-01-01T00:00:00Z", "advance": "PT1H"}', "advance"),
    "beyond time": (b'{"advance": "P3000000D"}', "advance"),
    "an instant that no calendar has": (b'{"now": "0001-01-01T00:00:00+10:00"}', "now"),
    "an instant after the last": (b'{"now": "9999-12-31T23:59:59-10:00"}', "now"),
    "the end of time": (b'{"now": "9999-12-31T23:59:59.999999Z"}', "now"),
    "before time": (b'{"advance": "-P3000000D"}', "reset"),
    "not UTF-8": (b'{"now": "\xff"}', "body"),
}


@pytest.mark.inferred("bad input is answered with an error that names the property")
@pytest.mark.parametrize("name", WRONG)
async def test_what_is_no_movement_is_named(service: Service, name: str) -> None:
    content, named = WRONG[name]
    before = await told(service, {"freeze": True})
    answer = await service.client.post(CLOCK, content=content, headers=service.control_headers)
    assert answer.status_code in (httpx.codes.BAD_REQUEST, httpx.codes.CONFLICT)
    assert named in answer.json()["error"]["message"]
    assert await told(service) == before


@pytest.mark.documented("issue: bearer controlToken, loopback")
@pytest.mark.parametrize(("method", "path"), [("GET", CLOCK), ("POST", CLOCK), ("POST", RESET)])
async def test_only_the_holder_of_the_token_moves_the_clock(
    service: Service, method: str, path: str
) -> None:
    for header in (
        None,
        "Bearer",
        "Bearer x",
        "Basic x",
        service.control_headers["authorization"][7:],
    ):
        headers = {} if header is None else {"authorization": header}
        answer = await service.client.request(method, path, headers=headers, json={})
        assert answer.status_code == httpx.codes.UNAUTHORIZED


@pytest.mark.documented("issue: bearer controlToken, loopback")
async def test_the_clock_is_not_moved_from_elsewhere(service: Service) -> None:
    async with service.client_at(REMOTE) as client:
        for path in (CLOCK, RESET):
            answer = await client.post(path, json={}, headers=service.control_headers)
            assert answer.status_code == httpx.codes.FORBIDDEN


@pytest.mark.documented("RFC 9110, 15.5.6: a method that is not allowed")
async def test_the_clock_is_not_deleted(service: Service) -> None:
    answer = await service.client.delete(CLOCK, headers=service.control_headers)
    assert answer.status_code == httpx.codes.METHOD_NOT_ALLOWED


async def graph_token(service: Service) -> str:
    form = {
        "grant_type": "password",
        "client_id": "11111111-0000-4000-8000-000000000002",
        "username": "ada@small.example",
        "password": PASSWORD,
        "scope": "https://graph.microsoft.com/.default",
    }
    token: str = (await service.ask_token(form)).json()["access_token"]
    return token


async def instances(service: Service, token: str) -> Any:  # noqa: ANN401 - JSON of any shape
    url = "/v1.0/roleManagement/directory/roleAssignmentScheduleInstances"
    answer = await service.client.get(url, headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == httpx.codes.OK, answer.text
    return answer.json()["value"]


@pytest.mark.documented("DESIGN: tokens live on the system's clock, clients judge them by theirs")
async def test_moving_the_clock_ends_no_token(service: Service) -> None:
    token = await graph_token(service)
    await told(service, {"advance": "P300D"})
    assert await instances(service, token)


@pytest.mark.documented(
    "issue: reset returns to the seed; promise 12: the same calls, the same bodies"
)
async def test_a_reset_makes_everything_as_it_was(service: Service) -> None:
    token = await graph_token(service)
    at = (await told(service, {"freeze": True})) + timedelta(days=1)
    runs = []
    for _ in range(2):
        answer = await post(service, RESET, {"now": at.isoformat(), "freeze": True})
        assert datetime.fromisoformat(answer.json()["now"]) == at
        ids = [service.parts.ids.new_id() for _ in range(3)]
        runs.append((await instances(service, token), ids))
        await told(service, {"advance": "P400D"})
    assert runs[0] == runs[1]
    assert await service.parts.store.find_tenant(TENANT) is not None


@pytest.mark.inferred("a plain reset gives the clock back to the machine")
async def test_a_plain_reset_goes_back_to_the_machines_time(service: Service) -> None:
    await told(service, {"advance": "P400D", "freeze": True})
    answer = await service.client.post(RESET, headers=service.control_headers)
    assert answer.json()["isFrozen"] is False
    assert abs(await told(service) - service.parts.system.now()) < LARGEST_STEP


@pytest.mark.inferred("a reset does not advance, and nothing begins outside the calendar")
@pytest.mark.parametrize("body", [{"advance": "PT1H"}, {"now": "0001-01-01T00:00:00Z"}])
async def test_a_reset_takes_no_other_time(service: Service, body: dict[str, str]) -> None:
    answer = await post(service, RESET, body)
    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert next(iter(body)) in answer.json()["error"]["message"]


@pytest.mark.documented("DESIGN: ids come from the seed and a kept counter")
async def test_ids_and_clock_go_on_over_a_restart(tmp_path: Path) -> None:
    async with open_service(emulator(tmp_path)) as first:
        await told(first, {"advance": "P10D", "freeze": True})
        at = first.parts.clock.now()
        given = [first.parts.ids.new_id() for _ in range(2)]
    async with open_service(emulator(tmp_path)) as second:
        assert second.parts.clock.now() == at
        assert second.parts.ids.new_id() not in given
    async with open_service(emulator(tmp_path / "other")) as other:
        assert [other.parts.ids.new_id() for _ in range(2)] == given
