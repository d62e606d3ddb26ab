"""Audit records on either store: made once of each sealed event, with names, and found by them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast

import pytest

from tests.storage.world import CLIENT, HOUR, NOON, READER, World
from tests.support.events import read_rows
from tests.support.sealing import make_sealer, read_logged
from timebound.application import auditing
from timebound.application.audit_ports import BEGINNING, KeptAudit, KeptTarget
from timebound.application.auditing import TOGETHER, AuditTrail
from timebound.application.changes import ChangeSet
from timebound.application.outbox import DeliveryError
from timebound.application.ports import Store
from timebound.application.queries import (
    AnyOf,
    Compare,
    Condition,
    Operator,
    Order,
    Query,
    TextMatch,
    TextOperator,
)
from timebound.application.sealing import catch_up
from timebound.domain.directory import ObjectKind
from timebound.domain.events import Actor, Event, EventKind, Fact
from timebound.domain.ids import EventId, PrincipalId, TenantId
from timebound.storage.opening import open_store

LATER = NOON + HOUR
EVERYTHING = Query(100)


def make_event(world: World, kind: EventKind, subject: str, **data: Fact) -> Event:
    """An event, each a second later than the one before."""
    id_ = world.new_id("9")
    at = NOON + timedelta(seconds=int(id_[-12:]))
    return Event(EventId(id_), kind, at, at, "life", Actor(PrincipalId("boss")), subject, data)


async def commit(world: World, *events: Event) -> None:
    assert await world.store.apply(ChangeSet(world.tenant, NOON, {}, frozenset(), events=events))


def trail_of(world: World, store: Store | None = None) -> AuditTrail:
    return AuditTrail(store or world.store, make_sealer(world))


async def read(world: World, condition: Condition | None = None) -> list[KeptAudit]:
    query = EVERYTHING if condition is None else replace(EVERYTHING, condition=condition)
    return list((await world.store.read_audits(world.tenant, query)).rows)


def holding(person: str, **data: Fact) -> dict[str, Fact]:
    slot = {"principalId": person, "roleId": READER, "scopeKind": "directory", "scope": "/"}
    return {**slot, "grantKind": "activated", "requestId": "request", **data}


@pytest.mark.documented("issue 4: a record is found by whoever reads after the change")
async def test_what_was_committed_is_found_with_the_names_it_had(world: World) -> None:
    alice = await world.user("Alice")
    group = await world.group("Crew")
    await world.change(alice, user_principal_name="Alice@Contoso.example")
    about = holding(alice)
    await commit(
        world,
        make_event(world, EventKind.GRANT_EXPIRED, alice, **about),
        make_event(
            world,
            EventKind.GRANT_MADE,
            alice,
            principalId=group,
            roleId="owner",
            scopeKind="group",
            scope=group,
            grantKind="assigned",
            isOutside=True,
        ),
    )
    assert await world.store.audited_to(world.tenant) == BEGINNING
    await trail_of(world).catch_up(world.tenant, LATER)
    made, pim, core = await read(world)
    assert await world.store.audited_to(world.tenant) == 1
    assert [one.service for one in (made, pim, core)] == ["Core Directory", "PIM", "Core Directory"]
    assert made.targets[0].type == "Group"
    assert [target.name for target in made.targets] == ["Crew", "Crew"]
    role, request, person, directory, _ = pim.targets
    assert (role.name, request.id) == ("Security Reader", "request")
    assert person == KeptTarget("User", alice, "Alice", "Alice@Contoso.example")
    assert (directory.id, directory.name) == (world.tenant, "Contoso")
    assert (pim.initiator.name, pim.initiator.is_application) == ("Azure AD PIM", False)
    assert (core.initiator.name, core.initiator.is_application) == ("MS-PIM", True)
    assert ("Role.DisplayName", "Security Reader") in {
        (change.name, change.old) for change in core.targets[0].changes
    }

    await world.change(alice, display_name="Alicia")
    await trail_of(world).catch_up(world.tenant, LATER)
    assert await read(world) == [made, pim, core]


@pytest.mark.inferred("an application is known by the account it has in the tenant")
async def test_an_application_has_the_name_of_its_account(world: World) -> None:
    account = await world.entry(ObjectKind.SERVICE_PRINCIPAL, "Robot")
    await world.change(account, app_id=CLIENT)
    event = make_event(world, EventKind.OBJECT_CREATED, "new", objectKind="user", displayName="Eve")
    stranger = replace(event, id=EventId(world.new_id("9")), actor=Actor(None, world.tenant))  # type: ignore[arg-type]  # an id of nothing
    await commit(world, replace(event, actor=Actor(None, CLIENT)), stranger)
    await trail_of(world).catch_up(world.tenant, LATER)
    by = {one.event_id: one.initiator for one in await read(world)}
    assert (by[event.id].name, by[event.id].account_id) == ("Robot", account)
    assert (by[stranger.id].id, by[stranger.id].name) == (world.tenant, None)
    (made,) = await read(world, Compare("app_name", Operator.EQ, "ROBOT"))
    assert made.targets == (KeptTarget("User", "new", "Eve"),)


FILTERS: list[tuple[Condition, list[str]]] = [
    (Compare("activity", Operator.EQ, "delete USER"), ["Delete user"]),
    (TextMatch("activity", TextOperator.STARTS_WITH, "add "), ["Add group", "Add user"]),
    (Compare("category", Operator.EQ, "GroupManagement"), ["Add group"]),
    (Compare("service", Operator.EQ, "PIM"), []),
    (Compare("result", Operator.EQ, "success"), ["Delete user", "Add group", "Add user"]),
    (Compare("correlation_id", Operator.EQ, "life"), ["Delete user", "Add group", "Add user"]),
    (Compare("at", Operator.LT, NOON), []),
    (Compare("user_id", Operator.EQ, "boss"), ["Delete user", "Add group", "Add user"]),
    (Compare("user_id", Operator.EQ, "somebody"), []),
    (AnyOf("targets", Compare("target_id", Operator.EQ, "CREW")), ["Add group"]),
    (
        AnyOf("targets", TextMatch("target_name", TextOperator.STARTS_WITH, "ALI")),
        ["Delete user", "Add user"],
    ),
]


@pytest.mark.documented("Graph: directoryAudit, which properties can be filtered")
@pytest.mark.parametrize(("condition", "expected"), FILTERS)
async def test_records_are_found_by_what_is_published(
    world: World, condition: Condition, expected: list[str]
) -> None:
    person: dict[str, Fact] = {"objectKind": "user", "displayName": "Alice"}
    await commit(
        world,
        make_event(world, EventKind.OBJECT_CREATED, "alice", **person),
        make_event(world, EventKind.OBJECT_CREATED, "crew", objectKind="group", displayName="Crew"),
        make_event(world, EventKind.OBJECT_DELETED, "alice", **person),
    )
    await trail_of(world).catch_up(world.tenant, LATER)
    assert [one.activity for one in await read(world, condition)] == expected


@pytest.mark.inferred("pages follow one another by time and id, in either direction")
async def test_pages(world: World) -> None:
    events = [make_event(world, EventKind.SESSIONS_ENDED, f"person {n}") for n in range(5)]
    await commit(world, *(replace(one, recorded_at=NOON) for one in events))
    await trail_of(world).catch_up(world.tenant, LATER)
    everything = await read(world)
    for is_descending in (True, False):
        orders = (Order("at", is_descending), Order("id", is_descending))
        query = Query(2, orders=orders, is_counted=True)
        found: list[KeptAudit] = []
        while True:
            page = await world.store.read_audits(world.tenant, query)
            assert page.total == 5
            found += page.rows
            if page.next_position is None:
                break
            query = replace(query, after=page.next_position)
        assert found == (everything if is_descending else everything[::-1])


@pytest.mark.documented("issue 4: every event is followed once, by one server or several")
async def test_several_follow_at_once_and_nothing_is_told_twice(
    stores: tuple[Store, Store],
) -> None:
    world = await World(stores[0]).begin()
    events = [make_event(world, EventKind.SESSIONS_ENDED, "x") for _ in range(TOGETHER + 30)]
    await commit(world, *events)
    trails = [trail_of(world, store) for store in stores for _ in range(3)]
    await asyncio.gather(*(trail.catch_up(world.tenant, LATER) for trail in trails))
    page = await world.store.read_audits(world.tenant, Query(1, is_counted=True))
    assert page.total == len(events)
    assert await world.store.audited_to(world.tenant) == len(events) - 1


@pytest.mark.inferred("a consumer is handed events at least once, and follows from its own place")
async def test_as_a_consumer_it_follows_to_the_end_of_what_it_is_handed(world: World) -> None:
    await commit(world, *(make_event(world, EventKind.SESSIONS_ENDED, "x") for _ in range(3)))
    trail = trail_of(world)
    await trail.take(world.tenant, [])
    assert await read(world) == []
    assert await catch_up(trail.sealer, world.tenant, LATER) == 3
    batch = await read_logged(world, 0, 1)
    await trail.take(world.tenant, batch)
    await trail.take(world.tenant, batch)
    assert trail.name == "audit"
    assert len(await read(world)) == 3


@pytest.mark.inferred("tenants know nothing of one another")
async def test_another_tenant_has_none_of_it(world: World, database_url: str) -> None:
    await commit(world, make_event(world, EventKind.SESSIONS_ENDED, "x"))
    await trail_of(world).catch_up(world.tenant, LATER)
    other = await World(world.store).begin()
    assert await read(other) == []
    again = open_store(database_url)
    await again.open()
    try:
        assert await again.audited_to(world.tenant) == 0
    finally:
        await again.close()
    (row,) = await read_rows(database_url, "audit_records", world.tenant)
    assert row["activity"] == "Update StsRefreshTokenValidFrom Timestamp"


@dataclass
class Overtaken:
    """A store in which others come in between, some times."""

    store: Store
    left: int = 2

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - everything else goes straight on
        return getattr(self.store, name)

    async def add_audits(
        self, tenant_id: TenantId, records: Sequence[KeptAudit], position: int | None
    ) -> bool:
        """Keeps nothing while others do, as after a deadlock."""
        self.left -= 1
        return self.left < 0 and await self.store.add_audits(tenant_id, records, position)


@pytest.mark.inferred("a record that was not kept is kept by whoever tries again")
async def test_nothing_stays_missing_where_others_came_in_between(world: World) -> None:
    await commit(world, *[make_event(world, EventKind.SESSIONS_ENDED, "one") for _ in range(3)])
    store = cast("Store", Overtaken(world.store))
    assert await trail_of(world, store).catch_up(world.tenant, LATER)
    assert len(await read(world)) == 3
    # An older version passed them without a record.
    other = await World(world.store).begin()
    await commit(other, make_event(other, EventKind.SESSIONS_ENDED, "one"))
    await catch_up(make_sealer(other), other.tenant, LATER)
    assert await other.store.add_audits(other.tenant, [], 0)
    trail = trail_of(other, cast("Store", Overtaken(world.store, 1)))
    with pytest.raises(DeliveryError, match="others kept records"):
        await trail.take(other.tenant, await read_logged(other))
    await trail.take(other.tenant, await read_logged(other))
    assert len(await read(other)) == 1


@pytest.mark.inferred("whoever is told that all is there finds all of it")
async def test_whoever_catches_up_is_told_whether_that_was_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "TOGETHER", 2)
    monkeypatch.setattr(auditing, "_MOST_GOES", 2)
    await commit(world, *[make_event(world, EventKind.SESSIONS_ENDED, "one") for _ in range(5)])
    trail = trail_of(world)
    assert not await trail.catch_up(world.tenant, LATER)
    assert await trail.catch_up(world.tenant, LATER)
    assert len(await read(world)) == 5
    await commit(world, make_event(world, EventKind.SESSIONS_ENDED, "one"))
    monkeypatch.setattr(auditing, "MOST_AT_ONCE", 1)
    assert not await trail.catch_up(world.tenant, LATER), "there may be more to seal"
    assert await trail.catch_up(world.tenant, LATER)
    assert len(await read(world)) == 6
