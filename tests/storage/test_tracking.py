"""What has changed between two instants, on either store."""

from tests.storage.world import HOUR, NOON, World, reader
from timebound.application.changes import ChangeSet, PurgeObject, PutObject, TouchObject, Write
from timebound.application.queries import Compare, Operator, Order, Query
from timebound.application.tracking_ports import MemberChange, Span
from timebound.application.views import GrantRow
from timebound.domain.directory import DirectoryObject, ObjectKind
from timebound.domain.events import Actor, Event, EventKind
from timebound.domain.grants import Slot
from timebound.domain.ids import EventId, PrincipalId
from timebound.domain.roles import MEMBER
from timebound.domain.scopes import group_scope
from timebound.domain.times import Instant

LATER, END = NOON + HOUR, NOON + 2 * HOUR
BY_CHANGE = (Order("changed_at"), Order("id"))
SPAN = Span(NOON, END)
PAGE = Query(100, orders=(Order("id"),))


async def write_at(
    world: World, at: Instant, *writes: Write, events: tuple[Event, ...] = ()
) -> None:
    change = ChangeSet(world.tenant, at, {}, frozenset(), writes, events)
    assert await world.store.apply(change)


async def changed(world: World, kind: ObjectKind, since: Instant) -> list[DirectoryObject]:
    query = Query(100, orders=BY_CHANGE)
    page = await world.store.read_changed(world.tenant, kind, Span(since, END), query)
    return list(page.rows)


async def assignments(world: World, since: Instant | None, *, are_ended: bool) -> list[GrantRow]:
    page = await world.store.read_assignment_changes(
        world.tenant, Span(since, END), PAGE, are_ended=are_ended
    )
    return list(page.rows)


async def test_what_was_written_is_found_by_when(world: World) -> None:
    early, late = await world.user("early"), await world.user("late")
    found = (await world.store.find_objects(world.tenant, [late]))[late]
    await write_at(world, LATER, PutObject(found))

    assert {one.id for one in await changed(world, ObjectKind.USER, NOON - HOUR)} == {early, late}
    assert [one.id for one in await changed(world, ObjectKind.USER, NOON)] == [late]
    assert await changed(world, ObjectKind.USER, LATER) == []
    assert await changed(world, ObjectKind.GROUP, NOON - HOUR) == []


async def test_changes_are_told_in_pages(world: World) -> None:
    people = [await world.user() for _ in range(5)]
    for number, id_ in enumerate(people):
        await write_at(world, LATER + number * HOUR, TouchObject(id_))
    query = Query(2, orders=BY_CHANGE)
    found: list[PrincipalId] = []
    position = None
    for _ in range(3):
        asked = Query(2, orders=BY_CHANGE, after=position)
        page = await world.store.read_changed(world.tenant, ObjectKind.USER, SPAN, asked)
        found += [one.id for one in page.rows]
        position = page.next_position
    assert (found, position) == (people, None)
    one = Query(9, Compare("id", Operator.EQ, people[3]), query.orders)
    page = await world.store.read_changed(world.tenant, ObjectKind.USER, SPAN, one)
    assert [found.id for found in page.rows] == [people[3]]


async def test_what_was_purged_is_known_from_the_log(world: World) -> None:
    person = await world.user()
    event = Event(
        EventId("99999999-0000-0000-0000-000000000001"),
        EventKind.OBJECT_PURGED,
        LATER,
        LATER,
        "test",
        Actor(),
        person,
        {"objectKind": "user"},
    )
    await write_at(world, LATER, PurgeObject(person), events=(event,))
    orders = (Order("recorded_at"), Order("event_id"))

    async def ask(kind: ObjectKind, since: Instant) -> tuple[str, ...]:
        span = Span(since, END)
        query = Query(9, orders=orders)
        return (await world.store.read_purged(world.tenant, kind, span, query)).rows

    assert await ask(ObjectKind.USER, NOON) == (person,)
    assert await ask(ObjectKind.GROUP, NOON) == ()
    assert await ask(ObjectKind.USER, LATER) == ()


async def test_members_come_and_go_between_two_instants(world: World) -> None:
    group, other = await world.group(), await world.group()
    stays, comes, goes, back, once = [await world.user() for _ in range(5)]

    async def join(who: PrincipalId, start: Instant, end: Instant = END + HOUR) -> None:
        await world.grant(Slot(who, MEMBER, group_scope(group)), start=start, end=end)

    await join(stays, NOON - HOUR)
    await join(comes, LATER)
    await join(goes, NOON - HOUR, LATER)
    await join(back, NOON - HOUR, LATER)
    await join(back, LATER)
    await join(once, NOON - 2 * HOUR, NOON - HOUR)
    await world.member(stays, other)
    await world.grant(reader(goes))

    changes = await world.store.find_member_changes(world.tenant, [group], SPAN)
    everybody = await world.store.find_member_changes(world.tenant, [group, other], Span(None, END))

    user = ObjectKind.USER
    assert sorted(changes, key=lambda one: one.member_id) == [
        MemberChange(group, comes, user, is_removed=False),
        MemberChange(group, goes, user, is_removed=True),
        MemberChange(group, back, user, is_removed=False),
    ]
    assert {(one.group_id, one.member_id) for one in everybody} == {
        (group, stays),
        (group, comes),
        (group, back),
        (other, stays),
    }
    assert not any(one.is_removed for one in everybody)


async def test_groups_are_told_whose_members_alone_changed(world: World) -> None:
    calm, begun, over, written = [await world.group() for _ in range(4)]
    person = await world.user()
    for group, start, end in (
        (calm, NOON - HOUR, END + HOUR),
        (begun, LATER, END + HOUR),
        (over, NOON - HOUR, LATER),
        (written, LATER, END + HOUR),
    ):
        await world.grant(Slot(person, MEMBER, group_scope(group)), start=start, end=end)
    await write_at(world, LATER, TouchObject(written))

    page = await world.store.read_regrouped(world.tenant, SPAN, PAGE)

    assert {one.id for one in page.rows} == {begun, over}


async def test_assignments_come_and_go_between_two_instants(world: World) -> None:
    stays, comes, goes, goes_on, later, never = [await world.user() for _ in range(6)]
    await world.grant(reader(stays), start=NOON - HOUR)
    made = await world.grant(reader(comes), start=LATER)
    ended = await world.grant(reader(goes), start=NOON - HOUR, end=LATER)
    await world.grant(reader(goes_on), start=NOON - HOUR, end=LATER)
    successor = await world.grant(reader(goes_on), start=LATER)
    await world.grant(reader(later), start=END + HOUR)
    void = await world.grant(reader(never), start=END + HOUR)
    await world.end(void, LATER)
    group = await world.group()
    await world.member(stays, group, end=LATER)

    begun = [row.grant.id for row in await assignments(world, NOON, are_ended=False)]
    over = [row.grant.id for row in await assignments(world, NOON, are_ended=True)]
    standing = [row.principal_id for row in await assignments(world, None, are_ended=False)]

    assert set(begun) == {made.id, successor.id}
    assert over == [ended.id]
    assert set(standing) == {stays, comes, goes_on}


async def test_an_assignment_told_twice_over_is_told_once(world: World) -> None:
    person = await world.user()
    first = await world.grant(reader(person), start=LATER)
    await world.grant(reader(person), start=LATER, end=END)
    gone = await world.user()
    for end in (LATER, END):
        await world.grant(reader(gone), start=NOON - HOUR, end=end)

    begun = await assignments(world, NOON, are_ended=False)
    over = await assignments(world, NOON, are_ended=True)

    assert [row.grant.id for row in begun] == [first.id]
    assert [row.principal_id for row in over] == [gone]
